"""The checks of deployed functions: each does its function's work with the function's own rights, and keeps nothing.

A deployment runs them with the event `lambda_adapter.CHECK`. The functions' zip has this module. Only AWS's API can
send the event: a request to a function's URL can't be it. Each check is about a tutor who doesn't exist, and yields the
name of each step that worked.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, time, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from pg8000.exceptions import DatabaseError

from common import config, queue
from common.bookings import place
from common.changes import Change, edits_that_replace
from common.core.caller import Caller
from common.core.diffing import DayEdit
from common.core.orders import Order, Wish
from common.core.search import SlotSearch
from common.core.statistics import last_week_due
from common.db import (
    audit_log,
    booking_changes,
    booking_state,
    placing,
    repair,
    schedules,
    settings,
    slots,
)
from common.db.address import address_of
from common.db.as_of import read_days_as_of
from common.db.bookings import list_bookings, read_series
from common.db.change_stats import read_change_stats
from common.db.days import read_days
from common.db.engine import engine_for, pipeline, transact
from common.db.entries import FOREVER, read_history
from common.db.events import read_events
from common.db.history import HISTORIES, read_days_and_latest_entries
from common.db.platform_history import read_history_of_all
from common.db.platform_stats import read_platform
from common.db.pool import pool_for
from common.db.search import find_slots
from common.db.sqlstate import FOREIGN_KEY_VIOLATION, error_text, sqlstate
from common.db.tutors import TUTOR_BY_ID, find_tutor, list_tutors
from common.errors import ChangeSetNotFound, TutorNotFound
from common.ledger import Ledger
from common.web.endpoint import CLOCK, Call
from deploy.job_checks import NOBODY, audit_repair, execute, weekly_stats


def run_check(function: str) -> dict[str, Any]:
    """Return the database's user, the steps that worked, and why the next step failed (None if none did).

    Raise the errors of `config.current`.
    """
    call = Call(config.current(), CLOCK, "check", Caller("check", is_admin=True))
    worked: list[str] = []
    why = None
    try:
        for step in CHECKS[function](call):
            worked.append(step)
    except Exception as error:  # whatever fails, the deployment has to show it
        why = f"{type(error).__name__}: {error_text(error.__cause__ or error)}"
    return {"user": address_of(call.settings.database_url).user, "worked": worked, "why": why}


def _get_availability(call: Call) -> Iterator[str]:
    pool, now = pool_for(call.settings), call.clock()
    dates = now.date(), now.date() + timedelta(days=7)
    read_days(pool, NOBODY, *dates)
    yield "reads days"
    read_days_as_of(pool, NOBODY, *dates, now)
    pool.read(HISTORIES, {"tutor_id": NOBODY, "dates": "{}"})
    yield "reads days of the past"
    read_days_and_latest_entries(pool, NOBODY, *dates)
    yield "explains days"


def _find_slots(call: Call) -> Iterator[str]:
    pool, now = pool_for(call.settings), call.clock()
    for tutor_ids, tags in ((None, ()), (None, ("check",)), ((NOBODY,), ())):
        search = SlotSearch(now, now + timedelta(days=1), tutor_ids, tags, 1, 1, limit=1, after=None, per_tutor=None)
        find_slots(pool, search, now)
    yield "finds slots"


def _update_availability(call: Call) -> Iterator[str]:
    engine, now = engine_for(call.settings), call.clock()
    edits = edits_that_replace([DayEdit(now.date() + timedelta(days=7), ())])
    with suppress(TutorNotFound):
        change = Change(NOBODY, call.caller, edits, "other", is_dry_run=True)
        Ledger(call.settings, call.clock, call.request_id).save(change)
    yield "tries an edit (a dry run)"
    with suppress(ChangeSetNotFound):
        read = partial(audit_log.read_change_set, tutor_id=NOBODY, change_set_id=uuid4(), caller=call.caller)
        transact(engine, read)
    yield "reads change sets"
    yield from _change_days(call)


def _change_days(call: Call) -> Iterator[str]:
    engine, now = engine_for(call.settings), call.clock()
    # Statements for no days and no slots need the same rights as for some.
    nothing = dict.fromkeys(("dates", "start_times", "durations", "zones", "changed", "untouched"), "{}")
    values = {**nothing, "tutor_id": NOBODY, "updated_by": None, "now": now}
    statements = (slots.LOCK_DAYS, slots.REMOVE_SLOTS_AND_RAISE_VERSIONS, slots.ADD_SLOTS)
    transact(engine, lambda connection: pipeline(connection, *((each, values) for each in statements)))
    yield "changes days and slots"
    transact(engine, partial(repair.check_log_is_writable, now=now))
    yield "writes the log (rolled back)"
    if call.settings.audit_queue_url:
        queue.send_check(call.settings.audit_queue_url)
        yield "sends to the retry queue"


def _audit_history(call: Call) -> Iterator[str]:
    pool, since = pool_for(call.settings), call.clock() - timedelta(days=7)
    read_history(pool, NOBODY, call.caller, since=since, limit=1)
    yield "reads entries"
    read_events(pool, NOBODY, ["bookings", "settings"], since, FOREVER)
    yield "reads what happened to bookings and settings"
    read_history_of_all(pool, first=since, end=since, limit=1)
    yield "reads entries of all tutors"


def _audit_stats(call: Call) -> Iterator[str]:
    now = call.clock()
    week = last_week_due(now)
    read_change_stats(pool_for(call.settings), NOBODY, call.caller, days=7, until=now)
    yield "reads a tutor's statistics"
    read = partial(read_platform, first_week=week, end=date.max, last_week=week, limit=1)
    transact(engine_for(call.settings), read, read_only=True)
    yield "reads the statistics of all tutors"


def _tutors(call: Call) -> Iterator[str]:
    pool, engine = pool_for(call.settings), engine_for(call.settings)
    find_tutor(pool, TUTOR_BY_ID, NOBODY)
    list_tutors(pool, limit=1, after=None, text=None)
    yield "reads tutors"
    transact(engine, partial(settings.save_tutors, edits=[], changed_by=None, clock=call.clock))
    values = {"rows": "[]", "changed_by": None, "changed_at": call.clock()}
    execute(call, (settings.UPDATE_TUTORS, settings.INSERT_TUTORS, settings.INSERT_EVENTS), values)
    yield "saves tutors"


def _bookings(call: Call) -> Iterator[str]:
    pool, engine, now = pool_for(call.settings), engine_for(call.settings), call.clock()
    span = {"first": now, "end": now + timedelta(days=1)}
    list_bookings(pool, {"tutor_id": NOBODY}, **span, status=None, after=None, limit=1)
    list_bookings(pool, {"student_id": "check"}, **span, status=None, after=None, limit=1)
    read_series(pool, NOBODY, NOBODY, now.date())
    yield "reads bookings"
    nobody = Order(NOBODY, call.caller, "check", None, Wish(now.date(), time()), timedelta(minutes=1), "", "")
    with suppress(TutorNotFound):
        place(call.settings, call.clock, nobody)
    yield "tries to place a booking"
    # Statements for no bookings need the same rights as for some.
    nothing = dict.fromkeys(("dates", "ids", "durations", "zones"), "{}")
    texts = "student_id", "student_name", "status", "placed_by", "confirmed_by", "request_hash", "changed_by", "reason"
    instants = "now", "confirmed_at", "hold_expires_at", "outcome_at"
    values: dict[str, Any] = {**nothing, **dict.fromkeys(texts), **dict.fromkeys(instants, now)}
    values |= {**dict.fromkeys(("tutor_id", "moved_to", "moved_from", "series_id"), NOBODY), "start_time": time()}
    changes = (*booking_changes.STATEMENT_TO.values(), booking_changes.MOVE, booking_changes.REPLACE)
    statements = (slots.LOCK_DAYS, booking_state.LOCK_BOOKINGS, placing.EXPIRE_HOLDS, *changes, booking_changes.PLACE)
    transact(engine, lambda connection: pipeline(connection, *((each, values) for each in statements)))
    yield "changes bookings"


def _schedules(call: Call) -> Iterator[str]:
    engine, pool = engine_for(call.settings), pool_for(call.settings)
    schedules.read_schedule(pool, NOBODY, call.caller)
    transact(engine, partial(schedules.due_tutors, at=call.clock()), read_only=True)
    yield "reads schedules"
    try:
        pool.execute((schedules.LOCK_SCHEDULE, {"tutor_id": NOBODY}))
    except DatabaseError as error:  # there is no such tutor
        if sqlstate(error) != FOREIGN_KEY_VIOLATION:
            raise
    yield "locks schedules"
    values = {"tutor_id": NOBODY, "dates": "{}"} | dict.fromkeys(("schedule", "version", "published_through", "set_by"))
    pool.execute(*((each, values) for each in (schedules.SAVE_SCHEDULE, schedules.MARK_DAYS)))
    execute(call, (settings.INSERT_EVENTS,), {"rows": "[]", "changed_by": None, "changed_at": call.clock()})
    yield "saves schedules"
    yield from _change_days(call)


CHECKS: dict[str, Callable[[Call], Iterator[str]]] = {
    "get_availability": _get_availability,
    "find_slots": _find_slots,
    "update_availability": _update_availability,
    "audit_history": _audit_history,
    "audit_stats": _audit_stats,
    "tutors": _tutors,
    "bookings": _bookings,
    "weekly_schedule": _schedules,
    "publish_schedules": _schedules,
    "weekly_stats": weekly_stats,
    "audit_repair": audit_repair,
}
