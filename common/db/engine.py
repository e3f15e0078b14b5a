"""Transactions through SQLAlchemy, on the connections of `common.db.pool`.

SQLAlchemy's pg8000, but for three things: its connections come from the pool and go back there; what is known of the
server isn't asked for; and what is sent together with a statement is said with it, as execution options: `begin` (the
settings of the transaction, if it is the first statement), `commit` (whether it is the last), `deadline` (by the
monotonic clock) and `prepared` (whether the server keeps it). What is taken from inside pg8000 here is the socket of a
connection (`_usock`), by which waits for the server are bounded.
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
from common.db.pool import Pool, pool_for, twice
from common.db.statements import NO_SETTINGS, TIMEOUTS, prepared
from common.errors import Unavailable

T = TypeVar("T")

SENT_WITH_A_STATEMENT = ("begin", "commit", "deadline", "prepared")


class Dialect(PGDialect_pg8000):
    """SQLAlchemy's pg8000 on connections of a pool of ours, which it takes from there by `create_engine(creator=…)`."""

    supports_statement_cache = True

    def __init__(self, connections: Pool, **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        self._connections = connections

    def initialize(self, connection: Connection) -> None:
        """Take for known what SQLAlchemy would ask for in six exchanges at an instance's first transaction."""
        self.server_version_info = (15,)  # the oldest that is supported
        self.default_schema_name = "public"
        self.default_isolation_level = "READ COMMITTED"
        self._backslash_escapes = False  # PostgreSQL's default since version 9.1

    def do_execute(self, cursor: Any, statement: str, parameters: Any, context: ExecutionContext | None = None) -> None:
        """Execute, with what is to be sent along."""
        options = context.execution_options if context is not None else {}
        cursor.execute(statement, parameters, **{n: options[n] for n in SENT_WITH_A_STATEMENT if n in options})

    def do_executemany(
        self, cursor: Any, statement: str, parameters: Any, context: ExecutionContext | None = None
    ) -> None:
        """Execute for each of the parameters, in a transaction that begins as it was said."""
        options = context.execution_options if context is not None else {}
        if not cursor._c._in_transaction and not cursor._c.autocommit:
            cursor._c.pipeline([], begin=options.get("begin", NO_SETTINGS))
        cursor.executemany(statement, parameters)

    def get_isolation_level_values(self, dbapi_connection: Any) -> tuple[IsolationLevel, ...]:
        """Return what there is: other levels would be settings of the session, which leak through poolers."""
        return ("AUTOCOMMIT", "READ COMMITTED")

    def set_isolation_level(self, dbapi_connection: Any, level: str) -> None:
        """Begin transactions, or not."""
        dbapi_connection.autocommit = level == "AUTOCOMMIT"

    def do_close(self, dbapi_connection: Any) -> None:
        """Give a connection back."""
        self._connections.release(dbapi_connection)


def engine_for(settings: Settings) -> Engine:
    """Return the engine for these settings: made on first use, kept for as long as the instance is warm."""
    return _engine(pool_for(settings))


@cache
def _engine(pool: Pool) -> Engine:
    # Whatever breaks is told by our own log line; the pool would add the statement, over many lines.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    registry.register("postgresql.slotledger", __name__, Dialect.__name__)
    engine = create_engine(
        "postgresql+slotledger://",
        creator=pool.acquire,
        connections=pool,
        poolclass=NullPool,
        hide_parameters=True,  # an error's text may reach a log; the values in a statement may not
    )
    event.listen(engine, "engine_disposed", lambda _: pool.close())
    return engine


def transact(engine: Engine, work: Callable[[Connection], T], *, read_only: bool = False) -> T:
    """Run `work` in one transaction, which commits when it returns and rolls back when it raises.

    It is run again, or `Unavailable`, as `common.db.pool.twice` says. Where the connection broke at the commit, that
    says `outcome_unknown`; not of work that is `read_only`.
    """

    def attempt() -> T:
        with engine.connect() as connection:
            return in_transaction(connection, work, read_only=read_only)

    return twice(attempt)


def in_transaction(connection: Connection, work: Callable[[Connection], T], *, read_only: bool = False) -> T:
    """Run `work` once in a transaction of this connection."""
    driver = driver_of(connection)
    try:
        with connection.execution_options(begin=TIMEOUTS).begin():
            return work(connection)
    except Exception as error:
        if driver.is_commit_unanswered and not read_only:
            raise Unavailable("whether this was saved isn't known; please try again", outcome_unknown=True) from error
        raise


def pipeline(
    connection: Connection, *statements: tuple[str, Mapping[str, Any]], commit: bool = False
) -> list[list[list[Any]]]:
    """Send statements, with their `:names` filled in, in one round trip; return the rows of each.

    The server executes one after the other, so each sees what the one before it did, and waited for; where one fails,
    those after it aren't executed, nor is the `commit`.
    """
    driver = driver_of(connection)
    begin = None if driver._in_transaction else connection.get_execution_options().get("begin")
    answers = driver.pipeline([prepared(sql, values) for sql, values in statements], begin=begin, commit=commit)
    return [answer.rows or [] for answer in answers]


def wait_at_most(connection: Connection, seconds: float | None) -> None:
    """Bound each further wait for the server; None waits for as long as it takes."""
    driver_of(connection)._usock.settimeout(seconds)


def driver_of(connection: Connection) -> OneFlushConnection:
    """Return pg8000's connection behind SQLAlchemy's."""
    return cast("OneFlushConnection", connection.connection.dbapi_connection)
