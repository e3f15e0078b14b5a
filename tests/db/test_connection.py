"""`OneFlushConnection` needs few round trips, and returns the same results as pg8000's connection."""

import inspect
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from typing import Any
from unittest.mock import patch

import pg8000
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pg8000 import core, legacy
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import address_of
from common.db.connection import OneFlushConnection, _Cursor
from common.db.engine import engine_for, pipeline, transact
from common.db.statements import TIMEOUTS, Statement
from common.errors import Unavailable
from tests.builders import read
from tests.proxy import Proxy, proxy


@pytest.fixture
def socket_path(url: str) -> str:
    return str(address_of(url).unix_socket)


@pytest.fixture
def proxied(socket_path: str, url: str) -> Iterator[tuple[Proxy, Engine]]:
    """A proxy, and an engine that connects through the proxy. One connection is already open."""
    with proxy(socket_path) as counting:
        database = address_of(url).database
        engine = engine_for(Settings(database_url=f"postgresql://postgres@127.0.0.1:{counting.port}/{database}"))
        transact(engine, lambda c: c.execute(text("select 1")))
        yield counting, engine
        engine.dispose()


def count_round_trips(counting: Proxy, work: Any) -> int:
    before = counting.round_trips
    work()
    return counting.round_trips - before


ECHO = text("select cast(:n as integer)")
COMMIT = {"commit": True}


def test_each_statement_takes_one_round_trip_and_so_does_a_separate_commit(proxied: tuple[Proxy, Engine]) -> None:
    """The command `begin` and the settings are sent together with the first statement, so they take no round trip.

    `read` also sends the commit together with its statement, so `read` takes one round trip.
    """
    counting, engine = proxied
    assert count_round_trips(counting, lambda: read(engine, ECHO, {"n": 1})) == 1
    assert count_round_trips(counting, lambda: transact(engine, lambda c: c.execute(ECHO, {"n": 1}).all())) == 2
    assert (
        count_round_trips(
            counting, lambda: transact(engine, lambda c: [c.execute(ECHO, {"n": n}).all() for n in range(5)])
        )
        == 6
    )
    assert count_round_trips(counting, lambda: transact(engine, lambda c: None)) == 0


