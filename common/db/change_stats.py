"""Statistics of one tutor: counts of the log's entries, and demand, from index-only scans."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from common.core.caller import Caller
from common.core.demand import demand
from common.core.statistics import LATE, ChangeStats, TimeCount, UserChanges, WeekStats, by_weekday_and_hour, largest
from common.core.zones import EASTERNMOST_OFFSET, WESTERNMOST_OFFSET
from common.db.demand import DEMAND, weekday_hour
from common.db.entries import MISSING_VERSIONS
from common.db.pool import Pool
from common.db.starts_at import starts_at
from common.db.tutors import TUTOR_OF_CALLER, tutor_of_caller

# The statement reads the log's covering index twice: `counted` groups the entries by change set, and by the weekday and
# time of the slot. `late` finds late removals (made less than 24 hours before the start of the slot, or after the
# start), also those of slots that start in the period and were removed just before it.
# All entries of a change set have the same instant, author and reason. So the counts by instant, author or reason are
# sums over change sets, which are far fewer than entries.
# Each row of `summed` has the counts for one value of one of its first five columns; the other four are null.
# The start of a slot is converted to an instant only if its local start shows that the removal may be late. This check
# adds 16 hours, because the offset of every zone is smaller.
# The statement returns no row if the tutor doesn't exist or the caller may not act for the tutor.
TALLY = f"""
with tutor as (
  select id, time_zone, legacy_time_zone
  from tutors
  where {TUTOR_OF_CALLER}
), counted as materialized (
  select
    change_set_id, reason, changed_by, changed_at at time zone (select time_zone from tutor) as changed_local,
    mod(date - date '1900-01-01', 7) as weekday, start_time, -- 1900-01-01 was a Monday
    cast(count(*) as integer) as changes,
    cast(count(*) filter (where action = 'REMOVED') as integer) as removed
  from tutor_availability_log
  where tutor_id = :tutor_id and changed_at > :since and changed_at <= :until and exists (select 1 from tutor)
  group by grouping sets ((changed_at, change_set_id, reason, changed_by), (weekday, start_time))
), late as materialized (
  select log.changed_at, slot.starts_at, {weekday_hour("log")} as hour_of_slot,
    date_trunc('week', log.changed_at at time zone tutor.time_zone) as week
  from tutor
  join tutor_availability_log as log on log.tutor_id = tutor.id
  cross join lateral ({starts_at("log")}) as slot
  where log.tutor_id = :tutor_id
    and log.changed_at > cast(:since as timestamptz) - cast(:late as interval)
    and log.changed_at <= :until
    and log.action = 'REMOVED'
    and log.date + log.start_time < (log.changed_at at time zone 'UTC') + cast(:late as interval) + interval '16 hours'
    and log.changed_at > slot.starts_at - cast(:late as interval)
), late_by_week as (
  select week, count(*) as late from late where changed_at > :since group by week
), summed as (
  select day, hour, week, reason, user_id, sum(changes) as changes, sum(removed) as removed
  from (
    select
      cast(changed_local as date) as day,
      cast(24 * (date_part('isodow', changed_local) - 1) + date_part('hour', changed_local) as integer) as hour,
      date_trunc('week', changed_local) as week,
      reason, coalesce(changed_by, '') as user_id, changes, removed
    from counted
    where start_time is null
  ) as change_set
  group by grouping sets ((day), (hour), (week), (reason), (user_id))
)
select
  ({MISSING_VERSIONS}) as missing_versions,
  (select count(distinct change_set_id) from counted) as change_sets,
  json_object_agg(day, changes) filter (where day is not null) as by_day,
  json_object_agg(hour, changes) filter (where hour is not null) as by_weekday_hour,
  (
    select json_agg(json_build_array(weekday, start_time, removed))
    from counted
    where removed > 0 and start_time is not null
  ) as removed_slots,
  json_object_agg(reason, changes) filter (where reason is not null) as by_reason,
  json_object_agg(user_id, changes) filter (where user_id is not null) as by_user,
  json_object_agg(cast(week as date), json_build_array(changes - removed, removed, coalesce(late, 0)))
    filter (where week is not null) as by_week,
  (
    select json_object_agg(hour_of_slot, removals)
    from (
      select hour_of_slot, count(*) as removals
      from late
      where starts_at > :since and starts_at <= :until
      group by hour_of_slot
    ) as late_by_hour
  ) as late_by_hour,
  ({DEMAND}) as demand
from summed left join late_by_week using (week)
having exists (select 1 from tutor)
"""  # noqa: S608 - put together from constants


def read_change_stats(pool: Pool, tutor_id: UUID, caller: Caller, *, days: int, until: datetime) -> ChangeStats | None:
    """Return the statistics of the `days` days before `until`.

    Return None if the tutor doesn't exist or the caller may not act for the tutor.
    """
    since = until - timedelta(days=days)
    # No local date is further from the date in UTC.
    dates = {"first": (since + WESTERNMOST_OFFSET).date(), "last": (until + EASTERNMOST_OFFSET).date()}
    values = {**tutor_of_caller(tutor_id, caller), **dates, "since": since, "until": until, "late": LATE}
    row = pool.read(TALLY, values)
    return None if row is None else change_stats(row, tutor_id, days, until)


def change_stats(row: Sequence[Any], tutor_id: UUID, days: int, until: datetime) -> ChangeStats:
    """Return the statistics from a row of `TALLY`."""
    missing_versions, change_sets, *counts = row
    by_day, by_hour, removed_slots, by_reason, by_user, by_week, late_by_hour, hours = (each or {} for each in counts)
    removed_by_time, removed_by_hour = Counter[str](), Counter[int]()
    for weekday, start, removed in removed_slots:
        removed_by_time[start] += removed
        removed_by_hour[24 * weekday + time.fromisoformat(start).hour] += removed
    weekly = [WeekStats(date.fromisoformat(week), *counts) for week, counts in sorted(by_week.items())]
    total = sum(week.slots_added + week.slots_removed for week in weekly)
    most_active_day = min(by_day, key=lambda day: (-by_day[day], day), default=None)
    return ChangeStats(
        tutor_id=tutor_id,
        days=days,
        since=until - timedelta(days=days),
        until=until,
        total_changes=total,
        slots_added=sum(week.slots_added for week in weekly),
        slots_removed=sum(week.slots_removed for week in weekly),
        avg_changes_per_day=round(total / days, 2),
        most_active_day=date.fromisoformat(most_active_day) if most_active_day else None,
        change_sets=change_sets,
        late_removals=sum(week.late_removals for week in weekly),
        by_weekday_hour=by_weekday_and_hour({int(hour): changes for hour, changes in by_hour.items()}),
        removed_by_weekday_hour=by_weekday_and_hour(removed_by_hour),
        most_removed_times=[TimeCount(time.fromisoformat(start), count) for start, count in largest(removed_by_time)],
        by_reason=dict(largest(by_reason)),
        by_user=[UserChanges(user or None, changes) for user, changes in largest(by_user)],
        weekly=weekly,
        demand=demand(
            {hour: (offered, booked, wanted) for hour, offered, booked, wanted, *_ in hours},
            (sum(each[4] for each in hours), sum(each[5] for each in hours)),
            {int(hour): removals for hour, removals in late_by_hour.items()},
            days,
        ),
        complete=missing_versions == 0,
        missing_versions=int(missing_versions),
    )
