"""The random timetables and edits of the demo's tutors."""

import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from common.core.time_slots import TimeSlot

Slots = dict[date, set[TimeSlot]]

WITHDRAWAL_REASONS = (
    ("conflict", "dentist"),
    ("conflict", "parents' evening at school"),
    ("illness", "flu, sorry"),
    ("illness", None),
    ("tutor_edit", None),
    ("tutor_edit", "exam weeks: fewer hours"),
    ("other", "power cut"),
)


def next_edit_at(local: datetime, chance: random.Random) -> datetime:
    """Return when the tutor edits next: one to four days later, between 7:00 and 22:59."""
    day = local.date() + timedelta(days=chance.choice([1, 1, 2, 2, 3, 4]))
    hour = chance.choice([7, 8, 8, 9, 12, 17, 18, 19, 20, 20, 21, 21, 22])
    return datetime.combine(day, time(hour, chance.randrange(60), chance.randrange(60)), local.tzinfo)


def timetable(chance: random.Random) -> dict[int, set[TimeSlot]]:
    """Return a week of slots by weekday (0 is Monday); four to six weekdays have slots."""
    duration_minutes = chance.choice([45, 60, 60, 90])
    week = {}
    for weekday in chance.sample(range(7), k=chance.choice([4, 5, 5, 6])):
        first, count = chance.choice([(8, 4), (9, 6), (13, 6), (15, 5)])
        starts = (first * 60 + i * (duration_minutes + 15) for i in range(count))
        week[weekday] = {TimeSlot(time(start // 60, start % 60 // 15 * 15), duration_minutes) for start in starts}
    return week


def random_edits(
    slots: Slots, local: datetime, chance: random.Random
) -> Iterator[tuple[Slots, str | None, str | None]]:
    """Yield a tutor's edits at a local time. Each edit is the new slots by day, the reason and the notes."""
    ahead = sorted(day for day in slots if day >= local.date() and slots[day])
    if not ahead:
        return
    event = chance.random()
    if event < 0.35:  # offer an hour in the evening, if it is free
        day = chance.choice(ahead[:21])
        yield {day: slots[day] | _free_evening(slots[day])}, None, None
    elif event < 0.75:  # withdraw slots, often at short notice
        day = chance.choice(ahead[:3] if event < 0.6 else ahead)
        offered = sorted(slots[day])
        remaining = set(chance.sample(offered, k=chance.randrange(len(offered))))
        yield {day: remaining}, *chance.choice(WITHDRAWAL_REASONS)
    elif event < 0.82:  # go on holiday
        first = chance.choice(ahead)
        days = [day for day in ahead if first <= day < first + timedelta(days=chance.choice([3, 7]))]
        yield {day: set() for day in days}, "vacation", chance.choice(["skiing", "long weekend", None])
    elif event < 0.9:  # copy a week to the next one
        source = chance.choice(ahead[:14])
        copy = {}
        for i in range(7):
            day = source + timedelta(days=i + 7)
            if day in slots:
                copy[day] = set(slots.get(source + timedelta(days=i), set()))
        yield copy, "copy_week", None
    else:  # support withdraws a slot, and the tutor reverts this edit
        day = chance.choice(ahead)
        before = set(slots[day])
        yield {day: set(sorted(before)[1:])}, "admin_action", "by phone"
        yield {day: before}, "revert", "that was the wrong day"


def _free_evening(offered: set[TimeSlot]) -> set[TimeSlot]:
    """Return a slot at 20:30, or an empty set if the last slot starts at 18:00 or later."""
    last = max(offered)
    return {TimeSlot(time(20, 30), 60)} if last.start < time(18) else set()
