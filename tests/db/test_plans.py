"""Query plans for large tables: statements use indexes, and read only the rows that they need."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, Engine, TextClause, text

from benchmarks.data import seed, tutor_id
from common.core.statistics import LATE
from common.db.change_stats import TALLY
from common.db.days import DAYS_OF_TUTOR
from common.db.engine import set_reply_timeout
from common.db.entries import FOREVER, HISTORY
from common.db.platform_history import ENTRIES_OF_ALL, MISSING_VERSIONS_OF_ALL
from common.db.platform_stats import (
    CHANGES_BY_HOUR,
    CHANGES_BY_REASON,
    CHANGES_BY_USER,
    MOST_ACTIVE_TUTORS,
    MOST_REMOVED_TIMES,
    SUMS_BY_WEEK,
)
from common.db.unhandled_days import COUNT_MISSING_VERSIONS, NEXT_UNHANDLED_DAYS

pytestmark = pytest.mark.one_server(reason="plans are different on a cluster; tests/citus checks those")

TUTORS, DAYS_EACH = 400, 500
GAPS = 7


def plan_of(connection: Connection, statement: TextClause, values: dict[str, Any]) -> dict[str, Any]:
    rows = connection.execute(text(f"explain (analyze, buffers, format json) {statement}"), values).scalar_one()
    plan: dict[str, Any] = rows[0]["Plan"]
    return plan


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def test_repair_reads_only_the_days_that_it_has_not_handled(engine: Engine) -> None:
    """The table has 200,000 days. Repair hasn't handled seven of them, and finds these days with a partial index."""
    with engine.begin() as connection:
        set_reply_timeout(connection, None)
        connection.execute(
            text(f"""
            insert into tutors
            select cast(lpad(to_hex(number), 32, '0') as uuid), gen_random_uuid(), 'Ada', 'UTC'
            from generate_series(1, {TUTORS}) as number
        """)
        )
        connection.execute(
            text(f"""
            insert into tutor_days (tutor_id, date, version, repaired_version, updated_at, updated_by)
            select tutors.id, date '2026-01-01' + day, 3, 3, timestamptz '2026-01-01 00:00Z', null
            from tutors cross join generate_series(1, {DAYS_EACH}) as day
        """)
        )
        connection.execute(
            text(f"""
            update tutor_days set version = 4 where tutor_id in (select id from tutors order by id desc limit {GAPS})
              and date = '2026-06-01'
        """)
        )
        connection.execute(
            text(f"""
            insert into tutor_availability_log (id, tutor_id, date, start_time, duration_minutes, action, reason,
              changed_at, change_set_id, version, source)
            select gen_random_uuid(), tutor_id, date, '09:00', 60, 'ADDED', 'other', updated_at, gen_random_uuid(), 1,
              'recorded'
            from tutor_days
            where tutor_id in (select id from tutors order by id limit {TUTORS // 10})
        """)
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        set_reply_timeout(connection, None)
        connection.exec_driver_sql("vacuum analyze tutor_days, tutor_availability_log")
    values = {"edited_before": datetime(2026, 11, 22, tzinfo=UTC)}
    page = {**values, "after_tutor_id": UUID(int=0), "after_date": date.min, "limit": 500}
    with engine.connect() as connection:
        for statement, bound in (
            (NEXT_UNHANDLED_DAYS, page),
            (COUNT_MISSING_VERSIONS, values),
            (text(MISSING_VERSIONS_OF_ALL), {"first": datetime(2025, 11, 22, tzinfo=UTC)}),
        ):
            plan = plan_of(connection, statement, bound)
            indexes = {node["Index Name"] for node in nodes(plan) if "Index Name" in node}
            assert indexes == {"tutor_days_unaccounted", "tutor_availability_log_by_day"}
            scans = [node for node in nodes(plan) if node.get("Relation Name") == "tutor_days"]
            assert [node["Actual Rows"] for node in scans] == [GAPS]
            assert plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] < 20 * GAPS


