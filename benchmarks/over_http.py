"""Our functions, served over HTTP by functions-framework, and clients that call one function at the same time."""

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

from benchmarks.processes import START_TIMEOUT_SECONDS, BenchmarkFailed, Request
from benchmarks.questions import comparable_part


def framework_command(function: str, port: int) -> list[str]:
    """Return the command that serves a function, as in the documentation of functions-framework."""
    program, source = Path(sys.executable).with_name("functions-framework"), f"functions/{function}/main.py"
    return [f"{program}", "--target", function, "--source", source, "--host", "127.0.0.1", "--port", f"{port}"]


@dataclass(frozen=True)
class FunctionServer:
    """A function that is served on `port`. Each request is the function's name and an event."""

    port: int

    def send(self, operation: str, requests: list[Request]) -> tuple[list[float], Any]:
        """Send the requests on one connection; return the milliseconds of each, and the last answer's comparable part.

        Raise `BenchmarkFailed` if an answer isn't 200, or if the log was deferred.
        """
        connection = HTTPConnection("127.0.0.1", self.port, timeout=START_TIMEOUT_SECONDS)
        body, durations = b"", []
        for _, event in requests:
            started_at = perf_counter()
            status, body = _send_event(connection, event)
            durations.append((perf_counter() - started_at) * 1000)
            if status != 200 or b'"deferred"' in body:
                message = f"{operation}: {event['rawQueryString']} {event['body']}: {status} {body.decode()}"
                raise BenchmarkFailed(message)
        connection.close()
        return durations, comparable_part(json.loads(body))

    def send_concurrently(self, operation: str, clients: Sequence[list[Request]]) -> list[float]:
        """Run all clients at the same time; return the milliseconds of every request.

        Each client sends its requests one after the other, on its own connection.
        """
        with ThreadPoolExecutor(len(clients)) as threads:
            return [ms for durations, _ in threads.map(partial(self.send, operation), clients) for ms in durations]


def _send_event(connection: HTTPConnection, event: dict[str, Any]) -> tuple[int, bytes]:
    method, query = event["requestContext"]["http"]["method"], event["rawQueryString"]
    connection.request(method, f"/?{query}", event["body"] or None, event["headers"])
    response = connection.getresponse()
    return response.status, response.read()
