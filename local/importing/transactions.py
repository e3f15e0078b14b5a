"""Transactions of the import. They may take longer than those of requests."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine

from common.db.engine import set_reply_timeout
from common.db.statements import ISO_DATES

# An edit may hold a lock for some seconds. A tutor with many slots, and a table with many bookings, take some minutes.
TIMEOUTS = {
    **ISO_DATES,
    "lock_timeout": "30000",
    "statement_timeout": "600000",
    "idle_in_transaction_session_timeout": "60000",
}
REPLY_TIMEOUT_SECONDS = 660  # more than the statement's time-out


@contextmanager
def transaction(engine: Engine) -> Iterator[Connection]:
    """Begin a transaction with the first statement, and commit it when the block ends."""
    with engine.connect().execution_options(begin=TIMEOUTS) as connection, connection.begin():
        set_reply_timeout(connection, REPLY_TIMEOUT_SECONDS)
        yield connection
