"""`GET /get_availability`: the slots that a tutor offers, each available or booked. Public."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug import Request, Response

from common.core.availability import Day
from common.core.caller import Caller
from common.core.time_slots import time_zone, today
from common.db.days import read_days
from common.db.pool import pool_for
from common.errors import FieldError, InvalidRequest, TutorNotFound, Unauthenticated
from common.web.auth import authenticate
from common.web.availability import MAX_DAYS_OF_RANGE, Availability, AvailabilityQuery, day_json, explained_day
from common.web.endpoint import Call, endpoint, json_response, with_etag
from common.web.lambda_adapter import lambda_handler
from common.web.parsing import parse_query

DEFAULT_RANGE = timedelta(days=13)


@endpoint(
    "GET",
    access="public",
    operation_id="getAvailability",
    query=AvailabilityQuery,
    request_headers={"If-None-Match": "An ETag; 304 if it holds."},
    answer=Availability,
    errors=(TutorNotFound, Unauthenticated),
)
def get_availability(request: Request, call: Call) -> Response:
    """Return the slots that a tutor offers, each available or booked.

    A token is optional, and only tells the tutor and admins more where explain is true.
    """
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
    asked = query.tutor_id, first, read_until
    show: Callable[[Day, ZoneInfo], Any] = day_json
    uncertain: set[date] = set()
    pool = pool_for(call.settings)
    # What reads the log is imported where it is asked for: most requests do without, and so does a cold start.
    if query.as_of is not None:
        from common.db.history import read_days_as_of

        tutor, uncertain = read_days_as_of(pool, *asked, query.as_of) or (None, uncertain)
    elif query.explain:
        from common.db.history import read_days_and_latest_entries

        tutor, latest = read_days_and_latest_entries(pool, *asked) or (None, {})
        with_details = viewer is not None and tutor is not None and viewer.may_act_for(tutor.user_id)
        show = partial(explained_day, latest=latest, with_details=with_details)
    else:
        tutor = read_days(pool, *asked)
    if tutor is None:
        raise TutorNotFound("there is no tutor with this id")
    zone = time_zone(tutor.time_zone)
    start, end = _checked_range(query.start_date or today(zone, now), last)
    answer = Availability(
        query.tutor_id,
        tutor.time_zone,
        start,
        end,
        [show(day, zone) for day in tutor.days.values() if start <= day.date <= end],
    )
    if query.as_of is not None:
        is_complete = not any(start <= day <= end for day in uncertain)
        answer = replace(answer, as_of=query.as_of, complete=is_complete)
    # Keep it, and ask whether it still holds; what is told to one alone, only that one may keep.
    return with_etag(json_response(answer, "private, no-cache" if viewer else "no-cache"), request)


def _viewer(request: Request, call: Call) -> Caller | None:
    """Return who wants an explanation, if they say so; otherwise tokens don't matter here."""
    authorization = request.environ.get("HTTP_AUTHORIZATION")
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
