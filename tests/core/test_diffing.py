from datetime import date, time

from hypothesis import given

from common.core.availability import Day
from common.core.diffing import (
    Conflict,
    DayChange,
    DayEdit,
    Plan,
    SlotDiff,
    diff_slots,
    plan_update,
)
from common.core.time_slots import TimeSlot
from tests.core.strategies import slot_sets

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)
NINE, TEN, LONG_TEN = TimeSlot(time(9), 60), TimeSlot(time(10), 60), TimeSlot(time(10), 90)
Slots = frozenset[TimeSlot]


def apply_diff(before: Slots, diff: SlotDiff) -> Slots:
    return before - set(diff.removed) | set(diff.added)


@given(slot_sets, slot_sets)
def test_applying_a_diff_gives_the_new_slots(before: Slots, after: Slots) -> None:
    assert apply_diff(before, diff_slots(before, after)) == after


@given(slot_sets, slot_sets)
def test_applying_the_inverse_diff_gives_the_old_slots(before: Slots, after: Slots) -> None:
    diff = diff_slots(before, after)
    assert apply_diff(after, SlotDiff(added=diff.removed, removed=diff.added)) == before


@given(slot_sets)
def test_the_diff_of_equal_slots_is_empty(slots: Slots) -> None:
    assert diff_slots(slots, slots) == SlotDiff()
    assert not diff_slots(slots, slots)


@given(slot_sets, slot_sets)
def test_a_diff_has_exactly_the_added_and_removed_slots(before: Slots, after: Slots) -> None:
    diff = diff_slots(before, after)
    for slot in before | after:
        assert (slot in diff.added, slot in diff.removed) == (
            slot in after and slot not in before,
            slot in before and slot not in after,
        )


def test_a_changed_duration_is_a_removal_and_an_addition() -> None:
    assert diff_slots([TEN], [LONG_TEN]) == SlotDiff(added=(LONG_TEN,), removed=(TEN,))


def test_a_plan_has_changes_conflicts_and_the_days_after_the_edit() -> None:
    """Only a removed slot can be a conflict. A slot that stays may be booked."""
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


def test_an_edit_is_outdated_if_the_day_has_another_version() -> None:
    """The version `*` stands for any version except 0."""
    days = {MONDAY: Day(MONDAY, 3, (NINE,)), TUESDAY: Day(TUESDAY, 0, (NINE,))}

    def outdated(day: date, version: int | None) -> bool:
        return plan_update([DayEdit(day, (TEN,), version)], days).outdated_dates == (day,)

    assert [outdated(MONDAY, version) for version in (None, 3, 2, 4, 0)] == [False, False, True, True, True]
    assert [outdated(TUESDAY, version) for version in (None, 0, 1)] == [False, False, True]
    assert plan_update([DayEdit(MONDAY, (TEN,), "*"), DayEdit(TUESDAY, (TEN,), "*")], days).outdated_dates == (TUESDAY,)


def test_an_edit_that_changes_nothing_is_never_outdated() -> None:
    """For example, a retry has the version from before the first try, which has taken effect."""
    day = Day(MONDAY, 4, (NINE,))
    assert plan_update([DayEdit(MONDAY, (NINE,), 3)], {MONDAY: day}) == Plan((), (), (), (day,))
