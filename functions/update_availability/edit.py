"""What an update makes of the days: lock them, read them, plan (design rules 4 and 5)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from uuid import uuid4

from sqlalchemy import Connection

from common.core.audit import ChangeSet, Reason, changed_at, undoing
from common.core.availability import Day
from common.core.diffing import DayEdit, Outcome, plan_update
from common.core.time_slots import check_date, check_slots, time_zone, today
from common.db.audit_log import read_change_set
from common.db.slots import lock_days, read_days
from common.errors import SlotBooked, VersionMismatch
from common.web.endpoint import Call
from common.web.update import EditDay, EditDays, Revert


@dataclass(frozen=True, slots=True)
class Planned:
    """What is to be answered, and to be done: a dry run, or an edit that changes nothing, has no change set.

    The `locked` dates are held until the transaction ends.
    """

    outcome: Outcome
    change_set: ChangeSet | None
    locked: list[date]


def plan_edit(connection: Connection, body: EditDay | EditDays | Revert, edits: list[DayEdit], call: Call) -> Planned:
    """Plan what the body asks for; `edits` are the days it names, none when it is a revert."""
    caller = call.caller
    undone = None
    if isinstance(body, Revert):
        undone = read_change_set(
            connection, body.tutor_id, body.revert, user_id=caller.user_id, is_admin=caller.is_admin
        )
        if undone is None:
            raise caller.not_found()
    dates = sorted({each.date for each in (edits if undone is None else undone)})
    if not body.dry_run:
        lock_days(connection, body.tutor_id, dates, call.clock(), user_id=caller.user_id, is_admin=caller.is_admin)
    tutor = read_days(connection, body.tutor_id, dates[0], dates[-1])
    if tutor is None:
        raise caller.not_found()
    zone = time_zone(tutor.time_zone)
    now = call.clock()  # after the locks: versions and instants may not disagree
    if undone is not None:
        edits = [replace(edit, field=f"revert[{edit.date}].") for edit in undoing(undone, tutor.days)]
    for edit in edits:
        # Days of which nothing is left to undo may be over, or hold slots that today's rules would refuse.
        if undone is None or set(edit.slots) != set(_day(tutor.days, edit.date).slots):
            check_date(edit.date, today(zone, now), edit.field)
            check_slots(edit.date, edit.slots, zone, edit.field)
    caller.require(tutor.user_id)

    plan = plan_update(edits, tutor.days)
    standing = [_day(tutor.days, day) for day in dates]
    if plan.outdated:
        raise VersionMismatch(standing, zone)
    if plan.conflicts and not body.dry_run:
        raise SlotBooked(plan.conflicts)
    change_set = None
    if plan.changes and not body.dry_run:
        change_set = ChangeSet(
            id=uuid4(),
            tutor_id=body.tutor_id,
            changed_at=changed_at(now, (day.updated_at for day in standing)),
            changed_by=caller.user_id,
            reason=_reason(body, is_admin=caller.is_admin),
            notes=body.notes,
            changes=plan.changes,
        )
    outcome = Outcome(
        tutor_id=body.tutor_id,
        zone=zone,
        days=tuple(standing) if body.dry_run else plan.days_after,
        changes=plan.changes,
        conflicts=plan.conflicts,
        is_dry_run=body.dry_run,
        change_set_id=change_set.id if change_set else None,
    )
    return Planned(outcome, change_set, dates)


def _day(days: Mapping[date, Day], day: date) -> Day:
    return days.get(day, Day(day))


def _reason(body: EditDay | EditDays | Revert, *, is_admin: bool) -> Reason:
    if isinstance(body, Revert):
        return "revert"
    return body.reason or ("admin_action" if is_admin else "tutor_edit")
