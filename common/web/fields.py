"""The types of the fields in requests and answers: how each is checked, and its schema in the OpenAPI document."""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, NoReturn
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from common.core.audit import MAX_NOTES_LENGTH, MAX_VERSION
from common.core.texts import is_storable
from common.core.zones import zone_name
from common.web.cursor import CURSOR, decode_count_cursor, decode_instant_cursor


class Schema(BaseModel):
    """The base class of all queries and bodies. They check the form of each field; `common.core` checks the rules."""

    # With `defer_build`, pydantic builds a model when it is first used: a function uses only one or two of the models.
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, defer_build=True)


MONTH_DAY = "(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
DATE = f"[0-9]{{4}}-{MONTH_DAY}"
DATE_TO_EDIT = f"2[0-9]{{3}}-{MONTH_DAY}"
HH_MM = "([01][0-9]|2[0-3]):[0-5][0-9]"
RFC_3339 = rf"2[0-9]{{3}}-{MONTH_DAY}T{HH_MM}(:[0-5][0-9](\.[0-9]{{1,9}})?)?(Z|[+-]{HH_MM})"


def refuse(message: str) -> NoReturn:
    """Raise pydantic's error with this message."""
    raise PydanticCustomError("invalid", "{message}", {"message": message})


def _matching(value: object, pattern: str, message: str) -> str:
    """Return the value if it is a string that matches the pattern; if not, refuse it with the message."""
    if not isinstance(value, str) or not re.fullmatch(pattern, value):
        refuse(message)
    return value


def _local_date(value: object) -> date:
    text = _matching(value, DATE, "use YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        refuse("this date doesn't exist: use a date of the calendar")


def _date_to_edit(value: object) -> date:
    day = _local_date(value)
    _matching(value, DATE_TO_EDIT, "use a date in the years 2000 to 2999")
    return day


def _local_time(value: object) -> time:
    return time.fromisoformat(_matching(value, HH_MM, "use HH:MM, 00:00 to 23:59"))


def _instant(value: object) -> datetime:
    """Parse an instant (RFC 3339). A space before the offset is a plus sign that the client didn't percent-encode."""
    message = "use a date and time with an offset, in the years 2000 to 2999, such as 2026-11-22T14:03:00+01:00"
    text = _matching(re.sub(r" (?=[0-9]{2}:[0-9]{2}$)", "+", str(value)), RFC_3339, message)
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        refuse("this date doesn't exist: use a date of the calendar")


def _uuid(value: object) -> UUID:
    pattern = r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    return UUID(_matching(value, pattern, "use a UUID, such as 2f1e7c1a-4b5d-4e0b-9c53-6a1a6c1f8d20"))


def _time_zone(value: object) -> str:
    name = zone_name(value) if isinstance(value, str) else None
    if name is None:
        refuse("use the name of an IANA time zone, such as Europe/Copenhagen")
    return name


def _flag(value: object) -> bool:
    if value not in ("true", "false"):
        refuse("use true or false")
    return value == "true"


def _digits(value: object) -> int:
    return int(_matching(value, "[0-9]{1,9}", "use a whole number"))


def _whole_number(value: object) -> object:
    """Return 243 for 243.0, because JSON Schema accepts both as an integer. Return any other value unchanged."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _text(value: object) -> object:
    if isinstance(value, str) and not is_storable(value):
        refuse("remove NUL characters and unpaired surrogates")
    return value


def forbidden(message: str) -> BeforeValidator:
    """Return a validator for a field that belongs to another form of the request; it accepts only null."""

    def check(value: object) -> None:
        if value is not None:
            refuse(message)

    return BeforeValidator(check)


AS_DATE = WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{DATE}$"})
AS_TIME = WithJsonSchema({"type": "string", "pattern": f"^{HH_MM}$", "examples": ["09:00"]})
AS_INSTANT = WithJsonSchema({"type": "string", "format": "date-time"})
AS_ID = WithJsonSchema({"type": "string", "format": "uuid"})
AS_CURSOR = WithJsonSchema({"type": "string", "pattern": f"^{CURSOR}$"})

DIGITS = BeforeValidator(_digits)  # for a number in a query, where every value is text
WHOLE_NUMBER = BeforeValidator(_whole_number)  # for a number in a body

# Types of fields in requests.
LocalDate = Annotated[date, BeforeValidator(_local_date), AS_DATE]
DateToEdit = Annotated[
    date,
    BeforeValidator(_date_to_edit),
    WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{DATE_TO_EDIT}$"}),
]
LocalTime = Annotated[time, BeforeValidator(_local_time), AS_TIME]
Instant = Annotated[
    datetime,
    BeforeValidator(_instant),
    WithJsonSchema({"type": "string", "format": "date-time", "pattern": f"^{RFC_3339}$"}),
]
Id = Annotated[UUID, BeforeValidator(_uuid), AS_ID]
TimeZone = Annotated[
    str, BeforeValidator(_time_zone), WithJsonSchema({"type": "string", "examples": ["Europe/Copenhagen"]})
]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Notes = Annotated[
    str,
    Field(max_length=MAX_NOTES_LENGTH),
    BeforeValidator(_text),
    WithJsonSchema({"type": "string", "maxLength": MAX_NOTES_LENGTH, "pattern": "^[^\\u0000]*$"}),
]
Version = Annotated[
    StrictInt,
    Field(ge=0, le=MAX_VERSION, description="The day's version that the edit is based on; 0 for a day without edits."),
    WHOLE_NUMBER,
]
Days = Annotated[int, Field(ge=1, le=3650, description="How many times 24 hours to look back."), DIGITS]
Limit = Annotated[int, Field(ge=1, le=1000), DIGITS]
InstantCursor = Annotated[tuple[datetime, UUID], BeforeValidator(decode_instant_cursor), AS_CURSOR]
CountCursor = Annotated[tuple[int, UUID], BeforeValidator(decode_count_cursor), AS_CURSOR]
Ignored = Annotated[
    Any, Field(default=None, description="Accepted and ignored, so that you can send a slot back as you read it.")
]

# A type of fields in answers: an instant that is text already.
InstantText = Annotated[str, AS_INSTANT]
