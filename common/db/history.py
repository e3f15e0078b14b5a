"""Days according to the log: their state at an instant, their latest entries, and their whole history."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any
from uuid import UUID

import orjson

from common.core.availability import Day
from common.core.history import DayHistory, as_of
from common.db.days import CURRENT_DAYS, TutorDays, days_with, start_of, tutor_days
from common.db.entries import IS_RECONSTRUCTED, entry_of, parse_entries, zone_of_entry
from common.db.pool import Pool

# An instant before all edits and bookings. For a day that was never edited, it is used as the instant of the last edit,
# so that the day has its current slots at every later instant.
BEGINNING_OF_TIME = datetime(1, 1, 1, tzinfo=UTC)

# The bookings that were active at the instant `:at`. A booking occupied its slot from its creation until it was
# released. Without a payment (AWAITING_PAYMENT or EXPIRED), it occupied the slot until `hold_expires_at` at the latest.
# The status of a booking at `:at` isn't stored, so the query returns CONFIRMED for all of them. Released bookings
# without `released_at` are left out, because nothing shows when they were released.
BOOKINGS_THEN = """(
        select tutor_id, date, start_time, 'CONFIRMED' as status
        from bookings
        where created_at <= :at
          and :at < case
            when status in ('CONFIRMED', 'COMPLETED') then timestamptz 'infinity'
            when status = 'AWAITING_PAYMENT' then coalesce(hold_expires_at, 'infinity')
            when released_at is null then '-infinity'
            when status = 'EXPIRED' then least(released_at, hold_expires_at)
            else released_at
          end
      ) as bookings_then"""


def _setting_then(column: str, field: str) -> str:
    """Return SQL for a setting at the instant `:at`: `before` of the next event, or today's value if there is none."""
    return f"""coalesce((
    select before
    from settings_events
    where settings_events.tutor_id = :tutor_id and field = '{field}' and changed_at > :at
    order by changed_at
    limit 1
  ), to_json({column}))"""  # noqa: S608 - put together from constants


SETTINGS_THEN = f"""
  cast(cast({_setting_then("active", "active")} as text) as boolean),
  cast(cast({_setting_then("booking_notice_minutes", "bookingNoticeMinutes")} as text) as integer)"""

# The days at the instant `:at`: the current slots, with all entries after `:at` undone. For each start time, the first
# of these entries shows whether a slot was there at `:at`, with which duration and in which zone.
# `gaps` lists the dates that were edited after `:at`, except those whose result is certain. The result is certain if
# each version from the first one after `:at` to the current one has an entry that wasn't reconstructed, and the version
# before them, if there is one, has an entry. If the instants of a day's versions are out of order, one of these
# versions is missing in `later`, so the date is listed.
# `count(*)` finds whether the version before has an entry. With `exists`, the planner would read all entries of the
# tutor. `updated_at` is the current value; no caller uses it.
DAYS_THEN = f"""
with later as not materialized (
  select *
  from tutor_availability_log
  where tutor_id = :tutor_id and date between :first and :last and changed_at > :at
), earliest as materialized (
  select distinct on (date, start_time) date, start_time, action, duration_minutes, time_zone
  from later
  order by date, start_time, version, action desc
), undone as materialized (
  select
    date,
    min(version) as first_version,
    max(version) as last_version,
    count(distinct version) filter (where not {IS_RECONSTRUCTED}) as versions
  from later
  group by date
), days_then as (
  select day.tutor_id, day.date, coalesce(undone.first_version - 1, day.version) as version, day.updated_at
  from tutor_days as day
  left join undone using (date)
  where day.tutor_id = :tutor_id and day.date between :first and :last
), slots_then as (
  select slot.tutor_id, slot.date, slot.start_time, slot.duration_minutes, slot.time_zone
  from tutor_time_slots as slot
  where slot.tutor_id = :tutor_id
    and slot.date between :first and :last
    and not exists (select from earliest where earliest.date = slot.date and earliest.start_time = slot.start_time)
  union all
  select tutors.id, date, start_time, duration_minutes, {zone_of_entry("earliest")}
  from earliest
  join tutors on tutors.id = :tutor_id
  where action = 'REMOVED'
)
select
  {days_with(slots="slots_then", bookings=BOOKINGS_THEN, days="days_then", settings=SETTINGS_THEN)},
  (
    select string_agg(cast(date as text), ',')
    from undone
    full join (
      select date, version
      from tutor_days
      where tutor_id = :tutor_id and date between :first and :last and version > 0 and updated_at > :at
    ) as edited using (date)
    where (
      last_version = edited.version
      and versions = last_version - first_version + 1
      and (first_version = 1 or 0 < (
        select count(*)
        from tutor_availability_log as log
        where log.tutor_id = :tutor_id and log.date = edited.date and log.version = first_version - 1
      ))
    ) is not true
  ) as gaps
from tutors
where id = :tutor_id
"""  # noqa: S608 - put together from constants

