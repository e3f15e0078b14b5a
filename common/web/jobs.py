"""The requests and answers of the scheduled functions, `weekly_stats` and `audit_repair`."""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import Field, StrictInt

from common.web.fields import WHOLE_NUMBER, Schema

MAX_WEEKS = 522


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


class RepairBody(Schema):
    """The body of `POST /audit_repair`: empty, or an empty object."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair did.

    `drained`: messages delivered from the retry queue. `reconstructed`: missing versions whose entries were
    reconstructed. `remainingGaps`: versions that are still missing. `adrift`: days where another program had changed
    slots, which are in the log now.
    """

    drained: int
    reconstructed: int
    remaining_gaps: int
    adrift: int
