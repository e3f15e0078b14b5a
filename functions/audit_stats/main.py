"""`GET /audit_stats`: how much, when and by whom availability is edited.

One tutor's statistics are for the tutor and admins. The statistics of all tutors are for admins only.
"""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from pydantic import Field
from werkzeug import Request, Response

from common.core.statistics import ChangeStats, PlatformStats, last_week_due
from common.db.change_stats import read_change_stats
from common.db.pool import pool_for
from common.errors import FieldError, Forbidden, InvalidRequest
from common.web.cursor import CountCursor, encode_cursor
from common.web.endpoint import Call, endpoint, json_response
from common.web.fields import Days, Id, Limit, Schema
from common.web.lambda_adapter import lambda_handler

TUTORS_PER_PAGE = 100
WEEK = timedelta(days=7)


class StatsQuery(Schema):
    """The query of `GET /audit_stats`."""

    tutor_id: Id | None = Field(None, description="The tutor. Without it: all tutors; admins only.")
    days: Days = 30
    limit: Limit | None = Field(
        None, description="How many tutors to return at most, 100 by default. Not allowed together with `tutorId`."
    )
    cursor: CountCursor | None = Field(
        None, description="The `nextCursor` of the page before, unchanged. Not allowed together with `tutorId`."
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
    """Return how much, when and by whom a tutor's availability is edited.

    Without `tutorId`, return the statistics of all tutors; admins only.
    """
    if query.tutor_id is None:
        return json_response(_platform_stats(query, call))
    for name, value in (("limit", query.limit), ("cursor", query.cursor)):
        if value is not None:
            raise InvalidRequest(FieldError(name, "not allowed together with tutorId: leave out one of them"))
    stats = read_change_stats(pool_for(call.settings), query.tutor_id, call.caller, days=query.days, until=call.clock())
    if stats is None:
        raise call.caller.not_found()
    return json_response(stats)


def _platform_stats(query: StatsQuery, call: Call) -> PlatformStats:
    """Return sums of `tutor_weekly_stats`, over the weeks whose last day is in the period.

    `weekly_stats` computes the rows of a week on the Tuesday after the week has ended. One hour after this job starts,
    `complete` is false if rows of the week are missing (`last_week_due`). Until then, it can be true without them.
    """
    from common.db.engine import engine_for, transact  # imported here, because few requests need it
    from common.db.platform_stats import read_platform

    if not call.caller.is_admin:
        raise Forbidden("only an admin may read the statistics of all tutors: add a tutorId")
    now = call.clock()
    since = (now - timedelta(days=query.days)).date()
    work = partial(
        read_platform,
        first_week=since - WEEK + timedelta(days=1),
        last_week=last_week_due(now),
        limit=query.limit or TUTORS_PER_PAGE,
        after=query.cursor,
    )
    stats, position = transact(engine_for(call.settings), work, read_only=True)
    return replace(stats, next_cursor=encode_cursor(*position)) if position else stats


handler = lambda_handler(audit_stats)
