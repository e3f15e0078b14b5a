"""The query of `GET /audit_history`, and its answer: a page of entries."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import MISSING

from common.core.audit import Action, Reason, Source
from common.core.booking_events import BookingEvent
from common.errors import FieldError, InvalidRequest
from common.web.cursor import InstantCursor
from common.web.fields import Days, Flag, Id, Instant, Limit, LocalDate, Schema

CSV_FORMAT = (
    "`csv` returns all entries; `limit` and `cursor` have no effect. On Lambda, an answer of more than 5 MB (about "
    "20,000 entries) can't be sent, and you get 400: use fewer `days`, or a shorter period."
)

ONE_TUTOR_ONLY = {
    "days": "only with tutorId: for all tutors, use from and to",
    "include": "only with tutorId: leave it out, or send a tutorId",
}
ALL_TUTORS_ONLY = {
    "from": "only without tutorId: for one tutor, use days",
    "to": "only without tutorId: for one tutor, use days",
    "late": "only without tutorId: leave it out, or leave out the tutorId",
}
DEFAULT_PERIOD = timedelta(days=30)
MAX_DAYS = 94


class HistoryQuery(Schema):
    """The query of `GET /audit_history`."""

    tutor_id: Id | None = Field(
        None, description="Return entries of this tutor. Without it, admins get entries of all tutors."
    )
    days: Days = 30
    first: Instant | None = Field(
        None,
        alias="from",
        description="Of all tutors, return entries from this instant on. Default: `to` - 30 days.",
    )
    end: Instant | None = Field(
        None,
        alias="to",
        description=f"Of all tutors, return entries from before this instant: less than {MAX_DAYS} days after `from`. "
        "Default: now.",
    )
    late: Flag = Field(
        False,
        description="Of all tutors, return only late removals: slots that were removed less than 24 hours before their "
        "start, or after it.",
    )
    limit: Limit = Field(100, description="How many entries to return at most.")
    cursor: InstantCursor | None = Field(None, description="The `nextCursor` of the page before, unchanged.")
    action: Action | None = Field(None, description="Return only entries with this action.")
    reason: Reason | None = Field(None, description="Return only entries with this reason.")
    date: LocalDate | None = Field(None, description="Return only entries of this day.")
    include: Literal["bookings", "settings", "bookings,settings", "settings,bookings"] | None = Field(
        None,
        description="Of one tutor, return also what happened to bookings, the changes of settings, or both. Not "
        "allowed together with `format=csv`.",
    )
    format: Literal["json", "csv"] = Field("json", description=CSV_FORMAT)

    @model_validator(mode="before")
    @classmethod
    def _drop_paging_of_csv(cls, values: dict[str, Any]) -> dict[str, Any]:
        """With CSV, leave out `limit` and `cursor`, also invalid ones: they have no effect."""
        if values.get("format") != "csv":
            return values
        return {name: value for name, value in values.items() if name not in ("limit", "cursor")}

    def check(self) -> None:
        """Raise `InvalidRequest` if the query has parameters that don't go together."""
        refused = ONE_TUTOR_ONLY if self.tutor_id is None else ALL_TUTORS_ONLY
        # A parameter with its default says nothing, and the reference sends such parameters.
        model_fields = type(self).model_fields
        given = {field.alias for name, field in model_fields.items() if getattr(self, name) != field.default}
        errors = [FieldError(name, message) for name, message in refused.items() if name in given]
        if self.format == "csv" and self.include is not None:
            errors.append(FieldError("include", "not allowed together with format=csv: leave out one of them"))
        if errors:
            raise InvalidRequest(*errors)

    def period(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the half-open period for the entries of all tutors."""
        end = self.end or now
        first = self.first or end - DEFAULT_PERIOD
        field = "from" if self.end is None else "to"
        if first >= end:
            raise InvalidRequest(FieldError(field, "from has to be before to (default: now): use other instants"))
        if end - first >= timedelta(days=MAX_DAYS):
            raise InvalidRequest(FieldError(field, f"from and to have to be less than {MAX_DAYS} days apart"))
        return first, end


@dataclass(frozen=True, slots=True)
class Entry:
    """One slot that was added or removed: by whom, when and why. `startTime` is local time in `timeZone`."""

    id: UUID
    tutor_id: UUID
    date: date
    start_time: time
    duration_minutes: int
    action: Action
    reason: Reason
    changed_at: datetime
    changed_by: str | None
    notes: str | None
    change_set_id: UUID
    version: int
    source: Source
    time_zone: str


@dataclass(frozen=True, slots=True)
class SettingsEvent:
    """A change of one of the tutor's settings: when, by whom, the value before, and the value after."""

    at: datetime
    by: str | None
    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A page of entries, newest first.

    For one tutor, it has `tutorId` and `days`; for all tutors, it has `from` and `to`, the half-open period.

    `settingsEvents` and `bookingEvents` are present only if `include` names them. They have what happened from the
    page's last entry up to the last entry of the page before; the first page has what happened up to now, and the last
    page what happened from the start of the period on. Filters don't affect them.

    `missingVersions` is the number of versions without entries, over all days whose last edit was in the period. For
    all tutors, these are days whose last edit was at `from` or later, and entries that somebody has deleted after
    `audit_repair` had counted them aren't missing.
    """

    tutor_id: UUID | MISSING = MISSING
    days: int | MISSING = MISSING
    from_: datetime | MISSING = MISSING
    to: datetime | MISSING = MISSING
    complete: bool
    missing_versions: int
    next_cursor: str | None
    entries: list[Entry]
    settings_events: list[SettingsEvent] | MISSING = MISSING
    booking_events: list[BookingEvent] | MISSING = MISSING
