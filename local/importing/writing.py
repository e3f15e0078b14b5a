"""Reading and changing the days and bookings of one tutor, in one transaction.

The days are locked as by an edit (`common.db.slots`), so edits and imports of a day take turns. The log is written in
the same transaction as the slots: an import may fail as a whole, and can be started again.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import orjson
from pg8000.exceptions import DatabaseError
from sqlalchemy import Connection, Engine

from common.core.audit import LATEST_YEAR, ChangeSet, changed_at
from common.core.availability import Day
from common.core.diffing import DayChange, SlotDiff
from common.core.overlap import dates_near, utc_dates
from common.core.time_slots import EARLIEST_DATE, TimeSlot
from common.db.audit_log import write
from common.db.days import tutor_days
from common.db.engine import pipeline, set_reply_timeout
from common.db.pool import retry_once
from common.db.slots import ADD_SLOTS, DAYS_AND_CLOCK, LOCK_DAYS
from common.db.sqlstate import FOREIGN_KEY_VIOLATION, UNIQUE_VIOLATION, sqlstate
from common.db.statements import ISO_DATES, array
from common.errors import Unavailable
from local.importing.planning import plan_tutor
from local.importing.rows import BookingRow, SlotRow
from local.importing.state import ImportedDay, NewBooking, StoredBooking, TutorPlan, TutorState

ATTEMPTS = 4
LATEST_DATE = date(LATEST_YEAR, 12, 31)  # the plan rejects later dates, and some earlier ones
# An edit may hold a lock for some seconds. The transaction of a tutor with many slots takes longer than a request.
TIMEOUTS = {
    **ISO_DATES,
    "lock_timeout": "30000",
    "statement_timeout": "600000",
    "idle_in_transaction_session_timeout": "60000",
}
REPLY_TIMEOUT_SECONDS = 660  # more than the statement's time-out

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
where tutor_id = :tutor_id
"""

# 1 if repair has handled all earlier versions. The log has all entries of the new version, so it is handled, too.
IS_HANDLED = "cast(repaired_version = version and repaired_versions is not null as integer)"
RAISE_VERSIONS = f"""
with untouched as (
  delete from tutor_days
  where tutor_id = :tutor_id and version = 0 and date = any(cast(:untouched as date[]))
)
update tutor_days
set version = version + 1, updated_at = :now, updated_by = null,
  repaired_version = repaired_version + {IS_HANDLED},
  repaired_versions = repaired_versions + {IS_HANDLED},
  repaired_entries = repaired_entries + {IS_HANDLED} * added.entries,
  checked_version = case when version = 0 then 1 else checked_version end
from unnest(cast(:dates as date[]), cast(:counts as integer[])) as added (date, entries)
where tutor_days.tutor_id = :tutor_id and tutor_days.date = added.date
"""

# Otherwise a hold that ran out would be in the way.
EXPIRE_HOLDS = """
update bookings
set status = 'EXPIRED', released_at = hold_expires_at
where tutor_id = :tutor_id
  and date = any(cast(:dates as date[]))
  and occupied_start_time is not null
  and status = 'AWAITING_PAYMENT'
  and hold_expires_at <= :now
"""

ADD_BOOKINGS = """
insert into bookings (
  tutor_id, id, external_id, student_id, student_name, date, start_time, time_zone, status, hold_expires_at,
  created_at, released_at, confirmed_at, noticed_at
)
select
  :tutor_id, id, external_id, student_id, student_name, date, start_time, time_zone, status, hold_expires_at,
  created_at, released_at, confirmed_at, noticed_at
from json_to_recordset(cast(:rows as json)) as booking (
  id uuid, external_id text, student_id text, student_name text, date date, start_time time, time_zone text,
  status text, hold_expires_at timestamptz, created_at timestamptz, released_at timestamptz,
  confirmed_at timestamptz, noticed_at timestamptz
)
"""


class ConcurrentChange(Exception):
    """Another program changed a slot or a booking at the same time: read and plan again."""


