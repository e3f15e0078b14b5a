"""PgBouncer (Debian's package) in transaction mode, with two sessions of the server for all clients."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, nullcontext
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from pg8000.exceptions import Error
from pg8000.native import Connection

from common.db.address import address_of
from local.parent import stop_with_parent
from local.postgres import SOCKET

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
IS_POOLED = bool(os.environ.get("POOLED"))
"""Whether the functions connect to their database through PgBouncer."""
SESSIONS = 2

# PgBouncer doesn't reset a session between two clients, so that tests find what a client left there. After the server
# was down, PgBouncer tries to connect again immediately, so that tests don't have to wait.
CONFIG = """
[databases]
* = host={server} user=postgres
[pgbouncer]
unix_socket_dir = {folder}
listen_port = 5432
auth_type = any
admin_users = postgres
pool_mode = transaction
default_pool_size = {sessions}
max_client_conn = 200
server_login_retry = 0
"""


@contextmanager
def pooling(url: str) -> Iterator[str]:
    """Run PgBouncer in front of the server of this database, and yield the database's URL through it."""
    if PGBOUNCER is None:
        pytest.skip("needs pgbouncer (on Debian: apt install pgbouncer)")
    server = Path(str(address_of(url).unix_socket)).parent
    with tempfile.TemporaryDirectory(prefix="slotledger-pgbouncer-", dir="/tmp") as folder:
        config = Path(folder) / "pgbouncer.ini"
        config.write_text(CONFIG.format(server=server, folder=folder, sessions=SESSIONS))
        identity: dict[str, Any] = {}
        if os.geteuid() == 0:  # PgBouncer refuses to run as root
            owner = server.stat()
            identity = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []}
            os.chown(folder, owner.st_uid, owner.st_gid)
        log_file = Path(folder) / "log"
        with log_file.open("wb") as log:
            pooler = subprocess.Popen(
                [PGBOUNCER, config], stdout=log, stderr=log, preexec_fn=stop_with_parent, **identity
            )
        try:
            while not _is_listening(Path(folder) / SOCKET):
                assert pooler.poll() is None, log_file.read_text()
            yield url.replace(str(server), folder)
        finally:
            pooler.kill()  # SIGTERM would let newer versions wait for their clients
            pooler.wait()


def _is_listening(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as client:
        return client.connect_ex(str(path)) == 0


def maybe_pooling(url: str) -> AbstractContextManager[str]:
    """Yield the URL of this database for the functions, through PgBouncer if POOLED is set."""
    return pooling(url) if IS_POOLED else nullcontext(url)


@pytest.fixture(scope="session")
def pooler(server: str) -> Iterator[str]:
    """The URL of the server's default database through PgBouncer."""
    with pooling(server) as url:
        yield url


def _connect(url: str, database: str | None = None) -> AbstractContextManager[Any]:
    """Connect with unmodified pg8000 to the database of `url`, or to `database`, such as PgBouncer's console."""
    address = address_of(url)
    options: dict[str, Any] = {"unix_sock": address.unix_socket, "ssl_context": False, "timeout": 30}
    return closing(Connection(address.user, database=database or address.database, **options))


def wait_until_it_answers(url: str) -> None:
    """Wait until the database answers. After an outage, PgBouncer rejects clients until it is connected again."""
    deadline = monotonic() + 60
    while True:
        try:
            with _connect(url) as client:
                client.run("select 1")
            return
        except Error:
            assert monotonic() < deadline, "the database doesn't answer"


# Three settings are left out: they end with the transaction, although PostgreSQL reports the source `session` for them.
LEFT_BEHIND = """
select 'statement ' || name from pg_prepared_statements
union all
select 'setting ' || name || ' = ' || setting from pg_settings
where source = 'session' and name not in ('transaction_isolation', 'transaction_read_only', 'transaction_deferrable')
union all
select 'advisory lock ' || objid from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()
"""


def find_leftovers(url: str) -> list[str]:
    """Return the statements, settings, locks and transactions left in the pool's sessions of this database."""
    name = address_of(url).database
    with ExitStack() as clients:
        console = clients.enter_context(_connect(url, "pgbouncer"))
        rows = console.run("show servers")
        columns = [column["name"] for column in console.columns]
        sessions = [dict(zip(columns, row, strict=True)) for row in rows]
        if any((session["database"], session["state"]) == (name, "active") for session in sessions):
            return ["a transaction"]  # the other queries can't run in that session
        idle = [clients.enter_context(_connect(url)) for _ in range(SESSIONS)]
        for client in idle:  # in a transaction, each client keeps its session, so the next client gets another one
            client.run("begin")
        return [what for client in idle for (what,) in client.run(LEFT_BEHIND)]


def renew_sessions(url: str) -> None:
    """Make the pool open new sessions in this database."""
    with _connect(url, "pgbouncer") as console:
        console.run(f"reconnect {address_of(url).database}")
