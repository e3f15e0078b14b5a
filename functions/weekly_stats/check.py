"""The check of a deployed `weekly_stats`."""

from collections.abc import Iterator
from functools import partial
from uuid import uuid4

from common.db.engine import engine_for, transact
from common.db.weekly_stats import compute_weeks, tutors_to_compute
from common.web.endpoint import Call
from functions.self_check import self_check


@self_check
def check(call: Call) -> Iterator[str]:
    """List the tutors, and compute the weeks of a tutor who doesn't exist."""
    engine, now = engine_for(call.settings), call.clock()
    transact(engine, partial(tutors_to_compute, now=now), read_only=True)
    yield "lists tutors"
    transact(engine, partial(compute_weeks, tutor_ids=[uuid4()], now=now, weeks=1))
    yield "writes weekly statistics"
