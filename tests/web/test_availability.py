"""Days as JSON. Their JSON is the same with and without the cache."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from common.core.availability import BookingRule, Day
from common.core.time_slots import TimeSlot
from common.web.availability import MAX_CACHED_SLOTS, _json_cache, day_answer, slot_answers
from common.web.encoding import encode
from tests.core import strategies

hours = st.integers(0, 72)
# There are few starts and durations, so that two days often differ only in one start or duration.
slots = st.builds(
    TimeSlot,
    st.sampled_from([time(1, 30), time(2, 30), time(9), time(23), time(23, 30)]),
    st.sampled_from([30, 60, 90]),
    st.sampled_from(strategies.ZONES),
)
days = st.builds(
    Day,
    strategies.dates,
    st.integers(0, 3),
    st.lists(slots, max_size=3).map(tuple),
    st.dictionaries(
        st.sampled_from([time(9), time(23)]), st.sampled_from(["CONFIRMED", "AWAITING_PAYMENT"]), max_size=2
    ),
)


rules = st.none() | st.builds(
    BookingRule,
    st.builds(lambda day, hours: datetime.combine(day, time(), UTC) + timedelta(hours=hours), strategies.dates, hours),
    st.booleans(),
    st.builds(timedelta, hours=hours),
)


def uncached(day: Day, zone: ZoneInfo, rule: BookingRule | None = None) -> dict[str, Any]:
    return {"date": day.date, "version": day.version, "timeSlots": slot_answers(day, zone, rule)}


@given(st.lists(st.tuples(days, strategies.zones, rules), min_size=1, max_size=20))
def test_cached_json_equals_the_encoded_answer(
    days_and_more: list[tuple[Day, ZoneInfo, BookingRule | None]],
) -> None:
    """The JSON doesn't depend on the days that were encoded before."""
    for day, zone, rule in days_and_more:
        assert encode(day_answer(day, zone, rule)) == encode(uncached(day, zone, rule))


def test_cached_json_has_the_offset_of_its_date() -> None:
    """The days have the same slots and different offsets. Some slots end at midnight, which is on the next date."""
    zone = ZoneInfo("Europe/Copenhagen")
    for on in (date(2026, 7, 1), date(2026, 12, 1), date(2026, 7, 2), date(2026, 3, 29), date(2026, 10, 25)):
        for slot in (
            TimeSlot(time(1, 30), 90, zone.key),
            TimeSlot(time(23), 60, zone.key),
            TimeSlot(time(23), 30, zone.key),
        ):
            day = Day(on, 1, (slot,))
            for _ in range(2):
                assert encode(day_answer(day, zone)) == encode(uncached(day, zone))


def test_days_with_many_slots_are_not_cached() -> None:
    """Otherwise they would fill the memory: a tutor can have a thousand different days, and everybody can read them."""
    zone, before = ZoneInfo("UTC"), len(_json_cache)
    for count in (MAX_CACHED_SLOTS, MAX_CACHED_SLOTS + 1):
        starts = [time(*divmod(7 * i, 60)) for i in range(count)]
        day = Day(date(2026, 7, 1), 1, tuple(TimeSlot(start, 7, zone.key) for start in starts))
        assert encode(day_answer(day, zone)) == encode(uncached(day, zone))
        tomorrow = Day(day.date + timedelta(days=1), 1, day.slots)
        assert encode(day_answer(tomorrow, zone)) == encode(uncached(tomorrow, zone))
        assert len(_json_cache) == before + 1  # one value for both days with `MAX_CACHED_SLOTS` slots
