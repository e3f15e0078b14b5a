"""`python -m benchmarks.together <commit>`: run two releases, a commit and this checkout, on one database at once.

In production, this happens while a release is rolled out or rolled back. Editors of both releases change the same few
days, while students book and cancel. Some entries can't be recorded, because the log is locked for a moment or the time
budget is too short. These entries go to a retry queue, which both releases share, or are lost. Then the releases run
their repairs in turns. A repair also writes entries that the other release deferred.

At the end, each edit must be in the log once, or be reconstructed. Replaying the log must give the slots of each day
(consistency.py).
"""

import argparse
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import count, cycle
from pathlib import Path
from time import sleep
from typing import Any

from benchmarks import events
from benchmarks.checkouts import checked_out, run_handlers
from benchmarks.consistency import Edit, find_faults
from benchmarks.data import tutor_id, update_day
from benchmarks.database import Database, seeded
from benchmarks.processes import ROOT, BenchmarkFailed, Worker
from benchmarks.questions import shared_fields
from benchmarks.release import DRAINED_FROM_OTHER, TUTORS, Release
from benchmarks.report import format_table
from benchmarks.retry_queue import retry_queue
from benchmarks.server import print_progress, with_server

DAYS, ROUNDS = 4, 4
FIRST_DAY = 10  # counted from `update_day`; nothing else updates these dates
TIME_SHIFT = timedelta(minutes=3)  # more than two minutes, because the repair ignores edits of the last two minutes
LATE_MESSAGES_SECONDS = 0.5  # a message may reach the queue after its edit was answered

# The environments of a release's editors. The first editor has time to write the log. The second editor sends most
# entries to the queue. The third editor has no queue, and loses most entries.
EDITORS = ({"AUDIT_BUDGET_MS": "300"}, {"AUDIT_BUDGET_MS": "1"}, {"AUDIT_BUDGET_MS": "1", "AUDIT_QUEUE_URL": ""})
REQUIRED_COUNTS = ("recorded", "deferred", "drained", DRAINED_FROM_OTHER, "reconstructed", "slot_booked")

LOCK_THE_LOG = "begin; lock table tutor_availability_log in share row exclusive mode; select pg_sleep(0.5); commit"
BOOK = """
insert into bookings (tutor_id, id, student_id, date, start_time, status, hold_expires_at)
select tutor_id, gen_random_uuid(), gen_random_uuid(), date, start_time, status,
  case status when 'AWAITING_PAYMENT' then now() + (random() - 0.5) * interval '1 second' end
from tutor_time_slots
cross join (values ('CONFIRMED'), ('AWAITING_PAYMENT')) as booking (status)
where date between '{first}' and '{last}'
order by random()
limit 1
on conflict do nothing
"""
CANCEL = """
update bookings set status = 'CANCELLED', released_at = now()
where occupied_start_time is not null and date between '{first}' and '{last}' and random() < 0.5
"""
SHIFT_INTO_PAST = f"""
update tutor_days set updated_at = updated_at - interval '{TIME_SHIFT.seconds} seconds';
update tutor_time_slots set created_at = created_at - interval '{TIME_SHIFT.seconds} seconds';
update tutor_availability_log set changed_at = changed_at - interval '{TIME_SHIFT.seconds} seconds';
"""


