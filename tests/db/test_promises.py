"""The database's constraints. They apply to every program, so the tests use plain SQL. Some use two connections."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from common.db.days import ACTIVE_BOOKINGS
from common.db.sqlstate import FOREIGN_KEY_VIOLATION, UNIQUE_VIOLATION, sqlstate
from tests.builders import Tutor, add_booking, add_slots, add_tutor, monday, stored_slots

DAY = monday()
Statement = Callable[[Connection, Tutor], object]


def book(connection: Connection, tutor: Tutor, start: str = "09:00", status: str = "CONFIRMED") -> None:
    values = {"tutor": tutor.id, "id": uuid4(), "student": uuid4(), "day": DAY, "start": start, "status": status}
    connection.execute(
        text("""
        insert into bookings (tutor_id, id, student_id, date, start_time, status)
        values (:tutor, :id, :student, :day, cast(:start as time), :status)
        """),
        values,
    )


def remove(connection: Connection, tutor: Tutor) -> None:
    connection.execute(text("delete from tutor_time_slots where tutor_id = :tutor"), {"tutor": tutor.id})


def move(connection: Connection, tutor: Tutor) -> None:
    connection.execute(
        text("update tutor_time_slots set start_time = '10:00' where tutor_id = :tutor"), {"tutor": tutor.id}
    )


def race(engine: Engine, tutor: Tutor, is_lock_awaited: Callable[[], bool], first: Statement, second: Statement) -> str:
    """Run two transactions at the same time. The first one commits as soon as the second one waits for a lock.

    Return the SQLSTATE of the second transaction's error, or `""` if it succeeded.
    """
    outcome: list[str] = []

    def run_second() -> None:
        try:
            with engine.begin() as connection:
                second(connection, tutor)
        except DBAPIError as error:
            outcome.append(sqlstate(error))
        else:
            outcome.append("")

    thread = threading.Thread(target=run_second)
    with engine.begin() as connection:
        first(connection, tutor)
        thread.start()
        while not is_lock_awaited() and thread.is_alive():
            pass
        assert thread.is_alive(), "the second transaction did not wait for the first"
    thread.join(30)
    return outcome[0]


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00")
    return tutor


def test_only_one_of_two_simultaneous_bookings_of_a_slot_succeeds(
    engine: Engine, tutor: Tutor, is_lock_awaited: Callable[[], bool]
) -> None:
    assert race(engine, tutor, is_lock_awaited, book, book) == UNIQUE_VIOLATION


def test_a_slot_cannot_be_booked_while_it_is_being_removed(
    engine: Engine, tutor: Tutor, is_lock_awaited: Callable[[], bool]
) -> None:
    assert race(engine, tutor, is_lock_awaited, remove, book) == FOREIGN_KEY_VIOLATION


def test_a_slot_cannot_be_removed_while_it_is_being_booked(
    engine: Engine, tutor: Tutor, is_lock_awaited: Callable[[], bool]
) -> None:
    assert race(engine, tutor, is_lock_awaited, book, remove) == FOREIGN_KEY_VIOLATION
    assert stored_slots(engine, tutor) == [(DAY, time(9), 60)]


def test_a_slot_cannot_be_moved_while_it_is_being_booked(
    engine: Engine, tutor: Tutor, is_lock_awaited: Callable[[], bool]
) -> None:
    assert race(engine, tutor, is_lock_awaited, book, move) == FOREIGN_KEY_VIOLATION


def test_only_one_of_two_transactions_that_add_a_tutor_for_the_same_user_succeeds(
    engine: Engine, tutor: Tutor, is_lock_awaited: Callable[[], bool]
) -> None:
    user = uuid4()

    def register(connection: Connection, _: Tutor) -> None:
        values = {"id": uuid4(), "user": user}
        connection.execute(text("insert into tutors values (:id, :user, 'Ada', 'UTC')"), values)

    assert race(engine, tutor, is_lock_awaited, register, register) == UNIQUE_VIOLATION


def test_a_slot_that_is_not_offered_cannot_be_booked(engine: Engine, tutor: Tutor) -> None:
    with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
        book(connection, tutor, "09:30")
    assert sqlstate(caught.value) == FOREIGN_KEY_VIOLATION


@pytest.mark.parametrize("status", ["AWAITING_PAYMENT", "CONFIRMED", "COMPLETED"])
def test_a_booked_slot_cannot_be_removed(engine: Engine, tutor: Tutor, status: str) -> None:
    add_booking(engine, tutor, DAY, "09:00", status)
    with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
        remove(connection, tutor)
    assert sqlstate(caught.value) == FOREIGN_KEY_VIOLATION


@pytest.mark.parametrize("status", ["CANCELLED", "EXPIRED"])
def test_a_released_booking_does_not_occupy_its_slot(engine: Engine, tutor: Tutor, status: str) -> None:
    """A slot may have many released bookings and an active one. It can be removed if all its bookings are released."""
    add_booking(engine, tutor, DAY, "09:00", status)
    booking = add_booking(engine, tutor, DAY, "09:00", status)
    active = add_booking(engine, tutor, DAY, "09:00")
    with engine.begin() as connection:
        connection.execute(text("update bookings set status = 'CANCELLED' where id = :id"), {"id": active})
        remove(connection, tutor)
    with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
        connection.execute(text("update bookings set status = 'CONFIRMED' where id = :id"), {"id": booking})
    assert sqlstate(caught.value) == FOREIGN_KEY_VIOLATION


def test_a_hold_is_active_until_it_expires(engine: Engine, tutor: Tutor) -> None:
    """The view has the active bookings, and the functions read the same. A hold without an end never expires."""
    add_slots(engine, tutor, DAY, "10:00", "11:00", "12:00", "13:00")
    now = datetime.now(UTC)
    expected: set[UUID] = {
        add_booking(engine, tutor, DAY, "09:00", "AWAITING_PAYMENT", now + timedelta(hours=1)),
        add_booking(engine, tutor, DAY, "10:00", "AWAITING_PAYMENT", None),
        add_booking(engine, tutor, DAY, "11:00", "CONFIRMED", now - timedelta(hours=1)),
    }
    add_booking(engine, tutor, DAY, "12:00", "AWAITING_PAYMENT", now - timedelta(seconds=1))
    add_booking(engine, tutor, DAY, "13:00", "CANCELLED", now + timedelta(hours=1))
    with engine.connect() as connection:
        assert set(connection.execute(text("select id from active_bookings")).scalars()) == expected
        starts = [
            set(connection.execute(text(f"select tutor_id, date, start_time, status from {relation}")))
            for relation in ("active_bookings", ACTIVE_BOOKINGS)
        ]
        assert starts[0] == starts[1]


@pytest.mark.parametrize(
    "statement",
    [
        "update tutor_time_slots set duration_minutes = 4",
        "update tutor_time_slots set duration_minutes = 721",
        "update tutor_time_slots set start_time = '09:00:01'",
        "update tutor_time_slots set start_time = '24:00'",
        "update bookings set status = 'MAYBE'",
        "update tutor_days set version = -1",
        "update tutor_days set repaired_version = 2",
        "update tutors set time_zone = 'UTC+3'",
        "update tutors set time_zone = 'CEST'",
        "update tutors set time_zone = 'Europe/copenhagen'",
        "update tutors set time_zone = 'Mars/Olympus'",
    ],
)
def test_invalid_values_are_rejected(engine: Engine, tutor: Tutor, statement: str) -> None:
    add_booking(engine, tutor, DAY, "09:00")
    with engine.begin() as connection:
        day = {"tutor": tutor.id, "day": DAY}
        connection.execute(text("insert into tutor_days values (:tutor, :day, 1, 0, now(), null)"), day)
    with pytest.raises(DBAPIError) as caught, engine.begin() as connection:
        connection.execute(text(statement))
    # 23514: a check constraint is violated. 22023: PostgreSQL doesn't have this time zone.
    assert sqlstate(caught.value) in ("23514", "22023")
