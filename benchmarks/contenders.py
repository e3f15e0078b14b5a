"""The contenders of the races: their names, and how they are started.

A contender is a program or a statement that is measured. A peer is a contender that isn't ours.
"""

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks import events
from benchmarks.database import Database
from benchmarks.handlers import NO_PREPARED_STATEMENTS
from benchmarks.machine import Missing
from benchmarks.peers import audited_peers, peers
from benchmarks.processes import Target, Worker, run_worker
from benchmarks.questions import Question
from benchmarks.turns import Contender, Pace

OURS = "Slotledger"
OURS_UNPREPARED = "Slotledger, not prepared"
RAW = "raw statement"
RAW_PREPARED = "raw statement, prepared"
RAW_OURS = "our statement, raw"
AUDITED_PEERS = {"continuum": "SQLAlchemy-Continuum", "django": "django-simple-history", "trigger": "trigger"}


@dataclass(frozen=True)
class Bench:
    """What the races need: databases, programs and files.

    The smallest of `databases` is first. `missing` are the contenders that can't run. `folder` is for temporary files.
    `citus` is the folder with the programs of a PostgreSQL that has Citus, or None.
    """

    pace: Pace
    databases: list[Database]
    missing: Missing
    folder: Path
    citus: Path | None

    @property
    def largest(self) -> Database:
        """Return the largest database. Most races use it."""
        return self.databases[-1]

    @property
    def log(self) -> Path:
        """Return the file that gets the stderr of all processes."""
        return self.folder / "processes.log"

    def start_ours(self, stack: ExitStack, url: str, *, has_prepared_statements: bool = True) -> Worker:
        """Start a worker that calls our functions."""
        argv = [sys.executable, "-m", "benchmarks.ours", *([] if has_prepared_statements else [NO_PREPARED_STATEMENTS])]
        return stack.enter_context(run_worker(argv, events.environment(url), self.log))

    def start_readers(self, stack: ExitStack, url: str) -> dict[str, Worker]:
        """Start our functions, and the peers that are Lambda handlers."""
        readers = {OURS: self.start_ours(stack, url)}
        for peer in peers.workers(url):
            if not self.missing.has(peer.name):
                readers[peer.name] = stack.enter_context(run_worker(peer.argv, peer.env, self.log))
        return readers

    def start_writers(self, stack: ExitStack, url: str, *, should_create_tables: bool) -> dict[str, Worker]:
        """Start our functions, and the audited peers: tools that log changes.

        With `should_create_tables`, each peer creates and fills its tables. Otherwise only the documented forms of the
        peers start, and use the tables of an earlier call.
        """
        writers = {OURS: self.start_ours(stack, url)}
        for form, argv in audited_peers.AUDITED_PEERS:
            tool, _, variant = form.partition("_")
            name = f"{AUDITED_PEERS[tool]}, {variant or 'documented'}"
            if not self.missing.has(name) and (should_create_tables or not variant):
                argv = [argument for argument in argv if should_create_tables or argument != "prepare"]
                writers[name] = stack.enter_context(run_worker(argv, events.environment(url), self.log))
        return writers


def contenders(question: Question, database: Database, targets: Mapping[str, Target]) -> list[Contender]:
    """Return a contender for each of these processes, by the names of the contenders."""
    return [question.contender(name, target, database.data) for name, target in targets.items()]
