"""`PUT /update_availability`: a day's slots become the list given, for one day or many. The tutor, or an admin.

The order of things keeps design rules 2 and 5: lock the days, read them, plan, apply, commit; the log comes after.
"""

from uuid import uuid4

from sqlalchemy import Connection
from werkzeug import Request, Response

from common import log
from common.core.audit import ChangeSet, change_set_fields, changed_at
from common.core.availability import Day
from common.core.diffing import DayEdit, Plan, plan_update
from common.core.time_slots import check_date, check_slots, time_zone, today
from common.db.audit_log import NotRecorded, record
from common.db.engine import connected, engine_for, in_transaction
from common.db.slots import Outrun, apply_changes, lock_days, read_days
from common.errors import SlotBooked, Unavailable, VersionMismatch
from common.web.endpoint import Call, endpoint, json_response
from common.web.lambda_adapter import lambda_handler
from common.web.responses import UpdateJson, conflicts_json, day_json, update_json
from common.web.schemas import UpdateBody, parse_body

ATTEMPTS = 4


@endpoint("PUT", "POST")
def update_availability(request: Request, call: Call) -> Response:
    """Carry out an edit, then write the log, best effort; answer the days afterwards and the difference."""
    body = parse_body(UpdateBody, request)
    edits = body.edits(request.headers.get("If-Match"))
    change_set: ChangeSet | None = None

    def work(connection: Connection) -> tuple[Plan, UpdateJson]:
        nonlocal change_set
        plan, change_set, answer = edit_days(connection, body, edits, call)
        return plan, answer

    why_not = None
    with connected(engine_for(call.settings)) as connection:
        for _ in range(ATTEMPTS):
            try:
                plan, answer = in_transaction(connection, work)
                break
            except Outrun:  # by a booking, or somebody who doesn't take the day's lock; the next plan will show it
                continue
            except Unavailable as error:
                if error.outcome_unknown and change_set is not None:
                    _save_in_the_log(change_set, "the outcome of its commit isn't known", call)
                raise
        else:
            raise Unavailable("these days are being changed by others right now; please try again")
        if body.dry_run:
            return json_response({**answer, "conflicts": conflicts_json(plan.conflicts)})
        if change_set is not None:
            try:
                record(connection, change_set, call.settings.audit_budget_ms)
                answer["audit"] = "recorded"
            except NotRecorded as why:
                answer["audit"] = "deferred"
                why_not = str(why)
    if change_set is not None and why_not is not None:
        _save_in_the_log(change_set, why_not, call)
    return json_response(answer)


def _save_in_the_log(change_set: ChangeSet, why: str, call: Call) -> None:
    """Write the whole change set into one warning line, from which its entries can be recovered."""
    fields = change_set_fields(change_set)
    log.write("WARNING", "audit deferred", requestId=call.request_id, why=why, changeSet=fields)


def edit_days(
    connection: Connection, body: UpdateBody, edits: list[DayEdit], call: Call
) -> tuple[Plan, ChangeSet | None, UpdateJson]:
    """Do the edit's part that is one transaction. A dry run, or an edit that changes nothing, has no change set."""
    dates = sorted(edit.date for edit in edits)
    caller = call.caller
    if not body.dry_run:
        lock_days(connection, body.tutor_id, dates, call.clock(), user_id=caller.user_id, is_admin=caller.is_admin)
    tutor = read_days(connection, body.tutor_id, dates[0], dates[-1])
    if tutor is None:
        raise caller.not_found()
    zone = time_zone(tutor.time_zone)
    now = call.clock()  # after the locks: versions and instants may not disagree
    for i, edit in enumerate(edits):
        where = f"days[{i}]." if body.days else ""
        check_date(edit.date, today(zone, now), where)
        check_slots(edit.date, edit.slots, zone, where)
    caller.require(tutor.user_id)

    plan = plan_update(edits, tutor.days)
    standing = [tutor.days.get(day, Day(day)) for day in dates]
    if plan.outdated:
        raise VersionMismatch([day_json(day, zone) for day in standing])
    if plan.conflicts and not body.dry_run:
        raise SlotBooked(conflicts_json(plan.conflicts))
    change_set = None
    if plan.changes and not body.dry_run:
        change_set = ChangeSet(
            id=uuid4(),
            tutor_id=body.tutor_id,
            changed_at=changed_at(now, (day.updated_at for day in standing)),
            changed_by=caller.user_id,
            reason=body.reason or ("admin_action" if caller.is_admin else "tutor_edit"),
            notes=body.notes,
            changes=plan.changes,
        )
        apply_changes(connection, change_set, dates)
    else:
        connection.rollback()  # nothing is written, not even the rows that locking made
    days = standing if body.dry_run else plan.days_after
    answer = update_json(body.tutor_id, days, zone, plan.changes, change_set.id if change_set else None)
    return plan, change_set, answer


handler = lambda_handler(update_availability)
