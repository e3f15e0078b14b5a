"""Time slots, and the rules of a valid day.

The rules, and why:

* **A slot is wall-clock time with a zone.** "Nine o'clock" stays nine o'clock when daylight saving changes, so a slot
  is stored as local date + local start + minutes, and the tutor's row has the IANA zone.
* **Overlap and midnight are decided on instants.** Minutes are elapsed minutes: a slot of 60 minutes lasts 60 minutes
  also in the night when the clock changes. Intervals are half-open, so 09:00 to 10:00 and 10:00 to 11:00 don't overlap.
* **A local time that doesn't exist is an error** (in spring the clock jumps over it): nobody could attend.
* **A local time that exists twice is its first occurrence** (in autumn), as with `fold=0` of PEP 495.
* **A slot belongs to one date**: it ends no later than the first instant of the next local date. That instant isn't
  always 00:00: where the clock jumps over midnight (Azores, Cuba, Lebanon) a day begins at 01:00.
* **A date is from today to three years ahead**; "today" is today in the tutor's zone.

A slot that breaks a rule after it was stored (a government changed the zone's rules) is still shown, at the instant
that the new rules give.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from common.errors import (
    DateInPast,
    FieldError,
    InvalidRequest,
    NonexistentLocalTime,
    OverlappingSlots,
    UnknownTimeZone,
)

MIN_DURATION_MINUTES = 5
MAX_DURATION_MINUTES = 720
MAX_SLOTS_PER_DAY = 288
EARLIEST_DATE = date(2000, 1, 1)
MAX_YEARS_AHEAD = 3


class TimeSlot(NamedTuple):
    """A start time and a duration that a tutor offers on a date, wall-clock in the tutor's zone."""

    start: time
    duration_minutes: int


def time_zone(name: str) -> ZoneInfo:
    """Return the IANA zone of that name; `UnknownTimeZone` when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; malformed; the name of a folder in the zone database
        message = "the tutor's time zone isn't the name of an IANA zone, such as Europe/Copenhagen; have it corrected"
        raise UnknownTimeZone(message) from None


def today(zone: ZoneInfo, now: datetime) -> date:
    """Return the date that the instant `now` falls on in the zone."""
    return now.astimezone(zone).date()


def instant(day: date, start: time, zone: ZoneInfo) -> datetime:
    """Return the instant of a local time, in UTC: of two, the first; for one that doesn't exist, as PEP 495 defines."""
    return datetime.combine(day, start, zone).astimezone(UTC)


def exists(day: date, start: time, zone: ZoneInfo) -> bool:
    """Whether the clocks of the zone show that local time on that date."""
    return instant(day, start, zone).astimezone(zone).replace(tzinfo=None) == datetime.combine(day, start)


def span(day: date, slot: TimeSlot, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the half-open interval of instants `[start, end)` that a slot covers, in UTC."""
    starts_at = instant(day, slot.start, zone)
    return starts_at, starts_at + timedelta(minutes=slot.duration_minutes)


def end_of_day(day: date, zone: ZoneInfo) -> datetime:
    """Return the first instant, in UTC, of the local date after `day`."""
    midnight = datetime.combine(day + timedelta(days=1), time(), zone)
    if exists(midnight.date(), midnight.time(), zone):
        return midnight.astimezone(UTC)
    # The clock jumps over midnight. Midnight with the offset after the jump is before the jump; with the offset before
    # it, it is at the jump or after it. Search between the two for the jump, to the second.
    early, late = midnight.replace(fold=1).astimezone(UTC), midnight.replace(fold=0).astimezone(UTC)
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early).total_seconds() // 2)
        if today(zone, middle) > day:
            late = middle
        else:
            early = middle
    return late


def check_date(day: date, today: date, where: str) -> None:
    """Raise an error for a date that can't be edited: before today (`DateInPast`), or more than three years ahead.

    `where` is the path of the day in the request (`""`, or `"days[3]."`), a prefix for the field of an error.
    """
    try:
        latest = today.replace(year=today.year + MAX_YEARS_AHEAD)
    except ValueError:  # the 29th of February
        latest = date(today.year + MAX_YEARS_AHEAD, 2, 28)
    if not EARLIEST_DATE <= day <= latest:
        raise InvalidRequest(FieldError(f"{where}date", f"use a date from {EARLIEST_DATE} to {latest}"))
    if day < today:
        raise DateInPast(FieldError(f"{where}date", f"{day} is over; use today ({today}) or later"))


def check_slots(day: date, slots: Sequence[TimeSlot], zone: ZoneInfo, where: str) -> None:
    """Raise an error for slots that break a rule of this module; `where` is as in `check_date`."""
    field = f"{where}timeSlots"
    if len(slots) > MAX_SLOTS_PER_DAY:
        raise InvalidRequest(FieldError(field, f"use at most {MAX_SLOTS_PER_DAY} slots, not {len(slots)}"))
    midnight = end_of_day(day, zone)
    for i, slot in enumerate(slots):
        if not MIN_DURATION_MINUTES <= slot.duration_minutes <= MAX_DURATION_MINUTES:
            message = f"use {MIN_DURATION_MINUTES} to {MAX_DURATION_MINUTES} minutes"
            raise InvalidRequest(FieldError(f"{field}[{i}].durationMinutes", message))
        if not exists(day, slot.start, zone):
            message = f"{slot.start:%H:%M} doesn't exist on {day} in {zone.key}: the clock jumps over it"
            raise NonexistentLocalTime(FieldError(f"{field}[{i}].time", message))
        if span(day, slot, zone)[1] > midnight:
            message = f"the slot that starts at {slot.start:%H:%M} must end by midnight"
            raise InvalidRequest(FieldError(f"{field}[{i}].durationMinutes", message))
    order = sorted(range(len(slots)), key=lambda i: span(day, slots[i], zone))
    for i, j in pairwise(order):
        if span(day, slots[i], zone)[1] > span(day, slots[j], zone)[0]:
            message = f"the slot at {slots[j].start:%H:%M} begins before the one at {slots[i].start:%H:%M} ends"
            raise OverlappingSlots(FieldError(f"{field}[{j}].time", message))
