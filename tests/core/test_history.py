"""Random histories of a day with lost entries are repaired, and compared with what really happened."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from common.core.audit import AuditEntry, ChangeSet
from common.core.diffing import DayChange, SlotDiff, diff_slots
from common.core.history import DayHistory, as_of, reconstruct
from common.core.time_slots import TimeSlot
from tests.builders import replay

DAY = date(2026, 11, 23)
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
TUTOR, AUTHOR = UUID(int=1), UUID(int=2)
NINE, TEN, ELEVEN = (TimeSlot(time(hour), 60) for hour in (9, 10, 11))

Slots = frozenset[TimeSlot]


@dataclass
class World:
    """A simulated day: its log, the change sets that the log lacks, and the true slots, `truth[v]` at version `v`."""

    truth: list[Slots] = field(default_factory=lambda: [frozenset()])
    log: list[AuditEntry] = field(default_factory=list)
    missing: dict[int, ChangeSet] = field(default_factory=dict)
    repaired_version: int = 0

    @property
    def version(self) -> int:
        return len(self.truth) - 1

    def history(self) -> DayHistory:
        return DayHistory(
            tutor_id=TUTOR,
            date=DAY,
            version=self.version,
            updated_at=instant_of(self.version),
            updated_by=author_of(self.version),
            repaired_version=self.repaired_version,
            slots=tuple(sorted(self.truth[-1])),
            entries=tuple(self.log),
            created_at={slot.start: instant_of(self._created_in(slot)) for slot in self.truth[-1]},
        )

    def _created_in(self, slot: TimeSlot) -> int:
        """Return the version that added a slot; -1 if it was imported."""
        version = self.version
        while version >= 0 and slot in self.truth[version]:
            version -= 1
        return version + 1 if version >= 0 else -1

    def edit(self, after: Slots, *, are_entries_lost: bool) -> None:
        diff = diff_slots(self.truth[-1], after)
        if not diff:
            return
        self.truth.append(after)
        change = change_set(self.version, diff)
        if are_entries_lost:
            self.missing[self.version] = replace(change, source="deferred")
        else:
            self.log += change.entries()

    def repair(self) -> None:
        """Do the same as `common.db.repair`. If no version is missing, it does nothing but mark the day as handled."""
        logged = {entry.version for entry in self.log}
        if not logged >= set(range(self.repaired_version + 1, self.version + 1)):
            self._replace_reconstructed(reconstruct(self.history()))
        self.repaired_version = self.version

    def deliver(self, version: int) -> None:
        self.log += self.missing.pop(version).entries()
        if self.repaired_version:
            self._replace_reconstructed(reconstruct(self.history(), late_version=version))

    def _replace_reconstructed(self, change_sets: list[ChangeSet]) -> None:
        self.log = [entry for entry in self.log if entry.source != "reconstructed"]
        self.log += [entry for each in change_sets for entry in each.entries()]
        assert len({entry.id for entry in self.log}) == len(self.log)


def instant_of(version: int) -> datetime:
    return START + timedelta(hours=version)


def author_of(version: int) -> UUID:
    return UUID(int=100 + version)


def change_set(version: int, diff: SlotDiff) -> ChangeSet:
    changes = (DayChange(DAY, version, diff),)
    return ChangeSet(UUID(int=version), TUTOR, instant_of(version), author_of(version), "tutor_edit", None, changes)


durations = st.sampled_from([30, 60])
states = st.dictionaries(st.sampled_from([time(9), time(10), time(11)]), durations).map(
    lambda day: frozenset(TimeSlot(start, minutes) for start, minutes in day.items())
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), states, st.booleans()),
        st.tuples(st.just("edit"), states, st.booleans()),
        st.tuples(st.just("repair"), st.none(), st.none()),
        st.tuples(st.just("deliver"), st.integers(0, 99), st.none()),
    ),
    max_size=16,
)
Step = tuple[str, Any, Any]


def run_steps(steps: list[Step], imported: Slots = frozenset()) -> World:
    """Carry out the steps. After each step, check that every certain state is right, unless slots were imported."""
    world = World(truth=[imported])
    for step, what, are_entries_lost in steps:
        if step == "edit":
            world.edit(what, are_entries_lost=are_entries_lost)
        elif step == "repair":
            world.repair()
        elif world.missing:
            world.deliver(sorted(world.missing)[what % len(world.missing)])
        if not imported:
            assert_certain_states_are_right(world)
    return world


def assert_certain_states_are_right(world: World) -> None:
    history = world.history()
    for version, slots in enumerate(world.truth):
        for at in (instant_of(version), instant_of(version + 1) - timedelta(microseconds=1)):
            past = as_of(history, at)
            assert past.is_certain or world.missing
            assert not past.is_certain or (frozenset(past.slots), past.version) == (slots, version)


def assert_log_is_true(world: World) -> None:
    """Check that the log replays to the slots, and each entry fits the state before it.

    Entries that weren't reconstructed are those of the edits, unchanged.
    """
    offered: set[TimeSlot] = set()
    latest = START
    for entry in sorted(world.log, key=lambda entry: (entry.version, entry.action == "ADDED")):
        assert (entry.slot in offered) == (entry.action == "REMOVED"), entry
        offered ^= {entry.slot}
        assert entry.changed_at >= latest
        latest = entry.changed_at
    assert offered == set(world.truth[-1])
    for version in range(1, world.version + 1):
        original = [entry for entry in world.log if entry.version == version and entry.source != "reconstructed"]
        if version in world.missing:
            assert original == []
        else:
            source = original[0].source
            diff = diff_slots(world.truth[version - 1], world.truth[version])
            assert original == replace(change_set(version, diff), source=source).entries()


@settings(max_examples=1000)
@given(steps)
def test_after_repair_the_log_and_all_certain_states_are_true(steps: list[Step]) -> None:
    """Entries arrive late, in any order, or never, and repair runs at any time."""
    world = run_steps(steps)
    world.repair()
    assert_log_is_true(world)
    assert_certain_states_are_right(world)
    for version in list(world.missing):
        world.deliver(version)
        assert_log_is_true(world)
        assert_certain_states_are_right(world)
    assert not [entry for entry in world.log if entry.source == "reconstructed"]


@given(steps)
def test_reconstructing_again_changes_nothing(steps: list[Step]) -> None:
    world = run_steps(steps)
    world.repair()
    reconstructed = [entry for entry in world.log if entry.source == "reconstructed"]
    assert [entry for again in reconstruct(world.history()) for entry in again.entries()] == reconstructed


@given(steps)
def test_one_gap_is_reconstructed_as_its_true_net_change(steps: list[Step]) -> None:
    world = run_steps(steps)
    world.repair()
    lost = sorted(world.missing)
    if not lost or lost != list(range(lost[0], lost[-1] + 1)):
        return
    reconstructed = [entry for entry in world.log if entry.source == "reconstructed"]
    assert set(replay(reconstructed, world.truth[lost[0] - 1])) == world.truth[lost[-1]]


@given(steps, states, states)
def test_imported_slots_that_stay_are_not_part_of_a_later_gap(steps: list[Step], imported: Slots, first: Slots) -> None:
    """The first edit has entries. Repair doesn't reconstruct that a later lost edit added slots that existed before."""
    assume(imported != first)
    world = run_steps([("edit", first, False), *steps], imported)
    world.repair()
    untouched = frozenset.intersection(*world.truth)
    assert not [entry for entry in world.log if entry.slot in untouched]


