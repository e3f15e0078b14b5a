"""Save and publish weekly schedules, as changes of days with the reason `schedule`.

A transaction locks the row of the schedule first, then days, as every edit does. So two transactions that publish the
same schedule take turns.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from common.changes import Change, Edits, Request
from common.core.availability import Day
from common.core.caller import Caller
from common.core.publication import Kept, Published, earliest_date, plan_publication
from common.core.schedule import ScheduleEdit, StoredSchedule, slots_by_date
from common.core.zones import time_zone, today
from common.db.schedules import mark_command, read_to_publish, save_commands
from common.errors import VersionMismatch
from common.ledger import Ledger

PROGRAM = Caller("publish_schedules", is_admin=True)
ONE_DAY = timedelta(days=1)


def save_schedule(
    ledger: Ledger,
    tutor_id: UUID,
    caller: Caller,
    changed_by: str | None,
    edit: ScheduleEdit,
    *,
    is_dry_run: bool = False,
) -> Published:
    """Save a schedule and publish it: all of it or nothing.

    Raise `VersionMismatch` if the schedule has another version, and the errors of `Ledger.save`.
    """
    return _publish(ledger, tutor_id, caller, changed_by, edit, is_dry_run)


def extend_schedule(ledger: Ledger, tutor_id: UUID, set_by: str | None) -> Published:
    """Publish the dates that follow the published ones, in the name of the user who saved the schedule."""
    return _publish(ledger, tutor_id, PROGRAM, set_by, None)


def _publish(
    ledger: Ledger,
    tutor_id: UUID,
    caller: Caller,
    changed_by: str | None,
    edit: ScheduleEdit | None,
    is_dry_run: bool = False,
) -> Published:
    """Publish the schedule of the edit; without an edit, the dates that follow the published ones."""
    after, kept = StoredSchedule(), list[Kept]()

    def find_edits(connection: Connection, change: Change) -> Request:
        nonlocal after
        now = ledger.clock()
        first = earliest_date(now)
        found = read_to_publish(connection, tutor_id, change.caller, first, lock=not change.is_dry_run)
        if found is None:
            raise change.caller.not_found()
        zone, before, schedule_versions = found
        after = before if edit is None else _edited(before, edit, changed_by)
        schedule, published = after.schedule, before.published_through
        horizon = None
        if schedule is not None:
            zone = schedule.time_zone or zone
            horizon = schedule.horizon(today(time_zone(zone), now))
        if edit is None and published is not None:
            first = max(first, published + ONE_DAY)
            horizon = max(horizon or published, published)
        after = replace(after, published_through=horizon)
        last = max(day for day in (first - ONE_DAY, horizon, published) if day is not None)
        wanted = slots_by_date(schedule, zone, first, last, horizon)

        def make_edits(days: Mapping[date, Day], _: str, now: datetime) -> Edits:
            nonlocal kept
            overwrite = edit is not None and edit.overwrite
            plan = plan_publication(wanted, days, schedule_versions, now, overwrite=overwrite)
            kept = list(plan.kept)
            taken = (day for day in plan.own_dates if day in days and days[day].version != schedule_versions.get(day))
            dates = {edit.date for edit in plan.edits} | {day for day in taken if days[day].version}
            if not dates and after == before:
                return Edits([])
            return Edits(
                plan.edits,
                lambda at: [*save_commands(tutor_id, before, after, at), mark_command(tutor_id, dates)],
            )

        # Some date has to be locked, also if the schedule gives no date anything.
        return Request({first: [], **wanted}, make_edits)

    outcome = ledger.save(Change(tutor_id, caller, changed_by, find_edits, "schedule", is_dry_run=is_dry_run))
    return Published(outcome, after, kept)


def _edited(before: StoredSchedule, edit: ScheduleEdit, changed_by: str | None) -> StoredSchedule:
    if edit.schedule == before.schedule:
        return before
    if edit.version not in (None, before.version):
        raise VersionMismatch(f"the schedule has version {before.version} now; merge your edit into it")
    return replace(before, schedule=edit.schedule, version=before.version + 1, set_by=changed_by)
