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
from common.core.orders import ALTERNATIVES_WITHIN, Order, Series, Wish
from common.db.booking_changes import NewBookings, write
from common.db.booking_state import State, read_state
from common.db.engine import engine_for, transact
from common.db.placing import place_if_free
from common.db.pool import pool_for
from common.db.slots import ConcurrentChange
from common.errors import (
    BookingRefused,
    FieldError,
    HoldRequired,
    SeriesConflict,
    TooManyHolds,
    TutorInactive,
    TutorNotFound,
    Unavailable,
)

ATTEMPTS = 4


def place(settings: Settings, clock: Clock, order: Order) -> tuple[Booking, bool]:
    """Book a slot. Return the booking, and whether it is new: it isn't if the request is repeated.

    Raise `TutorNotFound`, `HoldRequired`, `BookingRefused` with the first reason that holds, or `IdempotencyKeyReused`.
    """
    if not _lacks_hold(order, settings):
        booking = place_if_free(pool_for(settings), order, settings.booking_max_holds)
        if booking is not None:
            return booking, True
    bookings, _, is_new = _place_or_refuse(settings, clock, order)
    return bookings[0], is_new


def place_series(settings: Settings, clock: Clock, order: Order) -> tuple[Series, bool]:
    """Book a slot each week, all of them in one transaction, or none. Return the series, and whether it is new.

    Raise the errors of `place`, and `SeriesConflict` if slots can't be booked and `skip_taken` isn't set, or if none
    can be booked.
    """
    bookings, skipped, is_new = _place_or_refuse(settings, clock, order)
    return Series(order.series_id, bookings, skipped), is_new


Placed = tuple[list[Booking], list[tuple[date, str]], bool]
"""Bookings, by date; the dates that were left out, with the codes of the reasons; and whether the bookings are new."""


def _place_or_refuse(settings: Settings, clock: Clock, order: Order) -> Placed:
    for _ in range(ATTEMPTS):
        try:
            return transact(engine_for(settings), partial(_place, order=order, settings=settings, clock=clock))
        except ConcurrentChange:  # read and plan again
            continue
    raise Unavailable("these slots are being changed by others right now; please try again")


def _place(connection: Connection, order: Order, settings: Settings, clock: Clock) -> Placed:
    """Lock the days, read what stands there, and book, or raise the reason why not."""
    wishes = order.wishes()
    dates = [wish.date for wish in wishes]
    near = timedelta() if order.is_series else ALTERNATIVES_WITHIN
    ids = {day: uuid5(order.booking_id, day.isoformat()) for day in dates}
    state = read_state(
        connection,
        order.tutor_id,
        order.student_id,
        dates[0] - near,
        dates[-1] + near,
        ids=[order.booking_id, *ids.values()],
        dates_to_lock=dates,
        lock_at=clock(),
    )
    if state is None:
        raise TutorNotFound("there is no tutor with this id")
    if state.bookings:  # the request is repeated
        connection.rollback()
        return _placed_before(order, state, dates)
    if _lacks_hold(order, settings):
        raise HoldRequired(FieldError("holdSeconds", "hold the slot first: an admin confirms it after the payment"))
    refusals = _refusals(order, state, wishes, settings.booking_max_holds)
    free = [day for day in dates if day not in refusals]
    if not free or (refusals and not order.skip_taken):
        raise SeriesConflict(list(refusals.items()))
    ids[free[0]] = order.booking_id
    slots = {wish.date: state.slot(wish) for wish in wishes if wish.date in free}
    new = NewBookings({day: ids[day] for day in free}, slots, order.wish.start_time, _values(order, state))
    placed = write(connection, order.tutor_id, [], new, new.ids.values())
    return _by_date(placed), [(day, why.code) for day, why in refusals.items()], True


def _lacks_hold(order: Order, settings: Settings) -> bool:
    return order.hold_for is None and not order.caller.is_admin and not settings.booking_students_confirm


def _placed_before(order: Order, state: State, dates: list[date]) -> Placed:
    bookings = _by_date(state.bookings)
    for booking in bookings:
        order.check_repeated(booking)
    placed = {booking.date for booking in bookings}
    return bookings, [(day, "slot_taken") for day in dates if day not in placed], False


def _by_date(bookings: Mapping[UUID, Booking]) -> list[Booking]:
    return sorted(bookings.values(), key=lambda booking: booking.date)


def _refusals(order: Order, state: State, wishes: list[Wish], max_holds: int) -> dict[date, BookingRefused]:
    """Return why slots of a series can't be booked, by date.

    Raise the reason if it doesn't depend on the date, or if the order isn't a series.
    """
    situation = state.situation(with_notice=not order.caller.is_admin)
    refusals = {}
    for wish in wishes:
        days = {wish.date: situation.day(wish.date)} if order.is_series else situation.days
        refusal = replace(situation, days=days).refusal(wish, None if order.hold_for is None else max_holds)
        if refusal is not None and (not order.is_series or isinstance(refusal, TutorInactive | TooManyHolds)):
            raise refusal
        if refusal is not None:
            refusals[wish.date] = refusal
    return refusals


def _values(order: Order, state: State) -> Mapping[str, Any]:
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
        "series_id": order.series_id if order.is_series else None,
        "request_hash": order.request_hash,
    }
