"""The results as text: tables that read well on a terminal, and in Markdown."""

from collections.abc import Sequence

from benchmarks.citus import ALONE, CLUSTER, MANY_CLIENTS, ONE_CLIENT, TUTORS
from benchmarks.goals import GOALS
from benchmarks.races import OURS, OURS_POOLED, RAW, RAW_COMPACT, RAW_PREPARED
from benchmarks.turns import Race

HOW_TO_READ = """
Contenders take turns, in an order that rotates, and each round has the median of each turn; what is shown is the median
of the rounds, in milliseconds for a request unless it says otherwise. In parentheses: how many times that is of ours
(where we aren't in the table, of the first line), taken within each round, since a machine is faster now and slower
then. Before each race the answers were compared. Each request is about a tutor drawn at random. Client, server and
database share one processor: they wait for each other anyway, and waking another one would be measured along.
"""

CONTENDERS = {
    OURS: "the deployed functions: their Lambda handlers called in process, or functions-framework's own server",
    OURS_POOLED: "the same, each statement planned anew; they find out by themselves whether they may have it kept",
    RAW: "rows by libpq (pgbench), and nothing made of them; planned anew each time, as behind a pooler",
    RAW_PREPARED: "the same, planned once",
    RAW_COMPACT: "the statement that our read sends, by pgbench",
    "Mangum + FastAPI, FastAPI": "FastAPI with asyncpg; in process through Mangum, over HTTP by uvicorn",
    "Node + pg": "a Lambda handler in Node, with pg and Luxon",
    "PostgREST": "a function of the database that builds the answer, behind PostgREST",
    "SQLAlchemy-Continuum, django-simple-history": "audited models of SQLAlchemy and of Django",
    "trigger": "psycopg, and a trigger that writes the log",
    ALONE: "the deployed functions on the release of PostgreSQL that Citus is built for, with the same settings",
    CLUSTER: "the same functions on a coordinator and two workers, each a server of this release on this machine; the"
    " data are distributed by `deploy/citus.sql`, over 8 shards",
    "documented, tuned": "as the tool's documentation suggests it, and as somebody would write it who measures; those"
    " that read, but for Node as documented, keep prepared statements, which many transaction poolers don't allow",
}

NOTES = {
    "The log": "History: the newest hundred of 30 days, and how many entries are missing. Statistics: the raw statement"
    " counts by day and action alone; ours also by week, hour, reason, user and time.",
    "Update of a day, with its log": "8 of 16 slots move by half an hour. Of the raw statements and ours the log is a"
    " transaction of its own; of the others it is part of the same.",
    "Through a 3 ms network": "A proxy before the database holds back what it is given by 1.5 ms in each direction."
    " With what it takes to wake everybody up, a round trip is somewhat longer.",
    "Round trips": "Of one request, counted by that proxy.",
    "The busy tutor": "A program keeps their calendar in step: 6,000 edits of 30 dates, 36,000 entries.",
    "Growth": "The same requests, in databases of different sizes.",
    "Calculation": "Of 30 days of 8 slots, in the core; nothing is read, written or sent (µs).",
    "Cold start": "Processor time of a new process, until its first answer has arrived. The secrets come from SSM"
    " through AWS's extension, of both of which there are stand-ins.",
    ONE_CLIENT: f"Over HTTP, by functions-framework's server; {TUTORS} tutors, whose data both hold row by row.",
    MANY_CLIENTS: "The same servers, with 16 threads and connections each; each client has tutors of its own. All"
    " share one processor, so a request waits for those of the others, and the ratio is that of all the work.",
    "Scans that aren't index-only": "In the plans of our statements: scans of slots, bookings or the log that read more"
    " than an index. Tutors and versions of days are read by index, row by row.",
}


def results(races: Sequence[Race], machine: Sequence[str], missing: dict[str, str]) -> str:
    """Return the whole: goals, tables, and what everything is."""
    parts = ["# How fast it is", *machine]
    parts += [f"Left out: {name}, because {reason}." for name, reason in missing.items()]
    parts += ["## Goals", goals(races), "## Figures", HOW_TO_READ.strip()]
    for title in dict.fromkeys(race.title for race in races):
        parts += [f"### {title}", *([NOTES[title]] if title in NOTES else [])]
        parts.append(figures([race for race in races if race.title == title]))
    parts += ["## Who is who", "\n".join(f"* **{name}**: {what}." for name, what in CONTENDERS.items())]
    return "\n\n".join(parts) + "\n"


def goals(races: Sequence[Race]) -> str:
    """Return the table of goals."""
    rows = [["what", "measured", "goal", ""]]
    for goal in GOALS:
        measured = goal.measured(races)
        limits = ("< " if goal.below else "≤ ") + " / ".join(f"{limit:g}" for limit in goal.limits)
        if measured is None:
            rows.append([goal.what, "left out", limits, ""])
        else:
            verdict = "met" if goal.met(measured) else "**missed**"
            rows.append([goal.what, " / ".join(map(number, measured)), limits, verdict])
    return table(rows)


def figures(races: Sequence[Race]) -> str:
    """Return the table of races that have one title."""
    names = list(dict.fromkeys(name for race in races for name in race.rounds))
    rows = [["", *(race.column for race in races)]]
    rows += [[name, *(_figure(race, name) for race in races)] for name in names]
    return table(rows)


def _figure(race: Race, name: str) -> str:
    if name not in race.rounds:
        return ""
    figure = number(race.figure(name))
    base = OURS if OURS in race.rounds else next(iter(race.rounds))
    return figure if not race.unit or name == base else f"{figure} ({number(race.ratio(name, base))})"


def number(figure: float) -> str:
    """Return a number with as many digits as mean something."""
    if figure == round(figure):
        return f"{figure:.0f}"
    return f"{figure:.{2 if figure < 10 else 1 if figure < 100 else 0}f}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown, its columns as wide as they have to be."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *rest = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    return "\n".join([head, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rest])
