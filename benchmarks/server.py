"""A database server for one run. When the run ends, the server is stopped and its data is removed."""

import os
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeVar

from benchmarks.processes import BenchmarkFailed
from local import postgres
from local.parent import stop_with_parent
from local.programs import CannotStart

T = TypeVar("T")


def with_server(work: Callable[[str, Path], T]) -> T:
    """Call `work` with the URL of a new database server and a folder, and return its result.

    Exit with a message if the server can't start, or if `work` raises `BenchmarkFailed`.
    """
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _interrupt)
    if "MAKELEVEL" in os.environ:
        stop_with_parent()  # if make is killed, it sends no signal to this process
    try:
        with (
            tempfile.TemporaryDirectory(prefix="slotledger-bench-", dir="/var/tmp") as name,
            postgres.running(Path(name)) as url,
        ):
            return work(url, Path(name))
    except (CannotStart, BenchmarkFailed) as error:
        sys.exit(f"{error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped. The server and its data are removed.")


def print_progress(text: str) -> None:
    """Print a line to stderr, where the progress bars are."""
    print(text, file=sys.stderr, flush=True)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
