import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.core.audit import AuditEntry, ChangeSet, change_set_fields, changed_at, entry_id, parse_change_set
from common.core.diffing import DayChange, SlotDiff, diff_slots
from common.core.time_slots import TimeSlot
from tests.builders import replay
from tests.core.strategies import slot_sets

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TUTOR, AUTHOR, ID = UUID(int=1), "auth0|ada", UUID(int=3)
TEN, LONG_TEN = TimeSlot(time(10), 60), TimeSlot(time(10), 90)


def change_set(*changes: DayChange, id: UUID = ID) -> ChangeSet:
    return ChangeSet(id, TUTOR, NOW, AUTHOR, "vacation", "away", changes)


@given(st.lists(slot_sets, min_size=1, max_size=6), st.randoms())
def test_replaying_entries_rebuilds_the_day(
    states: list[frozenset[TimeSlot]],
    random: st.randoms,  # type: ignore[valid-type]
) -> None:
    """The order of the entries doesn't matter: `replay` sorts them by version, with removals before additions."""
    entries: list[AuditEntry] = []
    before: frozenset[TimeSlot] = frozenset()
    for version, after in enumerate(states, start=1):
        entries += change_set(DayChange(MONDAY, version, diff_slots(before, after)), id=UUID(int=version)).entries()
        before = after
    random.shuffle(entries)  # type: ignore[attr-defined]
    assert set(replay(entries)) == states[-1]


def test_entries_have_the_author_reason_and_instant_of_their_change_set() -> None:
    longer = change_set(DayChange(MONDAY, 4, SlotDiff(added=(LONG_TEN,), removed=(TEN,))))
    removed, added = longer.entries()
    assert removed == AuditEntry(
        id=entry_id(ID, MONDAY, TEN, "REMOVED"),
        tutor_id=TUTOR,
        date=MONDAY,
        slot=TEN,
        action="REMOVED",
        reason="vacation",
        changed_at=NOW,
        changed_by=AUTHOR,
        notes="away",
        change_set_id=ID,
        version=4,
        source="recorded",
    )
    assert (added.action, added.slot, added.id) == ("ADDED", LONG_TEN, entry_id(ID, MONDAY, LONG_TEN, "ADDED"))


def test_entry_ids_are_the_same_each_time_and_differ_between_entries() -> None:
    """If a release changed the ids, a deferred entry could be written twice."""
    assert entry_id(ID, MONDAY, TEN, "ADDED") == UUID("f8e73fa1-454e-5fa4-89c6-3b30b393c86c")
    others = {
        entry_id(UUID(int=4), MONDAY, TEN, "ADDED"),
        entry_id(ID, MONDAY + timedelta(days=1), TEN, "ADDED"),
        entry_id(ID, MONDAY, TimeSlot(time(10, 1), 60), "ADDED"),
        entry_id(ID, MONDAY, TEN, "REMOVED"),
    }
    assert len(others | {entry_id(ID, MONDAY, TEN, "ADDED")}) == 5


def test_the_instant_of_an_edit_is_later_than_that_of_the_previous_edit() -> None:
    """The clocks of two servers may differ. `changed_at` returns an instant after the previous edit in any case."""
    ahead = NOW + timedelta(seconds=5)
    assert changed_at(NOW, []) == NOW
    assert changed_at(NOW, [None, NOW - timedelta(days=1)]) == NOW
    assert changed_at(NOW, [NOW]) == NOW + timedelta(microseconds=1)
    assert changed_at(NOW, [ahead, NOW]) == ahead + timedelta(microseconds=1)


def test_a_change_set_is_written_as_json() -> None:
    """A message of the retry queue has this JSON. If the queue can't be reached, a line of the program's log has it."""
    fields = change_set_fields(change_set(DayChange(MONDAY, 4, SlotDiff(added=(LONG_TEN,), removed=(TEN,)))))
    assert json.loads(json.dumps(fields)) == {
        "id": str(ID),
        "tutorId": str(TUTOR),
        "changedAt": "2026-11-22T12:00:00+00:00",
        "changedBy": AUTHOR,
        "reason": "vacation",
        "notes": "away",
        "size": 2,
        "changes": [{"date": "2026-11-23", "version": 4, "removed": [["10:00", 60]], "added": [["10:00", 90]]}],
    }


def test_a_change_set_is_parsed_from_json() -> None:
    """The queue has one message for each day. Parsed entries equal the original entries, with the source `deferred`."""
    whole = change_set(
        DayChange(MONDAY, 4, SlotDiff(added=(LONG_TEN,), removed=(TEN,))),
        DayChange(MONDAY + timedelta(days=1), 1, SlotDiff(added=(TEN,))),
    )
    parsed = [parse_change_set(json.loads(json.dumps(change_set_fields(part)))) for part in whole.split_by_day()]
    assert [entry for part in parsed for entry in part.entries()] == [
        replace(entry, source="deferred") for entry in whole.entries()
    ]
    assert [part.size for part in parsed] == [3, 3]


@pytest.mark.parametrize(
    "break_it",
    [
        lambda fields: None,
        lambda fields: [fields],
        lambda fields: fields.pop("id"),
        lambda fields: fields | {"more": 1},
        lambda fields: fields | {"changedAt": "2026-11-22T12:00:00"},
        lambda fields: fields | {"changedBy": 3},
        lambda fields: fields | {"reason": "boredom"},
        lambda fields: fields | {"notes": "x" * 501},
        lambda fields: fields | {"size": "2"},
        lambda fields: fields | {"changes": [{}]},
        lambda fields: fields | {"changes": [{**fields["changes"][0], "version": 0}]},
        lambda fields: fields | {"changes": [{**fields["changes"][0], "version": "4"}]},
        lambda fields: fields | {"changes": [{**fields["changes"][0], "added": [], "removed": []}]},
        lambda fields: fields | {"changes": [{**fields["changes"][0], "added": [["25:00", 60]]}]},
        lambda fields: fields | {"changes": [{**fields["changes"][0], "added": [["09:00", "60"]]}]},
        lambda fields: fields | {"changes": [{**fields["changes"][0], "added": [["09:00", 100000]]}]},
    ],
)
def test_parsing_invalid_fields_raises_an_error(break_it: Callable[[Any], Any]) -> None:
    fields = change_set_fields(change_set(DayChange(MONDAY, 4, SlotDiff(added=(TEN,)))))
    with pytest.raises(ValueError, match="not a change set"):
        parse_change_set(break_it(fields))
