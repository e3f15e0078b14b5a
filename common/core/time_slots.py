"""Time slots, and the rules of a valid day.

The rules, and why:

* **A slot starts at a local time.** "Nine o'clock" stays nine o'clock when daylight saving changes. So a slot is stored
  as a local date, a local start and a number of minutes; the tutor's row has the IANA zone.
* **Minutes are elapsed minutes**: a slot of 60 minutes lasts 60 minutes, also in a night when the clock changes. So
  instants decide whether two slots overlap, and whether a slot ends by midnight. Intervals are half-open: 09:00 to
  10:00 and 10:00 to 11:00 don't overlap.
* **A start that doesn't exist is an error.** In spring, the clock jumps over some local times: nobody could attend.
* **A start that exists twice is the first of the two** (in autumn), as with `fold=0` of PEP 495.
* **A slot belongs to one date**: it ends no later than the first instant of the next local date. That instant isn't
  always 00:00: where the clock jumps over midnight (Azores, Cuba, Lebanon), the next date begins at 01:00.
* **Dates from today to three years ahead can be edited.** "Today" is the current date in the tutor's zone.

A stored slot may break a rule later, if a government changes the zone's rules. It is still shown, at the instant that
the new rules give.
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
    """A start (local time in the tutor's zone) and a duration (elapsed minutes). The date isn't part of it."""

    start: time
    duration_minutes: int


def time_zone(name: str) -> ZoneInfo:
    """Return the IANA zone of that name; raise `UnknownTimeZone` if there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; malformed; the name of a folder in the zone database
        message = "the tutor's time zone isn't the name of an IANA zone, such as Europe/Copenhagen; ask an operator"
        raise UnknownTimeZone(message) from None


def today(zone: ZoneInfo, now: datetime) -> date:
    """Return the date that the instant `now` falls on in the zone."""
    return now.astimezone(zone).date()


def instant(day: date, start: time, zone: ZoneInfo) -> datetime:
    """Return the instant of a local time, in UTC.

    For a local time that exists twice, return the first of the two instants. For a local time that doesn't exist, use
    the offset from before the jump, as PEP 495 does.
    """
    return datetime.combine(day, start, zone).astimezone(UTC)


def exists(day: date, start: time, zone: ZoneInfo) -> bool:
    """Whether the clocks of the zone show this local time on this date."""
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
    # The clock jumps over midnight. If midnight is converted with the offset after the jump, the result is an instant
    # before the jump (`early`). With the offset before the jump, the result is the jump or later (`late`). Search for
    # the jump between these two instants, to the second.
    early, late = midnight.replace(fold=1).astimezone(UTC), midnight.replace(fold=0).astimezone(UTC)
    while late - early > timedelta(seconds=1):
        middle = early + timedelta(seconds=(late - early).total_seconds() // 2)
        if today(zone, middle) > day:
            late = middle
        else:
            early = middle
    return late


def check_date(day: date, today: date, field_prefix: str) -> None:
    """Raise an error for a date that can't be edited.

    Raise `InvalidRequest` for a date before the year 2000, or more than three years ahead. Raise `DateInPast` for any
    other date before today. `field_prefix` is as in `common.core.diffing.DayEdit`.
    """
    try:
        latest = today.replace(year=today.year + MAX_YEARS_AHEAD)
    except ValueError:  # the 29th of February
        latest = date(today.year + MAX_YEARS_AHEAD, 2, 28)
    if not EARLIEST_DATE <= day <= latest:
        raise InvalidRequest(FieldError(f"{field_prefix}date", f"use a date from {today} to {latest}"))
    if day < today:
        raise DateInPast(FieldError(f"{field_prefix}date", f"{day} is over; use today ({today}) or later"))


def check_slots(day: date, slots: Sequence[TimeSlot], zone: ZoneInfo, field_prefix: str) -> None:
    """Raise an error for slots that break a rule of this module about slots; `field_prefix` is as in `check_date`."""
    field = f"{field_prefix}timeSlots"
    if len(slots) > MAX_SLOTS_PER_DAY:
        raise InvalidRequest(FieldError(field, f"use at most {MAX_SLOTS_PER_DAY} slots, not {len(slots)}"))
    day_end = end_of_day(day, zone)
    for i, slot in enumerate(slots):
        if not MIN_DURATION_MINUTES <= slot.duration_minutes <= MAX_DURATION_MINUTES:
            message = f"use {MIN_DURATION_MINUTES} to {MAX_DURATION_MINUTES} minutes"
            raise InvalidRequest(FieldError(f"{field}[{i}].durationMinutes", message))
        if not exists(day, slot.start, zone):
            message = f"{slot.start:%H:%M} doesn't exist on {day} in {zone.key}: the clock jumps over it"
            raise NonexistentLocalTime(FieldError(f"{field}[{i}].time", message))
        if span(day, slot, zone)[1] > day_end:
            message = f"the slot that starts at {slot.start:%H:%M} must end by midnight"
            raise InvalidRequest(FieldError(f"{field}[{i}].durationMinutes", message))
    order = sorted(range(len(slots)), key=lambda i: span(day, slots[i], zone))
    for i, j in pairwise(order):
        if span(day, slots[i], zone)[1] > span(day, slots[j], zone)[0]:
            message = f"the slot at {slots[j].start:%H:%M} begins before the one at {slots[i].start:%H:%M} ends"
            raise OverlappingSlots(FieldError(f"{field}[{j}].time", message))
