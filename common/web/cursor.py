"""Where a page ended: the position of its last item, opaque to clients."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

from pydantic_core import PydanticCustomError


def encode_cursor(position: datetime | int, item_id: UUID) -> str:
    """Return the cursor that continues after this item."""
    shown = position.isoformat() if isinstance(position, datetime) else position
    return urlsafe_b64encode(f"{shown} {item_id}".encode()).decode().rstrip("=")


def decode_instant_cursor(cursor: object) -> tuple[datetime, UUID]:
    """Return the position in a cursor of entries; pydantic's error when it isn't one of ours."""
    position, item_id = _decoded(cursor)
    try:
        instant = datetime.fromisoformat(position)
        if instant.utcoffset() is None:
            raise _not_ours()
        return instant.astimezone(UTC), item_id
    except (ValueError, OverflowError):
        raise _not_ours() from None


def decode_count_cursor(cursor: object) -> tuple[int, UUID]:
    """Return the position in a cursor of counts; pydantic's error when it isn't one of ours."""
    position, item_id = _decoded(cursor)
    if not position.isascii() or not position.isdigit() or len(position) > 15:
        raise _not_ours()
    return int(position), item_id


def _decoded(cursor: object) -> tuple[str, UUID]:
    try:
        text = str(cursor)
        position, _, item_id = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        return position, UUID(item_id)
    except ValueError:
        raise _not_ours() from None


def _not_ours() -> PydanticCustomError:
    return PydanticCustomError("cursor", "expected the nextCursor of an earlier answer, as it was")
