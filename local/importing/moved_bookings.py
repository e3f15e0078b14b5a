"""Finding bookings that are stored for another tutor than the one that their row names.

In Slotledger, a booking never changes its tutor, but in other systems it may. Without this check, the import would add
the booking for the new tutor, and the old tutor would keep it, too.
"""

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from uuid import UUID

import orjson
from sqlalchemy import Engine

from common.db.engine import pipeline
from common.db.pool import retry_once
from common.db.statements import array
from local.importing.planned_bookings import own_id_of
from local.importing.staging import BookingOfTutor
from local.importing.transactions import transaction

# These read bookings of all tutors, so no index helps: they read the table once for a batch of many rows.
BY_EXTERNAL_ID = """
select external_id, tutor_id
from json_array_elements_text(cast(:external_ids as json)) as wanted (external_id)
join bookings using (external_id)
"""
BY_ID = """
select cast(id as text), tutor_id
from unnest(cast(:ids as uuid[])) as wanted (id)
join bookings using (id)
"""


def find_moved(engine: Engine, rows: Sequence[BookingOfTutor]) -> list[BookingOfTutor]:
    """Return the rows whose booking is stored for other tutors only.

    Raise `Unavailable` if the database can't be reached.
    """
    tutors_of = retry_once(partial(_find_tutors, engine, [row.external_id for row in rows]))
    return [row for row in rows if row.tutor_id not in tutors_of.get(row.external_id, (row.tutor_id,))]


def _find_tutors(engine: Engine, external_ids: Sequence[str]) -> dict[str, set[UUID]]:
    """Return the tutors of stored bookings by the bookings' external ids, or by the ids that come from these."""
    ids = [each for each in map(own_id_of, external_ids) if each is not None]
    statements = (
        (BY_EXTERNAL_ID, {"external_ids": orjson.dumps(external_ids).decode()}),
        (BY_ID, {"ids": array(ids)}),
    )
    found = defaultdict(set)
    with transaction(engine) as connection:
        for statement in statements:  # not in one round trip, because both the values and the answers are large
            (rows,) = pipeline(connection, statement)
            for external_id, tutor_id in rows:
                found[external_id].add(tutor_id)
    return found
