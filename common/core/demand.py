"""Demand: how many of the slots that a tutor offered were booked. The database counts the slots."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Literal

from common.core.schedule import WEEKDAYS, Weekday

MIN_OFFERED = 8
"""With fewer slots in an hour, chance decides."""

POPULAR = 0.8
"""The fill rate from which an hour with `MIN_OFFERED` slots is popular."""

MAX_SUGGESTIONS = 5


@dataclass(frozen=True, slots=True)
class HourDemand:
    """How many slots that start in an hour of the week were offered, and how many of them were booked."""

    offered: int
    booked: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What a tutor could change in an hour of the week in which at least 8 slots were offered.

    `offer_more`: the hour is popular. `nobody_books`: no booking was ever placed for any of the slots, not even one
    that was cancelled. `weekday` and `hour` are those of the slots' starts. `fillRate` is booked by offered slots.
    `offeredPerWeek` is the number of offered slots by the number of weeks in the period; a shorter period counts as one
    week.
    """

    kind: Literal["offer_more", "nobody_books"]
    weekday: Weekday
    hour: int
    fill_rate: float
    offered_per_week: float


@dataclass(frozen=True, slots=True)
class Demand:
    """How many of the slots that start in `(since, until]` were booked.

    Offered are the slots that stand, and those that don't stand any more but that a booking was placed for, whatever
    became of it. It was booked if, at its start, a booking occupied it: a booking that is CONFIRMED, COMPLETED or
    NO_SHOW, a hold that hadn't run out, or a booking that was cancelled only later. The rest of the offered slots
    includes those whose booking was cancelled before the start. If another program or an import cancelled a booking
    without saying when, it counts as cancelled before the start.

    There is at most one slot at a date and time: bookings in several zones, at different instants, count as bookings of
    one slot. It has the minutes and the zone of the slot that stands. Without such a slot, it has the most minutes of
    its bookings, and the last of their zones in alphabetical order. Minutes that no booking has count as 0.

    `fillRate` is booked by offered minutes; null if nothing was offered. `byWeekdayHour` has 24 hours for each weekday,
    Monday first. A slot counts in the hour in which it starts, on the clock of its own zone. So a slot at 09:30 always
    counts at 9, also after a change of clocks, and in whatever zone it was offered.

    An hour of the week is popular if at least 8 slots were offered and at least 0.8 of them were booked.
    `lateRemovalsOfPopularHours` counts the late removals of slots that start in the period, in a popular hour.
    `suggestions` are at most 5: the two kinds take turns, `offer_more` first. Of each kind, the highest fill rate comes
    first, then the most offered slots, then the earliest in the week.
    """

    offered_minutes: int
    booked_minutes: int
    fill_rate: float | None
    by_weekday_hour: list[list[HourDemand]]
    late_removals_of_popular_hours: int
    suggestions: list[Suggestion]


def fill_rate(booked: int, offered: int) -> float | None:
    """Return which part of what was offered was booked, with four digits; None if nothing was offered."""
    return round(booked / offered, 4) if offered else None


def demand(
    hours: Mapping[int, tuple[int, int, int]], minutes: tuple[int, int], late_removals: Mapping[int, int], days: int
) -> Demand:
    """Return the demand of `days` days.

    The keys are hours since Monday at 00:00. `hours` are the slots that were offered, that were booked, and that a
    booking was ever placed for. `minutes` are those of all slots that were offered and booked.
    """
    offered_minutes, booked_minutes = minutes
    enough = [hour for hour, (offered, *_) in hours.items() if offered >= MIN_OFFERED]
    enough.sort(key=lambda hour: (-hours[hour][1] / hours[hour][0], -hours[hour][0], hour))
    popular = [hour for hour in enough if hours[hour][1] / hours[hour][0] >= POPULAR]
    unwanted = [hour for hour in enough if hours[hour][2] == 0]
    weeks = max(1, days / 7)

    def of_hour(hour: int) -> HourDemand:
        offered, booked, _ = hours.get(hour, (0, 0, 0))
        return HourDemand(offered, booked)

    def suggestion(kind: Literal["offer_more", "nobody_books"], hour: int) -> Suggestion:
        offered, booked, _ = hours[hour]
        weekday = WEEKDAYS[hour // 24]
        return Suggestion(kind, weekday, hour % 24, fill_rate(booked, offered) or 0.0, round(offered / weeks, 2))

    by_kind = (
        [suggestion("offer_more", hour) for hour in popular],
        [suggestion("nobody_books", hour) for hour in unwanted],
    )
    in_turns = [each for each in chain.from_iterable(zip_longest(*by_kind)) if each is not None]
    return Demand(
        offered_minutes=offered_minutes,
        booked_minutes=booked_minutes,
        fill_rate=fill_rate(booked_minutes, offered_minutes),
        by_weekday_hour=[[of_hour(24 * weekday + hour) for hour in range(24)] for weekday in range(7)],
        late_removals_of_popular_hours=sum(late_removals.get(hour, 0) for hour in popular),
        suggestions=in_turns[:MAX_SUGGESTIONS],
    )
