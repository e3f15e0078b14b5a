"""A person who is erased is named in no column of any table."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert, text

from common.config import Settings
from common.db.engine import transact
from common.db.weekly_stats import compute_weeks
from deploy import operations
from deploy.erasure import erase
from deploy.stages import Stopped
from migrations.base import metadata
from migrations.log_tables import tutor_weekly_stats
from tests.aws import Queues
from tests.builders import ADMIN, Tutor, add_slots, add_tutor, make_token, monday, student
from tests.functions.test_best_effort import locked_log
from tests.functions.test_weekly_stats import add_entry, rows
from tests.hosts import Api


def tables_that_contain(engine: Engine, word: str) -> set[str]:
    """Return the tables with the word in any column of any row."""
    with engine.connect() as connection:
        return {
            name
            for name, table in metadata.tables.items()
            if connection.execute(
                text(f"select count(*) from {name} where concat_ws(' ', {', '.join(table.c.keys())}) like :pattern"),
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


def test_an_erased_author_is_named_nowhere_in_the_weekly_statistics(
    api: Api, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The counts stay, and so do other authors."""
    tutor, other = add_tutor(engine), add_tutor(engine)
    with engine.begin() as connection:
        row: dict[str, Any] = {"week_start": date(2026, 11, 16), "computed_at": datetime(2026, 11, 24, tzinfo=UTC)}
        row |= dict.fromkeys(("slots_added", "slots_removed", "late_removals", "change_sets", "missing_versions"), 0)
        row |= {"user_ids": [None, tutor.user_id, "auth0|bob"], "user_changes": [3, 2, 1], "offered": 0, "booked": 0}
        connection.execute(insert(tutor_weekly_stats), [{**row, "tutor_id": each.id} for each in (tutor, other)])
    assert tables_that_contain(engine, tutor.user_id) == {"tutors", "tutor_weekly_stats"}
    monkeypatch.setenv("CONFIRM", "test")
    operations.erase_person(settings, tutor.user_id, confirmed_by="test")
    assert tables_that_contain(engine, tutor.user_id) == set()
    by_user = api.stats(ADMIN, **{"from": "2026-11-16", "to": "2026-11-17"}).json["byUser"]
    assert [each["changes"] for each in by_user] == [6, 4, 2]
    assert (by_user[0]["userId"], by_user[2]["userId"]) == (None, "auth0|bob")


@pytest.mark.parametrize("is_erased_first", [True, False])
def test_an_erased_author_is_named_nowhere_if_the_weeks_are_computed_at_the_same_time(
    engine: Engine, is_lock_awaited: Callable[[], bool], *, is_erased_first: bool
) -> None:
    """The later one waits for the other. The table has the week before, and the log has two authors."""
    tutor, now = add_tutor(engine), datetime(2026, 11, 24, 5, tzinfo=UTC)
    add_entry(engine, tutor, datetime(2026, 11, 11, 12, tzinfo=UTC), changed_by="auth0|bob")
    transact(engine, lambda connection: compute_weeks(connection, [tutor.id], now - timedelta(weeks=1), 1))
    add_entry(engine, tutor, datetime(2026, 11, 18, 12, tzinfo=UTC), changed_by="auth0|bob")
    add_entry(engine, tutor, datetime(2026, 11, 18, 12, tzinfo=UTC), changed_by="auth0|ada")

    def erase_bob(connection: Connection) -> None:
        erase(connection, "auth0|bob", "pseudonym")

    def compute(connection: Connection) -> None:
        compute_weeks(connection, [tutor.id], now, 2)

    first, second = (erase_bob, compute) if is_erased_first else (compute, erase_bob)
    with ThreadPoolExecutor() as threads:
        with engine.begin() as connection:
            first(connection)
            later = threads.submit(transact, engine, second)
            while not is_lock_awaited() and not later.done():
                pass
        later.result()
    assert tables_that_contain(engine, "auth0|bob") == set()
    of_weeks = {week: (row.user_ids, row.user_changes) for week, row in rows(engine, tutor).items()}
    assert of_weeks == {
        date(2026, 11, 9): (["pseudonym"], [1]),
        date(2026, 11, 16): (["auth0|ada", "pseudonym"], [1, 1]),
    }


