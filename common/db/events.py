"""What happened to a tutor besides edits of slots: changes of settings, and what happened to bookings."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from common.core.booking_events import booking_events
from common.db.bookings import BOOKING, BOOKINGS, parse_bookings
from common.db.pool import Pool

# The changes of a tutor's settings from `:first` on, and before `:end`; newest first.
SETTINGS_EVENTS = """
select cast(json_agg(json_build_object(
  'at', changed_at, 'by', changed_by, 'field', field, 'before', before, 'after', after
) order by changed_at desc, field) as text)
from settings_events
where tutor_id = :tutor_id and changed_at >= :first and changed_at < :end
"""

# The bookings of a tutor to which something may have happened from `:first` on, and before `:end`.
BOOKINGS_OF_SPAN = f"""
select cast(json_agg(row_to_json(found)) as text)
from (
  select {BOOKING} {BOOKINGS}
  where booking.tutor_id = :tutor_id
    and booking.created_at < :end
    and greatest(booking.created_at, hold_expires_at, confirmed_at, completed_at, no_show_at, released_at) >= :first
) as found
"""  # noqa: S608 - put together from constants

STATEMENTS = {"bookings": BOOKINGS_OF_SPAN, "settings": SETTINGS_EVENTS}


def read_events(pool: Pool, tutor_id: UUID, kinds: Collection[str], first: datetime, end: datetime) -> dict[str, Any]:
    """Return what happened in `[first, end)`, newest first: `booking_events`, `settings_events`, or both.

    `kinds` are names of `STATEMENTS`. A change of a setting is in the API's format. This takes one round trip.
    """
    values = {"tutor_id": tutor_id, "first": first, "end": end}
    answers = pool.execute(*((STATEMENTS[kind], values) for kind in kinds))
    texts = {kind: rows[0][0] for kind, rows in zip(kinds, answers, strict=True)}
    found: dict[str, Any] = {}
    if "bookings" in texts:
        events = [event for booking in parse_bookings(texts["bookings"]) for event in booking_events(booking)]
        in_span = (event for event in events if first <= event.at < end)
        found["booking_events"] = sorted(in_span, key=lambda event: event.at, reverse=True)
    if "settings" in texts:
        changes = orjson.loads(texts["settings"] or "[]")
        found["settings_events"] = [{**change, "at": datetime.fromisoformat(change["at"])} for change in changes]
    return found
