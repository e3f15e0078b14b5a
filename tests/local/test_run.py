"""`make run` in a copy of this checkout, in a folder with a space in its name."""

import contextlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from sqlalchemy import Engine, NullPool, create_engine, text

from deploy.stages import handlers
from local.demo import DEMO_TUTORS
from local.postgres import default_home
from tests.builders import wait_until_gone
from tests.conftest import database_url, stock_url
from tests.hosts import ROOT
from tests.node import needs_node

README = (ROOT / "README.md").read_text()
PAGES = {"README": README} | {
    name: (ROOT / f"docs/{name}.md").read_text() for name in ("zones", "bookings", "weekly-schedule")
}
TUTOR = "00000000-0000-4000-8000-000000000001"


@contextlib.contextmanager
def copied() -> Iterator[Path]:
    """Yield a copy of this checkout without what was installed or built; remove the copy and its data afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="slotledger tests ", dir="/var/tmp")) / "a clone"
    folder.parent.chmod(0o755)  # mkdtemp makes a folder that only its owner can enter
    # What git ignores, other tests may create and remove in the meantime.
    ignored = [line.strip("/") for line in (ROOT / ".gitignore").read_text().split()]
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", *ignored))
    try:
        yield folder
    finally:
        shutil.rmtree(folder.parent)
        shutil.rmtree(default_home(folder), ignore_errors=True)


def link(folder: Path, *names: str) -> None:
    """Link files and folders of this checkout into the copy."""
    for name in names:
        if (ROOT / name).exists():
            (folder / name).symlink_to(ROOT / name)


@pytest.fixture(scope="module")
def clone() -> Iterator[Path]:
    """A copy of this checkout, with links to its virtual environment and its Node packages."""
    with copied() as folder:
        link(folder, ".venv", "node_modules")
        yield folder


def environment(**more: str) -> dict[str, str]:
    """Return the environment of this process, without the variables of the database, authentication and the stage.

    Without those of make, too: a make that is called by `make test` prints which folder it enters.

    PORT is 0, so that the server uses any free port.
    """
    left_out = ("DATABASE_", "AUTH_", "STAGE", "MAKELEVEL", "MAKEFLAGS", "MFLAGS")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(left_out)}
    return {**clean, "PORT": "0", **more}


class Run:
    """A server of `make run`. The constructor starts it, and waits until it has printed its addresses."""

    def __init__(self, clone: Path, *arguments: str, **more: str) -> None:
        self.clone = clone
        self.process = subprocess.Popen(
            ["make", "-s", "run", *arguments],
            cwd=clone,
            env=environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout is not None
        self.output = ""
        for line in self.process.stdout:
            self.output += line
            if "Ctrl-C stops it" in line:
                break
        address = re.search(r"http://127\.0\.0\.1:\d+", self.output)
        assert address, f"the server didn't start:\n{self.output}"
        self.url = address[0]
        if "DATABASE_URL" not in more:
            self.postgres_pid = int((default_home(clone) / "postgres" / "postmaster.pid").read_text().split()[0])

    def get(self, path: str) -> Any:
        with urlopen(self.url + path, timeout=30) as response:
            return json.load(response)

    def put(self, body: dict[str, Any]) -> None:
        """Send an update as an admin."""
        token = subprocess.check_output(
            ["make", "-s", "token", "ADMIN=1"], cwd=self.clone, env=environment(), text=True
        )
        headers = {"Authorization": f"Bearer {token.strip()}"}
        data = json.dumps(body).encode()
        with urlopen(Request(f"{self.url}/update_availability", data, headers, method="PUT"), timeout=30) as response:
            assert response.status == 200

    def end(self, number: signal.Signals) -> str:
        """Send a signal to make and its child processes, as a terminal does. Return the rest of the output."""
        os.killpg(self.process.pid, number)
        rest, _ = self.process.communicate(timeout=60)
        return rest


@contextlib.contextmanager
def running(clone: Path, *arguments: str, **more: str) -> Iterator[Run]:
    """Run `make run` during the block."""
    run = Run(clone, *arguments, **more)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.end(signal.SIGTERM)
        if run.process.stdout:
            run.process.stdout.close()


@pytest.mark.skipif(shutil.which("curl") is None, reason="the commands of the pages need curl")
@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_the_servers_answers_match_the_pages(clone: Path, page: str) -> None:
    """The commands run in one shell. Ids, instants and years differ each time, so only their form is compared."""
    examples = re.findall(r"```sh\n(.*?)```\n+(?:```json\n(.*?)```)?", page, re.DOTALL)
    assert len([shown for _, shown in examples if shown]) >= 5
    with running(clone) as run:
        script = "".join(f"{commands}\necho; echo '=== end'\n" for commands, _ in examples)
        script = script.replace("localhost:8080", run.url.removeprefix("http://"))
        done = subprocess.run(
            ["bash", "-euc", script], cwd=clone, capture_output=True, text=True, timeout=120, check=True
        )
    answers = [same_form(json.loads(answer or "null")) for answer in map(str.strip, done.stdout.split("=== end")[:-1])]
    assert answers == [same_form(json.loads(shown or "null")) for _, shown in examples]


def same_form(value: Any, name: str = "") -> Any:
    """Replace ids, instants and years, which differ each time, by a description of their form."""
    if isinstance(value, dict):
        return {key: same_form(inner, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [same_form(inner) for inner in value]
    if name in ("changeSetId", "id", "bookingId"):
        return re.sub(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", "a UUID", value)
    if name in ("changedAt", "asOf", "createdAt", "holdExpiresAt"):
        return re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$", "an instant", value)
    # The README's dates are in the year after the current one.
    return re.sub(r"^\d{4}-(?=\d\d-\d\d)", "YEAR-", value) if isinstance(value, str) else value


def test_weekly_statistics_can_be_computed_by_hand(clone: Path) -> None:
    """The result goes to standard output, and the progress to standard error. An error is one line."""

    def weekly_stats(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = ["make", "-s", "weekly-stats", *arguments]
        return subprocess.run(command, cwd=clone, env=environment(), capture_output=True, text=True, timeout=60)

    with running(clone):
        done = weekly_stats("WEEKS=3")
        # The commands of the pages, which other tests run on the same database, create more tutors than the demo's.
        tutors = max(int(count) for count in re.findall(r"\b(\d+)/\1\b", done.stderr))
        assert tutors >= len(DEMO_TUTORS)
        assert (done.returncode, json.loads(done.stdout)["rows"]) == (0, 3 * tutors)
        refused = weekly_stats("WEEKS=0")
        assert (refused.returncode != 0, refused.stderr.splitlines()[0]) == (True, "WEEKS: use a number from 1 to 522")
    after_stop = weekly_stats()
    assert (after_stop.returncode != 0, "start the database with `make run`" in after_stop.stderr) == (True, True)
    assert "Traceback" not in after_stop.stderr


def test_make_run_prints_its_addresses_and_commands_that_work(clone: Path) -> None:
    with running(clone) as run:
        for name in (*handlers(), "openapi.json"):
            assert f"{run.url}/{name}" in run.output
        assert f'curl "{run.url}/get_availability?tutorId={TUTOR}"' in run.output
        assert run.get("/openapi.json")["openapi"] == "3.1.0"
        example = re.search(r"^  curl -X PUT .*?\n\n", run.output, re.DOTALL | re.MULTILINE)
        assert example
        done = subprocess.run(["bash", "-c", example[0].replace("curl", "curl -s")], capture_output=True, text=True)
        assert json.loads(done.stdout)["conflicts"] is not None


def test_ctrl_c_leaves_no_process_and_keeps_the_data(clone: Path) -> None:
    day = f"/get_availability?tutorId={TUTOR}&startDate=2029-09-03&endDate=2029-09-03"
    with running(clone) as run:
        run.put({"tutorId": TUTOR, "date": "2029-09-03", "timeSlots": [{"time": "09:00"}]})
        before = run.get(day)
        assert len(before["days"][0]["timeSlots"]) == 1
        output = run.end(signal.SIGINT)
        wait_until_gone(run.postgres_pid)
    assert "Stopped" in output
    with running(clone) as run:
        assert run.get(day) == before


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux can signal a process when its parent is killed")
def test_killing_only_make_ends_all_processes(clone: Path) -> None:
    """Otherwise the server would go on, and Ctrl-C couldn't stop it. It would keep the port and lock the data."""
    with running(clone) as run:
        os.kill(run.process.pid, signal.SIGKILL)
        run.process.wait(30)
        wait_until_gone(run.postgres_pid)
    with running(clone) as run:
        assert run.get(f"/get_availability?tutorId={TUTOR}")["tutorId"] == TUTOR


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows that make was interrupted")
def test_sigint_to_only_make_ends_all_processes(clone: Path) -> None:
    """Make doesn't pass the signal on to its commands, so they have to notice it."""
    with running(clone) as run:
        os.kill(run.process.pid, signal.SIGINT)
        output, _ = run.process.communicate(timeout=60)
        wait_until_gone(run.postgres_pid)
    assert "Stopped" in output


