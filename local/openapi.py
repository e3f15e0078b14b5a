"""The OpenAPI document, made from what each function declares; `docs/openapi.json` is its output."""

import inspect
from collections.abc import Iterable, Iterator
from types import UnionType
from typing import Any, Literal, get_args

from pydantic import BaseModel, TypeAdapter
from pydantic.alias_generators import to_camel
from pydantic.json_schema import GenerateJsonSchema

from common import errors
from common.web.endpoint import Declaration
from common.web.fields import AS_TIME
from common.web.parsing import has_required_fields
from common.web.problems import ALL_KINDS, KINDS, UNEXPECTED, Problem
from deploy import stages

REFERENCE = "#/components/schemas/{model}"
COMMON_ERRORS = (errors.InvalidRequest, errors.MethodNotAllowed, errors.Unavailable, errors.UnknownTimeZone)
ERRORS_BY_ACCESS = {
    "public": (),
    "tutor": (errors.Unauthenticated, errors.Forbidden, errors.TutorNotFound),
    "admin": (errors.Unauthenticated, errors.Forbidden),
}
HEADERS = {
    "X-Request-Id": "The caller's own, if it sent one that looks like an id; what to quote when something goes wrong.",
    "ETag": "A hash of the answer, for If-None-Match.",
    "Allow": "The methods that are spoken here.",
    "Retry-After": "In how many seconds another try may go better.",
    "WWW-Authenticate": "Bearer.",
}
HEADERS_OF = {"401": ["WWW-Authenticate"], "405": ["Allow"], "503": ["Retry-After"]}
BOUNDS = {"ge": "minimum", "le": "maximum"}


