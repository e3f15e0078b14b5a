"""A tutor's weekly schedule, and the slots that it gives each date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any, Literal, NamedTuple

from common.core.time_slots import TimeSlot
from common.errors import FieldError, InvalidRequest, OverlappingSlots

Weekday = Literal["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]
WEEKDAYS: tuple[Weekday, ...] = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MAX_SLOTS_PER_WEEK = 200
MAX_BREAKS = 200
MAX_EVERY_WEEKS = 4
MAX_WEEKS_AHEAD = 52

WEEK = timedelta(days=7)


class WeeklySlot(NamedTuple):
    """A slot of each published week. The weekday is 0 for Monday; the start is local time."""

    weekday: int
    start: time
    duration_minutes: int


class Break(NamedTuple):
    """Dates without slots, from `first` to `last`, both inclusive."""

    first: date
    last: date
    note: str | None = None


@dataclass(frozen=True, slots=True)
class WeeklySchedule:
    """What a tutor offers every week, or in every second, third or fourth week, counted from the week of `valid_from`.

    It is published through the `horizon`. Without a zone, each date is published in the zone that the tutor has then.
    """

    valid_from: date
    every_weeks: int
    weeks_ahead: int
    time_zone: str | None
    slots: tuple[WeeklySlot, ...]
    breaks: tuple[Break, ...]

    def slots_on(self, day: date, zone: str) -> list[TimeSlot]:
        """Return the slots of a date, in this zone, also those at a local time that doesn't exist on that date."""
        weeks = (monday_of(day) - monday_of(self.valid_from)) // WEEK
        is_off = day < self.valid_from or weeks % self.every_weeks
        if is_off or any(each.first <= day <= each.last for each in self.breaks):
            return []
        return [TimeSlot(start, minutes, zone) for weekday, start, minutes in self.slots if weekday == day.weekday()]


@dataclass(frozen=True, slots=True)
class StoredSchedule:
    """A tutor's schedule as it is stored; the version is 0 if the tutor never had one.

    `published_through` is the last date for which it is published, and `set_by` the user who saved it.
    """

    schedule: WeeklySchedule | None = None
    version: int = 0
    published_through: date | None = None
    set_by: str | None = None


@dataclass(frozen=True, slots=True)
class ScheduleEdit:
    """A schedule to save and to publish at once; None withdraws the current one.

    `version` is the version that the stored schedule must have, unless it is the same schedule. With `overwrite`, days
    that were edited by hand are published, too.
    """

    schedule: WeeklySchedule | None
    version: int | None = None
    overwrite: bool = False


def monday_of(day: date) -> date:
    """Return the Monday of the date's week."""
    return day - timedelta(days=day.weekday())


def horizon(today: date, weeks_ahead: int) -> date:
    """Return the last date that has to be published today: the Sunday of the week that is so many weeks ahead."""
    return monday_of(today) + WEEK * (weeks_ahead + 1) - timedelta(days=1)


def schedule_fields(schedule: WeeklySchedule | None) -> dict[str, Any] | None:
    """Return the schedule in the API's format, as JSON values; `parse_schedule` reads them."""
    if schedule is None:
        return None
    return {
        "validFrom": schedule.valid_from.isoformat(),
        "everyWeeks": schedule.every_weeks,
        "weeksAhead": schedule.weeks_ahead,
        "timeZone": schedule.time_zone,
        "slots": [
            {"weekday": WEEKDAYS[weekday], "time": start.isoformat("minutes"), "durationMinutes": minutes}
            for weekday, start, minutes in schedule.slots
        ],
        "breaks": [
            {"from": first.isoformat(), "to": last.isoformat(), "note": note} for first, last, note in schedule.breaks
        ],
    }


def parse_schedule(fields: Mapping[str, Any] | None) -> WeeklySchedule | None:
    """Return the schedule from the values of `schedule_fields`, with slots and breaks in order."""
    if fields is None:
        return None
    slots = (
        WeeklySlot(WEEKDAYS.index(slot["weekday"]), time.fromisoformat(slot["time"]), slot["durationMinutes"])
        for slot in fields["slots"]
    )
    breaks = (
        Break(date.fromisoformat(each["from"]), date.fromisoformat(each["to"]), each.get("note"))
        for each in fields["breaks"]
    )
    return WeeklySchedule(
        valid_from=date.fromisoformat(fields["validFrom"]),
        every_weeks=fields["everyWeeks"],
        weeks_ahead=fields["weeksAhead"],
        time_zone=fields.get("timeZone"),
        slots=tuple(sorted(slots)),
        breaks=tuple(sorted(breaks, key=lambda each: each[:2])),
    )


def check_schedule(fields: Mapping[str, Any]) -> None:
    """Raise `InvalidRequest` for a break that ends before it starts, `OverlappingSlots` for slots that overlap.

    `fields` are the values of `schedule_fields`, in the order of the request.
    """
    for i, each in enumerate(fields["breaks"]):
        if each["to"] < each["from"]:
            raise InvalidRequest(FieldError(f"schedule.breaks[{i}].to", "use a date that isn't before from"))
    offers = []
    for i, slot in enumerate(fields["slots"]):
        start = time.fromisoformat(slot["time"])
        days = timedelta(days=WEEKDAYS.index(slot["weekday"]), hours=start.hour, minutes=start.minute)
        offers.append((days, days + timedelta(minutes=slot["durationMinutes"]), i))
    offers.sort()
    following = offers[1:]
    if offers and fields["everyWeeks"] == 1:  # the last slot of a week may reach into the first of the next one
        following.append((offers[0][0] + WEEK, offers[0][1] + WEEK, offers[0][2]))
    for (_, end, earlier), (start_of_next, _, later) in zip(offers, following, strict=False):
        if end > start_of_next:
            slot = fields["slots"][earlier]
            message = f"this slot begins before the one on {slot['weekday']} at {slot['time']} ends"
            raise OverlappingSlots(FieldError(f"schedule.slots[{later}].time", message))


def slots_by_date(
    schedule: WeeklySchedule | None, zone: str, first: date, last: date, horizon: date | None
) -> dict[date, list[TimeSlot]]:
    """Return the slots of each date from `first` to `last`; no slots after the horizon, or without a schedule.

    Dates before the schedule is valid aren't there: publishing doesn't change them.
    """
    if schedule is not None:
        first = max(first, schedule.valid_from)
    dates = (first + timedelta(days=days) for days in range((last - first).days + 1))
    return {
        day: schedule.slots_on(day, zone) if schedule is not None and horizon is not None and day <= horizon else []
        for day in dates
    }
