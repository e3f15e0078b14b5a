"""The loop that the audited writes of the peers have in common: JSON lines in, JSON lines out.

A peer brings four functions; the time of an update runs from the values as a request brings them to the commit.
Its tables live in a schema of its own, made anew by the argument `prepare`; `tuned` chooses its faster form.
"""

import json
import os
import sys
from collections.abc import Callable
from datetime import date, time
from time import perf_counter
from uuid import UUID

import psycopg

URL = os.environ["DATABASE_URL"]
TUNED = "tuned" in sys.argv

Slots = set[tuple[time, int]]


def schema_of(tool: str) -> str:
    """Return the schema of this form of the peer."""
    return f"peer_{tool}_tuned" if TUNED else f"peer_{tool}"


def prepare(schema: str, table: str, create_tables: Callable[[], object]) -> None:
    """Make the peer's schema and tables, and fill the table with the slots of ours; no trigger fires for those."""
    with psycopg.connect(URL, autocommit=True) as connection:
        connection.execute(f"drop schema if exists {schema} cascade")
        connection.execute(f"create schema {schema}")
        create_tables()
        connection.execute("set session_replication_role = replica")
        columns = "tutor_id, date, start_time, duration_minutes"
        connection.execute(f"insert into {schema}.{table} ({columns}) select {columns} from public.tutor_time_slots")
        connection.execute(f"vacuum analyze {schema}.{table}")


def serve(
    prepare: Callable[[], None],
    replace_day: Callable[[UUID, date, Slots], None],
    starts_of_day: Callable[[UUID, date], list[time]],
    count_entries: Callable[[], int],
) -> None:
    """Answer until the input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr
    if "prepare" in sys.argv:
        prepare()
    entries = count_entries()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        requests = json.loads(line)["requests"]
        times = []
        for number, (tutor, day, slots) in enumerate(requests, 1):
            if number == len(requests):
                entries = count_entries()
            started = perf_counter()
            tutor_id, on = UUID(tutor), date.fromisoformat(day)
            replace_day(tutor_id, on, {(time.fromisoformat(start), minutes) for start, minutes in slots})
            times.append((perf_counter() - started) * 1000)
        last = {
            "slots": [f"{start:%H:%M}" for start in starts_of_day(tutor_id, on)],
            "entries": count_entries() - entries,
        }
        print(json.dumps({"ms": times, "last": last}), file=answers, flush=True)
