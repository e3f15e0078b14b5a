"""The columns of each file, and the checks of single values. `planning` checks how rows fit together."""

import re
from collections.abc import Container, Mapping
from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from common.core.schedule import MAX_EVERY_WEEKS, MAX_WEEKS_AHEAD, WEEKDAYS
from common.core.texts import MAX_ID_BYTES, is_storable, is_user_id
from common.core.time_slots import EARLIEST_DATE, MAX_DURATION_MINUTES, MIN_DURATION_MINUTES, TimeSlot
from common.core.tutors import MAX_NAME_BYTES, TutorEdit
from common.core.zones import zone_name
from common.errors import NOT_IN_DATABASE
from local.importing.files import Columns, InvalidRow, Row, quote
from migrations.rules import BOOKING_STATUSES

TUTORS, SLOTS, BOOKINGS, SCHEDULES = "tutors.csv", "slots.csv", "bookings.csv", "schedules.csv"
FILES = {
    TUTORS: Columns(("external_id", "user_id", "name", "time_zone"), ("active",)),
    SLOTS: Columns(("tutor", "date", "time", "duration_minutes"), ("time_zone",)),
    BOOKINGS: Columns(
        ("external_id", "tutor", "student_id", "date", "time", "status"),
        ("student_name", "hold_expires_at", "created_at", "released_at"),
    ),
    SCHEDULES: Columns(
        ("tutor", "weekday", "time", "duration_minutes", "valid_from"), ("every_weeks", "weeks_ahead", "time_zone")
    ),
}
INSTANTS = ("hold_expires_at", "created_at", "released_at")
RELEASED = ("CANCELLED", "EXPIRED")
INVALID = "invalid_value"
BOOLEANS = {**dict.fromkeys(("true", "t", "yes", "1"), True), **dict.fromkeys(("false", "f", "no", "0"), False)}


class SlotRow(NamedTuple):
    """A row of slots.csv. The slot's zone is empty if the row has none: then it is the tutor's."""

    line: int
    date: date
    slot: TimeSlot


class BookingRow(NamedTuple):
    """A row of bookings.csv."""

    line: int
    external_id: str
    student_id: str
    date: date
    start: time
    status: str
    student_name: str | None
    hold_expires_at: datetime | None
    created_at: datetime | None
    released_at: datetime | None


class ScheduleRow(NamedTuple):
    """A row of schedules.csv: a slot of the week. The weekday is 0 for Monday."""

    line: int
    weekday: int
    start: time
    duration_minutes: int
    valid_from: date
    every_weeks: int
    weeks_ahead: int
    time_zone: str | None


