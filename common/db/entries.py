"""Reading the log's entries: PostgreSQL returns them as JSON in the API's format.

This is faster than decoding a row for each entry, and most entries go into an answer unchanged
(`docs/decisions/rows.md`).
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

import orjson

from common.core.audit import Action, AuditEntry, Reason
from common.core.caller import Caller
from common.core.time_slots import TimeSlot
from common.db.days import start_of
from common.db.pool import Pool
from common.db.tutors import TUTOR_OF_CALLER, tutor_of_caller

FOREVER = datetime.max.replace(tzinfo=UTC)
"""An instant after all others: the end of a period without an end."""


def zone_of_entry(relation: str) -> str:
    """Return SQL for the zone of an entry of the log, in a statement that also reads the tutor's row."""
    return f"coalesce({relation}.time_zone, tutors.legacy_time_zone, tutors.time_zone)"


def entry_of(relation: str) -> str:
    """Return SQL for an entry of the log as JSON, in a statement that also reads the tutor's row."""
    return f"""row_to_json((
  select entry
  from (
    select
      id, tutor_id as "tutorId", date, to_char(start_time, 'HH24:MI') as "startTime",
      duration_minutes as "durationMinutes", action, reason,
      replace(to_char(changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00'), '.000000', '') as "changedAt",
      changed_by as "changedBy", notes, change_set_id as "changeSetId", version, source,
      {zone_of_entry(relation)} as "timeZone"
  ) as entry
))"""  # noqa: S608 - put together from constants


# See `AuditEntry.is_reconstructed`.
IS_RECONSTRUCTED = "source = 'reconstructed' and reason <> 'external'"


def parse_entries(text: str | None) -> list[AuditEntry]:
    """Parse a JSON list of entries in the format of `entry_of`; None is an empty list."""
    return [
        AuditEntry(
            id=UUID(entry["id"]),
            tutor_id=UUID(entry["tutorId"]),
            date=date.fromisoformat(entry["date"]),
            slot=TimeSlot(start_of(entry["startTime"]), entry["durationMinutes"], entry["timeZone"]),
            action=entry["action"],
            reason=entry["reason"],
            changed_at=datetime.fromisoformat(entry["changedAt"]),
            changed_by=entry["changedBy"],
            notes=entry["notes"],
            change_set_id=UUID(entry["changeSetId"]),
            version=entry["version"],
            source=entry["source"],
        )
        for entry in orjson.loads(text or "[]")
    ]


def _count(what: str, versions: str) -> str:
    """Return a query that counts entries of a row of `tutor_days as days`, up to the day's version."""
    return f"""
    select count({what})
    from tutor_availability_log as log
    where log.tutor_id = :tutor_id and log.date = days.date and log.version {versions} and log.version <= days.version
  """  # noqa: S608 - a constant


# The number of missing versions, over a tutor's days that were last edited after `:since`. Each edit that changes
# something raises its day's version by one and writes at least one entry, so a version is missing if it has no entries.
# Of the versions that repair has handled, those are missing whose entries were deleted since: at least one if there are
# fewer entries than repair has counted.
MISSING_VERSIONS = f"""
select coalesce(sum(
  case when days.version > days.repaired_version
    then days.version - days.repaired_version - ({_count("distinct log.version", "> days.repaired_version")})
    else 0
  end
  + case when ({_count("*", "<= days.repaired_version")}) < days.repaired_entries
    then greatest(1, days.repaired_versions - ({_count("distinct log.version", "<= days.repaired_version")}))
    else 0
  end
), 0)
from tutor_days as days
where days.tutor_id = :tutor_id and days.updated_at > :since and days.version > 0
"""  # noqa: S608 - put together from constants

# The number of missing versions of one row of `tutor_days as days`, of any tutor. This is a subquery for each day
# and not a join: with a join, the planner would assume that a third of all days match. In fact, very few days have a
# version above `repaired_version`. Deleted entries aren't counted (see `deleted_of_day` in `common/db/drift.py`).
MISSING_OF_DAY = """days.version - days.repaired_version - (
    select count(distinct log.version)
    from tutor_availability_log as log
    where log.tutor_id = days.tutor_id
      and log.date = days.date
      and log.version > days.repaired_version
      and log.version <= days.version
  )"""

# The number of missing versions, and a page of entries, newest first, after the cursor's entry if there is a cursor.
# Each entry is one line, because the JSON of an entry contains no line breaks.
HISTORY = f"""
select ({MISSING_VERSIONS}) as missing_versions, (
  select string_agg(cast({entry_of("page")} as text), chr(10) order by changed_at desc, id desc)
  from (
    select *
    from tutor_availability_log
    where tutor_id = :tutor_id
      and changed_at > :since
      and (cast(:after_changed_at as timestamptz) is null or (changed_at, id) < (:after_changed_at, :after_id))
      and (cast(:action as text) is null or action = :action)
      and (cast(:reason as text) is null or reason = :reason)
      and (cast(:date as date) is null or date = :date)
    order by changed_at desc, id desc
    limit :limit
  ) as page
) as page
from tutors
where {TUTOR_OF_CALLER}
"""  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True)
class Page:
    """Entries as JSON, newest first. The next page follows `continue_after`, which is None if no entries follow."""

    entries: list[str]
    continue_after: tuple[datetime, UUID] | None
    missing_versions: int


def read_history(
    pool: Pool,
    tutor_id: UUID,
    caller: Caller,
    *,
    since: datetime,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    action: Action | None = None,
    reason: Reason | None = None,
    day: date | None = None,
) -> Page | None:
    """Return a page of a tutor's history; None if the tutor doesn't exist or the caller may not act for the tutor."""
    after_changed_at, after_id = after or (None, None)
    values = {
        **tutor_of_caller(tutor_id, caller),
        "since": since,
        "limit": limit + 1,
        "after_changed_at": after_changed_at,
        "after_id": after_id,
        "action": action,
        "reason": reason,
        "date": day,
    }
    row = pool.read(HISTORY, values)
    return None if row is None else page_of(row[1], limit, row[0])


def page_of(text: str | None, limit: int, missing_versions: int) -> Page:
    """Return a page from up to `limit` + 1 entries: one more than it has shows whether there is a next page."""
    entries = text.split("\n") if text else []
    last = orjson.loads(entries[limit - 1]) if len(entries) > limit else None
    position = (datetime.fromisoformat(last["changedAt"]), UUID(last["id"])) if last else None
    return Page(entries[:limit], position, int(missing_versions))
