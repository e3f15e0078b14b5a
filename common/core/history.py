"""History of one day, and the reconstruction of lost entries (`docs/decisions/lost-entries.md` has the rules).

An entry is *exact* unless it was reconstructed. A version without exact entries is an edit whose entries were lost, or
haven't arrived yet. A *gap* is one or more such versions in a row.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from uuid import UUID, uuid5

from common.core.audit import AuditEntry, ChangeSet
from common.core.diffing import DayChange, SlotDiff, diff_slots
from common.core.time_slots import TimeSlot

State = dict[time, TimeSlot]
"""Slots by their start. No two slots of a day start at the same time, also in a state that is a guess."""


@dataclass(frozen=True, slots=True)
class DayHistory:
    """The current state of a day, and all of its entries.

    Repair has handled the versions up to `repaired_version`, and has looked for drift up to `checked_version`.
    `created_at` has the instant at which each current slot was inserted, by the slot's start. `baseline` are the slots
    that stood without an entry when the ledger took over, with these instants. `deleted_entries` and `deleted_versions`
    are the numbers of handled ones that the log doesn't have any more. `state` is the database's number for the version
    and the slots.
    """

    tutor_id: UUID
    date: date
    version: int
    updated_at: datetime
    updated_by: str | None = None
    repaired_version: int = 0
    slots: tuple[TimeSlot, ...] = ()
    entries: tuple[AuditEntry, ...] = ()
    created_at: Mapping[time, datetime] = field(default_factory=dict)
    baseline: tuple[tuple[TimeSlot, datetime], ...] = ()
    checked_version: int = 0
    state: int = 0
    deleted_entries: int = 0
    deleted_versions: int = 0

    @property
    def has_deleted_entries(self) -> bool:
        """Whether somebody deleted entries that repair had handled."""
        return self.deleted_entries > 0 or self.deleted_versions > 0


@dataclass(frozen=True, slots=True)
class Version:
    """The instant, author and difference of one version, from its entries."""

    changed_at: datetime
    changed_by: str | None
    diff: SlotDiff


@dataclass(frozen=True, slots=True)
class _Gap:
    """Versions without exact entries, from `first` to `last`, both inclusive."""

    first: int
    last: int


def reconstruct(history: DayHistory, late_version: int | None = None) -> list[ChangeSet]:
    """Return the change sets to write for the day's lost entries, oldest first; none of them is empty.

    They replace all reconstructed entries of the day. `late_version` is a version whose entries have just arrived; then
    only gaps up to `repaired_version` are reconstructed, because entries of later versions may still arrive.
    """
    # Another program inserted the slots that are younger than the last edit: they aren't part of a lost edit.
    slots = tuple(slot for slot in history.slots if _created_at(history, slot) <= history.updated_at)
    history = replace(history, slots=slots)
    last_version = history.version if late_version is None else history.repaired_version
    exact = by_version(entry for entry in history.entries if not entry.is_reconstructed)
    reconstructed = by_version(entry for entry in history.entries if entry.is_reconstructed)
    handled = _handled_states(history, {n: edit for n, edit in exact.items() if n != late_version}, reconstructed)
    gaps = _gaps(history.version, exact, {*reconstructed, history.repaired_version})
    change_sets = []
    state = _baseline(history)
    state_version = 0
    for gap, next_gap in zip(gaps, [*gaps, None][1:], strict=True):
        state = _replay(state, exact, state_version, gap.first - 1)
        state = _add_imported_slots(state, history, exact, gap)
        state_after = _state_after(gap, next_gap, history, exact, handled)
        diff = diff_slots(state.values(), state_after.values())
        if diff and gap.last <= last_version:
            change_sets.append(_net_change(history, gap, diff, exact, reconstructed))
        state, state_version = state_after, gap.last
    return change_sets


def _gaps(version: int, exact: Mapping[int, Version], ends: set[int]) -> list[_Gap]:
    """Return the gaps up to a version, oldest first. A gap also ends at the versions where an earlier repair ended."""
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
    history: DayHistory, exact: Mapping[int, Version], reconstructed: Mapping[int, Version]
) -> dict[int, State]:
    """Return the state that the log shows after each gap that repair has handled, by the gap's last version."""
    versions = {**exact, **reconstructed}
    states: dict[int, State] = {}
    state = _baseline(history)
    state_version = 0
    for gap in _gaps(history.repaired_version, exact, set(reconstructed)):
        state = _add_imported_slots(_replay(state, versions, state_version, gap.first - 1), history, exact, gap)
        state = states[gap.last] = _replay(state, versions, gap.first - 1, gap.last)
        state_version = gap.last
    return states


