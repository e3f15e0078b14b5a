"""What is answered from the audit log: history, statistics, and what the scheduled functions did."""

from collections.abc import Iterable
from datetime import time
from uuid import UUID

from typing_extensions import TypedDict

from common.core.audit import Action, Reason, Source, ToldEntry
from common.core.statistics import ChangeStats, MonthStats, TutorActivity, WeekStats
from common.web.responses import utc_json


class EntryJson(TypedDict):
    """One slot added or removed, by whom, when and why."""

    id: str
    tutorId: str
    date: str
    startTime: str
    durationMinutes: int
    action: Action
    reason: Reason
    changedAt: str
    changedBy: str | None
    notes: str | None
    changeSetId: str
    version: int
    source: Source


class HistoryJson(TypedDict):
    """A page of entries, newest first; `missingVersions` counts the edits of the period that no entry tells of."""

    tutorId: str
    days: int
    complete: bool
    missingVersions: int
    nextCursor: str | None
    entries: list[EntryJson]


class TimeCountJson(TypedDict):
    """How often slots at a time were removed."""

    time: str
    count: int


class UserChangesJson(TypedDict):
    """How much a user changed; null stands for changes whose author isn't known."""

    userId: str | None
    changes: int


class WeekJson(TypedDict):
    """What was changed in a week, which begins on a Monday."""

    weekStart: str
    slotsAdded: int
    slotsRemoved: int
    lateRemovals: int


class MonthJson(TypedDict):
    """What was changed in the weeks that began in a month."""

    month: str
    slotsAdded: int
    slotsRemoved: int
    lateRemovals: int


class StatsJson(TypedDict):
    """Counts of the entries of `(since, until]`. `byWeekdayHour` has a row a weekday, Monday first, of 24 hours."""

    tutorId: str
    days: int
    since: str
    until: str
    totalChanges: int
    slotsAdded: int
    slotsRemoved: int
    avgChangesPerDay: float
    mostActiveDay: str | None
    changeSets: int
    lateRemovals: int
    byWeekdayHour: list[list[int]]
    mostRemovedTimes: list[TimeCountJson]
    byReason: dict[str, int]
    byUser: list[UserChangesJson]
    weekly: list[WeekJson]
    complete: bool
    missingVersions: int


class TutorActivityJson(TypedDict):
    """How much a tutor changed."""

    tutorId: str
    changes: int
    slotsAdded: int
    slotsRemoved: int
    lateRemovals: int


class PlatformStatsJson(TypedDict):
    """All tutors, from the weekly table: the weeks that reach into the period, and are over.

    `complete` is false where entries are missing, or the last week should be computed by now and isn't.
    """

    tutors: list[TutorActivityJson]
    nextCursor: str | None
    weekly: list[WeekJson]
    monthly: list[MonthJson]
    byWeekdayHour: list[list[int]]
    mostRemovedTimes: list[TimeCountJson]
    complete: bool
    missingVersions: int


class WeeklyStatsJson(TypedDict):
    """What was computed: the Mondays of the weeks, how many tutors, how many rows."""

    weeks: list[str]
    tutors: int
    rows: int


class RepairJson(TypedDict):
    """What a repair did: messages delivered from the retry queue, missing versions closed, and those still open."""

    drained: int
    reconstructed: int
    remainingGaps: int


def entry_json(tutor_id: UUID, told: ToldEntry) -> EntryJson:
    """Return an entry of the log."""
    return {
        "id": told.id,
        "tutorId": str(tutor_id),
        "date": told.date,
        "startTime": told.start_time,
        "durationMinutes": told.duration_minutes,
        "action": told.action,
        "reason": told.reason,
        "changedAt": told.changed_at.replace(".000000", ""),  # as `utc_json` has it
        "changedBy": told.changed_by,
        "notes": told.notes,
        "changeSetId": told.change_set_id,
        "version": told.version,
        "source": told.source,
    }


def stats_json(tutor_id: object, stats: ChangeStats, missing_versions: int) -> StatsJson:
    """Return the statistics of one tutor."""
    return {
        "tutorId": str(tutor_id),
        "days": stats.days,
        "since": utc_json(stats.since),
        "until": utc_json(stats.until),
        "totalChanges": stats.total_changes,
        "slotsAdded": stats.slots_added,
        "slotsRemoved": stats.slots_removed,
        "avgChangesPerDay": stats.avg_changes_per_day,
        "mostActiveDay": stats.most_active_day.isoformat() if stats.most_active_day else None,
        "changeSets": stats.change_sets,
        "lateRemovals": stats.late_removals,
        "byWeekdayHour": stats.by_weekday_hour,
        "mostRemovedTimes": times_json(stats.most_removed_times),
        "byReason": stats.by_reason,
        "byUser": [{"userId": str(user) if user else None, "changes": changes} for user, changes in stats.by_user],
        "weekly": weeks_json(stats.weekly),
        "complete": missing_versions == 0,
        "missingVersions": missing_versions,
    }


def weeks_json(weeks: Iterable[WeekStats]) -> list[WeekJson]:
    """Return the weeks."""
    return [
        {
            "weekStart": week.week_start.isoformat(),
            "slotsAdded": week.slots_added,
            "slotsRemoved": week.slots_removed,
            "lateRemovals": week.late_removals,
        }
        for week in weeks
    ]


def months_json(months: Iterable[MonthStats]) -> list[MonthJson]:
    """Return the months."""
    return [
        {
            "month": f"{month.month:%Y-%m}",
            "slotsAdded": month.slots_added,
            "slotsRemoved": month.slots_removed,
            "lateRemovals": month.late_removals,
        }
        for month in months
    ]


def times_json(counts: Iterable[tuple[time, int]]) -> list[TimeCountJson]:
    """Return how often each time was removed."""
    return [{"time": start.isoformat("minutes"), "count": count} for start, count in counts]


def tutor_activity_json(tutor: TutorActivity) -> TutorActivityJson:
    """Return how much a tutor changed."""
    return {
        "tutorId": str(tutor.tutor_id),
        "changes": tutor.changes,
        "slotsAdded": tutor.slots_added,
        "slotsRemoved": tutor.slots_removed,
        "lateRemovals": tutor.late_removals,
    }
