"""Where a page of the history ended: the position of its last entry, opaque to clients."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from uuid import UUID

from pydantic_core import PydanticCustomError


def encode_cursor(changed_at: datetime, entry_id: UUID) -> str:
    """Return the cursor that continues after this entry."""
    return urlsafe_b64encode(f"{changed_at.isoformat()} {entry_id}".encode()).decode().rstrip("=")


def decode_cursor(cursor: object) -> tuple[datetime, UUID]:
    """Return the position in a cursor; pydantic's error when it isn't one of ours."""
    try:
        text = str(cursor)
        instant, _, entry_id = urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        changed_at = datetime.fromisoformat(instant)
        if changed_at.utcoffset() is None:
            raise ValueError(instant)
        return changed_at.astimezone(UTC), UUID(entry_id)
    except (ValueError, OverflowError):
        raise PydanticCustomError("cursor", "expected the nextCursor of an earlier answer, as it was") from None
