"""`PUT /update_availability`: a day's slots become the list given, for one day or many. The tutor, or an admin."""

from werkzeug import Request, Response

from common.ledger import Change, Ledger, replace_slots, undo_change_set
from common.web.endpoint import Call, endpoint, json_response
from common.web.lambda_adapter import lambda_handler
from common.web.parsing import parse_body
from common.web.responses import conflicts_json, update_json
from common.web.schemas import UpdateBody


@endpoint("PUT", "POST")
def update_availability(request: Request, call: Call) -> Response:
    """Carry out an edit, then write the log, best effort; answer the days afterwards and the difference."""
    body = parse_body(UpdateBody, request)
    edits = body.edits(request.headers.get("If-Match"))
    reason = body.reason or ("admin_action" if call.caller.is_admin else "tutor_edit")
    find = replace_slots(edits) if body.revert is None else undo_change_set(body.revert)
    change = Change(body.tutor_id, call.caller, find, "revert" if body.revert else reason, body.notes, body.dry_run)
    outcome = Ledger(call.settings, call.clock, call.request_id).save(change)
    answer = update_json(outcome.tutor_id, outcome.days, outcome.zone, outcome.changes, outcome.change_set_id)
    answer["audit"] = outcome.audit
    if body.dry_run:
        return json_response({**answer, "conflicts": conflicts_json(outcome.conflicts)})
    return json_response(answer)


handler = lambda_handler(update_availability)
