"""Check that days and their log are consistent after many edits by two releases."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from benchmarks.database import Database

Key = tuple[str, str]  # a tutor and a date
Slots = set[tuple[str, int]]

VERSIONS = """
select cast(tutor_id as text), cast(date as text), version, repaired_version
from tutor_days
where date = any(cast(:dates as date[])) and version > 0
"""
SLOTS = """
select cast(tutor_id as text), cast(date as text), to_char(start_time, 'HH24:MI') as time, duration_minutes
from tutor_time_slots
where date = any(cast(:dates as date[]))
"""
ENTRIES = """
select cast(tutor_id as text), cast(date as text), version, to_char(start_time, 'HH24:MI') as time, duration_minutes,
  action, cast(change_set_id as text), changed_at, source
from tutor_availability_log
where date = any(cast(:dates as date[]))
order by tutor_id, date, version, action desc  -- a removal comes first
"""
BOOKINGS_WITHOUT_SLOT = """
select 1
from bookings
where occupied_start_time is not null
  and not exists (
    select 1
    from tutor_time_slots as slot
    where slot.tutor_id = bookings.tutor_id and slot.date = bookings.date and slot.start_time = occupied_start_time
  )
"""


@dataclass(frozen=True)
class Edit:
    """A saved edit: the release that saved the edit, and the release's answer."""

    release: str
    answer: Any

    @property
    def tutor(self) -> str:
        """Return the id of the tutor."""
        return str(self.answer["tutorId"])

    @property
    def change_set(self) -> str:
        """Return the id of the change set."""
        return str(self.answer["changeSetId"])

    def changes(self) -> Iterator[tuple[str, int, Counter[Any]]]:
        """Yield the date, the new version and the changed slots of each changed day."""
        versions = {day["date"]: day["version"] for day in self.answer["days"]}
        diffs = defaultdict[str, Counter[Any]](Counter)
        for change in self.answer["diff"]:
            diffs[change["date"]][change["time"], change["durationMinutes"], change["action"]] += 1
        for day, diff in diffs.items():
            yield day, versions[day], diff


def find_faults(database: Database, edits: list[Edit], dates: list[str]) -> list[str]:
    """Return a message for each fault on these dates of all tutors, and for each active booking without a slot.

    Only `edits` may have changed the slots on these dates.
    """
    array = "{" + ",".join(dates) + "}"
    entries = defaultdict[Key, list[Any]](list)
    for entry in database.rows(ENTRIES, dates=array):
        entries[entry.tutor_id, entry.date].append(entry)
    slots = defaultdict[Key, Slots](set)
    for slot in database.rows(SLOTS, dates=array):
        slots[slot.tutor_id, slot.date].add((slot.time, slot.duration_minutes))
    edits_of = defaultdict[Key, list[tuple[int, Edit, Counter[Any]]]](list)
    for edit in edits:
        for day, version, diff in edit.changes():
            edits_of[edit.tutor, day].append((version, edit, diff))
    days = {(day.tutor_id, day.date): day for day in database.rows(VERSIONS, dates=array)}
    messages = [f"{key}: has entries or edits, but no version" for key in {*entries, *edits_of} - set(days)]
    messages += ["an active booking has no slot" for _ in database.rows(BOOKINGS_WITHOUT_SLOT)]
    for key, day in days.items():
        messages += [f"{key}: {fault}" for fault in _faults_of_day(day, edits_of[key], entries[key], slots[key])]
    return messages


def _faults_of_day(
    day: Any, edits: list[tuple[int, Edit, Counter[Any]]], entries: list[Any], slots: Slots
) -> Iterator[str]:
    if sorted(version for version, _, _ in edits) != list(range(1, day.version + 1)):
        yield f"has version {day.version}, but the edits made versions {sorted(version for version, _, _ in edits)}"
    by_version = defaultdict[int, list[Any]](list)
    for entry in entries:
        by_version[entry.version].append(entry)
    logged = {
        number: of_version
        for number, of_version in by_version.items()
        if {entry.source for entry in of_version} != {"reconstructed"}
    }
    for version, edit, diff in edits:
        if version in logged:
            yield from _faults_of_version(version, edit, diff, logged[version])
        elif edit.answer["audit"] == "recorded":
            yield f"version {version}: the update answered 'recorded', but there is no entry"
        elif version > day.repaired_version:
            yield f"version {version}: has no entry, and the repair didn't reconstruct it"
    if extra := set(logged) - {version for version, _, _ in edits}:
        yield f"versions {sorted(extra)}: have entries, but no edit made these versions"
    instants = [of_version[0].changed_at for _, of_version in sorted(logged.items())]
    if instants != sorted(set(instants)):
        yield "the instants of its versions are equal, or aren't in the order of the versions"
    if (replayed := _replay(entries)) != slots:
        yield f"replaying its log gives {sorted(replayed)}, but its slots are {sorted(slots)}"


def _faults_of_version(version: int, edit: Edit, diff: Counter[Any], entries: list[Any]) -> Iterator[str]:
    logged = Counter((entry.time, entry.duration_minutes, entry.action) for entry in entries)
    if {entry.change_set_id for entry in entries} != {edit.change_set} or logged != diff:
        yield f"version {version}: {edit.release} made {diff} in {edit.change_set}, but the log has {entries}"


def _replay(entries: list[Any]) -> Slots:
    slots: Slots = set()
    for entry in entries:
        change = slots.add if entry.action == "ADDED" else slots.discard
        change((entry.time, entry.duration_minutes))
    return slots
