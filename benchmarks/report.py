"""The results as text: tables that can be read in a terminal and as Markdown."""

import re
from collections.abc import Sequence

from benchmarks.bookings import LIST, PLACE
from benchmarks.citus import CLUSTER, MANY_CLIENTS, ONE_CLIENT, ONE_SERVER, TUTORS
from benchmarks.cold.start import COLD_START
from benchmarks.contenders import OURS, OURS_UNPREPARED, RAW, RAW_OURS, RAW_PREPARED
from benchmarks.dashboard import DASHBOARD
from benchmarks.goals import GOALS, Goal
from benchmarks.imports import IMPORT
from benchmarks.plans import PLANS
from benchmarks.races import BUSY, CALCULATION, GROWTH, LOG
from benchmarks.schedules import PUBLISH
from benchmarks.search import FRONT_PAGE, SEARCH
from benchmarks.search_cost import COST
from benchmarks.search_peers import BESIDE_JOIN, OVER_HTTP
from benchmarks.turns import Race
from benchmarks.updates import NETWORK, ROUND_TRIPS, UPDATE

HOW_TO_READ = """
Contenders take turns, and the order rotates. The result of a turn is the median time of its requests. The tables show
the median of these results, in milliseconds per request unless another unit is named. The number in parentheses is the
ratio to Slotledger or, in a table without Slotledger, to the first line. The ratio is computed in each round, because
the speed of a machine changes over time, and the table shows the median of these ratios. Before different programs
race, their answers are compared. Most requests are about random tutors; the requests in "The busy tutor" are about one
tutor. Client, server and database share one processor, because they wait for each other anyway. With several
processors, the figures would include the time to wake up a processor.
"""

CONTENDERS = {
    OURS: "the deployed functions. In 'Read, over HTTP', functions-framework serves them. In the other races, a process"
    " calls their Lambda handlers",
    OURS_UNPREPARED: "the same functions without prepared statements: the database plans each statement every time. The"
    " functions work like this when they detect a transaction pooler",
    RAW: "pgbench with statements that read or change the same data, planned every time. Rows aren't processed",
    RAW_PREPARED: "the same statements, planned once",
    RAW_OURS: "pgbench with the statement of our read, planned every time",
    "FastAPI": "an application with FastAPI and asyncpg, served by uvicorn",
    "Mangum + FastAPI": "the same application as a Lambda handler, with Mangum",
    "Node + pg": "a Lambda handler in Node, with pg and Luxon",
    "PostgREST": "a database function that builds the answer, served by PostgREST",
    "SQLAlchemy-Continuum, django-simple-history": "audited models of SQLAlchemy and of Django",
    "trigger": "psycopg, with a trigger in the database that writes the log",
    ONE_SERVER: "the deployed functions on the PostgreSQL release that Citus was built for, with the same settings",
    CLUSTER: "the same functions on a coordinator and two workers, which run the same PostgreSQL release."
    " `deploy/citus.sql` distributes the data over 8 shards",
    "documented": "the tool is used as its documentation suggests",
    "tuned": "a faster form, as a developer writes it after measuring",
    "prepared statements": "FastAPI, PostgREST and `Node + pg, tuned` use them; `Node + pg, documented` doesn't. Many"
    " transaction poolers don't allow prepared statements",
}

