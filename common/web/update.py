"""The three forms of the body of `PUT /update_availability`, and its answer."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from functools import partial
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt
from pydantic_core import MISSING
from werkzeug import Request

from common.core.audit import Action, ClientReason, slot_actions
from common.core.caller import Caller
from common.core.diffing import Audit, Conflict, DayEdit, Outcome
from common.core.time_slots import MAX_DURATION_MINUTES, MAX_SLOTS_PER_DAY, MIN_DURATION_MINUTES, TimeSlot
from common.errors import FieldError, InvalidRequest
from common.web.availability import DayAnswer, day_answer
from common.web.booking_answers import BookingAnswer, booking_answer
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


@dataclass(frozen=True, slots=True)
class Changes:
    """How many slots an update added and removed. A slot whose duration changed counts as both."""

    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class SlotChange:
    """A slot that an update added or removed. `timeZone` is present only if it differs from the tutor's time zone."""

    date: date
    time: time
    duration_minutes: int
    action: Action
    time_zone: str | MISSING = MISSING


@dataclass(frozen=True, slots=True)
class Update:
    """The days after the update, and what changed.

    `cancelled`, with `cancelBookings` only, are the bookings that were cancelled; after a dry run, those that would be.
    `audit` is `deferred` if the change is saved, but its entries aren't in the log yet.
    """

    tutor_id: UUID
    days: list[DayAnswer]
    changes: Changes
    diff: list[SlotChange]
    change_set_id: UUID | None
    audit: Audit
    cancelled: list[BookingAnswer] | MISSING = field(default=MISSING, kw_only=True)


@dataclass(frozen=True, slots=True)
class DryRun(Update):
    """What an update would change, and the bookings that prevent it (`conflicts`). `days` are the current days."""

    conflicts: Sequence[Conflict]


def update_answer(outcome: Outcome, caller: Caller, *, cancels: bool) -> Update | DryRun:
    """Return the answer to an update. Its `diff` has the slots that changed, by date and time."""
    diff = [
        SlotChange(
            change.date,
            slot.start,
            slot.duration_minutes,
            action,
            MISSING if slot.zone == outcome.zone.key else slot.zone,
        )
        for change in outcome.changes
        for slot, action in slot_actions(change)
    ]
    added = sum(change.action == "ADDED" for change in diff)
    answer_type = partial(DryRun, conflicts=outcome.conflicts) if outcome.is_dry_run else Update
    return answer_type(
        tutor_id=outcome.tutor_id,
        days=[day_answer(day, outcome.zone) for day in outcome.days],
        changes=Changes(added, len(diff) - added),
        diff=diff,
        change_set_id=outcome.change_set_id,
        audit=outcome.audit,
        cancelled=[booking_answer(booking, caller) for booking in outcome.cancelled] if cancels else MISSING,
    )
