"""Errors as answers: RFC 9457 problem details, from one table."""

import json
from typing import Any, NamedTuple

from werkzeug import Response

from common import errors
from common.web.responses import conflicts_json, day_json


class Kind(NamedTuple):
    """How a kind of error is answered; `code` is what clients branch on, and never changes."""

    status: int
    code: str
    title: str


KINDS: dict[type[errors.SlotledgerError], Kind] = {
    errors.InvalidRequest: Kind(400, "invalid_request", "The request is not valid"),
    errors.OverlappingSlots: Kind(400, "overlapping_slots", "Two slots overlap"),
    errors.NonexistentLocalTime: Kind(400, "nonexistent_local_time", "That local time doesn't exist"),
    errors.DateInPast: Kind(400, "date_in_past", "That day is over"),
    errors.Unauthenticated: Kind(401, "unauthenticated", "Who is calling isn't known"),
    errors.Forbidden: Kind(403, "forbidden", "That isn't allowed"),
    errors.TutorNotFound: Kind(404, "tutor_not_found", "There is no such tutor"),
    errors.ChangeSetNotFound: Kind(404, "change_set_not_found", "There is no such change set"),
    errors.MethodNotAllowed: Kind(405, "method_not_allowed", "That method isn't spoken here"),
    errors.SlotBooked: Kind(409, "slot_booked", "A slot to remove is booked"),
    errors.ChangeSetIncomplete: Kind(409, "change_set_incomplete", "The change set isn't known as a whole"),
    errors.VersionMismatch: Kind(412, "version_mismatch", "The day has been edited meanwhile"),
    errors.BodyTooLarge: Kind(413, "body_too_large", "The body is too large"),
    errors.UnknownTimeZone: Kind(500, "unknown_time_zone", "The tutor's time zone isn't known"),
    errors.Unavailable: Kind(503, "unavailable", "Temporarily unavailable"),
}
UNEXPECTED = Kind(500, "internal_error", "Something went wrong on our side")


def problem(error: Exception) -> Response:
    """Return the answer to an error; to one that nobody expected, an answer that tells nothing of the inside."""
    kind = KINDS.get(type(error), UNEXPECTED) if isinstance(error, errors.SlotledgerError) else UNEXPECTED
    detail = str(error) if kind is not UNEXPECTED else "please try again; if it goes on, report the X-Request-Id"
    body: dict[str, Any] = {
        "type": f"urn:slotledger:problem:{kind.code}",
        "title": kind.title,
        "status": kind.status,
        "detail": detail,
        "code": kind.code,
    }
    response = Response(status=kind.status, content_type="application/problem+json")
    match error:
        case errors.InvalidRequest():
            body["errors"] = [{"field": wrong.field, "message": wrong.message} for wrong in error.errors]
        case errors.SlotBooked():
            body["conflicts"] = conflicts_json(error.conflicts)
        case errors.VersionMismatch():
            body["days"] = [day_json(day, error.zone) for day in error.days]
        case errors.Unauthenticated():
            response.headers["WWW-Authenticate"] = "Bearer"
        case errors.MethodNotAllowed():
            response.headers["Allow"] = ", ".join(error.allowed)
        case errors.Unavailable():
            response.headers["Retry-After"] = str(error.retry_after)
    response.set_data(json.dumps(body, ensure_ascii=False, separators=(",", ":")))
    return response
