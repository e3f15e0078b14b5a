"""The one door for whoever changes slots: lock the days, read them, plan, apply, commit; then the log, best effort.

The order of things keeps design rules 2 and 3: the slots are committed; the log comes after, within a budget; what it
doesn't take goes to the retry queue, and what that doesn't take, into a line of the function's own log.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import partial
from uuid import UUID, uuid4

from sqlalchemy import Connection

from common import log, queue
from common.config import Settings
from common.core.audit import ChangeSet, Reason, change_set_fields, changed_at, edits_to_revert
from common.core.availability import Day
from common.core.caller import Caller
from common.core.diffing import DayEdit, Outcome, plan_update
from common.core.time_slots import check_date, check_slots, time_zone, today
from common.db.audit_log import NotRecorded, read_change_set, record
from common.db.engine import engine_for, in_transaction
from common.db.pool import retry_once
from common.db.slots import ConcurrentChange, apply_changes, read_days_to_change
from common.errors import SlotBooked, Unavailable, VersionMismatch
from common.queue import NotQueued

ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class Change:
    """Who wants to change which days of a tutor, and why; a dry run changes nothing.

    `find` is asked within the transaction, before anything is locked: for the dates, and for what is wanted of them.
    """

    tutor_id: UUID
    caller: Caller
    find: "Find"
    reason: Reason
    notes: str | None = None
    is_dry_run: bool = False


Edits = Callable[[Mapping[date, Day]], Sequence[DayEdit]]
"""What is wanted of the days, once they are known as they stand."""

Find = Callable[[Connection, Change], tuple[Collection[date], Edits]]


def replace_slots(edits: Sequence[DayEdit]) -> Find:
    """Let each day have the slots of its edit, and no others."""
    return lambda *_: ({each.date for each in edits}, lambda _: edits)


def undo_change_set(change_set_id: UUID) -> Find:
    """Undo what still stands of a change set."""

    def find(connection: Connection, change: Change) -> tuple[Collection[date], Edits]:
        entries = read_change_set(connection, change.tutor_id, change_set_id, change.caller)
        if entries is None:
            raise change.caller.not_found()
        return {entry.date for entry in entries}, partial(edits_to_revert, entries)

    return find


@dataclass(frozen=True, slots=True)
class Ledger:
    """Changes days, and remembers it."""

    settings: Settings
    clock: Callable[[], datetime]
    request_id: str

    def save(self, change: Change) -> Outcome:
        """Change the days, all or nothing, then write the log; return what was saved.

        Raises `VersionMismatch` or `SlotBooked` where a day stands otherwise, and what the rules of slots refuse.
        """
        engine = engine_for(self.settings)
        change_set: ChangeSet | None = None

        def work(connection: Connection) -> Outcome:
            nonlocal change_set
            outcome, change_set, locked = self._plan(connection, change)
            if change_set is None:
                connection.rollback()  # nothing is written, not even the rows that locking made
            else:  # it is known before it is applied: whether it was may never become known
                apply_changes(connection, change_set, locked)
            return outcome

        def attempt() -> tuple[Outcome, str]:
            with engine.connect() as connection:
                outcome = in_transaction(connection, work)
                if change_set is None:
                    return outcome, ""
                try:
                    record(connection, change_set, self.settings.audit_budget_ms)
                except NotRecorded as why:
                    return replace(outcome, audit="deferred"), str(why)
                return replace(outcome, audit="recorded"), ""

        for _ in range(ATTEMPTS):
            try:
                outcome, why_not = retry_once(attempt)
                break
            except ConcurrentChange:  # by a booking, or somebody who doesn't take the lock; the next plan will show it
                continue
            except Unavailable as error:
                if error.outcome_unknown and change_set is not None:
                    self._save_in_a_line(change_set, "the outcome of its commit isn't known")
                raise
        else:
            raise Unavailable("these days are being changed by others right now; please try again")
        if change_set is not None and outcome.audit == "deferred":
            self._defer(change_set, why_not)
        return outcome

    def _plan(self, connection: Connection, change: Change) -> tuple[Outcome, ChangeSet | None, list[date]]:
        """Lock the days, read them, and plan; a dry run, or an edit that changes nothing, has no change set."""
        tutor_id, caller, is_dry_run = change.tutor_id, change.caller, change.is_dry_run
        found, edits_of = change.find(connection, change)
        dates = sorted(found)
        tutor = read_days_to_change(connection, tutor_id, dates, caller, lock_at=None if is_dry_run else self.clock())
        if tutor is None:
            raise caller.not_found()
        caller.require(tutor.user_id)
        zone = time_zone(tutor.time_zone)
        now = self.clock()  # after the locks: versions and instants may not disagree
        standing = tuple(tutor.days.get(day, Day(day)) for day in dates)
        edits = edits_of(tutor.days)
        for each in edits:
            check_date(each.date, today(zone, now), each.field)
            check_slots(each.date, each.slots, zone, each.field)
        plan = plan_update(edits, tutor.days)
        if plan.outdated_dates:
            raise VersionMismatch(standing, zone)
        if plan.conflicts and not is_dry_run:
            raise SlotBooked(plan.conflicts)
        after = {} if is_dry_run else {day.date: day for day in plan.days_after}
        days = tuple(after.get(day.date, day) for day in standing)
        outcome = Outcome(tutor_id, zone, days, plan.changes, plan.conflicts, is_dry_run=is_dry_run)
        if not plan.changes or is_dry_run:
            return outcome, None, dates
        at = changed_at(now, (day.updated_at for day in standing))
        change_set = ChangeSet(uuid4(), tutor_id, at, caller.user_id, change.reason, change.notes, plan.changes)
        return replace(outcome, change_set_id=change_set.id), change_set, dates

    def _defer(self, change_set: ChangeSet, why: str) -> None:
        """Send the entries to the retry queue; where there is none, or it can't be reached, a line has to keep them."""
        if self.settings.audit_queue_url is not None:
            try:
                # The log has had its whole budget by now, perhaps; half as much again is what a caller can bear.
                queue.send(self.settings.audit_queue_url, change_set, self.settings.audit_budget_ms // 2)
            except NotQueued as why_not:
                why += f"; not queued: {why_not}"
            else:
                told = {"why": why, "changeSetId": str(change_set.id)}
                log.write("WARNING", "audit deferred", requestId=self.request_id, **told)
                return
        self._save_in_a_line(change_set, why)

    def _save_in_a_line(self, change_set: ChangeSet, why: str) -> None:
        """Write the whole change set into one warning line, from which its entries can be recovered."""
        fields = change_set_fields(change_set)
        log.write("WARNING", "audit deferred", requestId=self.request_id, why=why, changeSet=fields)
