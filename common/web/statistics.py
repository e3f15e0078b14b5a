"""`GET /audit_stats`: what may be asked, of one tutor or of all; the core has what is answered."""

from pydantic import Field

from common.web.fields import CountCursor, Days, Digits, Id, Schema


class StatsQuery(Schema):
    """`GET /audit_stats`."""

    tutor_id: Id | None = Field(None, description="Missing: the whole platform, for admins.")
    days: Days = 30
    limit: Digits | None = Field(
        None, ge=1, le=1000, description="Without tutorId: how many tutors a page holds at the most; 100."
    )
    cursor: CountCursor | None = Field(None, description="Without tutorId: the nextCursor of the page before; opaque.")
