"""Slots and days: lock and read them, change them, in a transaction. See design rules 1, 4 and 5."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from pg8000.exceptions import DatabaseError
from sqlalchemy import Connection

from common.core.audit import ChangeSet
from common.core.caller import Caller
from common.core.time_slots import TimeSlot
from common.db.days import DAYS_OF_TUTOR, TutorDays, tutor_days
from common.db.engine import pipeline
from common.db.sqlstate import DIVISION_BY_ZERO, FOREIGN_KEY_VIOLATION, UNIQUE_VIOLATION, sqlstate
from common.db.statements import array
from common.db.tutors import TUTOR_OF_CALLER, tutor_of_caller


class ConcurrentChange(Exception):
    """Somebody who doesn't take the day's lock (a booking, an import) was faster: read again, and plan again."""


# Raises, by dividing by zero, unless the caller may edit the tutor's days, so that the statements after it aren't
# executed. It is a statement of its own, because Citus sends an insert to a worker as it is only if it reads no table.
MAY_EDIT = f"select 1 / count(*) from tutors where {TUTOR_OF_CALLER}"  # noqa: S608 - a constant

# Locks the rows of the days, in order of date so that two edits can't wait for each other; a day that was never edited
# gets its row here. The statement after this one sees what the last holder of the lock committed; a change in the same
# statement would not (measured: half of the concurrent edits were wrong).
LOCK_DAYS = """
insert into tutor_days as day (tutor_id, date, version, updated_at)
values (:tutor_id, unnest(cast(:dates as date[])), 0, :now)
on conflict (tutor_id, date) do update set version = day.version
"""


def read_days_to_change(
    connection: Connection, tutor_id: UUID, dates: Sequence[date], caller: Caller, *, lock_at: datetime | None
) -> TutorDays | None:
    """Return the tutor and the days from the first to the last of these.

    With `lock_at`, which is now, the dates are first locked until the transaction ends: other edits of them wait. None
    when there is no such tutor, and with `lock_at` also when the caller may not edit; then nothing was locked, and the
    transaction is lost. It takes one round trip.
    """
    read = {"tutor_id": tutor_id, "first": min(dates), "last": max(dates)}
    statements = [(DAYS_OF_TUTOR, read)]
    if lock_at is not None:
        lock = {"tutor_id": tutor_id, "dates": array(sorted(dates)), "now": lock_at}
        statements = [(MAY_EDIT, tutor_of_caller(tutor_id, caller)), (LOCK_DAYS, lock), *statements]
    try:
        *_, rows = pipeline(connection, *statements)
    except DatabaseError as error:
        if sqlstate(error) == DIVISION_BY_ZERO:
            return None
        raise
    return tutor_days(rows[0]) if rows else None


# Removes slots, and raises the versions of the days. A hold that ran out gives way to the removal of its slot, in the
# same statement: the foreign key looks at its end. A payment that comes in meanwhile keeps the row from matching, and
# the foreign key then keeps the slot. What follows is sent along, so a removal that finds another number of slots than
# were planned has to raise by itself: it divides by zero. Days that were locked and turn out to stand as they should
# lose the row that locking gave them.
REMOVE_SLOTS_AND_RAISE_VERSIONS = """
with removed (date, start_time) as (
  select * from unnest(cast(:dates as date[]), cast(:start_times as time[]))
), expired as (
  update bookings
  set status = 'EXPIRED', released_at = bookings.hold_expires_at
  from removed
  where bookings.tutor_id = :tutor_id
    and bookings.date = removed.date
    and bookings.occupied_start_time = removed.start_time
    and bookings.status = 'AWAITING_PAYMENT'
    and bookings.hold_expires_at <= now()
), gone as (
  delete from tutor_time_slots
  using removed
  where tutor_time_slots.tutor_id = :tutor_id
    and tutor_time_slots.date = removed.date
    and tutor_time_slots.start_time = removed.start_time
  returning 1
), raised as (
  update tutor_days
  set version = version + 1, updated_at = :now, updated_by = :updated_by
  where tutor_id = :tutor_id and date = any(cast(:changed as date[]))
), untouched as (
  delete from tutor_days
  where tutor_id = :tutor_id and version = 0 and date = any(cast(:untouched as date[]))
)
select 1 / cast(count(*) = cardinality(cast(:start_times as time[])) as integer) from gone
"""

# After the removal, on its own: in one statement with it, the row that a longer slot puts in the place of a booked
# shorter one would satisfy the foreign key.
ADD_SLOTS = """
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, created_at)
values (
  :tutor_id, unnest(cast(:dates as date[])), unnest(cast(:start_times as time[])),
  unnest(cast(:durations as smallint[])), :now
)
"""


def apply_changes(connection: Connection, change_set: ChangeSet, locked: Sequence[date]) -> None:
    """Carry out the changes, raise the version of each changed day by one, and commit.

    The `locked` days have to be held (`read_days_to_change`) since before they were read. Raises `ConcurrentChange`
    when the database refuses, because a slot to remove was booked or is gone, or a slot to add was added since then;
    the transaction is lost then. It takes one round trip.
    """
    tutor_id = change_set.tutor_id
    removed = [(change.date, slot) for change in change_set.changes for slot in change.diff.removed]
    added = [(change.date, slot) for change in change_set.changes for slot in change.diff.added]
    changed = [change.date for change in change_set.changes]
    remove_and_raise = {
        "tutor_id": tutor_id,
        **_columns(removed),
        "changed": array(changed),
        "untouched": array(day for day in locked if day not in changed),
        "now": change_set.changed_at,
        "updated_by": change_set.changed_by,
    }
    statements: list[tuple[str, Mapping[str, object]]] = [(REMOVE_SLOTS_AND_RAISE_VERSIONS, remove_and_raise)]
    if added:
        durations = array(slot.duration_minutes for _, slot in added)
        add = {"tutor_id": tutor_id, **_columns(added), "durations": durations, "now": change_set.changed_at}
        statements.append((ADD_SLOTS, add))
    try:
        pipeline(connection, *statements, commit=True)
    except DatabaseError as error:
        if sqlstate(error) in (DIVISION_BY_ZERO, FOREIGN_KEY_VIOLATION, UNIQUE_VIOLATION):
            raise ConcurrentChange from error
        raise


def _columns(slots: Sequence[tuple[date, TimeSlot]]) -> dict[str, str]:
    return {"dates": array(day for day, _ in slots), "start_times": array(slot.start for _, slot in slots)}
