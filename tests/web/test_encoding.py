"""How answers are written."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, NamedTuple
from uuid import UUID

import pytest
from pydantic_core import MISSING

from common.web.encoding import encode


class Pair(NamedTuple):
    first_of_two: int
    second: str | None


@dataclass(frozen=True, slots=True)
class Sample:
    tutor_id: UUID
    pairs: list[Pair]
    note: str | None | MISSING = MISSING  # noqa: RUF036


def test_fields_are_camel_case_and_what_is_missing_is_left_out() -> None:
    """Null is something else than left out."""
    pairs = [Pair(1, "ø"), Pair(2, None)]
    in_json = '"pairs":[{"firstOfTwo":1,"second":"ø"},{"firstOfTwo":2,"second":null}]'
    written = f'{{"tutorId":"00000000-0000-0000-0000-000000000007",{in_json}'
    assert encode(Sample(UUID(int=7), pairs)).decode() == written + "}"
    assert encode(Sample(UUID(int=7), pairs, None)).decode() == written + ',"note":null}'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (date(2026, 11, 23), '"2026-11-23"'),
        (time(9), '"09:00"'),
        (datetime(2026, 11, 23, 9, tzinfo=UTC), '"2026-11-23T09:00:00+00:00"'),
        (datetime(2026, 11, 23, 9, 0, 0, 1, timezone(timedelta(hours=2))), '"2026-11-23T07:00:00.000001+00:00"'),
    ],
)
def test_dates_times_and_instants(value: Any, written: str) -> None:
    """An instant is told in UTC, whatever the offset in which it came."""
    assert encode([value]).decode() == f"[{written}]"
