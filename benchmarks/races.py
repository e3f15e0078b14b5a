"""What is measured: who contends in answering what. Before each race, the answers are compared."""

import sys
import timeit
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from benchmarks import events
from benchmarks.data import MOVING, STAYING, seed_busy_tutor, work_day
from benchmarks.database import Database, floor, statement
from benchmarks.machine import Missing
from benchmarks.network import network
from benchmarks.over_http import framework
from benchmarks.peers import audited_peers, peers
from benchmarks.processes import ROOT, Asked, Failed, Request, Server, Worker, free_port, server, worker
from benchmarks.questions import (
    HISTORY,
    HISTORY_DAYS,
    STATISTICS,
    STATISTICS_DAYS,
    Question,
    compare,
    compare_with_the_floor,
    read,
    there_and_back,
)
from benchmarks.turns import Contender, Pace, Race, race
from common.core.availability import Day, availability, statuses
from common.core.time_slots import TimeSlot
from common.db.days import DAYS_OF_TUTOR

OURS = "Slotledger"
OURS_POOLED = "Slotledger, as behind a pooler"
RAW = "raw statement"
RAW_PREPARED = "raw statement, prepared"
RAW_COMPACT = "our statement, raw"

IN_PROCESS = "Read, in process"
HTTP = "Read, over HTTP"
LOG = "The log"
UPDATE = "Update of a day, with its log"
NETWORK = "Through a 3 ms network"
ROUND_TRIPS = "Round trips"
GROWTH = "Growth"
BUSY = "The busy tutor"
CALCULATION = "Calculation"

READ_DAYS = (7, 30, 90)
LONG_UPDATE_DAYS = 92
TOOLS = {"continuum": "SQLAlchemy-Continuum", "django": "django-simple-history", "trigger": "trigger"}


@dataclass(frozen=True)
class Bench:
    """What the races need: databases, the smallest first, what can't run here, and the programs of Citus, if any."""

    pace: Pace
    databases: list[Database]
    missing: Missing
    folder: Path
    citus: Path | None

    @property
    def largest(self) -> Database:
        """Return the database that most is measured on."""
        return self.databases[-1]

    @property
    def complaints(self) -> Path:
        """Return the file that all processes complain into."""
        return self.folder / "processes.log"

    def ours(self, stack: ExitStack, url: str, *as_if: str) -> Worker:
        """Start our functions; `pooled`, they do without what a transaction pooler doesn't allow."""
        argv = [sys.executable, "-m", "benchmarks.ours", *as_if]
        return stack.enter_context(worker(argv, events.environment(url), self.complaints))

    def readers(self, stack: ExitStack, url: str) -> dict[str, Worker]:
        """Start our functions, and the peers that read in process."""
        found = {OURS: self.ours(stack, url)}
        for peer in peers.workers(url):
            if not self.missing.has(peer.name):
                found[peer.name] = stack.enter_context(worker(peer.argv, peer.env, self.complaints))
        return found

    def writers(self, stack: ExitStack, url: str, *, anew: bool) -> dict[str, Worker]:
        """Start our functions, and the peers that audit; `anew`, these make their tables first, and in both forms."""
        found = {OURS: self.ours(stack, url)}
        for tool, argv in audited_peers.AUDITED_PEERS:
            name = f"{TOOLS[tool.removesuffix('_tuned')]}, {'tuned' if tool.endswith('_tuned') else 'documented'}"
            if not self.missing.has(name) and (anew or tool in TOOLS):
                argv = [word for word in argv if anew or word != "prepare"]
                found[name] = stack.enter_context(worker(argv, events.environment(url), self.complaints))
        return found


def _contenders(question: Question, database: Database, asked: Mapping[str, Asked]) -> list[Contender]:
    return [question.contender(name, each, database.data) for name, each in asked.items()]


def read_in_process(bench: Bench) -> Iterator[Race]:
    """Race the ways to read within a function's own process."""
    database = bench.largest
    with ExitStack() as stack:
        readers, pooled = bench.readers(stack, database.url), bench.ours(stack, database.url, "pooled")
        for days in READ_DAYS:
            question = read(database.data, days)
            compare(question, database.data, readers)
            compare_with_the_floor(question, database, readers[OURS])
            first, last = database.data.today, database.data.today + timedelta(days=days - 1)
            contenders = [
                floor(RAW, database, statement("availability"), first=first, last=last),
                floor(RAW_PREPARED, database, statement("availability"), mode="prepared", first=first, last=last),
                floor(RAW_COMPACT, database, DAYS_OF_TUTOR, first=first, last=last),
                question.contender(OURS_POOLED, pooled, database.data),
                *_contenders(question, database, readers),
            ]
            yield race(IN_PROCESS, f"{days} days", contenders, bench.pace)


