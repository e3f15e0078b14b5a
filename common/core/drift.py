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
  changed the slots. So only days without missing versions are adrift. But what the entries after the missing versions
  say has to be there, and no lost edit added a slot before its `created_at`.

`docs/decisions/drift.md` says what can't be found.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, time
from typing import NamedTuple

from common.core.audit import Action
from common.core.diffing import SlotDiff, diff_slots
from common.core.history import DayHistory
from common.core.time_slots import TimeSlot

EVER, NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Uncertain(NamedTuple):
    """A slot isn't certain from `since` (inclusive) to `until` (exclusive).

    If this is drift, `drift_version` is the version of the entry that shows it, or `STANDING` if the slots as they
    stand show it.
    """

    since: datetime
    until: datetime
    drift_version: int = 0


STANDING = 2**31


class _Event(NamedTuple):
    """A slot is added or removed. `is_observation` is True if the change may have happened any time before."""

    at: datetime
    action: Action
    slot: TimeSlot
    version: int
    is_observation: bool
    is_reconstructed: bool


def is_adrift(history: DayHistory) -> bool:
    """Whether the day shows a change by another program that repair hasn't looked at yet."""
    return not last_missing_version(history) and any(
        each.drift_version > history.checked_version for each in uncertain(history)
    )


def is_certain(history: DayHistory, at: datetime) -> bool:
    """Whether no outside change and no deleted entry makes the day's state at an instant uncertain."""
    return not any(each.since <= at < each.until for each in uncertain(history))


def certain_since(history: DayHistory) -> datetime:
    """Return the instant since which the state is certain, as far as `is_certain` says."""
    return max((each.until for each in uncertain(history)), default=EVER)


def net_difference(history: DayHistory) -> SlotDiff:
    """Return the difference between the log, replayed, and the slots as they stand."""
    last_events = (events[-1] for events in _by_start(history).values())
    return diff_slots([event.slot for event in last_events if event.action == "ADDED"], history.slots)


def last_missing_version(history: DayHistory) -> int:
    """Return the last version that lacks entries: one that repair hasn't handled, or a deleted one; 0 if none does."""
    logged = {entry.version for entry in history.entries}
    missing = [number for number in range(history.repaired_version + 1, history.version + 1) if number not in logged]
    if history.has_deleted_entries:
        # It may be any version that was handled. Nothing is later than the entries of the day's last version.
        missing.append(max(1, min(history.repaired_version, history.version - 1)))
    return max(missing, default=0)


def uncertain(history: DayHistory) -> Iterator[Uncertain]:
    """Yield when slots of the day are uncertain because of outside changes, imports or deleted entries."""
    if history.has_deleted_entries:
        yield Uncertain(EVER, history.updated_at)
    for entry in history.entries:
        if entry.reason == "import":
            yield Uncertain(EVER, entry.changed_at)
    last_missing = last_missing_version(history)
    events_of = _by_start(history)
    standing = {slot.start: slot for slot in history.slots}
    for start in {*events_of, *standing}:
        events, slot = events_of.get(start, ()), standing.get(start)
        if slot is not None:
            yield from _uncertain_insertion(history, start, events)
        since, state, is_known = EVER, None, not last_missing
        for event in events:
            if last_missing and event.version <= last_missing:
                continue
            fits = not is_known or (state == event.slot if event.action == "REMOVED" else state is None)
            if event.is_observation or not fits:
                yield Uncertain(since, event.at, 0 if event.is_observation else event.version)
            since, state, is_known = event.at, event.slot if event.action == "ADDED" else None, True
        if is_known and state != slot:
            yield Uncertain(since, NEVER, STANDING)


def _uncertain_insertion(history: DayHistory, start: time, events: Sequence[_Event]) -> Iterator[Uncertain]:
    """Yield when a slot that stands is uncertain because it is younger than the edit that may have added it."""
    last = events[-1] if events else None
    if last is None or last.is_reconstructed or last.action == "REMOVED":
        yield Uncertain(last.at if last else EVER, history.created_at.get(start, EVER))


def _by_start(history: DayHistory) -> dict[time, list[_Event]]:
    """Return the events of each start that the log or the baseline has, in order."""
    events: dict[time, list[_Event]] = {}
    for entry in sorted(history.entries, key=lambda entry: (entry.version, entry.action == "ADDED")):
        is_external = entry.reason == "external"
        event = _Event(entry.changed_at, entry.action, entry.slot, entry.version, is_external, entry.is_reconstructed)
        events.setdefault(entry.slot.start, []).append(event)
    for slot, created_at in history.baseline:
        of_start = events.setdefault(slot.start, [])
        # An entry that arrived after the baseline was taken may add the same slot.
        if not any(event[:3] == (created_at, "ADDED", slot) for event in of_start):
            index = sum(event.at <= created_at for event in of_start)
            of_start.insert(index, _Event(created_at, "ADDED", slot, 0, is_observation=True, is_reconstructed=False))
    return events
