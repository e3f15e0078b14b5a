"""Change slots: lock and read the days, plan and apply the edits, commit, write the log.

The functions change slots only through this module.

Slots first, log after: the log is written after the slots are committed, within a time budget. Nothing is lost
silently: entries that can't be written to the log go to the retry queue. If there is no queue or it can't be reached,
they go into a log line.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID, uuid4

from sqlalchemy import Connection

from common import log, queue
from common.clock import Clock
from common.config import Settings
from common.core.audit import ChangeSet, Reason, change_set_fields, changed_at, check_version, edits_to_revert
from common.core.availability import Day
from common.core.bookings import ACTIVE, Booking, cancelled
from common.core.caller import Caller
from common.core.diffing import DayEdit, Outcome, changed_slots, plan_update, with_zones
from common.core.overlap import check_overlaps, dates_near, utc_dates
from common.core.time_slots import TimeSlot, check_date, check_slots
from common.core.zones import time_zone, today
from common.db.audit_log import NotRecorded, read_change_set, record
from common.db.booking_changes import CANCEL, read_bookings_of_slots
from common.db.engine import engine_for, in_transaction
from common.db.pool import retry_once
from common.db.slots import ConcurrentChange, apply_changes, read_days_to_change
from common.db.statements import array
from common.errors import SlotBooked, Unavailable, VersionMismatch
from common.queue import NotQueued

ATTEMPTS = 4
MAX_CLOCK_DIFFERENCE_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Change:
    """A requested change of a tutor's days: the caller, the edits, and the reason. A dry run changes nothing.

    `find_edits` is called in the transaction, before anything is locked. With `cancels`, the bookings of slots that the
    change removes are cancelled, for the reason `why_cancelled`.
    """

    tutor_id: UUID
    caller: Caller
    find_edits: "FindEdits"
    reason: Reason
    notes: str | None = None
    is_dry_run: bool = False
    cancels: bool = False
    why_cancelled: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """The slots that a change may add, on each date that it changes, and a function that makes the edits.

    The function gets the current days and the tutor's zone.
    """

    slots: Mapping[date, Collection[TimeSlot]]
    make_edits: Callable[[Mapping[date, Day], str], Sequence[DayEdit]]


FindEdits = Callable[[Connection, Change], Request]


def edits_that_replace(edits: Sequence[DayEdit]) -> FindEdits:
    """Return a function for `Change.find_edits`: each day gets the slots of its edit, and no others."""
    slots = {each.date: each.slots for each in edits}
    return lambda *_: Request(slots, lambda days, zone: [with_zones(each, days, zone) for each in edits])


def edits_that_undo(change_set_id: UUID) -> FindEdits:
    """Return a function for `Change.find_edits`: it undoes a change set, except changes that are already undone."""

    def find_edits(connection: Connection, change: Change) -> Request:
        entries = read_change_set(connection, change.tutor_id, change_set_id, change.caller)
        if entries is None:
            raise change.caller.not_found()
        slots: dict[date, set[TimeSlot]] = {}
        for entry in entries:
            slots.setdefault(entry.date, set()).add(entry.slot)
        return Request(slots, lambda days, _: edits_to_revert(entries, days))

    return find_edits


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
            outcome, change_set, locked = self._plan(connection, change)
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
            apply_changes(connection, change_set, locked, [cancel] if to_cancel else [])
            return replace(outcome, cancelled=[cancelled(booking, at, by, why) for booking in to_cancel])

        def attempt() -> tuple[Outcome, NotRecorded | None]:
            with engine.connect() as connection:
                outcome = in_transaction(connection, work)
                try:
                    if change_set is not None:
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
        if change_set is None:
            return outcome
        if not_recorded is None:
            return replace(outcome, audit="recorded")
        self._defer(change_set, str(not_recorded))
        return replace(outcome, audit="deferred")

    def _plan(self, connection: Connection, change: Change) -> tuple[Outcome, ChangeSet | None, set[date]]:
        """Lock the days (not for a dry run), read them, and plan the update; return also the dates that are locked.

        There is no change set for a dry run, and for an edit that changes nothing.
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
        edits = request.make_edits(tutor.days, tutor.time_zone)
        for each in edits:
            zones = {slot.zone for slot in changed_slots(each, tutor.days)} or {tutor.time_zone}
            for name in sorted(zones):
                check_date(each.date, today(time_zone(name), now), each.field_prefix)
            check_slots(each.date, each.slots, each.field_prefix)
        check_overlaps(edits, tutor.days)
        plan = plan_update(edits, tutor.days)
        if plan.outdated_dates:
            raise VersionMismatch(current_days, zone)
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
        if not plan.changes or is_dry_run:
            return outcome, None, locked
        at = changed_at(now, (day.updated_at for day in current_days))
        change_set = ChangeSet(uuid4(), tutor_id, at, caller.user_id, change.reason, change.notes, plan.changes)
        return replace(outcome, change_set_id=change_set.id), change_set, locked

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
        """Write the whole change set into one log line, from which its entries can be recovered."""
        fields = change_set_fields(change_set)
        log.write("WARNING", "audit deferred", requestId=self.request_id, why=why, changeSet=fields)

    def _check_clock(self, ahead: timedelta) -> None:
        """Write a log line if this clock differs too much from the database's clock; an alarm counts these lines."""
        seconds = round(ahead.total_seconds(), 1)
        if abs(seconds) > MAX_CLOCK_DIFFERENCE_SECONDS:
            log.write("WARNING", "clock differs from the database's", requestId=self.request_id, secondsAhead=seconds)
