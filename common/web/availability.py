"""`GET /get_availability`: what may be asked, and what is answered: days as people see them."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from pydantic import Field
from pydantic_core import MISSING

from common.core.audit import Reason
from common.core.availability import BookingStatus, Day, SlotStatus, availability, constant_offset
from common.web.fields import Flag, Id, Instant, InstantText, LocalDate, Schema

MAX_DAYS_OF_RANGE = 366

# Days whose JSON is remembered, and the slots that such a day may have: ten kilobytes at the most.
JSON_CACHE_SIZE = 4_000
MAX_CACHED_SLOTS = 32


class AvailabilityQuery(Schema):
    """`GET /get_availability`."""

    tutor_id: Id
    start_date: LocalDate | None = Field(None, description="The first date; today in the tutor's zone when missing.")
    end_date: LocalDate | None = Field(
        None,
        description=f"The last date, inclusive; startDate + 13 days when missing. At most {MAX_DAYS_OF_RANGE} days.",
    )
    as_of: Instant | None = Field(
        None, description="Answer what was shown at that instant, by the log; today is what was today then."
    )
    explain: Flag = Field(False, description="Say why slots are occupied, and which times aren't offered any more.")


@dataclass(frozen=True, slots=True)
class SlotAnswer:
    """A slot: `time` is local to the tutor, `startsAt` and `endsAt` are the exact instants."""

    time: time
    duration_minutes: int
    starts_at: InstantText
    ends_at: InstantText
    status: SlotStatus
    why: Literal["held", "booked"] | MISSING | None = MISSING


@dataclass(frozen=True, slots=True)
class NotOffered:
    """A time that isn't offered any more. Who took it back, when and why, is for the tutor and admins.

    All null: the log doesn't tell (yet).
    """

    time: time
    reason: Reason | MISSING | None = MISSING
    changed_at: datetime | MISSING | None = MISSING
    changed_by: UUID | MISSING | None = MISSING
    note: str | MISSING | None = MISSING


@dataclass(frozen=True, slots=True)
class DayAnswer:
    """A day as it stands; its `version` rises by one with every edit that changes something."""

    date: date
    version: int
    time_slots: list[SlotAnswer]
    not_offered: list[NotOffered] | MISSING = MISSING


@dataclass(frozen=True, slots=True)
class Availability:
    """Each date of the range that has a slot or a version, in order; `complete` is false where a gap leaves it open."""

    tutor_id: UUID
    time_zone: str
    start_date: date
    end_date: date
    days: list[DayAnswer]
    as_of: datetime | MISSING = MISSING
    complete: bool | MISSING = MISSING


def day_answer(day: Day, zone: ZoneInfo) -> DayAnswer:
    """Return a day as people see it."""
    slots = [
        SlotAnswer(slot.start, slot.duration_minutes, starts_at, ends_at, status)
        for slot, starts_at, ends_at, status in availability(day, zone)
    ]
    return DayAnswer(day.date, day.version, slots)


def day_json(day: Day, zone: ZoneInfo) -> Any:
    """Return what is encoded as `day_answer` is, faster: of days that are cache_key, the time slots are written once.

    Days with the same slots, the same of them booked, and one offset from UTC all day differ in the date alone.
    """
    date = day.date.isoformat()
    cache_key = (day.slots, tuple(day.occupied), constant_offset(day.date, zone))
    json_parts = _json_cache.get(cache_key)
    if json_parts is None:
        json_parts = tuple(_slots_json(day, zone).split(date))
        # The offset changes on that day, or a slot ends on another date: that is one of a kind.
        is_cacheable = cache_key[-1] is not None and len(json_parts) == 2 * len(day.slots) + 1
        if is_cacheable and len(day.slots) <= MAX_CACHED_SLOTS:
            if len(_json_cache) >= JSON_CACHE_SIZE:
                _json_cache.clear()
            _json_cache[cache_key] = json_parts
    return {"date": date, "version": day.version, "timeSlots": orjson.Fragment(date.join(json_parts))}


_json_cache: dict[Hashable, tuple[str, ...]] = {}


def _slots_json(day: Day, zone: ZoneInfo) -> str:
    """Return the day's `SlotAnswer`s as JSON; nothing in them needs to be escaped."""
    written = [
        f'{{"time":"{slot.start.isoformat("minutes")}","durationMinutes":{slot.duration_minutes},'
        f'"startsAt":"{starts_at}","endsAt":"{ends_at}","status":"{status}"}}'
        for slot, starts_at, ends_at, status in availability(day, zone)
    ]
    return f"[{','.join(written)}]"


def explained_day(
    day: Day, zone: ZoneInfo, latest: Mapping[date, Iterable[Mapping[str, Any]]], *, with_details: bool
) -> DayAnswer:
    """Return a day as people see it, and why: `latest` are the latest entries of times that aren't offered any more."""
    shown = day_answer(day, zone)
    return replace(
        shown,
        time_slots=[replace(slot, why=_why(day.occupied.get(slot.time))) for slot in shown.time_slots],
        not_offered=[_not_offered(entry, with_details=with_details) for entry in latest.get(day.date, ())],
    )


def _why(status: BookingStatus | None) -> Literal["held", "booked"] | None:
    if status is None:
        return None
    return "held" if status == "AWAITING_PAYMENT" else "booked"


def _not_offered(entry: Mapping[str, Any], *, with_details: bool) -> NotOffered:
    if not with_details:
        return NotOffered(entry["startTime"])
    if entry["action"] == "ADDED":  # the removal's own entry is missing
        return NotOffered(entry["startTime"], None, None, None, None)
    return NotOffered(entry["startTime"], entry["reason"], entry["changedAt"], entry["changedBy"], entry["notes"])
