"""What may be sent: pydantic models of queries and bodies. They check the form; the core knows the rules."""

import json
import re
from datetime import date, datetime, time
from typing import Annotated, Any, Literal, NoReturn, TypeVar
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    ValidationError,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError
from werkzeug import Request
from werkzeug.exceptions import HTTPException

from common.core.audit import MAX_NOTES_LENGTH, Action, Reason
from common.core.diffing import DayEdit
from common.core.time_slots import MAX_DURATION_MINUTES, MAX_SLOTS_PER_DAY, MIN_DURATION_MINUTES, TimeSlot
from common.errors import BodyTooLarge, FieldError, InvalidRequest
from common.web.cursor import decode_cursor

MAX_BODY_BYTES = 256 * 1024
MAX_DAYS_OF_UPDATE = 92
MAX_DAYS_OF_RANGE = 366
MAX_ERRORS_TOLD = 20
MAX_VERSION = 2**31 - 1

Model = TypeVar("Model", bound=BaseModel)


def _refuse(message: str) -> NoReturn:
    raise PydanticCustomError("invalid", "{message}", {"message": message})


def _local_date(value: object) -> date:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        _refuse("expected a date as YYYY-MM-DD")
    try:
        return date.fromisoformat(value)
    except ValueError:
        _refuse("expected a date that exists")


def _local_time(value: object) -> time:
    if not isinstance(value, str) or not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        _refuse("expected a time from 00:00 to 23:59 as HH:MM")
    return time.fromisoformat(value)


def _uuid(value: object) -> UUID:
    if not isinstance(value, str) or not re.fullmatch(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value):
        _refuse("expected a UUID, such as 2f1e7c1a-4b5d-4e0b-9c53-6a1a6c1f8d20")
    return UUID(value)


def _digits(value: object) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,9}", value):
        _refuse("expected a whole number")
    return int(value)


def _text(value: object) -> object:
    if isinstance(value, str) and ("\0" in value or any("\ud800" <= character <= "\udfff" for character in value)):
        _refuse("expected text without NUL characters and without halves of surrogate pairs")
    return value


LocalDate = Annotated[date, BeforeValidator(_local_date), WithJsonSchema({"type": "string", "format": "date"})]
LocalTime = Annotated[
    time,
    BeforeValidator(_local_time),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["09:00"]}),
]
Id = Annotated[UUID, BeforeValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]
Digits = Annotated[int, BeforeValidator(_digits)]
Ignored = Annotated[
    Any, Field(default=None, description="Accepted and ignored, so that what was read can be sent back.")
]


class _Schema(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)


class AvailabilityQuery(_Schema):
    """`GET /get_availability`."""

    tutor_id: Id
    start_date: LocalDate | None = Field(None, description="The first date; today in the tutor's zone when missing.")
    end_date: LocalDate | None = Field(
        None,
        description=f"The last date, inclusive; startDate + 13 days when missing. At most {MAX_DAYS_OF_RANGE} days.",
    )


class HistoryQuery(_Schema):
    """`GET /audit_history`."""

    tutor_id: Id
    days: Annotated[Digits, Field(ge=1, le=3650, description="How many times 24 hours to look back.")] = 30
    limit: Annotated[Digits, Field(ge=1, le=1000, description="How many entries a page holds at the most.")] = 100
    cursor: Annotated[
        tuple[datetime, UUID] | None,
        BeforeValidator(decode_cursor),
        WithJsonSchema({"type": "string"}),
        Field(description="The nextCursor of the page before; opaque."),
    ] = None
    action: Action | None = None
    reason: Reason | None = None
    date: LocalDate | None = Field(None, description="Only entries of this day.")


class StatsQuery(_Schema):
    """`GET /audit_stats`."""

    tutor_id: Id
    days: Annotated[Digits, Field(ge=1, le=3650, description="How many times 24 hours to look back.")] = 30


class TimeSlotBody(_Schema):
    """A slot to offer."""

    time: LocalTime
    duration_minutes: StrictInt = Field(60, ge=MIN_DURATION_MINUTES, le=MAX_DURATION_MINUTES)
    status: Ignored
    starts_at: Ignored
    ends_at: Ignored


TimeSlots = Annotated[list[TimeSlotBody], Field(max_length=MAX_SLOTS_PER_DAY)]
Version = Annotated[
    StrictInt, Field(ge=0, le=MAX_VERSION, description="The version that the edit is based on; 0: never edited.")
]


class DayBody(_Schema):
    """A day, and the slots that it is to have."""

    date: LocalDate
    time_slots: TimeSlots
    version: Version | None = None


