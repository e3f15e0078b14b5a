"""Every way in which a request can fail for a reason that its caller should hear of.

The tree (a test walks it and asserts that `common.web.problems` has an answer for each leaf)::

    SlotledgerError
    ├── InvalidRequest            what was sent is not of the form the contract asks for
    │   ├── OverlappingSlots      two slots of one day share time
    │   ├── NonexistentLocalTime  the clock jumps over that time on that day
    │   └── DateInPast            the day is over, in the tutor's zone
    ├── Unauthenticated           there is no token, or it isn't valid
    ├── Forbidden                 who is calling may not
    ├── NotFound
    │   ├── TutorNotFound
    │   └── ChangeSetNotFound
    ├── MethodNotAllowed          the function has no such HTTP method
    ├── BodyTooLarge
    ├── VersionMismatch           the day has moved on since the caller read it
    ├── SlotBooked                the edit would strand a booking
    ├── ChangeSetIncomplete       not all entries of the change set to revert are known
    ├── Unavailable               the database (or the key server) can't be reached now
    └── UnknownTimeZone           a tutor's row holds a time zone that isn't one

Errors carry data and know nothing of HTTP. `str(error)` is written for the person who made the request: it says what
was wrong and what to do, and never holds SQL, a host name or somebody else's data.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One thing that is wrong with one field; `field` is its path in the request: `days[1].timeSlots[0].time`."""

    field: str
    message: str


class SlotledgerError(Exception):
    """The root: catch it to catch every error below."""


class InvalidRequest(SlotledgerError):
    """What was sent is not of the form the contract asks for; `errors` names each field."""

    def __init__(self, *errors: FieldError) -> None:
        super().__init__("; ".join(f"{error.field}: {error.message}" for error in errors))
        self.errors = errors


class OverlappingSlots(InvalidRequest):
    """Two slots of one day share time."""


class NonexistentLocalTime(InvalidRequest):
    """The clock jumps over that time on that day."""


class DateInPast(InvalidRequest):
    """The day is over, in the tutor's zone."""


class Unauthenticated(SlotledgerError):
    """The request has no token, or one that isn't valid; `token_part` is the part that is wrong, for the log."""

    def __init__(self, message: str, *, token_part: str | None = None) -> None:
        super().__init__(message)
        self.token_part = token_part


class Forbidden(SlotledgerError):
    """Who is calling is known, and may not do this."""


class NotFound(SlotledgerError):
    """What was asked for isn't there."""


class TutorNotFound(NotFound):
    """There is no tutor with that id."""


class ChangeSetNotFound(NotFound):
    """The log knows no change set of this tutor with that id."""


class MethodNotAllowed(SlotledgerError):
    """The function has no such HTTP method; `allowed` are the methods that it has."""

    def __init__(self, allowed: Sequence[str]) -> None:
        super().__init__(f"use {' or '.join(allowed)}")
        self.allowed = allowed


class BodyTooLarge(SlotledgerError):
    """The body is larger than this API reads."""


class VersionMismatch(SlotledgerError):
    """The day has moved on since the caller read it; `days` are the requested days as they stand now, in the zone."""

    def __init__(self, days: Sequence[Any], zone: Any) -> None:
        super().__init__("a day has been edited since you read it; merge your edit into the days as they stand now")
        self.days = days
        self.zone = zone


class SlotBooked(SlotledgerError):
    """The edit would strand a booking; `conflicts` are the booked slots that it would remove."""

    def __init__(self, conflicts: Sequence[Any]) -> None:
        super().__init__("a slot to remove is booked; keep it, or have the booking cancelled first")
        self.conflicts = conflicts


class ChangeSetIncomplete(SlotledgerError):
    """Some entries of the change set aren't known, so what it did can't be told as a whole."""


class Unavailable(SlotledgerError):
    """Something this service depends on can't be reached; trying again in `retry_after` seconds may help.

    `outcome_unknown` says that the database didn't confirm a commit: the change may have been saved.
    """

    def __init__(self, message: str, *, retry_after: int = 2, outcome_unknown: bool = False) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.outcome_unknown = outcome_unknown


class UnknownTimeZone(SlotledgerError):
    """A tutor's row holds a time zone that isn't one: a fault in our data, which the caller can't mend."""
