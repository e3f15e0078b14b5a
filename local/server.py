"""Every function on one port, each served by functions-framework's own app, with a database and a secret at hand."""

import json
import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import functions_framework
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug import Request, Response
from werkzeug.middleware.dispatcher import DispatcherMiddleware
from werkzeug.serving import WSGIRequestHandler, make_server

from common import config
from common.config import InvalidSettings
from common.db.engine import engine_for, transact
from common.errors import SlotledgerError
from deploy.stages import declarations, handlers
from local import dashboard, demo, openapi, postgres, tokens
from local.programs import CannotStart
from local.tokens import sign
from migrations import LOCAL, MigrationRefused, upgrade

PROJECT = Path(__file__).parent.parent
HOST = "127.0.0.1"


def run(home: Path) -> None:
    """Serve until Ctrl-C; whatever was started, ends with it."""
    for ending in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, _end)
    if "MAKELEVEL" in os.environ:
        postgres.stop_with_parent()  # make may be killed without a word
    try:
        with _listening(_port()) as serve, _database(home) as is_ours:
            _prepare_environment(home)
            settings = config.current()
            try:
                # Whatever STAGE says: no stage's database is for trying things out.
                upgrade(engine_for(settings), LOCAL)
            except MigrationRefused as why:
                raise CannotStart(str(why)) from why
            except (SlotledgerError, SQLAlchemyError, OSError) as error:
                raise CannotStart(f"the database can't be migrated: {error}") from error
            if is_ours or os.environ.get("DEMO") == "1":
                demo.load(settings)
            serve(f"in {home}" if is_ours else "that of DATABASE_URL")
    except KeyboardInterrupt:
        pass  # while starting; while serving, the server itself takes it as the end
    print("\nStopped. The data stays for the next time.")


def token(home: Path, tutor_id: UUID | None, *, is_admin: bool) -> str:
    """Return a token for the tutor's user, or for an admin; on the local stage only."""
    use_local_database(home)
    settings = config.current()
    if settings.stage != "local":
        raise CannotStart("tokens are made here for the local stage only; elsewhere the auth provider makes them")
    if is_admin:
        return sign(tokens.ADMIN, is_admin=True)
    if tutor_id is None:
        raise CannotStart("say whose: make token TUTOR=<id>, or make token ADMIN=1")
    find = text("select user_id from tutors where id = :id")
    try:
        user_id = transact(engine_for(settings), lambda c: c.execute(find, {"id": tutor_id}).scalar())
    except SlotledgerError as error:
        raise CannotStart(f"{error} (is `make run` running?)") from None
    if user_id is None:
        raise CannotStart(f"there is no tutor {tutor_id}")
    return sign(user_id)


def use_local_database(home: Path) -> None:
    """See to it that DATABASE_URL leads somewhere: to the database of `make run`, unless it is set."""
    _prepare_environment(home)
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = postgres.url(home)


def application() -> Any:
    """Return all functions as one WSGI application, each under its name."""
    sys.path.insert(0, str(PROJECT))
    apps = {
        f"/{name}": functions_framework.create_app(name, str(PROJECT / "functions" / name / "main.py"))  # type: ignore[no-untyped-call]
        for name in handlers()
    }
    dispatch = DispatcherMiddleware(_root_app, apps)

    def at_its_root(environ: Any, start_response: Any) -> Any:
        if environ["PATH_INFO"] in apps:  # each function answers at the root of its own URL
            environ = {**environ, "PATH_INFO": f"{environ['PATH_INFO']}/"}
        return dispatch(environ, start_response)

    return at_its_root


@Request.application
def _root_app(request: Request) -> Response:
    if request.path == "/openapi.json":
        return Response(json.dumps(openapi.document()), content_type="application/json")
    if dashboard.is_built():
        return dashboard.serve(request)
    if request.path == "/":
        paths = "".join(f"  {method:4} /{name}\n" for name, method in _methods().items())
        return Response(f"Slotledger, local stage\n\n{paths}  GET  /openapi.json\n")
    return Response("There is nothing here; see /\n", status=404)


def _methods() -> dict[str, str]:
    return {name: declared.methods[0] for name, declared in declarations().items()}


def _port() -> int:
    given = os.environ.get("PORT") or "8080"
    if not given.isascii() or not given.isdigit() or int(given) > 65535:
        raise CannotStart(f"PORT={given}: expected a port's number; 0 takes a free one")
    return int(given)


class QuietHandler(WSGIRequestHandler):
    """Speaks with a client over one connection, and says nothing of it."""

    protocol_version = "HTTP/1.1"
    timeout = 30  # for a client that announces more than it sends

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Leave it to the functions, which write a line for each request."""


@contextmanager
def _listening(port: int) -> Iterator[Any]:
    """Take the port, before anything else is started; yield what serves on it."""
    try:
        server = make_server(HOST, port, _root_app, threaded=True, request_handler=QuietHandler)
    except SystemExit:  # werkzeug's way of saying so, after a word on standard error
        raise CannotStart(f"port {port} is taken: stop who has it, or choose another one: make run PORT=8081") from None

    def serve(database: str) -> None:
        server.app = application()
        _print_addresses(server.port, database)
        server.serve_forever()

    try:
        yield serve
    finally:
        server.server_close()


@contextmanager
def _database(home: Path) -> Iterator[bool]:
    """See to it that DATABASE_URL leads to a database; yield whether it is our own."""
    if os.environ.get("DATABASE_URL"):
        yield False
    else:
        with postgres.running(home, _database_ended) as url:
            os.environ["DATABASE_URL"] = url
            yield True


def _prepare_environment(home: Path) -> None:
    """Fill in what the local stage can fill in by itself: the stage, a secret of its own, its own origins."""
    os.environ.setdefault("STAGE", "local")
    os.environ.setdefault("ALLOWED_ORIGINS", "http://localhost:5173,http://127.0.0.1:5173")
    if not os.environ.get("AUTH_JWT_SECRET") and not os.environ.get("AUTH_JWKS_URL"):
        home.mkdir(parents=True, exist_ok=True)
        file = home / "jwt-secret"
        if not file.exists():
            making = home / f"jwt-secret.{os.getpid()}"
            making.touch(mode=0o600)
            making.write_text(secrets.token_urlsafe(48))
            making.rename(file)
        os.environ["AUTH_JWT_SECRET"] = file.read_text()
    try:
        config.current()
    except InvalidSettings as error:
        raise CannotStart(str(error)) from None


def _print_addresses(port: int, database: str) -> None:
    base = f"http://{HOST}:{port}"
    tutors = demo.tutors_of(config.current())
    print(f"\nSlotledger is running at {base}\n")
    for name, method in _methods().items():
        print(f"  {method:4} {base}/{name}")
    print(f"  GET  {base}/openapi.json\n")
    print(
        f"The dashboard is at {base}/\n"
        if dashboard.is_built()
        else "There is no dashboard: Node 20.19 or newer builds it (https://nodejs.org), then make run again.\n"
    )
    print(f"The database is {database}.\n")
    if tutors:
        print("Demo tutors (make token TUTOR=<id> prints a token for one):\n")
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
    print("Ctrl-C stops it.\n", flush=True)


def _database_ended() -> None:
    print("PostgreSQL has ended by itself; its log is postgres.log, beside the data.", file=sys.stderr, flush=True)
    os.kill(os.getpid(), signal.SIGTERM)


def _end(_signal: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
