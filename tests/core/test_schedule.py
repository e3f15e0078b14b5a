from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.core.availability import Day
from common.core.overlap import check_overlaps, dates_near
from common.core.publication import Kept, Publication, is_of_schedule, plan_publication
from common.core.schedule import (
    WEEKDAYS,
    WeeklySchedule,
    check_schedule,
    horizon,
    parse_schedule,
    schedule_fields,
    slots_by_date,
)
from common.core.time_slots import TimeSlot, span
from common.errors import InvalidRequest, OverlappingSlots

COPENHAGEN = "Europe/Copenhagen"


def schedule(*slots: str, minutes: int = 60, breaks: list[tuple[str, str]] | None = None, **fields: Any) -> Any:
    """Return a schedule, from slots such as "MON 09:00"."""
    return parse_schedule(fields_of(*slots, minutes=minutes, breaks=breaks, **fields))


def fields_of(*slots: str, minutes: int = 60, breaks: list[tuple[str, str]] | None = None, **fields: Any) -> Any:
    names = ("weekday", "time", "durationMinutes")
    return {
        "validFrom": "2026-01-01",
        "everyWeeks": 1,
        "weeksAhead": 4,
        "timeZone": None,
        "slots": [dict(zip(names, (*slot.split(), minutes), strict=True)) for slot in slots],
        "breaks": [{"from": first, "to": last, "note": None} for first, last in breaks or ()],
        **fields,
    }


def given_dates(weekly: WeeklySchedule, first: str, last: str, zone: str = COPENHAGEN) -> list[str]:
    """Return the dates from `first` to `last` to which the schedule gives slots."""
    last_day = date.fromisoformat(last)
    slots = slots_by_date(weekly, zone, date.fromisoformat(first), last_day, last_day)
    return [day.isoformat() for day, slots_of_day in slots.items() if slots_of_day]


@pytest.mark.parametrize(
    ("today", "weeks", "last"),
    [
        ("2026-11-23", 1, "2026-12-06"),  # a Monday
        ("2026-11-29", 1, "2026-12-06"),  # a Sunday
        ("2026-11-30", 1, "2026-12-13"),
        ("2026-12-31", 52, "2028-01-02"),  # in a year of 53 weeks
    ],
)
def test_a_schedule_is_published_through_a_sunday(today: str, weeks: int, last: str) -> None:
    assert horizon(date.fromisoformat(today), weeks) == date.fromisoformat(last)


def test_every_second_week_is_counted_from_the_first_week_over_the_new_year_and_week_53() -> None:
    weekly = schedule("MON 09:00", "SUN 09:00", everyWeeks=2, validFrom="2026-12-16")
    expected = ["2026-12-20", "2026-12-28", "2027-01-03", "2027-01-11", "2027-01-17"]
    assert given_dates(weekly, "2026-12-01", "2027-01-24") == expected


def test_breaks_include_both_dates() -> None:
    weekly = schedule("WED 09:00", "THU 09:00", "FRI 09:00", breaks=[("2026-12-17", "2026-12-23")])
    assert given_dates(weekly, "2026-12-14", "2026-12-27") == ["2026-12-16", "2026-12-24", "2026-12-25"]


def test_dates_before_the_schedule_is_valid_are_left_alone() -> None:
    weekly = schedule("WED 09:00", validFrom="2026-12-10")
    dates = slots_by_date(weekly, COPENHAGEN, date(2026, 12, 7), date(2026, 12, 20), date(2026, 12, 20))
    assert min(dates) == date(2026, 12, 10)


def test_dates_after_the_horizon_get_no_slots() -> None:
    weekly = schedule("MON 09:00")
    dates = slots_by_date(weekly, COPENHAGEN, date(2026, 12, 7), date(2026, 12, 14), date(2026, 12, 13))
    assert (dates[date(2026, 12, 7)], dates[date(2026, 12, 14)]) == ([TimeSlot(time(9), 60, COPENHAGEN)], [])


def test_a_schedule_is_the_same_in_another_order() -> None:
    breaks = [("2026-12-01", "2026-12-02"), ("2026-11-01", "2026-11-02")]
    one = schedule("TUE 09:00", "MON 10:00", "MON 09:00", breaks=breaks)
    assert one == schedule("MON 09:00", "MON 10:00", "TUE 09:00", breaks=breaks[::-1])
    assert parse_schedule(schedule_fields(one)) == one
    assert parse_schedule(schedule_fields(None)) is None