def read_over_http(bench: Bench) -> Iterator[Race]:
    """Race the servers, each asked on one connection that is kept open."""
    database = bench.largest
    if not bench.missing.has("PostgREST"):
        database.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(peers.POSTGREST_SCHEMA))
    with ExitStack() as stack:
        servers = {}
        for number, named in enumerate(_servers(database.url, 0)):
            if not bench.missing.has(named.name):
                port = free_port()
                peer = _servers(database.url, port)[number]
                (first,) = read(database.data, 1).of_tutor(next(database.data.tutor_ids(0)))
                running = server(peer.argv, peer.env, Server(port, peer.path), first, bench.complaints)
                servers[peer.name] = stack.enter_context(running)
        for days in READ_DAYS:
            question = read(database.data, days)
            compare(question, database.data, servers)
            yield race(HTTP, f"{days} days", _contenders(question, database, servers), bench.pace)


def _servers(url: str, port: int) -> list[peers.HttpPeer]:
    """Return our function under functions-framework, and the peers."""
    argv = framework("get_availability", port)
    env = events.environment(url) | {"PYTHONPATH": str(ROOT)}
    return [peers.HttpPeer(OURS, argv, env, "/" + peers.QUERY), *peers.http_peers(url, port)]


def the_log(bench: Bench) -> Iterator[Race]:
    """Race history and statistics against their raw statements."""
    database = bench.largest
    with ExitStack() as stack:
        ours, pooled = bench.ours(stack, database.url), bench.ours(stack, database.url, "pooled")
        for column, question, days in (
            ("history, 100 of 30 days", HISTORY, HISTORY_DAYS),
            ("statistics, 365 days", STATISTICS, STATISTICS_DAYS),
        ):
            compare_with_the_floor(question, database, ours)
            contenders = [
                floor(RAW, database, statement(question.do), days=days),
                floor(RAW_PREPARED, database, statement(question.do), mode="prepared", days=days),
                question.contender(OURS_POOLED, pooled, database.data),
                question.contender(OURS, ours, database.data),
            ]
            yield race(LOG, column, contenders, bench.pace)


def update(bench: Bench) -> Iterator[Race]:
    """Race the ways to change a day and to remember it: 8 of 16 slots move by half an hour."""
    database = bench.largest
    with ExitStack() as stack:
        writers = bench.writers(stack, database.url, anew=True)
        pooled = bench.ours(stack, database.url, "pooled")
        database.run("psql", "-q", "-c", "checkpoint")
        question = there_and_back(database.data)
        compare(question, database.data, writers)
        raw = [_raw_update(database, RAW, "extended"), _raw_update(database, RAW_PREPARED, "prepared")]
        own = question.contender(OURS_POOLED, pooled, database.data)
        contenders = [*raw, own, *_contenders(question, database, writers)]
        yield race(UPDATE, "8 removed, 8 added", contenders, bench.pace)


def _raw_update(database: Database, name: str, mode: str) -> Contender:
    """Return the floor of updates: there and back again, on a day of its own."""
    script = statement("update")
    there = script.replace(":removed", ":here").replace(":added", ":there")
    back = script.replace(":removed", ":there").replace(":added", ":here")
    here, there_to = ("{" + ",".join(starts) + "}" for starts in MOVING)
    day = work_day(database.data, 1)
    raw = floor(name, database, there + back, mode, parts=2, day=day, here=here, there=there_to)
    raw.turn(1, 0)
    found = database.rows(
        """
        select
          (select count(*) from tutor_time_slots where date = :day) as slots,
          (select count(*) from tutor_availability_log where date = :day) as entries,
          (select 16 * sum(version) from tutor_days where date = :day) as entries_expected
        """,
        day=day,
    )[0]
    if found.slots != 16 * database.data.tutors or found.entries != found.entries_expected:
        raise Failed(f"the raw update left {found}")
    return raw


