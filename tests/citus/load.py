"""Clients who edit and read all the time, and the account of what they were answered and of what was saved."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from threading import Condition
from time import monotonic

from tests.builders import Tutor, monday, slots
from tests.hosts import Answer, Api

DAY = monday()
HANG_GUARD_SECONDS = 120


@dataclass(frozen=True)
class Answered:
    """A request: when it began and ended, by the monotonic clock, and its answer's status."""

    began: float
    ended: float
    status: int


@dataclass
class Client:
    """It edits a day of its tutor and reads it, over and over; nobody else edits that day."""

    api: Api
    tutor: Tutor
    progress: Condition = field(default_factory=Condition)
    rounds: list[list[Answered]] = field(default_factory=list)
    saved: dict[int, str] = field(default_factory=dict)
    """The change set of each version, of the edits that were answered 200."""
    is_over: bool = False

    def work(self) -> None:
        """Go round and round until it is over."""
        tutor = {"tutorId": self.tutor.id}
        for number in count():
            asked: tuple[Callable[[], Answer], ...] = (
                lambda n=number: self._edit(n),  # type: ignore[misc]
                lambda: self.api.read(**tutor, startDate=DAY),
                lambda: self.api.history(self.tutor.token, **tutor),
                lambda: self.api.stats(self.tutor.token, **tutor),
            )
            answered = [self._answered(each) for each in asked]
            with self.progress:
                self.rounds.append(answered)
                self.progress.notify_all()
                if self.is_over:
                    return

    def _edit(self, number: int) -> Answer:
        start = f"{6 + number // 60 % 16:02}:{number % 60:02}"
        answer = self.api.update(
            self.tutor.token, tutorId=str(self.tutor.id), date=str(DAY), timeSlots=slots("05:00", start)
        )
        if answer.status == 200:
            self.saved[answer.json["days"][0]["version"]] = answer.json["changeSetId"]
        return answer

    def _answered(self, ask: Callable[[], Answer]) -> Answered:
        began = monotonic()
        answer = ask()
        assert ("retry-after" in answer.headers) == (answer.status == 503)
        return Answered(began, monotonic(), answer.status)

    def rounds_since(self, at: float) -> list[list[Answered]]:
        return [each for each in self.rounds if each[0].began >= at]

    def answers_again(self, since: float) -> float | None:
        """Return when the first round since then ended in which all was answered 200; None if there is none yet."""
        for each in self.rounds_since(since):
            if {answered.status for answered in each} == {200}:
                return each[-1].ended
        return None


@dataclass
class Load:
    """The clients, by group."""

    groups: dict[str, list[Client]]
    progress: Condition

    @property
    def clients(self) -> list[Client]:
        return [client for group in self.groups.values() for client in group]

    def wait_for(self, is_ready: Callable[[Client], object]) -> None:
        """Wait until all clients are as far as that."""
        with self.progress:
            assert self.progress.wait_for(lambda: all(map(is_ready, self.clients)), HANG_GUARD_SECONDS)

    def wait_for_rounds(self, number: int) -> None:
        """Wait until each client has begun and ended so many more rounds."""
        now = monotonic()
        self.wait_for(lambda client: len(client.rounds_since(now)) >= number)

    def seconds_until_all_answer(self, since: float) -> float:
        """Wait until each client had a round of nothing but 200; return how long the last one took to it."""
        self.wait_for(lambda client: client.answers_again(since) is not None)
        return max(client.answers_again(since) or since for client in self.clients) - since

    def statuses(self, group: str, since: float = 0, until: float = float("inf")) -> Counter[int]:
        """Count the statuses of the requests that began and ended in that time."""
        rounds = [each for client in self.groups[group] for each in client.rounds]
        return Counter(a.status for each in rounds for a in each if since <= a.began and a.ended <= until)

    def row(self, fault: str, group: str, waited: float, unknown: set[str]) -> str:
        """Return a row of the table of faults: how often which status, after how long all answered, the slowest."""
        statuses = ", ".join(f"{number} × {status}" for status, number in sorted(self.statuses(group).items()))
        slowest = max(a.ended - a.began for client in self.groups[group] for each in client.rounds for a in each)
        return f"| {fault} | {group} | {statuses} | {len(unknown)} | {waited:.1f} s | {slowest:.1f} s |"


@contextmanager
def load(api: Api, groups: Mapping[str, Sequence[Tutor]]) -> Iterator[Load]:
    """Have clients at work, one for each tutor; at the end, wait for their last rounds."""
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
