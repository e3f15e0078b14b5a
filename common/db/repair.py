"""Repair of the audit log: writing late entries, and reconstructing lost ones (the rule "nothing is lost silently").

`common.core.history` explains versions, gaps and reconstruction. Repair changes the log of a day only while it holds
the lock of the day's row, so two runs of repair, or a run and an edit of the slots, take turns. An update writes its
entries without this lock, after its commit (`common.db.audit_log.record`). Reconstruction skips days that are locked;
the delivery of late entries waits for the lock.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import wraps
from typing import ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from common.core.audit import ChangeSet
from common.core.diffing import DayChange, SlotDiff
from common.core.history import DayHistory, reconstruct
from common.core.time_slots import EARLIEST_DATE, MIN_DURATION_MINUTES, TimeSlot
from common.db.audit_log import write
from common.db.entries import IS_RECONSTRUCTED, MISSING_OF_DAY
from common.db.history import BEGINNING_OF_TIME, HISTORIES, parse_histories
from common.db.sqlstate import is_outage, sqlstate

P = ParamSpec("P")
R = TypeVar("R")


class EntriesRejected(Exception):
    """The entries don't fit the day's history, or the database rejected them."""


def _raise_entries_rejected(work: Callable[P, R]) -> Callable[P, R]:
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


@dataclass(frozen=True, slots=True)
class UnhandledDay:
    """A day with versions that repair hasn't handled yet; `missing` is the number of these versions without entries."""

    tutor_id: UUID
    date: date
    version: int
    missing: int


# The unhandled days of all tutors whose last edit was before `:edited_before`. A partial index contains exactly the
# unhandled days, so all other days cost nothing.
UNHANDLED_DAYS = f"""
select days.tutor_id, days.date, days.version, {MISSING_OF_DAY} as missing
from tutor_days as days
where days.version > days.repaired_version and days.updated_at < :edited_before
"""  # noqa: S608 - put together from constants

NEXT_UNHANDLED_DAYS = text(f"""
{UNHANDLED_DAYS}
  and (days.tutor_id, days.date) > (:after_tutor_id, :after_date)
order by days.tutor_id, days.date
limit :limit
""")

COUNT_MISSING_VERSIONS = text(f"select coalesce(sum(missing), 0) from ({UNHANDLED_DAYS}) as unhandled")  # noqa: S608 - a constant


def next_unhandled_days(
    connection: Connection, edited_before: datetime, after: UnhandledDay | None, limit: int
) -> list[UnhandledDay]:
    """Return unhandled days that were last edited before `edited_before`, sorted by tutor and date.

    Return the first `limit` days after the day `after`, or the first `limit` of all days if `after` is None.
    """
    values = {
        "edited_before": edited_before,
        "after_tutor_id": after.tutor_id if after else UUID(int=0),
        "after_date": after.date if after else date.min,
        "limit": limit,
    }
    return [UnhandledDay(*row) for row in connection.execute(NEXT_UNHANDLED_DAYS, values)]


def count_missing_versions(connection: Connection, edited_before: datetime) -> int:
    """Return the number of missing versions of all unhandled days that were last edited before `edited_before`."""
    return int(connection.execute(COUNT_MISSING_VERSIONS, {"edited_before": edited_before}).scalar_one())


# Skips days that are locked, so that repair doesn't wait for an edit. The next run handles them.
MARK_HANDLED = text("""
with free as (
  select date
  from tutor_days
  where tutor_id = :tutor_id and date = any(cast(:dates as date[]))
  order by date
  for update skip locked
)
update tutor_days
set repaired_version = seen.version
from free, unnest(cast(:dates as date[]), cast(:versions as integer[])) as seen (date, version)
where tutor_days.tutor_id = :tutor_id
  and tutor_days.date = free.date
  and tutor_days.date = seen.date
  and tutor_days.repaired_version < seen.version
""")


def mark_handled(connection: Connection, tutor_id: UUID, days: Sequence[UnhandledDay]) -> None:
    """Mark the versions of days as handled, except for days that are locked.

    The days have to be days of one tutor, without missing versions.
    """
    values = {
        "tutor_id": tutor_id,
        "dates": [day.date for day in days],
        "versions": [day.version for day in days],
    }
    connection.execute(MARK_HANDLED, values)


@_raise_entries_rejected
def repair_day(connection: Connection, tutor_id: UUID, day: date, edited_before: datetime) -> int:
    """Reconstruct the gaps of a day; return the number of missing versions that this call handled.

    Return 0 if the day is locked or was edited at `edited_before` or later: the next run repairs it. Also return 0 if
    all versions of the day are handled already.
    """
    if connection.execute(LOCK_DAY_IF_FREE, {"tutor_id": tutor_id, "date": day}).one_or_none() is None:
        return 0
    history = _read_history(connection, tutor_id, day)
    if history.updated_at >= edited_before or history.version == history.repaired_version:
        return 0
    logged = {entry.version for entry in history.entries}
    _replace_reconstructed(connection, history, reconstruct(history), history.version)
    return sum(number not in logged for number in range(history.repaired_version + 1, history.version + 1))


@_raise_entries_rejected
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


@_raise_entries_rejected
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
    write(connection, change_set)
    # Reconstruct again, also if the late version is newer than the repaired ones: a reconstructed version gets the
    # earliest instant that the log has for this version or a later one, and the late entries may have an earlier
    # instant.
    if day.repaired_version:
        history = _read_history(connection, change_set.tutor_id, change.date)
        reconstructed = reconstruct(history, late_version=change.version)
        _replace_reconstructed(connection, history, reconstructed, history.repaired_version)


# The day stays locked until the transaction ends. Later statements see what the previous holder of the lock committed.
LOCK_DAY = text("""
select version, repaired_version from tutor_days where tutor_id = :tutor_id and date = :date for update
""")
LOCK_DAY_IF_FREE = text(f"{LOCK_DAY} skip locked")
HISTORY_OF_DAY = text(HISTORIES)


def _read_history(connection: Connection, tutor_id: UUID, day: date) -> DayHistory:
    """Return the history of a day that this transaction has locked."""
    # Repair doesn't need the bookings. There are none at `BEGINNING_OF_TIME`, so the query reads none.
    values = {"tutor_id": tutor_id, "first": day, "last": day, "dates": f"{{{day}}}", "at": BEGINNING_OF_TIME}
    _, (history,) = parse_histories(tutor_id, connection.execute(HISTORY_OF_DAY, values).one())
    return history


DELETE_RECONSTRUCTED = text(f"""
delete from tutor_availability_log where tutor_id = :tutor_id and date = :date and {IS_RECONSTRUCTED}
""")  # noqa: S608 - put together from constants

MARK_REPAIRED = text("""
update tutor_days set repaired_version = :version where tutor_id = :tutor_id and date = :date
""")


def _replace_reconstructed(
    connection: Connection, history: DayHistory, change_sets: list[ChangeSet], repaired_version: int
) -> None:
    """Replace all reconstructed entries of the day, and mark its versions up to `repaired_version` as handled."""
    key = {"tutor_id": history.tutor_id, "date": history.date}
    connection.execute(DELETE_RECONSTRUCTED, key)
    for change_set in change_sets:
        write(connection, change_set)
    connection.execute(MARK_REPAIRED, {**key, "version": repaired_version})
