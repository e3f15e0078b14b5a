"""The search beside other ways to write it: a join that computes the instants, and a function of PostgREST.

Their answers are compared with ours first.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from random import Random
from typing import Any
from uuid import UUID

from benchmarks import events
from benchmarks.bookings import timed
from benchmarks.contenders import OURS
from benchmarks.database import Database, raw_statement
from benchmarks.over_http import framework_command
from benchmarks.peers import peers
from benchmarks.processes import ROOT, BenchmarkFailed, Request, Server, free_port, run_server
from benchmarks.search_data import pool_of, random_window
from benchmarks.turns import Contender, Pace, Race, race
from common.core.search import FoundSlot, SlotSearch
from common.db.pool import Pool
from common.db.search import find_slots

BESIDE_JOIN, OVER_HTTP, COLUMN = "Search, beside a join", "Search, over HTTP", "first 50 slots"
JOIN, POSTGREST = "a join that computes the instants", "PostgREST, documented"
COMPARED = 5
"""In how many windows the answers are compared."""


def first_slots(
    pool: Pool,
    first: datetime,
    end: datetime,
    tutor_ids: tuple[UUID, ...] | None = None,
    tags: tuple[str, ...] = (),
) -> list[FoundSlot]:
    """Return the first 50 slots, and the next one."""
    search = SlotSearch(first, end, tutor_ids, tags, 1, 720, limit=50, after=None, per_tutor=None)
    return find_slots(pool, search, datetime.now(UTC))[0]


def beside_join(database: Database, pace: Pace) -> Race:
    """Race a statement without the column `starts_at`, as raw as possible: its rows aren't even parsed into slots."""
    pool, statement = pool_of(database), raw_statement("search")

    def ours(seed: int) -> list[Any]:
        return [(each.tutor_id, each.starts_at) for each in first_slots(pool, *random_window(Random(seed)))[:50]]

    def joined(seed: int) -> list[Any]:
        first, end = random_window(Random(seed))
        (rows,) = pool.execute((statement, {"first": first, "end": end}), prepare=False)
        return [(tutor_id, starts_at) for tutor_id, *_, starts_at in rows]

    for seed in range(COMPARED):
        _compare(seed, {OURS: ours(seed), JOIN: joined(seed)})
    return race(
        BESIDE_JOIN, COLUMN, [Contender(OURS, partial(timed, ours)), Contender(JOIN, partial(timed, joined))], pace
    )


def over_http(database: Database, pace: Pace) -> Iterator[Race]:
    """Race PostgREST, if it is installed: a function that finds the same slots."""
    if not peers.POSTGREST.exists():
        return
    database.run("psql", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(peers.HERE / "postgrest_search.sql"))
    query, ours, theirs = "?from={start}&to={end}", free_port(), free_port()
    env = events.environment(database.url) | {"PYTHONPATH": str(ROOT)}
    programs = {
        OURS: (framework_command("find_slots", ours), env, Server(ours, f"/{query}")),
        POSTGREST: (*peers.postgrest(database.url, theirs), Server(theirs, f"/rpc/find_slots{query}")),
    }
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(run_server(argv, env, target, _request(0), database.folder / "search.log"))
            for name, (argv, env, target) in programs.items()
        }
        for seed in range(COMPARED):
            _compare(seed, {name: _slots(each.send("search", [_request(seed)])[1]) for name, each in servers.items()})
        racing = [Contender(name, partial(_send, server)) for name, server in servers.items()]
        yield race(OVER_HTTP, COLUMN, racing, replace(pace, min_requests=3))  # PostgREST takes seconds


def _compare(seed: int, answers: dict[str, list[Any]]) -> None:
    ours, theirs = answers.values()
    if not ours or ours != theirs:
        raise BenchmarkFailed(f"window {seed}: the answers differ:\n{answers}")


def _send(server: Server, count: int, seed: int) -> list[float]:
    chance = Random(seed)
    return server.send("search", [_request(chance.randrange(10**9)) for _ in range(count)])[0]


def _request(seed: int) -> Request:
    start, end = (f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in random_window(Random(seed)))
    return [None, start, end]


def _slots(answer: Any) -> list[Any]:
    """Return the slots of an answer, with their instants in UTC."""
    instants = ("startsAt", "endsAt")
    return [
        slot | {name: datetime.fromisoformat(slot[name]).astimezone(UTC) for name in instants}
        for slot in answer["slots"]
    ]
