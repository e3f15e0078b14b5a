"""The pool, and reading by it: what is promised of waiting, of errors and of trying again."""

import datetime
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pg8000.exceptions import DatabaseError
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import address_of
from common.db.connection import OneFlushConnection
from common.db.engine import engine_for, transact
from common.db.pool import MAX_CONNECTIONS, Pool, pool_for
from common.db.statements import Statement, name_of
from common.errors import Unavailable
from tests.proxy import proxy

WHO = "select pg_backend_pid()"


@pytest.fixture
def pool(settings: Settings) -> Iterator[Pool]:
    pool = pool_for(settings)
    yield pool
    pool.close()


def pid(pool: Pool) -> Any:
    row = pool.read(WHO, {})
    assert row is not None
    return row[0]


def test_answers_the_first_row_or_none(pool: Pool) -> None:
    statement = "select n, :word || ' ' || :word from generate_series(cast(:low as int), 3) as n where n > :low::int"
    assert pool.read(statement, {"low": 1, "word": "a:b"}) == [2, "a:b a:b"]
    assert pool.read(statement, {"low": 3, "word": "x"}) is None


def test_takes_one_round_trip_and_leaves_no_setting_and_no_transaction_behind(url: str) -> None:
    address = address_of(url)
    with proxy(str(address.unix_socket)) as running:
        there = Settings(database_url=f"postgresql://postgres@127.0.0.1:{running.port}/{address.database}")
        pool = pool_for(there)
        ours = pid(pool)
        running.round_trips = 0
        assert pool.read("select current_setting('statement_timeout'), :a", {"a": "x"}) == ["8s", "x"]
        assert running.round_trips == 1
        state = "select state, backend_xid from pg_stat_activity where pid = :pid"
        other = Pool(pool._connect)
        assert other.read(state, {"pid": ours}) == ["idle", None]
        pool.close()
        other.close()


def test_a_dead_connection_is_met_with_one_more_try(pool: Pool, administration: Engine) -> None:
    """Also when several are dead: the first one's end tells of the rest."""
    kept = [pool._connect() for _ in range(3)]
    pids = [connection.execute_simple(WHO).rows[0][0] for connection in kept]
    pool._idle.extend(kept)
    with administration.connect() as connection:
        for ended in pids:
            connection.execute(text(f"select pg_terminate_backend({ended}, 5000)"))
    assert pid(pool) not in pids
    assert len(pool._idle) == 1


def test_the_servers_word_on_a_statement_is_passed_on_and_the_connection_kept(pool: Pool) -> None:
    ours = pid(pool)
    with pytest.raises(DatabaseError, match="22012"):
        pool.read("select 1 / cast(:zero as int)", {"zero": 0})
    assert pid(pool) == ours


def test_a_value_that_the_driver_cannot_write_spoils_no_later_answer(pool: Pool) -> None:
    beyond = datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=14)))
    for number in range(5):
        with pytest.raises(OverflowError):
            pool.read("select cast(:at as timestamptz)", {"at": beyond})
        assert pool.read("select cast(:n as int)", {"n": number}) == [number]


def test_a_value_that_cannot_be_read_spoils_no_later_answer(pool: Pool) -> None:
    """It is met in the middle of the answer: the rest is never read."""
    for number in range(3):
        with pytest.raises(ValueError, match="infinity"):
            pool.read("select timestamptz 'infinity' where :n = :n", {"n": number})
        assert pool.read("select cast(:n as int)", {"n": number}) == [number]


