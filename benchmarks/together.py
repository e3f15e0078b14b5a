"""`python -m benchmarks.together <commit>`: that commit and this checkout serve one database at the same time.

It is what happens while a release is rolled out, or back. Editors of both releases change the same few days, while
students book and cancel. Some of their entries can't be recorded: the log is locked for moments, or there is no time.
They reach one queue, or nobody; then the releases repair in turns, each what the other left. At the end each edit is in
the log once, or in what was reconstructed, and the log tells how the days came to be (ledger.py).
"""

import argparse
import random
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import count, cycle
from pathlib import Path
from time import sleep
from typing import Any

from benchmarks import events
from benchmarks.checkouts import checked_out, handlers_of
from benchmarks.data import tutor_id, work_day
from benchmarks.database import Database, seeded
from benchmarks.ledger import Edit, faults
from benchmarks.processes import ROOT, Failed, Worker
from benchmarks.report import table
from benchmarks.retry_queue import retry_queue
from benchmarks.server import say, with_server

TUTORS, DAYS, ROUNDS, EDITS_A_ROUND = 2, 4, 4, 25
FIRST_DAY = 10  # after the work day: nobody else edits these
REVERTS = 0.1
SETTLED = timedelta(minutes=3)  # repair leaves alone what was edited in the last two
STRAGGLERS_SECONDS = 0.5  # a message may be on its way still when its edit was answered

# An editor with time and a queue, one with a queue and no time, and one with neither, whose entries get lost.
EDITORS = ({"AUDIT_BUDGET_MS": "300"}, {"AUDIT_BUDGET_MS": "1"}, {"AUDIT_BUDGET_MS": "1", "AUDIT_QUEUE_URL": ""})
# A slot may be booked, or others be faster; what is to be undone may not be in the log yet, or be in today's way.
EXPECTED = {"slot_booked", "unavailable", "change_set_not_found", "change_set_incomplete", "overlapping_slots"}

OF_THE_OTHER = "drained of the other's"
NEEDED = ("recorded", "deferred", "drained", OF_THE_OTHER, "reconstructed", "slot_booked")

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
# As if time had passed: all that is there was made earlier.
LET_TIME_PASS = f"""
update tutor_days set updated_at = updated_at - interval '{SETTLED.seconds} seconds';
update tutor_time_slots set created_at = created_at - interval '{SETTLED.seconds} seconds';
update tutor_availability_log set changed_at = changed_at - interval '{SETTLED.seconds} seconds';
"""


@dataclass
class Release:
    """One of the two: its editors, who repairs, and what came of it."""

    name: str
    editors: list[Worker]
    repairer: Worker
    counts: Counter[str] = field(default_factory=Counter)

    def edit(self, worker: Worker, edits: list[Edit], dates: list[str], seed: int) -> None:
        """Change some days of a tutor, or undo what somebody did, and add what was answered to the `edits`."""
        draw = random.Random(seed)
        for _ in range(EDITS_A_ROUND):
            if edits and draw.random() < REVERTS:
                undone = draw.choice(edits)
                event = events.put(undone.tutor, revert=undone.change_set)
            else:
                some = draw.sample(dates, draw.randint(1, 3))
                days = [{"date": each, "timeSlots": _slots(draw)} for each in some]
                event = events.put(tutor_id(draw.randint(1, TUTORS)), days=days)
            _, (status, body) = worker.ask("call", [["update_availability", event]])
            if status != 200 and body["code"] not in EXPECTED:
                raise Failed(f"{self.name}: {status} {body}")
            self.counts[body["audit"] if status == 200 else body["code"]] += 1
            if status == 200 and body["changeSetId"]:
                edits.append(Edit(self.name, body))

    def repair(self, messages: list[dict[str, Any]], edits: list[Edit]) -> int:
        """Repair, with these messages in the queue; return how many gaps are left."""
        made_by = {each.change_set: each.release for each in edits}
        self.counts[OF_THE_OTHER] += sum(made_by[message["id"]] != self.name for message in messages)
        _, (_, done) = self.repairer.ask("call", [["audit_repair", events.scheduled()]])
        self.counts["drained"] += done["drained"]
        self.counts["reconstructed"] += done["reconstructed"]
        return int(done["remainingGaps"])

    def history(self, tutor: str) -> tuple[Any, bool]:
        """Return the tutor's newest entries as this release tells them, and whether none is missing."""
        event = events.get(tutor, as_themselves=True, days=1, limit=1000)
        _, (_, body) = self.repairer.ask("call", [["audit_history", event]])
        return body["entries"], body["complete"]


