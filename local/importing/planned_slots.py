"""Which slots an import adds.

An import only adds. It adds a slot again neither after somebody removed it, nor on a date that was edited after an
import added slots to it. So a second run changes nothing, and nobody's edit is undone.
"""

from bisect import bisect_left, insort
from datetime import date, datetime, time, timedelta

from common.core.availability import Day
from common.core.time_slots import MAX_DURATION_MINUTES, MAX_SLOTS_PER_DAY, TimeSlot, check_slot, span
from common.errors import InvalidRequest, NonexistentLocalTime
from local.importing.files import InvalidRow
from local.importing.rows import INVALID, SlotRow
from local.importing.state import ADDED, UNCHANGED, TutorPlan, TutorState, check_date


class PlannedSlots:
    """The slots of a tutor, with those that the plan adds."""

    def __init__(self, state: TutorState, plan: TutorPlan) -> None:
        self._state, self._plan = state, plan
        self.slot_at = {(day.date, slot.start): slot for day in state.days.values() for slot in day.slots}
        self._lines: dict[tuple[date, time], int] = {}
        self._spans: list[tuple[datetime, datetime, date, TimeSlot]] | None = None

    def add(self, row: SlotRow) -> str:
        """Add the slot of a row to the plan, unless it is there already; return the outcome."""
        check_date(row.date, self._state.now)
        standing = self.slot_at.get((row.date, row.slot.start))
        slot = row.slot if row.slot.zone else TimeSlot(*row.slot[:2], self._state.time_zone)
        if row.line != (first := self._lines.get((row.date, row.slot.start), row.line)):
            raise InvalidRow("time", "overlapping_slots", f"line {first} has a slot at the same time")
        if standing is None or not _is_same(row.slot, standing):
            self._check_history(row)
            self._check(row.date, slot, standing)
            self._plan.slots.setdefault(row.date, []).append(slot)
            self.slot_at[row.date, slot.start] = slot
        self._lines[row.date, slot.start] = row.line
        return UNCHANGED if standing is not None else ADDED

    def _check_history(self, row: SlotRow) -> None:
        """Raise `InvalidRow` if the date was edited after an import added slots to it."""
        imported = self._state.imported.get(row.date)
        if imported is None:
            return
        if self._state.days.get(row.date, Day(row.date)).version > imported.version or any(
            _is_same(row.slot, each) for each in imported.slots
        ):
            message = f"{row.date} was edited after its slots were imported, and doesn't have this slot now"
            raise InvalidRow("date", "day_edited", message)

    def _check(self, day: date, slot: TimeSlot, standing: TimeSlot | None) -> None:
        """Raise `InvalidRow` if the slot breaks a rule."""
        try:
            check_slot(day, slot, "")
        except NonexistentLocalTime as error:
            raise InvalidRow("time", "nonexistent_local_time", error.errors[0].message) from None
        except InvalidRequest as error:
            raise InvalidRow("duration_minutes", INVALID, error.errors[0].message) from None
        if standing is not None:
            message = f"{day} has another slot at {slot.start:%H:%M}: {standing.duration_minutes} minutes"
            raise InvalidRow("time", "overlapping_slots", f"{message}, in {standing.zone}")
        stored = self._state.days.get(day)
        if len(self._plan.slots.get(day, ())) + (len(stored.slots) if stored else 0) >= MAX_SLOTS_PER_DAY:
            raise InvalidRow("date", "too_many_slots", f"{day} has {MAX_SLOTS_PER_DAY} slots already, the limit")
        if self._spans is None:
            stored_slots = ((each.date, slot) for each in self._state.days.values() for slot in each.slots)
            self._spans = sorted((*span(*each), *each) for each in stored_slots)
        starts_at, ends_at = span(day, slot)
        i = bisect_left(self._spans, ends_at, key=lambda each: each[0])
        earliest = starts_at - timedelta(minutes=MAX_DURATION_MINUTES)
        while i and self._spans[i - 1][0] > earliest:
            i -= 1
            _, other_ends_at, other_day, other = self._spans[i]
            if other_ends_at > starts_at:
                line = self._lines.get((other_day, other.start))
                where = f"line {line}" if line else "stored already"
                message = f"it overlaps the slot at {other.start:%H:%M} on {other_day} in {other.zone} ({where})"
                raise InvalidRow("time", "overlapping_slots", message)
        insort(self._spans, (starts_at, ends_at, day, slot))


def _is_same(row: TimeSlot, slot: TimeSlot) -> bool:
    """Whether a slot is the one that a row means. A row without a zone means the slot in any zone."""
    return row == slot or (not row.zone and row[:2] == slot[:2])
