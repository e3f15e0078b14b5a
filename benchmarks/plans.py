"""How the database answers at the size of the largest database: from indexes alone, or not."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, TextClause, text

from benchmarks.data import Data, user_id
from benchmarks.questions import HISTORY_DAYS, STATISTICS_DAYS
from benchmarks.races import OURS, Bench
from benchmarks.turns import Race
from common.db.audit_log import read_history
from common.db.change_stats import tally_changes
from common.db.engine import wait_at_most
from common.db.slots import read_days

PLANS = "Scans that aren't index-only"
TABLES = ("tutor_time_slots", "bookings", "tutor_availability_log")


def plans(bench: Bench) -> Iterator[Race]:
    """Count, of the scans of slots, bookings and the log, those that read more than an index."""
    database = bench.largest
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        wait_at_most(connection, None)
        connection.exec_driver_sql("vacuum")
    for column, read in _reads(database.data).items():
        with database.engine.begin() as connection:
            explaining = Explaining(connection)
            read(cast("Connection", explaining))
        scans = [node for node in _nodes(explaining.plan) if node.get("Relation Name") in TABLES]
        others = [n for n in scans if n["Node Type"] != "Index Only Scan" or n["Heap Fetches"] > 0]
        yield Race(PLANS, column, {OURS: [len(others) if scans else len(TABLES)]}, unit="")


class Explaining:
    """Stands in for a connection: runs what it is given, and keeps how that was done."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.plan: dict[str, Any] = {}

    def execute(self, statement: TextClause, values: dict[str, Any]) -> Any:
        """Return the rows."""
        explain = text(f"explain (analyze, format json) {statement}")
        self.plan = self._connection.execute(explain, values).scalar_one()[0]["Plan"]
        return self._connection.execute(statement, values)


def _reads(data: Data) -> dict[str, Callable[[Connection], object]]:
    tutor = next(data.tutor_ids(0))
    who: dict[str, Any] = {"user_id": UUID(user_id(tutor)), "is_admin": False}

    def since(days: int) -> datetime:
        return data.now - timedelta(days=days)

    return {
        "read": lambda connection: read_days(connection, UUID(tutor), data.today, data.today + timedelta(days=29)),
        "history": lambda connection: read_history(
            connection, UUID(tutor), **who, since=since(HISTORY_DAYS), limit=100
        ),
        "statistics": lambda connection: tally_changes(
            connection, UUID(tutor), **who, since=since(STATISTICS_DAYS), until=data.now
        ),
    }


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)
