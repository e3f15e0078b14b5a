"""The audit log: written best effort after the slots are committed, and read to revert.

See design rules 2 and 3: whatever happens to the log, the update stands; and an answer says whether it is complete.
"""

from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from common.core.audit import AuditEntry, ChangeSet
from common.core.caller import Caller
from common.db.entries import ENTRY, entries_of
from common.db.sqlstate import sqlstate
from common.db.statements import ISO_DATES, array
from common.db.tutors import TUTOR_OF_CALLER, tutor_of_caller
from common.errors import ChangeSetIncomplete, ChangeSetNotFound


class NotRecorded(Exception):
    """The entries aren't known to be in the log: it refused them, or didn't answer within the budget."""


# Written twice, an entry is one row: its id is derived from what it says. Several rows are `values` with `unnest`, here
# and elsewhere: Citus sends that to a worker as it is, and an `insert … select` by way of the coordinator.
INSERT_ENTRIES = text("""
insert into tutor_availability_log (
  id, tutor_id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, notes,
  change_set_id, change_set_size, version, source
)
values (
  unnest(cast(:ids as uuid[])), :tutor_id, unnest(cast(:dates as date[])), unnest(cast(:start_times as time[])),
  unnest(cast(:durations as smallint[])), unnest(cast(:actions as text[])), :reason, :changed_at, :changed_by, :notes,
  :change_set_id, :change_set_size, unnest(cast(:versions as integer[])), :source
)
on conflict (tutor_id, id) do nothing
""").execution_options(prepared=True)


def record(connection: Connection, change_set: ChangeSet, budget_ms: int) -> None:
    """Write all entries of the change set, in a transaction of their own, or raise `NotRecorded` within the budget.

    The server is told to give up a little before the client does, so that it doesn't go on waiting for a lock on
    behalf of a client that is gone; the client's clock counts for a server that says nothing at all.
    """
    try:
        begin = {**ISO_DATES, "statement_timeout": f"{max(1, budget_ms * 4 // 5)}"}
        with connection.begin():
            write(connection, change_set, begin=begin, commit=True, deadline=monotonic() + budget_ms / 1000)
    except Exception as error:  # whatever it is: the slots are saved already, and that has to be answered (rule 2)
        raise NotRecorded(sqlstate(error) or type(error).__name__) from error


def write(connection: Connection, change_set: ChangeSet, **sent_with_it: Any) -> None:
    """Write all entries of the change set; those that are there already stay as they are.

    `sent_with_it` are execution options of `common.db.engine`.
    """
    entries = change_set.entries()
    values = {
        "tutor_id": change_set.tutor_id,
        "reason": change_set.reason,
        "changed_at": change_set.changed_at,
        "changed_by": change_set.changed_by,
        "notes": change_set.notes,
        "change_set_id": change_set.id,
        "change_set_size": change_set.size,
        "source": change_set.source,
        "ids": array(entry.id for entry in entries),
        "dates": array(entry.date for entry in entries),
        "start_times": array(entry.slot.start for entry in entries),
        "durations": array(entry.slot.duration_minutes for entry in entries),
        "actions": array(entry.action for entry in entries),
        "versions": array(entry.version for entry in entries),
    }
    connection.execute(INSERT_ENTRIES, values, execution_options=sent_with_it)


# No row when there is no such tutor, or none that the caller may act for.
CHANGE_SET = text(f"""
select (
  select cast(json_agg({ENTRY}) as text)
  from tutor_availability_log
  where tutor_id = :tutor_id and change_set_id = :change_set_id
) as entries, (
  select max(change_set_size)
  from tutor_availability_log
  where tutor_id = :tutor_id and change_set_id = :change_set_id
) as size
from tutors
where {TUTOR_OF_CALLER}
""")  # noqa: S608 - put together from constants


def read_change_set(
    connection: Connection, tutor_id: UUID, change_set_id: UUID, caller: Caller
) -> list[AuditEntry] | None:
    """Return the entries of a change set; None when there is no such tutor, or none that the caller may ask about.

    Raises `ChangeSetNotFound`, or `ChangeSetIncomplete` where some entries are on their way, or lost. A change set
    that was written before sizes were is taken for whole.
    """
    values = {**tutor_of_caller(tutor_id, caller), "change_set_id": change_set_id}
    row = connection.execute(CHANGE_SET, values).one_or_none()
    if row is None:
        return None
    entries = entries_of(row.entries)
    if not entries:
        raise ChangeSetNotFound("the log knows no such change set of this tutor; one that was deferred may still come")
    if row.size not in (None, len(entries)):
        raise ChangeSetIncomplete("some entries of this change set aren't in the log, so it can't be undone as a whole")
    return entries
