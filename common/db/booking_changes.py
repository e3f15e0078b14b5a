"""Changing the status of bookings, moving them, and placing several at once.

Each statement changes bookings that `common.db.booking_state.read_state` has locked. Nothing that says what was booked,
or when, is ever changed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from typing import Any
from uuid import UUID

from pg8000.exceptions import DatabaseError
from sqlalchemy import Connection

from common.core.bookings import Booking
from common.core.time_slots import TimeSlot
from common.db.bookings import BOOKING, BOOKINGS, BOOKINGS_BY_ID, SLOT_OF_BOOKING, WHAT_WAS_BOOKED, parse_bookings
from common.db.engine import pipeline
from common.db.placing import EXPIRE_HOLDS
from common.db.slots import ConcurrentChange
from common.db.sqlstate import DIVISION_BY_ZERO, FOREIGN_KEY_VIOLATION, UNIQUE_VIOLATION, sqlstate
from common.db.statements import array

CONFIRM = """
update bookings
set status = 'CONFIRMED', confirmed_at = :now, confirmed_by = :changed_by
where tutor_id = :tutor_id and id = any(cast(:ids as uuid[]))
"""

# Fails with a division by zero if another program has just released one of the bookings.
CANCEL = f"""
with cancelled as (
  update bookings
  set status = 'CANCELLED', released_at = :now, released_by = :changed_by, reason = :reason, {WHAT_WAS_BOOKED}
  from tutor_time_slots as slot
  where {SLOT_OF_BOOKING}
    and bookings.id = any(cast(:ids as uuid[]))
    and status in ('AWAITING_PAYMENT', 'CONFIRMED')
  returning 1
)
select 1 / cast(count(*) = cardinality(cast(:ids as uuid[])) as integer) from cancelled
"""  # noqa: S608 - put together from constants

COMPLETE = """
update bookings
set status = 'COMPLETED', completed_at = :now, completed_by = :changed_by, outcome_at = :outcome_at
where tutor_id = :tutor_id and id = any(cast(:ids as uuid[]))
"""

MISS = """
update bookings
set status = 'COMPLETED', no_show_at = :now, no_show_by = :changed_by, outcome_at = :outcome_at
where tutor_id = :tutor_id and id = any(cast(:ids as uuid[]))
"""

STATEMENT_TO = {"CONFIRMED": CONFIRM, "CANCELLED": CANCEL, "COMPLETED": COMPLETE, "NO_SHOW": MISS}

# A booking that moves: another one is placed in the same transaction.
MOVE = f"""
update bookings
set status = 'CANCELLED', released_at = :now, released_by = :changed_by, moved_to = :moved_to, {WHAT_WAS_BOOKED}
from tutor_time_slots as slot
where {SLOT_OF_BOOKING} and bookings.id = any(cast(:ids as uuid[]))
"""  # noqa: S608 - put together from constants

# A hold that ran out, and that `EXPIRE_HOLDS` has expired: its slot is booked again in the same transaction.
REPLACE = """
update bookings
set moved_to = :moved_to
where tutor_id = :tutor_id and id = any(cast(:ids as uuid[]))
"""

# The constraints check that the slots are offered and free.
PLACE = """
insert into bookings (
  tutor_id, id, student_id, student_name, date, start_time, duration_minutes, time_zone, status, hold_expires_at,
  created_at, created_by, confirmed_at, confirmed_by, moved_from, series_id, request_hash
)
values (
  :tutor_id, unnest(cast(:ids as uuid[])), :student_id, :student_name, unnest(cast(:dates as date[])), :start_time,
  unnest(cast(:durations as smallint[])), unnest(cast(:zones as text[])), :status, :hold_expires_at,
  :now, :placed_by, :confirmed_at, :confirmed_by, :moved_from, :series_id, :request_hash
)
"""

BOOKINGS_OF_SLOTS = f"""
select cast(json_agg(row_to_json(found)) as text)
from (
  select {BOOKING} {BOOKINGS}
  join unnest(cast(:dates as date[]), cast(:start_times as time[])) as booked (date, start_time)
    on booked.date = booking.date and booked.start_time = booking.occupied_start_time
  where booking.tutor_id = :tutor_id
) as found
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True)
class NewBookings:
    """Bookings to place, one on each date, at the same local time; `values` are those of `PLACE` that they share."""

    ids: Mapping[date, UUID]
    slots: Mapping[date, TimeSlot]
    start_time: time
    values: Mapping[str, Any]


def read_bookings_of_slots(connection: Connection, tutor_id: UUID, slots: Sequence[tuple[date, time]]) -> list[Booking]:
    """Return the bookings that occupy these slots."""
    values = {"dates": array(day for day, _ in slots), "start_times": array(start for _, start in slots)}
    ((row,),) = pipeline(connection, (BOOKINGS_OF_SLOTS, {"tutor_id": tutor_id, **values}))
    return parse_bookings(row[0])


def write(
    connection: Connection,
    tutor_id: UUID,
    changes: Sequence[tuple[str, Mapping[str, Any]]],
    new: NewBookings | None,
    answer: Collection[UUID],
) -> dict[UUID, Booking]:
    """Execute statements of this module that change bookings, place others, and commit.

    `read_state` has to have locked the dates. Return the bookings with the ids of `answer`, as they are then. Raise
    `ConcurrentChange` if another program took, released or removed a slot. This takes one round trip.
    """
    statements = [(sql, {"tutor_id": tutor_id, **values}) for sql, values in changes]
    if new is not None:
        dates = sorted(new.ids)
        values = {
            **new.values,
            "tutor_id": tutor_id,
            "ids": array(new.ids[day] for day in dates),
            "dates": array(dates),
            "start_time": new.start_time,
            "durations": array(new.slots[day].duration_minutes for day in dates),
            "zones": array(new.slots[day].zone for day in dates),
        }
        statements += [(EXPIRE_HOLDS, values), (PLACE, values)]
    statements.append((BOOKINGS_BY_ID, {"tutor_id": tutor_id, "ids": array(answer)}))
    try:
        *_, rows = pipeline(connection, *statements, commit=True)
    except DatabaseError as error:
        if sqlstate(error) in (DIVISION_BY_ZERO, FOREIGN_KEY_VIOLATION, UNIQUE_VIOLATION):
            raise ConcurrentChange from error
        raise
    return {booking.booking_id: booking for booking in parse_bookings(rows[0][0])}
