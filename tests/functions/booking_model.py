"""A small model of a tutor's slots and bookings, written from the contract and not from the code.

All slots are in one zone without changes of clocks, so that local times have the same distances as instants.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

from tests.builders import monday

ZONE = "Asia/Tokyo"
STARTS = ("09:00", "10:00", "11:00")
DATES = [monday(3) + timedelta(weeks=week) for week in range(3)]
PAST = datetime.now(UTC).date() - timedelta(days=3)
MAX_HOLDS = 2

Slot = tuple[date, str]
ACTIVE = ("AWAITING_PAYMENT", "CONFIRMED")
OCCUPYING = (*ACTIVE, "COMPLETED", "NO_SHOW")


@dataclass(frozen=True)
class Booked:
    """A booking as the model expects it. `minutes` is the duration of its slot when it was placed.

    `is_confirmed` says whether it ever was, except by another program.
    """

    id: str
    student: str
    slot: Slot
    minutes: int
    status: str
    moved_from: str | None = None
    moved_to: str | None = None
    series: str | None = None
    is_confirmed: bool = False


@dataclass
class Model:
    """The slots (with their minutes), the versions of the days, and the bookings by id.

    `schedule` gives each published date its slots. `schedule_versions` are the versions of days that it made last.
    """

    slots: dict[Slot, int] = field(default_factory=dict)
    versions: dict[date, int] = field(default_factory=dict)
    schedule: dict[date, dict[str, int]] = field(default_factory=dict)
    schedule_versions: dict[date, int] = field(default_factory=dict)
    bookings: dict[str, Booked] = field(default_factory=dict)

    def occupied(self) -> set[Slot]:
        return {each.slot for each in self.bookings.values() if each.status in OCCUPYING}

    def is_free(self, slot: Slot) -> bool:
        return slot in self.slots and slot not in self.occupied()

    def refusal(self, slot: Slot) -> str | None:
        """Return the code of the first reason why nobody can book the slot."""
        if slot not in self.slots:
            return "slot_not_found"
        if slot[0] == PAST:
            return "too_late"
        return None if self.is_free(slot) else "slot_taken"

    def has_all_holds(self, student: str) -> bool:
        """Whether the student has so many holds that another one is refused; those of a series count as one."""
        holds = {
            each.series or each.id
            for each in self.bookings.values()
            if each.student == student and each.status == "AWAITING_PAYMENT"
        }
        return len(holds) >= MAX_HOLDS

    def alternatives(self, wanted: Slot) -> list[Slot]:
        """Return the five bookable slots that are nearest to the wanted one."""
        near = [slot for slot in self.slots if self.refusal(slot) is None and abs(slot[0] - wanted[0]).days <= 31]
        return sorted(near, key=lambda slot: (abs(_local(slot) - _local(wanted)), slot))[:5]

    def add(self, booked: Booked) -> None:
        self.bookings[booked.id] = booked

    def change(self, booked: Booked, status: str, moved_to: str | None = None) -> None:
        is_confirmed = booked.is_confirmed or (booked.status, status) == ("AWAITING_PAYMENT", "CONFIRMED")
        self.add(replace(booked, status=status, moved_to=moved_to, is_confirmed=is_confirmed))

    def edit(self, days: dict[date, dict[str, int]]) -> bool:
        """Replace the slots of days; return False if this would remove an occupied slot, and change nothing then."""
        old = {slot: minutes for slot, minutes in self.slots.items() if slot[0] in days}
        new = {(day, start): minutes for day, slots in days.items() for start, minutes in slots.items()}
        changed = dict(old.items() ^ new.items())
        if any(slot in old and not self.is_free(slot) for slot in changed):
            return False
        for day in {slot[0] for slot in changed}:
            self.versions[day] = self.versions.get(day, 0) + 1
        self.slots = {slot: minutes for slot, minutes in self.slots.items() if slot not in old} | new
        return True

    def publish(self, schedule: dict[date, dict[str, int]], dates: Iterable[date], *, overwrite: bool = False) -> None:
        """Publish a schedule on these dates: occupied slots stay, and days that were edited by hand, too."""
        for day in dates:
            old = {start: minutes for (on, start), minutes in self.slots.items() if on == day}
            version = self.versions.get(day, 0)
            if not overwrite and version != self.schedule_versions.get(day) and (version or old):
                continue
            stays = {start: minutes for start, minutes in old.items() if not self.is_free((day, start))}
            new = schedule.get(day, {}) | stays
            if new != old:
                assert self.edit({day: new})
            if version := self.versions.get(day, 0):
                self.schedule_versions[day] = version
        self.schedule = schedule

    def availability(self) -> dict[date, tuple[int, dict[str, str]]]:
        """Return the version and the statuses of each day that has a slot or a version."""
        days = sorted({*self.versions, *(day for day, _ in self.slots)})
        shown: dict[date, tuple[int, dict[str, str]]] = {day: (self.versions.get(day, 0), {}) for day in days}
        occupied = self.occupied()
        for day, start in sorted(self.slots):
            shown[day][1][start] = "BOOKED" if (day, start) in occupied else "AVAILABLE"
        return shown

    def of_series(self, series: str, first: date, visible_to: Iterable[str]) -> list[Booked]:
        """Return the bookings of a series from a date on, by date."""
        students = set(visible_to)
        found = [
            each
            for each in self.bookings.values()
            if each.series == series and each.slot[0] >= first and each.student in students
        ]
        return sorted(found, key=lambda each: each.slot)


def _local(slot: Slot) -> datetime:
    return datetime.fromisoformat(f"{slot[0]}T{slot[1]}")
