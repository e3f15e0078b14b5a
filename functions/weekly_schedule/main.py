"""`/weekly_schedule`: read a tutor's weekly schedule; save it and publish it. For the tutor and admins."""

from werkzeug import Request, Response

from common import errors, schedules
from common.db import schedules as schedules_db
from common.db.pool import pool_for
from common.ledger import Ledger
from common.web.endpoint import Call, by_method, endpoint, json_response
from common.web.lambda_adapter import lambda_handler
from common.web.schedules import (
    PublishedSchedule,
    SaveSchedule,
    ScheduleAnswer,
    ScheduleQuery,
    published_answer,
    schedule_answer,
)


@endpoint(
    "GET",
    access="tutor",
    operation_id="getWeeklySchedule",
    tag="Weekly schedule",
    query=ScheduleQuery,
    answer=ScheduleAnswer,
)
def read_schedule(request: Request, call: Call, query: ScheduleQuery) -> Response:
    """Return a tutor's weekly schedule, and how far it is published.

    If there is none, `schedule` and `publishedThrough` are null.
    """
    stored = schedules_db.read_schedule(pool_for(call.settings), query.tutor_id, call.caller)
    if stored is None:
        raise call.caller.not_found()
    return json_response(schedule_answer(query.tutor_id, stored))


@endpoint(
    "PUT",
    access="tutor",
    operation_id="saveWeeklySchedule",
    tag="Weekly schedule",
    body=SaveSchedule,
    answer=PublishedSchedule,
    errors=(errors.OverlappingSlots, errors.VersionMismatch),
)
def save_schedule(request: Request, call: Call, body: SaveSchedule) -> Response:
    """Save a tutor's weekly schedule and publish it at once, as one change set with the reason `schedule`.

    Days that were edited by hand are kept, unless `overwrite` is true. Booked slots and slots that have begun stay.
    Later, a daily run publishes the dates that follow. `schedule: null` withdraws the free slots that the schedule has
    published. A request that is sent twice changes nothing the second time.
    """
    ledger, caller = Ledger(call.settings, call.clock, call.request_id), call.caller
    edit = body.edit()
    published = schedules.save_schedule(ledger, body.tutor_id, caller, caller.user_id, edit, is_dry_run=body.dry_run)
    return json_response(published_answer(published, caller))


weekly_schedule = by_method("weekly_schedule", read_schedule, save_schedule)
handler = lambda_handler(weekly_schedule)
