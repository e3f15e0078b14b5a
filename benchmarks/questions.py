"""The questions that contenders answer, and the checks that all contenders give the same answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice
from typing import Any

from benchmarks.data import FIXED_STARTS, MOVED_STARTS, Data, update_day
from benchmarks.database import Database, raw_statement
from benchmarks.processes import BenchmarkFailed, Request, Target
from benchmarks.turns import Contender

TUTORS_TO_COMPARE = 5
FIELDS_OF_THE_CLOCK = ("since", "until")  # fields that differ between two answers because time passes


@dataclass(frozen=True)
class Question:
    """What contenders have to answer: an operation, and its requests about a tutor, in the order of sending."""

    operation: str
    requests_about: Callable[[str], list[Request]]

    def random_requests(self, data: Data, count: int, seed: int) -> list[Request]:
        """Return at least `count` requests, about random tutors."""
        requests: list[Request] = []
        tutors = data.tutor_ids(seed)
        while len(requests) < count:
            requests += self.requests_about(next(tutors))
        return requests

    def contender(self, name: str, target: Target, data: Data) -> Contender:
        """Return a contender that answers this question."""
        return Contender(
            name, lambda count, seed: target.send(self.operation, self.random_requests(data, count, seed))[0]
        )


def read(data: Data, days: int) -> Question:
    """Return the question that reads a tutor's availability for this number of days, beginning today."""
    first, last = data.today, data.today + timedelta(days=days - 1)
    return Question("read", lambda tutor: [[tutor, str(first), str(last)]])


def move_slots(data: Data) -> Question:
    """Return the question with two updates: move 8 of 16 slots by half an hour, and move them back."""
    day = str(update_day(data))
    original, moved = ([[start, 30] for start in FIXED_STARTS + starts] for starts in MOVED_STARTS)
    return Question("update", lambda tutor: [[tutor, day, moved], [tutor, day, original]])


def function_call(function: str, *event_about: Callable[[str], dict[str, Any]]) -> Question:
    """Return the question that calls a function with these events about a tutor, one after the other."""
    return Question("call", lambda tutor: [[function, each(tutor)] for each in event_about])


def comparable_part(body: dict[str, Any]) -> Any:
    """Return the part of a function's answer that doesn't depend on the clock and has no random ids."""
    # An update is compared by its slots only: the first contender changes the day, so the second changes nothing.
    if "changeSetId" in body:
        return [day["timeSlots"] for day in body["days"]]
    return {name: value for name, value in body.items() if name not in FIELDS_OF_THE_CLOCK}


def shared_fields(value: Any, other: Any) -> Any:
    """Return the value without the fields, at any depth, that the other value doesn't have."""
    if isinstance(value, dict) and isinstance(other, dict):
        return {name: shared_fields(value[name], other[name]) for name in value if name in other}
    if isinstance(value, list) and isinstance(other, list) and len(value) == len(other):
        return [shared_fields(*pair) for pair in zip(value, other, strict=True)]
    return value


HISTORY_DAYS, STATISTICS_DAYS = 30, 365
HISTORY = Question("history", lambda tutor: [[tutor, HISTORY_DAYS, 100]])
STATISTICS = Question("statistics", lambda tutor: [[tutor, STATISTICS_DAYS]])


def compare(question: Question, data: Data, targets: Mapping[str, Target], *, shared_fields_only: bool = False) -> None:
    """Raise `BenchmarkFailed` unless all targets give the same answer to each request about some tutors.

    With `shared_fields_only`, ignore the fields that only one of two answers has.
    """
    for tutor in islice(data.tutor_ids(0), TUTORS_TO_COMPARE):
        for request in question.requests_about(tutor):
            answers = {name: target.send(question.operation, [request])[1] for name, target in targets.items()}
            (reference, expected), *others = answers.items()
            for name, answer in others:
                pair = (answer, expected)
                if shared_fields_only:
                    pair = (shared_fields(answer, expected), shared_fields(expected, answer))
                if pair[0] != pair[1]:
                    raise BenchmarkFailed(f"{request}: {name} answers\n{answer}\nand {reference}\n{expected}")


def compare_with_raw(question: Question, database: Database, ours: Target) -> None:
    """Raise `BenchmarkFailed` unless the raw statement returns the same data as our answer."""
    for tutor in islice(database.data.tutor_ids(0), TUTORS_TO_COMPARE):
        (request,) = question.requests_about(tutor)
        data_of_answer, data_of_raw = COMPARED_DATA[question.operation]
        answer, raw = data_of_answer(ours.send(question.operation, [request])[1]), data_of_raw(database, *request)
        if answer != raw:
            raise BenchmarkFailed(f"{request}: the raw statement returns\n{raw}\nand our answer has\n{answer}")


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
        for row in database.rows(raw_statement("availability"), tutor_id=tutor, **days)
    ]


def _ids(answer: Any) -> list[Any]:
    return [(entry["id"], answer["missingVersions"]) for entry in answer["entries"]]


def _raw_ids(database: Database, tutor: str, days: int, limit: int) -> list[Any]:
    rows = database.rows(raw_statement("history"), tutor_id=tutor, days=days)
    return [(str(row.id), row.missing_versions) for row in rows[:limit]]


def _sums(answer: Any) -> list[Any]:
    return [answer["slotsAdded"], answer["slotsRemoved"]]


def _raw_sums(database: Database, tutor: str, days: int) -> list[Any]:
    rows = database.rows(raw_statement("statistics"), tutor_id=tutor, days=days)
    return [sum(row.changes for row in rows if row.action == action) for action in ("ADDED", "REMOVED")]


COMPARED_DATA: dict[str, tuple[Callable[..., object], Callable[..., object]]] = {
    "read": (_slots, _raw_slots),
    "history": (_ids, _raw_ids),
    "statistics": (_sums, _raw_sums),
}
