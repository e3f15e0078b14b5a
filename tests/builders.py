"""Test data: tokens, tutors, slots and bookings."""

import contextlib
import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from time import monotonic, sleep
from typing import Any
from uuid import UUID, uuid4

import jwt
from sqlalchemy import Engine, insert, select

from common.clock import Clock
from common.core.audit import AuditEntry
from common.core.time_slots import TimeSlot
from common.db.engine import transact
from migrations.log_tables import tutor_availability_log
from migrations.tables import baseline_slots, bookings, tutor_days, tutor_time_slots, tutors

SECRET = "a secret of the tests, which is long enough"
ADMIN_USER = "auth0|support"


def make_token(user_id: object, key: Any = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    """Return a token, valid for an hour. `claims` replace the default claims. A claim that is None is left out."""
    payload = {"sub": str(user_id), "aud": "authenticated", "exp": datetime.now(UTC) + timedelta(hours=1), **claims}
    headers = {"kid": "test-key"} if algorithm != "HS256" else None
    return jwt.encode({k: v for k, v in payload.items() if v is not None}, key, algorithm, headers)


ADMIN = make_token(ADMIN_USER, app_metadata={"role": "admin"}, exp=datetime(2100, 1, 1, tzinfo=UTC))


@dataclass(frozen=True)
class Tutor:
    id: UUID
    user_id: str
    token: str


def add_tutor(engine: Engine, time_zone: str = "Europe/Copenhagen") -> Tutor:
    user_id = f"auth0|{uuid4().hex}"
    tutor = Tutor(uuid4(), user_id, make_token(user_id))
    with engine.begin() as connection:
        row = {"id": tutor.id, "user_id": user_id, "name": "Ada", "time_zone": time_zone}
        connection.execute(insert(tutors).values(row))
    return tutor


@dataclass(frozen=True)
class Student:
    user_id: str
    token: str
    name: str


def student(name: str = "Ben") -> Student:
    """Return a student, whose token has their name."""
    user_id = f"user_{uuid4().hex}"
    return Student(user_id, make_token(user_id, user_metadata={"name": name}), name)


def add_slots(engine: Engine, tutor: Tutor, day: date, *starts: str, minutes: int = 60, zone: str = "") -> None:
    """Insert slots that stood when the ledger took over: without a version and without entries, in the baseline.

    By default, they are in the tutor's zone.
    """
    with engine.begin() as connection:
        zone = zone or connection.execute(select(tutors.c.time_zone).where(tutors.c.id == tutor.id)).scalar_one()
        rows = [
            {
                "tutor_id": tutor.id,
                "date": day,
                "start_time": time.fromisoformat(start),
                "duration_minutes": minutes,
                "time_zone": zone,
                "created_at": LONG_AGO,
            }
            for start in starts
        ]
        connection.execute(insert(tutor_time_slots), rows)
        connection.execute(insert(baseline_slots), rows)


def add_booking(
    engine: Engine,
    tutor: Tutor,
    day: date,
    start: str,
    status: str = "CONFIRMED",
    hold_expires_at: datetime | None = None,
    student: Student | None = None,
) -> UUID:
    """Insert a booking as a platform's own SQL does; by default, of a new student without a name."""
    booking_id = uuid4()
    values = {
        "tutor_id": tutor.id,
        "id": booking_id,
        "student_id": student.user_id if student else f"user_{uuid4().hex}",
        "date": day,
        "start_time": time.fromisoformat(start),
        "status": status,
        "hold_expires_at": hold_expires_at,
    }
    if student:
        values["student_name"] = student.name
    with engine.begin() as connection:
        connection.execute(insert(bookings).values(values))
    return booking_id


def slots(*starts: str, minutes: int = 60) -> list[dict[str, Any]]:
    """Return slots as JSON values of a request."""
    return [{"time": start, "durationMinutes": minutes} for start in starts]


LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def clock_at(now: datetime) -> Clock:
    """Return a simulated clock that always shows this instant."""
    return Clock(lambda: now)


@cache
def monday(weeks: int = 2) -> date:
    """Return the Monday of this week plus `weeks` weeks. If `weeks` is 2 or more, it is in the future in all zones.

    It stays the same for as long as the tests run, also over the midnight after which another week begins.
    """
    today = datetime.now(UTC).date()
    return today + timedelta(days=7 * weeks - today.weekday())


def stored_slots(engine: Engine, tutor: Tutor) -> list[tuple[date, time, int]]:
    """Return the tutor's slots in the database."""
    table = tutor_time_slots.c
    query = select(table.date, table.start_time, table.duration_minutes).where(table.tutor_id == tutor.id)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(table.date, table.start_time))]


def versions(engine: Engine, tutor: Tutor) -> dict[date, int]:
    """Return the versions of the tutor's days."""
    query = select(tutor_days.c.date, tutor_days.c.version).where(tutor_days.c.tutor_id == tutor.id)
    with engine.connect() as connection:
        return {row.date: row.version for row in connection.execute(query)}


def log_rows(engine: Engine, tutor: Tutor) -> list[Any]:
    """Return the tutor's entries in order of `changed_at`, date, version and start; removals come before additions."""
    table = tutor_availability_log
    query = (
        select(table)
        .where(table.c.tutor_id == tutor.id)
        .order_by(table.c.changed_at, table.c.date, table.c.version, table.c.start_time, table.c.action.desc())
    )
    with engine.connect() as connection:
        return list(connection.execute(query))


def replay(entries: Sequence[AuditEntry], slots: Iterable[TimeSlot] = ()) -> tuple[TimeSlot, ...]:
    """Return the slots of one day after applying its entries to `slots`, oldest version first.

    A day has one slot at a start: after an outside change, an entry may add a slot where the log has another one.
    """
    offered = {slot.start: slot for slot in slots}
    for entry in sorted(entries, key=lambda entry: (entry.version, entry.action == "ADDED")):
        if entry.action == "ADDED":
            offered[entry.slot.start] = entry.slot
        else:
            offered.pop(entry.slot.start, None)
    return tuple(sorted(offered.values()))


def entry_of(row: Any) -> AuditEntry:
    """Return a row of the log as an `AuditEntry`."""
    fields = {name: value for name, value in row._mapping.items() if name in AuditEntry.__slots__}
    return AuditEntry(slot=TimeSlot(row.start_time, row.duration_minutes, row.time_zone or ""), **fields)


def replayed(engine: Engine, tutor: Tutor) -> list[tuple[date, time, int]]:
    """Return the slots after replaying all entries of the tutor."""
    entries = [entry_of(row) for row in log_rows(engine, tutor)]
    return [
        (day, slot.start, slot.duration_minutes)
        for day in sorted({entry.date for entry in entries})
        for slot in replay([entry for entry in entries if entry.date == day])
    ]


def read(engine: Engine, statement: Any, values: Any = None) -> Any:
    """Run one statement, send the commit together with it, and return the rows."""
    options = {"commit": True}
    return transact(
        engine, lambda c: c.execute(statement, values or {}, execution_options=options).all(), read_only=True
    )


def wait_until_gone(pid: int) -> None:
    """Wait for the end of a process that isn't a child of this one."""
    deadline = monotonic() + 60
    with contextlib.suppress(ProcessLookupError):
        while True:
            os.kill(pid, 0)
            assert monotonic() < deadline, f"process {pid} is still there"
            sleep(0.02)  # some systems have no event for the end of such a process
