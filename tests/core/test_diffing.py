from datetime import date, time

from hypothesis import given

from common.core.availability import Day
from common.core.diffing import (
    Conflict,
    DayChange,
    DayEdit,
    Plan,
    SlotDiff,
    apply_diff,
    diff_slots,
    plan_update,
)
from common.core.time_slots import TimeSlot
from tests.core.strategies import slot_sets

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
NINE, TEN, LONG_TEN = TimeSlot(time(9), 60), TimeSlot(time(10), 60), TimeSlot(time(10), 90)
Slots = frozenset[TimeSlot]


@given(slot_sets, slot_sets)
def test_applying_a_diff_gives_the_wanted_day(before: Slots, wanted: Slots) -> None:
    assert set(apply_diff(before, diff_slots(before, wanted))) == wanted


@given(slot_sets, slot_sets)
def test_the_inverse_undoes(before: Slots, wanted: Slots) -> None:
    diff = diff_slots(before, wanted)
    assert set(apply_diff(wanted, SlotDiff(added=diff.removed, removed=diff.added))) == before


@given(slot_sets)
def test_equal_days_differ_in_nothing(slots: Slots) -> None:
    assert diff_slots(slots, slots) == SlotDiff()
    assert not diff_slots(slots, slots)


@given(slot_sets, slot_sets)
def test_a_diff_holds_nothing_that_stays(before: Slots, wanted: Slots) -> None:
    """Brute force over every slot there is: it is told exactly when it comes or goes."""
    diff = diff_slots(before, wanted)
    for slot in before | wanted:
        assert (slot in diff.added, slot in diff.removed) == (
            slot in wanted and slot not in before,
            slot in before and slot not in wanted,
        )


def test_a_changed_duration_is_a_removal_and_an_addition() -> None:
    assert diff_slots([TEN], [LONG_TEN]) == SlotDiff(added=(LONG_TEN,), removed=(TEN,))


def test_a_plan_tells_changes_conflicts_and_the_days_afterwards() -> None:
    """The conflicts are judged on the removed slots alone: one that stays may be booked."""
    monday = Day(MONDAY, 3, (NINE, TEN), {time(9): "COMPLETED", time(10): "CONFIRMED"})
    plan = plan_update([DayEdit(TUESDAY, (TEN,)), DayEdit(MONDAY, (NINE, LONG_TEN), 3)], {MONDAY: monday})
    assert plan == Plan(
        changes=(
            DayChange(MONDAY, 4, SlotDiff(added=(LONG_TEN,), removed=(TEN,))),
            DayChange(TUESDAY, 1, SlotDiff(added=(TEN,))),
        ),
        conflicts=(Conflict(MONDAY, time(10), "CONFIRMED"),),
        outdated_dates=(),
        days_after=(Day(MONDAY, 4, (NINE, LONG_TEN), monday.occupied), Day(TUESDAY, 1, (TEN,))),
    )


def test_a_guard_holds_for_its_version_only_and_a_star_for_any_day_that_was_edited() -> None:
    days = {MONDAY: Day(MONDAY, 3, (NINE,)), TUESDAY: Day(TUESDAY, 0, (NINE,))}

    def outdated(day: date, version: int | None) -> bool:
        return plan_update([DayEdit(day, (TEN,), version)], days).outdated_dates == (day,)

    assert [outdated(MONDAY, version) for version in (None, 3, 2, 4, 0)] == [False, False, True, True, True]
    assert [outdated(TUESDAY, version) for version in (None, 0, 1)] == [False, False, True]
    assert plan_update([DayEdit(MONDAY, (TEN,), "*"), DayEdit(TUESDAY, (TEN,), "*")], days).outdated_dates == (TUESDAY,)


def test_a_day_that_stands_as_asked_passes_whatever_its_version() -> None:
    """A retry of an edit that took effect carries the version from before it."""
    day = Day(MONDAY, 4, (NINE,))
    assert plan_update([DayEdit(MONDAY, (NINE,), 3)], {MONDAY: day}) == Plan((), (), (), (day,))
