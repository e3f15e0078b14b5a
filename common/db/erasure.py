"""Erasing a person (GDPR, article 17): who it was goes, what was done stays, so that counts and slots stay true.

The person's id is replaced by one made up for the purpose and kept nowhere: their entries can still be told from
others', and by whom nobody can tell. What they wrote, and what was written about them, is removed: notes, and a tutor's
name.
"""

from uuid import UUID

from sqlalchemy import Connection, text

# By the table that each is about. There is no index for most of them: it is done seldom, and may take its time.
WHAT_IS_HELD = {
    "tutor_availability_log": """
      select count(*) from tutor_availability_log
      where changed_by = :person or tutor_id in (select id from tutors where user_id = :person)
    """,
    "tutor_days": "select count(*) from tutor_days where updated_by = :person",
    "bookings": "select count(*) from bookings where student_id = :person",
    "tutors": "select count(*) from tutors where user_id = :person",
}
# First `tutors`, of which each node of a cluster has a copy: Citus refuses to change it after shards were changed in
# parallel. Notes may be about a tutor, no matter who wrote them.
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


def held_about(connection: Connection, person: UUID) -> dict[str, int]:
    """Return how many rows of each table name a person."""
    counts = {table: text(statement) for table, statement in WHAT_IS_HELD.items()}
    return {table: connection.execute(count, {"person": person}).scalar_one() for table, count in counts.items()}


def erase(connection: Connection, person: UUID, pseudonym: UUID) -> None:
    """Put the pseudonym, a new random UUID, in place of a person."""
    for statement in ERASE:
        connection.execute(text(statement), {"person": person, "pseudonym": pseudonym})
