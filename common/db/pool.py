"""The connection pool, with retries and time-outs for all access to the database.

Reads of a single statement use `Pool.read` and not SQLAlchemy, whose import would double the time of a cold instance's
first answer. Transactions use SQLAlchemy (`common.db.engine`) on the same connections
(`docs/decisions/reads-and-transactions.md`).
"""

import ssl
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from threading import BoundedSemaphore, Lock
from typing import Any, TypeVar

from common.config import InvalidSettings, Settings
from common.db.address import CONNECT_TIMEOUT_SECONDS, REPLY_TIMEOUT_SECONDS, connector_for
from common.db.connection import OneFlushConnection
from common.db.sqlstate import is_outage, is_retryable
from common.db.statements import TIMEOUTS, prepared
from common.errors import Unavailable

T = TypeVar("T")

MAX_CONNECTIONS = 16  # for the local server; a serverless instance answers one request at a time, with one connection


class Pool:
    """A thread-safe pool of connections to one database."""

    def __init__(self, connect: Callable[[], OneFlushConnection]) -> None:
        self._connect = connect
        self._idle: deque[OneFlushConnection] = deque()
        self._permits = BoundedSemaphore(MAX_CONNECTIONS)

    def acquire(self) -> OneFlushConnection:
        """Return a connection that the caller has to release; raise `Unavailable` if this fails."""
        if not self._permits.acquire(timeout=CONNECT_TIMEOUT_SECONDS):
            raise outage()
        with suppress(IndexError):
            return self._idle.pop()
        try:
            return self._connect()
        except BaseException as error:
            self._permits.release()
            if isinstance(error, ssl.SSLCertVerificationError):
                why = f"DATABASE_CA_FILE: the server's certificate can't be verified ({error.verify_message})"
                raise outage() from InvalidSettings(why)
            # Every error at log-in is an outage: there is no SQLSTATE for a full pooler, and pg8000 raises many kinds
            # of errors for an answer that it doesn't expect.
            if isinstance(error, Exception):
                raise outage() from error
            raise

    def release(self, connection: OneFlushConnection) -> None:
        """Take a connection back. If it can't be used again or is still in a transaction, close it.

        In this case, also close the idle connections, which are probably broken for the same reason.
        """
        try:
            if connection.is_usable and not connection._in_transaction:
                connection.is_commit_outcome_unknown = False  # this was about the transaction that has ended
                if connection._usock.gettimeout() != REPLY_TIMEOUT_SECONDS:
                    connection._usock.settimeout(REPLY_TIMEOUT_SECONDS)
                self._idle.append(connection)
            else:
                _close(connection)
                self.close()
        finally:
            self._permits.release()

    def close(self) -> None:
        """Close the idle connections."""
        with suppress(IndexError):
            while True:
                _close(self._idle.pop())

    def read(self, sql: str, values: Mapping[str, Any]) -> list[Any] | None:
        """Execute a statement, with values for its `:names`; return its first row, None if there is none.

        It takes one round trip.
        """
        (rows,) = self.execute((sql, values))
        return rows[0] if rows else None

    def execute(self, *statements: tuple[str, Mapping[str, Any]], prepare: bool = True) -> list[list[Any]]:
        """Execute statements, with values for their `:names`, in one transaction; return the rows of each.

        Without `prepare`, PostgreSQL plans each statement for its values.

        They take one round trip. The transaction may be executed twice: `retry_once` says which errors are retried, and
        which become `Unavailable`.
        """
        return retry_once(partial(self._execute, statements, prepare))

    def _execute(self, statements: Sequence[tuple[str, Mapping[str, Any]]], prepare: bool) -> list[list[Any]]:
        connection = self.acquire()
        try:
            messages = [prepared(sql, values)._replace(is_prepared=prepare) for sql, values in statements]
            answers = connection.pipeline(messages, begin=TIMEOUTS, commit=True)
        finally:
            self.release(connection)
        return [answer.rows or [] for answer in answers]


def retry_once(work: Callable[[], T]) -> T:
    """Do the work; retry it once if the retry is likely to succeed.

    Work that may have been committed has to raise `Unavailable`, which isn't retried (`common.db.engine` does this).

    The work is retried if its connection broke (but not if a time-out passed), if the server has become read-only, and
    after a deadlock, a serialization failure, or an error about a prepared statement (`PLAN_IS_STALE`). Raise
    `Unavailable` if the database can't be reached, isn't migrated yet, is overloaded, or doesn't answer within the time
    limit, or if the retry fails with a deadlock or a serialization failure.
    """
    for is_last in (False, True):
        try:
            return work()
        except Exception as error:
            if is_retryable(error) and not is_last:
                continue
            if is_outage(error):
                raise outage() from error
            raise
    raise AssertionError("unreachable")  # pragma: no cover


def outage() -> Unavailable:
    """Return the error for a database that can't be reached, or that can't do the work now."""
    return Unavailable("the database isn't available right now; please try again")


def _close(connection: OneFlushConnection) -> None:
    with suppress(Exception):  # a broken connection can't send the message
        if not connection.is_usable:  # closing sends a message: don't wait for the server
            connection._usock.settimeout(0)
        connection.close()


def pool_for(settings: Settings) -> Pool:
    """Return the pool for these settings. The pool is created on first use and cached."""
    key = (settings.database_url, settings.database_ca_file)
    with _lock:
        if key not in _pools:
            pool = Pool(connector_for(settings))
            for other in _pools.values():
                other.close()  # the settings have probably changed, and then these connections are unused
            _pools[key] = pool
        return _pools[key]


_pools: dict[tuple[str, str | None], Pool] = {}
_lock = Lock()
