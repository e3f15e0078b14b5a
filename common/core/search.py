"""A search for free slots of many tutors, and what it finds."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple
from uuid import UUID

from common.core.time_slots import TimeSlot


class Position(NamedTuple):
    """The position of a slot in the order of all slots."""

    starts_at: datetime
    tutor_id: UUID
    date: date
    start: time


@dataclass(frozen=True, slots=True)
class SlotSearch:
    """Which slots to find: those that start in `[first, end)`, of tutors with all of the tags, if there are any.

    With `tutor_ids`, only slots of these tutors; with `per_tutor` too, the first ones of each. `after` is the last slot
    of the page before.
    """

    first: datetime
    end: datetime
    tutor_ids: tuple[UUID, ...] | None
    tags: tuple[str, ...]
    min_minutes: int
    max_minutes: int
    limit: int
    after: Position | None
    per_tutor: int | None


class FoundSlot(NamedTuple):
    """A free slot that can be booked now, and its tutor."""

    tutor_id: UUID
    tutor_name: str
    date: date
    slot: TimeSlot
    starts_at: datetime

    @property
    def position(self) -> Position:
        """The position of the slot in the order of all slots."""
        return Position(self.starts_at, self.tutor_id, self.date, self.slot.start)
