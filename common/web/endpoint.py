"""What every HTTP function has in common, as one decorator.

Methods, the request id, CORS, who is calling, the error boundary, and one log line a request.
"""

import contextlib
import io
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Literal
from uuid import uuid4

import orjson
from pydantic import BaseModel
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException
from werkzeug.http import generate_etag, http_date

from common import config
from common.config import Settings
from common.core.caller import Caller
from common.errors import Forbidden, MethodNotAllowed, SlotledgerError, Unauthenticated
from common.web.auth import authenticate
from common.web.encoding import encode
from common.web.log_lines import write_line
from common.web.parsing import percent_encoded
from common.web.problems import problem

Clock = Callable[[], datetime]
Access = Literal["public", "tutor", "admin"]

ALLOWED_HEADERS = ("Authorization", "Content-Type", "If-Match", "If-None-Match", "X-Request-Id")
EXPOSED_HEADERS = ("Content-Disposition", "ETag", "Retry-After", "X-Missing-Versions", "X-Request-Id")
MAX_DRAINED_CHUNKS = 160  # 10 MiB
PREFLIGHT_MAX_AGE_SECONDS = 7200  # browsers keep the answer no longer


def utc_now() -> datetime:
    """Read the clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Call:
    """What a function is given besides the request."""

    settings: Settings
    clock: Clock
    request_id: str
    identity: Caller | None

    @property
    def caller(self) -> Caller:
        """Who is calling; `Unauthenticated` when nobody said so."""
        if self.identity is None:
            raise Unauthenticated("send the header Authorization: Bearer <token>")
        return self.identity


Handler = Callable[[Request, Call], Response]
HttpFunction = Callable[[Request], Response]


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a function says of itself; the OpenAPI document is made from it.

    `methods` are without HEAD and OPTIONS. `access`: `public` is anyone; `tutor` the tutor themselves, or an admin;
    `admin` admins only. `answer` is the type of what is encoded, or a union; `body` a model, or a union of models of
    which exactly one fits. `errors` are those that it raises besides the ones that its access and its body bring along.
    Headers, and the formats that it answers in besides JSON, are described by their names; a function that takes
    `If-None-Match` may answer 304.
    """

    methods: tuple[str, ...]
    access: Access
    docstring: str
    operation_id: str
    answer: Any
    query: type[BaseModel] | None = None
    body: Any = None
    errors: tuple[type[SlotledgerError], ...] = ()
    request_headers: Mapping[str, str] = field(default_factory=dict)
    answer_headers: Mapping[str, str] = field(default_factory=dict)
    other_formats: Mapping[str, str] = field(default_factory=dict)


