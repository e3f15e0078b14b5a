"""Behind a transaction pooler: sessions are shared, and nobody gets another's rows."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import address_of
from common.db.engine import commit_follows, engine_for, read, transact
from common.db.reader import reader_for

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
CLIENTS = 16
STATEMENTS = int(os.environ.get("POOLER_STATEMENTS", "500"))

pytestmark = pytest.mark.skipif(PGBOUNCER is None, reason="needs pgbouncer (on Debian: apt install pgbouncer)")

ECHO = "select cast(:client as integer), cast(:number as integer), repeat('x', cast(:number as integer))"


@pytest.fixture
def pooled(url: str, settings: Settings) -> Iterator[Settings]:
    """Settings that lead to the test's database through PgBouncer: two sessions for everybody, in transaction mode."""
    local = address_of(url)
    folder = Path(tempfile.mkdtemp(prefix="slotledger-pgbouncer-", dir="/tmp"))
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    config = folder / "pgbouncer.ini"
    config.write_text(f"""
[databases]
{local.database} = host={Path(str(local.unix_socket)).parent} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 2
max_client_conn = 200
""")
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:  # which PgBouncer refuses to be
        owner = Path(str(local.unix_socket)).stat()
        identity = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
        os.chown(folder, owner.st_uid, owner.st_gid)
    assert PGBOUNCER is not None
    server = subprocess.Popen([PGBOUNCER, "-q", config], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **identity)
    there = replace(settings, database_url=f"postgresql://postgres@127.0.0.1:{port}/{local.database}")
    try:
        wait_until_it_answers(port, server)
        yield there
    finally:
        engine_for(there).dispose()
        reader_for(there).close()
        server.terminate()
        server.communicate(timeout=30)
        shutil.rmtree(folder)


def wait_until_it_answers(port: int, server: subprocess.Popen[bytes]) -> None:
    while True:
        assert server.poll() is None, server.communicate()[0]
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return


def test_no_client_gets_another_ones_rows(pooled: Settings, engine: Engine) -> None:
    """Sixteen clients, each with statements of its own: alone, in twos, failing, and with the commit behind them."""
    with engine.begin() as connection:
        connection.execute(text("create table marks (client integer, number integer, primary key (client, number))"))
    echo = text(ECHO).execution_options(kept=True)
    reader = reader_for(pooled)
    fail = text("select 1 / cast(:zero as integer)")
    add = text("insert into marks values (:client, :number)")

    def run(client: int) -> int:
        wrong = 0
        pool = engine_for(pooled)
        for number in range(STATEMENTS):
            told = {"client": client, "number": number % 50}
            expected = (client, number % 50, "x" * (number % 50))

            def twice(connection: Any, told: Any = told) -> list[Any]:
                return [connection.execute(echo, told).one() for _ in range(2)]

            def written(connection: Any, number: int = number) -> None:
                commit_follows(connection)
                connection.execute(add, {"client": client, "number": number})

            kind = number % 5
            if kind == 4:
                wrong += reader.read(ECHO, told) != list(expected)
            elif kind == 0:
                wrong += read(pool, lambda c, told=told: c.execute(echo, told).one()) != expected  # type: ignore[misc]
            elif kind == 1:
                wrong += transact(pool, twice) != [expected, expected]
            elif kind == 2:
                transact(pool, written)
            else:
                with pytest.raises(Exception, match="22012"):
                    read(pool, lambda c: c.execute(fail, {"zero": 0}).one())
        return wrong

    with ThreadPoolExecutor(CLIENTS) as threads:
        assert sum(threads.map(run, range(CLIENTS))) == 0
    assert {connection.is_direct for connection in reader._idle} == {False}
    with engine.connect() as connection:
        written = connection.execute(text("select count(*) from marks")).scalar_one()
    assert written == CLIENTS * len(range(2, STATEMENTS, 5))


def test_settings_stay_within_their_transaction(pooled: Settings) -> None:
    """Not even one that failed leaves any behind; nor does a pooler's session keep a statement."""
    pool = engine_for(pooled)
    show = (
        text("select current_setting('statement_timeout') where :a = 'a'")
        .execution_options(kept=True)
        .bindparams(a="a")
    )
    for _ in range(10):
        assert read(pool, lambda c: c.execute(show).scalar()) == "8s"
        with pytest.raises(Exception, match="22012"):
            transact(pool, lambda c: c.execute(text("select 1 / 0")))
        with pool.connect() as connection:
            assert connection.execute(show).scalar() == "0"
            names = connection.execute(text("select count(*) from pg_prepared_statements")).scalar()
            assert names == 0
