"""The last part of a repair: find what other programs changed with SQL, in slots and in bookings."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from common import log
from common.db import drift_scan
from common.db.engine import engine_for, transact
from common.db.pool import pool_for
from common.db.repair import EntriesRejected
from common.db.unnoticed_bookings import notice, unnoticed_bookings
from common.errors import Unavailable
from common.web.endpoint import Call

TUTORS_PER_BATCH = 100
# A run ends after the batch with the 20,000th day. With 288 runs a day, that is enough for five million days.
DAYS_PER_RUN = 20_000
BOOKINGS_PER_RUN = 10_000
# Days before yesterday can't be booked or edited any more. In UTC, yesterday may still be today somewhere.
LOOK_BACK = timedelta(days=2)
FIRST_ID, LAST_ID = UUID(int=0), UUID(int=2**128 - 1)


def find_drift(call: Call, until: datetime) -> int:
    """Write what other programs changed into the log; return the number of days where the log didn't show it.

    A run looks at the tutors after the last one of the run before, until it has looked at all tutors or at
    `DAYS_PER_RUN` days, or until the instant `until`.
    """
    first_day = (call.clock() - LOOK_BACK).date()
    days = adrift = 0
    for tutor_ids in _batches(call):
        for tutor_id in tutor_ids:
            try:
                count, suspicious = drift_scan.days_to_check(pool_for(call.settings), tutor_id, first_day)
            except Unavailable as error:  # the next run looks at the tutors after this one, too
                count, suspicious = 0, []
                log.write(
                    "WARNING", "tutor not checked", requestId=call.request_id, why=str(error), tutorId=str(tutor_id)
                )
            days += count
            for day in suspicious:
                if call.clock() >= until:  # the next run begins with this tutor
                    return adrift
                adrift += _account_for_drift(call, tutor_id, day)
        transact(engine_for(call.settings), partial(drift_scan.write_position, tutor_id=tutor_ids[-1]))
        if days >= DAYS_PER_RUN or call.clock() >= until:
            break
    return adrift


def _batches(call: Call) -> Iterator[list[UUID]]:
    """Yield all tutors in batches: first those after the last one of the run before, then the others."""
    engine = engine_for(call.settings)
    start = transact(engine, drift_scan.read_position, read_only=True)
    for after, last in ((start, LAST_ID), (FIRST_ID, start)):
        position = after
        while position < last:
            read = partial(drift_scan.next_tutors, after=position, last=last, limit=TUTORS_PER_BATCH)
            tutor_ids = transact(engine, read, read_only=True)
            if not tutor_ids:
                break
            yield tutor_ids
            position = tutor_ids[-1]


def _account_for_drift(call: Call, tutor_id: UUID, day: date) -> bool:
    """Account for what another program changed on a day; return False after an error, which is logged."""
    which = {"tutorId": str(tutor_id), "date": day.isoformat()}
    try:
        work = partial(drift_scan.account_for_drift, tutor_id=tutor_id, day=day, clock=call.clock)
        is_adrift = transact(engine_for(call.settings), work)
    except (EntriesRejected, Unavailable) as error:
        log.write("WARNING", "drift not written", requestId=call.request_id, why=str(error), **which)
        return False
    if is_adrift:
        log.write("WARNING", "slots changed by another program", requestId=call.request_id, **which)
    return is_adrift


def notice_bookings(call: Call, until: datetime) -> None:
    """Fill in when it was noticed that another program released or confirmed bookings without saying when."""
    engine = engine_for(call.settings)
    for tutor_id, ids in transact(engine, partial(unnoticed_bookings, limit=BOOKINGS_PER_RUN), read_only=True):
        if call.clock() >= until:
            return
        transact(engine, partial(notice, tutor_id=tutor_id, ids=ids, clock=call.clock))
