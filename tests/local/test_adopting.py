"""`docs/adopting.md`: its commands bring a made-up platform into Slotledger, beside it in the same database."""

import csv
import json
import os
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from hashlib import md5
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import UUID

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from common.config import Settings
from common.db.engine import engine_for
from common.db.pool import pool_for
from local.programs import find_binaries
from tests.attempts import user_url
from tests.conftest import database_url
from tests.db.test_integrating import STATEMENTS
from tests.db.test_roles import NAMES
from tests.hosts import ROOT
from tests.imports import content
from tests.local.test_run import copied, environment, link, running

PAGE = (ROOT / "docs/adopting.md").read_text()
URL_OF_PAGE = "postgresql://owner@db.example.com/app"
# The page's commands in each block, with the output that the page shows, if it does.
BLOCKS = re.findall(r"```sh\n(.*?)```\n+(?:```text\n(.*?)```)?", PAGE, re.DOTALL)
REASONS = re.findall(r"^\| (\w+\.csv) \| (\w+) \| (\w+) \| (\d+) \|", PAGE, re.MULTILINE)
END = "=== status"
OUR_SCHEMA = "&options=-c%20search_path%3Dslotledger"
TUTORS = ("Tutor 1", "Tutor 2", "Tutor 3", "Tutor 4", "Tutor 5", "Tutor 6")  # one in each zone

SLOTS_OF_PLATFORM = text("""
select at.starts_at, at.starts_at + duration_minutes * interval '1 minute', exists (
  select from bookings
  where bookings.tutor_id = slot.tutor_id and bookings.starts_at = at.starts_at and status <> 'cancelled'
)
from tutor_time_slots as slot
join tutors on tutors.id = slot.tutor_id
cross join lateral (select (date + time) at time zone time_zone as starts_at) as at
where full_name = :name and date between current_date and current_date + 19
order by 1
""")
DATES = text("select current_date, current_date + 19, current_date + 5")


