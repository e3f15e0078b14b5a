"""Statements to send: numbered values, names of prepared statements, and settings of a transaction."""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

from pg8000.legacy import convert_paramstyle

TransactionSettings = Mapping[str, str]
"""Settings of a transaction, by name. Settings of the session would leak through poolers."""

NO_SETTINGS: TransactionSettings = {}

# A database's default may be another style than the one that we parse. On Citus, the coordinator also writes dates for
# a worker in its own style, and the worker may read another one.
ISO_DATES: TransactionSettings = {"datestyle": "ISO"}

# Without time-outs, sessions whose client has gone would go on waiting, until the server has no session left.
TIMEOUTS: TransactionSettings = {
    **ISO_DATES,
    "statement_timeout": "8000",
    "lock_timeout": "3000",
    "idle_in_transaction_session_timeout": "10000",
}

NAMED_VALUE = re.compile(r"(?<![:\w]):(\w+)")


class Statement(NamedTuple):
    """A statement to send, with its values as `$1`, `$2`, …; without values, it may contain several commands.

    With `is_prepared`, the server keeps the statement and its plan, if the connection is direct.
    """

    sql: str
    values: Sequence[Any] = ()
    oids: Sequence[int] = ()
    is_prepared: bool = False


def prepared(sql: str, values: Mapping[str, Any]) -> Statement:
    """Return a prepared statement, with values for its `:names`."""
    with_numbers, names = _numbered_names(sql)
    return Statement(with_numbers, [values[name] for name in names], is_prepared=True)


@cache
def _numbered_names(sql: str) -> tuple[str, list[str]]:
    names = list(dict.fromkeys(NAMED_VALUE.findall(sql)))
    return NAMED_VALUE.sub(lambda match: f"${names.index(match[1]) + 1}", sql), names


def begin_with(settings: TransactionSettings) -> str:
    """Return the commands that begin a transaction with these settings."""
    return "; ".join(["begin transaction", *(f"set local {name} = '{value}'" for name, value in settings.items())])


def set_locally(settings: TransactionSettings) -> Statement:
    """Return a statement that makes these settings in a transaction that wasn't begun with `begin_with`.

    The first column of its row is the process id of the server's session.
    """
    columns = ["pg_backend_pid()", *(f"set_config('{name}', '{value}', true)" for name, value in settings.items())]
    return Statement(f"select {', '.join(columns)}", is_prepared=True)


@lru_cache(maxsize=200)
def numbered(sql: str) -> str:
    """Return a statement with `$1` for `%s`. It is cached, because pg8000 takes a third of a millisecond for it."""
    return str(convert_paramstyle("format", sql, ())[0])


@lru_cache(maxsize=200)
def name_of(sql: str, oids: tuple[int, ...]) -> bytes:
    """Derive a statement's name from its text and the types of its values, so that names are unique."""
    return sha256(f"{oids} {sql}".encode()).hexdigest()[:32].encode()


def array(values: Iterable[object]) -> str:
    """Return PostgreSQL's text of an array of dates, times, numbers, ids or plain words, for `cast(:values as …[])`.

    pg8000 can write lists too, but looks up the type of each element, which is slower.
    """
    return f"{{{','.join(map(str, values))}}}"
