"""The steps of `make import`, with a progress bar and the counts."""

import os
import sqlite3
import sys
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import Any, TypeVar
from uuid import UUID

from pg8000.exceptions import Error
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

import migrations
from common.config import Settings
from common.db.engine import engine_for, transact
from common.errors import SlotledgerError
from deploy import operations
from deploy.__main__ import database_of
from local.importing.files import InvalidFile, InvalidRow, Rejections, Row, quote, read_rows
from local.importing.moved_bookings import find_moved
from local.importing.rows import BOOKINGS, FILES, SCHEDULES, SLOTS, TUTORS, RowParser
from local.importing.schedules import ScheduleImport
from local.importing.staging import Staging
from local.importing.state import ADDED, UNCHANGED, TutorPlan
from local.importing.stopping import why_stopped
from local.importing.tutors import CHANGED, TutorsImport
from local.importing.writing import TutorImport
from local.programs import CannotStart
from local.server import default_to_local_database

T = TypeVar("T")

OF_TUTORS = (SLOTS, BOOKINGS, SCHEDULES)
TUTORS_AT_A_TIME = 3
TUTORS_PER_BATCH, KEYS_PER_BATCH, ROWS_PER_BATCH = 500, 1_000, 10_000

NEXT = """What was imported before stays.
Next: correct the cause, if there is one, and run the command again. It goes on where it stopped.
(If neither DATABASE_URL nor STAGE is set, start the database with `make run`.)"""

KNOWN_ZONES = text("select name from pg_timezone_names")


class Import:
    """One run of the import. A dry run changes nothing in the database."""

    def __init__(self, settings: Settings, folder: Path, *, is_dry_run: bool = False) -> None:
        """Raise `InvalidFile` if the folder has no files to import, or if `rejected.csv` can't be written."""
        self._settings, self._folder, self._is_dry_run = settings, folder, is_dry_run
        self._engine = engine_for(settings)
        self._names = _find_files(folder)
        self._rejections = Rejections(folder, FILES)
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(file=sys.stderr),
        )
        self.counts: Counter[tuple[str, str]] = Counter()

    def run(self) -> bool:
        """Import the files, and print the counts; return whether all rows were imported.

        Raise `InvalidFile` if a file can't be imported, before anything is changed in the database. Raise
        `common.errors.Unavailable` if the database can't be reached. Then a second run goes on where this one stopped.
        """
        began = monotonic()
        with self._rejections, self._progress:
            parser = RowParser(transact(self._engine, self._read_zones, read_only=True), datetime.now(UTC))
            staging = Staging()
            for name in self._names:
                self._stage(name, staging, parser)
            tutors = TutorsImport(self._engine, self._rejections, is_dry_run=self._is_dry_run)
            self._save_tutors(staging, tutors)
            self._find_tutors(staging, tutors)
            self._reject_moved_bookings(staging)
            self._import_rows_of_tutors(staging)
            self.counts += tutors.counts
        self._print_counts(monotonic() - began)
        return not self._rejections.counts

    def _read_zones(self, connection: Connection) -> set[str]:
        migrations.refuse_other_stages(connection, self._settings.stage)
        return set(connection.execute(KNOWN_ZONES).scalars())

    def _stage(self, name: str, staging: Staging, parser: RowParser) -> None:
        """Check the rows of a file one by one, and copy those that are valid into the staging database."""
        with (self._folder / name).open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            task = self._progress.add_task(f"Reading {name}", total=size)

            def rows() -> Iterator[Row]:
                all_rows = read_rows(file, name, FILES[name], self._rejections)
                while batch := list(islice(all_rows, ROWS_PER_BATCH)):
                    yield from batch
                    self._progress.update(task, completed=file.tell())

            if name == TUTORS:
                staging.add_tutors(self._parse_rows(name, rows(), parser.tutor))
                self._reject_repeated(name, "external_id", staging)
                self._reject_repeated(name, "user_id", staging)
            elif name == SLOTS:
                staging.add_slots(self._parse_rows(name, rows(), parser.slot))
            elif name == BOOKINGS:
                staging.add_bookings(self._parse_rows(name, rows(), parser.booking))
                self._reject_repeated(name, "external_id", staging)
            else:
                staging.add_schedules(self._parse_rows(name, rows(), parser.schedule))
            self._progress.update(task, completed=size)

    def _parse_rows(self, name: str, rows: Iterable[Row], parse: Callable[[Row], T]) -> Iterator[T]:
        """Yield the parsed rows, and reject those that aren't valid."""
        for row in rows:
            try:
                yield parse(row)
            except InvalidRow as error:
                self._rejections.add(name, row.line, error)

    def _reject_repeated(self, name: str, column: str, staging: Staging) -> None:
        for line, earlier in staging.remove_repeated(name, column):
            self._rejections.add(name, line, InvalidRow(column, "repeated", f"line {earlier} has the same {column}"))

    def _save_tutors(self, staging: Staging, tutors: TutorsImport) -> None:
        total = staging.count(TUTORS)
        task = self._progress.add_task("Saving tutors", total=total, visible=bool(total))
        for batch in staging.tutor_batches(TUTORS_PER_BATCH):
            tutors.save(batch)
            self._progress.advance(task, len(batch))

    def _find_tutors(self, staging: Staging, tutors: TutorsImport) -> None:
        staging.index_by_tutor()
        for keys in staging.key_batches(KEYS_PER_BATCH):
            staging.set_tutors(tutors.find(keys))
        for name in OF_TUTORS:
            for line, key in staging.remove_without_tutor(name):
                message = f"no tutor has the external id or the id {quote(key)}: add the tutor to {TUTORS}"
                self._rejections.add(name, line, InvalidRow("tutor", "tutor_not_found", message))

    def _reject_moved_bookings(self, staging: Staging) -> None:
        message = "this booking is stored for another tutor: cancel it there, and book again, through the API"
        for batch in staging.booking_batches(ROWS_PER_BATCH):
            moved = find_moved(self._engine, batch)
            for row in moved:
                self._rejections.add(BOOKINGS, row.line, InvalidRow("tutor", "booking_edited", message))
            staging.remove_bookings(moved)

    def _import_rows_of_tutors(self, staging: Staging) -> None:
        """Import the slots, bookings and weekly schedules, tutor by tutor."""
        total = sum(map(staging.count, OF_TUTORS))
        task = self._progress.add_task("Importing slots, bookings and schedules", total=total, visible=bool(total))
        tutor_import = TutorImport(self._engine, is_dry_run=self._is_dry_run)
        schedule_import = ScheduleImport(self._settings, is_dry_run=self._is_dry_run)

        def import_rows(tutor_id: UUID, zone: str, slots: Any, bookings: Any, schedules: Any) -> TutorPlan:
            plan = tutor_import.run(tutor_id, zone, slots, bookings)
            schedule_import.run(tutor_id, schedules, plan)
            return plan

        rows_by_tutor = (
            (tutor_id, zone, staging.slots_of(tutor_id), staging.bookings_of(tutor_id), staging.schedules_of(tutor_id))
            for tutor_id, zone in staging.tutors()
        )
        for plan in _call_in_parallel(import_rows, rows_by_tutor):
            for rejected in plan.rejected:
                self._rejections.add(*rejected)
            self.counts += plan.counts
            self._progress.advance(task, len(plan.rejected) + plan.counts.total())

    def _print_counts(self, seconds: float) -> None:
        for name in self._names:
            outcomes = (ADDED, CHANGED, UNCHANGED) if name == TUTORS else (ADDED, UNCHANGED)
            parts = [f"{self.counts[name, outcome]:,} {outcome}" for outcome in outcomes]
            print(f"{name}: {', '.join(parts)}, {self._rejections.counts.get(name, 0):,} rejected")
        print(f"{'Dry run, nothing was changed: ' if self._is_dry_run else ''}{seconds:.1f} s")
        if self._rejections.counts:
            print(f"The rejected rows, each with its reason, are in {self._rejections.path}")


