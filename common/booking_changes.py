"""Change bookings: confirm, cancel, complete and move them, one or those of a series.

Each change locks the days of the bookings, reads what stands there, decides, and writes, in one transaction.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Connection

from common.clock import Clock
from common.config import Settings
from common.core.bookings import ACTIVE, Booking, NewStatus, Role, check_move, step_to
from common.core.caller import Caller
from common.core.orders import ALTERNATIVES_WITHIN, Series, Wish
from common.db.booking_changes import MOVE, REPLACE, STATEMENT_TO, NewBookings, write
from common.db.booking_state import State, read_state
from common.db.bookings import read_bookings, read_series
from common.db.engine import engine_for, transact
from common.db.pool import pool_for
from common.db.slots import ConcurrentChange
from common.db.statements import array
from common.errors import (
    BookingNotFound,
    BookingRefused,
    HoldExpired,
    InvalidTransition,
    SeriesConflict,
    SlotNotFound,
    SlotTaken,
    Unavailable,
)

T = TypeVar("T")

ATTEMPTS = 4


@dataclass(frozen=True, slots=True)
class StatusChange:
    """Give a booking this status; `reason` says why it is cancelled."""

    status: NewStatus
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class BookingChanges:
    """Changes bookings of a tutor for a caller."""

    settings: Settings
    clock: Clock
    caller: Caller
    tutor_id: UUID

    def change(self, booking_id: UUID, change: StatusChange | Wish) -> Booking:
        """Give a booking another status, or move it to the wanted slot. Return it, or the booking in its place.

        A change that took effect already changes nothing. Raise `BookingNotFound`, `Forbidden`, or `BookingRefused`
        with the first reason that holds.
        """

        def work() -> Booking:
            found = self._visible(read_bookings(pool_for(self.settings), self.tutor_id, [booking_id]))
            if not found:
                raise BookingNotFound("the tutor has no booking with this id")
            return transact(engine_for(self.settings), partial(self._change, booking=found[0], change=change))

        return _retried(work)

    def change_series(self, series_id: UUID, first: date, change: StatusChange) -> Series:
        """Give the active bookings of a series from a date on another status: all of them, or none.

        Return the bookings that have the status then. Raise the errors of `change`, and `SeriesConflict` with the
        reason for each date.
        """

        def work() -> list[Booking]:
            bookings = self._visible(read_series(pool_for(self.settings), self.tutor_id, series_id, first))
            if not bookings:
                raise BookingNotFound("the tutor has no bookings of this series from that date on")
            return transact(engine_for(self.settings), partial(self._change_series, bookings=bookings, change=change))

        return Series(series_id, _retried(work))

    def _visible(self, bookings: Sequence[Booking]) -> list[Booking]:
        return [booking for booking in bookings if booking.role_of(self.caller) is not None]

    def _change(self, connection: Connection, booking: Booking, change: StatusChange | Wish) -> Booking:
        dates = {booking.date, *([change.date] if isinstance(change, Wish) else [])}
        ids = [each for each in (booking.booking_id, booking.moved_to) if each is not None]
        state = self._locked(connection, booking, dates, ids, change.date if isinstance(change, Wish) else None)
        booking = state.bookings[booking.booking_id]
        role = booking.role_of(self.caller) or "student"
        if isinstance(change, Wish):
            return self._move(connection, state, booking, role, change)
        step = step_to(booking, change.status, role, state.now, students_confirm=self.settings.booking_students_confirm)
        if step == "nothing":
            return _successor(state, booking) if booking.status == "EXPIRED" else booking
        if step == "write":
            ids = [booking.booking_id]
            statement, values = self._statement(state, change, ids)
            values["outcome_at"] = booking.outcome_at or state.now
            return write(connection, self.tutor_id, [(statement, values)], None, ids)[ids[0]]
        wish = Wish(booking.date, booking.start_time, booking.starts_at, booking.duration_minutes)
        refusal = state.situation(with_notice=role == "student").refusal(wish)
        if isinstance(refusal, SlotTaken | SlotNotFound):
            raise HoldExpired("the hold ran out, and somebody else has the slot: choose another one")
        if refusal is not None:
            raise refusal
        confirmed = {"status": "CONFIRMED", "hold_expires_at": None, "confirmed_at": state.now}
        confirmed["confirmed_by"] = self.caller.user_id
        return self._replace(connection, state, booking, wish, REPLACE, confirmed)

    def _move(self, connection: Connection, state: State, booking: Booking, role: Role, wish: Wish) -> Booking:
        if booking.status == "CANCELLED" and booking.moved_to is not None:
            successor = _successor(state, booking)
            found = Wish(successor.date, successor.start_time, successor.starts_at, successor.duration_minutes)
            if all(wanted in (None, value) for wanted, value in zip(wish, found, strict=True)):
                return successor
        check_move(booking, role, state.now)
        refusal = state.situation(with_notice=role == "student").refusal(wish)
        if refusal is not None:
            raise refusal
        unchanged = ("status", "hold_expires_at", "confirmed_at", "confirmed_by")
        values = {name: getattr(booking, name) for name in unchanged}
        if booking.status == "CONFIRMED" and booking.confirmed_at is None:  # another program confirmed it
            values["confirmed_at"] = state.now
        return self._replace(connection, state, booking, wish, MOVE, values)

    def _replace(
        self, connection: Connection, state: State, old: Booking, wish: Wish, release: str, values: dict[str, Any]
    ) -> Booking:
        """Release a booking, place another one in the wanted slot, and return that."""
        new_id = uuid4()
        slot = state.slot(wish)
        released = {
            "ids": array([old.booking_id]),
            "moved_to": new_id,
            "now": state.now,
            "changed_by": self.caller.user_id,
        }
        unchanged = {name: getattr(old, name) for name in ("student_id", "student_name", "series_id")}
        new = NewBookings(
            ids={wish.date: new_id},
            slots={wish.date: slot},
            start_time=wish.start_time,
            values={
                **unchanged,
                **values,
                "now": state.now,
                "placed_by": self.caller.user_id,
                "moved_from": old.booking_id,
                "request_hash": None,
            },
        )
        return write(connection, self.tutor_id, [(release, released)], new, [new_id])[new_id]

    def _change_series(
        self, connection: Connection, bookings: Sequence[Booking], change: StatusChange
    ) -> list[Booking]:
        ids = [booking.booking_id for booking in bookings]
        state = self._locked(connection, bookings[0], {booking.date for booking in bookings}, ids)
        if any(state.bookings[booking.booking_id].moved_to != booking.moved_to for booking in bookings):
            raise ConcurrentChange  # the booking in its place was placed after the series was read
        locked = sorted((state.bookings[each] for each in ids), key=lambda booking: booking.starts_at)
        to_write, done, refusals = [], [], []
        for booking in locked:
            role = booking.role_of(self.caller) or "student"
            may_confirm = self.settings.booking_students_confirm
            if change.status == "CANCELLED" and booking.status in ACTIVE and booking.starts_at <= state.now:
                continue  # the lesson has begun
            try:
                step = step_to(booking, change.status, role, state.now, students_confirm=may_confirm)
            except BookingRefused as refusal:
                if booking.status in ACTIVE:
                    refusals.append((booking.date, refusal))
                continue
            if step == "write":
                to_write.append(booking.booking_id)
            elif booking.status == change.status:
                done.append(booking.booking_id)
        if refusals:
            raise SeriesConflict(refusals)
        if not to_write and not done:
            raise InvalidTransition(locked[0].status, f"no booking of the series can become {change.status}")
        if not to_write:
            return [booking for booking in locked if booking.booking_id in done]
        statement = self._statement(state, change, to_write)
        written = write(connection, self.tutor_id, [statement], None, [*done, *to_write])
        return sorted(written.values(), key=lambda booking: booking.starts_at)

    def _locked(
        self,
        connection: Connection,
        booking: Booking,
        dates: Collection[date],
        ids: Collection[UUID],
        wanted: date | None = None,
    ) -> State:
        """Lock these dates and bookings; return the bookings, and the days near the wanted date."""
        first, last = (wanted - ALTERNATIVES_WITHIN, wanted + ALTERNATIVES_WITHIN) if wanted else (booking.date,) * 2
        state = read_state(
            connection,
            self.tutor_id,
            booking.student_id,
            first,
            last,
            ids=ids,
            dates_to_lock=dates,
            lock_at=self.clock(),
        )
        if state is None or any(each not in state.bookings for each in ids):
            raise ConcurrentChange
        return state

    def _statement(self, state: State, change: StatusChange, ids: Sequence[UUID]) -> tuple[str, dict[str, Any]]:
        values = {"ids": array(ids), "now": state.now, "changed_by": self.caller.user_id, "reason": change.reason}
        return STATEMENT_TO[change.status], values


def _successor(state: State, booking: Booking) -> Booking:
    """Return the booking in the place of one that was moved or confirmed too late."""
    successor = state.bookings.get(booking.moved_to) if booking.moved_to is not None else None
    if successor is None:  # it was moved after its id was read
        raise ConcurrentChange
    return successor


def _retried(work: Callable[[], T]) -> T:
    for _ in range(ATTEMPTS):
        try:
            return work()
        except ConcurrentChange:  # read and plan again
            continue
    raise Unavailable("this booking is being changed by others right now; please try again")
