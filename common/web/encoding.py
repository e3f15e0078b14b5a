"""Answers as JSON: dataclasses are objects, whose names are camelCase."""

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

    Instants are RFC 3339 in UTC, dates `YYYY-MM-DD`, times `HH:MM`. A field that is `MISSING` is left out.
    """
    return orjson.dumps(answer, default=_encodable, option=OPTIONS)


def encoded_list(items: Iterable[str]) -> orjson.Fragment:
    """Return a list of what is JSON already; `encode` takes it over as it is."""
    return orjson.Fragment(f"[{','.join(items)}]")


@cache
def names(kind: Any) -> dict[str, str]:
    """Return the names that the fields of a dataclass have in JSON, by their own."""
    return {field.name: to_camel(field.name) for field in fields(kind)}


def _encodable(value: Any) -> Any:
    kind: Any = type(value)
    if kind is date:
        return value.isoformat()
    if kind is time:
        return value.isoformat("minutes")
    if kind is datetime:
        return value.astimezone(UTC).isoformat()
    of_fields = names(kind).items()
    return {name: given for field, name in of_fields if (given := getattr(value, field)) is not MISSING}