def document() -> dict[str, Any]:
    """Return the whole document."""
    declarations = stages.declarations()
    headers = dict(HEADERS)
    for declaration in declarations.values():
        headers |= declaration.answer_headers
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Slotledger",
            "version": "1",
            "description": "Tutor availability with a memory. Each function has a URL of its own; the local server "
            "mounts them under their names. Errors are problem details (RFC 9457); branch on `code`.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "paths": {f"/{name}": _path(declaration) for name, declaration in declarations.items()},
        "components": {
            "headers": {name: {"description": why, "schema": {"type": "string"}} for name, why in headers.items()},
            "schemas": _schemas(declarations.values()),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _path(declaration: Declaration) -> dict[str, Any]:
    """Return what is said of a function's methods; each after the first is the same as the first."""
    first, *others = declaration.methods
    summary, _, description = inspect.cleandoc(declaration.docstring).partition("\n\n")
    operation = {"operationId": declaration.operation_id, "summary": summary.removesuffix(".")}
    if description:
        operation["description"] = description
    described = {**operation, **_described(declaration)}
    same = {
        method.lower(): {
            **described,
            "operationId": f"{declaration.operation_id}By{method.title()}",
            "description": f"The same as {first}.",
        }
        for method in others
    }
    return {first.lower(): described, **same}


def _described(declaration: Declaration) -> dict[str, Any]:
    described: dict[str, Any] = {}
    if declaration.access == "public":
        described["security"] = [{}, {"bearer": []}]
    headers = (_header(name, why) for name, why in declaration.request_headers.items())
    if parameters := [*_parameters(declaration.query), *headers]:
        described["parameters"] = parameters
    if declaration.body is not None:
        described["requestBody"] = _body(declaration.body)
    return {**described, "responses": _responses(declaration)}


def _parameters(model: type[BaseModel] | None) -> Iterator[dict[str, Any]]:
    schema = model.model_json_schema() if model else {"properties": {}}
    for name, described in schema["properties"].items():
        described = {key: value for key, value in described.items() if key != "title" and value is not None}
        if "anyOf" in described:  # a parameter that isn't given is left out, never null
            (only,) = [kind for kind in described.pop("anyOf") if kind != {"type": "null"}]
            described |= only
        # Of a number that is read from text, pydantic tells the bounds by its own names.
        described = {BOUNDS.get(key, key): value for key, value in described.items()}
        parameter = {"name": name, "in": "query", "required": name in schema.get("required", [])}
        if "description" in described:
            parameter["description"] = described.pop("description")
        yield {**parameter, "schema": described}


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": {"type": "string"}}


def _body(body: Any) -> dict[str, Any]:
    forms = [_reference(form) for form in _types(body)]
    is_required = len(forms) > 1 or has_required_fields(body)
    schema = forms[0] if len(forms) == 1 else {"oneOf": forms}
    return {"required": is_required, "content": {"application/json": {"schema": schema}}}


def _responses(declaration: Declaration) -> dict[str, Any]:
    kinds = [_reference(kind) for kind in _types(declaration.answer)]
    content = {"application/json": {"schema": kinds[0] if len(kinds) == 1 else {"anyOf": kinds}}}
    for content_type, description in declaration.other_formats.items():
        content[content_type] = {"schema": {"type": "string", "description": description}}
    summaries = [(inspect.getdoc(kind) or "").partition("\n")[0] for kind in _types(declaration.answer)]
    responses: dict[str, Any] = {"200": {"description": " Or: ".join(summaries), "content": content}}
    names_of = {**HEADERS_OF, "200": [*declaration.answer_headers]}
    if "If-None-Match" in declaration.request_headers:
        responses["304"] = {"description": "Not changed since the answer with that ETag"}
        names_of |= {"200": ["ETag", *declaration.answer_headers], "304": ["ETag"]}
    raised = {*COMMON_ERRORS, *ERRORS_BY_ACCESS[declaration.access], *declaration.errors}
    if declaration.body is not None:
        raised.add(errors.BodyTooLarge)
    responses |= _problems({KINDS[error].code for error in raised} | {UNEXPECTED.code})
    for status, answer in responses.items():
        names = ["X-Request-Id", *names_of.get(status, [])]
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return responses


def _problems(codes: set[str]) -> dict[str, Any]:
    by_status: dict[str, list[str]] = {}
    for kind in ALL_KINDS:
        if kind.code in codes:
            by_status.setdefault(str(kind.status), []).append(kind.code)
    content = {"application/problem+json": {"schema": _reference(Problem)}}
    return {
        status: {"description": " or ".join(f"`{code}`" for code in found), "content": content}
        for status, found in sorted(by_status.items())
    }


def _types(kind: Any) -> tuple[Any, ...]:
    """Return the types of a union, or the type that isn't one."""
    return get_args(kind) if isinstance(kind, UnionType) else (kind,)


def _reference(kind: Any) -> dict[str, Any]:
    return {"$ref": REFERENCE.format(model=kind.__name__)}


def _schemas(declarations: Iterable[Declaration]) -> dict[str, Any]:
    """Return the schemas of all that is sent and answered, and of what these refer to, by name."""
    kinds: set[Any] = {Problem}
    for declaration in declarations:
        kinds |= {*_types(declaration.answer), *(_types(declaration.body) if declaration.body else ())}
    adapters = [TypeAdapter(kind) for kind in kinds]
    modes: list[tuple[Any, Literal["validation"], Any]] = [(adapter, "validation", adapter) for adapter in adapters]
    _, found = TypeAdapter.json_schemas(modes, ref_template=REFERENCE, schema_generator=_Generator)
    found["$defs"]["Problem"]["additionalProperties"] = False
    for schema in found["$defs"].values():
        schema["properties"] = {to_camel(name): described for name, described in schema["properties"].items()}
        if "required" in schema:
            schema["required"] = [to_camel(name) for name in schema["required"]]
    return dict(sorted(found["$defs"].items()))


class _Generator(GenerateJsonSchema):
    """Describes types as `common.web.encoding` writes them."""

    def time_schema(self, schema: Any) -> Any:
        return AS_TIME.json_schema

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False
