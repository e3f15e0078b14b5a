"""Adding a node to a cluster, and removing it, while the functions run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from local.citus import PORT, Cluster, Node
from tests.citus.moving import answers, migrated, seed
from tests.conftest import WITHOUT_SYNC, database_url
from tests.hosts import Api

DATABASE = "growing"
SHARDS = "select nodename, count(*) from citus_shards where table_name = 'bookings'::regclass group by nodename"


@pytest.fixture
def url(cluster: Cluster) -> Iterator[str]:
    """The URL of a new database. It isn't a copy, because Citus can't add a node to a copied database."""
    cluster.create_database(DATABASE)
    url = database_url(cluster.coordinator.url, DATABASE)
    with migrated(url):
        yield url
    cluster.drop_database(DATABASE)


@pytest.fixture
def node(cluster: Cluster, home: Path) -> Iterator[Node]:
    """A server that isn't in the cluster yet. It has an empty database with the extension Citus."""
    node = Node(home, cluster.coordinator.binaries, WITHOUT_SYNC)
    node.start()
    node.run("set citus.enable_create_database_propagation = off", f"create database {DATABASE}")
    node.run("create extension citus", database=DATABASE)
    yield node
    node.stop()


@pytest.fixture
def short_interval(cluster: Cluster) -> Iterator[None]:
    """Make Citus check for scheduled moves ten times a second."""
    reload = "select pg_reload_conf()"
    cluster.coordinator.run("alter system set citus.background_task_queue_interval = '100ms'", reload)
    yield
    cluster.coordinator.run("alter system reset citus.background_task_queue_interval", reload)


def test_a_node_is_added_gets_shards_and_is_removed(
    cluster: Cluster, node: Node, short_interval: None, engine: Engine, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The functions' answers stay the same. The new node gets a copy of the table `tutors`."""
    seed(engine, 20, monkeypatch)
    cluster.distribute(DATABASE)
    before = answers(api, monkeypatch)
    coordinator = cluster.coordinator
    coordinator.run(f"select citus_add_node('{node.host}', {PORT})", database=DATABASE)
    coordinator.run("select citus_rebalance_start()", database=DATABASE)
    assert answers(api, monkeypatch) == before
    coordinator.run("select citus_rebalance_wait()", database=DATABASE)
    assert sorted(count for _, count in coordinator.run(SHARDS, database=DATABASE)) == [2, 3, 3]
    assert answers(api, monkeypatch) == before
    (copies,) = coordinator.run(
        "select count(*) from citus_shards where table_name = 'tutors'::regclass", database=DATABASE
    )
    assert copies == [4]
    coordinator.run(f"select citus_drain_node('{node.host}', {PORT})", database=DATABASE)
    coordinator.run(f"select citus_remove_node('{node.host}', {PORT})", database=DATABASE)
    assert [count for _, count in coordinator.run(SHARDS, database=DATABASE)] == [4, 4]
