"""`GET /audit_stats`: what may be asked, and what is answered, of one tutor or of all."""

from dataclasses import dataclass

from pydantic import Field

from common.core.statistics import MonthStats, TimeCount, TutorActivity, WeekStats
from common.web.fields import CountCursor, Days, Digits, Id, Schema


class StatsQuery(Schema):
    """`GET /audit_stats`."""

    tutor_id: Id | None = Field(None, description="Missing: the whole platform, for admins.")
    days: Days = 30
    limit: Digits | None = Field(
        None, ge=1, le=1000, description="Without tutorId: how many tutors a page holds at the most; 100."
    )
    cursor: CountCursor | None = Field(None, description="Without tutorId: the nextCursor of the page before; opaque.")


@dataclass(frozen=True, slots=True)
class PlatformStats:
    """All tutors, from the weekly table: the weeks that reach into the period, and are over.

    `complete` is false where entries are missing, or the last week should be computed by now and isn't.
    """

    tutors: list[TutorActivity]
    next_cursor: str | None
    weekly: list[WeekStats]
    monthly: list[MonthStats]
    by_weekday_hour: list[list[int]]
    most_removed_times: list[TimeCount]
    complete: bool
    missing_versions: int