@pytest.mark.parametrize(
    ("slots", "every_weeks", "field"),
    [
        (["MON 09:00", "MON 09:59"], 1, 1),
        (["MON 09:59", "MON 09:00"], 1, 0),
        (["MON 09:00", "MON 09:00"], 1, 1),
        (["MON 23:30", "TUE 00:00"], 1, 1),
        (["MON 00:00", "SUN 23:30"], 1, 0),  # it reaches into the next week
        (["MON 00:00", "SUN 23:30"], 2, None),
        (["MON 09:00", "MON 10:00", "TUE 09:00", "SUN 23:00"], 1, None),
        (["MON 09:00"], 1, None),
        ([], 1, None),
    ],
)
def test_slots_of_a_schedule_dont_overlap(slots: list[str], every_weeks: int, field: int | None) -> None:
    fields = fields_of(*slots, everyWeeks=every_weeks)
    if field is None:
        check_schedule(fields)
        return
    with pytest.raises(OverlappingSlots) as caught:
        check_schedule(fields)
    assert caught.value.errors[0].field == f"schedule.slots[{field}].time"


def test_a_break_ends_on_its_first_date_at_the_earliest() -> None:
    check_schedule(fields_of(breaks=[("2026-12-01", "2026-12-01")]))
    with pytest.raises(InvalidRequest) as caught:
        check_schedule(fields_of(breaks=[("2026-12-01", "2026-12-01"), ("2026-12-02", "2026-12-01")]))
    assert caught.value.errors[0].field == "schedule.breaks[1].to"


LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def published(weekly: WeeklySchedule, zone: str, first: date, last: date, *days: Day, **more: Any) -> Publication:
    wanted = slots_by_date(weekly, zone, first, last, last)
    return plan_publication(wanted, {day.date: day for day in days}, {}, LONG_AGO, **more)


def starts(publication: Publication, day: date) -> list[str]:
    return [f"{slot.start:%H:%M}" for edit in publication.edits if edit.date == day for slot in edit.slots]


@pytest.mark.parametrize(
    ("zone", "day", "slots", "expected", "kept"),
    [
        ("Europe/Copenhagen", "2026-03-29", "01:00 02:00 02:30 03:00", "01:00 03:00", [("clock", "02:00 02:30")]),
        ("Europe/Copenhagen", "2026-10-25", "01:00 02:00 03:00", "01:00 02:00 03:00", []),
        ("America/New_York", "2026-03-08", "01:00 02:00 03:00", "01:00 03:00", [("clock", "02:00")]),
        ("America/New_York", "2026-11-01", "00:00 01:00 02:00", "00:00 01:00 02:00", []),
        # The clock changes by half an hour: at 02:00 forward, and back from 02:00 to 01:30.
        ("Australia/Lord_Howe", "2026-10-04", "01:00 02:15 03:15", "01:00 03:15", [("clock", "02:15")]),
        ("Australia/Lord_Howe", "2026-04-05", "00:30 01:30 02:30", "00:30 01:30 02:30", []),
        # The clock changes by two hours.
        ("Antarctica/Troll", "2026-03-29", "00:00 01:00 02:00 03:00", "00:00 03:00", [("clock", "01:00 02:00")]),
        ("Antarctica/Troll", "2026-10-25", "00:00 01:00 02:00 03:00", "00:00 01:00 02:00 03:00", []),
    ],
)
def test_local_times_that_dont_exist_are_left_out(
    zone: str, day: str, slots: str, expected: str, kept: list[tuple[str, str]]
) -> None:
    on = date.fromisoformat(day)
    publication = published(schedule(*(f"{WEEKDAYS[on.weekday()]} {start}" for start in slots.split())), zone, on, on)
    assert starts(publication, on) == expected.split()
    times = {why: tuple(map(time.fromisoformat, missing.split())) for why, missing in kept}
    assert [(each.why, tuple(each.times)) for each in publication.kept] == list(times.items())


