"""Requests about bookings that arrive at the same moment: what must be true in every order."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import address_of
from common.db.pool import pool_for
from tests.builders import Student, Tutor, add_slots, add_tutor, monday, slots, student
from tests.functions.test_bookings import run_out
from tests.functions.test_concurrency import run_concurrently
from tests.hosts import Answer, Api

DAY, NEXT_DAY = monday(3), monday(3) + timedelta(days=1)
RACES = int(os.environ.get("RACES", "20"))


@pytest.fixture(autouse=True)
def _no_deadlocks(settings: Settings, administration: Engine, engine: Engine) -> Iterator[None]:
    """Assert after each test that the server has broken no deadlock: the functions would retry, and hide it."""
    yield
    pool_for(settings).close()  # a session reports its deadlocks at its end, at the latest
    deadlocks = text("select deadlocks from pg_stat_database where datname = :name")
    with administration.connect() as connection:
        assert connection.execute(deadlocks, {"name": address_of(settings.database_url).database}).scalar_one() == 0


@dataclass(frozen=True)
class Race:
    """Two students, and a tutor with two slots on each of two days."""

    api: Api
    engine: Engine
    tutor: Tutor = field(init=False)
    ben: Student = field(default_factory=student)
    eva: Student = field(default_factory=student)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tutor", add_tutor(self.engine))
        for day in (DAY, NEXT_DAY):
            add_slots(self.engine, self.tutor, day, "09:00", "10:00")

    def book(self, who: Student, key: str | None = None, **more: Any) -> Answer:
        """Book the first slot, unless `more` has another one."""
        return self.api.book(
            who.token, key, **{"tutorId": str(self.tutor.id), "date": str(DAY), "time": "09:00"} | more
        )

    def change(self, who: Student | Tutor, booking: Any, **to: Any) -> Answer:
        return self.api.change_booking(who.token, tutorId=str(self.tutor.id), bookingId=booking["bookingId"], **to)


@pytest.fixture
def races(api: Api, engine: Engine) -> Iterator[Race]:
    """New students and a new tutor for each race."""
    return (Race(api, engine) for _ in range(RACES))


def codes(*answers: Answer) -> list[tuple[int, str]]:
    return [(answer.status, answer.json.get("code", "")) for answer in answers]


def to(day: date, start: str) -> dict[str, str]:
    return {"date": str(day), "time": start}


def test_one_of_eight_students_gets_a_slot(races: Iterator[Race]) -> None:
    for race in races:
        students = [student() for _ in range(8)]
        answers = run_concurrently(*(partial(race.book, who) for who in students))
        assert sorted(codes(*answers)) == [(201, ""), *[(409, "slot_taken")] * 7]


def test_two_requests_with_the_same_key_book_once(races: Iterator[Race]) -> None:
    for race in races:
        answers = run_concurrently(*[partial(race.book, race.ben, "a key")] * 2)
        assert sorted(codes(*answers)) == [(200, ""), (201, "")]
        assert answers[0].json == answers[1].json


@pytest.mark.parametrize("other", [{}, {"repeat": {"everyWeeks": 1, "count": 2, "skipTaken": True}}])
def test_one_of_two_different_requests_with_the_same_key_books(races: Iterator[Race], other: dict[str, Any]) -> None:
    """They are about different dates, and so they don't wait for the lock of the same day."""
    for race in races:
        answers = run_concurrently(
            partial(race.book, race.ben, "a key"),
            partial(race.book, race.ben, "a key", date=str(NEXT_DAY), **other),
        )
        assert sorted(codes(*answers)) == [(201, ""), (422, "idempotency_key_reused")]


def test_two_requests_for_a_series_with_the_same_key_book_once(races: Iterator[Race]) -> None:
    repeat = {"everyWeeks": 1, "count": 2, "skipTaken": True}
    for race in races:
        answers = run_concurrently(*[partial(race.book, race.ben, "a key", repeat=repeat)] * 2)
        assert sorted(codes(*answers)) == [(200, ""), (201, "")]
        assert answers[0].json["bookings"] == answers[1].json["bookings"]


