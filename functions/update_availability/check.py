"""The check of a deployed `update_availability`."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from common import queue
from common.core.diffing import DayEdit
from common.db.audit_log import read_change_set
from common.db.engine import engine_for, pipeline, transact
from common.db.repair import check_log_is_writable
from common.db.slots import ADD_SLOTS, LOCK_DAYS, REMOVE_SLOTS_AND_RAISE_VERSIONS
from common.errors import ChangeSetNotFound, TutorNotFound
from common.ledger import Change, Ledger, edits_that_replace
from common.web.endpoint import Call
from functions.self_check import self_check

NOTHING = {
    **dict.fromkeys(("dates", "start_times", "durations", "zones", "changed", "untouched"), "{}"),
    "updated_by": None,
}


@self_check
def check(call: Call) -> Iterator[str]:
    """Try an edit for a tutor who doesn't exist, each statement of an edit, an entry, and a message."""
    engine, tutor, now = engine_for(call.settings), uuid4(), call.clock()
    edits = edits_that_replace([DayEdit(now.date() + timedelta(days=7), ())])
    with suppress(TutorNotFound):
        Ledger(call.settings, call.clock, call.request_id).save(
            Change(tutor, call.caller, edits, "other", is_dry_run=True)
        )
    yield "tries an edit (a dry run)"
    transact(engine, partial(_change_nothing, values={**NOTHING, "tutor_id": tutor, "now": now}))
    yield "changes days and slots"
    transact(engine, partial(check_log_is_writable, now=now))
    yield "writes the log (rolled back)"
    with suppress(ChangeSetNotFound):
        transact(engine, partial(read_change_set, tutor_id=tutor, change_set_id=uuid4(), caller=call.caller))
    yield "reads change sets"
    if call.settings.audit_queue_url:
        queue.send_check(call.settings.audit_queue_url)
        yield "sends to the retry queue"


def _change_nothing(connection: Any, values: dict[str, Any]) -> None:
    """Run the statements of an edit for no days and no slots. They need the same rights as for some."""
    statements = (LOCK_DAYS, REMOVE_SLOTS_AND_RAISE_VERSIONS, ADD_SLOTS)
    pipeline(connection, *((statement, values) for statement in statements))
