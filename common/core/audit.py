"""Change sets and their log entries, and the edits that revert a change set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal, get_args
from uuid import UUID, uuid5

from common.core.availability import Day
from common.core.diffing import DayChange, DayEdit, SlotDiff
from common.core.texts import is_storable, is_user_id
from common.core.time_slots import EARLIEST_DATE, TimeSlot
from common.core.zones import zone_name
from common.errors import FieldError, InvalidRequest

Action = Literal["ADDED", "REMOVED"]
Source = Literal["recorded", "deferred", "reconstructed"]
ClientReason = Literal[
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
# Clients may not send the reasons of an import, of the publication of a schedule, and of a change by another program.
Reason = Literal[ClientReason, "import", "schedule", "external"]
REASONS: tuple[Reason, ...] = get_args(Reason)
MAX_NOTES_LENGTH = 500
MAX_VERSION = 2**31 - 1  # the largest value of `integer`, the column's type
LATEST_YEAR = 2999


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
    changed_by: str | None
    notes: str | None
    change_set_id: UUID
    version: int
    source: Source

    @property
    def is_reconstructed(self) -> bool:
        """Whether repair computed this entry in place of a lost entry.

        If the lost entry arrives late, it replaces this one. Entries that say what another program changed are facts.
        """
        return self.source == "reconstructed" and self.reason != "external"


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Everything that one update changed on one or many days, with one id, author, reason and instant.

    `size` is the number of entries of the whole change set, also in the parts that `split_by_day` returns.
    """

    id: UUID
    tutor_id: UUID
    changed_at: datetime
    changed_by: str | None
    reason: Reason
    notes: str | None
    changes: tuple[DayChange, ...]
    source: Source = "recorded"
    size: int = 0

    def __post_init__(self) -> None:
        if not self.size:
            object.__setattr__(self, "size", sum(change.diff.size for change in self.changes))

    def split_by_day(self) -> list["ChangeSet"]:
        """Return a change set for each day, with the same id."""
        return [replace(self, changes=(change,)) for change in self.changes]

    def entries(self) -> list[AuditEntry]:
        """Return the entries of each day, by start; at the same start, the removal comes before the addition."""
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
                source=self.source,
            )
            for change in self.changes
            for slot, action in slot_actions(change)
        ]


def change_set_fields(change_set: ChangeSet) -> dict[str, Any]:
    """Return the change set as a dictionary of JSON values. `parse_change_set` reads the dictionary."""
    return {
        "id": str(change_set.id),
        "tutorId": str(change_set.tutor_id),
        "changedAt": change_set.changed_at.isoformat(),
        "changedBy": change_set.changed_by,
        "reason": change_set.reason,
        "notes": change_set.notes,
        "size": change_set.size,
        "changes": [
            {
                "date": change.date.isoformat(),
                "version": change.version,
                "removed": [_slot_items(slot) for slot in change.diff.removed],
                "added": [_slot_items(slot) for slot in change.diff.added],
            }
            for change in change_set.changes
        ],
    }


def _slot_items(slot: TimeSlot) -> list[Any]:
    """Return a slot as a list of JSON values; a message from before migration 0010 has no zone."""
    items = [slot.start.isoformat("minutes"), slot.duration_minutes, slot.zone]
    return items if slot.zone else items[:2]


def parse_change_set(fields: Any) -> ChangeSet:
    """Return the change set from the values that `change_set_fields` returned, with the source `deferred`.

    Raise `ValueError` for anything else: other programs may be able to write to the retry queue.
    """
    try:
        change_set = ChangeSet(
            id=UUID(fields["id"]),
            tutor_id=UUID(fields["tutorId"]),
            changed_at=datetime.fromisoformat(fields["changedAt"]),
            changed_by=fields["changedBy"],
            reason=fields["reason"],
            notes=fields["notes"],
            changes=tuple(
                DayChange(
                    date=date.fromisoformat(change["date"]),
                    version=change["version"],
                    diff=SlotDiff(added=_slots(change["added"]), removed=_slots(change["removed"])),
                )
                for change in fields["changes"]
            ),
            source="deferred",
            size=fields["size"],
        )
        is_valid = change_set_fields(change_set) == fields and _fits_the_log(change_set)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ValueError(f"not a change set: {error!r}") from error
    if not is_valid:
        raise ValueError("not a change set: a field is missing, unexpected or not valid")
    return change_set


