"""A day's history with holes in it: lived through at random, repaired, and held against what really happened."""

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
    """A day, its log, and what the log doesn't say: `truth[v]` are the slots at version v."""

    truth: list[Slots] = field(default_factory=lambda: [frozenset()])
    log: list[AuditEntry] = field(default_factory=list)
    on_their_way: dict[int, ChangeSet] = field(default_factory=dict)
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
        """Return the version since which a slot stands; -1 when it was imported."""
        version = self.version
        while version >= 0 and slot in self.truth[version]:
            version -= 1
        return version + 1 if version >= 0 else -1

    def edit(self, after: Slots, *, is_entry_lost: bool) -> None:
        diff = diff_slots(self.truth[-1], after)
        if not diff:
            return
        self.truth.append(after)
        change = change_set(self.version, diff)
        if is_entry_lost:
            self.on_their_way[self.version] = replace(change, source="deferred")
        else:
            self.log += change.entries()

    def repair(self) -> None:
        """Do what the database's part does: a day without missing versions is only marked."""
        told = {entry.version for entry in self.log}
        if not told >= set(range(self.repaired_version + 1, self.version + 1)):
            self._replace_stand_ins(reconstruct(self.history()))
        self.repaired_version = self.version

    def deliver(self, version: int) -> None:
        self.log += self.on_their_way.pop(version).entries()
        if self.repaired_version:
            self._replace_stand_ins(reconstruct(self.history(), late=version))

    def _replace_stand_ins(self, stand_ins: list[ChangeSet]) -> None:
        self.log = [entry for entry in self.log if entry.source != "reconstructed"]
        self.log += [entry for stand_in in stand_ins for entry in stand_in.entries()]
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


def live(steps: list[Step], imported: Slots = frozenset()) -> World:
    """Live through the steps; after each, what is certain has to be right."""
    world = World(truth=[imported])
    for step, what, is_entry_lost in steps:
        if step == "edit":
            world.edit(what, is_entry_lost=is_entry_lost)
        elif step == "repair":
            world.repair()
        elif world.on_their_way:
            world.deliver(sorted(world.on_their_way)[what % len(world.on_their_way)])
        if not imported:
            assert_certain_is_right(world)
    return world


def assert_certain_is_right(world: World) -> None:
    history = world.history()
    for version, slots in enumerate(world.truth):
        for at in (instant_of(version), instant_of(version + 1) - timedelta(microseconds=1)):
            past = as_of(history, at)
            assert past.is_certain or world.on_their_way
            assert not past.is_certain or (frozenset(past.slots), past.version) == (slots, version)


def assert_the_log_is_true(world: World) -> None:
    """It replays to the slots, each entry fits what was before it, and what wasn't lost is as it was."""
    offered: set[TimeSlot] = set()
    latest = START
    for entry in sorted(world.log, key=lambda entry: (entry.version, entry.action == "ADDED")):
        assert (entry.slot in offered) == (entry.action == "REMOVED"), entry
        offered ^= {entry.slot}
        assert entry.changed_at >= latest
        latest = entry.changed_at
    assert offered == set(world.truth[-1])
    for version in range(1, world.version + 1):
        exact = [entry for entry in world.log if entry.version == version and entry.source != "reconstructed"]
        if version in world.on_their_way:
            assert exact == []
        else:
            source = exact[0].source
            diff = diff_slots(world.truth[version - 1], world.truth[version])
            assert exact == replace(change_set(version, diff), source=source).entries()


@settings(max_examples=1000)
@given(steps)
def test_after_repair_the_log_is_true_and_what_is_certain_is_right(steps: list[Step]) -> None:
    """Entries come late in any order or never, and repair runs at any time."""
    world = live(steps)
    world.repair()
    assert_the_log_is_true(world)
    assert_certain_is_right(world)
    for version in list(world.on_their_way):
        world.deliver(version)
        assert_the_log_is_true(world)
        assert_certain_is_right(world)
    assert not [entry for entry in world.log if entry.source == "reconstructed"]


@given(steps)
def test_reconstructing_again_changes_nothing(steps: list[Step]) -> None:
    world = live(steps)
    world.repair()
    stand_ins = [entry for entry in world.log if entry.source == "reconstructed"]
    assert [entry for again in reconstruct(world.history()) for entry in again.entries()] == stand_ins