class Shell:
    """A terminal in which the page's commands run one after another. Its database is the one that the page names."""

    def __init__(self, folder: Path, database: str) -> None:
        self._database = database
        self._process = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env=environment(PATH=f"{find_binaries()}{os.pathsep}{os.environ['PATH']}"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.server = ""

    def run(self, commands: str) -> tuple[int, str]:
        """Run commands; return the exit status of the last one, and the output of all."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        commands = commands.replace(f"{URL_OF_PAGE}?", f"{self._database}&").replace(URL_OF_PAGE, self._database)
        commands = commands.replace("localhost:8080", self.server)
        self._process.stdin.write(f"{commands}\nprintf '\\n%s %s\\n' '{END}' $?\n")
        self._process.stdin.flush()
        output = ""
        for line in self._process.stdout:
            if line.startswith(END):
                return int(line.removeprefix(END)), output.strip()
            output += line
        raise AssertionError(f"the shell ended:\n{output}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._process.communicate(timeout=30)


@pytest.fixture
def database(server: str, administration: Engine) -> Iterator[str]:
    """The URL of a database with the made-up platform's tables in its schema public."""
    if not (find_binaries() / "psql").exists():
        pytest.skip(f"the commands of the page need psql, which isn't in {find_binaries()}")
    with administration.connect() as connection:
        connection.execute(text("create database platform"))
    url = database_url(server, "platform")
    psql: list[str | Path] = [
        find_binaries() / "psql",
        "-q",
        "-v",
        "ON_ERROR_STOP=1",
        url,
        "-f",
        ROOT / "tests/local/platform.sql",
    ]
    subprocess.run(psql, check=True)
    yield url
    with administration.connect() as connection:
        connection.execute(text("drop database platform with (force)"))
        connection.execute(text(f"drop role if exists {', '.join(('tutoring_app', *NAMES))}"))


@contextmanager
def engine_of(url: str) -> Iterator[Engine]:
    """Yield an engine, and close its connections."""
    settings = Settings(stage="local", database_url=url)
    yield engine_for(settings)
    pool_for(settings).close()


def without_seconds(output: str) -> str:
    """Return what an import prints, without the time it took and the progress bar."""
    lines = [line for line in output.strip().splitlines() if not re.match(r"(Reading|Saving|Importing|make:) ?", line)]
    return re.sub(r"\d+\.\d s$", "… s", "\n".join(lines), flags=re.MULTILINE)


def request(url: str, token: str = "", body: Any = None, **query: object) -> Any:
    """Send a request to the server, and return its answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    method = "GET" if body is None else "PUT"
    with urlopen(Request(f"{url}?{urlencode(query)}", data, headers, method=method), timeout=30) as response:
        return json.load(response)


@pytest.mark.skipif(shutil.which("curl") is None, reason="the commands of the page need curl")
def test_the_commands_of_the_page_move_a_platform_in(database: str) -> None:
    blocks = iter(BLOCKS)
    ours = f"{database}{OUR_SCHEMA}"

    def run_until(words: str) -> str:
        """Run the next blocks, up to the one with these words. Check each output; return the last one."""
        for commands, shown in blocks:
            status, output = shell.run(commands)
            is_rejecting = "rejected rows" in shown
            assert (status == 0) != is_rejecting, output
            if shown:
                assert without_seconds(output) == without_seconds(shown)
            if words in commands:
                return output
        raise AssertionError(f"the page has no more commands with {words}")

    with copied() as clone, engine_of(database) as platform, engine_of(ours) as ledger, Shell(clone, database) as shell:
        link(clone, ".venv")
        before = tables_of(platform)
        run_until("make import FROM=export\n")
        assert count_rejected(clone) == {(file, column, code): int(n) for file, column, code, n in REASONS}
        check_local_times(platform)
        imported = content(ledger)
        run_until("update tutors")
        corrected = tutor_named(ledger, "Tutor 6").external_id
        assert [[row for row in rows if row[0] != corrected] for rows in content(ledger)] == imported
        with running(clone, "NPM=", DATABASE_URL=ours) as run:
            shell.server = run.url.removeprefix("http://")
            answers = run_until("ADMIN=")
            assert '"reason":"import"' in answers.replace(" ", "")
            assert '"complete":false' in run_until("asOf=").replace(" ", "")
            run_until("make roles")
            check_role(database, ledger)
            run_until("-X PUT localhost:8080/tutors")
            assert count(ledger, "select count(*) from settings_events where changed_by is not null") == 0
            run_until("diff ")
            check_differences(clone)
            check_answers(platform, ledger, run.url)
            check_edit(platform, ledger, run.url, shell)
            run_until("tutor_time_slots (id, tutor_id")
            check_slots_are_back(platform)
        run_until("drop schema")
        assert list(blocks) == []
        assert tables_of(platform) == before


def tables_of(engine: Engine) -> list[str]:
    """Return the tables and views of a database, with their schemas."""
    find = """
        select relnamespace::regnamespace || '.' || relname from pg_class
        where relkind in ('r', 'v') and relnamespace::regnamespace::text not in ('pg_catalog', 'information_schema')
        order by 1
    """
    with engine.connect() as connection:
        return list(connection.execute(text(find)).scalars())


def count(engine: Engine, query: str) -> int:
    """Return the number that a query returns."""
    with engine.connect() as connection:
        return int(connection.execute(text(query)).scalar_one())


def tutor_named(ledger: Engine, name: str) -> Any:
    """Return an imported tutor's row."""
    with ledger.connect() as connection:
        return connection.execute(text("select * from tutors where name = :name"), {"name": name}).one()


def check_local_times(platform: Engine) -> None:
    """Check that the page's two expressions give the same local times: of a `timestamptz`, and of a `timestamp`."""
    expressions = re.findall(r"`(starts_at at time zone [^`]*tutors\.time_zone)`", PAGE)
    assert len(expressions) == 2
    instant, in_utc = expressions
    same = f"""
        select count(*) from bookings join tutors on tutors.id = tutor_id
        cross join lateral (select bookings.starts_at at time zone 'UTC' as starts_at) as stored_in_utc
        where ({instant.replace("starts_at", "bookings.starts_at")})
          = ({in_utc.replace("starts_at", "stored_in_utc.starts_at")})
    """
    assert count(platform, same) == 20_000


def count_rejected(clone: Path) -> Counter[tuple[str, str, str]]:
    """Return the number of rejected rows by file, column and code."""
    with (clone / "export/rejected.csv").open(newline="") as file:
        return Counter((row["file"], row["column"], row["reason"].partition(":")[0]) for row in csv.DictReader(file))


def check_role(database: str, ledger: Engine) -> None:
    """Check that the app's user can cancel a booking by the app's own id, with the statement of integrating.md.

    It can't delete slots. Its statements need no schema.
    """
    values = {"tutor": tutor_named(ledger, "Tutor 1").id, "booking": UUID(md5(b"booking 1 124").hexdigest())}
    cancel = re.sub(r":'(\w+)'", r":\1", STATEMENTS["Cancel a booking"])
    with engine_of(user_url(database, "tutoring_app")) as app:
        with app.connect() as connection:
            assert connection.execute(text(cancel), values).rowcount == 1
            connection.rollback()
        with pytest.raises(DBAPIError, match="permission denied"), app.begin() as connection:
            connection.execute(text("delete from tutor_time_slots"))


def check_differences(clone: Path) -> None:
    """Check that each difference is explained by a row that the import rejected."""
    with (clone / "export/tutors.csv").open(newline="") as file:
        names = {row["external_id"]: row["name"] for row in csv.DictReader(file)}
    lines = (clone / "export/differences.txt").read_text().splitlines()
    differing = {names[line[2:].split("|")[0]] for line in lines}
    # The slots of the old account, the two slots at the wrong time, and the three bookings that aren't in.
    assert differing == {"Tutor 14", "Tutor 21", "Tutor 32"}


def check_answers(platform: Engine, ledger: Engine, url: str) -> None:
    """Check that a tutor in each zone has the slots that the platform's tables have, at the same instants."""
    with platform.connect() as connection:
        first, last, _ = connection.execute(DATES).one()
        expected = {name: connection.execute(SLOTS_OF_PLATFORM, {"name": name}).all() for name in TUTORS}
    for name in TUTORS:
        tutor_id = tutor_named(ledger, name).id
        read = request(f"{url}/get_availability", tutorId=tutor_id, startDate=first, endDate=last)
        slots = [slot for day in read["days"] for slot in day["timeSlots"]]
        assert [
            (
                datetime.fromisoformat(slot["startsAt"]),
                datetime.fromisoformat(slot["endsAt"]),
                slot["status"] == "BOOKED",
            )
            for slot in slots
        ] == [tuple(row) for row in expected[name]]
        assert len(slots) == 100


def check_edit(platform: Engine, ledger: Engine, url: str, shell: Shell) -> None:
    """Check that a tutor can edit an imported day, and that the history and `asOf` know the import and the edit."""
    with platform.connect() as connection:
        day = connection.execute(DATES).one()[2]
    tutor_id = tutor_named(ledger, "Tutor 1").id
    token = shell.run(f"make -s token TUTOR={tutor_id}")[1]
    query = {"tutorId": tutor_id, "startDate": day, "endDate": day}
    before = datetime.now(UTC).isoformat()
    (imported,) = request(f"{url}/get_availability", **query)["days"]
    kept = [slot for slot in imported["timeSlots"] if slot["status"] == "BOOKED"]
    assert (imported["version"], len(kept), len(imported["timeSlots"])) == (1, 2, 5)
    slots = [{"time": slot["time"], "durationMinutes": slot["durationMinutes"]} for slot in kept]
    body = {"tutorId": str(tutor_id), "date": str(day), "timeSlots": slots, "version": 1}
    saved = request(f"{url}/update_availability", token, body)
    assert (saved["changes"], saved["audit"]) == ({"added": 0, "removed": 3}, "recorded")
    history = request(f"{url}/audit_history", token, tutorId=tutor_id, date=day)
    assert history["complete"] is True
    assert Counter((entry["action"], entry["reason"]) for entry in history["entries"]) == {
        ("ADDED", "import"): 5,
        ("REMOVED", "tutor_edit"): 3,
    }
    was = request(f"{url}/get_availability", **query, asOf=before)
    assert (was["complete"], was["days"][0]["timeSlots"]) == (True, imported["timeSlots"])
    now = request(f"{url}/get_availability", **query, asOf=datetime.now(UTC).isoformat())
    assert (now["complete"], [slot["time"] for slot in now["days"][0]["timeSlots"]]) == (
        True,
        [slot["time"] for slot in kept],
    )
    assert request(f"{url}/get_availability", **query, asOf="2026-01-01T00:00:00Z")["complete"] is False


def check_slots_are_back(platform: Engine) -> None:
    """Check that the platform's own table has the edit after going back."""
    of_tutor = "select count(*) from tutor_time_slots join tutors on tutors.id = tutor_id where full_name = 'Tutor 1'"
    assert count(platform, f"{of_tutor} and date = current_date + 5") == 2
