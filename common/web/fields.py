"""The types of the fields in requests and answers: how each is checked, and its schema in the OpenAPI document."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, NoReturn
from uuid import UUID

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from common.core.audit import MAX_NOTES_LENGTH, MAX_VERSION
from common.core.texts import is_storable
from common.core.zones import zone_name


class Schema(BaseModel):
    """The base class of all queries and bodies. They check the form of each field; `common.core` checks the rules."""

    # With `defer_build`, pydantic builds a model when it is first used: a function uses only one or two of the models.
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, defer_build=True)


MONTH_DAY = "(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
DATE = f"[0-9]{{4}}-{MONTH_DAY}"
DATE_TO_EDIT = f"2[0-9]{{3}}-{MONTH_DAY}"
HH_MM = "([01][0-9]|2[0-3]):[0-5][0-9]"
RFC_3339 = rf"2[0-9]{{3}}-{MONTH_DAY}T{HH_MM}(:[0-5][0-9](\.[0-9]{{1,9}})?)?(Z|[+-]{HH_MM})"
NOT_AN_INSTANT = "use a date and time with an offset, in the years 2000 to 2999, such as 2026-11-22T14:03:00+01:00"


def refuse(message: str) -> NoReturn:
    """Raise pydantic's error with this message."""
    raise PydanticCustomError("invalid", "{message}", {"message": message})


def _form(pattern: str, message: str) -> BeforeValidator:
    """Return a validator that refuses all but strings that match the pattern; then pydantic parses the string."""

    def check(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            refuse(message)
        return value

    return BeforeValidator(check)


def text_if(is_valid: Callable[[str], bool], message: str) -> BeforeValidator:
    """Return a validator that refuses strings that aren't valid."""

    def check(value: object) -> object:
        if isinstance(value, str) and not is_valid(value):
            refuse(message)
        return value

    return BeforeValidator(check)


def _in_years_to_edit(day: date) -> date:
    if not 2000 <= day.year <= 2999:
        refuse("use a date in the years 2000 to 2999")
    return day


def _with_plus(value: object) -> str:
    """Return an instant with the plus sign of its offset: a space is one that the client didn't percent-encode."""
    return re.sub(r" (?=[0-9]{2}:[0-9]{2}$)", "+", str(value))


def _time_zone(value: object) -> str:
    name = zone_name(value) if isinstance(value, str) else None
    if name is None:
        refuse("use the name of an IANA time zone, such as Europe/Copenhagen")
    return name


def _whole_number(value: object) -> object:
    """Return 243 for 243.0, because JSON Schema accepts both as an integer. Return any other value unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def forbidden(message: str) -> BeforeValidator:
    """Return a validator for a field that belongs to another form of the request; it accepts only null."""

    def check(value: object) -> None:
        if value is not None:
            refuse(message)

    return BeforeValidator(check)


AS_TIME = WithJsonSchema({"type": "string", "pattern": f"^{HH_MM}$", "examples": ["09:00"]})
AS_INSTANT = WithJsonSchema({"type": "string", "format": "date-time"})

DIGITS = _form("[0-9]{1,9}", "use a whole number")  # for a number in a query, where every value is text
WHOLE_NUMBER = BeforeValidator(_whole_number)  # for a number in a body

# Types of fields in requests.
AN_ISO_DATE = _form(DATE, "use YYYY-MM-DD")
LocalDate = Annotated[date, AN_ISO_DATE, WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{DATE}$"})]
DateToEdit = Annotated[
    date,
    AN_ISO_DATE,
    AfterValidator(_in_years_to_edit),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{DATE_TO_EDIT}$"}),
]
LocalTime = Annotated[time, _form(HH_MM, "use HH:MM, 00:00 to 23:59"), AS_TIME]
Instant = Annotated[
    datetime,
    _form(RFC_3339, NOT_AN_INSTANT),
    BeforeValidator(_with_plus),
    AfterValidator(lambda instant: instant.astimezone(UTC)),
    # Not the format date-time, which requires seconds.
    WithJsonSchema({"type": "string", "pattern": f"^{RFC_3339}$", "examples": ["2026-11-22T14:03:00+01:00"]}),
]
Id = Annotated[
    UUID,
    _form(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "use a UUID, such as 2f1e7c1a-4b5d-4e0b-9c53-6a1a6c1f8d20"),
    WithJsonSchema({"type": "string", "format": "uuid"}),
]
TimeZone = Annotated[
    str, BeforeValidator(_time_zone), WithJsonSchema({"type": "string", "examples": ["Europe/Copenhagen"]})
]
Flag = Annotated[bool, _form("true|false", "use true or false"), WithJsonSchema({"type": "boolean"})]
Notes = Annotated[
    str,
    Field(max_length=MAX_NOTES_LENGTH),
    text_if(is_storable, "remove NUL characters and unpaired surrogates"),
    WithJsonSchema({"type": "string", "maxLength": MAX_NOTES_LENGTH, "pattern": "^[^\\u0000]*$"}),
]
Version = Annotated[
    StrictInt,
    Field(ge=0, le=MAX_VERSION, description="The day's version that the edit is based on; 0 for a day without edits."),
    WHOLE_NUMBER,
]
Days = Annotated[int, Field(ge=1, le=3650, description="How many times 24 hours to look back."), DIGITS]
Limit = Annotated[int, Field(ge=1, le=1000), DIGITS]
Ignored = Annotated[
    Any, Field(default=None, description="Accepted and ignored, so that you can send a slot back as you read it.")
]

# A header of requests: its description and its schema.
IF_NONE_MATCH = "ETags of earlier answers. If the answer still has one of them, you get 304.", {"type": "string"}

# A type of fields in answers: an instant that is text already.
InstantText = Annotated[str, AS_INSTANT]
