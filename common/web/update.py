"""`PUT /update_availability`: one of three forms of a request, and what is answered to each."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, time
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt
from werkzeug import Request

from common.core.audit import Action, Reason, slot_actions
from common.core.diffing import Audit, Conflict, DayEdit, Outcome
from common.core.time_slots import MAX_DURATION_MINUTES, MAX_SLOTS_PER_DAY, MIN_DURATION_MINUTES, TimeSlot
from common.errors import FieldError, InvalidRequest
from common.web.availability import DayAnswer, day_json
from common.web.fields import Id, Ignored, LocalDate, LocalTime, Notes, Schema, Version, left_out
from common.web.parsing import read_json, validate

MAX_DAYS_OF_UPDATE = 92
WHICH_FORM = "expected date and timeSlots, days, or revert"
InEachDay = Annotated[None, left_out("expected it in each of days, not beside them")]
NotBesideRevert = Annotated[None, left_out("expected nothing here beside revert")]


class TimeSlotBody(Schema):
    """A slot to offer."""

    time: LocalTime
    duration_minutes: StrictInt = Field(60, ge=MIN_DURATION_MINUTES, le=MAX_DURATION_MINUTES)
    status: Ignored
    starts_at: Ignored
    ends_at: Ignored


class DayBody(Schema):
    """A day, and the slots that it is to have."""

    date: LocalDate
    time_slots: Annotated[list[TimeSlotBody], Field(max_length=MAX_SLOTS_PER_DAY)]
    version: Version | None = None


class _Edit(Schema):
    tutor_id: Id
    reason: Reason | None = Field(None, description="`tutor_edit` when missing; `admin_action` for admins.")
    notes: Notes | None = None
    dry_run: StrictBool = Field(False, description="Answer what would change and what is in the way; write nothing.")


class EditDay(_Edit, DayBody):
    """Let one day have these slots, and no others."""

    days: None = None
    revert: None = None

    def edits(self, if_match: str | None) -> list[DayEdit]:
        """Return what is wanted of the day; `if_match` is the header, which guards it."""
        return _edits({"": self}, if_match)


class EditDays(_Edit):
    """Let many days have these slots, and no others: all or nothing."""

    days: Annotated[list[DayBody], Field(min_length=1, max_length=MAX_DAYS_OF_UPDATE)]
    date: InEachDay = None
    time_slots: InEachDay = None
    version: InEachDay = None
    revert: None = None

    def edits(self, if_match: str | None) -> list[DayEdit]:
        """Return what is wanted of each day; `if_match` is the header, which guards one day."""
        dates = [day.date for day in self.days]
        for i, on in enumerate(dates):
            if on in dates[:i]:
                raise InvalidRequest(FieldError(f"days[{i}].date", f"expected each date once; {on} came before"))
        return _edits({f"days[{i}].": day for i, day in enumerate(self.days)}, if_match)


class Revert(_Edit):
    """Undo what still stands of a change set."""

    revert: Id = Field(description="The change set of which to undo what still stands.")
    reason: Literal["revert"] | None = Field(None, description="`revert`, also when missing.")
    date: NotBesideRevert = None
    time_slots: NotBesideRevert = None
    version: NotBesideRevert = None
    days: NotBesideRevert = None


def parse_update(request: Request) -> EditDay | EditDays | Revert:
    """Read the body: `revert`, `days`, or `date` and `timeSlots` say which form it has; null counts as left out."""
    given = read_json(request)
    present = {name for name, value in given.items() if value is not None} if isinstance(given, dict) else set()
    if "revert" in present:
        if "If-Match" in request.headers:
            raise InvalidRequest(FieldError("If-Match", "expected nothing here beside revert"))
        return validate(Revert, given)
    if "days" in present:
        return validate(EditDays, given)
    try:
        return validate(EditDay, given)
    except InvalidRequest as wrong:
        missing = {"date", "timeSlots"} - present
        told = [replace(error, message=WHICH_FORM) if error.field in missing else error for error in wrong.errors]
        raise InvalidRequest(*told) from None


def _edits(days: Mapping[str, DayBody], if_match: str | None) -> list[DayEdit]:
    """Return the edits of days by their paths in the request."""
    guard = _guard(if_match)
    if guard is not None and len(days) > 1:
        raise InvalidRequest(FieldError("If-Match", "expected for one day only; give each day its version"))
    if guard is not None and any(day.version not in (None, guard) for day in days.values()):
        raise InvalidRequest(FieldError("If-Match", "expected the same version as in the body, or only one"))
    return [
        DayEdit(
            date=day.date,
            slots=tuple(TimeSlot(slot.time, slot.duration_minutes) for slot in day.time_slots),
            version=day.version if guard is None else guard,
            field=field,
        )
        for field, day in days.items()
    ]


def _guard(if_match: str | None) -> int | Literal["*"] | None:
    if if_match is None:
        return None
    if if_match.strip() == "*":
        return "*"
    quoted = re.fullmatch(r'"([0-9]{1,9})"', if_match.strip())
    if quoted is None:
        raise InvalidRequest(FieldError("If-Match", 'expected the day\'s version in quotes, such as "3", or *'))
    return int(quoted[1])


@dataclass(frozen=True, slots=True)
class Changes:
    """How many slots an update added and removed; one whose duration changed counts as both."""

    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class SlotChange:
    """A slot that an update added or removed."""

    date: date
    time: time
    duration_minutes: int
    action: Action


@dataclass(frozen=True, slots=True)
class Update:
    """The days afterwards, and what was changed. `deferred`: the change is saved, its entries aren't in the log yet."""

    tutor_id: UUID
    days: list[DayAnswer]
    changes: Changes
    diff: list[SlotChange]
    change_set_id: UUID | None
    audit: Audit


@dataclass(frozen=True, slots=True)
class DryRun(Update):
    """What an update would change, and what is in its way; the days are as they stand now."""

    conflicts: Sequence[Conflict]


def update_answer(outcome: Outcome) -> Update | DryRun:
    """Return the days, and the changes slot by slot, in order of date and time."""
    diff = [
        SlotChange(change.date, slot.start, slot.duration_minutes, action)
        for change in outcome.changes
        for slot, action in slot_actions(change)
    ]
    added = sum(change.action == "ADDED" for change in diff)
    answer = partial(DryRun, conflicts=outcome.conflicts) if outcome.is_dry_run else Update
    return answer(
        tutor_id=outcome.tutor_id,
        days=[day_json(day, outcome.zone) for day in outcome.days],
        changes=Changes(added, len(diff) - added),
        diff=diff,
        change_set_id=outcome.change_set_id,
        audit=outcome.audit,
    )
