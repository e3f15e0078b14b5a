"""Save and publish weekly schedules, as changes of days with the reason `schedule`.

A transaction locks the row of the schedule first, then days, as every edit does. So two transactions that publish the
same schedule take turns.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection

from common.changes import Change, Edits, Request
from common.core.availability import Day
from common.core.caller import Caller
from common.core.publication import Kept, Published, earliest_date, plan_publication
from common.core.schedule import ScheduleEdit, StoredSchedule, horizon, slots_by_date
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


def extend_schedule(ledger: Ledger, tutor_id: UUID) -> Published:
    """Publish the dates that follow the published ones, in the name of the user who saved the schedule.

    This changes nothing if the tutor is inactive or has no schedule.
    """
    return _publish(ledger, tutor_id, PROGRAM)


def _publish(
    ledger: Ledger,
    tutor_id: UUID,
    caller: Caller,
    changed_by: str | None = None,
    edit: ScheduleEdit | None = None,
    is_dry_run: bool = False,
) -> Published:
    """Publish the schedule of the edit; without an edit, the dates that follow the published ones."""
    before = after = StoredSchedule()
    kept: Sequence[Kept] = ()

    def find_edits(connection: Connection, change: Change) -> Request:
        nonlocal before, after
        now = ledger.clock()
        first = earliest_date(now)
        found = read_to_publish(connection, tutor_id, change.caller, first, lock=not change.is_dry_run)
        if found is None:
            raise change.caller.not_found()
        zone, is_active, before, schedule_versions = found
        after = before if edit is None else _edited(before, edit, changed_by)
        schedule, published, last_date = after.schedule, before.published_through, None
        if schedule is not None:
            zone = schedule.time_zone or zone
            last_date = horizon(today(time_zone(zone), now), schedule.weeks_ahead)
        if edit is not None:
            # A schedule that was published further ahead may still have days there.
            last = max(day for day in (first, last_date, published, *schedule_versions) if day is not None)
        elif is_active and last_date is not None and (published is None or published < last_date):
            first, last = max(first, published + ONE_DAY if published is not None else first), last_date
        else:
            last, last_date = first - ONE_DAY, published  # nothing to publish
        after = replace(after, published_through=last_date)
        wanted = slots_by_date(schedule, zone, first, last, last_date)

        def make_edits(days: Mapping[date, Day], _: str, now: datetime) -> Edits:
            nonlocal kept
            overwrite = edit is not None and edit.overwrite
            plan = plan_publication(wanted, days, schedule_versions, now, overwrite=overwrite)
            kept = plan.kept
            taken = (day for day in plan.own_dates if day in days and days[day].version != schedule_versions.get(day))
            dates = {edit.date for edit in plan.edits} | {day for day in taken if days[day].version}
            if not dates and after == before:
                return Edits([])
            return Edits(
                plan.edits,
                lambda at: [*save_commands(tutor_id, before, after, at), mark_command(tutor_id, dates)],
            )

        # Some date has to be locked, also if the schedule gives no date anything.
        author = before.set_by if edit is None else changed_by
        return Request(author, {first: [], **wanted}, make_edits)

    outcome = ledger.save(Change(tutor_id, caller, find_edits, "schedule", is_dry_run=is_dry_run))
    return Published(outcome, replace(after, version=before.version) if is_dry_run else after, kept)


def _edited(before: StoredSchedule, edit: ScheduleEdit, changed_by: str | None) -> StoredSchedule:
    if edit.schedule == before.schedule:
        return before
    if edit.version not in (None, before.version):
        raise VersionMismatch(f"the schedule has version {before.version} now; merge your edit into it")
    return replace(before, schedule=edit.schedule, version=before.version + 1, set_by=changed_by)