def test_whoever_is_interrupted_leaves_no_connection_behind(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(OneFlushConnection, "handle_messages", interrupted)
        with pytest.raises(KeyboardInterrupt):
            pool.read("select 1", {})
    assert len(pool._idle) == 0
    assert pool.read("select 1", {}) == [1]


def test_a_deadlock_is_met_with_one_more_try(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on a new connection, as in a transaction of the engine's."""
    states = ["40P01"]
    pipeline = OneFlushConnection.pipeline

    def chosen(self: OneFlushConnection, statements: Any, **told: Any) -> Any:
        if states:
            statements = [Statement(f"do $$ begin raise exception using errcode = '{states.pop()}'; end $$")]
        return pipeline(self, statements, **told)

    monkeypatch.setattr(OneFlushConnection, "pipeline", chosen)
    assert pool.read("select cast(:n as int)", {"n": 1}) == [1]


def test_waiting_for_a_lock_ends_on_the_server_too(pool: Pool, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table held (id int)"))
    waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    with engine.begin() as holder:
        holder.execute(text("lock table held in access exclusive mode"))
        with pytest.raises(Unavailable):
            pool.read("select from held", {})
        assert holder.execute(waiting).scalar() == 0


def test_no_more_connections_than_threads(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes when all are taken waits for a turn, and for no longer than for the database itself."""
    for _ in range(MAX_CONNECTIONS):
        assert pool._permits.acquire(timeout=0)
    with monkeypatch.context() as patch:
        patch.setattr("common.db.pool.CONNECT_TIMEOUT_SECONDS", 0.1)
        with pytest.raises(Unavailable):
            pool.read("select 1", {})
    for _ in range(MAX_CONNECTIONS):
        pool._permits.release()
    with ThreadPoolExecutor(2 * MAX_CONNECTIONS) as threads:
        assert list(threads.map(lambda n: pool.read("select cast(:n as int)", {"n": n}), range(500))) == [
            [n] for n in range(500)
        ]
    assert len(pool._idle) <= MAX_CONNECTIONS


def kept_by_the_server(pool: Pool) -> Any:
    row = pool.read("select count(*) from pg_prepared_statements where statement like '% as generations'", {})
    assert row is not None
    return row[0]


def test_the_server_keeps_a_statement_and_its_plan_for_the_next_time(pool: Pool) -> None:
    """From the second on: who is at the other end is asked behind the first one's commit."""
    for n, kept in enumerate((0, 1, 1, 1)):
        assert pool.read("select cast(:n as int) as generations", {"n": n}) == [n]
        assert kept_by_the_server(pool) == kept
    assert pool.read("select cast(:n as int) + 1 as generations", {"n": 1}) == [2]
    assert kept_by_the_server(pool) == 2


def test_a_name_that_is_taken_is_met_with_one_more_try(pool: Pool) -> None:
    assert pool.read("select cast(:n as int)", {"n": 1}) == [1]
    taken = name_of("select cast($1 as int)", ()).decode()
    pool._idle[-1].execute_simple(f'prepare "{taken}" as select 2')
    assert pool.read("select cast(:n as int)", {"n": 3}) == [3]


@pytest.mark.parametrize(
    "change", ["alter table generations alter n type text", "deallocate all", "alter table generations add m int"]
)
def test_a_plan_that_went_stale_is_met_with_one_more_try(pool: Pool, engine: Engine, change: str) -> None:
    """A migration while the functions run; or somebody who clears a session away."""
    with engine.begin() as connection:
        connection.execute(text("create table generations (n int)"))
        connection.execute(text("insert into generations values (7)"))
    for _ in range(3):
        assert pool.read("select * from generations where :a = 'a'", {"a": "a"}) == [7]
    if change.startswith("alter"):
        with engine.begin() as connection:
            connection.execute(text(change))
    else:
        pool._idle[-1].execute_simple(change)
    expected = {"text": ["7"], "int": [7, None]}.get(change.rsplit(maxsplit=1)[-1], [7])
    for _ in range(3):
        assert pool.read("select * from generations where :a = 'a'", {"a": "a"}) == expected


def test_a_table_that_is_not_there_yet_is_an_outage(pool: Pool) -> None:
    """Deployed before its migration: not the caller's fault, and not for ever."""
    with pytest.raises(Unavailable):
        pool.read("select from nowhere", {})


def read_only(pool: Pool) -> None:
    """Let the sessions that are there take no writes any more, as after a failover."""
    for connection in pool._idle:
        connection.execute_simple("set session characteristics as transaction read only")


def test_a_session_that_takes_no_writes_any_more_is_met_with_one_more_try(pool: Pool, engine: Engine) -> None:
    """The server that was the primary has become a replica; the name leads to the new primary by now."""
    with engine.begin() as connection:
        connection.execute(text("create table things (n integer)"))
    before = pid(pool)
    read_only(pool)
    transact(engine, lambda c: c.execute(text("insert into things values (1)")))
    assert pid(pool) != before


def test_a_database_that_takes_no_writes_is_an_outage(
    pool: Pool, engine: Engine, url: str, administration: Engine
) -> None:
    """As in a provider's read-only mode: 503, with the time to try again, and not 500 for ever."""
    with engine.begin() as connection:
        connection.execute(text("create table things (n integer)"))
    with administration.connect() as connection:
        connection.execute(text(f"alter database {address_of(url).database} set default_transaction_read_only = on"))
    pool.close()
    with pytest.raises(Unavailable) as caught:
        transact(engine, lambda c: c.execute(text("insert into things values (1)")))
    assert (caught.value.outcome_unknown, caught.value.retry_after > 0) == (False, True)


def test_whatever_a_server_says_to_a_log_in_it_is_an_outage(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pooler that is full says FATAL, and XX000, which says nothing."""

    def full() -> OneFlushConnection:
        raise DatabaseError({"S": "FATAL", "C": "XX000", "M": "no more connections allowed (max_client_conn)"})

    monkeypatch.setattr(pool, "_connect", full)
    for _ in range(MAX_CONNECTIONS + 1):  # nor is a place in the pool lost by it
        with pytest.raises(Unavailable):
            pool.read("select 1", {})


def test_an_instance_holds_one_connection(settings: Settings) -> None:
    """What is read directly and what goes through SQLAlchemy are on the same one."""
    pool, engine = pool_for(settings), engine_for(settings)
    direct = pid(pool)
    assert transact(engine, lambda c: c.execute(text(WHO)).scalar()) == direct
    assert (pid(pool), len(pool._idle)) == (direct, 1)


def test_the_first_transaction_costs_what_the_tenth_does(url: str) -> None:
    """Nothing is asked of the server for SQLAlchemy's sake."""
    address = address_of(url)
    with proxy(str(address.unix_socket)) as running:
        there = Settings(database_url=f"postgresql://postgres@127.0.0.1:{running.port}/{address.database}")
        pid(pool_for(there))  # logs in
        spent = []
        for _ in range(10):
            running.round_trips = 0
            transact(engine_for(there), lambda c: c.execute(text("select cast(:n as integer)"), {"n": 1}).all())
            spent.append(running.round_trips)
        pool_for(there).close()
    assert spent == [2] * 10
