"""How the functions' statements read the largest database: from indexes only, or also from tables."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, text

from benchmarks.contenders import OURS, Bench
from benchmarks.data import Data, user_id
from benchmarks.questions import HISTORY_DAYS, STATISTICS_DAYS
from benchmarks.turns import Race
from common.core.caller import Caller
from common.db.change_stats import read_change_stats
from common.db.days import read_days
from common.db.engine import set_reply_timeout
from common.db.entries import read_history
from common.db.pool import Pool

PLANS = "Scans that aren't index-only"
TABLES = ("tutor_time_slots", "bookings", "tutor_availability_log")


def plans(bench: Bench) -> Iterator[Race]:
    """Count the scans of slots, bookings and the log that read more than an index."""
    database = bench.largest
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        set_reply_timeout(connection, None)
        connection.exec_driver_sql("vacuum")
    for column, read in _reads(database.data).items():
        with database.engine.begin() as connection:
            pool = ExplainingPool(connection)
            read(cast("Pool", pool))
        scans = [node for node in _nodes(pool.plan) if node.get("Relation Name") in TABLES]
        others = [n for n in scans if n["Node Type"] != "Index Only Scan" or n["Heap Fetches"] > 0]
        # A plan without scans of these tables can't be right. Then the count is a number that misses the goal.
        yield Race(PLANS, column, {OURS: [len(others) if scans else len(TABLES)]}, unit="")


class ExplainingPool:
    """A stand-in for a pool. `plan` is the plan of the latest statement."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.plan: dict[str, Any] = {}

    def read(self, sql: str, values: dict[str, Any]) -> Any:
        """Run a statement, keep its plan, and return the first row."""
        explain = text(f"explain (analyze, format json) {sql}")
        self.plan = self._connection.execute(explain, values).scalar_one()[0]["Plan"]
        return self._connection.execute(text(sql), values).first()


def _reads(data: Data) -> dict[str, Callable[[Pool], object]]:
    tutor = next(data.tutor_ids(0))
    caller = Caller(user_id(tutor), is_admin=False)

    return {
        "read": lambda pool: read_days(pool, UUID(tutor), data.today, data.today + timedelta(days=29)),
        "history": lambda pool: read_history(
            pool, UUID(tutor), caller, since=data.now - timedelta(days=HISTORY_DAYS), limit=100
        ),
        "statistics": lambda pool: read_change_stats(pool, UUID(tutor), caller, days=STATISTICS_DAYS, until=data.now),
    }


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from _nodes(child)
