"""The hosts through which tests call the functions: functions-framework's app, and the Lambda handler."""

import base64
import importlib
import json as json_module
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Condition, Thread
from typing import Any
from urllib.parse import urlencode

import functions_framework
from jsonschema_rs import Draft202012Validator
from werkzeug.serving import make_server
from werkzeug.test import Client

from local import openapi
from local.function_url import function_url_event
from local.server import QuietHandler
from tests.builders import ADMIN

ROOT = Path(__file__).parent.parent


@dataclass(frozen=True)
class Answer:
    """A response. The names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json_module.loads(self.body)


Host = Callable[[str, str, str, bytes, dict[str, str]], Answer]


@cache
def framework_app(function: str) -> Any:
    return functions_framework.create_app(function, str(ROOT / "functions" / function / "main.py"))  # type: ignore[no-untyped-call]


def functions_framework_host(function: str, method: str, query: str, body: bytes, headers: dict[str, str]) -> Answer:
    response = Client(framework_app(function)).open(
        "/", method=method, query_string=query, data=body, headers=list(headers.items())
    )
    return Answer(response.status_code, {name.lower(): value for name, value in response.headers}, response.get_data())


def lambda_host(function: str, method: str, query: str, body: bytes, headers: dict[str, str]) -> Answer:
    handler = importlib.import_module(f"functions.{function}.main").handler
    result = handler(function_url_event(method, query, body, headers), None)
    payload = base64.b64decode(result["body"]) if result["isBase64Encoded"] else result["body"].encode()
    return Answer(result["statusCode"], result["headers"], payload)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve a WSGI application on a free port, and yield its URL; at the end, wait for the running requests."""
    running_requests = 0
    changed = Condition()

    def count_requests(environ: Any, start_response: Any) -> Any:
        nonlocal running_requests
        with changed:
            running_requests += 1
        try:
            return app(environ, start_response)
        finally:
            with changed:
                running_requests -= 1
                changed.notify()

    server = make_server("127.0.0.1", 0, count_requests, threaded=True, request_handler=QuietHandler)
    check_seconds = 0.02  # how often the server checks whether it has to shut down
    thread = Thread(target=server.serve_forever, args=[check_seconds])
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        with changed:  # otherwise a request may print its log line after the test has ended
            changed.wait_for(lambda: running_requests == 0, timeout=60)


HOSTS: dict[str, Host] = {"functions-framework": functions_framework_host, "lambda": lambda_host}


DOCUMENT = openapi.document()


def check_against_the_document(function: str, method: str, answer: Answer) -> None:
    """Assert that the answer matches the OpenAPI document. Answers to OPTIONS and HEAD, and 405, aren't checked."""
    operations = DOCUMENT["paths"][f"/{function}"]
    if method in ("OPTIONS", "HEAD") or answer.status == 405:
        return
    operation = operations[method.lower()]
    assert str(answer.status) in operation["responses"], f"{answer.status} isn't documented"
    for name in operation["responses"][str(answer.status)]["headers"]:
        is_required = DOCUMENT["components"]["headers"][name].get("required", False)
        assert not is_required or name.lower() in answer.headers, f"{answer.status} has no {name}"
    if answer.status == 304:
        return
    contents = operation["responses"][str(answer.status)]["content"]
    content_type = answer.headers["content-type"].partition(";")[0]
    assert content_type in contents, f"{content_type} isn't documented"
    if not content_type.endswith("json"):
        return
    validator = validator_of(function, method.lower(), str(answer.status), content_type)
    errors = [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(answer.json)]
    assert errors == [], errors


@cache
def validator_of(function: str, method: str, status: str, content_type: str) -> Draft202012Validator:
    """Return what checks such an answer. It is kept: the tests have thousands of answers."""
    schema = DOCUMENT["paths"][f"/{function}"][method]["responses"][status]["content"][content_type]["schema"]
    return Draft202012Validator({**schema, "components": DOCUMENT["components"]})


@dataclass(frozen=True)
class Api:
    """A client of the API, which calls the functions through one of the hosts."""

    host: Host

    def call(
        self,
        function: str,
        method: str = "GET",
        *,
        query: dict[str, Any] | str = "",
        json: Any = None,
        body: bytes = b"",
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        request_headers = dict(headers or {})
        if token is not None:
            request_headers["Authorization"] = f"Bearer {token}"
        if json is not None:
            body = json_module.dumps(json).encode()
            request_headers.setdefault("Content-Type", "application/json")
        encoded = query if isinstance(query, str) else urlencode(query)
        answer = self.host(function, method, encoded, body, request_headers)
        check_against_the_document(function, method, answer)
        return answer

    def read(self, **query: Any) -> Answer:
        return self.call("get_availability", query=query)

    def update(self, token: str, **body: Any) -> Answer:
        return self.call("update_availability", "PUT", json=body, token=token)

    def book(self, token: str, key: str | None = None, **body: Any) -> Answer:
        headers = {"Idempotency-Key": key} if key is not None else {}
        return self.call("bookings", "POST", json=body, token=token, headers=headers)

    def change_booking(self, token: str, **body: Any) -> Answer:
        return self.call("bookings", "PATCH", json=body, token=token)

    def bookings(self, token: str, **query: Any) -> Answer:
        return self.call("bookings", query=query, token=token)

    def save_schedule(self, token: str, **body: Any) -> Answer:
        return self.call("weekly_schedule", "PUT", json=body, token=token)

    def history(self, token: str, **query: Any) -> Answer:
        return self.call("audit_history", query=query, token=token)

    def repair(self) -> Any:
        """Run a repair of the log, and return its answer."""
        answer = self.call("audit_repair", "POST", token=ADMIN)
        assert answer.status == 200, answer.body
        return answer.json

    def stats(self, token: str, **query: Any) -> Answer:
        return self.call("audit_stats", query=query, token=token)