@given(steps)
def test_one_gap_is_reconstructed_as_its_true_net_change(steps: list[Step]) -> None:
    world = live(steps)
    world.repair()
    lost = sorted(world.on_their_way)
    if not lost or lost != list(range(lost[0], lost[-1] + 1)):
        return
    stand_ins = [entry for entry in world.log if entry.source == "reconstructed"]
    assert set(replay(stand_ins, world.truth[lost[0] - 1])) == world.truth[lost[-1]]


@given(steps, states, states)
def test_imported_slots_that_stand_are_no_part_of_a_later_gap(steps: list[Step], imported: Slots, first: Slots) -> None:
    """Once an edit is known, whatever stands since before it isn't told as added by a lost one."""
    assume(imported != first)
    world = live([("edit", first, False), *steps], imported)
    world.repair()
    untouched = frozenset.intersection(*world.truth)
    assert not [entry for entry in world.log if entry.slot in untouched]


def lived(*edits: tuple[Slots, bool]) -> World:
    world = World()
    for after, is_entry_lost in edits:
        world.edit(after, is_entry_lost=is_entry_lost)
    return world


def told(world: World) -> list[tuple[int, str, TimeSlot]]:
    """What was reconstructed: version, action, slot."""
    return [(entry.version, entry.action, entry.slot) for entry in world.log if entry.source == "reconstructed"]


def test_a_gap_says_what_is_known_and_no_more() -> None:
    """Its last version and the next known instant; reason other; no author, unless it was the day's last edit."""
    world = lived(
        (frozenset({NINE}), False), (frozenset({NINE, TEN}), True), (frozenset({TEN}), True), (frozenset(), False)
    )
    world.repair()
    (removed,) = [entry for entry in world.log if entry.action == "REMOVED" and entry.source == "reconstructed"]
    assert told(world) == [(3, "REMOVED", NINE), (3, "ADDED", TEN)]
    assert (removed.changed_at, removed.changed_by) == (instant_of(4), None)
    assert (removed.reason, removed.notes) == ("other", None)

    last = lived((frozenset({NINE}), True))
    last.repair()
    (added,) = last.log
    assert (added.changed_at, added.changed_by, added.version) == (instant_of(1), author_of(1), 1)
    assert added.change_set_id == last.log[0].change_set_id


def test_a_gap_whose_net_change_is_empty_needs_no_entry() -> None:
    world = lived((frozenset({NINE}), False), (frozenset(), True), (frozenset({NINE}), True))
    world.repair()
    assert told(world) == []
    assert [as_of(world.history(), instant_of(version)).is_certain for version in range(4)] == [
        True,
        False,
        False,
        True,
    ]


def test_within_a_gap_the_past_is_uncertain_and_around_it_certain() -> None:
    world = lived((frozenset({NINE}), False), (frozenset({TEN}), True), (frozenset({ELEVEN}), False))
    expected = [(frozenset(), True), (frozenset({NINE}), False), (None, False), (frozenset({ELEVEN}), True)]
    assert not as_of(world.history(), START).is_certain  # as long as the gap is open
    world.repair()
    for version, (slots, is_certain) in enumerate(expected):
        past = as_of(world.history(), instant_of(version))
        assert past.is_certain == is_certain
        assert slots is None or set(past.slots) == slots


def test_between_two_gaps_nothing_is_certain() -> None:
    """Where a slot was taken back can't be told: in the older gap, says the log, and it was the later one."""
    world = lived(
        (frozenset({NINE, TEN}), False),
        (frozenset({NINE, TEN, ELEVEN}), True),
        (frozenset({NINE, ELEVEN}), False),
        (frozenset({ELEVEN}), True),
        (frozenset({ELEVEN, TEN}), False),
    )
    world.repair()
    assert told(world) == [(2, "REMOVED", NINE), (2, "ADDED", ELEVEN)]
    assert [as_of(world.history(), instant_of(version)).is_certain for version in range(6)] == [
        True,
        False,
        False,
        False,
        False,
        True,
    ]
    world.deliver(4)  # says that NINE was still there
    assert told(world) == [(2, "ADDED", ELEVEN)]


