"""What every HTTP function has in common, as one decorator.

Methods, the request id, CORS, who is calling, the error boundary, and one log line a request.
"""

import contextlib
import io
import re
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, Literal
from uuid import uuid4

import orjson
from werkzeug import Request, Response
from werkzeug.exceptions import HTTPException

from common import config, log
from common.config import InvalidSettings, Settings
from common.core.caller import Caller
from common.errors import Forbidden, MethodNotAllowed, SlotledgerError, Unauthenticated
from common.web.auth import authenticate
from common.web.problems import problem

Clock = Callable[[], datetime]

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


Access = Literal["public", "tutor", "admin"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a function's decorator says of it: its methods without HEAD and OPTIONS, and who may call it."""

    methods: tuple[str, ...]
    access: Access


Handler = Callable[[Request, Call], Response]


def endpoint(*methods: str, access: Access = "tutor") -> Callable[[Handler], Callable[[Request], Response]]:
    """Make an HTTP function, in the calling convention of functions-framework, out of a handler.

    `methods` are those it answers (`HEAD` comes with `GET`, `OPTIONS` always); `access` says who may call:
    anybody, the tutor or an admin, or admins alone. The function has it all as its `declaration`.
    """
    allowed = [*methods, *(["HEAD"] if "GET" in methods else []), "OPTIONS"]

    def decorate(handler: Handler) -> Callable[[Request], Response]:
        @wraps(handler)
        def function(request: Request) -> Response:
            began = time.perf_counter()
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
                    authorization = request.headers.get("Authorization")
                    identity = None if access == "public" else authenticate(authorization, settings)
                    response = handler(request, Call(settings, utc_now, request_id, identity))
            except Exception as caught:  # the one boundary
                error = caught
                response = problem(caught)
            _drain(request)
            response.headers["X-Request-Id"] = request_id
            if settings is not None:
                _allow_origin(request, response, settings)
            _write_log_line(handler.__name__, request, response, request_id, began, settings, error)
            return response

        function.declaration = Declaration(methods, access)  # type: ignore[attr-defined]
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
            return work(Call(settings, utc_now, request_id, None), event)
        except Exception as caught:
            error = caught
            raise
        finally:
            severity: log.Severity = "ERROR" if error else "INFO"
            log.write(severity, "event", **_common_fields(name, request_id, began, settings), **_told(error))

    return on_event


def json_response(body: Any) -> Response:
    """Return 200 with the body as compact JSON, not to be kept by caches."""
    return Response(orjson.dumps(body), content_type="application/json", headers={"Cache-Control": "no-store"})


def _drain(request: Request) -> None:
    """Read what is left of the body, up to a bound, so that a client that is still sending gets its answer.

    Nothing is left for functions-framework, which reads on after us, outside of the boundary.
    """
    with contextlib.suppress(OSError, HTTPException):  # cut short, or badly chunked
        for _ in range(MAX_DRAINED_CHUNKS):
            if not request.stream.read(65536):
                break
    request.stream = io.BytesIO()


def _request_id(request: Request) -> str:
    """Take over the caller's id, so that its logs and ours can be laid side by side, if it looks like one."""
    given = request.headers.get("X-Request-Id", "")
    return given if re.fullmatch(r"[A-Za-z0-9._:-]{1,128}", given) else str(uuid4())


def _origin_is_allowed(origin: str, settings: Settings) -> bool:
    return origin in settings.allowed_origins or "*" in settings.allowed_origins


def _preflight(request: Request, allowed: list[str], settings: Settings) -> Response:
    origin = request.headers.get("Origin")
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
    response.vary.add("Origin")
    origin = request.headers.get("Origin")
    if origin is not None and _origin_is_allowed(origin, settings):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED_HEADERS)


def _write_log_line(
    function: str,
    request: Request,
    response: Response,
    request_id: str,
    began: float,
    settings: Settings | None,
    error: Exception | None,
) -> None:
    """Write the request's one line."""
    failed = response.status_code >= 500
    fields = _common_fields(function, request_id, began, settings)
    fields |= {"method": request.method, "status": response.status_code}
    if failed:
        fields |= _told(error)
    elif isinstance(error, SlotledgerError):
        fields["error"] = type(error).__name__
    log.write("ERROR" if failed else "INFO", "request", **fields)


def _common_fields(function: str, request_id: str, began: float, settings: Settings | None) -> dict[str, Any]:
    return {
        "function": function,
        "stage": settings.stage if settings else None,
        "durationMs": round((time.perf_counter() - began) * 1000, 1),
        "requestId": request_id,
    }


def _told(error: Exception | None) -> dict[str, Any]:
    """Return what a line holds of an error, the kind and the place: its text may quote what was sent."""
    if error is None:
        return {}
    chain = list(_causes(error))
    frames = traceback.extract_tb(chain[-1].__traceback__)[-8:]
    told: dict[str, Any] = {"error": " <- ".join(type(cause).__name__ for cause in chain)}
    if reasons := [str(cause) for cause in chain if isinstance(cause, InvalidSettings)]:
        told["reason"] = reasons[0]  # written by us, and for the operator
    return {**told, "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}


def _causes(error: BaseException) -> list[BaseException]:
    chain = [error]
    while (cause := chain[-1].__cause__) is not None and len(chain) < 8:
        chain.append(cause)
    return chain
