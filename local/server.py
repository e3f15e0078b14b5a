"""The server of `make run`: every function on one port, each in its own app of functions-framework."""

import json
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import functions_framework
from sqlalchemy import text
from werkzeug import Request, Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from common import config
from common.config import InvalidSettings
from common.db.engine import engine_for, transact
from common.errors import SlotledgerError
from deploy.stages import handlers, methods
from local import dashboard, demo, openapi, postgres, reference, tokens
from local.database import HOW_TO_ADD_A_TUTOR, embedded_database, has_tutors, migrate
from local.parent import interrupted_with_make
from local.programs import CannotStart
from local.tokens import sign

PROJECT = Path(__file__).parent.parent
HOST = "127.0.0.1"


def run(home: Path) -> None:
    """Serve until SIGINT, SIGTERM or SIGHUP, then stop everything that was started.

    Raise `CannotStart` if a setting isn't valid, or if something can't be started.
    """
    dashboard.frame_ancestors()  # so that an error is shown now, and not when somebody opens the page
    for stop_signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(stop_signal, _interrupt)
    is_embedded = not os.environ.get("DATABASE_URL")
    database = embedded_database(home, _stop_after_database) if is_embedded else nullcontext()
    try:
        with interrupted_with_make(), _listening(_port()) as serve, database:
            _prepare_environment(home)
            settings = config.current()
            migrate(settings, is_embedded=is_embedded)
            if is_embedded or os.environ.get("DEMO") == "1":
                demo.load(settings)
            serve(f'in {home}: psql "{postgres.url(home)}"' if is_embedded else "the one that DATABASE_URL names")
    except KeyboardInterrupt:
        pass  # this interrupt comes during the start; `serve` handles later ones, and returns
    print("\nStopped. The data is kept for the next run.")


def token(home: Path, tutor_id: UUID | None, *, student: str | None, is_admin: bool) -> str:
    """Return a token for an admin, for a student with a name, or for a tutor's user.

    Raise `CannotStart` if the stage isn't local, if `tutor_id` is missing, or if the tutor can't be read.
    """
    default_to_local_database(home)
    settings = config.current()
    if settings.stage != "local":
        raise CannotStart("make token works on the local stage only; elsewhere the auth provider signs the tokens")
    if is_admin:
        return sign(tokens.ADMIN, is_admin=True)
    if student is not None:
        return tokens.sign_student(student)
    if tutor_id is None:
        raise CannotStart("use make token TUTOR=<id>, make token STUDENT=<name>, or make token ADMIN=1")
    find = text("select user_id from tutors where id = :id")
    try:
        user_id = transact(engine_for(settings), lambda c: c.execute(find, {"id": tutor_id}).scalar())
    except SlotledgerError as error:
        raise CannotStart(f"{error} (If DATABASE_URL isn't set, start the database with `make run`.)") from None
    if user_id is None:
        raise CannotStart(f"there is no tutor {tutor_id}")
    return sign(user_id)


def default_to_local_database(home: Path) -> None:
    """Set the variables of the local stage, and DATABASE_URL to the database of `make run`, unless they are set."""
    _prepare_environment(home)
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = postgres.url(home)


def application() -> Any:
    """Return all functions as one WSGI application, each under its name.

    functions-framework adds each function's folder to Python's path. Nothing needs that, and with each application the
    path would be longer: after some hundreds, no process can be started that gets the path as an argument.
    """
    path = list(sys.path)
    apps = {
        f"/{name}": functions_framework.create_app(name, str(PROJECT / "functions" / name / "main.py"))  # type: ignore[no-untyped-call]
        for name in handlers()
    }
    sys.path[:] = path
    dispatch = DispatcherMiddleware(_root_app, apps)

    def route(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] in apps:  # each function answers at the root of its URL
            environ = {**environ, "PATH_INFO": f"{environ['PATH_INFO']}/"}
        return dispatch(environ, start_response)

    return route


@Request.application
def _root_app(request: Request) -> Response:
    if request.path == "/openapi.json":
        document = openapi.document(datetime.now(UTC).year + 1)  # its examples can be sent to the functions
        return Response(json.dumps(document), content_type="application/json")
    if reference.is_path(request.path):
        return reference.serve(request)
    if dashboard.is_built():
        return dashboard.serve(request)
    if request.path == "/":
        paths = "".join(f"  {method:4} /{name}\n" for name, (method, *_) in methods().items())
        return Response(f"Slotledger, local stage\n\n{paths}  GET  /openapi.json\n  GET  {reference.PATH}\n")
    return Response("Not found. / lists the functions.\n", status=404)


