"""Difference between two sets of slots, and the plan of an update over one or many days."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from common.core.availability import BookingStatus, Day
from common.core.bookings import Booking
from common.core.time_slots import TimeSlot

Audit = Literal["recorded", "deferred", "none"]


@dataclass(frozen=True, slots=True)
class SlotDiff:
    """Difference between two sets of slots. A slot whose duration or zone changed is both removed and added."""

    added: tuple[TimeSlot, ...] = ()
    removed: tuple[TimeSlot, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed)

    @property
    def size(self) -> int:
        """The number of log entries for this difference."""
        return len(self.added) + len(self.removed)


def diff_slots(before: Iterable[TimeSlot], after: Iterable[TimeSlot]) -> SlotDiff:
    """Return the slots that `after` adds, and those that it removes; both are sorted by start."""
    old, new = set(before), set(after)
    return SlotDiff(added=tuple(sorted(new - old)), removed=tuple(sorted(old - new)))


@dataclass(frozen=True, slots=True)
class DayEdit:
    """An edit of one day: the day gets these slots and no others.

    `version` is the version that the day must have: `"*"` is any version but 0, and None is any version.
    `field_prefix` is what comes before the name of a field in an error: `""`, or `"days[3]."`. With
    `checks_only_added`, the slots that stand already don't have to follow the rules.
    """

    date: date
    slots: tuple[TimeSlot, ...]
    version: int | Literal["*"] | None = None
    field_prefix: str = ""
    checks_only_added: bool = False

    def matches_version(self, day: Day) -> bool:
        """Whether the day has the version that this edit requires."""
        if self.version == "*":
            return day.version > 0
        return self.version is None or self.version == day.version


@dataclass(frozen=True, slots=True)
class DayChange:
    """What an update changes on one day, and the version that the day gets."""

    date: date
    version: int
    diff: SlotDiff


@dataclass(frozen=True, slots=True)
class Conflict:
    """A booked slot that an update would remove, and the status of its booking."""

    date: date
    time: time
    status: BookingStatus


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update would do: the changes, sorted by date, and each edited day as it would be after the update.

    An update with `conflicts` or `outdated_dates` isn't made. `outdated_dates` are the dates of edits that require a
    version which the day doesn't have. A day that already has the requested slots gets no change and is never outdated,
    so a repeated request that already took effect succeeds and changes nothing.
    """

    changes: tuple[DayChange, ...]
    conflicts: tuple[Conflict, ...]
    outdated_dates: tuple[date, ...]
    days_after: tuple[Day, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Result of an update: the days as they are after it, and the changes.

    After a dry run, `days` are the current days, `changes` are the changes that the update would make, and `conflicts`
    are the booked slots that would prevent the update. `cancelled` are the bookings that the update cancels; after a
    dry run, they are as they are now. `audit` is `recorded` if the log has confirmed the entries, `deferred` if it
    hasn't, and `none` if there are no entries.
    """

    tutor_id: UUID
    zone: ZoneInfo
    days: tuple[Day, ...]
    changes: tuple[DayChange, ...]
    conflicts: tuple[Conflict, ...]
    is_dry_run: bool
    cancelled: Sequence[Booking] = ()
    change_set_id: UUID | None = None
    audit: Audit = "none"


def changed_slots(edit: DayEdit, days: Mapping[date, Day]) -> set[TimeSlot]:
    """Return the slots that an edit adds and removes."""
    return set(edit.slots) ^ set(days.get(edit.date, Day(edit.date)).slots)


def slots_to_check(edit: DayEdit, days: Mapping[date, Day]) -> list[TimeSlot]:
    """Return the slots of an edit that have to follow the rules."""
    standing = days.get(edit.date, Day(edit.date)).slots if edit.checks_only_added else ()
    return [slot for slot in edit.slots if slot not in standing]


def with_zones(edit: DayEdit, days: Mapping[date, Day], zone: str) -> DayEdit:
    """Return an edit whose slots all have a zone.

    A slot without one that has the start and the duration of a standing slot is that slot, so that clients that know
    nothing of zones move nothing. Otherwise it gets the zone of the tutor.
    """
    standing = {slot[:2]: slot for slot in days[edit.date].slots} if edit.date in days else {}
    slots = (slot if slot.zone else standing.get(slot[:2], slot._replace(zone=zone)) for slot in edit.slots)
    return replace(edit, slots=tuple(slots))


def plan_update(edits: Sequence[DayEdit], days: Mapping[date, Day]) -> Plan:
    """Return what the edits would do to `days`; a date that isn't in `days` has no slots and was never edited."""
    changes, conflicts, outdated_dates, days_after = [], [], [], []
    for edit in sorted(edits, key=lambda edit: edit.date):
        day = days.get(edit.date, Day(edit.date))
        diff = diff_slots(day.slots, edit.slots)
        if not diff:
            days_after.append(day)
            continue
        if not edit.matches_version(day):
            outdated_dates.append(edit.date)
        conflicts += [
            Conflict(edit.date, slot.start, day.occupied[slot.start])
            for slot in diff.removed
            if slot.start in day.occupied
        ]
        changes.append(DayChange(edit.date, day.version + 1, diff))
        days_after.append(replace(day, version=day.version + 1, slots=tuple(sorted(edit.slots))))
    return Plan(tuple(changes), tuple(conflicts), tuple(outdated_dates), tuple(days_after))
