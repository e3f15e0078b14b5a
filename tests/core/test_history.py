"""Repair of one day's history: random histories, which are compared with the true history, and special cases.

`common.core.history` explains versions and gaps. A state is certain if `as_of` returns it with `is_certain`.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from common.core.as_of import as_of
from common.core.audit import AuditEntry, ChangeSet
from common.core.diffing import DayChange, SlotDiff, diff_slots
from common.core.history import DayHistory, reconstruct
from common.core.time_slots import TimeSlot
from tests.builders import replay

DAY = date(2026, 11, 23)
START = datetime(2026, 11, 1, 12, tzinfo=UTC)
TUTOR, AUTHOR = UUID(int=1), "auth0|ada"
NINE, TEN, ELEVEN = (TimeSlot(time(hour), 60, "Europe/Copenhagen") for hour in (9, 10, 11))

Slots = frozenset[TimeSlot]


@dataclass
class World:
    """A simulated day.

    `truth[v]` has the true slots at version `v`. `log` has the entries in the log. `missing` has the change sets whose
    entries aren't in the log, by version.
    """

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
            baseline=tuple((slot, instant_of(-1)) for slot in sorted(self.truth[0])),
        )

    def _created_in(self, slot: TimeSlot) -> int:
        """Return the version that added a slot, or -1 if the slot was imported."""
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
        """Repair the log as `common.db.repair` does. If no version is missing, only mark the versions as handled."""
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


def author_of(version: int) -> str:
    return f"auth0|{version}"


def change_set(version: int, diff: SlotDiff) -> ChangeSet:
    changes = (DayChange(DAY, version, diff),)
    return ChangeSet(UUID(int=version), TUTOR, instant_of(version), author_of(version), "tutor_edit", None, changes)


# There are few starts, durations and zones, so that two states often differ only in one of them.
kinds = st.tuples(st.sampled_from([30, 60]), st.sampled_from(["Europe/Copenhagen", "Asia/Tokyo"]))
states = st.dictionaries(st.sampled_from([time(9), time(10), time(11)]), kinds).map(
    lambda day: frozenset(TimeSlot(start, minutes, zone) for start, (minutes, zone) in day.items())
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
    """Return a world after these steps, with `imported` as its baseline. After each step, check all certain states."""
    world = World(truth=[imported])
    for step, what, are_entries_lost in steps:
        if step == "edit":
            world.edit(what, are_entries_lost=are_entries_lost)
        elif step == "repair":
            world.repair()
        elif world.missing:
            world.deliver(sorted(world.missing)[what % len(world.missing)])
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
    """Assert that replaying the log gives the slots, and that each entry fits the state before it.

    Also assert that a version whose entries were written or delivered has exactly the entries of its edit.
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
def test_if_there_is_one_gap_its_true_net_change_is_reconstructed(steps: list[Step]) -> None:
    world = run_steps(steps)
    world.repair()
    lost = sorted(world.missing)
    if not lost or lost != list(range(lost[0], lost[-1] + 1)):
        return
    reconstructed = [entry for entry in world.log if entry.source == "reconstructed"]
    assert set(replay(reconstructed, world.truth[lost[0] - 1])) == world.truth[lost[-1]]


@given(steps, states, states)
def test_an_imported_slot_that_is_never_removed_gets_no_entry(steps: list[Step], imported: Slots, first: Slots) -> None:
    """The first edit has entries. They show that the imported slots are older than every gap."""
    assume(imported != first)
    world = run_steps([("edit", first, False), *steps], imported)
    world.repair()
    untouched = frozenset.intersection(*world.truth)
    assert not [entry for entry in world.log if entry.slot in untouched]


def world_after(*edits: tuple[Slots, bool]) -> World:
    """Return a world after these edits. An edit has the new slots, and True if its entries are lost."""
    world = World()
    for after, are_entries_lost in edits:
        world.edit(after, are_entries_lost=are_entries_lost)
    return world


def reconstructed_in(world: World) -> list[tuple[int, str, TimeSlot]]:
    """Return version, action and slot of the reconstructed entries."""
    return [(entry.version, entry.action, entry.slot) for entry in world.log if entry.source == "reconstructed"]


def test_reconstructed_entries_have_the_gaps_last_version_and_the_reason_other() -> None:
    """Their instant is the next entry's instant, or the instant of the day's last edit if there is no next entry.

    They have an author only if the gap is one edit, and this edit is the day's last one.
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


def test_states_are_uncertain_from_the_edit_before_a_gap_until_the_edit_after_the_gap() -> None:
    """The lost edit was made at an unknown instant between these two edits."""
    world = world_after((frozenset({NINE}), False), (frozenset({TEN}), True), (frozenset({ELEVEN}), False))
    expected = [(frozenset(), True), (frozenset({NINE}), False), (None, False), (frozenset({ELEVEN}), True)]
    assert not as_of(world.history(), START).is_certain  # repair hasn't handled the gap yet
    world.repair()
    for version, (slots, is_certain) in enumerate(expected):
        past = as_of(world.history(), instant_of(version))
        assert past.is_certain == is_certain
        assert slots is None or set(past.slots) == slots


def test_states_between_two_gaps_are_not_certain() -> None:
    """Version 4 removed NINE. The log doesn't show in which gap this happened, so the first gap gets the removal."""
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
    world.deliver(4)  # these entries show that NINE was offered until version 4
    assert reconstructed_in(world) == [(2, "ADDED", ELEVEN)]


