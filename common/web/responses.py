"""What is answered about slots: the shapes as typed dictionaries (mypy checks them, OpenAPI shows them), filled."""

from collections.abc import Hashable, Iterable, Sequence
from datetime import UTC, datetime, time
from typing import Literal, NotRequired
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from typing_extensions import TypedDict

from common.core.audit import Action, AuditEntry, Reason, in_order
from common.core.availability import BookingStatus, Day, SlotStatus, availability, offset_all_day
from common.core.diffing import Conflict, DayChange

# Days whose JSON is remembered, and the slots that such a day may have: ten kilobytes at the most.
MOST_WRITTEN = 4_000
MOST_SLOTS_OF_WRITTEN = 32


class TimeSlotJson(TypedDict):
    """A slot: `time` is local to the tutor, `startsAt` and `endsAt` are the exact instants."""

    time: str
    durationMinutes: int
    startsAt: str
    endsAt: str
    status: SlotStatus
    why: NotRequired[Literal["held", "booked"] | None]


class NotOfferedJson(TypedDict):
    """A time that isn't offered any more. Who took it back, when and why, is for the tutor and admins.

    All null: the log doesn't tell (yet).
    """

    time: str
    reason: NotRequired[Reason | None]
    changedAt: NotRequired[str | None]
    changedBy: NotRequired[str | None]
    note: NotRequired[str | None]


class DayJson(TypedDict):
    """A day as it stands; its `version` rises by one with every edit that changes something."""

    date: str
    version: int
    timeSlots: list[TimeSlotJson]
    notOffered: NotRequired[list[NotOfferedJson]]


class AvailabilityJson(TypedDict):
    """Each date of the range that has a slot or a version, in order; `complete` is false where a gap leaves it open."""

    tutorId: str
    timeZone: str
    startDate: str
    endDate: str
    days: list[DayJson]
    asOf: NotRequired[str]
    complete: NotRequired[bool]


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
                "time": slot.start.isoformat("minutes"),
                "durationMinutes": slot.duration_minutes,
                "startsAt": starts_at,
                "endsAt": ends_at,
                "status": status,
            }
            for slot, starts_at, ends_at, status in availability(day, zone)
        ],
    }


class WrittenDay(TypedDict):
    """A `DayJson` whose time slots are JSON text already."""

    date: str
    version: int
    timeSlots: orjson.Fragment


def written_day(day: Day, zone: ZoneInfo) -> WrittenDay:
    """Return what `day_json` does, faster: of days that are alike, the time slots are written once.

    Days with the same slots, the same of them booked, and one offset from UTC all day differ in the date alone.
    """
    date = day.date.isoformat()
    alike = (day.slots, tuple(day.occupied), offset_all_day(day.date, zone))
    around_the_date = _written.get(alike)
    if around_the_date is None:
        text = orjson.dumps(day_json(day, zone)["timeSlots"]).decode()
        around_the_date = tuple(text.split(date))
        # The offset changes on that day, or a slot ends on another date: that is one of a kind.
        is_of_a_kind = alike[-1] is not None and len(around_the_date) == 2 * len(day.slots) + 1
        if is_of_a_kind and len(day.slots) <= MOST_SLOTS_OF_WRITTEN:
            if len(_written) >= MOST_WRITTEN:
                _written.clear()
            _written[alike] = around_the_date
    return {"date": date, "version": day.version, "timeSlots": orjson.Fragment(date.join(around_the_date))}


_written: dict[Hashable, tuple[str, ...]] = {}


def explained_day_json(day: Day, zone: ZoneInfo, last_words: Iterable[AuditEntry], *, with_details: bool) -> DayJson:
    """Return a day as people see it, and why: `last_words` is what the log said last about each time of each day."""
    shown = day_json(day, zone)
    for slot in shown["timeSlots"]:
        status = day.occupied.get(time.fromisoformat(slot["time"]))
        slot["why"] = None if status is None else "held" if status == "AWAITING_PAYMENT" else "booked"
    offered = {slot.start for slot in day.slots}
    shown["notOffered"] = [
        _not_offered_json(entry, with_details=with_details)
        for entry in last_words
        if entry.date == day.date and entry.slot.start not in offered
    ]
    return shown


def _not_offered_json(entry: AuditEntry, *, with_details: bool) -> NotOfferedJson:
    shown: NotOfferedJson = {"time": entry.slot.start.isoformat("minutes")}
    if with_details:
        is_told = entry.action == "REMOVED"  # otherwise the removal's own entry is missing
        shown["reason"] = entry.reason if is_told else None
        shown["changedAt"] = utc_json(entry.changed_at) if is_told else None
        shown["changedBy"] = str(entry.changed_by) if is_told and entry.changed_by else None
        shown["note"] = entry.notes if is_told else None
    return shown


def utc_json(instant: datetime) -> str:
    """Return an instant as RFC 3339; the database hands them out in the offset of its session, which is UTC or not."""
    return instant.astimezone(UTC).isoformat()


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
