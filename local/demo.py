"""Demo data: a dozen tutors in five time zones, and ten weeks of their edits.

Each edit goes through `update_availability` with a clock in the past, so slots, versions and log agree. Tutors and
bookings are imported, as `make import` does it. The random choices have fixed seeds, so slots, edits and bookings
depend only on the instant of loading.
"""

import inspect
import json
import random
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from io import StringIO
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, delete, exists, select
from werkzeug import Request
from werkzeug.test import EnvironBuilder

from common.clock import Clock
from common.config import Settings
from common.core.caller import Caller
from common.core.time_slots import span
from common.core.tutors import TutorEdit
from common.core.zones import exists as time_exists
from common.db.engine import engine_for, transact
from common.db.settings import save_tutors
from common.web.endpoint import CLOCK, Call
from common.web.update import parse_update
from functions.update_availability.main import update_availability
from functions.weekly_stats.main import compute
from local.demo_edits import Slots, next_edit_at, random_edits, timetable
from local.importing.rows import BookingRow
from local.importing.writing import TutorImport
from migrations.log_tables import tutor_availability_log, tutor_weekly_stats
from migrations.tables import bookings, tutor_days, tutor_time_slots, tutors

WEEKS_BACK, WEEKS = 9, 15
HISTORY = timedelta(days=70)
SUPPORT = "00000000-0000-4000-a000-000000000002"

PEOPLE = (
    ("Freja Holm", "Europe/Copenhagen"),
    ("Anton Bruun", "Europe/Copenhagen"),
    ("Ida Skov", "Europe/Copenhagen"),
    ("Oliver Hughes", "Europe/London"),
    ("Amelia Clarke", "Europe/London"),
    ("Maya Rivera", "America/New_York"),
    ("Noah Feldman", "America/New_York"),
    ("Grace Kim", "America/New_York"),
    ("Sita Gurung", "Asia/Kathmandu"),
    ("Bibek Thapa", "Asia/Kathmandu"),
    ("Ruby Nguyen", "Australia/Sydney"),
    ("Jack Wilson", "Australia/Sydney"),
)

STUDENTS = ("Ali", "Bea", "Caleb", "Dina", "Emil", "Fay", "Gita", "Hugo", "Ines")


@dataclass(frozen=True)
class DemoTutor:
    """A tutor of the demo."""

    id: UUID
    user_id: str
    name: str
    time_zone: str


@dataclass
class _Calendar:
    """A tutor, with their slots at the simulation's current instant."""

    tutor: DemoTutor
    slots: Slots = field(default_factory=dict)


DEMO_TUTORS = tuple(
    DemoTutor(UUID(f"00000000-0000-4000-8000-{number:012}"), f"00000000-0000-4000-9000-{number:012}", name, time_zone)
    for number, (name, time_zone) in enumerate(PEOPLE, start=1)
)


def tutors_of(settings: Settings) -> list[DemoTutor]:
    """Return the demo's tutors that the database has."""
    return transact(engine_for(settings), _present)


def load(settings: Settings) -> None:
    """Load the demo data, unless the database has it completely.

    The bookings of the last tutor are loaded last. If there are none, remove what an interrupted load has left, and
    load everything.
    """
    settings = replace(settings, audit_budget_ms=60_000)  # so that a slow machine doesn't defer entries
    engine = engine_for(settings)
    ids = [tutor.id for tutor in DEMO_TUTORS]
    if transact(engine, lambda c: c.execute(select(exists().where(bookings.c.tutor_id == ids[-1]))).scalar()):
        return
    print("Loading the demo data ...", end="", flush=True, file=sys.stderr)

    def replace_tutors(connection: Connection) -> None:
        for table in (bookings, tutor_weekly_stats, tutor_availability_log, tutor_time_slots, tutor_days):
            connection.execute(delete(table).where(table.c.tutor_id.in_(ids)))
        connection.execute(delete(tutors).where(tutors.c.id.in_(ids)))
        edits = [
            TutorEdit(each.id, None, {"user_id": each.user_id, "name": each.name, "time_zone": each.time_zone})
            for each in DEMO_TUTORS
        ]
        save_tutors(connection, edits, None, CLOCK)

    transact(engine, replace_tutors)
    now = datetime.now(UTC)
    calendars = []
    for number, tutor in enumerate(DEMO_TUTORS):
        calendars.append(_simulate(settings, tutor, now, random.Random(number + 1)))
        print(".", end="", flush=True, file=sys.stderr)
    tutor_import = TutorImport(engine, is_dry_run=False)
    for number, calendar in enumerate(calendars):
        rows = list(_bookings(calendar, now, random.Random(number)))
        tutor_import.run(calendar.tutor.id, calendar.tutor.time_zone, [], rows)
    compute(Call(settings, Clock(lambda: now), "demo", None), WEEKS)
    print(" done.", file=sys.stderr)


