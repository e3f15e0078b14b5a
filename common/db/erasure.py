"""Erasing a person (GDPR, article 17): who it was goes, what was done stays, so that counts and slots stay true.

The person's id is replaced by one made up for the purpose and kept nowhere: their entries can still be told from
others', and by whom nobody can tell. What they wrote themselves (notes, a tutor's name) is removed.
"""

from uuid import UUID

from sqlalchemy import Connection, text

NAME_AFTERWARDS = "erased"

# By the table that each is about. There is no index for most of them: it is done seldom, and may take its time.
WHAT_IS_HELD = {
    "tutor_availability_log": "select count(*) from tutor_availability_log where changed_by = :person",
    "tutor_days": "select count(*) from tutor_days where updated_by = :person",
    "bookings": "select count(*) from bookings where student_id = :person",
    "tutors": "select count(*) from tutors where user_id = :person",
}
ERASE = {
    "tutor_availability_log": """
update tutor_availability_log set changed_by = :pseudonym, notes = null where changed_by = :person""",
    "tutor_days": """
update tutor_days set updated_by = :pseudonym where updated_by = :person""",
    "bookings": """
update bookings set student_id = :pseudonym where student_id = :person""",
    "tutors": f"""
update tutors set user_id = :pseudonym, name = '{NAME_AFTERWARDS}' where user_id = :person""",  # noqa: S608 - a constant
}


def held_about(connection: Connection, person: UUID) -> dict[str, int]:
    """Return how many rows of each table name a person."""
    counts = {table: text(statement) for table, statement in WHAT_IS_HELD.items()}
    return {table: connection.execute(count, {"person": person}).scalar_one() for table, count in counts.items()}


def erase(connection: Connection, person: UUID, pseudonym: UUID) -> dict[str, int]:
    """Put the pseudonym, a new random UUID, in place of a person; return how many rows of each table were changed."""
    values = {"person": person, "pseudonym": pseudonym}
    return {table: connection.execute(text(statement), values).rowcount for table, statement in ERASE.items()}
