"""The three forms of the body of `PUT /update_availability`."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import Field, StrictBool, StrictInt
from werkzeug import Request

from common.core.audit import ClientReason
from common.core.diffing import DayEdit
from common.core.time_slots import MAX_DURATION_MINUTES, MAX_SLOTS_PER_DAY, MIN_DURATION_MINUTES, TimeSlot
from common.errors import FieldError, InvalidRequest
from common.web.fields import (
    WHOLE_NUMBER,
    DateToEdit,
    Id,
    Ignored,
    LocalTime,
    Notes,
    Schema,
    TimeZone,
    Version,
    forbidden,
)
from common.web.parsing import read_json, validate

MAX_DAYS_OF_UPDATE = 92
ONE_FORM = "send date and timeSlots, or days, or revert"
WITH_REVERT = "not allowed together with revert: leave it out"
NotWithDays = Annotated[None, forbidden("not allowed together with days: put it into each day instead")]
NotWithRevert = Annotated[None, forbidden(WITH_REVERT)]

QUOTED_VERSION = '"[0-9]{1,9}"'
IF_MATCH_DESCRIPTION = (
    'The version of the day that the edit is based on, such as `"3"`; or `*`, which accepts every version but 0 (a day '
    "that was never edited). For one day only. Not allowed together with `revert`, or with a different `version` in "
    "the body."
)
IF_MATCH = (
    IF_MATCH_DESCRIPTION,
    {"anyOf": [{"type": "string", "enum": ["*"]}, {"type": "string", "pattern": f"^{QUOTED_VERSION}$"}]},
)

Duration = Annotated[StrictInt, Field(ge=MIN_DURATION_MINUTES, le=MAX_DURATION_MINUTES), WHOLE_NUMBER]


class TimeSlotBody(Schema):
    """A slot to offer."""

    time: LocalTime
    duration_minutes: Duration = 60
    time_zone: TimeZone | None = Field(
        None,
        description="Default: the `timeZone` of the day, or else of the request. Without these, a slot with the date, "
        "time and duration of a current slot is that slot, in its zone; any other slot is in the tutor's time zone.",
    )
    status: Ignored
    starts_at: Ignored
    ends_at: Ignored
    not_bookable: Ignored


class DayBody(Schema):
    """A day, with the slots that replace its current slots."""

    date: DateToEdit = Field(description="Today or later, at most three years ahead.")
    time_slots: Annotated[list[TimeSlotBody], Field(max_length=MAX_SLOTS_PER_DAY)] = Field(
        description="Slots that overlap neither each other nor slots of other days. A slot may end on the next date."
    )
    time_zone: TimeZone | None = Field(None, description="The time zone of slots without a `timeZone`.")
    version: Version | None = None


class _Edit(Schema):
    tutor_id: Id
    reason: ClientReason | None = Field(None, description="Default: `tutor_edit`; for admins, `admin_action`.")
    notes: Notes | None = None
    dry_run: StrictBool = Field(False, description="Return what would change, and the conflicts; save nothing.")


class CancelBookings(Schema):
    """Cancel the bookings of the slots that an edit removes, except bookings of slots that have begun."""

    reason: Notes | None = Field(None, description="Why; the students see it.")


CANCEL_BOOKINGS: Any = Field(None, description="Without it, booked slots can't be removed (409 `slot_booked`).")


class EditDay(_Edit, DayBody):
    """Replace the slots of one day."""

    cancel_bookings: CancelBookings | None = CANCEL_BOOKINGS

    days: None = None
    revert: None = None

    def edits(self, if_match: str | None) -> list[DayEdit]:
        """Return the edit of the day; `if_match` is the header of that name."""
        return _edits({"": self}, self.time_zone, if_match)


class EditDays(_Edit):
    """Replace the slots of several days: all of them or none. Each date may appear once."""

    cancel_bookings: CancelBookings | None = CANCEL_BOOKINGS
    days: Annotated[list[DayBody], Field(min_length=1, max_length=MAX_DAYS_OF_UPDATE)]
    time_zone: TimeZone | None = Field(None, description="The time zone of days without a `timeZone`.")
    date: NotWithDays = None
    time_slots: NotWithDays = None
    version: NotWithDays = None
    revert: None = None

    def edits(self, if_match: str | None) -> list[DayEdit]:
        """Return the edits of the days; `if_match` is the header of that name."""
        dates = [day.date for day in self.days]
        for i, day in enumerate(dates):
            if day in dates[:i]:
                message = f"{day} is already in days[{dates.index(day)}]: send each date once"
                raise InvalidRequest(FieldError(f"days[{i}].date", message))
        return _edits({f"days[{i}].": day for i, day in enumerate(self.days)}, self.time_zone, if_match)


class Revert(_Edit):
    """Undo a change set, except for slots that were changed again later."""

    revert: Id = Field(description="The id of the change set.")
    reason: Literal["revert"] | None = Field(None, description="Always `revert`.")
    date: NotWithRevert = None
    time_slots: NotWithRevert = None
    version: NotWithRevert = None
    days: NotWithRevert = None
    time_zone: NotWithRevert = None
    cancel_bookings: NotWithRevert = None


def parse_update(request: Request) -> EditDay | EditDays | Revert:
    """Read the body: with `revert`, with `days`, or with `date` and `timeSlots`. Treat a null field as missing."""
    body = read_json(request)
    present = {name for name, value in body.items() if value is not None} if isinstance(body, dict) else set()
    if "revert" in present:
        if "If-Match" in request.headers:
            raise InvalidRequest(FieldError("If-Match", WITH_REVERT))
        return validate(Revert, body)
    if "days" in present:
        return validate(EditDays, body)
    try:
        return validate(EditDay, body)
    except InvalidRequest as invalid:
        missing = {"date", "timeSlots"} - present
        errors = (replace(error, message=ONE_FORM) if error.field in missing else error for error in invalid.errors)
        raise InvalidRequest(*errors) from None


def _edits(days: Mapping[str, DayBody], time_zone: str | None, if_match: str | None) -> list[DayEdit]:
    """Return the edits of days; each key is the prefix of the paths of the day's fields, such as `days[0].`."""
    header_version = _version_of(if_match)
    if header_version is not None and len(days) > 1:
        raise InvalidRequest(FieldError("If-Match", "for one day only: leave it out, and give each day its version"))
    if header_version is not None and any(day.version not in (None, header_version) for day in days.values()):
        raise InvalidRequest(FieldError("If-Match", "differs from version in the body: leave out one of them"))
    return [
        DayEdit(
            date=day.date,
            slots=tuple(
                TimeSlot(slot.time, slot.duration_minutes, slot.time_zone or day.time_zone or time_zone or "")
                for slot in day.time_slots
            ),
            version=day.version if header_version is None else header_version,
            field_prefix=prefix,
        )
        for prefix, day in days.items()
    ]


def _version_of(if_match: str | None) -> int | Literal["*"] | None:
    if if_match is None:
        return None
    text = if_match.strip()
    if text == "*":
        return "*"
    if not re.fullmatch(QUOTED_VERSION, text):
        raise InvalidRequest(FieldError("If-Match", 'use the version of the day in quotes, such as "3", or *'))
    return int(text.strip('"'))
