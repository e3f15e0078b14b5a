"""Fixtures for the tests of the functions.

With POOLED=1, the functions and their tests connect to the database through a transaction pooler.
"""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from common.db.address import address_of
from tests.conftest import database_url
from tests.pooler import IS_POOLED, find_leftovers


@pytest.fixture(scope="session")
def functions_server(server: str, request: pytest.FixtureRequest) -> str:
    """The URL of the server's default database, for the functions."""
    return str(request.getfixturevalue("pooler")) if IS_POOLED else server


@pytest.fixture
def url(functions_server: str, url: str) -> str:
    """The URL of the test's database, for the functions."""
    return database_url(functions_server, str(address_of(url).database))


@pytest.fixture
def engine(engine: Engine, url: str) -> Iterator[Engine]:
    """The engine of the functions. With a pooler, the test fails if it leaves something in the pooler's sessions."""
    yield engine
    if IS_POOLED:
        assert find_leftovers(url) == []
