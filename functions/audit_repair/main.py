"""`audit_repair`, every five minutes: deliver the entries that wait in the retry queue, then reconstruct what was lost.

See design rule 3. Nothing is kept between two runs: what one doesn't get done, the next one finds. Takes the platform's
scheduled event, or an admin's `POST`.
"""

import json
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter

from werkzeug import Request, Response

from common import log, queue
from common.core.audit import change_set_of
from common.db.engine import engine_for, transact
from common.db.repair import Refused, UnaccountedDay, account_for, deliver, next_unaccounted_days, open_gaps, repair_day
from common.errors import Unavailable
from common.queue import Message, QueueUnavailable
from common.web.audit_responses import RepairJson
from common.web.endpoint import Call, endpoint, json_response, scheduled
from common.web.lambda_adapter import lambda_handler
from common.web.parsing import parse_body
from common.web.schemas import RepairBody

DRAIN_FOR = timedelta(seconds=30)
RUN_FOR = timedelta(seconds=60)
SETTLED_AFTER = timedelta(minutes=2)  # until then the entries may still be on their way
DAYS_PER_BATCH = 500


@endpoint("POST")
def audit_repair(request: Request, call: Call) -> Response:
    """Have a repair done now."""
    parse_body(RepairBody, request, may_be_empty=True)
    call.caller.require_admin()
    return json_response(repair(call))


def repair(call: Call, _event: object = None) -> RepairJson:
    """Do what can be done within a minute."""
    began = call.clock()
    edited_before = began - SETTLED_AFTER
    engine = engine_for(call.settings)
    # Before messages are received, because each receipt counts as one of their tries: can the log be read at all?
    transact(engine, lambda c: next_unaccounted_days(c, edited_before, None, 1), read_only=True)
    drained = drain(call, began + DRAIN_FOR) if call.settings.audit_queue_url else 0
    reconstructed = close_gaps(call, edited_before, began + RUN_FOR)
    remaining = transact(engine, lambda c: open_gaps(c, edited_before), read_only=True)
    return {"drained": drained, "reconstructed": reconstructed, "remainingGaps": remaining}


def drain(call: Call, until: datetime) -> int:
    """Deliver what waits in the queue; return how many messages were dealt with.

    A message that can't be delivered is left where it is: it comes again, until the queue puts it aside (dead letters).
    """
    queue_url = call.settings.audit_queue_url or ""
    drained = 0
    try:
        while call.clock() < until and (messages := queue.receive(queue_url)):
            delivered = sum(_is_delivered(call, queue_url, message) for message in messages)
            drained += delivered
            if not delivered:  # none of ten: it isn't the messages' fault, or there is nothing else left
                break
    except QueueUnavailable as why:
        log.write("WARNING", "retry queue unavailable", requestId=call.request_id, why=str(why))
    return drained


def _is_delivered(call: Call, queue_url: str, message: Message) -> bool:
    try:
        change_set = change_set_of(json.loads(message.body))
        for part in change_set.by_day():
            transact(engine_for(call.settings), partial(deliver, change_set=part))
        queue.delete(queue_url, message)
    except (ValueError, RecursionError, Refused, Unavailable, QueueUnavailable) as why:
        log.write("WARNING", "not delivered", requestId=call.request_id, messageId=message.id, why=str(why))
        return False
    return True


def close_gaps(call: Call, edited_before: datetime, until: datetime) -> int:
    """Account for the versions of days that are settled; return how many had to be reconstructed."""
    engine = engine_for(call.settings)
    reconstructed = 0
    after: UnaccountedDay | None = None
    while True:
        batch = partial(next_unaccounted_days, edited_before=edited_before, after=after, limit=DAYS_PER_BATCH)
        days = transact(engine, batch, read_only=True)
        for tutor_id, of_tutor in groupby(days, key=attrgetter("tutor_id")):
            found = list(of_tutor)
            whole = [day for day in found if not day.missing]
            if whole:
                transact(engine, partial(account_for, tutor_id=tutor_id, days=whole))
            for day in found:
                if day.missing:
                    reconstructed += _closed(call, day, edited_before)
            if call.clock() > until:
                return reconstructed
        if not days:
            return reconstructed
        after = days[-1]


def _closed(call: Call, day: UnaccountedDay, edited_before: datetime) -> int:
    """Return how many missing versions of a day were reconstructed; a day that refuses doesn't stop the others."""
    try:
        work = partial(repair_day, tutor_id=day.tutor_id, day=day.date, edited_before=edited_before)
        return transact(engine_for(call.settings), work)
    except (Refused, Unavailable) as why:
        which = {"tutorId": str(day.tutor_id), "date": day.date.isoformat()}
        log.write("WARNING", "not repaired", requestId=call.request_id, why=str(why), **which)
        return 0


handler = lambda_handler(audit_repair, scheduled("audit_repair", repair))
