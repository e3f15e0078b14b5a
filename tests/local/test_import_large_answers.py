"""An import asks the database about many bookings at once, whose ids and answers don't fit into a socket's buffers."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

import pytest
from sqlalchemy import Connection, Engine, text

from common.db.engine import set_reply_timeout
from local.importing import moved_bookings, transactions
from local.importing.staging import BookingOfTutor
from tests.builders import add_tutor

ROWS = 20_000
HANG_LIMIT_SECONDS = 20


def test_many_bookings_are_looked_up_at_once(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ids are UUIDs, so each is looked up twice. Before, both questions were sent before an answer was read."""
    tutor = add_tutor(engine)
    ids = [str(uuid4()) for _ in range(ROWS)]
    with engine.begin() as connection:
        rows = text("""
            insert into bookings (tutor_id, id, external_id, student_id, date, start_time, status)
            select :tutor, cast(id as uuid), id, 'Ben', '2027-01-04', '09:00', 'CANCELLED'
            from unnest(cast(:ids as text[])) as id
        """)
        connection.execute(rows, {"tutor": tutor.id, "ids": ids})
    transaction = transactions.transaction

    @contextmanager
    def with_limit(engine: Engine) -> Iterator[Connection]:
        with transaction(engine) as connection:
            set_reply_timeout(connection, HANG_LIMIT_SECONDS)
            yield connection

    monkeypatch.setattr(moved_bookings, "transaction", with_limit)
    other = add_tutor(engine)
    of_other = [BookingOfTutor(number, number, each, other.id) for number, each in enumerate(ids)]
    assert len(moved_bookings.find_moved(engine, of_other)) == ROWS
