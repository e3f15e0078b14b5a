"""What may be sent: pydantic models of queries and bodies. They check the form; the core knows the rules."""

import re
from datetime import UTC, date, datetime, time
from typing import Annotated, Any, Literal, NoReturn
from uuid import UUID

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    WithJsonSchema,
)
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from common.core.audit import MAX_NOTES_LENGTH, MAX_VERSION, Action, Reason, is_storable
from common.core.diffing import DayEdit
from common.core.time_slots import (
    EARLIEST_DATE,
    MAX_DURATION_MINUTES,
    MAX_SLOTS_PER_DAY,
    MIN_DURATION_MINUTES,
    TimeSlot,
)
from common.errors import FieldError, InvalidRequest
from common.web.cursor import decode_count_cursor, decode_instant_cursor

MAX_DAYS_OF_UPDATE = 92
MAX_DAYS_OF_RANGE = 366
MAX_WEEKS = 522
CSV_FORMAT = (
    "csv: all entries, limit and cursor don't count. Lambda sends 5 MB at the most, some 20,000 entries: beyond, it "
    "answers 400, and fewer days have to be asked for."
)


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


def _instant(value: object) -> datetime:
    """Read RFC 3339; a plus that wasn't encoded arrives as a space, and can't have been anything else."""
    text = re.sub(r" (?=[0-9]{2}:[0-9]{2}$)", "+", value) if isinstance(value, str) else ""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{5,8}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})", text):
        _refuse("expected an instant with its offset, such as 2026-11-22T14:03:00+01:00")
    try:
        instant = datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        _refuse("expected an instant that exists")
    if instant.date() < EARLIEST_DATE:
        _refuse(f"expected an instant since {EARLIEST_DATE}")
    return instant


def _uuid(value: object) -> UUID:
    if not isinstance(value, str) or not re.fullmatch(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", value):
        _refuse("expected a UUID, such as 2f1e7c1a-4b5d-4e0b-9c53-6a1a6c1f8d20")
    return UUID(value)


def _flag(value: object) -> bool:
    if value not in ("true", "false"):
        _refuse("expected true or false")
    return value == "true"


def _digits(value: object) -> int:
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{1,9}", value):
        _refuse("expected a whole number")
    return int(value)


def _text(value: object) -> object:
    if isinstance(value, str) and not is_storable(value):
        _refuse("expected text without NUL characters and without halves of surrogate pairs")
    return value


LocalDate = Annotated[date, BeforeValidator(_local_date), WithJsonSchema({"type": "string", "format": "date"})]
LocalTime = Annotated[
    time,
    BeforeValidator(_local_time),
    WithJsonSchema({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["09:00"]}),
]
Instant = Annotated[datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})]
Flag = Annotated[bool, BeforeValidator(_flag), WithJsonSchema({"type": "boolean"})]
Id = Annotated[UUID, BeforeValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]
Digits = Annotated[int, BeforeValidator(_digits)]
Ignored = Annotated[
    Any, Field(default=None, description="Accepted and ignored, so that what was read can be sent back.")
]


class _Schema(BaseModel):
    # A function uses one or two of these; the others are never built.
    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True, defer_build=True)


class AvailabilityQuery(_Schema):
    """`GET /get_availability`."""

    tutor_id: Id
    start_date: LocalDate | None = Field(None, description="The first date; today in the tutor's zone when missing.")
    end_date: LocalDate | None = Field(
        None,
        description=f"The last date, inclusive; startDate + 13 days when missing. At most {MAX_DAYS_OF_RANGE} days.",
    )
    as_of: Instant | None = Field(
        None, description="Answer what was shown at that instant, by the log; today is what was today then."
    )
    explain: Flag = Field(False, description="Say why slots are occupied, and which times aren't offered any more.")


class HistoryQuery(_Schema):
    """`GET /audit_history`."""

    tutor_id: Id
    days: Annotated[Digits, Field(ge=1, le=3650, description="How many times 24 hours to look back.")] = 30
    limit: Annotated[Digits, Field(ge=1, le=1000, description="How many entries a page holds at the most.")] = 100
    cursor: Annotated[
        tuple[datetime, UUID] | None,
        BeforeValidator(decode_instant_cursor),
        WithJsonSchema({"type": "string"}),
        Field(description="The nextCursor of the page before; opaque."),
    ] = None
    action: Action | None = None
    reason: Reason | None = None
    date: LocalDate | None = Field(None, description="Only entries of this day.")
    format: Literal["json", "csv"] = Field("json", description=CSV_FORMAT)


class StatsQuery(_Schema):
    """`GET /audit_stats`."""

    tutor_id: Id | None = Field(None, description="Missing: the whole platform, for admins.")
    days: Annotated[Digits, Field(ge=1, le=3650, description="How many times 24 hours to look back.")] = 30
    limit: (
        Annotated[
            Digits, Field(ge=1, le=1000, description="Without tutorId: how many tutors a page holds at the most; 100.")
        ]
        | None
    ) = None
    cursor: (
        Annotated[
            tuple[int, UUID],
            BeforeValidator(decode_count_cursor),
            WithJsonSchema({"type": "string"}),
            Field(description="Without tutorId: the nextCursor of the page before; opaque."),
        ]
        | None
    ) = None


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
    """`PUT /update_availability`: one day (`date` and `timeSlots`), many (`days`), or a change set to `revert`."""

    tutor_id: Id
    date: LocalDate | None = None
    time_slots: TimeSlots | None = None
    version: Version | None = None
    days: Annotated[list[DayBody], Field(min_length=1, max_length=MAX_DAYS_OF_UPDATE)] | None = None
    revert: Id | None = Field(None, description="The change set of which to undo what still stands.")
    reason: Reason | None = Field(None, description="`tutor_edit` when missing; `admin_action` for admins.")
    notes: Annotated[str, Field(max_length=MAX_NOTES_LENGTH), BeforeValidator(_text)] | None = None
    dry_run: StrictBool = Field(False, description="Answer what would change and what is in the way; write nothing.")

    def edits(self, if_match: str | None) -> list[DayEdit]:
        """Return what is wanted of each day; `if_match` is the header, which guards an edit of one day.

        Of a revert that isn't known yet: it depends on the log.
        """
        guard = _guard(if_match)
        if self.revert is not None:
            self._refuse_beside_revert(if_match)
            return []
        if self.days is None:
            missing = [name for name, value in (("date", self.date), ("timeSlots", self.time_slots)) if value is None]
            if self.date is None or self.time_slots is None:
                raise InvalidRequest(
                    *(FieldError(name, "expected date and timeSlots, days, or revert") for name in missing)
                )
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
                field=f"days[{i}]." if self.days else "",
            )
            for i, (day, slots, version) in enumerate(days)
        ]

    def _refuse_beside_revert(self, if_match: str | None) -> None:
        beside = {"date": self.date, "timeSlots": self.time_slots, "days": self.days, "version": self.version}
        given = [name for name, value in {**beside, "If-Match": if_match}.items() if value is not None]
        if self.reason not in (None, "revert"):
            given.append("reason")
        if given:
            raise InvalidRequest(*(FieldError(name, "expected nothing here beside revert") for name in given))


class RepairBody(_Schema):
    """`POST /audit_repair`: nothing to say."""


class WeeklyStatsBody(_Schema):
    """`POST /weekly_stats`."""

    weeks: StrictInt = Field(2, ge=1, le=MAX_WEEKS, description="How many full weeks to compute, counted back.")


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
