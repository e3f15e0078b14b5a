"""Cursors: the position of a page's last item, as text that clients send back unchanged."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from pydantic_core import PydanticCustomError

from common.core.texts import is_storable

CURSOR = "[A-Za-z0-9_-]{51,92}"
TUTOR_CURSOR = "[A-Za-z0-9_-]{51,}"  # a name that was inserted with SQL may have any length
TUTOR_PREFIX = "tutor "  # distinguishes it from the cursors of other functions
NOT_A_CURSOR = PydanticCustomError("cursor", "use the nextCursor of the page before, unchanged")

Position = TypeVar("Position")


def encode_cursor(position: datetime | int, item_id: UUID) -> str:
    """Return the cursor of the page that follows this item."""
    text = position.isoformat() if isinstance(position, datetime) else position
    return _encode(f"{text} {item_id}")


def encode_tutor_cursor(name: str, tutor_id: UUID) -> str:
    """Return the cursor of the page that follows this tutor."""
    return _encode(f"{TUTOR_PREFIX}{name} {tutor_id}")


def decode_tutor_cursor(cursor: object) -> tuple[str, UUID]:
    """Return the name and the id in a cursor of tutors; raise pydantic's error if it isn't such a cursor."""
    try:
        text = _decoded(cursor, TUTOR_CURSOR)
        name, _, tutor_id = text.removeprefix(TUTOR_PREFIX).rpartition(" ")
        if not text.startswith(TUTOR_PREFIX) or not is_storable(name):
            raise ValueError(text)
        return name, UUID(tutor_id)
    except ValueError:
        raise NOT_A_CURSOR from None


def _encode(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _decoded(cursor: object, pattern: str) -> str:
    text = str(cursor).rstrip("=")
    if not re.fullmatch(pattern, text):
        raise ValueError(text)
    return urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()


def decode_instant_cursor(cursor: object) -> tuple[datetime, UUID]:
    """Return the instant and the id in a cursor of entries; raise pydantic's error if it isn't such a cursor."""
    return _decode(cursor, _instant)


def decode_count_cursor(cursor: object) -> tuple[int, UUID]:
    """Return the count and the id in a cursor of counts; raise pydantic's error if it isn't such a cursor."""
    return _decode(cursor, _count)


def _decode(cursor: object, read: Callable[[str], Position]) -> tuple[Position, UUID]:
    try:
        position, _, item_id = _decoded(cursor, CURSOR).partition(" ")
        return read(position), UUID(item_id)
    except (ValueError, OverflowError):
        raise NOT_A_CURSOR from None


def _instant(position: str) -> datetime:
    instant = datetime.fromisoformat(position)
    if instant.utcoffset() is None:
        raise ValueError(position)
    return instant.astimezone(UTC)


def _count(position: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", position):
        raise ValueError(position)
    return int(position)
