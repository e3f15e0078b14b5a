"""The OpenAPI document, generated from the schemas of requests and answers; `docs/openapi.json` is its output."""

from typing import Any

from pydantic import BaseModel, TypeAdapter

from common.web.audit_responses import HistoryJson, PlatformStatsJson, RepairJson, StatsJson, WeeklyStatsJson
from common.web.problems import KINDS, UNEXPECTED
from common.web.responses import AvailabilityJson, DryRunJson, UpdateJson
from common.web.schemas import AvailabilityQuery, HistoryQuery, RepairBody, StatsQuery, UpdateBody, WeeklyStatsBody

REFERENCE = "#/components/schemas/{model}"
COMMON_CODES = (
    "invalid_request",
    "method_not_allowed",
    "unavailable",
    "internal_error",
    "unknown_time_zone",
)
PROTECTED_CODES = ("unauthenticated", "forbidden", "tutor_not_found")
ADMIN_CODES = ("unauthenticated", "forbidden")
UPDATE_CODES = (
    "overlapping_slots",
    "nonexistent_local_time",
    "date_in_past",
    "slot_booked",
    "version_mismatch",
    "change_set_not_found",
    "change_set_incomplete",
)

HEADERS = {
    "X-Request-Id": "The caller's own, if it sent one that looks like an id; what to quote when something goes wrong.",
    "X-Missing-Versions": "With CSV: how many edits of the period no entry tells of.",
    "ETag": "A hash of the answer, for If-None-Match.",
    "Allow": "The methods that are spoken here.",
    "Retry-After": "In how many seconds another try may go better.",
    "WWW-Authenticate": "Bearer.",
}
HEADERS_OF = {"304": ["ETag"], "401": ["WWW-Authenticate"], "405": ["Allow"], "503": ["Retry-After"]}

BOUNDS = {"ge": "minimum", "le": "maximum"}

# The formats of strings, by the names of their fields: names mean the same everywhere.
FORMATS = {
    **dict.fromkeys(("id", "tutorId", "changeSetId", "changedBy", "userId"), "uuid"),
    **dict.fromkeys(("date", "startDate", "endDate", "mostActiveDay", "weekStart"), "date"),
    **dict.fromkeys(("startsAt", "endsAt", "changedAt", "since", "until", "asOf"), "date-time"),
}


