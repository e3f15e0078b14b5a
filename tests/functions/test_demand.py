"""Demand: how many of the slots that were offered were booked, for a tutor and, by week, for all."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, insert, select, text

from common.clock import Clock
from common.config import Settings
from common.core.caller import Caller
from common.core.demand import Demand, HourDemand
from common.core.statistics import LATE
from common.core.zones import instant
from common.db.change_stats import read_change_stats
from common.db.engine import transact
from common.db.pool import pool_for
from common.db.weekly_stats import compute_weeks
from migrations.log_tables import tutor_availability_log
from migrations.tables import bookings, tutor_time_slots
from tests.builders import Tutor, add_booking, add_slots, add_tutor, make_token
from tests.core import strategies
from tests.functions.test_weekly_stats import rows
from tests.hosts import Api
from tests.imports import BOOKINGS, SLOTS, run_import, tutor_named, write_csv, write_tutors

NOW = datetime(2026, 11, 10, 12, tzinfo=UTC)
PERIOD: Any = {"days": 28, "until": NOW}
TUESDAY = date(2026, 11, 3)


def read(settings: Settings, tutor: Tutor, **period: Any) -> Demand:
    stats = read_change_stats(
        pool_for(settings), tutor.id, Caller(tutor.user_id, is_admin=False), **{**PERIOD, **period}
    )
    assert stats is not None
    return stats.demand


def by_hour(demand: Demand) -> dict[tuple[int, int], tuple[int, int]]:
    """Return the numbers of offered and booked slots of the hours that have any, by weekday (0 is Monday) and hour."""
    return {
        (weekday, hour): (each.offered, each.booked)
        for weekday, hours in enumerate(demand.by_weekday_hour)
        for hour, each in enumerate(hours)
        if each != HourDemand(0, 0)
    }


def add_released(engine: Engine, tutor: Tutor, day: date, start: str, status: str, **values: Any) -> None:
    booking = {"tutor_id": tutor.id, "id": uuid4(), "student_id": "ben", "date": day, "status": status}
    booking |= {"start_time": time.fromisoformat(start), "time_zone": "Europe/Copenhagen", "duration_minutes": 60}
    with engine.begin() as connection:
        connection.execute(insert(bookings).values({**booking, **values}))


def test_a_slot_is_booked_if_a_booking_occupied_it_at_its_start(engine: Engine, settings: Settings) -> None:
    tutor = add_tutor(engine)
    starts_at = datetime(2026, 11, 3, 8, tzinfo=UTC)  # 09:00 in Copenhagen
    before, after = starts_at - timedelta(minutes=1), starts_at + timedelta(minutes=1)
    standing: list[tuple[str, dict[str, Any], bool]] = [
        ("CONFIRMED", {}, True),
        ("COMPLETED", {}, True),
        ("AWAITING_PAYMENT", {"hold_expires_at": after}, True),
        ("AWAITING_PAYMENT", {"hold_expires_at": starts_at}, False),
        ("AWAITING_PAYMENT", {}, True),
    ]
    released: list[tuple[str, dict[str, Any], bool]] = [
        ("CANCELLED", {"released_at": before}, False),
        ("CANCELLED", {"released_at": starts_at}, False),
        ("CANCELLED", {"released_at": after}, True),
        ("CANCELLED", {}, False),  # by another program, which doesn't say when
        ("EXPIRED", {"hold_expires_at": before, "released_at": after}, False),
        ("EXPIRED", {"hold_expires_at": after, "released_at": after}, True),
        ("EXPIRED", {"hold_expires_at": after, "released_at": before}, False),
    ]
    for status, values, is_booked in standing:
        each = add_tutor(engine)
        add_slots(engine, each, TUESDAY, "09:00")
        add_booking(engine, each, TUESDAY, "09:00", status, **values)
        assert by_hour(read(settings, each)) == {(1, 9): (1, int(is_booked))}, (status, values)
    for status, values, is_booked in released:
        for stands in (False, True):
            each = add_tutor(engine)
            if stands:
                add_slots(engine, each, TUESDAY, "09:00")
            add_released(engine, each, TUESDAY, "09:00", status, **values)
            assert by_hour(read(settings, each)) == {(1, 9): (1, int(is_booked))}, (status, values, stands)
    assert by_hour(read(settings, tutor)) == {}


def test_a_slot_with_several_bookings_counts_once_with_the_minutes_that_it_has_now(
    engine: Engine, settings: Settings
) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, TUESDAY, "09:00", minutes=45)
    add_booking(engine, tutor, TUESDAY, "09:00")
    for _ in range(2):
        add_released(engine, tutor, TUESDAY, "09:00", "CANCELLED", duration_minutes=90)
    add_released(engine, tutor, TUESDAY, "11:30", "CANCELLED", duration_minutes=90)
    add_released(engine, tutor, TUESDAY, "13:00", "CANCELLED", duration_minutes=None)  # nobody knows how long
    demand = read(settings, tutor)
    assert by_hour(demand) == {(1, 9): (1, 1), (1, 11): (1, 0), (1, 13): (1, 0)}
    assert (demand.offered_minutes, demand.booked_minutes, demand.fill_rate) == (135, 45, 0.3333)


def test_a_cancelled_booking_counts_the_same_after_repair_noticed_it_or_an_import_added_it(
    api: Api, engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    """Nobody said when it was cancelled. A hold without an end is another one that nobody can date."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, TUESDAY, "09:00", "10:00", "11:00")
    add_booking(engine, tutor, TUESDAY, "09:00", "CANCELLED")
    add_booking(engine, tutor, TUESDAY, "10:00", "EXPIRED")
    add_booking(engine, tutor, TUESDAY, "11:00", "EXPIRED", hold_expires_at=NOW)
    before = read(settings, tutor)
    assert by_hour(before) == {(1, 9): (1, 0), (1, 10): (1, 0), (1, 11): (1, 1)}
    api.repair()
    with engine.connect() as connection:
        assert connection.execute(select(func.count(bookings.c.noticed_at))).scalar_one() == 2
    assert read(settings, tutor) == before

    write_tutors(tmp_path, "ada")
    write_csv(tmp_path, "slots", SLOTS, *(f"ada,{TUESDAY},{hour}:00,60" for hour in ("09", "10", "11")))
    ends = ("", "", NOW.isoformat())
    cancelled = ("09:00,CANCELLED", "10:00,EXPIRED", "11:00,EXPIRED")
    rows_of_file = [
        f"b{n},ada,ben,{TUESDAY},{at},{end}" for n, (at, end) in enumerate(zip(cancelled, ends, strict=True))
    ]
    write_csv(tmp_path, "bookings", f"{BOOKINGS},hold_expires_at", *rows_of_file)
    assert run_import(settings, tmp_path)["bookings"] == {"added": 3}
    assert read(settings, tutor_named(engine, "ada")) == before


