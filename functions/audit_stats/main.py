"""`GET /audit_stats`: how much, when and by whom availability is edited. The tutor, or an admin; all tutors: admins."""

from dataclasses import replace
from datetime import timedelta
from functools import partial
from uuid import UUID

from werkzeug import Request, Response

from common.core.statistics import ChangeStats, PlatformStats, change_stats, last_week_due
from common.db.change_stats import tally_changes
from common.db.pool import pool_for
from common.errors import FieldError, Forbidden, InvalidRequest
from common.web.cursor import encode_cursor
from common.web.endpoint import Call, endpoint, json_response
from common.web.lambda_adapter import lambda_handler
from common.web.parsing import parse_query
from common.web.statistics import StatsQuery

TUTORS_PER_PAGE = 100
WEEK = timedelta(days=7)


@endpoint("GET", access="tutor", operation_id="getChangeStats", query=StatsQuery, answer=ChangeStats | PlatformStats)
def audit_stats(request: Request, call: Call) -> Response:
    """Return how much, when and by whom a tutor's availability is edited."""
    query = parse_query(StatsQuery, request)
    if query.tutor_id is None:
        return json_response(_of_the_platform(query, call))
    for name, value in (("limit", query.limit), ("cursor", query.cursor)):
        if value is not None:
            raise InvalidRequest(FieldError(name, "expected without tutorId only"))
    return json_response(_of_a_tutor(query.tutor_id, query.days, call))


def _of_a_tutor(tutor_id: UUID, days: int, call: Call) -> ChangeStats:
    until = call.clock()
    counted = tally_changes(
        pool_for(call.settings), tutor_id, call.caller, since=until - timedelta(days=days), until=until
    )
    if counted is None:
        raise call.caller.not_found()
    tally, missing_versions = counted
    return change_stats(tutor_id, tally, missing_versions, days=days, until=until)


def _of_the_platform(query: StatsQuery, call: Call) -> PlatformStats:
    """Answer from the weekly table: the weeks of which at least the last day lies within the period."""
    from common.db.engine import engine_for, transact  # here, because it is asked for by the few
    from common.db.platform_stats import read_platform

    if not call.caller.is_admin:
        raise Forbidden("only an admin may ask about all tutors; give a tutorId")
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
