"""The check of a deployed `audit_repair`."""

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from typing import Any
from uuid import uuid4

from common import queue
from common.core.statistics import last_week_due
from common.db import repair, unhandled_days
from common.db.engine import engine_for, transact
from common.db.weekly_stats import is_overdue
from common.web.endpoint import Call
from functions.self_check import self_check


@self_check
def check(call: Call) -> Iterator[str]:
    """List days, repair a day of a tutor who doesn't exist, and receive messages."""
    engine, now = engine_for(call.settings), call.clock()
    transact(
        engine, partial(unhandled_days.next_unhandled_days, edited_before=now, after=None, limit=1), read_only=True
    )
    transact(engine, partial(is_overdue, last_week=last_week_due(now)), read_only=True)
    yield "lists days"
    transact(engine, partial(_repair_nothing, key={"tutor_id": uuid4(), "date": now.date()}, now=now))
    yield "repairs days"
    transact(engine, partial(repair.check_log_is_writable, now=now))
    yield "writes the log (rolled back)"
    if call.settings.audit_queue_url:
        for message in queue.receive(call.settings.audit_queue_url):
            if message.body == queue.CHECK:
                queue.delete(call.settings.audit_queue_url, message)
        yield "receives from the retry queue"


def _repair_nothing(connection: Any, key: dict[str, Any], now: datetime) -> None:
    unhandled_days.mark_handled(connection, key["tutor_id"], [])
    repair.repair_day(connection, key["tutor_id"], key["date"], edited_before=now)
    for statement, more in (
        (repair.EXACT_CHANGE_SETS, {"version": 1}),
        (repair.LOCK_DAY, {}),
        (repair.DELETE_RECONSTRUCTED, {"first_version": 1, "last_version": 1}),
        (repair.MARK_REPAIRED, {"version": 1, "deleted_entries": 0, "deleted_versions": 0}),
    ):
        connection.execute(statement, {**key, **more})
