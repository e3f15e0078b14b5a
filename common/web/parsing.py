"""Read a request's query or body into a pydantic model, or raise `InvalidRequest` with the fields that are wrong."""

import json
import re
from collections.abc import Mapping
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote_from_bytes

from pydantic import BaseModel, ValidationError
from werkzeug import Request
from werkzeug.exceptions import HTTPException

from common.errors import BodyTooLarge, FieldError, InvalidRequest

MAX_BODY_BYTES = 256 * 1024
MAX_ERRORS = 20

Model = TypeVar("Model", bound=BaseModel)


def percent_encoded(query: bytes) -> str:
    """Return the query string with all bytes that aren't ASCII percent-encoded, as browsers send it."""
    return quote_from_bytes(query, safe=bytes(range(128)))


def parse_query(model: type[Model], request: Request) -> Model:
    """Read the query string into the model. A parameter may appear only once, and needs a value."""
    values: dict[str, str] = {}
    for name, texts in request.args.lists():
        if len(texts) > 1:
            raise InvalidRequest(FieldError(_printable(name), "send this parameter once"))
        if not texts[0]:
            raise InvalidRequest(FieldError(_printable(name), "this parameter is empty: add a value, or leave it out"))
        values[name] = texts[0]
    return validate(model, values)


def parse_event(model: type[Model], event: Mapping[str, Any]) -> Model:
    """Read the model's fields from a scheduled event, and ignore the event's other fields."""
    names = {field.alias for field in model.model_fields.values()}
    return validate(model, {name: value for name, value in event.items() if name in names})


def parse_body(model: type[Model], request: Request) -> Model:
    """Read the body into the model. If the model has no required field, a missing body is read as `{}`."""
    return validate(model, read_json(request, may_be_empty=not has_required_fields(model)))


def has_required_fields(model: type[BaseModel]) -> bool:
    """Return whether the model has a field without a default."""
    return any(field.is_required() for field in model.model_fields.values())


def read_json(request: Request, *, may_be_empty: bool = False) -> object:
    """Read the body as JSON. With `may_be_empty`, return `{}` if there is no body.

    Raise `BodyTooLarge`, or `InvalidRequest` if the body is incomplete, isn't JSON, or has a field twice.
    """
    too_large = BodyTooLarge(f"the body may have at most {MAX_BODY_BYTES // 1024} KiB: split the update")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise too_large
    try:
        data = b""
        while len(data) <= MAX_BODY_BYTES and (chunk := request.stream.read(MAX_BODY_BYTES + 1 - len(data))):
            data += chunk
    except (OSError, HTTPException):
        message = "the body ended early, or its chunks are malformed: send all of it"
        raise InvalidRequest(FieldError("body", message)) from None
    if len(data) > MAX_BODY_BYTES:
        raise too_large
    if may_be_empty and not data:
        return {}
    try:
        return json.loads(data.decode(), object_pairs_hook=_unique_keys, parse_constant=_refuse_constant)
    except InvalidRequest:
        raise
    except (ValueError, RecursionError):  # not UTF-8, not JSON, a number with too many digits, or nested too deeply
        raise InvalidRequest(FieldError("body", "send a JSON object, in UTF-8")) from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for name, value in pairs:
        if name in fields:
            raise InvalidRequest(FieldError(_printable(name), "send this field once"))
        fields[name] = value
    return fields


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)  # Python reads NaN and Infinity, which aren't JSON


def validate(model: type[Model], values: object) -> Model:
    """Return the values as the model; raise `InvalidRequest` with the fields that are wrong, 20 at most."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_ERRORS]
        raise InvalidRequest(
            *(FieldError(_path(detail["loc"]), _readable_message(detail["type"], detail["msg"])) for detail in details)
        ) from None


NO_SUCH_DATE = "this date doesn't exist: use a date of the calendar"
# Our messages, by pydantic's type of error.
MESSAGES = {
    "bool_type": "use true or false",
    **dict.fromkeys(("date_parsing", "date_from_datetime_parsing", "datetime_from_date_parsing"), NO_SUCH_DATE),
    "extra_forbidden": "unknown field: remove it",
    "int_type": "use a whole number",
    "list_type": "use a list",
    "missing": "this field is required",
    "model_type": "use an object",
    "string_type": "use a string",
}


def _readable_message(error_type: str, message: str) -> str:
    """Return pydantic's message as an instruction: what to send instead."""
    if error_type in MESSAGES:
        return MESSAGES[error_type]
    message = re.sub("^(Input|String|List) should (be|have) ", "use ", message.replace(" after validation", ""))
    return re.sub("^use (greater|less) than or equal to ([0-9]+)", _limit_message, message)


def _limit_message(match: re.Match[str]) -> str:
    return f"use {match[2]} or {'more' if match[1] == 'greater' else 'less'}"


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{_printable(part)}"
    return path.removeprefix(".") if location else "body"


def _printable(name: str) -> str:
    """Return a name from the request for an error message: at most 64 characters, with `?` for unprintable ones."""
    return "".join(character if character.isprintable() else "?" for character in name[:64])
