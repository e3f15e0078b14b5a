"""History of one day: its state at an instant, the versions without entries, and their reconstruction.

The rules, and why:

* **Each edit that changes something is one version**, and the log has all entries of a version or none. An entry is
  *exact* unless it was reconstructed. A version without exact entries is an edit whose entries were lost or haven't
  arrived yet. A run of such versions is a *gap*.
* **Repair handles gaps, oldest first.** It has handled the versions up to the day's `repaired_version`: each of them
  has exact entries, or its gap was reconstructed.
* **A gap is reconstructed as its net change**, under its last version: the difference between the state before it (the
  log replayed forward) and the state after it (the log undone, back from the current slots). The steps in between are
  not known. The author isn't known either, unless the gap is one version and the day's last edit.
* **If a day has several new gaps**, it isn't known in which of them a change happened. It is put into the oldest one
  where it is possible. So the states between two gaps are guesses, however many entries lie between them; before the
  first gap and after the last one they are exact.
* **Entries that arrive late are exact**, and replace what was reconstructed for them. The rest of that gap is
  reconstructed again, and the other guesses are corrected where the new entries contradict them.
* **Slots may exist without an entry** (an import). One that is offered now has been there since it was created, so it
  is part of the state before a later gap. An imported slot that was removed in the gap can't be found any more, so the
  states of such a day before the gap aren't certain.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID, uuid5

from common.core.audit import AuditEntry, ChangeSet
from common.core.diffing import DayChange, SlotDiff, diff_slots
from common.core.time_slots import TimeSlot

State = dict[time, TimeSlot]
"""Slots by their start: a day has at most one slot at a time, also in a state that is a guess."""


@dataclass(frozen=True, slots=True)
class DayHistory:
    """The current state of a day, and all of its entries.

    Repair has handled the versions up to `repaired_version`. `created_at` has the instant at which each of the current
    slots was inserted, by its start.
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
    """State of a day at an instant; `is_certain` is False if a gap makes it a guess."""

    slots: tuple[TimeSlot, ...]
    version: int
    is_certain: bool


@dataclass(frozen=True, slots=True)
class _Version:
    """What the entries of one version say."""

    changed_at: datetime
    changed_by: UUID | None
    diff: SlotDiff


@dataclass(frozen=True, slots=True)
class _Gap:
    """A run of versions without exact entries, `[first, last]`."""

    first: int
    last: int


def as_of(history: DayHistory, at: datetime) -> PastDay:
    """Return the state of the day at an instant: the current state, with every later entry undone."""
    if history.updated_at <= at:
        return PastDay(history.slots, history.version, is_certain=True)
    versions = _by_version(history.entries)
    version = max((number for number, edit in versions.items() if edit.changed_at <= at), default=0)
    state = _undo(_state(history.slots), versions, version)
    exact = {entry.version for entry in history.entries if not entry.is_reconstructed}
    missing = [number for number in range(1, history.version + 1) if number not in exact]
    later = [number for number in missing if number > version]
    is_before_all_gaps = later == missing and later[:1] != [version + 1]
    are_gaps_handled = later[-1:] <= [history.repaired_version]
    was_empty_at_first = not _undo(state, versions, 0, version)
    is_certain = not later or (is_before_all_gaps and are_gaps_handled and was_empty_at_first)
    return PastDay(tuple(sorted(state.values())), version, is_certain)


def reconstruct(history: DayHistory, late: int | None = None) -> list[ChangeSet]:
    """Return the change sets that replace lost entries, oldest first, without empty ones.

    They replace everything that was reconstructed for this day before. `late` is a version whose entries have just
    arrived; then only versions up to `repaired_version` are reconstructed: entries of the others may still arrive.
    """
    last_version = history.version if late is None else history.repaired_version
    exact = _by_version(entry for entry in history.entries if not entry.is_reconstructed)
    old = _by_version(entry for entry in history.entries if entry.is_reconstructed)
    handled = _handled_states(history, {n: edit for n, edit in exact.items() if n != late}, old)
    gaps = _gaps(history.version, exact, {*old, history.repaired_version})
    change_sets = []
    state: State = {}
    state_version = 0
    for gap, next_gap in zip(gaps, [*gaps, None][1:], strict=True):
        state = _replay(state, exact, state_version, gap.first - 1)
        state = _add_imported_slots(state, history, exact, gap)
        state_after = _state_after(gap, next_gap, history, exact, handled)
        diff = diff_slots(state.values(), state_after.values())
        if diff and gap.last <= last_version:
            change_sets.append(_net_change(history, gap, diff, exact, old))
        state, state_version = state_after, gap.last
    return change_sets


