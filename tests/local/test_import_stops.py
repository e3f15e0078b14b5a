"""`make import` that can't go on says why, and a second run goes on where the first one stopped."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from pg8000 import core
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import address_of
from deploy.stages import Stopped
from local.importing import staging
from local.importing.command import import_csv
from local.importing.files import InvalidFile
from local.programs import CannotStart
from tests.builders import monday, replayed, stored_slots
from tests.hosts import ROOT, Api
from tests.imports import (
    BOOKINGS,
    SCHEDULES,
    SLOTS,
    TABLES,
    content,
    read_rejected,
    run_import,
    run_killed_import,
    tutor_named,
    write_csv,
    write_tutors,
)
from tests.proxy import proxy

DAY = monday()
TUTORS = 30
KILLS = 10


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A folder with thirty tutors. Each has six slots, of which two overlap, and a booking."""
    names = [f"tutor {number}" for number in range(TUTORS)]
    write_tutors(tmp_path, *names)
    times = ("09:00", "10:00", "10:30", "12:00", "23:30")
    write_csv(tmp_path, "slots", SLOTS, *(f"{name},{DAY},{each},60" for each in times for name in names))
    write_csv(tmp_path, "bookings", BOOKINGS, *(f"b {name},{name},student,{DAY},12:00,CONFIRMED" for name in names))
    return tmp_path


@pytest.fixture
def local_url(url: str, engine: Engine) -> str:
    """The URL of the test's database, which belongs to no stage."""
    with engine.begin() as connection:
        connection.execute(text("comment on table alembic_version is null"))
    return url


def start(export: Path, url: str, *options: str) -> "subprocess.Popen[str]":
    """Start the command."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "STAGE"))}
    return subprocess.Popen(
        [sys.executable, "-m", "local", "import", str(export), *options],
        cwd=ROOT,
        env={**environment, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_run_that_is_killed_at_ten_random_moments_goes_on_each_time_it_is_started_again(
    export: Path, engine: Engine, local_url: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A moment is before a message to the database, or before its answer: nothing changes the database in between."""

    def count_slots() -> int:
        with engine.connect() as connection:
            return int(connection.execute(text("select count(*) from tutor_time_slots")).scalar_one())

    process = start(export, local_url)
    output, _ = process.communicate(timeout=60)
    assert (process.returncode, len(read_rejected(export))) == (1, TUTORS)
    assert f"slots.csv: {4 * TUTORS} added, 0 unchanged, {TUTORS} rejected" in output
    expected, rejected = content(engine), read_rejected(export)
    messages: list[Any] = []
    send = core._flush

    def count_and_send(socket: Any) -> None:
        messages.append(socket)
        send(socket)

    with monkeypatch.context() as patched:
        patched.setattr(core, "_flush", count_and_send)
        run_import(settings, export)  # with nothing to do: no run sends fewer messages
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"delete from {table}"))
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    counts = {count_slots()}
    for _ in range(KILLS):
        message, is_sent = chance.randrange(len(messages)), chance.random() < 0.5
        assert run_killed_import(local_url, export, message, is_sent=is_sent) == -signal.SIGKILL, f"seed: {seed}"
        counts.add(count_slots())
    run_import(settings, export)
    assert (expected, rejected) == (content(engine), read_rejected(export)), f"seed: {seed}"
    assert len(counts) > 1, f"seed: {seed}"


