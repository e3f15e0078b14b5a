"""Weekly statistics: computed from the log into a small table, by which questions about all tutors are answered.

The weeks are ISO weeks (Monday first) of each tutor's own zone, and full ones only.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from sqlalchemy import Connection, text

from common.core import statistics
from common.db.change_stats import STARTS_AT
from common.db.engine import pipeline

# Those whose statistics are the oldest first, so that a run that was cut short is continued by the next one.
TUTORS_TO_COMPUTE = text("""
select tutors.id
from tutors
cross join lateral (
  select cast(date_trunc('week', cast(:now as timestamptz) at time zone tutors.time_zone) as date) as this_week
) as calendar
left join (
  select tutor_id, week_start, computed_at from tutor_weekly_stats where week_start > :two_weeks_ago
) as last_week
  on last_week.tutor_id = tutors.id and last_week.week_start = calendar.this_week - 7
order by last_week.computed_at nulls first, tutors.id
""")


def tutors_to_compute(connection: Connection, now: datetime) -> list[UUID]:
    """Return all tutors, in the order in which they should be computed."""
    values = {"now": now, "two_weeks_ago": now.date() - timedelta(days=15)}
    return list(connection.execute(TUTORS_TO_COMPUTE, values).scalars())


# A row for each week of a tutor, with zeros where nothing was changed. The range of instants is a little wide, because
# clocks may be changed at midnight; the local week decides. Rows are written in one order, so that two runs don't wait
# for each other in a circle; a run that began earlier doesn't overwrite what a later one found.
COMPUTE_WEEKS = f"""
with tutor as (
  select id, time_zone,
    cast(date_trunc('week', cast(:now as timestamptz) at time zone time_zone) as date) as this_week
  from tutors
  where id = :tutor_id
), week as (
  select this_week - 7 * weeks_back as week_start
  from tutor cross join generate_series(1, cast(:weeks as integer)) as weeks_back
), entry as materialized (
  select
    log.action, log.change_set_id, log.start_time,
    cast(date_trunc('week', log.changed_at at time zone tutor.time_zone) as date) as week_start,
    24 * (extract(isodow from log.changed_at at time zone tutor.time_zone) - 1)
      + extract(hour from log.changed_at at time zone tutor.time_zone) as weekday_hour,
    log.action = 'REMOVED' and log.changed_at > slot.starts_at - cast(:late as interval) as is_late
  from tutor
  join tutor_availability_log as log
    on log.changed_at
      > cast(this_week - 7 * cast(:weeks as integer) as timestamp) at time zone tutor.time_zone - interval '3 hours'
    and log.changed_at < cast(this_week as timestamp) at time zone tutor.time_zone + interval '3 hours'
  cross join lateral ({STARTS_AT}) as slot
  where log.tutor_id = :tutor_id
), counted as (
  select
    week_start,
    count(*) filter (where action = 'ADDED') as slots_added,
    count(*) filter (where action = 'REMOVED') as slots_removed,
    count(*) filter (where is_late) as late_removals,
    count(distinct change_set_id) as change_sets
  from entry
  group by week_start
), by_hour as (
  select week_start, array_agg(weekday_hour order by weekday_hour) as hours,
    array_agg(changes order by weekday_hour) as changes
  from (
    select week_start, weekday_hour, count(*) as changes
    from entry
    group by week_start, weekday_hour
  ) as hour
  group by week_start
), by_time as (
  select week_start, array_agg(start_time order by start_time) as times,
    array_agg(removals order by start_time) as removals
  from (
    select week_start, start_time, count(*) as removals
    from entry
    where action = 'REMOVED'
    group by week_start, start_time
  ) as removed
  group by week_start
), missing as (
  select
    cast(date_trunc('week', days.updated_at at time zone tutor.time_zone) as date) as week_start,
    sum(days.version - days.repaired_version - known.versions) as versions
  from tutor
  join tutor_days as days on days.version > days.repaired_version
  cross join lateral (
    select count(distinct log.version) as versions
    from tutor_availability_log as log
    where log.tutor_id = :tutor_id
      and log.date = days.date
      and log.version > days.repaired_version
      and log.version <= days.version
  ) as known
  where days.tutor_id = :tutor_id
  group by 1
)
insert into tutor_weekly_stats (
  tutor_id, week_start, slots_added, slots_removed, late_removals, change_sets, missing_versions, computed_at,
  weekday_hours, weekday_hour_changes, removed_times, removed_time_counts
)
select
  cast(:tutor_id as uuid), week.week_start, coalesce(counted.slots_added, 0), coalesce(counted.slots_removed, 0),
  coalesce(counted.late_removals, 0), coalesce(counted.change_sets, 0), coalesce(missing.versions, 0),
  cast(:now as timestamptz), coalesce(by_hour.hours, '{{}}'), coalesce(by_hour.changes, '{{}}'),
  coalesce(by_time.times, '{{}}'), coalesce(by_time.removals, '{{}}')
from week
left join counted using (week_start)
left join by_hour using (week_start)
left join by_time using (week_start)
left join missing using (week_start)
order by week.week_start
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
  removed_time_counts = excluded.removed_time_counts
