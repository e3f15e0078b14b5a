"""Bookings: reading them. A hold that ran out reads EXPIRED, whether or not its row says so already."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import orjson

from common.core.bookings import Booking
from common.db.pool import Pool
from common.db.statements import array

# What a row leaves out, because it is old or another program wrote it, is the slot's, or else the tutor's. The slots of
# other rows aren't read.
# `statement_timestamp` is later than `now` in a transaction that had to wait for locks.
HAS_RUN_OUT = "booking.status = 'AWAITING_PAYMENT' and hold_expires_at <= statement_timestamp()"
STATUS = f"""case
    when {HAS_RUN_OUT} then 'EXPIRED'
    when booking.status = 'COMPLETED' and no_show_at > coalesce(completed_at, '-infinity') then 'NO_SHOW'
    else booking.status
  end"""

# The columns have the names and the order of the fields of `Booking`.
BOOKING = f"""
  booking.id as booking_id, booking.tutor_id, tutors.name as tutor_name, tutors.user_id as tutor_user_id,
  student_id, student_name, booking.date, booking.start_time,
  coalesce(booking.duration_minutes, slot.duration_minutes) as duration_minutes,
  coalesce(booking.time_zone, slot.time_zone, tutors.legacy_time_zone, tutors.time_zone) as time_zone,
  cancellation_notice_minutes, {STATUS} as status, hold_expires_at, booking.created_at, created_by,
  confirmed_at, confirmed_by, completed_at, completed_by, no_show_at, no_show_by,
  outcome_at,
  case when {HAS_RUN_OUT} then hold_expires_at else released_at end as released_at, released_by, reason,
  moved_from, moved_to, series_id, request_hash"""

# Another program may have released a booking at 24:00, where no slot can be. Python can't read this time.
BOOKINGS = """
  from bookings as booking
  join tutors on tutors.id = booking.tutor_id and booking.start_time < '24:00'
  left join tutor_time_slots as slot
    on slot.tutor_id = booking.tutor_id
    and slot.date = booking.date
    and slot.start_time = case
      when booking.duration_minutes is null or booking.time_zone is null then booking.occupied_start_time
    end"""

# An update that releases a booking joins its slot, and keeps what was booked: another program may have left it out.
SLOT_OF_BOOKING = """bookings.tutor_id = :tutor_id
  and slot.tutor_id = :tutor_id
  and slot.date = bookings.date
  and slot.start_time = bookings.occupied_start_time"""
WHAT_WAS_BOOKED = """
  duration_minutes = coalesce(bookings.duration_minutes, slot.duration_minutes),
  time_zone = coalesce(bookings.time_zone, slot.time_zone)"""

BOOKINGS_BY_ID = f"""
select cast(json_agg(row_to_json(found)) as text)
from (
  select {BOOKING} {BOOKINGS}
  where booking.tutor_id = :tutor_id and booking.id = any(cast(:ids as uuid[]))
) as found
"""  # noqa: S608 - put together from constants

BOOKINGS_OF_SERIES = f"""
select cast(json_agg(row_to_json(found)) as text)
from (
  select {BOOKING} {BOOKINGS}
  where booking.tutor_id = :tutor_id and series_id = :series_id and booking.date >= :first
) as found
"""  # noqa: S608 - put together from constants


def _list_of(whose: str, tutor_user_id: str) -> str:
    """Return SQL for a page of bookings that start in `[:first, :end)`, and for all bookings without an instant."""
    return f"""
select cast((
  select json_agg(row_to_json(dated))
  from (
    select {BOOKING} {BOOKINGS}
    where {whose}
      and booking.starts_at >= :first and booking.starts_at < :end
      and (booking.starts_at, booking.id) > (:after, cast(:after_id as uuid))
      and (cast(:status as text) is null or {STATUS} = :status)
    order by booking.starts_at, booking.id
    limit :limit
  ) as dated
) as text), cast((
  select json_agg(row_to_json(undated))
  from (
    select {BOOKING} {BOOKINGS}
    where {whose} and booking.starts_at is null and (cast(:status as text) is null or {STATUS} = :status)
  ) as undated
) as text), {tutor_user_id}
"""  # noqa: S608 - put together from constants


BOOKINGS_OF_STUDENT = _list_of("student_id = :student_id", "null")
BOOKINGS_OF_TUTOR = _list_of("booking.tutor_id = :tutor_id", "(select user_id from tutors where id = :tutor_id)")
NO_ID = UUID(int=0)
LONG_AGO = datetime(1900, 1, 1, tzinfo=UTC)  # in place of `-infinity`


def read_bookings(pool: Pool, tutor_id: UUID, ids: Sequence[UUID]) -> list[Booking]:
    """Return those of the tutor's bookings that have these ids."""
    row = pool.read(BOOKINGS_BY_ID, {"tutor_id": tutor_id, "ids": array(ids)})
    return parse_bookings(row[0] if row else None)


def read_series(pool: Pool, tutor_id: UUID, series_id: UUID, first: date) -> list[Booking]:
    """Return the bookings of a series from a date on."""
    row = pool.read(BOOKINGS_OF_SERIES, {"tutor_id": tutor_id, "series_id": series_id, "first": first})
    return parse_bookings(row[0] if row else None)


def list_bookings(
    pool: Pool,
    whose: Mapping[str, UUID | str],
    *,
    first: datetime,
    end: datetime,
    status: str | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> tuple[list[Booking], str | None]:
    """Return bookings that start in `[first, end)`, by start and id: at most `limit`, after an instant and an id.

    `whose` has a `tutor_id` or a `student_id`. With a `tutor_id`, also return the tutor's user id; None if there is no
    such tutor.
    """
    statement = BOOKINGS_OF_TUTOR if "tutor_id" in whose else BOOKINGS_OF_STUDENT
    position = after or (first, NO_ID)
    values = {"first": first, "end": end, "after": position[0], "after_id": position[1]}
    row = pool.read(statement, {**whose, **values, "status": status, "limit": limit})
    dated, undated, tutor_user_id = row or (None, None, None)
    found = parse_bookings(dated)
    if undated is not None:
        found += [each for each in parse_bookings(undated) if first <= each.starts_at < end]
        found = sorted((each for each in found if _key(each) > position), key=_key)
    return found[:limit], tutor_user_id


def _key(booking: Booking) -> tuple[datetime, UUID]:
    return booking.starts_at, booking.booking_id


def parse_bookings(text: str | None) -> list[Booking]:
    """Parse a JSON list of rows with the columns of `BOOKING`.

    Leave out rows with dates outside the years 1900 to 2999, which another program may have written: Python can't
    compute with all of them.
    """
    rows = orjson.loads(text or "[]")
    return [_booking(row) for row in rows if re.fullmatch("(19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}", row["date"])]


def _booking(row: dict[str, Any]) -> Booking:
    for name, value in row.items():
        if name.endswith("_at"):
            row[name] = _instant(value)
        elif value is not None and name in ("booking_id", "moved_from", "moved_to", "series_id"):
            row[name] = UUID(value)
    row["created_at"] = row["created_at"] or LONG_AGO
    row["tutor_id"] = UUID(row["tutor_id"])
    row["date"], row["start_time"] = date.fromisoformat(row["date"]), time.fromisoformat(row["start_time"])
    return Booking(**row)


def _instant(text: str | None) -> datetime | None:
    """Parse an instant. Return None for one that Python can't parse, such as `infinity`: another program wrote it."""
    try:
        return None if text is None else datetime.fromisoformat(text)
    except ValueError:
        return None
