"""Edits of slots: lock and read days, then change them, in one transaction.

Edits of one day take turns, also with bookings and with `make import`. Other programs don't take the lock of a day. If
one of them contradicts an edit, a constraint of the database or a check in the edit's statements makes the later of the
two fail.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from pg8000.exceptions import DatabaseError
from sqlalchemy import Connection

from common.core.audit import ChangeSet
from common.core.caller import Caller
from common.core.time_slots import TimeSlot
from common.db.bookings import SLOT_OF_BOOKING, WHAT_WAS_BOOKED
from common.db.days import CURRENT_DAYS, TutorDays, tutor_days
from common.db.engine import pipeline
from common.db.sqlstate import (
    DIVISION_BY_ZERO,
    FOREIGN_KEY_VIOLATION,
    UNIQUE_VIOLATION,
    UNKNOWN_ZONE,
    error_text,
    sqlstate,
)
from common.db.statements import array
from common.db.tutors import TUTOR_OF_CALLER, tutor_of_caller
from common.errors import NOT_IN_DATABASE, FieldError, InvalidRequest

Command = tuple[str, Mapping[str, object]]
"""A statement and its values."""


class ConcurrentChange(Exception):
    """A booking, or a program that doesn't lock days, changed a day: read the days and plan again."""


# Fails with a division by zero if the caller may not edit the tutor's days, so that the server doesn't execute the
# statements after this one. It isn't a part of `LOCK_DAYS`, because Citus sends an insert to one worker only if the
# insert reads no table.
MAY_EDIT = f"select 1 / count(*) from tutors where {TUTOR_OF_CALLER}"  # noqa: S608 - a constant

# Locks the rows of the days, in order of date, so that two edits don't deadlock. A day that was never edited gets its
# row here. A later statement reads the days, because only a later statement sees what the previous holder of the lock
# committed. (In an experiment with one statement for both, half of the concurrent edits were wrong.)
LOCK_DAYS = """
insert into tutor_days as day (tutor_id, date, version, updated_at, updated_by)
values (:tutor_id, unnest(cast(:dates as date[])), 0, :now, null)
on conflict (tutor_id, date) do update set version = day.version
"""


# `clock_timestamp()` is the instant at which the statement runs, after the lock was obtained: a later version gets a
# later instant.
DAYS_AND_CLOCK = f"""
select {CURRENT_DAYS}, clock_timestamp() as database_now
from tutors
where id = :tutor_id
"""  # noqa: S608 - put together from constants


def read_days_to_change(
    connection: Connection,
    tutor_id: UUID,
    first: date,
    last: date,
    caller: Caller,
    *,
    dates_to_lock: Collection[date],
    lock_at: datetime | None,
) -> tuple[TutorDays, datetime] | None:
    """Return the tutor with the days from `first` to `last`, both inclusive, and the time of the database's clock.

    With `lock_at` (the current instant), first lock the dates until the transaction ends, so that other edits of them
    wait. Return None if the tutor doesn't exist or, with `lock_at`, if the caller may not edit the days. With
    `lock_at`, None means that nothing is locked, and that the transaction has failed. This takes one round trip.
    """
    read = {"tutor_id": tutor_id, "first": first, "last": last}
    statements = [(DAYS_AND_CLOCK, read)]
    if lock_at is not None:
        lock = {"tutor_id": tutor_id, "dates": array(sorted(dates_to_lock)), "now": lock_at}
        statements = [(MAY_EDIT, tutor_of_caller(tutor_id, caller)), (LOCK_DAYS, lock), *statements]
    try:
        *_, rows = pipeline(connection, *statements)
    except DatabaseError as error:
        if sqlstate(error) == DIVISION_BY_ZERO:
            return None
        raise
    if not rows:
        return None
    *days, database_now = rows[0]
    return tutor_days(days), database_now


# Removes slots, and raises the versions of the changed days. The same statement releases expired holds of the removed
# slots, because the foreign key is checked at the end of the statement. If the payment of a hold has arrived, `expired`
# doesn't match the hold, and the foreign key prevents the removal. The next statement and the commit are sent together
# with this one, so this statement has to fail if it didn't remove the planned number of slots: then it divides by zero.
# `untouched` deletes the rows that `LOCK_DAYS` inserted for days that were never edited and don't change now.
REMOVE_SLOTS_AND_RAISE_VERSIONS = f"""
with removed (date, start_time) as (
  select * from unnest(cast(:dates as date[]), cast(:start_times as time[]))
), expired as (
  update bookings
  set status = 'EXPIRED', released_at = bookings.hold_expires_at, {WHAT_WAS_BOOKED}
  from removed
  join tutor_time_slots as slot using (date, start_time)
  where {SLOT_OF_BOOKING}
    and bookings.status = 'AWAITING_PAYMENT'
    and bookings.hold_expires_at <= statement_timestamp()
), deleted as (
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
select 1 / cast(count(*) = cardinality(cast(:start_times as time[])) as integer) from deleted
"""  # noqa: S608 - put together from constants

# This statement runs after the removal, so that a booked slot can't be replaced by a longer one. In one statement, this
# replacement would satisfy the foreign key.
ADD_SLOTS = """
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone, created_at)
values (
  :tutor_id, unnest(cast(:dates as date[])), unnest(cast(:start_times as time[])),
  unnest(cast(:durations as smallint[])), unnest(cast(:zones as text[])), :now
)
"""


def apply_changes(
    connection: Connection,
    change_set: ChangeSet,
    locked: Collection[date],
    before: Sequence[Command] = (),
    after: Sequence[Command] = (),
) -> None:
    """Apply the changes, raise the version of each changed day by one, and commit.

    The statements `before` are executed before the changes, the statements `after` when days and versions have changed.
    `locked` are the dates that `read_days_to_change` locked. Raise `ConcurrentChange` if, since then, a slot to remove
    was booked or removed, a slot to add was added, or a statement of `before` divides by zero; the transaction has
    failed then. Raise `InvalidRequest` if the database doesn't know the zone of a slot. This takes one round trip.
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
    statements: list[Command] = [*before, (REMOVE_SLOTS_AND_RAISE_VERSIONS, remove_and_raise)]
    if added:
        add = {
            "tutor_id": tutor_id,
            **_columns(added),
            "durations": array(slot.duration_minutes for _, slot in added),
            "zones": array(slot.zone for _, slot in added),
            "now": change_set.changed_at,
        }
        statements.append((ADD_SLOTS, add))
    try:
        pipeline(connection, *statements, *after, commit=True)
    except DatabaseError as error:
        if sqlstate(error) in (DIVISION_BY_ZERO, FOREIGN_KEY_VIOLATION, UNIQUE_VIOLATION):
            raise ConcurrentChange from error
        if sqlstate(error) == UNKNOWN_ZONE:
            zones = sorted({slot.zone for _, slot in added if slot.zone in error_text(error)})
            raise InvalidRequest(FieldError("timeZone", f"{', '.join(zones)}: {NOT_IN_DATABASE}")) from error
        raise


def _columns(slots: Sequence[tuple[date, TimeSlot]]) -> dict[str, str]:
    return {"dates": array(day for day, _ in slots), "start_times": array(slot.start for _, slot in slots)}
