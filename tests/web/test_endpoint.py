import contextlib
import json
import os
from typing import Any, get_type_hints
from uuid import UUID

import pytest
from sqlalchemy import Engine
from werkzeug import Request, Response
from werkzeug.test import EnvironBuilder

from common import errors
from common.config import InvalidSettings, Settings
from common.errors import SlotledgerError
from common.web.declaration import Declaration
from common.web.endpoint import Call, endpoint
from common.web.problems import KINDS, UNEXPECTED, Problem
from deploy.stages import declarations
from tests.builders import ADMIN, add_tutor, monday, slots
from tests.hosts import Api

FUNCTIONS = declarations()
PROTECTED = [
    (name, declared)
    for name, declarations_of in FUNCTIONS.items()
    for declared in declarations_of
    if declared.access != "public"
]
EXPOSED = "Content-Disposition, Date, ETag, Retry-After, X-Missing-Versions, X-Request-Id"
ORIGIN = "https://app.example"


def request() -> Request:
    return Request(EnvironBuilder().get_environ())


def log_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_the_method_is_checked_first(api: Api, function: str) -> None:
    """A request with a wrong method and without a token gets 405, not 401."""
    methods = [method for declared in FUNCTIONS[function] for method in declared.methods]
    allowed = {*methods, "OPTIONS"} | ({"HEAD"} if "GET" in methods else set())
    for method in {"GET", "POST", "PUT", "PATCH", "DELETE"} - allowed:
        answer = api.call(function, method)
        problem = answer.json["code"], answer.json["title"]
        assert (answer.status, *problem) == (405, "method_not_allowed", "Method not allowed")
        assert set(answer.headers["allow"].split(", ")) == allowed


@pytest.mark.parametrize(("function", "declared"), PROTECTED)
def test_the_token_is_checked_before_the_body(api: Api, function: str, declared: Declaration) -> None:
    """A request with an invalid body and without a token gets 401, not 400 or 413."""
    for body in (b"", b"not json", b" " * 300_000):
        answer = api.call(function, declared.methods[0], body=body)
        assert (answer.status, answer.json["code"]) == (401, "unauthenticated")
        assert answer.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("function", ["weekly_stats", "audit_repair"])
def test_the_role_is_checked_before_the_body(api: Api, engine: Engine, function: str) -> None:
    """With an invalid body, a tutor gets 403 from a function for admins, and an admin gets 400 or 413."""
    token = add_tutor(engine).token
    for body in (b"", b"not json", b" " * 300_000):
        assert api.call(function, "POST", body=body).status == 401
        assert api.call(function, "POST", body=body, token=token).status == 403
    assert api.call(function, "POST", body=b"not json", token=ADMIN).status == 400
    assert api.call(function, "POST", body=b" " * 300_000, token=ADMIN).status == 413


@pytest.mark.parametrize(("function", "declared"), PROTECTED)
def test_only_callers_with_the_declared_access_are_allowed(
    api: Api, engine: Engine, function: str, declared: Declaration
) -> None:
    """Admins may call all functions. Tutors may call functions with the access `tutor`, with their own id."""
    tutor, other = add_tutor(engine), add_tutor(engine)
    arguments: dict[str, Any] = {"query": {"tutorId": str(tutor.id)}} if declared.access == "tutor" else {}
    if declared.methods[0] == "PUT":
        edit = {"schedule": None} if function == "weekly_schedule" else {"date": str(monday()), "timeSlots": []}
        arguments = {"json": {"tutorId": str(tutor.id), **edit}}
    for token, is_allowed in (
        (ADMIN, True),
        (tutor.token, declared.access != "admin"),
        (other.token, declared.access == "user"),
    ):
        assert (api.call(function, declared.methods[0], token=token, **arguments).status != 403) == is_allowed


