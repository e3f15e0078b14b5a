"""Slots and days: lock and read them, change them, in a transaction. See design rules 1, 4 and 5."""

from collections.abc import Sequence
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


# Locks the rows of the days, in order of date so that two edits can't wait for each other; a day that was never edited
# gets its row here. The statement after this one sees what the last holder of the lock committed; a change in the same
# statement would not (measured: half of the concurrent edits were wrong). Whoever may not edit, locks nothing.
LOCK_DAYS = f"""
insert into tutor_days as day (tutor_id, date, version, updated_at)
select tutors.id, wanted.date, 0, cast(:now as timestamptz)
from tutors cross join unnest(cast(:dates as date[])) as wanted (date)
where {TUTOR_OF_CALLER}
order by wanted.date
on conflict (tutor_id, date) do update set version = day.version
"""  # noqa: S608 - put together from constants


def read_days_to_change(
    connection: Connection, tutor_id: UUID, dates: Sequence[date], caller: Caller, *, lock_at: datetime | None
) -> TutorDays | None:
    """Return the tutor and the days from the first to the last of these; None when there is no such tutor.

    With `lock_at`, which is now, the dates are first locked until the transaction ends, if the caller may edit them:
    other edits of them wait. It takes one round trip.
    """
    lock = {**tutor_of_caller(tutor_id, caller), "dates": array(dates), "now": lock_at}
    read = {"tutor_id": tutor_id, "first": min(dates), "last": max(dates)}
    row = pipeline(connection, *([] if lock_at is None else [(LOCK_DAYS, lock)]), (DAYS_OF_TUTOR, read))
    return None if row is None else tutor_days(row)


# A hold that ran out gives way to the removal of its slot, in the same statement: the foreign key looks at its end. A
# payment that comes in meanwhile keeps the row from matching, and the foreign key then keeps the slot. What follows is
# sent along, so a removal that finds another number of slots than were planned has to raise by itself: it divides by
# zero.
REMOVE_SLOTS = """
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
)
select 1 / cast(count(*) = cardinality(cast(:start_times as time[])) as integer) from gone
"""

# After the removal, on its own: in one statement with it, the row that a longer slot puts in the place of a booked
# shorter one would satisfy the foreign key. Days that were locked and turn out to stand as asked lose the row that
# locking gave them.
ADD_SLOTS_AND_VERSIONS = """
with added as (
  insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, created_at)
  select cast(:tutor_id as uuid), slot.date, slot.start_time, slot.duration_minutes, cast(:now as timestamptz)
  from unnest(cast(:dates as date[]), cast(:start_times as time[]), cast(:durations as smallint[]))
    as slot (date, start_time, duration_minutes)
), untouched as (
  delete from tutor_days
  where tutor_id = :tutor_id and version = 0 and date = any(cast(:untouched as date[]))
)
update tutor_days
set version = version + 1, updated_at = :now, updated_by = :updated_by
where tutor_id = :tutor_id and date = any(cast(:changed as date[]))
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
    remove = {"tutor_id": tutor_id, **_columns(removed)}
    add = {
        "tutor_id": tutor_id,
        **_columns(added),
        "durations": array(slot.duration_minutes for _, slot in added),
        "changed": array(changed),
        "untouched": array(day for day in locked if day not in changed),
        "now": change_set.changed_at,
        "updated_by": change_set.changed_by,
    }
    statements = [(REMOVE_SLOTS, remove)] if removed else []
    try:
        pipeline(connection, *statements, (ADD_SLOTS_AND_VERSIONS, add), commit=True)
    except DatabaseError as error:
        if sqlstate(error) in (DIVISION_BY_ZERO, FOREIGN_KEY_VIOLATION, UNIQUE_VIOLATION):
            raise ConcurrentChange from error
        raise


def _columns(slots: Sequence[tuple[date, TimeSlot]]) -> dict[str, str]:
    return {"dates": array(day for day, _ in slots), "start_times": array(slot.start for _, slot in slots)}
