"""The scan for drift: it finds days whose slots another program changed, and writes the difference into the log."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from common.clock import Clock
from common.core.audit import ChangeSet, changed_at
from common.core.diffing import DayChange
from common.core.drift import is_adrift, net_difference
from common.db.audit_log import write
from common.db.drift import DIFFERENT_DATES, STEPS
from common.db.pool import Pool
from common.db.repair import LOCK_DAY_IF_FREE, raise_entries_rejected, read_history

NEXT_TUTORS = text("select id from tutors where id > :after_tutor_id and id <= :last_tutor_id order by id limit :limit")
POSITION = text("select coalesce((select tutor_id from repair_position), '00000000-0000-0000-0000-000000000000')")
SET_POSITION = text("""
insert into repair_position (tutor_id)
values (:tutor_id)
on conflict (only_row) do update set tutor_id = excluded.tutor_id
""")


def next_tutors(connection: Connection, after: UUID, last: UUID, limit: int) -> list[UUID]:
    """Return the ids of the first `limit` tutors after an id, in order, up to the id `last`."""
    return list(
        connection.execute(NEXT_TUTORS, {"after_tutor_id": after, "last_tutor_id": last, "limit": limit}).scalars()
    )


def read_position(connection: Connection) -> UUID:
    """Return the last tutor that the scan has looked at; before the first run, an id before all others."""
    return UUID(str(connection.execute(POSITION).scalar_one()))


def write_position(connection: Connection, tutor_id: UUID) -> None:
    """Store the last tutor that the scan has looked at, so that the next run continues there."""
    connection.execute(SET_POSITION, {"tutor_id": tutor_id})


# The number of a tutor's days from `:first` to `:last`, and those that may be adrift.
DAYS_TO_CHECK = f"""
with steps as materialized ({STEPS})
select
  (
    select count(*)
    from (
      select date from tutor_time_slots where tutor_id = :tutor_id and date between :first and :last
      union
      select date from tutor_days where tutor_id = :tutor_id and date between :first and :last
    ) as days
  ) as days,
  (
    select string_agg(cast(date as text), ',' order by date)
    from (
      select date
      from steps
      join tutor_days as day using (date)
      where day.tutor_id = :tutor_id and steps.is_contradiction and steps.version > day.checked_version
      union
      {DIFFERENT_DATES}
    ) as suspicious
  ) as suspicious
from tutors
where id = :tutor_id
"""  # noqa: S608 - put together from constants


def days_to_check(pool: Pool, tutor_id: UUID, first: date) -> tuple[int, Sequence[date]]:
    """Return the number of a tutor's days from `first` on, and those of them that may be adrift."""
    row = pool.read(DAYS_TO_CHECK, {"tutor_id": tutor_id, "first": first, "last": date.max})
    if row is None:  # the tutor was removed
        return 0, []
    count, suspicious = row
    return count, [date.fromisoformat(each) for each in suspicious.split(",")] if suspicious else []


# A day that was never edited gets its row here, so that it can be locked.
ADD_DAY = text("""
insert into tutor_days (tutor_id, date, version, updated_at, updated_by)
values (:tutor_id, :date, 0, :now, null)
on conflict (tutor_id, date) do nothing
""")
NOW = text("select clock_timestamp()")
# A day whose versions repair has handled stays handled: the new version has all its entries.
RAISE_VERSION = text("""
update tutor_days
set version = :version,
  updated_at = :at,
  updated_by = null,
  checked_version = :version,
  repaired_version = case when repaired_version = version then :version else repaired_version end,
  repaired_entries = repaired_entries + case when repaired_version = version then :entries else 0 end,
  repaired_versions = repaired_versions + case when repaired_version = version then 1 else 0 end
where tutor_id = :tutor_id and date = :date
""")
MARK_CHECKED = text("update tutor_days set checked_version = version where tutor_id = :tutor_id and date = :date")


@raise_entries_rejected
def account_for_drift(connection: Connection, tutor_id: UUID, day: date, clock: Clock) -> bool:
    """Write what another program changed as a new version of the day; return whether the day was adrift.

    If the log contradicts itself but gives the slots as they stand, only mark the day as checked. Do nothing if the day
    is locked: the next run looks at it again.
    """
    key = {"tutor_id": tutor_id, "date": day}
    connection.execute(ADD_DAY, {**key, "now": clock()})
    is_locked = connection.execute(LOCK_DAY_IF_FREE, key).one_or_none() is not None
    history = read_history(connection, tutor_id, day) if is_locked else None
    if history is None or not is_adrift(history):
        connection.rollback()  # also removes the row that this call added
        return False
    diff = net_difference(history)
    if not diff:
        connection.execute(MARK_CHECKED, key)
        return True
    now = clock.of_change(connection.execute(NOW).scalar_one())
    at = changed_at(now, [history.updated_at])
    version = max([history.version, *(entry.version for entry in history.entries)]) + 1
    change = DayChange(day, version, diff)
    write(
        connection,
        ChangeSet(uuid4(), tutor_id, at, None, "external", None, (change,), source="reconstructed"),
    )
    connection.execute(RAISE_VERSION, {**key, "version": version, "at": at, "entries": diff.size})
    return True
