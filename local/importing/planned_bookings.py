"""Which bookings an import adds. It never changes a booking."""

from collections.abc import Mapping
from datetime import date, time
from uuid import UUID, uuid5

from common.core.time_slots import TimeSlot
from local.importing.files import InvalidRow
from local.importing.rows import RELEASED, SLOTS, BookingRow, uuid_of
from local.importing.state import ADDED, UNCHANGED, NewBooking, StoredBooking, TutorPlan, TutorState, check_date


class PlannedBookings:
    """The bookings of a tutor, with those that the plan adds."""

    def __init__(self, state: TutorState, slot_at: Mapping[tuple[date, time], TimeSlot], plan: TutorPlan) -> None:
        self._state, self._slot_at, self._plan = state, slot_at, plan
        self._by_id = {each.id: each for each in state.bookings}
        self._by_external_id = {each.external_id: each for each in state.bookings if each.external_id is not None}
        # The slots that are taken: each with the line of the row that takes it, or with 0 for a stored booking.
        self._taken = {(each.date, each.start): 0 for each in state.bookings if each.occupies}

    def add(self, row: BookingRow) -> str:
        """Add the booking of a row to the plan, unless it is there already; return the outcome."""
        check_date(row.date, self._state.now)
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


def own_id_of(external_id: str) -> UUID | None:
    """Return the external id as a UUID; None if it isn't one in the usual spelling.

    In other spellings of the same UUID, it would be another external id with the same id.
    """
    own_id = uuid_of(external_id)
    return own_id if str(own_id) == external_id else None


def booking_id_of(tutor_id: UUID, external_id: str) -> UUID:
    """Return the id of an imported booking: the external id if it is a UUID, so that an app's SQL finds the booking.

    Otherwise the id is derived, so that importing a booking twice makes one row.
    """
    return own_id_of(external_id) or uuid5(tutor_id, f"imported booking {external_id}")
