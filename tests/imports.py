"""Folders of CSV files, imports of them, and what the database has afterwards."""

import csv
import itertools
import multiprocessing
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from pg8000 import core
from sqlalchemy import Engine, text

from common.config import Settings
from local.importing.command import Import
from tests.builders import Tutor, make_token

TUTORS = "external_id,user_id,name,time_zone"
SLOTS = "tutor,date,time,duration_minutes"
BOOKINGS = "external_id,tutor,student_id,date,time,status"
SCHEDULES = "tutor,weekday,time,duration_minutes,valid_from"
# What an import writes to, each before the tables that it refers to.
TABLES = (
    "bookings",
    "tutor_time_slots",
    "tutor_availability_log",
    "tutor_days",
    "weekly_schedules",
    "settings_events",
    "tutors",
)


class Rejected(NamedTuple):
    """A row of rejected.csv; `code` is the beginning of its reason."""

    file: str
    line: int
    column: str
    code: str


def write_csv(folder: Path, name: str, *lines: str) -> None:
    """Write a file of the folder."""
    (folder / f"{name}.csv").write_text("".join(f"{line}\n" for line in lines))


def write_tutors(folder: Path, *names: str) -> None:
    """Write tutors.csv: their names are also their external ids and their users."""
    write_csv(folder, "tutors", TUTORS, *(f"{name},{name},{name},Europe/Copenhagen" for name in names))


def run_import(settings: Settings, folder: Path, *, is_dry_run: bool = False) -> dict[str, dict[str, int]]:
    """Import the files of the folder; return the counts that aren't 0, by file and outcome."""
    run = Import(settings, folder, is_dry_run=is_dry_run)
    run.run()
    counts: dict[str, dict[str, int]] = {}
    for (name, outcome), count in sorted(run.counts.items()):
        counts.setdefault(name.removesuffix(".csv"), {})[outcome] = count
    for each in read_rejected(folder):
        of_file = counts.setdefault(each.file.removesuffix(".csv"), {})
        of_file["rejected"] = of_file.get("rejected", 0) + 1
    return counts


def run_killed_import(url: str, folder: Path, message: int, *, is_sent: bool) -> int:
    """Import in another process, which kills itself before or after it sends a message; return its exit code.

    `message` counts the messages to the database from 0. The process is forked from one that has imported the code
    already, so it starts quickly.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])
    process = context.Process(target=_import_until, args=(url, folder, message, is_sent))
    process.start()
    process.join(timeout=60)
    assert process.exitcode is not None, "the import hangs"
    return process.exitcode


def _import_until(url: str, folder: Path, message: int, is_sent: bool) -> None:
    numbers, send = itertools.count(), core._flush

    def send_or_die(socket: Any) -> None:
        is_last = next(numbers) == message
        if is_sent or not is_last:
            send(socket)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)

    core._flush = send_or_die
    Import(Settings(database_url=url), folder).run()


def read_rejected(folder: Path) -> list[Rejected]:
    """Return the rows of rejected.csv."""
    with (folder / "rejected.csv").open(newline="") as file:
        return [
            Rejected(row["file"], int(row["line"]), row["column"], row["reason"].partition(":")[0])
            for row in csv.DictReader(file)
        ]


def tutor_named(engine: Engine, external_id: str) -> Tutor:
    """Return an imported tutor."""
    with engine.connect() as connection:
        find = text("select id, user_id from tutors where external_id = :external_id")
        row = connection.execute(find, {"external_id": external_id}).one()
    return Tutor(row.id, row.user_id, make_token(row.user_id))


# What an import writes, without the ids and instants that differ between two runs.
CONTENT = (
    "select external_id, user_id, name, time_zone, active, legacy_time_zone from tutors order by 1",
    """
    select external_id, date, start_time, duration_minutes, slot.time_zone, starts_at
    from tutor_time_slots as slot join tutors on tutors.id = tutor_id order by 1, 2, 3
    """,
    """
    select external_id, date, version, repaired_version, repaired_entries, repaired_versions, checked_version
    from tutor_days join tutors on tutors.id = tutor_id order by 1, 2
    """,
    """
    select external_id, date, version, start_time, duration_minutes, action, reason, changed_by, notes, source,
      entry.time_zone, change_set_size
    from tutor_availability_log as entry join tutors on tutors.id = tutor_id order by 1, 2, 3, 4, action desc
    """,
    """
    select external_id, count(distinct change_set_id)
    from tutor_availability_log join tutors on tutors.id = tutor_id group by 1 order by 1
    """,
    """
    select tutors.external_id, booking.external_id, student_id, student_name, date, start_time, status,
      booking.time_zone, hold_expires_at, occupied_start_time
    from bookings as booking join tutors on tutors.id = tutor_id order by 1, 2
    """,
    """
    select external_id, cast(schedule as text), version, published_through, set_by
    from weekly_schedules join tutors on tutors.id = tutor_id order by 1
    """,
    "select external_id, changed_by, field from settings_events join tutors on tutors.id = tutor_id order by 1, 3",
)


def content(engine: Engine) -> list[Sequence[Any]]:
    """Return what the database has, without the ids and instants that differ between two runs."""
    with engine.connect() as connection:
        return [list(map(tuple, connection.execute(text(select)))) for select in CONTENT]
