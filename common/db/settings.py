"""Saving the settings of tutors, with an event for each change."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import uuid4

import orjson
from sqlalchemy import Connection, text

from common.clock import Clock
from common.core.tutors import SETTINGS, SavedTutor, TutorEdit, plan_tutors, setting_changes
from common.db.sqlstate import UNIQUE_VIOLATION, UNKNOWN_ZONE, error_text, sqlstate
from common.db.tutors import TUTOR, parse_tutor
from common.errors import NOT_IN_DATABASE, FieldError, InvalidRequest


class ConcurrentTutors(Exception):
    """Another request saved a tutor with the same user or external id: read the tutors and plan again."""


# Requests take turns. Otherwise two requests that create the same tutors would wait for each other: deferrable
# constraints are checked after all rows of a statement are inserted, so the order of the rows doesn't help.
TAKE_TURNS = text("select pg_advisory_xact_lock(hashtext('slotledger tutors'))")

# Locks the rows in order of their ids, so that two requests don't deadlock. The texts are JSON, because pg8000 sends
# the text `null` in a list as a null.
LOCK_TUTORS = text(f"""
select {TUTOR}
from tutors
where id = any(cast(:tutor_ids as uuid[]))
  or external_id = any(array(select json_array_elements_text(cast(:external_ids as json))))
  or user_id = any(array(select json_array_elements_text(cast(:user_ids as json))))
order by id
for update
""")  # noqa: S608 - a constant

# A separate statement, so that the instant is read after the locks were obtained.
NOW = text("select clock_timestamp()")

ROWS = """json_to_recordset(cast(:rows as json)) as saved (
  tutor_id uuid, external_id text, user_id text, name text, time_zone text, active boolean,
  booking_notice_minutes integer, cancellation_notice_minutes integer, tags text[]
)"""

# `legacy_time_zone` is the zone of old entries and bookings, which have none: a change of the tutor's zone doesn't move
# them.
UPDATE_TUTORS = text(f"""
update tutors
set legacy_time_zone = coalesce(tutors.legacy_time_zone, tutors.time_zone),
  {", ".join(f"{column} = saved.{column}" for column in SETTINGS)}
from {ROWS}
where tutors.id = saved.tutor_id
""")  # noqa: S608 - put together from constants

INSERT_TUTORS = text(f"""
insert into tutors (id, {", ".join(SETTINGS)}, legacy_time_zone)
select tutor_id, {", ".join(SETTINGS)}, time_zone
from {ROWS}
""")  # noqa: S608 - put together from constants

# `json_to_recordset` returns the JSON value null, an external id that isn't set, as the null of SQL.
INSERT_EVENTS = text("""
insert into settings_events (tutor_id, id, changed_at, changed_by, field, before, after)
select tutor_id, id, :changed_at, :changed_by, field, coalesce(before, 'null'), coalesce(after, 'null')
from json_to_recordset(cast(:rows as json)) as event (tutor_id uuid, id uuid, field text, before json, after json)
""")


def save_tutors(
    connection: Connection, edits: Sequence[TutorEdit], changed_by: str | None, clock: Clock
) -> list[SavedTutor]:
    """Create and change tutors, and record each change of a setting. Return the tutors before and after.

    `changed_by` is the user who sends the edits; None if an import does.

    Raise the errors of `plan_tutors`. Raise `ConcurrentTutors` if a tutor was created at the same time, and
    `InvalidRequest` if the database doesn't know a zone.
    """
    ids = {
        "tutor_ids": [edit.tutor_id for edit in edits if edit.tutor_id is not None],
        "external_ids": _json([edit.external_id for edit in edits if edit.external_id is not None]),
        "user_ids": _json([edit.settings["user_id"] for edit in edits]),
    }
    connection.execute(TAKE_TURNS)
    current = [parse_tutor(dict(row._mapping)) for row in connection.execute(LOCK_TUTORS, ids)]
    saved = plan_tutors(edits, current, uuid4)
    changed = [after for before, after in saved if before is not None and before != after]
    created = [after for before, after in saved if before is None]
    try:
        if changed:  # first, because a new tutor may have a user that a changed tutor had
            connection.execute(UPDATE_TUTORS, {"rows": _json([asdict(tutor) for tutor in changed])})
        if created:
            connection.execute(INSERT_TUTORS, {"rows": _json([asdict(tutor) for tutor in created])})
    except Exception as error:
        if sqlstate(error) == UNIQUE_VIOLATION:
            raise ConcurrentTutors from error
        if sqlstate(error) == UNKNOWN_ZONE:  # the server's message names the zone
            edits = [edit for edit in edits if edit.settings["time_zone"] in error_text(error)]
            errors = (FieldError(f"{edit.field_prefix}timeZone", NOT_IN_DATABASE) for edit in edits)
            raise InvalidRequest(*errors) from error
        raise
    events = [{"id": uuid4(), **change} for each in saved for change in setting_changes(*each)]
    if events:
        changed_at = clock.of_change(connection.execute(NOW).scalar_one())
        values = {"rows": _json(events), "changed_by": changed_by, "changed_at": changed_at}
        connection.execute(INSERT_EVENTS, values)
    return saved


def _json(values: Sequence[Any]) -> str:
    return orjson.dumps(values).decode()
