from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from common.core.demand import demand
from common.core.statistics import ChangeStats, MonthStats, PlatformWeek, TimeCount, UserChanges, WeekStats, monthly
from common.db.change_stats import change_stats

TUTOR = UUID(int=9)
UNTIL = datetime(2026, 11, 22, 12, tzinfo=UTC)
LAST_WEEK, THIS_WEEK = date(2026, 11, 9), date(2026, 11, 16)


def row(**counts: Any) -> list[Any]:
    """Return a row of `TALLY`, whose counts by something are null if there are none."""
    names = ("by_day", "by_hour", "removed_slots", "by_reason", "by_user", "by_week", "late_by_hour", "demand")
    by = dict.fromkeys(names)
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
        removed_slots=[[0, "10:00:00", 1], [0, "09:00:00", 1], [6, "09:00:00", 2], [6, "09:30:00", 1]],
        by_reason={"other": 2, "tutor_edit": 10},
        by_user={"": 2, "auth0|ada": 10},
        by_week={"2026-11-16": [4, 4, 1], "2026-11-09": [3, 1, 0]},
        late_by_hour={"9": 2},
        demand=[[9, 10, 9, 10, 600, 540], [47, 1, 0, 0, 45, 0]],
    )
    stats = change_stats(counts, TUTOR, 7, UNTIL)
    weekday_hour = [[0] * 24 for _ in range(7)]
    weekday_hour[0][9] = weekday_hour[1][23] = 6
    removed = [[0] * 24 for _ in range(7)]
    removed[0][9], removed[0][10], removed[6][9] = 1, 1, 3
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
        removed_by_weekday_hour=removed,
        most_removed_times=[TimeCount(time(9), 3), TimeCount(time(9, 30), 1), TimeCount(time(10), 1)],
        by_reason={"tutor_edit": 10, "other": 2},
        by_user=[UserChanges("auth0|ada", 10), UserChanges(None, 2)],
        weekly=[WeekStats(LAST_WEEK, 3, 1, 0), WeekStats(THIS_WEEK, 4, 4, 1)],
        demand=demand({9: (10, 9, 10), 47: (1, 0, 0)}, (645, 540), {9: 2}, 7),
        complete=False,
        missing_versions=2,
    )


def test_a_week_counts_for_the_month_in_which_it_began() -> None:
    weeks = [
        PlatformWeek(date(2026, 11, 30), 1, 2, 3, 4, 1, 0.25),
        PlatformWeek(date(2026, 11, 2), 10, 20, 30, 5, 5, 1.0),
        PlatformWeek(date(2026, 12, 7), 5, 5, 5, 0, 0, None),
    ]
    assert monthly(weeks) == [
        MonthStats("2026-11", 11, 22, 33, 9, 6, 0.6667),
        MonthStats("2026-12", 5, 5, 5, 0, 0, None),
    ]


def test_a_month_with_a_week_whose_numbers_are_unknown_has_unknown_numbers() -> None:
    weeks = [
        PlatformWeek(date(2026, 11, 2), 1, 2, 3, 4, 1, 0.25),
        PlatformWeek(date(2026, 11, 9), 1, 1, 1, None, None, None),
    ]
    assert monthly(weeks) == [MonthStats("2026-11", 2, 3, 4, None, None, None)]


def test_there_are_at_most_twenty_most_removed_times() -> None:
    slots = [[3, f"09:{minute:02}:00", 1] for minute in range(30)]
    stats = change_stats(row(removed_slots=slots), TUTOR, 1, UNTIL)
    assert stats.most_removed_times == [TimeCount(time(9, minute), 1) for minute in range(20)]
