"""Answers as JSON: dataclasses and named tuples are objects, whose names are camelCase."""

from collections.abc import Callable
from dataclasses import fields
from datetime import UTC, date, datetime, time
from functools import cache
from operator import attrgetter
from typing import Any

import orjson
from pydantic.alias_generators import to_camel
from pydantic_core import MISSING

OPTIONS = orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME


def encode(answer: Any) -> bytes:
    """Return the answer as compact JSON.

    Instants are RFC 3339 in UTC, dates `YYYY-MM-DD`, times `HH:MM`. A field that is `MISSING` is left out.
    """
    return orjson.dumps(answer, default=_encodable, option=OPTIONS)


@cache
def names(kind: Any) -> tuple[str, ...]:
    """Return the names that the fields of a dataclass or a named tuple have in JSON."""
    return tuple(to_camel(name) for name in _fields(kind))


def _encodable(value: Any) -> Any:
    if isinstance(value, tuple):
        return dict(zip(names(type(value)), value, strict=True))
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.isoformat("minutes")
    kind: Any = type(value)
    values = zip(names(kind), _values_of(kind)(value), strict=True)
    return {name: given for name, given in values if given is not MISSING}


def _fields(kind: Any) -> tuple[str, ...]:
    return kind._fields if issubclass(kind, tuple) else tuple(field.name for field in fields(kind))


@cache
def _values_of(kind: Any) -> Callable[[Any], tuple[Any, ...]]:
    return attrgetter(*_fields(kind))
