"""Audited updates with a trigger in PostgreSQL (trigger.sql), through psycopg.

As in https://www.psycopg.org/psycopg3/docs, the peer has a persistent connection, and uses `connection.transaction()`,
and `executemany` to add slots. The tuned form has a trigger for each statement instead of each row (trigger_tuned.sql),
adds slots with one statement, and sends statements without waiting for their answers ("Pipeline mode").
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


def replace_day(tutor_id: UUID, day: date, slots: Slots) -> None:
    """Answer a request: replace the slots of a day."""
    with connection.pipeline() if TUNED else nullcontext(), connection.transaction():
        connection.execute("select set_config('app.user_id', %s, true)", [str(tutor_id)])
        query = "select start_time, duration_minutes from time_slot where tutor_id = %s and date = %s"
        offered = set(connection.execute(query, [tutor_id, day]).fetchall())
        removed, added = [start for start, _ in offered - slots], slots - offered
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
    """Return the start times of a day's slots, in order."""
    query = "select start_time from time_slot where tutor_id = %s and date = %s order by start_time"
    return [start for (start,) in connection.execute(query, [tutor_id, day])]


def count_entries() -> int:
    """Return the number of audit entries."""
    return connection.execute("select count(*) from time_slot_audit").fetchall()[0][0]


if __name__ == "__main__":
    serve(lambda: prepare(SCHEMA, "time_slot", create_tables), replace_day, starts_of_day, count_entries)
