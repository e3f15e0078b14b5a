"""A person who is erased is named in no column of any table."""

from dataclasses import replace

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from deploy import operations
from migrations.base import metadata
from tests.aws import Queues
from tests.builders import ADMIN, add_slots, add_tutor, monday, student
from tests.functions.test_best_effort import locked_log
from tests.hosts import Api


def tables_that_contain(engine: Engine, word: str) -> set[str]:
    """Return the tables with the word in any column of any row."""
    with engine.connect() as connection:
        return {
            name
            for name in metadata.tables
            if connection.execute(
                text(f"select exists (select from {name} as row where row::text like :pattern)"),
                {"pattern": f"%{word}%"},
            ).scalar()
        }


def test_an_erased_student_is_named_nowhere(
    api: Api, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The student booked, held, confirmed, cancelled and moved; an admin booked for them. The facts stay."""
    tutor, ben = add_tutor(engine), student("Ben Ito")
    day = monday(3)
    add_slots(engine, tutor, day, "09:00", "10:00", "11:00", "12:00")
    slot = {"tutorId": str(tutor.id), "date": day.isoformat()}
    held = api.book(ben.token, "ben's key", **slot, time="09:00", holdSeconds=600).json
    of_booking = {"tutorId": str(tutor.id), "bookingId": held["bookingId"]}
    assert api.change_booking(ben.token, **of_booking, status="CONFIRMED").status == 200
    moved = api.change_booking(ben.token, **of_booking, moveTo={"date": day.isoformat(), "time": "10:00"}).json
    cancelled = {"tutorId": str(tutor.id), "bookingId": moved["bookingId"], "status": "CANCELLED"}
    assert api.change_booking(ben.token, **cancelled, reason="Ben Ito is ill").status == 200
    assert api.book(ADMIN, **slot, time="11:00", studentId=ben.user_id, studentName="Ben Ito").status == 201
    assert tables_that_contain(engine, ben.user_id) == tables_that_contain(engine, "Ben Ito") == {"bookings"}

    monkeypatch.setenv("CONFIRM", "test")
    operations.erase_person(settings, ben.user_id, confirmed_by="test")
    assert tables_that_contain(engine, ben.user_id) == tables_that_contain(engine, "Ben Ito") == set()
    kept = api.bookings(tutor.token, tutorId=tutor.id).json["bookings"]
    assert [(each["time"], each["status"]) for each in kept] == [
        ("09:00", "CANCELLED"),
        ("10:00", "CANCELLED"),
        ("11:00", "CONFIRMED"),
    ]
    assert len({each["studentId"] for each in kept}) == 1
    repeated = api.book(ben.token, "ben's key", **slot, time="09:00", holdSeconds=600)
    assert (repeated.status, repeated.json["code"]) == (422, "idempotency_key_reused")


def test_entries_in_the_retry_queue_are_delivered_before_the_person_is_erased(
    api: Api, engine: Engine, settings: Settings, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutor = add_tutor(engine)
    monkeypatch.setenv("AUDIT_BUDGET_MS", "500")
    body = {"tutorId": str(tutor.id), "date": monday().isoformat(), "timeSlots": [{"time": "09:00"}]}
    with locked_log(engine):
        assert api.update(tutor.token, **body).json["audit"] == "deferred"
    assert tutor.user_id in queues.waiting()[0]["changedBy"]
    monkeypatch.setenv("CONFIRM", "test")
    operations.erase_person(replace(settings, audit_queue_url=queues.url), tutor.user_id, confirmed_by="test")
    assert queues.waiting() == []
    assert tables_that_contain(engine, tutor.user_id) == set()
    assert len(api.history(ADMIN, tutorId=tutor.id).json["entries"]) == 1
