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
    Day,
    Holds,
    NotBookable,
    SlotStatus,
    availability,
    constant_offset,
)
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
    other booking, null if the slot is available. `heldUntil` is when a hold runs out, if it does; only the tutor and
    admins see it.
    """

    time: time
    duration_minutes: int
    starts_at: InstantText
    ends_at: InstantText
    status: SlotStatus
    time_zone: str | MISSING = MISSING
    not_bookable: NotBookable | MISSING = MISSING
    why: Literal["held", "booked"] | MISSING | None = MISSING
    held_until: datetime | MISSING = MISSING


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


def slot_answers(day: Day, zone: ZoneInfo, rule: BookingRule | None = None, holds: Holds | None = None) -> Any:
    """Return the day's `SlotAnswer`s as dictionaries. `zone` is the answer's `timeZone`.

    With a rule, the free slots that can't be booked say why. With `holds`, the booked slots say why.
    """
    answers = []
    for slot, starts_at, ends_at, status in availability(day):
        answer = {
            "time": slot.start.isoformat("minutes"),
            "durationMinutes": slot.duration_minutes,
            "startsAt": starts_at,
            "endsAt": ends_at,
            "status": status,
        }
        if slot.zone != zone.key:
            answer["timeZone"] = slot.zone
        if rule is not None and status == "AVAILABLE" and (why := rule.obstacle(datetime.fromisoformat(starts_at))):
            answer["notBookable"] = why
        if holds is not None:
            answer["why"] = WHY.get(day.occupied.get(slot.start), "booked")
            if (day.date, slot.start) in holds:
                answer["heldUntil"] = holds[day.date, slot.start]
        answers.append(answer)
    return answers


WHY = {None: None, "AWAITING_PAYMENT": "held"}


def day_answer(day: Day, zone: ZoneInfo, rule: BookingRule | None = None) -> Any:
    """Return a `DayAnswer`: a day with its `slot_answers`, whose JSON is cached, without the date.

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
        json_parts = tuple(orjson.dumps(slot_answers(day, zone, rule)).decode().split(date))
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


def explained_day(
    day: Day,
    zone: ZoneInfo,
    rule: BookingRule | None = None,
    *,
    holds: Holds,
    latest: Mapping[date, Iterable[Mapping[str, Any]]],
    with_details: bool,
) -> Any:
    """Return a `DayAnswer` with the reason why each slot is booked, and with the times that aren't offered any more.

    `latest` has, by date, the latest log entry of each time that isn't offered any more. `with_details` adds when holds
    run out, and who removed a slot, when and why.
    """
    return {
        "date": day.date,
        "version": day.version,
        "timeSlots": slot_answers(day, zone, rule, holds if with_details else {}),
        "notOffered": [_not_offered(entry, zone, with_details=with_details) for entry in latest.get(day.date, ())],
    }


def _not_offered(entry: Mapping[str, Any], zone: ZoneInfo, *, with_details: bool) -> dict[str, Any]:
    answer = {"time": entry["startTime"]}
    if entry["timeZone"] != zone.key:
        answer["timeZone"] = entry["timeZone"]
    if with_details:
        is_removal = entry["action"] == "REMOVED"  # if not, the entry of the removal is missing
        names = {
            "reason": "reason",
            "changedAt": "changedAt",
            "changedBy": "changedBy",
            "note": "notes",
            "notes": "notes",
        }
        answer |= {name: entry[of_entry] if is_removal else None for name, of_entry in names.items()}
    return answer
