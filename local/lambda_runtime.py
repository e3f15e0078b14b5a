"""A small Runtime API. With it, AWS's runtime client runs a packaged function on this machine.

AWS documents the API in "Using the Lambda runtime API". The client is
https://github.com/aws/aws-lambda-python-runtime-interface-client. An instance answers one event at a time.
"""

import json
import queue
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

TIMEOUT_SECONDS = 60
# A trace header: AWS's client crashes if a header is missing.
TRACE = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Sampled=0"


class FunctionFailed(Exception):
    """The function raised an error, timed out, or its process ended; the message has the end of its log."""


class Instance:
    """An instance of a function. It initialises before its first event, as on Lambda.

    If this process ends without closing the instance, the instance finds no Runtime API, and ends, too.
    """

    def __init__(self, argv: list[str], env: Mapping[str, str], folder: Path, log: Path) -> None:
        self._events: queue.Queue[Any] = queue.Queue()
        self._answers: queue.Queue[tuple[str, Any]] = queue.Queue()
        self._lock = threading.Lock()
        self._log = log
        self.on_answer: Callable[[], object] = lambda: None
        """Called when the function has sent its answer or its error, before this API acknowledges it with 202."""
        self._api = _RuntimeApi(self._events, self._answers, lambda: self.on_answer())
        threading.Thread(target=self._api.serve_forever, daemon=True).start()
        with log.open("a") as output:
            self.process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=folder,
                env={**env, "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{self._api.server_port}"},
            )
        threading.Thread(target=self._watch, daemon=True).start()

    def invoke(self, event: Any) -> Any:
        """Return the function's answer to an event, or raise `FunctionFailed`."""
        with self._lock:
            self._events.put(event)
            try:
                kind, answer = self._answers.get(timeout=TIMEOUT_SECONDS)
            except queue.Empty:
                self.process.kill()  # a late answer would be taken for the answer to the next event
                kind, answer = "timeout", "no answer"
        if kind != "response":
            raise FunctionFailed(f"{kind}: {answer}\n{self._log.read_text()[-2000:]}")
        return answer

    def close(self) -> None:
        """End the process and its Runtime API."""
        self.process.kill()
        self.process.wait()
        self._api.shutdown()
        self._api.server_close()

    def _watch(self) -> None:
        self._answers.put(("ended", self.process.wait()))


class _RuntimeApi(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(
        self, events: queue.Queue[Any], answers: queue.Queue[tuple[str, Any]], on_answer: Callable[[], object]
    ) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.events, self.answers, self.on_answer = events, answers, on_answer

    def handle_error(self, *_: object) -> None:
        """Ignore every error of a connection; usually the client has disconnected."""


class _Exchange(BaseHTTPRequestHandler):
    server: _RuntimeApi
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        event = self.server.events.get()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Lambda-Runtime-Trace-Id", TRACE)
        self.send_header("Lambda-Runtime-Aws-Request-Id", str(uuid4()))
        self.send_header("Lambda-Runtime-Deadline-Ms", str(int(time.time() + TIMEOUT_SECONDS) * 1000))
        self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:eu-west-1:123456789012:function:f")
        self._end(json.dumps(event).encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.on_answer()
        self.send_response(202)
        self._end(b"")
        self.server.answers.put((self.path.rpartition("/")[2], json.loads(body)))

    def _end(self, body: bytes) -> None:
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def instance(argv: list[str], env: Mapping[str, str], folder: Path, log: Path) -> Iterator[Instance]:
    """Run an instance, and close it at the end of the block."""
    running = Instance(argv, env, folder, log)
    try:
        yield running
    finally:
        running.close()
