"""The check of a deployed `audit_stats`."""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from uuid import uuid4

from common.core.statistics import last_week_due
from common.db.change_stats import tally_changes
from common.db.engine import engine_for, transact
from common.db.platform_stats import read_platform
from common.db.pool import pool_for
from common.web.endpoint import Call
from functions.self_check import self_check


@self_check
def check(call: Call) -> Iterator[str]:
    """Read the statistics of a tutor who doesn't exist, and those of all tutors."""
    now = call.clock()
    tally_changes(pool_for(call.settings), uuid4(), call.caller, since=now - timedelta(days=7), until=now)
    yield "reads a tutor's statistics"
    week = last_week_due(now)
    transact(
        engine_for(call.settings), partial(read_platform, first_week=week, last_week=week, limit=1), read_only=True
    )
    yield "reads the statistics of all tutors"
