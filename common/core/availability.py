"""Availability: the slots a tutor offers, minus the bookings that occupy them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from common.core.time_slots import TimeSlot, span

BookingStatus = Literal["AWAITING_PAYMENT", "CONFIRMED", "COMPLETED"]
SlotStatus = Literal["AVAILABLE", "BOOKED"]

MINUTES_OF_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Day:
    """One date of one tutor: the offered slots, sorted by start, and the status of the active booking of each start.

    `version` is 0 if the day was never edited; `updated_at` is the instant of its last edit, if any.
    """

    date: date
    version: int = 0
    slots: tuple[TimeSlot, ...] = ()
    occupied: Mapping[time, BookingStatus] = field(default_factory=dict)
    updated_at: datetime | None = None


class OfferedSlot(NamedTuple):
    """A slot, its start and end (RFC 3339, with the offset of the tutor's zone), and its status."""

    slot: TimeSlot
    starts_at: str
    ends_at: str
    status: SlotStatus


def statuses(day: Day) -> list[SlotStatus]:
    """Return the status of each of the day's slots, in the order of the slots."""
    occupied = day.occupied
    return ["BOOKED" if start in occupied else "AVAILABLE" for start, _ in day.slots]


def availability(day: Day, zone: ZoneInfo) -> list[OfferedSlot]:
    """Return the day's slots, sorted by start, with their instants and statuses."""
    offset = constant_offset(day.date, zone)
    date_prefix = f"{day.date}T"
    offered_slots = []
    for slot, status in zip(day.slots, statuses(day), strict=True):
        times = _local_times(slot, offset) if offset is not None else None
        if times is not None:
            offered_slots.append(OfferedSlot(slot, date_prefix + times[0], date_prefix + times[1], status))
        else:
            starts_at, ends_at = (at.astimezone(zone).isoformat() for at in span(day.date, slot, zone))
            offered_slots.append(OfferedSlot(slot, starts_at, ends_at, status))
    return offered_slots


@lru_cache(maxsize=20_000)
def constant_offset(day: date, zone: ZoneInfo) -> timedelta | None:
    """Return the zone's offset from UTC on that date; None if the offset isn't the same from midnight to midnight.

    The offsets at 00:00, 06:00, 12:00, 18:00 and 24:00 are compared. Almost every day has only one offset, so
    `_local_times` can cache a slot's texts for all days with the same offset.
    """
    midnight = datetime.combine(day, time())
    offsets = {
        (midnight + timedelta(hours=hours)).replace(tzinfo=zone, fold=fold).utcoffset()
        for hours in (0, 6, 12, 18, 24)
        for fold in (0, 1)
    }
    return offsets.pop() if len(offsets) == 1 else None


@lru_cache(maxsize=20_000)
def _local_times(slot: TimeSlot, offset: timedelta) -> tuple[str, str] | None:
    """Return the texts of a slot's start and end, without the date; None if the slot ends at midnight or later."""
    start = slot.start.hour * 60 + slot.start.minute
    end = start + slot.duration_minutes
    if end >= MINUTES_OF_A_DAY:
        return None
    suffix = datetime(2000, 1, 1, tzinfo=timezone(offset)).isoformat()[len("2000-01-01T00:00:00") :]
    return f"{slot.start.isoformat('seconds')}{suffix}", f"{time(*divmod(end, 60)).isoformat('seconds')}{suffix}"
