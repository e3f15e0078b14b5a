"""The databases that are measured on, on a server of their own, and the floor: raw statements through pgbench."""

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
from benchmarks.processes import Failed
from benchmarks.turns import Contender
from common.config import Settings
from common.db.engine import engine_for
from local.postgres import SOCKET
from local.programs import find_binaries
from migrations import upgrade

FLOOR = Path(__file__).parent / "floor"
WARM_UP = 10  # a new session looks things up in the catalogue first; persistent connections have that behind them


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
        """Return the server's socket."""
        return f"{self.sockets}/{SOCKET}"

    @property
    def engine(self) -> Engine:
        """Return the engine that the functions would have."""
        return engine_for(Settings(database_url=self.url))

    def rows(self, statement: str, **values: Any) -> list[Any]:
        """Return the rows of a statement."""
        with self.engine.begin() as connection:
            return list(connection.execute(text(statement), values))

    def run(self, program: str, *arguments: str) -> str:
        """Run one of PostgreSQL's own programs on it."""
        argv = [str(find_binaries() / program), "-h", self.sockets, "-U", "postgres", *arguments, self.name]
        ran = subprocess.run(argv, capture_output=True, text=True, cwd=self.folder, check=False)
        if ran.returncode:
            raise Failed(f"{argv}:\n{ran.stderr}")
        return ran.stdout


@contextmanager
def seeded(url: str, tutors: int, folder: Path, told: Callable[[str], object]) -> Iterator[Database]:
    """Make a database of that many tutors on the server of `url`."""
    server, name = engine_for(Settings(database_url=url)), name_of(tutors)
    with server.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql(f"create database {name}")
    server.dispose()
    with filled(url, tutors, folder, told, datetime.now(UTC).replace(microsecond=0)) as database:
        yield database


def name_of(tutors: int) -> str:
    """Return the name of the database of that many tutors."""
    return f"tutors_{tutors}"


@contextmanager
def filled(url: str, tutors: int, folder: Path, told: Callable[[str], object], now: datetime) -> Iterator[Database]:
    """Migrate and seed the empty database of that many tutors, on the server of `url`."""
    name = name_of(tutors)
    its_url = url.replace("/postgres?", f"/{name}?")
    engine = engine_for(Settings(database_url=its_url))
    try:
        upgrade(engine, "bench")
        yield Database(name, its_url, seed(engine, tutors, now, told), folder)
    finally:
        engine.dispose()


def statement(name: str) -> str:
    """Return a statement of the floor; the tutor is `:tutor_id`, as in our own statements."""
    return (FLOOR / f"{name}.sql").read_text()


def floor(
    name: str, database: Database, script: str, mode: str = "extended", parts: int = 1, **values: Any
) -> Contender:
    """Return pgbench with a script of so many equal parts; a tutor is drawn each time.

    `extended` plans each statement anew, as one has to behind a transaction pooler; `prepared` doesn't.
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
    microseconds = [int(line.split()[2]) for line in log.read_text().splitlines()]
    log.unlink()
    return [spent / 1000 / parts for spent in microseconds[WARM_UP:]]
