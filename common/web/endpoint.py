"""The `endpoint` decorator: what all HTTP functions share.

The decorated function checks the method, authenticates the caller, reads the query or the body, turns errors into
answers, adds the request id and the CORS headers, and writes one log line for each request.
"""

import contextlib
import io
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, NamedTuple
from uuid import uuid4

import orjson
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.http import generate_etag, http_date

from common import config
from common.clock import Clock
from common.config import Settings
from common.core.caller import Caller
from common.errors import MethodNotAllowed, Unauthenticated
from common.web.auth import NO_TOKEN, authenticate
from common.web.cors import allow_origin, preflight_response
from common.web.declaration import Access, Declaration
from common.web.encoding import encode
from common.web.log_lines import write_line
from common.web.parsing import percent_encoded
from common.web.problems import problem

CLOCK = Clock()
MAX_DRAINED_CHUNKS = 160  # of 64 KiB each: 10 MiB


@dataclass(frozen=True, slots=True)
class Call:
    """What a function needs besides the request; `identity` is the authenticated caller, if there is one."""

    settings: Settings
    clock: Clock
    request_id: str
    identity: Caller | None

    @property
    def caller(self) -> Caller:
        """The authenticated caller; raises `Unauthenticated` if there is none."""
        if self.identity is None:
            raise Unauthenticated(NO_TOKEN)
        return self.identity


HttpFunction = Callable[[Request], Response]


def endpoint(*methods: str, access: Access, **more: Any) -> Callable[[Callable[..., Response]], HttpFunction]:
    """Return a decorator that makes an HTTP function of a handler; `more` are the other fields of its `Declaration`.

    The handler's third argument is the query or the body, if the function has one. `GET` includes `HEAD`; `OPTIONS` is
    always answered. With access `tutor` or `user`, the handler itself
    checks what the caller may do.
    """

    def decorate(handler: Callable[..., Response]) -> HttpFunction:
        operation = Operation(handler, Declaration(methods, access, handler.__doc__ or "", **more))
        return wraps(handler)(_http_function(handler.__name__, [operation]))

    return decorate


def by_method(name: str, *functions: HttpFunction) -> HttpFunction:
    """Return an HTTP function that answers each method with the one of these functions that supports it."""
    return _http_function(name, [operation for each in functions for operation in each.operations])  # type: ignore[attr-defined]


class Operation(NamedTuple):
    """A handler, and what it declares about itself."""

    handler: Callable[..., Response]
    declaration: Declaration

    @property
    def methods(self) -> list[str]:
        """The methods that the handler answers, with HEAD."""
        return [*self.declaration.methods, *(["HEAD"] if "GET" in self.declaration.methods else [])]


def _http_function(name: str, operations: Sequence[Operation]) -> HttpFunction:
    allowed = [*(method for operation in operations for method in operation.methods), "OPTIONS"]
    parsers = [operation.declaration.input_parser() for operation in operations]

    def answer(request: Request, request_id: str, settings: Settings) -> Response:
        if request.method not in allowed:
            raise MethodNotAllowed(allowed)
        if request.method == "OPTIONS":
            return preflight_response(request, allowed, settings)
        index = next(i for i, operation in enumerate(operations) if request.method in operation.methods)
        (handler, declaration), parse = operations[index], parsers[index]
        identity = None
        if declaration.reads_token(request):
            identity = authenticate(request.environ.get("HTTP_AUTHORIZATION"), settings)
        call = Call(settings, CLOCK, request_id, identity)
        if declaration.access == "admin":
            call.caller.require_admin()
        return handler(request, call) if parse is None else handler(request, call, parse(request))

    def function(request: Request) -> Response:
        started_at = time.perf_counter()
        if not request.query_string.isascii():  # werkzeug would decode these bytes as UTF-8
            request.query_string = percent_encoded(request.query_string).encode()
        request_id = _request_id(request)
        settings = None
        error: Exception | None = None
        try:
            settings = config.current()
            response = answer(request, request_id, settings)
        except Exception as exception:  # the error boundary: every error becomes an answer
            response, error = _error_response(exception)
        _drain(request)
        response.headers.add("X-Request-Id", request_id)
        if settings is not None:
            allow_origin(request, response, settings)
        write_line(
            "request",
            started_at,
            settings,
            error,
            is_fault=response.status_code >= 500,
            function=name,
            method=request.method,
            status=response.status_code,
            requestId=request_id,
        )
        return response

    function.operations = operations  # type: ignore[attr-defined]
    return function


def scheduled(name: str, work: Callable[[Call, Mapping[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """Return a handler for AWS's scheduled events; AWS decides who may send them.

    Every error is logged as a fault of the service, and raised again, so that AWS counts it.
    """

    def on_event(event: dict[str, Any]) -> Any:
        started_at = time.perf_counter()
        settings = None
        error: Exception | None = None
        request_id = str(event.get("id") or uuid4())
        try:
            settings = config.current()
            return orjson.loads(encode(work(Call(settings, CLOCK, request_id, None), event)))
        except Exception as exception:
            error = exception
            raise
        finally:
            is_fault = error is not None
            write_line("event", started_at, settings, error, is_fault=is_fault, function=name, requestId=request_id)

    return on_event


def json_response(answer: Any, cache_control: str = "no-store", status: int = 200) -> Response:
    """Return the answer as JSON; by default with the status 200, and so that caches may not store it."""
    return Response(encode(answer), status, {"Cache-Control": cache_control}, content_type="application/json")


def with_etag(response: Response, request: Request) -> Response:
    """Add the date and an ETag, a hash of the body; return 304 if `If-None-Match` has that ETag."""
    response.set_etag(generate_etag(response.get_data()))
    if "HTTP_IF_NONE_MATCH" in request.environ:
        # Hide If-Match from werkzeug, which would compare it with the ETag: in this API, If-Match has a day's version.
        return response.make_conditional({**request.environ, "HTTP_IF_MATCH": ""})
    response.headers.add("Date", http_date())  # without `If-None-Match`, this is all that `make_conditional` would do
    return response


def _error_response(error: Exception) -> tuple[Response, Exception]:
    """Return the answer to an error, and the error to log: if encoding the error fails, that new error."""
    try:
        return problem(error), error
    except Exception as new_error:  # data that can't become JSON is a fault of the service, so the answer is 500
        new_error.__cause__ = error
        return problem(new_error), new_error


def _drain(request: Request) -> None:
    """Read the rest of the body, 10 MiB at most, so that a client that is still sending receives its answer.

    Then replace the stream by an empty one: functions-framework reads the rest of a stream after the function
    has returned, where an error wouldn't become an answer.
    """
    if request.environ.get("CONTENT_LENGTH") == "0" and "HTTP_TRANSFER_ENCODING" not in request.environ:
        return  # most requests have no body, and opening the stream takes time
    with contextlib.suppress(OSError, HTTPException):  # the connection ended early, or the chunks are malformed
        for _ in range(MAX_DRAINED_CHUNKS):
            if not request.stream.read(65536):
                break
    request.stream = io.BytesIO()


def _request_id(request: Request) -> str:
    """Return the `X-Request-Id` of the request, so that the caller's log and ours have the same id.

    If there is none, or if it isn't valid, return a new id.
    """
    request_id = request.environ.get("HTTP_X_REQUEST_ID", "")
    is_valid = request_id and re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", request_id)
    return request_id if is_valid else str(uuid4())
