"""The fields that requests and answers are made of: what each may hold, and how the OpenAPI document describes it."""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, NoReturn
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from common.core.audit import MAX_NOTES_LENGTH, MAX_VERSION, is_storable
from common.core.time_slots import EARLIEST_DATE
from common.web.cursor import decode_count_cursor, decode_instant_cursor


class Schema(BaseModel):
    """What may be sent: it checks the form; the core knows the rules."""

    # A function uses one or two of these; the others are never built.
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, defer_build=True)


HH_MM = r"([01][0-9]|2[0-3]):[0-5][0-9]"
RFC_3339 = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{5,8}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"


def _refuse(message: str) -> NoReturn:
    raise PydanticCustomError("invalid", "{message}", {"message": message})


def _matching(value: object, pattern: str, expected: str) -> str:
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        _refuse(expected)
    return value


def _local_date(value: object) -> date:
    text = _matching(value, r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "expected a date as YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        _refuse("expected a date that exists")


def _local_time(value: object) -> time:
    return time.fromisoformat(_matching(value, HH_MM, "expected a time from 00:00 to 23:59 as HH:MM"))


def _instant(value: object) -> datetime:
    """Read RFC 3339; a plus that wasn't encoded arrives as a space, and can't have been anything else."""
    expected = "expected an instant with its offset, such as 2026-11-22T14:03:00+01:00"
    text = _matching(re.sub(r" (?=[0-9]{2}:[0-9]{2}$)", "+", str(value)), RFC_3339, expected)
    try:
        instant = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        _refuse("expected an instant that exists")
    if instant.date() < EARLIEST_DATE:
        _refuse(f"expected an instant since {EARLIEST_DATE}")
    return instant


def _uuid(value: object) -> UUID:
    pattern = r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    return UUID(_matching(value, pattern, "expected a UUID, such as 2f1e7c1a-4b5d-4e0b-9c53-6a1a6c1f8d20"))


def _flag(value: object) -> bool:
    if value not in ("true", "false"):
        _refuse("expected true or false")
    return value == "true"


def _digits(value: object) -> int:
    return int(_matching(value, r"[0-9]{1,9}", "expected a whole number"))


def _text(value: object) -> object:
    if isinstance(value, str) and not is_storable(value):
        _refuse("expected text without NUL characters and without halves of surrogate pairs")
    return value


def left_out(message: str) -> BeforeValidator:
    """Refuse with the message what belongs to another form of a request; null counts as left out."""

    def check(value: object) -> None:
        if value is not None:
            _refuse(message)

    return BeforeValidator(check)


AS_DATE = WithJsonSchema({"type": "string", "format": "date"})
AS_TIME = WithJsonSchema({"type": "string", "pattern": f"^{HH_MM}$", "examples": ["09:00"]})
AS_INSTANT = WithJsonSchema({"type": "string", "format": "date-time"})
AS_ID = WithJsonSchema({"type": "string", "format": "uuid"})
AS_TEXT = WithJsonSchema({"type": "string"})

# Of requests.
LocalDate = Annotated[date, BeforeValidator(_local_date), AS_DATE]
LocalTime = Annotated[time, BeforeValidator(_local_time), AS_TIME]
Instant = Annotated[datetime, BeforeValidator(_instant), AS_INSTANT]
Id = Annotated[UUID, BeforeValidator(_uuid), AS_ID]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Digits = Annotated[int, BeforeValidator(_digits)]
Notes = Annotated[str, Field(max_length=MAX_NOTES_LENGTH), BeforeValidator(_text)]
Version = Annotated[
    StrictInt, Field(ge=0, le=MAX_VERSION, description="The version that the edit is based on; 0: never edited.")
]
Days = Annotated[Digits, Field(ge=1, le=3650, description="How many times 24 hours to look back.")]
InstantCursor = Annotated[tuple[datetime, UUID], BeforeValidator(decode_instant_cursor), AS_TEXT]
CountCursor = Annotated[tuple[int, UUID], BeforeValidator(decode_count_cursor), AS_TEXT]
Ignored = Annotated[
    Any, Field(default=None, description="Accepted and ignored, so that what was read can be sent back.")
]

# Of answers, where it is text already.
InstantText = Annotated[str, AS_INSTANT]
