"""What is answered: the shapes as typed dictionaries (mypy checks them, OpenAPI shows them), and how to fill them."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from common.core.audit import Action, AuditEntry, Reason, Source, in_order
from common.core.availability import BookingStatus, Day, SlotStatus, availability
from common.core.diffing import Conflict, DayChange
from common.core.statistics import ChangeStats


class TimeSlotJson(TypedDict):
    """A slot: `time` is local to the tutor, `startsAt` and `endsAt` are the exact instants."""

    time: str
    durationMinutes: int
    startsAt: str
    endsAt: str
    status: SlotStatus


class DayJson(TypedDict):
    """A day as it stands; its `version` rises by one with every edit that changes something."""

    date: str
    version: int
    timeSlots: list[TimeSlotJson]


class AvailabilityJson(TypedDict):
    """Each date of the range that has a slot or a version, in order."""

    tutorId: str
    timeZone: str
    startDate: str
    endDate: str
    days: list[DayJson]


class ChangesJson(TypedDict):
    """How many slots an update added and removed; one whose duration changed counts as both."""

    added: int
    removed: int


class DiffJson(TypedDict):
    """A slot that an update added or removed."""

    date: str
    time: str
    durationMinutes: int
    action: Action


class ConflictJson(TypedDict):
    """A slot that an update would remove, and the status of the booking that stands in its way."""

    date: str
    time: str
    status: BookingStatus


class UpdateJson(TypedDict):
    """The days afterwards, and what was changed. `deferred`: the change is saved, its entries aren't in the log yet."""

    tutorId: str
    days: list[DayJson]
    changes: ChangesJson
    diff: list[DiffJson]
    changeSetId: str | None
    audit: Literal["recorded", "deferred", "none"]


class DryRunJson(UpdateJson):
    """What an update would change, and what is in its way; the days are as they stand now."""

    conflicts: list[ConflictJson]


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
    complete: bool
    missingVersions: int


def day_json(day: Day, zone: ZoneInfo) -> DayJson:
    """Return a day as people see it."""
    return {
        "date": day.date.isoformat(),
        "version": day.version,
        "timeSlots": [
            {
                "time": offered.slot.start.isoformat("minutes"),
                "durationMinutes": offered.slot.duration_minutes,
                "startsAt": offered.starts_at.isoformat(),
                "endsAt": offered.ends_at.isoformat(),
                "status": offered.status,
            }
            for offered in availability(day, zone)
        ],
    }


def update_json(
    tutor_id: UUID, days: Iterable[Day], zone: ZoneInfo, changes: Sequence[DayChange], change_set_id: UUID | None
) -> UpdateJson:
    """Return the days, and the changes slot by slot, in order of date and time; nothing of them is in the log yet."""
    return {
        "tutorId": str(tutor_id),
        "days": [day_json(day, zone) for day in days],
        "changes": {
            "added": sum(len(change.diff.added) for change in changes),
            "removed": sum(len(change.diff.removed) for change in changes),
        },
        "diff": [
            {
                "date": change.date.isoformat(),
                "time": slot.start.isoformat("minutes"),
                "durationMinutes": slot.duration_minutes,
                "action": action,
            }
            for change in changes
            for slot, action in in_order(change)
        ],
        "changeSetId": str(change_set_id) if change_set_id else None,
        "audit": "none",
    }


def conflicts_json(conflicts: Iterable[Conflict]) -> list[ConflictJson]:
    """Return the conflicts."""
    return [
        {
            "date": conflict.date.isoformat(),
            "time": conflict.start.isoformat("minutes"),
            "status": conflict.status,
        }
        for conflict in conflicts
    ]


def entry_json(entry: AuditEntry) -> EntryJson:
    """Return an entry of the log."""
    return {
        "id": str(entry.id),
        "tutorId": str(entry.tutor_id),
        "date": entry.date.isoformat(),
        "startTime": entry.slot.start.isoformat("minutes"),
        "durationMinutes": entry.slot.duration_minutes,
        "action": entry.action,
        "reason": entry.reason,
        "changedAt": _utc(entry.changed_at),
        "changedBy": str(entry.changed_by) if entry.changed_by else None,
        "notes": entry.notes,
        "changeSetId": str(entry.change_set_id),
        "version": entry.version,
        "source": entry.source,
    }


def stats_json(tutor_id: object, stats: ChangeStats, missing_versions: int) -> StatsJson:
    """Return the statistics of one tutor."""
    return {
        "tutorId": str(tutor_id),
        "days": stats.days,
        "since": _utc(stats.since),
        "until": _utc(stats.until),
        "totalChanges": stats.total_changes,
        "slotsAdded": stats.slots_added,
        "slotsRemoved": stats.slots_removed,
        "avgChangesPerDay": stats.avg_changes_per_day,
        "mostActiveDay": stats.most_active_day.isoformat() if stats.most_active_day else None,
        "changeSets": stats.change_sets,
        "lateRemovals": stats.late_removals,
        "byWeekdayHour": stats.by_weekday_hour,
        "mostRemovedTimes": [
            {"time": start.isoformat("minutes"), "count": count} for start, count in stats.most_removed_times
        ],
        "byReason": stats.by_reason,
        "byUser": [{"userId": str(user) if user else None, "changes": changes} for user, changes in stats.by_user],
        "complete": missing_versions == 0,
        "missingVersions": missing_versions,
    }


def _utc(instant: datetime) -> str:
    """Return an instant as RFC 3339; the database hands them out in the offset of its session, which is UTC or not."""
    return instant.astimezone(UTC).isoformat()