class TutorImport:
    """Imports the rows of one tutor after another."""

    def __init__(self, engine: Engine, *, is_dry_run: bool) -> None:
        self._engine, self._is_dry_run = engine, is_dry_run

    def run(self, tutor_id: UUID, zone: str, slots: Sequence[SlotRow], bookings: Sequence[BookingRow]) -> TutorPlan:
        """Add the tutor's slots and bookings, or only plan it in a dry run; return what was added and rejected.

        Raise `Unavailable` if the database can't be reached, or if others changed the days during each attempt.
        """

        def attempt() -> TutorPlan:
            settings = self._engine.connect().execution_options(begin=TIMEOUTS)
            with settings as connection, connection.begin():
                set_reply_timeout(connection, REPLY_TIMEOUT_SECONDS)
                return self._attempt(connection, tutor_id, zone, slots, bookings)

        for _ in range(ATTEMPTS):
            try:
                return retry_once(attempt)
            except ConcurrentChange:
                continue
        raise Unavailable(f"the slots of the tutor {tutor_id} are being changed by others right now")

    def _attempt(
        self,
        connection: Connection,
        tutor_id: UUID,
        zone: str,
        slots: Sequence[SlotRow],
        bookings: Sequence[BookingRow],
    ) -> TutorPlan:
        locked = _dates_to_lock(slots, zone)
        state = _read(connection, tutor_id, zone, slots, bookings, () if self._is_dry_run else locked)
        plan = plan_tutor(state, slots, bookings)
        if self._is_dry_run or not (plan.slots or plan.bookings):
            connection.rollback()  # also removes the rows that locking inserted
        else:
            _apply(connection, state, plan, locked)
        return plan


def _dates_to_lock(slots: Sequence[SlotRow], zone: str) -> list[date]:
    """Return the dates of the slots, and the dates in UTC that they touch."""
    by_date: dict[date, list[TimeSlot]] = {}
    for row in slots:
        if EARLIEST_DATE <= row.date <= LATEST_DATE:
            by_date.setdefault(row.date, []).append(row.slot if row.slot.zone else row.slot._replace(zone=zone))
    return sorted({*by_date, *utc_dates(by_date)})


def _read(
    connection: Connection,
    tutor_id: UUID,
    zone: str,
    slots: Sequence[SlotRow],
    bookings: Sequence[BookingRow],
    dates_to_lock: Sequence[date],
) -> TutorState:
    """Lock days, and read what the plan needs. The rows of a tutor that a dry run didn't create have no state."""
    dates = {row.date for row in slots} | {row.date for row in bookings}
    near = dates_near(day for day in dates if EARLIEST_DATE <= day <= LATEST_DATE)
    now = datetime.now(UTC)
    if not near:
        return TutorState(tutor_id, zone, now)
    period = {"tutor_id": tutor_id, "first": min(near), "last": max(near)}
    statements: list[tuple[str, dict[str, object]]] = [
        (DAYS_AND_CLOCK, {**period}),
        (IMPORTED_SLOTS, {**period}),
        (BOOKINGS_OF_TUTOR, {"tutor_id": tutor_id}),
    ]
    if dates_to_lock:
        lock = {"tutor_id": tutor_id, "dates": array(dates_to_lock), "now": now}
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


def _apply(connection: Connection, state: TutorState, plan: TutorPlan, locked: Sequence[date]) -> None:
    """Add the slots, their entries and the bookings, and commit."""
    tutor_id = state.tutor_id
    days = {day: state.days.get(day, Day(day)) for day in sorted(plan.slots)}
    now = changed_at(state.now, (day.updated_at for day in days.values()))
    changes = tuple(
        DayChange(on, day.version + 1, SlotDiff(added=tuple(sorted(plan.slots[on])))) for on, day in days.items()
    )
    change_set = ChangeSet(uuid4(), tutor_id, now, None, "import", None, changes)
    statements: list[tuple[str, dict[str, object]]] = []
    added = [(change.date, slot) for change in changes for slot in change.diff.added]
    if locked:
        raised = {
            "dates": array(days),
            "counts": array(change.diff.size for change in changes),
            "untouched": array(day for day in locked if day not in days),
            "now": now,
        }
        statements.append((RAISE_VERSIONS, {"tutor_id": tutor_id, **raised}))
    if added:
        columns = {
            "dates": array(day for day, _ in added),
            "start_times": array(slot.start for _, slot in added),
            "durations": array(slot.duration_minutes for _, slot in added),
            "zones": array(slot.zone for _, slot in added),
            "now": now,
        }
        statements.append((ADD_SLOTS, {"tutor_id": tutor_id, **columns}))
    if plan.bookings:
        dates = array({booking.date for booking in plan.bookings})
        statements.append((EXPIRE_HOLDS, {"tutor_id": tutor_id, "dates": dates, "now": state.now}))
        statements.append((ADD_BOOKINGS, {"tutor_id": tutor_id, "rows": _json(plan.bookings)}))
    try:
        pipeline(connection, *statements, commit=not added)
        if added:
            write(connection, change_set, commit=True)
    except DatabaseError as error:
        if sqlstate(error) in (FOREIGN_KEY_VIOLATION, UNIQUE_VIOLATION):
            raise ConcurrentChange from error
        raise


def _json(bookings: Sequence[NewBooking]) -> str:
    return orjson.dumps([booking._asdict() for booking in bookings]).decode()
