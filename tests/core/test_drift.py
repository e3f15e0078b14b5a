"""Drift of one day: random edits and changes by another program, and special cases.

`common.core.drift` has the rules. The promise: a state that is called certain is what stood at that instant.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st

from common.core.as_of import as_of
from common.core.audit import AuditEntry, ChangeSet, Reason, Source
from common.core.diffing import DayChange, diff_slots
from common.core.drift import is_adrift, net_difference
from common.core.history import DayHistory
from common.core.time_slots import TimeSlot

DAY = date(2026, 11, 23)
BEGINNING = datetime(2026, 11, 1, 12, tzinfo=UTC)
BEGINNING_OF_TIME = datetime(1, 1, 1, tzinfo=UTC)
TUTOR = UUID(int=1)
NINE, LONG_NINE, TEN = (TimeSlot(time(hour), minutes, "Asia/Tokyo") for hour, minutes in ((9, 60), (9, 90), (10, 60)))
Slots = frozenset[TimeSlot]


@dataclass
class World:
    """A day with its log. `shown` has the slots that stood after each step, by the step's instant.

    `touched` are the starts that the other program has changed since the last check or edit of them.
    """

    baseline: Slots = frozenset()
    slots: Slots = frozenset()
    log: list[AuditEntry] = field(default_factory=list)
    version: int = 0
    checked_version: int = 0
    at: datetime = BEGINNING
    updated_at: datetime = BEGINNING_OF_TIME
    shown: dict[datetime, Slots] = field(default_factory=dict)
    touched: set[time] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.slots = self.baseline
        self.shown[self.at] = self.slots

    def history(self) -> DayHistory:
        return DayHistory(
            TUTOR,
            DAY,
            self.version,
            self.updated_at,
            repaired_version=self.version,
            slots=tuple(sorted(self.slots)),
            entries=tuple(self.log),
            baseline=tuple((slot, BEGINNING) for slot in sorted(self.baseline)),
            checked_version=self.checked_version,
        )

    def edit(self, after: Slots, reason: Reason = "tutor_edit") -> None:
        """Edit the day through the ledger."""
        self._pass_time()
        self._log(after, reason, "recorded")
        self.touched -= {slot.start for slot in self.slots ^ after}
        self._show(after)

    def change_outside(self, after: Slots) -> None:
        """Change the slots as another program does. A change isn't undone before it was checked."""
        changed = {slot.start for slot in self.slots ^ after}
        if changed & self.touched:
            self.check()
        self._pass_time()
        self.touched |= changed
        self._show(after)

    def check(self) -> bool:
        """Account for drift as repair does; return whether the day was adrift."""
        self._pass_time()
        self.touched.clear()
        was_adrift = is_adrift(self.history())
        if was_adrift:
            logged = frozenset(self.slots) ^ frozenset(net_difference(self.history()).added)
            logged |= frozenset(net_difference(self.history()).removed)
            self._log(self.slots, "external", "reconstructed", before=logged)
            self.checked_version = self.version
        self._show(self.slots)
        return was_adrift

    def _pass_time(self) -> None:
        self.at += timedelta(hours=1)

    def _show(self, after: Slots) -> None:
        self.slots = after
        self.shown[self.at] = after

    def _log(self, after: Slots, reason: Reason, source: Source, before: Slots | None = None) -> None:
        diff = diff_slots(self.slots if before is None else before, after)
        if not diff:
            return
        self.version += 1
        self.updated_at = self.at
        change_set_id = uuid5(TUTOR, str(self.version))
        change = DayChange(DAY, self.version, diff)
        self.log += ChangeSet(change_set_id, TUTOR, self.at, None, reason, None, (change,), source).entries()

    def certain(self) -> dict[datetime, bool]:
        """Return whether the state at each instant of `shown` is called certain. It must be right then."""
        result = {}
        for at, slots in self.shown.items():
            past = as_of(self.history(), at)
            result[at] = past.is_certain
            assert not past.is_certain or frozenset(past.slots) == slots, at
        return result