def test_nothing_is_sent_after_a_commit(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the commit, some poolers give the session to another client."""
    sent: list[object] = []
    send = OneFlushConnection._send_message

    def record(self: OneFlushConnection, code: bytes, data: bytes) -> None:
        sent.append(data.rstrip(b"\0").decode() if code == core.QUERY else code)
        send(self, code, data)

    monkeypatch.setattr(OneFlushConnection, "_send_message", record)
    read(engine, text("select 1"))
    settings = [core.PARSE, core.BIND, core.DESCRIBE]
    assert sent == ["begin transaction", *settings, "select 1", "commit"]
    sent.clear()
    read(engine, text("select 2"))
    assert sent == ["begin transaction", *settings, "select 2", "commit"]


def test_a_server_that_sends_no_process_id_is_treated_as_a_pooler(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(OneFlushConnection, "handle_BACKEND_KEY_DATA", lambda *_: None)
    for n in range(3):
        assert read(engine, ECHO, {"n": n}) == [(n,)]
    with engine.connect() as connection:
        assert connection.connection.dbapi_connection.is_direct_connection is False  # type: ignore[union-attr]


def test_settings_end_with_their_transaction(engine: Engine) -> None:
    """Otherwise they would apply to the next client to which a pooler gives the session."""
    show = text("select current_setting('statement_timeout'), current_setting('lock_timeout')")
    assert transact(engine, lambda c: c.execute(show).one()) == ("8s", "3s")
    assert read(engine, show) == [("8s", "3s")]
    with engine.connect() as connection:
        assert connection.execute(show).one() == ("0", "0")


def test_a_commit_that_is_sent_with_a_statement_takes_effect_unless_the_statement_fails(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("create table things (n integer unique)"))
    add = text("insert into things values (:n)")

    def add_two(connection: Any) -> None:
        connection.execute(add, {"n": 1})
        connection.execute(add, {"n": 2}, execution_options=COMMIT)
        assert not connection.connection.dbapi_connection._in_transaction

    transact(engine, add_two)
    with pytest.raises(Exception, match="23505"):
        transact(engine, add_two)
    with engine.connect() as connection:
        assert connection.execute(text("select array_agg(n order by n) from things")).scalar() == [1, 2]
        connection.execute(add, {"n": 3})
        connection.rollback()
        assert connection.execute(text("select count(*) from things")).scalar() == 2


def test_a_pipeline_takes_one_round_trip_and_keeps_the_order(proxied: tuple[Proxy, Engine]) -> None:
    """Each statement sees the effects of the earlier ones. The first error is raised. The commit is sent separately."""
    counting, engine = proxied
    with engine.begin() as connection:
        connection.execute(text("create table things (n integer unique)"))
    add = "insert into things values (:n)"
    count = "select count(*) from things where n > :n"

    def work(connection: Any, n: int) -> Any:
        added, counted = pipeline(connection, (add, {"n": n}), (count, {"n": 0}))
        assert added == []
        return counted[0][0]

    for n in (1, 2, 3):
        assert count_round_trips(counting, partial(transact, engine, partial(work, n=n))) == 2
    with pytest.raises(Exception, match="23505"):
        transact(engine, partial(work, n=2))
    assert transact(engine, partial(work, n=4)) == 4


def test_a_pipeline_can_be_a_whole_transaction(pair: tuple[Any, Any]) -> None:
    """If a statement fails, everything is rolled back, and the connection can be used again."""
    stock, ours = pair
    ours.pipeline([Statement("create table things (n integer unique)")], begin=TIMEOUTS, commit=True)
    add = Statement("insert into things values ($1)", (1,))
    with pytest.raises(Exception, match="23505"):
        ours.pipeline([add, add, Statement("select $1", ("never",))], begin=TIMEOUTS, commit=True)
    assert (ours.is_usable, ours._in_transaction) == (True, False)
    _, counted = ours.pipeline([add, Statement("select count(*) from things")], begin=TIMEOUTS, commit=True)
    assert counted.rows == [[1]]
    assert run_transaction(stock, [("select n from things", ())])[0][2] == [[1]]


def test_a_single_statement_is_a_transaction_without_begin_and_commit(
    pair: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The settings apply to this statement only. At the statement's end, deferred constraints are checked."""
    stock, ours = pair
    ours.pipeline([Statement("create table things (n integer unique deferrable initially deferred)")])
    monkeypatch.setattr(OneFlushConnection, "send_QUERY", lambda *_: pytest.fail("a command was sent"))

    def send_single(sql: str, value: Any, **begin: str) -> Any:
        (answer,) = ours.pipeline([Statement(sql, (value,))], begin=begin, commit=True)
        assert (ours.is_usable, ours._in_transaction, ours.is_direct_connection) == (True, False, True)
        return answer.row_count, answer.rows

    for _ in range(2):  # from the second time on, the server has prepared the statement that sets `lock_timeout`
        assert send_single("insert into things values ($1)", None, lock_timeout="2000") == (1, None)
        assert send_single("select current_setting($1)", "lock_timeout", lock_timeout="2000") == (1, [["2s"]])
        assert send_single("select current_setting($1)", "lock_timeout") == (1, [["0"]])
    assert send_single("insert into things values ($1)", 7) == (1, None)
    for code, sql, begin in (
        ("57014", "select $1, pg_sleep(60)", {"statement_timeout": "50"}),
        ("22012", "select cast($1 as integer) / 0", {}),
        ("23505", "insert into things values ($1)", {}),
        ("22023", "insert into things values ($1 + 1)", {"statement_timeout": "soon"}),
    ):
        with pytest.raises(Exception, match=code):
            send_single(sql, 7, **begin)
        # If the statement timed out (57014), it may have taken effect.
        assert (ours.is_usable, ours._in_transaction, ours.is_commit_outcome_unknown) == (True, False, code == "57014")
    assert run_transaction(stock, [("select n from things where n is not null", ())])[0][2] == [[7]]


@pytest.fixture
def pair(socket_path: str, url: str) -> Iterator[tuple[Any, Any]]:
    """Two connections to one database: pg8000's and ours."""
    options = {"user": "postgres", "unix_sock": socket_path, "database": address_of(url).database}
    stock, ours = legacy.Connection(**options), OneFlushConnection(**options)
    yield stock, ours
    stock.close()
    ours.close()


def test_a_serialization_failure_is_retried_even_if_the_commit_was_sent(engine: Engine) -> None:
    """The server rolls the transaction back, so nothing was written."""
    tries: list[int] = []

    def work(connection: Any) -> str:
        tries.append(1)
        fail = text("do $$ begin raise exception using errcode = '40001'; end $$")
        last = fail if len(tries) == 1 else text("select 'done'")
        return str(connection.execute(last, execution_options=COMMIT).scalar())

    assert (transact(engine, work), len(tries)) == ("done", 2)


def test_a_value_that_cannot_be_encoded_leaves_the_connection_usable(pair: tuple[Any, Any]) -> None:
    _, ours = pair
    results = run_transaction(
        ours, [("select %s", (1,)), ("select %s, %s", (2, "half a pair: \ud83d")), ("select %s", (3,))]
    )
    assert [results[0][2], results[1][0], results[2][2], results[-1]] == [
        [["1"]],
        UnicodeEncodeError,
        [["3"]],
        "committed",
    ]


def run_transaction(connection: Any, statements: list[tuple[str, tuple[Any, ...]]]) -> list[Any]:
    """Execute statements in one transaction; return the result or error of each, and of the commit."""
    results: list[Any] = []
    cursor = connection.cursor()
    for statement, values in statements:
        try:
            cursor.execute(statement, values)
            results.append((cursor.rowcount, cursor.description, list(cursor._context.rows or [])))
        except Exception as error:
            fields = error.args[0]
            results.append((type(error), fields["C"] if isinstance(fields, dict) else fields))
    results.append(len(connection.notices))
    connection.notices.clear()
    try:
        connection.commit()
        results.append("committed")
    except Exception as error:
        results.append((type(error), str(error.args[0])))
        connection.rollback()
    return results


texts = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=30)
values = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.booleans(),
    texts,
    st.decimals(allow_nan=False, allow_infinity=False, places=3),
    st.floats(allow_nan=False, allow_infinity=False),
    st.binary(max_size=30),
    st.uuids(),
    st.dates(),
    st.times(),
    st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)).map(lambda at: at.replace(tzinfo=UTC)),
    st.timedeltas(timedelta(days=-999), timedelta(days=999)),
    st.lists(st.integers(-5, 5), min_size=1, max_size=4),
    st.lists(st.uuids(), min_size=1, max_size=3),
    st.dictionaries(texts, st.integers(0, 9), max_size=2),
)
statements = st.one_of(
    st.tuples(st.just("select %s, %s"), st.tuples(values, values)),
    st.tuples(st.just("select generate_series(1, %s), repeat('x', 5)"), st.tuples(st.integers(0, 300))),
    st.tuples(st.just("select repeat('long ', %s)"), st.tuples(st.sampled_from([1, 2000, 40000]))),
    st.tuples(st.just("select '%%', 100 / %s"), st.tuples(st.sampled_from([0, 7]))),  # may be a division by zero
    st.tuples(st.just("select cast(%s as date)"), st.tuples(st.sampled_from(["2026-11-22", "no date"]))),
    st.tuples(st.just("selec %s"), st.tuples(st.just(1))),
    st.tuples(st.just("select 1; select 2"), st.just(())),
    st.tuples(st.just(""), st.just(())),
    st.tuples(st.just("select null, now() = now(), array[1, null, 3], time '09:00', '{\"a\": 1}'::jsonb"), st.just(())),
    st.tuples(st.just("create temporary table if not exists things (n integer unique, t text)"), st.just(())),
    st.tuples(st.just("insert into things values (%s, %s)"), st.tuples(st.integers(0, 3), texts)),
    st.tuples(st.just("update things set t = %s where n < %s returning n, t"), st.tuples(texts, st.integers(0, 4))),
    st.tuples(st.just("drop table if exists no_such_table"), st.just(())),  # the server sends a notice
    st.tuples(st.just("savepoint here"), st.just(())),
    st.tuples(st.just("rollback to here"), st.just(())),
)


