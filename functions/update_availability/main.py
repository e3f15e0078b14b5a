"""`PUT /update_availability`: a day's slots become the list given, for one day or many. The tutor, or an admin.

The order of things keeps design rules 2 and 3: the slots are committed; the log comes after; what it doesn't take goes
to the retry queue, and what that doesn't take, into a line of the function's own log.
"""

from dataclasses import replace

from sqlalchemy import Connection
from werkzeug import Request, Response

from common import errors, log, queue
from common.core.audit import ChangeSet, change_set_fields
from common.db.audit_log import NotRecorded, record
from common.db.engine import connected, engine_for, in_transaction
from common.db.slots import Outrun, apply_changes
from common.errors import Unavailable
from common.queue import NotQueued
from common.web.endpoint import Call, endpoint, json_response
from common.web.lambda_adapter import lambda_handler
from common.web.update import DryRun, EditDay, EditDays, Revert, Update, parse_update, update_answer
from functions.update_availability.edit import Planned, plan_edit

ATTEMPTS = 4


@endpoint(
    "PUT",
    "POST",
    access="tutor",
    operation_id="updateAvailability",
    request_headers={"If-Match": 'The version of the one day edited, such as "3"; or *.'},
    body=EditDay | EditDays | Revert,
    answer=Update | DryRun,
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
def update_availability(request: Request, call: Call) -> Response:
    """Let days have the slots given, and no others, or revert a change set: all or nothing."""
    body = parse_update(request)
    edits = [] if isinstance(body, Revert) else body.edits(request.headers.get("If-Match"))
    change_set: ChangeSet | None = None

    def work(connection: Connection) -> Planned:
        nonlocal change_set
        planned = plan_edit(connection, body, edits, call)
        change_set = planned.change_set  # known before it is applied: whether it was may never become known
        if change_set is None:
            connection.rollback()  # nothing is written, not even the rows that locking made
        else:
            apply_changes(connection, change_set, planned.locked)
        return planned

    why_not = None
    with connected(engine_for(call.settings)) as connection:
        for _ in range(ATTEMPTS):
            try:
                planned = in_transaction(connection, work)
                break
            except Outrun:  # by a booking, or somebody who doesn't take the day's lock; the next plan will show it
                continue
            except Unavailable as error:
                if error.outcome_unknown and change_set is not None:
                    _save_in_a_line(change_set, "the outcome of its commit isn't known", call)
                raise
        else:
            raise Unavailable("these days are being changed by others right now; please try again")
        outcome = planned.outcome
        if change_set is not None:
            try:
                record(connection, change_set, call.settings.audit_budget_ms)
                outcome = replace(outcome, audit="recorded")
            except NotRecorded as why:
                outcome = replace(outcome, audit="deferred")
                why_not = str(why)
    if change_set is not None and why_not is not None:
        _defer(change_set, why_not, call)
    return json_response(update_answer(outcome))


def _defer(change_set: ChangeSet, why: str, call: Call) -> None:
    """Send the entries to the retry queue; where there is none, or it can't be reached, a line has to keep them."""
    if call.settings.audit_queue_url is not None:
        try:
            # The log has had its whole budget by now, perhaps; half as much again is what a caller has to put up with.
            queue.send(call.settings.audit_queue_url, change_set, call.settings.audit_budget_ms // 2)
        except NotQueued as why_not:
            why += f"; not queued: {why_not}"
        else:
            log.write("WARNING", "audit deferred", requestId=call.request_id, why=why, changeSetId=str(change_set.id))
            return
    _save_in_a_line(change_set, why, call)


def _save_in_a_line(change_set: ChangeSet, why: str, call: Call) -> None:
    """Write the whole change set into one warning line, from which its entries can be recovered."""
    fields = change_set_fields(change_set)
    log.write("WARNING", "audit deferred", requestId=call.request_id, why=why, changeSet=fields)


handler = lambda_handler(update_availability)
