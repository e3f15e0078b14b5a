"""`publish_schedules`, daily: publish the dates of each weekly schedule that follow the published ones.

Each active tutor has one transaction, so a run that is stopped is continued by the next one. The function takes AWS's
scheduled event or an admin's `POST`.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

from werkzeug import Request, Response

from common import log
from common.db.engine import engine_for, transact
from common.db.schedules import due_tutors
from common.ledger import Ledger
from common.schedules import extend_schedule
from common.web.endpoint import Call, endpoint, json_response, scheduled
from common.web.fields import Schema
from common.web.lambda_adapter import lambda_handler

RUN_FOR = timedelta(minutes=10)


class PublishBody(Schema):
    """The body of `POST /publish_schedules`: empty, or an empty object."""


@dataclass(frozen=True, slots=True)
class PublishedSchedules:
    """What a run did.

    `tutors`: whose schedules were published. `added`: the slots that were added. `failed`: tutors whose publication
    failed, which the log names. `remaining`: tutors that are left for the next run.
    """

    tutors: int
    added: int
    failed: int
    remaining: int


@endpoint(
    "POST",
    access="admin",
    operation_id="publishSchedules",
    tag="Maintenance",
    body=PublishBody,
    answer=PublishedSchedules,
)
def publish_schedules(request: Request, call: Call, body: PublishBody) -> Response:
    """Publish the dates of each weekly schedule that follow the published ones; admins only.

    A schedule runs it every day. A run that finds nothing to publish changes nothing.
    """
    return json_response(publish(call))


def publish(call: Call, _event: object = None) -> PublishedSchedules:
    """Publish the schedules that are due, for `RUN_FOR` at most; those that are furthest behind come first."""
    began = call.clock()
    due = transact(engine_for(call.settings), partial(due_tutors, at=began), read_only=True)
    ledger = Ledger(call.settings, call.clock, call.request_id)
    tutors = added = failed = remaining = 0
    for number, tutor in enumerate(due):
        if call.clock() - began > RUN_FOR:
            remaining = len(due) - number
            break
        try:
            published = extend_schedule(ledger, tutor.tutor_id)
        except Exception as error:  # one tutor's failure, whatever it is, doesn't stop the others
            failed += 1
            fields = {"tutorId": str(tutor.tutor_id), "why": f"{type(error).__name__}: {error}"}
            log.write("WARNING", "schedule not published", requestId=call.request_id, **fields)
            continue
        tutors += (published.stored.published_through or date.min) > (tutor.published_through or date.min)
        added += sum(len(change.diff.added) for change in published.outcome.changes)
    return PublishedSchedules(tutors, added, failed, remaining)


handler = lambda_handler(publish_schedules, scheduled("publish_schedules", publish))
