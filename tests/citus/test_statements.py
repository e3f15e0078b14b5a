"""Each statement of the product runs as one task: on one shard of one worker. Exceptions are listed with reasons.

`docs/scaling.md` has the list as a table. The test writes this table to `.build/citus/statements.md`.
"""

import pkgutil
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from importlib import import_module
from inspect import getsource
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, TextClause

import common.db
from common.db.statements import NAMED_VALUE, array
from deploy.stages import ROOT
from tests.builders import add_slots, add_tutor, monday

TABLE = ROOT / ".build/citus/statements.md"
STATEMENT = re.compile(r"\s*(select|insert|update|delete|with)\b")
# Constants that look like statements, but are only parts of statements.
PARTS = {
    "demand.DEMAND",
    "drift.DAYS",
    "drift.UNCERTAIN_BOOKINGS",
    "drift.UNEXPLAINED_DATES",
    "entries.MISSING_VERSIONS",
    "unhandled_days.UNHANDLED_DAYS",
    "weekly_stats.ENTRIES",
}

ONE_TASK = "one task of one worker"
COPIES = "The coordinator sends the rows to the copy of the table on each node."
PARTIAL = "Each shard counts its own rows, and the coordinator adds the counts."
BOOKINGS_OF_ALL = "Repair looks at all tutors. Each shard finds its own bookings."
BOOKINGS_OF_A_STUDENT = "A student may have bookings in any shard."
SLOTS_OF_ALL = "Each shard finds the first slots of its own; the coordinator merges them."
ERASURE = "A person may be mentioned in any shard. Run by hand: `make erase`."
# The statements that aren't one task of one worker.
REASONS = {
    "erasure.ERASE": ERASURE,
    "erasure.COUNTS_BY_TABLE": ERASURE,
    "unhandled_days.NEXT_UNHANDLED_DAYS": "Repair looks at all tutors. Each shard finds the first days of its own.",
    "unhandled_days.COUNT_MISSING_VERSIONS": PARTIAL,
    "platform_stats.CHANGES_BY_HOUR": PARTIAL,
    "platform_stats.CHANGES_BY_REASON": PARTIAL,
    "platform_stats.CHANGES_BY_USER": PARTIAL,
    "platform_history.MISSING_VERSIONS_OF_ALL": PARTIAL,
    "platform_history.ENTRIES_OF_ALL": "Each shard finds the first entries of its own; the coordinator merges them.",
    "weekly_stats.COMPUTE_WEEKS": "Each shard counts for its own tutors; the coordinator inserts the counts.",
    "drift_scan.NOW": "The coordinator answers it.",
    "drift_scan.POSITION": "The coordinator has the only row.",
    "drift_scan.SET_POSITION": "The coordinator has the only row.",
    "incomplete_bookings.NOW": "The coordinator answers it.",
    "incomplete_bookings.INCOMPLETE_BOOKINGS": BOOKINGS_OF_ALL,
    "incomplete_bookings.HOLDS_THAT_RAN_OUT": BOOKINGS_OF_ALL,
    "bookings.BOOKINGS_OF_STUDENT": BOOKINGS_OF_A_STUDENT,
    "placing.PLACE_IF_FREE": "The coordinator reads the slot from its shard, and sends the booking there.",
    "placing.TUTOR_IF_STUDENT_IS_FREE": BOOKINGS_OF_A_STUDENT,
    "placing.STUDENT_HAS_FEW_HOLDS": BOOKINGS_OF_A_STUDENT,
    "booking_state.HOLDS": BOOKINGS_OF_A_STUDENT,
    "booking_state.BUSY": BOOKINGS_OF_A_STUDENT,
    "search.SLOTS": SLOTS_OF_ALL,
    "search.SLOTS_PER_TUTOR": SLOTS_OF_ALL,
    "schedules.SCHEDULES_OF_ACTIVE_TUTORS": "Each shard finds its own tutors; the coordinator merges them.",
    "settings.INSERT_EVENTS": COPIES,
    "settings.INSERT_TUTORS": COPIES,
    "settings.NOW": "The coordinator answers it.",
    "settings.TAKE_TURNS": "The coordinator answers it.",
    "platform_stats.MOST_ACTIVE_TUTORS": "Each shard finds the most active of its own tutors.",
    "platform_stats.MOST_REMOVED_TIMES": PARTIAL,
    "weekly_stats.NOT_COMPUTED": "Each shard returns its tutors that have the week; the coordinator finds the others.",
    "platform_stats.SUMS_BY_WEEK": PARTIAL,
    "weekly_stats.TUTORS_TO_COMPUTE": "Each shard returns when last week's statistics of its tutors were computed.",
}


def statements() -> Iterator[tuple[str, str]]:
    """Yield each statement with the name of its constant. A constant may have several statements."""
    modules = [f"common.db.{info.name}" for info in pkgutil.iter_modules(common.db.__path__)]
    for path in [*modules, "deploy.erasure"]:
        module = import_module(path)
        for name in re.findall(r"^([A-Z0-9_]+) = ", getsource(module), re.MULTILINE):
            value = getattr(module, name)
            values = value.values() if isinstance(value, dict) else value if isinstance(value, tuple) else [value]
            for each in values:
                if isinstance(each, str | TextClause) and STATEMENT.match(str(each)):
                    yield f"{path.rpartition('.')[2]}.{name}", str(each)


