"""The processes that answer: workers that are asked through a pipe, and HTTP servers. They end with the `with`."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from time import monotonic, perf_counter, sleep
from typing import Any, Protocol, TypeVar

from local.parent import stop_with_parent

ROOT = Path(__file__).parent.parent
START_TIMEOUT_SECONDS = 30


Request = list[Any]


class Asked(Protocol):
    """What can be asked: a worker, or a server."""

    def ask(self, do: str, requests: list[Request]) -> tuple[list[float], Any]:
        """Return the milliseconds that each request took, and the answer to the last one."""


A = TypeVar("A", bound=Asked)


class Failed(Exception):
    """Something that was to be measured doesn't do what it should; the message says what."""


@contextmanager
def started(
    argv: list[str], env: Mapping[str, str], log: Path, stdout: int = subprocess.DEVNULL
) -> Iterator["subprocess.Popen[str]"]:
    """Run a program, and whatever it starts; what it complains of goes to a file."""
    with log.open("a") as complaints:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=complaints,
            text=True,
            cwd=ROOT,
            env=dict(env),
            start_new_session=True,
            preexec_fn=stop_with_parent,
        )
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@dataclass(frozen=True)
class Worker:
    """A process that answers in its own memory, by the protocol in peers/mangum_worker.py."""

    process: "subprocess.Popen[str]"
    log: Path

    def ask(self, do: str, requests: list[Request]) -> tuple[list[float], Any]:
        """Return the milliseconds that each request took, and the answer to the last one."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # it ended; there will be nothing to hear
            self.process.stdin.write(json.dumps({"do": do, "requests": requests}) + "\n")
            self.process.stdin.flush()
        answer = self.hear()
        return answer["ms"], answer["last"]

    def hear(self) -> dict[str, Any]:
        """Wait for its next line."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"{self.process.args!r} ended:\n{self.log.read_text()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def worker(argv: list[str], env: Mapping[str, str], log: Path) -> Iterator[Worker]:
    """Run a worker; it is ready."""
    with started(argv, env, log, subprocess.PIPE) as process:
        running = Worker(process, log)
        running.hear()
        yield running


@dataclass(frozen=True)
class Server:
    """An HTTP server on this machine; `path` has places for {tutor}, {start} and {end}."""

    port: int
    path: str

    def ask(self, _do: str, requests: list[Request]) -> tuple[list[float], Any]:
        """Do the same as a worker, on one connection that is kept open."""
        paths = [self.path.format(tutor=tutor, start=start, end=end) for tutor, start, end in requests]
        connection = HTTPConnection("127.0.0.1", self.port, timeout=START_TIMEOUT_SECONDS)
        body, spent = self._get(connection, paths[0]), []
        for path in paths:
            began = perf_counter()
            body = self._get(connection, path)
            spent.append((perf_counter() - began) * 1000)
        connection.close()
        return spent, json.loads(body)

    def _get(self, connection: HTTPConnection, path: str) -> bytes:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise Failed(f"{path}: {response.status} {body.decode()}")
        return body


@contextmanager
def server(argv: list[str], env: Mapping[str, str], at: A, first: Request, log: Path) -> Iterator[A]:
    """Run an HTTP server; it answers a first request."""
    with started(argv, env, log) as process:
        deadline = monotonic() + START_TIMEOUT_SECONDS
        while True:
            try:
                at.ask("read", [first])
                break
            except (OSError, HTTPException, Failed) as why:  # it doesn't listen yet, or not to this
                if process.poll() is not None or monotonic() > deadline:
                    raise Failed(f"{argv} doesn't answer:\n{why}\n{log.read_text()[-2000:]}") from why
            sleep(0.02)
        yield at


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
