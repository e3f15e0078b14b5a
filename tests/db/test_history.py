"""What the database undoes by itself, held against the core, which undoes one entry after the other."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert

from common.config import Settings
from common.core.history import as_of
from common.db.history import HISTORIES, parse_histories, read_days_as_of
from common.db.pool import Pool, pool_for
from migrations.tables import bookings, tutor_availability_log, tutor_days, tutor_time_slots
from tests.builders import Tutor, add_tutor
from tests.core.strategies import ZONES
from tests.core.test_history import ELEVEN, NINE, TEN, World, instant_of, live, states, steps

DATES = [date(2026, 3, 28), date(2026, 3, 29), date(2026, 11, 1)]
MOMENT = timedelta(microseconds=1)


def as_of_one_by_one(pool: Pool, tutor: Tutor, at: datetime) -> Any:
    """Return how the days stood, by the slots as they stand and all of their entries."""
    dates = ",".join(map(str, DATES))
    asked = {"tutor_id": tutor.id, "first": DATES[0], "last": DATES[-1], "dates": f"{{{dates}}}", "at": at}
    row = pool.read(HISTORIES, asked)
    assert row is not None
    standing, histories = parse_histories(tutor.id, row)
    past = [(history.date, as_of(history, at)) for history in histories]
    days = [
        (day, then.version, then.slots, standing.days[day].occupied) for day, then in past if then.slots or then.version
    ]
    return days, {day for day, then in past if not then.is_certain}


def as_of_at_once(pool: Pool, tutor: Tutor, at: datetime) -> Any:
    found = read_days_as_of(pool, tutor.id, DATES[0], DATES[-1], at)
    assert found is not None
    days = [(day.date, day.version, day.slots, day.occupied) for day in found[0].days.values()]
    return days, found[1]


def keep(engine: Engine, tutor: Tutor, worlds: list[World], booked: bool) -> None:
    """Write the worlds down, a date each, one world an hour further than the one before."""
    days, slots, entries = [], [], []
    for number, (day, world) in enumerate(zip(DATES, worlds, strict=True)):
        history, late = world.history(), timedelta(minutes=number)
        if history.version:
            of_day = {"version": history.version, "repaired_version": history.repaired_version}
            days.append({"tutor_id": tutor.id, "date": day, "updated_at": history.updated_at + late, **of_day})
        for slot in history.slots:
            created = {"created_at": history.created_at[slot.start] + late}
            which = {"tutor_id": tutor.id, "date": day, "start_time": slot.start}
            slots.append({**which, "duration_minutes": slot.duration_minutes, **created})
        for entry in world.log:
            fields = {name: getattr(entry, name) for name in entry.__slots__ if name != "slot"}
            its_slot = {"start_time": entry.slot.start, "duration_minutes": entry.slot.duration_minutes}
            own = {"id": uuid4(), "tutor_id": tutor.id, "date": day, "changed_at": entry.changed_at + late}
            entries.append({**fields, **its_slot, **own})
    with engine.begin() as connection:
        for table, rows in ((tutor_days, days), (tutor_time_slots, slots), (tutor_availability_log, entries)):
            if rows:
                connection.execute(insert(table), rows)
        for offered in slots if booked else []:
            which = {name: offered[name] for name in ("tutor_id", "date", "start_time", "created_at")}
            booking = {"id": uuid4(), "student_id": uuid4(), "status": "CONFIRMED"}
            connection.execute(insert(bookings), {**which, **booking})


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lived=st.lists(st.tuples(steps, st.just(frozenset()) | states), min_size=len(DATES), max_size=len(DATES)),
    is_whole=st.booleans(),
    zone=st.sampled_from(ZONES),
    booked=st.booleans(),
)
def test_the_past_is_the_same_undone_at_once_or_one_by_one(
    engine: Engine, settings: Settings, lived: list[Any], is_whole: bool, zone: str, booked: bool
) -> None:
    """Of days with lost, late and reconstructed entries, or none; imported slots; at each instant, and just before."""
    worlds = [live([(a, b, c and not is_whole) for a, b, c in of_day], imported) for of_day, imported in lived]
    tutor, pool = add_tutor(engine, zone), pool_for(settings)
    keep(engine, tutor, worlds, booked)
    for version in range(max(world.version for world in worlds) + 2):
        for late in range(-1, len(DATES)):
            at = instant_of(version) + (timedelta(minutes=late) if late >= 0 else -MOMENT)
            assert as_of_at_once(pool, tutor, at) == as_of_one_by_one(pool, tutor, at)


def test_logs_that_nobody_writes_are_taken_one_by_one(engine: Engine, settings: Settings) -> None:
    """Instants that don't rise with versions; a version that the day hasn't got, in the place of one that it has."""
    worlds = [live([("edit", frozenset({slot}), False) for slot in (NINE, TEN, NINE, ELEVEN)]) for _ in DATES]
    for world, order in zip(worlds, ([2, 1, 3, 4], [4, 3, 2, 1], [1, 2, 3, 4]), strict=True):
        world.log = [replace(entry, changed_at=instant_of(order[entry.version - 1])) for entry in world.log]
    worlds[2].truth.pop()
    worlds[2].log = [entry for entry in worlds[2].log if entry.version != 3]
    tutor, pool = add_tutor(engine), pool_for(settings)
    keep(engine, tutor, worlds, booked=False)
    for version in range(6):
        assert as_of_at_once(pool, tutor, instant_of(version)) == as_of_one_by_one(pool, tutor, instant_of(version))
