"""Moving the rows of one server to a cluster, and back, with a dump that is restored into an existing schema."""

import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine

from common.db.address import address_of
from local import postgres
from local.citus import Cluster
from migrations import stage_of
from tests.builders import add_tutor, monday, slots
from tests.citus.moving import answers, migrated, rows, run, seed
from tests.conftest import WITHOUT_SYNC
from tests.hosts import Api

DUMP = ("--data-only", "--exclude-table=alembic_version")
RESTORE = ("--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1")

END_SESSIONS = """
select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid();
"""


@pytest.fixture
def one_server(cluster: Cluster, home: Path) -> Iterator[str]:
    """The URL of a server outside of the cluster, with the same version of PostgreSQL."""
    with postgres.running(home, binaries=cluster.coordinator.binaries, settings=WITHOUT_SYNC) as url:
        yield url


def test_a_dump_of_one_server_is_restored_into_a_cluster_and_back(
    cluster: Cluster,
    one_server: str,
    home: Path,
    engine: Engine,
    url: str,
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both databases have been migrated, and the cluster's database is distributed. It keeps its stage."""
    coordinator, database = cluster.coordinator, address_of(url).database or ""
    on_cluster = partial(run, coordinator.binaries, coordinator.host, database)
    on_server = partial(run, coordinator.binaries, str(postgres.socket_folder(home)), "postgres")
    with migrated(one_server) as source:
        seed(source, 20, monkeypatch)
        dump = on_server("pg_dump", *DUMP)
        with monkeypatch.context() as elsewhere:
            elsewhere.setenv("DATABASE_URL", one_server)
            answered = answers(api, monkeypatch)
        on_cluster("psql", *RESTORE, text=dump)
        assert rows(on_cluster("pg_dump", *DUMP)) == rows(dump)
        assert answers(api, monkeypatch) == answered
        with engine.connect() as connection:
            assert stage_of(connection) == "test"
        with source.begin() as connection:
            connection.exec_driver_sql("truncate tutors, tutor_availability_log cascade")
        on_server("psql", *RESTORE, text=on_cluster("pg_dump", *DUMP))
        assert rows(on_server("pg_dump", *DUMP)) == rows(dump)


def test_reads_work_and_edits_get_503_while_the_server_is_dumped(
    cluster: Cluster, one_server: str, home: Path, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server is read-only, so that no edit is saved after the dump.

    Only new sessions have this setting, so the script ends the existing sessions.
    """
    monkeypatch.setenv("DATABASE_URL", one_server)
    with migrated(one_server) as source:
        tutor = add_tutor(source)
        edit = {"tutorId": str(tutor.id), "date": str(monday()), "timeSlots": slots("09:00")}
        assert api.update(tutor.token, **edit).status == 200
        read_only = f"alter database postgres set default_transaction_read_only = on; {END_SESSIONS}"
        run(cluster.coordinator.binaries, str(postgres.socket_folder(home)), "postgres", "psql", text=read_only)
        assert api.read(tutorId=tutor.id).status == 200
        answer = api.update(tutor.token, **{**edit, "timeSlots": slots("10:00")})
        assert (answer.status, "retry-after" in answer.headers) == (503, True)


@pytest.mark.parametrize(
    ("row", "replacement", "constraint"),
    [
        ("CONFIRMED", "BOOKED", "bookings_status_is_known"),
        ("09:00:00\t60", "09:01:00\t60", "bookings_slot_is_offered"),
    ],
)
def test_a_dump_that_violates_a_constraint_is_not_restored(
    cluster: Cluster,
    one_server: str,
    home: Path,
    url: str,
    monkeypatch: pytest.MonkeyPatch,
    row: str,
    replacement: str,
    constraint: str,
) -> None:
    """The cluster checks each row. After an error, the cluster has no row of the dump."""
    coordinator, database = cluster.coordinator, address_of(url).database or ""
    on_cluster = partial(run, coordinator.binaries, coordinator.host, database)
    with migrated(one_server) as source:
        seed(source, 2, monkeypatch)
    dump = run(coordinator.binaries, str(postgres.socket_folder(home)), "postgres", "pg_dump", *DUMP)
    assert row in dump
    with pytest.raises(subprocess.CalledProcessError) as failed:
        on_cluster("psql", *RESTORE, text=dump.replace(row, replacement))
    assert constraint in failed.value.stderr
    assert not any(rows(on_cluster("pg_dump", *DUMP)).values())
