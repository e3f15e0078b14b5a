"""Orders: which slots a student wants, and whether they can be booked."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from uuid import UUID, uuid5

from common.core.availability import BookingRule, Day, OfferedSlot, availability
from common.core.bookings import Booking, too_late
from common.core.caller import Caller
from common.core.time_slots import TimeSlot, span
from common.errors import (
    BookingRefused,
    IdempotencyKeyReused,
    SlotNotFound,
    SlotTaken,
    StudentBusy,
    TooLate,
    TooManyHolds,
    TutorInactive,
)

MAX_ALTERNATIVES = 5
ALTERNATIVES_WITHIN = timedelta(days=31)  # of the wanted date
NAMESPACE = UUID("6f1c7a52-1f0e-5d0b-9a53-0b1f5f3f7c11")  # a random one, for the ids that are derived from keys


class Wish(NamedTuple):
    """The slot that a student wants: a local date and start, and what the student saw of it, if the client said so."""

    date: date
    start_time: time
    starts_at: datetime | None = None
    duration_minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What decides whether a slot can be booked: the tutor's days, and the student's other bookings.

    `busy` has the intervals of the student's active bookings of other tutors; `holds` is how many holds the student
    has, where those of a series count as one.
    """

    rule: BookingRule
    days: dict[date, Day]
    busy: Sequence[tuple[datetime, datetime]] = ()
    holds: int = 0

    def refusal(self, wish: Wish, max_holds: int | None = None) -> BookingRefused | None:
        """Return the first reason why the slot can't be booked; None if it can be.

        `max_holds` is the limit of holds, if the booking is to be one.
        """
        if not self.rule.is_active:
            return TutorInactive("the tutor can't be booked any more: choose another tutor")
        day = self.day(wish.date)
        slot = next((each for each in day.slots if each.start == wish.start_time and _is_same(each, wish)), None)
        if slot is None:
            return SlotNotFound("there is no such slot (any more): choose another one", self.alternatives(wish))
        starts_at, ends_at = span(wish.date, slot)
        if self.rule.obstacle(starts_at) is not None:
            return TooLate(f"{too_late(starts_at, self.rule.now, self.rule.notice)}: choose a later slot")
        if slot.start in day.occupied:
            return SlotTaken("somebody else has this slot: choose another one", self.alternatives(wish))
        if any(start < ends_at and starts_at < end for start, end in self.busy):
            return StudentBusy("the student has another lesson at that time: choose another slot, or cancel the other")
        if max_holds is not None and self.holds >= max_holds:
            return TooManyHolds(f"the student has {self.holds} holds: confirm or cancel one of them first")
        return None

    def day(self, on: date) -> Day:
        """Return the tutor's day."""
        return self.days.get(on, Day(on))

    def alternatives(self, wish: Wish) -> list[tuple[date, OfferedSlot]]:
        """Return the slots that can be booked, the nearest to the wanted one first."""
        found = []
        for day in self.days.values():
            for offered in availability(day):
                starts_at = datetime.fromisoformat(offered.starts_at)
                if offered.status == "AVAILABLE" and self.rule.obstacle(starts_at) is None:
                    found.append((abs(starts_at - self._wanted_at(wish, offered)), starts_at, (day.date, offered)))
        return [slot for *_, slot in sorted(found)[:MAX_ALTERNATIVES]]

    def _wanted_at(self, wish: Wish, offered: OfferedSlot) -> datetime:
        """Return the wanted instant; if the client didn't say it, take the local time in the zone of this slot."""
        return wish.starts_at or span(wish.date, TimeSlot(wish.start_time, 0, offered.slot.zone))[0]


def _is_same(slot: TimeSlot, wish: Wish) -> bool:
    """Whether the slot is what the student saw."""
    has_same_start = wish.starts_at is None or span(wish.date, slot)[0] == wish.starts_at
    return has_same_start and wish.duration_minutes in (None, slot.duration_minutes)


@dataclass(frozen=True, slots=True)
class Order:
    """What to book, for whom: a slot, also each `every_weeks` weeks until there are `count` of them.

    With `skip_taken`, dates on which the slot can't be booked are left out. `key` is the idempotency key, or a new text
    if there is none, and `request_hash` a hash of the request.
    """

    tutor_id: UUID
    caller: Caller
    student_id: str
    student_name: str | None
    wish: Wish
    hold_for: timedelta | None
    key: str
    request_hash: str
    every_weeks: int = 1
    count: int = 1
    skip_taken: bool = False

    @property
    def booking_id(self) -> UUID:
        """The id of the booking, or of a series' first one, which belongs to the caller, the tutor and the key."""
        return self._derived_id("booking")

    @property
    def series_id(self) -> UUID:
        """The id of the series, if it is one."""
        return self._derived_id("series")

    @property
    def is_series(self) -> bool:
        """Whether several bookings are wanted."""
        return self.count > 1

    def wishes(self) -> list[Wish]:
        """Return the wanted slots, by date. What the student saw of the start is about the first one only."""
        later = [
            self.wish._replace(date=self.wish.date + timedelta(weeks=self.every_weeks * i), starts_at=None)
            for i in range(1, self.count)
        ]
        return [self.wish, *later]

    def _derived_id(self, kind: str) -> UUID:
        return uuid5(NAMESPACE, "\n".join((kind, str(self.tutor_id), self.caller.user_id, self.key)))

    def check_repeated(self, booking: Booking) -> None:
        """Raise `IdempotencyKeyReused` if the booking was made by another request with the same key."""
        if booking.request_hash != self.request_hash:
            raise IdempotencyKeyReused("this key was used for another request: use a new key for each booking")


@dataclass(frozen=True, slots=True)
class Series:
    """Bookings of a series, by start. `skipped` are the dates that were left out when it was placed, and why."""

    series_id: UUID
    bookings: list[Booking]
    skipped: list[tuple[date, str]] | None = None