@pytest.mark.parametrize("is_prepared", [False, True])
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sequence=st.lists(statements, min_size=1, max_size=6))
@example(sequence=[("select %s", (object(),)), ("select %s", (1,))])  # a value that pg8000 can't encode
def test_results_are_those_of_pg8000s_connection(
    pair: tuple[Any, Any], sequence: list[tuple[str, tuple[Any, ...]]], is_prepared: bool
) -> None:
    """The examples have many types, large values, nulls, notices and errors. Afterwards, the connection is usable.

    With `is_prepared`, many of the statements were already prepared in earlier examples, with other values.
    """
    stock, ours = pair
    with patch.dict(_Cursor.execute.__kwdefaults__, {"prepared": is_prepared}):
        ours.is_direct_connection = True
        assert repr(run_transaction(ours, sequence)) == repr(run_transaction(stock, sequence))
        assert run_transaction(ours, [("select %s", (42,))]) == run_transaction(stock, [("select %s", (42,))])


def test_values_are_read_back_unchanged(pair: tuple[Any, Any]) -> None:
    values_by_type = {
        "integer": 5,
        "bool": True,
        "text": "æ 🤧 \\ '",
        "numeric": Decimal("1.50"),
        "bytea": b"\0\xff",
        "uuid": uuid.UUID(int=7),
        "date": date(2026, 11, 22),
        "time": time(9, 30),
        "timestamptz": datetime(2026, 11, 22, 12, tzinfo=UTC),
        "integer[]": [1, 2],
        "bigint": None,
    }
    statement = "select " + ", ".join(f"cast(%s as {kind})" for kind in values_by_type)
    for connection in pair:
        (row,) = run_transaction(connection, [(statement, tuple(values_by_type.values()))])[0][2]
        assert row == list(values_by_type.values())


