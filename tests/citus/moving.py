"""Helpers for tests that move data to or from a cluster: test data, dumps, and the functions' answers."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from benchmarks import data
from common.clock import Clock
from common.config import Settings
from common.db.engine import engine_for
from common.db.pool import pool_for
from local.citus import SCRIPT, Cluster
from migrations import upgrade
from tests.builders import ADMIN
from tests.hosts import Api

TABLES = [
    "baseline_slots",
    "bookings",
    "settings_events",
    "tutor_availability_log",
    "tutor_days",
    "tutor_time_slots",
    "tutor_weekly_stats",
    "tutors",
    "weekly_schedules",
]
SETTINGS_EVENT = """
insert into settings_events (tutor_id, id, changed_at, changed_by, field, before, after)
select id, :id, :at, null, 'active', 'false', 'true' from tutors limit 1
"""
SCHEDULES = "insert into weekly_schedules (tutor_id, version) select id, 1 from tutors"
NOW = datetime.now(UTC)
TUTORS = [data.tutor_id(number) for number in range(1, 21)]
INSTANTS = [NOW - timedelta(days=days) for days in (1, 8, 20, 40, 60)]
DUMPED_TABLE = re.compile(r"^COPY public\.(\w+) .*?;\n(.*?)^\\\.$", re.MULTILINE | re.DOTALL)


@contextmanager
def migrated(url: str) -> Iterator[Engine]:
    """Migrate a database, and yield an engine on it."""
    settings = Settings(database_url=url)
    engine = engine_for(settings)
    try:
        upgrade(engine, "test")
        yield engine
    finally:
        pool_for(settings).close()


def seed(engine: Engine, tutors: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fill a database as the benchmarks do. Each tutor has 552 slots and, for 40 edited days, 320 entries."""
    monkeypatch.setattr(data, "EDITED_DAYS", 40)
    data.seed(engine, tutors, NOW, lambda step: None)
    with engine.begin() as connection:
        connection.execute(text(SETTINGS_EVENT), {"id": uuid4(), "at": NOW})
        connection.execute(text(SCHEDULES))


def run(binaries: Path, host: str, database: str, program: str, *arguments: str, text: str = "") -> str:
    """Run psql or pg_dump on a database; return its output. Raise `CalledProcessError` if it fails."""
    where = ["--host", host, "--username", "postgres", "--dbname", database]
    command = [str(binaries / program), *where, *arguments]
    return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout


def rows(dump: str) -> dict[str, list[str]]:
    """Return the sorted rows of each table in a dump."""
    return {table: sorted(lines.splitlines()) for table, lines in DUMPED_TABLE.findall(dump)}


def dump(cluster: Cluster, database: str) -> dict[str, list[str]]:
    """Return the sorted rows of each table of a database on the cluster."""
    node = cluster.coordinator
    return rows(run(node.binaries, node.host, database, "pg_dump", "--data-only"))


def distribute(cluster: Cluster, database: str, script: str) -> None:
    """Run a script on the coordinator: `deploy/citus.sql`, or a changed copy of its text."""
    node = cluster.coordinator
    run(node.binaries, node.host, database, "psql", "--no-psqlrc", "--quiet", text=script)


def before_commit(statement: str) -> str:
    """Return the text of `deploy/citus.sql` with a statement added before its commit."""
    script = SCRIPT.read_text()
    assert script.count("\ncommit;") == 1
    return script.replace("\ncommit;", f"\n{statement};\ncommit;")


def distributed_tables(cluster: Cluster, database: str) -> list[str]:
    """Return the sorted names of the distributed tables."""
    names = cluster.coordinator.run("select logicalrelid::text from pg_dist_partition order by 1", database=database)
    return [name for (name,) in names]


def bytes_on_coordinator(cluster: Cluster, database: str) -> int:
    """Return the size of the coordinator's own tables. After distributing, queries read the shards instead of them."""
    tables = ", ".join(f"'{table}'" for table in TABLES)
    ((size,),) = cluster.coordinator.run(
        f"select sum(pg_relation_size(name::regclass))::bigint from unnest(array[{tables}]) as name",
        database=database,
    )
    return int(size)


def answers(api: Api, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[bytes]]:
    """Return the functions' answers for each of 20 tutors, and the platform's statistics, with the clock at `NOW`.

    The answers aren't checked against the OpenAPI document, which would take most of the time.
    """
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: NOW))

    def read(function: str, **query: object) -> bytes:
        answer = api.host(function, "GET", urlencode(query), b"", {"Authorization": f"Bearer {ADMIN}"})
        assert answer.status == 200, answer.body
        return answer.body

    results = {"platform": [read("audit_stats", days=90)]}
    for tutor in TUTORS:
        days = {"tutorId": tutor, "startDate": NOW.date(), "endDate": NOW.date() + timedelta(days=data.OFFERED_DAYS)}
        results[tutor] = [
            read("get_availability", **days),
            read("get_availability", **days, explain="true"),
            *(read("get_availability", **days, asOf=instant.isoformat()) for instant in INSTANTS),
            read("audit_history", tutorId=tutor, days=90, limit=500),
            read("audit_stats", tutorId=tutor, days=90),
        ]
    return results
