"""The scheduled functions, `weekly_stats` and `audit_repair`: what may be sent, and what is answered."""

from dataclasses import dataclass
from datetime import date

from pydantic import Field, StrictInt

from common.web.fields import Schema

MAX_WEEKS = 522


class WeeklyStatsBody(Schema):
    """`POST /weekly_stats`."""

    weeks: StrictInt = Field(2, ge=1, le=MAX_WEEKS, description="How many full weeks to compute, counted back.")


@dataclass(frozen=True, slots=True)
class ComputedWeeks:
    """What was computed: the Mondays of the weeks, how many tutors, how many rows."""

    weeks: list[date]
    tutors: int
    rows: int


class RepairBody(Schema):
    """`POST /audit_repair`: nothing to say."""


@dataclass(frozen=True, slots=True)
class Repair:
    """What a repair did: messages delivered from the retry queue, missing versions closed, and those still open."""

    drained: int
    reconstructed: int
    remaining_gaps: int
