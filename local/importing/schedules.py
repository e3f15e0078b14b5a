"""Saving the weekly schedule that a tutor's rows of schedules.csv make.

It is published at once, as a schedule that an admin saves. So dates that slots.csv has filled are kept, as dates that
were edited by hand. If an import saved the schedule, and nobody has changed it since, corrected and new rows are added.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from common.clock import Clock
from common.config import Settings
from common.core.caller import Caller
from common.core.schedule import MAX_SLOTS_PER_WEEK, ScheduleEdit, StoredSchedule, WeeklySchedule, WeeklySlot
from common.db.pool import pool_for
from common.db.schedules import read_schedule
from common.errors import SlotledgerError, Unavailable, VersionMismatch
from common.ledger import Ledger
from common.schedules import save_schedule
from local.importing.files import InvalidRow
from local.importing.rows import INVALID, SCHEDULES, ScheduleRow
from local.importing.state import ADDED, UNCHANGED, TutorPlan

PROGRAM = Caller("import", is_admin=True)
AUDIT_BUDGET_MS = 60_000  # an import can wait for the log
SETTINGS = ScheduleRow._fields[4:]  # they have to be the same in all rows of a tutor
MINUTES_PER_WEEK = 7 * 24 * 60
EDITED = InvalidRow(
    "",
    "schedule_edited",
    "the tutor has another weekly schedule, or withdrew it: change it with PUT /weekly_schedule, or correct the rows",
)


class ScheduleImport:
    """Saves the schedule of one tutor after another, or only checks it in a dry run."""

    def __init__(self, settings: Settings, *, is_dry_run: bool) -> None:
        self._ledger = Ledger(replace(settings, audit_budget_ms=AUDIT_BUDGET_MS), Clock(), PROGRAM.user_id)
        self._pool, self._is_dry_run = pool_for(settings), is_dry_run

    def run(self, tutor_id: UUID, rows: Iterable[ScheduleRow], plan: TutorPlan) -> None:
        """Save the schedule that a tutor's rows make, and add the outcome of each row to the plan.

        Raise `Unavailable` if the database can't be reached, or if others changed the days during each attempt.
        """
        if not (accepted := _accept(rows, plan)):
            return
        slots = sorted(WeeklySlot(row.weekday, row.start, row.duration_minutes) for row in accepted)
        try:
            standing = self._save(tutor_id, WeeklySchedule(*accepted[0][4:], tuple(slots), ()))
        except Unavailable:
            raise
        except SlotledgerError as error:
            reason = EDITED if isinstance(error, VersionMismatch) else InvalidRow("", INVALID, str(error))
            plan.rejected += [(SCHEDULES, row.line, reason) for row in accepted]
        else:
            plan.counts += Counter((SCHEDULES, UNCHANGED if slot in standing else ADDED) for slot in slots)

    def _save(self, tutor_id: UUID, schedule: WeeklySchedule) -> Collection[WeeklySlot]:
        """Save a schedule; return the slots that were stored before.

        Raise `VersionMismatch` if the tutor has, or had, another schedule.
        """
        stored = read_schedule(self._pool, tutor_id, PROGRAM)
        if stored is None and self._is_dry_run:
            return ()  # the tutor is one that the run would add
        stored = stored or StoredSchedule()
        before = stored.schedule
        standing = before.slots if before is not None else ()
        if before != schedule:
            only_adds = (
                stored.set_by is None  # an import saved it
                and before is not None
                and {*standing} <= {*schedule.slots}
                and replace(before, slots=schedule.slots) == schedule
            )
            edit = ScheduleEdit(schedule, version=stored.version if only_adds else 0)
            save_schedule(self._ledger, tutor_id, PROGRAM, None, edit, is_dry_run=self._is_dry_run)
        return standing


def _accept(rows: Iterable[ScheduleRow], plan: TutorPlan) -> list[ScheduleRow]:
    """Return the rows that fit together. Of two rows that don't, the first one is accepted."""
    accepted: list[ScheduleRow] = []
    for row in rows:
        try:
            _check(row, accepted)
        except InvalidRow as error:
            plan.rejected.append((SCHEDULES, row.line, error))
        else:
            accepted.append(row)
    return accepted


def _check(row: ScheduleRow, accepted: Sequence[ScheduleRow]) -> None:
    """Raise `InvalidRow` if a row doesn't fit to the accepted ones."""
    first = accepted[0] if accepted else row
    for column in SETTINGS:
        if getattr(row, column) != (value := getattr(first, column)):
            message = f"line {first.line} has {value or 'none'}: all rows of a tutor need the same {column}"
            raise InvalidRow(column, "different_schedule", message)
    if len(accepted) == MAX_SLOTS_PER_WEEK:
        raise InvalidRow("", "too_many_slots", f"the tutor has {MAX_SLOTS_PER_WEEK} slots a week already, the limit")
    period = MINUTES_PER_WEEK * row.every_weeks  # the last slot may reach into the first one of the next week
    for other in accepted:
        later = _minute_of_week(row) - _minute_of_week(other)
        if later % period < other.duration_minutes or -later % period < row.duration_minutes:
            raise InvalidRow("time", "overlapping_slots", f"it overlaps the slot of line {other.line}")


def _minute_of_week(row: ScheduleRow) -> int:
    return (row.weekday * 24 + row.start.hour) * 60 + row.start.minute
