"""The engine: how to reach the database, for how long to wait for it, and what its errors mean.

pg8000 is used as SQLAlchemy ships it, within transactions only: in AUTOCOMMIT its statements take several round trips
without one, and behind a transaction pooler another client's statement slips in between (measured: wrong rows).

Two things are taken from inside pg8000, and guarded by a test, so its version is pinned exactly: the socket of a
connection (`_usock`), whose timeout bounds each wait for the server; and the error's fields (`args[0]["C"]`).
"""

import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from common.config import InvalidSettings, Settings
from common.errors import Unavailable

CONNECT_TIMEOUT_SECONDS = 3
REPLY_TIMEOUT_SECONDS = 10
THREADS = 16  # a serverless instance answers one request at a time and opens one connection; a local server, several

FOREIGN_KEY_VIOLATION = "23503"
UNIQUE_VIOLATION = "23505"
CONNECTION_LOST = ("08", "57P01", "57P02", "57P03", "57P05", "25P03")  # the server said goodbye
TRY_AGAIN = ("40001", "40P01")  # serialization failure, deadlock: nothing was written
OVERLOADED = (
    "53",
    "55P03",
    "57014",
    "28",
    "3D000",
    "42P01",
)  # no resources; cancelled; no log-in; no database; no table

T = TypeVar("T")


def normal_url(database_url: str) -> tuple[URL, str | None]:
    """Turn a URL as hosting providers hand them out into SQLAlchemy's, and its `sslmode` (None when not given).

    `postgres://` is accepted for `postgresql://`, a folder as `host` for its Unix socket. Parameters that only other
    drivers know (`channel_binding`, `pgbouncer`, …) are left out. Raises `InvalidSettings`, never with the URL in it.
    """
    try:
        url = make_url(database_url)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() not in ("postgres", "postgresql"):
        raise InvalidSettings("DATABASE_URL: expected postgresql://user:password@host/database")
    options = {name: value if isinstance(value, str) else value[-1] for name, value in url.query.items()}
    folder = options.get("host", "")
    socket = options.get("unix_sock") or (
        f"{folder}/.s.PGSQL.{options.get('port', 5432)}" if folder[:1] == "/" else None
    )
    url = url.set(
        drivername="postgresql+pg8000",
        username=url.username or "postgres",
        host=None if socket else url.host or "localhost",
        query={"unix_sock": socket} if socket else {},
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
    context = ssl.create_default_context(cafile=ca_file)
    context.check_hostname = sslmode != "verify-ca"
    return context


@cache
def engine_for(settings: Settings) -> Engine:
    """Return the engine for these settings: made on first use, kept for as long as the instance is warm."""
    if not settings.database_url:
        raise InvalidSettings("DATABASE_URL isn't set")
    url, sslmode = normal_url(settings.database_url)
    engine = create_engine(
        url,
        connect_args={"ssl_context": tls(url, sslmode, settings.database_ca_file), "timeout": CONNECT_TIMEOUT_SECONDS},
        pool_size=THREADS,
        max_overflow=0,
        pool_timeout=CONNECT_TIMEOUT_SECONDS,
        pool_use_lifo=True,
        hide_parameters=True,  # an error's text may reach a log; the values in a statement may not
    )
    event.listen(engine, "connect", _prepare_connection)
    event.listen(engine, "handle_error", _tell_lost_connections)
    return engine


def _prepare_connection(connection: Any, _record: object) -> None:
    """Bound each wait for the server, and read dates and times with the standard library's own parser."""
    connection._usock.settimeout(REPLY_TIMEOUT_SECONDS)
    for oid, parse in ((1082, date.fromisoformat), (1083, time.fromisoformat), (1184, datetime.fromisoformat)):
        connection.register_in_adapter(oid, parse)


def _tell_lost_connections(context: ExceptionContext) -> None:
    """Have SQLAlchemy throw away a connection that broke: pg8000 lets some socket errors through as they are."""
    error = context.original_exception
    if isinstance(error, OSError) or sqlstate(error).startswith(CONNECTION_LOST):
        context.is_disconnect = True


def sqlstate(error: BaseException | None) -> str:
    """Return the SQLSTATE of a database error, or `""` when the server didn't say one (the connection broke, say)."""
    if isinstance(error, DBAPIError):
        error = error.orig
    fields = error.args[0] if error is not None and error.args else None
    return str(fields.get("C", "")) if isinstance(fields, dict) else ""


def wait_at_most(connection: Connection, seconds: float) -> None:
    """Bound each further wait for the server; a connection that overruns is thrown away."""
    socket = connection.connection.dbapi_connection._usock  # type: ignore[union-attr]
    socket.settimeout(max(seconds, 0.001))  # 0 would mean: don't wait at all


def transact(engine: Engine, work: Callable[[Connection], T]) -> T:
    """Run `work` in one transaction, which commits when it returns and rolls back when it raises.

    Runs it once more when nothing can have been written yet and a second try may well go better: the pooled connection
    turned out to be dead before the commit, or the server chose this transaction to end a deadlock. Raises
    `Unavailable` when the database can't be reached, can't cope, or keeps silent for too long.
    """
    with connected(engine) as connection:
        return in_transaction(connection, work)


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


def in_transaction(connection: Connection, work: Callable[[Connection], T]) -> T:
    """Do what `transact` says, on a connection at hand."""
    for is_last in (False, True):
        committing = False
        try:
            with connection.begin():
                result = work(connection)
                committing = True
            return result
        except (DBAPIError, OSError) as error:
            state = sqlstate(error)
            retriable = state.startswith((*CONNECTION_LOST, *TRY_AGAIN)) or (not state and not _timed_out(error))
            if is_last or committing or not retriable:
                raise
    raise AssertionError("unreachable")  # pragma: no cover


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
