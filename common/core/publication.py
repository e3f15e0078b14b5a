"""What publishing a weekly schedule changes, and what it keeps.

A schedule is another author of edits. Days that were edited by hand stay as they are, booked slots stay, and only slots
that start after now change (`docs/decisions/weekly-schedule.md`).
"""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from common.core.availability import Day
from common.core.diffing import DayEdit, Outcome
from common.core.overlap import dates_near
from common.core.schedule import StoredSchedule
from common.core.time_slots import MAX_DURATION_MINUTES, TimeSlot, span
from common.core.zones import WESTERNMOST_OFFSET, exists, time_zone

LONGEST_SLOT = timedelta(minutes=MAX_DURATION_MINUTES)

WhyKept = Literal["edited", "booked", "overlap", "clock"]


@dataclass(frozen=True, slots=True)
class Kept:
    """What publishing leaves as it is on a date, or leaves out.

    `edited`: the day was edited by hand; `times` are the starts at which the schedule differs. `booked`: slots that
    aren't in the schedule any more, and stay because they are booked. `overlap`: slots of the schedule that would
    overlap a slot that stays. `clock`: slots of the schedule at a local time that doesn't exist on that date.
    """

    date: date
    why: WhyKept
    times: Sequence[time]


@dataclass(frozen=True, slots=True)
class Publication:
    """The edits that publishing makes, what it keeps, and the dates that are the schedule's afterwards."""

    edits: Sequence[DayEdit]
    kept: Sequence[Kept]
    own_dates: Collection[date]


@dataclass(frozen=True, slots=True)
class Published:
    """The outcome of publishing a schedule, what was kept, and the stored schedule (after a dry run: the requested)."""

    outcome: Outcome
    stored: StoredSchedule
    kept: Sequence[Kept]


def earliest_date(now: datetime) -> date:
    """Return the earliest date of a slot, in any zone, that starts after now."""
    return (now + WESTERNMOST_OFFSET).date()


def is_of_schedule(day: Day, schedule_version: int | None) -> bool:
    """Whether a day is the schedule's, given the version that a schedule last made of it (None if none did).

    A day that was never edited and has no slots is the schedule's, too.
    """
    return day.version == schedule_version or (day.version == 0 and not day.slots)


def plan_publication(
    wanted: Mapping[date, Sequence[TimeSlot]],
    days: Mapping[date, Day],
    schedule_versions: Mapping[date, int],
    now: datetime,
    *,
    overwrite: bool = False,
) -> Publication:
    """Return what publishing changes: on the dates of `wanted`, the schedule's days get the wanted slots.

    `days` are the current days: those of `wanted`, and all others `dates_near` them. `schedule_versions` is, by date,
    the version that a schedule last made. With `overwrite`, all days are the schedule's.
    """
    kept: list[Kept] = []
    stays: dict[date, list[TimeSlot]] = {}  # by date of the schedule
    candidates: list[tuple[datetime, datetime, date, TimeSlot]] = []
    standing = {day: list(days[day].slots) for day in dates_near(wanted) if day in days}
    for day, slots in sorted(wanted.items()):
        current = days.get(day, Day(day))
        after_now = [slot for slot in slots if span(day, slot)[0] > now]
        missing = [slot for slot in after_now if not exists(day, slot.start, time_zone(slot.zone))]
        possible = [slot for slot in after_now if slot not in missing]
        changeable = [slot for slot in current.slots if span(day, slot)[0] > now]
        if not overwrite and not is_of_schedule(current, schedule_versions.get(day)):
            _keep(kept, day, "edited", {slot.start for slot in {*changeable} ^ {*possible}})
            continue
        stays[day] = [slot for slot in current.slots if slot.start in current.occupied or slot not in changeable]
        standing[day] = stays[day]
        booked = {slot for slot in changeable if slot.start in current.occupied}
        _keep(kept, day, "booked", {slot.start for slot in booked - {*possible}})
        _keep(kept, day, "clock", {slot.start for slot in missing})
        candidates += [(*span(day, slot), day, slot) for slot in possible if slot not in booked]
    added, left_out = _choose(candidates, standing)
    for day, starts in left_out.items():
        _keep(kept, day, "overlap", starts)
    slots_after = {day: tuple(sorted([*slots, *added.get(day, ())])) for day, slots in stays.items()}
    edits = [DayEdit(day, slots, checks_only_added=True) for day, slots in slots_after.items()]
    changed = [edit for edit in edits if set(edit.slots) != set(days.get(edit.date, Day(edit.date)).slots)]
    return Publication(changed, sorted(kept, key=lambda each: (each.date, each.why)), stays)


def _keep(kept: list[Kept], day: date, why: WhyKept, starts: Iterable[time]) -> None:
    if times := sorted(starts):
        kept.append(Kept(day, why, times))


def _choose(
    candidates: Iterable[tuple[datetime, datetime, date, TimeSlot]], standing: Mapping[date, Iterable[TimeSlot]]
) -> tuple[dict[date, list[TimeSlot]], dict[date, set[time]]]:
    """Return, by date, the candidates that overlap nothing, and the starts of the others; the earliest start wins."""
    taken = sorted(span(day, slot) for day, slots in standing.items() for slot in slots)
    added: dict[date, list[TimeSlot]] = {}
    left_out: dict[date, set[time]] = {}
    for starts_at, ends_at, day, slot in sorted(candidates):
        first, end = bisect_left(taken, (starts_at - LONGEST_SLOT,)), bisect_left(taken, (ends_at,))
        has_overlap = any(each_end > starts_at for _, each_end in taken[first:end])
        # A date has at most one slot at a time of day, whatever their zones.
        if has_overlap or any(each.start == slot.start for each in (*standing.get(day, ()), *added.get(day, ()))):
            left_out.setdefault(day, set()).add(slot.start)
        else:
            insort(taken, (starts_at, ends_at))
            added.setdefault(day, []).append(slot)
    return added, left_out
