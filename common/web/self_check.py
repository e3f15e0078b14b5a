"""The check of a deployed function: it tries the function's work, with the function's own rights, and keeps nothing.

A deployment sends the event `lambda_adapter.CHECK` to each function, which only AWS's API can do. The module `check`
beside the function's `main.py` has the steps: `check(call)` takes a step, then yields what the step showed.
"""

from importlib import import_module
from typing import Any

from common import config
from common.core.caller import Caller
from common.db.address import address_of
from common.db.sqlstate import error_text
from common.web.endpoint import CLOCK, Call


def run_check(function: Any) -> dict[str, Any]:
    """Return the database's user, the names of the steps that worked, and why the next step failed (None if none did).

    Raise the errors of `config.current`.
    """
    settings = config.current()
    call = Call(settings, CLOCK, "check", Caller("check", is_admin=True))
    package = function.operations[0].handler.__module__.rpartition(".")[0]
    worked: list[str] = []
    why = None
    try:
        for step in import_module(f"{package}.check").check(call):
            worked.append(step)
    except Exception as error:  # whatever fails, the deployment has to show it
        cause = error.__cause__ or error
        why = f"{type(error).__name__}: {error_text(cause)}"
    return {"user": address_of(settings.database_url).user, "worked": worked, "why": why}
