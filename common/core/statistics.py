"""Statistics of changes. The database counts the entries; days, weekdays and hours are in the tutor's zone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID

from common.core.demand import Demand, fill_rate

LATE = timedelta(hours=24)
"""A removal is late if it happens less than this time before the start of its slot, or after the start."""

MAX_LIST_LENGTH = 20

COMPUTED_AFTER = timedelta(days=1, hours=4)
"""Time from the end of a week (UTC) until its rows must be in the weekly table; the job starts on Tuesdays at 03:00."""


def last_week_due(now: datetime) -> date:
    """Return the Monday of the last week that must be in the weekly table."""
    latest_end = now - COMPUTED_AFTER  # the week must have ended by this instant
    return latest_end.date() - timedelta(days=latest_end.weekday() + 7)


@dataclass(frozen=True, slots=True)
class WeekStats:
    """Counts of the changes in a week, which begins on a Monday."""

    week_start: date
    slots_added: int
    slots_removed: int
    late_removals: int


@dataclass(frozen=True, slots=True)
class PlatformWeek(WeekStats):
    """Counts of all tutors in a week.

    `offered` and `booked` count slots that start in the week, on the clock of their own zone, by the rules of a tutor's
    `demand`. `fillRate` is booked by offered slots; null if nothing was offered. All three are null if they are unknown
    for a tutor, because an older release computed the week.
    """

    offered: int | None
    booked: int | None
    fill_rate: float | None


@dataclass(frozen=True, slots=True)
class MonthStats:
    """Sums of the weeks that began in a month, such as `2026-11`. A sum with an unknown number is null."""

    month: str
    slots_added: int
    slots_removed: int
    late_removals: int
    offered: int | None
    booked: int | None
    fill_rate: float | None


@dataclass(frozen=True, slots=True)
class TutorActivity:
    """How much the slots of one tutor were changed, by the tutor or anybody else."""

    tutor_id: UUID
    changes: int
    slots_added: int
    slots_removed: int
    late_removals: int


@dataclass(frozen=True, slots=True)
class TimeCount:
    """How often slots that start at this local time were removed."""

    time: time
    count: int


@dataclass(frozen=True, slots=True)
class UserChanges:
    """Number of entries of one author; `userId` is null if the author is unknown."""

    user_id: str | None
    changes: int


@dataclass(frozen=True, slots=True)
class ChangeStats:
    """Counts of the entries in `(since, until]`, and the demand for the slots that start in this period.

    `byWeekdayHour` and `removedByWeekdayHour` have 24 counts for each weekday, Monday first. The former counts changes
    when they were made, in the tutor's zone. The latter counts removals by the start of the removed slot, on the clock
    of its own zone.
    """

    tutor_id: UUID
    days: int
    since: datetime
    until: datetime
    total_changes: int
    slots_added: int
    slots_removed: int
    avg_changes_per_day: float
    most_active_day: date | None
    change_sets: int
    late_removals: int
    by_weekday_hour: list[list[int]]
    removed_by_weekday_hour: list[list[int]]
    most_removed_times: list[TimeCount]
    by_reason: dict[str, int]
    by_user: list[UserChanges]
    weekly: list[WeekStats]
    demand: Demand
    complete: bool
    missing_versions: int


@dataclass(frozen=True, slots=True)
class PlatformStats:
    """Statistics of all tutors, from the weekly table: the weeks that have ended and are in the period.

    A week must be in the table from 04:00 UTC on the Tuesday after its end. `complete` is false if entries are missing,
    if such a week is in the period and not in the table, or if an older release computed a week. Weeks before the first
    edit needn't be there. The last week must be there for each tutor whose slots were edited before its end. Weeks that
    an older release computed aren't in `byReason` and `byUser`.
    """

    tutors: list[TutorActivity]
    next_cursor: str | None
    weekly: list[PlatformWeek]
    monthly: list[MonthStats]
    by_weekday_hour: list[list[int]]
    most_removed_times: list[TimeCount]
    by_reason: dict[str, int]
    by_user: list[UserChanges]
    complete: bool
    missing_versions: int


def by_weekday_and_hour(counts: Mapping[int, int]) -> list[list[int]]:
    """Return a row for each weekday, Monday first, with a count for each of the 24 hours.

    The keys of `counts` are hours since Monday at 00:00.
    """
    return [[counts.get(24 * weekday + hour, 0) for hour in range(24)] for weekday in range(7)]


def monthly(weeks: Iterable[PlatformWeek]) -> list[MonthStats]:
    """Return the sums of the weeks by the month in which they began, oldest first."""
    months: dict[str, list[PlatformWeek]] = {}
    for week in sorted(weeks, key=lambda week: week.week_start):
        months.setdefault(f"{week.week_start:%Y-%m}", []).append(week)
    return [
        MonthStats(
            month,
            sum(week.slots_added for week in weeks_of_month),
            sum(week.slots_removed for week in weeks_of_month),
            sum(week.late_removals for week in weeks_of_month),
            *with_fill_rate(
                _sum(week.offered for week in weeks_of_month), _sum(week.booked for week in weeks_of_month)
            ),
        )
        for month, weeks_of_month in months.items()
    ]


def _sum(counts: Iterable[int | None]) -> int | None:
    known = list(counts)
    return None if None in known else sum(count or 0 for count in known)


def with_fill_rate(offered: int | None, booked: int | None) -> tuple[int | None, int | None, float | None]:
    """Return the numbers of offered and booked slots, and the fill rate; None if a number is unknown."""
    return offered, booked, None if offered is None or booked is None else fill_rate(booked, offered)


def largest(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    """Return the 20 largest counts, largest first; equal counts are sorted by key, so that the order is stable."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:MAX_LIST_LENGTH]
