"""The state of a day at an instant in the past."""

from dataclasses import dataclass
from datetime import datetime

from common.core.drift import is_certain
from common.core.history import DayHistory, by_version, state_of, undo
from common.core.time_slots import TimeSlot


@dataclass(frozen=True, slots=True)
class PastDay:
    """State of a day at an instant; `is_certain` is False if missing entries make the state a guess."""

    slots: tuple[TimeSlot, ...]
    version: int
    is_certain: bool


def as_of(history: DayHistory, at: datetime) -> PastDay:
    """Return the state of the day at an instant: the current state with all later entries undone."""
    is_explained = is_certain(history, at)
    if history.updated_at <= at:
        return PastDay(history.slots, history.version, is_explained)
    versions = by_version(history.entries)
    version = max((number for number, edit in versions.items() if edit.changed_at <= at), default=0)
    state = undo(state_of(history.slots), versions, version)
    exact = {entry.version for entry in history.entries if not entry.is_reconstructed}
    missing = [number for number in range(1, history.version + 1) if number not in exact]
    missing_later = [number for number in missing if number > version]
    baseline = state_of(slot for slot, _ in history.baseline)
    is_known = not missing_later or (
        missing_later == missing  # all gaps are later than this state
        and missing_later[0] != version + 1  # the next version has entries, which show that it is later
        and missing_later[-1] <= history.repaired_version  # all gaps were reconstructed
        and undo(state, versions, 0, version) == baseline  # the day had no other slots without entries
    )
    return PastDay(tuple(sorted(state.values())), version, is_known and is_explained)
