"""The OpenAPI document, made from the functions' declarations. `make openapi` writes it to `docs/openapi.json`."""

import inspect
from collections.abc import Iterable, Iterator, Mapping
from types import UnionType
from typing import Any, Literal, get_args

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from common import errors
from common.web.declaration import Declaration
from common.web.encoding import json_name
from common.web.fields import AS_TIME
from common.web.parsing import has_required_fields
from common.web.problems import ALL_KINDS, KINDS, UNEXPECTED, Problem
from deploy import stages
from local.examples import YEAR, add_examples, examples_of, problem_examples

REFERENCE = "#/components/schemas/{model}"
COMMON_ERRORS = (errors.InvalidRequest, errors.MethodNotAllowed, errors.Unavailable, errors.UnknownTimeZone)
ERRORS_BY_ACCESS = {
    "public": (),
    "user": (errors.Unauthenticated,),
    "tutor": (errors.Unauthenticated, errors.Forbidden, errors.TutorNotFound),
    "admin": (errors.Unauthenticated, errors.Forbidden),
}
TEXT = {"type": "string"}
# The description and the schema of each header of answers.
HEADERS: dict[str, tuple[str, dict[str, Any]]] = {
    "X-Request-Id": (
        "The caller's `X-Request-Id` if it matches this pattern, or a new one. Quote it when you report a problem.",
        {**TEXT, "pattern": "^[A-Za-z0-9._:-]{1,128}$"},
    ),
    "Cache-Control": ("Whether the answer may be stored.", TEXT),
    "ETag": ("A hash of the answer, for `If-None-Match`.", {**TEXT, "pattern": '^"[0-9a-f]{40}"$'}),
    "Allow": ("The methods of this function.", TEXT),
    "Retry-After": ("The number of seconds after which to try again.", {"type": "integer", "minimum": 0}),
    "WWW-Authenticate": ("How to authenticate.", {"const": "Bearer"}),
}
HEADERS_OF = {"200": ["Cache-Control"], "401": ["WWW-Authenticate"], "405": ["Allow"], "503": ["Retry-After"]}
# Each tag with its description, in the order of the reference.
TAGS = {
    "Availability": "The slots that a tutor offers, and the bookings that occupy them.",
    "Bookings": "Slots that students hold or have booked.",
    "Tutors": "The tutors, with their users, time zones and settings.",
    "Weekly schedule": "What a tutor offers every week, from which days are published ahead.",
    "History": "Who changed which slots, when and why.",
    "Statistics": "How much, when and by whom availability is edited.",
    "Maintenance": "What a schedule runs. Admins can run it, too.",
}
DESCRIPTION = """Tutor availability, with a log of every change.

The local server serves each function under its name. On AWS, each function has its own URL, except `audit_repair`,
`publish_schedules` and `weekly_stats`, which run at fixed times. Errors are problem details (RFC 9457): let your code
depend on `code`. Each `GET` also answers `HEAD`, and each function answers `OPTIONS`. A request with an unknown
parameter or field is refused, and so is a request with an empty parameter, or with the same parameter twice."""


