"""The query and the bodies of `/bookings`."""

from contextlib import suppress
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Annotated, Any, Literal, TypeVar, get_args
from uuid import UUID, uuid4

from pydantic import Field, StrictBool, StrictInt
from werkzeug import Request

from common.core.bookings import NewStatus, Status
from common.core.caller import Caller
from common.core.orders import Order, Wish
from common.errors import FieldError, Forbidden, InvalidRequest
from common.web.cursor import InstantCursor
from common.web.fields import DIGITS, WHOLE_NUMBER, DateToEdit, Id, Instant, LocalTime, Notes, Schema
from common.web.parsing import read_json, validate
from common.web.tutors import ME, Name, UserId

MIN_HOLD_SECONDS, MAX_HOLD_SECONDS = 30, 86_400
MAX_KEY_LENGTH = 255
IDEMPOTENCY_KEY = (
    (
        "A text of your own, one for each booking. A repeated request with the same key and body books nothing again: "
        "it gets the same booking, as it is then."
    ),
    {"type": "string", "minLength": 1, "maxLength": MAX_KEY_LENGTH},
)

AnyDuration = Annotated[StrictInt, Field(ge=1, le=1440), WHOLE_NUMBER]


class BookingsQuery(Schema):
    """The query of `GET /bookings`: bookings of a tutor or of a student, or one booking."""

    tutor_id: Id | None = Field(None, description="Return bookings of this tutor; for the tutor and admins.")
    student_id: UserId | None = Field(
        None, description="Return bookings of this student. `me` is the caller; other students are for admins only."
    )
    booking_id: Id | None = Field(None, description="Return the booking with this id; only together with `tutorId`.")
    first: Instant | None = Field(
        None, alias="from", description="Return bookings that start at this instant or later. Default: now."
    )
    end: Instant | None = Field(
        None, alias="to", description="Return bookings that start before this instant. Default: `from` + 90 days."
    )
    status: Status | None = Field(None, description="Return only bookings with this status.")
    limit: Annotated[int, Field(ge=1, le=200), DIGITS] = Field(50, description="How many bookings to return at most.")
    cursor: InstantCursor | None = Field(None, description="The `nextCursor` of the page before, unchanged.")

    def whose(self, caller: Caller) -> dict[str, UUID | str]:
        """Return `tutor_id` or `student_id`, whichever the query has."""
        if (self.tutor_id is None) == (self.student_id is None):
            raise InvalidRequest(FieldError("tutorId", "send either tutorId or studentId"))
        if self.booking_id is not None and self.tutor_id is None:
            raise InvalidRequest(FieldError("bookingId", "send the tutorId of the booking, too"))
        if self.tutor_id is not None:
            return {"tutor_id": self.tutor_id}
        student_id = caller.user_id if self.student_id == ME else str(self.student_id)
        if student_id != caller.user_id and not caller.is_admin:
            raise Forbidden("only the student or an admin may do this")
        return {"student_id": student_id}

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """Return the half-open interval of starts."""
        first = self.first or now
        end = self.end or first + timedelta(days=90)
        if end <= first:
            raise InvalidRequest(FieldError("to", "it isn't after from: use a later instant"))
        return first, end


class SlotBody(Schema):
    """A slot to book. With `startsAt` and `durationMinutes`, it is booked only if it still is what the student saw."""

    date: DateToEdit
    time: LocalTime
    starts_at: Instant | None = None
    duration_minutes: AnyDuration | None = None

    def wish(self) -> Wish:
        """Return the wanted slot."""
        return Wish(self.date, self.time, self.starts_at, self.duration_minutes)


class Repeat(Schema):
    """Book a series: the same weekday and local time, `count` times."""

    every_weeks: Annotated[StrictInt, Field(ge=1, le=4), WHOLE_NUMBER]
    count: Annotated[StrictInt, Field(ge=2, le=52), WHOLE_NUMBER]
    skip_taken: StrictBool = Field(False, description="Leave out dates on which the slot can't be booked.")


