"""The answers of `/bookings`."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from common.core.availability import OfferedSlot
from common.core.bookings import Booking, Status
from common.core.caller import Caller
from common.core.orders import Series
from common.web.cursor import encode_cursor


@dataclass(frozen=True, slots=True)
class BookingAnswer:
    """A booking. A hold that ran out is `EXPIRED`.

    For the student, `createdBy`, `completedBy` and `releasedBy` are `self`, `tutor` or `admin`. `movedTo` is the
    booking in the place of one that was moved, or confirmed after its hold had run out; its `movedFrom` is this one.
    `changeableUntil` is the last instant at which the student may cancel or move it, as the tutor's settings are now.
    `durationMinutes` and `endsAt` are null for a released booking from before the first release with `/bookings`.
    """

    booking_id: UUID
    tutor_id: UUID
    tutor_name: str
    student_id: str
    student_name: str | None
    date: date
    time: time
    duration_minutes: int | None
    time_zone: str
    starts_at: datetime
    ends_at: datetime | None
    changeable_until: datetime
    status: Status
    hold_expires_at: datetime | None
    created_at: datetime
    created_by: str | None
    confirmed_at: datetime | None
    completed_at: datetime | None
    completed_by: str | None
    released_at: datetime | None
    released_by: str | None
    reason: str | None
    moved_from: UUID | None
    moved_to: UUID | None
    series_id: UUID | None


@dataclass(frozen=True, slots=True)
class BookingList:
    """A page of bookings, by start."""

    bookings: list[BookingAnswer]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Skipped:
    """A date of a series that was left out, and the code of the reason."""

    date: date
    code: str


@dataclass(frozen=True, slots=True)
class SeriesAnswer:
    """The bookings of a new series, by date, and the dates that were left out."""

    series_id: UUID
    bookings: list[BookingAnswer]
    skipped: list[Skipped]


@dataclass(frozen=True, slots=True)
class ChangedSeries:
    """The bookings of a series that have the requested status now."""

    series_id: UUID
    bookings: list[BookingAnswer]


def answer_of(found: Booking | Series, caller: Caller) -> BookingAnswer | SeriesAnswer | ChangedSeries:
    """Return a booking or a series as the caller may see it."""
    if isinstance(found, Booking):
        return booking_answer(found, caller)
    bookings = [booking_answer(booking, caller) for booking in found.bookings]
    if found.skipped is None:
        return ChangedSeries(found.series_id, bookings)
    return SeriesAnswer(found.series_id, bookings, [Skipped(*each) for each in found.skipped])


def booking_list(found: Sequence[Booking], limit: int, caller: Caller) -> BookingList:
    """Return a page of at most `limit` bookings; if more were found, there is a next page."""
    page = found[:limit]
    next_cursor = encode_cursor(page[-1].starts_at, page[-1].booking_id) if len(found) > limit else None
    return BookingList([booking_answer(booking, caller) for booking in page], next_cursor)


def booking_answer(booking: Booking, caller: Caller) -> BookingAnswer:
    """Return a booking as the caller may see it."""
    is_student = booking.role_of(caller) == "student"
    starts_at, ends_at = booking.span

    def who(user_id: str | None) -> str | None:
        if user_id is None or not is_student:
            return user_id
        return {booking.student_id: "self", booking.tutor_user_id: "tutor"}.get(user_id, "admin")

    outcome_at, _, outcome_by = booking.outcomes[-1] if booking.outcomes else (None, None, None)
    others: dict[str, Any] = {
        "time": booking.start_time,
        "starts_at": starts_at,
        "ends_at": ends_at if booking.duration_minutes is not None else None,
        "created_by": who(booking.created_by),
        "completed_at": outcome_at,
        "completed_by": who(outcome_by),
        "released_by": who(booking.released_by),
    }
    names = [field.name for field in fields(BookingAnswer)]
    return BookingAnswer(**{name: others[name] if name in others else getattr(booking, name) for name in names})


@dataclass(frozen=True, slots=True)
class Alternative:
    """A slot that can be booked instead."""

    date: date
    time: time
    duration_minutes: int
    time_zone: str
    starts_at: str
    ends_at: str


@dataclass(frozen=True, slots=True)
class RefusedDate:
    """A date of a series that doesn't allow the request, with the code of the reason."""

    date: date
    code: str
    alternatives: list[Alternative]


def alternatives_of(slots: Sequence[tuple[date, OfferedSlot]]) -> list[Alternative]:
    """Return slots as alternatives."""
    return [
        Alternative(day, each.slot.start, each.slot.duration_minutes, each.slot.zone, each.starts_at, each.ends_at)
        for day, each in slots
    ]
