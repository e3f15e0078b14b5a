"""Answers as JSON: a dataclass becomes an object, and its field names become camelCase."""

from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, date, datetime, time
from functools import cache
from typing import Any

import orjson
from pydantic.alias_generators import to_camel
from pydantic_core import MISSING

OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def encode(answer: Any) -> bytes:
    """Return the answer as compact JSON.

    A `datetime` is written as RFC 3339 in UTC, a `date` as `YYYY-MM-DD`, and a `time` as `HH:MM`. Fields with the value
    `MISSING` are left out.
    """
    return orjson.dumps(answer, default=_encodable, option=OPTIONS)


def encoded_list(items: Iterable[str]) -> orjson.Fragment:
    """Join items, each of which is JSON, into a JSON list. `encode` inserts the list unchanged."""
    return orjson.Fragment(f"[{','.join(items)}]")


def json_name(name: str) -> str:
    """Return the JSON name of a field. A word of Python has an underscore at its end: `from_` becomes `from`."""
    return to_camel(name.rstrip("_"))


@cache
def names(kind: Any) -> dict[str, str]:
    """Return the JSON name of each field of a dataclass, by the field's name."""
    return {field.name: json_name(field.name) for field in fields(kind)}


def _encodable(value: Any) -> Any:
    kind: Any = type(value)
    if kind is date:
        return value.isoformat()
    if kind is time:
        return value.isoformat("minutes")
    if kind is datetime:
        return value.astimezone(UTC).isoformat()
    values = ((name, getattr(value, field)) for field, name in names(kind).items())
    return {name: field_value for name, field_value in values if field_value is not MISSING}