def test_late_entries_replace_their_part_of_a_gap() -> None:
    """The rest of the gap is reconstructed again, before the late entries where both positions are possible."""
    world = world_after(
        (frozenset({NINE}), True), (frozenset({NINE, TEN}), True), (frozenset({NINE, TEN, ELEVEN}), True)
    )
    world.repair()
    assert reconstructed_in(world) == [(3, "ADDED", NINE), (3, "ADDED", TEN), (3, "ADDED", ELEVEN)]
    world.deliver(2)
    assert reconstructed_in(world) == [(1, "ADDED", NINE), (1, "ADDED", ELEVEN)]
    assert_log_is_true(world)


def test_the_second_repair_keeps_the_author_that_the_first_repair_found() -> None:
    """The day's row has only the author of the last edit. At the first repair, the lost edit is the last edit."""
    world = world_after((frozenset({NINE}), True))
    world.repair()
    world.edit(frozenset({NINE, TEN}), are_entries_lost=True)
    world.repair()
    assert reconstructed_in(world) == [(1, "ADDED", NINE), (2, "ADDED", TEN)]
    assert [(entry.changed_at, entry.changed_by) for entry in world.log] == [
        (instant_of(1), author_of(1)),
        (instant_of(2), author_of(2)),
    ]


def test_a_baseline_slot_that_a_lost_edit_removed_is_reconstructed() -> None:
    """Three slots stand. Then an edit with entries removes NINE, and a lost edit removes TEN."""
    world = World(truth=[frozenset({NINE, TEN, ELEVEN})])
    world.edit(frozenset({TEN, ELEVEN}), are_entries_lost=False)
    world.edit(frozenset({ELEVEN}), are_entries_lost=True)
    world.repair()
    assert reconstructed_in(world) == [(2, "REMOVED", TEN)]
    assert [as_of(world.history(), instant_of(version)).is_certain for version in range(3)] == [True, False, True]


def test_a_baseline_slot_that_was_inserted_after_the_last_edit_is_not_part_of_a_lost_edit() -> None:
    baseline = ((NINE, START), (ELEVEN, instant_of(2)))
    history = DayHistory(
        TUTOR,
        DAY,
        1,
        instant_of(1),
        slots=(NINE, TEN, ELEVEN),
        baseline=baseline,
        created_at={ELEVEN.start: instant_of(2)},
    )
    (change_set,) = reconstruct(history)
    assert change_set.changes[0].diff == SlotDiff(added=(TEN,))


def test_states_with_other_slots_without_entries_before_a_gap_are_not_certain() -> None:
    """The same, but another program inserted the slots. No entry shows that TEN existed."""
    world = World(truth=[frozenset({NINE, TEN, ELEVEN})])
    world.edit(frozenset({TEN, ELEVEN}), are_entries_lost=False)
    world.edit(frozenset({ELEVEN}), are_entries_lost=True)
    history = replace(world.history(), baseline=())
    assert reconstruct(history) == []
    history = replace(history, repaired_version=2)
    assert [as_of(history, instant_of(version)).is_certain for version in range(3)] == [False, False, False]


def test_an_imported_slot_is_not_part_of_a_single_lost_edit() -> None:
    world = World(truth=[frozenset({NINE})])
    world.edit(frozenset({NINE, TEN}), are_entries_lost=True)
    world.repair()
    assert reconstructed_in(world) == [(1, "ADDED", TEN)]


def test_a_gap_of_several_edits_has_no_author() -> None:
    """The day's row has only the author of the last edit. Another author may have made the edit that removed NINE."""
    world = world_after((frozenset({NINE}), False), (frozenset(), True), (frozenset({TEN}), True))
    world.repair()
    assert {entry.changed_by for entry in world.log if entry.source == "reconstructed"} == {None}


def test_the_delivery_of_late_entries_does_not_reconstruct_new_gaps() -> None:
    """The entries of a new gap, which repair hasn't handled, may still arrive."""
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


def test_a_later_lost_edit_does_not_change_a_gap_that_was_reconstructed() -> None:
    """Repair read the state after version 3 from the day's slots. The lost edit of version 4 doesn't change it."""
    world = world_after(
        (frozenset({NINE}), True), (frozenset({NINE, TEN}), True), (frozenset({NINE, TEN, ELEVEN}), True)
    )
    world.repair()
    world.edit(frozenset({TEN, ELEVEN}), are_entries_lost=True)
    world.deliver(2)
    assert reconstructed_in(world) == [(1, "ADDED", NINE), (1, "ADDED", ELEVEN)]


def test_repair_never_reconstructs_two_slots_at_one_time() -> None:
    """An entry's id doesn't depend on the duration, so the entries of two slots at one time would have the same id."""
    short, long = NINE._replace(duration_minutes=30), NINE
    world = world_after((frozenset({short}), True), (frozenset(), False), (frozenset({long}), True))
    world.repair()
    assert reconstructed_in(world) == [(1, "ADDED", short), (3, "ADDED", long)]


def test_imported_slots_are_part_of_the_state_before_the_first_edit() -> None:
    """To compute this state, `as_of` undoes all entries. Imported slots have no entries, so they stay."""
    entries = change_set(1, SlotDiff(added=(TEN,))).entries()
    baseline = ((NINE, START),)
    history = DayHistory(TUTOR, DAY, 1, instant_of(1), slots=(NINE, TEN), entries=tuple(entries), baseline=baseline)
    assert as_of(history, START).slots == (NINE,)
    assert as_of(history, START).is_certain
