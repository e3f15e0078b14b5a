"""Transactions through SQLAlchemy, on the connections of `common.db.pool`.

A statement may have these execution options: `begin` (the settings of the transaction, for its first statement),
`commit` (send the commit together with this statement), `deadline` (an instant of the monotonic clock) and `prepared`
(let the server keep the statement and its plan).
"""

import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, NullPool, create_engine, event
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.pg8000 import PGDialect_pg8000
from sqlalchemy.engine.interfaces import ExecutionContext, IsolationLevel

from common.config import Settings
from common.db.connection import OneFlushConnection
from common.db.pool import Pool, pool_for, retry_once
from common.db.statements import NO_SETTINGS, TIMEOUTS, prepared
from common.errors import Unavailable

T = TypeVar("T")

EXECUTION_OPTIONS = ("begin", "commit", "deadline", "prepared")


class Dialect(PGDialect_pg8000):
    """SQLAlchemy's dialect for pg8000, on connections of our pool and with two isolation levels only."""

    supports_statement_cache = True

    def __init__(self, connections: Pool, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._connections = connections

    def initialize(self, connection: Connection) -> None:
        """Set the values below. SQLAlchemy's own method would query them in the first transaction (six round trips)."""
        self.server_version_info = (15,)  # the oldest supported version
        self.default_schema_name = "public"
        self.default_isolation_level = "READ COMMITTED"
        self._backslash_escapes = False  # PostgreSQL's default since version 9.1

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: ExecutionContext | None = None) -> None:
        """Execute a statement with its execution options."""
        options = context.execution_options if context is not None else {}
        cursor.execute(statement, parameters, **{n: options[n] for n in EXECUTION_OPTIONS if n in options})

    def do_executemany(
        self, cursor: Any, statement: str, parameters: Any, context: ExecutionContext | None = None
    ) -> None:
        """Execute a statement once for each element of `parameters`; of the execution options, use only `begin`."""
        options = context.execution_options if context is not None else {}
        if not cursor._c._in_transaction and not cursor._c.autocommit:
            cursor._c.pipeline([], begin=options.get("begin", NO_SETTINGS))
        cursor.executemany(statement, parameters)

    def get_isolation_level_values(self, dbapi_connection: Any) -> tuple[IsolationLevel, ...]:
        """Return the two supported levels. Others would be settings of the session, which leak through poolers."""
        return ("AUTOCOMMIT", "READ COMMITTED")

    def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
        """Turn autocommit on or off."""
        dbapi_connection.autocommit = level == "AUTOCOMMIT"

    def do_close(self, dbapi_connection: Any) -> None:
        """Release the connection to the pool."""
        self._connections.release(dbapi_connection)


def engine_for(settings: Settings) -> Engine:
    """Return the engine for these settings. The engine is created on first use and cached."""
    return _engine(pool_for(settings))


@cache
def _engine(pool: Pool) -> Engine:
    # Slotledger logs errors itself. The log lines of SQLAlchemy's pool would add the statement, over many lines.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    registry.register("postgresql.slotledger", __name__, Dialect.__name__)
    engine = create_engine(
        "postgresql+slotledger://",
        creator=pool.acquire,
        connections=pool,
        poolclass=NullPool,
        hide_parameters=True,  # errors may be logged, values of statements may not
    )
    event.listen(engine, "engine_disposed", lambda _: pool.close())
    return engine


def transact(engine: Engine, work: Callable[[Connection], T], *, read_only: bool = False) -> T:
    """Run `work` in one transaction, which commits when `work` returns and rolls back when it raises an error.

    `common.db.pool.retry_once` says which errors are retried, and which become `Unavailable`. If the outcome of the
    commit is unknown, raise `Unavailable` with `outcome_unknown`, and don't retry. With `read_only`, the work saves
    nothing, so an error of the commit is handled like any other error.
    """

    def attempt() -> T:
        with engine.connect() as connection:
            return in_transaction(connection, work, read_only=read_only)

    return retry_once(attempt)


def in_transaction(connection: Connection, work: Callable[[Connection], T], *, read_only: bool = False) -> T:
    """Run `work` once, without a retry, in a transaction on this connection."""
    driver = driver_of(connection)
    try:
        with connection.execution_options(begin=TIMEOUTS).begin():
            return work(connection)
    except Exception as error:
        if driver.is_commit_outcome_unknown and not read_only:
            raise Unavailable(
                "the database didn't confirm that this was saved; please try again", outcome_unknown=True
            ) from error
        raise


def pipeline(
    connection: Connection, *statements: tuple[str, Mapping[str, Any]], commit: bool = False
) -> list[list[list[Any]]]:
    """Send statements, with values for their `:names`, in one round trip; return the rows of each.

    The server executes them in order. Each statement sees the effects of the statements before it, and what other
    transactions committed while the earlier statements waited for locks. If one fails, the later ones and the `commit`
    aren't executed.

    If an answer is large, the values of later statements have to be small: the server stops reading while nobody reads
    its answers, and the client reads them only after it has sent everything.
    """
    driver = driver_of(connection)
    begin = None if driver._in_transaction else connection.get_execution_options().get("begin")
    answers = driver.pipeline([prepared(sql, values) for sql, values in statements], begin=begin, commit=commit)
    return [answer.rows or [] for answer in answers]


def set_reply_timeout(connection: Connection, seconds: float | None) -> None:
    """Set the time-out of each wait for the server; None means that there is no time-out."""
    driver_of(connection)._usock.settimeout(seconds)


def driver_of(connection: Connection) -> OneFlushConnection:
    """Return the driver's connection behind SQLAlchemy's."""
    return cast("OneFlushConnection", connection.connection.dbapi_connection)
