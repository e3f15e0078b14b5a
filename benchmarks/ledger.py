"""What has to hold of the days and their log after many edits, by whomever: `faults` says what doesn't."""

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
STRANDED = """
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
    """An edit that was saved: by which release, and what it answered."""

    release: str
    answer: Any

    @property
    def tutor(self) -> str:
        """Return the tutor whose days were changed."""
        return str(self.answer["tutorId"])

    @property
    def change_set(self) -> str:
        """Return the id of the change set."""
        return str(self.answer["changeSetId"])

    def changes(self) -> Iterator[tuple[str, int, Counter[Any]]]:
        """Return each day that was changed: its date, its version, its difference."""
        versions = {day["date"]: day["version"] for day in self.answer["days"]}
        diffs = defaultdict[str, Counter[Any]](Counter)
        for change in self.answer["diff"]:
            diffs[change["date"]][change["time"], change["durationMinutes"], change["action"]] += 1
        for day, diff in diffs.items():
            yield day, versions[day], diff


def faults(database: Database, edits: list[Edit], dates: list[str]) -> list[str]:
    """Return what is wrong with these dates of all tutors, which `edits` alone have changed."""
    wanted = "{" + ",".join(dates) + "}"
    entries = defaultdict[Key, list[Any]](list)
    for entry in database.rows(ENTRIES, dates=wanted):
        entries[entry.tutor_id, entry.date].append(entry)
    slots = defaultdict[Key, Slots](set)
    for slot in database.rows(SLOTS, dates=wanted):
        slots[slot.tutor_id, slot.date].add((slot.time, slot.duration_minutes))
    made = defaultdict[Key, list[tuple[int, Edit, Counter[Any]]]](list)
    for edit in edits:
        for day, version, diff in edit.changes():
            made[edit.tutor, day].append((version, edit, diff))
    days = {(day.tutor_id, day.date): day for day in database.rows(VERSIONS, dates=wanted)}
    found = [f"{key}: it has entries or edits, and no version" for key in {*entries, *made} - set(days)]
    found += ["a booking has no slot" for _ in database.rows(STRANDED)]
    for key, day in days.items():
        found += [f"{key}: {what}" for what in _of_day(day, made[key], entries[key], slots[key])]
    return found


def _of_day(day: Any, edits: list[tuple[int, Edit, Counter[Any]]], entries: list[Any], slots: Slots) -> Iterator[str]:
    if sorted(version for version, _, _ in edits) != list(range(1, day.version + 1)):
        yield f"it has version {day.version}, after the edits {sorted(version for version, _, _ in edits)}"
    by_version = defaultdict[int, list[Any]](list)
    for entry in entries:
        by_version[entry.version].append(entry)
    exact = {number: some for number, some in by_version.items() if {each.source for each in some} != {"reconstructed"}}
    for version, edit, diff in edits:
        if version in exact:
            yield from _of_version(version, edit, diff, exact[version])
        elif edit.answer["audit"] == "recorded":
            yield f"version {version} was recorded, and isn't there"
        elif version > day.repaired_version:
            yield f"version {version} is lost, and nobody has accounted for it"
    if extra := set(exact) - {version for version, _, _ in edits}:
        yield f"nobody made the versions {sorted(extra)}"
    instants = [some[0].changed_at for _, some in sorted(exact.items())]
    if instants != sorted(set(instants)):
        yield "its versions and their instants disagree"
    if (replayed := _replayed(entries)) != slots:
        yield f"its log gives {sorted(replayed)}, and it has {sorted(slots)}"


def _of_version(version: int, edit: Edit, diff: Counter[Any], entries: list[Any]) -> Iterator[str]:
    told = Counter((entry.time, entry.duration_minutes, entry.action) for entry in entries)
    if {entry.change_set_id for entry in entries} != {edit.change_set} or told != diff:
        yield f"version {version} is {diff} of {edit.change_set} ({edit.release}), and the log has {entries}"


def _replayed(entries: list[Any]) -> Slots:
    slots: Slots = set()
    for entry in entries:
        change = slots.add if entry.action == "ADDED" else slots.discard
        change((entry.time, entry.duration_minutes))
    return slots
