"""What an import does with the rows of one tutor, given the tutor's current days and bookings."""

from collections.abc import Iterable

from local.importing.files import InvalidRow
from local.importing.planned_bookings import PlannedBookings
from local.importing.planned_slots import PlannedSlots
from local.importing.rows import BOOKINGS, SLOTS, BookingRow, SlotRow
from local.importing.state import TutorPlan, TutorState


def plan_tutor(state: TutorState, slots: Iterable[SlotRow], bookings: Iterable[BookingRow]) -> TutorPlan:
    """Return what to do with the rows of a tutor. Of two rows that can't both be imported, the first one is."""
    plan = TutorPlan()
    planned_slots = PlannedSlots(state, plan)
    for row in slots:
        try:
            plan.counts[SLOTS, planned_slots.add(row)] += 1
        except InvalidRow as error:
            plan.rejected.append((SLOTS, row.line, error))
    planned_bookings = PlannedBookings(state, planned_slots.slot_at, plan)
    for booking in bookings:
        try:
            plan.counts[BOOKINGS, planned_bookings.add(booking)] += 1
        except InvalidRow as error:
            plan.rejected.append((BOOKINGS, booking.line, error))
    return plan
