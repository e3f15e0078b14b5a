"""Days as they stood at an instant in the past: the slots by the log, the bookings as they occupied them then."""

from datetime import date, datetime, time
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from common.core.availability import BookingStatus, Day
from common.core.history import DayHistory, as_of
from common.core.time_slots import TimeSlot
from common.db.audit_log import entry_of
from common.db.days import TutorDays

# The days as they stand, and with each that was edited since, its entries: one row for each. A booking occupied
# its slot from its creation until it was released, or its hold ran out, whichever came first; which of its statuses it
# had then isn't known. One that was released, nobody knows when, never did.
DAYS_AND_ENTRIES = text("""
with slots as (
  select date, string_agg(to_char(start_time, 'HH24:MI') || '/' || duration_minutes, ' ' order by start_time) as slots
  from tutor_time_slots
  where tutor_id = :tutor_id and date between :first and :last
  group by date
), occupied as (
  select date, string_agg(to_char(start_time, 'HH24:MI'), ' ') as occupied
  from bookings
  where tutor_id = :tutor_id
    and date between :first and :last
    and created_at <= :at
    and :at < case
      when status in ('CONFIRMED', 'COMPLETED') then timestamptz 'infinity'
      when status = 'AWAITING_PAYMENT' then coalesce(hold_expires_at, 'infinity')
      when released_at is null then '-infinity'
      when status = 'EXPIRED' then least(released_at, hold_expires_at)
      else released_at
    end
  group by date
), edited as (
  select date, version as day_version, repaired_version, updated_at
  from tutor_days
  where tutor_id = :tutor_id and date between :first and :last and version > 0
), days as (
  select * from slots full join edited using (date) left join occupied using (date)
)
select tutors.user_id, tutors.time_zone, days.*, log.*
from tutors
left join days on true
left join lateral (
  select
    id, start_time, duration_minutes, action, reason, changed_at, changed_by, notes, change_set_id, version, source
  from tutor_availability_log
  where tutor_id = :tutor_id and date = days.date and days.updated_at > :at
) as log on true
where tutors.id = :tutor_id
order by days.date
""")


def read_days_as_of(
    connection: Connection, tutor_id: UUID, first: date, last: date, at: datetime
) -> tuple[TutorDays, set[date]] | None:
    """Return the days as they stood, and the dates for which a gap leaves that open; None without such a tutor."""
    values = {"tutor_id": tutor_id, "first": first, "last": last, "at": at}
    rows = connection.execute(DAYS_AND_ENTRIES, values).all()
    if not rows:
        return None
    days: dict[date, Day] = {}
    uncertain = set()
    for day, of_day in groupby((row for row in rows if row.date is not None), key=lambda row: row.date):
        told = list(of_day)
        pairs = (pair.split("/") for pair in (told[0].slots or "").split())
        slots = tuple(TimeSlot(time.fromisoformat(start), int(minutes)) for start, minutes in pairs)
        version = told[0].day_version or 0
        if told[0].updated_at is not None:
            past = as_of(_history(tutor_id, day, slots, told), at)
            slots, version = past.slots, past.version
            if not past.is_certain:
                uncertain.add(day)
        if slots or version:
            # That it was occupied is all that is known.
            starts = (told[0].occupied or "").split()
            occupied: dict[time, BookingStatus] = {time.fromisoformat(start): "CONFIRMED" for start in starts}
            days[day] = Day(date=day, version=version, slots=slots, occupied=occupied)
    return TutorDays(user_id=rows[0].user_id, time_zone=rows[0].time_zone, days=days), uncertain


def _history(tutor_id: UUID, day: date, slots: tuple[TimeSlot, ...], rows: list[Row[Any]]) -> DayHistory:
    return DayHistory(
        tutor_id=tutor_id,
        date=day,
        version=rows[0].day_version,
        updated_at=rows[0].updated_at,
        repaired_version=rows[0].repaired_version,
        slots=slots,
        entries=tuple(entry_of(tutor_id, row) for row in rows if row.id is not None),
    )
