"""The check of a deployed `audit_history`."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import uuid4

from common.db.entries import read_history
from common.db.pool import pool_for
from common.db.tutors import read_settings_events
from common.web.endpoint import Call
from functions.self_check import self_check


@self_check
def check(call: Call) -> Iterator[str]:
    """Read the history of a tutor who doesn't exist."""
    pool, tutor, since = pool_for(call.settings), uuid4(), call.clock() - timedelta(days=7)
    read_history(pool, tutor, call.caller, since=since, limit=1)
    yield "reads entries"
    read_settings_events(pool, tutor, since, None)
    yield "reads changes of settings"
