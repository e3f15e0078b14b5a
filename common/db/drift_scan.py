"""The scan for drift: it finds days whose slots another program changed, and writes the difference into the log."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from common.clock import Clock
from common.core.audit import ChangeSet, changed_at
from common.core.diffing import DayChange, SlotDiff
from common.core.drift import certain_since, is_adrift, last_missing_version, net_difference
from common.core.history import DayHistory
from common.db.audit_log import write
from common.db.drift import DAYS
from common.db.pool import Pool
from common.db.repair import raise_entries_rejected, read_histories

POSITION = text("select coalesce((select tutor_id from repair_position), '00000000-0000-0000-0000-000000000000')")
NEXT_TUTORS = text("select id from tutors order by id <= :after_tutor_id, id limit :limit")
SET_POSITION = text("""
insert into repair_position (tutor_id)
values (:tutor_id)
on conflict (only_row) do update set tutor_id = excluded.tutor_id
""")


def next_tutors(connection: Connection, limit: int) -> list[UUID]:
    """Return the ids of the next tutors, at most `limit`. The last tutor is followed by the first."""
    position = connection.execute(POSITION).scalar_one()
    return list(connection.execute(NEXT_TUTORS, {"after_tutor_id": position, "limit": limit}).scalars())


def write_position(connection: Connection, tutor_id: UUID) -> None:
    """Store the last tutor that the scan has looked at, so that the next run continues there."""
    connection.execute(SET_POSITION, {"tutor_id": tutor_id})


# The number of a tutor's days from `:first` to `:last`, and those that changed since repair checked them.
DAYS_TO_CHECK = f"""
select count(*), string_agg(cast(date as text), ',' order by date) filter (where not is_checked)
from ({DAYS}) as days
"""  # noqa: S608 - put together from constants


def days_to_check(pool: Pool, tutor_id: UUID, first: date) -> tuple[int, Sequence[date]]:
    """Return the number of a tutor's days from `first` on, and those of them that changed since they were checked."""
    count, dates = pool.read(DAYS_TO_CHECK, {"tutor_id": tutor_id, "first": first, "last": date.max}) or (0, None)
    return count, [date.fromisoformat(each) for each in dates.split(",")] if dates else []


# Days that were never edited get their rows here, so that they can be locked.
ADD_DAYS = text("""
insert into tutor_days (tutor_id, date, version, updated_at, updated_by)
values (:tutor_id, unnest(cast(:dates as date[])), 0, :now, null)
on conflict (tutor_id, date) do nothing
""")
LOCK_DAYS_IF_FREE = text("""
select date
from tutor_days
where tutor_id = :tutor_id and date = any(cast(:dates as date[]))
order by date
for update skip locked
""")
NOW = text("select clock_timestamp()")
RAISE_VERSION = text("""
update tutor_days
set version = :version, updated_at = :now, updated_by = null, checked_version = :version
where tutor_id = :tutor_id and date = :date
""")
MARK_CHECKED = text("""
update tutor_days
set checked_version = version, checked_state = :state, certain_since = :certain_since
where tutor_id = :tutor_id and date = :date
""")
DELETE_UNTOUCHED = text("""
delete from tutor_days where tutor_id = :tutor_id and version = 0 and date = any(cast(:dates as date[]))
""")


@raise_entries_rejected
def check_days(connection: Connection, tutor_id: UUID, days: Sequence[date], clock: Clock) -> list[date]:
    """Write what another program changed as a new version of each day that is adrift; return these days.

    Mark the other days as checked, except those with missing versions. If the log of a day contradicts itself but gives
    the slots as they stand, the day is adrift, and is only marked. Skip days that are locked: the next run checks them.
    """
    key = {"tutor_id": tutor_id, "dates": list(days)}
    connection.execute(ADD_DAYS, {**key, "now": clock()})
    locked = connection.execute(LOCK_DAYS_IF_FREE, key).scalars().all()
    adrift = []
    for history in read_histories(connection, tutor_id, locked) if locked else ():
        diff = net_difference(history)
        if is_adrift(history):
            adrift.append(history.date)
            if diff:
                _write_difference(connection, history, diff, clock)
        if not diff and not last_missing_version(history):
            mark = {"date": history.date, "state": history.state, "certain_since": certain_since(history)}
            connection.execute(MARK_CHECKED, {"tutor_id": tutor_id, **mark})
    connection.execute(DELETE_UNTOUCHED, key)
    return adrift


def _write_difference(connection: Connection, history: DayHistory, diff: SlotDiff, clock: Clock) -> None:
    now = clock.of_change(connection.execute(NOW).scalar_one())
    at = changed_at(now, [history.updated_at])
    version = max([history.version, *(entry.version for entry in history.entries)]) + 1
    changes = (DayChange(history.date, version, diff),)
    write(connection, ChangeSet(uuid4(), history.tutor_id, at, None, "external", None, changes, source="reconstructed"))
    values = {"tutor_id": history.tutor_id, "date": history.date, "version": version, "now": at}
    connection.execute(RAISE_VERSION, values)
