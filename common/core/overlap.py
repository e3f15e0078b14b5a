"""Overlap of slots, across dates and zones. Instants decide, and intervals are half-open.

A slot may end after midnight, and zones differ by up to 26 hours (offsets from -12:00 to +14:00). With slots of at most
12 hours, slots that overlap are at most two dates apart. They share a date in UTC, and an edit that adds slots locks
the dates in UTC that they touch (`docs/decisions/zones-and-locks.md`).
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from common.core.availability import Day
from common.core.diffing import DayEdit
from common.core.time_slots import TimeSlot, span
from common.core.zones import EASTERNMOST_OFFSET, WESTERNMOST_OFFSET
from common.errors import FieldError, OverlappingSlots

MAX_DATES_APART = 2


class _Offer(NamedTuple):
    """A slot with its instants. `field` is its path in the request; None if the slot isn't in the request."""

    starts_at: datetime
    ends_at: datetime
    date: date
    slot: TimeSlot
    field: str | None
    is_added: bool


def dates_near(dates: Iterable[date]) -> set[date]:
    """Return the dates, and all others whose slots may overlap slots of these dates."""
    days_apart = range(-MAX_DATES_APART, MAX_DATES_APART + 1)
    return {day + timedelta(days=days) for day in dates for days in days_apart}


def check_overlaps(edits: Sequence[DayEdit], days: Mapping[date, Day]) -> None:
    """Raise `OverlappingSlots` if slots of the edits overlap each other, or if an added slot overlaps a standing one.

    `days` are the current days: those of the edits, and all others `dates_near` them.
    """
    offers = [offer for edit in edits for offer in _requested(edit, days)]
    if added := [offer for offer in offers if offer.is_added]:
        first, end = min(offer.starts_at for offer in added), max(offer.ends_at for offer in added)
        near = dates_near(edit.date for edit in edits) - {edit.date for edit in edits}
        standing = ((*span(day, slot), day, slot) for day in near if day in days for slot in days[day].slots)
        offers += [_Offer(*each, None, False) for each in standing if each[0] < end and each[1] > first]
    running: list[_Offer] = []
    for offer in sorted(offers, key=lambda each: each[:2]):
        running = [each for each in running if each.ends_at > offer.starts_at]
        for other in running:
            if (offer.field and other.field) or offer.is_added or other.is_added:
                raise OverlappingSlots(FieldError(offer.field or other.field or "", _message(other, offer)))
        running.append(offer)


def _requested(edit: DayEdit, days: Mapping[date, Day]) -> Iterator[_Offer]:
    standing = set(days[edit.date].slots) if edit.date in days else set()
    for i, slot in enumerate(edit.slots):
        is_checked = slot not in standing or not edit.checks_only_added
        field = f"{edit.field_prefix}timeSlots[{i}].time" if is_checked else None
        yield _Offer(*span(edit.date, slot), edit.date, slot, field, slot not in standing)


def _message(earlier: _Offer, later: _Offer) -> str:
    names = [f"{offer.slot.start:%H:%M}" for offer in (later, earlier)]
    if earlier.date != later.date or earlier.slot.zone != later.slot.zone:
        names = [
            f"{name} on {offer.date} in {offer.slot.zone}" for name, offer in zip(names, (later, earlier), strict=True)
        ]
    return f"the slot at {names[0]} begins before the one at {names[1]} ends"


def utc_dates(slots: Mapping[date, Collection[TimeSlot]]) -> set[date]:
    """Return the dates in UTC that each date's slots touch. If the zone of a slot isn't stated, all possible dates."""
    touched = set()
    for day, slots_of_day in slots.items():
        spans = [_widest_span(day, slot) for slot in slots_of_day]
        first = min((starts_at.date() for starts_at, _ in spans), default=day)
        last = max(((ends_at - timedelta.resolution).date() for _, ends_at in spans), default=day)
        touched |= {first + timedelta(days=days) for days in range((last - first).days + 1)}
    return touched


def _widest_span(day: date, slot: TimeSlot) -> tuple[datetime, datetime]:
    """Return the interval in UTC that a slot covers; if its zone isn't stated, the one that it covers in any zone."""
    if slot.zone:
        return span(day, slot)
    start = datetime.combine(day, slot.start)
    return start - EASTERNMOST_OFFSET, start - WESTERNMOST_OFFSET + timedelta(minutes=slot.duration_minutes)
