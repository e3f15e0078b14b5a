"""The history of all tutors, for admins."""

from datetime import date, datetime
from uuid import UUID

from common.core.audit import Action, Reason
from common.core.statistics import LATE
from common.db.entries import MISSING_OF_DAY, Page, entry_of, page_of
from common.db.pool import Pool
from common.db.starts_at import starts_at

# The number of missing versions, over all days that were last edited at `:first` or later. A partial index has the few
# days that repair hasn't handled yet. Entries that were deleted afterwards aren't counted: that would take a count for
# each day.
MISSING_VERSIONS_OF_ALL = f"""
select coalesce(sum({MISSING_OF_DAY}), 0)
from tutor_days as days
where days.version > days.repaired_version and days.updated_at >= :first
"""  # noqa: S608 - put together from constants

# A page of the entries from `:first` on, and before the entry at `:before` with `:before_id`. The comparison with a
# pair, and not with `or`, lets each page start at its place in the index. Late removals are those of `TALLY`.
ENTRIES_OF_ALL = f"""
select string_agg(cast({entry_of("page")} as text), chr(10) order by changed_at desc, id desc)
from (
  select log.*, tutor.legacy_time_zone, tutor.time_zone as zone_of_tutor
  from tutor_availability_log as log
  join tutors as tutor on tutor.id = log.tutor_id
  cross join lateral ({starts_at("log")}) as slot
  where log.changed_at >= :first
    and (log.changed_at, log.id) < (:before, cast(:before_id as uuid))
    and (cast(:action as text) is null or log.action = :action)
    and (cast(:reason as text) is null or log.reason = :reason)
    and (cast(:date as date) is null or log.date = :date)
    and (not cast(:is_late as boolean) or (
      log.action = 'REMOVED'
      and log.date + log.start_time
        < (log.changed_at at time zone 'UTC') + cast(:late as interval) + interval '16 hours'
      and log.changed_at > slot.starts_at - cast(:late as interval)
    ))
  order by log.changed_at desc, log.id desc
  limit :limit
) as page
cross join lateral (select legacy_time_zone, zone_of_tutor as time_zone) as tutors
"""  # noqa: S608 - put together from constants


def read_history_of_all(
    pool: Pool,
    *,
    first: datetime,
    end: datetime,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    is_late: bool = False,
    action: Action | None = None,
    reason: Reason | None = None,
    day: date | None = None,
) -> Page:
    """Return a page of the history of all tutors in `[first, end)`; with `is_late`, only late removals.

    This takes one round trip.
    """
    before, before_id = min(after or (end, UUID(int=0)), (end, UUID(int=0)))
    values = {
        "first": first,
        "before": before,
        "before_id": before_id,
        "limit": limit + 1,
        "is_late": is_late,
        "late": LATE,
        "action": action,
        "reason": reason,
        "date": day,
    }
    ((missing_versions,),), ((page,),) = pool.execute((MISSING_VERSIONS_OF_ALL, values), (ENTRIES_OF_ALL, values))
    return page_of(page, limit, missing_versions)
