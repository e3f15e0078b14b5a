"""Comparisons of speed: reads, the log, databases of different sizes, and the calculation alone.

Each comparison is called a race. The race of updates is in updates.py. If different programs race, their answers are
compared first: they must be the same.
"""

import timeit
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import time, timedelta
from typing import Any

from benchmarks import events
from benchmarks.contenders import OURS, OURS_UNPREPARED, RAW, RAW_OURS, RAW_PREPARED, Bench, contenders
from benchmarks.data import seed_busy_tutor
from benchmarks.database import raw_contender, raw_statement
from benchmarks.over_http import framework_command
from benchmarks.peers import peers
from benchmarks.processes import ROOT, Server, free_port, run_server
from benchmarks.questions import (
    HISTORY,
    HISTORY_DAYS,
    STATISTICS,
    STATISTICS_DAYS,
    Question,
    compare,
    compare_with_raw,
    move_slots,
    read,
)
from benchmarks.turns import Race, race
from common.core.availability import Day, availability, statuses
from common.core.time_slots import TimeSlot
from common.db.days import DAYS_OF_TUTOR

IN_PROCESS = "Read, in process"
HTTP = "Read, over HTTP"
LOG = "The log"
GROWTH = "Growth"
BUSY = "The busy tutor"
CALCULATION = "Calculation"
SUBTRACTION, LOCAL_TIMES = "slots minus bookings", "with instants and local times"

READ_DAYS = (7, 30, 90)


def read_in_process(bench: Bench) -> Iterator[Race]:
    """Compare the speed of reads without HTTP: each program answers in its own worker process.

    The raw statements take part too.
    """
    database = bench.largest
    with ExitStack() as stack:
        readers = bench.start_readers(stack, database.url)
        unprepared = bench.start_ours(stack, database.url, has_prepared_statements=False)
        for days in READ_DAYS:
            question = read(database.data, days)
            compare(question, database.data, readers)
            compare_with_raw(question, database, readers[OURS])
            statement = raw_statement("availability")
            dates: dict[str, Any] = {
                "first": database.data.today,
                "last": database.data.today + timedelta(days=days - 1),
            }
            racing = [
                raw_contender(RAW, database, statement, **dates),
                raw_contender(RAW_PREPARED, database, statement, mode="prepared", **dates),
                raw_contender(RAW_OURS, database, DAYS_OF_TUTOR, **dates),
                question.contender(OURS_UNPREPARED, unprepared, database.data),
                *contenders(question, database, readers),
            ]
            yield race(IN_PROCESS, f"{days} days", racing, bench.pace)


def read_over_http(bench: Bench) -> Iterator[Race]:
    """Race the HTTP servers. Within a turn, the connection stays open."""
    database = bench.largest
    if not bench.missing.has("PostgREST"):
        database.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(peers.POSTGREST_SCHEMA))
    with ExitStack() as stack:
        servers = {}
        names = [server.name for server in _http_servers(database.url, 0)]
        for number, name in enumerate(names):
            if not bench.missing.has(name):
                port = free_port()
                server = _http_servers(database.url, port)[number]
                (first,) = read(database.data, 1).requests_about(next(database.data.tutor_ids(0)))
                running = run_server(server.argv, server.env, Server(port, server.path), first, bench.log)
                servers[name] = stack.enter_context(running)
        for days in READ_DAYS:
            question = read(database.data, days)
            compare(question, database.data, servers)
            yield race(HTTP, f"{days} days", contenders(question, database, servers), bench.pace)


def _http_servers(url: str, port: int) -> list[peers.HttpServer]:
    """Return the programs that read over HTTP: functions-framework with our function, and the peers."""
    argv = framework_command("get_availability", port)
    env = events.environment(url) | {"PYTHONPATH": str(ROOT)}
    return [peers.HttpServer(OURS, argv, env, "/" + peers.QUERY), *peers.http_peers(url, port)]


def read_log(bench: Bench) -> Iterator[Race]:
    """Race the history and the statistics against their raw statements."""
    database = bench.largest
    with ExitStack() as stack:
        ours, unprepared = (
            bench.start_ours(stack, database.url),
            bench.start_ours(stack, database.url, has_prepared_statements=False),
        )
        for column, question, days in (
            ("history, 100 entries", HISTORY, HISTORY_DAYS),
            ("statistics, 365 days", STATISTICS, STATISTICS_DAYS),
        ):
            compare_with_raw(question, database, ours)
            statement = raw_statement(question.operation)
            racing = [
                raw_contender(RAW, database, statement, days=days),
                raw_contender(RAW_PREPARED, database, statement, mode="prepared", days=days),
                question.contender(OURS_UNPREPARED, unprepared, database.data),
                question.contender(OURS, ours, database.data),
            ]
            yield race(LOG, column, racing, bench.pace)


def growth(bench: Bench) -> Iterator[Race]:
    """Race our functions on databases of different sizes."""
    with ExitStack() as stack:
        workers = {database: bench.start_ours(stack, database.url) for database in bench.databases}
        columns = ("read, 30 days", "history", "statistics", "update")  # the update changes the data, so it comes last
        for column in columns:
            racing = []
            for database, worker in workers.items():
                data = database.data
                question = {"history": HISTORY, "statistics": STATISTICS, "update": move_slots(data)}.get(
                    column, read(data, 30)
                )
                racing.append(question.contender(f"{data.tutors:,} tutors", worker, data))
            yield race(GROWTH, column, racing, bench.pace)


def busy_tutor(bench: Bench) -> Iterator[Race]:
    """Measure our functions with requests about a tutor who has 36,000 entries on 30 dates."""
    database, data = bench.largest, bench.largest.data
    seed_busy_tutor(database.engine, data)
    tutor, first, last = data.busy_tutor, str(data.today), str(data.today + timedelta(days=29))
    with ExitStack() as stack:
        ours = bench.start_ours(stack, database.url)
        for column, question in (
            ("read, 30 days", Question("read", lambda _: [[tutor, first, last]])),
            ("asOf, 30 days", Question("read", lambda _: [[tutor, first, last, data.busy_as_of]])),
            ("history, 100 entries", Question("history", lambda _: [[tutor, HISTORY_DAYS, 100]])),
            ("statistics, 30 days", Question("statistics", lambda _: [[tutor, HISTORY_DAYS]])),
        ):
            yield race(BUSY, column, contenders(question, database, {OURS: ours}), bench.pace)


def calculation(bench: Bench) -> Iterator[Race]:
    """Measure only the calculation in `common/core`, for 30 days. Each day has 8 slots, one of which is booked."""
    starts = [time(9 + hour) for hour in range(8)]
    first = bench.largest.data.today
    slots = tuple(TimeSlot(start, 60, "Europe/Copenhagen") for start in starts)
    days = [Day(first + timedelta(days=i), 1, slots, {starts[i % 8]: "CONFIRMED"}) for i in range(30)]
    repetitions = 2000
    functions: dict[str, Callable[[], object]] = {
        SUBTRACTION: lambda: [statuses(day) for day in days],
        LOCAL_TIMES: lambda: [availability(day) for day in days],
    }
    for column, function in functions.items():
        seconds = timeit.repeat(function, repeat=bench.pace.rounds, number=repetitions)
        yield Race(CALCULATION, column, {OURS: [each / repetitions * 1e6 for each in seconds]}, unit="µs")
