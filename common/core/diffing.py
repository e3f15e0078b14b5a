"""What an edit changes: the difference between two sets of slots, and the plan of an update over one or many days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from common.core.availability import BookingStatus, Day
from common.core.time_slots import TimeSlot

Audit = Literal["recorded", "deferred", "none"]


@dataclass(frozen=True, slots=True)
class SlotDiff:
    """What leads from one set of slots to another; a slot whose duration changed is both removed and added."""

    added: tuple[TimeSlot, ...] = ()
    removed: tuple[TimeSlot, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    @property
    def size(self) -> int:
        """How many entries it makes."""
        return len(self.added) + len(self.removed)


def diff_slots(before: Iterable[TimeSlot], after: Iterable[TimeSlot]) -> SlotDiff:
    """Return what leads from `before` to `after`, each side in order of time."""
    had, wanted = set(before), set(after)
    return SlotDiff(added=tuple(sorted(wanted - had)), removed=tuple(sorted(had - wanted)))


def apply_diff(before: Iterable[TimeSlot], diff: SlotDiff) -> tuple[TimeSlot, ...]:
    """Return the slots after the diff, in order of time."""
    return tuple(sorted(set(before) - set(diff.removed) | set(diff.added)))


@dataclass(frozen=True, slots=True)
class DayEdit:
    """What a caller wants of one day: these slots and no others.

    `version` guards the edit: the version it was based on, `"*"` for "edited before, whichever version", or none.
    `field` is the path of the day in the request, put before the field that is wrong (`""`, or `"days[3]."`).
    """

    date: date
    slots: tuple[TimeSlot, ...]
    version: int | Literal["*"] | None = None
    field: str = ""

    def holds_for(self, day: Day) -> bool:
        """Whether the guard lets this edit change the day."""
        if self.version == "*":
            return day.version > 0
        return self.version is None or self.version == day.version


@dataclass(frozen=True, slots=True)
class DayChange:
    """What an update does to one day, and the version that the day gets by it."""

    date: date
    version: int
    diff: SlotDiff


@dataclass(frozen=True, slots=True)
class Conflict:
    """A slot that an update would remove, and the status of the booking that stands in its way."""

    date: date
    time: time
    status: BookingStatus


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update would do: the changes, in order of date; what forbids them; and the days afterwards.

    `outdated` are the dates whose guard doesn't hold any more. A day that already stands as asked is in neither list,
    whatever its version: a retry of an edit that took effect has nothing left to do.
    """

    changes: tuple[DayChange, ...]
    conflicts: tuple[Conflict, ...]
    outdated: tuple[date, ...]
    days_after: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an update: the days afterwards (of a dry run, as they stand), and what was changed, or would be.

    `conflicts` are those of a dry run. `audit` says whether the entries are in the log by now.
    """

    tutor_id: UUID
    zone: ZoneInfo
    days: tuple[Day, ...]
    changes: tuple[DayChange, ...]
    conflicts: tuple[Conflict, ...]
    is_dry_run: bool
    change_set_id: UUID | None = None
    audit: Audit = "none"


def plan_update(edits: Sequence[DayEdit], days: Mapping[date, Day]) -> Plan:
    """Work out what the edits do to the days as they stand; a date that `days` doesn't hold is empty, never edited."""
    changes, conflicts, outdated, days_after = [], [], [], []
    for edit in sorted(edits, key=lambda edit: edit.date):
        day = days.get(edit.date, Day(edit.date))
        diff = diff_slots(day.slots, edit.slots)
        if not diff:
            days_after.append(day)
            continue
        if not edit.holds_for(day):
            outdated.append(edit.date)
        conflicts += [
            Conflict(edit.date, slot.start, day.occupied[slot.start])
            for slot in diff.removed
            if slot.start in day.occupied
        ]
        changes.append(DayChange(edit.date, day.version + 1, diff))
        days_after.append(replace(day, version=day.version + 1, slots=apply_diff(day.slots, diff)))
    return Plan(tuple(changes), tuple(conflicts), tuple(outdated), tuple(days_after))