def _gaps(version: int, exact: Mapping[int, _Version], ends: set[int]) -> list[_Gap]:
    """Return the gaps, oldest first. A gap also ends at each version in `ends`, where an earlier repair ended."""
    gaps: list[_Gap] = []
    for number in range(1, version + 1):
        if number in exact:
            continue
        if gaps and gaps[-1].last == number - 1 and number - 1 not in ends:
            gaps[-1] = _Gap(gaps[-1].first, number)
        else:
            gaps.append(_Gap(number, number))
    return gaps


def _handled_states(
    history: DayHistory, exact: Mapping[int, _Version], old: Mapping[int, _Version]
) -> dict[int, State]:
    """Return the states after the gaps that repair has handled, according to the log, by the gaps' last versions."""
    versions = {**exact, **old}
    states: dict[int, State] = {}
    state: State = {}
    state_version = 0
    for gap in _gaps(history.repaired_version, exact, set(old)):
        state = _add_imported_slots(_replay(state, versions, state_version, gap.first - 1), history, exact, gap)
        state = states[gap.last] = _replay(state, versions, gap.first - 1, gap.last)
        state_version = gap.last
    return states


def _add_imported_slots(state: State, history: DayHistory, exact: Mapping[int, _Version], gap: _Gap) -> State:
    """Return the state before a gap, with the current slots that were created before it and have no entry."""
    before = max((edit.changed_at for number, edit in exact.items() if number < gap.first), default=None)
    is_last_edit = gap.first == history.version  # its instant is `updated_at`
    imported = {
        slot.start: slot
        for slot in history.slots
        if (created_at := history.created_at.get(slot.start)) is not None
        and ((before is not None and created_at <= before) or (is_last_edit and created_at < history.updated_at))
    }
    return {**imported, **state}


def _state_after(
    gap: _Gap,
    next_gap: _Gap | None,
    history: DayHistory,
    exact: Mapping[int, _Version],
    handled: Mapping[int, State],
) -> State:
    """Return the state after a gap.

    The exact entries between this gap and the next say about their times what was there before: an added slot wasn't, a
    removed one was. For all other times, there are two cases. If repair has handled the gap, the state stays as repair
    found it. For a new gap, it is the state after the next handled gap, with the exact entries between the two undone.
    """
    if next_gap is None:
        return _undo(_state(history.slots), exact, gap.last)
    if gap.last in handled:
        before_next = next_gap.first - 1
        return _undo(_replay(handled[gap.last], exact, gap.last, before_next), exact, gap.last, before_next)
    later = min((number for number in handled if number > gap.last), default=None)
    if later is not None:
        return _undo(handled[later], exact, gap.last, later)
    return _undo(_state(history.slots), exact, gap.last)


def _net_change(
    history: DayHistory, gap: _Gap, diff: SlotDiff, exact: Mapping[int, _Version], old: Mapping[int, _Version]
) -> ChangeSet:
    """Return the net change of a gap as a change set.

    A gap of several edits has no author, even if the author of its last edit is known. An author that was found when
    the gap was first reconstructed is kept.
    """
    version = gap.last
    versions = {**old, **exact}
    since = (edit.changed_at for number, edit in versions.items() if number >= version)
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


def _by_version(entries: Iterable[AuditEntry]) -> dict[int, _Version]:
    versions: dict[int, _Version] = {}
    for entry in entries:
        before = versions[entry.version].diff if entry.version in versions else SlotDiff()
        added = (*before.added, entry.slot) if entry.action == "ADDED" else before.added
        removed = (*before.removed, entry.slot) if entry.action == "REMOVED" else before.removed
        versions[entry.version] = _Version(entry.changed_at, entry.changed_by, SlotDiff(added, removed))
    return versions


def _state(slots: Iterable[TimeSlot]) -> State:
    return {slot.start: slot for slot in slots}


def _replay(state: State, versions: Mapping[int, _Version], after_version: int, last: int) -> State:
    """Return the state after applying the versions `(after_version, last]`, of those that have entries."""
    state = dict(state)
    for number in sorted(number for number in versions if after_version < number <= last):
        for slot in versions[number].diff.removed:
            state.pop(slot.start, None)
        state |= _state(versions[number].diff.added)
    return state


def _undo(state: State, versions: Mapping[int, _Version], to_version: int, last: int | None = None) -> State:
    """Return the state at a version: undo the versions `(to_version, last]`, of those that have entries."""
    state = dict(state)
    later = [number for number in versions if to_version < number and (last is None or number <= last)]
    for number in sorted(later, reverse=True):
        for slot in versions[number].diff.added:
            state.pop(slot.start, None)
        state |= _state(versions[number].diff.removed)
    return state
