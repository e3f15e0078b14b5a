"""The checks of deployed functions: each tries its function's work with the function's own rights, and keeps nothing.

The module `check` beside a function's `main.py` has the check. A deployment runs it (`common.web.self_check`).
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any

from common.db.address import address_of
from common.db.sqlstate import error_text
from common.web.endpoint import Call

Steps = Callable[[Call], Iterator[str]]


def self_check(steps: Steps) -> Callable[[Call], dict[str, Any]]:
    """Make a check of a function that takes a step, and then yields what this step showed.

    The check returns the database's user, the steps that worked, and why the next step failed (None if none did).
    """

    @wraps(steps)
    def check(call: Call) -> dict[str, Any]:
        worked: list[str] = []
        why = None
        try:
            for step in steps(call):
                worked.append(step)
        except Exception as error:  # whatever fails, the deployment has to show it
            why = f"{type(error).__name__}: {error_text(error.__cause__ or error)}"
        return {"user": address_of(call.settings.database_url).user, "worked": worked, "why": why}

    return check
