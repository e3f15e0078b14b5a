"""The queries and bodies of `/tutors`, and its answers."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StrictBool, StrictInt, WithJsonSchema
from werkzeug import Request

from common.core.texts import MAX_ID_BYTES, is_storable, is_user_id
from common.core.tutors import (
    MAX_NAME_BYTES,
    MAX_NOTICE_MINUTES,
    MAX_TAG_LENGTH,
    MAX_TAGS,
    SavedTutor,
    Tutor,
    TutorEdit,
)
from common.errors import FieldError, InvalidRequest
from common.web.cursor import TutorCursor
from common.web.fields import DIGITS, WHOLE_NUMBER, Id, Schema, TimeZone, text_if
from common.web.parsing import read_json, validate

MAX_TUTORS = 500
ME = "me"


def _text_schema(max_length: int, excluded: str = "\\u0000") -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "minLength": 1, "maxLength": max_length, "pattern": f"^[^{excluded}]*$"})


UserId = Annotated[
    str,
    text_if(is_user_id, f"use the id of a user: 1 to {MAX_ID_BYTES} bytes, without control characters"),
    _text_schema(MAX_ID_BYTES, excluded="\\u0000-\\u001f\\u007f-\\u009f"),
]
Name = Annotated[
    str,
    text_if(
        lambda text: is_storable(text) and 1 <= len(text.encode()) <= MAX_NAME_BYTES,
        f"use 1 to {MAX_NAME_BYTES} bytes, without NUL characters",
    ),
    _text_schema(MAX_NAME_BYTES),
]
Notice = Annotated[StrictInt, Field(ge=0, le=MAX_NOTICE_MINUTES), WHOLE_NUMBER]
Tag = Annotated[
    str,
    text_if(
        lambda text: is_storable(text) and 1 <= len(text) <= MAX_TAG_LENGTH,
        f"use 1 to {MAX_TAG_LENGTH} characters, without NUL characters",
    ),
    _text_schema(MAX_TAG_LENGTH),
]


class TutorsQuery(Schema):
    """The query of `GET /tutors`: one tutor by an id, or a list."""

    tutor_id: Id | None = Field(None, description="Return the tutor with this id. Everybody may do this.")
    user_id: UserId | None = Field(
        None, description="Return the tutor with this user. `me` is the caller; other users are for admins only."
    )
    external_id: Name | None = Field(None, description="Return the tutor with this external id; admins only.")
    q: Name | None = Field(None, description="Return tutors with this text in their name, external id or user id.")
    limit: Annotated[int, Field(ge=1, le=1000), DIGITS] | None = Field(
        None, description="How many tutors to return at most, 100 by default."
    )
    cursor: TutorCursor | None = Field(None, description="The `nextCursor` of the page before, unchanged.")

    def lookup(self) -> tuple[str, Any] | None:
        """Return the parameter that names one tutor, and its value; None for a list."""
        given = self.model_dump(by_alias=True, exclude_none=True)
        first, *others = given or [""]
        if first not in ("tutorId", "userId", "externalId"):
            return None
        if others:
            message = f"not allowed together with {first}: leave it out"
            raise InvalidRequest(*(FieldError(name, message) for name in others))
        return first, given[first]


class SaveTutor(Schema):
    """A tutor to create or to change, looked up by `tutorId`, or else by `externalId`, or else by `userId`.

    If there is no such tutor, it is created. Optional fields that are left out don't change.
    """

    tutor_id: Id | None = None
    external_id: Name | None = Field(None, description="The tutor's id in your own system.")
    user_id: UserId = Field(description="The user who signs in as the tutor: the `sub` of the tokens.")
    name: Name
    time_zone: TimeZone = Field(description="The time zone of new slots. A change moves no slot.")
    active: StrictBool | None = Field(None, description="Whether students can book the tutor. Default: true.")
    booking_notice_minutes: Notice | None = Field(
        None, description="How long before its start a slot can be booked at the latest. Default: 0."
    )
    cancellation_notice_minutes: Notice | None = Field(
        None, description="How long before its start a student can cancel a booking at the latest. Default: 0."
    )
    tags: Annotated[list[Tag], Field(max_length=MAX_TAGS, json_schema_extra={"uniqueItems": True})] | None = Field(
        None, description="Words of your own, such as subjects or languages. Each may appear once. Default: none."
    )

    def edit(self, field_prefix: str = "") -> TutorEdit:
        """Return the requested settings."""
        if self.tags is not None and len(set(self.tags)) < len(self.tags):
            raise InvalidRequest(FieldError(f"{field_prefix}tags", "send each tag once"))
        settings = self.model_dump(exclude={"tutor_id", "external_id"}, exclude_none=True)
        if "tags" in settings:
            settings["tags"] = tuple(settings["tags"])
        return TutorEdit(self.tutor_id, self.external_id, settings, field_prefix)


class SaveTutors(Schema):
    """Tutors to create or to change: all of them, or none. Each may appear once."""

    tutors: Annotated[list[SaveTutor], Field(min_length=1, max_length=MAX_TUTORS)]

    def edits(self) -> list[TutorEdit]:
        """Return the requested settings of each tutor."""
        return [each.edit(f"tutors[{i}].") for i, each in enumerate(self.tutors)]


def parse_tutors(request: Request) -> SaveTutor | SaveTutors:
    """Read the body: with `tutors`, or with one tutor."""
    body = read_json(request)
    if isinstance(body, dict) and "tutors" in body:
        return validate(SaveTutors, body)
    return validate(SaveTutor, body)


@dataclass(frozen=True, slots=True)
class PublicTutor:
    """What everybody sees of a tutor."""

    tutor_id: UUID
    name: str
    time_zone: str
    active: bool
    tags: Sequence[str]


@dataclass(frozen=True, slots=True)
class TutorList:
    """A page of tutors, by name."""

    tutors: list[Tutor]
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class SavedTutorAnswer(Tutor):
    """A tutor as saved. `created` is true if there was no such tutor before."""

    created: bool


@dataclass(frozen=True, slots=True)
class SavedTutors:
    """The tutors as saved, in the order of the request."""

    tutors: list[SavedTutorAnswer]


def public_tutor(tutor: Tutor) -> PublicTutor:
    """Return what everybody sees of a tutor."""
    return PublicTutor(*(getattr(tutor, field.name) for field in fields(PublicTutor)))


def saved_tutor(saved: SavedTutor) -> SavedTutorAnswer:
    """Return a tutor as saved."""
    return SavedTutorAnswer(**asdict(saved.after), created=saved.before is None)
