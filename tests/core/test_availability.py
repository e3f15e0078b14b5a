from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from common.core.availability import Day, OfferedSlot, SlotStatus, availability
from common.core.time_slots import TimeSlot, span
from tests.core import strategies
from tests.core.test_zones import minutes_of

COPENHAGEN = "Europe/Copenhagen"


@given(strategies.valid_days(), st.data())
def test_availability_equals_a_minute_by_minute_simulation(
    valid_day: tuple[ZoneInfo, date, list[TimeSlot]], data: st.DataObject
) -> None:
    """The simulation steps through the day minute by minute and uses neither intervals nor offsets."""
    zone, day, slots = valid_day
    booked = {slot.start for slot in slots if data.draw(st.booleans())}

    expected: dict[datetime, SlotStatus] = {}
    seen: set[time] = set()
    remaining, status = 0, "AVAILABLE"
    durations = {slot.start: slot.duration_minutes for slot in slots}
    for minute in minutes_of(day, zone):
        shown = minute.astimezone(zone).time().replace(fold=0)
        if shown in durations and shown not in seen:
            seen.add(shown)
            remaining, status = durations[shown], "BOOKED" if shown in booked else "AVAILABLE"
        if remaining:
            expected[minute] = status  # type: ignore[assignment]
            remaining -= 1

    occupied = dict.fromkeys(booked, "CONFIRMED")
    offered = availability(Day(day, slots=tuple(sorted(slots)), occupied=occupied))  # type: ignore[arg-type]
    spans = [(datetime.fromisoformat(each.starts_at), datetime.fromisoformat(each.ends_at)) for each in offered]
    actual = {
        minute: each.status
        for each, (starts_at, ends_at) in zip(offered, spans, strict=True)
        for minute in minutes_of(day, zone)
        if starts_at <= minute < ends_at
    }
    assert actual == expected
    assert spans == sorted(spans)


@given(strategies.dates, strategies.slots)
def test_a_slot_has_the_offset_of_its_own_zone(day: date, slot: TimeSlot) -> None:
    """Some slots are invalid: they start at a time that the clock jumps over."""
    (offered,) = availability(Day(day, slots=(slot,)))
    starts_at, ends_at = (at.astimezone(ZoneInfo(slot.zone)).isoformat() for at in span(day, slot))
    assert (offered.starts_at, offered.ends_at) == (starts_at, ends_at)


def test_a_slot_has_the_instants_of_its_start_and_end() -> None:
    """On the night when daylight saving time ends, a slot of 60 minutes starts and ends at the local time 02:30."""
    day = Day(
        date(2026, 10, 25),
        slots=(TimeSlot(time(2, 30), 60, COPENHAGEN), TimeSlot(time(9), 60, COPENHAGEN)),
        occupied={time(9): "AWAITING_PAYMENT"},
    )
    night, morning = day.slots
    assert availability(day) == [
        OfferedSlot(night, "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00", "AVAILABLE"),
        OfferedSlot(morning, "2026-10-25T09:00:00+01:00", "2026-10-25T10:00:00+01:00", "BOOKED"),
    ]


def test_a_stored_slot_whose_time_no_longer_exists_is_still_shown() -> None:
    """A government can change a zone's rules after a slot is stored. Reading the slot must still succeed."""
    day = Day(date(2026, 3, 29), slots=(TimeSlot(time(2, 30), 60, COPENHAGEN),))
    assert [each.starts_at for each in availability(day)] == ["2026-03-29T03:30:00+02:00"]
