"""Bookings that another program released or confirmed without saying when.

Repair fills in the instant at which it noticed. Until then, and for good in the past, nobody knows whether the booking
occupied its slot (`UNCERTAIN_BOOKINGS` in `common/db/drift.py`).
"""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from sqlalchemy import Connection, text

from common.clock import Clock

# The index `bookings_unnoticed` has the same condition (`migrations/tables.py`).
UNNOTICED = """(
  released_at is null and status in ('CANCELLED', 'EXPIRED')
  or confirmed_at is null and noticed_at is null and hold_expires_at is not null
    and status in ('CONFIRMED', 'COMPLETED')
)"""

UNNOTICED_BOOKINGS = text(f"""
select tutor_id, id
from bookings
where {UNNOTICED}
order by tutor_id, id
limit :limit
""")  # noqa: S608 - a constant

LOCK_BOOKINGS = text(f"""
select id
from bookings
where tutor_id = :tutor_id and id = any(cast(:ids as uuid[])) and {UNNOTICED}
order by id
for update skip locked
""")  # noqa: S608 - a constant

# A separate statement: what the lock shows was changed before this instant.
NOW = text("select clock_timestamp()")

# Three statements, because Citus refuses values in a `case` of an update. A hold that ran out was released then.
NOTICE = (
    text("""
update bookings
set released_at = hold_expires_at
where tutor_id = :tutor_id and id = any(cast(:ids as uuid[])) and status = 'EXPIRED' and hold_expires_at is not null
"""),
    text("""
update bookings
set released_at = :now, noticed_at = :now
where tutor_id = :tutor_id and id = any(cast(:ids as uuid[])) and released_at is null
  and status in ('CANCELLED', 'EXPIRED')
"""),
    text("""
update bookings
set confirmed_at = :now, noticed_at = :now
where tutor_id = :tutor_id and id = any(cast(:ids as uuid[])) and status in ('CONFIRMED', 'COMPLETED')
"""),
)


def unnoticed_bookings(connection: Connection, limit: int) -> list[tuple[UUID, list[UUID]]]:
    """Return the ids of unnoticed bookings of all tutors, at most `limit`, by tutor."""
    rows = connection.execute(UNNOTICED_BOOKINGS, {"limit": limit}).all()
    return [(tutor_id, [row.id for row in group]) for tutor_id, group in groupby(rows, key=lambda row: row.tutor_id)]


def notice(connection: Connection, tutor_id: UUID, ids: Sequence[UUID], clock: Clock) -> None:
    """Fill in when repair noticed these bookings, except for those that are locked or noticed."""
    locked = list(connection.execute(LOCK_BOOKINGS, {"tutor_id": tutor_id, "ids": list(ids)}).scalars())
    if locked:
        now = clock.of_change(connection.execute(NOW).scalar_one())
        for statement in NOTICE:
            values = {"tutor_id": tutor_id, "ids": locked, "now": now}
            connection.execute(statement, {name: values[name] for name in statement.compile().params})