def _fits_the_log(change_set: ChangeSet) -> bool:
    """Whether each change has entries, and the entries satisfy the constraints of the log's table."""
    numbers = [change.version for change in change_set.changes] + [change_set.size]
    slots = [slot for change in change_set.changes for slot in (*change.diff.added, *change.diff.removed)]
    return (
        change_set.changed_at.utcoffset() is not None
        and EARLIEST_DATE.year <= change_set.changed_at.year <= LATEST_YEAR
        and (change_set.changed_by is None or is_user_id(change_set.changed_by))
        and change_set.reason in REASONS
        and len(change_set.notes or "") <= MAX_NOTES_LENGTH
        and is_storable(change_set.notes or "")
        and all(type(number) is int and 0 < number <= MAX_VERSION for number in numbers)
        and all(type(slot.duration_minutes) is int and 0 < slot.duration_minutes < 2**15 for slot in slots)
        and all(slot.zone in ("", zone_name(slot.zone)) for slot in slots)
        and all(change.diff for change in change_set.changes)
    )


def _slots(items: list[list[Any]]) -> tuple[TimeSlot, ...]:
    return tuple(TimeSlot(time.fromisoformat(start), minutes, *zone) for start, minutes, *zone in items)


def check_version(change: DayChange, field_prefix: str) -> None:
    """Raise `InvalidRequest` if the day already has the highest version; `field_prefix` is as in `DayEdit`."""
    if change.version > MAX_VERSION:
        message = f"{change.date} can't be changed any more: it has the highest version, {MAX_VERSION}"
        raise InvalidRequest(FieldError(f"{field_prefix}date", message))


def slot_actions(change: DayChange) -> list[tuple[TimeSlot, Action]]:
    """Return the slots that the change removes and adds, by start; at the same start, the removal comes first."""
    removed: list[tuple[TimeSlot, Action]] = [(slot, "REMOVED") for slot in change.diff.removed]
    added: list[tuple[TimeSlot, Action]] = [(slot, "ADDED") for slot in change.diff.added]
    return sorted(removed + added, key=lambda item: (item[0].start, item[1] == "ADDED"))


def entry_id(change_set_id: UUID, day: date, slot: TimeSlot, action: Action) -> UUID:
    """Return an entry's id, which is derived from the change set's id, the date, the start and the action.

    So writing the same entry twice makes one row.
    """
    return uuid5(change_set_id, f"{day.isoformat()} {slot.start.isoformat('minutes')} {action}")


def changed_at(now: datetime, updated_at: Iterable[datetime | None]) -> datetime:
    """Return the instant of an update: the later of `now` and a microsecond after the last edit of its days.

    The clocks of two instances may differ, but a later version of a day must not get an earlier instant.
    """
    return max([now, *(at + timedelta(microseconds=1) for at in updated_at if at is not None)])


def edits_to_revert(entries: Iterable[AuditEntry], days: Mapping[date, Day]) -> list[DayEdit]:
    """Return the edits that revert the entries of a change set, except entries that later edits already reverted.

    Other slots of the same days stay. A day with nothing left to revert gets no edit, because the edit might be
    refused: the day may be in the past, or have slots that the rules no longer allow.
    """
    reverted: dict[date, set[TimeSlot]] = {}
    for entry in entries:
        slots = reverted.setdefault(entry.date, set(days.get(entry.date, Day(entry.date)).slots))
        if entry.action == "ADDED":
            slots.discard(entry.slot)
        else:
            slots.add(entry.slot)
    return [
        DayEdit(day, tuple(sorted(slots)), field_prefix=f"revert[{day}].")
        for day, slots in sorted(reverted.items())
        if slots != set(days.get(day, Day(day)).slots)
    ]
