"""Repair of the audit log: writing late entries, and reconstructing lost ones (the rule "nothing is lost silently").

`common.core.history` explains versions, gaps and reconstruction. Repair changes the log of a day only while it holds
the lock of the day's row, so two runs of repair, or a run and an edit of the slots, take turns. An update writes its
entries without this lock, after its commit (`common.db.audit_log.record`). Reconstruction skips days that are locked;
the delivery of late entries waits for the lock.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from common.core.audit import MAX_VERSION, ChangeSet
from common.core.diffing import DayChange, SlotDiff
from common.core.history import DayHistory, reconstruct
from common.core.time_slots import EARLIEST_DATE, MIN_DURATION_MINUTES, TimeSlot
from common.db.audit_log import write
from common.db.entries import IS_RECONSTRUCTED
from common.db.history import HISTORIES, parse_histories
from common.db.sqlstate import is_outage, sqlstate

P = ParamSpec("P")
R = TypeVar("R")


class EntriesRejected(Exception):
    """The entries don't fit the day's history, or the database rejected them."""


def raise_entries_rejected(work: Callable[P, R]) -> Callable[P, R]:
    """Make a function raise `EntriesRejected` for the database's errors, except for outages."""

    @wraps(work)
    def wrapper(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except DBAPIError as error:
            if is_outage(error):
                raise
            raise EntriesRejected(f"the database rejected the entries ({sqlstate(error)})") from error

    return wrapper


@raise_entries_rejected
def repair_day(connection: Connection, tutor_id: UUID, day: date, edited_before: datetime) -> int:
    """Reconstruct the gaps of a day; return the number of missing versions that this call handled.

    Return 0 if the day is locked or was edited at `edited_before` or later: the next run repairs it. Also return 0 if
    all versions of the day are handled already.
    """
    if connection.execute(LOCK_DAY_IF_FREE, {"tutor_id": tutor_id, "date": day}).one_or_none() is None:
        return 0
    (history,) = read_histories(connection, tutor_id, [day])
    if history.updated_at >= edited_before or history.version == history.repaired_version:
        return 0
    logged = {entry.version for entry in history.entries}
    _replace_reconstructed(connection, history)
    return sum(number not in logged for number in range(history.repaired_version + 1, history.version + 1))


@raise_entries_rejected
def check_log_is_writable(connection: Connection, now: datetime) -> None:
    """Raise `EntriesRejected` if the log can't be written: insert an entry, then roll back."""
    change = DayChange(EARLIEST_DATE, 1, SlotDiff(added=(TimeSlot(time(), MIN_DURATION_MINUTES),)))
    nobody = UUID(int=0)
    write(connection, ChangeSet(nobody, nobody, now, None, "other", None, (change,), source="deferred"))
    connection.rollback()


EXACT_CHANGE_SETS = text(f"""
select distinct change_set_id
from tutor_availability_log
where tutor_id = :tutor_id and date = :date and version = :version and not {IS_RECONSTRUCTED}
""")  # noqa: S608 - put together from constants


@raise_entries_rejected
def deliver(connection: Connection, change_set: ChangeSet) -> None:
    """Write the late entries of a change set of one day, and replace what was reconstructed for them.

    A second call changes nothing. Raise `EntriesRejected` if the day has no such version, if the log has entries of
    another change set for this version, or if the database rejects the entries.
    """
    (change,) = change_set.changes
    key = {"tutor_id": change_set.tutor_id, "date": change.date}
    day = connection.execute(LOCK_DAY, key).one_or_none()
    if day is None or day.version < change.version:
        raise EntriesRejected("the day has no such version")
    logged = connection.execute(EXACT_CHANGE_SETS, {**key, "version": change.version}).scalars().all()
    if logged == [change_set.id]:
        return
    if logged:
        raise EntriesRejected("another change set made this version")
    (before,) = read_histories(connection, change_set.tutor_id, [change.date])
    write(connection, change_set)
    if not day.repaired_version:
        return
    # Reconstruct again, also if the late version is newer than the repaired ones: a reconstructed version gets the
    # earliest instant that the log has for this version or a later one, and the late entries may have an earlier
    # instant. The late entries must not make up for deleted ones.
    (after,) = read_histories(connection, change_set.tutor_id, [change.date])
    after = replace(after, deleted_entries=before.deleted_entries, deleted_versions=before.deleted_versions)
    _replace_reconstructed(connection, after, late_version=change.version)


# The day stays locked until the transaction ends. Later statements see what the previous holder of the lock committed.
LOCK_DAY = text("""
select version, repaired_version from tutor_days where tutor_id = :tutor_id and date = :date for update
""")
LOCK_DAY_IF_FREE = text(f"{LOCK_DAY} skip locked")
HISTORY_OF_DAYS = text(HISTORIES)


def read_histories(connection: Connection, tutor_id: UUID, days: Sequence[date]) -> list[DayHistory]:
    """Return the histories of those of these days that have any. This transaction has locked them."""
    values = {"tutor_id": tutor_id, "dates": f"{{{','.join(map(str, days))}}}"}
    return parse_histories(tutor_id, connection.execute(HISTORY_OF_DAYS, values).one())


DELETE_RECONSTRUCTED = text(f"""
delete from tutor_availability_log
where tutor_id = :tutor_id and date = :date and version between :first_version and :last_version and {IS_RECONSTRUCTED}
""")  # noqa: S608 - put together from constants

# `:deleted_entries` and `:deleted_versions` are those that the log didn't have any more: they stay missing.
MARK_REPAIRED = text("""
update tutor_days
set repaired_version = :version,
  checked_version = :checked_version,
  checked_state = null,
  repaired_entries = :deleted_entries + (
    select count(*)
    from tutor_availability_log as log
    where log.tutor_id = :tutor_id and log.date = :date and log.version <= :version
  ),
  repaired_versions = :deleted_versions + (
    select count(distinct version)
    from tutor_availability_log as log
    where log.tutor_id = :tutor_id and log.date = :date and log.version <= :version
  )
where tutor_id = :tutor_id and date = :date
""")


def _replace_reconstructed(connection: Connection, history: DayHistory, late_version: int | None = None) -> None:
    """Replace all reconstructed entries of the day, and mark its versions as handled.

    With `late_version`, only those up to `repaired_version` are handled. If entries of the day were deleted, they stay
    missing: only versions that repair hasn't handled are reconstructed, or what stood for the late version is removed.
    """
    key = {"tutor_id": history.tutor_id, "date": history.date}
    first, last = 0, MAX_VERSION
    if history.has_deleted_entries:
        first, last = (late_version, late_version) if late_version else (history.repaired_version + 1, MAX_VERSION)
    connection.execute(DELETE_RECONSTRUCTED, {**key, "first_version": first, "last_version": last})
    for change_set in reconstruct(history, late_version):
        if first <= change_set.changes[0].version <= last:
            write(connection, change_set)
    values = {
        "version": history.version if late_version is None else history.repaired_version,
        # Late entries may show drift in versions that were checked.
        "checked_version": min(history.checked_version, (late_version or MAX_VERSION) - 1),
        "deleted_entries": history.deleted_entries,
        "deleted_versions": history.deleted_versions,
    }
    connection.execute(MARK_REPAIRED, {**key, **values})
