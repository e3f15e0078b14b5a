"""A Citus cluster on this machine: a coordinator and two workers, for tests and benchmarks.

Each node is a server of `local.postgres` with its own folder. The nodes connect to each other by Unix sockets, so
they need no free ports. `docs/scaling.md` describes how a platform moves to such a cluster.
"""

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from typing import Any

from pg8000.native import Connection

from local import postgres

PORT = 5432
SCRIPT = Path(__file__).parent.parent / "deploy" / "citus.sql"
SETTINGS = {
    "shared_preload_libraries": "citus",
    "wal_level": "logical",  # needed to move a shard while clients use it
    "max_connections": "200",
    "max_worker_processes": "32",  # Citus runs one worker process for each database
    "citus.shard_count": "8",
    "citus.max_background_task_executors": "2",
    "citus.recover_2pc_interval": "5s",  # how often Citus ends the prepared transactions that a crashed node left
}


@dataclass
class Node:
    """A server of the cluster, which can be stopped and restarted."""

    home: Path
    binaries: Path
    settings: Mapping[str, str]
    _running: ExitStack = field(default_factory=ExitStack)
    _ended: Event = field(default_factory=Event)

    @property
    def host(self) -> str:
        """Return the folder of the node's socket. The other nodes use it as the node's host name."""
        return str(postgres.socket_folder(self.home))

    @property
    def url(self) -> str:
        """Return the URL of the node's database `postgres`."""
        return postgres.url(self.home)

    def start(self) -> None:
        """Start the server, and wait until it accepts connections."""
        settings = {**SETTINGS, "citus.local_hostname": self.host, **self.settings}
        self._ended.clear()
        server = postgres.running(self.home, self._ended.set, binaries=self.binaries, settings=settings)
        self._running.enter_context(server)

    def stop(self) -> None:
        """Stop the server and end its sessions."""
        self._running.close()

    def kill(self) -> None:
        """Stop the server as a crash does: its sessions break, and its next start recovers the data from the WAL."""
        process = int((self.home / "postgres" / "postmaster.pid").read_text().split()[0])
        os.kill(process, signal.SIGQUIT)
        self._ended.wait(postgres.STOP_TIMEOUT_SECONDS)  # otherwise `close` may stop it before it has crashed
        self._running.close()

    def run(self, *statements: str, database: str = "postgres") -> list[Any]:
        """Execute statements one by one, each in its own transaction; return the rows of the last one."""
        rows: list[Any] = []
        with closing(Connection("postgres", database=database, unix_sock=f"{self.host}/{postgres.SOCKET}")) as session:
            for statement in statements:
                rows = session.run(statement) or []
        return rows


@dataclass(frozen=True)
class Cluster:
    """A coordinator, which clients connect to, and workers, which have the shards."""

    coordinator: Node
    workers: tuple[Node, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Return all nodes; the coordinator is the first."""
        return (self.coordinator, *self.workers)

    def create_database(self, name: str, *, citus: bool = True) -> None:
        """Create a database on each node. If `citus` is True, connect these databases to a cluster."""
        for node in self.nodes:
            node.run("set citus.enable_create_database_propagation = off", f"create database {name}")
        if citus:
            self.install_citus(name)

    def install_citus(self, name: str) -> None:
        """Connect the databases with this name, one on each node, to a cluster."""
        for node in self.nodes:
            node.run("create extension citus", database=name)
        add = [f"select citus_add_node('{worker.host}', {PORT})" for worker in self.workers]
        set_host = f"select citus_set_coordinator_host('{self.coordinator.host}', {PORT})"
        self.coordinator.run(set_host, *add, database=name)

    def distribute(self, name: str) -> None:
        """Run `deploy/citus.sql` on a migrated database."""
        psql = f"{self.coordinator.binaries / 'psql'}"
        connection = ["--host", self.coordinator.host, "--username", "postgres", "--dbname", name]
        script = ["--file", f"{SCRIPT}"]
        subprocess.run([psql, "--no-psqlrc", "--quiet", *connection, *script], check=True, stdout=subprocess.DEVNULL)

    def freeze(self, name: str) -> None:
        """Prepare a database to be copied: end its sessions, including those of Citus, and allow no new ones."""
        end = f"select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{name}'"
        for node in self.nodes:
            node.run(f"alter database {name} allow_connections false", end)

    def copy_database(self, template: str, name: str) -> None:
        """Copy a frozen database on each node. Each copy has Citus's catalog, so the copies are a cluster, too."""
        self._run_on_each(f"create database {name} template {template} strategy file_copy")

    def drop_database(self, name: str) -> None:
        """Drop a database on each node. Sessions get ten seconds to end; `force` would wait for only five."""
        end = f"select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = '{name}'"
        self._run_on_each(end, f"drop database if exists {name} with (force)")

    def _run_on_each(self, *statements: str) -> None:
        with ThreadPoolExecutor(len(self.nodes)) as threads:
            list(threads.map(lambda node: node.run(*statements), self.nodes))


@contextmanager
def running(home: Path, binaries: Path, *, settings: Mapping[str, str] | None = None) -> Iterator[Cluster]:
    """Run a cluster with its data in `home`; `binaries` is the folder of a PostgreSQL that has Citus."""
    if os.geteuid() == 0:
        home.chmod(0o755)  # root runs the servers as another user, who has to enter this folder
    names = ("coordinator", "worker 1", "worker 2")
    nodes = [Node(home / name, binaries, settings or {}) for name in names]
    with ExitStack() as stack:
        for node in nodes:
            stack.callback(node.stop)
            node.start()
        yield Cluster(nodes[0], tuple(nodes[1:]))
