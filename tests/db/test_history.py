"""The state of days at an instant in the past: the database and the core compute the same state."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, update

from common.config import Settings
from common.core.as_of import as_of
from common.db.as_of import read_days_as_of
from common.db.history import BOOKINGS_THEN, HISTORIES, parse_histories
from common.db.pool import Pool, pool_for
from migrations.log_tables import tutor_availability_log
from migrations.tables import baseline_slots, bookings, tutor_days, tutor_time_slots, tutors
from tests.builders import Tutor, add_tutor
from tests.core.strategies import ZONES
from tests.core.test_history import ELEVEN, NINE, TEN, World, instant_of, run_steps, states, steps

DATES = [date(2026, 3, 28), date(2026, 3, 29), date(2026, 11, 1)]
LEGACY_ZONE = "Europe/Copenhagen"
MOMENT = timedelta(microseconds=1)
BOOKED_THEN = f"""
select coalesce(json_agg(json_build_array(date, start_time, status)), '[]')
from {BOOKINGS_THEN}
where tutor_id = :tutor_id
"""


def as_of_by_core(pool: Pool, tutor: Tutor, at: datetime) -> Any:
    """Return the days at an instant, computed by the core. It undoes the entries one by one."""
    dates = ",".join(map(str, DATES))
    row = pool.read(HISTORIES, {"tutor_id": tutor.id, "dates": f"{{{dates}}}"})
    booked = pool.read(BOOKED_THEN, {"tutor_id": tutor.id, "at": at})
    assert row is not None
    assert booked is not None
    occupied: dict[date, dict[time, str]] = {day: {} for day in DATES}
    for on, start, status in booked[0]:
        occupied[date.fromisoformat(on)][time.fromisoformat(start)] = status
    past = [(history.date, as_of(history, at)) for history in parse_histories(tutor.id, row)]
    days = [(on, day.version, day.slots, occupied[on]) for on, day in past if day.slots or day.version]
    return days, {on for on, day in past if not day.is_certain}


def as_of_by_database(pool: Pool, tutor: Tutor, at: datetime) -> Any:
    """Return the days at an instant, computed by the database. One statement undoes all entries."""
    past = read_days_as_of(pool, tutor.id, DATES[0], DATES[-1], at)
    assert past is not None
    days = [(day.date, day.version, day.slots, day.occupied) for day in past[0].days.values()]
    return days, past[1]


def store(engine: Engine, tutor: Tutor, worlds: list[World], has_bookings: bool) -> None:
    """Insert one world for each date. Add one minute to the instants of the second world, and two to the third's."""
    days, slots, entries, baseline = [], [], [], []
    for number, (day, world) in enumerate(zip(DATES, worlds, strict=True)):
        history, shift = world.history(), timedelta(minutes=number)
        if history.version:
            versions = {"version": history.version, "repaired_version": history.repaired_version}
            days.append(
                {
                    "tutor_id": tutor.id,
                    "date": day,
                    "updated_at": history.updated_at + shift,
                    "updated_by": None,
                    **versions,
                }
            )
        for slot in history.slots:
            created = {"created_at": history.created_at[slot.start] + shift}
            key = {"tutor_id": tutor.id, "date": day, "start_time": slot.start}
            slots.append({**key, "duration_minutes": slot.duration_minutes, "time_zone": slot.zone, **created})
        for slot, created_at in history.baseline:
            key = {"tutor_id": tutor.id, "date": day, "start_time": slot.start, "time_zone": slot.zone}
            baseline.append({**key, "duration_minutes": slot.duration_minutes, "created_at": created_at + shift})
        for entry in world.log:
            fields = {name: getattr(entry, name) for name in entry.__slots__ if name != "slot"}
            slot = entry.slot
            slot_fields = {"start_time": slot.start, "duration_minutes": slot.duration_minutes, "time_zone": slot.zone}
            if slot.zone == LEGACY_ZONE:  # as in entries from before slots had zones
                slot_fields["time_zone"] = None
            changed = {"id": uuid4(), "tutor_id": tutor.id, "date": day, "changed_at": entry.changed_at + shift}
            entries.append({**fields, **slot_fields, **changed})
    with engine.begin() as connection:
        for table, rows in (
            (tutor_days, days),
            (tutor_time_slots, slots),
            (tutor_availability_log, entries),
            (baseline_slots, baseline),
        ):
            if rows:
                connection.execute(insert(table), rows)
        for offered in slots if has_bookings else []:
            key = {name: offered[name] for name in ("tutor_id", "date", "start_time", "created_at")}
            booking = {"id": uuid4(), "student_id": "eve", "status": "CONFIRMED"}
            connection.execute(insert(bookings), {**key, **booking})


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    days=st.lists(st.tuples(steps, st.just(frozenset()) | states), min_size=len(DATES), max_size=len(DATES)),
    is_log_complete=st.booleans(),
    zone=st.sampled_from(ZONES),
    has_bookings=st.booleans(),
)
def test_the_database_returns_the_same_past_as_the_core(
    engine: Engine, settings: Settings, days: list[Any], is_log_complete: bool, zone: str, has_bookings: bool
) -> None:
    """The days have lost, late and reconstructed entries, and imported slots.

    The instants are those of edits, and instants just before an edit.
    """
    worlds = [run_steps([(a, b, c and not is_log_complete) for a, b, c in steps], imported) for steps, imported in days]
    tutor, pool = add_tutor(engine, zone), pool_for(settings)
    with engine.begin() as connection:
        connection.execute(update(tutors).where(tutors.c.id == tutor.id).values(legacy_time_zone=LEGACY_ZONE))
    store(engine, tutor, worlds, has_bookings)
    for version in range(max(world.version for world in worlds) + 2):
        for shift in range(-1, len(DATES)):
            at = instant_of(version) + (timedelta(minutes=shift) if shift >= 0 else -MOMENT)
            assert as_of_by_database(pool, tutor, at) == as_of_by_core(pool, tutor, at)


def test_the_database_returns_the_same_past_for_an_invalid_log(engine: Engine, settings: Settings) -> None:
    """On the first two days, the order of the instants isn't the order of the versions.

    On the third day, the log has no entry of the day's last version, and an entry of a later version.
    """
    worlds = [run_steps([("edit", frozenset({slot}), False) for slot in (NINE, TEN, NINE, ELEVEN)]) for _ in DATES]
    for world, order in zip(worlds, ([2, 1, 3, 4], [4, 3, 2, 1], [1, 2, 3, 4]), strict=True):
        world.log = [replace(entry, changed_at=instant_of(order[entry.version - 1])) for entry in world.log]
    worlds[2].truth.pop()
    worlds[2].log = [entry for entry in worlds[2].log if entry.version != 3]
    tutor, pool = add_tutor(engine), pool_for(settings)
    store(engine, tutor, worlds, has_bookings=False)
    for version in range(6):
        assert as_of_by_database(pool, tutor, instant_of(version)) == as_of_by_core(pool, tutor, instant_of(version))
