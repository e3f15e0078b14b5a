"""Place bookings: one, or a weekly series.

A repeated request books nothing twice: the id of a booking is derived from the caller, the tutor and the idempotency
key, and two bookings can't have the same id.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import Connection

from common.clock import Clock
from common.config import Settings
from common.core.bookings import Booking
from common.core.orders import Order, Series, Wish
from common.db.booking_changes import NewBookings, write
from common.db.engine import engine_for, transact
from common.db.placing import State, place_if_free, read_state
from common.db.slots import ConcurrentChange
from common.errors import (
    BookingRefused,
    SeriesConflict,
    TooManyHolds,
    TutorInactive,
    TutorNotFound,
    Unavailable,
)

ATTEMPTS = 4
ALTERNATIVES_WITHIN = timedelta(days=31)


def place(settings: Settings, clock: Clock, order: Order) -> tuple[Booking, bool]:
    """Book a slot. Return the booking, and whether it is new: it isn't if the request is repeated.

    Raise `TutorNotFound`, `BookingRefused` with the first reason that holds, or `IdempotencyKeyReused`.
    """
    engine, wish, booking_id = engine_for(settings), order.wish, order.derived_id("booking")
    values = {
        "tutor_id": order.tutor_id,
        "id": booking_id,
        "student_id": order.student_id,
        "student_name": order.student_name,
        "hold_for": order.hold_for,
        "placed_by": order.caller.user_id,
        "request_hash": order.request_hash,
        "now": clock(),
        "minute_of_notice": timedelta(minutes=0 if order.caller.is_admin else 1),
    }
    max_holds = None if order.hold_for is None else settings.booking_max_holds
    first, last = wish.date - ALTERNATIVES_WITHIN, wish.date + ALTERNATIVES_WITHIN
    look = partial(
        read_state, tutor_id=order.tutor_id, student_id=order.student_id, first=first, last=last, ids=[booking_id]
    )
    for _ in range(ATTEMPTS):
        placed = transact(engine, partial(place_if_free, wish=wish, values=values, max_holds=max_holds))
        if placed is not None:
            order.check_repeated(placed[0])
            return placed
        # Only another statement can say why not: the first one doesn't see who booked the slot at the same time.
        state = transact(engine, look, read_only=True)
        if state is None:
            raise TutorNotFound("there is no tutor with this id")
        if booking_id in state.bookings:
            order.check_repeated(state.bookings[booking_id])
            return state.bookings[booking_id], False
        refusal = state.situation(with_notice=not order.caller.is_admin).refusal(wish, max_holds)
        if refusal is not None:
            raise refusal
    raise Unavailable("this slot is being changed by others right now; please try again")


def place_series(settings: Settings, clock: Clock, order: Order) -> tuple[Series, bool]:
    """Book a slot each week, all of them in one transaction, or none. Return the series, and whether it is new.

    Raise the errors of `place`, and `SeriesConflict` if slots can't be booked and `skip_taken` isn't set, or if none
    can be booked.
    """
    for _ in range(ATTEMPTS):
        try:
            return transact(engine_for(settings), partial(_place_series, order=order, settings=settings, clock=clock))
        except ConcurrentChange:  # read and plan again
            continue
    raise Unavailable("these slots are being changed by others right now; please try again")


def _place_series(connection: Connection, order: Order, settings: Settings, clock: Clock) -> tuple[Series, bool]:
    key_id, series_id = order.derived_id("booking"), order.derived_id("series")
    wishes = [
        order.wish._replace(date=order.wish.date + timedelta(weeks=order.every_weeks * i), starts_at=None)
        for i in range(order.count)
    ]
    wishes[0] = order.wish
    dates = [wish.date for wish in wishes]
    ids = {day: uuid5(key_id, day.isoformat()) for day in dates}
    state = read_state(
        connection,
        order.tutor_id,
        order.student_id,
        dates[0],
        dates[-1],
        ids=[key_id, *ids.values()],
        dates_to_lock=dates,
        lock_at=clock(),
    )
    if state is None:
        raise TutorNotFound("there is no tutor with this id")
    if state.bookings:  # the request is repeated
        connection.rollback()
        return _placed_before(series_id, order, state, dates), False
    refusals = _refusals(order, state, wishes, settings.booking_max_holds)
    free = [day for day in dates if day not in refusals]
    if not free or (refusals and not order.skip_taken):
        raise SeriesConflict(list(refusals.items()))
    ids[free[0]] = key_id
    new = NewBookings(
        ids={day: ids[day] for day in free},
        slots={wish.date: state.situation(with_notice=False).slot(wish) for wish in wishes if wish.date in free},
        start_time=order.wish.start_time,
        values=_values(order, state, series_id),
    )
    placed = write(connection, order.tutor_id, [], new, new.ids.values())
    bookings = sorted(placed.values(), key=lambda each: each.date)
    return Series(series_id, bookings, [(day, why.code) for day, why in refusals.items()]), True


def _placed_before(series_id: UUID, order: Order, state: State, dates: list[date]) -> Series:
    bookings = sorted(state.bookings.values(), key=lambda each: each.date)
    for booking in bookings:
        order.check_repeated(booking)
    placed = {booking.date for booking in bookings}
    return Series(series_id, bookings, [(day, "slot_taken") for day in dates if day not in placed])


def _refusals(order: Order, state: State, wishes: list[Wish], max_holds: int) -> dict[date, BookingRefused]:
    """Return why slots can't be booked, by date. Raise a reason that doesn't depend on the date."""
    situation = state.situation(with_notice=not order.caller.is_admin)
    refusals = {}
    for wish in wishes:
        days = {wish.date: state.tutor.days[wish.date]} if wish.date in state.tutor.days else {}
        refusal = replace(situation, days=days).refusal(wish, None if order.hold_for is None else max_holds)
        if isinstance(refusal, TutorInactive | TooManyHolds):
            raise refusal
        if refusal is not None:
            refusals[wish.date] = refusal
    return refusals


def _values(order: Order, state: State, series_id: UUID) -> Mapping[str, Any]:
    is_hold = order.hold_for is not None
    return {
        "student_id": order.student_id,
        "student_name": order.student_name,
        "status": "AWAITING_PAYMENT" if is_hold else "CONFIRMED",
        "hold_expires_at": state.now + order.hold_for if order.hold_for is not None else None,
        "now": state.now,
        "placed_by": order.caller.user_id,
        "confirmed_at": None if is_hold else state.now,
        "confirmed_by": None if is_hold else order.caller.user_id,
        "moved_from": None,
        "series_id": series_id,
        "request_hash": order.request_hash,
    }
