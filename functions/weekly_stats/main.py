"""`weekly_stats`, on Tuesdays: compute the statistics of each tutor's last full weeks.

`audit_stats` without `tutorId` reads these statistics. A week that is computed again gets the same numbers, unless more
entries have arrived. The function takes AWS's scheduled event or an admin's `POST`; `{"weeks": 12}` computes twelve
weeks instead of two.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Annotated, Any

from pydantic import Field, StrictInt
from werkzeug import Request, Response

from common import log
from common.db.engine import engine_for, transact
from common.db.weekly_stats import compute_weeks, tutors_to_compute
from common.web.endpoint import Call, endpoint, json_response, scheduled
from common.web.fields import WHOLE_NUMBER, Schema
from common.web.lambda_adapter import lambda_handler
from common.web.parsing import parse_event

RUN_FOR = timedelta(minutes=10)
ROWS_PER_BATCH = 1000
MAX_WEEKS = 522

Progress = Callable[[int, int], object]


class WeeklyStatsBody(Schema):
    """The body of `POST /weekly_stats`."""

    weeks: Annotated[StrictInt, Field(ge=1, le=MAX_WEEKS), WHOLE_NUMBER] = Field(
        2, description="How many full weeks to compute, counted back from now."
    )


@dataclass(frozen=True, slots=True)
class ComputedWeeks:
    """What was computed: the Mondays of the weeks, and the number of tutors and of rows."""

    weeks: list[date]
    tutors: int
    rows: int


@endpoint(
    "POST",
    access="admin",
    operation_id="computeWeeklyStats",
    tag="Maintenance",
    body=WeeklyStatsBody,
    answer=ComputedWeeks,
)
def weekly_stats(request: Request, call: Call, body: WeeklyStatsBody) -> Response:
    """Compute the statistics of each tutor's last full weeks; admins only.

    A schedule runs it every Tuesday. `GET /audit_stats` without `tutorId` reads these statistics.
    """
    return json_response(compute(call, body.weeks))


def compute(call: Call, weeks: int, progress: Progress = lambda done, total: None) -> ComputedWeeks:
    """Compute the weeks of all tutors in batches.

    After each batch, call `progress` with the number of tutors that are done, and the number of all tutors. Stop after
    `RUN_FOR`. The next run begins with the tutors that are left.
    """
    engine = engine_for(call.settings)
    began = call.clock()
    tutor_ids = transact(engine, partial(tutors_to_compute, now=began), read_only=True)
    size = max(1, ROWS_PER_BATCH // weeks)
    computed: set[date] = set()
    rows = tutors = 0
    for first in range(0, len(tutor_ids), size):
        batch = tutor_ids[first : first + size]
        weeks_of_rows = transact(engine, partial(compute_weeks, tutor_ids=batch, now=began, weeks=weeks))
        computed.update(weeks_of_rows)
        rows += len(weeks_of_rows)
        tutors += len(batch)
        progress(tutors, len(tutor_ids))
        if call.clock() - began > RUN_FOR:
            break
    if tutors < len(tutor_ids):
        log.write("WARNING", "out of time", requestId=call.request_id, tutors=tutors, of=len(tutor_ids))
    return ComputedWeeks(sorted(computed), tutors, rows)


def _on_event(call: Call, event: Mapping[str, Any]) -> ComputedWeeks:
    return compute(call, parse_event(WeeklyStatsBody, event).weeks)


handler = lambda_handler(weekly_stats, scheduled("weekly_stats", _on_event))
