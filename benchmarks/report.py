"""The results as text: tables that can be read in a terminal and as Markdown."""

from collections.abc import Sequence

from benchmarks.citus import CLUSTER, MANY_CLIENTS, ONE_CLIENT, ONE_SERVER, TUTORS
from benchmarks.cold.start import COLD_START
from benchmarks.contenders import OURS, OURS_UNPREPARED, RAW, RAW_OURS, RAW_PREPARED
from benchmarks.goals import GOALS
from benchmarks.plans import PLANS
from benchmarks.races import BUSY, CALCULATION, GROWTH, LOG
from benchmarks.turns import Race
from benchmarks.updates import NETWORK, ROUND_TRIPS, UPDATE

HOW_TO_READ = """
Contenders take turns, in an order that rotates. Each round has the median of each turn. The tables show the median of
the rounds, in milliseconds per request unless another unit is named. The number in parentheses is the ratio to
Slotledger, or to the first line of a table without Slotledger. It is computed within each round, because the speed of a
machine changes over time. Before each race, the answers were compared. Each request is about a random tutor. Client,
server and database share one processor, because they wait for each other anyway. On several processors, the time to
wake up a processor would be measured, too.
"""

CONTENDERS = {
    OURS: "the deployed functions. In process, their Lambda handlers are called; over HTTP, functions-framework serves"
    " them",
    OURS_UNPREPARED: "the same without prepared statements, as behind a transaction pooler: the database plans each"
    " statement every time. The functions detect a pooler and then do this",
    RAW: "pgbench with a statement that returns the same data as rows, planned every time. The rows aren't processed",
    RAW_PREPARED: "the same, planned once",
    RAW_OURS: "pgbench with the statement of our read, planned every time",
    "Mangum + FastAPI, FastAPI": "FastAPI with asyncpg. In process, Mangum calls it; over HTTP, uvicorn serves it",
    "Node + pg": "a Lambda handler in Node, with pg and Luxon",
    "PostgREST": "a database function that builds the answer, served by PostgREST",
    "SQLAlchemy-Continuum, django-simple-history": "audited models of SQLAlchemy and of Django",
    "trigger": "psycopg, and a trigger that writes the log",
    ONE_SERVER: "the deployed functions on the PostgreSQL release that Citus was built for, with the same settings",
    CLUSTER: "the same functions on a coordinator and two workers. Each is a server of this release on this machine."
    " `deploy/citus.sql` distributes the data over 8 shards",
    "documented": "as the tool's documentation suggests",
    "tuned": "faster, as a developer writes it who measures. Of the programs that read, all but Node as documented use"
    " prepared statements, which many transaction poolers don't allow",
}

NOTES = {
    LOG: "History: the newest 100 entries of 30 days, and the number of missing versions. Statistics: the raw statement"
    " counts by day and action only; Slotledger also counts by week, hour, reason, user and time of the slot.",
    UPDATE: "8 of 16 slots move by half an hour. The raw statements and Slotledger write the log in a second"
    " transaction, the others in the same transaction.",
    NETWORK: "A proxy in front of the database delays data by 1.5 ms in each direction. A round trip takes a little"
    " longer than 3 ms, because the processes must wake up.",
    ROUND_TRIPS: "The number of round trips of a request, counted by that proxy.",
    BUSY: "A program synchronises this tutor's calendar: 6,000 edits of 30 dates, 36,000 entries.",
    GROWTH: "The same requests in databases of different sizes.",
    CALCULATION: "For 30 days of 8 slots, in `common/core`, without any I/O, in µs.",
    COLD_START: "Processor time of a new process until its first answer has arrived. The secrets come from SSM through"
    " AWS's extension. Stand-ins are used for both.",
    ONE_CLIENT: f"Over HTTP, served by functions-framework. {TUTORS} tutors; both databases have the same rows.",
    MANY_CLIENTS: "The same servers, with 16 threads and 16 connections each. No two clients use the same tutor. All"
    " processes share one processor, so requests wait for each other, and the ratio compares the total work.",
    PLANS: "In the plans of our statements: scans of slots, bookings or the log that read more than an index. Tutors"
    " and versions of days are read by index, row by row.",
}


def format_results(races: Sequence[Race], about: Sequence[str], missing: dict[str, str]) -> str:
    """Return the whole page: what was measured, goals, tables and contenders."""
    parts = ["# How fast it is", *about]
    parts += [f"Left out: {name}, because {reason}." for name, reason in missing.items()]
    parts += ["## Goals", format_goals(races), "## Figures", HOW_TO_READ.strip()]
    for title in dict.fromkeys(race.title for race in races):
        parts += [f"### {title}", *([NOTES[title]] if title in NOTES else [])]
        parts.append(format_figures([race for race in races if race.title == title]))
    parts += ["## Contenders", "\n".join(f"* **{name}**: {text}." for name, text in CONTENDERS.items())]
    return "\n\n".join(parts) + "\n"


def format_goals(races: Sequence[Race]) -> str:
    """Return the table of goals."""
    rows = [["", "measured", "goal", ""]]
    for goal in GOALS:
        figures = goal.figures(races)
        limits = ("< " if goal.is_exclusive else "≤ ") + " / ".join(f"{limit:g}" for limit in goal.limits)
        if figures is None:
            rows.append([goal.text, "left out", limits, ""])
        else:
            verdict = "met" if goal.is_met(figures) else "**missed**"
            rows.append([goal.text, " / ".join(map(format_number, figures)), limits, verdict])
    return format_table(rows)


def format_figures(races: Sequence[Race]) -> str:
    """Return the table of the races with the same title."""
    names = list(dict.fromkeys(name for race in races for name in race.rounds))
    rows = [["", *(race.column for race in races)]]
    rows += [[name, *(_format_figure(race, name) for race in races)] for name in names]
    return format_table(rows)


def _format_figure(race: Race, name: str) -> str:
    if name not in race.rounds:
        return ""
    figure = format_number(race.figure(name))
    base = OURS if OURS in race.rounds else next(iter(race.rounds))
    return figure if not race.unit or name == base else f"{figure} ({format_number(race.ratio(name, base))})"


def format_number(figure: float) -> str:
    """Return a number with two decimals below 10, one below 100, and none above. A whole number has none."""
    if figure == round(figure):
        return f"{figure:.0f}"
    return f"{figure:.{2 if figure < 10 else 1 if figure < 100 else 0}f}"


def format_table(rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns are aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *rest = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    return "\n".join([head, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rest])
