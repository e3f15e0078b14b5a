"""What availability knows from the log: the days as they stood at an instant, and why what isn't offered isn't."""

from datetime import date, datetime
from functools import partial
from uuid import UUID

from sqlalchemy import Connection

from common.core.audit import AuditEntry
from common.db import as_of, audit_log, slots
from common.db.days import TutorDays
from common.db.engine import engine_for, one_snapshot, read, transact
from common.web.endpoint import Call


def read_days_as_of(
    call: Call, tutor_id: UUID, first: date, last: date, at: datetime
) -> tuple[TutorDays | None, set[date]]:
    """Return the tutor's days as they stood at the instant, and the dates for which a gap leaves that open."""
    work = partial(as_of.read_days_as_of, tutor_id=tutor_id, first=first, last=last, at=at)
    return read(engine_for(call.settings), work) or (None, set())


def read_days_and_last_words(
    call: Call, tutor_id: UUID, first: date, last: date
) -> tuple[TutorDays | None, list[AuditEntry]]:
    """Return the tutor's days as they stand, and what the log said last about each time, as one snapshot."""

    def work(connection: Connection) -> tuple[TutorDays | None, list[AuditEntry]]:
        one_snapshot(connection)
        last_words = audit_log.read_last_words(connection, tutor_id, first, last)
        return slots.read_days(connection, tutor_id, first, last), last_words

    return transact(engine_for(call.settings), work, read_only=True)
