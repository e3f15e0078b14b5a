"""With POOLED=1, the functions (and the tests, where they look) reach the database through a transaction pooler."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from common.db.address import address_of
from tests.conftest import database_url
from tests.pooler import IS_POOLED, left_behind


@pytest.fixture(scope="session")
def front(server: str, request: pytest.FixtureRequest) -> str:
    """The URL of the server's own database, as the functions reach it."""
    return str(request.getfixturevalue("pooler")) if IS_POOLED else server


@pytest.fixture
def url(front: str, url: str) -> str:
    """The URL of the test's own database, as the functions reach it."""
    return database_url(front, str(address_of(url).database))


@pytest.fixture
def engine(engine: Engine, url: str) -> Iterator[Engine]:
    """The engine of the functions, after whom a pooler's sessions are as they were, its clients still being there."""
    yield engine
    if IS_POOLED:
        assert left_behind(url) == []
