"""The one line that each request and each event writes."""

import time
import traceback
from typing import Any

from common import log
from common.config import InvalidSettings, Settings
from common.errors import SlotledgerError


def write_line(
    message: str, began: float, settings: Settings | None, error: Exception | None, *, failed: bool, **fields: Any
) -> None:
    """Write the line; of an error, the place where it happened only when that is ours to mend (`failed`)."""
    fields["stage"] = settings.stage if settings else None
    fields["durationMs"] = round((time.perf_counter() - began) * 1000, 1)
    if failed:
        fields |= _error_fields(error)
    elif isinstance(error, SlotledgerError):
        fields["error"] = type(error).__name__
    log.write("ERROR" if failed else "INFO", message, **fields)


def _error_fields(error: Exception | None) -> dict[str, Any]:
    """Return what a line holds of an error, the kind and the place: its text may quote what was sent."""
    if error is None:
        return {}
    chain = list(_causes(error))
    frames = traceback.extract_tb(chain[-1].__traceback__)[-8:]
    fields: dict[str, Any] = {"error": " <- ".join(type(cause).__name__ for cause in chain)}
    if reasons := [str(cause) for cause in chain if isinstance(cause, InvalidSettings)]:
        fields["reason"] = reasons[0]  # written by us, and for the operator
    return {**fields, "at": [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]}


def _causes(error: BaseException) -> list[BaseException]:
    chain = [error]
    while (cause := chain[-1].__cause__) is not None and len(chain) < 8:
        chain.append(cause)
    return chain
