"""Availability: the slots a tutor offers, minus the bookings that occupy them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from common.core.time_slots import TimeSlot, span
from common.core.zones import EASTERNMOST_OFFSET, WESTERNMOST_OFFSET, time_zone

BookingStatus = Literal["AWAITING_PAYMENT", "CONFIRMED", "COMPLETED"]
SlotStatus = Literal["AVAILABLE", "BOOKED"]

NotBookable = Literal["inactive", "past", "too_soon"]

Holds = Mapping[tuple[date, time], datetime]
"""The instants at which holds run out, by the date and the start of their slots."""

MINUTES_OF_A_DAY = 24 * 60
# When a slot of a date can start at the earliest and at the latest, counted from the date's midnight in UTC.
EARLIEST_START, LATEST_START = -EASTERNMOST_OFFSET, timedelta(days=1) - WESTERNMOST_OFFSET


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


@dataclass(frozen=True, slots=True)
class BookingRule:
    """Which free slots a student can book at the instant `now`.

    The tutor has to be active, and a slot has to start at least `notice` later.
    """

    now: datetime
    is_active: bool = True
    notice: timedelta = timedelta()

    def obstacle(self, starts_at: datetime) -> NotBookable | None:
        """Return why a slot that starts at this instant can't be booked; None if it can be."""
        if not self.is_active:
            return "inactive"
        if starts_at < self.now:
            return "past"
        return "too_soon" if starts_at < self.now + self.notice else None

    def last_date_with_obstacles(self) -> date:
        """Return the last date on which a slot may have an obstacle, in any zone."""
        return (self.now + self.notice - EARLIEST_START).date() if self.is_active else date.max

    def obstacles_of(self, day: date) -> set[NotBookable | None]:
        """Return the obstacles that slots of this date may have, in any zone."""
        midnight = datetime.combine(day, time(), UTC)
        return {self.obstacle(midnight + EARLIEST_START), self.obstacle(midnight + LATEST_START)}


class OfferedSlot(NamedTuple):
    """A slot, its start and end (RFC 3339, with the offset of the slot's zone), and its status."""

    slot: TimeSlot
    starts_at: str
    ends_at: str
    status: SlotStatus


def statuses(day: Day) -> list[SlotStatus]:
    """Return the status of each of the day's slots, in the order of the slots."""
    occupied = day.occupied
    return ["BOOKED" if slot.start in occupied else "AVAILABLE" for slot in day.slots]


def availability(day: Day) -> list[OfferedSlot]:
    """Return the day's slots, sorted by start, with their instants and statuses."""
    date_prefix = f"{day.date}T"
    offered_slots = []
    for slot, status in zip(day.slots, statuses(day), strict=True):
        zone = time_zone(slot.zone)
        offset = constant_offset(day.date, zone)
        times = _local_times(slot.start, slot.duration_minutes, offset) if offset is not None else None
        if times is not None:
            offered_slots.append(OfferedSlot(slot, date_prefix + times[0], date_prefix + times[1], status))
        else:
            starts_at, ends_at = (at.astimezone(zone).isoformat() for at in span(day.date, slot))
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
def _local_times(start_time: time, duration_minutes: int, offset: timedelta) -> tuple[str, str] | None:
    """Return the texts of a slot's start and end, without the date; None if the slot ends at midnight or later."""
    start = start_time.hour * 60 + start_time.minute
    end = start + duration_minutes
    if end >= MINUTES_OF_A_DAY:
        return None
    suffix = datetime(2000, 1, 1, tzinfo=timezone(offset)).isoformat()[len("2000-01-01T00:00:00") :]
    return f"{start_time.isoformat('seconds')}{suffix}", f"{time(*divmod(end, 60)).isoformat('seconds')}{suffix}"