def test_a_confirmation_that_repair_noticed_says_nothing_about_the_release(engine: Engine, settings: Settings) -> None:
    tutor = add_tutor(engine)
    noticed_at, released_at = NOW - timedelta(days=9), NOW - timedelta(days=1)
    confirmed = {"confirmed_at": noticed_at, "noticed_at": noticed_at}
    add_released(engine, tutor, TUESDAY, "09:00", "CANCELLED", released_at=released_at, **confirmed)
    assert by_hour(read(settings, tutor)) == {(1, 9): (1, 1)}


def test_an_hour_whose_bookings_were_all_cancelled_is_not_one_that_nobody_books(
    engine: Engine, settings: Settings
) -> None:
    tutor = add_tutor(engine)
    for hour in ("09", "10"):
        add_slots(engine, tutor, TUESDAY, *(f"{hour}:{5 * number:02}" for number in range(8)), minutes=5)
    add_released(engine, tutor, TUESDAY, "09:35", "CANCELLED")
    assert [(each.kind, each.hour) for each in read(settings, tutor).suggestions] == [("nobody_books", 10)]


def test_bookings_at_24_00_which_only_another_program_can_release_are_left_out(
    api: Api, engine: Engine, settings: Settings, tmp_path: Path
) -> None:
    """No slot can be there. The last hour of a Sunday is the last hour of a week."""
    write_tutors(tmp_path, "ada")
    run_import(settings, tmp_path)
    tutor = tutor_named(engine, "ada")
    with engine.begin() as connection:
        add = text("""
          insert into bookings (tutor_id, id, student_id, date, start_time, status)
          values (:tutor, :id, 'ben', '2026-11-08', cast(:start as time), 'CANCELLED')
        """)
        for start in ("24:00", "23:00"):
            connection.execute(add, {"tutor": tutor.id, "id": uuid4(), "start": start})
    assert by_hour(read(settings, tutor)) == {(6, 23): (1, 0)}
    period = {"from": "2026-11-08T00:00Z", "to": "2026-11-10T00:00Z", "limit": 1}
    found = api.bookings(tutor.token, tutorId=tutor.id, **period).json
    assert ([each["time"] for each in found["bookings"]], found["nextCursor"]) == (["23:00"], None)
    events = api.history(tutor.token, tutorId=tutor.id, include="bookings").json["bookingEvents"]
    assert {each["time"] for each in events} == {"23:00"}
    write_csv(tmp_path, "bookings", BOOKINGS, "b,ada,ben,2026-11-09,09:00,CANCELLED")
    assert run_import(settings, tmp_path)["bookings"] == {"added": 1}