NOTES = {
    LOG: "The history returns the newest 100 entries of 30 days, and the number of missing versions. For the"
    " statistics, the raw statement counts by day and action only. Slotledger also counts by week, hour, reason, user"
    " and time of the slot.",
    UPDATE: "8 of 16 slots move by half an hour. The raw statements and Slotledger write the log in a second"
    " transaction. The other contenders write the log in the transaction that changes the slots.",
    NETWORK: "A proxy in front of the database delays data by 1.5 ms in each direction. A round trip takes a little"
    " longer than 3 ms, because the processes must wake up.",
    ROUND_TRIPS: "The average number of round trips to the database for a request. The proxy of the table above counts"
    " them.",
    BUSY: "A program synchronises this tutor's calendar. It made 6,000 edits of 30 dates, with 36,000 entries.",
    GROWTH: "The same requests in databases of different sizes.",
    CALCULATION: "The time that `common/core` takes for 30 days of 8 slots, in µs, without any I/O.",
    COLD_START: "Processor time from the start of a process until its first answer. The secrets come from SSM through"
    " AWS's extension. SSM and the extension are stand-ins.",
    ONE_CLIENT: f"Over HTTP, served by functions-framework. {TUTORS} tutors. Both databases have the same rows.",
    MANY_CLIENTS: "The same servers, with 16 threads and 16 connections each. No two clients use the same tutor. All"
    " processes share one processor, so requests wait for each other, and the ratio compares the total work.",
    PLACE: "A student books a free slot. The raw insert checks nothing, and doesn't expire holds.",
    LIST: "A random student's next 50 bookings, of five million and of a hundredth of them.",
    IMPORT: "`make import` of 5,000 tutors, 1,000,000 slots and 200,000 bookings into an empty database, with their"
    " entries in the log. The process and the database share two processors.",
    SEARCH: "`find_slots` of 20,000 tutors with 3.6 million slots, of whom 30 % are booked, and of a hundredth of the"
    " tutors. The windows have 1, 7 or 31 days.",
    FRONT_PAGE: "One search, compared with reading the same seven days as `get_availability` does.",
    BESIDE_JOIN: "200 tutors with 36,000 slots. The join doesn't read `starts_at`: it computes the instant of each slot"
    " (benchmarks/raw/search.sql). With 20,000 tutors, it takes longer than the 8 s that a statement has.",
    OVER_HTTP: "20,000 tutors. The function of PostgREST reads `starts_at` and joins the bookings, so PostgreSQL reads"
    " all slots and bookings of the window (benchmarks/peers/postgrest_search.sql).",
    COST: "The same updates on copies of the database without the index that only search needs, and without the column"
    " of the instants, too. On the day of the updates, each of 20,000 tutors has 16 slots. The sizes include indexes.",
    PUBLISH: "A daily run of `publish_schedules` for 10,000 tutors, each of whom gets one more day of four slots. The"
    " run and the database share two processors.",
    DASHBOARD: "Chromium, with a processor slowed four times and a network of 1.6 Mbit/s with 150 ms of latency. The"
    " cache is empty, and the host compresses. The tutor offers 30 slots a day, so the week shows 210. 'Interactive' is"
    " the time from the request of the page until it shows these slots, the free times of a day, or the history. A"
    " press takes back a slot, or shows another day. The history has 10,000 entries. Only kilobytes and shifts don't"
    " depend on the machine.",
    PLANS: "The number of scans of slots, bookings or the log that read more than an index, in the plans of our"
    " statements. Tutors and versions of days aren't counted: they are read by index, row by row.",
}


def format_results(races: Sequence[Race], about: Sequence[str], missing: dict[str, str]) -> str:
    """Return the whole page: what was measured, goals, tables and contenders."""
    parts = ["# How fast it is", *about]
    parts += [f"Left out: {name}, because {reason}." for name, reason in missing.items()]
    parts += ["## Goals", format_goals(races), "## Figures", HOW_TO_READ.strip()]
    parts += [_format_section(title, races) for title in dict.fromkeys(race.title for race in races)]
    parts += ["## Contenders", "\n".join(f"* **{name}**: {text}." for name, text in CONTENDERS.items())]
    return "\n\n".join(parts) + "\n"


def update_page(page: str, races: Sequence[Race]) -> str:
    """Return the page with new results of some races: their tables, and their rows in the table of goals."""
    for title in dict.fromkeys(race.title for race in races):
        before, _, rest = page.partition(f"### {title}\n")
        if not rest:  # a new race
            before, _, rest = page.partition("## Contenders\n")
            rest = f"## Contenders\n{rest}"
        end = re.search(r"^##", rest, re.MULTILINE)
        page = f"{before}{_format_section(title, races)}\n\n{rest[end.start() :] if end else ''}"
    before, goals, after = re.split(r"(?<=## Goals\n\n)|(?=\n\n## Figures)", page)
    head, _, *rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in goals.splitlines()]
    by_text = {row[0]: row for row in rows}
    by_text |= {goal.text: _goal_row(goal, races) for goal in GOALS if goal.values(races) is not None}
    return before + format_table([head, *(by_text[goal.text] for goal in GOALS if goal.text in by_text)]) + after


def _format_section(title: str, races: Sequence[Race]) -> str:
    note = f"{NOTES[title]}\n\n" if title in NOTES else ""
    return f"### {title}\n\n{note}{format_figures([race for race in races if race.title == title])}"


def format_goals(races: Sequence[Race]) -> str:
    """Return the table of goals."""
    return format_table([["", "measured", "goal", ""], *(_goal_row(goal, races) for goal in GOALS)])


def _goal_row(goal: Goal, races: Sequence[Race]) -> list[str]:
    values = goal.values(races)
    limits = ("< " if goal.is_exclusive else "≤ ") + " / ".join(f"{limit:g}" for limit in goal.limits)
    if values is None:
        return [goal.text, "left out", limits, ""]
    return [goal.text, " / ".join(map(format_number, values)), limits, "met" if goal.is_met(values) else "**missed**"]


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


def format_number(number: float) -> str:
    """Return a number with two decimals below 10, one below 100, and none above. A whole number has none."""
    if number == round(number):
        return f"{number:.0f}"
    return f"{number:.{2 if number < 10 else 1 if number < 100 else 0}f}"


def format_table(rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table whose columns are aligned."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    head, *rest = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    return "\n".join([head, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *rest])
