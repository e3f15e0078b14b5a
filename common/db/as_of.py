"""Days at an instant in the past, worked out from the log and the bookings."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from common.core.as_of import as_of
from common.core.availability import Day
from common.db.days import TutorDays, days_with, tutor_days
from common.db.drift import DAYS, UNCERTAIN_BOOKINGS, UNEXPLAINED_DATES, deleted_of_day
from common.db.entries import IS_RECONSTRUCTED, zone_of_entry
from common.db.history import BOOKINGS_THEN, HISTORIES, parse_histories
from common.db.pool import Pool


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
# `unexplained` lists the dates whose state may be uncertain, so that `as_of` has to decide: also those that were edited
# after `:at`, unless each version from the first one after `:at` to the current one has an entry that wasn't
# reconstructed, and the version before them, if there is one, has an entry. If the instants of a day's versions are out
# of order, one of these versions is missing in `later`, so the date is listed.
# `updated_at` is the current value; no caller uses it.
DAYS_THEN = f"""
with unchecked as materialized (
  select date from ({DAYS}) as days where not is_checked
), later as materialized (
  select
    log.date, start_time, version, action, duration_minutes, {zone_of_entry("log")} as time_zone,
    not {IS_RECONSTRUCTED} as is_exact
  from tutor_availability_log as log
  join tutors on tutors.id = :tutor_id
  where log.tutor_id = :tutor_id and log.date between :first and :last and changed_at > :at
), earliest as materialized (
  select distinct on (date, start_time) date, start_time, action, duration_minutes, time_zone
  from later
  order by date, start_time, version, action desc
), undone as materialized (
  select
    date,
    min(version) as first_version,
    max(version) as last_version,
    count(distinct version) filter (where is_exact) as versions
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
  select tutors.id, date, start_time, duration_minutes, earliest.time_zone
  from earliest
  join tutors on tutors.id = :tutor_id
  where action = 'REMOVED'
), unexplained as (
  select date
  from undone
  full join (
    select date, version, certain_since, {deleted_of_day(":tutor_id")} as deleted
    from tutor_days as days
    where tutor_id = :tutor_id and date between :first and :last and version > 0
      and greatest(updated_at, certain_since) > :at
  ) as edited using (date)
  where (
    (certain_since > :at) is not true
    and deleted = 0
    and last_version = edited.version
    and versions = last_version - first_version + 1
    and (first_version = 1 or exists (
      select
      from tutor_availability_log as log
      where log.tutor_id = :tutor_id and log.date = edited.date and log.version = first_version - 1
    ))
  ) is not true
  union
  {UNEXPLAINED_DATES}
  union
  select date from baseline_slots where tutor_id = :tutor_id and date between :first and :last and created_at > :at
)
select
  {days_with(slots="slots_then", bookings=BOOKINGS_THEN, days="days_then", settings=SETTINGS_THEN)},
  (select string_agg(cast(date as text), ',') from unexplained) as unexplained,
  (select string_agg(cast(date as text), ',') from ({UNCERTAIN_BOOKINGS}) as bookings) as uncertain_bookings
from tutors
where id = :tutor_id
"""  # noqa: S608 - put together from constants


def read_days_as_of(
    pool: Pool, tutor_id: UUID, first: date, last: date, at: datetime
) -> tuple[TutorDays, set[date]] | None:
    """Return the days at an instant, and the dates whose state is uncertain.

    Return None if the tutor doesn't exist.
    """
    values = {"tutor_id": tutor_id, "first": first, "last": last, "at": at}
    row = pool.read(DAYS_THEN, values)
    if row is None:
        return None
    *days_then, unexplained, uncertain_bookings = row
    tutor, dates, uncertain = tutor_days(days_then), _dates(unexplained), _dates(uncertain_bookings)
    if not dates:
        return tutor, uncertain
    # For these dates, `as_of` computes the state from the whole history, and whether the state is certain.
    row = pool.read(HISTORIES, {"tutor_id": tutor_id, "dates": f"{{{unexplained}}}"})
    if row is None:
        return None
    past_days = {history.date: as_of(history, at) for history in parse_histories(tutor_id, row)}
    days = {on: day for on, day in tutor.days.items() if on not in dates}
    for on, past in past_days.items():
        if past.slots or past.version:
            days[on] = Day(on, past.version, past.slots, tutor.days.get(on, Day(on)).occupied)
    uncertain |= {on for on, past in past_days.items() if not past.is_certain}
    return replace(tutor, days=dict(sorted(days.items()))), uncertain


def _dates(text: str | None) -> set[date]:
    return set(map(date.fromisoformat, text.split(","))) if text else set()
