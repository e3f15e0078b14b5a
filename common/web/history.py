"""`GET /audit_history`: what may be asked, and what is answered: entries of the log."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Literal
from uuid import UUID

from pydantic import Field

from common.core.audit import Action, Reason, Source
from common.web.fields import Days, Digits, Id, InstantCursor, LocalDate, Schema

CSV_FORMAT = (
    "csv: all entries, limit and cursor don't count. Lambda sends 5 MB at the most, some 20,000 entries: beyond, it "
    "answers 400, and fewer days have to be asked for."
)


class HistoryQuery(Schema):
    """`GET /audit_history`."""

    tutor_id: Id
    days: Days = 30
    limit: Digits = Field(100, ge=1, le=1000, description="How many entries a page holds at the most.")
    cursor: InstantCursor | None = Field(None, description="The nextCursor of the page before; opaque.")
    action: Action | None = None
    reason: Reason | None = None
    date: LocalDate | None = Field(None, description="Only entries of this day.")
    format: Literal["json", "csv"] = Field("json", description=CSV_FORMAT)


@dataclass(frozen=True, slots=True)
class Entry:
    """One slot added or removed, by whom, when and why."""

    id: UUID
    tutor_id: UUID
    date: date
    start_time: time
    duration_minutes: int
    action: Action
    reason: Reason
    changed_at: datetime
    changed_by: UUID | None
    notes: str | None
    change_set_id: UUID
    version: int
    source: Source


@dataclass(frozen=True, slots=True)
class History:
    """A page of entries, newest first; `missingVersions` counts the edits of the period that no entry tells of."""

    tutor_id: UUID
    days: int
    complete: bool
    missing_versions: int
    next_cursor: str | None
    entries: list[Entry]
