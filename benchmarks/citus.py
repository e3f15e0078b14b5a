"""The cost of a cluster. Our functions are measured in turns on Citus, and on the same PostgreSQL without Citus."""

import random
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from benchmarks import events
from benchmarks.contenders import Bench
from benchmarks.data import FIXED_STARTS, MOVED_STARTS, Data, tutor_id, update_day
from benchmarks.database import Database, fill, name_of, seeded
from benchmarks.over_http import FunctionServer, framework_command
from benchmarks.processes import ROOT, Request, free_port, run_server
from benchmarks.questions import HISTORY_DAYS, STATISTICS_DAYS, Question, compare, function_call
from benchmarks.server import print_progress
from benchmarks.turns import Contender, Race, race
from local import citus, postgres

ONE_SERVER = "PostgreSQL without Citus"
CLUSTER = "Citus, two workers"
ONE_CLIENT, MANY_CLIENTS = "On Citus, one client", "On Citus, 16 clients"
CLIENTS = {ONE_CLIENT: 1, MANY_CLIENTS: 16}
TUTORS = 160  # ten for each of 16 clients, so that no two clients update the same day
REQUESTS_OF_A_CLIENT = 10
READ, HISTORY, STATISTICS, UPDATE = "read, 7 days", "history, 100 entries", "statistics, 365 days", "update"
# The server without Citus has the same settings as the cluster, so that Citus is the only difference.
SETTINGS = {name: value for name, value in citus.SETTINGS.items() if "citus" not in f"{name}{value}"}


def on_citus(bench: Bench) -> Iterator[Race]:
    """Race a cluster against one server. Do nothing if `bench.citus` is None."""
    if bench.citus is None:
        return
    with _seeded_databases(bench.citus, bench.folder) as databases:
        data = databases[ONE_SERVER].data
        for column, question in _questions(data).items():
            with ExitStack() as stack:
                servers = {
                    name: stack.enter_context(_serve(question, database, bench.log))
                    for name, database in databases.items()
                }
                compare(question, data, servers)
                for title, clients in CLIENTS.items():
                    contenders = [_contender(name, question, each, clients) for name, each in servers.items()]
                    pace = replace(bench.pace, min_requests=clients * REQUESTS_OF_A_CLIENT)
                    yield race(title, column, contenders, pace)


@contextmanager
def _seeded_databases(binaries: Path, folder: Path) -> Iterator[dict[str, Database]]:
    """Seed the same data on one server and on a cluster, and distribute it on the cluster."""
    name = name_of(TUTORS)
    with ExitStack() as stack:
        url = stack.enter_context(postgres.running(folder / "one-server", binaries=binaries, settings=SETTINGS))
        one_server = stack.enter_context(
            seeded(url, TUTORS, folder, lambda step: print_progress(f"{ONE_SERVER}: {step}"))
        )
        cluster = stack.enter_context(citus.running(folder, binaries))
        cluster.create_database(name)
        coordinator_url, now = cluster.coordinator.url, one_server.data.now
        distributed = stack.enter_context(
            fill(coordinator_url, TUTORS, folder, lambda step: print_progress(f"{CLUSTER}: {step}"), now)
        )
        print_progress(f"{CLUSTER}: distribute")
        cluster.distribute(name)
        cluster.coordinator.run("vacuum (analyze)", database=name)
        yield {ONE_SERVER: one_server, CLUSTER: distributed}


def _questions(data: Data) -> dict[str, Question]:
    original, moved = (
        [{"time": start, "durationMinutes": 30} for start in FIXED_STARTS + starts] for starts in MOVED_STARTS
    )
    week = {"startDate": data.today, "endDate": data.today + timedelta(days=6)}
    history, statistics, day = {"days": HISTORY_DAYS, "limit": 100}, {"days": STATISTICS_DAYS}, str(update_day(data))
    return {  # the question that changes the data comes last
        READ: function_call("get_availability", lambda tutor: events.get(tutor, has_token=False, **week)),
        HISTORY: function_call("audit_history", lambda tutor: events.get(tutor, has_token=True, **history)),
        STATISTICS: function_call("audit_stats", lambda tutor: events.get(tutor, has_token=True, **statistics)),
        UPDATE: function_call(
            "update_availability",
            lambda tutor: events.put(tutor, date=day, timeSlots=moved),
            lambda tutor: events.put(tutor, date=day, timeSlots=original),
        ),
    }


def _serve(question: Question, database: Database, log: Path) -> AbstractContextManager[FunctionServer]:
    """Serve the function of a question, with a thread for each client.

    The log's time budget is long, so that 16 updates at the same time don't defer their entries.
    """
    first = question.requests_about(tutor_id(1))[-1]
    env = events.environment(database.url) | {"THREADS": f"{max(CLIENTS.values())}", "AUDIT_BUDGET_MS": "10000"}
    server = FunctionServer(free_port())
    argv = framework_command(first[0], server.port)
    return run_server(argv, env | {"PYTHONPATH": str(ROOT)}, server, first, log)


def _contender(name: str, question: Question, server: FunctionServer, clients: int) -> Contender:
    def measure(count: int, seed: int) -> list[float]:
        generator = random.Random(seed)
        requests = [_requests_of(client, clients, question, count, generator) for client in range(clients)]
        return server.send_concurrently(question.operation, requests)

    return Contender(name, measure)


def _requests_of(client: int, clients: int, question: Question, count: int, generator: random.Random) -> list[Request]:
    """Return at least a client's share of `count` requests, about random tutors that no other client uses."""
    requests: list[Request] = []
    while len(requests) * clients < count:
        requests += question.requests_about(tutor_id(generator.randrange(client + 1, TUTORS + 1, clients)))
    return requests
