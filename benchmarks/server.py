"""A database server for one run, and what to do when the run is stopped: nothing is left behind."""

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from benchmarks.processes import Failed
from local import postgres
from local.parent import stop_with_parent
from local.programs import CannotStart

T = TypeVar("T")


def with_server(work: Callable[[str, Path], T]) -> T:
    """Return what `work` makes of a new database server's URL and a folder; say why, and end, where it can't."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _end)
    if "MAKELEVEL" in os.environ:
        stop_with_parent()  # make may be killed without a word
    try:
        with (
            tempfile.TemporaryDirectory(prefix="slotledger-bench-", dir="/var/tmp") as name,
            postgres.running(Path(name)) as url,
        ):
            return work(url, Path(name))
    except (CannotStart, Failed) as why:
        sys.exit(f"{why}")
    except KeyboardInterrupt:
        sys.exit("\nStopped; nothing is left behind.")


def say(what: str) -> None:
    """Say how far it is, beside the progress bars."""
    print(what, file=sys.stderr, flush=True)


def _end(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
