"""What an import does with the rows of one tutor, given the tutor's current days and bookings.

An import only adds. It adds a slot again neither after somebody removed it, nor on a date that was edited after an
import added slots to it. So a second run changes nothing, and nobody's edit is undone.
"""

from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

from common.core.availability import Day
from common.core.time_slots import (
    EARLIEST_DATE,
    MAX_DURATION_MINUTES,
    MAX_SLOTS_PER_DAY,
    TimeSlot,
    check_slot,
    latest_date,
    span,
)
from common.errors import InvalidRequest, NonexistentLocalTime
from local.importing.files import InvalidRow
from local.importing.rows import BOOKINGS, INVALID, RELEASED, SLOTS, BookingRow, SlotRow

ADDED, UNCHANGED = "added", "unchanged"


class ImportedDay(NamedTuple):
    """The slots that earlier imports added to a date, and the last version that an import made."""

    slots: set[TimeSlot]
    version: int


class StoredBooking(NamedTuple):
    """A booking in the database. `occupies` says whether nobody else can book its slot."""

    id: UUID
    external_id: str | None
    student_id: str
    date: date
    start: time
    status: str
    occupies: bool


@dataclass(frozen=True, slots=True)
class TutorState:
    """A tutor's current days and bookings, near the dates of the rows, and what earlier imports added."""

    tutor_id: UUID
    time_zone: str
    now: datetime
    days: Mapping[date, Day] = field(default_factory=dict)
    imported: Mapping[date, ImportedDay] = field(default_factory=dict)
    bookings: Sequence[StoredBooking] = ()


class NewBooking(NamedTuple):
    """A booking to insert. The fields are columns of `bookings`."""

    id: UUID
    external_id: str
    student_id: str
    student_name: str | None
    date: date
    start_time: time
    time_zone: str
    status: str
    hold_expires_at: datetime | None
    created_at: datetime
    released_at: datetime | None
    confirmed_at: datetime | None
    noticed_at: datetime | None


@dataclass(slots=True)
class TutorPlan:
    """The slots and bookings to add, the rows to reject, and the number of rows by file and outcome."""

    slots: dict[date, list[TimeSlot]] = field(default_factory=dict)
    bookings: list[NewBooking] = field(default_factory=list)
    rejected: list[tuple[str, int, InvalidRow]] = field(default_factory=list)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)


def plan_tutor(state: TutorState, slots: Iterable[SlotRow], bookings: Iterable[BookingRow]) -> TutorPlan:
    """Return what to do with the rows of a tutor. Of two rows that can't both be imported, the first one is."""
    plan = TutorPlan()
    offers = _Offers(state, plan)
    for row in slots:
        try:
            plan.counts[SLOTS, offers.add(row)] += 1
        except InvalidRow as error:
            plan.rejected.append((SLOTS, row.line, error))
    book = _Bookings(state, offers.slot_at, plan)
    for booking in bookings:
        try:
            plan.counts[BOOKINGS, book.add(booking)] += 1
        except InvalidRow as error:
            plan.rejected.append((BOOKINGS, booking.line, error))
    return plan


class _Offers:
    """The slots of a tutor, with those that the plan adds."""

    def __init__(self, state: TutorState, plan: TutorPlan) -> None:
        self._state, self._plan = state, plan
        self.slot_at = {(day.date, slot.start): slot for day in state.days.values() for slot in day.slots}
        self._lines: dict[tuple[date, time], int] = {}
        self._spans: list[tuple[datetime, datetime, date, TimeSlot]] | None = None

    def add(self, row: SlotRow) -> str:
        """Add the slot of a row to the plan, unless it is there already; return the outcome."""
        _check_date(row.date, self._state.now)
        standing = self.slot_at.get((row.date, row.slot.start))
        slot = row.slot if row.slot.zone else row.slot._replace(zone=self._state.time_zone)
        if row.line != (first := self._lines.get((row.date, row.slot.start), row.line)):
            raise InvalidRow("time", "overlapping_slots", f"line {first} has a slot at the same time")
        if standing is None or not _is_same(row.slot, standing):
            self._check_history(row)
            self._check(row.date, slot, standing)
            self._plan.slots.setdefault(row.date, []).append(slot)
            self.slot_at[row.date, slot.start] = slot
        self._lines[row.date, slot.start] = row.line
        return UNCHANGED if standing is not None else ADDED

    def _check_history(self, row: SlotRow) -> None:
        """Raise `InvalidRow` if the date was edited after an import added slots to it."""
        imported = self._state.imported.get(row.date)
        if imported is None:
            return
        if self._state.days[row.date].version > imported.version or any(
            _is_same(row.slot, each) for each in imported.slots
        ):
            message = f"{row.date} was edited after its slots were imported, and doesn't have this slot now"
            raise InvalidRow("date", "day_edited", message)

    def _check(self, day: date, slot: TimeSlot, standing: TimeSlot | None) -> None:
        """Raise `InvalidRow` if the slot breaks a rule."""
        try:
            check_slot(day, slot, "")
        except NonexistentLocalTime as error:
            raise InvalidRow("time", "nonexistent_local_time", error.errors[0].message) from None
        except InvalidRequest as error:
            raise InvalidRow("duration_minutes", INVALID, error.errors[0].message) from None
        if standing is not None:
            message = f"{day} has another slot at {slot.start:%H:%M}: {standing.duration_minutes} minutes"
            raise InvalidRow("time", "overlapping_slots", f"{message}, in {standing.zone}")
        stored = self._state.days.get(day)
        if len(self._plan.slots.get(day, ())) + (len(stored.slots) if stored else 0) >= MAX_SLOTS_PER_DAY:
            raise InvalidRow("date", "too_many_slots", f"{day} has {MAX_SLOTS_PER_DAY} slots already, the limit")
        if self._spans is None:
            stored_slots = ((each.date, slot) for each in self._state.days.values() for slot in each.slots)
            self._spans = sorted((*span(*each), *each) for each in stored_slots)
        starts_at, ends_at = span(day, slot)
        i = bisect_left(self._spans, ends_at, key=lambda each: each[0])
        earliest = starts_at - timedelta(minutes=MAX_DURATION_MINUTES)
        while i and self._spans[i - 1][0] > earliest:
            i -= 1
            _, other_ends_at, other_day, other = self._spans[i]
            if other_ends_at > starts_at:
                line = self._lines.get((other_day, other.start))
                where = f"line {line}" if line else "stored already"
                message = f"it overlaps the slot at {other.start:%H:%M} on {other_day} in {other.zone} ({where})"
                raise InvalidRow("time", "overlapping_slots", message)
        insort(self._spans, (starts_at, ends_at, day, slot))


