"""The check of a deployed `tutors`."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import uuid4

from common.db.engine import engine_for, transact
from common.db.pool import pool_for
from common.db.settings import INSERT_EVENTS, INSERT_TUTORS, UPDATE_TUTORS, save_tutors
from common.db.tutors import TUTOR_BY_ID, find_tutor, list_tutors
from common.web.endpoint import Call
from functions.self_check import self_check


@self_check
def check(call: Call) -> Iterator[str]:
    """Read tutors, and save none."""
    pool = pool_for(call.settings)
    find_tutor(pool, TUTOR_BY_ID, uuid4())
    list_tutors(pool, limit=1, after=None, text=None)
    yield "reads tutors"
    engine = engine_for(call.settings)
    transact(engine, partial(save_tutors, edits=[], changed_by=None, clock=call.clock))
    transact(engine, partial(_save_none, changed_at=call.clock()))
    yield "saves tutors"


def _save_none(connection: Any, changed_at: Any) -> None:
    for statement in (UPDATE_TUTORS, INSERT_TUTORS):
        connection.execute(statement, {"rows": "[]"})
    connection.execute(INSERT_EVENTS, {"rows": "[]", "changed_by": None, "changed_at": changed_at})
