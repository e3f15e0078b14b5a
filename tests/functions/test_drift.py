"""Changes that another program makes with SQL: found by repair, and never called certain before.

`tests/core/test_drift.py` tests the rules with random histories of a day.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text

from common.clock import Clock
from common.config import Settings
from common.db import drift_scan
from common.db.pool import pool_for
from functions.audit_repair import drift
from tests.builders import (
    ADMIN,
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
from tests.hosts import Api

DAY = monday()
MOMENT = timedelta(microseconds=1)


@pytest.fixture(autouse=True)
def settled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let repair handle all edits: it leaves edits of the last two minutes for the next run."""
    monkeypatch.setattr("functions.audit_repair.main.SETTLED_AFTER", -timedelta(minutes=1))


def save(api: Api, tutor: Tutor, *starts: str, day: date = DAY) -> datetime:
    """Set the slots of a day through the ledger; return the instant after it."""
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(day), timeSlots=slots(*starts))
    assert answer.status == 200
    return datetime.now(UTC)


def run_sql(engine: Engine, statement: str, **values: Any) -> datetime:
    """Run SQL as another program does; return the instant after it."""
    with engine.begin() as connection:
        connection.execute(text(statement), values)
    return datetime.now(UTC)


ADD = """
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone)
values (:tutor, :day, cast(:start as time), 60, 'Europe/Copenhagen')
"""
DELETE = "delete from tutor_time_slots where tutor_id = :tutor and date = :day and start_time = cast(:start as time)"


def add_outside(engine: Engine, tutor: Tutor, start: str, day: date = DAY) -> datetime:
    return run_sql(engine, ADD, tutor=tutor.id, day=day, start=start)


def delete_outside(engine: Engine, tutor: Tutor, start: str, day: date = DAY) -> datetime:
    return run_sql(engine, DELETE, tutor=tutor.id, day=day, start=start)


def state_at(api: Api, tutor: Tutor, at: datetime) -> tuple[list[str], bool]:
    """Return the starts that were offered at an instant, and whether the answer is complete."""
    answer = api.read(tutorId=tutor.id, startDate=DAY, endDate=DAY, asOf=at.isoformat())
    assert answer.status == 200
    return [slot["time"] for day in answer.json["days"] for slot in day["timeSlots"]], answer.json["complete"]


def repair(api: Api, adrift: int) -> datetime:
    """Run repair, which has to find this number of days; return the instant after it."""
    assert api.repair() == {"drained": 0, "reconstructed": 0, "remainingGaps": 0, "adrift": adrift}
    return datetime.now(UTC)


def external_entries(engine: Engine, tutor: Tutor) -> list[Any]:
    return [
        (row.date, row.version, row.action, f"{row.start_time:%H:%M}", row.source, row.changed_by)
        for row in log_rows(engine, tutor)
        if row.reason == "external"
    ]


def test_a_slot_that_another_program_adds_is_uncertain_in_the_past_and_certain_after_repair(
    api: Api, engine: Engine
) -> None:
    """The day was never edited. Repair makes its first version."""
    tutor = add_tutor(engine)
    before = datetime.now(UTC)
    added = add_outside(engine, tutor, "10:00")
    assert [state_at(api, tutor, at) for at in (before, added)] == [(["10:00"], False)] * 2
    repaired = repair(api, adrift=1)
    assert external_entries(engine, tutor) == [(DAY, 1, "ADDED", "10:00", "reconstructed", None)]
    assert versions(engine, tutor) == {DAY: 1}
    assert [state_at(api, tutor, at) for at in (before, added, repaired)] == [
        ([], False),
        ([], False),
        (["10:00"], True),
    ]
    repair(api, adrift=0)


def test_a_slot_that_another_program_deletes_is_uncertain_from_its_entry_to_the_repair(
    api: Api, engine: Engine
) -> None:
    tutor = add_tutor(engine)
    before = datetime.now(UTC)
    offered = save(api, tutor, "09:00", "10:00")
    deleted = delete_outside(engine, tutor, "10:00")
    assert [state_at(api, tutor, at)[1] for at in (before, offered, deleted)] == [True, False, False]
    repaired = repair(api, adrift=1)
    assert external_entries(engine, tutor) == [(DAY, 2, "REMOVED", "10:00", "reconstructed", None)]
    assert state_at(api, tutor, before) == ([], True)
    assert state_at(api, tutor, offered) == (["09:00", "10:00"], False)
    assert state_at(api, tutor, repaired) == (["09:00"], True)
    history = api.history(tutor.token, tutorId=tutor.id).json
    assert (history["complete"], [entry["reason"] for entry in history["entries"]]) == (
        True,
        ["external", "tutor_edit", "tutor_edit"],
    )
    assert replayed(engine, tutor) == stored_slots(engine, tutor)


