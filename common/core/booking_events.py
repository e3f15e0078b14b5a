"""What happened to a booking. A booking is its own history: its events are worked out from its row."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from uuid import UUID

from common.core.bookings import Booking

EventKind = Literal["PLACED", "HELD", "CONFIRMED", "CANCELLED", "MOVED", "EXPIRED", "COMPLETED", "NO_SHOW"]


@dataclass(frozen=True, slots=True)
class BookingEvent:
    """What happened to a booking, when and by whom. `date` and `time` are the start of its slot on its clock.

    A hold that ran out is `EXPIRED`, by nobody. A booking that was moved is `MOVED`, and the one in its place is
    `PLACED` or `HELD`. `student_name` is null if it isn't known. `reason` says why a booking was cancelled.
    """

    at: datetime
    booking_id: UUID
    event: EventKind
    date: date
    time: time
    starts_at: datetime
    student_id: str
    student_name: str | None
    by: str | None
    reason: str | None


def booking_events(booking: Booking) -> list[BookingEvent]:
    """Return what happened to a booking, oldest first. Events without a known instant are left out."""
    return [
        BookingEvent(
            at,
            booking.booking_id,
            kind,
            booking.date,
            booking.start_time,
            booking.starts_at,
            booking.student_id,
            booking.student_name,
            by,
            reason,
        )
        for at, kind, by, reason in _events(booking)
        if at is not None
    ]


def _events(booking: Booking) -> Iterator[tuple[datetime | None, EventKind, str | None, str | None]]:
    # A confirmed booking that was moved keeps the instants of the first one: it never was a hold itself.
    was_confirmed_later = booking.confirmed_at is None or booking.confirmed_at > booking.created_at
    is_hold = booking.status == "AWAITING_PAYMENT" or booking.hold_expires_at or booking.confirmed_at
    yield booking.created_at, "HELD" if is_hold and was_confirmed_later else "PLACED", booking.created_by, None
    if was_confirmed_later:
        yield booking.confirmed_at, "CONFIRMED", booking.confirmed_by, None
    for at, outcome, by in booking.outcomes:
        yield at, outcome, by, None
    if booking.status == "EXPIRED":
        ends = [at for at in (booking.released_at, booking.hold_expires_at) if at is not None]
        yield min(ends, default=None), "EXPIRED", None, None
    elif booking.status == "CANCELLED":
        kind: EventKind = "CANCELLED" if booking.moved_to is None else "MOVED"
        yield booking.released_at, kind, booking.released_by, booking.reason
