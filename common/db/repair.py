"""Repair of the audit log: entries that come late, and versions that no entry tells of (design rule 3).

Whatever is decided about a day is decided under its lock, so that two runs, or a run and an edit, take turns.
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
from common.db.history import HISTORIES, SINCE_EVER, read_histories
from common.db.sqlstate import is_outage, sqlstate

P = ParamSpec("P")
R = TypeVar("R")


class EntriesRejected(Exception):
    """The database doesn't take it: a deferred change set that isn't, or isn't any more, part of the day's history."""


def _raise_entries_rejected(work: Callable[P, R]) -> Callable[P, R]:
    """Pass on an outage, which concerns everything; another error of the database concerns what it was told."""

    @wraps(work)
    def named(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return work(*args, **kwargs)
        except DBAPIError as error:
            if is_outage(error):
                raise
            raise EntriesRejected(f"the database refused it ({sqlstate(error)})") from error

    return named


@dataclass(frozen=True, slots=True)
class UnaccountedDay:
    """A day with versions that nobody has looked at yet; `missing` of them have no entries."""

    tutor_id: UUID
    date: date
    version: int
    missing: int


# Over all tutors, by the partial index: days that are accounted for cost nothing, however many they are.
UNACCOUNTED_DAYS = f"""
select days.tutor_id, days.date, days.version, {MISSING_OF_DAY} as missing
from tutor_days as days
where days.version > days.repaired_version and days.updated_at < :edited_before
"""  # noqa: S608 - put together from constants

NEXT_UNACCOUNTED_DAYS = text(f"""
{UNACCOUNTED_DAYS}
  and (days.tutor_id, days.date) > (:after_tutor_id, :after_date)
order by days.tutor_id, days.date
limit :limit
""")

OPEN_GAPS = text(f"select coalesce(sum(missing), 0) from ({UNACCOUNTED_DAYS}) as unaccounted")  # noqa: S608 - a constant


def next_unaccounted_days(
    connection: Connection, edited_before: datetime, after: UnaccountedDay | None, limit: int
) -> list[UnaccountedDay]:
    """Return days to look at, last edited before then, in the order of tutor and date."""
    values = {
        "edited_before": edited_before,
        "after_tutor_id": after.tutor_id if after else UUID(int=0),
        "after_date": after.date if after else date.min,
        "limit": limit,
    }
    return [UnaccountedDay(*row) for row in connection.execute(NEXT_UNACCOUNTED_DAYS, values)]


def open_gaps(connection: Connection, edited_before: datetime) -> int:
    """Count the versions without entries of the days last edited before then."""
    return int(connection.execute(OPEN_GAPS, {"edited_before": edited_before}).scalar_one())


# A day that is being edited just now is left for the next time: neither waits for the other.
ACCOUNT_FOR = text("""
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


def account_for(connection: Connection, tutor_id: UUID, days: Sequence[UnaccountedDay]) -> None:
    """Note that the log tells of every version of these days of one tutor."""
    values = {
        "tutor_id": tutor_id,
        "dates": [day.date for day in days],
        "versions": [day.version for day in days],
    }
    connection.execute(ACCOUNT_FOR, values)


@_raise_entries_rejected
def repair_day(connection: Connection, tutor_id: UUID, day: date, edited_before: datetime) -> int:
    """Reconstruct the gaps of a day; return how many missing versions that closed.

    None of a day that is being edited, or was meanwhile: it is for the next time.
    """
    if connection.execute(LOCK_DAY_IF_FREE, {"tutor_id": tutor_id, "date": day}).one_or_none() is None:
        return 0
    history = _history(connection, tutor_id, day)
    if history.updated_at >= edited_before or history.version == history.repaired_version:
        return 0
    told = {entry.version for entry in history.entries}
    _replace_stand_ins(connection, history, reconstruct(history), history.version)
    return sum(number not in told for number in range(history.repaired_version + 1, history.version + 1))


@_raise_entries_rejected
def check_log_is_writable(connection: Connection, now: datetime) -> None:
    """Write an entry and take it back; raises `EntriesRejected` when the log doesn't take it."""
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
    """Write the late entries of one day, in the place of what was reconstructed for them; twice is once.

    Raises `EntriesRejected` where the day hasn't got that version, or got it by another change set.
    """
    (change,) = change_set.changes
    which = {"tutor_id": change_set.tutor_id, "date": change.date}
    day = connection.execute(LOCK_DAY, which).one_or_none()
    if day is None or day.version < change.version:
        raise EntriesRejected("the day has no such version")
    known = connection.execute(EXACT_CHANGE_SETS, {**which, "version": change.version}).scalars().all()
    if known == [change_set.id]:
        return
    if known:
        raise EntriesRejected("another change set made this version")
    write(connection, change_set)
    if day.repaired_version:  # a newer version, too, says until when at the latest the ones before it were made
        history = _history(connection, change_set.tutor_id, change.date)
        stand_ins = reconstruct(history, late=change.version)
        _replace_stand_ins(connection, history, stand_ins, history.repaired_version)


# Holds the day until the transaction ends. The statements after this one see what its last holder did.
LOCK_DAY = text("""
select version, repaired_version from tutor_days where tutor_id = :tutor_id and date = :date for update
""")
LOCK_DAY_IF_FREE = text(f"{LOCK_DAY} skip locked")
HISTORY_OF_DAY = text(HISTORIES)


def _history(connection: Connection, tutor_id: UUID, day: date) -> DayHistory:
    """Return a day's history; the day is locked, so there is one."""
    values = {"tutor_id": tutor_id, "first": day, "last": day, "dates": f"{{{day}}}", "at": SINCE_EVER}
    _, (history,) = read_histories(tutor_id, connection.execute(HISTORY_OF_DAY, values).one())
    return history


DELETE_RECONSTRUCTED = text(f"""
delete from tutor_availability_log where tutor_id = :tutor_id and date = :date and {IS_RECONSTRUCTED}
""")  # noqa: S608 - put together from constants

MARK_REPAIRED = text("""
update tutor_days set repaired_version = :version where tutor_id = :tutor_id and date = :date
""")


def _replace_stand_ins(
    connection: Connection, history: DayHistory, stand_ins: list[ChangeSet], repaired_version: int
) -> None:
    """Let these be all that is reconstructed of the day, and its versions up to that one be accounted for."""
    which = {"tutor_id": history.tutor_id, "date": history.date}
    connection.execute(DELETE_RECONSTRUCTED, which)
    for stand_in in stand_ins:
        write(connection, stand_in)
    connection.execute(MARK_REPAIRED, {**which, "version": repaired_version})
