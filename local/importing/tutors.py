"""Saving the tutors of `tutors.csv`, and finding the tutors that the other files name."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, Engine, text

from common.clock import Clock
from common.core.tutors import SavedTutor, TutorEdit
from common.db.engine import transact
from common.db.schedules import SETTING
from common.db.settings import ConcurrentTutors, save_tutors
from common.errors import ExternalIdTaken, FieldError, InvalidRequest, Unavailable, UserTaken
from local.importing.files import InvalidRow, Rejections
from local.importing.rows import TUTORS, uuid_of
from local.importing.staging import TutorOfKey
from local.importing.state import ADDED, UNCHANGED

CHANGED = "changed"
ATTEMPTS = 4
CODES = {UserTaken: "user_taken", ExternalIdTaken: "external_id_taken"}
COLUMNS = {"userId": "user_id", "externalId": "external_id", "timeZone": "time_zone"}

# Tutors whose settings somebody has changed through the API. What an import changes has no user. The weekly schedule is
# in the history of settings, too, but not in the row.
EDITED_TUTORS = text(f"""
select external_id, user_id, name, time_zone, active
from tutors
where external_id = any(array(select json_array_elements_text(cast(:external_ids as json))))
  and exists (
    select from settings_events
    where settings_events.tutor_id = tutors.id and changed_by is not null and field <> '{SETTING}'
  )
""")

FIND_TUTORS = text("""
select id, external_id, time_zone
from tutors
where external_id = any(array(select json_array_elements_text(cast(:external_ids as json))))
  or id = any(cast(:tutor_ids as uuid[]))
""")


class _DryRun(Exception):
    """Rolls back the transaction of a dry run; `saved` is what the transaction would have saved."""

    def __init__(self, saved: list[SavedTutor]) -> None:
        self.saved = saved


class TutorsImport:
    """Saves batches of tutors, and finds tutors. In a dry run, it finds them as they would be."""

    def __init__(self, engine: Engine, rejections: Rejections, *, is_dry_run: bool) -> None:
        self._engine, self._rejections, self._is_dry_run = engine, rejections, is_dry_run
        self._unsaved: dict[str, TutorOfKey] = {}
        self.counts: Counter[tuple[str, str]] = Counter()

    def save(self, edits: Sequence[TutorEdit]) -> None:
        """Create and change tutors. Reject rows that the database or its tutors don't allow."""
        remaining = list(edits)
        while remaining:
            try:
                saved = self._save(remaining)
            except (UserTaken, ExternalIdTaken, InvalidRequest) as error:
                remaining = self._reject(remaining, error.errors, CODES.get(type(error), "invalid_value"))
                continue
            for before, after in saved:
                outcome = ADDED if before is None else UNCHANGED if before == after else CHANGED
                self.counts[TUTORS, outcome] += 1
                if self._is_dry_run:
                    key = str(after.external_id)
                    self._unsaved[key] = TutorOfKey(key, after.tutor_id, after.time_zone)
            return

    def _save(self, edits: Sequence[TutorEdit]) -> list[SavedTutor]:
        for _ in range(ATTEMPTS):
            try:
                return transact(self._engine, partial(self._save_in, edits=edits))
            except ConcurrentTutors:
                continue
            except _DryRun as result:
                return result.saved
        raise Unavailable("the tutors are being changed by others right now")

    def _save_in(self, connection: Connection, edits: Sequence[TutorEdit]) -> list[SavedTutor]:
        saved = save_tutors(connection, edits, None, Clock())
        keys = {"external_ids": _json([edit.external_id for edit in edits])}
        edited = {row.external_id for row in connection.execute(EDITED_TUTORS, keys)}
        if errors := [
            FieldError(f"{edit.field_prefix}tutorEdited", "")
            for edit, (before, after) in zip(edits, saved, strict=True)
            if after.external_id in edited and before != after
        ]:
            raise InvalidRequest(*errors)
        if self._is_dry_run:
            raise _DryRun(saved)
        return saved

    def _reject(self, edits: Sequence[TutorEdit], errors: Sequence[FieldError], code: str) -> list[TutorEdit]:
        """Reject the rows that have errors; return the others."""
        remaining = []
        by_line = {error.field.partition(".")[0]: error for error in errors}
        for edit in edits:
            line = edit.field_prefix[:-1]
            if line not in by_line:
                remaining.append(edit)
                continue
            field = by_line[line].field.partition(".")[2]
            reason = InvalidRow(COLUMNS.get(field, field), code, by_line[line].message)
            if field == "tutorEdited":
                message = "the tutor's settings were edited since, and differ from this row: use PUT /tutors"
                reason = InvalidRow("", "tutor_edited", message)
            self._rejections.add(TUTORS, int(line), reason)
        return remaining

    def find(self, keys: Collection[str]) -> list[TutorOfKey]:
        """Return the tutors with these external ids or, if there is no such external id, with these ids."""
        ids = {key: tutor_id for key in keys if (tutor_id := uuid_of(key)) is not None}
        values = {"external_ids": _json(list(keys)), "tutor_ids": list(ids.values())}
        rows = transact(self._engine, lambda c: c.execute(FIND_TUTORS, values).all(), read_only=True)
        by_external_id: Mapping[str, Any] = {row.external_id: row for row in rows}
        by_id: Mapping[UUID, Any] = {row.id: row for row in rows}
        found = []
        for key in keys:
            row = by_external_id.get(key) or by_id.get(ids.get(key, UUID(int=0)))
            if key in self._unsaved:
                found.append(self._unsaved[key])
            elif row is not None:
                found.append(TutorOfKey(key, row.id, row.time_zone))
        return found


def _json(values: Sequence[str | None]) -> str:
    return orjson.dumps(values).decode()
