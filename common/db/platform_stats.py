"""Statistics of all tutors, from the weekly table.

On Citus, each shard computes the sums of its own rows, and the coordinator adds these sums.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from common.core import statistics
from common.db.weekly_stats import is_overdue

MOST_ACTIVE_TUTORS = text("""
select *
from (
  select
    tutor_id, sum(slots_added + slots_removed) as changes, sum(slots_added) as slots_added,
    sum(slots_removed) as slots_removed, sum(late_removals) as late_removals
  from tutor_weekly_stats
  where week_start >= :first_week and week_start < :end
  group by tutor_id
) as activity
where changes > 0
  and (cast(:after_changes as bigint) is null
    or changes < :after_changes or (changes = :after_changes and tutor_id > :after_tutor_id))
order by changes desc, tutor_id
limit :limit
""")

# The numbers of slots are null if one of them is: an older release computed it.
SUMS_BY_WEEK = text("""
select
  week_start, sum(slots_added) as slots_added, sum(slots_removed) as slots_removed,
  sum(late_removals) as late_removals, sum(missing_versions) as missing_versions,
  case when count(offered) = count(*) then sum(offered) end as offered,
  case when count(booked) = count(*) then sum(booked) end as booked
from tutor_weekly_stats
where week_start >= :first_week and week_start < :end
group by week_start
order by week_start
""")


def _largest(keys: str, counts: str) -> TextClause:
    """Return a statement for the largest sums of the counts in one of the table's pairs of arrays."""
    return text(f"""
select key, sum(changes) as changes
from tutor_weekly_stats, unnest({keys}, {counts}) as counted (key, changes)
where week_start >= :first_week and week_start < :end
group by key
order by changes desc, key nulls first
limit :limit
""")  # noqa: S608 - names of columns


CHANGES_BY_HOUR = _largest("weekday_hours", "weekday_hour_changes")
MOST_REMOVED_TIMES = _largest("removed_times", "removed_time_counts")
CHANGES_BY_REASON = _largest("reasons", "reason_changes")
CHANGES_BY_USER = _largest("user_ids", "user_changes")


def _week(row: Any) -> statistics.PlatformWeek:
    added, removed, late = (int(count) for count in (row.slots_added, row.slots_removed, row.late_removals))
    offered, booked = (None if count is None else int(count) for count in (row.offered, row.booked))
    return statistics.PlatformWeek(row.week_start, added, removed, late, *statistics.with_fill_rate(offered, booked))


def read_platform(
    connection: Connection,
    first_week: date,
    end: date,
    last_week: date,
    *,
    limit: int,
    after: tuple[int, UUID] | None = None,
) -> tuple[statistics.PlatformStats, tuple[int, UUID] | None]:
    """Return statistics of the weeks that begin in `[first_week, end)`, with a page of tutors.

    Return also the position of the page's last tutor: the tutor's number of changes and id. It is None if no tutors
    follow. The page has at most `limit` tutors, those after the position `after`. `complete` is False if versions are
    missing, if rows of a week up to `last_week` are (`_is_computed`), or if numbers are unknown.
    """
    after_changes, after_tutor_id = after or (None, None)
    values = {"first_week": first_week, "end": end}
    page = {**values, "limit": limit + 1, "after_changes": after_changes, "after_tutor_id": after_tutor_id}
    tutors = [
        statistics.TutorActivity(row.tutor_id, *(int(count) for count in row[1:]))
        for row in connection.execute(MOST_ACTIVE_TUTORS, page)
    ]
    last = tutors[limit - 1] if len(tutors) > limit else None
    sums = connection.execute(SUMS_BY_WEEK, values).all()
    weekly = [_week(row) for row in sums]

    def largest(statement: TextClause, limit: int = statistics.MAX_LIST_LENGTH) -> list[tuple[Any, int]]:
        return [(key, int(changes)) for key, changes in connection.execute(statement, {**values, "limit": limit})]

    is_computed = _is_computed(connection, {week.week_start for week in weekly}, first_week, end, last_week)
    missing_versions = sum(int(row.missing_versions) for row in sums)
    stats = statistics.PlatformStats(
        tutors=tutors[:limit],
        next_cursor=None,
        weekly=weekly,
        monthly=statistics.monthly(weekly),
        by_weekday_hour=statistics.by_weekday_and_hour(dict(largest(CHANGES_BY_HOUR, 7 * 24))),
        most_removed_times=[statistics.TimeCount(*each) for each in largest(MOST_REMOVED_TIMES)],
        by_reason=dict(largest(CHANGES_BY_REASON)),
        by_user=[statistics.UserChanges(*each) for each in largest(CHANGES_BY_USER)],
        complete=missing_versions == 0 and is_computed and all(week.offered is not None for week in weekly),
        missing_versions=missing_versions,
    )
    return stats, (last.changes, last.tutor_id) if last else None


def _is_computed(
    connection: Connection, computed: Collection[date], first_week: date, end: date, last_week: date
) -> bool:
    """Whether rows of no week in `[first_week, end)` up to `last_week` are overdue; `computed` are weeks with rows.

    The latest week without rows stands for those before it: their edits are edits before its end.
    """
    if end <= first_week:
        return True
    last_date = end - timedelta(days=1)
    absent = min(last_week, last_date - timedelta(days=last_date.weekday()))
    while absent in computed:
        absent -= timedelta(days=7)
    weeks = {week for week in (absent, last_week) if first_week <= week < end}
    return not any(is_overdue(connection, week) for week in weeks)