def test_nothing_offered_has_no_fill_rate(engine: Engine, settings: Settings) -> None:
    assert read(settings, add_tutor(engine)) == Demand(0, 0, None, [[HourDemand(0, 0)] * 24] * 7, 0, [])


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Europe/Copenhagen"])
def test_a_slot_is_in_the_period_by_the_instant_of_its_start(engine: Engine, settings: Settings, zone: str) -> None:
    """The period doesn't have its first instant, and has its last one."""
    tutor = add_tutor(engine, "America/New_York")
    until = instant(TUESDAY, time(9), ZoneInfo(zone))
    for day, start in ((TUESDAY, "09:00"), (TUESDAY, "09:01"), (TUESDAY - timedelta(days=7), "09:00")):
        add_slots(engine, tutor, day, start, zone=zone)
    add_slots(engine, tutor, TUESDAY - timedelta(days=7), "09:01", zone=zone)
    demand = read(settings, tutor, days=7, until=until)
    assert (demand.offered_minutes, by_hour(demand)) == (120, {(1, 9): (2, 0)})


def test_late_removals_of_popular_hours_and_suggestions_have_their_numbers(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The period begins at 07:00 on a Tuesday. Four Tuesdays later, at 06:00, the fifth is not in it."""
    tutor = add_tutor(engine)
    first = date(2026, 10, 20)
    for week in range(4):
        day = first + timedelta(weeks=week)
        add_slots(engine, tutor, day, "09:00", "09:30", "10:00", "10:30", minutes=30)
        add_booking(engine, tutor, day, "09:00")
        if week:
            add_booking(engine, tutor, day, "09:30")
    removals = [
        (first, time(9, 15), datetime(2026, 10, 19, 12, tzinfo=UTC)),  # before the period, but the slot is in it
        (first, time(10, 15), datetime(2026, 10, 20, 7, tzinfo=UTC)),  # nobody books this hour
        (first + timedelta(weeks=1), time(9, 45), datetime(2026, 10, 25, 12, tzinfo=UTC)),  # not late
        (first + timedelta(weeks=4), time(9), datetime(2026, 11, 16, 12, tzinfo=UTC)),  # the slot is after the period
    ]
    entry = {"tutor_id": tutor.id, "duration_minutes": 60, "action": "REMOVED", "reason": "illness", "version": 1}
    entry |= {"source": "recorded", "time_zone": "Europe/Copenhagen"}
    with engine.begin() as connection:
        for day, start, at in removals:
            values = {**entry, "id": uuid4(), "change_set_id": uuid4()}
            values |= {"date": day, "start_time": start, "changed_at": at}
            connection.execute(insert(tutor_availability_log).values(values))
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: datetime(2026, 11, 17, 5, tzinfo=UTC)))
    token = make_token(tutor.user_id, exp=datetime(2030, 1, 1, tzinfo=UTC))
    body = api.stats(token, tutorId=tutor.id, days=28).json
    assert body["demand"].pop("byWeekdayHour")[1][9:11] == [{"offered": 8, "booked": 7}, {"offered": 8, "booked": 0}]
    assert body["demand"] == {
        "offeredMinutes": 480,
        "bookedMinutes": 210,
        "fillRate": 0.4375,
        "lateRemovalsOfPopularHours": 1,
        "suggestions": [
            {"kind": "offer_more", "weekday": "TUE", "hour": 9, "fillRate": 0.875, "offeredPerWeek": 2.0},
            {"kind": "nobody_books", "weekday": "TUE", "hour": 10, "fillRate": 0.0, "offeredPerWeek": 2.0},
        ],
    }
    assert (body["slotsRemoved"], body["lateRemovals"]) == (3, 2)
    assert body["removedByWeekdayHour"] == [[0] * 24, [0] * 9 + [2, 1] + [0] * 13, *[[0] * 24] * 5]


days = st.builds(
    lambda day, more: day + timedelta(days=more),
    st.sampled_from([date(2026, 10, 12), date(2026, 10, 25), date(2026, 11, 1), date(2026, 11, 9)]),
    st.integers(-1, 1),
)
keys = st.tuples(days, st.sampled_from([time(0), time(0, 30), time(1, 30), time(2, 30), time(23, 30)]))
zones = st.sampled_from([*strategies.ZONES, "Pacific/Kiritimati", "Pacific/Pago_Pago"])
offsets = st.none() | st.sampled_from([-LATE, timedelta(0), timedelta(microseconds=1), timedelta(hours=1), LATE])


@st.composite
def demands(draw: st.DrawFn) -> tuple[dict[Any, Any], list[dict[str, Any]]]:
    """Return slots (minutes and zone, by date and time), and bookings of these and of other slots."""
    slots = draw(st.dictionaries(keys, st.tuples(st.sampled_from([30, 60]), zones), max_size=8))
    booked = [
        (key, status, minutes, zone)
        for key, (minutes, zone) in slots.items()
        if (status := draw(st.sampled_from([None, "CONFIRMED", "COMPLETED", "AWAITING_PAYMENT"])))
    ]
    released = st.tuples(
        keys | st.sampled_from(sorted(slots)) if slots else keys,
        st.sampled_from(["CANCELLED", "EXPIRED"]),
        st.sampled_from([None, 45, 90]),
        st.none() | zones,
    )
    made = []
    for key, status, minutes, zone in [*booked, *draw(st.lists(released, max_size=8))]:
        starts_at = instant(key[0], key[1], ZoneInfo(slots[key][1] if key in slots else zone or "UTC"))
        booking = {"date": key[0], "start_time": key[1], "status": status, "duration_minutes": minutes}
        booking |= {"time_zone": zone, "hold_expires_at": None, "released_at": None}
        for column in ("hold_expires_at", "released_at"):
            offset = draw(offsets)
            is_released = status in ("CANCELLED", "EXPIRED")
            booking[column] = (
                starts_at + offset if offset is not None and (is_released or column != "released_at") else None
            )
        booking["noticed_at"] = draw(st.sampled_from([None, booking["released_at"], starts_at]))
        made.append(booking)
    return slots, made


def is_occupied(booking: dict[str, Any], at: datetime) -> bool:
    released_at = None if booking["noticed_at"] == booking["released_at"] else booking["released_at"]
    ends = [end for end in (released_at, booking["hold_expires_at"]) if end]
    match booking["status"]:
        case "AWAITING_PAYMENT":
            return all(at < end for end in ends)
        case "EXPIRED":
            return bool(ends) and at < min(ends)
        case "CANCELLED":
            return released_at is not None and at < released_at
    return True


def naive(zone: str, slots: dict[Any, Any], made: list[dict[str, Any]]) -> list[tuple[date, time, datetime, int, bool]]:
    """Return each offered slot: its local start, its instant, its minutes, and whether it was booked."""
    offered = []
    for day, start in {*slots, *((each["date"], each["start_time"]) for each in made)}:
        of_slot = [each for each in made if (each["date"], each["start_time"]) == (day, start)]
        largest = (
            max((each["duration_minutes"] for each in of_slot if each["duration_minutes"]), default=0),
            max((each["time_zone"] for each in of_slot if each["time_zone"]), default=zone),
        )
        minutes, its_zone = slots.get((day, start), largest)
        starts_at = instant(day, start, ZoneInfo(its_zone))
        offered.append((day, start, starts_at, minutes, any(is_occupied(each, starts_at) for each in of_slot)))
    return offered


@hypothesis_settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.zones, demands(), st.datetimes(datetime(2026, 10, 24), datetime(2026, 11, 11)), st.integers(1, 20))
def test_the_database_counts_demand_the_same_as_python(
    engine: Engine, settings: Settings, zone: ZoneInfo, made: Any, until: datetime, period_days: int
) -> None:
    """Also when clocks change, and by week: a week's numbers are the sums of the slots that start in it."""
    slots, of_slots = made
    tutor = add_tutor(engine, zone.key)
    with engine.begin() as connection:
        for (day, start), (minutes, its_zone) in slots.items():
            slot = {"tutor_id": tutor.id, "date": day, "start_time": start}
            slot |= {"duration_minutes": minutes, "time_zone": its_zone}
            connection.execute(insert(tutor_time_slots).values(slot))
        for each in of_slots:
            connection.execute(
                insert(bookings).values({**each, "tutor_id": tutor.id, "id": uuid4(), "student_id": "x"})
            )
    offered = naive(zone.key, slots, of_slots)
    until = until.replace(tzinfo=UTC)
    since = until - timedelta(days=period_days)
    within = [each for each in offered if since < each[2] <= until]
    hours = Counter((day.weekday(), start.hour) for day, start, *_ in within)
    booked = Counter((day.weekday(), start.hour) for day, start, _, _, is_booked in within if is_booked)
    demand = read(settings, tutor, days=period_days, until=until)
    assert by_hour(demand) == {hour: (hours[hour], booked[hour]) for hour in hours}
    assert demand.offered_minutes == sum(minutes for *_, minutes, _ in within)
    assert demand.booked_minutes == sum(minutes for *_, minutes, is_booked in within if is_booked)

    transact(engine, lambda connection: compute_weeks(connection, [tutor.id], NOW, 4))
    for week, row in rows(engine, tutor).items():
        of_week = [is_booked for day, *_, is_booked in offered if week <= day < week + timedelta(days=7)]
        assert (row.offered, row.booked) == (len(of_week), sum(of_week)), week
    everything = read(settings, tutor, days=60, until=NOW + timedelta(days=7)).by_weekday_hour
    assert sum(each.offered for hours in everything for each in hours) == len(offered)
