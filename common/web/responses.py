"""What is answered about slots: the shapes as typed dictionaries (mypy checks them, OpenAPI shows them), filled."""

from collections.abc import Iterable, Sequence
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from typing_extensions import TypedDict

from common.core.audit import Action, in_order
from common.core.availability import BookingStatus, Day, SlotStatus, availability
from common.core.diffing import Conflict, DayChange


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
