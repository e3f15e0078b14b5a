"""Two commits side by side, this checkout and another: their databases, and workers that call their functions."""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from benchmarks.data import Data
from benchmarks.database import Database, name_of, seeded
from benchmarks.processes import ROOT, Failed, Worker, worker
from benchmarks.server import say
from migrations import upgrade

HANDLERS = Path(__file__).with_name("handlers.py")
# Run with the other checkout as the import path, whose tables may be different.
SEED = """
import sys
from pathlib import Path
from benchmarks.database import seeded
url, tutors, folder = sys.argv[1:]
with seeded(url, int(tutors), Path(folder), lambda step: None) as database:
    print(database.data.now.isoformat())
"""


@contextmanager
def checked_out(commit: str, folder: Path) -> Iterator[Path]:
    """Check a commit out, in a work tree that goes away with the `with`."""
    other = folder / "checkout"
    try:
        if complaint := _git("worktree", "add", "--quiet", "--detach", str(other), commit):
            raise Failed(complaint)
        if (other / "requirements/dev.txt").read_text() != (ROOT / "requirements/dev.txt").read_text():
            say("requirements/dev.txt differs: both run with the packages of this checkout")
        yield other
    finally:
        _git("worktree", "remove", "--force", str(other))


def _git(*arguments: str) -> str:
    """Return what git complains of, nothing when it has done its work."""
    ran = subprocess.run(["git", "-C", str(ROOT), *arguments], capture_output=True, text=True, check=False)
    return f"git {arguments[0]}: {ran.stderr.strip()}" if ran.returncode else ""


def handlers_of(root: Path, env: Mapping[str, str], log: Path, *as_if: str) -> AbstractContextManager[Worker]:
    """Run a worker that calls the handlers of a checkout (handlers.py)."""
    argv = [sys.executable, "-P", str(HANDLERS), *as_if]
    return worker(argv, {**env, "PYTHONPATH": str(root)}, log)


@dataclass(frozen=True)
class Side:
    """A checkout, and the database that it works on."""

    root: Path
    database: Database


@contextmanager
def both_sides(other: Path, url: str, tutors: int, folder: Path) -> Iterator[tuple[Side, Side]]:
    """Seed one database for this checkout and the other one; or one for each, where their migrations differ.

    Then the other one seeds the first, and this checkout migrates a copy of it.
    """
    missing = _migrations(other) - _migrations(ROOT)
    if missing:
        raise Failed(f"this checkout doesn't have the other's migrations {sorted(missing)}")
    if _migrations(other) == _migrations(ROOT):
        with seeded(url, tutors, folder, lambda step: say(f"{tutors:,} tutors: {step}")) as database:
            yield Side(ROOT, database), Side(other, database)
        return
    say(f"{tutors:,} tutors, for each its own: the migrations differ")
    its = _seeded_by(other, url, tutors, folder)
    ours = replace(its, name=f"{its.name}_here", url=its.url.replace(f"/{its.name}?", f"/{its.name}_here?"))
    ours.run("createdb", "--template", its.name)
    upgrade(ours.engine, "bench")
    for database in (its, ours):
        database.run("psql", "-q", "-c", "vacuum (analyze)", "-c", "checkpoint")
    yield Side(ROOT, ours), Side(other, its)


def _migrations(root: Path) -> set[str]:
    return {file.name for file in (root / "migrations" / "versions").glob("*.py")}


def _seeded_by(root: Path, url: str, tutors: int, folder: Path) -> Database:
    argv = [sys.executable, "-P", "-c", SEED, url, str(tutors), str(folder)]
    env = {**os.environ, "PYTHONPATH": str(root)}
    ran = subprocess.run(argv, env=env, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise Failed(f"the other commit can't seed its database:\n{ran.stderr}")
    name = name_of(tutors)
    data = Data(tutors, datetime.fromisoformat(ran.stdout.strip()))
    return Database(name, url.replace("/postgres?", f"/{name}?"), data, folder)
