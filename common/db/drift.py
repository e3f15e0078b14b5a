"""SQL that finds the days that the log doesn't explain (`common.core.drift` has the rules)."""

from common.db.days import SLOTS_HASH
from common.db.entries import IS_RECONSTRUCTED, zone_of_entry

# The days of a tutor from `:first` to `:last`. `is_checked` says that the version and the slots are those that repair
# has found explained by the log. A day that was never edited is explained by its baseline.
DAYS = f"""
  select date, coalesce(slots, 0) # coalesce(version, 0) is not distinct from checked_state as is_checked
  from (
    select date, {SLOTS_HASH} as slots
    from tutor_time_slots
    where tutor_id = :tutor_id and date between :first and :last
    group by date
  ) as standing
  full join (
    select date, version, checked_state
    from tutor_days
    where tutor_id = :tutor_id and date between :first and :last and version > 0
    union all
    select date, 0, {SLOTS_HASH}
    from baseline_slots
    where tutor_id = :tutor_id and date between :first and :last
      and date not in (
        select date from tutor_days where tutor_id = :tutor_id and date between :first and :last and version > 0
      )
    group by date
  ) as day using (date)
"""  # noqa: S608 - put together from constants

ZONE = zone_of_entry("said")

# Those dates of `unchecked` whose state at `:at` the log may not explain. The rules decide, from the day's history.
# Each row of `steps` is what the log, the baseline or a standing slot says, with what is said before of the same start.
UNEXPLAINED_DATES = f"""
  select date
  from (
    select said.*, duration_minutes || {ZONE} as slot, lead(action) over starts is null as is_last,
      lag(action) over starts as action_before, lag(duration_minutes || {ZONE}) over starts as slot_before
    from (
      select date, start_time, version, action, duration_minutes, time_zone, changed_at as at,
        reason in ('import', 'external') as is_observation, {IS_RECONSTRUCTED} as is_reconstructed
      from tutor_availability_log
      where tutor_id = :tutor_id and date = any(array(select date from unchecked))
      union all
      select date, start_time, 0, 'ADDED', duration_minutes, time_zone, created_at, true, false
      from baseline_slots
      where tutor_id = :tutor_id and date = any(array(select date from unchecked))
      union all
      select date, start_time, 2147483647, 'STANDING', duration_minutes, time_zone, 'infinity', false, false
      from tutor_time_slots
      where tutor_id = :tutor_id and date = any(array(select date from unchecked))
    ) as said
    join tutors on tutors.id = :tutor_id
    window starts as (partition by date, start_time order by version, action desc)
  ) as steps
  where is_reconstructed
    or is_last and action = 'ADDED'
    or at > :at and (
      is_observation
      or case action
        when 'ADDED' then action_before = 'ADDED'
        else (action_before = 'ADDED' and slot_before = slot) is not true
      end
    )
"""  # noqa: S608 - put together from constants


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
