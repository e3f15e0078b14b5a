"""Connections, and the one place that keeps what is promised of them.

Waits are bounded; what broke is thrown away; what may well go better at once is done once more; the rest is
`Unavailable`. Reads of one statement come here directly (`Pool.read`): importing SQLAlchemy would be half of what it
costs a cold instance to answer (`docs/decisions/connection.md`). Transactions come through SQLAlchemy
(`common.db.engine`), on the same connections, so an instance that answers one request at a time holds one.
"""

import ssl
from collections import deque
from collections.abc import Callable, Mapping
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

MAX_CONNECTIONS = 16  # a serverless instance answers one request at a time and opens one; a local server, several


class Pool:
    """The connections to one database, kept while they are idle. Threads may share it."""

    def __init__(self, connect: Callable[[], OneFlushConnection]) -> None:
        self._connect = connect
        self._idle: deque[OneFlushConnection] = deque()
        self._permits = BoundedSemaphore(MAX_CONNECTIONS)

    def acquire(self) -> OneFlushConnection:
        """Return a connection, which has to be released; `Unavailable` when none can be had in time."""
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
            # Whatever a server says to a log-in (a pooler that is full has no SQLSTATE of its own for it), it is away;
            # pg8000 takes what it doesn't expect there for many kinds of errors.
            if isinstance(error, Exception):
                raise outage() from error
            raise

    def release(self, connection: OneFlushConnection) -> None:
        """Take a connection back; one that broke is closed, and the idle ones too: what happened to it, did to all."""
        try:
            if connection.is_usable and not connection._in_transaction:
                connection.is_commit_unanswered = False  # whoever sent that commit has been answered
                if connection._usock.gettimeout() != REPLY_TIMEOUT_SECONDS:
                    connection._usock.settimeout(REPLY_TIMEOUT_SECONDS)
                self._idle.append(connection)
            else:
                _close(connection)
                self.close()
        finally:
            self._permits.release()

    def close(self) -> None:
        """Close the connections that nobody is using."""
        with suppress(IndexError):
            while True:
                _close(self._idle.pop())

    def read(self, sql: str, values: Mapping[str, Any]) -> list[Any] | None:
        """Return the first row that the statement, with its `:names` filled in, answers; None when there is none.

        One round trip, in a transaction of its own. Raises `Unavailable` as `twice` does.
        """
        return twice(partial(self._read, sql, values))

    def _read(self, sql: str, values: Mapping[str, Any]) -> list[Any] | None:
        connection = self.acquire()
        try:
            (answer,) = connection.pipeline([prepared(sql, values)], begin=TIMEOUTS, commit=True)
        finally:
            self.release(connection)
        return answer.rows[0] if answer.rows else None


def twice(work: Callable[[], T]) -> T:
    """Do the work, and do it once more when nothing can have been written and a second try may well go better.

    That is when the connection turned out to be dead, or of a server that takes no writes any more, or the server chose
    this transaction to end a deadlock. Raises `Unavailable` when the database can't be reached, can't cope, or keeps
    silent for too long.
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
    """Return what is told of a database that can't be reached."""
    return Unavailable("the database can't be reached right now; please try again")


def _close(connection: OneFlushConnection) -> None:
    with suppress(Exception):  # where it is broken, that is why it goes
        if not connection.is_usable:  # nobody may take a goodbye, or what is left of what was sent before
            connection._usock.settimeout(0)
        connection.close()


def pool_for(settings: Settings) -> Pool:
    """Return the pool for these settings: made on first use, kept for as long as the instance is warm."""
    where = (settings.database_url, settings.database_ca_file)
    with _lock:
        if where not in _pools:
            made = Pool(connector_for(settings))
            for before in _pools.values():
                before.close()  # the database's URL was changed: its idle connections aren't asked for any more
            _pools[where] = made
        return _pools[where]


_pools: dict[tuple[str, str | None], Pool] = {}
_lock = Lock()
