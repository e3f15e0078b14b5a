"""Bookings that repair completes: holds that ran out, and what other programs left out.

If another program released or confirmed a booking without saying when, repair fills in the instant at which it noticed.
Until then, and for good in the past, nobody knows whether the booking occupied its slot (`UNCERTAIN_BOOKINGS` in
`common/db/drift.py`). If another program left out the duration or the zone, it is the slot's; the zone of a released
booking is its tutor's legacy zone.
"""

from collections.abc import Sequence
from itertools import groupby
from uuid import UUID

from sqlalchemy import Connection, text

from common.clock import Clock
from common.db.bookings import SLOT_OF_BOOKING, WHAT_WAS_BOOKED

RELEASED = "released_at is null and status in ('CANCELLED', 'EXPIRED')"
CONFIRMED = """confirmed_at is null and noticed_at is null and hold_expires_at is not null
    and status in ('CONFIRMED', 'COMPLETED')"""
# The index `bookings_incomplete` has the same condition (`migrations/tables.py`).
INCOMPLETE = f"""(
  {RELEASED}
  or {CONFIRMED}
  or time_zone is null
  or duration_minutes is null and occupied_start_time is not null
)"""
RAN_OUT = "status = 'AWAITING_PAYMENT' and hold_expires_at <= now()"

INCOMPLETE_BOOKINGS = text(f"""
select tutor_id, id
from bookings
where {INCOMPLETE}
order by tutor_id, id
limit :limit
""")  # noqa: S608 - a constant

HOLDS_THAT_RAN_OUT = text(f"""
select tutor_id, id
from bookings
where {RAN_OUT}
order by hold_expires_at
limit :limit
""")  # noqa: S608 - a constant

LOCK_BOOKINGS = text(f"""
select id
from bookings
where tutor_id = :tutor_id and id = any(cast(:ids as uuid[])) and ({RAN_OUT} or {INCOMPLETE})
order by id
for update skip locked
""")  # noqa: S608 - a constant

# A separate statement: what the lock shows was changed before this instant.
NOW = text("select clock_timestamp()")

OF_TUTOR = "tutor_id = :tutor_id and id = any(cast(:ids as uuid[]))"

# Several statements, because Citus refuses values in a `case` of an update. First, bookings get what is their slot's,
# because released bookings have none. A hold that ran out was released then.
COMPLETE = (
    text(f"""
update bookings
set {WHAT_WAS_BOOKED}
from tutor_time_slots as slot
where {SLOT_OF_BOOKING}
  and bookings.id = any(cast(:ids as uuid[]))
  and (bookings.duration_minutes is null or bookings.time_zone is null)
"""),  # noqa: S608 - put together from constants
    text(f"update bookings set status = 'EXPIRED' where {OF_TUTOR} and {RAN_OUT}"),  # noqa: S608 - constants
    text(f"""
update bookings
set released_at = hold_expires_at
where {OF_TUTOR} and status = 'EXPIRED' and released_at is null and hold_expires_at is not null
"""),  # noqa: S608 - a constant
    text(f"update bookings set released_at = :now, noticed_at = :now where {OF_TUTOR} and {RELEASED}"),  # noqa: S608
    text(f"update bookings set confirmed_at = :now, noticed_at = :now where {OF_TUTOR} and {CONFIRMED}"),  # noqa: S608
    text("""
update bookings
set time_zone = coalesce(tutors.legacy_time_zone, tutors.time_zone)
from tutors
where bookings.tutor_id = :tutor_id
  and bookings.id = any(cast(:ids as uuid[]))
  and bookings.time_zone is null
  and tutors.id = bookings.tutor_id
"""),
)


def incomplete_bookings(connection: Connection, limit: int) -> list[tuple[UUID, list[UUID]]]:
    """Return the ids of bookings of all tutors that repair has to complete, at most `limit` of each kind, by tutor."""
    found = {
        (row.tutor_id, row.id)
        for statement in (HOLDS_THAT_RAN_OUT, INCOMPLETE_BOOKINGS)
        for row in connection.execute(statement, {"limit": limit})
    }
    return [
        (tutor_id, [each for _, each in group]) for tutor_id, group in groupby(sorted(found), key=lambda row: row[0])
    ]


def complete(connection: Connection, tutor_id: UUID, ids: Sequence[UUID], clock: Clock) -> int:
    """Complete these bookings; return their number. Skip those that are locked or complete."""
    locked = list(connection.execute(LOCK_BOOKINGS, {"tutor_id": tutor_id, "ids": list(ids)}).scalars())
    if locked:
        now = clock.of_change(connection.execute(NOW).scalar_one())
        for statement in COMPLETE:
            values = {"tutor_id": tutor_id, "ids": locked, "now": now}
            connection.execute(statement, {name: values[name] for name in statement.compile().params})
    return len(locked)
