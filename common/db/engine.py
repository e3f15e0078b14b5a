"""The engine: transactions through SQLAlchemy, how long they wait, and when they are run again.

SQLAlchemy's pg8000, on a connection of our own (`common.db.connection`), which makes one round trip of a statement.
Statements run within transactions only, whose begin and settings cost no round trip. What is taken from inside pg8000
here is the socket of a connection (`_usock`), by which waits for the server are bounded.
"""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import ExecutionContext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from common.config import Settings
from common.db.address import CONNECT_TIMEOUT_SECONDS, REPLY_TIMEOUT_SECONDS, THREADS, connector_for
from common.db.connection import BEGIN, SERVER_GIVES_UP_FIRST, OneFlushConnection
from common.db.sqlstate import is_lost, is_outage, may_go_better
from common.errors import Unavailable

T = TypeVar("T")


def engine_for(settings: Settings) -> Engine:
    """Return the engine for these settings: made on first use, kept for as long as the instance is warm."""
    where = (settings.database_url, settings.database_ca_file)
    with _turn:
        if where not in _engines:
            made = _engine(connector_for(settings))
            for before in _engines.values():
                before.dispose()  # the database's URL was changed: its idle connections aren't asked for any more
            _engines[where] = made
        return _engines[where]


_engines: dict[tuple[str, str | None], Engine] = {}
_turn = Lock()


def _engine(connect: Callable[[], OneFlushConnection]) -> Engine:
    # Whatever breaks is told by our own log line; the pool would add the statement, over many lines.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    engine = create_engine(
        "postgresql+pg8000://",
        creator=connect,
        pool_size=THREADS,
        max_overflow=0,
        pool_timeout=CONNECT_TIMEOUT_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,  # an error's text may reach a log; the values in a statement may not
    )
    event.listen(engine, "handle_error", _distrust)
    event.listen(engine, "before_cursor_execute", _keep)
    return engine


def _keep(
    _connection: Connection, cursor: Any, _statement: str, _values: Any, context: ExecutionContext, _many: bool
) -> None:
    """Have the server keep statements that say so, `.execution_options(kept=True)`, where it can."""
    cursor.is_to_be_kept = context.execution_options.get("kept", False)


def _distrust(context: ExceptionContext) -> None:
    """Have SQLAlchemy throw away a connection after any error that isn't the server's own word on a statement.

    Whatever stops pg8000 in the middle (a socket that breaks, a value that it can't write or read) leaves replies
    unread, and the next statement would take them for its own: another caller's rows.
    """
    if is_lost(context.original_exception):
        context.is_disconnect = True


def wait_at_most(connection: Connection, seconds: float | None) -> None:
    """Bound each further wait for the server; None waits for as long as it takes."""
    _raw(connection)._usock.settimeout(seconds)


@contextmanager
def deadline(connection: Connection, seconds: float) -> Iterator[None]:
    """Give up when the time is up, whatever is waited for by then, and however many waits it takes."""
    raw = _raw(connection)
    raw.give_up_at = monotonic() + seconds
    try:
        yield
    finally:
        raw.give_up_at = None
        if raw._usock is not None:  # it isn't closed
            raw._usock.settimeout(REPLY_TIMEOUT_SECONDS)


def one_snapshot(connection: Connection) -> None:
    """Let all statements of this transaction see the same; to be said before the first of them."""
    connection.exec_driver_sql("set transaction isolation level repeatable read")


def transact(engine: Engine, work: Callable[[Connection], T], *, read_only: bool = False) -> T:
    """Run `work` in one transaction, which commits when it returns and rolls back when it raises.

    Runs it once more when nothing can have been written yet and a second try may well go better: the pooled connection
    turned out to be dead before the commit (or at it, if `work` only reads), or the server chose this transaction to
    end a deadlock. Raises `Unavailable` when the database can't be reached, can't cope, or keeps silent for too long.
    """
    with connected(engine) as connection:
        return in_transaction(connection, work, read_only=read_only)


@contextmanager
def connected(engine: Engine) -> Iterator[Connection]:
    """Lend a connection; whatever goes wrong with it, or on the way to it, is `Unavailable`."""
    try:
        with engine.connect() as connection:
            yield connection
    except (SQLAlchemyError, OSError) as error:
        if is_outage(error) or isinstance(error, PoolTimeout):
            raise Unavailable("the database can't be reached right now; please try again") from error
        raise


def in_transaction(connection: Connection, work: Callable[[Connection], T], *, read_only: bool = False) -> T:
    """Do what `transact` says, on a connection at hand."""
    for is_last in (False, True):
        committing = False
        raw = _raw(connection)
        try:
            with beginning_with(connection, SERVER_GIVES_UP_FIRST), connection.begin():
                result = work(connection)
                committing = not read_only
            return result
        except (DBAPIError, OSError) as error:
            may_be_committed = committing or (raw.commit_is_sent and not read_only)
            if may_be_committed and is_lost(error):
                raise Unavailable(
                    "whether this was saved isn't known; please try again", outcome_unknown=True
                ) from error
            if is_last or committing or not may_go_better(error):
                raise
    raise AssertionError("unreachable")  # pragma: no cover


@contextmanager
def beginning_with(connection: Connection, statement: str) -> Iterator[None]:
    """Let the next transaction begin with this statement: `BEGIN`, and settings that are bound to it."""
    raw = _raw(connection)
    raw.begin_with = statement
    try:
        yield
    finally:
        raw.begin_with = BEGIN


def commit_follows(connection: Connection) -> None:
    """Say that the next statement is the transaction's last: its commit is sent along with it."""
    _raw(connection).commits_next = True


def goes_ahead(connection: Connection) -> None:
    """Say that the next statement's rows aren't needed: it is sent along with the one after it, which may raise for it.

    It must be followed by another one in its transaction.
    """
    _raw(connection).goes_ahead = True


def read(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run `work`, which reads by one statement, in a transaction that takes one round trip. See `transact`."""

    def one_statement(connection: Connection) -> T:
        commit_follows(connection)
        return work(connection)

    return transact(engine, one_statement, read_only=True)


def _raw(connection: Connection) -> OneFlushConnection:
    return cast("OneFlushConnection", connection.connection.dbapi_connection)
