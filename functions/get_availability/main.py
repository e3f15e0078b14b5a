"""`GET /get_availability`: the slots that a tutor offers, each available or booked. Public."""

from datetime import date, timedelta

from werkzeug import Request, Response

from common.core.time_slots import time_zone, today
from common.db.engine import engine_for, transact
from common.db.slots import read_days
from common.errors import FieldError, InvalidRequest, TutorNotFound
from common.web.endpoint import Call, endpoint, json_response
from common.web.lambda_adapter import lambda_handler
from common.web.parsing import parse_query
from common.web.responses import AvailabilityJson, day_json
from common.web.schemas import MAX_DAYS_OF_RANGE, AvailabilityQuery

DEFAULT_RANGE = timedelta(days=13)


@endpoint("GET", public=True)
def get_availability(request: Request, call: Call) -> Response:
    """Answer the days of a range as they stand, from the one source of truth, as one snapshot."""
    query = parse_query(AvailabilityQuery, request)
    now = call.clock()
    # Which date it is where the tutor lives isn't known before the tutor is read; it is one of three. The range that
    # is read covers them all, so that reading stays one statement.
    first, last = query.start_date or now.date() - timedelta(days=1), query.end_date
    if query.start_date is not None:
        last = _checked_range(first, last)[1]
    read_until = last or now.date() + timedelta(days=1) + DEFAULT_RANGE
    tutor = transact(
        engine_for(call.settings),
        lambda connection: read_days(connection, query.tutor_id, first, read_until),
        read_only=True,
    )
    if tutor is None:
        raise TutorNotFound("there is no tutor with this id")
    zone = time_zone(tutor.time_zone)
    start, end = _checked_range(query.start_date or today(zone, now), last)
    body: AvailabilityJson = {
        "tutorId": str(query.tutor_id),
        "timeZone": tutor.time_zone,
        "startDate": start.isoformat(),
        "endDate": end.isoformat(),
        "days": [day_json(day, zone) for day in tutor.days.values() if start <= day.date <= end],
    }
    response = json_response(body)
    response.headers["Cache-Control"] = "no-cache"  # keep it, and ask whether it still holds
    response.add_etag()
    # If-Match is for edits, by version; werkzeug would hold it against the ETag.
    return response.make_conditional({**request.environ, "HTTP_IF_MATCH": ""})


def _checked_range(start: date, end: date | None) -> tuple[date, date]:
    """Return the range, both ends inclusive; refuse one that ends before it starts, or is too long."""
    if end is None:
        if start > date.max - DEFAULT_RANGE:
            raise InvalidRequest(FieldError("startDate", "expected an earlier date"))
        return start, start + DEFAULT_RANGE
    if end < start:
        raise InvalidRequest(FieldError("endDate", f"expected startDate ({start}) or later"))
    if (end - start).days >= MAX_DAYS_OF_RANGE:
        raise InvalidRequest(FieldError("endDate", f"expected at most {MAX_DAYS_OF_RANGE} days, both ends included"))
    return start, end


handler = lambda_handler(get_availability)