def world_after(*edits: tuple[Slots, bool]) -> World:
    """Return a world after these edits: the slots of each, and whether its entries are lost."""
    world = World()
    for after, are_entries_lost in edits:
        world.edit(after, are_entries_lost=are_entries_lost)
    return world


def reconstructed_in(world: World) -> list[tuple[int, str, TimeSlot]]:
    """Return version, action and slot of the reconstructed entries."""
    return [(entry.version, entry.action, entry.slot) for entry in world.log if entry.source == "reconstructed"]


def test_reconstructed_entries_have_the_version_instant_reason_and_author_that_can_be_found() -> None:
    """Reconstructed entries have the gap's last version, and the reason "other".

    Their instant is the next entry's instant, or the instant of the day's last edit if there is no next entry. They
    have an author only if the gap is the day's last edit.
    """
    world = world_after(
        (frozenset({NINE}), False), (frozenset({NINE, TEN}), True), (frozenset({TEN}), True), (frozenset(), False)
    )
    world.repair()
    (removed,) = [entry for entry in world.log if entry.action == "REMOVED" and entry.source == "reconstructed"]
    assert reconstructed_in(world) == [(3, "REMOVED", NINE), (3, "ADDED", TEN)]
    assert (removed.changed_at, removed.changed_by) == (instant_of(4), None)
    assert (removed.reason, removed.notes) == ("other", None)

    last = world_after((frozenset({NINE}), True))
    last.repair()
    (added,) = last.log
    assert (added.changed_at, added.changed_by, added.version) == (instant_of(1), author_of(1), 1)
    assert added.change_set_id == last.log[0].change_set_id


