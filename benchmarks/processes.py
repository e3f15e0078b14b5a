"""The processes that answer requests: workers, which read requests from stdin, and HTTP servers.

The functions that run processes are context managers. At the end of the block, they kill the process.
"""

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


class Target(Protocol):
    """A process that requests are sent to: a worker or a server."""

    def send(self, operation: str, requests: list[Request]) -> tuple[list[float], Any]:
        """Send the requests one after the other. Return the milliseconds of each, and the last answer."""


TargetT = TypeVar("TargetT", bound=Target)


class BenchmarkFailed(Exception):
    """A process fails or gives a wrong answer. The message names the process and what is wrong."""


@contextmanager
def run_process(
    argv: list[str], env: Mapping[str, str], log: Path, stdout: int = subprocess.DEVNULL
) -> Iterator["subprocess.Popen[str]"]:
    """Run a program; at the end of the block, kill it and its child processes. Append its stderr to `log`."""
    with log.open("a") as stderr:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=stdout,
            stderr=stderr,
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
    """A process that reads requests from stdin, with the protocol of peers/mangum_worker.py."""

    process: "subprocess.Popen[str]"
    log: Path

    def send(self, operation: str, requests: list[Request]) -> tuple[list[float], Any]:
        """Send the requests. Return the milliseconds of each, and the last answer."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):  # the process ended: read_line raises the error
            self.process.stdin.write(json.dumps({"operation": operation, "requests": requests}) + "\n")
            self.process.stdin.flush()
        answer = self.read_line()
        return answer["ms"], answer["last"]

    def read_line(self) -> dict[str, Any]:
        """Wait for the next line of the worker, and return it parsed. Raise `BenchmarkFailed` if the worker ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise BenchmarkFailed(f"{self.process.args!r} ended:\n{self.log.read_text()[-2000:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def run_worker(argv: list[str], env: Mapping[str, str], log: Path) -> Iterator[Worker]:
    """Run a worker, and yield it when it is ready."""
    with run_process(argv, env, log, subprocess.PIPE) as process:
        worker = Worker(process, log)
        worker.read_line()
        yield worker


@dataclass(frozen=True)
class Server:
    """An HTTP server on this machine. `path` has the placeholders {tutor}, {start} and {end}."""

    port: int
    path: str

    def send(self, _operation: str, requests: list[Request]) -> tuple[list[float], Any]:
        """Send the requests on one connection. Return the milliseconds of each, and the last answer.

        The first request is sent twice, so that the time to connect isn't measured.
        """
        paths = [self.path.format(tutor=tutor, start=start, end=end) for tutor, start, end in requests]
        connection = HTTPConnection("127.0.0.1", self.port, timeout=START_TIMEOUT_SECONDS)
        body, durations = self._get(connection, paths[0]), []
        for path in paths:
            started_at = perf_counter()
            body = self._get(connection, path)
            durations.append((perf_counter() - started_at) * 1000)
        connection.close()
        return durations, json.loads(body)

    def _get(self, connection: HTTPConnection, path: str) -> bytes:
        connection.request("GET", path)
        response = connection.getresponse()
        body = response.read()
        if response.status != 200:
            raise BenchmarkFailed(f"{path}: {response.status} {body.decode()}")
        return body


@contextmanager
def run_server(
    argv: list[str], env: Mapping[str, str], target: TargetT, first: Request, log: Path
) -> Iterator[TargetT]:
    """Run an HTTP server, and yield `target`, its client, after the server answered the request `first`."""
    with run_process(argv, env, log) as process:
        deadline = monotonic() + START_TIMEOUT_SECONDS
        while True:
            try:
                target.send("read", [first])
                break
            except (OSError, HTTPException, BenchmarkFailed) as error:  # the server doesn't listen yet, or isn't ready
                if process.poll() is not None or monotonic() > deadline:
                    raise BenchmarkFailed(f"{argv} doesn't answer:\n{error}\n{log.read_text()[-2000:]}") from error
            sleep(0.02)
        yield target


def free_port() -> int:
    """Return a TCP port that no program uses now."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
