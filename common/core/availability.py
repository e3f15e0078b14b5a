"""Availability: the slots a tutor offers, minus the bookings that occupy them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Literal
from zoneinfo import ZoneInfo

from common.core.time_slots import TimeSlot, span

BookingStatus = Literal["AWAITING_PAYMENT", "CONFIRMED", "COMPLETED"]
SlotStatus = Literal["AVAILABLE", "BOOKED"]


@dataclass(frozen=True, slots=True)
class Day:
    """One tutor's one date as it stands: the offered slots in order, and the active bookings by the start they occupy.

    `version` is 0 when the day was never edited; `updated_at` is the instant of its last edit, if any.
    """

    date: date
    version: int = 0
    slots: tuple[TimeSlot, ...] = ()
    occupied: Mapping[time, BookingStatus] = field(default_factory=dict)
    updated_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OfferedSlot:
    """A slot as people see it: when it starts and ends, local to the tutor, and whether it can still be booked."""

    slot: TimeSlot
    starts_at: datetime
    ends_at: datetime
    status: SlotStatus


def availability(day: Day, zone: ZoneInfo) -> list[OfferedSlot]:
    """Return the day's offered slots, earliest first, each `AVAILABLE` or `BOOKED`."""
    offered = []
    for slot in sorted(day.slots):
        starts_at, ends_at = span(day.date, slot, zone)
        status: SlotStatus = "BOOKED" if slot.start in day.occupied else "AVAILABLE"
        offered.append(OfferedSlot(slot, starts_at.astimezone(zone), ends_at.astimezone(zone), status))
    return offered
