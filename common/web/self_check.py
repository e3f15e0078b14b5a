"""Running the check of a deployed function, when a deployment sends the event `lambda_adapter.CHECK`.

Only AWS's API can send events. A request to a function's URL can't be this event.
"""

from importlib import import_module
from typing import Any

from common import config
from common.core.caller import Caller
from common.web.endpoint import CLOCK, Call


def run_check(function: Any) -> Any:
    """Return the answer of the function `check` in the module `check` beside the function's `main.py`.

    Raise the errors of `config.current`.
    """
    call = Call(config.current(), CLOCK, "check", Caller("check", is_admin=True))
    package = function.operations[0].handler.__module__.rpartition(".")[0]
    return import_module(f"{package}.check").check(call)