def together(commit: str, url: str, folder: Path) -> tuple[str, list[str]]:
    """Run both releases. Return a table of the outcomes, and the faults."""
    with ExitStack() as stack:
        other = stack.enter_context(checked_out(commit, folder))
        database = stack.enter_context(seeded(url, TUTORS, folder, lambda step: None))
        queue = stack.enter_context(retry_queue())
        env = events.environment(database.url) | queue.environment
        dates = [str(update_day(database.data, FIRST_DAY + i)) for i in range(DAYS)]

        def start_release(name: str, root: Path) -> Release:
            def start(more: dict[str, str]) -> Worker:
                return stack.enter_context(run_handlers(root, env | more, folder / "processes.log"))

            return Release(name, [start(each) for each in EDITORS], start({}))

        releases = [start_release("this checkout", ROOT), start_release(commit, other)]
        edits: list[Edit] = []
        faults: list[str] = []
        for number in range(ROUNDS):
            _edit_concurrently(number, releases, edits, dates, database)
            first, second = releases if number % 2 else releases[::-1]
            _shift_into_past(database, messages := queue.receive_all())
            late = messages[::2]
            queue.send(messages[1::2])
            first.repair(messages[1::2], edits)
            queue.send(late)  # these messages arrive after their entries were reconstructed
            if gaps := second.repair(late, edits):
                faults.append(f"round {number}: {gaps} gaps remain")
            print_progress(f"[{number + 1}/{ROUNDS}] {len(edits)} edits")
        faults += find_faults(database, edits, dates)
        for number in range(1, TUTORS + 1):
            (history, is_complete), (other_history, is_other_complete) = (
                release.history(tutor_id(number)) for release in releases
            )
            is_same = shared_fields(history, other_history) == shared_fields(other_history, history)
            if not (is_same and is_complete and is_other_complete):
                faults.append(f"tutor {number}: the histories of the releases differ, or aren't complete")
        if messages := [*queue.receive_all(), *queue.receive_dead_letters()]:
            faults.append(f"{len(messages)} messages remain in the queue or in the dead letters")
    for release in releases:
        missing = [kind for kind in REQUIRED_COUNTS if not release.counts[kind]]
        faults += [f"{release.name}: {kind} is 0, so this case wasn't tested; run it again" for kind in missing]
    kinds = sorted({kind for release in releases for kind in release.counts})
    rows = [[kind, *(str(release.counts[kind]) for release in releases)] for kind in kinds]
    return format_table([["", *(release.name for release in releases)], *rows]), faults


def _edit_concurrently(
    number: int, releases: list[Release], edits: list[Edit], dates: list[str], database: Database
) -> None:
    """Run all editors at the same time. Meanwhile, lock the log, book and cancel; in odd rounds, also repair."""
    statements = [each.format(first=dates[0], last=dates[-1]) for each in (BOOK, CANCEL)]
    repairers = cycle(releases)

    def lock_log() -> None:
        database.run("psql", "-q", "-c", LOCK_THE_LOG)
        sleep(0.7)

    def book_and_cancel() -> None:
        for statement in statements:
            with suppress(BenchmarkFailed):  # an editor removed the slot first
                database.run("psql", "-q", "-c", statement)
        sleep(0.05)

    def repair() -> None:
        next(repairers).repair([], edits)

    with _repeat(lock_log, book_and_cancel, *([repair] if number % 2 else [])), ThreadPoolExecutor() as threads:
        seeds = count(1000 * number)
        futures = [
            threads.submit(release.edit, worker, edits, dates, next(seeds))
            for release in releases
            for worker in release.editors
        ]
        for future in futures:
            future.result()
    sleep(LATE_MESSAGES_SECONDS)


@contextmanager
def _repeat(*jobs: Callable[[], None]) -> Iterator[None]:
    """Repeat each job in its own thread until the block ends."""
    is_over = threading.Event()

    def repeat(job: Callable[[], None]) -> None:
        while not is_over.is_set():
            job()

    with ThreadPoolExecutor() as threads:
        futures = [threads.submit(repeat, job) for job in jobs]
        try:
            yield
        finally:
            is_over.set()
        for future in futures:
            future.result()


def _shift_into_past(database: Database, messages: list[dict[str, Any]]) -> None:
    """Shift all instants in the database and in the messages into the past, so that the repair doesn't wait."""
    database.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-c", SHIFT_INTO_PAST)
    for message in messages:
        message["changedAt"] = (datetime.fromisoformat(message["changedAt"]) - TIME_SHIFT).isoformat()


def main() -> None:
    """Print the outcomes. If there are faults, print them, and exit with 1."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.together", description=__doc__)
    parser.add_argument("commit", help="the commit to run beside this checkout")
    outcomes, faults = with_server(partial(together, parser.parse_args().commit))
    print(outcomes)
    sys.exit("\n".join(["", *faults]) if faults else 0)


if __name__ == "__main__":
    main()
