"""Bookings: who may do what, and when. The rules are those of `docs/bookings.md`.

A student holds or books a slot. A hold waits for its payment; it runs out at `hold_expires_at`. A booking is never
changed into another one: to move it, it is released, and another one is placed. So the past stays as it was.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from operator import itemgetter
from typing import Literal
from uuid import UUID

from common.core.caller import Caller
from common.core.time_slots import TimeSlot, span
from common.errors import Forbidden, InvalidTransition, TooLate

Status = Literal["AWAITING_PAYMENT", "CONFIRMED", "COMPLETED", "NO_SHOW", "CANCELLED", "EXPIRED"]
NewStatus = Literal["CONFIRMED", "CANCELLED", "COMPLETED", "NO_SHOW"]
Outcome = Literal["COMPLETED", "NO_SHOW"]
Role = Literal["admin", "tutor", "student"]
Step = Literal["nothing", "write", "replace"]

ACTIVE: tuple[Status, ...] = ("AWAITING_PAYMENT", "CONFIRMED")
OUTCOMES: tuple[Status, ...] = ("COMPLETED", "NO_SHOW")
CORRECT_OUTCOME_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Booking:
    """A booking as it is now: a hold that ran out is EXPIRED. `docs/bookings.md` explains the fields.

    `duration_minutes` is None for an old booking that was released, if nobody knows how long it would have been.
    `completed_at` and `no_show_at` are both set if one was corrected to the other: the later of them counts.
    `outcome_at` is the instant of the first one; it never changes.
    """

    booking_id: UUID
    tutor_id: UUID
    tutor_name: str
    tutor_user_id: str
    student_id: str
    date: date
    start_time: time
    duration_minutes: int | None
    time_zone: str
    cancellation_notice_minutes: int
    status: Status
    created_at: datetime
    student_name: str | None = None
    hold_expires_at: datetime | None = None
    created_by: str | None = None
    confirmed_at: datetime | None = None
    confirmed_by: str | None = None
    completed_at: datetime | None = None
    completed_by: str | None = None
    no_show_at: datetime | None = None
    no_show_by: str | None = None
    outcome_at: datetime | None = None
    released_at: datetime | None = None
    released_by: str | None = None
    reason: str | None = None
    moved_from: UUID | None = None
    moved_to: UUID | None = None
    series_id: UUID | None = None
    request_hash: str | None = None

    @property
    def starts_at(self) -> datetime:
        """The start, in UTC."""
        return self.span[0]

    @property
    def span(self) -> tuple[datetime, datetime]:
        """The start and the end, in UTC; both are the start if the duration isn't known."""
        return span(self.date, TimeSlot(self.start_time, self.duration_minutes or 0, self.time_zone))

    @property
    def changeable_until(self) -> datetime:
        """The last instant at which the student may cancel or move it, in UTC."""
        return self.starts_at - timedelta(minutes=self.cancellation_notice_minutes)

    @property
    def outcomes(self) -> list[tuple[datetime, Outcome, str | None]]:
        """When and by whom it was said to be COMPLETED or NO_SHOW, oldest first."""
        said: list[tuple[datetime | None, Outcome, str | None]] = [
            (self.no_show_at, "NO_SHOW", self.no_show_by),
            (self.completed_at, "COMPLETED", self.completed_by),
        ]
        return sorted(((at, status, by) for at, status, by in said if at is not None), key=itemgetter(0))

    def role_of(self, caller: Caller) -> Role | None:
        """Return in which role the caller sees the booking; None if the caller may not see it.

        A tutor who booked their own slot may do all that an admin may.
        """
        if caller.is_admin or caller.user_id == self.student_id == self.tutor_user_id:
            return "admin"
        roles: dict[str, Role] = {self.student_id: "student", self.tutor_user_id: "tutor"}
        return roles.get(caller.user_id)


def cancelled(booking: Booking, now: datetime, changed_by: str | None, reason: str | None) -> Booking:
    """Return the booking as it is after it was cancelled."""
    return replace(booking, status="CANCELLED", released_at=now, released_by=changed_by, reason=reason)


def step_to(booking: Booking, status: NewStatus, role: Role, now: datetime, *, students_confirm: bool = True) -> Step:
    """Return what to do so that the booking gets the status: nothing if it got it, or `replace` a hold that ran out.

    Raise `Forbidden`, `TooLate` or `InvalidTransition`.
    """
    if status == "CONFIRMED":
        if role == "tutor" or (role == "student" and not students_confirm):
            raise Forbidden("only an admin may confirm a booking" + (", or the student" if students_confirm else ""))
        if booking.status == "EXPIRED":
            return "nothing" if booking.moved_to else "replace"
        if booking.confirmed_at is not None and booking.moved_to is not None:
            return "nothing"  # it was confirmed, and then moved
        is_allowed = booking.status == "AWAITING_PAYMENT"
    elif status == "CANCELLED":
        is_allowed = booking.status in ACTIVE
        if is_allowed and role == "student":
            check_notice(booking, now)
    else:
        if role == "student":
            raise Forbidden("only the tutor or an admin may say whether the lesson took place")
        outcome_at = booking.outcome_at or booking.starts_at
        is_correction = booking.status in OUTCOMES and now < outcome_at + CORRECT_OUTCOME_FOR
        is_allowed = is_correction or (booking.status == "CONFIRMED" and booking.starts_at <= now)
    if booking.status == status and booking.moved_to is None:
        return "nothing"
    if not is_allowed:
        raise InvalidTransition(booking.status, _why_not(booking, status, now))
    return "write"


def check_move(booking: Booking, role: Role, now: datetime) -> None:
    """Raise `InvalidTransition` or `TooLate` if the booking can't be moved any more."""
    if booking.status not in ACTIVE:
        raise InvalidTransition(booking.status, _why_not(booking, "CANCELLED", now))
    if role == "student":
        check_notice(booking, now)


def too_late(starts_at: datetime, now: datetime, notice: timedelta) -> str:
    """Return why a slot can't be booked or released any more."""
    if starts_at < now:
        return "the slot has begun"
    return f"the tutor wants to know {int(notice.total_seconds() // 60)} minutes before the start"


def check_notice(booking: Booking, now: datetime) -> None:
    """Raise `TooLate` if a student may not cancel or move the booking any more."""
    notice = timedelta(minutes=booking.cancellation_notice_minutes)
    if booking.changeable_until < now:
        raise TooLate(f"{too_late(booking.starts_at, now, notice)}: ask the tutor")


def _why_not(booking: Booking, status: NewStatus, now: datetime) -> str:
    if booking.moved_to is not None:
        return f"the booking was moved: use the booking {booking.moved_to}"
    if status in OUTCOMES and booking.status == "CONFIRMED" and now < booking.starts_at:
        return "the lesson hasn't begun: wait for its start"
    if status in OUTCOMES and booking.status in OUTCOMES:
        return f"it is {booking.status} since more than {CORRECT_OUTCOME_FOR.days} days: it can't be corrected any more"
    return f"a booking that is {booking.status} can't become {status}: read it again"
