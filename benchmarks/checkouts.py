"""Two checkouts, this one and one of another commit: their databases, and workers that call their functions."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from benchmarks.data import Data, seed_busy_tutor
from benchmarks.database import Database, name_of, seeded
from benchmarks.processes import ROOT, BenchmarkFailed, Worker, run_worker
from benchmarks.server import print_progress
from migrations import upgrade

HANDLERS = Path(__file__).with_name("handlers.py")
# This code imports the other checkout's modules, because that checkout may have different tables. So the code uses only
# names that exist in other commits, too.
SEED = """
import sys
from pathlib import Path
from benchmarks.data import seed_busy_tutor
from benchmarks.database import seeded
url, tutors, folder = sys.argv[1:]
with seeded(url, int(tutors), Path(folder), lambda step: None) as database:
    seed_busy_tutor(database.engine, database.data)
    print(database.data.now.isoformat())
"""


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """Check out a commit into a new work tree, and yield the tree's path. At the end of the block, remove the tree."""
    other = folder / "checkout"
    try:
        if error := _git("worktree", "add", "--quiet", "--detach", str(other), commit):
            raise BenchmarkFailed(error)
        if (other / "requirements/dev.txt").read_text() != (ROOT / "requirements/dev.txt").read_text():
            print_progress("requirements/dev.txt differs: both checkouts run with the packages of this checkout")
        yield other
    finally:
        _git("worktree", "remove", "--force", str(other))


def _git(*arguments: str) -> str:
    """Run git. Return its error message, or an empty text if it succeeds."""
    process = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return f"git {arguments[0]}: {process.stderr.strip()}" if process.returncode else ""


def run_handlers(root: Path, env: Mapping[str, str], log: Path, *arguments: str) -> AbstractContextManager[Worker]:
    """Run a worker that calls the Lambda handlers of a checkout (handlers.py)."""
    argv = [sys.executable, "-P", str(HANDLERS), *arguments]
    return run_worker(argv, {**env, "PYTHONPATH": str(root)}, log)


@dataclass(frozen=True)
class Side:
    """A checkout and its database."""

    root: Path
    database: Database


@contextmanager
def both_sides(other: Path, url: str, tutors: int, folder: Path) -> Iterator[tuple[Side, Side]]:
    """Seed the databases, with the busy tutor, and yield both checkouts with them: first this one, then the other one.

    If both checkouts have the same migrations, they use the same database. Otherwise the other checkout seeds its own
    database, and this checkout gets a copy of that database, and migrates the copy.
    """
    unknown = _migrations(other) - _migrations(ROOT)
    if unknown:
        raise BenchmarkFailed(f"the other commit has migrations that this checkout doesn't have: {sorted(unknown)}")
    if _migrations(other) == _migrations(ROOT):
        with seeded(url, tutors, folder, lambda step: print_progress(f"{tutors:,} tutors: {step}")) as database:
            seed_busy_tutor(database.engine, database.data)
            yield Side(ROOT, database), Side(other, database)
        return
    print_progress(f"{tutors:,} tutors, in a database for each checkout, because the migrations differ")
    theirs = _seed_with(other, url, tutors, folder)
    # The slots were there at all instants that the questions ask for.
    theirs.run("psql", "-q", "-c", "update tutor_time_slots set created_at = created_at - interval '400 days'")
    ours = replace(
        theirs, name=f"{theirs.name}_here", url=theirs.url.replace(f"/{theirs.name}?", f"/{theirs.name}_here?")
    )
    ours.run("createdb", "--template", theirs.name)
    upgrade(ours.engine, "bench")
    for database in (theirs, ours):
        database.run("psql", "-q", "-c", "vacuum (analyze)", "-c", "checkpoint")
    yield Side(ROOT, ours), Side(other, theirs)


def _migrations(root: Path) -> set[str]:
    return {file.name for file in (root / "migrations" / "versions").glob("*.py")}


def _seed_with(root: Path, url: str, tutors: int, folder: Path) -> Database:
    argv = [sys.executable, "-P", "-c", SEED, url, str(tutors), str(folder)]
    env = {**os.environ, "PYTHONPATH": str(root)}
    process = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    if process.returncode:
        raise BenchmarkFailed(f"the other commit can't seed its database:\n{process.stderr}")
    name = name_of(tutors)
    data = Data(tutors, datetime.fromisoformat(process.stdout.strip()))
    return Database(name, url.replace("/postgres?", f"/{name}?"), data, folder)
