"""The pool and `Pool.read`: time-outs, errors and retries."""

import datetime
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from time import monotonic
from typing import Any
from unittest.mock import Mock

import pytest
from pg8000.exceptions import DatabaseError, InterfaceError
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import REPLY_TIMEOUT_SECONDS, address_of
from common.db.connection import OneFlushConnection
from common.db.engine import engine_for, transact
from common.db.pool import MAX_CONNECTIONS, Pool, pool_for
from common.db.statements import Statement, name_of
from common.errors import Unavailable
from tests.proxy import proxy

BACKEND_PID = "select pg_backend_pid()"


@pytest.fixture
def pool(settings: Settings) -> Iterator[Pool]:
    pool = pool_for(settings)
    yield pool
    pool.close()


def pid(pool: Pool) -> Any:
    row = pool.read(BACKEND_PID, {})
    assert row is not None
    return row[0]


def test_read_returns_the_first_row_or_none(pool: Pool) -> None:
    statement = "select n, :word || ' ' || :word from generate_series(cast(:low as int), 3) as n where n > :low::int"
    assert pool.read(statement, {"low": 1, "word": "a:b"}) == [2, "a:b a:b"]
    assert pool.read(statement, {"low": 3, "word": "x"}) is None


def test_read_takes_one_round_trip_and_leaves_no_setting_and_no_transaction(url: str) -> None:
    address = address_of(url)
    with proxy(str(address.unix_socket)) as running:
        proxied = Settings(database_url=f"postgresql://postgres@127.0.0.1:{running.port}/{address.database}")
        pool = pool_for(proxied)
        ours = pid(pool)
        running.round_trips = 0
        assert pool.read("select current_setting('statement_timeout'), :a", {"a": "x"}) == ["8s", "x"]
        assert running.round_trips == 1
        state = "select state, backend_xid from pg_stat_activity where pid = :pid"
        other = Pool(pool._connect)
        assert other.read(state, {"pid": ours}) == ["idle", None]
        pool.close()
        other.close()


def test_a_read_on_a_dead_connection_is_retried(pool: Pool, administration: Engine) -> None:
    """When a read fails because its connection is dead, the pool also closes all idle connections."""
    connections = [pool._connect() for _ in range(3)]
    pids = [connection.execute_simple(BACKEND_PID).rows[0][0] for connection in connections]
    pool._idle.extend(connections)
    with administration.connect() as connection:
        for each in pids:
            connection.execute(text(f"select pg_terminate_backend({each}, 5000)"))
    assert pid(pool) not in pids
    assert len(pool._idle) == 1


def test_the_error_of_a_statement_is_raised_and_the_connection_stays_open(pool: Pool) -> None:
    ours = pid(pool)
    with pytest.raises(DatabaseError, match="22012"):
        pool.read("select 1 / cast(:zero as int)", {"zero": 0})
    assert pid(pool) == ours


def test_answers_are_correct_after_a_value_that_cannot_be_encoded(pool: Pool) -> None:
    beyond = datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=14)))
    for number in range(5):
        with pytest.raises(OverflowError):
            pool.read("select cast(:at as timestamptz)", {"at": beyond})
        assert pool.read("select cast(:n as int)", {"n": number}) == [number]


def test_answers_are_correct_after_a_value_that_cannot_be_decoded(pool: Pool) -> None:
    """The error is raised in the middle of the answer, and the rest of the answer is never read."""
    for number in range(3):
        with pytest.raises(ValueError, match="infinity"):
            pool.read("select timestamptz 'infinity' where :n = :n", {"n": number})
        assert pool.read("select cast(:n as int)", {"n": number}) == [number]


