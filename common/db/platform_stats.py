"""Statistics of all tutors, from the weekly table.

On Citus, each shard computes the sums of its own rows, and the coordinator adds these sums.
"""

from datetime import date
from uuid import UUID

from sqlalchemy import Connection, text

from common.core import statistics
from common.db.weekly_stats import is_overdue

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


def read_platform(
    connection: Connection, first_week: date, last_week: date, *, limit: int, after: tuple[int, UUID] | None = None
) -> tuple[statistics.PlatformStats, tuple[int, UUID] | None]:
    """Return statistics since `first_week`, with a page of tutors, and the position of the page's last tutor.

    The page has at most `limit` tutors, those after the position `after`. A position is a tutor's number of changes and
    id. The returned position is None if no tutors follow. `complete` is False if versions are missing, or if the rows
    of `last_week` are overdue (`is_overdue`).
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
    by_hour = {int(hour): int(changes) for hour, changes in connection.execute(CHANGES_BY_HOUR, values)}
    by_time = connection.execute(MOST_REMOVED_TIMES, {**values, "limit": statistics.MAX_LIST_LENGTH})
    is_computed = last_week < first_week or not is_overdue(connection, last_week)
    missing_versions = sum(int(row.missing_versions) for row in sums)
    stats = statistics.PlatformStats(
        tutors=tutors[:limit],
        next_cursor=None,
        weekly=weekly,
        monthly=statistics.monthly(weekly),
        by_weekday_hour=statistics.by_weekday_and_hour(by_hour),
        most_removed_times=[statistics.TimeCount(start, int(removals)) for start, removals in by_time],
        complete=missing_versions == 0 and is_computed,
        missing_versions=missing_versions,
    )
    return stats, (last.changes, last.tutor_id) if last else None