def test_statistics_of_all_tutors_use_index_only_scans(engine: Engine) -> None:
    with engine.begin() as connection:
        set_reply_timeout(connection, None)
        connection.execute(
            text("""
            insert into tutors
            select gen_random_uuid(), gen_random_uuid(), 'Ada', 'UTC' from generate_series(1, 500)
        """)
        )
        connection.execute(
            text("""
            insert into tutor_weekly_stats
            select tutors.id, date '2021-01-04' + 7 * week, 5, 3, 1, 2, 0, now()
            from tutors cross join generate_series(0, 300) as week
        """)
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.exec_driver_sql("vacuum analyze tutor_weekly_stats")
    values: dict[str, Any] = {"first_week": date(2021, 1, 4) + timedelta(weeks=249), "end": date.max}
    page = {**values, "limit": 101, "after_changes": None, "after_tutor_id": None}
    with engine.connect() as connection:
        scans = [n for n in nodes(plan_of(connection, MOST_ACTIVE_TUTORS, page)) if n.get("Relation Name")]
        assert [(n["Node Type"], n["Index Name"]) for n in scans] == [("Index Only Scan", "tutor_weekly_stats_by_week")]
        assert scans[0]["Heap Fetches"] == 0
        # The other statements read columns that the index doesn't have. For a whole year, a sequential scan may be
        # cheaper, because the table has only six years.
        quarter = {**values, "first_week": values["first_week"] + timedelta(weeks=39)}
        for statement in (SUMS_BY_WEEK, CHANGES_BY_HOUR, MOST_REMOVED_TIMES, CHANGES_BY_REASON, CHANGES_BY_USER):
            bound = quarter if statement is SUMS_BY_WEEK else {**quarter, "limit": 20}
            plan = plan_of(connection, statement, bound)
            assert {n["Index Name"] for n in nodes(plan) if "Index Name" in n} == {"tutor_weekly_stats_by_week"}


def test_availability_history_and_statistics_use_index_only_scans(engine: Engine) -> None:
    """Reading the tables would be slower, because the rows of one tutor are on many pages."""
    data = seed(engine, 40, datetime(2026, 11, 23, 9, tzinfo=UTC), on_step=lambda _: None)
    tutor: dict[str, Any] = {"tutor_id": UUID(tutor_id(7)), "user_id": "ada", "is_admin": True}
    since = {"since": data.now - timedelta(days=365)}
    dates = {"first": data.today - timedelta(days=366), "last": data.today + timedelta(days=61)}
    nothing = dict.fromkeys(("after_changed_at", "after_id", "action", "reason", "date"))
    cases: list[tuple[TextClause, dict[str, Any]]] = [
        (text(DAYS_OF_TUTOR), {"first": data.today, "last": data.today + timedelta(days=29)}),
        (text(HISTORY), {**since, **nothing, "limit": 101}),
        (text(TALLY), {**since, **dates, "until": data.now + timedelta(days=60), "late": LATE}),
    ]
    read = set()
    with engine.connect() as connection:
        for statement, values in cases:
            bound = {name: value for name, value in (tutor | values).items() if name in statement.compile().params}
            plan = plan_of(connection, statement, bound)
            # `tutors` and `tutor_days` are exceptions: the statements read their rows, one for the tutor and one for
            # each day.
            scans = [n for n in nodes(plan) if n.get("Relation Name") not in (None, "tutors", "tutor_days")]
            read |= {n["Index Name"] for n in scans}
            assert {(n["Node Type"], n["Heap Fetches"]) for n in scans} == {("Index Only Scan", 0)}
    assert read == {
        "tutor_time_slots_pkey",
        "bookings_one_per_slot",
        "bookings_released",
        "tutor_availability_log_by_day",
        "tutor_availability_log_by_instant",
    }


def test_a_page_of_the_history_of_all_tutors_reads_only_its_entries(engine: Engine) -> None:
    """Each page starts at its place in the index by instant, also one in the middle of the period."""
    data = seed(engine, 40, datetime(2026, 11, 23, 9, tzinfo=UTC), on_step=lambda _: None)
    page: dict[str, Any] = {"first": data.now - timedelta(days=90), "limit": 101, "is_late": False, "late": LATE}
    page |= dict.fromkeys(("action", "reason", "date"))
    with engine.connect() as connection:
        for before in (FOREVER, data.now - timedelta(days=45)):
            values = {**page, "before": before, "before_id": UUID(int=0)}
            plan = plan_of(connection, text(ENTRIES_OF_ALL), values)
            (scan,) = [node for node in nodes(plan) if node.get("Relation Name") == "tutor_availability_log"]
            assert (scan["Index Name"], scan["Actual Rows"]) == ("tutor_availability_log_of_all", 101)
            assert "Filter" not in scan or scan["Rows Removed by Filter"] == 0