def test_head_is_get_without_the_body(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    get = api.read(tutorId=tutor.id)
    head = api.call("get_availability", "HEAD", query={"tutorId": tutor.id})
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", get.headers["etag"])


def test_every_answer_has_a_request_id_which_callers_may_choose(api: Api) -> None:
    for request_id, is_valid in (
        ("trace-1.a:B_2", True),
        ("", False),
        ("x" * 129, False),
        ("a b", False),
        ("é", False),
    ):
        answer = api.call("get_availability", headers={"X-Request-Id": request_id})
        assert (answer.headers["x-request-id"] == request_id) == is_valid
        if not is_valid:
            UUID(answer.headers["x-request-id"])


def test_a_preflight_from_an_allowed_origin_is_answered(api: Api) -> None:
    headers = {"Origin": ORIGIN, "Access-Control-Request-Method": "PUT"}
    answer = api.call("update_availability", "OPTIONS", headers=headers)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["access-control-allow-methods"] == "PUT, POST, OPTIONS"
    allowed = answer.headers["access-control-allow-headers"]
    assert allowed == "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
    assert answer.headers["vary"] == "Origin"


def test_other_origins_get_no_cors_headers(api: Api) -> None:
    for origin in ("https://evil.example", "https://app.example.evil.example", "http://app.example", "null"):
        answer = api.call("update_availability", "OPTIONS", headers={"Origin": origin})
        assert (answer.status, "access-control-allow-origin" in answer.headers) == (403, False)
        read = api.call("get_availability", headers={"Origin": origin})
        assert ("access-control-allow-origin" in read.headers, read.headers["vary"]) == (False, "Origin")


def test_errors_have_cors_headers(api: Api) -> None:
    answer = api.call("audit_stats", headers={"Origin": ORIGIN})
    assert (answer.status, answer.headers["access-control-allow-origin"]) == (401, ORIGIN)
    assert answer.headers["access-control-expose-headers"] == EXPOSED


def test_a_star_allows_every_origin(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALLOWED_ORIGINS", "*")
    answer = api.call("get_availability", headers={"Origin": "https://anywhere.example"})
    assert answer.headers["access-control-allow-origin"] == "https://anywhere.example"


def test_a_request_is_one_log_line(api: Api, engine: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    """The line contains no token, no notes and nothing else of the body."""
    tutor = add_tutor(engine)
    answer = api.update(
        tutor.token, tutorId=str(tutor.id), date=str(monday()), timeSlots=slots("09:00"), notes="my divorce"
    )
    (line,) = log_lines(capsys)
    assert line.pop("durationMs") > 0
    assert line == {
        "severity": "INFO",
        "message": "request",
        "function": "update_availability",
        "stage": "test",
        "method": "PUT",
        "status": 200,
        "requestId": answer.headers["x-request-id"],
    }


def test_a_request_succeeds_if_standard_output_is_closed(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example, `head` closes it in `make run | head`. The edit is saved, so the answer is 200."""
    tutor = add_tutor(engine)
    reader, writer = os.pipe()
    os.close(reader)
    # When `with` closes the file, the file raises `BrokenPipeError`.
    with contextlib.suppress(BrokenPipeError), os.fdopen(writer, "w") as closed:
        monkeypatch.setattr("sys.stdout", closed)
        answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(monday()), timeSlots=slots("09:00"))
        monkeypatch.undo()
    assert answer.status == 200


def test_an_unexpected_error_reveals_nothing(
    api: Api, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer has no details. The log has the place in the code, but not the error's message.

    The message may contain data of the request.
    """

    @endpoint("GET", access="public", operation_id="broken", tag="Maintenance", answer=Problem)
    def broken(request: Request, call: Call) -> Response:
        raise RuntimeError("postgresql://user:password@host/ select secret")

    monkeypatch.setenv("STAGE", "test")
    response = broken(request())
    assert response.status_code == 500
    assert response.headers["X-Request-Id"]
    assert json.loads(response.get_data()) == {
        "type": "urn:slotledger:problem:internal_error",
        "title": "Something went wrong on our side",
        "status": 500,
        "detail": "please try again; if it goes on, report the X-Request-Id",
        "code": "internal_error",
    }
    (line,) = log_lines(capsys)
    assert (line["severity"], line["error"], line["at"][-1].split()[-1]) == ("ERROR", "RuntimeError", "broken")
    assert "password" not in json.dumps(line)


def test_an_error_that_cannot_be_encoded_is_answered_with_500(
    api: Api, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here, the error's data can't be written as JSON. The answer is still a problem, and the log has both errors."""

    @endpoint("GET", access="public", operation_id="broken", tag="Maintenance", answer=Problem)
    def broken(request: Request, call: Call) -> Response:
        raise errors.SlotBooked([object()])

    monkeypatch.setenv("STAGE", "test")
    response = broken(request())
    assert (response.status_code, json.loads(response.get_data())["code"]) == (500, "internal_error")
    (line,) = log_lines(capsys)
    assert (line["severity"], line["status"], line["error"]) == ("ERROR", 500, "TypeError <- SlotBooked")


def test_each_function_declares_a_query_or_a_body() -> None:
    """The declaration is a model, or, for a body with several forms, the type that the declared parser returns."""
    for declared in (each for declarations_of in FUNCTIONS.values() for each in declarations_of):
        assert (declared.query is None) != (declared.body is None)
        if declared.parse is not None:
            assert get_type_hints(declared.parse)["return"] == declared.body
        else:
            assert isinstance(declared.query or declared.body, type)


def test_invalid_settings_are_500_with_the_reason_in_the_log(
    api: Api, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("AUDIT_BUDGET_MS", "soon"), ("DATABASE_URL", "mysql://me:secret@host/db")):
        with monkeypatch.context() as patch:
            patch.setenv(name, value)
            answer = api.read(tutorId="2f1e7c1a-4b5d-4e0b-9c53-6a1a6c1f8d20")
        assert (answer.status, answer.json["code"]) == (500, "internal_error")
        (line,) = log_lines(capsys)
        assert line["error"] == "InvalidSettings"
        assert name in line["reason"]
        assert "secret" not in json.dumps(line)


@pytest.mark.parametrize(
    "variables",
    [{"SEARCH_PUBLIC": "yes"}, *({"SEARCH_MAX_AGE": age} for age in ("-1", "5s", "1.5", "100000"))],
    ids=str,
)
def test_settings_of_the_search_are_checked(variables: dict[str, str]) -> None:
    (name,) = variables
    with pytest.raises(InvalidSettings, match=f"^{name}: use "):
        Settings.from_env(variables)


def leaf_classes(kind: type[SlotledgerError]) -> set[type[SlotledgerError]]:
    below = set[type[SlotledgerError]]().union(*(leaf_classes(sub) for sub in kind.__subclasses__()))
    return below or {kind}


def test_every_error_has_an_answer() -> None:
    """Each answer has its own code, so that clients can distinguish errors."""
    assert leaf_classes(SlotledgerError) - set(KINDS) == set()
    codes = [kind.code for kind in [*KINDS.values(), UNEXPECTED]]
    assert sorted(codes) == sorted(set(codes))


def test_an_admin_may_read_the_history_of_any_tutor(api: Api, engine: Engine) -> None:
    assert api.history(ADMIN, tutorId=add_tutor(engine).id).status == 200
