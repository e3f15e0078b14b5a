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
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID, uuid5

from common.core.audit import AuditEntry, ChangeSet
from common.core.diffing import DayChange, SlotDiff, apply_diff, diff_slots, inverse
from common.core.time_slots import TimeSlot


@dataclass(frozen=True, slots=True)
class DayHistory:
    """One day as it stands, and all of its entries; its versions up to `repaired_version` are accounted for."""

    tutor_id: UUID
    date: date
    version: int
    updated_at: datetime
    updated_by: UUID | None = None
    repaired_version: int = 0
    slots: tuple[TimeSlot, ...] = ()
    entries: tuple[AuditEntry, ...] = ()


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
    """A run of versions without exact entries, `[first, last]`; `guess` is what was reconstructed for it before."""

    first: int
    last: int
    guess: SlotDiff | None = field(default=None)


def as_of(history: DayHistory, at: datetime) -> PastDay:
    """Return how the day stood at an instant: as it stands now, with every later entry undone."""
    if history.updated_at <= at:
        return PastDay(history.slots, history.version, is_certain=True)
    slots = history.slots
    for told in _newest_first(_by_version(entry for entry in history.entries if entry.changed_at > at)):
        slots = apply_diff(slots, inverse(told.diff))
    version = max((entry.version for entry in history.entries if entry.changed_at <= at), default=0)
    exact = {entry.version for entry in history.entries if entry.source != "reconstructed"}
    gaps = [number for number in range(1, history.version + 1) if number not in exact]
    later = [number for number in gaps if number > version]
    # Before the first gap, and not within it: what was reconstructed leads back to a fact. Without a later gap, the
    # exact entries alone do.
    before_all = later == gaps and later[:1] != [version + 1] and later[-1:] <= [history.repaired_version]
    return PastDay(slots, version, is_certain=not later or before_all)


def reconstruct(history: DayHistory, upto: int, late: int | None = None) -> list[ChangeSet]:
    """Return what stands in for the lost entries of the versions up to `upto`, oldest first, where it isn't empty.

    `late` is a version whose entries came after it was accounted for: the guesses around it are made anew. Whatever
    was reconstructed before and isn't returned any more has to go.
    """
    exact = _by_version(entry for entry in history.entries if entry.source != "reconstructed")
    old = _by_version(entry for entry in history.entries if entry.source == "reconstructed")
    gaps = _gaps(history, exact, old, late)
    guesses = {gap.last: gap.guess for gap in gaps if gap.guess is not None}
    found = []
    slots: tuple[TimeSlot, ...] = ()
    at = 0
    for gap, following in zip(gaps, [*gaps, None][1:], strict=True):
        slots = _replayed(slots, exact, at + 1, gap.first - 1)
        after = _state_after(gap, following, slots, history, exact, guesses)
        diff = diff_slots(slots, after)
        if diff and gap.last <= upto:
            found.append(_stand_in(history, gap.last, diff, exact, old))
        slots, at = after, gap.last
    return found


def _gaps(history: DayHistory, exact: Mapping[int, _Told], old: Mapping[int, _Told], late: int | None) -> list[_Gap]:
    """Return the gaps, oldest first; runs that were accounted for at different times are different gaps."""
    next_exact = min((number for number in exact if late is not None and number > late), default=history.version + 1)
    anew = range(late, next_exact) if late is not None else range(0)
    kept = {number for number in old if number not in anew}
    ends = {*kept, history.repaired_version}
    gaps: list[_Gap] = []
    for number in range(1, history.version + 1):
        if number in exact:
            continue
        if gaps and gaps[-1].last == number - 1 and number - 1 not in ends:
            gaps[-1] = _Gap(gaps[-1].first, number)
        else:
            gaps.append(_Gap(number, number))
    # What was accounted for has a guess, if only that nothing changed; a gap that ends before the late entries is new.
    new = {late - 1, *anew} - kept if late is not None else set[int]()
    return [
        replace(gap, guess=old[gap.last].diff if gap.last in kept else SlotDiff())
        if gap.last <= history.repaired_version and gap.last not in new
        else gap
        for gap in gaps
    ]


def _state_after(
    gap: _Gap,
    following: _Gap | None,
    before: tuple[TimeSlot, ...],
    history: DayHistory,
    exact: Mapping[int, _Told],
    guesses: Mapping[int, SlotDiff],
) -> tuple[TimeSlot, ...]:
    """Return the slots after a gap.

    Entries that follow before the next gap are certain about the slots that they name: one that was added wasn't
    there, one that was removed was. About the others the guess counts, if there is one; otherwise the slots as they
    stand now, with all that is known of since undone.
    """
    if following is not None and gap.guess is not None:
        presumed = _replayed(apply_diff(before, gap.guess), exact, gap.last + 1, following.first - 1)
        known = range(gap.last + 1, following.first)
    else:
        presumed = history.slots
        known = range(gap.last + 1, history.version + 1)
    for number in reversed(known):
        diff = exact[number].diff if number in exact else guesses.get(number, SlotDiff())
        presumed = apply_diff(presumed, inverse(diff))
    return presumed


def _replayed(slots: tuple[TimeSlot, ...], told: Mapping[int, _Told], first: int, last: int) -> tuple[TimeSlot, ...]:
    for number in range(first, last + 1):
        slots = apply_diff(slots, told[number].diff)
    return slots


def _stand_in(
    history: DayHistory, version: int, diff: SlotDiff, exact: Mapping[int, _Told], old: Mapping[int, _Told]
) -> ChangeSet:
    """Return the net change of a gap as a change set; what was known when it was first reconstructed is kept."""
    changed_at = min(
        (told.changed_at for number, told in {**old, **exact}.items() if number > version), default=history.updated_at
    )
    changed_by = history.updated_by if version == history.version else None
    if version in old:
        changed_at, changed_by = old[version].changed_at, old[version].changed_by
    return ChangeSet(
        id=uuid5(history.tutor_id, f"{history.date.isoformat()} {version}"),
        tutor_id=history.tutor_id,
        changed_at=changed_at,
        changed_by=changed_by,
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


def _newest_first(told: Mapping[int, _Told]) -> list[_Told]:
    return [told[number] for number in sorted(told, reverse=True)]
