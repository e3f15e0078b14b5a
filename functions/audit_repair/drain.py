"""The part of a repair that empties the retry queue."""

import json
from datetime import datetime
from functools import partial

from common import log, queue
from common.core.audit import parse_change_set
from common.db.engine import engine_for, transact
from common.db.repair import EntriesRejected, check_log_is_writable, deliver
from common.queue import Message, QueueUnavailable
from common.web.endpoint import Call


def drain(call: Call, until: datetime) -> int:
    """Deliver what waits in the queue; return how many messages were dealt with.

    A message that can't be delivered is left where it is: it comes again, until the queue puts it aside (dead letters).
    Each receipt counts as one of its tries, so none is received while the log takes nothing.
    """
    queue_url = call.settings.audit_queue_url or ""
    drained = 0
    failed: set[str] = set()
    try:
        transact(engine_for(call.settings), partial(check_log_is_writable, now=call.clock()))
        while call.clock() < until and (messages := queue.receive(queue_url)):
            if all(message.id in failed for message in messages):  # they come back already
                break
            for message in messages:
                if _deliver(call, queue_url, message):
                    drained += 1
                else:
                    failed.add(message.id)
    except (QueueUnavailable, EntriesRejected) as why:
        log.write("WARNING", "retry queue not drained", requestId=call.request_id, why=str(why))
    return drained


def _deliver(call: Call, queue_url: str, message: Message) -> bool:
    """Deliver a message and take it out of the queue; False when that wasn't to be done, whatever the reason."""
    try:
        change_set = parse_change_set(json.loads(message.body))
        for part in change_set.by_day():
            transact(engine_for(call.settings), partial(deliver, change_set=part))
        queue.delete(queue_url, message)
    except Exception as why:  # a message may hold anything; it mustn't stop the rest
        told = {"why": f"{type(why).__name__}: {why}", "messageId": message.id}
        log.write("WARNING", "not delivered", requestId=call.request_id, **told)
        return False
    return True
