"""The audit log: written best effort after the slots are committed, read for the history and to revert and explain.

See design rules 2 and 3: whatever happens to the log, the update stands; and an answer says whether it is complete.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Row, text

from common.core.audit import Action, AuditEntry, ChangeSet, Reason, ToldEntry
from common.core.time_slots import TimeSlot
from common.db.connection import BEGIN, array
from common.db.engine import beginning_with, commit_follows, deadline
from common.db.sqlstate import sqlstate
from common.errors import ChangeSetIncomplete, ChangeSetNotFound


class NotRecorded(Exception):
    """The entries aren't known to be in the log: it refused them, or didn't answer within the budget."""


# Written twice, an entry is one row: its id is derived from what it says.
INSERT_ENTRIES = text("""
insert into tutor_availability_log (
  id, tutor_id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, notes,
  change_set_id, change_set_size, version, source
)
select
  entry.id, :tutor_id, entry.date, entry.start_time, entry.duration_minutes, entry.action, :reason,
  :changed_at, :changed_by, :notes, :change_set_id, :change_set_size, entry.version, :source
from unnest(
  cast(:ids as uuid[]), cast(:dates as date[]), cast(:start_times as time[]), cast(:durations as smallint[]),
  cast(:actions as text[]), cast(:versions as integer[])
) as entry (id, date, start_time, duration_minutes, action, version)
on conflict (tutor_id, id) do nothing
""").execution_options(kept=True)


def record(connection: Connection, change_set: ChangeSet, budget_ms: int) -> None:
    """Write all entries of the change set, in a transaction of their own, or raise `NotRecorded` within the budget.

    The server is told to give up a little before the client does, so that it doesn't go on waiting for a lock on
    behalf of a client that is gone; the client's clock counts for a server that says nothing at all.
    """
    try:
        begin = f"{BEGIN}; set local statement_timeout = {max(1, budget_ms * 4 // 5)}"
        with deadline(connection, budget_ms / 1000), beginning_with(connection, begin), connection.begin():
            commit_follows(connection)
            write(connection, change_set)
    except Exception as error:  # whatever it is: the slots are saved already, and that has to be answered (rule 2)
        raise NotRecorded(sqlstate(error) or type(error).__name__) from error


def write(connection: Connection, change_set: ChangeSet) -> None:
    """Write all entries of the change set; those that are there already stay as they are."""
    entries = change_set.entries()
    values = {
        "tutor_id": change_set.tutor_id,
        "reason": change_set.reason,
        "changed_at": change_set.changed_at,
        "changed_by": change_set.changed_by,
        "notes": change_set.notes,
        "change_set_id": change_set.id,
        "change_set_size": change_set.size,
        "source": change_set.source,
        "ids": array(entry.id for entry in entries),
        "dates": array(entry.date for entry in entries),
        "start_times": array(entry.slot.start for entry in entries),
        "durations": array(entry.slot.duration_minutes for entry in entries),
        "actions": array(entry.action for entry in entries),
        "versions": array(entry.version for entry in entries),
    }
    connection.execute(INSERT_ENTRIES, values)


# Each edit that changes something raises its day's version by one and writes at least one entry, so a version without
# one is an edit whose entries were lost. Joined to `tutor_days as days`, this finds how many entries tell of, among
# those versions that nobody has accounted for.
KNOWN_VERSIONS = """
cross join lateral (
  select count(distinct log.version) as versions
  from tutor_availability_log as log
  where log.tutor_id = days.tutor_id
    and log.date = days.date
    and log.version > days.repaired_version
    and log.version <= days.version
) as known
"""

# Over the days edited since.
MISSING_VERSIONS = f"""
select coalesce(sum(days.version - days.repaired_version - known.versions), 0)
from tutor_days as days
{KNOWN_VERSIONS}
where days.tutor_id = :tutor_id and days.updated_at > :since and days.version > days.repaired_version
"""  # noqa: S608 - put together from constants

# Newest first, after the cursor's entry if there is one; no row when there is no such tutor, or none for this caller.
# The page is one text, in the order of `ToldEntry`: a row for each entry costs more to decode
# (`docs/decisions/rows.md`).
HISTORY = text(f"""
select ({MISSING_VERSIONS}) as missing_versions, (
  select cast(json_agg(json_build_array(
    id, date, to_char(start_time, 'HH24:MI'), duration_minutes, action, reason,
    to_char(changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US+00:00'),
    changed_by, notes, change_set_id, version, source
  ) order by changed_at desc, id desc) as text)
  from (
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
  ) as page
) as page
from tutors
where id = :tutor_id and (:is_admin or user_id = :user_id)
""").execution_options(kept=True)  # noqa: S608 - put together from constants


@dataclass(frozen=True, slots=True)
class Page:
    """Entries, newest first; the position of the last one where more follow; and how many versions lack entries."""

    entries: list[ToldEntry]
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
    row = connection.execute(HISTORY, values).one_or_none()
    if row is None:
        return None
    entries = [ToldEntry(*told) for told in orjson.loads(row.page or "[]")]
    last = entries[limit - 1] if len(entries) > limit else None
    position = (datetime.fromisoformat(last.changed_at), UUID(last.id)) if last else None
    return Page(entries[:limit], position, int(row.missing_versions))


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


# No row as in HISTORY; one row without an entry when the log knows no such change set.
CHANGE_SET = text("""
select
  log.id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, notes, change_set_id, version,
  source, change_set_size
from tutors
left join tutor_availability_log as log on log.tutor_id = :tutor_id and log.change_set_id = :change_set_id
where tutors.id = :tutor_id and (:is_admin or tutors.user_id = :user_id)
""")


def read_change_set(
    connection: Connection, tutor_id: UUID, change_set_id: UUID, *, user_id: UUID, is_admin: bool
) -> list[AuditEntry] | None:
    """Return the entries of a change set; None when there is no such tutor, or none that this user may ask about.

    Raises `ChangeSetNotFound`, or `ChangeSetIncomplete` where some entries are on their way, or lost. A change set
    that was written before sizes were is taken for whole.
    """
    values = {"tutor_id": tutor_id, "change_set_id": change_set_id, "user_id": user_id, "is_admin": is_admin}
    rows = connection.execute(CHANGE_SET, values).all()
    if not rows:
        return None
    if rows[0].id is None:
        raise ChangeSetNotFound("the log knows no such change set of this tutor; one that was deferred may still come")
    if any(row.change_set_size not in (None, len(rows)) for row in rows):
        raise ChangeSetIncomplete("some entries of this change set aren't in the log, so it can't be undone as a whole")
    return [entry_of(tutor_id, row) for row in rows]


# What the log said last about each time of each day; within a version, an addition comes after a removal.
LAST_WORDS = text("""
select distinct on (date, start_time)
  id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, notes, change_set_id, version, source
from tutor_availability_log
where tutor_id = :tutor_id and date between :first and :last
order by date, start_time, version desc, action
""")


def read_last_words(connection: Connection, tutor_id: UUID, first: date, last: date) -> list[AuditEntry]:
    """Return, for each time of each day that ever had a slot by the log, the entry that told of it last."""
    rows = connection.execute(LAST_WORDS, {"tutor_id": tutor_id, "first": first, "last": last})
    return [entry_of(tutor_id, row) for row in rows]
