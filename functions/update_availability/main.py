"""`PUT /update_availability`: replace the slots of days, or revert a change set. For the tutor and admins."""

from werkzeug import Request, Response

from common import errors
from common.changes import Change, edits_that_replace, edits_that_undo
from common.core.audit import Reason
from common.ledger import Ledger
from common.web.endpoint import Call, endpoint, json_response
from common.web.lambda_adapter import lambda_handler
from common.web.update import (
    IF_MATCH,
    EditDay,
    EditDays,
    Revert,
    parse_update,
)
from common.web.update_answer import DryRun, Update, update_answer


@endpoint(
    "PUT",
    "POST",
    access="tutor",
    operation_id="updateAvailability",
    tag="Availability",
    request_headers={"If-Match": IF_MATCH},
    body=EditDay | EditDays | Revert,
    parse=parse_update,
    answer=DryRun | Update,
    errors=(
        errors.OverlappingSlots,
        errors.NonexistentLocalTime,
        errors.DateInPast,
        errors.SlotBooked,
        errors.VersionMismatch,
        errors.ChangeSetNotFound,
        errors.ChangeSetIncomplete,
    ),
)
def update_availability(request: Request, call: Call, body: EditDay | EditDays | Revert) -> Response:
    """Replace the slots of one day or of several days, or revert a change set.

    The changes of one request are saved together, or none of them is saved. With `cancelBookings`, the bookings of
    removed slots are cancelled.
    """
    reason: Reason = body.reason or ("admin_action" if call.caller.is_admin else "tutor_edit")
    cancellation = body.cancel_bookings
    if isinstance(body, Revert):
        find_edits, reason = edits_that_undo(body.revert), "revert"
    else:
        find_edits = edits_that_replace(body.edits(request.headers.get("If-Match")))
    cancels, why = cancellation is not None, cancellation.reason if cancellation is not None else None
    change = Change(body.tutor_id, call.caller, find_edits, reason, body.notes, body.dry_run, cancels, why)
    outcome = Ledger(call.settings, call.clock, call.request_id).save(change)
    return json_response(update_answer(outcome, call.caller, cancels=cancels))


handler = lambda_handler(update_availability)