def test_two_bookings_cannot_swap_their_slots(races: Iterator[Race]) -> None:
    """A slot is free only after the other booking has left it."""
    for race in races:
        ben_s, eva_s = race.book(race.ben).json, race.book(race.eva, date=str(NEXT_DAY)).json
        answers = run_concurrently(
            partial(race.change, race.ben, ben_s, moveTo=to(NEXT_DAY, "09:00")),
            partial(race.change, race.eva, eva_s, moveTo=to(DAY, "09:00")),
        )
        assert codes(*answers) == [(409, "slot_taken")] * 2


def test_a_move_into_a_slot_that_another_move_leaves(races: Iterator[Race]) -> None:
    for race in races:
        ben_s, eva_s = race.book(race.ben).json, race.book(race.eva, date=str(NEXT_DAY)).json
        moved, follower = run_concurrently(
            partial(race.change, race.ben, ben_s, moveTo=to(NEXT_DAY, "10:00")),
            partial(race.change, race.eva, eva_s, moveTo=to(DAY, "09:00")),
        )
        assert codes(moved) == [(200, "")]
        assert codes(follower)[0] in [(200, ""), (409, "slot_taken")]


def test_a_booking_and_an_edit_that_removes_the_slot(races: Iterator[Race]) -> None:
    for race in races:
        remaining = {"tutorId": str(race.tutor.id), "date": str(DAY), "timeSlots": slots("10:00")}
        answers = run_concurrently(
            partial(race.book, race.ben), partial(race.api.update, race.tutor.token, **remaining)
        )
        assert codes(*answers) in (
            [(201, ""), (409, "slot_booked")],
            [(404, "slot_not_found"), (200, "")],
        )


def test_a_confirmation_and_a_booking_over_a_hold_that_ran_out(races: Iterator[Race]) -> None:
    for race in races:
        held = race.book(race.ben, holdSeconds=60).json
        run_out(race.engine, race.tutor)
        answers = run_concurrently(
            partial(race.change, race.ben, held, status="CONFIRMED"), partial(race.book, race.eva)
        )
        assert codes(*answers) in (
            [(200, ""), (409, "slot_taken")],
            [(409, "hold_expired"), (201, "")],
        )


def test_four_confirmations_of_a_hold_that_ran_out_book_once(races: Iterator[Race]) -> None:
    for race in races:
        held = race.book(race.ben, holdSeconds=60).json
        run_out(race.engine, race.tutor)
        answers = run_concurrently(*[partial(race.change, race.ben, held, status="CONFIRMED")] * 4)
        assert codes(*answers) == [(200, "")] * 4
        assert len({answer.json["bookingId"] for answer in answers}) == 1


def test_a_cancellation_and_a_move(races: Iterator[Race]) -> None:
    """If the booking was moved before, the student has to cancel the new one."""
    for race in races:
        booked = race.book(race.ben).json
        answers = run_concurrently(
            partial(race.change, race.ben, booked, status="CANCELLED"),
            partial(race.change, race.tutor, booked, moveTo=to(NEXT_DAY, "09:00")),
        )
        assert sorted(codes(*answers)) == [(200, ""), (409, "invalid_transition")]


def test_a_cancelled_series_leaves_no_lesson_that_was_moved_at_the_same_time(races: Iterator[Race]) -> None:
    """A lesson that was moved before is cancelled, too; one that was cancelled before can't be moved."""
    for race in races:
        add_slots(race.engine, race.tutor, DAY + timedelta(weeks=1), "09:00")
        series = race.book(race.ben, repeat={"everyWeeks": 1, "count": 2}).json
        everything = {"seriesId": series["seriesId"], "from": str(DAY), "status": "CANCELLED"}
        cancelled, moved = run_concurrently(
            partial(race.api.change_booking, race.ben.token, tutorId=str(race.tutor.id), **everything),
            partial(race.change, race.tutor, series["bookings"][1], moveTo=to(NEXT_DAY, "10:00")),
        )
        assert codes(cancelled) == [(200, "")]
        assert codes(moved)[0] in [(200, ""), (409, "invalid_transition")]
        assert race.api.bookings(race.ben.token, studentId="me", status="CONFIRMED").json["bookings"] == []


