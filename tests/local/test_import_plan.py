"""The plan of an import accepts every slot that the rules allow, and no other."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from common.core.availability import Day
from common.core.time_slots import TimeSlot, check_slots, span
from local.importing.planning import plan_tutor
from local.importing.rows import SlotRow
from local.importing.state import TutorState

NOW = datetime(2026, 6, 1, tzinfo=UTC)
DAY = date(2026, 10, 24)  # the night before clocks in Europe are set back

slots = st.builds(
    TimeSlot,
    st.times().map(lambda each: time(each.hour, each.minute // 15 * 15)),
    st.sampled_from([5, 60, 720]),
    st.sampled_from(["Europe/Copenhagen", "Pacific/Kiritimati", "Pacific/Pago_Pago"]),
)
dated = st.tuples(st.integers(0, 3).map(lambda days: DAY + timedelta(days=days)), slots)


def overlap(one: tuple[date, TimeSlot], other: tuple[date, TimeSlot]) -> bool:
    """Whether two slots share an instant, or the time on a date."""
    (starts_at, ends_at), (other_starts_at, other_ends_at) = span(*one), span(*other)
    is_same_time = one[0] == other[0] and one[1].start == other[1].start
    return is_same_time or (starts_at < other_ends_at and other_starts_at < ends_at)


@given(st.lists(dated, max_size=3), st.lists(dated, max_size=12))
def test_the_first_of_two_slots_that_overlap_is_accepted(
    standing: list[tuple[date, TimeSlot]], rows: list[tuple[date, TimeSlot]]
) -> None:
    stored = {(day, slot.start): slot for day, slot in standing}
    days = {
        day: Day(day, slots=tuple(slot for (on, _), slot in sorted(stored.items()) if on == day)) for day, _ in stored
    }
    expected, accepted = [], [(day, slot) for (day, _), slot in stored.items()]
    for row in rows:
        if not any(overlap(row, each) for each in accepted):
            accepted.append(row)
            expected.append(row)
    state = TutorState(UUID(int=1), "UTC", NOW, days)
    plan = plan_tutor(state, [SlotRow(line, *row) for line, row in enumerate(rows, 2)], [])
    assert sorted(expected) == sorted((day, slot) for day, slots in plan.slots.items() for slot in slots)
    assert len(rows) == len(plan.rejected) + plan.counts.total()
    for day, added in plan.slots.items():
        check_slots(day, added, "")
