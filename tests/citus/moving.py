"""Helpers for moving a platform between one server and a cluster: its data, its rows, and what the functions answer."""

import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import Engine

from benchmarks import data
from common.config import Settings
from common.db.engine import engine_for
from common.db.pool import pool_for
from migrations import upgrade
from tests.builders import ADMIN
from tests.hosts import Api

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
    """Fill a database as for the benchmarks, but with 40 edited days a tutor: 552 slots, 640 entries."""
    monkeypatch.setattr(data, "EDITED_DAYS", 40)
    data.seed(engine, tutors, NOW, lambda step: None)


def run(binaries: Path, host: str, database: str, program: str, *arguments: str, text: str = "") -> str:
    """Run psql or pg_dump on a database; return what it prints. Raises `CalledProcessError` when it fails."""
    where = ["--host", host, "--username", "postgres", "--dbname", database]
    command = [str(binaries / program), *where, *arguments]
    return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout


def rows(dump: str) -> dict[str, list[str]]:
    """Return the rows of each table in a dump, sorted."""
    return {table: sorted(lines.splitlines()) for table, lines in DUMPED_TABLE.findall(dump)}


def answers(api: Api, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[bytes]]:
    """Return what the functions answer about 20 tutors, and about the platform, at a fixed instant.

    What the API's document says of answers is tested elsewhere, and would take most of the time here.
    """
    monkeypatch.setattr("common.web.endpoint.utc_now", lambda: NOW)

    def read(function: str, **query: object) -> bytes:
        answer = api.host(function, "GET", urlencode(query), b"", {"Authorization": f"Bearer {ADMIN}"})
        assert answer.status == 200, answer.body
        return answer.body

    found = {"platform": [read("audit_stats", days=90)]}
    for tutor in TUTORS:
        days = {"tutorId": tutor, "startDate": NOW.date(), "endDate": NOW.date() + timedelta(days=data.OFFERED_DAYS)}
        found[tutor] = [
            read("get_availability", **days),
            read("get_availability", **days, explain="true"),
            *(read("get_availability", **days, asOf=instant.isoformat()) for instant in INSTANTS),
            read("audit_history", tutorId=tutor, days=90, limit=500),
            read("audit_stats", tutorId=tutor, days=90),
        ]
    return found
