"""The cache of parsed days."""

from common.db.days import _parse_slots, tutor_days


def test_days_with_many_slots_are_not_cached() -> None:
    """Otherwise they would fill the memory: a tutor can have a thousand different days, and everybody can read them."""
    _parse_slots.cache_clear()
    for count, cached_days in ((20, 1), (20, 1), (60, 1)):
        starts = ",".join(f"{n // 4:02}:{15 * (n % 4):02}:00/15" for n in range(count))
        tutor = tutor_days(["ada", "UTC", True, 0, f"2026-11-23 {starts}", None, None])
        assert [len(day.slots) for day in tutor.days.values()] == [count]
        assert _parse_slots.cache_info().currsize == cached_days