def through_a_network(bench: Bench) -> Iterator[Race]:
    """Race where each round trip to the database takes 3 ms, and count the round trips."""
    database, data = bench.largest, bench.largest.data
    with ExitStack() as stack:
        far = stack.enter_context(network(database.unix_socket))
        url = far.url(database.name)

        def round_trips(each: Asked, do: str, requests: list[Request]) -> float:
            before = far.round_trips
            each.ask(do, requests)
            return (far.round_trips - before) / len(requests)

        readers, writers = bench.readers(stack, url), bench.writers(stack, url, anew=False)
        for column, question, asked in (
            ("read, 30 days", read(data, 30), readers),
            ("update", there_and_back(data), writers),
        ):
            yield race(NETWORK, column, _contenders(question, database, asked), bench.pace)
            some = question.drawn(data, 4, 0)
            counted = {name: [round_trips(each, question.do, some)] for name, each in asked.items()}
            yield Race(ROUND_TRIPS, question.do, counted, unit="")
        ours = writers[OURS]
        tutor, first = next(data.tutor_ids(0)), str(work_day(data, 10))
        one, others = ([[start, 30] for start in starts] for starts in (MOVING[1][:1], STAYING + MOVING[0]))
        ours.ask("update_days", [[tutor, first, LONG_UPDATE_DAYS, one]])
        ours_alone: list[tuple[str, str, list[Request]]] = [
            ("history", "history", HISTORY.of_tutor(tutor)),
            ("statistics", "statistics", STATISTICS.of_tutor(tutor)),
            (f"update of {LONG_UPDATE_DAYS} days", "update_days", [[tutor, first, LONG_UPDATE_DAYS, others]]),
        ]
        for column, do, requests in ours_alone:
            yield Race(ROUND_TRIPS, column, {OURS: [round_trips(ours, do, requests)]}, unit="")


def growth(bench: Bench) -> Iterator[Race]:
    """Race us against ourselves, with less data."""
    with ExitStack() as stack:
        ours = {database: bench.ours(stack, database.url) for database in bench.databases}
        for column in ("read, 30 days", "history", "statistics", "update"):  # what writes comes last
            contenders = []
            for database, each in ours.items():
                data = database.data
                question = {"history": HISTORY, "statistics": STATISTICS, "update": there_and_back(data)}.get(
                    column, read(data, 30)
                )
                contenders.append(question.contender(f"{data.tutors:,} tutors", each, data))
            yield race(GROWTH, column, contenders, bench.pace)


def busy_tutor(bench: Bench) -> Iterator[Race]:
    """Time what is asked about a tutor with 36,000 entries of 30 dates."""
    database, data = bench.largest, bench.largest.data
    seed_busy_tutor(database.engine, data)
    tutor, first, last = data.busy_tutor, str(data.today), str(data.today + timedelta(days=29))
    with ExitStack() as stack:
        ours = bench.ours(stack, database.url)
        for column, question in (
            ("read, 30 days", Question("read", lambda _: [[tutor, first, last]])),
            ("asOf, 30 days", Question("read", lambda _: [[tutor, first, last, data.when_busy]])),
            ("history, 100 of 30 days", Question("history", lambda _: [[tutor, HISTORY_DAYS, 100]])),
            ("statistics, 30 days", Question("statistics", lambda _: [[tutor, HISTORY_DAYS]])),
        ):
            yield race(BUSY, column, _contenders(question, database, {OURS: ours}), bench.pace)


def calculation(bench: Bench) -> Iterator[Race]:
    """Time what the core makes of 30 days with 8 slots each, one of them booked; nothing is read or written."""
    starts = [time(9 + hour) for hour in range(8)]
    first, zone = bench.largest.data.today, ZoneInfo("Europe/Copenhagen")
    slots = tuple(TimeSlot(start, 60) for start in starts)
    days = [Day(first + timedelta(days=i), 1, slots, {starts[i % 8]: "CONFIRMED"}) for i in range(30)]
    count = 2000
    parts: dict[str, Callable[[], object]] = {
        "the subtraction": lambda: [statuses(day) for day in days],
        "and what the clock shows": lambda: [availability(day, zone) for day in days],
    }
    for column, part in parts.items():
        spent = timeit.repeat(part, repeat=bench.pace.rounds, number=count)
        yield Race(CALCULATION, column, {OURS: [each / count * 1e6 for each in spent]}, unit="µs")
