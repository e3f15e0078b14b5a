"""The query of `GET /get_availability`, and its answer: days with their slots."""

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from pydantic import Field
from pydantic_core import MISSING

from common.core.audit import Reason
from common.core.availability import (
    BookingRule,
    BookingStatus,
    Day,
    NotBookable,
    OfferedSlot,
    SlotStatus,
    availability,
    constant_offset,
)
from common.core.time_slots import TimeSlot
from common.web.fields import Flag, Id, Instant, InstantText, LocalDate, Schema

MAX_DAYS_OF_RANGE = 366

JSON_CACHE_SIZE = 4_000  # entries of at most ten kilobytes
MAX_CACHED_SLOTS = 32  # the JSON of a day with more slots isn't cached


class AvailabilityQuery(Schema):
    """The query of `GET /get_availability`."""

    tutor_id: Id
    start_date: LocalDate | None = Field(None, description="The first date. Default: today in the tutor's time zone.")
    end_date: LocalDate | None = Field(
        None,
        description="The last date, inclusive: not before `startDate`, and at most "
        f"{MAX_DAYS_OF_RANGE} days in all. Default: `startDate` + 13 days.",
    )
    as_of: Instant | None = Field(
        None,
        description="An instant in the past. Return the availability at that instant, worked out from the log. The "
        "default of `startDate` is then the date of that instant in the tutor's time zone. Not allowed together with "
        "`explain=true`.",
    )
    explain: Flag = Field(
        False,
        description="Also return why slots are booked, and which times aren't offered any more. Not allowed together "
        "with `asOf`.",
    )


@dataclass(frozen=True, slots=True)
class SlotAnswer:
    """A slot. `time` is local time in the slot's time zone; `startsAt` and `endsAt` are instants.

    `timeZone` is present only if it differs from the answer's `timeZone`. `notBookable` is present only if the slot is
    available and can't be booked now: because the tutor is `inactive`, because the slot has begun (`past`), or because
    the tutor requires more notice (`too_soon`).

    `why` is present only with `explain=true`: `held` if the booking of the slot waits for its payment, `booked` for any
    other booking, null if the slot is available.
    """

    time: time
    duration_minutes: int
    starts_at: InstantText
    ends_at: InstantText
    status: SlotStatus
    time_zone: str | MISSING = MISSING
    not_bookable: NotBookable | MISSING = MISSING
    why: Literal["held", "booked"] | MISSING | None = MISSING


DeprecatedNote = Annotated[
    str | MISSING | None, Field(deprecated=True, description="The same as `notes`: use `notes` instead.")
]


@dataclass(frozen=True, slots=True)
class NotOffered:
    """A time that isn't offered any more. Only the tutor and admins see who removed its slot, when and why.

    `timeZone` is present only if it differs from the answer's `timeZone`.

    These fields are null if the log has no entry of the removal yet.
    """

    time: time
    time_zone: str | MISSING = MISSING
    reason: Reason | MISSING | None = MISSING
    changed_at: datetime | MISSING | None = MISSING
    changed_by: str | MISSING | None = MISSING
    note: DeprecatedNote = MISSING
    notes: str | MISSING | None = MISSING


@dataclass(frozen=True, slots=True)
class DayAnswer:
    """A day with its slots. Each edit that changes the day increases its `version` by one."""

    date: date
    version: int
    time_slots: list[SlotAnswer]
    not_offered: list[NotOffered] | MISSING = MISSING


@dataclass(frozen=True, slots=True)
class Availability:
    """The days of the range that have a slot or were edited, ordered by date. `timeZone` is the tutor's time zone.

    `complete` is present only with `asOf`. It is false if entries of the log are missing: then slots may be wrong.
    """

    tutor_id: UUID
    time_zone: str
    start_date: date
    end_date: date
    days: list[DayAnswer]
    as_of: datetime | MISSING = MISSING
    complete: bool | MISSING = MISSING


def day_answer(
    day: Day, zone: ZoneInfo, rule: BookingRule | None = None, not_offered: list[NotOffered] | MISSING = MISSING
) -> DayAnswer:
    """Return a day with its slots, each available or booked. `zone` is the answer's `timeZone`.

    With a rule, the free slots that can't be booked say why. With `not_offered`, the booked slots say why.
    """
    slots = []
    for offered in availability(day):
        slot, starts_at, ends_at, status = offered
        why = MISSING if not_offered is MISSING else _why(day.occupied.get(slot.start))
        additions = _additions(offered, zone, rule)
        slots.append(SlotAnswer(slot.start, slot.duration_minutes, starts_at, ends_at, status, *additions, why))
    return DayAnswer(day.date, day.version, slots, not_offered)


