"""Random days for property tests: dates around clock changes, and slots that are valid on them."""

from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from common.core.diffing import DayEdit
from common.core.overlap import check_overlaps
from common.core.time_slots import TimeSlot, check_slots
from common.errors import InvalidRequest

ZONES = [
    "Europe/Copenhagen",
    "America/New_York",
    "Australia/Lord_Howe",  # the clock changes by half an hour
    "Asia/Kathmandu",  # 5:45 hours ahead of UTC; no daylight saving time
    "Pacific/Apia",  # skipped a whole date, 2011-12-30
    "Atlantic/Azores",  # the clock changes at midnight
]
CLOCK_CHANGES = [
    date(2026, 3, 29),  # forward in Copenhagen and the Azores
    date(2026, 10, 25),  # back in Copenhagen and the Azores
    date(2026, 3, 8),  # forward in New York
    date(2026, 11, 1),  # back in New York
    date(2026, 4, 5),  # back on Lord Howe
    date(2026, 10, 4),  # forward on Lord Howe
    date(2011, 12, 29),  # in Apia, the last date before the skipped date
    date(2011, 12, 31),  # in Apia, the first date after the skipped date
]

zones = st.sampled_from(ZONES).map(ZoneInfo)
dates = st.builds(lambda day, days: day + timedelta(days=days), st.sampled_from(CLOCK_CHANGES), st.integers(-1, 1))
times = st.builds(time, st.integers(0, 23), st.sampled_from([0, 15, 30, 59]) | st.integers(0, 59))
durations = st.sampled_from([5, 30, 60, 90, 720]) | st.integers(5, 720)
slots = st.builds(TimeSlot, times, durations, st.sampled_from(ZONES))
# A day has one slot at a start.
slot_sets = st.lists(slots, max_size=8, unique_by=lambda slot: slot.start).map(frozenset)


@st.composite
def valid_days(draw: st.DrawFn) -> tuple[ZoneInfo, date, list[TimeSlot]]:
    """Return a random zone and date, and slots that are valid on this date."""
    zone, day = draw(zones), draw(dates)
    valid: list[TimeSlot] = []
    for slot in draw(st.lists(st.builds(TimeSlot, times, durations, st.just(zone.key)), max_size=12)):
        try:
            check_slots(day, [*valid, slot], "")
            check_overlaps([DayEdit(day, (*valid, slot))], {})
        except InvalidRequest:
            continue
        valid.append(slot)
    return zone, day, valid
