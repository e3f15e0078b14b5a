"""The audit log's terms: change sets, their entries, and what replaying them gives."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args
from uuid import UUID, uuid5

from common.core.diffing import DayChange
from common.core.time_slots import TimeSlot

Action = Literal["ADDED", "REMOVED"]
Source = Literal["recorded", "deferred", "reconstructed"]
Reason = Literal[
    "tutor_edit",
    "conflict",
    "vacation",
    "illness",
    "copy_week",
    "bulk_clear_future",
    "admin_action",
    "revert",
    "other",
]
ACTIONS: tuple[Action, ...] = get_args(Action)
SOURCES: tuple[Source, ...] = get_args(Source)
REASONS: tuple[Reason, ...] = get_args(Reason)
MAX_NOTES_LENGTH = 500


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One row of the log: one slot added or removed, by whom, when and why."""

    id: UUID
    tutor_id: UUID
    date: date
    slot: TimeSlot
    action: Action
    reason: Reason
    changed_at: datetime
    changed_by: UUID | None
    notes: str | None
    change_set_id: UUID
    version: int
    source: Source


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """All that one update changed, over one or many days, with one id, one author, one reason, one instant."""

    id: UUID
    tutor_id: UUID
    changed_at: datetime
    changed_by: UUID | None
    reason: Reason
    notes: str | None
    changes: tuple[DayChange, ...]

    def entries(self) -> list[AuditEntry]:
        """Return the entries of the log, by date and time, a removal before an addition of the same time."""
        return [
            AuditEntry(
                id=entry_id(self.id, change.date, slot, action),
                tutor_id=self.tutor_id,
                date=change.date,
                slot=slot,
                action=action,
                reason=self.reason,
                changed_at=self.changed_at,
                changed_by=self.changed_by,
                notes=self.notes,
                change_set_id=self.id,
                version=change.version,
                source="recorded",
            )
            for change in self.changes
            for slot, action in in_order(change)
        ]


def change_set_fields(change_set: ChangeSet) -> dict[str, Any]:
    """Return the whole change set in JSON's terms: from it, its entries can be written at any later time."""
    return {
        "id": str(change_set.id),
        "tutorId": str(change_set.tutor_id),
        "changedAt": change_set.changed_at.isoformat(),
        "changedBy": str(change_set.changed_by) if change_set.changed_by else None,
        "reason": change_set.reason,
        "notes": change_set.notes,
        "changes": [
            {
                "date": change.date.isoformat(),
                "version": change.version,
                "removed": [[slot.start.isoformat("minutes"), slot.duration_minutes] for slot in change.diff.removed],
                "added": [[slot.start.isoformat("minutes"), slot.duration_minutes] for slot in change.diff.added],
            }
            for change in change_set.changes
        ],
    }


def in_order(change: DayChange) -> list[tuple[TimeSlot, Action]]:
    """Return the slots that the change removes and adds, by start; a removal before an addition at the same time."""
    removed: list[tuple[TimeSlot, Action]] = [(slot, "REMOVED") for slot in change.diff.removed]
    added: list[tuple[TimeSlot, Action]] = [(slot, "ADDED") for slot in change.diff.added]
    return sorted(removed + added, key=lambda item: (item[0].start, item[1] == "ADDED"))


def entry_id(change_set_id: UUID, day: date, slot: TimeSlot, action: Action) -> UUID:
    """Derive an entry's id from what it says, so that writing it twice is one row."""
    return uuid5(change_set_id, f"{day.isoformat()} {slot.start:%H:%M} {action}")


def changed_at(now: datetime, updated_at: Iterable[datetime | None]) -> datetime:
    """Return the instant of an update: now, yet after the last edit of each of its days.

    Clocks of different machines disagree; an edit that a lock let through later must not look earlier.
    """
    return max([now, *(at + timedelta(microseconds=1) for at in updated_at if at is not None)])


def replay(entries: Sequence[AuditEntry], slots: Iterable[TimeSlot] = ()) -> tuple[TimeSlot, ...]:
    """Return the slots of one day after its entries took effect, oldest version first, beginning with `slots`."""
    offered = set(slots)
    for entry in sorted(entries, key=lambda entry: (entry.version, entry.action == "ADDED")):
        if entry.action == "ADDED":
            offered.add(entry.slot)
        else:
            offered.discard(entry.slot)
    return tuple(sorted(offered))
