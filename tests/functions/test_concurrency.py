"""Design rule 5: edits of one day take turns. Real threads, real locks; no outcome depends on who comes first."""

import random
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from common.db.sqlstate import FOREIGN_KEY_VIOLATION, sqlstate
from tests.builders import (
    Tutor,
    add_booking,
    add_slots,
    add_tutor,
    log_rows,
    monday,
    replayed,
    slots,
    stored_slots,
    versions,
)
from tests.hosts import Answer, Api

DAY = monday()


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run the jobs in threads of their own, all released at the same moment, and return what they return."""
    results: list[Any] = [None] * len(jobs)
    start = threading.Barrier(len(jobs))

    def run(number: int) -> None:
        start.wait()
        results[number] = jobs[number]()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(jobs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return results


def save(api: Api, tutor: Tutor, *starts: str, **body: Any) -> Answer:
    return api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots(*starts), **body)


def test_eight_writers_of_one_day(api: Api, engine: Engine) -> None:
    """Every answer is 200, versions have no holes, instants follow versions, and the log replays to the slots."""
    tutor = add_tutor(engine)
    edits_each = 5

    def writer(number: int) -> list[Answer]:
        return [save(api, tutor, f"{number + 6:02}:{i:02}", f"{number + 14:02}:30") for i in range(edits_each)]

    answers = [answer for each in at_once(*(lambda n=n: writer(n) for n in range(8))) for answer in each]
    assert {(answer.status, answer.json["audit"]) for answer in answers} == {(200, "recorded")}
    changed = sorted(answer.json["days"][0]["version"] for answer in answers)
    assert changed == list(range(1, 8 * edits_each + 1))
    assert versions(engine, tutor) == {DAY: 8 * edits_each}
    assert replayed(engine, tutor) == stored_slots(engine, tutor)
    rows = log_rows(engine, tutor)
    assert [row.version for row in rows] == sorted(row.version for row in rows)
    last = next(answer for answer in answers if answer.json["days"][0]["version"] == 8 * edits_each)
    assert [slot["time"] for slot in last.json["days"][0]["timeSlots"]] == [
        start.isoformat("minutes") for _, start, _ in stored_slots(engine, tutor)
    ]
    assert api.history(tutor.token, tutorId=tutor.id).json["complete"]


def test_of_eight_edits_based_on_one_version_one_takes_effect(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    answers = at_once(*(lambda n=n: save(api, tutor, f"{n + 10}:00", version=1) for n in range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7
    assert versions(engine, tutor) == {DAY: 2}


def test_eight_retries_of_one_edit_take_effect_once(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    answers = at_once(*(lambda: save(api, tutor, "09:00", version=0) for _ in range(8)))
    assert [answer.status for answer in answers] == [200] * 8
    assert sorted(answer.json["audit"] for answer in answers) == ["none"] * 7 + ["recorded"]
    assert (versions(engine, tutor), len(log_rows(engine, tutor))) == ({DAY: 1}, 1)


def test_updates_of_the_same_days_in_any_order_do_not_deadlock(api: Api, engine: Engine) -> None:
    """Days are locked in order of date, whatever the order they are sent in; some are new, some not."""
    tutor = add_tutor(engine)
    dates = [str(DAY + timedelta(days=i)) for i in range(6)]

    def writer(number: int) -> list[Answer]:
        order = random.Random(number)
        answers = []
        for i in range(6):
            chosen = order.sample(dates, 4)
            days = [{"date": day, "timeSlots": slots(f"{number + 8:02}:{i:02}")} for day in chosen]
            answers.append(api.update(tutor.token, tutorId=str(tutor.id), days=days))
        return answers

    answers = [answer for each in at_once(*(lambda n=n: writer(n) for n in range(6))) for answer in each]
    assert {answer.status for answer in answers} == {200}
    assert sum(versions(engine, tutor).values()) == 6 * 6 * 4
    assert replayed(engine, tutor) == stored_slots(engine, tutor)


def test_bookings_and_edits_at_once_leave_no_booking_stranded(api: Api, engine: Engine) -> None:
    """Each slot is either booked and offered, or removed and not booked: nothing in between."""
    tutor = add_tutor(engine)
    starts = [f"{hour:02}:00" for hour in range(6, 22)]
    add_slots(engine, tutor, DAY, *starts)
    booked: list[str] = []
    reasons: set[str] = set()

    def book() -> None:
        for start in random.Random(1).sample(starts, len(starts)):
            try:
                add_booking(engine, tutor, DAY, start)
            except DBAPIError as refused:
                reasons.add(sqlstate(refused))
            else:
                booked.append(start)

    def clear() -> list[int]:
        return [save(api, tutor, *kept).status for kept in (starts[i:] for i in range(1, len(starts) + 1))]

    _, statuses = at_once(book, clear)
    assert set(statuses) <= {200, 409}
    left = [start.isoformat("minutes") for _, start, _ in stored_slots(engine, tutor)]
    assert set(booked) <= set(left)
    assert reasons <= {FOREIGN_KEY_VIOLATION}


def test_a_read_is_one_snapshot(api: Api, engine: Engine) -> None:
    """The version shown belongs to the slots shown, while a writer is busy."""
    tutor = add_tutor(engine)
    done = threading.Event()

    def write() -> set[int]:
        try:
            return {save(api, tutor, *(f"{hour:02}:{i:02}" for hour in range(8, 12))).status for i in range(1, 31)}
        finally:
            done.set()

    def read() -> list[Any]:
        seen = []
        while not done.is_set():
            seen += api.read(tutorId=tutor.id, startDate=DAY).json["days"]
        return seen

    statuses, seen = at_once(write, read)
    assert statuses == {200}
    assert seen
    for day in seen:
        assert [slot["time"] for slot in day["timeSlots"]] == [
            f"{hour:02}:{day['version']:02}" for hour in range(8, 12)
        ]