def _present(connection: Connection) -> list[DemoTutor]:
    ids = set(connection.execute(select(tutors.c.id).where(tutors.c.id.in_([t.id for t in DEMO_TUTORS]))).scalars())
    return [tutor for tutor in DEMO_TUTORS if tutor.id in ids]


def _simulate(settings: Settings, tutor: DemoTutor, now: datetime, chance: random.Random) -> _Calendar:
    """Simulate a tutor who, ten weeks ago, offered slots for 15 weeks, and has edited them until now."""
    calendar = _Calendar(tutor)
    zone = ZoneInfo(tutor.time_zone)
    at = now - HISTORY + timedelta(minutes=chance.randrange(600))
    monday = now.astimezone(zone).date() - timedelta(days=now.astimezone(zone).weekday(), weeks=WEEKS_BACK)
    week = timetable(chance)
    first_slots = {
        day: {slot for slot in week.get(day.weekday(), set()) if time_exists(day, slot.start, zone)}
        for day in (monday + timedelta(days=i) for i in range(7 * WEEKS))
    }
    for first in (0, 8 * 7):  # an edit has at most 92 days
        part = dict(list(first_slots.items())[first : first + 8 * 7])
        _edit(settings, calendar, at, part, "copy_week", "autumn timetable")
    while (at := next_edit_at(at.astimezone(zone), chance)) < now:
        for days, reason, notes in random_edits(calendar.slots, at.astimezone(zone), chance):
            _edit(settings, calendar, at, days, reason, notes)
    return calendar


def _edit(
    settings: Settings,
    calendar: _Calendar,
    at: datetime,
    slots_by_day: Slots,
    reason: str | None,
    notes: str | None,
) -> None:
    """Call `update_availability` at this instant: as support if the reason is `admin_action`, or else as the tutor."""
    days = [
        {
            "date": day.isoformat(),
            "timeSlots": [
                {"time": slot.start.isoformat("minutes"), "durationMinutes": slot.duration_minutes}
                for slot in sorted(slots)
            ],
        }
        for day, slots in slots_by_day.items()
    ]
    body: dict[str, Any] = {"tutorId": str(calendar.tutor.id), "days": days, "notes": notes}
    if reason is not None:
        body["reason"] = reason
    user_id = SUPPORT if reason == "admin_action" else calendar.tutor.user_id
    call = Call(settings, Clock(lambda: at), "demo", Caller(user_id, is_admin=reason == "admin_action"))
    request = Request(EnvironBuilder(method="PUT", data=json.dumps(body)).get_environ())
    with redirect_stdout(StringIO()):  # hide the warnings that the clock is behind the database's
        inspect.unwrap(update_availability)(request, call, parse_update(request))
    calendar.slots.update(slots_by_day)


def _bookings(calendar: _Calendar, now: datetime, chance: random.Random) -> Iterator[BookingRow]:
    """Yield bookings, past and future, in every status: of every slot in the evening, but of none before nine."""
    line = 0
    for day, slots in sorted(calendar.slots.items()):
        for slot in sorted(slots):
            if chance.random() > (1 if slot.start >= time(17) else 0.35 if slot.start >= time(9) else 0):
                continue
            line += 1
            starts_at, _ = span(day, slot._replace(zone=calendar.tutor.time_zone))
            created_at = max(now - HISTORY, min(starts_at, now) - timedelta(hours=chance.randrange(2, 150)))
            student = chance.randrange(len(STUDENTS))
            row = BookingRow(
                line=line,
                external_id=f"demo {day} {slot.start:%H:%M}",
                student_id=str(uuid5(calendar.tutor.id, f"student {student}")),
                date=day,
                start=slot.start,
                status="CONFIRMED",
                student_name=STUDENTS[student],
                hold_expires_at=None,
                created_at=created_at,
                released_at=None,
            )
            fate = chance.random()
            if fate < 0.1:  # the slot may be booked again
                row = row._replace(status="CANCELLED", released_at=created_at + timedelta(hours=1))
            elif fate < 0.15:  # the hold ended without a payment
                ran_out = created_at + timedelta(minutes=15)
                row = row._replace(status="EXPIRED", hold_expires_at=ran_out, released_at=ran_out)
            elif starts_at < now:
                row = row._replace(status="COMPLETED")
            elif fate < 0.2:  # a hold that is active
                hold_expires_at = now + timedelta(minutes=chance.choice([5, 15]))
                created_at = hold_expires_at - timedelta(minutes=20)
                row = row._replace(status="AWAITING_PAYMENT", hold_expires_at=hold_expires_at, created_at=created_at)
            yield row
