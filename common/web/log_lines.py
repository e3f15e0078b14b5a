"""The log line of a request or a scheduled event."""

import time
import traceback
from typing import Any

from common import log
from common.config import InvalidSettings, Settings
from common.errors import SlotledgerError, Unauthenticated


def write_line(
    message: str,
    started_at: float,
    settings: Settings | None,
    error: Exception | None,
    *,
    is_fault: bool,
    **fields: Any,
) -> None:
    """Write the log line of a request or an event.

    `started_at` is the value of `time.perf_counter()` at the start. `is_fault` is true if the error is a fault of the
    service and not of the request. Then the line also shows where the error was raised.
    """
    fields["stage"] = settings.stage if settings else None
    fields["durationMs"] = round((time.perf_counter() - started_at) * 1000, 1)
    if is_fault:
        fields |= _error_fields(error)
    elif isinstance(error, SlotledgerError):
        fields["error"] = type(error).__name__
        if isinstance(error, Unauthenticated) and error.token_part is not None:
            fields["tokenPart"] = error.token_part
    log.write("ERROR" if is_fault else "INFO", message, **fields)


def _error_fields(error: Exception | None) -> dict[str, Any]:
    """Return the types of the error and its causes, and where the root cause was raised.

    Only the message of `InvalidSettings` is included. Other messages may quote the request.
    """
    if error is None:
        return {}
    chain = list(_causes(error))
    frames = traceback.extract_tb(chain[-1].__traceback__)[-8:]
    fields: dict[str, Any] = {"error": " <- ".join(type(cause).__name__ for cause in chain)}
    if reasons := [str(cause) for cause in chain if isinstance(cause, InvalidSettings)]:
        fields["reason"] = reasons[0]  # this message is written for operators, and quotes no request
    return {**fields, "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}


def _causes(error: BaseException) -> list[BaseException]:
    chain = [error]
    while (cause := chain[-1].__cause__) is not None and len(chain) < 8:
        chain.append(cause)
    return chain
