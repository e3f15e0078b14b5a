"""The query of `GET /audit_stats`; `common/core/statistics.py` has the answers."""

from pydantic import Field

from common.web.fields import CountCursor, Days, Id, Limit, Schema


class StatsQuery(Schema):
    """The query of `GET /audit_stats`."""

    tutor_id: Id | None = Field(None, description="The tutor. Without it: all tutors; admins only.")
    days: Days = 30
    limit: Limit | None = Field(
        None, description="How many tutors to return at most, 100 by default. Not allowed together with `tutorId`."
    )
    cursor: CountCursor | None = Field(
        None, description="The `nextCursor` of the page before, unchanged. Not allowed together with `tutorId`."
    )
