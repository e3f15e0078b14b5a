"""`GET /get_availability`: the slots that a tutor offers, each available or booked. Public."""

from datetime import date, timedelta

from sqlalchemy import Connection
from werkzeug import Request, Response

from common.core.audit import AuditEntry
from common.core.time_slots import time_zone, today
from common.db.as_of import read_days_as_of
from common.db.audit_log import read_last_words
from common.db.engine import engine_for, one_snapshot, read, transact
from common.db.slots import TutorDays, read_days
from common.errors import FieldError, InvalidRequest, TutorNotFound
from common.web.auth import Caller, authenticate
from common.web.endpoint import Call, endpoint, json_response
from common.web.lambda_adapter import lambda_handler
from common.web.parsing import parse_query
from common.web.responses import AvailabilityJson, day_json, explained_day_json, utc_json
from common.web.schemas import MAX_DAYS_OF_RANGE, AvailabilityQuery

DEFAULT_RANGE = timedelta(days=13)


@endpoint("GET", public=True)
def get_availability(request: Request, call: Call) -> Response:
    """Answer the days of a range as they stand, from the one source of truth, as one snapshot."""
    viewer = _viewer(request, call)
    query = parse_query(AvailabilityQuery, request)
    _check_as_of(query, call)
    now = query.as_of or call.clock()
    # Which date it is where the tutor lives isn't known before the tutor is read; it is one of three. The range that
    # is read covers them all, so that reading stays one statement.
    first, last = query.start_date or now.date() - timedelta(days=1), query.end_date
    if query.start_date is not None:
        last = _checked_range(first, last)[1]
    read_until = last or now.date() + timedelta(days=1) + DEFAULT_RANGE
    uncertain: set[date] = set()
    last_words: list[AuditEntry] = []

    def find(connection: Connection) -> TutorDays | None:
        nonlocal uncertain, last_words
        if query.as_of is not None:
            found = read_days_as_of(connection, query.tutor_id, first, read_until, query.as_of)
            if found is None:
                return None
            tutor, uncertain = found
            return tutor
        if query.explain:
            one_snapshot(connection)
            last_words = read_last_words(connection, query.tutor_id, first, read_until)
        return read_days(connection, query.tutor_id, first, read_until)

    engine = engine_for(call.settings)
    tutor = transact(engine, find, read_only=True) if query.explain else read(engine, find)
    if tutor is None:
        raise TutorNotFound("there is no tutor with this id")
    zone = time_zone(tutor.time_zone)
    start, end = _checked_range(query.start_date or today(zone, now), last)
    days = [day for day in tutor.days.values() if start <= day.date <= end]
    if query.explain:
        with_details = viewer is not None and viewer.may_act_for(tutor.user_id)
        shown = [explained_day_json(day, zone, last_words, with_details=with_details) for day in days]
    else:
        shown = [day_json(day, zone) for day in days]
    body: AvailabilityJson = {
        "tutorId": str(query.tutor_id),
        "timeZone": tutor.time_zone,
        "startDate": start.isoformat(),
        "endDate": end.isoformat(),
        "days": shown,
    }
    if query.as_of is not None:
        body["asOf"] = utc_json(query.as_of)
        body["complete"] = not any(start <= day <= end for day in uncertain)
    response = json_response(body)
    # Keep it, and ask whether it still holds; what is told to one alone, only that one may keep.
    response.headers["Cache-Control"] = "private, no-cache" if viewer else "no-cache"
    response.add_etag()
    # If-Match is for edits, by version; werkzeug would hold it against the ETag.
    return response.make_conditional({**request.environ, "HTTP_IF_MATCH": ""})


def _viewer(request: Request, call: Call) -> Caller | None:
    """Return who wants an explanation, if they say so; otherwise tokens don't matter here."""
    authorization = request.headers.get("Authorization")
    if authorization is None or request.args.get("explain") != "true":
        return None
    return authenticate(authorization, call.settings)


def _check_as_of(query: AvailabilityQuery, call: Call) -> None:
    if query.as_of is not None and query.explain:
        raise InvalidRequest(FieldError("explain", "expected nothing here beside asOf"))
    if query.as_of is not None and query.as_of > call.clock():
        raise InvalidRequest(FieldError("asOf", "expected an instant that isn't in the future"))


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
