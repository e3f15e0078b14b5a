"""The TypeScript client's own tests (client/test), against the functions on the test's own database."""

import json
import os
from collections.abc import Callable, Iterator
from datetime import date as date_type
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from werkzeug import Request, Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from local.server import application
from tests.builders import ADMIN, Tutor, add_booking, add_tutor
from tests.hosts import served
from tests.node import needs_node, run

AWAY = "postgres://nobody@127.0.0.1:9/nothing?sslmode=disable"  # where nobody listens
MISSPELT = "postgras://"


@pytest.fixture
def base_url(environment: None, engine: Engine, url: str) -> Iterator[str]:
    """Where all functions are served; and below /given, what the client's tests need besides them."""
    app = DispatcherMiddleware(application(), {"/given": given(engine, url)})
    with served(app) as url_of_it:
        yield url_of_it


def given(engine: Engine, url: str) -> Any:
    """Return an application that makes tutors, bookings and mishaps."""

    def tutor(timeZone: str) -> Any:  # noqa: N803 - the names of the JSON
        made = add_tutor(engine, timeZone)
        return {"id": str(made.id), "userId": str(made.user_id), "token": made.token}

    def booking(tutorId: str, date: str, time: str) -> Any:  # noqa: N803
        add_booking(engine, Tutor(UUID(tutorId), UUID(int=0), ""), date_type.fromisoformat(date), time)

    def sql(statement: str) -> Any:
        with engine.begin() as connection:
            connection.execute(text(statement))

    def database(which: str) -> Any:
        os.environ["DATABASE_URL"] = {"there": url, "away": AWAY, "misspelt": MISSPELT}[which]

    makers: dict[str, Callable[..., Any]] = {"tutor": tutor, "booking": booking, "sql": sql, "database": database}

    @Request.application
    def serve(request: Request) -> Response:
        return Response(json.dumps(makers[request.path.removeprefix("/")](**request.get_json())))

    return serve


def test_the_client_speaks_with_the_functions(base_url: str) -> None:
    needs_node()
    code, said = run("make", "-s", "node_modules/.package-lock.json")
    assert code == 0, said
    environment = {"API_URL": base_url, "ADMIN_TOKEN": ADMIN, "NO_COLOR": "1"}
    code, said = run("npm", "test", "--workspace", "client", **environment)
    assert code == 0, said
