"""Erasing a person (GDPR, article 17): identity and notes are removed; slots and entries stay, so counts don't change.

The person's id is replaced by a random one that is stored nowhere else: their entries still belong together, but not to
a person. A tutor's name, the notes that they wrote and the notes about a tutor are removed.
"""

from uuid import UUID

from sqlalchemy import Connection, text

# By table. Most have no index for this: it is rare, and may take long.
COUNTS_BY_TABLE = {
    "tutor_availability_log": """
      select count(*) from tutor_availability_log
      where changed_by = :person or tutor_id in (select id from tutors where user_id = :person)
    """,
    "tutor_days": "select count(*) from tutor_days where updated_by = :person",
    "bookings": "select count(*) from bookings where student_id = :person",
    "tutors": "select count(*) from tutors where user_id = :person",
}
# `tutors` comes first: each node of a cluster has a copy, and Citus can't change it after shards were changed in
# parallel. Notes in a tutor's log may be about the tutor, whoever wrote them.
ERASE = (
    "update tutors set user_id = :pseudonym, name = 'erased' where user_id = :person",
    """
    update tutor_availability_log set notes = null
    where changed_by = :person or tutor_id in (select id from tutors where user_id = :pseudonym)
    """,
    "update tutor_availability_log set changed_by = :pseudonym where changed_by = :person",
    "update tutor_days set updated_by = :pseudonym where updated_by = :person",
    "update bookings set student_id = :pseudonym where student_id = :person",
)


def count_rows_of(connection: Connection, person: UUID) -> dict[str, int]:
    """Return the number of rows that name a person, by table."""
    counts = {table: text(statement) for table, statement in COUNTS_BY_TABLE.items()}
    return {table: connection.execute(count, {"person": person}).scalar_one() for table, count in counts.items()}


def erase(connection: Connection, person: UUID, pseudonym: UUID) -> None:
    """Replace a person's id by the pseudonym, a new random UUID; remove their name and notes."""
    for statement in ERASE:
        connection.execute(text(statement), {"person": person, "pseudonym": pseudonym})
