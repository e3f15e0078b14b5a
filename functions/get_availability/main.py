"""`GET /get_availability`: the slots that a tutor offers, each available or booked. Public."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug import Request, Response

from common.core.availability import BookingRule, Day
from common.core.zones import time_zone, today
from common.db.days import read_days
from common.db.pool import pool_for
from common.errors import FieldError, InvalidRequest, TutorNotFound, Unauthenticated
from common.web.availability import MAX_DAYS_OF_RANGE, Availability, AvailabilityQuery, day_answer, explained_day
from common.web.endpoint import Call, endpoint, json_response, with_etag
from common.web.fields import IF_NONE_MATCH
from common.web.lambda_adapter import lambda_handler

DEFAULT_RANGE = timedelta(days=13)
MAX_RANGE = timedelta(days=MAX_DAYS_OF_RANGE - 1)


@endpoint(
    "GET",
    access="public",
    operation_id="getAvailability",
    tag="Availability",
    query=AvailabilityQuery,
    request_headers={"If-None-Match": IF_NONE_MATCH},
    answer=Availability,
    errors=(TutorNotFound, Unauthenticated),
    identity_parameter="explain",
)
def get_availability(request: Request, call: Call, query: AvailabilityQuery) -> Response:
    """Return the slots that a tutor offers, each available or booked.

    A token is optional. It is read only with `explain=true`; then the tutor and admins get more details.
    """
    viewer = call.identity
    _check_as_of(query, call)
    now = query.as_of or call.clock()
    # Without startDate, the range begins today in the tutor's zone. The zone isn't known before the statement has run,
    # so today may be the date in UTC, the date before or the date after it: read one range that covers all three.
    first, last = query.start_date or now.date() - timedelta(days=1), query.end_date
    if query.start_date is not None:
        last = _checked_range(first, last)[1]
    read_until = last or now.date() + timedelta(days=1) + DEFAULT_RANGE
    tutor_and_dates = query.tutor_id, first, read_until
    show: Callable[[Day, ZoneInfo, BookingRule | None], Any] = day_answer
    uncertain_dates: set[date] = set()
    pool = pool_for(call.settings)
    # The modules that read the log are imported here, because most requests don't need them.
    if query.as_of is not None:
        from common.db.as_of import read_days_as_of

        tutor, uncertain_dates = read_days_as_of(pool, *tutor_and_dates, query.as_of) or (None, uncertain_dates)
    elif query.explain:
        from common.db.history import read_days_and_latest_entries

        tutor, holds, latest = read_days_and_latest_entries(pool, *tutor_and_dates) or (None, {}, {})
        with_details = viewer is not None and tutor is not None and viewer.may_act_for(tutor.user_id)
        show = partial(explained_day, holds=holds, latest=latest, with_details=with_details)
    else:
        tutor = read_days(pool, *tutor_and_dates)
    if tutor is None:
        raise TutorNotFound("there is no tutor with this id")
    zone = time_zone(tutor.time_zone)
    rule = BookingRule(now, tutor.is_active, timedelta(minutes=tutor.booking_notice_minutes))
    start, end = _checked_range(query.start_date or today(zone, now), last)
    last_with_obstacles = rule.last_date_with_obstacles()
    days = [
        show(day, zone, rule if day.date <= last_with_obstacles else None)
        for day in tutor.days.values()
        if start <= day.date <= end
    ]
    answer = Availability(query.tutor_id, tutor.time_zone, start, end, days)
    if query.as_of is not None:
        is_complete = not any(start <= day <= end for day in uncertain_dates)
        answer = replace(answer, as_of=query.as_of, complete=is_complete)
    # Caches may store the answer, but have to revalidate it. Shared caches may not store what depends on the viewer.
    return with_etag(json_response(answer, "private, no-cache" if viewer else "no-cache"), request)


def _check_as_of(query: AvailabilityQuery, call: Call) -> None:
    if query.as_of is not None and query.explain:
        raise InvalidRequest(FieldError("explain", "not allowed together with asOf: leave out one of them"))
    if query.as_of is not None and query.as_of > call.clock():
        raise InvalidRequest(FieldError("asOf", "this instant is in the future: use one in the past"))


def _checked_range(start: date, end: date | None) -> tuple[date, date]:
    """Return the range, both dates inclusive. By default, it has 14 days.

    Raise `InvalidRequest` if the range ends before it starts, is too long, or ends after the year 9999.
    """
    if end is None and start > date.max - DEFAULT_RANGE:
        raise InvalidRequest(FieldError("startDate", "the range ends after the year 9999: use an earlier date"))
    end = end or start + DEFAULT_RANGE
    if end < start:
        raise InvalidRequest(FieldError("endDate", f"the range ends before it starts: use {start} or later"))
    if (end - start).days >= MAX_DAYS_OF_RANGE:
        message = f"the range has more than {MAX_DAYS_OF_RANGE} days: use {start + MAX_RANGE} or earlier"
        raise InvalidRequest(FieldError("endDate", message))
    return start, end


handler = lambda_handler(get_availability)
