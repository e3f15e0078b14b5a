"""What decides whether a slot can be booked and a booking can be changed: the state of a tutor's days, under locks.

Bookings take turns with edits and with other bookings: each transaction first locks the rows in `tutor_days` of its
dates, in order of date, so that no two of them deadlock. Other programs don't lock days. If one of them books the slot
or removes it at the same time, a constraint makes the later of the two fail.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from pg8000.exceptions import DatabaseError
from sqlalchemy import Connection

from common.core.availability import EARLIEST_START, LATEST_START, BookingRule
from common.core.bookings import Booking
from common.core.orders import Situation, Wish
from common.core.time_slots import MAX_DURATION_MINUTES, TimeSlot
from common.db.bookings import BOOKINGS_BY_ID, parse_bookings
from common.db.days import IS_ACTIVE, TutorDays, tutor_days
from common.db.engine import pipeline
from common.db.slots import DAYS_AND_CLOCK, LOCK_DAYS
from common.db.sqlstate import FOREIGN_KEY_VIOLATION, sqlstate
from common.db.statements import array

BUSY = f"""
select starts_at, duration_minutes
from bookings
where student_id = :student_id
  and tutor_id <> :tutor_id
  and starts_at between :earliest and :latest
  and {IS_ACTIVE}
"""  # noqa: S608 - a constant

# How many holds a student has. Those of a series count as one.
HOLDS = """
select count(distinct coalesce(series_id, id))
from bookings
where student_id = :student_id
  and status = 'AWAITING_PAYMENT'
  and hold_expires_at > statement_timestamp()
  and starts_at > statement_timestamp()
"""

LOCK_BOOKINGS = """
select id from bookings where tutor_id = :tutor_id and id = any(cast(:ids as uuid[])) order by id for update
"""


@dataclass(frozen=True, slots=True)
class State:
    """A tutor's days and some of their bookings, as they are at the instant `now` of the database's clock."""

    tutor: TutorDays
    now: datetime
    bookings: Mapping[UUID, Booking]
    busy: Sequence[tuple[datetime, datetime]]
    holds: int

    def slot(self, wish: Wish) -> TimeSlot:
        """Return the wanted slot, which has to exist."""
        return next(slot for slot in self.tutor.days[wish.date].slots if slot.start == wish.start_time)

    def situation(self, *, with_notice: bool) -> Situation:
        """Return what decides whether a slot can be booked. Tutors and admins needn't give notice."""
        notice = timedelta(minutes=self.tutor.booking_notice_minutes if with_notice else 0)
        rule = BookingRule(self.now, self.tutor.is_active, notice)
        return Situation(rule, self.tutor.days, self.busy, self.holds)


def read_state(
    connection: Connection,
    tutor_id: UUID,
    student_id: str,
    first: date,
    last: date,
    *,
    ids: Collection[UUID],
    dates_to_lock: Collection[date],
    lock_at: datetime,
) -> State | None:
    """Return the days from `first` to `last`, the bookings with these ids, and the student's other bookings.

    First lock the dates and these bookings until the transaction ends; `lock_at` is the current instant. Return None if
    the tutor doesn't exist; then the transaction has failed. This takes one round trip.
    """
    values = {
        "tutor_id": tutor_id,
        "student_id": student_id,
        "ids": array(ids),
        "dates": array(sorted(dates_to_lock)),
        "now": lock_at,
        "first": first,
        "last": last,
        **near(first, last),
    }
    statements = (LOCK_DAYS, LOCK_BOOKINGS, BOOKINGS_BY_ID, BUSY, HOLDS, DAYS_AND_CLOCK)
    try:
        *_, bookings, busy, holds, days = pipeline(connection, *((each, values) for each in statements))
    except DatabaseError as error:
        if sqlstate(error) == FOREIGN_KEY_VIOLATION:
            return None
        raise
    if not days:
        return None
    *columns, now = days[0]
    found = {booking.booking_id: booking for booking in parse_bookings(bookings[0][0])}
    intervals = [(at, at + timedelta(minutes=minutes or 1)) for at, minutes in busy]
    return State(tutor_days(columns), now, found, intervals, holds[0][0])


def near(first: date, last: date) -> dict[str, datetime]:
    """Return the instants between which bookings may overlap slots of these dates, in any zone."""
    longest = timedelta(minutes=MAX_DURATION_MINUTES)
    return {
        "earliest": _midnight(first) + EARLIEST_START - longest,
        "latest": _midnight(last) + LATEST_START + longest,
    }


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