def endpoint(*methods: str, access: Access, **more: Any) -> Callable[[Handler], HttpFunction]:
    """Make an HTTP function out of a handler; `more` is what else a `Declaration` holds.

    It answers `HEAD` where it does `GET`, and `OPTIONS` always. With access `tutor`, the handler itself finds out
    whether the caller is the tutor.
    """
    allowed = [*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"]

    def decorate(handler: Handler) -> HttpFunction:
        @wraps(handler)
        def function(request: Request) -> Response:
            began = time.perf_counter()
            if not request.query_string.isascii():  # which werkzeug trusts to be UTF-8
                request.query_string = percent_encoded(request.query_string).encode()
            request_id = _request_id(request)
            settings = None
            error: Exception | None = None
            try:
                settings = config.current()
                if request.method not in allowed:
                    raise MethodNotAllowed(allowed)
                if request.method == "OPTIONS":
                    response = _preflight(request, allowed, settings)
                else:
                    identity = None
                    if access != "public":
                        identity = authenticate(request.environ.get("HTTP_AUTHORIZATION"), settings)
                    call = Call(settings, utc_now, request_id, identity)
                    if access == "admin":
                        call.caller.require_admin()
                    response = handler(request, call)
            except Exception as caught:  # the one boundary
                error = caught
                response = problem(caught)
            _drain(request)
            response.headers.add("X-Request-Id", request_id)
            if settings is not None:
                _allow_origin(request, response, settings)
            write_line(
                "request",
                began,
                settings,
                error,
                failed=response.status_code >= 500,
                function=handler.__name__,
                method=request.method,
                status=response.status_code,
                requestId=request_id,
            )
            return response

        function.declaration = Declaration(methods, access, handler.__doc__ or "", **more)  # type: ignore[attr-defined]
        return function

    return decorate


def scheduled(name: str, work: Callable[[Call, Mapping[str, Any]], Any]) -> Callable[[dict[str, Any]], Any]:
    """Make of `work` what answers the platform's scheduled events: whoever may send them, may have it done.

    An error is logged as a request's would be, and raised, so that the platform counts it.
    """

    def on_event(event: dict[str, Any]) -> Any:
        began = time.perf_counter()
        settings = None
        error: Exception | None = None
        request_id = str(event.get("id") or uuid4())
        try:
            settings = config.current()
            return orjson.loads(encode(work(Call(settings, utc_now, request_id, None), event)))
        except Exception as caught:
            error = caught
            raise
        finally:
            failed = error is not None
            write_line("event", began, settings, error, failed=failed, function=name, requestId=request_id)

    return on_event


def json_response(answer: Any, cache_control: str = "no-store") -> Response:
    """Return 200 with the answer as JSON, by default not to be kept by caches."""
    return Response(encode(answer), content_type="application/json", headers={"Cache-Control": cache_control})


def with_etag(response: Response, request: Request) -> Response:
    """Return the answer with the date and an ETag, a hash of its body; 304 where `If-None-Match` names that ETag."""
    response.set_etag(generate_etag(response.get_data()))
    if "HTTP_IF_NONE_MATCH" in request.environ:
        # If-Match is for edits, by version; werkzeug would hold it against the ETag.
        return response.make_conditional({**request.environ, "HTTP_IF_MATCH": ""})
    response.headers.add("Date", http_date())  # all that `make_conditional` does without a condition
    return response


def _drain(request: Request) -> None:
    """Read what is left of the body, up to a bound, so that a client that is still sending gets its answer.

    Nothing is left for functions-framework, which reads on after us, outside of the boundary.
    """
    if request.environ.get("CONTENT_LENGTH") == "0" and "HTTP_TRANSFER_ENCODING" not in request.environ:
        return  # there is no body, as of most requests: reading to find that out costs more
    with contextlib.suppress(OSError, HTTPException):  # cut short, or badly chunked
        for _ in range(MAX_DRAINED_CHUNKS):
            if not request.stream.read(65536):
                break
    request.stream = io.BytesIO()


def _request_id(request: Request) -> str:
    """Take over the caller's id, so that its logs and ours can be laid side by side, if it looks like one."""
    given = request.environ.get("HTTP_X_REQUEST_ID", "")
    return given if given and re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", given) else str(uuid4())


def _origin_is_allowed(origin: str, settings: Settings) -> bool:
    return origin in settings.allowed_origins or "*" in settings.allowed_origins


def _preflight(request: Request, allowed: list[str], settings: Settings) -> Response:
    origin = request.environ.get("HTTP_ORIGIN")
    if origin is not None and not _origin_is_allowed(origin, settings):
        raise Forbidden("this origin isn't one of the ALLOWED_ORIGINS")
    response = Response(status=204, headers={"Allow": ", ".join(allowed)})
    del response.headers["Content-Type"]
    if origin is not None:
        response.headers["Access-Control-Allow-Methods"] = ", ".join(allowed)
        response.headers["Access-Control-Allow-Headers"] = ", ".join(ALLOWED_HEADERS)
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_MAX_AGE_SECONDS)
    return response


def _allow_origin(request: Request, response: Response, settings: Settings) -> None:
    response.headers.add("Vary", "Origin")
    origin = request.environ.get("HTTP_ORIGIN")
    if origin is not None and _origin_is_allowed(origin, settings):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED_HEADERS)
