"""Make answers from errors: problem details (RFC 9457)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, NamedTuple

from pydantic import WithJsonSchema
from pydantic_core import MISSING
from werkzeug import Response

from common import errors
from common.core.diffing import Conflict
from common.errors import FieldError
from common.web.availability import DayAnswer, day_answer
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
    errors.DateInPast: Kind(400, "date_in_past", "That day is over"),
    errors.Unauthenticated: Kind(401, "unauthenticated", "Authentication required"),
    errors.Forbidden: Kind(403, "forbidden", "That isn't allowed"),
    errors.TutorNotFound: Kind(404, "tutor_not_found", "There is no such tutor"),
    errors.ChangeSetNotFound: Kind(404, "change_set_not_found", "There is no such change set"),
    errors.MethodNotAllowed: Kind(405, "method_not_allowed", "Method not allowed"),
    errors.SlotBooked: Kind(409, "slot_booked", "A slot to remove is booked"),
    errors.UserTaken: Kind(409, "user_taken", "The user is another tutor"),
    errors.ExternalIdTaken: Kind(409, "external_id_taken", "Another tutor has this external id"),
    errors.ChangeSetIncomplete: Kind(409, "change_set_incomplete", "Some entries of the change set are missing"),
    errors.VersionMismatch: Kind(412, "version_mismatch", "The day has another version now"),
    errors.BodyTooLarge: Kind(413, "body_too_large", "The body is too large"),
    errors.UnknownTimeZone: Kind(500, "unknown_time_zone", "The tutor's time zone isn't known"),
    errors.Unavailable: Kind(503, "unavailable", "Temporarily unavailable"),
}
UNEXPECTED = Kind(500, "internal_error", "Something went wrong on our side")

ALL_KINDS = (*KINDS.values(), UNEXPECTED)


@dataclass(frozen=True, slots=True)
class Problem:
    """An error (RFC 9457).

    `errors`: the fields that are wrong, and what is wrong with each (400, 409 `user_taken` and `external_id_taken`).
    `conflicts`: the booked slots that the edit would remove (409 `slot_booked`). `days`: the current state of the
    requested days (412 `version_mismatch`).
    """

    type: Annotated[str, WithJsonSchema({"type": "string", "format": "uri"})]
    title: str
    status: int
    detail: str
    code: Annotated[str, WithJsonSchema({"enum": [kind.code for kind in ALL_KINDS]})]
    errors: Sequence[FieldError] | MISSING = MISSING
    conflicts: Sequence[Conflict] | MISSING = MISSING
    days: Sequence[DayAnswer] | MISSING = MISSING


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
        case errors.VersionMismatch():
            body = replace(body, days=[day_answer(day, error.zone) for day in error.days])
        case errors.Unauthenticated():
            headers["WWW-Authenticate"] = "Bearer"
        case errors.MethodNotAllowed():
            headers["Allow"] = ", ".join(error.allowed)
        case errors.Unavailable():
            headers["Retry-After"] = str(error.retry_after)
    return Response(encode(body), kind.status, headers, content_type="application/problem+json")
