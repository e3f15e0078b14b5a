"""The databases of the benchmarks, and the raw statements that pgbench runs in them."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from benchmarks.data import TUTOR_ID, Data, seed
from benchmarks.processes import BenchmarkFailed
from benchmarks.turns import Contender
from common.config import Settings
from common.db.engine import engine_for
from local.postgres import SOCKET
from local.programs import find_binaries
from migrations import upgrade

RAW_STATEMENTS = Path(__file__).parent / "raw"
# A session's first statements are slower, because they fill its catalogue cache. So they aren't counted.
WARM_UP = 10


@dataclass(frozen=True)
class Database:
    """A seeded database of the server."""

    name: str
    url: str
    data: Data
    folder: Path

    @property
    def sockets(self) -> str:
        """Return the folder of the server's socket."""
        return self.url.partition("?host=")[2]

    @property
    def unix_socket(self) -> str:
        """Return the path of the server's socket."""
        return f"{self.sockets}/{SOCKET}"

    @property
    def engine(self) -> Engine:
        """Return the engine that the functions use for this database."""
        return engine_for(Settings(database_url=self.url))

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """Return the rows of a statement."""
        with self.engine.begin() as connection:
            return list(connection.execute(text(statement), values))

    def run(self, program: str, *arguments: str) -> str:
        """Run a program of PostgreSQL, such as psql, on this database. Return its output."""
        argv = [str(find_binaries() / program), "-h", self.sockets, "-U", "postgres", *arguments, self.name]
        process = subprocess.run(argv, capture_output=True, text=True, cwd=self.folder, check=False)
        if process.returncode:
            raise BenchmarkFailed(f"{argv}:\n{process.stderr}")
        return process.stdout


# checkouts.py calls `seeded` of other commits: keep its name and the order of its arguments.
@contextmanager
def seeded(url: str, tutors: int, folder: Path, on_step: Callable[[str], object]) -> Iterator[Database]:
    """Create, migrate and seed a database with this many tutors on the server of `url`."""
    server, name = engine_for(Settings(database_url=url)), name_of(tutors)
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"create database {name}")
    server.dispose()
    with fill(url, tutors, folder, on_step, datetime.now(UTC).replace(microsecond=0)) as database:
        yield database


def name_of(tutors: int) -> str:
    """Return the name of the database with this many tutors."""
    return f"tutors_{tutors}"


@contextmanager
def fill(url: str, tutors: int, folder: Path, on_step: Callable[[str], object], now: datetime) -> Iterator[Database]:
    """Migrate and seed the empty database for this many tutors on the server of `url`."""
    name = name_of(tutors)
    database_url = url.replace("/postgres?", f"/{name}?")
    engine = engine_for(Settings(database_url=database_url))
    try:
        upgrade(engine, "bench")
        yield Database(name, database_url, seed(engine, tutors, now, on_step), folder)
    finally:
        engine.dispose()


def raw_statement(name: str) -> str:
    """Return a raw statement. As in our functions' statements, its parameter `:tutor_id` is the tutor's id."""
    return (RAW_STATEMENTS / f"{name}.sql").read_text()


def raw_contender(
    name: str, database: Database, script: str, mode: str = "extended", parts: int = 1, **values: Any
) -> Contender:
    """Return a contender that runs a script with pgbench, for a random tutor each time.

    `parts` is the number of requests in the script. The result is the time of one request. In the mode `extended`,
    PostgreSQL plans each statement every time, as behind a transaction pooler. In the mode `prepared`, PostgreSQL plans
    each statement once.
    """
    ids = {":tutor_id": TUTOR_ID.format(":tutor"), ":user_id": TUTOR_ID.format(":tutor + 500000")}
    for variable, expression in ids.items():
        script = script.replace(variable, expression)
    file = database.folder / f"{name.replace(' ', '-')}.sql"
    file.write_text(f"\\set tutor random(1, :tutors)\n{script.strip().removesuffix(';')};\n")
    variables = {"tutors": database.data.tutors, **values}
    options = ["-n", "-c1", "-M", mode, "-f", str(file), "-l", f"--log-prefix={file.stem}"]
    options += [word for variable, value in variables.items() for word in ("-D", f"{variable}={value}")]
    return Contender(name, partial(_measure, database, options, file, parts))


def _measure(database: Database, options: list[str], file: Path, parts: int, count: int, seed: int) -> list[float]:
    runs = WARM_UP + -(-count // parts)
    database.run("pgbench", *options, "-t", str(runs), "--random-seed", str(seed))
    (log,) = database.folder.glob(f"{file.stem}.[0-9]*")
    durations = [int(line.split()[2]) for line in log.read_text().splitlines()]  # in microseconds
    log.unlink()
    return [duration / 1000 / parts for duration in durations[WARM_UP:]]
