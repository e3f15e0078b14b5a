"""`make bench AGAINST=<commit>`: this checkout and another commit in turns, on one machine and one database server.

A process for each calls the Lambda handlers. Before each race the answers are compared.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any

from tqdm import tqdm

from benchmarks import events, machine
from benchmarks.checkouts import Side, both_sides, checked_out, handlers_of
from benchmarks.cold import secrets
from benchmarks.cold.start import COLD_START, deployed, first_answer, of
from benchmarks.data import MOVING, STAYING, TUTORS, Data, seed_busy_tutor, work_day
from benchmarks.database import Database
from benchmarks.goals import BEFORE_QUICKER, QUICKER
from benchmarks.network import Network, network
from benchmarks.processes import Failed, Request, Worker
from benchmarks.questions import Question, calling, compare, to_compare
from benchmarks.report import number, table
from benchmarks.server import say
from benchmarks.turns import Pace, Race, race

# Many short rounds: then other work of the machine slows both checkouts the same.
FULL, QUICK = Pace(40, turn_seconds=0.1, least_requests=2), Pace(12, turn_seconds=0.06, least_requests=2)
THIS, OTHER = "this checkout", "against"
UPDATE, FAR = "update of a day, with its log", "ms, through a 3 ms network"
POOLED = "read, 30 days, as behind a pooler"
DAYS_AGO = (10, 200)
LONG_UPDATE_DAYS = 28
FREE_DAY = 2  # after the work day

Sides = dict[str, Side]


@dataclass(frozen=True)
class Answering:
    """A worker whose answers can be compared; each has to be 200."""

    worker: Worker

    def ask(self, do: str, requests: list[Request]) -> tuple[list[float], Any]:
        """Return the milliseconds of each request, and what has to be the same in both answers to the last one."""
        spent, (status, body) = self.worker.ask(do, requests)
        if status != 200 or body.get("audit") == "deferred":
            raise Failed(f"{requests[-1]}: {status} {body}")
        return spent, to_compare(body)


def compare_with(commit: str, url: str, folder: Path, *, quick: bool) -> str:
    """Return the table of figures and ratios: this checkout by the other commit."""
    pace, tutors = (QUICK, TUTORS // 10) if quick else (FULL, TUTORS)
    with checked_out(commit, folder) as other, both_sides(other, url, tutors, folder) as (ours, its):
        sides = {THIS: ours, OTHER: its}
        for database in {ours.database.name: ours.database, its.database.name: its.database}.values():
            seed_busy_tutor(database.engine, database.data)
        log = folder / "processes.log"
        found = [*_races(sides, pace, log), *_cold_starts(sides, pace, folder, log), *_far(sides, pace, log)]
    return _results(found, commit)


def _started(
    stack: ExitStack, sides: Sides, url: Callable[[Database], str], log: Path, *as_if: str
) -> dict[str, Answering]:
    def start(side: Side) -> Answering:
        env = events.environment(url(side.database))
        return Answering(stack.enter_context(handlers_of(side.root, env, log, *as_if)))

    return {name: start(side) for name, side in sides.items()}


def _races(sides: Sides, pace: Pace, log: Path) -> Iterator[Race]:
    data = sides[THIS].database.data
    with ExitStack() as stack:
        direct = _started(stack, sides, lambda database: database.url, log)
        pooled = _started(stack, sides, lambda database: database.url, log, "pooled")
        for each in direct.values():
            each.ask("call", [["weekly_stats", events.scheduled(weeks=12)]])
        for column, question in _questions(data).items():
            asked = pooled if column == POOLED else direct
            compare(question, data, asked)
            yield race("ms", column, [question.contender(name, each, data) for name, each in asked.items()], pace)


def _far(sides: Sides, pace: Pace, log: Path) -> Iterator[Race]:
    """Race updates where a round trip takes 3 ms, and count those of everything.

    Of a request to a new process (log-in and all), and of the same one later.
    """
    data = sides[THIS].database.data
    with network(sides[THIS].database.unix_socket) as far:
        for column, question in _questions(data).items():
            if column == POOLED:
                continue
            first, *rest = requests = question.of_tutor(next(data.tutor_ids(0)))
            at_first, later = {}, {}
            with ExitStack() as stack:
                asked = _started(stack, sides, lambda database: far.url(database.name), log)
                for name, each in asked.items():
                    at_first[name] = [_counted(far, each, [first])]
                    each.ask("call", [*rest, *requests])
                    later[name] = [_counted(far, each, requests)]
                if column == UPDATE:
                    contenders = [question.contender(name, each, data) for name, each in asked.items()]
                    yield race(FAR, column, contenders, pace)
            yield Race("round trips of a new process", column, at_first)
            yield Race("round trips", column, later)


def _counted(far: Network, asked: Answering, requests: list[Request]) -> float:
    before = far.round_trips
    asked.ask("call", requests)
    return (far.round_trips - before) / len(requests)


def _questions(data: Data) -> dict[str, Question]:
    def read(days: int, *, as_themselves: bool = False, **more: object) -> Question:
        asked = {"startDate": data.today, "endDate": data.today + timedelta(days=days - 1), **more}
        return calling("get_availability", lambda tutor: events.get(tutor, as_themselves=as_themselves, **asked))

    def log(function: str, **asked: object) -> Question:
        return calling(function, lambda tutor: events.get(tutor, as_themselves=True, **asked))

    here, there = ([{"time": start, "durationMinutes": 30} for start in STAYING + moving] for moving in MOVING)
    day, days = str(work_day(data)), [str(work_day(data, 10 + i)) for i in range(LONG_UPDATE_DAYS)]
    one_tutor = next(data.tutor_ids(0))  # their days hold 16 slots each after the comparison

    def many(slots: list[dict[str, Any]]) -> Callable[[str], dict[str, Any]]:
        return lambda _: events.put(one_tutor, days=[{"date": each, "timeSlots": slots} for each in days])

    platform = events.get_as_admin(days=365)
    busy, next_30_days = data.busy_tutor, {"startDate": data.today, "endDate": data.today + timedelta(days=29)}
    return {  # what writes comes last
        **{f"read, {days} days": read(days) for days in (7, 30, 90)},
        POOLED: read(30),
        **{
            f"asOf, {ago} days ago, 30 days": read(30, asOf=(data.now - timedelta(days=ago)).isoformat())
            for ago in DAYS_AGO
        },
        "explain, 30 days": read(30, as_themselves=True, explain="true"),
        "history, page of 100": log("audit_history", days=30, limit=100),
        **{f"statistics, {days} days": log("audit_stats", days=days) for days in (30, 365)},
        "asOf of the busy tutor, 30 days": calling(
            "get_availability", lambda _: events.get(busy, as_themselves=False, **next_30_days, asOf=data.when_busy)
        ),
        "statistics of the busy tutor, 30 days": calling(
            "audit_stats", lambda _: events.get(busy, as_themselves=True, days=30)
        ),
        "statistics of the platform": calling("audit_stats", lambda _: platform),
        UPDATE: calling(
            "update_availability",
            lambda tutor: events.put(tutor, date=day, timeSlots=there),
            lambda tutor: events.put(tutor, date=day, timeSlots=here),
        ),
        f"update of {LONG_UPDATE_DAYS} days": calling("update_availability", many(there), many(here)),
    }


def _cold_starts(sides: Sides, pace: Pace, folder: Path, log: Path) -> Iterator[Race]:
    """Race the first answers of new processes, of the functions that both have."""
    if (reason := machine.missing().reasons.get(COLD_START)) is not None:
        say(f"left out: {COLD_START}, because {reason}")
        return
    data = sides[THIS].database.data
    tutor = next(data.tutor_ids(0))
    asked = {
        "get_availability": events.get(tutor, as_themselves=False),
        "audit_history": events.get(tutor, as_themselves=True),
        "audit_stats": events.get(tutor, as_themselves=True),
        "weekly_stats": events.scheduled(),
        "audit_repair": events.scheduled(),
    }
    places = {name: deployed(folder / f"cold {name}", side.root) for name, side in sides.items()}
    rounds: dict[str, dict[str, list[float]]] = {}
    with secrets.environments(*(side.database.url for side in sides.values())) as found:
        environments = dict(zip(sides, found, strict=True))
        for turn in tqdm(range(pace.rounds // 4), desc=COLD_START, leave=False, unit="round", disable=None):
            for name in sorted(places, reverse=bool(turn % 2)):
                slots = [{"time": f"{turn:02}:{'30' if name == THIS else '00'}"}]  # so that there is something to write
                edit = {"update_availability": events.put(tutor, date=str(work_day(data, FREE_DAY)), timeSlots=slots)}
                for function, event in {**asked, **edit}.items():
                    spent = first_answer(places[name], environments[name], *of(function, event), log)
                    rounds.setdefault(function, {}).setdefault(name, []).append(spent)
    for function, figures in rounds.items():
        yield Race("ms of processor time", f"cold start of {function}", figures)


def _results(races: list[Race], commit: str) -> str:
    asked = QUICKER if commit == BEFORE_QUICKER else {}
    rows = [["", THIS, f"{OTHER} {commit}", "ratio", "half of the rounds", *(["goal"] if asked else [])]]
    for each in sorted(races, key=lambda each: each.title):
        ratios = [one / other for one, other in zip(each.rounds[THIS], each.rounds[OTHER], strict=True)]
        low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
        figures = [number(each.figure(name)) for name in (THIS, OTHER)]
        between = "" if low == high else f"{low:.2f} to {high:.2f}"
        what = f"{each.column} ({each.title})"
        goal = [f"≤ {asked[what]}" if what in asked else ""] if asked else []
        rows.append([what, *figures, f"{each.ratio(THIS, OTHER):.2f}", between, *goal])
    return table(rows)
