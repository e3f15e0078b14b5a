"""Weekly schedules: reading and locking them, and saving them together with the days that they publish."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import orjson
from pg8000.exceptions import DatabaseError
from sqlalchemy import Connection, text

from common.core.caller import Caller
from common.core.schedule import StoredSchedule, horizon, parse_schedule, schedule_fields
from common.core.zones import EASTERNMOST_OFFSET
from common.db.engine import pipeline
from common.db.pool import Pool
from common.db.slots import MAY_EDIT, Command
from common.db.sqlstate import DIVISION_BY_ZERO, sqlstate
from common.db.statements import array
from common.db.tutors import TUTOR_OF_CALLER, tutor_of_caller

SETTING = "weeklySchedule"  # the name of the schedule in the history of settings


SCHEDULE_OF_TUTOR = f"""
select tutors.time_zone, active, cast(schedule as text), version, published_through, set_by
from tutors
left join weekly_schedules on weekly_schedules.tutor_id = tutors.id
where {TUTOR_OF_CALLER}
"""  # noqa: S608 - put together from constants

# Writers of a tutor's schedule take turns. The transaction undoes the new row if nothing is saved.
LOCK_SCHEDULE = """
insert into weekly_schedules as stored (tutor_id, version)
values (:tutor_id, 0)
on conflict (tutor_id) do update set version = stored.version
"""

SCHEDULE_VERSIONS = """
select date, schedule_version
from tutor_days
where tutor_id = :tutor_id and date >= :first and schedule_version is not null
"""

SAVE_SCHEDULE = """
update weekly_schedules
set schedule = cast(:schedule as json), version = :version, published_through = :published_through, set_by = :set_by
where tutor_id = :tutor_id
"""

ADD_EVENT = """
insert into settings_events (tutor_id, id, changed_at, changed_by, field, before, after)
values (:tutor_id, :id, :changed_at, :changed_by, :field, cast(:old as json), cast(:new as json))
"""

# The days are the schedule's until another edit raises their version.
MARK_DAYS = """
update tutor_days
set schedule_version = version
where tutor_id = :tutor_id and date = any(cast(:dates as date[])) and schedule_version is distinct from version
"""

SCHEDULES_OF_ACTIVE_TUTORS = text("""
select tutor_id, published_through, schedule ->> 'weeksAhead' as weeks_ahead
from weekly_schedules
join tutors on tutors.id = tutor_id
where active and schedule is not null
order by published_through nulls first, tutor_id
""")


class ToPublish(NamedTuple):
    """A tutor's zone, whether the tutor is active, the schedule, and by date the versions that schedules made."""

    zone: str
    is_active: bool
    stored: StoredSchedule
    schedule_versions: dict[date, int]


def read_schedule(pool: Pool, tutor_id: UUID, caller: Caller) -> StoredSchedule | None:
    """Return a tutor's schedule; None if the tutor doesn't exist or the caller may not act for the tutor."""
    row = pool.read(SCHEDULE_OF_TUTOR, tutor_of_caller(tutor_id, caller))
    return None if row is None else _stored(*row[2:])


def read_to_publish(
    connection: Connection, tutor_id: UUID, caller: Caller, first: date, *, lock: bool
) -> ToPublish | None:
    """Return what publishing a tutor's schedule from the date `first` on depends on.

    With `lock`, first wait for other transactions that publish the schedule. Return None if the tutor doesn't exist or
    the caller may not act for the tutor. With `lock`, the transaction has failed then.
    """
    tutor = tutor_of_caller(tutor_id, caller)
    read: list[Command] = [(SCHEDULE_OF_TUTOR, tutor), (SCHEDULE_VERSIONS, {"tutor_id": tutor_id, "first": first})]
    locks: list[Command] = [(MAY_EDIT, tutor), (LOCK_SCHEDULE, {"tutor_id": tutor_id})] if lock else []
    try:
        *_, tutors, versions = pipeline(connection, *locks, *read)
    except DatabaseError as error:
        if sqlstate(error) == DIVISION_BY_ZERO:
            return None
        raise
    if not tutors:
        return None
    zone, is_active, *stored = tutors[0]
    return ToPublish(zone, is_active, _stored(*stored), dict(map(tuple, versions)))


def _stored(schedule: str | None, version: int | None, published_through: date | None, set_by: str | None) -> Any:
    fields = parse_schedule(orjson.loads(schedule)) if schedule else None
    return StoredSchedule(fields, version or 0, published_through, set_by)


def save_commands(tutor_id: UUID, before: StoredSchedule, after: StoredSchedule, at: datetime) -> list[Command]:
    """Return the statements that save a schedule; if its version changes, one of them records the change."""
    old, new = (orjson.dumps(schedule_fields(stored.schedule)).decode() for stored in (before, after))
    save = {
        "tutor_id": tutor_id,
        "schedule": new if after.schedule is not None else None,
        "version": after.version,
        "published_through": after.published_through,
        "set_by": after.set_by,
    }
    if after.version == before.version:
        return [(SAVE_SCHEDULE, save)]
    event = {"id": uuid4(), "changed_at": at, "changed_by": after.set_by, "field": SETTING, "old": old, "new": new}
    return [(SAVE_SCHEDULE, save), (ADD_EVENT, {"tutor_id": tutor_id, **event})]


def mark_command(tutor_id: UUID, dates: Iterable[date]) -> Command:
    """Return the statement after which the days are the schedule's."""
    return MARK_DAYS, {"tutor_id": tutor_id, "dates": array(sorted(dates))}


class DueTutor(NamedTuple):
    """A tutor whose schedule has to be published further, and the last published date."""

    tutor_id: UUID
    published_through: date | None


def due_tutors(connection: Connection, at: datetime) -> list[DueTutor]:
    """Return the active tutors whose schedule has to be published further at an instant, the furthest behind first.

    It decides by the date in the easternmost zone, so some tutors may still have a day left.
    """
    today = (at + EASTERNMOST_OFFSET).date()
    rows = connection.execute(SCHEDULES_OF_ACTIVE_TUTORS)
    return [
        DueTutor(tutor_id, published_through)
        for tutor_id, published_through, weeks_ahead in rows
        # A row that another program has written may have anything there: publishing it fails, and is counted.
        if published_through is None
        or not re.fullmatch("[0-9]{1,2}", weeks_ahead or "")
        or published_through < horizon(today, int(weeks_ahead))
    ]