# Scripts that replace a step of the set-up. Each script writes an incomplete result, starts a process, writes the ID of
# this process into FIFO, and waits for the process.
HANGING_BUILD = """#!/bin/bash
folder=dashboard/dist
while [ $# -gt 0 ]; do [ "$1" = --outDir ] && folder="dashboard/$2"; shift; done
mkdir -p "$folder" && echo half > "$folder/index.html"
sleep 600 & echo $! > "$FIFO"; wait
"""
HANGING_VENV = """#!/bin/bash
[ "$1 $2" = "-m venv" ] || exec "$REAL_PYTHON" "$@"
mkdir -p .venv/bin && echo half > .venv/bin/activate
sleep 600 & echo $! > "$FIFO"; wait
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux shows that make was interrupted")
@pytest.mark.parametrize("interruption", ["SIGINT to make", "SIGINT to the group", "SIGTERM to make", "SIGKILL"])
@pytest.mark.parametrize("step", ["npm", "python"])
def test_an_interrupted_set_up_leaves_no_process_and_no_result_that_looks_complete(
    tmp_path: Path, step: str, interruption: str
) -> None:
    """After SIGKILL, a process of the step may remain."""
    if step == "npm":
        needs_node()
    (tmp_path / step).write_text(HANGING_BUILD if step == "npm" else HANGING_VENV)
    (tmp_path / step).chmod(0o755)
    os.mkfifo(tmp_path / "fifo")
    fifo = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    real = {"FIFO": str(tmp_path / "fifo"), "REAL_PYTHON": sys.executable}
    with copied() as clone:
        link(clone, "node_modules", *([".venv"] if step == "npm" else []))
        path = f"{tmp_path}:{os.environ['PATH']}" if step == "npm" else os.environ["PATH"]
        command = ["make", "-s", "run", *([f"PYTHON={tmp_path / 'python'}"] if step == "python" else [])]
        process = subprocess.Popen(
            command, cwd=clone, env=environment(PATH=path, **real), stderr=subprocess.DEVNULL, start_new_session=True
        )
        assert select.select([fifo], [], [], 60)[0], "the step didn't begin"
        hanging = int(os.read(fifo, 100))
        number = getattr(signal, interruption.split()[0])
        try:
            if interruption.endswith("to make"):
                os.kill(process.pid, number)
            else:
                os.killpg(process.pid, number)
            process.wait(60)
            if number != signal.SIGKILL:
                wait_until_gone(hanging)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(hanging, signal.SIGKILL)
            os.close(fifo)
        assert not (clone / "dashboard" / "dist" / "index.html").exists()
        assert not (clone / ".venv" / "ready").exists() or step == "npm"


# `make run` that gets SIGTERM at the moment at which it begins to end a step, because it has got SIGINT.
INTERRUPTED_TWICE = """
import os, signal, sys
from local import start

