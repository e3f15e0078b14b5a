"""Where a page ended: the position of its last item, opaque to clients."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar
from uuid import UUID

from pydantic_core import PydanticCustomError

Position = TypeVar("Position")


def encode_cursor(position: datetime | int, item_id: UUID) -> str:
    """Return the cursor that continues after this item."""
    shown = position.isoformat() if isinstance(position, datetime) else position
    return urlsafe_b64encode(f"{shown} {item_id}".encode()).decode().rstrip("=")


def decode_instant_cursor(cursor: object) -> tuple[datetime, UUID]:
    """Return the position in a cursor of entries; pydantic's error when it isn't one of ours."""
    return _decoded(cursor, _instant)


def decode_count_cursor(cursor: object) -> tuple[int, UUID]:
    """Return the position in a cursor of counts; pydantic's error when it isn't one of ours."""
    return _decoded(cursor, _count)


def _decoded(cursor: object, read: Callable[[str], Position]) -> tuple[Position, UUID]:
    try:
        text = str(cursor)
        position, _, item_id = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        return read(position), UUID(item_id)
    except (ValueError, OverflowError):
        raise PydanticCustomError("cursor", "expected the nextCursor of an earlier answer, as it was") from None


def _instant(position: str) -> datetime:
    instant = datetime.fromisoformat(position)
    if instant.utcoffset() is None:
        raise ValueError(position)
    return instant.astimezone(UTC)


def _count(position: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", position):
        raise ValueError(position)
    return int(position)
