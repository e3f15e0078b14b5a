"""Make answers from errors: problem details (RFC 9457)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, NamedTuple

from pydantic import WithJsonSchema
from pydantic_core import MISSING
from werkzeug import Response

from common import errors
from common.core.bookings import Status
from common.core.diffing import Conflict
from common.errors import FieldError
from common.web.availability import DayAnswer, day_answer
from common.web.booking_answers import Alternative, RefusedDate, alternatives_of
from common.web.encoding import encode


class Kind(NamedTuple):
    """The status, code and title of an error's answer. Clients branch on `code`, so it never changes."""

    status: int
    code: str
    title: str


KINDS: dict[type[Exception], Kind] = {
    errors.InvalidRequest: Kind(400, "invalid_request", "The request is not valid"),
    errors.OverlappingSlots: Kind(400, "overlapping_slots", "Two slots overlap"),
    errors.NonexistentLocalTime: Kind(400, "nonexistent_local_time", "That local time doesn't exist"),
    errors.HoldRequired: Kind(400, "hold_required", "Students have to hold a slot first"),
    errors.DateInPast: Kind(400, "date_in_past", "That day is over"),
    errors.Unauthenticated: Kind(401, "unauthenticated", "Authentication required"),
    errors.Forbidden: Kind(403, "forbidden", "That isn't allowed"),
    errors.TutorNotFound: Kind(404, "tutor_not_found", "There is no such tutor"),
    errors.ChangeSetNotFound: Kind(404, "change_set_not_found", "There is no such change set"),
    errors.BookingNotFound: Kind(404, "booking_not_found", "There is no such booking"),
    errors.SlotNotFound: Kind(404, errors.SlotNotFound.code, "There is no such slot"),
    errors.MethodNotAllowed: Kind(405, "method_not_allowed", "Method not allowed"),
    errors.SlotBooked: Kind(409, "slot_booked", "A slot to remove is booked"),
    errors.TutorInactive: Kind(409, errors.TutorInactive.code, "The tutor can't be booked"),
    errors.TooLate: Kind(409, errors.TooLate.code, "It is too late for this slot"),
    errors.SlotTaken: Kind(409, errors.SlotTaken.code, "The slot is booked"),
    errors.StudentBusy: Kind(409, errors.StudentBusy.code, "The student has another lesson at that time"),
    errors.TooManyHolds: Kind(409, errors.TooManyHolds.code, "The student has too many holds"),
    errors.HoldExpired: Kind(409, errors.HoldExpired.code, "The hold ran out"),
    errors.InvalidTransition: Kind(409, errors.InvalidTransition.code, "The booking's status doesn't allow this"),
    errors.SeriesConflict: Kind(409, "series_conflict", "Some dates of the series don't allow this"),
    errors.UserTaken: Kind(409, "user_taken", "The user is another tutor"),
    errors.ExternalIdTaken: Kind(409, "external_id_taken", "Another tutor has this external id"),
    errors.ChangeSetIncomplete: Kind(409, "change_set_incomplete", "Some entries of the change set are missing"),
    errors.VersionMismatch: Kind(412, "version_mismatch", "The day or the schedule has another version now"),
    errors.BodyTooLarge: Kind(413, "body_too_large", "The body is too large"),
    errors.IdempotencyKeyReused: Kind(422, "idempotency_key_reused", "The key was used for another request"),
    errors.UnknownTimeZone: Kind(500, "unknown_time_zone", "The tutor's time zone isn't known"),
    errors.Unavailable: Kind(503, "unavailable", "Temporarily unavailable"),
}
UNEXPECTED = Kind(500, "internal_error", "Something went wrong on our side")

ALL_KINDS = (*KINDS.values(), UNEXPECTED)


@dataclass(frozen=True, slots=True)
class Problem:
    """An error (RFC 9457).

    `errors`: the fields that are wrong, and what is wrong with each (400, 409 `user_taken` and `external_id_taken`).
    `conflicts`: the booked slots that the edit would remove (409 `slot_booked`), or the dates of the series that don't
    allow the request (409 `series_conflict`). `days`: the current state of the requested days (412 `version_mismatch`
    of an update). `alternatives`: slots that can be booked instead, the nearest first (404 `slot_not_found`, 409
    `slot_taken`). `bookingStatus`: the status of the booking (409 `invalid_transition`).
    """

    type: Annotated[str, WithJsonSchema({"type": "string", "format": "uri"})]
    title: str
    status: int
    detail: str
    code: Annotated[str, WithJsonSchema({"enum": [kind.code for kind in ALL_KINDS]})]
    errors: Sequence[FieldError] | MISSING = MISSING
    conflicts: Sequence[Conflict] | Sequence[RefusedDate] | MISSING = MISSING
    days: Sequence[DayAnswer] | MISSING = MISSING
    alternatives: Sequence[Alternative] | MISSING = MISSING
    booking_status: Status | MISSING = MISSING


def problem(error: Exception) -> Response:
    """Return the answer to an error. The answer to an unexpected error contains nothing of that error."""
    kind = KINDS.get(type(error), UNEXPECTED)
    detail = str(error) if kind is not UNEXPECTED else "please try again; if it goes on, report the X-Request-Id"
    body = Problem(f"urn:slotledger:problem:{kind.code}", kind.title, kind.status, detail, kind.code)
    headers = {}
    match error:
        case errors.WithFields():
            body = replace(body, errors=error.errors)
        case errors.SlotBooked():
            body = replace(body, conflicts=error.conflicts)
        case errors.VersionMismatch() if error.days:
            body = replace(body, days=[day_answer(day, error.zone) for day in error.days])
        case errors.SlotNotFound() | errors.SlotTaken():
            body = replace(body, alternatives=alternatives_of(error.alternatives))
        case errors.InvalidTransition():
            body = replace(body, booking_status=error.status)
        case errors.SeriesConflict():
            refusals = ((day, why.code, alternatives_of(why.alternatives)) for day, why in error.refusals)
            body = replace(body, conflicts=[RefusedDate(*refusal) for refusal in refusals])
        case errors.Unauthenticated():
            headers["WWW-Authenticate"] = "Bearer"
        case errors.MethodNotAllowed():
            headers["Allow"] = ", ".join(error.allowed)
        case errors.Unavailable():
            headers["Retry-After"] = str(error.retry_after)
    return Response(encode(body), kind.status, headers, content_type="application/problem+json")
