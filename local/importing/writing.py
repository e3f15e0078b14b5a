"""Adding the slots and bookings of one tutor, in one transaction.

The log is written in the same transaction as the slots: an import may fail as a whole, and can be started again.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import orjson
from pg8000.exceptions import DatabaseError
from sqlalchemy import Connection, Engine

from common.core.audit import ChangeSet, changed_at
from common.core.availability import Day
from common.core.diffing import DayChange, SlotDiff
from common.db.audit_log import write
from common.db.engine import pipeline
from common.db.pool import retry_once
from common.db.slots import ADD_SLOTS
from common.db.sqlstate import FOREIGN_KEY_VIOLATION, UNIQUE_VIOLATION, sqlstate
from common.db.statements import array
from common.errors import Unavailable
from local.importing.planning import plan_tutor
from local.importing.reading import StatementAndValues, dates_to_lock, read_state
from local.importing.rows import BookingRow, SlotRow
from local.importing.state import TutorPlan, TutorState
from local.importing.transactions import transaction

ATTEMPTS = 4
SLOTS_AT_A_TIME = 2_000

# Deletes the rows that locking inserted for days without new slots.
DELETE_UNTOUCHED = """
delete from tutor_days where tutor_id = :tutor_id and version = 0 and date = any(cast(:dates as date[]))
"""

# 1 if repair has handled all earlier versions. The log has all entries of the new version, so it is handled, too.
IS_HANDLED = "cast(repaired_version = version and repaired_versions is not null as integer)"
RAISE_VERSIONS = f"""
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
            with transaction(self._engine) as connection:
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
        locked = dates_to_lock(slots, zone)
        state = read_state(connection, tutor_id, zone, slots, bookings, () if self._is_dry_run else locked)
        plan = plan_tutor(state, slots, bookings)
        if self._is_dry_run or not (plan.slots or plan.bookings):
            connection.rollback()  # also removes the rows that locking inserted
        else:
            _apply(connection, state, plan, locked)
        return plan


def _apply(connection: Connection, state: TutorState, plan: TutorPlan, locked: Collection[date]) -> None:
    """Add the slots, their entries and the bookings, and commit."""
    days = {day: state.days.get(day, Day(day)) for day in sorted(plan.slots)}
    changes = tuple(
        DayChange(on, day.version + 1, SlotDiff(added=tuple(sorted(plan.slots[on])))) for on, day in days.items()
    )
    now = changed_at(state.now, (day.updated_at for day in days.values()))
    change_set = ChangeSet(uuid4(), state.tutor_id, now, None, "import", None, changes)
    untouched = {"tutor_id": state.tutor_id, "dates": array(day for day in locked if day not in days)}
    try:
        statements: list[StatementAndValues] = [(DELETE_UNTOUCHED, untouched)] if locked else []
        for part in _parts(change_set):
            pipeline(connection, *statements, *_slot_statements(part))
            write(connection, part)
            statements = []
        pipeline(connection, *statements, *_booking_statements(state, plan), commit=True)
    except DatabaseError as error:
        if sqlstate(error) in (FOREIGN_KEY_VIOLATION, UNIQUE_VIOLATION):
            raise ConcurrentChange from error
        raise


def _parts(change_set: ChangeSet) -> Iterator[ChangeSet]:
    """Yield the change set in parts of some days each, to limit the memory."""
    changes: list[DayChange] = []
    size = 0
    for change in change_set.changes:
        changes.append(change)
        size += change.diff.size
        if size >= SLOTS_AT_A_TIME:
            yield replace(change_set, changes=tuple(changes))
            changes, size = [], 0
    if changes:
        yield replace(change_set, changes=tuple(changes))


def _slot_statements(change_set: ChangeSet) -> list[StatementAndValues]:
    days = {
        "dates": array(change.date for change in change_set.changes),
        "counts": array(change.diff.size for change in change_set.changes),
    }
    added = [(change.date, slot) for change in change_set.changes for slot in change.diff.added]
    slots = {
        "dates": array(day for day, _ in added),
        "start_times": array(slot.start for _, slot in added),
        "durations": array(slot.duration_minutes for _, slot in added),
        "zones": array(slot.zone for _, slot in added),
    }
    common = {"tutor_id": change_set.tutor_id, "now": change_set.changed_at}
    return [(RAISE_VERSIONS, {**common, **days}), (ADD_SLOTS, {**common, **slots})]


def _booking_statements(state: TutorState, plan: TutorPlan) -> list[StatementAndValues]:
    if not plan.bookings:
        return []
    dates = array({booking.date for booking in plan.bookings})
    rows = orjson.dumps([booking._asdict() for booking in plan.bookings]).decode()
    return [
        (EXPIRE_HOLDS, {"tutor_id": state.tutor_id, "dates": dates, "now": state.now}),
        (ADD_BOOKINGS, {"tutor_id": state.tutor_id, "rows": rows}),
    ]
