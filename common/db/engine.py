"""The engine: how to reach the database, for how long to wait for it, and what its errors mean.

SQLAlchemy's pg8000, on a connection of our own (`common.db.connection`), which makes one round trip of a statement.
Statements run within transactions only, whose begin and settings cost nothing. What is taken from inside pg8000 here:
the socket of a connection (`_usock`), by which waits for the server are bounded; and the error's fields
(`args[0]["C"]`).
"""

import logging
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date, datetime, time
from functools import cache, partial
from typing import Any, TypeVar, cast

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from common.config import InvalidSettings, Settings
from common.db.connection import BEGIN, OneFlushConnection
from common.errors import Unavailable

CONNECT_TIMEOUT_SECONDS = 3
REPLY_TIMEOUT_SECONDS = 10
THREADS = 16  # a serverless instance answers one request at a time and opens one connection; a local server, several

FOREIGN_KEY_VIOLATION = "23503"
UNIQUE_VIOLATION = "23505"
CONNECTION_LOST = ("08", "57P01", "57P02", "57P03", "57P05", "25P03")  # the server said goodbye
TRY_AGAIN = ("40001", "40P01")  # serialization failure, deadlock: nothing was written
# No resources; a lock or a statement took too long; no log-in; no such database, table or column (not migrated yet).
OVERLOADED = ("53", "55P03", "57014", "28", "3D000", "42P01", "42703")

# A server that goes on waiting on behalf of a client that is gone keeps a session busy; a few of them, and nobody else
# is let in. Bound to the transaction, because settings of the session leak through poolers.
SERVER_GIVES_UP_FIRST = (
    f"{BEGIN}; set local statement_timeout = 8000; set local lock_timeout = 3000;"
    " set local idle_in_transaction_session_timeout = 10000"
)

T = TypeVar("T")


def normal_url(database_url: str) -> tuple[URL, str | None]:
    """Turn a URL as hosting providers hand them out into SQLAlchemy's, and its `sslmode` (None when not given).

    `postgres://` is accepted for `postgresql://`, a folder as `host` for its Unix socket. Parameters that only other
    drivers know (`channel_binding`, `pgbouncer`, …) are left out. Raises `InvalidSettings`, never with the URL in it.
    """
    refusal = InvalidSettings("DATABASE_URL: expected postgresql://user:password@host/database")
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        raise refusal from None
    if url.get_backend_name() not in ("postgres", "postgresql"):
        raise refusal
    options = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    host, port = url.host or options.get("host", "localhost"), str(url.port or options.get("port", 5432))
    if not port.isascii() or not port.isdigit():
        raise refusal
    unix_socket = options.get("unix_sock") or (f"{host}/.s.PGSQL.{port}" if host.startswith("/") else None)
    url = url.set(
        drivername="postgresql+pg8000",
        username=url.username or options.get("user", "postgres"),
        password=url.password or options.get("password"),
        host=None if unix_socket else host,
        port=None if unix_socket else int(port),
        query={"unix_sock": unix_socket} if unix_socket else {},
    )
    return url, options.get("sslmode")


def tls(url: URL, sslmode: str | None, ca_file: str | None) -> ssl.SSLContext | bool:
    """Return the TLS settings for a connection: the server's certificate is verified, or there is no TLS at all.

    Without TLS go Unix sockets, `sslmode=disable`, and the machine itself when nothing else is said. Any other
    `sslmode` gives verified TLS: a client that encrypts without verifying talks to whoever answers. `verify-ca` alone
    leaves the host's name unchecked, as it is defined to.
    """
    at_home = url.host in (None, "localhost", "127.0.0.1", "::1")
    if "unix_sock" in url.query or sslmode == "disable" or (at_home and sslmode in (None, "prefer", "allow")):
        return False
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise InvalidSettings("DATABASE_CA_FILE: expected a file with certificates (PEM)") from error
    context.check_hostname = sslmode != "verify-ca"
    return context


def engine_for(settings: Settings) -> Engine:
    """Return the engine for these settings: made on first use, kept for as long as the instance is warm."""
    if not settings.database_url:
        raise InvalidSettings("DATABASE_URL isn't set")
    return _engine(settings.database_url, settings.database_ca_file)


