import datetime
import socket
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from time import monotonic
from typing import Any
from unittest.mock import Mock

import pytest
from pg8000.exceptions import InterfaceError
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from common.config import Settings
from common.db.address import address_of
from common.db.connection import OneFlushConnection
from common.db.engine import engine_for, set_reply_timeout, transact
from common.db.pool import MAX_CONNECTIONS, pool_for
from common.db.sqlstate import sqlstate
from common.errors import Unavailable
from tests.builders import read
from tests.proxy import proxy

HANG_LIMIT_SECONDS = 60


def test_pg8000_has_the_internals_that_the_engine_uses(engine: Engine) -> None:
    """Before you pin another version, check all internals that `common/db/engine.py` and `address.py` use."""
    assert version("pg8000") == "1.31.6"
    with engine.connect() as connection:
        assert connection.connection.dbapi_connection._usock.gettimeout() == 10  # type: ignore[union-attr]
        with pytest.raises(DBAPIError) as caught:
            connection.execute(text("select 1 / 0"))
    assert sqlstate(caught.value) == "22012"
    assert sqlstate(OSError()) == sqlstate(None) == ""


@pytest.mark.parametrize("dead_connections", [1, 3])
def test_work_on_a_dead_connection_is_retried(engine: Engine, administration: Engine, dead_connections: int) -> None:
    """When a transaction fails because its connection is dead, the pool also closes all idle connections."""
    connections = [engine.connect() for _ in range(dead_connections)]
    pids = [connection.execute(text("select pg_backend_pid()")).scalar() for connection in connections]
    for connection in connections:
        connection.close()
    with administration.connect() as connection:
        for pid in pids:
            connection.execute(text(f"select pg_terminate_backend({pid}, 5000)"))
    assert transact(engine, lambda c: c.execute(text("select pg_backend_pid()")).scalar()) not in pids


def test_a_read_is_retried_if_its_connection_breaks_at_the_commit(engine: Engine, administration: Engine) -> None:
    """A read writes nothing, so the outcome of its commit doesn't matter."""
    pids: list[Any] = []

    def work(connection: Any) -> None:
        pids.append(connection.execute(text("select pg_backend_pid()")).scalar())
        if len(pids) == 1:
            with administration.connect() as other:
                other.execute(text(f"select pg_terminate_backend({pids[0]}, 5000)"))

    transact(engine, work, read_only=True)
    assert len(set(pids)) == 2


def select_number(number: int, connection: Any) -> Any:
    return connection.execute(text("select cast(:n as int)"), {"n": number}).scalar()


def test_answers_are_correct_after_a_value_that_cannot_be_encoded(engine: Engine) -> None:
    """The statements after the error must not get answers to the statement that failed."""
    beyond = datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=14)))
    for number in range(5):
        with pytest.raises(OverflowError):
            transact(engine, lambda c: c.execute(text("select cast(:at as timestamptz)"), {"at": beyond}))
        for _ in range(3):
            assert transact(engine, partial(select_number, number)) == number


def test_a_deadline_limits_the_sum_of_all_waits(engine: Engine) -> None:
    """Each wait is shorter than the time until the deadline, but all waits together take longer."""
    began = monotonic()

    def wait_often(connection: Any) -> None:
        deadline = monotonic() + 0.3
        while True:
            connection.execute(text("select pg_sleep(0.1)"), execution_options={"deadline": deadline})

    with engine.connect() as connection, pytest.raises((DBAPIError, TimeoutError)):
        wait_often(connection)
    assert monotonic() - began < 10
    assert transact(engine, lambda c: c.execute(text("select 1")).scalar()) == 1