def _call_in_parallel(function: Callable[..., T], arguments: Iterable[tuple[object, ...]]) -> Iterator[T]:
    """Yield the results of the calls, in order. While one call waits for the database, others go on."""
    with ThreadPoolExecutor(TUTORS_AT_A_TIME) as executor:
        running: deque[Future[T]] = deque()
        for each in arguments:
            running.append(executor.submit(function, *each))
            if len(running) > TUTORS_AT_A_TIME:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()


def _find_files(folder: Path) -> list[str]:
    """Return the names of the files to import."""
    if not folder.is_dir():
        raise InvalidFile(f"FROM={folder}: there is no such folder")
    names = [name for name in FILES if (folder / name).exists()]
    if not names:
        raise InvalidFile(f"{folder} has none of the files {', '.join(FILES)}")
    return names


def import_csv(home: Path, stage: str, folder: Path, *, is_dry_run: bool) -> bool:
    """Import the CSV files of a folder; return whether all rows were imported.

    The database is the one in DATABASE_URL. If this isn't set, it is the stage's, and the one that `make run` uses for
    the local stage. A stage with `requiresConfirmation` requires CONFIRM, except for a dry run.

    Raise `CannotStart` if the import stops.
    """
    if stage == migrations.LOCAL:
        default_to_local_database(home)
    settings, confirmed_by = database_of(stage)
    if not is_dry_run:
        operations.confirm(confirmed_by, "import the files")
    try:
        return Import(settings, folder, is_dry_run=is_dry_run).run()
    except (InvalidFile, migrations.MigrationRefused) as error:
        raise CannotStart(f"Nothing was changed: {error}") from None
    except KeyboardInterrupt:
        raise CannotStart(f"Interrupted. {NEXT}") from None
    except (SlotledgerError, DBAPIError, Error, sqlite3.Error, OSError) as error:
        raise CannotStart(f"The import stopped: {why_stopped(error)}\n{NEXT}") from None
