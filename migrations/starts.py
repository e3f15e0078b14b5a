"""Recompute `starts_at` after an update of PostgreSQL's zone files, which doesn't change stored values."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from migrations.rules import first_occurrence

TABLES = {"tutor_time_slots": "slot", "bookings": "booking"}
MOVED = "starts_at > :now and starts_at is distinct from {computed}"


def recompute_starts(connection: Connection, now: datetime) -> Iterator[str]:
    """Recompute the instants of future slots and bookings, and yield a line for each that moves.

    Writing a row computes its generated columns again.
    """
    moved = MOVED.format(computed=first_occurrence())
    for table, word in TABLES.items():
        select = f"""
        select tutor_id, date, start_time, time_zone, starts_at, {first_occurrence()} as computed
        from {table}
        where {moved}
        order by tutor_id, date, start_time
        """
        rows: Any = connection.execute(text(select), {"now": now}).all()
        for row in rows:
            at = f"{row.date} {row.start_time:%H:%M} in {row.time_zone}"
            yield f"{word} of tutor {row.tutor_id}, {at}: {row.starts_at.isoformat()} is now {row.computed.isoformat()}"
        if rows:
            update = f"update {table} set time_zone = time_zone where {moved}"
            connection.execute(text(update), {"now": now})
