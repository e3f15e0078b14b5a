"""How what is sent is read: into a pydantic model, or refused with the fields that are wrong."""

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, NoReturn, TypeVar
from urllib.parse import quote_from_bytes

from pydantic import BaseModel, ValidationError
from werkzeug import Request
from werkzeug.exceptions import HTTPException

from common.errors import BodyTooLarge, FieldError, InvalidRequest

MAX_BODY_BYTES = 256 * 1024
MAX_ERRORS_TOLD = 20

Model = TypeVar("Model", bound=BaseModel)


def percent_encoded(query: bytes) -> str:
    """Return a query string that was sent as it is in the form that a browser sends."""
    return quote_from_bytes(query, safe=bytes(range(128)))


def parse_query(model: type[Model], request: Request, ignored: Collection[str] = ()) -> Model:
    """Read the query string; an empty parameter counts as one that isn't there. Raises `InvalidRequest`."""
    given: dict[str, str] = {}
    for name, values in request.args.lists():
        if len(values) > 1:
            raise InvalidRequest(FieldError(_shown(name), "expected once"))
        if values[0] and name not in ignored:
            given[name] = values[0]
    return validate(model, given)


def parse_event(model: type[Model], event: Mapping[str, Any]) -> Model:
    """Read what the model knows from a scheduled event, which holds more than that."""
    names = {field.alias for field in model.model_fields.values()}
    return validate(model, {name: value for name, value in event.items() if name in names})


def parse_body(model: type[Model], request: Request) -> Model:
    """Read the body; there needn't be one where the model takes an empty one."""
    return validate(model, read_json(request, may_be_empty=not has_required_fields(model)))


def has_required_fields(model: type[BaseModel]) -> bool:
    """Whether something has to be sent."""
    return any(field.is_required() for field in model.model_fields.values())


def read_json(request: Request, *, may_be_empty: bool = False) -> object:
    """Read the body as JSON; `BodyTooLarge`, or `InvalidRequest` where it isn't JSON."""
    too_large = BodyTooLarge(f"expected at most {MAX_BODY_BYTES // 1024} KiB; split the update")
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise too_large
    try:
        data = b""
        while len(data) <= MAX_BODY_BYTES and (more := request.stream.read(MAX_BODY_BYTES + 1 - len(data))):
            data += more
    except (OSError, HTTPException):  # cut short, or badly chunked
        raise InvalidRequest(FieldError("body", "expected as many bytes as were announced")) from None
    if len(data) > MAX_BODY_BYTES:
        raise too_large
    if may_be_empty and not data:
        return {}
    try:
        return json.loads(data.decode(), object_pairs_hook=_unique_keys, parse_constant=_no_constant)
    except InvalidRequest:
        raise
    except (ValueError, RecursionError):  # not UTF-8; not JSON; a number beyond all bounds; nested too deeply
        raise InvalidRequest(FieldError("body", "expected a JSON object, in UTF-8")) from None


def _unique_keys(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise InvalidRequest(FieldError(_shown(name), "expected once"))
        found[name] = value
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's


def validate(model: type[Model], given: object) -> Model:
    """Return what was sent as the model; `InvalidRequest` with the fields that are wrong."""
    try:
        return model.model_validate(given)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False, include_input=False)[:MAX_ERRORS_TOLD]
        raise InvalidRequest(
            *(FieldError(_path(wrong["loc"]), _readable_message(wrong["type"], wrong["msg"])) for wrong in problems)
        ) from None


IN_OUR_WORDS = {
    "extra_forbidden": "expected nothing here: the field is unknown",
    "missing": "expected, but missing",
    "model_type": "expected an object",
}


def _readable_message(kind: str, message: str) -> str:
    message = re.sub("^(Input|String|List) should (be|have) ", "expected ", message)
    return IN_OUR_WORDS.get(kind, message.replace(" after validation", ""))


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        path += f"[{part}]" if isinstance(part, int) else f".{_shown(part)}"
    return path.removeprefix(".") or "body"


def _shown(name: str) -> str:
    """Return a name from outside in a form that can be shown: short, and printable."""
    return "".join(character if character.isprintable() else "?" for character in name[:64])
