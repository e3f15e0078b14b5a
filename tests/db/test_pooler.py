"""Access through a transaction pooler, where clients share sessions."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import address_of
from common.db.engine import engine_for, transact
from common.db.pool import pool_for
from common.db.statements import Statement
from tests.builders import read
from tests.conftest import database_url
from tests.pooler import find_leftovers

CLIENTS = 16
STATEMENTS = int(os.environ.get("POOLER_STATEMENTS", "500"))

COMMIT = {"commit": True}
ECHO = "select cast(:client as integer), cast(:number as integer), repeat('x', cast(:number as integer))"


@pytest.fixture
def pooled(url: str, pooler: str, settings: Settings) -> Iterator[Settings]:
    """Settings of the test's database through PgBouncer in transaction mode, with two sessions for all clients."""
    through_pooler = replace(settings, database_url=database_url(pooler, str(address_of(url).database)))
    yield through_pooler
    pool_for(through_pooler).close()


def test_a_client_gets_only_its_own_rows(pooled: Settings, engine: Engine) -> None:
    """Sixteen clients send reads, transactions of two statements, writes with their commit, and failing statements."""
    with engine.begin() as connection:
        connection.execute(text("create table marks (client integer, number integer, primary key (client, number))"))
    echo = text(ECHO).execution_options(prepared=True)
    pool = pool_for(pooled)
    fail = text("select 1 / cast(:zero as integer)")
    add = text("insert into marks values (:client, :number)")

    def run(client: int) -> int:
        wrong = 0
        engine = engine_for(pooled)
        for number in range(STATEMENTS):
            values = {"client": client, "number": number % 50}
            expected = (client, number % 50, "x" * (number % 50))

            def read_twice(connection: Any, values: Any = values) -> list[Any]:
                return [connection.execute(echo, values).one() for _ in range(2)]

            def write(connection: Any, number: int = number) -> None:
                connection.execute(add, {"client": client, "number": number}, execution_options=COMMIT)

            kind = number % 5
            if kind == 4:
                wrong += pool.read(ECHO, values) != list(expected)
            elif kind == 0:
                wrong += read(engine, echo, values) != [expected]
            elif kind == 1:
                wrong += transact(engine, read_twice) != [expected, expected]
            elif kind == 2:
                transact(engine, write)
            else:
                with pytest.raises(Exception, match="22012"):
                    read(engine, fail, {"zero": 0})
        return wrong

    with ThreadPoolExecutor(CLIENTS) as threads:
        assert sum(threads.map(run, range(CLIENTS))) == 0
    assert {connection.is_direct_connection for connection in pool._idle} == {False}
    with engine.connect() as connection:
        count = connection.execute(text("select count(*) from marks")).scalar_one()
    assert count == CLIENTS * len(range(2, STATEMENTS, 5))


def test_sessions_keep_no_setting_and_no_statement(pooled: Settings) -> None:
    """A transaction that failed also leaves nothing in its session."""
    engine = engine_for(pooled)
    show = (
        text("select current_setting('statement_timeout') where :a = 'a'")
        .execution_options(prepared=True)
        .bindparams(a="a")
    )
    for _ in range(10):
        assert read(engine, show) == [("8s",)]
        with pytest.raises(Exception, match="22012"):
            transact(engine, lambda c: c.execute(text("select 1 / 0")))
        with engine.connect() as connection:
            assert connection.execute(show).scalar() == "0"
            names = connection.execute(text("select count(*) from pg_prepared_statements")).scalar()
            assert names == 0


def test_a_single_statement_has_a_time_out(pooled: Settings) -> None:
    """The time-out is sent together with the statement, so the pooler sends both to the same session."""
    pool = pool_for(pooled)
    for _ in range(4):
        connection = pool.acquire()
        sleep = Statement("select $1, pg_sleep(60)", ("a",), is_prepared=True)
        with pytest.raises(Exception, match="57014"):
            connection.pipeline([sleep], begin={"statement_timeout": "50"}, commit=True)
        pool.release(connection)
    assert find_leftovers(str(pooled.database_url)) == []


def test_find_leftovers_finds_settings_statements_locks_and_transactions(pooled: Settings) -> None:
    """Other tests call this function. It checks each of the pooler's sessions."""
    url = str(pooled.database_url)
    engine = engine_for(pooled)
    leaks = {
        "set lock_timeout = 5": "setting lock_timeout = 5",
        "prepare mine as select 1": "statement mine",
        "select pg_advisory_lock(7)": "advisory lock 7",
    }
    with engine.connect() as first, engine.connect() as second:
        second.execute(text("select 1"))
        for leak in leaks:
            first.execute(text(leak))
        assert find_leftovers(url) == ["a transaction"]
        first.commit()
        second.execute(text("set search_path to pg_catalog"))
        second.commit()
    assert sorted(find_leftovers(url)) == sorted([*leaks.values(), "setting search_path = pg_catalog"])
