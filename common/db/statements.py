"""Statements as they are sent: with numbered values, under the name by which a server keeps them, and with settings."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from pg8000.legacy import convert_paramstyle

TransactionSettings = Mapping[str, str]
"""Bound to a transaction, because settings of the session leak through poolers."""

NO_SETTINGS: TransactionSettings = {}

# A database may be set to another style than that in which dates are read here. And on Citus, the coordinator writes a
# statement's dates in its own style for a worker, which may be set to another one.
ISO_DATES: TransactionSettings = {"datestyle": "ISO"}

# A server that goes on waiting on behalf of a client that is gone keeps a session busy; a few of them, and nobody else
# is let in.
TIMEOUTS: TransactionSettings = {
    **ISO_DATES,
    "statement_timeout": "8000",
    "lock_timeout": "3000",
    "idle_in_transaction_session_timeout": "10000",
}

NAMED_VALUE = re.compile(r"(?<![:\w]):(\w+)")


class Statement(NamedTuple):
    """A statement to be sent: its values are `$1`, `$2`, …; without values, it may hold several commands.

    A server at the other end keeps one that `is_prepared`, and its plan, for the next time.
    """

    sql: str
    values: Sequence[Any] = ()
    oids: Sequence[int] = ()
    is_prepared: bool = False


def prepared(sql: str, values: Mapping[str, Any]) -> Statement:
    """Return a statement whose `:names` are values; it is to be kept by the server."""
    with_numbers, names = _numbered_names(sql)
    return Statement(with_numbers, [values[name] for name in names], is_prepared=True)


@cache
def _numbered_names(sql: str) -> tuple[str, list[str]]:
    names = list(dict.fromkeys(NAMED_VALUE.findall(sql)))
    return NAMED_VALUE.sub(lambda found: f"${names.index(found[1]) + 1}", sql), names


def begin_with(settings: TransactionSettings) -> str:
    """Return the commands that begin a transaction with these settings."""
    return "; ".join(["begin transaction", *(f"set local {name} = '{value}'" for name, value in settings.items())])


def set_locally(settings: TransactionSettings) -> Statement:
    """Return the statement that makes these settings where no command begins the transaction.

    The first column of its answer is the number of the server's process.
    """
    columns = ["pg_backend_pid()", *(f"set_config('{name}', '{value}', true)" for name, value in settings.items())]
    return Statement(f"select {', '.join(columns)}", is_prepared=True)


@lru_cache(maxsize=200)
def numbered(sql: str) -> str:
    """Return a statement with `$1` for `%s`; pg8000 finds them character by character, in a third of a millisecond."""
    return str(convert_paramstyle("format", sql, ())[0])


@lru_cache(maxsize=200)
def name_of(sql: str, oids: tuple[int, ...]) -> bytes:
    """Derive a statement's name from it and the types of its values, so that no other one is taken for it."""
    return sha256(f"{oids} {sql}".encode()).hexdigest()[:32].encode()


def array(values: Iterable[object]) -> str:
    """Return an array of dates, times, numbers, ids or plain words as PostgreSQL reads it, for `cast(:values as …[])`.

    pg8000 writes lists, too, but looks up for each element how.
    """
    return f"{{{','.join(map(str, values))}}}"
