"""What the log tells of days: how they stood at an instant, what it said last about each time, all of their history."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson

from common.core.availability import BookingStatus, Day
from common.core.history import DayHistory, as_of
from common.core.time_slots import TimeSlot
from common.db.days import DAYS_AS_THEY_STAND, TutorDays, start_of, tutor_days
from common.db.entries import ENTRY, entries_of
from common.db.pool import Pool

SINCE_EVER = datetime(1, 1, 1, tzinfo=UTC)

# The days as they stand, with the entries of those that were edited after the instant. A booking occupied its slot
# from its creation until it was released, or its hold ran out, whichever came first; which of its statuses it had then
# isn't known. One that was released, nobody knows when, never did.
HISTORIES = f"""
select
  user_id,
  time_zone,
  (
    select cast(json_agg(json_build_array(
      date, to_char(start_time, 'HH24:MI'), duration_minutes, greatest(created_at, '1900-01-01')
    ) order by date, start_time) as text)
    from tutor_time_slots
    where tutor_id = :tutor_id and date between :first and :last
  ) as slots,
  (
    select cast(json_agg(json_build_array(date, to_char(start_time, 'HH24:MI')) order by date, start_time) as text)
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
  ) as occupied,
  (
    select cast(json_agg(json_build_array(date, version, repaired_version, updated_at, updated_by)) as text)
    from tutor_days
    where tutor_id = :tutor_id and date between :first and :last and version > 0
  ) as edited,
  (
    select cast(json_agg({ENTRY} order by date, version, id) as text)
    from tutor_availability_log
    where tutor_id = :tutor_id
      and date in (
        select date
        from tutor_days
        where tutor_id = :tutor_id and date between :first and :last and version > 0 and updated_at > :at
      )
  ) as entries
from tutors
where id = :tutor_id
"""  # noqa: S608 - put together from constants


def read_days_as_of(
    pool: Pool, tutor_id: UUID, first: date, last: date, at: datetime
) -> tuple[TutorDays, set[date]] | None:
    """Return the days as they stood, and the dates for which a gap leaves that open; None without such a tutor."""
    row = pool.read(HISTORIES, {"tutor_id": tutor_id, "first": first, "last": last, "at": at})
    if row is None:
        return None
    user_id, time_zone, _, occupied, *_ = row
    # That it was occupied is all that is known.
    booked: dict[date, dict[time, BookingStatus]] = {
        day: {start_of(start): "CONFIRMED" for _, start in of_day} for day, of_day in _by_date(occupied)
    }
    days: dict[date, Day] = {}
    uncertain = set()
    for history in histories(tutor_id, row):
        past = as_of(history, at)
        if not past.is_certain:
            uncertain.add(history.date)
        if past.slots or past.version:
            occupied_then = booked.get(history.date, {})
            days[history.date] = Day(history.date, past.version, past.slots, occupied_then)
    return TutorDays(user_id, time_zone, days), uncertain


def histories(tutor_id: UUID, row: Sequence[Any]) -> list[DayHistory]:
    """Return the days that a row of `HISTORIES` tells of, in their order."""
    _, _, slots, _, edited, entries = row
    slots_of = dict(_by_date(slots))
    edited_of = dict(_by_date(edited))
    by_date = groupby(entries_of(entries), key=lambda entry: entry.date)
    entries_by_date = {day: tuple(of_day) for day, of_day in by_date}
    found = []
    for day in sorted({*slots_of, *edited_of}):
        ((_, version, repaired_version, updated_at, updated_by),) = edited_of.get(day, [(day, 0, 0, None, None)])
        offered = slots_of.get(day, [])
        found.append(
            DayHistory(
                tutor_id=tutor_id,
                date=day,
                version=version,
                updated_at=datetime.fromisoformat(updated_at) if updated_at else SINCE_EVER,
                updated_by=UUID(updated_by) if updated_by else None,
                repaired_version=repaired_version,
                slots=tuple(TimeSlot(start_of(start), minutes) for _, start, minutes, _ in offered),
                created_at={start_of(start): datetime.fromisoformat(at) for _, start, _, at in offered},
                entries=entries_by_date.get(day, ()),
            )
        )
    return found


def _by_date(text: str | None) -> list[tuple[date, list[Any]]]:
    """Return the items of a JSON list, which begin with their dates, by these."""
    items = groupby(orjson.loads(text or "[]"), key=lambda item: item[0])
    return [(date.fromisoformat(day), list(of_day)) for day, of_day in items]


# With what the log said last about each time that isn't offered any more; within a version, an addition comes after a
# removal.
DAYS_AND_LATEST_ENTRIES = f"""
select
  user_id,
  time_zone,
  {DAYS_AS_THEY_STAND},
  (
    select cast(json_agg({ENTRY} order by date, start_time) as text)
    from (
      select distinct on (date, start_time) *
      from tutor_availability_log
      where tutor_id = :tutor_id and date between :first and :last
      order by date, start_time, version desc, action
    ) as latest
    where not exists (
      select
      from tutor_time_slots as slot
      where slot.tutor_id = :tutor_id and slot.date = latest.date and slot.start_time = latest.start_time
    )
  ) as entries
from tutors
where id = :tutor_id
"""  # noqa: S608 - put together from constants


def read_days_and_latest_entries(
    pool: Pool, tutor_id: UUID, first: date, last: date
) -> tuple[TutorDays, dict[date, list[dict[str, Any]]]] | None:
    """Return the days as they stand, and, by date, the latest entry of each time that isn't offered any more.

    None without such a tutor. Entries are in the words of the API.
    """
    row = pool.read(DAYS_AND_LATEST_ENTRIES, {"tutor_id": tutor_id, "first": first, "last": last})
    if row is None:
        return None
    *days, entries = row
    by_date = groupby(orjson.loads(entries or "[]"), key=lambda entry: entry["date"])
    return tutor_days(days), {date.fromisoformat(day): list(of_day) for day, of_day in by_date}
