"""The fixtures: a real PostgreSQL for each process that runs tests, a database for each test, and the functions."""

import os
from collections.abc import Iterator
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
from local import postgres
from migrations import upgrade
from tests.builders import SECRET
from tests.homes import temporary_home
from tests.hosts import HOSTS, Api

pytest_plugins = ["tests.aws", "tests.pooler"]

hypothesis_settings.register_profile("default", deadline=None)  # these machines are noisy: no timings in tests
hypothesis_settings.load_profile("default")

NAMES = (f"test_{number}" for number in count())
DEPLOYMENTS = "tests/deploy/"

# Nothing has to survive that the machine stops; what a server that is killed has written is in the kernel's hands.
WITHOUT_SYNC = {"fsync": "off", "full_page_writes": "off"}


class Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Sends each test to the process that is free, but all tests of deployments to one: they share a folder."""

    def _split_scope(self, nodeid: str) -> str:
        return DEPLOYMENTS if nodeid.startswith(DEPLOYMENTS) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Scheduling:
    """Say how tests are handed out; what has the most tests begins, and so do deployments, which take long."""
    return Scheduling(config, log)


def stock_url(url: str) -> str:
    """Return a URL for SQLAlchemy's own, stock pg8000."""
    address = address_of(url)
    return f"postgresql+pg8000://{address.user}@/{address.database}?unix_sock={quote(str(address.unix_socket))}"


def database_url(server: str, name: str) -> str:
    """Return the URL of another database of the same server."""
    return server.replace("/postgres?", f"/{name}?")


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder for a server of the test's own."""
    with temporary_home() as folder:
        yield folder


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of the server's own database."""
    with temporary_home() as home, postgres.running(home) as url:
        yield url


@pytest.fixture(scope="session")
def administration(server: str) -> Iterator[Engine]:
    """An engine that makes and drops databases; stock AUTOCOMMIT is harmless without parameters."""
    engine = create_engine(stock_url(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name, value in WITHOUT_SYNC.items():
            connection.execute(text(f"alter system set {name} = {value}"))
        connection.execute(text("select pg_reload_conf()"))
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def template(server: str, administration: Engine) -> str:
    """The name of a migrated database, to be cloned."""
    with administration.connect() as connection:
        connection.execute(text("create database template_slotledger"))
    settings = Settings(database_url=database_url(server, "template_slotledger"))
    upgrade(engine_for(settings), "test")
    pool_for(settings).close()
    return "template_slotledger"


@pytest.fixture
def url(server: str, administration: Engine, template: str) -> Iterator[str]:
    """The URL of a migrated database of the test's own."""
    name = next(NAMES)
    with administration.connect() as connection:
        connection.execute(text(f"create database {name} template {template} strategy file_copy"))
    yield database_url(server, name)
    with administration.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


@pytest.fixture
def settings(url: str) -> Settings:
    """Settings that lead to the test's own database."""
    return Settings(stage="test", database_url=url)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    """The engine that the functions use themselves, too."""
    yield engine_for(settings)
    pool_for(settings).close()


@pytest.fixture
def environment(engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment of functions that run in this process, on the test's own database."""
    for name in list(os.environ):
        if name.startswith(("AUTH_", "DATABASE_", "AUDIT_", "ALLOWED_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("AUTH_JWT_SECRET", SECRET)
    monkeypatch.setenv("AUDIT_BUDGET_MS", "30000")  # only the tests of the budget may run into it
    monkeypatch.setenv("ALLOWED_ORIGINS", "https://app.example")


@pytest.fixture
def api(request: pytest.FixtureRequest, environment: None) -> Api:
    """All functions, through the Lambda handler, or the host that is the fixture's parameter.

    `tests/functions/test_hosts.py` holds the other host to the same answers.
    """
    return Api(HOSTS[getattr(request, "param", "lambda")])
