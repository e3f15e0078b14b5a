"""A stand-in for AWS's Parameters and Secrets Lambda Extension: a server in front of SSM.

AWS documents the extension in "Using Parameter Store parameters in AWS Lambda functions" (the guide of Systems
Manager). This page doesn't have the extension's errors. The errors below are copied from reports of users.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

PORT = "PARAMETERS_SECRETS_EXTENSION_HTTP_PORT"
PATH = "/systemsmanager/parameters/get"
MAX_TTL_SECONDS = 300
NO_VALUE = "an unexpected error occurred while executing request"  # the extension gives no reason
NOT_READY = "not ready to serve traffic, please wait"


class Extension(ThreadingHTTPServer):
    """The server. `environment` has the extension's settings, under AWS's names. `ssm` is a client of boto3."""

    daemon_threads = True

    def __init__(self, ssm: Any, environment: Mapping[str, str], clock: Callable[[], float]) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.token = str(uuid4())
        self.statuses: list[int] = []
        """The status of each answer so far."""
        self.is_ready = True
        """If False, answer 400 without a value, as the real extension does before the first event of its instance."""
        self._ssm, self._clock = ssm, clock
        self._ttl_seconds = min(int(environment.get("SSM_PARAMETER_STORE_TTL", MAX_TTL_SECONDS)), MAX_TTL_SECONDS)
        if environment.get("PARAMETERS_SECRETS_EXTENSION_CACHE_ENABLED", "true").lower() == "false":
            self._ttl_seconds = 0
        self._cache: dict[tuple[str, bool], tuple[float, dict[str, Any]]] = {}

    def environment(self) -> dict[str, str]:
        """Return the environment variables with which a function uses this server."""
        return {PORT: str(self.server_address[1]), "AWS_SESSION_TOKEN": self.token}

    def parameter(self, name: str, with_decryption: bool) -> dict[str, Any]:
        """Return a parameter, from the cache or from SSM. If SSM answers with an error, raise botocore's error."""
        until, cached = self._cache.get((name, with_decryption), (0.0, {}))
        if self._clock() < until:
            return cached
        parameter: dict[str, Any] = self._ssm.get_parameter(Name=name, WithDecryption=with_decryption)["Parameter"]
        self._cache[name, with_decryption] = (self._clock() + self._ttl_seconds, parameter)
        return parameter

    def handle_error(self, *_: object) -> None:
        """Ignore every error of a connection; usually the client has disconnected."""


class _Exchange(BaseHTTPRequestHandler):
    server: Extension
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        status, body = self._answer()
        self.server.statuses.append(status)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _answer(self) -> tuple[int, bytes]:
        url = urlsplit(self.path)
        query = parse_qs(url.query)
        if self.headers["X-Aws-Parameters-Secrets-Token"] != self.server.token:
            return 401, b"unauthorized"
        if url.path != PATH or "name" not in query:
            return 404, b"not found"
        if not self.server.is_ready:
            return 400, NOT_READY.encode()
        try:
            parameter = self.server.parameter(query["name"][0], query.get("withDecryption") == ["true"])
        except (ClientError, BotoCoreError):
            return 400, NO_VALUE.encode()
        return 200, json.dumps({"Parameter": parameter, "ResultMetadata": {}}, default=str).encode()

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def extension(ssm: Any, environment: Mapping[str, str], clock: Callable[[], float] = monotonic) -> Iterator[Extension]:
    """Run the stand-in until the end of the block."""
    server = Extension(ssm, environment, clock)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
