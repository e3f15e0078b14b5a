"""`GET /audit_history`: who changed which slots, when and why, newest first. The tutor, or an admin."""

from datetime import timedelta

from werkzeug import Request, Response

from common.db.audit_log import read_history
from common.db.engine import engine_for, transact
from common.web.audit_responses import HistoryJson, entry_json
from common.web.cursor import encode_cursor
from common.web.endpoint import Call, endpoint, json_response
from common.web.lambda_adapter import lambda_handler
from common.web.parsing import parse_query
from common.web.schemas import HistoryQuery


@endpoint("GET")
def audit_history(request: Request, call: Call) -> Response:
    """Answer one page of the log, and whether the log is complete over the period."""
    query = parse_query(HistoryQuery, request)
    page = transact(
        engine_for(call.settings),
        lambda connection: read_history(
            connection,
            query.tutor_id,
            user_id=call.caller.user_id,
            is_admin=call.caller.is_admin,
            since=call.clock() - timedelta(days=query.days),
            limit=query.limit,
            after=query.cursor,
            action=query.action,
            reason=query.reason,
            day=query.date,
        ),
        read_only=True,
    )
    if page is None:
        raise call.caller.not_found()
    body: HistoryJson = {
        "tutorId": str(query.tutor_id),
        "days": query.days,
        "complete": page.missing_versions == 0,
        "missingVersions": page.missing_versions,
        "nextCursor": encode_cursor(*page.next) if page.next else None,
        "entries": [entry_json(entry) for entry in page.entries],
    }
    return json_response(body)


handler = lambda_handler(audit_history)
