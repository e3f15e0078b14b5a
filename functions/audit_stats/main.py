"""`GET /audit_stats`: how much, when and by whom a tutor's availability is edited. The tutor, or an admin."""

from datetime import timedelta

from werkzeug import Request, Response

from common.core.statistics import change_stats
from common.db.audit_log import tally_changes
from common.db.engine import engine_for, transact
from common.web.endpoint import Call, endpoint, json_response
from common.web.lambda_adapter import lambda_handler
from common.web.responses import stats_json
from common.web.schemas import StatsQuery, parse_query


@endpoint("GET")
def audit_stats(request: Request, call: Call) -> Response:
    """Answer the statistics of the last `days` times 24 hours, and whether the log is complete over them."""
    query = parse_query(StatsQuery, request)
    until = call.clock()
    counted = transact(
        engine_for(call.settings),
        lambda connection: tally_changes(
            connection,
            query.tutor_id,
            user_id=call.caller.user_id,
            is_admin=call.caller.is_admin,
            since=until - timedelta(days=query.days),
            until=until,
        ),
        read_only=True,
    )
    if counted is None:
        raise call.caller.not_found()
    tally, missing_versions = counted
    return json_response(stats_json(query.tutor_id, change_stats(tally, query.days, until), missing_versions))


handler = lambda_handler(audit_stats)
