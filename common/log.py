"""Write log lines: one JSON object per line on standard output, which AWS and Google Cloud can search by field."""

import contextlib
import json
import sys
from typing import Any, Literal

Severity = Literal["INFO", "WARNING", "ERROR"]


def write(severity: Severity, message: str, **fields: Any) -> None:
    """Write one line. Never pass a token or a connection string; pass notes only if they would be lost otherwise."""
    line = json.dumps({"severity": severity, "message": message, **fields}, default=str)
    with contextlib.suppress(OSError):  # a closed standard output must not fail the request
        sys.stdout.write(line + "\n")  # one call, so that the lines of several threads don't mix
        sys.stdout.flush()
