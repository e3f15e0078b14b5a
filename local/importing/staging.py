"""The rows of the files, in a temporary database on disk, so that they can be read tutor by tutor.

The database is a file of SQLite that has no name: it is gone when the process ends, however it ends.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple
from uuid import UUID

from common.core.time_slots import TimeSlot
from common.core.tutors import TutorEdit
from common.db.days import start_of
from local.importing.rows import (
    BOOKINGS,
    INSTANTS,
    SCHEDULES,
    SLOTS,
    TUTORS,
    BookingRow,
    ScheduleRow,
    SlotRow,
    parse_date,
)

SCHEMA = """
pragma journal_mode = off;
pragma cache_size = -16000;
create table tutors (line, external_id, user_id, name, time_zone, active);
create table slots (tutor, line, date, time, minutes, zone);
create table bookings (
  tutor, line, external_id, student_id, date, time, status, student_name, hold_expires_at, created_at, released_at
);
create table schedules (
  tutor, line, weekday, time, minutes, valid_from, every_weeks, weeks_ahead, zone
);
create table keys (key primary key, tutor_id, zone) without rowid;
begin
"""
INDEXES = """
create index slots_by_tutor on slots (tutor);
create index bookings_by_tutor on bookings (tutor);
create index schedules_by_tutor on schedules (tutor);
insert or ignore into keys (key) select distinct tutor from slots;
insert or ignore into keys (key) select distinct tutor from bookings;
insert or ignore into keys (key) select distinct tutor from schedules;
create index keys_by_tutor on keys (tutor_id)
"""
TABLES = {TUTORS: "tutors", SLOTS: "slots", BOOKINGS: "bookings", SCHEDULES: "schedules"}


class TutorOfKey(NamedTuple):
    """A tutor that rows name, by an external id or an id; `zone` is the tutor's time zone."""

    key: str
    tutor_id: UUID
    zone: str


class BookingOfTutor(NamedTuple):
    """The tutor and the external id of a row of bookings.csv."""

    row_id: int
    line: int
    external_id: str
    tutor_id: UUID


class Repeated(NamedTuple):
    """A row with the same value as an earlier one."""

    line: int
    earlier: int


