"""Weekly schedules: reading and locking them, and saving them together with the days that they publish."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import orjson
from pg8000.exceptions import DatabaseError
from sqlalchemy import Connection, text

from common.core.caller import Caller
from common.core.schedule import StoredSchedule, monday_of, parse_schedule, schedule_fields
from common.core.zones import EASTERNMOST_OFFSET
from common.db.engine import pipeline
from common.db.pool import Pool
from common.db.slots import Command
from common.db.sqlstate import FOREIGN_KEY_VIOLATION, sqlstate
from common.db.statements import array
from common.db.tutors import TUTOR_OF_CALLER, tutor_of_caller

SETTING = "weeklySchedule"  # the name of the schedule in the history of settings


COLUMNS = "cast(schedule as text), version, published_through, set_by"

SCHEDULE_OF_TUTOR = f"""
select tutors.time_zone, {COLUMNS}
from tutors
left join weekly_schedules on weekly_schedules.tutor_id = tutors.id
where {TUTOR_OF_CALLER}
"""  # noqa: S608 - put together from constants

# Writers of a tutor's schedule take turns. The transaction undoes the new row if nothing is saved.
LOCK_SCHEDULE = f"""
insert into weekly_schedules as stored (tutor_id, version)
values (:tutor_id, 0)
on conflict (tutor_id) do update set version = stored.version
returning {COLUMNS}
"""  # noqa: S608 - a constant

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

# The active tutors whose schedule isn't published as far as it should be in the week of `:monday`. The tutors who are
# furthest behind come first.
DUE_TUTORS = text("""
select tutor_id, published_through, set_by
from weekly_schedules
join tutors on tutors.id = tutor_id
where active and published_through < cast(:monday as date) + 6 + 7 * cast(schedule ->> 'weeksAhead' as integer)
order by published_through, tutor_id
""")


def read_schedule(pool: Pool, tutor_id: UUID, caller: Caller) -> StoredSchedule | None:
    """Return a tutor's schedule; None if the tutor doesn't exist or the caller may not act for the tutor."""
    row = pool.read(SCHEDULE_OF_TUTOR, tutor_of_caller(tutor_id, caller))
    return None if row is None else _stored(*row[1:])


def read_to_publish(
    connection: Connection, tutor_id: UUID, caller: Caller, first: date, *, lock: bool
) -> tuple[str, StoredSchedule, dict[date, int]] | None:
    """Return a tutor's zone and schedule, and the versions that schedules made of the days from `first` on.

    With `lock`, first wait for other transactions that publish the schedule. Return None as `read_schedule` does; with
    `lock`, the transaction may have failed then.
    """
    values: dict[str, object] = {"tutor_id": tutor_id}
    statements: list[Command] = [(SCHEDULE_OF_TUTOR, tutor_of_caller(tutor_id, caller))]
    if lock:
        statements.append((LOCK_SCHEDULE, values))
    try:
        tutors, *locked, versions = pipeline(connection, *statements, (SCHEDULE_VERSIONS, {**values, "first": first}))
    except DatabaseError as error:
        if sqlstate(error) == FOREIGN_KEY_VIOLATION:
            return None
        raise
    if not tutors:
        return None
    zone, *stored = tutors[0]
    return zone, _stored(*(locked[0][0] if locked else stored)), dict(map(tuple, versions))


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
    """A tutor whose schedule has to be published further, the last published date, and the user who saved it."""

    tutor_id: UUID
    published_through: date
    set_by: str | None


def due_tutors(connection: Connection, at: datetime) -> list[DueTutor]:
    """Return the active tutors whose schedule has to be published further at an instant.

    It decides by the date in the easternmost zone, so some tutors may still have a day left.
    """
    monday = monday_of((at + EASTERNMOST_OFFSET).date())
    return [DueTutor(*row) for row in connection.execute(DUE_TUTORS, {"monday": monday})]