def save_schedule(api: Api, token: str, tutor: Tutor, *notes: str) -> None:
    """Save a schedule without slots, with a break for each note."""
    breaks = [
        {"from": str(monday(number)), "to": str(monday(number) + timedelta(days=4)), "note": note}
        for number, note in enumerate(notes, 2)
    ]
    schedule = {"validFrom": str(monday()), "everyWeeks": 1, "weeksAhead": 9, "slots": [], "breaks": breaks}
    answer = api.call("weekly_schedule", "PUT", json={"tutorId": str(tutor.id), "schedule": schedule}, token=token)
    assert answer.status == 200, answer.body


def notes_of(api: Api, tutor: Tutor) -> list[str | None]:
    schedule = api.call("weekly_schedule", query={"tutorId": tutor.id}, token=ADMIN).json["schedule"]
    return [each["note"] for each in schedule["breaks"]]


def test_an_erased_persons_notes_of_breaks_are_nowhere_and_the_breaks_stay(
    api: Api, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The person is a tutor, and an admin who saved another tutor's schedule. Later versions have the same notes."""
    tutor, other = add_tutor(engine), add_tutor(engine)
    as_admin = make_token(tutor.user_id, app_metadata={"role": "admin"})
    save_schedule(api, tutor.token, tutor, "my operation")
    save_schedule(api, ADMIN, tutor, "my operation", "Ada is away")
    save_schedule(api, as_admin, other, "told by Ada")
    save_schedule(api, other.token, other, "told by Ada", 'the "summer"')
    save_schedule(api, as_admin, tutor, "my operation", "Ada is away", "Easter")
    assert tables_that_contain(engine, tutor.user_id) == {"tutors", "settings_events", "weekly_schedules"}
    assert tables_that_contain(engine, "told by Ada") == {"settings_events", "weekly_schedules"}

    monkeypatch.setenv("CONFIRM", "test")
    operations.erase_person(settings, tutor.user_id, confirmed_by="test")
    for word in (tutor.user_id, "operation", "Ada is away", "told by", "Easter"):
        assert tables_that_contain(engine, word) == set(), word
    assert (notes_of(api, tutor), notes_of(api, other)) == ([None] * 3, [None, 'the "summer"'])
    with engine.connect() as connection:
        pseudonym = connection.execute(text("select user_id from tutors where id = :id"), {"id": tutor.id}).scalar_one()
        by = text("select set_by from weekly_schedules where tutor_id = :id")
        assert connection.execute(by, {"id": tutor.id}).scalar_one() == pseudonym
        events = text("select changed_by from settings_events where field = 'weeklySchedule' order by changed_at")
        authors = connection.execute(events).scalars().all()
    assert [author == pseudonym for author in authors] == [True, False, True, False, True]
    with pytest.raises(Stopped, match="Nobody has this user id"):
        operations.erase_person(settings, tutor.user_id, confirmed_by="test")


def test_notes_of_breaks_from_after_a_handover_stay(
    api: Api, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutor = add_tutor(engine)
    save_schedule(api, ADMIN, tutor, "Ada is ill")
    body = {"tutorId": str(tutor.id), "userId": "auth0|ken", "name": "Ken", "timeZone": "Europe/Copenhagen"}
    assert api.call("tutors", "PUT", json=body, token=ADMIN).status == 200
    save_schedule(api, ADMIN, tutor, "Ada is ill", "Ken is away")
    monkeypatch.setenv("CONFIRM", "test")
    operations.erase_person(settings, tutor.user_id, confirmed_by="test")
    assert (tables_that_contain(engine, "Ada is ill"), notes_of(api, tutor)) == (set(), [None, "Ken is away"])
