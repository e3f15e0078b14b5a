"""The audit log: written best effort after the slots are committed, read for history and statistics.

See design rules 2 and 3: whatever happens to the log, the update stands; and an answer says whether it is complete.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, text

from common.core.audit import Action, AuditEntry, ChangeSet, Reason
from common.core.statistics import LATE, Tally
from common.core.time_slots import TimeSlot
from common.db.engine import deadline, sqlstate


class NotRecorded(Exception):
    """The entries aren't known to be in the log: it refused them, or didn't answer within the budget."""


# Written twice, an entry is one row: its id is derived from what it says.
INSERT_ENTRIES = text("""
insert into tutor_availability_log (
  id, tutor_id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, notes,
  change_set_id, version, source
)
select
  entry.id, :tutor_id, entry.date, entry.start_time, entry.duration_minutes, entry.action, :reason,
  :changed_at, :changed_by, :notes, :change_set_id, entry.version, 'recorded'
from unnest(
  cast(:ids as uuid[]), cast(:dates as date[]), cast(:start_times as time[]), cast(:durations as smallint[]),
  cast(:actions as text[]), cast(:versions as integer[])
) as entry (id, date, start_time, duration_minutes, action, version)
on conflict (tutor_id, id) do nothing
""")


def record(connection: Connection, change_set: ChangeSet, budget_ms: int) -> None:
    """Write all entries of the change set, in a transaction of their own, or raise `NotRecorded` within the budget.

    The server is told to give up a little before the client does, so that it doesn't go on waiting for a lock on
    behalf of a client that is gone; the client's clock counts for a server that says nothing at all.
    """
    try:
        with deadline(connection, budget_ms / 1000), connection.begin():
            connection.exec_driver_sql(f"set local statement_timeout = {max(1, budget_ms * 4 // 5)}")
            connection.execute(INSERT_ENTRIES, _columns(change_set))
    except Exception as error:  # whatever it is: the slots are saved already, and that has to be answered (rule 2)
        raise NotRecorded(sqlstate(error) or type(error).__name__) from error


def _columns(change_set: ChangeSet) -> dict[str, Any]:
    entries = change_set.entries()
    return {
        "tutor_id": change_set.tutor_id,
        "reason": change_set.reason,
        "changed_at": change_set.changed_at,
        "changed_by": change_set.changed_by,
        "notes": change_set.notes,
        "change_set_id": change_set.id,
        "ids": [entry.id for entry in entries],
        "dates": [entry.date for entry in entries],
        "start_times": [entry.slot.start for entry in entries],
        "durations": [entry.slot.duration_minutes for entry in entries],
        "actions": [entry.action for entry in entries],
        "versions": [entry.version for entry in entries],
    }


# Versions that no entry tells of, over the days edited since: each edit that changes something raises its day's version
# by one and writes at least one entry, so a version without one is an edit whose entries were lost.
MISSING_VERSIONS = """
select coalesce(sum(days.version - days.repaired_version - known.versions), 0)
from tutor_days as days
cross join lateral (
  select count(distinct log.version) as versions
  from tutor_availability_log as log
  where log.tutor_id = days.tutor_id
    and log.date = days.date
    and log.version > days.repaired_version
    and log.version <= days.version
) as known
where days.tutor_id = :tutor_id and days.updated_at > :since
"""

# Newest first, after the cursor's entry if there is one; no row when there is no such tutor, or none for this caller.
HISTORY = text(f"""
select ({MISSING_VERSIONS}) as missing_versions, page.*
from tutors
left join lateral (
  select
    id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, notes, change_set_id, version,
    source
  from tutor_availability_log
  where tutor_id = :tutor_id
    and changed_at > :since
    and (cast(:after_changed_at as timestamptz) is null or (changed_at, id) < (:after_changed_at, :after_id))
    and (cast(:action as text) is null or action = :action)
    and (cast(:reason as text) is null or reason = :reason)
    and (cast(:date as date) is null or date = :date)
  order by changed_at desc, id desc
  limit :limit
) as page on true
where tutors.id = :tutor_id and (:is_admin or tutors.user_id = :user_id)
order by page.changed_at desc, page.id desc
""")  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; the position of the last one where more follow; and how many versions lack entries."""

    entries: list[AuditEntry]
    next: tuple[datetime, UUID] | None
    missing_versions: int


def read_history(
    connection: Connection,
    tutor_id: UUID,
    *,
    user_id: UUID,
    is_admin: bool,
    since: datetime,
    limit: int,
    after: tuple[datetime, UUID] | None = None,
    action: Action | None = None,
    reason: Reason | None = None,
    day: date | None = None,
) -> Page | None:
    """Return a page of the tutor's history; None when there is no such tutor, or none that this user may ask about."""
    after_changed_at, after_id = after or (None, None)
    values = {
        "tutor_id": tutor_id,
        "user_id": user_id,
        "is_admin": is_admin,
        "since": since,
        "limit": limit + 1,  # one more tells whether there is a next page
        "after_changed_at": after_changed_at,
        "after_id": after_id,
        "action": action,
        "reason": reason,
        "date": day,
    }
    rows = connection.execute(HISTORY, values).all()
    if not rows:
        return None
    entries = [entry_of(tutor_id, row) for row in rows if row.id is not None]
    last = entries[limit - 1] if len(entries) > limit else None
    return Page(entries[:limit], (last.changed_at, last.id) if last else None, int(rows[0].missing_versions))


