"""Locking and reading the days and bookings of one tutor.

The days are locked as by an edit (`common.db.slots`), so edits and imports of a day take turns.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from uuid import UUID

from sqlalchemy import Connection

from common.core.audit import LATEST_YEAR
from common.core.overlap import dates_near, utc_dates
from common.core.time_slots import EARLIEST_DATE, TimeSlot
from common.db.days import tutor_days
from common.db.engine import pipeline
from common.db.slots import DAYS_AND_CLOCK, LOCK_DAYS
from common.db.statements import array
from local.importing.rows import BookingRow, SlotRow
from local.importing.state import ImportedDay, StoredBooking, TutorState

StatementAndValues = tuple[str, Mapping[str, object]]
"""A statement, and the values for its `:names`."""

LATEST_DATE = date(LATEST_YEAR, 12, 31)  # the plan rejects later dates, and some earlier ones

IMPORTED_SLOTS = """
select date, start_time, duration_minutes, time_zone, version
from tutor_availability_log
where tutor_id = :tutor_id and date between :first and :last and reason = 'import'
"""

BOOKINGS_OF_TUTOR = """
select
  id, external_id, student_id, date, start_time, status,
  occupied_start_time is not null
    and (status <> 'AWAITING_PAYMENT' or hold_expires_at is null or hold_expires_at > clock_timestamp())
from bookings
where tutor_id = :tutor_id and start_time < '24:00' -- Python can't read this time
"""


def dates_to_lock(slots: Sequence[SlotRow], zone: str) -> list[date]:
    """Return the dates of the slots, and the dates in UTC that they touch."""
    by_date: dict[date, list[TimeSlot]] = {}
    for row in slots:
        if EARLIEST_DATE <= row.date <= LATEST_DATE:
            by_date.setdefault(row.date, []).append(row.slot if row.slot.zone else TimeSlot(*row.slot[:2], zone))
    return sorted({*by_date, *utc_dates(by_date)})


def read_state(
    connection: Connection,
    tutor_id: UUID,
    zone: str,
    slots: Sequence[SlotRow],
    bookings: Sequence[BookingRow],
    locked: Sequence[date],
) -> TutorState:
    """Lock days, and read what the plan needs. There is nothing to read of a tutor whom only a dry run has created."""
    dates = {row.date for row in slots} | {row.date for row in bookings}
    near = dates_near(day for day in dates if EARLIEST_DATE <= day <= LATEST_DATE)
    now = datetime.now(UTC)
    if not near:
        return TutorState(tutor_id, zone, now)
    period = {"tutor_id": tutor_id, "first": min(near), "last": max(near)}
    statements: list[StatementAndValues] = [
        (DAYS_AND_CLOCK, period),
        (IMPORTED_SLOTS, period),
        (BOOKINGS_OF_TUTOR, {"tutor_id": tutor_id}),
    ]
    if locked:
        lock = {"tutor_id": tutor_id, "dates": array(locked), "now": now}
        statements.insert(0, (LOCK_DAYS, lock))
    *_, rows, imported, stored = pipeline(connection, *statements)
    if not rows:
        return TutorState(tutor_id, zone, now)
    *days, database_now = rows[0]
    current = tutor_days(days)
    imported_days: dict[date, ImportedDay] = {}
    for day, start, minutes, slot_zone, version in imported:
        slots_of_day, newest = imported_days.get(day, ImportedDay(set(), 0))
        slots_of_day.add(TimeSlot(start, minutes, slot_zone))
        imported_days[day] = ImportedDay(slots_of_day, max(newest, version))
    found = [StoredBooking(*row) for row in stored]
    return TutorState(tutor_id, zone, database_now, current.days, imported_days, found)