def test_nothing_is_sent_after_the_deadline(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message isn't written to the buffer either, because closing the connection would send the buffer."""
    sent: list[Any] = []

    def write(connection: Any) -> None:
        connection.execute(text("select cast(:n as int)"), {"n": 1}, execution_options={"deadline": monotonic()})

    with engine.connect() as connection, monkeypatch.context() as patch:
        patch.setattr(OneFlushConnection, "_send_message", lambda _, *message: sent.append(message))
        with pytest.raises(DBAPIError, match="the time is up"):
            write(connection)
    assert sent == []


def test_client_and_server_both_stop_waiting_for_a_lock(engine: Engine) -> None:
    """If sessions waited longer than their clients, the server would soon have no free session."""
    with engine.begin() as connection:
        connection.execute(text("create table held (id int)"))
    waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    with engine.begin() as holder:
        holder.execute(text("lock table held in access exclusive mode"))
        with pytest.raises(Unavailable):
            transact(engine, lambda connection: connection.execute(text("select from held")))
        assert holder.execute(waiting).scalar() == 0


def test_a_deadlock_is_retried(engine: Engine) -> None:
    """The server rolls back one of the two transactions, so it is safe to retry this transaction."""
    with engine.begin() as connection:
        connection.execute(text("create table pair (id int primary key)"))
        connection.execute(text("insert into pair values (1), (2)"))
    first_lock = threading.Barrier(2, timeout=30)
    tries: list[int] = []

    def take(first: int, second: int) -> None:
        def work(connection: Any) -> None:
            tries.append(first)
            connection.execute(text("select from pair where id = :id for update"), {"id": first})
            if tries.count(first) == 2:
                return  # the retry takes no second lock
            first_lock.wait()
            connection.execute(text("select from pair where id = :id for update"), {"id": second})

        transact(engine, work)

    threads = [threading.Thread(target=take, args=pair) for pair in ((1, 2), (2, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(tries) in ([1, 1, 2], [1, 2, 2])


def test_a_prepared_statement_with_a_stale_plan_is_retried(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table generations as select 7 as n"))
    statement = text("select * from generations where :a = 'a'").execution_options(prepared=True)
    prepared = text("select count(*) from pg_prepared_statements where statement like '%generations%'")
    for _ in range(3):
        assert read(engine, statement, {"a": "a"}) == [(7,)]
    assert read(engine, prepared) == [(1,)]
    with engine.begin() as connection:
        connection.execute(text("alter table generations alter n type text"))
    for _ in range(3):
        assert read(engine, statement, {"a": "a"}) == [("7",)]


def test_a_statement_that_fails_stays_prepared(engine: Engine) -> None:
    """The server has parsed the statement. If it is parsed again under the same name, the server sends an error."""
    statement = text("select 1 / cast(:n as int)").execution_options(prepared=True)
    for n in (1, 0, 0, 1, 0):
        if n:
            assert read(engine, statement, {"n": n}) == [(1,)]
        else:
            with pytest.raises(DBAPIError, match="22012"):
                read(engine, statement, {"n": n})
    with engine.connect() as connection:
        assert connection.connection.dbapi_connection.is_direct_connection  # type: ignore[union-attr]


def test_work_is_not_retried_if_the_outcome_of_its_commit_is_unknown(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit may have taken effect. A caller may repeat the request: an edit that took effect changes nothing."""
    read_answer = OneFlushConnection.handle_messages
    runs: list[int] = []

    def cut(self: OneFlushConnection, context: Any) -> None:
        read_answer(self, context)
        if context.statement == "commit":
            raise InterfaceError("network error")

    def work(connection: Any) -> None:
        connection.execute(text("select 1"))
        runs.append(1)

    monkeypatch.setattr(OneFlushConnection, "handle_messages", cut)
    with pytest.raises(Unavailable) as caught:
        transact(engine, work)
    assert (runs, caught.value.outcome_unknown) == ([1], True)


@pytest.mark.parametrize("options", [{}, {"commit": True}])
@pytest.mark.parametrize("state", ["08006", "XX000", "57014", "40001", "23514"])
def test_a_commit_that_fails_with_some_errors_may_have_taken_effect(
    engine: Engine, state: str, options: dict[str, Any]
) -> None:
    """Citus and poolers send 08…, XX… or 57014 if a node fails at the commit. After other errors, nothing is saved."""
    with engine.begin() as connection:
        connection.execute(text("create table things (n integer)"))
        fail = f"begin raise exception using errcode = '{state}'; end"
        connection.execute(text(f"create function fail() returns trigger language plpgsql as $$ {fail} $$"))
        when = "after insert on things deferrable initially deferred for each row"
        connection.execute(text(f"create constraint trigger at_the_commit {when} execute function fail()"))
    runs: list[int] = []

    def work(connection: Any) -> None:
        runs.append(1)
        connection.execute(text("insert into things values (1)"), execution_options=options)

    with pytest.raises((Unavailable, DBAPIError)) as caught:
        transact(engine, work)
    outcome_unknown = getattr(caught.value, "outcome_unknown", None)
    expected = {"40001": (2, False), "23514": (1, None)}
    assert (len(runs), outcome_unknown) == expected.get(state, (1, True))


@pytest.mark.parametrize("state", ["08006", "57P01"])
def test_work_is_retried_on_the_same_connection_if_the_server_lost_another_node(engine: Engine, state: str) -> None:
    """Citus reports this error if a worker fails. The session on the coordinator can still be used."""
    sessions: list[int] = []

    def work(connection: Any) -> None:
        sessions.append(connection.execute(text("select pg_backend_pid()")).scalar())
        connection.execute(text(f"do $$ begin raise exception using errcode = '{state}'; end $$"))

    with pytest.raises(Unavailable) as caught:
        transact(engine, work)
    assert (len(sessions), len(set(sessions)), caught.value.outcome_unknown) == (2, 1, False)


@pytest.mark.parametrize("host", ["socket", "network"])
def test_work_is_retried_if_the_connection_broke_before_the_commit(
    engine: Engine, url: str, administration: Engine, host: str
) -> None:
    """The session has ended before the statement and its commit are sent, so the first run saves nothing."""
    runs: list[int] = []

    def work(connection: Any) -> None:
        pid = connection.execute(text("select pg_backend_pid()")).scalar()
        runs.append(pid)
        if len(runs) == 1:
            with administration.connect() as other:
                other.execute(text(f"select pg_terminate_backend({pid}, 5000)"))
        connection.execute(text("create table saved as select 1 as it"), execution_options={"commit": True})

    local = address_of(url)
    with ExitStack() as stack:
        if host == "network":
            port = stack.enter_context(proxy(str(local.unix_socket))).port
            settings = Settings(database_url=f"postgresql://postgres@127.0.0.1:{port}/{local.database}")
            engine = engine_for(settings)
            stack.callback(pool_for(settings).close)
        transact(engine, work)
        assert len(set(runs)) == 2
        assert transact(engine, lambda connection: connection.execute(text("select it from saved")).all()) == [(1,)]


def test_a_database_that_cannot_be_reached_is_unavailable_without_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    """The port is closed, the socket is missing, or the server accepts the connection and sends nothing."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        for url in (
            "postgresql://postgres@127.0.0.1:1/app",
            "postgresql://postgres@/app?host=/nowhere",
            f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/app",
            f"postgresql://postgres@127.0.0.1:{silent.getsockname()[1]}/app?sslmode=require",
        ):
            connect = Mock(wraps=OneFlushConnection)
            monkeypatch.setattr("common.db.address.OneFlushConnection", connect)
            with pytest.raises(Unavailable):
                transact(engine_for(Settings(database_url=url)), lambda c: c.execute(text("select 1")))
            with pytest.raises(Unavailable):
                pool_for(Settings(database_url=url)).read("select 1", {})
            assert connect.call_count == 2, "a retry would double the wait"


def test_an_exhausted_pool_is_unavailable(engine: Engine) -> None:
    connections = [engine.connect() for _ in range(16)]
    with pytest.raises(Unavailable):
        transact(engine, lambda connection: connection.execute(text("select 1")))
    for connection in connections:
        connection.close()


def test_first_calls_of_several_threads_share_one_pool(
    settings: Settings,
) -> None:
    """A second pool would double the number of connections, and its idle connections would never be closed."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for number in range(20):
            new = replace(settings, database_url=f"{settings.database_url}&application_name=n{number}")
            start = threading.Barrier(8)

            def get_pool(new: Settings = new, start: threading.Barrier = start) -> int:
                start.wait(HANG_LIMIT_SECONDS)
                return id(pool_for(new))

            with ThreadPoolExecutor(8) as threads:
                pools = {future.result() for future in [threads.submit(get_pool) for _ in range(8)]}
            assert len(pools) == 1
    finally:
        sys.setswitchinterval(interval)


@pytest.mark.parametrize("more", [[], ["select 42"]])
def test_answers_are_correct_after_an_ignored_error_in_the_middle_of_an_answer(
    engine: Engine, settings: Settings, more: list[str]
) -> None:
    """The rest of the answer is unread, so nothing more is sent on this connection, not even the commit."""

    def ignore_error(connection: Any) -> None:
        with suppress(ValueError):
            connection.execute(text("select timestamptz 'infinity'"))
        for statement in more:
            connection.execute(text(statement))

    with pytest.raises(Unavailable):
        transact(engine, ignore_error)
    for number in range(3):
        assert pool_for(settings).read("select cast(:n as int)", {"n": number}) == [number]
        assert transact(engine, partial(select_number, number)) == number


def test_a_transaction_whose_first_statement_inserts_many_rows_has_the_time_outs(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table things (n integer)"))

    def write(connection: Any) -> Any:
        connection.execute(text("insert into things values (:n)"), [{"n": 1}, {"n": 2}])
        return connection.execute(text("select current_setting('statement_timeout'), sum(n) from things")).one()

    assert transact(engine, write) == ("8s", 3)


def test_the_reply_timeout_is_set_again_when_a_connection_is_released(engine: Engine, settings: Settings) -> None:
    with engine.connect() as connection:
        set_reply_timeout(connection, None)
    assert [connection._usock.gettimeout() for connection in pool_for(settings)._idle] == [10]


def test_a_released_connection_has_no_autocommit_and_a_dead_connection_releases_its_permit(
    engine: Engine, settings: Settings, administration: Engine
) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("select 1"))
    assert [connection.autocommit for connection in pool_for(settings)._idle] == [False]
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        pid = connection.execute(text("select pg_backend_pid()")).scalar()
        with administration.connect() as other:
            other.execute(text(f"select pg_terminate_backend({pid}, 5000)"))
        with pytest.raises(DBAPIError):
            connection.execute(text("select 1"))
    assert pool_for(settings)._permits._value == MAX_CONNECTIONS
