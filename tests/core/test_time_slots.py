from datetime import UTC, date, datetime, time, timedelta
from itertools import combinations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.core.time_slots import (
    TimeSlot,
    check_date,
    check_slots,
    end_of_day,
    exists,
    instant,
    span,
    time_zone,
    today,
)
from common.errors import (
    DateInPast,
    FieldError,
    InvalidRequest,
    NonexistentLocalTime,
    OverlappingSlots,
    UnknownTimeZone,
)
from tests.core import strategies

COPENHAGEN = ZoneInfo("Europe/Copenhagen")
FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)
MINUTE = timedelta(minutes=1)


def slot(start: str, minutes: int = 60) -> TimeSlot:
    return TimeSlot(time.fromisoformat(start), minutes)


def minutes_of(day: date, zone: ZoneInfo) -> list[datetime]:
    """Return the instants of all minutes of a date in the zone."""
    noon = datetime.combine(day, time(12), UTC)
    candidates = (noon + minute * MINUTE for minute in range(-40 * 60, 40 * 60))
    return [minute for minute in candidates if minute.astimezone(zone).date() == day]


@given(strategies.zones, strategies.dates, strategies.times)
def test_an_instant_is_the_first_minute_at_which_the_clocks_show_the_local_time(
    zone: ZoneInfo, day: date, start: time
) -> None:
    """The result is compared with a loop over every minute of the day."""
    shown = [m for m in minutes_of(day, zone) if m.astimezone(zone).time().replace(fold=0) == start]
    assert exists(day, start, zone) == bool(shown)
    if shown:
        assert instant(day, start, zone) == shown[0]


@given(strategies.zones, strategies.dates)
def test_a_day_ends_one_minute_after_the_start_of_its_last_minute(zone: ZoneInfo, day: date) -> None:
    """A day doesn't always begin at 00:00, and doesn't always have 24 hours."""
    minutes = minutes_of(day, zone)
    if minutes:  # there are none on the date that Apia skipped
        assert end_of_day(day, zone) == minutes[-1] + MINUTE


@given(strategies.zones, strategies.dates, st.lists(strategies.slots, max_size=5))
def test_slots_are_accepted_if_and_only_if_they_follow_three_rules(
    zone: ZoneInfo, day: date, slots: list[TimeSlot]
) -> None:
    """The starts exist, all minutes of the slots are on the date, and no minute is in two slots."""
    minutes = set(minutes_of(day, zone))
    covered = [{span(day, each, zone)[0] + i * MINUTE for i in range(each.duration_minutes)} for each in slots]
    is_valid = (
        all(exists(day, each.start, zone) for each in slots)
        and all(cover <= minutes for cover in covered)
        and not any(first & second for first, second in combinations(covered, 2))
    )
    try:
        check_slots(day, slots, zone, "")
    except InvalidRequest:
        assert not is_valid
    else:
        assert is_valid


def test_a_start_that_does_not_exist_is_an_error_that_names_the_field() -> None:
    with pytest.raises(NonexistentLocalTime) as caught:
        check_slots(FORWARD, [slot("09:00"), slot("02:30")], COPENHAGEN, "days[3].")
    message = "02:30 doesn't exist on 2026-03-29 in Europe/Copenhagen: the clock jumps over it"
    assert caught.value.errors == (FieldError("days[3].timeSlots[1].time", message),)


def test_a_slot_may_span_the_hour_that_the_clock_jumps_over() -> None:
    """On that date, a slot of 60 minutes that starts at 01:30 ends at 03:30, so it overlaps a slot at 03:00."""
    check_slots(FORWARD, [slot("01:30"), slot("03:30")], COPENHAGEN, "")
    with pytest.raises(OverlappingSlots):
        check_slots(FORWARD, [slot("01:30"), slot("03:00")], COPENHAGEN, "")


