"""`make bench AGAINST=<commit>`: measure this checkout and another commit in turns, with one database server.

Each checkout has a process that calls its Lambda handlers. Before most races, the processes' answers are compared.
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
from benchmarks.checkouts import Side, both_sides, checked_out, run_handlers
from benchmarks.cold import secrets
from benchmarks.cold.start import COLD_START, FREE_DAY, handler_name, install, measure_cold_start
from benchmarks.data import FIXED_STARTS, MOVED_STARTS, TUTORS, Data, update_day
from benchmarks.database import Database
from benchmarks.delay_proxy import DelayProxy, run_delay_proxy
from benchmarks.goals import SPEED_UP_BASE, SPEED_UP_GOALS
from benchmarks.handlers import NO_PREPARED_STATEMENTS
from benchmarks.processes import BenchmarkFailed, Request, Worker
from benchmarks.questions import Question, comparable_part, compare, function_call
from benchmarks.report import format_number, format_table
from benchmarks.server import print_progress
from benchmarks.turns import Pace, Race, race

# There are many short rounds, so that other work of the machine slows down both checkouts equally.
FULL, QUICK = Pace(40, turn_seconds=0.1, min_requests=2), Pace(12, turn_seconds=0.06, min_requests=2)
THIS, OTHER = "this checkout", "against"
UPDATE, THROUGH_NETWORK = "update of a day, with its log", "ms, through a 3 ms network"
UNPREPARED = "read, 30 days, not prepared"
DAYS_AGO = (10, 200)
LONG_UPDATE_DAYS = 28

Sides = dict[str, Side]


@dataclass(frozen=True)
class CheckedWorker:
    """A worker whose answers can be compared with those of another worker."""

    worker: Worker

    def send(self, operation: str, requests: list[Request]) -> tuple[list[float], Any]:
        """Send the requests. Return the milliseconds of each request, and the comparable part of the last answer.

        Raise `BenchmarkFailed` if an answer isn't 200, or if the last update deferred its log.
        """
        durations, (status, body) = self.worker.send(operation, requests)
        if status != 200 or body.get("audit") == "deferred":
            raise BenchmarkFailed(f"{requests[-1]}: {status} {body}")
        return durations, comparable_part(body)


def compare_with(commit: str, url: str, folder: Path, *, quick: bool) -> str:
    """Return a table: the figures of both checkouts, and the ratios of this checkout to the other commit."""
    pace, tutors = (QUICK, TUTORS // 10) if quick else (FULL, TUTORS)
    with checked_out(commit, folder) as other, both_sides(other, url, tutors, folder) as (ours, theirs):
        sides = {THIS: ours, OTHER: theirs}
        log = folder / "processes.log"
        races = [
            *_race_locally(sides, pace, log),
            *_race_cold_starts(sides, pace, folder, log),
            *_race_through_network(sides, pace, log),
        ]
    return _format_results(races, commit)


def _start_workers(
    stack: ExitStack, sides: Sides, url_of: Callable[[Database], str], log: Path, *arguments: str
) -> dict[str, CheckedWorker]:
    def start(side: Side) -> CheckedWorker:
        env = events.environment(url_of(side.database))
        return CheckedWorker(stack.enter_context(run_handlers(side.root, env, log, *arguments)))

    return {name: start(side) for name, side in sides.items()}


def _race_locally(sides: Sides, pace: Pace, log: Path) -> Iterator[Race]:
    data = sides[THIS].database.data
    with ExitStack() as stack:
        prepared = _start_workers(stack, sides, lambda database: database.url, log)
        unprepared = _start_workers(stack, sides, lambda database: database.url, log, NO_PREPARED_STATEMENTS)
        for worker in prepared.values():
            worker.send("call", [["weekly_stats", events.scheduled(weeks=12)]])
        for column, question in _questions(data).items():
            workers = unprepared if column == UNPREPARED else prepared
            # Answers of one commit may have fields that answers of another commit don't have.
            compare(question, data, workers, shared_fields_only=True)
            yield race("ms", column, [question.contender(name, each, data) for name, each in workers.items()], pace)


def _race_through_network(sides: Sides, pace: Pace, log: Path) -> Iterator[Race]:
    """Race updates through a proxy where a round trip takes 3 ms, and count the round trips of each question.

    There are two counts: for the first request of a new process, which includes the login, and the average of later
    requests. The question without prepared statements is left out.
    """
    data = sides[THIS].database.data
    with run_delay_proxy(sides[THIS].database.unix_socket) as proxy:
        for column, question in _questions(data).items():
            if column == UNPREPARED:
                continue
            first, *rest = requests = question.requests_about(next(data.tutor_ids(0)))
            first_counts, later_counts = {}, {}
            with ExitStack() as stack:
                workers = _start_workers(stack, sides, lambda database: proxy.url(database.name), log)
                for name, worker in workers.items():
                    first_counts[name] = [_count_round_trips(proxy, worker, [first])]
                    worker.send("call", [*rest, *requests])
                    later_counts[name] = [_count_round_trips(proxy, worker, requests)]
                if column == UPDATE:
                    contenders = [question.contender(name, worker, data) for name, worker in workers.items()]
                    yield race(THROUGH_NETWORK, column, contenders, pace)
            yield Race("round trips of a new process", column, first_counts)
            yield Race("round trips", column, later_counts)


def _count_round_trips(proxy: DelayProxy, worker: CheckedWorker, requests: list[Request]) -> float:
    before = proxy.round_trips
    worker.send("call", requests)
    return (proxy.round_trips - before) / len(requests)


def _questions(data: Data) -> dict[str, Question]:
    def read(days: int, *, has_token: bool = False, **more: object) -> Question:
        query = {"startDate": data.today, "endDate": data.today + timedelta(days=days - 1), **more}
        return function_call("get_availability", lambda tutor: events.get(tutor, has_token=has_token, **query))

    def log(function: str, **query: object) -> Question:
        return function_call(function, lambda tutor: events.get(tutor, has_token=True, **query))

    original, moved = (
        [{"time": start, "durationMinutes": 30} for start in FIXED_STARTS + starts] for starts in MOVED_STARTS
    )
    day, days = str(update_day(data)), [str(update_day(data, 10 + i)) for i in range(LONG_UPDATE_DAYS)]
    one_tutor = next(data.tutor_ids(0))  # `compare` updates these days before the race, so they have 16 slots

    def update_days(slots: list[dict[str, Any]]) -> Callable[[str], dict[str, Any]]:
        return lambda _: events.put(one_tutor, days=[{"date": each, "timeSlots": slots} for each in days])

    platform = events.get_as_admin(days=365)
    busy, next_30_days = data.busy_tutor, {"startDate": data.today, "endDate": data.today + timedelta(days=29)}
    return {  # the questions that change the data come last
        **{f"read, {days} days": read(days) for days in (7, 30, 90)},
        UNPREPARED: read(30),
        **{
            f"asOf, {ago} days ago, 30 days": read(30, asOf=(data.now - timedelta(days=ago)).isoformat())
            for ago in DAYS_AGO
        },
        "explain, 30 days": read(30, has_token=True, explain="true"),
        "history, page of 100": log("audit_history", days=30, limit=100),
        **{f"statistics, {days} days": log("audit_stats", days=days) for days in (30, 365)},
        "asOf of the busy tutor, 30 days": function_call(
            "get_availability", lambda _: events.get(busy, has_token=False, **next_30_days, asOf=data.busy_as_of)
        ),
        "statistics of the busy tutor, 30 days": function_call(
            "audit_stats", lambda _: events.get(busy, has_token=True, days=30)
        ),
        "statistics of the platform": function_call("audit_stats", lambda _: platform),
        UPDATE: function_call(
            "update_availability",
            lambda tutor: events.put(tutor, date=day, timeSlots=moved),
            lambda tutor: events.put(tutor, date=day, timeSlots=original),
        ),
        f"update of {LONG_UPDATE_DAYS} days": function_call(
            "update_availability", update_days(moved), update_days(original)
        ),
    }


def _race_cold_starts(sides: Sides, pace: Pace, folder: Path, log: Path) -> Iterator[Race]:
    """Race the first answers of new processes, for each function. Both checkouts must have all functions."""
    if (reason := machine.find_missing().reasons.get(COLD_START)) is not None:
        print_progress(f"left out: {COLD_START}, because {reason}")
        return
    data = sides[THIS].database.data
    tutor = next(data.tutor_ids(0))
    requests = {
        "get_availability": events.get(tutor, has_token=False),
        "audit_history": events.get(tutor, has_token=True),
        "audit_stats": events.get(tutor, has_token=True),
        "weekly_stats": events.scheduled(),
        "audit_repair": events.scheduled(),
    }
    installations = {name: install(folder / f"cold {name}", side.root) for name, side in sides.items()}
    rounds: dict[str, dict[str, list[float]]] = {}
    with secrets.environments(*(side.database.url for side in sides.values())) as environments:
        environment_of = dict(zip(sides, environments, strict=True))
        for turn in tqdm(range(pace.rounds // 4), desc=COLD_START, leave=False, unit="round", disable=None):
            for name in sorted(installations, reverse=bool(turn % 2)):
                slots = [{"time": f"{turn:02}:{'30' if name == THIS else '00'}"}]  # so that each update changes the day
                update = events.put(tutor, date=str(update_day(data, FREE_DAY)), timeSlots=slots)
                for function, event in {**requests, "update_availability": update}.items():
                    duration = measure_cold_start(
                        installations[name], environment_of[name], handler_name(function), event, log
                    )
                    rounds.setdefault(function, {}).setdefault(name, []).append(duration)
    for function, rounds_by_side in rounds.items():
        yield Race("ms of processor time", f"cold start of {function}", rounds_by_side)


def _format_results(races: list[Race], commit: str) -> str:
    goals = SPEED_UP_GOALS if commit == SPEED_UP_BASE else {}
    rows = [["", THIS, f"{OTHER} {commit}", "ratio", "half of the rounds", *(["goal"] if goals else [])]]
    for each in sorted(races, key=lambda each: each.title):
        ratios = [ours / theirs for ours, theirs in zip(each.rounds[THIS], each.rounds[OTHER], strict=True)]
        low, _, high = quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
        figures = [format_number(each.figure(name)) for name in (THIS, OTHER)]
        spread = "" if low == high else f"{low:.2f} to {high:.2f}"
        label = f"{each.column} ({each.title})"
        goal = [f"≤ {goals[label]}" if label in goals else ""] if goals else []
        rows.append([label, *figures, f"{each.ratio(THIS, OTHER):.2f}", spread, *goal])
    return format_table(rows)