def _slots(draw: random.Random) -> list[dict[str, Any]]:
    starts = [hour for hour in range(8, 16) if draw.random() < 0.5]
    return [{"time": f"{hour:02}:00", "durationMinutes": draw.choice((30, 60))} for hour in starts]


def together(commit: str, url: str, folder: Path) -> tuple[str, list[str]]:
    """Return a table of what happened, and what is wrong."""
    with ExitStack() as stack:
        other = stack.enter_context(checked_out(commit, folder))
        database = stack.enter_context(seeded(url, TUTORS, folder, lambda step: None))
        queue = stack.enter_context(retry_queue())
        env = events.environment(database.url) | queue.environment
        dates = [str(work_day(database.data, FIRST_DAY + i)) for i in range(DAYS)]

        def release(name: str, root: Path) -> Release:
            def start(more: dict[str, str]) -> Worker:
                return stack.enter_context(handlers_of(root, env | more, folder / "processes.log"))

            return Release(name, [start(each) for each in EDITORS], start({}))

        releases = [release("this checkout", ROOT), release(commit, other)]
        edits: list[Edit] = []
        wrong: list[str] = []
        for turn in range(ROUNDS):
            _edit(turn, releases, edits, dates, database)
            one, another = releases if turn % 2 else releases[::-1]
            _let_time_pass(database, messages := queue.taken())
            late = messages[::2]
            queue.put(messages[1::2])
            one.repair(messages[1::2], edits)
            queue.put(late)  # after what stands in for them
            if gaps := another.repair(late, edits):
                wrong.append(f"round {turn}: {gaps} gaps are left")
            say(f"[{turn + 1}/{ROUNDS}] {len(edits)} edits")
        wrong += faults(database, edits, dates)
        for number in range(1, TUTORS + 1):
            told, told_by_other = (each.history(tutor_id(number)) for each in releases)
            if told != told_by_other or not told[1]:
                wrong.append(f"tutor {number}: the histories differ, or aren't complete")
        if left := [*queue.taken(), *queue.dead_letters()]:
            wrong.append(f"{len(left)} messages are left in the queue, or were put aside")
    wrong += [f"{each.name}: {kind} 0 shows nothing" for each in releases for kind in NEEDED if not each.counts[kind]]
    kinds = sorted({kind for each in releases for kind in each.counts})
    rows = [[kind, *(str(each.counts[kind]) for each in releases)] for kind in kinds]
    return table([["", *(each.name for each in releases)], *rows]), wrong


def _edit(turn: int, releases: list[Release], edits: list[Edit], dates: list[str], database: Database) -> None:
    """Have all edit at the same time, while the log is locked now and then; every other time, repair meanwhile."""
    booking = [each.format(first=dates[0], last=dates[-1]) for each in (BOOK, CANCEL)]
    repairers = cycle(releases)

    def lock() -> None:
        database.run("psql", "-q", "-c", LOCK_THE_LOG)
        sleep(0.7)

    def book() -> None:
        for statement in booking:
            with suppress(Failed):  # an editor was faster
                database.run("psql", "-q", "-c", statement)
        sleep(0.05)

    def repair() -> None:
        next(repairers).repair([], edits)

    with _repeated(lock, book, *([repair] if turn % 2 else [])), ThreadPoolExecutor() as threads:
        seeds = count(1000 * turn)
        editing = [
            threads.submit(each.edit, worker, edits, dates, next(seeds)) for each in releases for worker in each.editors
        ]
        for one in editing:
            one.result()
    sleep(STRAGGLERS_SECONDS)


@contextmanager
def _repeated(*jobs: Callable[[], None]) -> Iterator[None]:
    """Do each job again and again meanwhile."""
    is_over = threading.Event()

    def repeat(job: Callable[[], None]) -> None:
        while not is_over.is_set():
            job()

    with ThreadPoolExecutor() as threads:
        repeating = [threads.submit(repeat, job) for job in jobs]
        try:
            yield
        finally:
            is_over.set()
        for one in repeating:
            one.result()


def _let_time_pass(database: Database, messages: list[dict[str, Any]]) -> None:
    """Make everything older, as if time had passed: what is in the database, and in the messages."""
    database.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-c", LET_TIME_PASS)
    for message in messages:
        message["changedAt"] = (datetime.fromisoformat(message["changedAt"]) - SETTLED).isoformat()


def main() -> None:
    """Print what happened; fail where something is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.together", description=__doc__)
    parser.add_argument("commit")
    told, wrong = with_server(partial(together, parser.parse_args().commit))
    print(told)
    sys.exit("\n".join(["", *wrong]) if wrong else 0)


if __name__ == "__main__":
    main()
