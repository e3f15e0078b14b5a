"""The check of a deployed `get_availability`."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from common.db.as_of import read_days_as_of
from common.db.days import read_days
from common.db.history import HISTORIES, read_days_and_latest_entries
from common.db.pool import pool_for
from common.web.endpoint import Call
from functions.self_check import self_check


@self_check
def check(call: Call) -> Iterator[str]:
    """Read the days of a tutor who doesn't exist."""
    pool, tutor, now = pool_for(call.settings), uuid4(), call.clock()
    dates = now.date(), now.date() + timedelta(days=7)
    read_days(pool, tutor, *dates)
    yield "reads days"
    read_days_as_of(pool, tutor, *dates, now)
    pool.read(HISTORIES, {"tutor_id": tutor, "first": dates[0], "last": dates[1], "at": now, "dates": "{}"})
    yield "reads days of the past"
    read_days_and_latest_entries(pool, tutor, *dates)
    yield "explains days"
