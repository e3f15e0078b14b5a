"""Audited write with a trigger of PostgreSQL's own (trigger.sql), through psycopg.

As https://www.psycopg.org/psycopg3/docs has it: a connection kept, `connection.transaction()`, executemany to add.
`tuned` audits by statement (trigger_tuned.sql), adds by unnest, and sends what needs no answer together ("Pipeline
mode").
"""

from contextlib import nullcontext
from datetime import date, time
from pathlib import Path
from uuid import UUID

import psycopg
from audited_worker import TUNED, URL, Slots, prepare, schema_of, serve

SCHEMA = schema_of("trigger")
HERE = Path(__file__).parent

connection = psycopg.connect(URL, autocommit=True, options=f"-c search_path={SCHEMA}")


def create_tables() -> None:
    """Create the tables and the trigger."""
    for name in ("trigger.sql", "trigger_tuned.sql")[: 1 + TUNED]:
        connection.execute((HERE / name).read_text("utf-8"))


def replace_day(tutor_id: UUID, day: date, wanted: Slots) -> None:
    """Carry out one request."""
    with connection.pipeline() if TUNED else nullcontext(), connection.transaction():
        connection.execute("select set_config('app.user_id', %s, true)", [str(tutor_id)])
        query = "select start_time, duration_minutes from time_slot where tutor_id = %s and date = %s"
        offered = set(connection.execute(query, [tutor_id, day]).fetchall())
        removed, added = [start for start, _ in offered - wanted], wanted - offered
        delete = "delete from time_slot where tutor_id = %s and date = %s and start_time = any(%s)"
        connection.execute(delete, [tutor_id, day, removed])
        insert = "insert into time_slot (tutor_id, date, start_time, duration_minutes)"
        if TUNED:
            starts, minutes = [start for start, _ in added], [minutes for _, minutes in added]
            rows = "select %s, %s, * from unnest(%s::time[], %s::smallint[])"
            connection.execute(f"{insert} {rows}", [tutor_id, day, starts, minutes])
        else:
            rows = [(tutor_id, day, start, minutes) for start, minutes in added]
            connection.cursor().executemany(f"{insert} values (%s, %s, %s, %s)", rows)


def starts_of_day(tutor_id: UUID, day: date) -> list[time]:
    """Return what the day offers, in order."""
    query = "select start_time from time_slot where tutor_id = %s and date = %s order by start_time"
    return [start for (start,) in connection.execute(query, [tutor_id, day])]


def count_entries() -> int:
    """Return how many entries the audit has."""
    return connection.execute("select count(*) from time_slot_audit").fetchall()[0][0]


if __name__ == "__main__":
    serve(lambda: prepare(SCHEMA, "time_slot", create_tables), replace_day, starts_of_day, count_entries)
