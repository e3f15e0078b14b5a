"""Clients that edit and read without a pause, and functions that check that no edit is lost or logged twice."""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Condition
from time import monotonic

from sqlalchemy import Engine

from common.core.audit import change_set_fields, parse_change_set
from tests.aws import Queues
from tests.builders import Tutor, log_rows, monday, replayed, slots, stored_slots, versions
from tests.hosts import Answer, Api

DAY = monday()
HANG_LIMIT_SECONDS = 120


@dataclass(frozen=True)
class Request:
    """A request: its start and end in seconds of the monotonic clock, and the status of its answer."""

    started_at: float
    ended_at: float
    status: int


@dataclass
class Client:
    """A client that repeats a round of four requests: edit a day, read the day, the history and the statistics.

    Each client has its own tutor, whose days no other client edits.
    """

    api: Api
    tutor: Tutor
    progress: Condition = field(default_factory=Condition)
    """Notified after each round."""
    rounds: list[list[Request]] = field(default_factory=list)
    saved: dict[int, str] = field(default_factory=dict)
    """The id of the change set of each edit that got 200, by the version that the edit made."""
    unknown: int = 0
    """The number of edits that got 503 and may have been saved."""
    is_over: bool = False

    def work(self) -> None:
        """Repeat the round until `is_over` is set."""
        tutor = {"tutorId": self.tutor.id}
        for number in count():
            requests: tuple[Callable[[], Answer], ...] = (
                lambda n=number: self._edit(n),  # type: ignore[misc]
                lambda: self.api.read(**tutor, startDate=DAY),
                lambda: self.api.history(self.tutor.token, **tutor),
                lambda: self.api.stats(self.tutor.token, **tutor),
            )
            results = [self._send(each) for each in requests]
            with self.progress:
                self.rounds.append(results)
                self.progress.notify_all()
                if self.is_over:
                    return

    def _edit(self, number: int) -> Answer:
        """Save two slots, one of which differs in each edit, so that each saved edit has two entries."""
        start = f"{6 + number // 60 % 16:02}:{number % 60:02}"
        answer = self.api.update(
            self.tutor.token, tutorId=str(self.tutor.id), date=str(DAY), timeSlots=slots("05:00", start)
        )
        if answer.status == 200:
            self.saved[answer.json["days"][0]["version"]] = answer.json["changeSetId"]
        self.unknown += "didn't confirm that this was saved" in answer.json.get("detail", "")
        return answer

    def _send(self, request: Callable[[], Answer]) -> Request:
        """Send a request. Assert that its answer has Retry-After if it is 503, and only then."""
        started_at = monotonic()
        answer = request()
        assert ("retry-after" in answer.headers) == (answer.status == 503)
        return Request(started_at, monotonic(), answer.status)

    def rounds_since(self, since: float) -> list[list[Request]]:
        """Return the rounds that began at `since` or later."""
        return [each for each in self.rounds if each[0].started_at >= since]

    def recovered_at(self, since: float) -> float | None:
        """Return the end of the first round after `since` in which each request got 200; None if there is none yet."""
        for each in self.rounds_since(since):
            if {request.status for request in each} == {200}:
                return each[-1].ended_at
        return None


@dataclass
class Load:
    """The running clients, in groups that the test chooses."""

    groups: dict[str, list[Client]]
    progress: Condition

    @property
    def clients(self) -> list[Client]:
        return [client for group in self.groups.values() for client in group]

    def wait_for(self, is_ready: Callable[[Client], object]) -> None:
        """Wait until `is_ready` is true for each client."""
        with self.progress:
            assert self.progress.wait_for(lambda: all(map(is_ready, self.clients)), HANG_LIMIT_SECONDS)

    def wait_for_rounds(self, number: int) -> None:
        """Wait until each client has begun and ended this many new rounds."""
        now = monotonic()
        self.wait_for(lambda client: len(client.rounds_since(now)) >= number)

    def seconds_until_all_answer(self, since: float) -> float:
        """Wait until each client has had a round in which each request got 200; return the seconds since `since`."""
        self.wait_for(lambda client: client.recovered_at(since) is not None)
        return max(client.recovered_at(since) or since for client in self.clients) - since

    def statuses(self, group: str, since: float = 0, until: float = float("inf")) -> Counter[int]:
        """Count the statuses of the requests that started and ended between `since` and `until`."""
        requests = [request for client in self.groups[group] for each in client.rounds for request in each]
        return Counter(each.status for each in requests if since <= each.started_at and each.ended_at <= until)

    def print_row(self, fault: str, group: str, waited: float = 0) -> None:
        """Print a row of the table of faults in `docs/scaling.md`.

        Its columns: the fault, the group of clients, the count of each status, the number of edits with an unknown
        outcome, the time from the end of the fault until all clients got 200 again, and the time of the slowest answer.
        """
        clients = self.groups[group]
        statuses = ", ".join(f"{number} × {status}" for status, number in sorted(self.statuses(group).items()))
        slowest = max(r.ended_at - r.started_at for client in clients for each in client.rounds for r in each)
        unknown = sum(client.unknown for client in clients)
        sys.stdout.write(f"| {fault} | {group} | {statuses} | {unknown} | {waited:.1f} s | {slowest:.1f} s |\n")


@contextmanager
def load(api: Api, groups: Mapping[str, Sequence[Tutor]]) -> Iterator[Load]:
    """Run a client for each tutor during the block. At the end, wait until each client has ended its last round."""
    progress = Condition()
    running = Load({name: [Client(api, t, progress) for t in tutors] for name, tutors in groups.items()}, progress)
    with ThreadPoolExecutor(len(running.clients)) as threads:
        jobs = [threads.submit(client.work) for client in running.clients]
        try:
            yield running
        finally:
            for client in running.clients:
                client.is_over = True
            for job in jobs:
                job.result()


def deliver(api: Api, queues: Queues, printed: str) -> set[str]:
    """Write the entries that are in the queue or in log lines to the log.

    Return the ids of the change sets whose commit has an unknown outcome.
    """
    warnings = [line for line in map(json.loads, printed.splitlines()) if "changeSet" in line]
    # The queue has only entries of saved edits. They are written first, so that the log then rejects entries of edits
    # that weren't saved, whose versions are those of other edits.
    api.repair()
    for line in warnings:
        parts = parse_change_set(line["changeSet"]).split_by_day()
        queues.put(*(json.dumps(change_set_fields(part)) for part in parts))
    api.repair()
    return {line["changeSet"]["id"] for line in warnings if line["why"] == "the outcome of the commit isn't known"}


def assert_nothing_is_lost_or_doubled(engine: Engine, running: Load, unknown: set[str]) -> None:
    """Assert that each version has the two entries of one edit, which got 200 or had an unknown outcome."""
    for client in running.clients:
        rows = log_rows(engine, client.tutor)
        edits = {(row.version, str(row.change_set_id)) for row in rows}
        assert len(rows) == 2 * len(edits)
        assert sorted(version for version, _ in edits) == list(range(1, len(edits) + 1))
        assert versions(engine, client.tutor) == {DAY: len(edits)}
        assert edits >= client.saved.items()
        assert {change_set for _, change_set in edits - client.saved.items()} <= unknown
        assert {row.source for row in rows} <= {"recorded", "deferred"}
        assert replayed(engine, client.tutor) == stored_slots(engine, client.tutor)
    assert sum(client.unknown for client in running.clients) == len(unknown)