def test_a_gap_without_net_change_gets_no_entry() -> None:
    world = world_after((frozenset({NINE}), False), (frozenset(), True), (frozenset({NINE}), True))
    world.repair()
    assert reconstructed_in(world) == []
    assert [as_of(world.history(), instant_of(version)).is_certain for version in range(4)] == [
        True,
        False,
        False,
        True,
    ]


def test_states_within_a_gap_are_not_certain_and_states_around_it_are() -> None:
    world = world_after((frozenset({NINE}), False), (frozenset({TEN}), True), (frozenset({ELEVEN}), False))
    expected = [(frozenset(), True), (frozenset({NINE}), False), (None, False), (frozenset({ELEVEN}), True)]
    assert not as_of(world.history(), START).is_certain  # repair hasn't handled the gap yet
    world.repair()
    for version, (slots, is_certain) in enumerate(expected):
        past = as_of(world.history(), instant_of(version))
        assert past.is_certain == is_certain
        assert slots is None or set(past.slots) == slots


def test_states_between_two_gaps_are_not_certain() -> None:
    """A slot was removed in the second gap. Nothing shows this, so the first gap gets the removal."""
    world = world_after(
        (frozenset({NINE, TEN}), False),
        (frozenset({NINE, TEN, ELEVEN}), True),
        (frozenset({NINE, ELEVEN}), False),
        (frozenset({ELEVEN}), True),
        (frozenset({ELEVEN, TEN}), False),
    )
    world.repair()
    assert reconstructed_in(world) == [(2, "REMOVED", NINE), (2, "ADDED", ELEVEN)]
    assert [as_of(world.history(), instant_of(version)).is_certain for version in range(6)] == [
        True,
        False,
        False,
        False,
        False,
        True,
    ]
    world.deliver(4)  # shows that NINE was still there
    assert reconstructed_in(world) == [(2, "ADDED", ELEVEN)]


def test_late_entries_replace_their_part_of_a_gap() -> None:
    """The rest of the gap is reconstructed again. A change that is possible before and after them is put before."""
    world = world_after(
        (frozenset({NINE}), True), (frozenset({NINE, TEN}), True), (frozenset({NINE, TEN, ELEVEN}), True)
    )
    world.repair()
    assert reconstructed_in(world) == [(3, "ADDED", NINE), (3, "ADDED", TEN), (3, "ADDED", ELEVEN)]
    world.deliver(2)
    assert reconstructed_in(world) == [(1, "ADDED", NINE), (1, "ADDED", ELEVEN)]
    assert_log_is_true(world)


