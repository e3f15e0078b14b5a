"""What the log tells of one day: the versions that it is silent about, what stands in for them, and how the day stood.

The rules, and why (design rule 3, and the contract's fine print):

* **Each edit that changes something is one version**, and a version's entries are in the log all or none. A version
  that no entry tells of is an edit whose entries were lost, or are still on their way: a *gap*.
* **A gap is reconstructed as its net change**, on its last version: what leads from the state before it (the log
  replayed forward) to the state after it (replayed back from the slots as they stand). What happened in between is not
  known, nor, but for the day's last edit, by whom.
* **Where more than one gap is open at once**, a change that fits either is put into the older one. So the states
  between two gaps are guesses, however many entries lie between them; before the first and after the last they are
  facts.
* **Entries that come late are exact**, and take the place of what was reconstructed for them; the rest of that gap is
  reconstructed again, and the other guesses are corrected where the new entries contradict them.
* **Slots may have come without an entry** (an import). One that stands has stood since it was created, so it is part of
  the state before a later gap. What else there was, and was lost in the gap, nobody knows: of such a day, the time
  before a gap isn't certain.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID, uuid5

from common.core.audit import AuditEntry, ChangeSet
from common.core.diffing import DayChange, SlotDiff, diff_slots
from common.core.time_slots import TimeSlot

State = dict[time, TimeSlot]
"""Slots by their start: a day has at most one slot at a time, also where something about it is guessed."""


@dataclass(frozen=True, slots=True)
class DayHistory:
    """One day as it stands, and all of its entries; its versions up to `repaired_version` are accounted for.

    `created_at` holds, for the slots that stand, the instant at which each was put there.
    """

    tutor_id: UUID
    date: date
    version: int
    updated_at: datetime
    updated_by: UUID | None = None
    repaired_version: int = 0
    slots: tuple[TimeSlot, ...] = ()
    entries: tuple[AuditEntry, ...] = ()
    created_at: Mapping[time, datetime] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PastDay:
    """How a day stood at an instant; `is_certain` is False where a gap leaves that open."""

    slots: tuple[TimeSlot, ...]
    version: int
    is_certain: bool


@dataclass(frozen=True, slots=True)
class _Told:
    """A version that entries tell of."""

    changed_at: datetime
    changed_by: UUID | None
    diff: SlotDiff


@dataclass(frozen=True, slots=True)
class _Gap:
    """A run of versions without exact entries, `[first, last]`."""

    first: int
    last: int


def as_of(history: DayHistory, at: datetime) -> PastDay:
    """Return how the day stood at an instant: as it stands now, with every later entry undone."""
    if history.updated_at <= at:
        return PastDay(history.slots, history.version, is_certain=True)
    told = _by_version(history.entries)
    version = max((number for number, edit in told.items() if edit.changed_at <= at), default=0)
    state = _undone(_state(history.slots), told, version)
    exact = {entry.version for entry in history.entries if not entry.is_reconstructed}
    gaps = [number for number in range(1, history.version + 1) if number not in exact]
    later = [number for number in gaps if number > version]
    is_before_all_gaps = later == gaps and later[:1] != [version + 1]
    is_accounted_for = later[-1:] <= [history.repaired_version]
    began_empty = not _undone(state, told, 0, version)
    is_certain = not later or (is_before_all_gaps and is_accounted_for and began_empty)
    return PastDay(tuple(sorted(state.values())), version, is_certain)


def reconstruct(history: DayHistory, late: int | None = None) -> list[ChangeSet]:
    """Return what stands in for lost entries, oldest first, where it isn't empty.

    It takes the place of all that was reconstructed of the day before. `late` is a version whose entries came just now;
    then, only versions that are accounted for already are reconstructed again: the others may still come.
    """
    upto = history.version if late is None else history.repaired_version
    exact = _by_version(entry for entry in history.entries if not entry.is_reconstructed)
    old = _by_version(entry for entry in history.entries if entry.is_reconstructed)
    accounted = _accounted_states(history, {n: edit for n, edit in exact.items() if n != late}, old)
    gaps = _gaps(history.version, exact, {*old, history.repaired_version})
    found = []
    state: State = {}
    at = 0
    for gap, following in zip(gaps, [*gaps, None][1:], strict=True):
        state = _replayed(state, exact, at, gap.first - 1)
        state = _with_what_stood(state, history, exact, gap)
        after = _state_after(gap, following, history, exact, accounted)
        diff = diff_slots(state.values(), after.values())
        if diff and gap.last <= upto:
            found.append(_stand_in(history, gap, diff, exact, old))
        state, at = after, gap.last
    return found


def _gaps(version: int, exact: Mapping[int, _Told], ends: set[int]) -> list[_Gap]:
    """Return the gaps, oldest first; runs that were accounted for at different times (`ends`) are different gaps."""
    gaps: list[_Gap] = []
    for number in range(1, version + 1):
        if number in exact:
            continue
        if gaps and gaps[-1].last == number - 1 and number - 1 not in ends:
            gaps[-1] = _Gap(gaps[-1].first, number)
        else:
            gaps.append(_Gap(number, number))
    return gaps


def _accounted_states(history: DayHistory, exact: Mapping[int, _Told], old: Mapping[int, _Told]) -> dict[int, State]:
    """Return the states after the gaps that were accounted for, as the log had it until now, by their last versions."""
    told = {**exact, **old}
    states: dict[int, State] = {}
    state: State = {}
    at = 0
    for gap in _gaps(history.repaired_version, exact, set(old)):
        state = _with_what_stood(_replayed(state, told, at, gap.first - 1), history, exact, gap)
        state = states[gap.last] = _replayed(state, told, gap.first - 1, gap.last)
        at = gap.last
    return states


def _with_what_stood(state: State, history: DayHistory, exact: Mapping[int, _Told], gap: _Gap) -> State:
    """Return the state before a gap with the slots that stand since then, though no entry told of them."""
    before = max((edit.changed_at for number, edit in exact.items() if number < gap.first), default=None)
    is_last_edit = gap.first == history.version  # of which the instant is known
    stood = {
        slot.start: slot
        for slot in history.slots
        if (created_at := history.created_at.get(slot.start)) is not None
        and ((before is not None and created_at <= before) or (is_last_edit and created_at < history.updated_at))
    }
    return {**stood, **state}


def _state_after(
    gap: _Gap, following: _Gap | None, history: DayHistory, exact: Mapping[int, _Told], accounted: Mapping[int, State]
) -> State:
    """Return the slots after a gap.

    Exact entries that follow before the next gap are certain about the times that they name: what was added wasn't
    there, what was removed was. About the others counts what the gap was accounted for with; in a new one, the nearest
    later state that is known, with what is known in between undone.
    """
    if following is None:
        return _undone(_state(history.slots), exact, gap.last)
    if gap.last in accounted:
        return _undone(
            _replayed(accounted[gap.last], exact, gap.last, following.first - 1), exact, gap.last, following.first - 1
        )
    known = min((number for number in accounted if number > gap.last), default=None)
    if known is not None:
        return _undone(accounted[known], exact, gap.last, known)
    return _undone(_state(history.slots), exact, gap.last)


def _stand_in(
    history: DayHistory, gap: _Gap, diff: SlotDiff, exact: Mapping[int, _Told], old: Mapping[int, _Told]
) -> ChangeSet:
    """Return the net change of a gap as a change set.

    Of many edits, the author isn't known, also where that of the last one is. What was known when the gap was first
    reconstructed is kept.
    """
    version = gap.last
    told = {**old, **exact}
    since = (edit.changed_at for number, edit in told.items() if number >= version)
    changed_by = history.updated_by if gap.first == history.version else None
    return ChangeSet(
        id=uuid5(history.tutor_id, f"{history.date.isoformat()} {version}"),
        tutor_id=history.tutor_id,
        changed_at=min(since, default=history.updated_at),
        changed_by=old[version].changed_by if version in old else changed_by,
        reason="other",
        notes=None,
        changes=(DayChange(history.date, version, diff),),
        source="reconstructed",
    )


def _by_version(entries: Iterable[AuditEntry]) -> dict[int, _Told]:
    found: dict[int, _Told] = {}
    for entry in entries:
        before = found[entry.version].diff if entry.version in found else SlotDiff()
        added = (*before.added, entry.slot) if entry.action == "ADDED" else before.added
        removed = (*before.removed, entry.slot) if entry.action == "REMOVED" else before.removed
        found[entry.version] = _Told(entry.changed_at, entry.changed_by, SlotDiff(added, removed))
    return found


def _state(slots: Iterable[TimeSlot]) -> State:
    return {slot.start: slot for slot in slots}


def _replayed(state: State, told: Mapping[int, _Told], after: int, last: int) -> State:
    """Return the state after the versions `(after, last]` that are told of."""
    state = dict(state)
    for number in sorted(number for number in told if after < number <= last):
        for slot in told[number].diff.removed:
            state.pop(slot.start, None)
        state |= _state(told[number].diff.added)
    return state


def _undone(state: State, told: Mapping[int, _Told], down_to: int, last: int | None = None) -> State:
    """Return the state at version `down_to`: without what is told of the versions after it, up to `last`."""
    state = dict(state)
    later = [number for number in told if down_to < number and (last is None or number <= last)]
    for number in sorted(later, reverse=True):
        for slot in told[number].diff.added:
            state.pop(slot.start, None)
        state |= _state(told[number].diff.removed)
    return state
