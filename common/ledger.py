"""Change slots: lock and read the days, plan and apply the edits, commit, write the log.

The functions change slots only through this module.

Slots first, log after: the log is written after the slots are committed, within a time budget. Nothing is lost
silently: entries that can't be written to the log go to the retry queue. If there is no queue or it can't be reached,
they go into a log line.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import uuid4

from sqlalchemy import Connection

from common import log, queue
from common.changes import Change
from common.clock import Clock
from common.config import Settings
from common.core.audit import ChangeSet, change_set_fields, changed_at, check_version
from common.core.availability import Day
from common.core.bookings import ACTIVE, Booking, cancelled
from common.core.diffing import Outcome, changed_slots, plan_update, slots_to_check
from common.core.overlap import check_overlaps, dates_near, utc_dates
from common.core.time_slots import check_date, check_slots
from common.core.zones import time_zone, today
from common.db.audit_log import NotRecorded, record
from common.db.booking_changes import CANCEL, read_bookings_of_slots
from common.db.engine import engine_for, in_transaction
from common.db.pool import retry_once
from common.db.slots import Command, ConcurrentChange, apply_changes, read_days_to_change
from common.db.statements import array
from common.errors import SlotBooked, Unavailable, VersionMismatch
from common.queue import NotQueued

ATTEMPTS = 4
MAX_CLOCK_DIFFERENCE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Ledger:
    """Changes days and writes the audit log."""

    settings: Settings
    clock: Clock
    request_id: str

    def save(self, change: Change) -> Outcome:
        """Change all of the days or none, then write the log; return the outcome.

        Raise `Forbidden` or `TutorNotFound` if the caller may not act for the tutor, `VersionMismatch` or `SlotBooked`
        if the current days don't allow the change. Raise the errors of `find_edits`, and those of `check_version` and
        `common.core` (a date, a slot or a zone isn't valid, or slots overlap). Raise `Unavailable` if the database
        can't be reached, or if bookings or imports changed the days during each of the attempts.
        """
        engine = engine_for(self.settings)
        change_set: ChangeSet | None = None

        def work(connection: Connection) -> Outcome:
            nonlocal change_set  # set before the commit, whose outcome may stay unknown
            outcome, change_set, locked, commands = self._plan(connection, change)
            if change_set is None:
                connection.rollback()  # also removes the rows that locking inserted
                return outcome
            at, by, why, to_cancel = (
                change_set.changed_at,
                change_set.changed_by,
                change.why_cancelled,
                outcome.cancelled,
            )
            ids = array(booking.booking_id for booking in to_cancel)
            cancel = CANCEL, {"tutor_id": change.tutor_id, "ids": ids, "now": at, "changed_by": by, "reason": why}
            apply_changes(connection, change_set, locked, [cancel] if to_cancel else [], commands)
            return replace(outcome, cancelled=[cancelled(booking, at, by, why) for booking in to_cancel])

        def attempt() -> tuple[Outcome, NotRecorded | None]:
            with engine.connect() as connection:
                outcome = in_transaction(connection, work)
                try:
                    if change_set is not None and change_set.changes:
                        record(connection, change_set, self.settings.audit_budget_ms)
                except NotRecorded as error:
                    return outcome, error
                return outcome, None

        for _ in range(ATTEMPTS):
            try:
                outcome, not_recorded = retry_once(attempt)
                break
            except ConcurrentChange:  # read and plan again
                continue
            except Unavailable as error:
                if error.outcome_unknown and change_set is not None:
                    self._log_deferred(change_set, "the outcome of the commit isn't known")
                raise
        else:
            raise Unavailable("these days are being changed by others right now; please try again")
        if change_set is None or not change_set.changes:
            return outcome
        if not_recorded is None:
            return replace(outcome, audit="recorded")
        self._defer(change_set, str(not_recorded))
        return replace(outcome, audit="deferred")

    def _plan(
        self, connection: Connection, change: Change
    ) -> tuple[Outcome, ChangeSet | None, set[date], Sequence[Command]]:
        """Lock the days (not for a dry run), read them, and plan the update.

        Return also the dates that are locked, and the statements to execute with the change. There is no change set for
        a dry run, and if nothing is to be saved.
        """
        tutor_id, caller, is_dry_run = change.tutor_id, change.caller, change.is_dry_run
        request = change.find_edits(connection, change)
        dates = sorted(request.slots)
        locked = {*dates, *utc_dates(request.slots)}
        near = dates_near(dates)
        lock_at = None if is_dry_run else self.clock()
        result = read_days_to_change(
            connection, tutor_id, min(near), max(near), caller, dates_to_lock=locked, lock_at=lock_at
        )
        if result is None:
            raise caller.not_found()
        tutor, database_now = result
        self._check_clock(self.clock() - database_now)
        now = self.clock.of_change(database_now)
        caller.require(tutor.user_id)
        zone = time_zone(tutor.time_zone)
        current_days = tuple(tutor.days.get(day, Day(day)) for day in dates)
        edits, commands = request.make_edits(tutor.days, tutor.time_zone, now)
        for each in edits:
            zones = {slot.zone for slot in changed_slots(each, tutor.days)} or {tutor.time_zone}
            for name in sorted(zones):
                check_date(each.date, today(time_zone(name), now), each.field_prefix)
            check_slots(each.date, slots_to_check(each, tutor.days), each.field_prefix)
        check_overlaps(edits, tutor.days)
        plan = plan_update(edits, tutor.days)
        if plan.outdated_dates:
            message = "a day has another version than the edit; merge your edit into the current days"
            raise VersionMismatch(message, current_days, zone)
        conflicts, to_cancel = plan.conflicts, list[Booking]()
        if change.cancels and conflicts:
            booked = read_bookings_of_slots(connection, tutor_id, [(each.date, each.time) for each in conflicts])
            to_cancel = [booking for booking in booked if booking.status in ACTIVE and booking.starts_at > now]
            cancelled_slots = {(booking.date, booking.start_time) for booking in to_cancel}
            conflicts = tuple(each for each in conflicts if (each.date, each.time) not in cancelled_slots)
        if conflicts and not is_dry_run:
            raise SlotBooked(conflicts)
        field_prefixes = {each.date: each.field_prefix for each in edits}
        for day_change in plan.changes:
            check_version(day_change, field_prefixes[day_change.date])
        after = {} if is_dry_run else {day.date: day for day in plan.days_after}
        days = tuple(after.get(day.date, day) for day in current_days)
        outcome = Outcome(tutor_id, zone, days, plan.changes, conflicts, is_dry_run=is_dry_run, cancelled=to_cancel)
        if is_dry_run or not (plan.changes or commands):
            return outcome, None, locked, []
        at = changed_at(now, (day.updated_at for day in current_days))
        change_set = ChangeSet(uuid4(), tutor_id, at, request.changed_by, change.reason, change.notes, plan.changes)
        outcome = replace(outcome, change_set_id=change_set.id if plan.changes else None)
        return outcome, change_set, locked, commands(at) if commands else []

    def _defer(self, change_set: ChangeSet, why: str) -> None:
        """Send the entries to the retry queue; if there is none or it can't be reached, write them into a log line."""
        if self.settings.audit_queue_url is not None:
            try:
                # Writing the log may have taken the whole budget. Sending gets half a budget, so that the caller waits
                # at most one and a half budgets, and up to two seconds more if the queue's client has to be created.
                queue.send(self.settings.audit_queue_url, change_set, self.settings.audit_budget_ms // 2)
            except NotQueued as error:
                why += f"; not queued: {error}"
            else:
                fields = {"why": why, "changeSetId": str(change_set.id)}
                log.write("WARNING", "audit deferred", requestId=self.request_id, **fields)
                return
        self._log_deferred(change_set, why)

    def _log_deferred(self, change_set: ChangeSet, why: str) -> None:
        """Write the change set into log lines, one for each day, from which its entries can be recovered."""
        for part in change_set.split_by_day():
            fields = change_set_fields(part)
            log.write("WARNING", "audit deferred", requestId=self.request_id, why=why, changeSet=fields)

    def _check_clock(self, ahead: timedelta) -> None:
        """Write a log line if this clock differs too much from the database's clock; an alarm counts these lines."""
        seconds = round(ahead.total_seconds(), 1)
        if abs(seconds) > MAX_CLOCK_DIFFERENCE_SECONDS:
            log.write("WARNING", "clock differs from the database's", requestId=self.request_id, secondsAhead=seconds)