@lru_cache(maxsize=10_000)
def parse_date(text: str, column: str = "date") -> date:
    """Parse a date."""
    try:
        if re.fullmatch("2[0-9]{3}-[0-9]{2}-[0-9]{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        raise InvalidRow(column, INVALID, f"{text} doesn't exist: use a date of the calendar") from None
    raise InvalidRow(column, INVALID, f"{quote(text)}: use YYYY-MM-DD, in the years 2000 to 2999")


@lru_cache(maxsize=10_000)
def parse_start(text: str) -> time:
    """Parse the start of a slot. Databases write the seconds, too."""
    if re.fullmatch("([01][0-9]|2[0-3]):[0-5][0-9](:00(\\.0+)?)?", text):
        return time.fromisoformat(text[:5])
    raise InvalidRow("time", INVALID, f"{quote(text)}: use HH:MM, 00:00 to 23:59")


@lru_cache(maxsize=1_000)
def parse_number(text: str, column: str, lowest: int, highest: int) -> int:
    """Parse a number of minutes or weeks."""
    if re.fullmatch("[0-9]{1,4}", text) and lowest <= int(text) <= highest:
        return int(text)
    raise InvalidRow(column, INVALID, f"{quote(text)}: use a whole number, {lowest} to {highest}")


def parse_minutes(values: Mapping[str, str]) -> int:
    """Parse the duration of a slot."""
    column = "duration_minutes"
    return parse_number(values[column], column, MIN_DURATION_MINUTES, MAX_DURATION_MINUTES)


def parse_text(values: Mapping[str, str], column: str) -> str:
    """Return a name or an external id."""
    text = values[column]
    if text.isascii() and 1 <= len(text) <= MAX_NAME_BYTES and "\0" not in text:  # most texts, checked faster
        return text
    if not 1 <= len(text.encode(errors="surrogatepass")) <= MAX_NAME_BYTES:
        raise InvalidRow(column, INVALID, f"use 1 to {MAX_NAME_BYTES} bytes")
    check_encoding(column, text)
    return text


def parse_user(values: Mapping[str, str], column: str) -> str:
    """Return the id of a user."""
    text = values[column]
    check_encoding(column, text)
    if not is_user_id(text):
        message = f"use the id of a user: 1 to {MAX_ID_BYTES} bytes, without control characters"
        raise InvalidRow(column, INVALID, message)
    return text


def check_encoding(column: str, text: str) -> None:
    """Raise `InvalidRow` for bytes that aren't UTF-8, and for NUL characters."""
    if not text.isascii() and not is_storable(text):
        raise InvalidRow(column, INVALID, f"{quote(text)} isn't in UTF-8: save the file as UTF-8")
    if "\0" in text:
        raise InvalidRow(column, INVALID, "the value has a NUL character: remove it")


def parse_instant(values: Mapping[str, str], column: str) -> datetime | None:
    """Parse an instant, as RFC 3339 or as PostgreSQL writes it; None if there is none."""
    text = values[column]
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None and instant.astimezone(UTC).year >= EARLIEST_DATE.year:
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    message = f"{quote(text)}: use a date and time with an offset, from 2000 on, such as 2026-11-22T14:03:00+01:00"
    raise InvalidRow(column, INVALID, message)


class RowParser:
    """Parses rows, and raises `InvalidRow` for a value that isn't valid.

    `known_zones` are the zones that the database knows. Its zone files may differ from Python's. What a row says
    about the past can't be after `now`.
    """

    def __init__(self, known_zones: Container[str], now: datetime) -> None:
        self._known_zones, self._now = known_zones, now
        self._zones: dict[str, str] = {}

    def tutor(self, row: Row) -> TutorEdit:
        """Return the settings of a row of tutors.csv. The field prefix is the line and a dot."""
        values = row.values
        settings: dict[str, object] = {
            "user_id": parse_user(values, "user_id"),
            "name": parse_text(values, "name"),
            "time_zone": self._zone(values["time_zone"]),
        }
        if values["active"]:
            if values["active"].lower() not in BOOLEANS:
                raise InvalidRow("active", INVALID, f"{quote(values['active'])}: use true or false")
            settings["active"] = BOOLEANS[values["active"].lower()]
        return TutorEdit(None, parse_text(values, "external_id"), settings, f"{row.line}.")

    def slot(self, row: Row) -> tuple[str, SlotRow]:
        """Return a row of slots.csv, and the external id or the id of its tutor."""
        values = row.values
        zone = self._zone(values["time_zone"]) if values["time_zone"] else ""
        slot = TimeSlot(parse_start(values["time"]), parse_minutes(values), zone)
        return parse_text(values, "tutor"), SlotRow(row.line, parse_date(values["date"]), slot)

    def booking(self, row: Row) -> tuple[str, BookingRow]:
        """Return a row of bookings.csv, and the external id or the id of its tutor."""
        values = row.values
        if values["status"] not in BOOKING_STATUSES:
            raise InvalidRow("status", INVALID, f"{quote(values['status'])}: use {', '.join(BOOKING_STATUSES)}")
        booking = BookingRow(
            row.line,
            parse_text(values, "external_id"),
            parse_user(values, "student_id"),
            parse_date(values["date"]),
            parse_start(values["time"]),
            values["status"],
            parse_text(values, "student_name") if values["student_name"] else None,
            *(parse_instant(values, column) for column in INSTANTS),
        )
        self._check_instants(booking)
        if booking.status == "EXPIRED" and booking.released_at is None:
            booking = booking._replace(released_at=booking.hold_expires_at)
        return parse_text(values, "tutor"), booking

    def schedule(self, row: Row) -> tuple[str, ScheduleRow]:
        """Return a row of schedules.csv, and the external id or the id of its tutor."""
        values = row.values
        weekday = values["weekday"].upper()
        if weekday not in WEEKDAYS:
            raise InvalidRow("weekday", INVALID, f"{quote(values['weekday'])}: use {', '.join(WEEKDAYS)}")
        return parse_text(values, "tutor"), ScheduleRow(
            row.line,
            WEEKDAYS.index(weekday),
            parse_start(values["time"]),
            parse_minutes(values),
            parse_date(values["valid_from"], "valid_from"),
            parse_number(values["every_weeks"] or "1", "every_weeks", 1, MAX_EVERY_WEEKS),
            parse_number(values["weeks_ahead"] or "12", "weeks_ahead", 1, MAX_WEEKS_AHEAD),
            self._zone(values["time_zone"]) if values["time_zone"] else None,
        )

    def _zone(self, text: str) -> str:
        """Return the name under which a zone is stored."""
        if text not in self._zones:
            zone = zone_name(text) if len(text) <= MAX_NAME_BYTES else None
            if zone is None:
                message = f"{quote(text)}: use the name of an IANA time zone, such as Europe/Copenhagen"
                raise InvalidRow("time_zone", INVALID, message)
            if zone not in self._known_zones:
                raise InvalidRow("time_zone", INVALID, f"{text}: {NOT_IN_DATABASE}")
            self._zones[text] = zone
        return self._zones[text]

    def _check_instants(self, booking: BookingRow) -> None:
        hold_expires_at, created_at, released_at = booking[-3:]
        if released_at is not None and booking.status not in RELEASED:
            raise InvalidRow("released_at", INVALID, f"a {booking.status} booking isn't released: leave it empty")
        if booking.status == "EXPIRED" and hold_expires_at is not None and hold_expires_at > self._now:
            raise InvalidRow("hold_expires_at", INVALID, "an EXPIRED hold can't end in the future")
        for column, at in (("created_at", created_at), ("released_at", released_at)):
            if at is not None and at > self._now:
                raise InvalidRow(column, INVALID, f"{at.isoformat()} is in the future")
        for column, at in (("hold_expires_at", hold_expires_at), ("released_at", released_at)):
            if created_at is not None and at is not None and at < created_at:
                raise InvalidRow(column, INVALID, f"{at.isoformat()} is before created_at")


def uuid_of(text: str) -> UUID | None:
    """Return the UUID in a text; None if it isn't one."""
    try:
        return UUID(text) if re.fullmatch("(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) else None
    except ValueError:
        return None
