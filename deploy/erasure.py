"""Erase a person (GDPR, article 17): remove their identity and notes, but keep slots and log entries.

A random id replaces the person's id, and the pair of ids isn't stored anywhere. So the person's entries still have the
same author, but nobody can find out who the author was, and statistics don't change. All notes that the person wrote
are removed, also those of breaks in weekly schedules that the person saved. If the person is a tutor, the tutor's name
and all notes in the tutor's log and weekly schedules are removed too. If a tutor was given to another user, this
concerns what was written until then. A person with several ids is erased once for each.
"""

import json
from collections import defaultdict
from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, text

# An event by which a tutor of the person was given to another user. Until then, the name was the person's.
HANDOVER = "handover.field = 'userId' and handover.before #>> '{}' = :person"


def _until_handover(table: str) -> str:
    """Return the condition that a row of the table is about a tutor who was the person, and was written until then."""
    return f"""exists (
        select from settings_events as handover
        where handover.tutor_id = {table}.tutor_id and {table}.changed_at <= handover.changed_at and {HANDOVER}
      )"""


AUTHORS_OF_BOOKINGS = ("created_by", "confirmed_by", "completed_by", "no_show_by", "released_by")

# By table, a statement that counts the rows that `erase` changes. Most of these statements use no index, because
# erasing is rare and may take long.
COUNTS_BY_TABLE = {
    "tutor_availability_log": f"""
      select count(*) from tutor_availability_log
      where changed_by = :person or tutor_id in (select id from tutors where user_id = :person)
        or {_until_handover("tutor_availability_log")}
    """,  # noqa: S608 - put together from constants
    "tutor_days": "select count(*) from tutor_days where updated_by = :person",
    "bookings": f"""
      select count(*) from bookings
      where student_id = :person or {" or ".join(f"{column} = :person" for column in AUTHORS_OF_BOOKINGS)}
    """,  # noqa: S608 - put together from constants
    "tutor_weekly_stats": "select count(*) from tutor_weekly_stats where :person = any(user_ids)",
    "settings_events": f"""
      select count(*) from settings_events
      where changed_by = :person
        or field in ('name', 'externalId') and tutor_id in (select id from tutors where user_id = :person)
        or field in ('name', 'externalId') and {_until_handover("settings_events")}
        or field = 'weeklySchedule' and cast(before as text) || cast(after as text) like '%"note":"%' and (
          tutor_id in (select id from tutors where user_id = :person) or {_until_handover("settings_events")}
        )
        or field = 'userId' and (before #>> '{{}}' = :person or after #>> '{{}}' = :person)
    """,  # noqa: S608 - put together from constants
    "tutors": "select count(*) from tutors where user_id = :person",
    "weekly_schedules": """
      select count(*) from weekly_schedules
      where set_by = :person or cast(schedule as text) like '%"note":"%'
        and tutor_id in (select id from tutors where user_id = :person)
    """,
}

# `weekly_stats` copies authors from the log into this table. A run that began before this lock ends first, and is
# changed; a later run waits, and then reads the pseudonym.
LOCK_WEEKLY_STATS = "lock table tutor_weekly_stats in share row exclusive mode"

# The schedules that the person saved, and those of the person's tutors, before and after each change.
SCHEDULES_OF_PERSON = f"""
select tutor_id, before, after
from settings_events
where field = 'weeklySchedule' and (
  changed_by = :person or tutor_id in (select id from tutors where user_id = :person)
  or {_until_handover("settings_events")}
)
"""  # noqa: S608 - put together from constants

