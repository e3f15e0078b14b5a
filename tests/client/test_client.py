"""Run the tests of the TypeScript client (client/test). They send requests to the functions, on the test's database."""

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
from tests.builders import student as make_student
from tests.hosts import served
from tests.node import needs_node, run

UNREACHABLE = "postgres://nobody@127.0.0.1:9/nothing?sslmode=disable"  # no server listens on port 9
INVALID = "postgras://"


@pytest.fixture
def base_url(environment: None, engine: Engine, url: str) -> Iterator[str]:
    """The URL of a server with all functions. Its path /fixtures serves `fixtures_app`."""
    app = DispatcherMiddleware(application(), {"/fixtures": fixtures_app(engine, url)})
    with served(app) as base_url:
        yield base_url


def fixtures_app(engine: Engine, url: str) -> Any:
    """Return an application with which the tests add tutors, students and bookings, run SQL, and change settings."""

    def tutor(timeZone: str) -> Any:  # noqa: N803 - the names of the parameters are those of the JSON fields
        tutor = add_tutor(engine, timeZone)
        return {"id": str(tutor.id), "userId": str(tutor.user_id), "token": tutor.token}

    def student(name: str) -> Any:
        added = make_student(name)
        return {"userId": added.user_id, "token": added.token}

    def booking(tutorId: str, date: str, time: str) -> Any:  # noqa: N803
        add_booking(engine, Tutor(UUID(tutorId), "ada", ""), date_type.fromisoformat(date), time)

    def sql(statement: str) -> Any:
        with engine.begin() as connection:
            connection.execute(text(statement))

    def database(which: str) -> Any:
        os.environ["DATABASE_URL"] = {"reachable": url, "unreachable": UNREACHABLE, "invalid": INVALID}[which]

    def setting(name: str, value: str) -> Any:
        os.environ[name] = value

    functions: list[Callable[..., Any]] = [tutor, student, booking, sql, database, setting]
    fixtures = {function.__name__: function for function in functions}

    @Request.application
    def serve(request: Request) -> Response:
        return Response(json.dumps(fixtures[request.path.removeprefix("/")](**request.get_json())))

    return serve


def test_the_tests_of_the_client_pass(base_url: str) -> None:
    needs_node()
    code, output = run("make", "-s", "node_modules/.package-lock.json")
    assert code == 0, output
    environment = {"API_URL": base_url, "ADMIN_TOKEN": ADMIN, "NO_COLOR": "1"}
    code, output = run("npm", "test", "--workspace", "client", **environment)
    assert code == 0, output