def test_an_interrupted_read_closes_its_connection(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(OneFlushConnection, "handle_messages", interrupt)
        with pytest.raises(KeyboardInterrupt):
            pool.read("select 1", {})
    assert len(pool._idle) == 0
    assert pool.read("select 1", {}) == [1]


def test_a_deadlock_is_retried(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    states = ["40P01"]
    pipeline = OneFlushConnection.pipeline

    def fail_once(self: OneFlushConnection, statements: Any, **options: Any) -> Any:
        if states:
            statements = [Statement(f"do $$ begin raise exception using errcode = '{states.pop()}'; end $$")]
        return pipeline(self, statements, **options)

    monkeypatch.setattr(OneFlushConnection, "pipeline", fail_once)
    assert pool.read("select cast(:n as int)", {"n": 1}) == [1]


def test_client_and_server_both_stop_waiting_for_a_lock(pool: Pool, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table held (id int)"))
    waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    with engine.begin() as holder:
        holder.execute(text("lock table held in access exclusive mode"))
        with pytest.raises(Unavailable):
            pool.read("select from held", {})
        assert holder.execute(waiting).scalar() == 0


def test_there_are_at_most_sixteen_connections(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """If all connections are in use, a thread waits for one. The wait has the same time-out as a new connection."""
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


def count_prepared(pool: Pool) -> Any:
    row = pool.read("select count(*) from pg_prepared_statements where statement like '% as generations'", {})
    assert row is not None
    return row[0]


def test_a_statement_is_prepared_from_the_second_read_on(pool: Pool) -> None:
    """Statements are prepared on direct connections only. The first read checks whether there is a pooler."""
    for n, count in enumerate((0, 1, 1, 1)):
        assert pool.read("select cast(:n as int) as generations", {"n": n}) == [n]
        assert count_prepared(pool) == count
    assert pool.read("select cast(:n as int) + 1 as generations", {"n": 1}) == [2]
    assert count_prepared(pool) == 2


def test_a_read_is_retried_if_the_session_has_another_statement_of_that_name(pool: Pool) -> None:
    assert pool.read("select cast(:n as int)", {"n": 1}) == [1]
    name = name_of("select cast($1 as int)", ()).decode()
    pool._idle[-1].execute_simple(f'prepare "{name}" as select 2')
    assert pool.read("select cast(:n as int)", {"n": 3}) == [3]


@pytest.mark.parametrize(
    "change", ["alter table generations alter n type text", "deallocate all", "alter table generations add m int"]
)
def test_a_read_with_a_stale_plan_is_retried(pool: Pool, engine: Engine, change: str) -> None:
    """A migration changed the table after the statement was prepared, or the prepared statement was deallocated."""
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


def test_a_missing_table_is_an_outage(pool: Pool) -> None:
    """The functions may be deployed before their migration runs."""
    with pytest.raises(Unavailable):
        pool.read("select from nowhere", {})


def make_sessions_read_only(pool: Pool) -> None:
    """Make the sessions of the idle connections read-only, as after a failover."""
    for connection in pool._idle:
        connection.execute_simple("set session characteristics as transaction read only")


def test_a_write_in_a_session_that_became_read_only_is_retried(pool: Pool, engine: Engine) -> None:
    """After a failover, the old primary is a replica. A new connection goes to the new primary."""
    with engine.begin() as connection:
        connection.execute(text("create table things (n integer)"))
    before = pid(pool)
    make_sessions_read_only(pool)
    transact(engine, lambda c: c.execute(text("insert into things values (1)")))
    assert pid(pool) != before


def test_a_write_to_a_read_only_database_is_an_outage(
    pool: Pool, engine: Engine, url: str, administration: Engine
) -> None:
    """Some hosting providers have a read-only mode. Then the answer is 503 with `Retry-After`, not 500."""
    with engine.begin() as connection:
        connection.execute(text("create table things (n integer)"))
    with administration.connect() as connection:
        connection.execute(text(f"alter database {address_of(url).database} set default_transaction_read_only = on"))
    pool.close()
    with pytest.raises(Unavailable) as caught:
        transact(engine, lambda c: c.execute(text("insert into things values (1)")))
    assert (caught.value.outcome_unknown, caught.value.retry_after > 0) == (False, True)


def test_every_error_at_log_in_is_an_outage(pool: Pool, monkeypatch: pytest.MonkeyPatch) -> None:
    """For example, a pooler with too many clients sends the SQLSTATE XX000, an internal error."""

    def reject() -> OneFlushConnection:
        raise DatabaseError({"S": "FATAL", "C": "XX000", "M": "no more connections allowed (max_client_conn)"})

    monkeypatch.setattr(pool, "_connect", reject)
    with pytest.raises(Unavailable):
        pool.read("select 1", {})
    assert pool._permits._value == MAX_CONNECTIONS  # the failed attempt has released its permit


@pytest.mark.parametrize("error", [AttributeError("no password"), KeyError("unknown message"), OSError("closed")])
def test_every_error_that_pg8000_raises_at_log_in_is_an_outage(
    pool: Pool, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(pool, "_connect", Mock(side_effect=error))
    with pytest.raises(Unavailable):
        pool.read("select 1", {})


def test_a_connection_whose_server_stops_reading_is_closed_without_a_wait(url: str) -> None:
    """The data that can't be sent stays in the buffer. Closing the connection doesn't wait until this data is sent."""
    address = address_of(url)
    with proxy(str(address.unix_socket)) as running:
        proxied = Settings(database_url=f"postgresql://postgres@127.0.0.1:{running.port}/{address.database}")
        pool = pool_for(proxied)
        connection = pool.acquire()
        running.is_deaf = True
        began = monotonic()
        with pytest.raises((InterfaceError, TimeoutError)):
            connection.pipeline([Statement("select $1", ("x" * 50_000_000,))], deadline=monotonic() + 0.3)
        pool.release(connection)
    assert monotonic() - began < REPLY_TIMEOUT_SECONDS


def test_reads_and_transactions_share_one_connection(settings: Settings) -> None:
    pool, engine = pool_for(settings), engine_for(settings)
    direct = pid(pool)
    assert transact(engine, lambda c: c.execute(text(BACKEND_PID)).scalar()) == direct
    assert (pid(pool), len(pool._idle)) == (direct, 1)


def test_the_first_transaction_takes_as_many_round_trips_as_the_tenth(url: str) -> None:
    """By default, SQLAlchemy would query the server's version and settings in the first transaction."""
    address = address_of(url)
    with proxy(str(address.unix_socket)) as running:
        proxied = Settings(database_url=f"postgresql://postgres@127.0.0.1:{running.port}/{address.database}")
        pid(pool_for(proxied))  # opens the connection
        round_trips = []
        for _ in range(10):
            running.round_trips = 0
            transact(engine_for(proxied), lambda c: c.execute(text("select cast(:n as integer)"), {"n": 1}).all())
            round_trips.append(running.round_trips)
        pool_for(proxied).close()
    assert round_trips == [2] * 10