READ = text("select n, repeat('x', 20) as x from generate_series(1, cast(:n as integer)) as n")


def test_a_read_whose_connection_is_cut_returns_the_whole_answer_or_raises_unavailable(
    socket_path: str, url: str
) -> None:
    """Each round cuts the connection one byte later than the round before. The next read always succeeds.

    A read never returns a part of an answer, or the answer to another statement.
    """
    database = address_of(url).database
    with proxy(socket_path) as cutting:
        engine = engine_for(Settings(database_url=f"postgresql://postgres@127.0.0.1:{cutting.port}/{database}"))
        expected = transact(engine, lambda c: c.execute(READ, {"n": 3}).all())
        engine.dispose()
        read(engine, READ, {"n": 3})
        bytes_before = cutting.from_server
        read(engine, READ, {"n": 3})
        answer_bytes = cutting.from_server - bytes_before
        engine.dispose()
        cutting.from_server = 0
        read(engine, READ, {"n": 3})
        login_bytes = cutting.from_server - answer_bytes
        engine.dispose()
        outages = 0
        for cut in range(login_bytes, login_bytes + answer_bytes + 1):
            cutting.let_through = cut
            try:
                assert read(engine, READ, {"n": 3}) == expected
            except Unavailable:
                outages += 1
            cutting.let_through = None
            assert read(engine, READ, {"n": 2}) == expected[:2]
            engine.dispose()
        assert answer_bytes - 2 <= outages <= answer_bytes + 1


def test_a_read_is_retried_if_the_connection_is_cut_while_preparing_or_executing_a_statement(
    socket_path: str, url: str
) -> None:
    """Each round cuts the connection seven bytes later than the round before."""
    database = address_of(url).database
    prepared = READ.execution_options(prepared=True)
    with proxy(socket_path) as cutting:
        engine = engine_for(Settings(database_url=f"postgresql://postgres@127.0.0.1:{cutting.port}/{database}"))
        expected = transact(engine, lambda c: c.execute(READ, {"n": 3}).all())
        engine.dispose()
        cutting.from_server = 0
        bytes_read = []
        for _ in range(3):
            assert read(engine, prepared, {"n": 3}) == expected
            bytes_read.append(cutting.from_server)
        for cut in range(bytes_read[0], bytes_read[2], 7):
            engine.dispose()
            cutting.let_through = cut
            for n in (3, 2, 1):
                assert read(engine, prepared, {"n": n}) == expected[:n]
        engine.dispose()


# Some of the internals that `common/db/connection.py` uses.
INTERNALS = {
    core.CoreConnection: ("send_QUERY", "_send_message", "handle_messages", "handle_PARSE_COMPLETE"),
    legacy.Connection: ("commit", "rollback", "_in_transaction", "cursor"),
    legacy.Cursor: ("execute",),
}


def test_pg8000_has_the_pinned_version_and_some_of_the_internals_that_we_use() -> None:
    """If this fails, check all internals that `common/db/connection.py` uses, then pin the new version."""
    assert pg8000.__version__ == "1.31.6"
    for kind, names in INTERNALS.items():
        for name in names:
            assert inspect.getattr_static(kind, name), name
