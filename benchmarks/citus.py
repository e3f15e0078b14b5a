"""What a cluster costs: the functions over HTTP on Citus, and on the same PostgreSQL without it, in turns."""

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks import events
from benchmarks.data import MOVING, STAYING, Data, tutor_id, work_day
from benchmarks.database import Database, filled, name_of, seeded
from benchmarks.over_http import Served, framework
from benchmarks.processes import ROOT, Request, free_port, server
from benchmarks.questions import HISTORY_DAYS, STATISTICS_DAYS, Question, calling, compare
from benchmarks.races import Bench
from benchmarks.server import say
from benchmarks.turns import Contender, Race, race
from local import citus, postgres

ALONE = "PostgreSQL alone"
CLUSTER = "Citus, two workers"
ONE_CLIENT, MANY_CLIENTS = "On Citus, one client", "On Citus, 16 clients"
CLIENTS = {ONE_CLIENT: 1, MANY_CLIENTS: 16}
TUTORS = 160  # ten for each of 16 clients, so that no two edit the same day
REQUESTS_OF_A_CLIENT = 10
READ, HISTORY, STATISTICS, EDIT = "read, 7 days", "history, 100 of 30 days", "statistics, 365 days", "update"
# Citus needs these; they are no different without it, so that nothing but Citus is.
SETTINGS = {name: value for name, value in citus.SETTINGS.items() if "citus" not in f"{name}{value}"}


def on_citus(bench: Bench) -> Iterator[Race]:
    """Race a cluster against one server; its programs may be missing here."""
    if bench.citus is None:
        return
    with _databases(bench.citus, bench.folder) as databases:
        data = databases[ALONE].data
        for column, question in _questions(data).items():
            with ExitStack() as stack:
                served = {
                    name: stack.enter_context(_served(question, database, bench.complaints))
                    for name, database in databases.items()
                }
                compare(question, data, served)
                for title, clients in CLIENTS.items():
                    contenders = [_contender(name, question, each, clients) for name, each in served.items()]
                    pace = replace(bench.pace, least_requests=clients * REQUESTS_OF_A_CLIENT)
                    yield race(title, column, contenders, pace)


@contextmanager
def _databases(binaries: Path, folder: Path) -> Iterator[dict[str, Database]]:
    """Seed the same data on one server and on a cluster, where it is distributed."""
    name = name_of(TUTORS)
    with ExitStack() as stack:
        url = stack.enter_context(postgres.running(folder / "alone", binaries=binaries, settings=SETTINGS))
        alone = stack.enter_context(seeded(url, TUTORS, folder, lambda step: say(f"{ALONE}: {step}")))
        cluster = stack.enter_context(citus.running(folder, binaries))
        cluster.create_database(name)
        distributed = stack.enter_context(
            filled(cluster.coordinator.url, TUTORS, folder, lambda step: say(f"{CLUSTER}: {step}"), alone.data.now)
        )
        say(f"{CLUSTER}: distribute")
        cluster.distribute(name)
        cluster.coordinator.run("vacuum (analyze)", database=name)
        yield {ALONE: alone, CLUSTER: distributed}


def _questions(data: Data) -> dict[str, Question]:
    here, there = ([{"time": start, "durationMinutes": 30} for start in STAYING + moving] for moving in MOVING)
    week = {"startDate": data.today, "endDate": data.today + timedelta(days=6)}
    history, statistics, day = {"days": HISTORY_DAYS, "limit": 100}, {"days": STATISTICS_DAYS}, str(work_day(data))
    return {  # what writes comes last
        READ: calling("get_availability", lambda tutor: events.get(tutor, as_themselves=False, **week)),
        HISTORY: calling("audit_history", lambda tutor: events.get(tutor, as_themselves=True, **history)),
        STATISTICS: calling("audit_stats", lambda tutor: events.get(tutor, as_themselves=True, **statistics)),
        EDIT: calling(
            "update_availability",
            lambda tutor: events.put(tutor, date=day, timeSlots=there),
            lambda tutor: events.put(tutor, date=day, timeSlots=here),
        ),
    }


def _served(question: Question, database: Database, log: Path) -> AbstractContextManager[Served]:
    """Serve the function, with a thread for each client; the log has the time that 16 updates at once need."""
    first = question.of_tutor(tutor_id(1))[-1]
    env = events.environment(database.url) | {"THREADS": f"{max(CLIENTS.values())}", "AUDIT_BUDGET_MS": "10000"}
    at = Served(free_port())
    return server(framework(first[0], at.port), env | {"PYTHONPATH": str(ROOT)}, at, first, log)


def _contender(name: str, question: Question, served: Served, clients: int) -> Contender:
    def turn(count: int, seed: int) -> list[float]:
        draw = random.Random(seed)
        return served.ask_at_once(
            question.do, [_drawn(question, draw, each, clients, count) for each in range(clients)]
        )

    return Contender(name, turn)


def _drawn(question: Question, draw: random.Random, client: int, clients: int, count: int) -> list[Request]:
    """Return a client's share of the requests, about tutors that are its own."""
    requests: list[Request] = []
    while len(requests) * clients < count:
        requests += question.of_tutor(tutor_id(draw.randrange(client + 1, TUTORS + 1, clients)))
    return requests