class Staging:
    """The rows of the files. Their values are valid, but other rows or the database may still be in the way."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        self._database.executescript(SCHEMA)

    def add_tutors(self, edits: Iterable[TutorEdit]) -> None:
        """Add rows of tutors.csv."""
        rows = (
            (int(edit.field_prefix[:-1]), edit.external_id, *map(edit.settings.get, TUTOR_SETTINGS)) for edit in edits
        )
        self._database.executemany("insert into tutors values (?, ?, ?, ?, ?, ?)", rows)

    def add_slots(self, rows: Iterable[tuple[str, SlotRow]]) -> None:
        """Add rows of slots.csv, each with the external id or the id of its tutor."""
        values = (
            (tutor, row.line, row.date.isoformat(), row.slot.start.isoformat("minutes"), *row.slot[1:])
            for tutor, row in rows
        )
        self._database.executemany("insert into slots values (?, ?, ?, ?, ?, ?)", values)

    def add_bookings(self, rows: Iterable[tuple[str, BookingRow]]) -> None:
        """Add rows of bookings.csv, each with the external id or the id of its tutor."""
        values = ((tutor, *map(_text, row)) for tutor, row in rows)
        self._database.executemany(f"insert into bookings values ({', '.join('?' * 11)})", values)

    def add_schedules(self, rows: Iterable[tuple[str, ScheduleRow]]) -> None:
        """Add rows of schedules.csv, each with the external id or the id of its tutor."""
        values = ((tutor, *map(_text, row)) for tutor, row in rows)
        self._database.executemany(f"insert into schedules values ({', '.join('?' * 9)})", values)

    def remove_repeated(self, file: str, column: str) -> list[Repeated]:
        """Remove the rows whose value was already in an earlier row; return them."""
        table = TABLES[file]
        self._database.execute(f"create index {table}_by_{column} on {table} ({column}, line)")
        earlier = f"(select min(line) from {table} as each where each.{column} = {table}.{column})"
        select = f"select rowid, line, {earlier} from {table} where line > {earlier} order by line"
        repeated = self._database.execute(select).fetchall()
        self._remove(file, (row_id for row_id, *_ in repeated))
        return [Repeated(line, first) for _, line, first in repeated]

    def _remove(self, file: str, row_ids: Iterable[int]) -> None:
        delete = f"delete from {TABLES[file]} where rowid = ?"
        self._database.executemany(delete, ((row_id,) for row_id in row_ids))

    def tutor_batches(self, size: int) -> Iterator[list[TutorEdit]]:
        """Yield the rows of tutors.csv in batches."""
        cursor = self._database.execute("select * from tutors order by line")
        while rows := cursor.fetchmany(size):
            yield [_tutor_edit(*row) for row in rows]

    def index_by_tutor(self) -> None:
        """Index the rows by tutor, and collect the tutors that they name. Call it after adding all rows."""
        for statement in INDEXES.split(";"):
            self._database.execute(statement)

    def key_batches(self, size: int) -> Iterator[list[str]]:
        """Yield the external ids and ids of the tutors that the rows name, in batches."""
        last = ""
        while rows := self._database.execute(
            "select key from keys where key > ? order by key limit ?", (last, size)
        ).fetchall():
            last = rows[-1][0]
            yield [key for (key,) in rows]

    def set_tutors(self, tutors: Iterable[TutorOfKey]) -> None:
        """Store which tutor is meant by a key."""
        values = ((each.tutor_id.bytes, each.zone, each.key) for each in tutors)
        self._database.executemany("update keys set tutor_id = ?, zone = ? where key = ?", values)

    def remove_without_tutor(self, file: str) -> Iterator[tuple[int, str]]:
        """Remove the rows whose tutor doesn't exist; yield their lines, with the id or external id that they have."""
        table = TABLES[file]
        select = f"select line, key from keys join {table} on tutor = key where tutor_id is null order by line"
        yield from self._database.execute(select)
        self._database.execute(f"delete from {table} where tutor in (select key from keys where tutor_id is null)")

    def booking_batches(self, size: int) -> Iterator[list[BookingOfTutor]]:
        """Yield the bookings whose tutor exists, in batches. The rows of a batch may be removed."""
        last = 0
        select = """
            select bookings.rowid, line, external_id, tutor_id
            from bookings join keys on key = tutor
            where bookings.rowid > ? and tutor_id is not null
            order by bookings.rowid
            limit ?
        """
        while rows := self._database.execute(select, (last, size)).fetchall():
            last = rows[-1][0]
            yield [
                BookingOfTutor(row_id, line, external_id, UUID(bytes=tutor_id))
                for row_id, line, external_id, tutor_id in rows
            ]

    def remove_bookings(self, bookings: Iterable[BookingOfTutor]) -> None:
        """Remove rows of bookings.csv."""
        self._remove(BOOKINGS, (each.row_id for each in bookings))

    def count(self, file: str) -> int:
        """Return the number of rows of a file."""
        return int(self._database.execute(f"select count(*) from {TABLES[file]}").fetchone()[0])

    def tutors(self) -> Iterator[tuple[UUID, str]]:
        """Yield the tutors that the rows name, by id, each with the time zone."""
        last = b""
        select = "select tutor_id, zone from keys where tutor_id > ? order by tutor_id limit 1"
        while row := self._database.execute(select, (last,)).fetchone():
            last, zone = row
            yield UUID(bytes=last), zone

    def slots_of(self, tutor_id: UUID) -> list[SlotRow]:
        """Return a tutor's rows of slots.csv, by line."""
        return [
            SlotRow(line, parse_date(day), TimeSlot(start_of(start), minutes, zone))
            for line, day, start, minutes, zone in self._rows_of("line, date, time, minutes, zone", "slots", tutor_id)
        ]

    def bookings_of(self, tutor_id: UUID) -> list[BookingRow]:
        """Return a tutor's rows of bookings.csv, by line."""
        columns = ", ".join(("line, external_id, student_id, date, time, status, student_name", *INSTANTS))
        return [
            BookingRow(line, external, student, parse_date(day), start_of(start), status, name, *map(_instant, at))
            for line, external, student, day, start, status, name, *at in self._rows_of(columns, "bookings", tutor_id)
        ]

    def schedules_of(self, tutor_id: UUID) -> list[ScheduleRow]:
        """Return a tutor's rows of schedules.csv, by line."""
        columns = "line, weekday, time, minutes, valid_from, every_weeks, weeks_ahead, zone"
        return [
            ScheduleRow(line, weekday, start_of(start), minutes, parse_date(valid_from), *others)
            for line, weekday, start, minutes, valid_from, *others in self._rows_of(columns, "schedules", tutor_id)
        ]

    def _rows_of(self, columns: str, table: str, tutor_id: UUID) -> Sequence[Any]:
        select = f"select {columns} from {table} where tutor in (select key from keys where tutor_id = ?) order by line"
        return self._database.execute(select, (tutor_id.bytes,)).fetchall()


TUTOR_SETTINGS = ("user_id", "name", "time_zone", "active")


def _tutor_edit(line: int, external_id: str, *values: object) -> TutorEdit:
    settings = {name: value for name, value in zip(TUTOR_SETTINGS, values, strict=True) if value is not None}
    if "active" in settings:
        settings["active"] = bool(settings["active"])
    return TutorEdit(None, external_id, settings, f"{line}.")


def _text(value: object) -> object:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date | time) else value


def _instant(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
