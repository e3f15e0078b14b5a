"""The audit log: writing entries after the slots are committed, and reading the entries of a change set to revert it.

Slots first, log after: an update succeeds whatever happens to the log.
"""

from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

from common.core.audit import AuditEntry, ChangeSet
from common.core.caller import Caller
from common.db.entries import entry_of, parse_entries
from common.db.sqlstate import sqlstate
from common.db.statements import ISO_DATES, array
from common.db.tutors import TUTOR_OF_CALLER, tutor_of_caller
from common.errors import ChangeSetIncomplete, ChangeSetNotFound


class NotRecorded(Exception):
    """The log didn't confirm that it has the entries: it rejected them, failed, or didn't answer in time."""


# Writing an entry twice makes one row (see `entry_id`). In this and other modules, an insert of several rows is
# `values (unnest(…), …)`: Citus sends this form to one worker, but sends an `insert … select` through the coordinator.
INSERT_ENTRIES = text("""
insert into tutor_availability_log (
  id, tutor_id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, notes,
  change_set_id, change_set_size, version, source, time_zone
)
values (
  unnest(cast(:ids as uuid[])), :tutor_id, unnest(cast(:dates as date[])), unnest(cast(:start_times as time[])),
  unnest(cast(:durations as smallint[])), unnest(cast(:actions as text[])), :reason, :changed_at, :changed_by, :notes,
  :change_set_id, :change_set_size, unnest(cast(:versions as integer[])), :source,
  unnest(cast(:zones as text[]))
)
on conflict (tutor_id, id) do nothing
""").execution_options(prepared=True)


def record(connection: Connection, change_set: ChangeSet, budget_ms: int) -> None:
    """Write all entries of the change set in one transaction, or raise `NotRecorded` within the budget.

    The server's time-out is four fifths of the budget, so that the server doesn't wait for a lock after the client has
    given up. The client's deadline is the whole budget, for a server that doesn't answer at all.
    """
    try:
        begin = {**ISO_DATES, "statement_timeout": f"{max(1, budget_ms * 4 // 5)}"}
        with connection.begin():
            write(connection, change_set, begin=begin, commit=True, deadline=monotonic() + budget_ms / 1000)
    except Exception as error:  # catch every error: the slots are saved, so the update has to succeed
        raise NotRecorded(sqlstate(error) or type(error).__name__) from error


def write(connection: Connection, change_set: ChangeSet, **execution_options: Any) -> None:
    """Write all entries of the change set. Entries that the log already has don't change.

    `common.db.engine` lists the execution options.
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
        "zones": array(entry.slot.zone or "null" for entry in entries),
    }
    connection.execute(INSERT_ENTRIES, values, execution_options=execution_options)


# Returns no row if the tutor doesn't exist or the caller may not act for the tutor.
CHANGE_SET = text(f"""
select (
  select cast(json_agg({entry_of("tutor_availability_log")}) as text)
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
    """Return the entries of a change set; None if the tutor doesn't exist or the caller may not act for the tutor.

    Raise `ChangeSetNotFound` if the log has no entry of the change set, `ChangeSetIncomplete` if some entries haven't
    arrived yet or are lost. Change sets from before migration 0002 have no size. If some of their entries are missing,
    no error is raised.
    """
    values = {**tutor_of_caller(tutor_id, caller), "change_set_id": change_set_id}
    row = connection.execute(CHANGE_SET, values).one_or_none()
    if row is None:
        return None
    entries = parse_entries(row.entries)
    if not entries:
        raise ChangeSetNotFound("the log has no such change set of this tutor; if it was deferred, try again later")
    if row.size not in (None, len(entries)):
        raise ChangeSetIncomplete("some entries of this change set aren't in the log, so it can't be undone as a whole")
    return entries
