from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.core.statistics import ChangeStats, MonthStats, TimeCount, UserChanges, WeekStats, monthly
from common.db.change_stats import change_stats

TUTOR = UUID(int=9)
UNTIL = datetime(2026, 11, 22, 12, tzinfo=UTC)
LAST_WEEK, THIS_WEEK = date(2026, 11, 9), date(2026, 11, 16)


def row(**counts: Any) -> list[Any]:
    """Return a row of `TALLY`, whose counts by something are null if there are none."""
    by = dict.fromkeys(("by_day", "by_hour", "by_time", "by_reason", "by_user", "by_week"))
    return list({"missing_versions": Decimal(0), "change_sets": 0, **by, **counts}.values())


def test_statistics_without_changes_are_zero() -> None:
    stats = change_stats(row(), TUTOR, 7, UNTIL)
    assert (stats.total_changes, stats.avg_changes_per_day, stats.most_active_day) == (0, 0.0, None)
    assert stats.by_weekday_hour == [[0] * 24] * 7
    assert (stats.complete, stats.missing_versions) == (True, 0)


def test_statistics_are_computed_from_counts() -> None:
    counts = row(
        missing_versions=Decimal(2),
        change_sets=4,
        by_day={"2026-11-17": 6, "2026-11-16": 6},
        by_hour={"9": 6, "47": 6},
        by_time={"10:00:00": 1, "09:00:00": 4},
        by_reason={"other": 2, "tutor_edit": 10},
        by_user={"": 2, "auth0|ada": 10},
        by_week={"2026-11-16": [4, 4, 1], "2026-11-09": [3, 1, 0]},
    )
    stats = change_stats(counts, TUTOR, 7, UNTIL)
    weekday_hour = [[0] * 24 for _ in range(7)]
    weekday_hour[0][9] = weekday_hour[1][23] = 6
    assert stats == ChangeStats(
        tutor_id=TUTOR,
        days=7,
        since=UNTIL - timedelta(days=7),
        until=UNTIL,
        total_changes=12,
        slots_added=7,
        slots_removed=5,
        avg_changes_per_day=1.71,
        most_active_day=date(2026, 11, 16),  # the earlier of two days with the same count
        change_sets=4,
        late_removals=1,
        by_weekday_hour=weekday_hour,
        most_removed_times=[TimeCount(time(9), 4), TimeCount(time(10), 1)],
        by_reason={"tutor_edit": 10, "other": 2},
        by_user=[UserChanges("auth0|ada", 10), UserChanges(None, 2)],
        weekly=[WeekStats(LAST_WEEK, 3, 1, 0), WeekStats(THIS_WEEK, 4, 4, 1)],
        complete=False,
        missing_versions=2,
    )


def test_a_week_counts_for_the_month_in_which_it_began() -> None:
    weeks = [WeekStats(date(2026, 11, 30), 1, 2, 3), WeekStats(date(2026, 11, 2), 10, 20, 30)]
    assert monthly([*weeks, WeekStats(date(2026, 12, 7), 5, 5, 5)]) == [
        MonthStats("2026-11", 11, 22, 33),
        MonthStats("2026-12", 5, 5, 5),
    ]


def test_there_are_at_most_twenty_most_removed_times() -> None:
    times = {f"09:{minute:02}:00": 1 for minute in range(30)}
    stats = change_stats(row(by_time=times), TUTOR, 1, UNTIL)
    assert stats.most_removed_times == [TimeCount(time(9, minute), 1) for minute in range(20)]