def end(process, end=start._end):
    os.kill(os.getpid(), signal.SIGTERM)
    end(process)

start._end = end
start.main(sys.argv[1], has_node=False)
"""
HANGING_MAKE = """#!/bin/bash
sleep 600 & echo $! > "$FIFO"; wait
"""


def test_a_second_signal_does_not_keep_a_step_from_being_ended(tmp_path: Path) -> None:
    (tmp_path / "make").write_text(HANGING_MAKE)
    (tmp_path / "make").chmod(0o755)
    os.mkfifo(tmp_path / "fifo")
    fifo = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
    process = subprocess.Popen(
        [sys.executable, "-c", INTERRUPTED_TWICE, tmp_path / "make"],
        cwd=ROOT,
        env=environment(FIFO=str(tmp_path / "fifo")),
        stderr=subprocess.PIPE,
        text=True,
    )
    assert select.select([fifo], [], [], 60)[0], "the step didn't begin"
    hanging = int(os.read(fifo, 100))
    try:
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=30)
        assert errors == "\nStopped. The next make run sets up what is missing.\n"
        wait_until_gone(hanging)
    finally:
        process.kill()
        with contextlib.suppress(ProcessLookupError):
            os.kill(hanging, signal.SIGKILL)
        os.close(fifo)


def test_the_next_run_works_after_make_and_the_server_were_killed(clone: Path) -> None:
    """On Linux, the kernel also stops PostgreSQL, because its parent has ended."""
    with running(clone) as run:
        run.end(signal.SIGKILL)
        if sys.platform == "linux":
            wait_until_gone(run.postgres_pid)
    with running(clone) as run:
        assert run.get(f"/get_availability?tutorId={TUTOR}")["tutorId"] == TUTOR


def test_the_next_run_works_after_postgres_was_killed(clone: Path) -> None:
    """A killed PostgreSQL doesn't remove its pid file. The next run starts nevertheless."""
    with running(clone) as run:
        os.kill(run.postgres_pid, signal.SIGKILL)
        run.end(signal.SIGKILL)
    pid_file = default_home(clone) / "postgres" / "postmaster.pid"
    assert pid_file.exists()
    with running(clone) as run:
        assert run.get(f"/get_availability?tutorId={TUTOR}")["tutorId"] == TUTOR