def test_late_entries_take_the_place_of_their_part_of_a_gap() -> None:
    """The rest is reconstructed again: what fits before them as well as after, before."""
    world = lived((frozenset({NINE}), True), (frozenset({NINE, TEN}), True), (frozenset({NINE, TEN, ELEVEN}), True))
    world.repair()
    assert told(world) == [(3, "ADDED", NINE), (3, "ADDED", TEN), (3, "ADDED", ELEVEN)]
    world.deliver(2)
    assert told(world) == [(1, "ADDED", NINE), (1, "ADDED", ELEVEN)]
    assert_the_log_is_true(world)


def test_what_was_known_at_the_first_repair_is_kept_at_the_next() -> None:
    """The author of an edit is known as long as it is the day's last one; repaired then, it stays known."""
    world = lived((frozenset({NINE}), True))
    world.repair()
    world.edit(frozenset({NINE, TEN}), is_entry_lost=True)
    world.repair()
    assert told(world) == [(1, "ADDED", NINE), (2, "ADDED", TEN)]
    assert [(entry.changed_at, entry.changed_by) for entry in world.log] == [
        (instant_of(1), author_of(1)),
        (instant_of(2), author_of(2)),
    ]


def test_what_happened_to_imported_slots_within_a_gap_is_not_certain() -> None:
    """Of three imported slots one was removed by an edit that is known, and one by an edit that was lost."""
    world = World(truth=[frozenset({NINE, TEN, ELEVEN})])
    world.edit(frozenset({TEN, ELEVEN}), is_entry_lost=False)
    world.edit(frozenset({ELEVEN}), is_entry_lost=True)
    world.repair()
    assert told(world) == []  # nobody knows that there was TEN; but ELEVEN was there all along
    assert [as_of(world.history(), instant_of(version)).is_certain for version in range(3)] == [False, False, True]


def test_a_single_lost_edit_of_an_imported_day_is_told_from_the_import() -> None:
    world = World(truth=[frozenset({NINE})])
    world.edit(frozenset({NINE, TEN}), is_entry_lost=True)
    world.repair()
    assert told(world) == [(1, "ADDED", TEN)]


def test_of_many_lost_edits_the_author_is_not_known() -> None:
    """The last one's is, and it may have been another who removed the slot."""
    world = lived((frozenset({NINE}), False), (frozenset(), True), (frozenset({TEN}), True))
    world.repair()
    assert {entry.changed_by for entry in world.log if entry.source == "reconstructed"} == {None}


def test_open_gaps_are_left_open_when_entries_come_late() -> None:
    """They may still come, too; and what was accounted for isn't guessed anew from what came after it."""
    world = lived((frozenset({NINE}), True), (frozenset(), True))
    world.repair()
    world.edit(frozenset({TEN}), is_entry_lost=True)
    world.edit(frozenset({ELEVEN}), is_entry_lost=False)
    world.deliver(1)
    assert told(world) == [(2, "REMOVED", NINE)]
    world.deliver(3)
    world.repair()
    assert told(world) == [(2, "REMOVED", NINE)]
    assert_the_log_is_true(world)


def test_what_was_accounted_for_bounds_what_is_guessed_within_it() -> None:
    """The state after the third version was known at its repair; a later edit that is lost says nothing of it."""
    world = lived((frozenset({NINE}), True), (frozenset({NINE, TEN}), True), (frozenset({NINE, TEN, ELEVEN}), True))
    world.repair()
    world.edit(frozenset({TEN, ELEVEN}), is_entry_lost=True)
    world.deliver(2)
    assert told(world) == [(1, "ADDED", NINE), (1, "ADDED", ELEVEN)]


def test_a_duration_that_changed_is_one_slot_at_a_time() -> None:
    """An entry's id doesn't hold the duration: two slots at one time would be one entry."""
    short, long = TimeSlot(time(9), 30), TimeSlot(time(9), 60)
    world = lived((frozenset({short}), True), (frozenset(), False), (frozenset({long}), True))
    world.repair()
    assert told(world) == [(1, "ADDED", short), (3, "ADDED", long)]


def test_slots_that_were_imported_are_there_before_the_first_edit() -> None:
    """They have no entry, and edits_to_revert the later ones leaves them."""
    entries = change_set(1, SlotDiff(added=(TEN,))).entries()
    history = DayHistory(TUTOR, DAY, 1, instant_of(1), slots=(NINE, TEN), entries=tuple(entries))
    assert as_of(history, START).slots == (NINE,)
    assert as_of(history, START).is_certain