# The histories of days: the current slots, the bookings at the instant `:at`, and all entries of the days in `:dates`.
# Imported slots may have a `created_at` that Python can't parse ('-infinity'), so `greatest` replaces it.
HISTORIES = f"""
select
  {days_with(slots="tutor_time_slots", bookings=BOOKINGS_THEN, days="tutor_days")},
  (
    select cast(json_agg(json_build_array(date, repaired_version, updated_by) order by date) as text)
    from tutor_days
    where tutor_id = :tutor_id and date between :first and :last and version > 0
  ) as repaired,
  (
    select cast(json_agg(json_build_array(date, start_time, greatest(created_at, '1900-01-01')) order by date) as text)
    from tutor_time_slots
    where tutor_id = :tutor_id and date between :first and :last
  ) as created,
  (
    select cast(json_agg({entry_of("tutor_availability_log")} order by date, version, id) as text)
    from tutor_availability_log
    where tutor_id = :tutor_id and date = any(cast(:dates as date[]))
  ) as entries
from tutors
where id = :tutor_id
"""  # noqa: S608 - put together from constants


def read_days_as_of(
    pool: Pool, tutor_id: UUID, first: date, last: date, at: datetime
) -> tuple[TutorDays, set[date]] | None:
    """Return the days at an instant, and the dates whose state is a guess because entries are missing.

    Return None if the tutor doesn't exist.
    """
    values = {"tutor_id": tutor_id, "first": first, "last": last, "at": at}
    row = pool.read(DAYS_THEN, values)
    if row is None:
        return None
    *days_then, gaps = row
    tutor = tutor_days(days_then)
    if gaps is None:
        return tutor, set()
    # For the dates in `gaps`, `as_of` computes the state from the whole history, and whether the state is certain.
    row = pool.read(HISTORIES, {**values, "dates": f"{{{gaps}}}"})
    if row is None:
        return None
    dates = set(map(date.fromisoformat, gaps.split(",")))
    current, histories = parse_histories(tutor_id, row)
    past_days = {history.date: as_of(history, at) for history in histories if history.date in dates}
    days = {on: day for on, day in tutor.days.items() if on not in dates}
    for on, past in past_days.items():
        if past.slots or past.version:
            days[on] = Day(on, past.version, past.slots, current.days[on].occupied)
    uncertain = {on for on, past in past_days.items() if not past.is_certain}
    return replace(tutor, days=dict(sorted(days.items()))), uncertain


def parse_histories(tutor_id: UUID, row: Sequence[Any]) -> tuple[TutorDays, list[DayHistory]]:
    """Parse a row of `HISTORIES`: return the tutor with the days, and the history of each day.

    The history of a date that isn't in `:dates` has no entries.
    """
    *days, repaired, created, entries = row
    tutor = tutor_days(days)
    repaired_of, created_of = dict(_by_date(repaired)), dict(_by_date(created))
    by_date = groupby(parse_entries(entries), key=lambda entry: entry.date)
    entries_by_date = {on: tuple(group) for on, group in by_date}
    histories = []
    for on, day in tutor.days.items():
        ((repaired_version, updated_by),) = repaired_of.get(on, [(0, None)])
        histories.append(
            DayHistory(
                tutor_id=tutor_id,
                date=on,
                version=day.version,
                updated_at=day.updated_at or BEGINNING_OF_TIME,
                updated_by=updated_by,
                repaired_version=repaired_version,
                slots=day.slots,
                created_at={start_of(start): datetime.fromisoformat(at) for start, at in created_of.get(on, ())},
                entries=entries_by_date.get(on, ()),
            )
        )
    return tutor, histories


def _by_date(text: str | None) -> Iterator[tuple[date, list[Any]]]:
    """Yield each date of a JSON list with the items of this date, without the date.

    The first element of each item is its date. The list has to be sorted by date.
    """
    for on, items in groupby(orjson.loads(text or "[]"), key=lambda item: item[0]):
        yield date.fromisoformat(on), [rest for _, *rest in items]


# The current days, and the latest entry of each start time that isn't offered now. If one version has a removal and an
# addition at the same start time, the addition is the latest entry: `order by … action` puts `ADDED` before `REMOVED`.
DAYS_AND_LATEST_ENTRIES = f"""
select
  {CURRENT_DAYS},
  (
    select cast(json_agg({entry_of("latest")} order by date, start_time) as text)
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
    """Return the current days and, by date, the latest entry of each start time that isn't offered now.

    Entries are in the API's format. Return None if the tutor doesn't exist.
    """
    row = pool.read(DAYS_AND_LATEST_ENTRIES, {"tutor_id": tutor_id, "first": first, "last": last})
    if row is None:
        return None
    *days, entries = row
    by_date = groupby(orjson.loads(entries or "[]"), key=lambda entry: entry["date"])
    return tutor_days(days), {date.fromisoformat(on): list(group) for on, group in by_date}
