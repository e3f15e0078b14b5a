"""Reading by one statement, without SQLAlchemy.

What the public asks for most, a tutor's availability, needs no more than this, and importing SQLAlchemy would be half
of what it costs a cold instance to answer (`docs/decisions/cold-start.md`). Everything else goes through
`common.db.engine`; what is promised of waiting, of errors and of trying again is the same here and there.
"""

import re
from collections import deque
from collections.abc import Callable, Mapping
from functools import cache
from threading import BoundedSemaphore, Lock
from typing import Any

from pg8000.exceptions import Error

from common.config import Settings
from common.db.address import CONNECT_TIMEOUT_SECONDS, THREADS, connector_for
from common.db.connection import BEGIN, SERVER_GIVES_UP_FIRST, OneFlushConnection
from common.db.sqlstate import is_lost, is_outage, may_go_better
from common.errors import Unavailable

NAME = re.compile(r"(?<!:):(\w+)")


class Reader:
    """Answers statements, each on a connection that it keeps for the next one. Threads may share it."""

    def __init__(self, connect: Callable[[], OneFlushConnection]) -> None:
        self._connect = connect
        self._idle: deque[OneFlushConnection] = deque()
        self._turns = BoundedSemaphore(THREADS)

    def read(self, statement: str, values: Mapping[str, Any]) -> list[Any] | None:
        """Return the first row that the statement, with its `:names` filled in, answers; None when there is none.

        One round trip, in a transaction of its own. Raises `Unavailable` as `common.db.engine.transact` does.
        """
        outage = Unavailable("the database can't be reached right now; please try again")
        if not self._turns.acquire(timeout=CONNECT_TIMEOUT_SECONDS):
            raise outage
        try:
            return self._read(statement, values)
        except (Error, OSError) as error:
            if is_outage(error):
                raise outage from error
            raise
        finally:
            self._turns.release()

    def _read(self, statement: str, values: Mapping[str, Any]) -> list[Any] | None:
        connection = self._kept() or self._connect()
        try:
            return self._ask(connection, statement, values)
        except (Error, OSError) as error:
            if not may_go_better(error):
                raise
            if is_lost(error):
                self.close()  # what went wrong with this one (the server started anew, say) went wrong with all
        return self._ask(self._kept() or self._connect(), statement, values)

    def _kept(self) -> OneFlushConnection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _ask(self, connection: OneFlushConnection, statement: str, values: Mapping[str, Any]) -> list[Any] | None:
        numbered, names = _numbered(statement)
        is_trusted = False
        try:
            connection.begin_with = SERVER_GIVES_UP_FIRST
            connection.execute_simple(BEGIN)
            connection.commits_next = True
            rows = connection.execute_kept(numbered, [values[name] for name in names]).rows
            is_trusted = True
            return rows[0] if rows else None
        except Exception as error:
            # After anything but the server's own word, whatever it is, replies may be unread; another caller would
            # take them for answers to what it asked.
            is_trusted = not is_lost(error)
            raise
        finally:
            if is_trusted:
                self._idle.append(connection)
            else:
                _discard(connection)

    def close(self) -> None:
        """Close the connections that nobody is using."""
        while (connection := self._kept()) is not None:
            _discard(connection)


def _discard(connection: OneFlushConnection) -> None:
    try:
        connection.close()
    except Exception:  # it is broken, which is why it goes
        return


@cache
def _numbered(statement: str) -> tuple[str, list[str]]:
    """Return a statement with `$1` for its first `:name`, and the names in the order of their numbers."""
    names = list(dict.fromkeys(NAME.findall(statement)))
    return NAME.sub(lambda found: f"${names.index(found[1]) + 1}", statement), names


def reader_for(settings: Settings) -> Reader:
    """Return the reader for these settings: made on first use, kept for as long as the instance is warm."""
    where = (settings.database_url, settings.database_ca_file)
    with _turn:
        if where not in _readers:
            made = Reader(connector_for(settings))
            for before in _readers.values():
                before.close()  # as in `common.db.engine.engine_for`
            _readers[where] = made
        return _readers[where]


_readers: dict[tuple[str, str | None], Reader] = {}
_turn = Lock()