def _port() -> int:
    port = os.environ.get("PORT") or "8080"
    if not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise CannotStart(f"PORT={port}: use a number from 0 to 65535; with 0, a free port is chosen")
    return int(port)


class QuietHandler(WSGIRequestHandler):
    """A handler that keeps connections open and writes no access log."""

    protocol_version = "HTTP/1.1"
    timeout = 30  # seconds; a client may send less than its Content-Length

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Log nothing: the functions log each request."""


@contextmanager
def _listening(port: int) -> Iterator[Any]:
    """Bind the port before anything else is started; yield the function that serves on it."""
    try:
        server = make_server(HOST, port, _root_app, threaded=True, request_handler=QuietHandler)
    except SystemExit:  # werkzeug printed the reason and wants to exit
        raise CannotStart(
            f"port {port} can't be used; see above. Next: stop the program that uses it, or use another port:"
            " make run PORT=8081"
        ) from None

    def serve(database: str) -> None:
        server.app = application()
        _print_addresses(server.port, database)
        server.serve_forever()

    try:
        yield serve
    finally:
        server.server_close()


def _prepare_environment(home: Path) -> None:
    """Set the stage, the origins and the secret, unless they are set; with a JWKS URL, set no secret.

    The secret is created once and kept in `home`. Raise `CannotStart` if the settings aren't valid.
    """
    os.environ.setdefault("STAGE", "local")
    os.environ.setdefault("ALLOWED_ORIGINS", "http://localhost:5173,http://127.0.0.1:5173")
    if not os.environ.get("AUTH_JWT_SECRET") and not os.environ.get("AUTH_JWKS_URL"):
        home.mkdir(parents=True, exist_ok=True)
        file = home / "jwt-secret"
        if not file.exists():
            incomplete = home / f"jwt-secret.{os.getpid()}"
            incomplete.touch(mode=0o600)
            incomplete.write_text(secrets.token_urlsafe(48))
            incomplete.rename(file)
        os.environ["AUTH_JWT_SECRET"] = file.read_text()
    try:
        config.current()
    except InvalidSettings as error:
        raise CannotStart(str(error)) from None


def _print_addresses(port: int, database: str) -> None:
    base = f"http://{HOST}:{port}"
    settings = config.current()
    tutors = demo.tutors_of(settings)
    print(f"\nSlotledger is running at {base}\n")
    for name, (method, *_) in methods().items():
        print(f"  {method:4} {base}/{name}")
    print(f"  GET  {base}/openapi.json\n")
    if reference.is_installed():
        print(f"The API reference, in which you can send requests, is at {base}{reference.PATH}")
    print(
        f"The dashboard is at {base}/\n"
        if dashboard.is_built()
        else "There is no dashboard. Next: if Node is missing, install Node 22 (https://nodejs.org; 20.19 works)."
        " Then run: make run\n"
    )
    print(f"The database is {database}.\n")
    if tutors:
        print("Demo tutors (make token TUTOR=<id> prints a tutor's token):\n")
        for tutor in tutors:
            print(f"  {tutor.id}  {tutor.name:18} {tutor.time_zone}")
        first = tutors[0]
        day = (datetime.now(UTC) + timedelta(days=1)).date()
        print(f"\nTry it, as {first.name}:\n")
        print(f'  curl "{base}/get_availability?tutorId={first.id}"\n')
        print(f'  curl -X PUT "{base}/update_availability" \\')
        print(f'    -H "Authorization: Bearer {sign(first.user_id)}" \\')
        body = {"tutorId": str(first.id), "date": str(day), "timeSlots": [{"time": "20:00", "durationMinutes": 45}]}
        print(f"    -d '{json.dumps({**body, 'dryRun': True})}'\n")
    elif not has_tutors(settings):
        print(HOW_TO_ADD_A_TUTOR)
    print("Ctrl-C stops it.\n", flush=True)


def _stop_after_database() -> None:
    print("PostgreSQL ended. Its log is postgres.log, beside the data.", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGTERM)


def _interrupt(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
