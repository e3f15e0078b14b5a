"""What the column `starts_at` and its index, which only search needs, cost an update and the disk."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack

from benchmarks import events
from benchmarks.contenders import OURS
from benchmarks.data import FIXED_STARTS, MOVED_STARTS, STATEMENTS, update_day
from benchmarks.database import Database, raw_contender, raw_statement
from benchmarks.processes import run_worker
from benchmarks.questions import move_slots
from benchmarks.search_data import database_of, pool_of, run
from benchmarks.turns import Pace, Race, race

COST = "What the search costs an update"
WITHOUT_INDEX, WITHOUT_COLUMN = "without the index", "without the index and the column"
UPDATE, RAW_UPDATE, DISK = "update with its log", "raw replacement of 16 slots", "slots on disk (MB)"

REMOVE = {
    WITHOUT_INDEX: "drop index tutor_time_slots_by_start",
    WITHOUT_COLUMN: "alter table tutor_time_slots drop column starts_at",
}


def cost_of_start(database: Database, pace: Pace) -> Iterator[Race]:
    """Race the same updates on copies of a database without the index, and without the column, too."""
    data = database.data
    starts = FIXED_STARTS + MOVED_STARTS[0]
    run(database.url, STATEMENTS["slots for updates"], today=data.today, now=data.now, start_times=starts)
    databases = {OURS: database}
    pool_of(database).close()  # a database that is copied may have no sessions
    for number, name in enumerate(REMOVE):
        databases[name] = database_of(database.url, f"{database.name}_without_{number}", data.tutors, database.folder)
        run(
            database.url.replace(f"/{database.name}?", "/postgres?"),
            f"create database {databases[name].name} template {database.name}",
        )
        run(databases[name].url, REMOVE[name])
    for each in databases.values():
        run(each.url, "vacuum (full, analyze) tutor_time_slots")
    with ExitStack() as stack:
        workers = {
            name: stack.enter_context(
                run_worker(
                    [sys.executable, "-m", "benchmarks.ours"], events.environment(each.url), each.folder / "search.log"
                )
            )
            for name, each in databases.items()
        }
        question = move_slots(data)
        yield race(COST, UPDATE, [question.contender(name, each, data) for name, each in workers.items()], pace)
    script, day = raw_statement("replace_day"), update_day(data, 1)
    yield race(COST, RAW_UPDATE, [raw_contender(name, each, script, day=day) for name, each in databases.items()], pace)
    size = "select pg_total_relation_size('tutor_time_slots') / 1e6 as megabytes"
    yield Race(COST, DISK, {name: [float(each.rows(size)[0].megabytes)] for name, each in databases.items()}, unit="")
