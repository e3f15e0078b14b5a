"""`/bookings`: book slots, read bookings, and change them."""

from werkzeug import Request, Response

from common import errors
from common.booking_changes import BookingChanges, StatusChange
from common.bookings import place, place_series
from common.core.bookings import Booking
from common.core.orders import Series
from common.db.bookings import list_bookings, read_bookings
from common.db.pool import pool_for
from common.errors import BookingNotFound
from common.web.booking_answers import BookingAnswer, BookingList, ChangedSeries, SeriesAnswer, answer_of, booking_list
from common.web.bookings import (
    IDEMPOTENCY_KEY,
    BookingsQuery,
    ChangeSeries,
    ChangeStatus,
    MoveBooking,
    PlaceBooking,
    idempotency_key,
    parse_change,
)
from common.web.endpoint import Call, by_method, endpoint, json_response
from common.web.lambda_adapter import lambda_handler

REFUSED = (errors.TutorInactive, errors.SlotNotFound, errors.TooLate, errors.SlotTaken, errors.StudentBusy)
NOT_PLACED = (*REFUSED, errors.TutorNotFound, errors.TooManyHolds, errors.HoldRequired, errors.IdempotencyKeyReused)
NOT_CHANGED = (*REFUSED, errors.BookingNotFound, errors.HoldExpired, errors.InvalidTransition)


@endpoint(
    "GET",
    access="user",
    operation_id="getBookings",
    tag="Bookings",
    query=BookingsQuery,
    answer=BookingList | BookingAnswer,
    errors=(errors.TutorNotFound, errors.BookingNotFound, errors.Forbidden),
)
def read(request: Request, call: Call, query: BookingsQuery) -> Response:
    """Return bookings of a tutor or of a student, by start; or one booking.

    A student sees their own bookings, and a tutor those of their students.
    """
    pool, caller, whose = pool_for(call.settings), call.caller, query.whose(call.caller)
    first, end = query.span(call.clock())
    if query.tutor_id is not None and query.booking_id is not None:
        found = read_bookings(pool, query.tutor_id, [query.booking_id])
        if not found or found[0].role_of(caller) is None:
            raise BookingNotFound("the tutor has no booking with this id")
        return json_response(answer_of(found[0], caller))
    status, after = query.status, query.cursor
    found, tutor_user_id = list_bookings(
        pool, whose, first=first, end=end, status=status, after=after, limit=query.limit + 1
    )
    if query.tutor_id is not None:
        if tutor_user_id is None:
            raise caller.not_found()
        caller.require(tutor_user_id)
    return json_response(booking_list(found, query.limit, caller))


@endpoint(
    "POST",
    access="user",
    operation_id="placeBooking",
    tag="Bookings",
    request_headers={"Idempotency-Key": IDEMPOTENCY_KEY},
    body=PlaceBooking,
    answer=BookingAnswer | SeriesAnswer,
    creates=True,
    errors=(*NOT_PLACED, errors.SeriesConflict, errors.Forbidden),
)
def write(request: Request, call: Call, body: PlaceBooking) -> Response:
    """Book a slot, or the same slot each week.

    With `holdSeconds`, the slot is held until the booking is confirmed. If the slot can't be booked, the answer says
    why, and which slots can be.
    """
    order = body.order(call.caller, idempotency_key(request))
    placed: Booking | Series
    if body.repeat is None:
        placed, is_new = place(call.settings, call.clock, order)
    else:
        placed, is_new = place_series(call.settings, call.clock, order)
    return json_response(answer_of(placed, call.caller), status=201 if is_new else 200)


@endpoint(
    "PATCH",
    access="user",
    operation_id="changeBooking",
    tag="Bookings",
    body=ChangeStatus | MoveBooking | ChangeSeries,
    parse=parse_change,
    answer=BookingAnswer | ChangedSeries,
    errors=(*NOT_CHANGED, errors.SeriesConflict, errors.Forbidden),
)
def change(request: Request, call: Call, body: ChangeStatus | MoveBooking | ChangeSeries) -> Response:
    """Confirm, cancel, complete or move a booking; or confirm or cancel a series.

    A repeated request changes nothing, and gets the same booking, as it is then. A hold that ran out is confirmed if
    its slot is still free: the answer is another booking then.
    """
    changes = BookingChanges(call.settings, call.clock, call.caller, body.tutor_id)
    changed: Booking | Series
    if isinstance(body, MoveBooking):
        changed = changes.change(body.booking_id, body.move_to.wish())
    elif isinstance(body, ChangeStatus):
        changed = changes.change(body.booking_id, StatusChange(body.status, body.reason))
    else:
        changed = changes.change_series(body.series_id, body.first, StatusChange(body.status, body.reason))
    return json_response(answer_of(changed, call.caller))


bookings = by_method("bookings", read, write, change)
handler = lambda_handler(bookings)