def literal(value: object) -> str:
    """Return a value as an SQL literal."""
    if value is None or isinstance(value, bool | int):
        return "null" if value is None else str(value).lower()
    return f"interval '{value.total_seconds()} s'" if isinstance(value, timedelta) else f"'{value}'"


def values_of(tutor_id: object, user_id: object) -> dict[str, object]:
    """Return a value for each name that the statements use."""
    now, day = datetime.now(UTC), monday()
    names: Mapping[str, object] = {
        **dict.fromkeys(("tutor_id", "after_tutor_id", "last_tutor_id"), tutor_id),
        **dict.fromkeys(("user_id", "changed_by", "updated_by", "person", "pseudonym"), user_id),
        **dict.fromkeys(("change_set_id",), uuid4()),
        **dict.fromkeys(("now", "at", "until", "changed_at", "edited_before", "end_of_week"), now),
        **dict.fromkeys(("since", "since_day", "certain_since"), now - timedelta(days=15)),
        **dict.fromkeys(("date", "first", "after_date", "week_start", "first_week", "monday"), day),
        **dict.fromkeys(("after_changed_at", "after_changes", "after_id", "action", "notes"), None),
        **dict.fromkeys(("limit", "weeks", "version", "first_version", "last_version", "change_set_size"), 2),
        **dict.fromkeys(("entries", "deleted_entries", "deleted_versions", "checked_version", "state"), 2),
        **dict.fromkeys(("dates", "changed", "untouched"), array([day, day + timedelta(days=1)])),
    }
    return {
        **names,
        "last": day + timedelta(days=6),
        "is_admin": False,
        "is_late": True,
        "late": timedelta(hours=24),
        "reason": "other",
        "source": "recorded",
        "tutor_ids": array([tutor_id]),
        "tags": "{}",
        **dict.fromkeys(("first_date", "last_date"), day),
        **dict.fromkeys(("min_minutes", "max_minutes", "per_tutor"), 60),
        "ids": array([uuid4(), uuid4()]),
        "start_times": array(["09:00", "10:00"]),
        "durations": array([60, 60]),
        "versions": array([1, 1]),
        "actions": array(["ADDED", "ADDED"]),
        "zones": array(["UTC", "UTC"]),
        "value": tutor_id,
        "text": "Ada",
        "after_name": None,
        "end": datetime.now(UTC),
        "external_ids": "{}",
        "user_ids": "{}",
        "rows": "[]",
        **dict.fromkeys(("student_id", "student_name", "placed_by", "confirmed_by", "request_hash"), user_id),
        **dict.fromkeys(("id", "moved_from", "moved_to", "series_id", "after_id", "before_id"), uuid4()),
        **dict.fromkeys(
            ("after", "before", "confirmed_at", "outcome_at", "hold_expires_at", "starts_at", "earliest"), now
        ),
        "latest": now + timedelta(days=3),
        "status": "CONFIRMED",
        **dict.fromkeys(("start_time", "after_time"), "09:00"),
        "duration_minutes": 60,
        "hold_for": None,
        "max_holds": 5,
        "minute_of_notice": timedelta(minutes=1),
        **dict.fromkeys(("schedule", "old", "new"), "{}"),
        "published_through": day,
        "set_by": user_id,
        "field": "weeklySchedule",
    }


def test_each_statement_is_one_task_or_has_a_reason(engine: Engine) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, monday(), "09:00")
    values = values_of(tutor.id, tutor.user_id)
    kinds: dict[str, str] = {}
    for name, statement in statements():
        if name not in PARTS:
            with_values = NAMED_VALUE.sub(lambda match: literal(values[match[1]]), statement)
            kinds[name] = _combine(kinds.get(name, ONE_TASK), _kind(engine, with_values))
    assert {name for name, kind in kinds.items() if kind != ONE_TASK} == set(REASONS)
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text(_table(kinds))
    assert TABLE.read_text() in (ROOT / "docs/scaling.md").read_text(), f"docs/scaling.md lacks the table in {TABLE}"


def _kind(engine: Engine, statement: str) -> str:
    """Return where a statement runs, from its plan: as one task, on each shard, or on the coordinator."""
    with engine.connect() as connection:
        # SQLAlchemy would read a colon in a value as the start of a parameter, so the statement goes to the driver.
        rows: Any = connection.exec_driver_sql(f"explain (costs off) {statement.replace('%', '%%')}")
        plan = "\n".join(line for (line,) in rows)
    tasks = [int(count) for count in re.findall(r"Task Count: (\d+)", plan)]
    if tasks == [1] and "INSERT ... SELECT" not in plan and "Subplan" not in plan:
        return ONE_TASK
    return "each shard" if any(count > 1 for count in tasks) else "the coordinator"


def _combine(first: str, second: str) -> str:
    """Return the kind of a constant from the kinds of two of its statements."""
    return first if first != ONE_TASK else second


def _table(kinds: dict[str, str]) -> str:
    lines = ["| statement | on a cluster | why |", "|---|---|---|"]
    by_module = defaultdict(list)
    for name in sorted(name for name, kind in kinds.items() if kind == ONE_TASK):
        module, constant = name.split(".")
        by_module[module].append(f"`{constant}`")
    lines += [f"| `{module}`: {', '.join(names)} | {ONE_TASK} | |" for module, names in by_module.items()]
    for name, reason in sorted(REASONS.items()):
        module, constant = name.split(".")
        lines.append(f"| `{module}`: `{constant}` | {kinds[name]} | {reason} |")
    return "\n".join(lines) + "\n"
