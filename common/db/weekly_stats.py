"""Weekly statistics: a job computes them from the log, slots and bookings into a small table for `platform_stats`.

Weeks are full ISO weeks (Monday first) in each tutor's zone.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from common.core import statistics
from common.db.demand import offered_slots
from common.db.drift import deleted_of_day
from common.db.entries import MISSING_OF_DAY
from common.db.starts_at import starts_at

# Tutors without a row of the last week come first. The others follow, those with the oldest rows first. So a run
# continues where an interrupted run stopped.
TUTORS_TO_COMPUTE = text("""
select tutors.id
from tutors
cross join lateral (
  select cast(date_trunc('week', cast(:now as timestamptz) at time zone tutors.time_zone) as date) as this_week
) as calendar
left join (
  select tutor_id, week_start, computed_at from tutor_weekly_stats where week_start > :since_day
) as last_week
  on last_week.tutor_id = tutors.id and last_week.week_start = calendar.this_week - 7
order by last_week.computed_at nulls first, tutors.id
""")


def tutors_to_compute(connection: Connection, now: datetime) -> list[UUID]:
    """Return the ids of all tutors, in the order in which to compute them."""
    values = {"now": now, "since_day": now.date() - timedelta(days=15)}
    return list(connection.execute(TUTORS_TO_COMPUTE, values).scalars())


# The tutors' entries in the last `:weeks` full weeks. The range of instants is 3 hours wider at both ends, because the
# clock may change at midnight. The join with `week` later drops the entries of other weeks.
ENTRIES = f"""
    select log.tutor_id, log.action, log.change_set_id, log.start_time, log.reason, log.changed_by,
      cast(date_trunc('week', log.changed_at at time zone tutor.time_zone) as date) as week_start,
      24 * (extract(isodow from log.changed_at at time zone tutor.time_zone) - 1)
        + extract(hour from log.changed_at at time zone tutor.time_zone) as weekday_hour,
      log.action = 'REMOVED' and log.changed_at > slot.starts_at - cast(:late as interval) as is_late
    from tutors as tutor
    join tutor_availability_log as log
      on log.tutor_id = tutor.id
      and log.changed_at
        > (date_trunc('week', cast(:now as timestamptz) at time zone tutor.time_zone) - :weeks * interval '7 days')
          at time zone tutor.time_zone - interval '3 hours'
      and log.changed_at
        < date_trunc('week', cast(:now as timestamptz) at time zone tutor.time_zone) at time zone tutor.time_zone
          + interval '3 hours'
    cross join lateral ({starts_at("log")}) as slot
    where tutor.id = any(cast(:tutor_ids as uuid[]))
  """  # noqa: S608 - put together from constants


def _counted(name: str, column: str, condition: str = "true") -> str:
    """Return a named subquery for two arrays: the values of the column in a tutor's week, and the entries of each."""
    return f"""{name} as materialized (
  select tutor_id, week_start, array_agg({column} order by {column}) as keys,
    array_agg(changes order by {column}) as changes
  from (
    select tutor_id, week_start, {column}, count(*) as changes
    from ({ENTRIES}) as entry
    where {condition}
    group by tutor_id, week_start, {column}
  ) as counted
  group by tutor_id, week_start
)"""  # noqa: S608 - put together from constants