def test_a_slot_that_a_change_of_clocks_makes_overlap_another_is_left_out() -> None:
    """The slot at 01:30 takes an hour and a half, so it ends at 04:00 on the day on which 02:00 becomes 03:00."""
    day = date(2026, 3, 29)
    weekly = parse_schedule(
        {
            **fields_of(),
            "slots": [
                {"weekday": "SUN", "time": "01:30", "durationMinutes": 90},
                {"weekday": "SUN", "time": "03:00", "durationMinutes": 60},
            ],
        }
    )
    assert weekly is not None
    publication = published(weekly, COPENHAGEN, day, day)
    assert starts(publication, day) == ["01:30"]
    assert publication.kept == [Kept(day, "overlap", [time(3)])]


def test_the_zone_of_the_schedule_moves_nothing_that_stays() -> None:
    """A slot in Copenhagen that overlaps a slot in Tokyo is left out, and so is a slot at the same local time."""
    monday, tuesday = date(2026, 12, 7), date(2026, 12, 8)
    by_hand = Day(tuesday, version=1, slots=(TimeSlot(time(4), 60, "Asia/Tokyo"),))  # Monday 20:00 in Copenhagen
    publication = published(schedule("MON 19:30", "MON 21:00"), COPENHAGEN, monday, monday, by_hand)
    assert starts(publication, monday) == ["21:00"]
    booked = Day(monday, 1, (TimeSlot(time(21), 60, "Asia/Tokyo"),), {time(21): "CONFIRMED"})
    publication = published(schedule("MON 21:00"), COPENHAGEN, monday, monday, booked, overwrite=True)
    assert publication.edits == []
    assert [(each.why, list(each.times)) for each in publication.kept] == [
        ("booked", [time(21)]),
        ("overlap", [time(21)]),
    ]


ZONES = st.sampled_from([COPENHAGEN, "America/New_York", "Asia/Tokyo", "Antarctica/Troll", "Australia/Lord_Howe"])
FIRST = date(2026, 10, 19)  # the clocks change on the 25th and on the 1st
DATES = [FIRST + timedelta(days=days) for days in range(21)]
TIMES = st.builds(time, st.integers(0, 23), st.sampled_from([0, 30]))
DURATIONS = st.sampled_from([30, 60, 90, 720])


@st.composite
def schedules(draw: st.DrawFn) -> WeeklySchedule:
    slots: list[dict[str, Any]] = []
    for weekday, start, minutes in draw(st.lists(st.tuples(st.sampled_from(WEEKDAYS), TIMES, DURATIONS), max_size=12)):
        slot = {"weekday": weekday, "time": f"{start:%H:%M}", "durationMinutes": minutes}
        try:
            check_schedule({**fields_of(), "slots": [*slots, slot]})
        except OverlappingSlots:
            continue
        slots.append(slot)
    first = draw(st.sampled_from(DATES))
    breaks = [{"from": str(first), "to": str(first + timedelta(days=draw(st.integers(0, 5)))), "note": None}]
    weekly = parse_schedule(
        {
            **fields_of(everyWeeks=draw(st.integers(1, 2)), validFrom=str(draw(st.sampled_from(DATES[:8])))),
            "slots": slots,
            "breaks": breaks if draw(st.booleans()) else [],
        }
    )
    assert weekly is not None
    return weekly


@st.composite
def days_by_hand(draw: st.DrawFn) -> dict[date, Day]:
    """Return days that were edited by hand, without overlaps: some have booked slots, some are empty."""
    days: dict[date, Day] = {}
    for on in draw(st.lists(st.sampled_from(DATES), max_size=6, unique=True)):
        drawn = draw(
            st.lists(st.builds(TimeSlot, TIMES, DURATIONS, ZONES), max_size=4, unique_by=lambda each: each.start)
        )
        day = Day(on, draw(st.integers(1, 3)), tuple(sorted(drawn)))
        others = [each for near in dates_near([on]) & days.keys() for each in spans(days[near])]
        own = spans(day)
        if any(a < d and c < b for i, (a, b) in enumerate(own) for c, d in (*others, *own[:i])):
            continue
        booked = draw(st.sets(st.sampled_from(drawn))) if drawn else set()
        days[on] = Day(day.date, day.version, day.slots, {slot.start: "CONFIRMED" for slot in booked})
    return days