class PlaceBooking(SlotBody):
    """A slot to book, and for whom."""

    tutor_id: Id
    hold_seconds: Annotated[StrictInt, Field(ge=MIN_HOLD_SECONDS, le=MAX_HOLD_SECONDS), WHOLE_NUMBER] | None = Field(
        None, description="Hold the slot for so long, until the booking is confirmed. Without it, it is confirmed."
    )
    student_id: UserId | None = Field(None, description="The student; only admins may book for somebody else.")
    student_name: Name | None = Field(None, description="The student's name; admins only. Others: the token's name.")
    repeat: Repeat | None = None

    def order(self, caller: Caller, key: str | None) -> Order:
        """Return what to book. Raise `Forbidden` if the caller may not book this."""
        student_id = caller.user_id if self.student_id in (None, ME) else str(self.student_id)
        if not caller.is_admin and (student_id != caller.user_id or self.student_name is not None):
            raise Forbidden("only an admin may book for somebody else, or send a studentName")
        if key is not None and not 1 <= len(key) <= MAX_KEY_LENGTH:
            raise InvalidRequest(FieldError("Idempotency-Key", f"use 1 to {MAX_KEY_LENGTH} characters"))
        repeat = self.repeat.model_dump() if self.repeat is not None else {}
        return Order(
            tutor_id=self.tutor_id,
            caller=caller,
            student_id=student_id,
            student_name=self.student_name or (caller.name if student_id == caller.user_id else None),
            wish=self.wish(),
            hold_for=timedelta(seconds=self.hold_seconds) if self.hold_seconds is not None else None,
            key=key or str(uuid4()),
            request_hash=sha256(self.model_dump_json().encode()).hexdigest(),
            **repeat,
        )


def idempotency_key(request: Request) -> str | None:
    """Return the header `Idempotency-Key`, without spaces around it. WSGI reads its bytes as Latin-1, not as UTF-8."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return None
    with suppress(UnicodeError):
        key = key.encode("latin-1").decode()
    return key.strip()


class _Change(Schema):
    tutor_id: Id


class ChangeStatus(_Change):
    """Confirm, cancel or complete a booking, or say that the student didn't come."""

    booking_id: Id
    status: Literal[*get_args(NewStatus)]  # type: ignore[valid-type]
    reason: Notes | None = Field(None, description="Why it is cancelled.")


class MoveBooking(_Change):
    """Move a booking to another slot of the tutor. The answer is the booking in the new slot."""

    booking_id: Id
    move_to: SlotBody


class ChangeSeries(_Change):
    """Confirm or cancel the active bookings of a series from a date on: all of them, or none.

    A hold that ran out isn't confirmed, and a lesson that has begun isn't cancelled: compare the dates of the answer
    with those of the series.
    """

    series_id: Id
    first: DateToEdit = Field(alias="from")
    status: Literal["CONFIRMED", "CANCELLED"]
    reason: Notes | None = Field(None, description="Why they are cancelled.")


AnyStatus = TypeVar("AnyStatus", ChangeStatus, ChangeSeries)


def parse_change(request: Request) -> ChangeStatus | MoveBooking | ChangeSeries:
    """Read the body of a `PATCH`: its fields show which form it has."""
    body: Any = read_json(request)
    if isinstance(body, dict):
        body = {name: value for name, value in body.items() if value is not None}
        if "moveTo" in body and "status" in body:
            raise InvalidRequest(FieldError("moveTo", "not allowed together with status: send one of them"))
        if "moveTo" in body:
            return validate(MoveBooking, body)
        if "seriesId" in body:
            return _without_reason(validate(ChangeSeries, body))
    return _without_reason(validate(ChangeStatus, body))


def _without_reason(change: AnyStatus) -> AnyStatus:
    """Return the change; raise `InvalidRequest` if it has a reason and cancels nothing."""
    if change.reason is not None and change.status != "CANCELLED":
        raise InvalidRequest(FieldError("reason", "only for CANCELLED: leave it out"))
    return change
