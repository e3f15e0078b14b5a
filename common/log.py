"""Log lines: one JSON object a line on standard output, which is what both clouds index."""

import contextlib
import json
import sys
from typing import Any, Literal

Severity = Literal["INFO", "WARNING", "ERROR"]


def write(severity: Severity, message: str, **fields: Any) -> None:
    """Write one line. What may never be in `fields`: a token, a connection string; notes only to save an entry."""
    line = json.dumps({"severity": severity, "message": message, **fields}, default=str)
    with contextlib.suppress(OSError):  # nobody listens any more: no reason to fail the request
        sys.stdout.write(line + "\n")  # in one call, so that threads don't mix their lines
        sys.stdout.flush()