states = st.sampled_from(
    [frozenset[TimeSlot](), frozenset({NINE}), frozenset({LONG_NINE}), frozenset({TEN}), frozenset({NINE, TEN})]
)
steps = st.lists(st.tuples(st.sampled_from(["edit", "change_outside", "check"]), states), max_size=12)


@settings(max_examples=500)
@given(baseline=states, steps=steps)
def test_a_state_that_is_called_certain_is_right(baseline: Slots, steps: list[tuple[str, Slots]]) -> None:
    """After a check, the log gives the slots as they stand, the day isn't adrift, and its state is certain."""
    world = World(baseline)
    for step, slots in steps:
        if step == "check":
            world.check()
        else:
            getattr(world, step)(slots)
        world.certain()
    world.check()
    assert not world.check()
    assert not net_difference(world.history())
    assert world.certain()[world.at]


@given(baseline=states, edits=st.lists(states, max_size=8))
def test_without_outside_changes_nothing_is_adrift_and_every_state_is_certain(
    baseline: Slots, edits: list[Slots]
) -> None:
    world = World(baseline)
    for slots in edits:
        world.edit(slots)
    assert not world.check()
    assert set(world.certain().values()) == {True}


def test_an_outside_change_is_uncertain_from_the_entry_before_it_to_the_external_entry() -> None:
    world = World()
    world.edit(frozenset({NINE}))  # 13:00
    world.edit(frozenset({NINE, TEN}))
    world.change_outside(frozenset({TEN}))
    assert list(world.certain().values()) == [True, False, False, False]
    assert world.check()  # 16:00
    assert [(entry.action, entry.slot) for entry in world.log[-1:]] == [("REMOVED", NINE)]
    assert list(world.certain().values()) == [True, False, False, False, True]


def test_a_slot_that_is_removed_outside_and_added_again_by_an_edit_is_added_twice() -> None:
    """The log gives the slots as they stand, so a check writes no version. The time in between stays uncertain."""
    world = World()
    world.edit(frozenset({NINE}))
    world.change_outside(frozenset())
    world.edit(frozenset({NINE}))
    assert is_adrift(world.history())
    version = world.version
    assert world.check()
    assert world.version == version
    assert not is_adrift(world.history())
    assert list(world.certain().values()) == [True, False, False, True, True]


def test_a_baseline_slot_is_certain_from_its_creation_on() -> None:
    world = World(frozenset({NINE}))
    assert not is_adrift(world.history())
    assert [as_of(world.history(), at).is_certain for at in (BEGINNING - timedelta(hours=1), BEGINNING)] == [
        False,
        True,
    ]
    world.change_outside(frozenset())
    assert is_adrift(world.history())


def test_before_an_import_a_day_is_uncertain() -> None:
    world = World()
    world.edit(frozenset({NINE}))
    world.edit(frozenset({NINE, TEN}), reason="import")
    assert list(world.certain().values()) == [False, False, True]


def test_a_late_entry_that_adds_a_baseline_slot_is_no_contradiction() -> None:
    """Its edit was deferred when the ledger took over, so the slot stood without an entry."""
    world = World(frozenset({NINE}))
    change = DayChange(DAY, 1, diff_slots((), {NINE}))
    world.version, world.updated_at = 1, BEGINNING
    late = ChangeSet(UUID(int=2), TUTOR, BEGINNING, None, "tutor_edit", None, (change,), "deferred")
    world.log += late.entries()
    assert not is_adrift(world.history())
    assert as_of(world.history(), BEGINNING - timedelta(hours=1)).is_certain


def test_a_day_with_missing_versions_is_not_adrift() -> None:
    """The lost entries may explain the difference."""
    world = World()
    world.edit(frozenset({NINE}))
    world.log.clear()
    assert not is_adrift(replace(world.history(), repaired_version=0))
    assert is_adrift(world.history())


def test_a_day_with_deleted_entries_is_not_adrift_and_its_past_is_uncertain() -> None:
    world = World()
    world.edit(frozenset({NINE}))
    world.log.clear()
    history = replace(world.history(), deleted_entries=1, deleted_versions=1)
    assert not is_adrift(history)
    assert [as_of(history, at).is_certain for at in (BEGINNING, world.at)] == [False, True]
