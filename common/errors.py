"""Errors that a request can cause. Their messages are for the caller of the function.

Errors contain data, and nothing about HTTP. `str(error)` says what is wrong and what to do, and never contains SQL, a
host name or another user's data. A test checks that `common.web.problems` has an answer for each class that has no
subclasses.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

NOT_IN_DATABASE = "the database doesn't know this time zone: use another, or ask an operator to update its zone files"


@dataclass(frozen=True, slots=True)
class FieldError:
    """An error of one field; `field` is its path in the request: `days[1].timeSlots[0].time`."""

    field: str
    message: str


class SlotledgerError(Exception):
    """Base class of the errors of this module."""


class WithFields(SlotledgerError):
    """An error of fields of the request; `errors` lists them."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


class InvalidRequest(WithFields):
    """The request isn't valid."""


class OverlappingSlots(InvalidRequest):
    """Two slots overlap."""


class NonexistentLocalTime(InvalidRequest):
    """The clock jumps over that time on that day."""


class DateInPast(InvalidRequest):
    """The date is before today, in the zone of a changed slot."""


class Unauthenticated(SlotledgerError):
    """The request has no valid token; `token_part` is the part of the token that is wrong, for the log."""

    def __init__(self, message: str, *, token_part: str | None = None) -> None:
        super().__init__(message)
        self.token_part = token_part


class Forbidden(SlotledgerError):
    """The caller may not do this."""


class TutorNotFound(SlotledgerError):
    """There is no tutor with that id."""


class ChangeSetNotFound(SlotledgerError):
    """The log has no change set of this tutor with that id."""


class BookingNotFound(SlotledgerError):
    """The tutor has no booking or series with that id, or the caller may not see it."""


class MethodNotAllowed(SlotledgerError):
    """The function doesn't support the HTTP method; `allowed` are the methods that it supports."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"use {' or '.join(allowed)}")
        self.allowed = allowed


class BodyTooLarge(SlotledgerError):
    """The body is larger than the limit."""


class VersionMismatch(SlotledgerError):
    """A day, or a schedule, doesn't have the version that its edit requires.

    For days, `days` are the requested days in their current state.
    """

    def __init__(self, message: str, days: Sequence[Any] = (), zone: Any = None) -> None:
        super().__init__(message)
        self.days = days
        self.zone = zone


class SlotBooked(SlotledgerError):
    """The edit would remove booked slots; `conflicts` lists them."""

    def __init__(self, conflicts: Sequence[Any]) -> None:
        super().__init__("a slot to remove is booked; keep the slot, or cancel the booking first")
        self.conflicts = conflicts


class HoldRequired(WithFields):
    """Students have to hold a slot first, and an admin confirms the booking after the payment."""


class UserTaken(WithFields):
    """The user already is another tutor."""


class ExternalIdTaken(WithFields):
    """Another tutor has this external id."""


class BookingRefused(SlotledgerError):
    """A slot can't be booked, or a booking can't be changed; `code` names the reason in the API.

    `alternatives` are slots that can be booked instead.
    """

    code = ""

    def __init__(self, message: str, alternatives: Sequence[Any] = ()) -> None:
        super().__init__(message)
        self.alternatives = alternatives


class TutorInactive(BookingRefused):
    """The tutor can't be booked."""

    code = "tutor_inactive"


class SlotNotFound(BookingRefused):
    """The tutor doesn't offer this slot, or it isn't the one that the student saw."""

    code = "slot_not_found"


class TooLate(BookingRefused):
    """The slot has begun, or the tutor requires more notice."""

    code = "too_late"


class SlotTaken(BookingRefused):
    """The slot is booked."""

    code = "slot_taken"


class StudentBusy(BookingRefused):
    """The student has an active booking of another tutor at that time."""

    code = "student_busy"


class TooManyHolds(BookingRefused):
    """The student holds as many slots as one student may."""

    code = "too_many_holds"


class HoldExpired(BookingRefused):
    """The hold ran out, and its slot isn't free any more."""

    code = "hold_expired"


class InvalidTransition(BookingRefused):
    """A booking with this `status` can't get the requested one."""

    code = "invalid_transition"

    def __init__(self, status: Any, message: str) -> None:
        super().__init__(message)
        self.status = status


class SeriesConflict(SlotledgerError):
    """Some of a series' bookings can't be placed or changed; `refusals` has the reason for each date."""

    def __init__(self, refusals: Sequence[tuple[Any, BookingRefused]]) -> None:
        super().__init__("nothing was changed: see conflicts for the reason on each date")
        self.refusals = refusals


class IdempotencyKeyReused(SlotledgerError):
    """The same key was sent with another body."""


class ChangeSetIncomplete(SlotledgerError):
    """The log lacks some entries of the change set, so it can't be reverted as a whole."""


class Unavailable(SlotledgerError):
    """The database or another service can't be reached or is too busy; try again in `retry_after` seconds.

    With `outcome_unknown`, the database didn't confirm a commit: the change may have been saved.
    """

    def __init__(self, message: str, *, retry_after: int = 2, outcome_unknown: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown


class UnknownTimeZone(SlotledgerError):
    """A tutor's row has a time zone that doesn't exist: an operator has to correct the row."""