def _additions(offered: OfferedSlot, zone: ZoneInfo, rule: BookingRule | None) -> tuple[Any, Any]:
    """Return a slot's `timeZone` and `notBookable`, each `MISSING` if it isn't present."""
    obstacle = None
    if rule is not None and offered.status == "AVAILABLE":
        obstacle = rule.obstacle(datetime.fromisoformat(offered.starts_at))
    return zone_if_other(offered.slot, zone), obstacle or MISSING


def zone_if_other(slot: TimeSlot, zone: ZoneInfo) -> Any:
    """Return the name of a slot's zone; `MISSING` if it is the answer's `timeZone`."""
    return MISSING if slot.zone == zone.key else slot.zone


def day_json(day: Day, zone: ZoneInfo, rule: BookingRule | None = None) -> Any:
    """Return a value with the same JSON as `day_answer`, but faster: the JSON of slots is cached, without the date.

    The JSON of two days' slots differs only in the date if the days have the same slots, the same bookings and the same
    UTC offset, if that offset doesn't change during the day, if no slot is in another zone or ends on another date, and
    if the rule says the same of all free slots.
    """
    date = day.date.isoformat()
    offset = constant_offset(day.date, zone)
    obstacles = frozenset(rule.obstacles_of(day.date)) if rule is not None else None
    cache_key = (day.slots, tuple(day.occupied), zone.key, offset, obstacles)
    json_parts = _json_cache.get(cache_key)
    if json_parts is None:
        json_parts = tuple(_slots_json(day, zone, rule).split(date))
        # The JSON of each slot has the date twice, unless the slot ends on another date.
        is_cacheable = (
            offset is not None
            and len(json_parts) == 2 * len(day.slots) + 1
            and all(slot.zone == zone.key for slot in day.slots)
            and (obstacles is None or len(obstacles) == 1)
        )
        if is_cacheable and len(day.slots) <= MAX_CACHED_SLOTS:
            if len(_json_cache) >= JSON_CACHE_SIZE:
                _json_cache.clear()
            _json_cache[cache_key] = json_parts
    return {"date": date, "version": day.version, "timeSlots": orjson.Fragment(date.join(json_parts))}


_json_cache: dict[Hashable, tuple[str, ...]] = {}
"""For each cache key, the JSON of the slots, split at the date: `date.join(parts)` is the JSON for a date."""


def _slots_json(day: Day, zone: ZoneInfo, rule: BookingRule | None) -> str:
    """Return the day's `SlotAnswer`s as JSON. Their values never need escaping."""
    slots = []
    for offered in availability(day):
        slot, starts_at, ends_at, status = offered
        time_zone, obstacle = _additions(offered, zone, rule)
        slots.append(
            f'{{"time":"{slot.start.isoformat("minutes")}","durationMinutes":{slot.duration_minutes},'
            f'"startsAt":"{starts_at}","endsAt":"{ends_at}","status":"{status}"'
            + (f',"timeZone":"{time_zone}"' if time_zone is not MISSING else "")
            + (f',"notBookable":"{obstacle}"' if obstacle is not MISSING else "")
            + "}"
        )
    return f"[{','.join(slots)}]"


def explained_day(
    day: Day,
    zone: ZoneInfo,
    rule: BookingRule | None = None,
    *,
    latest: Mapping[date, Iterable[Mapping[str, Any]]],
    with_details: bool,
) -> DayAnswer:
    """Return a day with the reason why each slot is booked, and with the times that aren't offered any more.

    `latest` has, by date, the latest log entry of each time that isn't offered any more. `with_details` adds who
    removed the slot, when and why.
    """
    entries = latest.get(day.date, ())
    not_offered = [_not_offered(entry, zone, with_details=with_details) for entry in entries]
    return day_answer(day, zone, rule, not_offered)


def _why(status: BookingStatus | None) -> Literal["held", "booked"] | None:
    if status is None:
        return None
    return "held" if status == "AWAITING_PAYMENT" else "booked"


def _not_offered(entry: Mapping[str, Any], zone: ZoneInfo, *, with_details: bool) -> NotOffered:
    time_zone = MISSING if entry["timeZone"] == zone.key else entry["timeZone"]
    if not with_details:
        return NotOffered(entry["startTime"], time_zone)
    if entry["action"] == "ADDED":  # the entry of the removal is missing
        return NotOffered(entry["startTime"], time_zone, None, None, None, None, None)
    notes = entry["notes"]
    return NotOffered(
        entry["startTime"], time_zone, entry["reason"], entry["changedAt"], entry["changedBy"], note=notes, notes=notes
    )