where tutor_weekly_stats.computed_at <= excluded.computed_at
returning week_start
"""  # noqa: S608 - put together from constants


def compute_weeks(connection: Connection, tutor_ids: Sequence[UUID], now: datetime, weeks: int) -> list[date]:
    """Compute the last full weeks of these tutors, in one round trip; return the week of each row written."""
    values = {"now": now, "weeks": weeks, "late": statistics.LATE}
    answers = pipeline(connection, *((COMPUTE_WEEKS, {**values, "tutor_id": tutor_id}) for tutor_id in tutor_ids))
    return [week for rows in answers for (week,) in rows]


MOST_ACTIVE_TUTORS = text("""
select *
from (
  select
    tutor_id, sum(slots_added + slots_removed) as changes, sum(slots_added) as slots_added,
    sum(slots_removed) as slots_removed, sum(late_removals) as late_removals
  from tutor_weekly_stats
  where week_start >= :first_week
  group by tutor_id
) as activity
where changes > 0
  and (cast(:after_changes as bigint) is null
    or changes < :after_changes or (changes = :after_changes and tutor_id > :after_tutor_id))
order by changes desc, tutor_id
limit :limit
""")

SUMS_BY_WEEK = text("""
select
  week_start, sum(slots_added) as slots_added, sum(slots_removed) as slots_removed,
  sum(late_removals) as late_removals, sum(missing_versions) as missing_versions
from tutor_weekly_stats
where week_start >= :first_week
group by week_start
order by week_start
""")

CHANGES_BY_HOUR = text("""
select weekday_hour, sum(changes) as changes
from tutor_weekly_stats, unnest(weekday_hours, weekday_hour_changes) as hour (weekday_hour, changes)
where week_start >= :first_week
group by weekday_hour
""")

MOST_REMOVED_TIMES = text("""
select start_time, sum(removals) as removals
from tutor_weekly_stats, unnest(removed_times, removed_time_counts) as removed (start_time, removals)
where week_start >= :first_week
group by start_time
order by removals desc, start_time
limit :limit
""")


# Tutors who had edited something by the end of a week that should be in the table, and aren't: the run was missed, or
# cut short.
NOT_COMPUTED = text("""
with not_computed as materialized (
  select tutors.id
  from tutors
  left join (select distinct tutor_id from tutor_weekly_stats where week_start >= :last_week) as computed
    on computed.tutor_id = tutors.id
  where computed.tutor_id is null
)
select exists (
  select 1
  from not_computed
  join tutor_days as days on days.tutor_id = not_computed.id
  where days.updated_at < :end_of_last_week
)
""")


def is_overdue(connection: Connection, last_week: date) -> bool:
    """Whether the table lacks a tutor's row of the week that begins on `last_week`, or of a later one."""
    end_of_last_week = datetime.combine(last_week + timedelta(days=7), time(), UTC) - timedelta(hours=14)
    is_due = {"last_week": last_week, "end_of_last_week": end_of_last_week}
    return bool(connection.execute(NOT_COMPUTED, is_due).scalar_one())


def read_platform(
    connection: Connection, first_week: date, last_week: date, *, limit: int, after: tuple[int, UUID] | None = None
) -> tuple[statistics.PlatformStats, tuple[int, UUID] | None]:
    """Return what the table holds of all tutors, from `first_week` on; `limit` tutors, after the cursor's.

    `last_week` is the last one that should be computed by now. With it comes the position of the last tutor, where more
    follow.
    """
    after_changes, after_tutor_id = after or (None, None)
    values = {"first_week": first_week}
    page = {**values, "limit": limit + 1, "after_changes": after_changes, "after_tutor_id": after_tutor_id}
    tutors = [
        statistics.TutorActivity(row.tutor_id, *(int(count) for count in row[1:]))
        for row in connection.execute(MOST_ACTIVE_TUTORS, page)
    ]
    last = tutors[limit - 1] if len(tutors) > limit else None
    sums = connection.execute(SUMS_BY_WEEK, values).all()
    weekly = [statistics.WeekStats(row.week_start, *(int(count) for count in row[1:4])) for row in sums]
    by_hour = {divmod(int(hour), 24): int(changes) for hour, changes in connection.execute(CHANGES_BY_HOUR, values)}
    by_time = connection.execute(MOST_REMOVED_TIMES, {**values, "limit": statistics.LONGEST_LIST})
    is_computed = last_week < first_week or not is_overdue(connection, last_week)
    missing_versions = sum(int(row.missing_versions) for row in sums)
    stats = statistics.PlatformStats(
        tutors=tutors[:limit],
        next_cursor=None,
        weekly=weekly,
        monthly=statistics.monthly(weekly),
        by_weekday_hour=statistics.weekday_hours(by_hour),
        most_removed_times=[statistics.TimeCount(start, int(removals)) for start, removals in by_time],
        complete=missing_versions == 0 and is_computed,
        missing_versions=missing_versions,
    )
    return stats, (last.changes, last.tutor_id) if last else None
