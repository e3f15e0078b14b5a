"""The answer of `PUT /update_availability`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time
from functools import partial
from uuid import UUID

from pydantic_core import MISSING

from common.core.audit import Action, slot_actions
from common.core.caller import Caller
from common.core.diffing import Audit, Conflict, Outcome
from common.web.availability import DayAnswer, day_answer
from common.web.booking_answers import BookingAnswer, booking_answer


@dataclass(frozen=True, slots=True)
class Changes:
    """How many slots an update added and removed. A slot whose duration changed counts as both."""

    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class SlotChange:
    """A slot that an update added or removed. `timeZone` is present only if it differs from the tutor's time zone."""

    date: date
    time: time
    duration_minutes: int
    action: Action
    time_zone: str | MISSING = MISSING


@dataclass(frozen=True, slots=True)
class Update:
    """The days after the update, and what changed.

    `cancelled`, with `cancelBookings` only, are the bookings that were cancelled; after a dry run, those that would be.
    `audit` is `deferred` if the change is saved, but its entries aren't in the log yet.
    """

    tutor_id: UUID
    days: list[DayAnswer]
    changes: Changes
    diff: list[SlotChange]
    change_set_id: UUID | None
    audit: Audit
    cancelled: list[BookingAnswer] | MISSING = field(default=MISSING, kw_only=True)


@dataclass(frozen=True, slots=True)
class DryRun(Update):
    """What an update would change, and the bookings that prevent it (`conflicts`). `days` are the current days."""

    conflicts: Sequence[Conflict]


def update_answer(outcome: Outcome, caller: Caller, *, cancels: bool) -> Update | DryRun:
    """Return the answer to an update. Its `diff` has the slots that changed, by date and time."""
    diff = [
        SlotChange(
            change.date,
            slot.start,
            slot.duration_minutes,
            action,
            MISSING if slot.zone == outcome.zone.key else slot.zone,
        )
        for change in outcome.changes
        for slot, action in slot_actions(change)
    ]
    added = sum(change.action == "ADDED" for change in diff)
    answer_type = partial(DryRun, conflicts=outcome.conflicts) if outcome.is_dry_run else Update
    return answer_type(
        tutor_id=outcome.tutor_id,
        days=[day_answer(day, outcome.zone) for day in outcome.days],
        changes=Changes(added, len(diff) - added),
        diff=diff,
        change_set_id=outcome.change_set_id,
        audit=outcome.audit,
        cancelled=[booking_answer(booking, caller) for booking in outcome.cancelled] if cancels else MISSING,
    )
