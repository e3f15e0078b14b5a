"""A change of a tutor's days, as the ledger gets it: who asks for it, and a function that finds the edits."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from common.core.audit import Reason, edits_to_revert
from common.core.availability import Day
from common.core.caller import Caller
from common.core.diffing import DayEdit, with_zones
from common.core.time_slots import TimeSlot
from common.db.audit_log import read_change_set
from common.db.slots import Command


@dataclass(frozen=True, slots=True)
class Change:
    """A requested change of a tutor's days: the caller, the edits, and the reason. A dry run changes nothing.

    `find_edits` is called in the transaction, before days are locked. With `cancels`, the bookings of slots that the
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


class Edits(NamedTuple):
    """The edits of a change, and statements that save something else with it, even if no slot changes.

    `commands` gets the instant of the change. Its statements are executed after the slots and versions are changed.
    """

    edits: Sequence[DayEdit]
    commands: Callable[[datetime], Sequence[Command]] | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """The slots that a change may add, on each date that it changes, and a function that makes the edits.

    The function gets the current days, the tutor's zone and the current instant. `changed_by` is the user whom the log
    names; None if a program makes the change.
    """

    changed_by: str | None
    slots: Mapping[date, Collection[TimeSlot]]
    make_edits: Callable[[Mapping[date, Day], str, datetime], Edits]


FindEdits = Callable[[Connection, Change], Request]


def edits_that_replace(edits: Sequence[DayEdit]) -> FindEdits:
    """Return a function for `Change.find_edits`: each day gets the slots of its edit, and no others."""
    slots = {each.date: each.slots for each in edits}

    def make_edits(days: Mapping[date, Day], zone: str, _: datetime) -> Edits:
        return Edits([with_zones(each, days, zone) for each in edits])

    return lambda _, change: Request(change.caller.user_id, slots, make_edits)


def edits_that_undo(change_set_id: UUID) -> FindEdits:
    """Return a function for `Change.find_edits`: it undoes a change set, except changes that are already undone."""

    def find_edits(connection: Connection, change: Change) -> Request:
        entries = read_change_set(connection, change.tutor_id, change_set_id, change.caller)
        if entries is None:
            raise change.caller.not_found()
        slots: dict[date, set[TimeSlot]] = {}
        for entry in entries:
            slots.setdefault(entry.date, set()).add(entry.slot)
        return Request(change.caller.user_id, slots, lambda days, *_: Edits(edits_to_revert(entries, days)))

    return find_edits
