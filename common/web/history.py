"""The query of `GET /audit_history`, and its answer: a page of entries."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Literal
from uuid import UUID

from pydantic import Field, model_validator
from pydantic_core import MISSING

from common.core.audit import Action, Reason, Source
from common.core.booking_events import BookingEvent
from common.web.cursor import InstantCursor
from common.web.fields import Days, Id, Limit, LocalDate, Schema

CSV_FORMAT = (
    "`csv` returns all entries; `limit` and `cursor` have no effect. On Lambda, an answer of more than 5 MB (about "
    "20,000 entries) can't be sent, and you get 400: use fewer `days`."
)


class HistoryQuery(Schema):
    """The query of `GET /audit_history`."""

    tutor_id: Id
    days: Days = 30
    limit: Limit = Field(100, description="How many entries to return at most.")
    cursor: InstantCursor | None = Field(None, description="The `nextCursor` of the page before, unchanged.")
    action: Action | None = Field(None, description="Return only entries with this action.")
    reason: Reason | None = Field(None, description="Return only entries with this reason.")
    date: LocalDate | None = Field(None, description="Return only entries of this day.")
    include: Literal["bookings", "settings", "bookings,settings", "settings,bookings"] | None = Field(
        None,
        description="Return also what happened to the tutor's bookings, the changes of the tutor's settings, or both. "
        "Not allowed together with `format=csv`.",
    )
    format: Literal["json", "csv"] = Field("json", description=CSV_FORMAT)

    @model_validator(mode="before")
    @classmethod
    def _drop_paging_of_csv(cls, values: dict[str, Any]) -> dict[str, Any]:
        """With CSV, leave out `limit` and `cursor`, also invalid ones: they have no effect."""
        if values.get("format") != "csv":
            return values
        return {name: value for name, value in values.items() if name not in ("limit", "cursor")}


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


@dataclass(frozen=True, slots=True)
class History:
    """A page of entries, newest first.

    `settingsEvents` and `bookingEvents` are present only if `include` names them. They have what happened from the
    page's last entry up to the last entry of the page before; the first page has what happened up to now, and the last
    page what happened from the start of the period on. Filters don't affect them.

    `missingVersions` is the number of versions without entries, over all days whose last edit was in the period.
    """

    tutor_id: UUID
    days: int
    complete: bool
    missing_versions: int
    next_cursor: str | None
    entries: list[Entry]
    settings_events: list[SettingsEvent] | MISSING = MISSING
    booking_events: list[BookingEvent] | MISSING = MISSING