def test_series_and_moves_over_the_same_dates_do_not_deadlock(races: Iterator[Race]) -> None:
    dates = [DAY + timedelta(weeks=week) for week in range(4)]
    for race in islice(races, max(1, RACES // 10)):
        for day in dates[1:]:
            add_slots(race.engine, race.tutor, day, "09:00", "10:00")
        for day in dates:
            add_slots(race.engine, race.tutor, day, "11:00")

        def book_and_move(number: int, race: Race = race) -> list[Answer]:
            who = student()
            repeat = {"everyWeeks": 1, "count": 4, "skipTaken": True}
            placed = race.book(who, time=f"{9 + number % 2:02}:00", repeat=repeat)
            answers = [placed]
            for lesson in placed.json.get("bookings", [])[:: 1 if number < 4 else -1]:
                other = dates[(dates.index(date.fromisoformat(lesson["date"])) + 2) % 4]
                answers.append(race.change(who, lesson, moveTo=to(other, "11:00")))
            return answers

        results = run_concurrently(*(partial(book_and_move, number) for number in range(8)))
        found = {code for answers in results for code in codes(*answers)}
        assert {(201, ""), (200, "")} <= found
        assert found <= {(201, ""), (200, ""), (409, "slot_taken"), (409, "series_conflict")}


def confirm(race: Race, held: Any) -> Answer:
    return race.change(race.ben, held, status="CONFIRMED")


def place_series(race: Race, _: Any) -> Answer:
    return race.book(race.eva, repeat={"everyWeeks": 1, "count": 2, "skipTaken": True})


def move(race: Race, _: Any) -> Answer:
    booked = race.api.bookings(race.eva.token, studentId="me").json["bookings"][0]
    return race.change(race.eva, booked, moveTo=to(DAY, "09:00"))


def remove(race: Race, _: Any) -> Answer:
    return race.api.update(race.tutor.token, tutorId=str(race.tutor.id), date=str(DAY), timeSlots=[])


@pytest.mark.parametrize("request_", [confirm, place_series, move, remove], ids=lambda each: each.__name__)
def test_a_hold_that_runs_out_while_a_request_waits_is_not_in_its_way(
    races: Iterator[Race], is_lock_awaited: Callable[[], bool], request_: Callable[[Race, Any], Answer]
) -> None:
    """The request's transaction began before the hold ran out, and got the lock of the day afterwards."""
    race = next(races)
    held = race.book(race.ben, holdSeconds=60).json
    assert race.book(race.eva, date=str(NEXT_DAY)).status == 201
    answers: list[Answer] = []
    thread = Thread(target=lambda: answers.append(request_(race, held)))
    values = {"tutor": race.tutor.id, "id": held["bookingId"]}
    with race.engine.begin() as connection:
        connection.execute(text("select 1 from tutor_days where tutor_id = :tutor for update"), values)
        thread.start()
        while not is_lock_awaited() and thread.is_alive():
            pass
        let_run_out = text("update bookings set hold_expires_at = :now where tutor_id = :tutor and id = :id")
        connection.execute(let_run_out, values | {"now": datetime.now(UTC)})
    thread.join(60)
    assert answers[0].status in (200, 201), answers[0].body
    expired = race.api.bookings(race.ben.token, tutorId=race.tutor.id, bookingId=held["bookingId"]).json
    assert (expired["status"], expired["releasedAt"]) == ("EXPIRED", expired["holdExpiresAt"])