class UpdateBody(_Schema):
    """`PUT /update_availability`: one day (`date` and `timeSlots`), or many (`days`)."""

    tutor_id: Id
    date: LocalDate | None = None
    time_slots: TimeSlots | None = None
    version: Version | None = None
    days: Annotated[list[DayBody], Field(min_length=1, max_length=MAX_DAYS_OF_UPDATE)] | None = None
    reason: Reason | None = Field(None, description="`tutor_edit` when missing; `admin_action` for admins.")
    notes: Annotated[str, Field(max_length=MAX_NOTES_LENGTH), BeforeValidator(_text)] | None = None
    dry_run: StrictBool = Field(False, description="Answer what would change and what is in the way; write nothing.")

    def edits(self, if_match: str | None) -> list[DayEdit]:
        """Return what is wanted of each day; `if_match` is the header, which guards an edit of one day."""
        guard = _guard(if_match)
        if self.days is None:
            missing = [name for name, value in (("date", self.date), ("timeSlots", self.time_slots)) if value is None]
            if self.date is None or self.time_slots is None:
                raise InvalidRequest(*(FieldError(name, "expected date and timeSlots, or days") for name in missing))
            days = [(self.date, self.time_slots, self.version)]
        else:
            for name, value in (("date", self.date), ("timeSlots", self.time_slots), ("version", self.version)):
                if value is not None:
                    raise InvalidRequest(FieldError(name, "expected it in each of days, not beside them"))
            days = [(day.date, day.time_slots, day.version) for day in self.days]
        _refuse_twice([day for day, _, _ in days])
        if guard is not None:
            if len(days) > 1:
                raise InvalidRequest(FieldError("If-Match", "expected for one day only; give each day its version"))
            if days[0][2] not in (None, guard):
                raise InvalidRequest(FieldError("If-Match", "expected the same version as in the body, or only one"))
        return [
            DayEdit(
                date=day,
                slots=tuple(TimeSlot(slot.time, slot.duration_minutes) for slot in slots),
                version=version if guard is None else guard,
            )
            for day, slots, version in days
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


def _refuse_twice(dates: list[date]) -> None:
    for i, day in enumerate(dates):
        if day in dates[:i]:
            raise InvalidRequest(FieldError(f"days[{i}].date", f"expected each date once; {day} came before"))


def parse_query(model: type[Model], request: Request) -> Model:
    """Read the query string; an empty parameter counts as one that isn't there. Raises `InvalidRequest`."""
    given: dict[str, str] = {}
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidRequest(FieldError(_shown(name), "expected once"))
        if values[0]:
            given[name] = values[0]
    return _validate(model, given)


def parse_body(model: type[Model], request: Request) -> Model:
    """Read the body as JSON; `BodyTooLarge`, or `InvalidRequest` with the fields that are wrong."""
    too_large = BodyTooLarge(f"expected at most {MAX_BODY_BYTES // 1024} KiB; split the update")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise too_large
    try:
        data = b""
        while len(data) <= MAX_BODY_BYTES and (more := request.stream.read(MAX_BODY_BYTES + 1 - len(data))):
            data += more
    except (OSError, HTTPException):  # cut short, or badly chunked
        raise InvalidRequest(FieldError("body", "expected as many bytes as were announced")) from None
    if len(data) > MAX_BODY_BYTES:
        raise too_large
    try:
        body = json.loads(data.decode(), object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except InvalidRequest:
        raise
    except (ValueError, RecursionError):  # not UTF-8; not JSON; a number beyond all bounds; nested too deeply
        raise InvalidRequest(FieldError("body", "expected a JSON object, in UTF-8")) from None
    return _validate(model, body)


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidRequest(FieldError(_shown(name), "expected once"))
        found[name] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's


def _validate(model: type[Model], given: object) -> Model:
    try:
        return model.model_validate(given)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_ERRORS_TOLD]
        raise InvalidRequest(
            *(FieldError(_path(wrong["loc"]), _in_our_words(wrong["type"], wrong["msg"])) for wrong in problems)
        ) from None


IN_OUR_WORDS = {
    "extra_forbidden": "expected nothing here: the field is unknown",
    "missing": "expected, but missing",
    "model_type": "expected an object",
}


def _in_our_words(kind: str, message: str) -> str:
    message = re.sub("^(Input|String|List) should (be|have) ", "expected ", message)
    return IN_OUR_WORDS.get(kind, message.replace(" after validation", ""))


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{_shown(part)}"
    return path.removeprefix(".") or "body"


def _shown(name: str) -> str:
    """Return a name from outside in a form that can be shown: short, and printable."""
    return "".join(character if character.isprintable() else "?" for character in name[:64])
