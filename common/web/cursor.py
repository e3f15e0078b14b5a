"""Cursors: the position of a page's last item, as text that clients send back unchanged."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from pydantic_core import PydanticCustomError

CURSOR = "[A-Za-z0-9_-]{51,92}"

Position = TypeVar("Position")


def encode_cursor(position: datetime | int, item_id: UUID) -> str:
    """Return the cursor of the page that follows this item."""
    text = position.isoformat() if isinstance(position, datetime) else position
    return urlsafe_b64encode(f"{text} {item_id}".encode()).decode().rstrip("=")


def decode_instant_cursor(cursor: object) -> tuple[datetime, UUID]:
    """Return the instant and the id in a cursor of entries; raise pydantic's error if it isn't such a cursor."""
    return _decode(cursor, _instant)


def decode_count_cursor(cursor: object) -> tuple[int, UUID]:
    """Return the count and the id in a cursor of counts; raise pydantic's error if it isn't such a cursor."""
    return _decode(cursor, _count)


def _decode(cursor: object, read: Callable[[str], Position]) -> tuple[Position, UUID]:
    try:
        text = str(cursor).rstrip("=")
        if not re.fullmatch(CURSOR, text):
            raise ValueError(text)
        position, _, item_id = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        return read(position), UUID(item_id)
    except (ValueError, OverflowError):
        raise PydanticCustomError("cursor", "use the nextCursor of the page before, unchanged") from None


def _instant(position: str) -> datetime:
    instant = datetime.fromisoformat(position)
    if instant.utcoffset() is None:
        raise ValueError(position)
    return instant.astimezone(UTC)


def _count(position: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", position):
        raise ValueError(position)
    return int(position)
