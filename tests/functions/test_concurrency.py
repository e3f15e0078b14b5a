"""Concurrent edits of one day run one after another. The tests check what must be true in every order of the edits."""

import os
import random
import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
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
RACES = int(os.environ.get("RACES", "50"))


def run_concurrently(*jobs: Callable[[], Any]) -> list[Any]:
    """Start each job in its own thread at the same moment, and return their results."""
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


def test_eight_writers_of_one_day_leave_versions_and_log_correct(api: Api, engine: Engine) -> None:
    """All answers are 200, no version is missing, and replaying the log gives the slots."""
    tutor = add_tutor(engine)
    edits_each = 5

    def writer(number: int) -> list[Answer]:
        return [save(api, tutor, f"{number + 6:02}:{i:02}", f"{number + 14:02}:30") for i in range(edits_each)]

    answers = [answer for each in run_concurrently(*(lambda n=n: writer(n) for n in range(8))) for answer in each]
    assert {(answer.status, answer.json["audit"]) for answer in answers} == {(200, "recorded")}
    answered_versions = sorted(answer.json["days"][0]["version"] for answer in answers)
    assert answered_versions == list(range(1, 8 * edits_each + 1))
    assert versions(engine, tutor) == {DAY: 8 * edits_each}
    assert replayed(engine, tutor) == stored_slots(engine, tutor)
    rows = log_rows(engine, tutor)
    assert [row.version for row in rows] == sorted(row.version for row in rows)
    last = next(answer for answer in answers if answer.json["days"][0]["version"] == 8 * edits_each)
    assert [slot["time"] for slot in last.json["days"][0]["timeSlots"]] == [
        start.isoformat("minutes") for _, start, _ in stored_slots(engine, tutor)
    ]
    assert api.history(tutor.token, tutorId=tutor.id).json["complete"]


def test_only_one_of_eight_edits_based_on_the_same_version_takes_effect(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    answers = run_concurrently(*(lambda n=n: save(api, tutor, f"{n + 10}:00", version=1) for n in range(8)))
    assert sorted(answer.status for answer in answers) == [200] + [412] * 7
    assert versions(engine, tutor) == {DAY: 2}


def test_eight_retries_of_one_edit_take_effect_once(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    answers = run_concurrently(*(lambda: save(api, tutor, "09:00", version=0) for _ in range(8)))
    assert [answer.status for answer in answers] == [200] * 8
    assert sorted(answer.json["audit"] for answer in answers) == ["none"] * 7 + ["recorded"]
    assert (versions(engine, tutor), len(log_rows(engine, tutor))) == ({DAY: 1}, 1)


def test_updates_of_the_same_days_in_any_order_do_not_deadlock(api: Api, engine: Engine) -> None:
    """Days are locked in the order of their dates, and not in the order of the request. Some days are new."""
    tutor = add_tutor(engine)
    dates = [str(DAY + timedelta(days=i)) for i in range(6)]

    def writer(number: int) -> list[Answer]:
        order = random.Random(number)
        answers = []
        for i in range(6):
            dates_of_edit = order.sample(dates, 4)
            days = [{"date": day, "timeSlots": slots(f"{number + 8:02}:{i:02}")} for day in dates_of_edit]
            answers.append(api.update(tutor.token, tutorId=str(tutor.id), days=days))
        return answers

    answers = [answer for each in run_concurrently(*(lambda n=n: writer(n) for n in range(6))) for answer in each]
    assert {answer.status for answer in answers} == {200}
    assert sum(versions(engine, tutor).values()) == 6 * 6 * 4
    assert replayed(engine, tutor) == stored_slots(engine, tutor)


def test_concurrent_bookings_and_edits_leave_no_booking_without_a_slot(api: Api, engine: Engine) -> None:
    """At the end, every booked slot is still offered."""
    tutor = add_tutor(engine)
    starts = [f"{hour:02}:00" for hour in range(6, 22)]
    add_slots(engine, tutor, DAY, *starts)
    booked: list[str] = []
    sqlstates: set[str] = set()

    def book() -> None:
        for start in random.Random(1).sample(starts, len(starts)):
            try:
                add_booking(engine, tutor, DAY, start)
            except DBAPIError as error:
                sqlstates.add(sqlstate(error))
            else:
                booked.append(start)

    def clear() -> list[int]:
        return [save(api, tutor, *rest).status for rest in (starts[i:] for i in range(1, len(starts) + 1))]

    _, statuses = run_concurrently(book, clear)
    assert set(statuses) <= {200, 409}
    remaining = [start.isoformat("minutes") for _, start, _ in stored_slots(engine, tutor)]
    assert set(booked) <= set(remaining)
    assert sqlstates <= {FOREIGN_KEY_VIOLATION}


def test_the_version_and_the_slots_of_an_answer_are_from_the_same_edit(api: Api, engine: Engine) -> None:
    """One thread edits the day while another thread reads it."""
    tutor = add_tutor(engine)
    is_over = threading.Event()

    def write() -> set[int]:
        try:
            return {save(api, tutor, *(f"{hour:02}:{i:02}" for hour in range(8, 12))).status for i in range(1, 31)}
        finally:
            is_over.set()

    def read() -> list[Any]:
        days = []
        while not is_over.is_set():
            days += api.read(tutorId=tutor.id, startDate=DAY).json["days"]
        return days

    statuses, days = run_concurrently(write, read)
    assert statuses == {200}
    assert days
    for day in days:
        assert [slot["time"] for slot in day["timeSlots"]] == [
            f"{hour:02}:{day['version']:02}" for hour in range(8, 12)
        ]


NEAR = {
    "over midnight": (
        {"date": 0, "time": "23:30", "timeZone": "Europe/Copenhagen"},
        {"date": 1, "time": "00:00", "timeZone": "Europe/Copenhagen"},
    ),
    "midnight in Tokyo, the afternoon before in Copenhagen": (
        {"date": 1, "time": "00:00", "timeZone": "Asia/Tokyo"},
        {"date": 0, "time": "16:30", "timeZone": "Europe/Copenhagen"},
    ),
    "two dates apart": (
        {"date": 2, "time": "00:00", "timeZone": "Pacific/Kiritimati"},
        {"date": 0, "time": "21:30", "timeZone": "Etc/GMT+12"},
    ),
}


@pytest.mark.parametrize("pair", NEAR.values(), ids=NEAR)
def test_one_of_two_edits_of_different_dates_that_overlap_takes_effect(
    api: Api, engine: Engine, pair: tuple[dict[str, Any], dict[str, Any]]
) -> None:
    """The edits lock different dates of their own, but at least one date in UTC that both slots touch."""
    first_day, tutor = monday(), add_tutor(engine)

    def edit(slot: dict[str, Any], day: date) -> Answer:
        slots = [{"time": slot["time"], "timeZone": slot["timeZone"]}]
        return api.update(
            tutor.token, tutorId=str(tutor.id), date=str(day + timedelta(days=slot["date"])), timeSlots=slots
        )

    for race in range(RACES):
        if race % 200 == 0:  # so that all dates are less than three years ahead
            tutor = add_tutor(engine)
        day = first_day + timedelta(days=5 * (race % 200))
        answers = run_concurrently(*(lambda slot=slot, day=day: edit(slot, day) for slot in pair))
        codes = sorted((answer.status, answer.json.get("code", "")) for answer in answers)
        assert codes == [(200, ""), (400, "overlapping_slots")]
