"""Cursors: the position of a page's last item, as text that clients send back unchanged."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from hashlib import sha256
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

from common.core.texts import is_storable

CURSOR = "[A-Za-z0-9_-]{51,92}"
TUTOR_CURSOR = "[A-Za-z0-9_-]{51,}"  # a name that was inserted with SQL may have any length
TUTOR_PREFIX, SEARCH_PREFIX = "tutor ", "slot "  # distinguish cursors from those of other functions
NOT_A_CURSOR = PydanticCustomError("cursor", "use the nextCursor of the page before, unchanged")


def key_of(query: BaseModel) -> str:
    """Return eight digits that differ between queries. The size of pages and the order of a list make no difference."""
    values = query.model_dump(exclude={"limit", "per_tutor", "cursor"})
    fields = {name: sorted(set(value)) if isinstance(value, list) else value for name, value in values.items()}
    return sha256(repr(fields).encode()).hexdigest()[:8]


def encode_cursor(at: datetime, item_id: UUID) -> str:
    """Return the cursor of the page that follows this item."""
    return _encode(at.isoformat(), item_id)


def encode_count_cursor(key: str, count: int, item_id: UUID) -> str:
    """Return the cursor of the page that follows this item of a list by count; `key` is the `key_of` its query."""
    return _encode(f"{key} {count}", item_id)


def encode_tutor_cursor(name: str, tutor_id: UUID) -> str:
    """Return the cursor of the page that follows this tutor."""
    return _encode(f"{TUTOR_PREFIX}{name}", tutor_id)


def encode_search_cursor(key: str, at: datetime, tutor_id: UUID, day: date, start: time) -> str:
    """Return the cursor of the page that follows this slot of a search; `key` is the `key_of` its query."""
    return _encode(f"{SEARCH_PREFIX}{key} {day} {start:%H:%M:%S} {at.isoformat()}", tutor_id)


def _encode(position: str, item_id: UUID) -> str:
    return urlsafe_b64encode(f"{position} {item_id}".encode()).decode().rstrip("=")


def _decoder(parse: Callable[[str], object], pattern: str = CURSOR) -> BeforeValidator:
    """Return a validator that decodes a cursor; `parse` reads the position, or raises `ValueError`."""

    def decode(cursor: object) -> tuple[object, UUID]:
        text = str(cursor).rstrip("=")
        try:
            if not re.fullmatch(pattern, text):
                raise ValueError(text)
            position, _, item_id = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().rpartition(" ")
            return parse(position), UUID(item_id)
        except (ValueError, OverflowError):
            raise NOT_A_CURSOR from None

    return BeforeValidator(decode)


def _instant(position: str) -> datetime:
    instant = datetime.fromisoformat(position)
    if instant.utcoffset() is None:
        raise ValueError(position)
    return instant.astimezone(UTC)


def _count(position: str) -> tuple[str, int]:
    if not re.fullmatch("[0-9a-f]{8} [0-9]{1,15}", position):
        raise ValueError(position)
    key, count = position.split(" ")
    return key, int(count)


def _name(position: str) -> str:
    if not position.startswith(TUTOR_PREFIX) or not is_storable(position):
        raise ValueError(position)
    return position.removeprefix(TUTOR_PREFIX)


def _slot(position: str) -> tuple[str, date, time, datetime]:
    prefix, key, day, start, at = position.split(" ")
    local_start = datetime.fromisoformat(f"{day} {start}")
    if f"{prefix} " != SEARCH_PREFIX or local_start.tzinfo is not None:
        raise ValueError(position)
    return key, local_start.date(), local_start.time(), _instant(at)


AS_CURSOR = WithJsonSchema({"type": "string", "pattern": f"^{CURSOR}$"})
AS_TUTOR_CURSOR = WithJsonSchema({"type": "string", "pattern": f"^{TUTOR_CURSOR}$"})

InstantCursor = Annotated[tuple[datetime, UUID], _decoder(_instant), AS_CURSOR]
CountCursor = Annotated[tuple[tuple[str, int], UUID], _decoder(_count), AS_CURSOR]
SearchCursor = Annotated[tuple[tuple[str, date, time, datetime], UUID], _decoder(_slot, TUTOR_CURSOR), AS_TUTOR_CURSOR]
TutorCursor = Annotated[tuple[str, UUID], _decoder(_name, TUTOR_CURSOR), AS_TUTOR_CURSOR]
