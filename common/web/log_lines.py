"""The one line that each request and each event writes."""

import time
import traceback
from typing import Any

from werkzeug import Request, Response

from common import log
from common.config import InvalidSettings, Settings
from common.errors import SlotledgerError


def write_event_line(
    function: str, request_id: str, began: float, settings: Settings | None, error: Exception | None
) -> None:
    """Write an event's one line."""
    fields = _common_fields(function, request_id, began, settings)
    log.write("ERROR" if error else "INFO", "event", **fields, **_error_fields(error))


def write_request_line(
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
        fields |= _error_fields(error)
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


def _error_fields(error: Exception | None) -> dict[str, Any]:
    """Return what a line holds of an error, the kind and the place: its text may quote what was sent."""
    if error is None:
        return {}
    chain = list(_causes(error))
    frames = traceback.extract_tb(chain[-1].__traceback__)[-8:]
    fields: dict[str, Any] = {"error": " <- ".join(type(cause).__name__ for cause in chain)}
    if isinstance(error, InvalidSettings):  # written by us, and for the operator
        fields["reason"] = str(error)
    return {**fields, "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}


def _causes(error: BaseException) -> list[BaseException]:
    chain = [error]
    while (cause := chain[-1].__cause__) is not None and len(chain) < 8:
        chain.append(cause)
    return chain
