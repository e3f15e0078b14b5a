"""The days with versions that repair hasn't handled yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Connection, text

from common.db.entries import MISSING_OF_DAY


@dataclass(frozen=True, slots=True)
class UnhandledDay:
    """A day with versions that repair hasn't handled yet; `missing` is the number of these versions without entries.

    A day from before migration 0013 also is unhandled until repair has counted its entries.
    """

    tutor_id: UUID
    date: date
    version: int
    missing: int


# The unhandled days of all tutors whose last edit was before `:edited_before`. A partial index contains exactly the
# unhandled days, so all other days cost nothing.
UNHANDLED_DAYS = f"""
select days.tutor_id, days.date, days.version, {MISSING_OF_DAY} as missing
from tutor_days as days
where (days.version > days.repaired_version or days.repaired_versions is null)
  and days.updated_at < :edited_before
"""  # noqa: S608 - put together from constants

NEXT_UNHANDLED_DAYS = text(f"""
{UNHANDLED_DAYS}
  and (days.tutor_id, days.date) > (:after_tutor_id, :after_date)
order by days.tutor_id, days.date
limit :limit
""")

COUNT_MISSING_VERSIONS = text(f"select coalesce(sum(missing), 0) from ({UNHANDLED_DAYS}) as unhandled")  # noqa: S608 - a constant


def next_unhandled_days(
    connection: Connection, edited_before: datetime, after: UnhandledDay | None, limit: int
) -> list[UnhandledDay]:
    """Return unhandled days that were last edited before `edited_before`, sorted by tutor and date.

    Return the first `limit` days after the day `after`, or the first `limit` of all days if `after` is None.
    """
    values = {
        "edited_before": edited_before,
        "after_tutor_id": after.tutor_id if after else UUID(int=0),
        "after_date": after.date if after else date.min,
        "limit": limit,
    }
    return [UnhandledDay(*row) for row in connection.execute(NEXT_UNHANDLED_DAYS, values)]


def count_missing_versions(connection: Connection, edited_before: datetime) -> int:
    """Return the number of missing versions of all unhandled days that were last edited before `edited_before`."""
    return int(connection.execute(COUNT_MISSING_VERSIONS, {"edited_before": edited_before}).scalar_one())


# Skips days that are locked, so that repair doesn't wait for an edit. The next run handles them. Entries of versions
# that were handled before aren't counted again: if some were deleted, they stay missing.
MARK_HANDLED = text("""
with free as (
  select date
  from tutor_days
  where tutor_id = :tutor_id and date = any(cast(:dates as date[]))
  order by date
  for update skip locked
), seen as (
  select * from unnest(cast(:dates as date[]), cast(:versions as integer[])) as seen (date, version)
), logged as (
  select log.date, count(*) as entries, count(distinct log.version) as versions
  from tutor_availability_log as log
  join seen on seen.date = log.date and log.version <= seen.version
  join tutor_days as day on day.tutor_id = :tutor_id and day.date = log.date
  where log.tutor_id = :tutor_id
    and log.date = any(cast(:dates as date[]))
    and (day.repaired_versions is null or log.version > day.repaired_version)
  group by log.date
)
update tutor_days
set repaired_version = seen.version,
  repaired_entries = coalesce(tutor_days.repaired_entries, 0) + coalesce(logged.entries, 0),
  repaired_versions = coalesce(tutor_days.repaired_versions, 0) + coalesce(logged.versions, 0)
from free
join seen using (date)
left join logged using (date)
where tutor_days.tutor_id = :tutor_id
  and tutor_days.date = free.date
  and (tutor_days.repaired_version < seen.version or tutor_days.repaired_versions is null)
""")


def mark_handled(connection: Connection, tutor_id: UUID, days: Sequence[UnhandledDay]) -> None:
    """Mark the versions of days as handled, except for days that are locked.

    The days have to be days of one tutor, without missing versions.
    """
    values = {
        "tutor_id": tutor_id,
        "dates": [day.date for day in days],
        "versions": [day.version for day in days],
    }
    connection.execute(MARK_HANDLED, values)
