"""Erase a person (GDPR, article 17): remove their identity and notes, but keep slots and log entries.

A random id replaces the person's id, and the pair of ids isn't stored anywhere. So the person's entries still have the
same author, but nobody can find out who the author was, and statistics don't change. All notes that the person wrote
are removed. If the person is a tutor, the tutor's name and all notes in the tutor's log are removed too. If a tutor was
given to another user, this concerns what was written until then. A person with several ids is erased once for each.
"""

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
    "settings_events": f"""
      select count(*) from settings_events
      where changed_by = :person
        or field in ('name', 'externalId') and tutor_id in (select id from tutors where user_id = :person)
        or field in ('name', 'externalId') and {_until_handover("settings_events")}
        or field = 'userId' and (before #>> '{{}}' = :person or after #>> '{{}}' = :person)
    """,  # noqa: S608 - put together from constants
    "tutors": "select count(*) from tutors where user_id = :person",
}
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
    for statement in ERASE:
        connection.execute(text(statement), {"person": person, "pseudonym": pseudonym})
