"""Fixtures: a PostgreSQL server for each test process, a database for each test, and the functions."""

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, create_engine, text
from xdist.scheduler import LoadScopeScheduling

from common.config import Settings
from common.db.address import address_of
from common.db.engine import engine_for
from common.db.pool import pool_for
from local import citus, postgres
from migrations import upgrade
from tests.builders import SECRET
from tests.homes import temporary_home
from tests.hosts import HOSTS, Api

pytest_plugins = ["tests.aws", "tests.pooler"]

hypothesis_settings.register_profile("default", deadline=None)  # timings differ too much between machines
hypothesis_settings.load_profile("default")

NAMES = (f"test_{number}" for number in count())
GROUPS = ("tests/deploy/", "tests/local/test_run.py")
"""The tests that share a folder, by the start of their names."""
CITUS_BIN = os.environ.get("ON_CITUS") or None
"""The folder of a PostgreSQL with Citus, if the tests run on a cluster (`make citus`)."""
collect_ignore = [] if CITUS_BIN else ["citus"]

# The server doesn't wait for the disk, because the data needn't survive a crash of the machine. If only the server is
# killed, the kernel still writes the data.
WITHOUT_SYNC = {"fsync": "off", "full_page_writes": "off"}


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Sends each test to a free process, but the tests of a group all to one, because they share a folder.

    The tests in Firefox share its process, because it starts slowly.
    """

    def _split_scope(self, nodeid: str) -> str:
        if "[firefox-" in nodeid:
            return "firefox"
        return next((group for group in GROUPS if nodeid.startswith(group)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Return the scheduler. It begins with the groups, which take long: the largest first."""
    return Scheduling(config, log)


def stock_url(url: str) -> str:
    """Return a URL with which SQLAlchemy uses unmodified pg8000, instead of our connection."""
    address = address_of(url)
    return f"postgresql+pg8000://{address.user}@/{address.database}?unix_sock={quote(str(address.unix_socket))}"


def database_url(server: str, name: str) -> str:
    """Return the URL of another database on the same server."""
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for the data of a server that one test starts."""
    with temporary_home() as folder:
        yield folder


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip tests marked with `one_server` if the tests run on a cluster."""
    mark = item.get_closest_marker("one_server")
    if CITUS_BIN and mark is not None:
        pytest.skip(f"on one server only: {mark.kwargs['reason']}")


@pytest.fixture(scope="session")
def cluster() -> Iterator[citus.Cluster | None]:
    """The Citus cluster, if the tests run on one."""
    if CITUS_BIN is None:
        yield None
        return
    with temporary_home() as home, citus.running(home, Path(CITUS_BIN), settings=WITHOUT_SYNC) as running:
        yield running


@pytest.fixture(scope="session")
def server(cluster: citus.Cluster | None) -> Iterator[str]:
    """The URL of the default database of the server, or of the coordinator on a cluster."""
    if cluster is not None:
        yield cluster.coordinator.url
        return
    with temporary_home() as home, postgres.running(home, settings=WITHOUT_SYNC) as url:
        yield url


@pytest.fixture(scope="session")
def administration(server: str) -> Iterator[Engine]:
    """An engine that creates and drops databases, with unmodified pg8000 and AUTOCOMMIT."""
    engine = create_engine(stock_url(server), isolation_level="AUTOCOMMIT")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def template(server: str, administration: Engine, cluster: citus.Cluster | None) -> str:
    """The name of a migrated database, which is copied for each test."""
    name = "template_slotledger"
    if cluster is None:
        with administration.connect() as connection:
            connection.execute(text(f"create database {name}"))
    else:
        cluster.create_database(name)
    settings = Settings(database_url=database_url(server, name))
    upgrade(engine_for(settings), "test")
    pool_for(settings).close()
    if cluster is not None:
        cluster.distribute(name)
        cluster.freeze(name)
    return name


@pytest.fixture
def url(server: str, administration: Engine, template: str, cluster: citus.Cluster | None) -> Iterator[str]:
    """The URL of a migrated database for one test."""
    name = next(NAMES)
    if cluster is not None:
        cluster.copy_database(template, name)
        yield database_url(server, name)
        cluster.drop_database(name)
        return
    with administration.connect() as connection:
        connection.execute(text(f"create database {name} template {template} strategy file_copy"))
    yield database_url(server, name)
    with administration.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


@pytest.fixture
def is_lock_awaited(administration: Engine, cluster: citus.Cluster | None) -> Callable[[], bool]:
    """A function that returns whether a session of the server or of a node waits for a lock."""
    waiting = "select exists (select from pg_stat_activity where wait_event_type = 'Lock')"
    if cluster is not None:
        return lambda: any(node.run(waiting) == [[True]] for node in cluster.nodes)

    def is_awaited() -> bool:
        with administration.connect() as connection:
            return bool(connection.execute(text(waiting)).scalar_one())

    return is_awaited


@pytest.fixture
def settings(url: str) -> Settings:
    """Settings of the test's database."""
    return Settings(stage="test", database_url=url)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The engine that the functions use."""
    yield engine_for(settings)
    pool_for(settings).close()


@pytest.fixture
def environment(engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of functions that run in this process, on the test's database."""
    for name in list(os.environ):
        if name.startswith(("AUTH_", "DATABASE_", "AUDIT_", "ALLOWED_", "BOOKING_", "SEARCH_", "FRAME_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("AUTH_JWT_SECRET", SECRET)
    monkeypatch.setenv("AUDIT_BUDGET_MS", "30000")  # so that only tests of the budget exceed it
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://app.example")


@pytest.fixture
def api(request: pytest.FixtureRequest, environment: None) -> Api:
    """All functions, called through the Lambda handler, or through the host in the fixture's parameter.

    `tests/functions/test_hosts.py` checks that both hosts give the same answers.
    """
    return Api(HOSTS[getattr(request, "param", "lambda")])
