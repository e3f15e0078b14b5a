"""Time slots, and the rules that each slot follows ("local time with a zone" in CONTRIBUTING.md).

A slot is stored as a local date, a local start, a number of elapsed minutes, and the IANA zone that it was offered in:
"nine o'clock" stays nine o'clock when daylight saving changes. It belongs to the date of its start, in its own zone,
and may end on the next date. A date has at most one slot at a start, whatever their zones. Dates from today to three
years ahead can be edited; "today" is the current date in the zone of each changed slot.

A stored slot may break a rule later, if a government changes the zone's rules. It is still shown, at the instant that
the new rules give.
"""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple

from common.core.zones import exists, instant, time_zone
from common.errors import DateInPast, FieldError, InvalidRequest, NonexistentLocalTime, OverlappingSlots

MIN_DURATION_MINUTES = 5
MAX_DURATION_MINUTES = 720
MAX_SLOTS_PER_DAY = 288
EARLIEST_DATE = date(2000, 1, 1)
CACHED_SPANS = 4_000  # an edit computes those of all slots near its dates
MAX_YEARS_AHEAD = 3


class TimeSlot(NamedTuple):
    """A start (local time), a duration (elapsed minutes), and the name of the zone. The date isn't part of it.

    The zone is empty if it isn't stated: in a request without zones, and in a log entry from before migration 0010.
    """

    start: time
    duration_minutes: int
    zone: str = ""


@lru_cache(maxsize=CACHED_SPANS)
def span(day: date, slot: TimeSlot) -> tuple[datetime, datetime]:
    """Return the half-open interval of instants `[start, end)` that a slot covers, in UTC."""
    starts_at = instant(day, slot.start, time_zone(slot.zone))
    return starts_at, starts_at + timedelta(minutes=slot.duration_minutes)


def latest_date(today: date) -> date:
    """Return the last date that can be edited today."""
    try:
        return today.replace(year=today.year + MAX_YEARS_AHEAD)
    except ValueError:  # the 29th of February
        return date(today.year + MAX_YEARS_AHEAD, 2, 28)


def check_date(day: date, today: date, field_prefix: str) -> None:
    """Raise an error for a date that can't be edited.

    Raise `InvalidRequest` for a date before the year 2000, or more than three years ahead. Raise `DateInPast` for any
    other date before today. `field_prefix` is as in `common.core.diffing.DayEdit`.
    """
    latest = latest_date(today)
    if not EARLIEST_DATE <= day <= latest:
        raise InvalidRequest(FieldError(f"{field_prefix}date", f"use a date from {today} to {latest}"))
    if day < today:
        raise DateInPast(FieldError(f"{field_prefix}date", f"{day} is over; use today ({today}) or later"))


def check_slots(day: date, slots: Sequence[TimeSlot], field_prefix: str) -> None:
    """Raise an error for slots of a day that break a rule of this module; `field_prefix` is as in `check_date`."""
    field = f"{field_prefix}timeSlots"
    if len(slots) > MAX_SLOTS_PER_DAY:
        raise InvalidRequest(FieldError(field, f"use at most {MAX_SLOTS_PER_DAY} slots, not {len(slots)}"))
    zones_by_start: dict[time, str] = {}
    for i, slot in enumerate(slots):
        check_slot(day, slot, f"{field}[{i}].")
        if zones_by_start.setdefault(slot.start, slot.zone) != slot.zone:
            message = f"there is a slot at {slot.start:%H:%M} in another zone: a date has one slot at a time of day"
            raise OverlappingSlots(FieldError(f"{field}[{i}].time", message))


def check_slot(day: date, slot: TimeSlot, field_prefix: str) -> None:
    """Raise an error for a slot whose duration or start breaks a rule of this module."""
    if not MIN_DURATION_MINUTES <= slot.duration_minutes <= MAX_DURATION_MINUTES:
        message = f"use {MIN_DURATION_MINUTES} to {MAX_DURATION_MINUTES} minutes"
        raise InvalidRequest(FieldError(f"{field_prefix}durationMinutes", message))
    if not exists(day, slot.start, time_zone(slot.zone)):
        message = f"{slot.start:%H:%M} doesn't exist on {day} in {slot.zone}: the clock jumps over it"
        raise NonexistentLocalTime(FieldError(f"{field_prefix}time", message))
