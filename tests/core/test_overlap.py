from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.core.availability import Day
from common.core.diffing import DayEdit
from common.core.overlap import check_overlaps, dates_near, utc_dates
from common.core.time_slots import TimeSlot, span
from common.errors import FieldError, OverlappingSlots
from tests.core import strategies
from tests.core.test_time_slots import slot

FORWARD, BACK, SUNDAY = date(2026, 3, 29), date(2026, 10, 25), date(2026, 11, 22)
MONDAY = SUNDAY + timedelta(days=1)
TOKYO, KIRITIMATI, BAKER_ISLAND = "Asia/Tokyo", "Pacific/Kiritimati", "Etc/GMT+12"
anywhere = st.builds(
    TimeSlot, strategies.times, strategies.durations, st.sampled_from([*strategies.ZONES, KIRITIMATI, BAKER_ISLAND])
)


def check(day: date, *slots: TimeSlot, **standing: TimeSlot) -> None:
    """Check an edit of one day. `standing` has slots of other days, by date, as in `d2026_11_23`."""
    days = {date.fromisoformat(on[1:].replace("_", "-")): Day(day, slots=(each,)) for on, each in standing.items()}
    check_overlaps([DayEdit(day, slots)], days)


def overlap(first: tuple[date, TimeSlot], second: tuple[date, TimeSlot]) -> bool:
    (start, end), (other_start, other_end) = span(*first), span(*second)
    return start < other_end and other_start < end


@given(
    st.dictionaries(strategies.dates, st.lists(anywhere, max_size=3), min_size=1, max_size=3),
    st.dictionaries(strategies.dates, st.lists(anywhere, max_size=3), max_size=3),
)
def test_an_edit_is_refused_if_and_only_if_two_slots_share_an_instant(
    edited: dict[date, list[TimeSlot]], standing: dict[date, list[TimeSlot]]
) -> None:
    """All pairs are compared: those of the edit, and those of the edit and other days."""
    edits = [DayEdit(day, tuple(slots)) for day, slots in edited.items()]
    days = {day: Day(day, slots=tuple(slots)) for day, slots in standing.items() if day not in edited}
    requested = [(day, each) for day, slots in edited.items() for each in slots]
    others = [(on, each) for on, day in days.items() for each in day.slots]
    is_valid = not any(overlap(*pair) for pair in combinations(requested, 2))
    is_valid = is_valid and not any(overlap(first, second) for first in requested for second in others)
    try:
        check_overlaps(edits, days)
    except OverlappingSlots:
        assert not is_valid
    else:
        assert is_valid


@given(strategies.dates, anywhere, strategies.dates, anywhere)
def test_slots_that_overlap_lock_the_same_date(day: date, first: TimeSlot, other_day: date, second: TimeSlot) -> None:
    """Their dates are near each other. If the zone isn't stated, at least the dates of every zone are locked."""
    if overlap((day, first), (other_day, second)):
        assert utc_dates({day: [first]}) & utc_dates({other_day: [second]})
        assert other_day in dates_near([day])
    assert utc_dates({day: [first]}) <= utc_dates({day: [first._replace(zone="")]})


def test_a_slot_of_an_hour_locks_one_or_two_dates() -> None:
    assert utc_dates({MONDAY: [slot("09:00")]}) == {MONDAY}
    assert utc_dates({MONDAY: [slot("00:00")]}) == {SUNDAY}
    assert utc_dates({MONDAY: [slot("00:30")]}) == {SUNDAY, MONDAY}
    assert utc_dates({MONDAY: [slot("09:00", zone="")]}) == {SUNDAY, MONDAY}


def test_a_slot_may_span_the_hour_that_the_clock_jumps_over() -> None:
    """60 minutes from 01:30 end at 03:30 on that day, so a slot at 03:00 overlaps."""
    check(FORWARD, slot("01:30"), slot("03:30"))
    with pytest.raises(OverlappingSlots):
        check(FORWARD, slot("01:30"), slot("03:00"))


def test_a_slot_may_include_the_hour_that_the_clock_shows_twice() -> None:
    """90 minutes from the first 02:30 end at 03:00 on that day."""
    check(BACK, slot("02:30", 90), slot("03:00"))
    with pytest.raises(OverlappingSlots):
        check(BACK, slot("02:30", 91), slot("03:00"))


def test_slots_that_touch_do_not_overlap_and_equal_slots_do() -> None:
    """Intervals are half-open."""
    check(FORWARD, slot("10:00"), slot("09:00"))
    with pytest.raises(OverlappingSlots) as caught:
        check(FORWARD, slot("09:00"), slot("09:00"))
    assert caught.value.errors == (
        FieldError("timeSlots[1].time", "the slot at 09:00 begins before the one at 09:00 ends"),
    )


def test_a_slot_over_midnight_may_not_reach_a_slot_of_the_next_day() -> None:
    """The error names the field of the requested slot, whichever of the two begins first."""
    check(SUNDAY, slot("23:30"), d2026_11_23=slot("00:30"))
    with pytest.raises(OverlappingSlots) as caught:
        check(SUNDAY, slot("23:30", 61), d2026_11_23=slot("00:30"))
    message = (
        "the slot at 00:30 on 2026-11-23 in Europe/Copenhagen begins before"
        " the one at 23:30 on 2026-11-22 in Europe/Copenhagen ends"
    )
    assert caught.value.errors == (FieldError("timeSlots[0].time", message),)


def test_slots_two_dates_apart_may_overlap() -> None:
    """Monday 00:00 on Kiritimati is Saturday 22:00 on Baker Island."""
    check(MONDAY, slot("00:00", zone=KIRITIMATI), d2026_11_21=slot("21:00", zone=BAKER_ISLAND))
    with pytest.raises(OverlappingSlots):
        check(MONDAY, slot("00:00", zone=KIRITIMATI), d2026_11_21=slot("21:30", zone=BAKER_ISLAND))


def test_standing_slots_that_overlap_do_not_prevent_another_edit() -> None:
    """They may overlap since a government changed a zone's rules."""
    standing = {
        SUNDAY: Day(SUNDAY, slots=(slot("23:30"), slot("09:00"))),
        MONDAY: Day(MONDAY, slots=(slot("00:00"),)),
    }
    check_overlaps([DayEdit(SUNDAY, (slot("23:30"), slot("10:00")))], standing)
    with pytest.raises(OverlappingSlots):
        check_overlaps([DayEdit(SUNDAY, (slot("23:30", 45), slot("10:00")))], standing)


def test_an_hour_is_the_same_hour_in_every_zone() -> None:
    """09:00 in Tokyo is 01:00 in Copenhagen in winter."""
    at = datetime(2026, 11, 23, 0, 0, tzinfo=UTC)
    assert span(MONDAY, slot("09:00", zone=TOKYO)) == span(MONDAY, slot("01:00")) == (at, at + timedelta(hours=1))
    with pytest.raises(OverlappingSlots):
        check(MONDAY, slot("09:00", zone=TOKYO), slot("01:30"))
    assert time(9) == slot("09:00").start