def spans(day: Day) -> list[tuple[datetime, datetime]]:
    return [span(day.date, slot) for slot in day.slots]


def apply(days: Mapping[date, Day], versions: Mapping[date, int], plan: Publication) -> tuple[Any, Any]:
    """Return the days and the schedule's versions after a publication, as the ledger saves them."""
    check_overlaps(plan.edits, days)
    after = dict(days)
    for edit in plan.edits:
        before = days.get(edit.date, Day(edit.date))
        after[edit.date] = Day(edit.date, before.version + 1, edit.slots, before.occupied)
    return after, {**versions, **{on: after[on].version for on in plan.own_dates if on in after and after[on].version}}


NOWS = st.integers(0, 14 * 24).map(lambda hours: datetime(2026, 10, 18, tzinfo=UTC) + timedelta(hours=hours))


@given(schedules(), schedules(), days_by_hand(), ZONES, ZONES, NOWS, st.booleans())
def test_publishing_keeps_its_promises(
    first: WeeklySchedule,
    second: WeeklySchedule,
    by_hand: dict[date, Day],
    zone: str,
    other_zone: str,
    now: datetime,
    overwrite: bool,
) -> None:
    """Publish, publish again, replace the schedule (the tutor may have moved to another zone), and withdraw it."""
    wanted = slots_by_date(first, zone, DATES[0], DATES[-1], DATES[-1])
    plan = plan_publication(wanted, by_hand, {}, now, overwrite=overwrite)
    days, versions = apply(by_hand, {}, plan)
    for step, (weekly, in_zone) in enumerate([(first, zone), (second, other_zone), (None, zone)]):
        wanted = slots_by_date(weekly, in_zone, DATES[0], DATES[-1], DATES[-1])
        plan = plan_publication(wanted, days, versions, now)
        if step == 0:
            assert plan.edits == [], "publishing twice changes nothing"
        after, versions_after = apply(days, versions, plan)
        for on, day in days.items():
            stays = {slot for slot in day.slots if slot.start in day.occupied or span(on, slot)[0] <= now}
            assert stays <= set(after[on].slots), "slots that are booked or have begun stay"
        for edit in plan.edits:
            added = {*edit.slots} - {*days.get(edit.date, Day(edit.date)).slots}
            assert all(span(edit.date, slot)[0] > now and slot in wanted[edit.date] for slot in added)
        if not overwrite:
            assert all(after[on] == day for on, day in by_hand.items()), "days that were edited by hand stay"
        days, versions = after, versions_after
    if not overwrite:
        assert {on: day for on, day in days.items() if day.slots or on in by_hand} == by_hand, "nothing else is left"


@given(schedules(), days_by_hand(), ZONES, NOWS)
def test_what_is_kept_accounts_for_all_differences(
    weekly: WeeklySchedule, by_hand: dict[date, Day], zone: str, now: datetime
) -> None:
    """Each slot of the schedule that starts after now is there, or is named; each other slot of a date is named."""
    wanted = slots_by_date(weekly, zone, DATES[0], DATES[-1], DATES[-1])
    plan = plan_publication(wanted, by_hand, {}, now)
    days, _ = apply(by_hand, {}, plan)
    named = {(kept.date, start) for kept in plan.kept for start in kept.times}
    for on, slots in wanted.items():
        there = {slot for slot in days.get(on, Day(on)).slots if span(on, slot)[0] > now}
        expected = {slot for slot in slots if span(on, slot)[0] > now}
        assert {slot.start for slot in there ^ expected} == {start for day, start in named if day == on}


@pytest.mark.parametrize(
    ("day", "version", "is_own"),
    [
        (Day(FIRST), None, True),  # never edited, and empty
        (Day(FIRST, 0, (TimeSlot(time(9), 60, COPENHAGEN),)), None, False),  # it stood before the ledger
        (Day(FIRST, 1), None, False),  # emptied by hand
        (Day(FIRST, 2), 2, True),
        (Day(FIRST, 3), 2, False),
    ],
)
def test_a_day_is_the_schedules_until_it_is_edited(day: Day, version: int | None, is_own: bool) -> None:
    assert is_of_schedule(day, version) is is_own