@cache
def _engine(database_url: str, ca_file: str | None) -> Engine:
    url, sslmode = normal_url(database_url)
    # Whatever breaks is told by our own log line; the pool would add the statement, over many lines.
    logging.getLogger("sqlalchemy.pool").setLevel(logging.CRITICAL)
    engine = create_engine(
        url,
        connect_args={"ssl_context": tls(url, sslmode, ca_file), "timeout": CONNECT_TIMEOUT_SECONDS},
        pool_size=THREADS,
        max_overflow=0,
        pool_timeout=CONNECT_TIMEOUT_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,  # an error's text may reach a log; the values in a statement may not
    )
    event.listen(engine, "do_connect", _connect)
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "handle_error", _distrust)
    return engine


def _connect(_dialect: object, _record: object, args: list[Any], options: dict[str, Any]) -> OneFlushConnection:
    return OneFlushConnection(*args, **options)


def _prepare_connection(connection: Any, _record: object) -> None:
    """Bound each wait for the server, and read dates and times with the standard library's own parser."""
    connection._usock.settimeout(REPLY_TIMEOUT_SECONDS)
    for oid, parse in ((1082, date.fromisoformat), (1083, time.fromisoformat), (1184, datetime.fromisoformat)):
        connection.register_in_adapter(oid, parse)


def _distrust(context: ExceptionContext) -> None:
    """Have SQLAlchemy throw away a connection after any error that isn't the server's own word on a statement.

    Whatever stops pg8000 in the middle (a socket that breaks, a value that it can't write or read) leaves replies
    unread, and the next statement would take them for its own: another caller's rows.
    """
    state = sqlstate(context.original_exception)
    if not state or state.startswith(CONNECTION_LOST):
        context.is_disconnect = True


def sqlstate(error: BaseException | None) -> str:
    """Return the SQLSTATE of a database error, or `""` when the server didn't say one (the connection broke, say)."""
    if isinstance(error, DBAPIError):
        error = error.orig
    fields = error.args[0] if error is not None and error.args else None
    return str(fields.get("C", "")) if isinstance(fields, dict) else ""


def wait_at_most(connection: Connection, seconds: float | None) -> None:
    """Bound each further wait for the server; None waits for as long as it takes."""
    _raw(connection)._usock.settimeout(seconds)


@contextmanager
def deadline(connection: Connection, seconds: float) -> Iterator[None]:
    """Cut the connection off when the time is up, whatever it waits for by then, and however many waits it takes."""
    cut_off = partial(_cut_off, _raw(connection)._usock)
    timer = threading.Timer(seconds, cut_off)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _cut_off(connected: socket.socket) -> None:
    with suppress(OSError):  # it is closed already
        socket.socket.shutdown(connected, socket.SHUT_RDWR)  # below TLS, which may be in the middle of a record


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
        if is_outage(error):
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
            state = sqlstate(error)
            may_be_committed = committing or (raw.commit_is_sent and not read_only)
            if may_be_committed and (not state or state.startswith(CONNECTION_LOST)):
                raise Unavailable(
                    "whether this was saved isn't known; please try again", outcome_unknown=True
                ) from error
            retriable = state.startswith((*CONNECTION_LOST, *TRY_AGAIN)) or (not state and not _timed_out(error))
            if is_last or committing or not retriable:
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


def read(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run `work`, which reads by one statement, in a transaction that takes one round trip. See `transact`."""

    def one_statement(connection: Connection) -> T:
        commit_follows(connection)
        return work(connection)

    return transact(engine, one_statement, read_only=True)


def _raw(connection: Connection) -> OneFlushConnection:
    return cast("OneFlushConnection", connection.connection.dbapi_connection)


def _timed_out(error: BaseException) -> bool:
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, TimeoutError) or isinstance(getattr(cause, "__cause__", None), TimeoutError)


def is_outage(error: BaseException) -> bool:
    """Whether the error says that the database is away or overloaded, rather than that a statement is wrong."""
    if isinstance(error, (OSError, PoolTimeout)):
        return True
    state = sqlstate(error)
    return isinstance(error, DBAPIError) and (
        not state or state.startswith((*CONNECTION_LOST, *TRY_AGAIN, *OVERLOADED))
    )
