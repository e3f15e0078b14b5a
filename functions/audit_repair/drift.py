"""The last part of a repair: find what other programs changed with SQL, in slots and in bookings."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from common import log
from common.db import drift_scan
from common.db.engine import engine_for, transact
from common.db.incomplete_bookings import complete, incomplete_bookings
from common.db.pool import pool_for
from common.db.repair import EntriesRejected
from common.errors import Unavailable
from common.web.endpoint import Call

# A run ends after the tutor with the 20,000th day. With 288 runs a day, that is enough for five million days.
DAYS_PER_RUN = 20_000
DAYS_PER_TRANSACTION = 50
BOOKINGS_PER_RUN = 10_000
# Days before yesterday can't be booked or edited any more. In UTC, yesterday may still be today somewhere.
LOOK_BACK = timedelta(days=2)


def find_drift(call: Call, until: datetime) -> int:
    """Write what other programs changed into the log; return the number of days where the log didn't show it.

    A run looks at the tutors after the last one of the run before, until it has looked at all tutors or at
    `DAYS_PER_RUN` days, or until the instant `until`.
    """
    engine, pool = engine_for(call.settings), pool_for(call.settings)
    first_day = (call.clock() - LOOK_BACK).date()
    days = adrift = 0
    tutor_ids = transact(engine, partial(drift_scan.next_tutors, limit=DAYS_PER_RUN), read_only=True)
    for tutor_id in tutor_ids:
        try:
            count, changed = drift_scan.days_to_check(pool, tutor_id, first_day)
        except Unavailable as error:  # go on with the next tutor, so that one tutor can't stop the scan
            count, changed = 0, []
            _warn(call, "tutor not checked", tutor_id, why=str(error))
        days += count
        for start in range(0, len(changed), DAYS_PER_TRANSACTION):
            adrift += _check(call, tutor_id, changed[start : start + DAYS_PER_TRANSACTION])
        if days >= DAYS_PER_RUN or call.clock() >= until:
            break
    if tutor_ids:
        transact(engine, partial(drift_scan.write_position, tutor_id=tutor_id))
    return adrift


def _check(call: Call, tutor_id: UUID, days: Sequence[date]) -> int:
    """Check days of a tutor; return the number of those that were adrift. Log these days, and errors."""
    work = partial(drift_scan.check_days, tutor_id=tutor_id, days=days, clock=call.clock)
    try:
        adrift = transact(engine_for(call.settings), work)
    except (EntriesRejected, Unavailable) as error:
        if isinstance(error, EntriesRejected) and len(days) > 1:
            return sum(_check(call, tutor_id, [day]) for day in days)
        _warn(call, "drift not written", tutor_id, why=str(error), date=days[0].isoformat())
        return 0
    for day in adrift:
        _warn(call, "slots changed by another program", tutor_id, date=day.isoformat())
    return len(adrift)


def _warn(call: Call, message: str, tutor_id: UUID, **fields: str) -> None:
    log.write("WARNING", message, requestId=call.request_id, tutorId=str(tutor_id), **fields)


def complete_bookings(call: Call, until: datetime) -> None:
    """Expire holds that ran out, and complete bookings of other programs."""
    engine = engine_for(call.settings)
    for tutor_id, ids in transact(engine, partial(incomplete_bookings, limit=BOOKINGS_PER_RUN), read_only=True):
        if call.clock() >= until:
            return
        transact(engine, partial(complete, tutor_id=tutor_id, ids=ids, clock=call.clock))
