"""The goals for the speed, and whether they are met."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks import citus
from benchmarks.bookings import INSERT, LIST, NEXT, ONE, PLACE
from benchmarks.cold.start import BARE, COLD_START
from benchmarks.contenders import OURS, OURS_UNPREPARED, RAW, RAW_PREPARED
from benchmarks.dashboard import BESIDE, BOOK, DASHBOARD, FRAME, HISTORY, INTERACTIVE, PRESS, SCRIPTS, SHIFT, WEEK
from benchmarks.imports import IMPORT, MEMORY, SECONDS
from benchmarks.plans import PLANS
from benchmarks.races import CALCULATION, GROWTH, HTTP, IN_PROCESS, LOG, SUBTRACTION
from benchmarks.schedules import ONE_DAY, PUBLISH
from benchmarks.search import ALL, SEARCH, SMALL, SOME, TAGS
from benchmarks.search_cost import COST, WITHOUT_COLUMN
from benchmarks.search_cost import UPDATE as COST_OF_UPDATE
from benchmarks.turns import Race
from benchmarks.updates import ROUND_TRIPS, UPDATE

Measure = Callable[[Race], float]


@dataclass(frozen=True)
class Goal:
    """Limits for columns of a table of results. `limits` has a limit for each of `columns`.

    `measure` computes the value of a column that is compared with its limit, such as a ratio to another contender.
    A value that is equal to its limit meets the goal, unless `is_exclusive` is set.
    """

    text: str
    title: str
    columns: tuple[str, ...]
    measure: Measure
    limits: tuple[float, ...]
    is_exclusive: bool = False

    def values(self, races: Sequence[Race]) -> list[float] | None:
        """Return the value of each column, or None if a race or a contender was left out."""
        by_column = {race.column: race for race in races if race.title == self.title}
        try:
            return [self.measure(by_column[column]) for column in self.columns]
        except KeyError:
            return None

    def is_met(self, values: list[float]) -> bool:
        """Return whether every value is within its limit."""
        pairs = zip(values, self.limits, strict=True)
        return all(value < limit if self.is_exclusive else value <= limit for value, limit in pairs)


def ratio_to(other: str, contender: str = OURS) -> Measure:
    """Return a function that returns the ratio of `contender` to `other` in a race."""
    return lambda race: race.ratio(contender, other)


def our_figure(race: Race) -> float:
    """Return the figure of Slotledger."""
    return race.figure(OURS)


def figure_of(contender: str) -> Measure:
    """Return a function that returns the figure of `contender`."""
    return lambda race: race.figure(contender)


def last_to_first(race: Race) -> float:
    """Return the ratio of the last contender to the first."""
    names = list(race.rounds)
    return race.ratio(names[-1], names[0])


D7, D30, D90 = "7 days", "30 days", "90 days"
UPDATE_COLUMN = ("8 removed, 8 added",)

GOALS = (
    Goal(
        "read 7/30/90 days in process ÷ raw statement, not prepared",
        IN_PROCESS,
        (D7, D30, D90),
        ratio_to(RAW, OURS_UNPREPARED),
        (2.3, 2.0, 1.9),
    ),
    Goal(
        "read 7/30/90 days in process ÷ raw statement, prepared",
        IN_PROCESS,
        (D7, D30, D90),
        ratio_to(RAW_PREPARED),
        (2.3, 2.0, 1.9),
    ),
    Goal(
        "read 7/30/90 days in process ÷ Mangum + FastAPI, documented",
        IN_PROCESS,
        (D7, D30, D90),
        ratio_to("Mangum + FastAPI, documented"),
        (0.5,) * 3,
    ),
    Goal(
        "read 30/90 days in process ÷ Node + pg, documented",
        IN_PROCESS,
        (D30, D90),
        ratio_to("Node + pg, documented"),
        (0.7,) * 2,
    ),
    Goal(
        "read 7/30/90 days over HTTP ÷ PostgREST",
        HTTP,
        (D7, D30, D90),
        ratio_to("PostgREST, documented"),
        (1,) * 3,
        True,
    ),
    Goal(
        "read 7/30/90 days over HTTP ÷ FastAPI, documented",
        HTTP,
        (D7, D30, D90),
        ratio_to("FastAPI, documented"),
        (1,) * 3,
        True,
    ),
    Goal(
        "round trips of read/history/statistics", ROUND_TRIPS, ("read", "history", "statistics"), our_figure, (1,) * 3
    ),
    Goal("round trips of an update and its log", ROUND_TRIPS, ("update",), our_figure, (3,)),
    Goal("round trips of an update of 92 days of 16 slots", ROUND_TRIPS, ("update of 92 days",), our_figure, (8,)),
    Goal("update of a day with its log ÷ raw statements", UPDATE, UPDATE_COLUMN, ratio_to(RAW), (1.5,)),
    Goal(
        "update of a day with its log ÷ django-simple-history",
        UPDATE,
        UPDATE_COLUMN,
        ratio_to("django-simple-history, documented"),
        (0.15,),
    ),
    Goal(
        "update of a day with its log ÷ SQLAlchemy-Continuum",
        UPDATE,
        UPDATE_COLUMN,
        ratio_to("SQLAlchemy-Continuum, documented"),
        (0.04,),
    ),
    Goal("statistics over 365 days ÷ raw statement", LOG, ("statistics, 365 days",), ratio_to(RAW), (3,)),
    Goal("history, first page of 100 ÷ raw statement", LOG, ("history, 100 entries",), ratio_to(RAW), (3.6,)),
    Goal(
        "read/history/statistics/update, largest ÷ smallest database",
        GROWTH,
        ("read, 30 days", "history", "statistics", "update"),
        last_to_first,
        (1.2,) * 4,
    ),
    Goal("slots minus bookings, 30 days (µs)", CALCULATION, (SUBTRACTION,), our_figure, (50,)),
    *(
        Goal(f"cold start of {name} ÷ bare handler", COLD_START, ("processor time",), ratio_to(BARE, name), (limit,))
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
        our_figure,
        (0,) * 3,
    ),
    Goal(
        "import of 1,000,000 slots and 200,000 bookings: seconds/memory of the process (MB)",
        IMPORT,
        (SECONDS, MEMORY),
        our_figure,
        (240, 200),
    ),
    Goal("weekly schedules of 10,000 tutors, one more day: seconds", PUBLISH, (ONE_DAY,), our_figure, (60,)),
    Goal("search of 20,000 tutors, first 50 slots (ms)", SEARCH, (ALL,), our_figure, (2,)),
    Goal("search of 20,000 tutors ÷ of 200", SEARCH, (ALL,), ratio_to(SMALL), (1.3,)),
    Goal("search with a tag of 1 %/10 %/90 % of the tutors (ms)", SEARCH, tuple(TAGS), our_figure, (5,) * 3),
    Goal("search of 200 tutors, 31 days (ms)", SEARCH, (SOME,), our_figure, (10,)),
    Goal(
        "update of a day with its log ÷ without `starts_at` and its index",
        COST,
        (COST_OF_UPDATE,),
        ratio_to(WITHOUT_COLUMN),
        (1.05,),
    ),
    Goal("a booking ÷ raw insert through the same driver", PLACE, (ONE,), ratio_to(INSERT), (2.5,)),
    Goal("list of 50 bookings, of five million ÷ of a hundredth", LIST, (NEXT,), last_to_first, (1.2,)),
    *(
        Goal(text, DASHBOARD, columns, figure_of(view), limits)
        for text, view, columns, limits in (
            ("scripts of the first load of /book (kB)", BOOK, (SCRIPTS,), (100,)),
            ("scripts of the first load of /week (kB)", WEEK, (SCRIPTS,), (160,)),
            (
                "slow phone, /book: interactive/a press/the month beside (ms)",
                BOOK,
                (INTERACTIVE, PRESS, BESIDE),
                (1500, 200, 100),
            ),
            (
                "slow phone, /week: interactive/a press/the week beside (ms)",
                WEEK,
                (INTERACTIVE, PRESS, BESIDE),
                (1500, 200, 100),
            ),
            ("layout shift of /book", BOOK, (SHIFT,), (0,)),
            ("layout shift of /week", WEEK, (SHIFT,), (0,)),
            ("slow phone, 10,000 entries of history: a frame while scrolling (ms)", HISTORY, (FRAME,), (50,)),
        )
    ),
    *(
        Goal(
            f"read/history/statistics/update on Citus ÷ without Citus, {clients}",
            title,
            (citus.READ, citus.HISTORY, citus.STATISTICS, citus.UPDATE),
            ratio_to(citus.ONE_SERVER, citus.CLUSTER),
            (1.8, 1.6, 1.6, 1.7),
        )
        for clients, title in (("one client", citus.ONE_CLIENT), ("16 clients", citus.MANY_CLIENTS))
    ),
)

# The goals of docs/decisions/quicker.md. They are upper limits for the ratios that `make bench AGAINST=85e1f71` prints.
SPEED_UP_BASE = "85e1f71"
SPEED_UP_GOALS = {
    "asOf of the busy tutor, 30 days (ms)": 0.05,
    "asOf, 200 days ago, 30 days (ms)": 0.5,
    "statistics of the busy tutor, 30 days (ms)": 0.8,
    "update of a day, with its log (ms, through a 3 ms network)": 0.82,
    "read, 7 days (ms)": 0.85,
    "read, 30 days (ms)": 0.88,
}
