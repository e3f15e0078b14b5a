"""SQL that finds what the log doesn't explain (`common.core.drift` has the rules).

It finds at least the dates that the rules call uncertain. For these dates, the rules decide, from the day's history.
"""

from common.db.entries import IS_RECONSTRUCTED, zone_of_entry

# What the log and the baseline say about the days `:first` to `:last` of a tutor: a row for each change of a slot, with
# the change before of the same start. The version of a baseline slot is 0. A contradiction adds a slot that stands, or
# removes one that doesn't. An observation is a change that may have happened any time before its instant.
STEPS = f"""
  select *,
    case action
      when 'ADDED' then action_before = 'ADDED'
      else (action_before = 'ADDED' and (minutes_before, zone_before) = (duration_minutes, time_zone)) is not true
    end is true as is_contradiction
  from (
    select *,
      lag(action) over starts as action_before,
      lag(duration_minutes) over starts as minutes_before,
      lag(time_zone) over starts as zone_before,
      lead(version) over starts is null as is_last
    from (
      select
        log.date, start_time, version, action, duration_minutes, {zone_of_entry("log")} as time_zone, changed_at,
        not {IS_RECONSTRUCTED} as is_exact, reason in ('import', 'external') as is_observation
      from tutor_availability_log as log
      join tutors on tutors.id = :tutor_id
      where log.tutor_id = :tutor_id and log.date between :first and :last
      union all
      select
        log.date, start_time, 0, 'ADDED', duration_minutes, {zone_of_entry("log")}, created_at,
        true, true
      from baseline_slots as log
      join tutors on tutors.id = :tutor_id
      where log.tutor_id = :tutor_id and log.date between :first and :last
    ) as logged
    window starts as (partition by date, start_time order by version, action desc)
  ) as steps
"""  # noqa: S608 - put together from constants

# The dates whose slots aren't those that their last changes in `steps` give.
DIFFERENT_DATES = """
  select coalesce(standing.date, latest.date) as date
  from (select date, start_time, duration_minutes, time_zone from steps where is_last and action = 'ADDED') as latest
  full join (
    select date, start_time, duration_minutes, time_zone
    from tutor_time_slots
    where tutor_id = :tutor_id and date between :first and :last
  ) as standing using (date, start_time, duration_minutes, time_zone)
  where latest.date is null or standing.date is null
"""


def deleted_of_day(tutor_id: str) -> str:
    """Return SQL for the number of versions of a row of `tutor_days as days` whose entries were deleted.

    That is after repair had handled them. The number is at least 1 if there are fewer entries than then. Days from
    before migration 0013 have no numbers until repair counts their entries. `tutor_id` is SQL for the tutor's id: Citus
    needs it in each part of a statement about one tutor.
    """
    return f"""coalesce((
    select case
      when count(*) < days.repaired_entries
      then greatest(1, days.repaired_versions - count(distinct log.version))
      else 0
    end
    from tutor_availability_log as log
    where log.tutor_id = {tutor_id} and log.date = days.date and log.version <= days.repaired_version
  ), 0)"""  # noqa: S608 - a constant


# The dates of bookings whose state at `:at` isn't known, because another program released or confirmed them without
# saying when. Repair fills in when it noticed. If a hold was released after it had run out, nobody knows whether it was
# confirmed in between.
UNCERTAIN_BOOKINGS = """
  select date
  from bookings
  where tutor_id = :tutor_id and date between :first and :last and created_at <= :at
    and case
      when status in ('CONFIRMED', 'COMPLETED') then
        hold_expires_at <= :at and (confirmed_at is null and noticed_at is null or :at < noticed_at)
      when status = 'CANCELLED' or status = 'EXPIRED' and hold_expires_at is null then
        released_at is null
        or :at < noticed_at
        or confirmed_at is null and hold_expires_at <= :at and :at < released_at
      when status = 'EXPIRED' then
        confirmed_at is not null and hold_expires_at <= :at and :at < released_at
    end
"""
