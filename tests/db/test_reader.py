"""Reading without SQLAlchemy: what is promised of waiting, of errors and of trying again is the same as with it."""

import datetime
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pg8000.exceptions import DatabaseError
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import THREADS, address_of
from common.db.connection import OneFlushConnection, _name
from common.db.reader import Reader, reader_for
from common.errors import Unavailable
from tests.proxy import proxy

WHO = "select pg_backend_pid()"


@pytest.fixture
def reader(settings: Settings) -> Iterator[Reader]:
    reader = reader_for(settings)
    yield reader
    reader.close()


def pid(reader: Reader) -> Any:
    row = reader.read(WHO, {})
    assert row is not None
    return row[0]


def test_answers_the_first_row_or_none(reader: Reader) -> None:
    statement = "select n, :word || ' ' || :word from generate_series(cast(:low as int), 3) as n where n > :low::int"
    assert reader.read(statement, {"low": 1, "word": "a:b"}) == [2, "a:b a:b"]
    assert reader.read(statement, {"low": 3, "word": "x"}) is None


def test_takes_one_round_trip_and_leaves_no_setting_and_no_transaction_behind(url: str) -> None:
    address = address_of(url)
    with proxy(str(address.unix_socket)) as running:
        there = Settings(database_url=f"postgresql://postgres@127.0.0.1:{running.port}/{address.database}")
        reader = reader_for(there)
        ours = pid(reader)
        running.round_trips = 0
        assert reader.read("select current_setting('statement_timeout'), :a", {"a": "x"}) == ["8s", "x"]
        assert running.round_trips == 1
        state = "select state, backend_xid from pg_stat_activity where pid = :pid"
        other = Reader(reader._connect)
        assert other.read(state, {"pid": ours}) == ["idle", None]
        reader.close()
        other.close()


def test_a_dead_connection_is_met_with_one_more_try(reader: Reader, administration: Engine) -> None:
    """Also when several are dead: the first one's end tells of the rest."""
    kept = [reader._connect() for _ in range(3)]
    pids = [connection.execute_simple(WHO).rows[0][0] for connection in kept]
    reader._idle.extend(kept)
    with administration.connect() as connection:
        for ended in pids:
            connection.execute(text(f"select pg_terminate_backend({ended}, 5000)"))
    assert pid(reader) not in pids
    assert len(reader._idle) == 1


def test_the_servers_word_on_a_statement_is_passed_on_and_the_connection_kept(reader: Reader) -> None:
    ours = pid(reader)
    with pytest.raises(DatabaseError, match="22012"):
        reader.read("select 1 / cast(:zero as int)", {"zero": 0})
    assert pid(reader) == ours


def test_a_value_that_the_driver_cannot_write_spoils_no_later_answer(reader: Reader) -> None:
    beyond = datetime.datetime(1, 1, 1, tzinfo=datetime.timezone(datetime.timedelta(hours=14)))
    for number in range(5):
        with pytest.raises(OverflowError):
            reader.read("select cast(:at as timestamptz)", {"at": beyond})
        assert reader.read("select cast(:n as int)", {"n": number}) == [number]


def test_a_value_that_cannot_be_read_spoils_no_later_answer(reader: Reader) -> None:
    """It is met in the middle of the answer: the rest is never read."""
    for number in range(3):
        with pytest.raises(ValueError, match="infinity"):
            reader.read("select timestamptz 'infinity' where :n = :n", {"n": number})
        assert reader.read("select cast(:n as int)", {"n": number}) == [number]


def test_whoever_is_interrupted_leaves_no_connection_behind(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(OneFlushConnection, "execute_kept", interrupted)
        with pytest.raises(KeyboardInterrupt):
            reader.read("select 1", {})
    assert len(reader._idle) == 0
    assert reader.read("select 1", {}) == [1]


def test_a_deadlock_is_met_with_one_more_try(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also on a new connection, as in a transaction of the engine's."""
    states = ["40P01"]
    execute = OneFlushConnection.execute_kept

    def chosen(self: OneFlushConnection, *told: Any) -> Any:
        if states:
            return execute(self, f"do $$ begin raise exception using errcode = '{states.pop()}'; end $$", [])
        return execute(self, *told)

    monkeypatch.setattr(OneFlushConnection, "execute_kept", chosen)
    assert reader.read("select cast(:n as int)", {"n": 1}) == [1]


def test_waiting_for_a_lock_ends_on_the_server_too(reader: Reader, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table held (id int)"))
    waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    with engine.begin() as holder:
        holder.execute(text("lock table held in access exclusive mode"))
        with pytest.raises(Unavailable):
            reader.read("select from held", {})
        assert holder.execute(waiting).scalar() == 0


def test_no_more_connections_than_threads(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes when all are taken waits for a turn, and for no longer than for the database itself."""
    for _ in range(THREADS):
        assert reader._turns.acquire(timeout=0)
    with monkeypatch.context() as patch:
        patch.setattr("common.db.reader.CONNECT_TIMEOUT_SECONDS", 0.1)
        with pytest.raises(Unavailable):
            reader.read("select 1", {})
    for _ in range(THREADS):
        reader._turns.release()
    with ThreadPoolExecutor(2 * THREADS) as threads:
        assert list(threads.map(lambda n: reader.read("select cast(:n as int)", {"n": n}), range(500))) == [
            [n] for n in range(500)
        ]
    assert len(reader._idle) <= THREADS


def kept_by_the_server(reader: Reader) -> Any:
    row = reader.read("select count(*) from pg_prepared_statements where statement like '% as generations'", {})
    assert row is not None
    return row[0]


def test_the_server_keeps_a_statement_and_its_plan_for_the_next_time(reader: Reader) -> None:
    """From the second on: who is at the other end is asked behind the first one's commit."""
    for n, kept in enumerate((0, 1, 1, 1)):
        assert reader.read("select cast(:n as int) as generations", {"n": n}) == [n]
        assert kept_by_the_server(reader) == kept
    assert reader.read("select cast(:n as int) + 1 as generations", {"n": 1}) == [2]
    assert kept_by_the_server(reader) == 2


def test_a_name_that_is_taken_is_met_with_one_more_try(reader: Reader) -> None:
    assert reader.read("select cast(:n as int)", {"n": 1}) == [1]
    taken = _name("select cast($1 as int)", ()).decode()
    reader._idle[-1].execute_simple(f'prepare "{taken}" as select 2')
    assert reader.read("select cast(:n as int)", {"n": 3}) == [3]


@pytest.mark.parametrize(
    "change", ["alter table generations alter n type text", "deallocate all", "alter table generations add m int"]
)
def test_a_plan_that_went_stale_is_met_with_one_more_try(reader: Reader, engine: Engine, change: str) -> None:
    """A migration while the functions run; or somebody who clears a session away."""
    with engine.begin() as connection:
        connection.execute(text("create table generations (n int)"))
        connection.execute(text("insert into generations values (7)"))
    for _ in range(3):
        assert reader.read("select * from generations where :a = 'a'", {"a": "a"}) == [7]
    if change.startswith("alter"):
        with engine.begin() as connection:
            connection.execute(text(change))
    else:
        reader._idle[-1].execute_simple(change)
    expected = {"text": ["7"], "int": [7, None]}.get(change.rsplit(maxsplit=1)[-1], [7])
    for _ in range(3):
        assert reader.read("select * from generations where :a = 'a'", {"a": "a"}) == expected


def test_a_table_that_is_not_there_yet_is_an_outage(reader: Reader) -> None:
    """Deployed before its migration: not the caller's fault, and not for ever."""
    with pytest.raises(Unavailable):
        reader.read("select from nowhere", {})