def entry_of(tutor_id: UUID, row: Row[Any]) -> AuditEntry:
    """Return a row of the log as the core knows it."""
    return AuditEntry(
        id=row.id,
        tutor_id=tutor_id,
        date=row.date,
        slot=TimeSlot(row.start_time, row.duration_minutes),
        action=row.action,
        reason=row.reason,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        notes=row.notes,
        change_set_id=row.change_set_id,
        version=row.version,
        source=row.source,
    )


# When a slot starts, as an instant: the first of two where the local time exists twice, as the core has it, and not the
# second, as PostgreSQL reads it. `earlier_at` is the local time read with the offset of three hours before; where the
# clocks do show it at that instant, it is a reading too.
STARTS_AT = """
  select
    case when earlier_at at time zone tutor.time_zone = local_start then least(read_at, earlier_at) else read_at end
      as starts_at
  from (
    select read_at, local_start, (
      local_start - (
        ((read_at - interval '3 hours') at time zone tutor.time_zone)
        - ((read_at - interval '3 hours') at time zone 'UTC')
      )
    ) at time zone 'UTC' as earlier_at
    from (
      select log.date + log.start_time as local_start,
        (log.date + log.start_time) at time zone tutor.time_zone as read_at
    ) as reading
  ) as readings
"""

# One pass over the covering index, counted in the ways that the statistics ask for. No row as in HISTORY.
TALLY = text(f"""
with tutor as (
  select id, time_zone
  from tutors
  where id = :tutor_id and (:is_admin or user_id = :user_id)
), entry as materialized (
  select
    log.action, log.reason, log.changed_by, log.change_set_id, log.start_time,
    log.changed_at at time zone tutor.time_zone as changed_local,
    log.action = 'REMOVED' and log.changed_at > slot.starts_at - cast(:late as interval) as is_late
  from tutor
  join tutor_availability_log as log on log.tutor_id = tutor.id
  cross join lateral ({STARTS_AT}) as slot
  where log.tutor_id = :tutor_id and log.changed_at > :since and log.changed_at <= :until
), by_day as (
  select cast(changed_local as date) as day, count(*) as changes from entry group by 1
), by_weekday_hour as (
  select extract(isodow from changed_local) - 1 || ' ' || extract(hour from changed_local) as weekday_hour,
    count(*) as changes
  from entry group by 1
), by_removed_time as (
  select to_char(start_time, 'HH24:MI') as start_time, count(*) as changes
  from entry where action = 'REMOVED' group by 1
), by_reason as (
  select reason, count(*) as changes from entry group by 1
), by_user as (
  select coalesce(cast(changed_by as text), '') as user_id, count(*) as changes from entry group by 1
)
select
  ({MISSING_VERSIONS}) as missing_versions,
  (select count(*) from entry where action = 'ADDED') as added,
  (select count(*) from entry where action = 'REMOVED') as removed,
  (select count(*) from entry where is_late) as late_removals,
  (select count(distinct change_set_id) from entry) as change_sets,
  (select json_object_agg(day, changes) from by_day) as by_day,
  (select json_object_agg(weekday_hour, changes) from by_weekday_hour) as by_weekday_hour,
  (select json_object_agg(start_time, changes) from by_removed_time) as removed_times,
  (select json_object_agg(reason, changes) from by_reason) as by_reason,
  (select json_object_agg(user_id, changes) from by_user) as by_user
from tutor
""")  # noqa: S608 - put together from constants


def tally_changes(
    connection: Connection, tutor_id: UUID, *, user_id: UUID, is_admin: bool, since: datetime, until: datetime
) -> tuple[Tally, int] | None:
    """Count the tutor's entries of `(since, until]`, and the versions that lack entries.

    None when there is no such tutor, or none that this user may ask about.
    """
    values = {
        "tutor_id": tutor_id,
        "user_id": user_id,
        "is_admin": is_admin,
        "since": since,
        "until": until,
        "late": LATE,
    }
    row = connection.execute(TALLY, values).one_or_none()
    if row is None:
        return None
    tally = Tally(
        added=row.added,
        removed=row.removed,
        late_removals=row.late_removals,
        change_sets=row.change_sets,
        by_day={date.fromisoformat(day): changes for day, changes in (row.by_day or {}).items()},
        by_weekday_hour={
            (int(key.split()[0]), int(key.split()[1])): changes for key, changes in (row.by_weekday_hour or {}).items()
        },
        removed_times={time.fromisoformat(start): changes for start, changes in (row.removed_times or {}).items()},
        by_reason=row.by_reason or {},
        by_user={UUID(user) if user else None: changes for user, changes in (row.by_user or {}).items()},
    )
    return tally, int(row.missing_versions)
