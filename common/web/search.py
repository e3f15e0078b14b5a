"""The query and the answer of `GET /find_slots`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

from pydantic import BeforeValidator, Field, WithJsonSchema

from common.core.availability import Day, availability
from common.core.search import FoundSlot, Position, SlotSearch
from common.core.time_slots import MAX_DURATION_MINUTES
from common.core.tutors import MAX_TAGS
from common.errors import FieldError, InvalidRequest
from common.web.cursor import SearchCursor, encode_search_cursor, key_of
from common.web.fields import DIGITS, Id, Instant, InstantText, Schema
from common.web.tutors import Tag

MAX_WINDOW = timedelta(days=32)  # a window is shorter than this
MAX_TUTORS = 200
MAX_PER_TUTOR = 10

COMMAS = BeforeValidator(lambda text: str(text).split(","))
AS_LIST = WithJsonSchema({"type": "string", "minLength": 1})
Minutes = Annotated[int, Field(ge=1, le=MAX_DURATION_MINUTES), DIGITS]


class SearchQuery(Schema):
    """The query of `GET /find_slots`."""

    first: Instant = Field(
        alias="from", description="Return slots that start at this instant or later; a past instant counts as now."
    )
    end: Instant = Field(
        alias="to",
        description=f"Return slots that start before this instant, which is less than {MAX_WINDOW.days} days after"
        " `from`, and in the future.",
    )
    tutor_ids: Annotated[list[Id], COMMAS, AS_LIST] | None = Field(
        None, description=f"Return slots of these tutors only: ids, with commas between them, {MAX_TUTORS} at most."
    )
    tags: Annotated[list[Tag], COMMAS, AS_LIST] | None = Field(
        None,
        description="Return slots of tutors who have all of these tags, with commas between them. A tag with a comma"
        " can't be searched for.",
    )
    min_minutes: Minutes = Field(1, description="Return slots that are at least so long.")
    max_minutes: Minutes = Field(MAX_DURATION_MINUTES, description="Return slots that are at most so long.")
    limit: Annotated[int, Field(ge=1, le=500), DIGITS] = Field(50, description="How many slots to return at most.")
    cursor: SearchCursor | None = Field(
        None,
        description="The `nextCursor` of the page before, unchanged. All other parameters but `limit` have to be those"
        " of the first page.",
    )
    per_tutor: Annotated[int, Field(ge=1, le=MAX_PER_TUTOR), DIGITS] | None = Field(
        None,
        description="With `tutorIds`, return the first slots of each tutor, so many at most, in place of pages. `limit`"
        " has no effect then.",
    )

    def search(self, now: datetime) -> SlotSearch:
        """Return what to search for."""
        tutor_ids = None if self.tutor_ids is None else tuple(dict.fromkeys(self.tutor_ids))
        is_too_long = self.end - self.first >= MAX_WINDOW
        after, is_of_another_search = None, False
        if self.cursor is not None:
            (key, day, start, at), tutor_id = self.cursor
            after, is_of_another_search = Position(at, tutor_id, day, start), key != key_of(self)
        has_pages_of_each = self.per_tutor is not None and self.cursor is not None
        errors = [
            FieldError(field, message)
            for field, message, is_wrong in (
                ("to", "use an instant after from", self.end <= self.first),
                ("to", f"use an instant less than {MAX_WINDOW.days} days after from", is_too_long),
                ("to", "this instant is over: use one in the future", self.end <= now),
                ("tutorIds", f"use at most {MAX_TUTORS} tutors", len(tutor_ids or ()) > MAX_TUTORS),
                ("tags", f"use at most {MAX_TAGS} tags", len(set(self.tags or ())) > MAX_TAGS),
                ("maxMinutes", "use minMinutes or more", self.max_minutes < self.min_minutes),
                ("perTutor", "send tutorIds, too", self.per_tutor is not None and tutor_ids is None),
                ("cursor", "not allowed together with perTutor: leave out one of them", has_pages_of_each),
                ("cursor", "this cursor is of another search: begin with its first page", is_of_another_search),
            )
            if is_wrong
        ]
        if errors:
            raise InvalidRequest(*errors)
        return SlotSearch(
            first=max(self.first, now),
            end=self.end,
            tutor_ids=tutor_ids,
            tags=tuple(dict.fromkeys(self.tags or ())),
            min_minutes=self.min_minutes,
            max_minutes=self.max_minutes,
            limit=self.limit,
            after=after,
            per_tutor=self.per_tutor,
        )

    def next_cursor(self, last: FoundSlot) -> str:
        """Return the cursor of the page that follows this slot."""
        return encode_search_cursor(key_of(self), *last.position)


@dataclass(frozen=True, slots=True)
class FoundSlotAnswer:
    """A free slot that can be booked now. `date` and `time` are local to `timeZone`."""

    tutor_id: UUID
    tutor_name: str
    date: date
    time: time
    duration_minutes: int
    time_zone: str
    starts_at: InstantText
    ends_at: InstantText


@dataclass(frozen=True, slots=True)
class FoundSlots:
    """Slots by their start, then by their tutor. `unknownTutorIds` are the requested tutors who don't exist."""

    slots: list[FoundSlotAnswer]
    next_cursor: str | None
    unknown_tutor_ids: Sequence[UUID]


def found_slot_answer(found: FoundSlot) -> FoundSlotAnswer:
    """Return a found slot, with the offset of its zone in the instants."""
    (offered,) = availability(Day(found.date, slots=(found.slot,)))
    slot = found.slot
    return FoundSlotAnswer(
        found.tutor_id,
        found.tutor_name,
        found.date,
        slot.start,
        slot.duration_minutes,
        slot.zone,
        offered.starts_at,
        offered.ends_at,
    )