def document() -> dict[str, Any]:
    """Return the whole document."""
    schemas: dict[str, Any] = {}
    update = _answers("The days afterwards, and the difference", UpdateJson, UPDATE_CODES + PROTECTED_CODES, schemas)
    update["200"]["content"]["application/json"]["schema"] = {
        "anyOf": [_schema(DryRunJson, schemas), _schema(UpdateJson, schemas)]
    }
    update |= _problems(("body_too_large",))
    put = {
        "operationId": "updateAvailability",
        "summary": "Let days have the slots given, and no others, or revert a change set: all or nothing",
        "parameters": [_header("If-Match", 'The version of the one day edited, such as "3"; or *.')],
        "requestBody": _body(UpdateBody, schemas, is_required=True),
        "responses": update,
    }
    availability = _answers("The days", AvailabilityJson, ("unauthenticated", "tutor_not_found"), schemas)
    availability["304"] = {"description": "Not changed since the answer with that ETag"}
    history = _answers("A page of entries, or all of them", HistoryJson, PROTECTED_CODES, schemas)
    history["200"]["content"]["text/csv"] = {"schema": {"type": "string", "description": "The same fields, a header."}}
    statistics = _answers("Counts of the last days", StatsJson, PROTECTED_CODES, schemas)
    statistics["200"]["content"]["application/json"]["schema"] = {
        "anyOf": [_schema(StatsJson, schemas), _schema(PlatformStatsJson, schemas)]
    }
    paths: dict[str, Any] = {
        "/get_availability": {
            "get": {
                "operationId": "getAvailability",
                "summary": "The slots that a tutor offers, each available or booked",
                "description": "A token is optional, and only tells the tutor and admins more where explain is true.",
                "security": [{}, {"bearer": []}],
                "parameters": [*_parameters(AvailabilityQuery), _header("If-None-Match", "An ETag; 304 if it holds.")],
                "responses": availability,
            }
        },
        "/update_availability": {
            "put": put,
            "post": {**put, "operationId": "updateAvailabilityByPost", "description": "The same as PUT."},
        },
        "/audit_history": {
            "get": {
                "operationId": "getAvailabilityHistory",
                "summary": "Who changed which slots, when and why, newest first",
                "parameters": _parameters(HistoryQuery),
                "responses": history,
            }
        },
        "/audit_stats": {
            "get": {
                "operationId": "getChangeStats",
                "summary": "How much, when and by whom a tutor's availability is edited",
                "parameters": _parameters(StatsQuery),
                "responses": statistics,
            }
        },
        "/weekly_stats": {
            "post": {
                "operationId": "computeWeeklyStats",
                "summary": "Compute every tutor's last full weeks for the platform's statistics; admins only",
                "description": "Runs on Tuesdays by itself.",
                "requestBody": _body(WeeklyStatsBody, schemas, is_required=False),
                "responses": _answers("What was computed", WeeklyStatsJson, ADMIN_CODES, schemas)
                | _problems(("body_too_large",)),
            }
        },
        "/audit_repair": {
            "post": {
                "operationId": "repairAuditLog",
                "summary": "Deliver entries from the retry queue, and reconstruct those that were lost; admins only",
                "description": "Runs every five minutes by itself.",
                "requestBody": _body(RepairBody, schemas, is_required=False),
                "responses": _answers("What was done", RepairJson, ADMIN_CODES, schemas)
                | _problems(("body_too_large",)),
            }
        },
    }
    schemas["Problem"] = _problem_schema()
    for operation in (operation for path in paths.values() for operation in path.values()):
        for status, answer in operation["responses"].items():
            names = ["X-Request-Id", *HEADERS_OF.get(status, [])]
            answer["headers"] = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
    for path, name in (("get_availability", "ETag"), ("audit_history", "X-Missing-Versions")):
        paths[f"/{path}"]["get"]["responses"]["200"]["headers"][name] = {"$ref": f"#/components/headers/{name}"}
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
        "paths": paths,
        "components": {
            "headers": {name: {"description": why, "schema": {"type": "string"}} for name, why in HEADERS.items()},
            "schemas": dict(sorted(schemas.items())),
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _schema(kind: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    """Return a reference to the schema of a type, and put it among the schemas together with all that it refers to."""
    schema = TypeAdapter(kind).json_schema(ref_template=REFERENCE)
    for name, definition in {**schema.pop("$defs", {}), kind.__name__: schema}.items():
        for field, described in definition.get("properties", {}).items():
            described.pop("title", None)
            for string in [described, *described.get("anyOf", [])]:
                if field in FORMATS and string.get("type") == "string":
                    string["format"] = FORMATS[field]
        schemas[name] = definition
    return {"$ref": REFERENCE.format(model=kind.__name__)}


def _parameters(model: type[BaseModel]) -> list[dict[str, Any]]:
    schema = model.model_json_schema()
    parameters = []
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
        parameters.append({**parameter, "schema": described})
    return parameters


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": False, "description": description, "schema": {"type": "string"}}


def _body(kind: Any, schemas: dict[str, Any], *, is_required: bool) -> dict[str, Any]:
    return {"required": is_required, "content": {"application/json": {"schema": _schema(kind, schemas)}}}


def _answers(description: str, kind: Any, codes: tuple[str, ...], schemas: dict[str, Any]) -> dict[str, Any]:
    content = {"application/json": {"schema": _schema(kind, schemas)}}
    return {"200": {"description": description, "content": content}, **_problems(COMMON_CODES + codes)}


def _problems(codes: tuple[str, ...]) -> dict[str, Any]:
    by_status: dict[str, list[str]] = {}
    for kind in [*KINDS.values(), UNEXPECTED]:
        if kind.code in codes:
            by_status.setdefault(str(kind.status), []).append(kind.code)
    content = {"application/problem+json": {"schema": {"$ref": REFERENCE.format(model="Problem")}}}
    return {
        status: {"description": " or ".join(f"`{code}`" for code in found), "content": content}
        for status, found in sorted(by_status.items())
    }


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    field_error = {"type": "object", "properties": {"field": text, "message": text}, "required": ["field", "message"]}
    properties = {
        "type": {**text, "format": "uri"},
        "title": text,
        "status": {"type": "integer"},
        "detail": text,
        "code": {"enum": [kind.code for kind in [*KINDS.values(), UNEXPECTED]]},
    }
    more = {
        "errors": {"type": "array", "items": field_error, "description": "What is wrong with which field (400)."},
        "conflicts": {
            "type": "array",
            "items": {"$ref": REFERENCE.format(model="ConflictJson")},
            "description": "The booked slots in the way (409 `slot_booked`).",
        },
        "days": {
            "type": "array",
            "items": {"$ref": REFERENCE.format(model="DayJson")},
            "description": "The requested days as they stand now (412 `version_mismatch`).",
        },
    }
    return {
        "description": "An error, RFC 9457.",
        "type": "object",
        "properties": {**properties, **more},
        "required": list(properties),
        "additionalProperties": False,
    }
