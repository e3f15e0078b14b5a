"""`GET /audit_stats`: how much, when and by whom availability is edited, and how much of it is booked.

One tutor's statistics are for the tutor and admins. The statistics of all tutors are for admins only.
"""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial

from pydantic import Field
from werkzeug import Request, Response

from common.core.statistics import ChangeStats, PlatformStats, last_week_due
from common.db.change_stats import read_change_stats
from common.db.pool import pool_for
from common.errors import FieldError, Forbidden, InvalidRequest
from common.web.cursor import CountCursor, encode_count_cursor, key_of
from common.web.endpoint import Call, endpoint, json_response
from common.web.fields import Days, Id, Limit, LocalDate, Schema
from common.web.lambda_adapter import lambda_handler

TUTORS_PER_PAGE = 100
WEEK = timedelta(days=7)


class StatsQuery(Schema):
    """The query of `GET /audit_stats`."""

    tutor_id: Id | None = Field(None, description="The tutor. Without it: all tutors; admins only.")
    days: Days = 30
    first: LocalDate | None = Field(
        None,
        alias="from",
        description="Return the weeks that begin on this date or later; without it, all weeks before `to`. Not allowed"
        " together with `tutorId` or `days`.",
    )
    end: LocalDate | None = Field(
        None,
        alias="to",
        description="Return the weeks that begin before this date, which is after `from`; without it, all weeks since"
        " `from`. Not allowed together with `tutorId` or `days`.",
    )
    limit: Limit | None = Field(
        None, description="How many tutors to return at most, 100 by default. Not allowed together with `tutorId`."
    )
    cursor: CountCursor | None = Field(
        None,
        description="The `nextCursor` of the page before, unchanged. `from`, `to` and `days` have to be those of the"
        " first page. Not allowed together with `tutorId`.",
    )


@endpoint(
    "GET",
    access="tutor",
    operation_id="getChangeStats",
    tag="Statistics",
    query=StatsQuery,
    answer=ChangeStats | PlatformStats,
)
def audit_stats(request: Request, call: Call, query: StatsQuery) -> Response:
    """Return how much, when and by whom a tutor's availability is edited, and how much of it is booked.

    Without `tutorId`, return the statistics of all tutors; admins only. `from` and `to` choose the weeks, such as those
    of the same season last year.
    """
    if query.tutor_id is None:
        return json_response(_platform_stats(query, call))
    _refuse(query, "tutorId", "limit", "cursor", "from", "to")
    stats = read_change_stats(pool_for(call.settings), query.tutor_id, call.caller, days=query.days, until=call.clock())
    if stats is None:
        raise call.caller.not_found()
    return json_response(stats)


def _platform_stats(query: StatsQuery, call: Call) -> PlatformStats:
    """Return sums of `tutor_weekly_stats`, over the weeks in `[from, to)`, or those whose last day is in the period.

    Until one hour after `weekly_stats` starts, `complete` can be true without the rows of a week (`last_week_due`).
    """
    from common.db.engine import engine_for, transact  # imported here, because few requests need it
    from common.db.platform_stats import read_platform

    if not call.caller.is_admin:
        raise Forbidden("only an admin may read the statistics of all tutors: add a tutorId")
    now = call.clock()
    first, end = query.first, query.end
    if first is None and end is None:
        first = (now - timedelta(days=query.days)).date() - WEEK + timedelta(days=1)
    else:
        _refuse(query, "from or to", "days")
    if first and end and first >= end:
        raise InvalidRequest(FieldError("to", "use a date after from"))
    (key, changes), tutor_id = query.cursor or ((key_of(query), 0), None)
    if key != key_of(query):
        raise InvalidRequest(FieldError("cursor", "this cursor is of another period: begin with its first page"))
    work = partial(
        read_platform,
        first_week=first or date.min,
        end=end or date.max,
        last_week=last_week_due(now),
        limit=query.limit or TUTORS_PER_PAGE,
        after=(changes, tutor_id) if tutor_id else None,
    )
    stats, position = transact(engine_for(call.settings), work, read_only=True)
    return replace(stats, next_cursor=encode_count_cursor(key_of(query), *position)) if position else stats


def _refuse(query: StatsQuery, parameter: str, *others: str) -> None:
    """Raise `InvalidRequest` if the query has one of the others, too."""
    sent = query.model_dump(by_alias=True, exclude_unset=True)
    if errors := [
        FieldError(name, f"not allowed together with {parameter}: leave out one of them")
        for name in others
        if name in sent
    ]:
        raise InvalidRequest(*errors)


handler = lambda_handler(audit_stats)
