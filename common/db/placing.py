"""Placing a booking in one round trip (`docs/decisions/bookings.md`)."""

from datetime import timedelta

from pg8000.exceptions import DatabaseError

from common.core.bookings import Booking
from common.core.orders import Order
from common.db.booking_state import HOLDS, near
from common.db.bookings import SLOT_OF_BOOKING, WHAT_WAS_BOOKED
from common.db.days import IS_ACTIVE
from common.db.pool import Pool
from common.db.sqlstate import DIVISION_BY_ZERO, FOREIGN_KEY_VIOLATION, sqlstate
from common.db.statements import array

# The tutor. Fails with a division by zero if the student has another booking at the time of the slot. It has two parts,
# so that Citus reads the student's bookings on all shards, and then joins the slot.
TUTOR_IF_STUDENT_IS_FREE = f"""
with slot as materialized (
  select starts_at, starts_at + duration_minutes * interval '1 minute' as ends_at
  from tutor_time_slots
  where tutor_id = :tutor_id and date = :date and start_time = :start_time
), other as materialized (
  select starts_at, starts_at + coalesce(duration_minutes, 1) * interval '1 minute' as ends_at
  from bookings
  where student_id = :student_id
    and tutor_id <> :tutor_id
    and starts_at between :earliest and :latest
    and {IS_ACTIVE}
)
select name, user_id, cancellation_notice_minutes, 1 / cast(not exists (
  select from slot join other on other.starts_at < slot.ends_at and slot.starts_at < other.ends_at
) as integer)
from tutors
where id = :tutor_id
"""  # noqa: S608 - a constant

# Fails with a division by zero if the student has too many holds.
STUDENT_HAS_FEW_HOLDS = f"select 1 / cast(({HOLDS}) < :max_holds as integer)"

# Locks the day of a slot, as `LOCK_DAYS` does. If there is no such slot, it writes nothing.
LOCK_DAY = """
insert into tutor_days as day (tutor_id, date, version, updated_at, updated_by)
select tutor_id, date, 0, statement_timestamp(), null
from tutor_time_slots
where tutor_id = :tutor_id and date = :date and start_time = :start_time
on conflict (tutor_id, date) do update set version = day.version
"""

# Holds that ran out release their slots. `statement_timestamp` is later than the locks.
EXPIRE_HOLDS = f"""
update bookings
set status = 'EXPIRED', released_at = hold_expires_at, {WHAT_WAS_BOOKED}
from tutor_time_slots as slot
where {SLOT_OF_BOOKING}
  and bookings.date = any(cast(:dates as date[]))
  and status = 'AWAITING_PAYMENT'
  and hold_expires_at <= statement_timestamp()
"""  # noqa: S608 - put together from constants

# Books the slot if it can be booked and is free, and nothing otherwise.
PLACE_IF_FREE = """
insert into bookings (
  tutor_id, id, student_id, student_name, date, start_time, duration_minutes, time_zone, status, hold_expires_at,
  created_at, created_by, confirmed_at, confirmed_by, request_hash
)
select
  slot.tutor_id, cast(:id as uuid), :student_id, :student_name, slot.date, slot.start_time, slot.duration_minutes,
  slot.time_zone,
  case when cast(:hold_for as interval) is null then 'CONFIRMED' else 'AWAITING_PAYMENT' end,
  statement_timestamp() + cast(:hold_for as interval), statement_timestamp(), :placed_by,
  case when cast(:hold_for as interval) is null then statement_timestamp() end,
  case when cast(:hold_for as interval) is null then cast(:placed_by as text) end, :request_hash
from tutor_time_slots as slot
join tutors on tutors.id = slot.tutor_id
where slot.tutor_id = :tutor_id
  and slot.date = :date
  and slot.start_time = :start_time
  and (cast(:starts_at as timestamptz) is null or slot.starts_at = :starts_at)
  and (cast(:duration_minutes as integer) is null or slot.duration_minutes = :duration_minutes)
  and tutors.active
  and slot.starts_at >= statement_timestamp() + tutors.booking_notice_minutes * cast(:minute_of_notice as interval)
on conflict do nothing
returning duration_minutes, time_zone, created_at, hold_expires_at
"""

# Fails if the booking wasn't placed, so that nothing is committed.
IS_PLACED = """
select 1 / count(*) from bookings where tutor_id = :tutor_id and id = :id and request_hash = :request_hash
"""


def place_if_free(pool: Pool, order: Order, max_holds: int) -> Booking | None:
    """Book the slot of an order if it can be booked and is free; return the booking.

    Return None if nothing was booked: only another statement can say why, because this one doesn't see who booked the
    slot at the same time. This takes one round trip.
    """
    wish, by = order.wish, order.caller.user_id
    values = {
        **wish._asdict(),
        **near(wish.date, wish.date),
        "dates": array([wish.date]),
        "tutor_id": order.tutor_id,
        "id": order.booking_id,
        "student_id": order.student_id,
        "student_name": order.student_name,
        "hold_for": order.hold_for,
        "max_holds": max_holds,
        "placed_by": by,
        "request_hash": order.request_hash,
        "minute_of_notice": timedelta(minutes=0 if order.caller.is_admin else 1),
    }
    holds = [] if order.hold_for is None else [STUDENT_HAS_FEW_HOLDS]
    statements = [*holds, TUTOR_IF_STUDENT_IS_FREE, LOCK_DAY, EXPIRE_HOLDS, PLACE_IF_FREE, IS_PLACED]
    try:
        *_, tutor, _, _, placed, _ = pool.execute(*((each, values) for each in statements))
    except DatabaseError as error:
        # Or another program removes the slot at the same time.
        if sqlstate(error) in (DIVISION_BY_ZERO, FOREIGN_KEY_VIOLATION):
            return None
        raise
    if not placed:
        return None
    (name, user_id, notice, _), (duration_minutes, time_zone, placed_at, hold_expires_at) = tutor[0], placed[0]
    is_hold = order.hold_for is not None
    return Booking(
        booking_id=order.booking_id,
        tutor_id=order.tutor_id,
        tutor_name=name,
        tutor_user_id=user_id,
        student_id=order.student_id,
        student_name=order.student_name,
        date=wish.date,
        start_time=wish.start_time,
        duration_minutes=duration_minutes,
        time_zone=time_zone,
        cancellation_notice_minutes=notice,
        status="AWAITING_PAYMENT" if is_hold else "CONFIRMED",
        hold_expires_at=hold_expires_at,
        created_at=placed_at,
        created_by=by,
        confirmed_at=None if is_hold else placed_at,
        confirmed_by=None if is_hold else by,
        request_hash=order.request_hash,
    )
