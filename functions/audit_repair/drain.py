"""The first part of a repair: deliver the messages of the retry queue to the log."""

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
    """Deliver messages of the queue to the log; return how many were delivered.

    Stop at the instant `until`, or when the queue returns no messages, or only messages that have failed in this run.

    A message that can't be delivered stays in the queue. The queue sends it again, and moves it to the dead-letter
    queue after it was received ten times. To avoid this, first check that the log can be written; if it can't, receive
    no message.

    If the audit log can't be written or the queue can't be used, print a warning line. Raise `Unavailable` if the
    database can't be reached for this check.
    """
    queue_url = call.settings.audit_queue_url or ""
    drained = 0
    failed: set[str] = set()
    try:
        transact(engine_for(call.settings), partial(check_log_is_writable, now=call.clock()))
        while call.clock() < until and (messages := queue.receive(queue_url)):
            if all(message.id in failed for message in messages):
                break
            for message in messages:
                if _deliver(call, queue_url, message):
                    drained += 1
                else:
                    failed.add(message.id)
    except (QueueUnavailable, EntriesRejected) as error:
        log.write("WARNING", "retry queue not drained", requestId=call.request_id, why=str(error))
    return drained


def _deliver(call: Call, queue_url: str, message: Message) -> bool:
    """Deliver a message and delete it from the queue; on any error, log it and return False.

    The message of a deployment's check has nothing to deliver.
    """
    try:
        if message.body != queue.CHECK:
            change_set = parse_change_set(json.loads(message.body))
            for part in change_set.split_by_day():
                transact(engine_for(call.settings), partial(deliver, change_set=part))
        queue.delete(queue_url, message)
    except Exception as error:  # catch every error: one bad message must not stop the others
        fields = {"why": f"{type(error).__name__}: {error}", "messageId": message.id}
        log.write("WARNING", "not delivered", requestId=call.request_id, **fields)
        return False
    return True
