"""Our functions over HTTP, as functions-framework serves them, and clients that call one of them at the same time."""

import json
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.processes import START_TIMEOUT_SECONDS, Failed, Request
from benchmarks.questions import to_compare


def framework(function: str, port: int) -> list[str]:
    """Return the command that serves a function, as functions-framework's documentation has it."""
    program, source = Path(sys.executable).with_name("functions-framework"), f"functions/{function}/main.py"
    return [f"{program}", "--target", function, "--source", source, "--host", "127.0.0.1", "--port", f"{port}"]


@dataclass(frozen=True)
class Served:
    """A function that is served on this machine; each request is a function's name and an event."""

    port: int

    def ask(self, do: str, requests: list[Request]) -> tuple[list[float], Any]:
        """Do the same as a worker, on one connection that is kept open; an answer that isn't 200 raises `Failed`."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=START_TIMEOUT_SECONDS)
        body, spent = b"", []
        for _, event in requests:
            began = perf_counter()
            status, body = _call(connection, event)
            spent.append((perf_counter() - began) * 1000)
            if status != 200 or b'"deferred"' in body:
                raise Failed(f"{do}: {event['rawQueryString']} {event['body']}: {status} {body.decode()}")
        connection.close()
        return spent, to_compare(json.loads(body))

    def ask_at_once(self, do: str, clients: Sequence[list[Request]]) -> list[float]:
        """Return the milliseconds of all requests of clients that ask at the same time, each on its own connection."""
        with ThreadPoolExecutor(len(clients)) as threads:
            return [ms for spent, _ in threads.map(partial(self.ask, do), clients) for ms in spent]


def _call(connection: HTTPConnection, event: dict[str, Any]) -> tuple[int, bytes]:
    method, query = event["requestContext"]["http"]["method"], event["rawQueryString"]
    connection.request(method, f"/?{query}", event["body"] or None, event["headers"])
    response = connection.getresponse()
    return response.status, response.read()