def document(year: int = YEAR) -> dict[str, Any]:
    """Return the whole document. `year` is the year of the dates in its examples."""
    functions = stages.declarations()
    declarations = [declaration for declared in functions.values() for declaration in declared]
    headers = {
        name: {"description": why, "required": True, "schema": schema} for name, (why, schema) in HEADERS.items()
    }
    for declaration in declarations:
        for name, why in declaration.answer_headers.items():
            headers[name] = {"description": why, "schema": TEXT}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Slotledger",
            "version": "1",
            "description": DESCRIPTION,
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": "/"}],
        "security": [{"bearer": []}],
        "tags": [{"name": name, "description": description} for name, description in TAGS.items()],
        "paths": {f"/{name}": _path(declared, examples_of(name, year)) for name, declared in functions.items()},
        "components": {
            "examples": problem_examples(),
            "headers": headers,
            "schemas": _schemas(declarations),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _path(declarations: Iterable[Declaration], examples: Mapping[str, Any]) -> dict[str, Any]:
    """Return the operations of a function by method; `examples` are those of each operation id."""
    return {
        method: operation
        for each in declarations
        for method, operation in _by_method(each, examples.get(each.operation_id, {})).items()
    }


def _by_method(declaration: Declaration, examples: Mapping[str, Any]) -> dict[str, Any]:
    """Return the operations of a declaration. Its methods do the same; only the first has the full description."""
    first, *others = declaration.methods
    summary, _, description = inspect.cleandoc(declaration.docstring).partition("\n\n")
    main: dict[str, Any] = {
        "operationId": declaration.operation_id,
        "tags": [declaration.tag],
        "summary": summary.removesuffix("."),
    }
    if description:
        main["description"] = description
    main |= _operation(declaration)
    add_examples(main, examples)
    same = {
        method.lower(): {
            **main,
            "operationId": f"{declaration.operation_id}By{method.title()}",
            "description": f"The same as {first}.",
        }
        for method in others
    }
    return {first.lower(): main, **same}


def _operation(declaration: Declaration) -> dict[str, Any]:
    operation: dict[str, Any] = {}
    if declaration.access == "public":
        operation["security"] = [{}, {"bearer": []}]
    headers = (_header(name, *header) for name, header in declaration.request_headers.items())
    if parameters := [*_parameters(declaration.query), *headers]:
        operation["parameters"] = parameters
    if declaration.body is not None:
        operation["requestBody"] = _body(declaration.body)
    return {**operation, "responses": _responses(declaration)}


def _parameters(model: type[BaseModel] | None) -> Iterator[dict[str, Any]]:
    schema = model.model_json_schema() if model else {"properties": {}}
    for name, property_schema in schema["properties"].items():
        parameter_schema = {
            key: value for key, value in property_schema.items() if key != "title" and value is not None
        }
        if "anyOf" in parameter_schema:  # remove the type null, because a query can't contain null
            (other,) = [kind for kind in parameter_schema.pop("anyOf") if kind != {"type": "null"}]
            parameter_schema |= other
        parameter = {"name": name, "in": "query", "required": name in schema.get("required", [])}
        if "description" in parameter_schema:
            parameter["description"] = parameter_schema.pop("description")
        yield {**parameter, "schema": parameter_schema}


def _header(name: str, description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": schema}


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
    headers_of = {**HEADERS_OF, "200": [*HEADERS_OF["200"], *declaration.answer_headers]}
    if declaration.creates:
        responses["201"] = {"description": "It was created", "content": content}
        headers_of["201"] = headers_of["200"]
    if "If-None-Match" in declaration.request_headers:
        responses["304"] = {"description": "The answer hasn't changed: `If-None-Match` has its current ETag"}
        headers_of["304"] = ["Cache-Control", "ETag"]
        headers_of["200"].append("ETag")
    error_types = {*COMMON_ERRORS, *ERRORS_BY_ACCESS[declaration.access], *declaration.errors}
    if declaration.body is not None:
        error_types.add(errors.BodyTooLarge)
    responses |= _problems({KINDS[error].code for error in error_types} | {UNEXPECTED.code})
    for status, answer in responses.items():
        names = ["X-Request-Id", *headers_of.get(status, [])]
        answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    return responses


def _problems(codes: set[str]) -> dict[str, Any]:
    by_status: dict[str, list[str]] = {}
    for kind in ALL_KINDS:
        if kind.code in codes:
            by_status.setdefault(str(kind.status), []).append(kind.code)
    return {
        status: {
            "description": " or ".join(f"`{code}`" for code in status_codes),
            "content": {
                "application/problem+json": {
                    "schema": _reference(Problem),
                    "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in status_codes},
                }
            },
        }
        for status, status_codes in sorted(by_status.items())
    }


def _types(kind: Any) -> tuple[Any, ...]:
    """Return the types of a union, or the type itself if it isn't a union."""
    return get_args(kind) if isinstance(kind, UnionType) else (kind,)


def _reference(kind: Any) -> dict[str, Any]:
    return {"$ref": REFERENCE.format(model=kind.__name__)}


def _schemas(declarations: Iterable[Declaration]) -> dict[str, Any]:
    """Return the schemas of all bodies and answers, and of the types in them, by name."""
    kinds: set[Any] = {Problem}
    for declaration in declarations:
        kinds |= {*_types(declaration.answer), *(_types(declaration.body) if declaration.body else ())}
    adapters = [TypeAdapter(kind) for kind in kinds]
    modes: list[tuple[Any, Literal["validation"], Any]] = [(adapter, "validation", adapter) for adapter in adapters]
    _, generated = TypeAdapter.json_schemas(modes, ref_template=REFERENCE, schema_generator=_Generator)
    schemas = generated["$defs"]
    schemas["Problem"]["additionalProperties"] = False
    for schema in schemas.values():
        schema["properties"] = {
            json_name(name): property_schema for name, property_schema in schema["properties"].items()
        }
        if "required" in schema:
            schema["required"] = [json_name(name) for name in schema["required"]]
    return dict(sorted(schemas.items()))


class _Generator(GenerateJsonSchema):
    """A generator of schemas that describes times as `common.web.encoding` writes them, and adds no titles."""

    def time_schema(self, schema: Any) -> Any:
        return AS_TIME.json_schema

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False
