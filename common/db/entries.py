"""The log's entries as they are read: as JSON in the words of the API, written as the API writes it.

A row for each entry costs more to decode, and what is only passed on needn't be understood (`docs/decisions/rows.md`).
"""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import orjson

from common.core.audit import Action, AuditEntry, Reason
from common.core.caller import Caller
from common.core.time_slots import TimeSlot
from common.db.days import start_of
from common.db.pool import Pool
from common.db.tutors import TUTOR_OF_CALLER, tutor_of_caller

ENTRY = """row_to_json((
  select entry
  from (
    select
      id, tutor_id as "tutorId", date, to_char(start_time, 'HH24:MI') as "startTime",
      duration_minutes as "durationMinutes", action, reason,
      replace(to_char(changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00'), '.000000', '') as "changedAt",
      changed_by as "changedBy", notes, change_set_id as "changeSetId", version, source
  ) as entry
))"""

# Whether a row only stands in for entries that were lost, and goes when they come: see `AuditEntry.is_reconstructed`.
IS_RECONSTRUCTED = "source = 'reconstructed'"


def entries_of(text: str | None) -> list[AuditEntry]:
    """Return the entries of a JSON list of `ENTRY` as the core knows them; none of a null."""
    return [
        AuditEntry(
            id=UUID(entry["id"]),
            tutor_id=UUID(entry["tutorId"]),
            date=date.fromisoformat(entry["date"]),
            slot=TimeSlot(start_of(entry["startTime"]), entry["durationMinutes"]),
            action=entry["action"],
            reason=entry["reason"],
            changed_at=datetime.fromisoformat(entry["changedAt"]),
            changed_by=UUID(entry["changedBy"]) if entry["changedBy"] else None,
            notes=entry["notes"],
            change_set_id=UUID(entry["changeSetId"]),
            version=entry["version"],
            source=entry["source"],
        )
        for entry in orjson.loads(text or "[]")
    ]


# Each edit that changes something raises its day's version by one and writes at least one entry, so a version without
# one is an edit whose entries were lost. This counts them over the days of a tutor that were edited since an instant.
MISSING_VERSIONS = """
select coalesce(sum(days.version - days.repaired_version - known.versions), 0)
from tutor_days as days
cross join lateral (
  select count(distinct log.version) as versions
  from tutor_availability_log as log
  where log.tutor_id = :tutor_id
    and log.date = days.date
    and log.version > days.repaired_version
    and log.version <= days.version
) as known
where days.tutor_id = :tutor_id and days.updated_at > :since and days.version > days.repaired_version
"""

# The same of each of `tutor_days as days`, of all tutors. The log is read for each day by itself: a join would be
# planned for a third of all days, as the planner doesn't know how few have versions that nobody has accounted for.
MISSING_OF_DAY = """days.version - days.repaired_version - (
    select count(distinct log.version)
    from tutor_availability_log as log
    where log.tutor_id = days.tutor_id
      and log.date = days.date
      and log.version > days.repaired_version
      and log.version <= days.version
  )"""

# Newest first, after the cursor's entry if there is one; a line for each, and JSON has no line breaks in its strings.
HISTORY = f"""
select ({MISSING_VERSIONS}) as missing_versions, (
  select string_agg(cast({ENTRY} as text), chr(10) order by changed_at desc, id desc)
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
    """Entries as JSON, newest first; the position of the last one if more follow; how many versions lack entries."""

    entries: list[str]
    next: tuple[datetime, UUID] | None
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
    """Return a page of the tutor's history; None when there is no such tutor, or none that the caller may ask about."""
    after_changed_at, after_id = after or (None, None)
    values = {
        **tutor_of_caller(tutor_id, caller),
        "since": since,
        "limit": limit + 1,  # one more tells whether there is a next page
        "after_changed_at": after_changed_at,
        "after_id": after_id,
        "action": action,
        "reason": reason,
        "date": day,
    }
    row = pool.read(HISTORY, values)
    if row is None:
        return None
    missing_versions, page = row
    entries = page.split("\n") if page else []
    last = orjson.loads(entries[limit - 1]) if len(entries) > limit else None
    position = (datetime.fromisoformat(last["changedAt"]), UUID(last["id"])) if last else None
    return Page(entries[:limit], position, int(missing_versions))