def test_a_run_that_is_killed_while_it_publishes_schedules_goes_on_when_it_is_started_again(
    tmp_path: Path, engine: Engine, local_url: str, settings: Settings, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed after each of its messages. After one that publishes, repair writes the entries of the log."""
    write_tutors(tmp_path, "ada")
    write_csv(tmp_path, "slots", SLOTS, f"ada,{DAY},12:00,60")
    write_csv(tmp_path, "schedules", SCHEDULES, f"ada,MON,09:00,60,{DAY}", f"ada,TUE,09:00,60,{DAY}")
    messages: list[Any] = []
    send = core._flush

    def count_and_send(socket: Any) -> None:
        messages.append(socket)
        send(socket)

    monkeypatch.setattr("functions.audit_repair.main.SETTLED_AFTER", timedelta(minutes=-1))
    with monkeypatch.context() as patched:
        patched.setattr(core, "_flush", count_and_send)
        run_import(settings, tmp_path)

    def without_log() -> list[Any]:
        tutors, slots, days, _, _, bookings, schedules, events = content(engine)
        return [tutors, slots, [day[:3] for day in days], bookings, schedules, events]

    expected = without_log()
    for message in range(len(messages)):
        with engine.begin() as connection:
            for table in TABLES:
                connection.execute(text(f"delete from {table}"))
        assert run_killed_import(local_url, tmp_path, message, is_sent=True) == -signal.SIGKILL
        run_import(settings, tmp_path)
        assert expected == without_log(), message
        api.repair()
        ada = tutor_named(engine, "ada")
        assert replayed(engine, ada) == stored_slots(engine, ada), message


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
def test_the_exit_status_says_whether_all_rows_are_in(
    export: Path, engine: Engine, local_url: str, options: tuple[str, ...]
) -> None:
    write_csv(export, "slots", SLOTS, *(f"tutor {number},{DAY},12:00,60" for number in range(TUTORS)))
    process = start(export, local_url, *options)
    output, errors = process.communicate(timeout=60)
    assert (0, f"tutors.csv: {TUTORS} added, 0 changed, 0 unchanged, 0 rejected") == (
        process.returncode,
        output.splitlines()[0],
    )
    assert "Importing slots, bookings and schedules" in errors
    assert ("Dry run, nothing was changed" in output) == bool(options)
    assert len(content(engine)[0]) == (0 if options else TUTORS)


def test_a_run_that_loses_its_database_says_what_to_do(
    export: Path, engine: Engine, local_url: str, settings: Settings, is_lock_awaited: Callable[[], bool]
) -> None:
    """The session ends while the import waits for a lock, and it can't connect again."""
    run_import(settings, export)
    expected = content(engine)
    with engine.begin() as connection:
        for table in TABLES[:-2]:
            connection.execute(text(f"delete from {table}"))
    address = address_of(local_url)
    with engine.begin() as connection, proxy(str(address.unix_socket)) as running:
        connection.execute(text("lock table tutor_time_slots in share mode"))
        process = start(export, f"postgresql://postgres@127.0.0.1:{running.port}/{address.database}")
        deadline = monotonic() + 60
        while not is_lock_awaited():
            assert monotonic() < deadline
            sleep(0.01)
        running.let_through = 0  # on new connections
        others = "datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
        connection.execute(text(f"select pg_terminate_backend(pid) from pg_stat_activity where {others}"))
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "The import stopped: the connection to the database failed: " in errors
    assert "Traceback" not in errors
    assert "run the command again. It goes on where it stopped." in errors
    assert content(engine)[1] == []
    run_import(settings, export)
    assert expected == content(engine)


@pytest.mark.parametrize(
    ("table", "state", "why"),
    [
        ("tutor_availability_log", "53100", "the disk of the database server is full"),
        ("tutor_time_slots", "53200", "the database server has too little memory"),
        ("bookings", "57P01", "the connection to the database failed"),
        ("tutors", "08006", "the connection to the database failed"),
        ("bookings", "42501", "the database reports an error"),
    ],
)
def test_an_error_of_the_database_stops_the_import_with_one_line(
    export: Path,
    engine: Engine,
    local_url: str,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    state: str,
    why: str,
) -> None:
    """A second run has the same result as one that wasn't stopped. The trigger lets through the first inserts."""
    run_import(settings, export)
    expected, rejected = content(engine), read_rejected(export)
    first_inserts = 0 if table == "tutors" else TUTORS // 2
    trigger = f"""
        create sequence inserts;
        create function stop() returns trigger language plpgsql as $$ begin
          if nextval('inserts') > {first_inserts} then raise 'something is wrong' using errcode = '{state}'; end if;
          return null;
        end $$;
        create trigger stop after insert on {table} for each statement execute function stop()
    """
    with engine.begin() as connection:
        for name in TABLES:
            connection.execute(text(f"delete from {name}"))
        connection.exec_driver_sql(trigger)
    monkeypatch.setenv("DATABASE_URL", local_url)
    with pytest.raises(CannotStart) as stopped:
        import_csv(export, "local", export, is_dry_run=False)
    assert str(stopped.value).splitlines()[:2] == [
        f"The import stopped: {why}: something is wrong ({state})",
        "What was imported before stays.",
    ]
    assert (content(engine)[1] == []) == (table == "tutors")
    with engine.begin() as connection:
        connection.exec_driver_sql("drop function stop cascade")
    run_import(settings, export)
    assert (expected, rejected) == (content(engine), read_rejected(export))


@pytest.mark.parametrize(("target", "why"), [(".", "Is a directory"), ("/dev/full", "No space left on device")])
def test_nothing_is_imported_if_bad_rows_can_not_be_written(
    export: Path, engine: Engine, settings: Settings, target: str, why: str
) -> None:
    if not Path(target).exists():
        pytest.skip(f"this system has no {target}")
    (export / "rejected.csv").symlink_to(target)
    with pytest.raises(InvalidFile, match=rf"rejected\.csv can't be written: {why}"):
        run_import(settings, export)
    assert content(engine) == [[]] * 8


def test_a_full_disk_stops_the_import(
    export: Path, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(staging, "SCHEMA", f"pragma max_page_count = 8; {staging.SCHEMA}")
    with pytest.raises(sqlite3.OperationalError, match="database or disk is full"):
        run_import(settings, export)
    assert content(engine) == [[]] * 8


def test_the_commands_errors_say_what_to_do(
    export: Path, engine: Engine, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(folder: Path, stage: str = "local") -> str:
        with pytest.raises((CannotStart, Stopped)) as error:
            import_csv(tmp_path, stage, folder, is_dry_run=False)
        return f"{type(error.value).__name__}: {error.value}"

    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("AUTH_JWT_SECRET", "a secret that no test reads")
    assert "CannotStart: Nothing was changed: FROM=" in stop(export / "missing")
    assert "this database belongs to the stage test, not to local" in stop(export)
    assert stop(export, "prod").startswith(
        "Stopped: Nothing was changed.\nNext: run the command again with CONFIRM=prod"
    )
    monkeypatch.setattr(staging, "SCHEMA", f"pragma max_page_count = 8; {staging.SCHEMA}")
    with engine.begin() as connection:
        connection.execute(text("comment on table alembic_version is null"))
    assert stop(export).startswith(
        "CannotStart: The import stopped: temporary files on this machine: database or disk is full. TMPDIR can name a"
        " folder on another disk\nWhat was imported before"
    )
    monkeypatch.setenv("DATABASE_URL", "postgresql://postgres@127.0.0.1:1/nothing")
    assert "The import stopped: the connection to the database failed: Can't create a connection" in stop(export)
