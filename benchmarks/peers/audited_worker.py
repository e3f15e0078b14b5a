"""The worker loop of the audited peers: it reads requests as lines of JSON, and writes answers as lines of JSON.

A peer passes four functions to `serve`. The measured time of an update includes parsing the request's values, and ends
after the commit. Each peer has its tables in its own schema. With the argument `prepare`, the worker drops this schema
and creates it again. With the argument `tuned`, the worker uses the faster form.
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
    """Return the name of the schema of this tool and form."""
    return f"peer_{tool}_tuned" if TUNED else f"peer_{tool}"


def prepare(schema: str, table: str, create_tables: Callable[[], object]) -> None:
    """Create the peer's schema and tables, and copy our slots into the table without firing triggers."""
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
    """Answer requests until the input ends."""
    answers, sys.stdout = sys.stdout, sys.stderr
    if "prepare" in sys.argv:
        prepare()
    entries = count_entries()
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        requests = json.loads(line)["requests"]
        durations = []
        for number, (tutor, day, slots) in enumerate(requests, 1):
            if number == len(requests):
                entries = count_entries()
            started_at = perf_counter()
            tutor_id, slots_date = UUID(tutor), date.fromisoformat(day)
            replace_day(tutor_id, slots_date, {(time.fromisoformat(start), minutes) for start, minutes in slots})
            durations.append((perf_counter() - started_at) * 1000)
        last = {
            "slots": [f"{start:%H:%M}" for start in starts_of_day(tutor_id, slots_date)],
            "entries": count_entries() - entries,
        }
        print(json.dumps({"ms": durations, "last": last}), file=answers, flush=True)