def test_a_slot_may_include_the_hour_that_the_clock_shows_twice() -> None:
    """On that date, a slot of 90 minutes that starts at the first 02:30 ends at 03:00."""
    check_slots(BACK, [slot("02:30", 90), slot("03:00")], COPENHAGEN, "")
    with pytest.raises(OverlappingSlots):
        check_slots(BACK, [slot("02:30", 91), slot("03:00")], COPENHAGEN, "")


def test_slots_that_touch_do_not_overlap_and_equal_slots_do() -> None:
    """The end of a slot isn't part of the slot."""
    check_slots(FORWARD, [slot("10:00"), slot("09:00")], COPENHAGEN, "")
    with pytest.raises(OverlappingSlots) as caught:
        check_slots(FORWARD, [slot("09:00"), slot("09:00")], COPENHAGEN, "")
    assert caught.value.errors == (
        FieldError("timeSlots[1].time", "the slot at 09:00 begins before the one at 09:00 ends"),
    )


def test_a_slot_may_end_at_midnight_but_not_later() -> None:
    """A slot belongs to one date."""
    check_slots(BACK, [slot("23:00")], COPENHAGEN, "")
    with pytest.raises(InvalidRequest) as caught:
        check_slots(BACK, [slot("23:00", 61)], COPENHAGEN, "")
    message = "the slot that starts at 23:00 must end by midnight"
    assert caught.value.errors == (FieldError("timeSlots[0].durationMinutes", message),)


def test_a_day_ends_at_the_jump_if_the_clock_jumps_over_midnight() -> None:
    """In the Azores, the 29th of March 2026 begins at 01:00."""
    azores = ZoneInfo("Atlantic/Azores")
    assert end_of_day(date(2026, 3, 28), azores) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)
    check_slots(date(2026, 3, 28), [slot("23:00")], azores, "")


@pytest.mark.parametrize("minutes", [4, 721, 0, -60])
def test_a_duration_out_of_range_is_an_error(minutes: int) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_slots(BACK, [slot("09:00", minutes)], COPENHAGEN, "")
    assert caught.value.errors == (FieldError("timeSlots[0].durationMinutes", "use 5 to 720 minutes"),)


def test_a_day_has_at_most_288_slots() -> None:
    """288 slots of five minutes fill a day."""
    full = [TimeSlot(time(minute // 60, minute % 60), 5) for minute in range(0, 24 * 60, 5)]
    check_slots(date(2026, 6, 1), full, COPENHAGEN, "")
    with pytest.raises(InvalidRequest) as caught:
        check_slots(date(2026, 6, 1), [*full, slot("09:00")], COPENHAGEN, "")
    assert caught.value.errors == (FieldError("timeSlots", "use at most 288 slots, not 289"),)


def test_dates_from_today_to_three_years_ahead_can_be_edited() -> None:
    """If today is the 29th of February, the last date is the 28th of February three years later."""
    leap_day = date(2028, 2, 29)
    check_date(leap_day, leap_day, "")
    check_date(date(2031, 2, 28), leap_day, "")
    with pytest.raises(DateInPast) as past:
        check_date(date(2028, 2, 28), leap_day, "")
    assert past.value.errors == (FieldError("date", "2028-02-28 is over; use today (2028-02-29) or later"),)
    for day in (date(2031, 3, 1), date(1999, 12, 31)):
        with pytest.raises(InvalidRequest) as caught:
            check_date(day, leap_day, "days[0].")
        message = "use a date from 2028-02-29 to 2031-02-28"
        assert (type(caught.value), caught.value.errors) == (InvalidRequest, (FieldError("days[0].date", message),))


def test_today_depends_on_the_zone() -> None:
    now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    assert today(COPENHAGEN, now) == date(2026, 11, 23)
    assert today(ZoneInfo("America/New_York"), now) == date(2026, 11, 22)


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "Europe", "../etc/passwd", "/etc/passwd", "a\0b", "UTC+3"])
def test_a_zone_that_does_not_exist_is_an_error(name: str) -> None:
    """Other programs can write such a name to the table of tutors."""
    with pytest.raises(UnknownTimeZone, match="isn't the name of an IANA zone, such as Europe/Copenhagen"):
        time_zone(name)