def test_the_second_repair_keeps_the_author_that_the_first_one_found() -> None:
    """The day's row has the author of its last edit; the first repair runs when this is the author of the lost edit."""
    world = world_after((frozenset({NINE}), True))
    world.repair()
    world.edit(frozenset({NINE, TEN}), are_entries_lost=True)
    world.repair()
    assert reconstructed_in(world) == [(1, "ADDED", NINE), (2, "ADDED", TEN)]
    assert [(entry.changed_at, entry.changed_by) for entry in world.log] == [
        (instant_of(1), author_of(1)),
        (instant_of(2), author_of(2)),
    ]


def test_states_with_imported_slots_before_a_gap_are_not_certain() -> None:
    """Three slots were imported. An edit with entries removes the first one, and a lost edit the second one."""
    world = World(truth=[frozenset({NINE, TEN, ELEVEN})])
    world.edit(frozenset({TEN, ELEVEN}), are_entries_lost=False)
    world.edit(frozenset({ELEVEN}), are_entries_lost=True)
    world.repair()
    assert reconstructed_in(world) == []  # nothing shows that TEN existed; ELEVEN always existed
    assert [as_of(world.history(), instant_of(version)).is_certain for version in range(3)] == [False, False, True]


def test_an_imported_slot_is_not_part_of_a_single_lost_edit() -> None:
    world = World(truth=[frozenset({NINE})])
    world.edit(frozenset({NINE, TEN}), are_entries_lost=True)
    world.repair()
    assert reconstructed_in(world) == [(1, "ADDED", TEN)]


def test_a_gap_of_several_edits_has_no_author() -> None:
    """The day's row has the author of the last edit, but another author may have removed the slot before."""
    world = world_after((frozenset({NINE}), False), (frozenset(), True), (frozenset({TEN}), True))
    world.repair()
    assert {entry.changed_by for entry in world.log if entry.source == "reconstructed"} == {None}


def test_late_entries_do_not_make_repair_handle_new_gaps() -> None:
    """Entries of new gaps may still arrive. Later edits don't change what repair has handled."""
    world = world_after((frozenset({NINE}), True), (frozenset(), True))
    world.repair()
    world.edit(frozenset({TEN}), are_entries_lost=True)
    world.edit(frozenset({ELEVEN}), are_entries_lost=False)
    world.deliver(1)
    assert reconstructed_in(world) == [(2, "REMOVED", NINE)]
    world.deliver(3)
    world.repair()
    assert reconstructed_in(world) == [(2, "REMOVED", NINE)]
    assert_log_is_true(world)


def test_a_handled_gap_keeps_the_state_that_repair_found() -> None:
    """Repair found the state after version 3 in the slots. A later lost edit doesn't change this state."""
    world = world_after(
        (frozenset({NINE}), True), (frozenset({NINE, TEN}), True), (frozenset({NINE, TEN, ELEVEN}), True)
    )
    world.repair()
    world.edit(frozenset({TEN, ELEVEN}), are_entries_lost=True)
    world.deliver(2)
    assert reconstructed_in(world) == [(1, "ADDED", NINE), (1, "ADDED", ELEVEN)]


def test_repair_never_reconstructs_two_slots_at_one_time() -> None:
    """An entry's id doesn't contain the duration, so two slots at one time would get the same id."""
    short, long = TimeSlot(time(9), 30), TimeSlot(time(9), 60)
    world = world_after((frozenset({short}), True), (frozenset(), False), (frozenset({long}), True))
    world.repair()
    assert reconstructed_in(world) == [(1, "ADDED", short), (3, "ADDED", long)]


def test_imported_slots_are_there_before_the_first_edit() -> None:
    """Imported slots have no entry, so they stay when all entries are undone."""
    entries = change_set(1, SlotDiff(added=(TEN,))).entries()
    history = DayHistory(TUTOR, DAY, 1, instant_of(1), slots=(NINE, TEN), entries=tuple(entries))
    assert as_of(history, START).slots == (NINE,)
    assert as_of(history, START).is_certain
