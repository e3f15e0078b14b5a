"""The command that runs a scheduled function by hand, with a progress bar."""

import sys
from pathlib import Path

from tqdm import tqdm

from common import config
from common.errors import SlotledgerError
from common.web.encoding import encode
from common.web.endpoint import CLOCK, Call
from functions.weekly_stats.main import MAX_WEEKS, compute
from local.programs import CannotStart
from local.server import default_to_local_database


def weekly_stats(home: Path, weeks: int) -> None:
    """Compute the weekly statistics, and print the counts.

    The database is the one in DATABASE_URL. If this isn't set, it is the one that `make run` uses.

    Raise `CannotStart` if `weeks` is out of range, or if the statistics can't be computed.
    """
    if not 1 <= weeks <= MAX_WEEKS:
        raise CannotStart(f"WEEKS: use a number from 1 to {MAX_WEEKS}")
    default_to_local_database(home)
    call = Call(config.current(), CLOCK, "by hand", None)
    # On a terminal, draw the bar at most ten times a second. In a file, write at most one line in ten seconds.
    with tqdm(unit=" tutors", file=sys.stderr, mininterval=0.1 if sys.stderr.isatty() else 10) as bar:

        def show_progress(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        try:
            answer = compute(call, weeks, show_progress)
        except SlotledgerError as error:
            raise CannotStart(f"{error} (If DATABASE_URL isn't set, start the database with `make run`.)") from None
    print(encode(answer).decode())