def test_the_server_ends_when_the_database_ends(clone: Path) -> None:
    """Otherwise the server would answer 503 to every request."""
    with running(clone) as run:
        os.kill(run.postgres_pid, signal.SIGKILL)
        output, _ = run.process.communicate(timeout=60)
    assert "PostgreSQL ended." in output
    assert "Stopped" in output


def test_a_second_run_is_refused_with_the_reason(clone: Path) -> None:
    with running(clone):
        second = subprocess.run(
            ["make", "-s", "run"],
            cwd=clone,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert second.returncode != 0
    assert "another process is using the database" in second.stderr
    assert "Traceback" not in second.stderr


def test_make_run_prints_the_sql_for_a_tutor_if_the_database_has_none(clone: Path, url: str, engine: Engine) -> None:
    with engine.begin() as connection:
        # The comment on this table is the stage that the database belongs to. Without it, the database has no stage.
        connection.execute(text("comment on table alembic_version is null"))
    with running(clone, DATABASE_URL=url) as run:
        assert "There is no tutor in the database yet" in run.output
        assert "make run DEMO=1" in run.output
        (statement,) = re.findall(r"insert into tutors .*?;", run.output, re.DOTALL)
        with engine.begin() as connection:
            tutor = connection.execute(text(statement)).scalar_one()
        assert run.get(f"/get_availability?tutorId={tutor}")["timeZone"] == "Europe/Copenhagen"
    with running(clone, DATABASE_URL=url) as run:
        assert "There is no tutor" not in run.output


def test_with_confirm_tables_are_created_beside_those_of_another_application(
    clone: Path, server: str, administration: Engine
) -> None:
    name = f"beside_{os.getpid()}"
    with administration.connect() as connection:
        connection.execute(text(f"create database {name}"))
    url = database_url(server, name)
    with create_engine(stock_url(url), poolclass=NullPool).begin() as connection:
        connection.execute(text("create table users (id int)"))
    with running(clone, "CONFIRM=1", DATABASE_URL=url) as run:
        assert "There is no tutor in the database yet" in run.output
    with administration.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


def test_tokens_are_made_for_the_local_stage_only(clone: Path) -> None:
    def token(**environ: str) -> subprocess.CompletedProcess[str]:
        command = ["make", "-s", "token", f"TUTOR={TUTOR}"]
        return subprocess.run(command, cwd=clone, env=environment(**environ), capture_output=True, text=True)

    with running(clone):
        assert len(token().stdout.strip().split(".")) == 3
        refused = token(STAGE="prod")
        assert (refused.returncode != 0, "local stage only" in refused.stderr) == (True, True)
    after_stop = token()
    assert (after_stop.returncode != 0, "start the database with `make run`" in after_stop.stderr) == (True, True)


def test_the_error_names_an_invalid_setting_and_contains_no_password(clone: Path) -> None:
    for setting, value in (("PORT", "abc"), ("DATABASE_URL", "mysql://me:secret@host/db"), ("AUDIT_BUDGET_MS", "0")):
        done = subprocess.run(
            ["make", "-s", "run"],
            cwd=clone,
            env=environment(**{setting: value}),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode != 0
        assert setting in done.stderr
        assert "Traceback" not in done.stderr
        assert "secret" not in done.stderr


def test_the_dashboard_is_built_and_served(clone: Path) -> None:
    needs_node()
    with running(clone) as run:
        with urlopen(f"{run.url}/", timeout=30) as page:
            assert '<div id="root">' in page.read().decode()
        assert len(run.get("/config.json")["tutors"]) == len(DEMO_TUTORS)
        assert f"The dashboard is at {run.url}/" in run.output
