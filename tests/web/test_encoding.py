"""The encoding of answers as JSON."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest
from pydantic_core import MISSING

from common.web.encoding import encode


@dataclass(frozen=True, slots=True)
class Single:
    only_field: str | None


@dataclass(frozen=True, slots=True)
class Sample:
    tutor_id: UUID
    in_a_list: list[Single]
    note: str | None | MISSING = MISSING  # noqa: RUF036


def test_names_of_fields_are_in_camel_case() -> None:
    """The value None becomes null. A field with the value MISSING is left out."""
    singles = [Single("ø"), Single(None)]
    in_json = '"inAList":[{"onlyField":"ø"},{"onlyField":null}]'
    expected = f'{{"tutorId":"00000000-0000-0000-0000-000000000007",{in_json}'
    assert encode(Sample(UUID(int=7), singles)).decode() == expected + "}"
    assert encode(Sample(UUID(int=7), singles, None)).decode() == expected + ',"note":null}'


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (date(2026, 11, 23), '"2026-11-23"'),
        (time(9), '"09:00"'),
        (datetime(2026, 11, 23, 9, tzinfo=UTC), '"2026-11-23T09:00:00+00:00"'),
        (datetime(2026, 11, 23, 9, 0, 0, 1, timezone(timedelta(hours=2))), '"2026-11-23T07:00:00.000001+00:00"'),
    ],
)
def test_dates_times_and_instants_have_one_format(value: Any, written: str) -> None:
    """Instants are converted to UTC."""
    assert encode([value]).decode() == f"[{written}]"
