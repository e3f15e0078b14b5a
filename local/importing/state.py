"""What the import of one tutor's rows is planned from (`TutorState`), and the plan (`TutorPlan`)."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID

from common.core.availability import Day
from common.core.time_slots import EARLIEST_DATE, TimeSlot, latest_date
from local.importing.files import InvalidRow
from local.importing.rows import INVALID

ADDED, UNCHANGED = "added", "unchanged"


class ImportedDay(NamedTuple):
    """The slots that earlier imports added to a date, and the last version that an import made."""

    slots: set[TimeSlot]
    version: int


class StoredBooking(NamedTuple):
    """A booking in the database. If it `occupies` its slot, nobody else can book the slot."""

    id: UUID
    external_id: str | None
    student_id: str
    date: date
    start: time
    status: str
    occupies: bool


@dataclass(frozen=True, slots=True)
class TutorState:
    """A tutor's current days and bookings, near the dates of the rows, and what earlier imports added."""

    tutor_id: UUID
    time_zone: str
    now: datetime
    days: Mapping[date, Day] = field(default_factory=dict)
    imported: Mapping[date, ImportedDay] = field(default_factory=dict)
    bookings: Sequence[StoredBooking] = ()


class NewBooking(NamedTuple):
    """A booking to insert. The fields are columns of `bookings`."""

    id: UUID
    external_id: str
    student_id: str
    student_name: str | None
    date: date
    start_time: time
    time_zone: str
    status: str
    hold_expires_at: datetime | None
    created_at: datetime
    released_at: datetime | None
    confirmed_at: datetime | None
    noticed_at: datetime | None


@dataclass(slots=True)
class TutorPlan:
    """The slots and bookings to add, the rows to reject, and the number of rows by file and outcome."""

    slots: dict[date, list[TimeSlot]] = field(default_factory=dict)
    bookings: list[NewBooking] = field(default_factory=list)
    rejected: list[tuple[str, int, InvalidRow]] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)


def check_date(day: date, now: datetime) -> None:
    """Raise `InvalidRow` for a date that can't be stored. Dates in the past are allowed."""
    latest = latest_date(now.date())
    if not EARLIEST_DATE <= day <= latest:
        raise InvalidRow("date", INVALID, f"use a date from {EARLIEST_DATE} to {latest}")
