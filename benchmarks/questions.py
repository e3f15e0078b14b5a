"""What the contenders are asked, and that they all answer the same."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from benchmarks.data import MOVING, STAYING, Data, work_day
from benchmarks.database import Database, statement
from benchmarks.processes import Asked, Failed, Request
from benchmarks.turns import Contender

TUTORS_TO_COMPARE = 5
AT_THE_MOMENT = ("since", "until")  # what differs between two answers because the clock goes on


@dataclass(frozen=True)
class Question:
    """A request of the protocol, about any tutor: one, or several that belong together."""

    do: str
    of_tutor: Callable[[str], list[Request]]

    def drawn(self, data: Data, count: int, seed: int) -> list[Request]:
        """Return at least so many requests, about tutors who are drawn by the seed."""
        requests: list[Request] = []
        tutors = data.tutor_ids(seed)
        while len(requests) < count:
            requests += self.of_tutor(next(tutors))
        return requests

    def contender(self, name: str, asked: Asked, data: Data) -> Contender:
        """Return who answers this question."""
        return Contender(name, lambda count, seed: asked.ask(self.do, self.drawn(data, count, seed))[0])


def read(data: Data, days: int) -> Question:
    """Return the question which slots a tutor offers on so many days, from today on."""
    first, last = data.today, data.today + timedelta(days=days - 1)
    return Question("read", lambda tutor: [[tutor, str(first), str(last)]])


def there_and_back(data: Data) -> Question:
    """Return the request to move 8 of 16 slots by half an hour, and the one to move them back."""
    day = str(work_day(data))
    here, there = ([[start, 30] for start in STAYING + moving] for moving in MOVING)
    return Question("update", lambda tutor: [[tutor, day, there], [tutor, day, here]])


def calling(function: str, *event_of: Callable[[str], dict[str, Any]]) -> Question:
    """Return the question of calling a function with these events about a tutor, one after the other."""
    return Question("call", lambda tutor: [[function, each(tutor)] for each in event_of])


def to_compare(body: dict[str, Any]) -> Any:
    """Return what has to be the same in two answers of a function: not what the clock or chance made."""
    if "changeSetId" in body:  # one edits, and the other finds the day as it should be
        return [day["timeSlots"] for day in body["days"]]
    return {name: value for name, value in body.items() if name not in AT_THE_MOMENT}


HISTORY_DAYS, STATISTICS_DAYS = 30, 365
HISTORY = Question("history", lambda tutor: [[tutor, HISTORY_DAYS, 100]])
STATISTICS = Question("statistics", lambda tutor: [[tutor, STATISTICS_DAYS]])


def compare(question: Question, data: Data, contenders: Mapping[str, Asked]) -> None:
    """Fail unless all contenders answer the same, to each request about some tutors."""
    for tutor in islice(data.tutor_ids(0), TUTORS_TO_COMPARE):
        for request in question.of_tutor(tutor):
            answers = {name: asked.ask(question.do, [request])[1] for name, asked in contenders.items()}
            (reference, expected), *others = answers.items()
            for name, answer in others:
                if answer != expected:
                    raise Failed(f"{request}: {name} answers\n{answer}\nand {reference}\n{expected}")


def compare_with_the_floor(question: Question, database: Database, ours: Asked) -> None:
    """Fail unless the raw statement finds what our answer holds."""
    for tutor in islice(database.data.tutor_ids(0), TUTORS_TO_COMPARE):
        (request,) = question.of_tutor(tutor)
        in_it, in_raw = WHAT_IS_COMPARED[question.do]
        answer, raw = in_it(ours.ask(question.do, [request])[1]), in_raw(database, *request)
        if answer != raw:
            raise Failed(f"{request}: the raw statement finds\n{raw}\nand we answer\n{answer}")


def _slots(answer: Any) -> list[Any]:
    return [
        (day["date"], day["version"], slot["time"], slot["durationMinutes"], slot["status"] == "BOOKED")
        for day in answer["days"]
        for slot in day["timeSlots"]
    ]


def _raw_slots(database: Database, tutor: str, first: str, last: str) -> list[Any]:
    days = {"first": date.fromisoformat(first), "last": date.fromisoformat(last)}
    return [
        (str(row.date), row.version or 0, f"{row.start_time:%H:%M}", row.duration_minutes, row.status is not None)
        for row in database.rows(statement("availability"), tutor_id=tutor, **days)
    ]


def _ids(answer: Any) -> list[Any]:
    return [(entry["id"], answer["missingVersions"]) for entry in answer["entries"]]


def _raw_ids(database: Database, tutor: str, days: int, limit: int) -> list[Any]:
    rows = database.rows(statement("history"), tutor_id=tutor, days=days)
    return [(str(row.id), row.missing_versions) for row in rows[:limit]]


def _sums(answer: Any) -> list[Any]:
    return [answer["slotsAdded"], answer["slotsRemoved"]]


def _raw_sums(database: Database, tutor: str, days: int) -> list[Any]:
    rows = database.rows(statement("statistics"), tutor_id=tutor, days=days)
    return [sum(row.changes for row in rows if row.action == action) for action in ("ADDED", "REMOVED")]


WHAT_IS_COMPARED: dict[str, tuple[Callable[..., object], Callable[..., object]]] = {
    "read": (_slots, _raw_slots),
    "history": (_ids, _raw_ids),
    "statistics": (_sums, _raw_sums),
}