def _is_same(row: TimeSlot, slot: TimeSlot) -> bool:
    """Whether a slot is the one that a row means. A row without a zone means the slot in any zone."""
    return row == slot or (not row.zone and row[:2] == slot[:2])


class _Bookings:
    """The bookings of a tutor, with those that the plan adds."""

    def __init__(self, state: TutorState, slot_at: Mapping[tuple[date, time], TimeSlot], plan: TutorPlan) -> None:
        self._state, self._slot_at, self._plan = state, slot_at, plan
        self._by_id = {each.id: each for each in state.bookings}
        self._by_external_id = {each.external_id: each for each in state.bookings if each.external_id is not None}
        self._taken = {(each.date, each.start): 0 for each in state.bookings if each.occupies}

    def add(self, row: BookingRow) -> str:
        """Add the booking of a row to the plan, unless it is there already; return the outcome."""
        _check_date(row.date, self._state.now)
        booking_id = booking_id_of(self._state.tutor_id, row.external_id)
        stored = self._by_external_id.get(row.external_id) or self._by_id.get(booking_id)
        if stored is not None:
            _check_unchanged(row, stored)
            return UNCHANGED
        now, status, released_at = self._state.now, row.status, row.released_at
        has_run_out = row.hold_expires_at is not None and row.hold_expires_at <= now
        if status == "AWAITING_PAYMENT" and has_run_out:
            status, released_at = "EXPIRED", row.hold_expires_at
        slot = self._slot_at.get((row.date, row.start))
        confirmed_at = noticed_at = None
        if status not in RELEASED:
            self._check_slot(row, slot)
            if status != "AWAITING_PAYMENT" and row.hold_expires_at is not None:
                confirmed_at = noticed_at = now  # the file doesn't say when the hold was confirmed
        elif released_at is None:
            released_at = noticed_at = now  # the file doesn't say when the booking was released
        created_at = row.created_at or (released_at if released_at and noticed_at is None else now)
        booking = NewBooking(
            booking_id,
            row.external_id,
            row.student_id,
            row.student_name,
            row.date,
            row.start,
            slot.zone if slot else self._state.time_zone,
            status,
            row.hold_expires_at,
            created_at,
            released_at,
            confirmed_at,
            noticed_at,
        )
        self._plan.bookings.append(booking)
        return ADDED

    def _check_slot(self, row: BookingRow, slot: TimeSlot | None) -> None:
        key = (row.date, row.start)
        if slot is None:
            message = f"the tutor has no slot at {row.start:%H:%M} on {row.date}: add it to {SLOTS}"
            raise InvalidRow("time", "slot_not_found", message)
        if key in self._taken:
            line = self._taken[key]
            where = f"line {line} is a booking" if line else "there is a booking already"
            raise InvalidRow("time", "slot_taken", f"{where} of the slot at {row.start:%H:%M} on {row.date}")
        self._taken[key] = row.line


def _check_unchanged(row: BookingRow, stored: StoredBooking) -> None:
    """Raise `InvalidRow` if a stored booking differs from the row. A hold may have run out since."""
    if (row.date, row.start) != (stored.date, stored.start) or row.student_id != stored.student_id:
        raise InvalidRow("external_id", "booking_edited", "this booking is stored with another slot or student")
    if row.status != stored.status and (row.status, stored.status) != ("AWAITING_PAYMENT", "EXPIRED"):
        message = f"this booking is {stored.status} now: change it through the API"
        raise InvalidRow("status", "booking_edited", message)


def booking_id_of(tutor_id: UUID, external_id: str) -> UUID:
    """Return the id of an imported booking. It is derived, so that importing a booking twice makes one row."""
    return uuid5(tutor_id, f"imported booking {external_id}")


def _check_date(day: date, now: datetime) -> None:
    latest = latest_date(now.date())
    if not EARLIEST_DATE <= day <= latest:
        raise InvalidRow("date", INVALID, f"use a date from {EARLIEST_DATE} to {latest}")