def test_a_slot_that_was_deleted_outside_and_offered_again_by_hand_stays_uncertain(api: Api, engine: Engine) -> None:
    """The log adds the slot twice. The edit has covered the traces in the slots, but not in the log."""
    tutor = add_tutor(engine)
    offered = save(api, tutor, "09:00")
    deleted = delete_outside(engine, tutor, "09:00")
    again = save(api, tutor, "09:00")
    assert [state_at(api, tutor, at)[1] for at in (offered, deleted, again)] == [False, False, True]
    repair(api, adrift=1)
    repair(api, adrift=0)
    assert external_entries(engine, tutor) == []
    assert [state_at(api, tutor, at)[1] for at in (offered, deleted, again)] == [False, False, True]


def test_a_slot_whose_duration_another_program_changes_is_removed_and_added(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    run_sql(engine, "update tutor_time_slots set duration_minutes = 45 where tutor_id = :tutor", tutor=tutor.id)
    repair(api, adrift=1)
    assert sorted(external_entries(engine, tutor)) == [
        (DAY, 2, "ADDED", "09:00", "reconstructed", None),
        (DAY, 2, "REMOVED", "09:00", "reconstructed", None),
    ]


def test_baseline_slots_are_no_drift_until_another_program_deletes_them(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "08:00")
    repair(api, adrift=0)
    assert versions(engine, tutor) == {}
    delete_outside(engine, tutor, "08:00")
    repair(api, adrift=1)
    assert external_entries(engine, tutor) == [(DAY, 1, "REMOVED", "08:00", "reconstructed", None)]


def test_an_edit_with_the_version_before_the_repair_is_refused(api: Api, engine: Engine) -> None:
    """The day isn't any more what the client saw."""
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    delete_outside(engine, tutor, "09:00")
    repair(api, adrift=1)
    edit = {"tutorId": str(tutor.id), "date": str(DAY), "timeSlots": slots("10:00")}
    assert api.update(tutor.token, **edit, version=1).status == 412
    assert api.update(tutor.token, **edit, version=2).status == 200


def test_clients_may_not_send_the_reasons_of_other_writers(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    edit = {"tutorId": str(tutor.id), "date": str(DAY), "timeSlots": slots("10:00")}
    for reason in ("import", "schedule", "external"):
        answer = api.update(tutor.token, **edit, reason=reason)
        assert (answer.status, answer.json["errors"][0]["field"]) == (400, "reason")
        assert api.history(tutor.token, tutorId=tutor.id, reason=reason).status == 200


def test_a_run_looks_at_a_part_of_the_tutors_and_the_next_run_continues(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one day for each run, a run looks at one tutor."""
    monkeypatch.setattr(drift, "DAYS_PER_RUN", 1)
    tutors = [add_tutor(engine) for _ in range(3)]
    for tutor in tutors:
        add_outside(engine, tutor, "10:00")
    for _ in tutors:
        repair(api, adrift=1)
    assert [external_entries(engine, tutor) for tutor in tutors] == [
        [(DAY, 1, "ADDED", "10:00", "reconstructed", None)]
    ] * 3
    add_outside(engine, tutors[0], "11:00")
    assert sum(api.repair()["adrift"] for _ in tutors) == 1


def test_days_before_yesterday_are_not_looked_at(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    today = datetime.now(UTC).date()
    add_outside(engine, tutor, "10:00", today - timedelta(days=5))
    add_outside(engine, tutor, "10:00", today - timedelta(days=1))
    repair(api, adrift=1)


def test_a_locked_day_is_looked_at_by_the_next_run(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    delete_outside(engine, tutor, "09:00")
    with engine.begin() as connection:
        connection.execute(text("select 1 from tutor_days where tutor_id = :tutor for update"), {"tutor": tutor.id})
        repair(api, adrift=0)
    repair(api, adrift=1)


@pytest.mark.parametrize("is_repaired", [False, True])
def test_deleted_entries_are_missing_everywhere(api: Api, engine: Engine, is_repaired: bool) -> None:
    """Also after repair has handled the day, and repair doesn't reconstruct them then."""
    tutor = add_tutor(engine)
    first, second = save(api, tutor, "09:00"), save(api, tutor, "09:00", "10:00")
    if is_repaired:
        repair(api, adrift=0)
    run_sql(engine, "delete from tutor_availability_log where tutor_id = :tutor and version = 1", tutor=tutor.id)

    def check() -> None:
        history = api.history(tutor.token, tutorId=tutor.id)
        assert (history.json["complete"], history.json["missingVersions"]) == (False, 1)
        csv = api.call("audit_history", query=f"tutorId={tutor.id}&format=csv", token=tutor.token)
        assert csv.headers["x-missing-versions"] == "1"
        assert api.stats(tutor.token, tutorId=tutor.id, days=7).json["missingVersions"] == 1
        assert [state_at(api, tutor, at)[1] for at in (first, second)] == [False, True]

    check()
    if is_repaired:
        repair(api, adrift=0)
        check()
        save(api, tutor, "09:00", "10:00", "11:00")  # with a later version, repair handles the day again
        repair(api, adrift=0)
        assert api.history(tutor.token, tutorId=tutor.id).json["missingVersions"] == 1


def test_versions_that_are_lost_after_entries_were_deleted_are_reconstructed(api: Api, engine: Engine) -> None:
    """The deleted entries stay missing."""
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    repair(api, adrift=0)
    save(api, tutor, "09:00", "10:00")
    run_sql(engine, "delete from tutor_availability_log where tutor_id = :tutor", tutor=tutor.id)
    assert api.history(tutor.token, tutorId=tutor.id).json["missingVersions"] == 2
    for reconstructed in (1, 0):
        answer = {"drained": 0, "reconstructed": reconstructed, "remainingGaps": 0, "adrift": 0}
        assert api.repair() == answer
        entries = [(row.version, row.action, f"{row.start_time:%H:%M}", row.source) for row in log_rows(engine, tutor)]
        assert entries == [(2, "ADDED", "10:00", "reconstructed")]
        assert api.history(tutor.token, tutorId=tutor.id).json["missingVersions"] == 1


def test_one_deleted_entry_of_a_version_is_a_missing_version(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00", "10:00")
    repair(api, adrift=0)
    run_sql(engine, "delete from tutor_availability_log where start_time = '09:00'")
    assert api.history(tutor.token, tutorId=tutor.id).json["missingVersions"] == 1
    repair(api, adrift=0)
    assert api.history(tutor.token, tutorId=tutor.id).json["missingVersions"] == 1


def test_weekly_statistics_count_deleted_entries(api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    repair(api, adrift=0)
    run_sql(engine, "delete from tutor_availability_log")
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: datetime.now(UTC) + timedelta(days=7)))
    assert api.call("weekly_stats", "POST", token=ADMIN, json={"weeks": 1}).status == 200
    with engine.connect() as connection:
        assert connection.execute(text("select sum(missing_versions) from tutor_weekly_stats")).scalar_one() == 1


BOOKED_AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def book(engine: Engine, tutor: Tutor, status: str, **columns: datetime) -> UUID:
    """Add a booking of 09:00 as another program does, with the status that it gives the booking later."""
    booking = add_booking(engine, tutor, DAY, "09:00", status)
    changes = {"created_at": BOOKED_AT, **columns}
    assignments = ", ".join(f"{column} = :{column}" for column in changes)
    run_sql(engine, f"update bookings set {assignments} where id = :id", **changes, id=booking)
    return booking


def completeness(api: Api, tutor: Tutor, *instants: datetime) -> list[bool]:
    return [state_at(api, tutor, at)[1] for at in instants]


def test_a_booking_that_another_program_cancelled_is_uncertain_until_repair_noticed(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00")
    book(engine, tutor, "CANCELLED")
    now = datetime.now(UTC)
    assert completeness(api, tutor, BOOKED_AT - MOMENT, BOOKED_AT, now) == [True, False, False]
    noticed = repair(api, adrift=0)
    assert completeness(api, tutor, BOOKED_AT - MOMENT, BOOKED_AT, now, noticed) == [True, False, False, True]


def test_a_hold_that_another_program_expired_was_released_when_it_ran_out(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00")
    booking = book(engine, tutor, "EXPIRED", hold_expires_at=BOOKED_AT + HOUR)
    for _ in range(2):
        assert completeness(api, tutor, BOOKED_AT, BOOKED_AT + HOUR, datetime.now(UTC)) == [True] * 3
        repair(api, adrift=0)
    with engine.connect() as connection:
        query = text("select released_at, noticed_at from bookings where id = :id")
        assert tuple(connection.execute(query, {"id": booking}).one()) == (BOOKED_AT + HOUR, None)


def test_a_hold_that_another_program_confirmed_is_uncertain_after_it_would_have_run_out(
    api: Api, engine: Engine
) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00")
    book(engine, tutor, "CONFIRMED", hold_expires_at=BOOKED_AT + HOUR)
    instants = (BOOKED_AT, BOOKED_AT + HOUR - MOMENT, BOOKED_AT + HOUR, datetime.now(UTC))
    assert completeness(api, tutor, *instants) == [True, True, False, False]
    noticed = repair(api, adrift=0)
    assert completeness(api, tutor, *instants, noticed) == [True, True, False, False, True]


@pytest.mark.parametrize("status", ["CANCELLED", "EXPIRED"])
def test_a_hold_that_was_released_after_it_ran_out_may_have_been_confirmed(
    api: Api, engine: Engine, status: str
) -> None:
    """An expired booking was confirmed if repair noticed that, and a cancelled one may have been."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00")
    expires_at, released_at = BOOKED_AT + HOUR, BOOKED_AT + 2 * HOUR
    confirmed = {"confirmed_at": BOOKED_AT} if status == "EXPIRED" else {}
    book(engine, tutor, status, hold_expires_at=expires_at, released_at=released_at, **confirmed)
    instants = (BOOKED_AT, expires_at - MOMENT, expires_at, released_at - MOMENT, released_at)
    assert completeness(api, tutor, *instants) == [True, True, False, False, True]


def test_a_slot_that_is_added_outside_after_a_lost_edit_is_found(api: Api, engine: Engine) -> None:
    """The lost edit can't have added the slot, which is younger."""
    tutor = add_tutor(engine)
    offered = save(api, tutor, "09:00")
    run_sql(engine, "delete from tutor_availability_log")
    added = add_outside(engine, tutor, "10:00")
    assert [state_at(api, tutor, at)[1] for at in (offered, added)] == [False, True]
    assert api.repair() == {"drained": 0, "reconstructed": 1, "remainingGaps": 0, "adrift": 1}
    assert external_entries(engine, tutor) == [(DAY, 2, "ADDED", "10:00", "reconstructed", None)]
    assert state_at(api, tutor, offered)[1] is False


def lose(engine: Engine, tutor: Tutor, version: int) -> None:
    delete = "delete from tutor_availability_log where tutor_id = :tutor and version = :version"
    run_sql(engine, delete, tutor=tutor.id, version=version)


def test_entries_after_a_lost_edit_are_compared_with_the_slots(api: Api, engine: Engine) -> None:
    """No lost edit can have removed the slot that a later edit added."""
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    offered = save(api, tutor, "09:00", "10:00")
    lose(engine, tutor, 1)
    assert state_at(api, tutor, offered) == (["09:00", "10:00"], True)
    deleted = delete_outside(engine, tutor, "10:00")
    assert [state_at(api, tutor, at)[1] for at in (offered, deleted)] == [False, False]
    assert api.repair() == {"drained": 0, "reconstructed": 1, "remainingGaps": 0, "adrift": 1}
    repaired = datetime.now(UTC)
    assert [state_at(api, tutor, at)[1] for at in (offered, deleted, repaired)] == [False, False, True]


def test_a_slot_that_is_younger_than_the_lost_edit_is_uncertain_until_its_creation(api: Api, engine: Engine) -> None:
    """Another program added it between two later edits, so the lost edit gets it, but didn't add it."""
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    second = save(api, tutor, "09:00", "10:00")
    added = add_outside(engine, tutor, "12:00")
    save(api, tutor, "09:00", "10:00", "11:00", "12:00")
    lose(engine, tutor, 1)
    for reconstructed in (1, 0):
        assert [state_at(api, tutor, at)[1] for at in (second, added)] == [False, True]
        assert api.repair()["reconstructed"] == reconstructed
    assert [state_at(api, tutor, at)[1] for at in (second, added)] == [False, True]


def test_a_checked_day_is_read_again_only_if_its_slots_or_its_version_change(
    api: Api, engine: Engine, settings: Settings
) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    add_slots(engine, tutor, DAY + timedelta(days=1), "09:00")  # a baseline needs no check

    def days_to_check() -> tuple[int, Sequence[date]]:
        return drift_scan.days_to_check(pool_for(settings), tutor.id, DAY)

    assert days_to_check() == (2, [DAY])
    repair(api, adrift=0)
    assert days_to_check() == (2, [])
    add_outside(engine, tutor, "10:00")
    assert days_to_check() == (2, [DAY])
    delete_outside(engine, tutor, "10:00")
    assert days_to_check() == (2, [])
    run_sql(engine, "update tutor_time_slots set duration_minutes = 45 where date = :day", day=DAY)
    assert days_to_check() == (2, [DAY])
    run_sql(engine, "update tutor_time_slots set duration_minutes = 60 where date = :day", day=DAY)
    assert days_to_check() == (2, [])
    save(api, tutor, "10:00")
    delete_outside(engine, tutor, "09:00", DAY + timedelta(days=1))
    assert days_to_check() == (2, [DAY, DAY + timedelta(days=1)])


def test_a_slot_created_at_infinity_is_found(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    add_outside(engine, tutor, "10:00")
    run_sql(engine, "update tutor_time_slots set created_at = 'infinity'")
    repair(api, adrift=1)


def test_a_hold_whose_confirmation_repair_noticed_in_time_is_certain(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00")
    expires_at = datetime.now(UTC) + HOUR
    book(engine, tutor, "CONFIRMED", hold_expires_at=expires_at)
    repair(api, adrift=0)
    run_sql(engine, "update bookings set hold_expires_at = :then", then=datetime.now(UTC))
    assert completeness(api, tutor, BOOKED_AT, datetime.now(UTC)) == [True, True]