def _created_at(history: DayHistory, slot: TimeSlot) -> datetime:
    return history.created_at.get(slot.start, history.updated_at)


def _baseline(history: DayHistory) -> State:
    return state_of(slot for slot, created_at in history.baseline if created_at <= history.updated_at)


def _add_imported_slots(state: State, history: DayHistory, exact: Mapping[int, Version], gap: _Gap) -> State:
    """Return the state before a gap, with the imported slots added: current slots that were created before the gap.

    These are the slots created no later than an exact version before the gap. If the gap is only the day's last
    version, these are also the slots created before the day's last edit.
    """
    before = max((edit.changed_at for number, edit in exact.items() if number < gap.first), default=None)
    is_last_edit = gap.first == history.version  # then `updated_at` is the instant of the gap
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
    exact: Mapping[int, Version],
    handled: Mapping[int, State],
) -> State:
    """Return the state after a gap.

    * After the last gap: the current slots, with the exact entries after the gap undone. This state is certain.
    * After any other handled gap: the state that repair found. Only the exact entries up to the next gap can correct
      it: a slot that they add wasn't there before, and a slot that they remove was.
    * After a new gap: as after the last gap, but starting from the state after the next handled gap, if there is one.
    """
    if next_gap is None:
        return undo(state_of(history.slots), exact, gap.last)
    if gap.last in handled:
        before_next = next_gap.first - 1
        return undo(_replay(handled[gap.last], exact, gap.last, before_next), exact, gap.last, before_next)
    later = min((number for number in handled if number > gap.last), default=None)
    if later is not None:
        return undo(handled[later], exact, gap.last, later)
    return undo(state_of(history.slots), exact, gap.last)


def _net_change(
    history: DayHistory, gap: _Gap, diff: SlotDiff, exact: Mapping[int, Version], reconstructed: Mapping[int, Version]
) -> ChangeSet:
    """Return a gap's net change. Its instant is the earliest of the gap's last version and all later versions.

    It has an author only if the gap was a single edit, and the day's last edit, when it was first reconstructed.
    """
    version = gap.last
    versions = {**reconstructed, **exact}
    instants = (edit.changed_at for number, edit in versions.items() if number >= version)
    changed_by = history.updated_by if gap.first == history.version else None
    return ChangeSet(
        id=uuid5(history.tutor_id, f"{history.date.isoformat()} {version}"),
        tutor_id=history.tutor_id,
        changed_at=min(instants, default=history.updated_at),
        changed_by=reconstructed[version].changed_by if version in reconstructed else changed_by,
        reason="other",
        notes=None,
        changes=(DayChange(history.date, version, diff),),
        source="reconstructed",
    )


def by_version(entries: Iterable[AuditEntry]) -> dict[int, Version]:
    """Return what each version changed, according to its entries."""
    versions: dict[int, Version] = {}
    for entry in entries:
        before = versions[entry.version].diff if entry.version in versions else SlotDiff()
        added = (*before.added, entry.slot) if entry.action == "ADDED" else before.added
        removed = (*before.removed, entry.slot) if entry.action == "REMOVED" else before.removed
        versions[entry.version] = Version(entry.changed_at, entry.changed_by, SlotDiff(added, removed))
    return versions


def state_of(slots: Iterable[TimeSlot]) -> State:
    """Return the slots by their start."""
    return {slot.start: slot for slot in slots}


def _replay(state: State, versions: Mapping[int, Version], after_version: int, last: int) -> State:
    """Return a state with the entries of the versions `(after_version, last]` applied."""
    state = dict(state)
    for number in sorted(number for number in versions if after_version < number <= last):
        for slot in versions[number].diff.removed:
            state.pop(slot.start, None)
        state |= state_of(versions[number].diff.added)
    return state


def undo(state: State, versions: Mapping[int, Version], to_version: int, last: int | None = None) -> State:
    """Return a state with the entries of the versions `(to_version, last]` undone; `last` is None for the newest."""
    state = dict(state)
    later = [number for number in versions if to_version < number and (last is None or number <= last)]
    for number in sorted(later, reverse=True):
        for slot in versions[number].diff.added:
            state.pop(slot.start, None)
        state |= state_of(versions[number].diff.removed)
    return state
