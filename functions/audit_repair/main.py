"""`audit_repair`, every five minutes: deliver the entries in the retry queue, reconstruct lost ones, and find drift.

Each edit of a day makes a version of the day. A version is missing if the log has no entries of that version. A version
is handled when repair has found its entries, or has reconstructed them. `tutor_days.repaired_version` is the last
handled version of a day, so each run continues where the last one stopped. The function takes AWS's scheduled event or
an admin's `POST`.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import attrgetter

from werkzeug import Request, Response

from common import log
from common.core.statistics import last_week_due
from common.db import repair as repair_db
from common.db import unhandled_days
from common.db.engine import engine_for, transact
from common.db.schedules import due_tutors
from common.db.weekly_stats import is_overdue
from common.errors import Unavailable
from common.web.endpoint import Call, endpoint, json_response, scheduled
from common.web.jobs import Repair, RepairBody
from common.web.lambda_adapter import lambda_handler
from functions.audit_repair.drain import drain
from functions.audit_repair.drift import complete_bookings, find_drift

DRAIN_FOR = timedelta(seconds=30)
RUN_FOR = timedelta(seconds=60)
LOOK_FOR = timedelta(seconds=90)  # for drift, also if the entries took a minute
SETTLED_AFTER = timedelta(minutes=2)  # the entries of a younger edit may still arrive
DAYS_PER_BATCH = 500
SCHEDULES_MAY_BE_LATE = timedelta(days=3)  # two, and one because `due_tutors` decides by the easternmost zone


@endpoint("POST", access="admin", operation_id="repairAuditLog", tag="Maintenance", body=RepairBody, answer=Repair)
def audit_repair(request: Request, call: Call, body: RepairBody) -> Response:
    """Deliver the entries in the retry queue, reconstruct lost ones, and find what other programs changed; admins only.

    A schedule runs it every five minutes.
    """
    return json_response(repair(call))


def repair(call: Call, _event: object = None) -> Repair:
    """Deliver and reconstruct entries, then find drift, for about a minute and a half at most; return how many.

    Log a warning if last week's statistics should have been computed and weren't, and if weekly schedules are more
    than two days late.
    """
    began = call.clock()
    drained = drain(call, began + DRAIN_FOR) if call.settings.audit_queue_url else 0
    reconstructed, remaining = close_gaps(call, began - SETTLED_AFTER, began + RUN_FOR)
    complete_bookings(call, began + LOOK_FOR)
    adrift = find_drift(call, began + LOOK_FOR)
    with suppress(Unavailable):  # the repair succeeded; the next run checks again
        # Alarms watch for these lines (deploy/alarms.yml).
        engine = engine_for(call.settings)
        if transact(engine, partial(is_overdue, week_start=last_week_due(began)), read_only=True):
            log.write("WARNING", "weekly statistics overdue", requestId=call.request_id)
        if due := transact(engine, partial(due_tutors, at=began - SCHEDULES_MAY_BE_LATE), read_only=True):
            log.write("WARNING", "weekly schedules overdue", requestId=call.request_id, tutors=len(due))
    return Repair(drained, reconstructed, remaining, adrift)


def close_gaps(call: Call, edited_before: datetime, until: datetime) -> tuple[int, int]:
    """Reconstruct the missing versions of all days that were last edited before an instant.

    Mark the days without missing versions as handled, so that the next run doesn't read them again. Stop at `until`.
    Return how many versions were reconstructed, and how many are still missing.
    """
    engine = engine_for(call.settings)
    next_days = partial(unhandled_days.next_unhandled_days, edited_before=edited_before, limit=DAYS_PER_BATCH)
    reconstructed = 0
    after: unhandled_days.UnhandledDay | None = None
    while days := transact(engine, partial(next_days, after=after), read_only=True):
        for tutor_id, group in groupby(days, key=attrgetter("tutor_id")):
            tutor_days = list(group)
            if complete := [day for day in tutor_days if not day.missing]:
                transact(engine, partial(unhandled_days.mark_handled, tutor_id=tutor_id, days=complete))
            for day in tutor_days:
                if day.missing and call.clock() < until:
                    reconstructed += _reconstruct(call, day, edited_before)
        if call.clock() >= until:
            break
        after = days[-1]
    count_missing = partial(unhandled_days.count_missing_versions, edited_before=edited_before)
    return reconstructed, transact(engine, count_missing, read_only=True)


def _reconstruct(call: Call, day: unhandled_days.UnhandledDay, edited_before: datetime) -> int:
    """Reconstruct a day's missing versions; return their number, or 0 after an error, which is logged."""
    try:
        work = partial(repair_db.repair_day, tutor_id=day.tutor_id, day=day.date, edited_before=edited_before)
        return transact(engine_for(call.settings), work)
    except (repair_db.EntriesRejected, Unavailable) as error:
        which = {"tutorId": str(day.tutor_id), "date": day.date.isoformat()}
        log.write("WARNING", "not repaired", requestId=call.request_id, why=str(error), **which)
        return 0


handler = lambda_handler(audit_repair, scheduled("audit_repair", repair))
