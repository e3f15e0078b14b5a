"""What was asked for, and what counts as met."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import citus
from benchmarks.cold.start import BARE, COLD_START
from benchmarks.plans import PLANS
from benchmarks.races import (
    CALCULATION,
    GROWTH,
    HTTP,
    IN_PROCESS,
    LOG,
    OURS,
    OURS_POOLED,
    RAW,
    RAW_PREPARED,
    ROUND_TRIPS,
    UPDATE,
)
from benchmarks.turns import Race

Measure = Callable[[Race], float]


@dataclass(frozen=True)
class Goal:
    """Something that is asked for: of some columns of a table, a limit each; `below` excludes the limit itself."""

    what: str
    title: str
    columns: tuple[str, ...]
    measure: Measure
    limits: tuple[float, ...]
    below: bool = False

    def measured(self, races: Sequence[Race]) -> list[float] | None:
        """Return the figure of each column; None where something was left out."""
        by_column = {race.column: race for race in races if race.title == self.title}
        try:
            return [self.measure(by_column[column]) for column in self.columns]
        except KeyError:
            return None

    def met(self, figures: list[float]) -> bool:
        """Whether every limit is kept."""
        pairs = zip(figures, self.limits, strict=True)
        return all(figure < limit if self.below else figure <= limit for figure, limit in pairs)


def by(other: str, ours: str = OURS) -> Measure:
    """Return the ratio of ours by another."""
    return lambda race: race.ratio(ours, other)


def ours(race: Race) -> float:
    """Return our figure."""
    return race.figure(OURS)


def of_largest_by_smallest(race: Race) -> float:
    """Return the ratio of the last by the first."""
    names = list(race.rounds)
    return race.ratio(names[-1], names[0])


D7, D30, D90 = "7 days", "30 days", "90 days"
EDIT = ("8 removed, 8 added",)

GOALS = (
    Goal(
        "read 7/30/90 days in process ÷ raw statement, both planned anew",
        IN_PROCESS,
        (D7, D30, D90),
        by(RAW, OURS_POOLED),
        (2.3, 2.0, 1.9),
    ),
    Goal("the same, both planned once", IN_PROCESS, (D7, D30, D90), by(RAW_PREPARED), (2.3, 2.0, 1.9)),
    Goal(
        "the same ÷ Mangum + FastAPI, documented",
        IN_PROCESS,
        (D7, D30, D90),
        by("Mangum + FastAPI, documented"),
        (0.5,) * 3,
    ),
    Goal(
        "the same, 30/90 days ÷ Node + pg, documented", IN_PROCESS, (D30, D90), by("Node + pg, documented"), (0.7,) * 2
    ),
    Goal("read 7/30/90 days over HTTP ÷ PostgREST", HTTP, (D7, D30, D90), by("PostgREST, documented"), (1,) * 3, True),
    Goal("the same ÷ FastAPI, documented", HTTP, (D7, D30, D90), by("FastAPI, documented"), (1,) * 3, True),
    Goal("round trips of read/history/statistics", ROUND_TRIPS, ("read", "history", "statistics"), ours, (1,) * 3),
    Goal("round trips of an update and its log", ROUND_TRIPS, ("update",), ours, (3,)),
    Goal("round trips of an update of 92 days of 16 slots", ROUND_TRIPS, ("update of 92 days",), ours, (8,)),
    Goal("update of a day with its log ÷ raw statements", UPDATE, EDIT, by(RAW), (1.5,)),
    Goal("the same ÷ django-simple-history", UPDATE, EDIT, by("django-simple-history, documented"), (0.15,)),
    Goal("the same ÷ SQLAlchemy-Continuum", UPDATE, EDIT, by("SQLAlchemy-Continuum, documented"), (0.04,)),
    Goal("statistics over 365 days ÷ raw statement", LOG, ("statistics, 365 days",), by(RAW), (3,)),
    Goal("history, first page of 100 ÷ raw statement", LOG, ("history, 100 of 30 days",), by(RAW), (3.6,)),
    Goal(
        "read/history/statistics/update with all of the data ÷ the least",
        GROWTH,
        ("read, 30 days", "history", "statistics", "update"),
        of_largest_by_smallest,
        (1.2,) * 4,
    ),
    Goal("the subtraction alone, 30 days (µs)", CALCULATION, ("the subtraction",), ours, (50,)),
    *(
        Goal(f"cold start of {name} ÷ bare handler", COLD_START, ("processor time",), by(BARE, name), (limit,))
        for name, limit in (
            ("get_availability", 5.5),
            ("update_availability", 13),
            ("audit_history", 9),
            ("audit_stats", 9),
        )
    ),
    Goal(
        "scans that aren't index-only: read/history/statistics",
        PLANS,
        ("read", "history", "statistics"),
        ours,
        (0,) * 3,
    ),
    *(
        Goal(
            f"read/history/statistics/update on Citus ÷ PostgreSQL alone, {clients}",
            title,
            (citus.READ, citus.HISTORY, citus.STATISTICS, citus.EDIT),
            by(citus.ALONE, citus.CLUSTER),
            (1.8, 1.6, 1.6, 1.7),
        )
        for clients, title in (("one client", citus.ONE_CLIENT), ("16 clients", citus.MANY_CLIENTS))
    ),
)

# What was asked of a ratio to the commit that was there before, as `make bench AGAINST=…` tells it.
BEFORE_QUICKER = "85e1f71"
QUICKER = {
    "asOf of the busy tutor, 30 days (ms)": 0.05,
    "asOf, 200 days ago, 30 days (ms)": 0.5,
    "statistics of the busy tutor, 30 days (ms)": 0.8,
    "update of a day, with its log (ms, through a 3 ms network)": 0.82,
    "read, 7 days (ms)": 0.85,
    "read, 30 days (ms)": 0.88,
}
