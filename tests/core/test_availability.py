from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from common.core.availability import Day, OfferedSlot, SlotStatus, availability
from common.core.time_slots import TimeSlot
from tests.core import strategies
from tests.core.test_time_slots import minutes_of

COPENHAGEN = ZoneInfo("Europe/Copenhagen")


@given(strategies.valid_days(), st.data())
def test_availability_equals_a_minute_by_minute_simulation(
    drawn: tuple[ZoneInfo, date, list[TimeSlot]], data: st.DataObject
) -> None:
    """The oracle walks through the day with a clock in its hand, and knows nothing of intervals or offsets."""
    zone, day, slots = drawn
    booked = {slot.start for slot in slots if data.draw(st.booleans())}

    expected: dict[datetime, SlotStatus] = {}
    seen: set[time] = set()
    left, status = 0, "AVAILABLE"
    durations = {slot.start: slot.duration_minutes for slot in slots}
    for minute in minutes_of(day, zone):
        shown = minute.astimezone(zone).time().replace(fold=0)
        if shown in durations and shown not in seen:
            seen.add(shown)
            left, status = durations[shown], "BOOKED" if shown in booked else "AVAILABLE"
        if left:
            expected[minute] = status  # type: ignore[assignment]
            left -= 1

    offered = availability(Day(day, slots=tuple(slots), occupied=dict.fromkeys(booked, "CONFIRMED")), zone)
    actual = {
        minute: each.status
        for each in offered
        for minute in minutes_of(day, zone)
        if each.starts_at <= minute < each.ends_at
    }
    assert actual == expected
    assert [each.starts_at for each in offered] == sorted(each.starts_at for each in offered)


def test_local_times_and_instants_are_told_together() -> None:
    """A slot in the night when summer ends: an hour of it is longer on the clock than it lasts."""
    day = Day(
        date(2026, 10, 25),
        slots=(TimeSlot(time(9), 60), TimeSlot(time(2, 30), 60)),
        occupied={time(9): "AWAITING_PAYMENT"},
    )
    summer, winter = timedelta(hours=2), timedelta(hours=1)
    offered = availability(day, COPENHAGEN)
    assert offered == [
        OfferedSlot(
            TimeSlot(time(2, 30), 60),
            datetime(2026, 10, 25, 2, 30, tzinfo=COPENHAGEN),
            datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=COPENHAGEN),
            "AVAILABLE",
        ),
        OfferedSlot(
            TimeSlot(time(9), 60),
            datetime(2026, 10, 25, 9, tzinfo=COPENHAGEN),
            datetime(2026, 10, 25, 10, tzinfo=COPENHAGEN),
            "BOOKED",
        ),
    ]
    assert [offered[0].starts_at.utcoffset(), offered[0].ends_at.utcoffset()] == [summer, winter]


def test_a_stored_slot_whose_time_no_longer_exists_is_still_shown() -> None:
    """Governments change the clock; reading may not fail for it."""
    day = Day(date(2026, 3, 29), slots=(TimeSlot(time(2, 30), 60),))
    assert [each.starts_at.isoformat() for each in availability(day, COPENHAGEN)] == ["2026-03-29T03:30:00+02:00"]
