"""CORS headers: which web pages may call the functions, and which headers these pages may send and read."""

from collections.abc import Sequence

from werkzeug import Request, Response

from common.config import Settings
from common.errors import Forbidden

ALLOWED_HEADERS = ("Authorization", "Content-Type", "Idempotency-Key", "If-Match", "If-None-Match", "X-Request-Id")
EXPOSED_HEADERS = ("Content-Disposition", "Date", "ETag", "Retry-After", "X-Missing-Versions", "X-Request-Id")
PREFLIGHT_MAX_AGE_SECONDS = 7200  # the longest time that Chromium caches a preflight


def preflight_response(request: Request, methods: Sequence[str], settings: Settings) -> Response:
    """Return the answer to `OPTIONS`; raise `Forbidden` if the origin isn't allowed."""
    origin = request.environ.get("HTTP_ORIGIN")
    if origin is not None and not _is_allowed(origin, settings):
        raise Forbidden("this origin is not one of ALLOWED_ORIGINS")
    response = Response(status=204, headers={"Allow": ", ".join(methods)})
    del response.headers["Content-Type"]
    if origin is not None:
        response.headers["Access-Control-Allow-Methods"] = ", ".join(methods)
        response.headers["Access-Control-Allow-Headers"] = ", ".join(ALLOWED_HEADERS)
        response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_MAX_AGE_SECONDS)
    return response


def allow_origin(request: Request, response: Response, settings: Settings) -> None:
    """Add `Vary` and, if the origin is allowed, the headers that let the origin's pages read the answer."""
    response.headers.add("Vary", "Origin")
    origin = request.environ.get("HTTP_ORIGIN")
    if origin is not None and _is_allowed(origin, settings):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = ", ".join(EXPOSED_HEADERS)


def _is_allowed(origin: str, settings: Settings) -> bool:
    return origin in settings.allowed_origins or "*" in settings.allowed_origins
