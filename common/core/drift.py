"""Drift: changes of slots that didn't go through the ledger, as far as the log shows them.

Another program can change slots with SQL. Then the log contradicts itself (it adds a slot that stands, or removes one
that doesn't), or it doesn't give the slots as they stand. The rules, and why:

* **A slot is uncertain from the last entry before an outside change up to the entry that shows it.** The change was
  somewhere in between. Without an entry before, the slot is uncertain from the beginning; without an entry after, until
  now.
* **Repair writes the difference as a new version**, with the reason `external`. Its entries are facts: the slots stood
  like this when repair looked. So an outside change stays visible, and its time stays uncertain, for good.
* **An import shows what stood when it ran.** Before its entry, the whole day is uncertain.
* **The baseline of a day are the slots that stood without an entry when the ledger took over.** They are certain from
  their `created_at` on, and no drift.
* **Lost entries explain a difference.** While a version is missing, nobody knows whether a program or a lost edit
  changed the slots. So only days without missing versions are adrift. What is reconstructed for a lost edit may also
  contain slots that a program removed; slots that it inserted after the last edit are known by their `created_at`.

An outside change that was undone before anybody looked leaves no trace.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, time
from itertools import groupby
from typing import NamedTuple

from common.core.audit import Action
from common.core.diffing import SlotDiff, diff_slots
from common.core.history import DayHistory
from common.core.time_slots import TimeSlot

EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Uncertain(NamedTuple):
    """A slot isn't certain from `since` (inclusive) to `until` (exclusive). `version` is of the entry that shows it.

    It is None if no entry shows it: the slots as they stand do. `is_contradiction` is False for a baseline slot and for
    an entry of repair, which are no drift.
    """

    since: datetime
    until: datetime
    version: int | None
    is_contradiction: bool = True


class _Event(NamedTuple):
    """A slot is added or removed. `is_observation` is True if the change may have happened any time before."""

    at: datetime
    action: Action
    slot: TimeSlot
    version: int | None
    is_observation: bool


def is_adrift(history: DayHistory) -> bool:
    """Whether the day shows a change by another program that repair hasn't looked at yet."""
    if has_missing_versions(history):
        return False
    return any(
        each.is_contradiction and (each.version is None or each.version > history.checked_version)
        for each in uncertain(history)
    )


def net_difference(history: DayHistory) -> SlotDiff:
    """Return the difference between the log, replayed, and the slots as they stand."""
    logged = [state for _, events in _by_start(history) if (state := _last_state(events)) is not None]
    return diff_slots(logged, history.slots)


def has_missing_versions(history: DayHistory) -> bool:
    """Whether the log lacks entries of the day: of versions that repair hasn't handled, or deleted ones."""
    logged = {entry.version for entry in history.entries}
    return history.has_deleted_entries or any(
        number not in logged for number in range(history.repaired_version + 1, history.version + 1)
    )


def is_certain(history: DayHistory, at: datetime) -> bool:
    """Whether no outside change makes the day's state at an instant uncertain."""
    if any(at < created_at for created_at in _inserted_later(history)):
        return False
    if history.has_deleted_entries:
        return history.updated_at <= at
    imports = (entry.changed_at for entry in history.entries if entry.reason == "import")
    if at < max(imports, default=EVER):
        return False
    if has_missing_versions(history):
        return True  # the rules for missing versions decide
    return not any(each.since <= at < each.until for each in uncertain(history))


def _inserted_later(history: DayHistory) -> Iterator[datetime]:
    """Yield the instants of slots that were inserted after the last edit: another program did it."""
    return (created_at for created_at in history.created_at.values() if created_at > history.updated_at)


def uncertain(history: DayHistory) -> Iterator[Uncertain]:
    """Yield when slots of the day are uncertain because of outside changes. The day must not have missing versions."""
    standing = {slot.start: slot for slot in history.slots}
    for start, events in _by_start(history):
        since, state = EVER, None
        for event in events:
            fits = state == event.slot if event.action == "REMOVED" else state is None
            if event.is_observation or not fits:
                is_contradiction = not fits and not event.is_observation
                yield Uncertain(since, event.at, event.version, is_contradiction)
            since, state = event.at, event.slot if event.action == "ADDED" else None
        if state != standing.pop(start, None):
            yield Uncertain(since, NEVER, None)
    if standing:
        yield Uncertain(EVER, NEVER, None)


def _by_start(history: DayHistory) -> Iterator[tuple[time, Sequence[_Event]]]:
    """Yield each start that the log or the baseline has, with its events in order."""
    entries = sorted(history.entries, key=lambda entry: (entry.slot.start, entry.version, entry.action == "ADDED"))
    events = {
        start: [
            _Event(entry.changed_at, entry.action, entry.slot, entry.version, entry.reason == "external")
            for entry in group
        ]
        for start, group in groupby(entries, key=lambda entry: entry.slot.start)
    }
    for slot, created_at in history.baseline:
        of_start = events.setdefault(slot.start, [])
        # An entry that arrived after the baseline was taken may add the same slot.
        if not any(event.slot == slot and event.at == created_at and event.action == "ADDED" for event in of_start):
            index = sum(event.at <= created_at for event in of_start)
            of_start.insert(index, _Event(created_at, "ADDED", slot, None, True))
    yield from sorted(events.items())


def _last_state(events: Iterable[_Event]) -> TimeSlot | None:
    *_, last = events
    return last.slot if last.action == "ADDED" else None