# Writes a row for each of the tutors and weeks, with zeros if nothing was changed. On Citus, each shard counts its own
# entries, and the coordinator joins the counts. All runs write the rows in the same order, so that two runs don't
# deadlock. A run doesn't overwrite rows of a run that began later.
COMPUTE_WEEKS = text(f"""
with counted as materialized (
  select
    tutor_id, week_start,
    count(*) filter (where action = 'ADDED') as slots_added,
    count(*) filter (where action = 'REMOVED') as slots_removed,
    count(*) filter (where is_late) as late_removals,
    count(distinct change_set_id) as change_sets
  from ({ENTRIES}) as entry
  group by tutor_id, week_start
),
{_counted("by_hour", "weekday_hour")}, {_counted("by_time", "start_time", "action = 'REMOVED'")},
{_counted("by_reason", "reason")}, {_counted("by_user", "changed_by")}, by_start as materialized (
  select tutor_id, cast(date_trunc('week', date) as date) as week_start, count(*) as offered,
    count(*) filter (where is_booked) as booked
  from ({offered_slots("= any(cast(:tutor_ids as uuid[]))")}) as slot
  group by 1, 2
), missing as materialized (
  select tutor_id, cast(date_trunc('week', updated_at at time zone time_zone) as date) as week_start,
    sum(missing) as versions
  from (
    select days.tutor_id, days.updated_at, {MISSING_OF_DAY} + {deleted_of_day("days.tutor_id")} as missing
    from tutor_days as days
    where days.tutor_id = any(cast(:tutor_ids as uuid[]))
      and days.version > 0
      and days.updated_at > cast(:now as timestamptz) - (:weeks + 2) * interval '7 days'
  ) as day
  join tutors as tutor on tutor.id = day.tutor_id
  group by 1, 2
), week as (
  select tutors.id as tutor_id,
    cast(date_trunc('week', cast(:now as timestamptz) at time zone time_zone) as date) - 7 * weeks_back as week_start
  from tutors cross join generate_series(1, cast(:weeks as integer)) as weeks_back
  where tutors.id = any(cast(:tutor_ids as uuid[]))
)
insert into tutor_weekly_stats (
  tutor_id, week_start, slots_added, slots_removed, late_removals, change_sets, missing_versions, computed_at,
  weekday_hours, weekday_hour_changes, removed_times, removed_time_counts, reasons, reason_changes, user_ids,
  user_changes, offered, booked
)
select
  week.tutor_id, week.week_start, coalesce(counted.slots_added, 0), coalesce(counted.slots_removed, 0),
  coalesce(counted.late_removals, 0), coalesce(counted.change_sets, 0), coalesce(missing.versions, 0), :now,
  coalesce(by_hour.keys, '{{}}'), coalesce(by_hour.changes, '{{}}'),
  coalesce(by_time.keys, '{{}}'), coalesce(by_time.changes, '{{}}'),
  coalesce(by_reason.keys, '{{}}'), coalesce(by_reason.changes, '{{}}'),
  coalesce(by_user.keys, '{{}}'), coalesce(by_user.changes, '{{}}'),
  coalesce(by_start.offered, 0), coalesce(by_start.booked, 0)
from week
left join counted using (tutor_id, week_start)
left join by_hour using (tutor_id, week_start)
left join by_time using (tutor_id, week_start)
left join by_reason using (tutor_id, week_start)
left join by_user using (tutor_id, week_start)
left join by_start using (tutor_id, week_start)
left join missing using (tutor_id, week_start)
order by week.tutor_id, week.week_start
on conflict (tutor_id, week_start) do update set
  slots_added = excluded.slots_added,
  slots_removed = excluded.slots_removed,
  late_removals = excluded.late_removals,
  change_sets = excluded.change_sets,
  missing_versions = excluded.missing_versions,
  computed_at = excluded.computed_at,
  weekday_hours = excluded.weekday_hours,
  weekday_hour_changes = excluded.weekday_hour_changes,
  removed_times = excluded.removed_times,
  removed_time_counts = excluded.removed_time_counts,
  reasons = excluded.reasons,
  reason_changes = excluded.reason_changes,
  user_ids = excluded.user_ids,
  user_changes = excluded.user_changes,
  offered = excluded.offered,
  booked = excluded.booked
where tutor_weekly_stats.computed_at <= excluded.computed_at
returning week_start
""")  # noqa: S608 - put together from constants


def compute_weeks(connection: Connection, tutor_ids: Sequence[UUID], now: datetime, weeks: int) -> list[date]:
    """Compute the last `weeks` full weeks of these tutors; return the week of each row that was written."""
    # The weeks of all zones have these dates, and others, which the join with `week` drops.
    dates = {"first": now.date() - timedelta(weeks=weeks, days=8), "last": now.date() + timedelta(days=1)}
    values = {"tutor_ids": tutor_ids, "now": now, "weeks": weeks, "late": statistics.LATE, **dates}
    return list(connection.execute(COMPUTE_WEEKS, values).scalars())


# Whether the job didn't compute a week, or was interrupted: a tutor has no row of the week, but has a day that was last
# edited before its end.
NOT_COMPUTED = text("""
with not_computed as materialized (
  select tutors.id
  from tutors
  left join (select tutor_id from tutor_weekly_stats where week_start = :week_start) as computed
    on computed.tutor_id = tutors.id
  where computed.tutor_id is null
)
select exists (
  select 1
  from not_computed
  join tutor_days as days on days.tutor_id = not_computed.id
  where days.updated_at < :end_of_week
)
""")


def is_overdue(connection: Connection, week_start: date) -> bool:
    """Whether a tutor has no row of the week, but a day last edited before that week ended.

    The end of the week is taken in the time zone that reaches it first, which is 14 hours ahead of UTC.
    """
    end_of_week = datetime.combine(week_start + timedelta(days=7), time(), UTC) - timedelta(hours=14)
    values = {"week_start": week_start, "end_of_week": end_of_week}
    return bool(connection.execute(NOT_COMPUTED, values).scalar_one())