SCHEDULE_EVENTS = (
    "select id, before, after from settings_events where tutor_id = :tutor_id and field = 'weeklySchedule'"
)
CHANGE_EVENT = """
update settings_events set before = cast(:old as json), after = cast(:new as json)
where tutor_id = :tutor_id and id = :id
"""
SCHEDULE = "select schedule from weekly_schedules where tutor_id = :tutor_id for update"
CHANGE_SCHEDULE = "update weekly_schedules set schedule = cast(:schedule as json) where tutor_id = :tutor_id"
# `tutors` is changed first: each node of a Citus cluster has a copy of this table, and Citus can't change such a table
# after the same transaction has changed shards in parallel. Notes that an admin wrote in a tutor's log may be about the
# tutor, so they are removed too.
ERASE = (
    """
    update tutors set user_id = :pseudonym, name = 'erased', external_id = null, active = false where user_id = :person
    """,
    """
    update settings_events set before = 'null', after = 'null'
    where field in ('name', 'externalId') and tutor_id in (select id from tutors where user_id = :pseudonym)
    """,
    f"""
    update settings_events set before = 'null', after = 'null'
    where field in ('name', 'externalId') and {_until_handover("settings_events")}
    """,  # noqa: S608 - put together from constants
    f"""
    update tutor_availability_log set notes = null where {_until_handover("tutor_availability_log")}
    """,  # noqa: S608 - put together from constants
    """
    update settings_events set before = to_json(cast(:pseudonym as text))
    where field = 'userId' and before #>> '{}' = :person
    """,
    """
    update settings_events set after = to_json(cast(:pseudonym as text))
    where field = 'userId' and after #>> '{}' = :person
    """,
    "update settings_events set changed_by = :pseudonym where changed_by = :person",
    """
    update tutor_availability_log set notes = null
    where changed_by = :person or tutor_id in (select id from tutors where user_id = :pseudonym)
    """,
    "update tutor_availability_log set changed_by = :pseudonym where changed_by = :person",
    """
    update tutor_weekly_stats set user_ids = array_replace(user_ids, cast(:person as text), cast(:pseudonym as text))
    where :person = any(user_ids)
    """,
    # Before days, because whoever publishes a schedule locks its row first.
    "update weekly_schedules set set_by = :pseudonym where set_by = :person",
    "update tutor_days set updated_by = :pseudonym where updated_by = :person",
    "update bookings set reason = null where released_by = :person",
    """
    update bookings
    set student_id = :pseudonym, student_name = null, external_id = null, reason = null, request_hash = null
    where student_id = :person
    """,
    *(
        f"update bookings set {column} = :pseudonym where {column} = :person"  # noqa: S608 - a constant
        for column in AUTHORS_OF_BOOKINGS
    ),
)


def count_rows_of(connection: Connection, person: str) -> dict[str, int]:
    """Return the number of rows that `erase` changes for this person, by table."""
    counts = {table: text(statement) for table, statement in COUNTS_BY_TABLE.items()}
    return {table: connection.execute(count, {"person": person}).scalar_one() for table, count in counts.items()}


def erase(connection: Connection, person: str, pseudonym: str) -> None:
    """Replace a person's id by the pseudonym, a new random id; remove their names, external ids and notes."""
    connection.execute(text(LOCK_WEEKLY_STATS))
    _erase_notes_of_breaks(connection, person)
    for statement in ERASE:
        connection.execute(text(statement), {"person": person, "pseudonym": pseudonym})


def _erase_notes_of_breaks(connection: Connection, person: str) -> None:
    """Remove the notes of breaks of the person's schedules, also from later versions that still have these notes."""
    notes = defaultdict[UUID, set[str]](set)
    for tutor_id, *versions in connection.execute(text(SCHEDULES_OF_PERSON), {"person": person}):
        notes[tutor_id] |= {each["note"] for version in versions if version for each in version["breaks"]} - {None}
    for tutor_id, erased in notes.items():
        for event_id, *versions in connection.execute(text(SCHEDULE_EVENTS), {"tutor_id": tutor_id}).all():
            old, new = (_without(erased, version) for version in versions)
            event = {"tutor_id": tutor_id, "id": event_id, "old": old, "new": new}
            connection.execute(text(CHANGE_EVENT), event)
    for tutor_id, erased in notes.items():
        for (schedule,) in connection.execute(text(SCHEDULE), {"tutor_id": tutor_id}).all():
            if schedule is not None:
                change = {"tutor_id": tutor_id, "schedule": _without(erased, schedule)}
                connection.execute(text(CHANGE_SCHEDULE), change)


def _without(notes: Collection[str], schedule: dict[str, Any] | None) -> str:
    """Return a stored schedule as JSON, without these notes of breaks."""
    if schedule is not None:
        breaks = ({**each, "note": None} if each["note"] in notes else each for each in schedule["breaks"])
        schedule = {**schedule, "breaks": list(breaks)}
    return json.dumps(schedule, ensure_ascii=False, separators=(",", ":"))
