"""Tutors: reading them, and the condition that a caller may act for a tutor."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson

from common.core.caller import Caller
from common.core.tutors import SETTINGS, Tutor
from common.db.pool import Pool

# A condition on `tutors`. No row matches if the tutor doesn't exist or the caller may not act for the tutor.
TUTOR_OF_CALLER = "tutors.id = :tutor_id and (:is_admin or tutors.user_id = :user_id)"

# The columns have the names and the order of the fields of `Tutor`.
TUTOR = f"id as tutor_id, {', '.join(SETTINGS)}"


def tutor_of_caller(tutor_id: UUID, caller: Caller) -> dict[str, object]:
    """Return the values for `TUTOR_OF_CALLER`."""
    return {"tutor_id": tutor_id, "user_id": caller.user_id, "is_admin": caller.is_admin}


def _query(condition: str) -> str:
    return f"""
select cast(json_agg(row_to_json(tutor) order by name, tutor_id) as text)
from (
  select {TUTOR}
  from tutors
  where {condition}
  order by name, id
  limit :limit
) as tutor
"""  # noqa: S608 - put together from constants


TUTOR_BY_ID = _query("id = cast(:value as uuid)")
TUTOR_BY_USER = _query("user_id = cast(:value as text)")
TUTOR_BY_EXTERNAL_ID = _query("external_id = cast(:value as text)")
# Finds the text anywhere in the name or in an id, whether letters are small or capital.
TUTORS = _query("""(
    cast(:text as text) is null
    or position(lower(:text) in lower(name || E'\\n' || user_id || E'\\n' || coalesce(external_id, ''))) > 0
  )
  and (cast(:after_name as text) is null or (name, id) > (:after_name, cast(:after_id as uuid)))""")


def find_tutor(pool: Pool, statement: str, value: UUID | str) -> Tutor | None:
    """Return the tutor with this id, user or external id, depending on the statement; None if there is none."""
    return next(iter(_read(pool, statement, {"value": value, "limit": 1})), None)


def list_tutors(pool: Pool, *, limit: int, after: tuple[str, UUID] | None, text: str | None) -> list[Tutor]:
    """Return tutors in order of name and id, at most `limit`: those after a name and an id, that contain a text."""
    after_name, after_id = after or (None, None)
    return _read(pool, TUTORS, {"text": text, "after_name": after_name, "after_id": after_id, "limit": limit})


def _read(pool: Pool, statement: str, values: Mapping[str, Any]) -> list[Tutor]:
    row = pool.read(statement, values)
    return [parse_tutor(fields) for fields in orjson.loads(row[0] if row and row[0] else "[]")]


def parse_tutor(fields: Mapping[str, Any]) -> Tutor:
    """Return a tutor from the columns of `TUTOR`."""
    return Tutor(**{**fields, "tutor_id": UUID(str(fields["tutor_id"])), "tags": tuple(fields["tags"])})
