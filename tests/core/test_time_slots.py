from datetime import date, time

import pytest

from common.core.time_slots import TimeSlot, check_date, check_slots
from common.errors import DateInPast, FieldError, InvalidRequest, NonexistentLocalTime, OverlappingSlots

FORWARD, BACK = date(2026, 3, 29), date(2026, 10, 25)


def slot(start: str, minutes: int = 60, zone: str = "Europe/Copenhagen") -> TimeSlot:
    return TimeSlot(time.fromisoformat(start), minutes, zone)


def test_a_start_that_does_not_exist_is_an_error_that_names_the_field() -> None:
    with pytest.raises(NonexistentLocalTime) as caught:
        check_slots(FORWARD, [slot("09:00"), slot("02:30")], "days[3].")
    message = "02:30 doesn't exist on 2026-03-29 in Europe/Copenhagen: the clock jumps over it"
    assert caught.value.errors == (FieldError("days[3].timeSlots[1].time", message),)


@pytest.mark.parametrize("minutes", [4, 721, 0, -60])
def test_a_duration_out_of_range_is_an_error(minutes: int) -> None:
    with pytest.raises(InvalidRequest) as caught:
        check_slots(BACK, [slot("09:00", minutes)], "")
    assert caught.value.errors == (FieldError("timeSlots[0].durationMinutes", "use 5 to 720 minutes"),)


def test_a_day_has_at_most_288_slots() -> None:
    """288 slots of five minutes fill a day."""
    full = [TimeSlot(time(minute // 60, minute % 60), 5, "UTC") for minute in range(0, 24 * 60, 5)]
    check_slots(date(2026, 6, 1), full, "")
    with pytest.raises(InvalidRequest) as caught:
        check_slots(date(2026, 6, 1), [*full, slot("09:00")], "")
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


def test_a_date_has_one_slot_at_a_time_of_day() -> None:
    """The key of a slot is the tutor, the date and the start, so the zone can't tell two slots apart."""
    with pytest.raises(OverlappingSlots) as caught:
        check_slots(FORWARD, [slot("09:00"), slot("09:00", zone="Asia/Tokyo")], "days[3].")
    message = "there is a slot at 09:00 in another zone: a date has one slot at a time of day"
    assert caught.value.errors == (FieldError("days[3].timeSlots[1].time", message),)
