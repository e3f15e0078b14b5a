"""The checks of the scheduled functions `weekly_stats` and `audit_repair`, for `deploy/checks.py`."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import uuid4

from common import queue
from common.core.statistics import last_week_due
from common.db import drift_scan, incomplete_bookings, repair, schedules, unhandled_days
from common.db.engine import engine_for, transact
from common.db.pool import pool_for
from common.db.weekly_stats import compute_weeks, is_overdue, tutors_to_compute
from common.web.endpoint import Call

NOBODY = uuid4()


def weekly_stats(call: Call) -> Iterator[str]:
    """Try what `weekly_stats` does."""
    engine, now = engine_for(call.settings), call.clock()
    transact(engine, partial(tutors_to_compute, now=now), read_only=True)
    yield "lists tutors"
    transact(engine, partial(compute_weeks, tutor_ids=[NOBODY], now=now, weeks=1))
    yield "writes weekly statistics"


def audit_repair(call: Call) -> Iterator[str]:
    """Try what `audit_repair` does."""
    engine, now = engine_for(call.settings), call.clock()
    next_days = partial(unhandled_days.next_unhandled_days, edited_before=now, after=None, limit=1)
    transact(engine, next_days, read_only=True)
    transact(engine, partial(is_overdue, week_start=last_week_due(now)), read_only=True)
    transact(engine, partial(schedules.due_tutors, at=now), read_only=True)
    yield "lists days"
    key = {"tutor_id": NOBODY, "date": now.date(), "version": 1, "first_version": 1, "last_version": 1}
    nothing: dict[str, Any] = {name: [] for name in ("dates", "versions", "ids")}
    nothing |= dict.fromkeys(("deleted_entries", "deleted_versions", "checked_version", "state"), 0)
    reads = (repair.EXACT_CHANGE_SETS, repair.LOCK_DAY, repair.HISTORY_OF_DAYS)
    writes = (repair.DELETE_RECONSTRUCTED, repair.MARK_REPAIRED, unhandled_days.MARK_HANDLED)
    values = {**key, **nothing, "first": now.date(), "last": now.date(), "at": now}
    execute(call, reads + writes, values)
    yield "repairs days"
    transact(engine, partial(repair.check_log_is_writable, now=now))
    yield "writes the log (rolled back)"
    drift_scan.days_to_check(pool_for(call.settings), NOBODY, now.date())
    transact(engine, partial(drift_scan.next_tutors, limit=1))
    statements = (drift_scan.SET_POSITION, drift_scan.RAISE_VERSION, drift_scan.MARK_CHECKED)
    execute(call, statements, {**values, "now": now, "certain_since": now})
    yield "looks for changes by other programs"
    transact(engine, partial(incomplete_bookings.incomplete_bookings, limit=1))
    execute(call, (incomplete_bookings.LOCK_BOOKINGS, *incomplete_bookings.COMPLETE), {**values, "now": now})
    yield "completes bookings"
    if call.settings.audit_queue_url:
        for message in queue.receive(call.settings.audit_queue_url):
            if message.body == queue.CHECK:
                queue.delete(call.settings.audit_queue_url, message)
        yield "receives from the retry queue"


def execute(call: Call, statements: tuple[Any, ...], values: dict[str, Any]) -> None:
    """Execute statements with those of the values that they use, then roll back."""

    def work(connection: Any) -> None:
        for statement in statements:
            connection.execute(statement, {name: values[name] for name in statement.compile().params})
        connection.rollback()

    transact(engine_for(call.settings), work)
