"""Invalid requests get a 400 that names the field and says what to send, and never a 500 or internal details."""

import importlib
import json
from datetime import time
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine
from werkzeug.test import EnvironBuilder, run_wsgi_app

from deploy.stages import declarations, methods
from local.function_url import function_url_event
from tests.builders import ADMIN, Tutor, add_tutor, monday, slots, stored_slots
from tests.hosts import HOSTS, Answer, Api, framework_app

DAY = str(monday())
NINE = {"time": "09:00", "durationMinutes": 60}
WINDOW = {"from": f"{DAY}T00:00:00Z", "to": f"{DAY}T12:00:00Z"}  # of a search
READERS = [name for name, supported in methods().items() if "GET" in supported]
INTERNALS = ("traceback", "sqlalchemy", "pg8000", "select ", "insert ", "postgres", "/tmp/", "pydantic", 'file "')


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    return add_tutor(engine)


def put(api: Api, tutor: Tutor, body: bytes) -> Answer:
    return api.call("update_availability", "PUT", body=body, token=tutor.token)


def errors_of(answer: Answer) -> list[tuple[str, str]]:
    """Check the form of a 400, and return its fields and messages."""
    assert answer.status == 400, answer.body
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "errors"} == set(answer.json)
    assert not [word for word in INTERNALS if word in answer.body.decode().lower()]
    return [(error["field"], error["message"]) for error in answer.json["errors"]]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null{}",
        b"\xff\xfe{\x00}\x00",
        b'{"notes": "\xff"}',
        b"\xef\xbb\xbf{}",
        b"[" * 200_000,
        b'{"a":' * 40_000 + b"1" + b"}" * 40_000,
        b'{"version": NaN}',
        b'{"version": -Infinity}',
        b'{"version": ' + b"9" * 5000 + b"}",
        b'{"notes": "\x00"}',
    ],
    ids=lambda body: repr(body[:16]),
)
def test_bytes_that_are_not_json_are_refused(api: Api, tutor: Tutor, body: bytes) -> None:
    assert errors_of(put(api, tutor, body)) == [("body", "send a JSON object, in UTF-8")]


@pytest.mark.parametrize("body", [b"null", b"[]", b'"text"', b"12", b"[" * 200 + b"]" * 200])
def test_json_that_is_not_an_object_is_refused(api: Api, tutor: Tutor, body: bytes) -> None:
    ((field, _),) = errors_of(put(api, tutor, body))
    assert field == "body"


def test_bodies_over_256_kib_are_refused(api: Api, tutor: Tutor) -> None:
    """A body of exactly 256 KiB is accepted."""
    body = json.dumps({"tutorId": str(tutor.id), "date": DAY, "timeSlots": [NINE]}).encode()
    assert put(api, tutor, body + b" " * (256 * 1024 - len(body))).status == 200
    answer = put(api, tutor, body + b" " * (256 * 1024 - len(body) + 1))
    assert (answer.status, answer.json["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("function", ["update_availability", "get_availability"])
@pytest.mark.usefixtures("api")
def test_a_body_that_is_shorter_than_announced_is_refused_or_ignored(tutor: Tutor, function: str) -> None:
    """An update is refused, and a GET ignores its body.

    After a function returns, functions-framework reads the rest of the body. This must not fail.
    """
    method = "PUT" if function == "update_availability" else "GET"
    builder = EnvironBuilder(method=method, query_string={"tutorId": str(tutor.id)}, data=b"{}")
    builder.headers["Authorization"] = f"Bearer {tutor.token}"
    environ = {**builder.get_environ(), "CONTENT_LENGTH": "500"}
    body, status, headers = run_wsgi_app(framework_app(function), environ, buffered=True)
    answer = Answer(int(status.split()[0]), {name.lower(): value for name, value in headers}, b"".join(body))
    if function == "update_availability":
        message = "the body ended early, or its chunks are malformed: send all of it"
        assert errors_of(answer) == [("body", message)]
    else:
        assert answer.status == 200
    assert "x-request-id" in answer.headers


VALID: dict[str, Any] = {"date": DAY, "timeSlots": [NINE]}
UNKNOWN = "unknown field: remove it"
A_DATE, NO_DATE = "use YYYY-MM-DD", "this date doesn't exist: use a date of the calendar"
AN_INTEGER = "use a whole number"
A_TIME = "use HH:MM, 00:00 to 23:59"
A_UUID = "use a UUID, such as 2f1e7c1a-4b5d-4e0b-9c53-6a1a6c1f8d20"
VALID_TEXT = "remove NUL characters and unpaired surrogates"
ONE_FORM = "send date and timeSlots, or days, or revert"
WITH_DAYS = "not allowed together with days: put it into each day instead"
WITH_REVERT = "not allowed together with revert: leave it out"
REASONS = (
    "use 'tutor_edit', 'conflict', 'vacation', 'illness', 'copy_week', 'bulk_clear_future', 'admin_action', "
    "'revert' or 'other'"
)


@pytest.mark.parametrize(
    ("change", "field", "message"),
    [
        ({"date": "2026-02-30"}, "date", NO_DATE),
        ({"date": "2027-02-29"}, "date", NO_DATE),
        ({"date": "0000-01-01"}, "date", NO_DATE),
        ({"date": "2027-1-1"}, "date", A_DATE),
        ({"date": "20270101"}, "date", A_DATE),
        ({"date": "2027-W01-1"}, "date", A_DATE),
        ({"date": f"{DAY}T00:00"}, "date", A_DATE),
        ({"date": 20270101}, "date", A_DATE),
        ({"date": "２０２７-01-01"}, "date", A_DATE),
        ({"date": None}, "date", ONE_FORM),
        ({"timeSlots": None}, "timeSlots", ONE_FORM),
        ({"timeSlots": {}}, "timeSlots", "use a list"),
        ({"timeSlots": ["09:00"]}, "timeSlots[0]", "use an object"),
        ({"timeSlots": [{}]}, "timeSlots[0].time", "this field is required"),
        ({"timeSlots": [{"time": "24:00"}]}, "timeSlots[0].time", A_TIME),
        ({"timeSlots": [{"time": "9:00"}]}, "timeSlots[0].time", A_TIME),
        ({"timeSlots": [{"time": "09:00:00"}]}, "timeSlots[0].time", A_TIME),
        ({"timeSlots": [{"time": "09:00\n"}]}, "timeSlots[0].time", A_TIME),
        ({"timeSlots": [{"time": 900}]}, "timeSlots[0].time", A_TIME),
        ({"timeSlots": [{**NINE, "durationMinutes": 60.5}]}, "timeSlots[0].durationMinutes", AN_INTEGER),
        ({"timeSlots": [{**NINE, "durationMinutes": "60"}]}, "timeSlots[0].durationMinutes", AN_INTEGER),
        ({"timeSlots": [{**NINE, "durationMinutes": True}]}, "timeSlots[0].durationMinutes", AN_INTEGER),
        ({"timeSlots": [{**NINE, "durationMinutes": None}]}, "timeSlots[0].durationMinutes", AN_INTEGER),
        (
            {"timeSlots": [{**NINE, "durationMinutes": 4}]},
            "timeSlots[0].durationMinutes",
            "use 5 or more",
        ),
        (
            {"timeSlots": [NINE, {"time": "10:00", "durationMinutes": 721}]},
            "timeSlots[1].durationMinutes",
            "use 720 or less",
        ),
        ({"timeSlots": [{**NINE, "colour": "red"}]}, "timeSlots[0].colour", UNKNOWN),
        ({"timeslots": []}, "timeslots", UNKNOWN),
        ({"dry_run": True}, "dry_run", UNKNOWN),
        ({"a\0b" + "c" * 100: 1}, "a?b" + "c" * 61, UNKNOWN),
        ({"version": 3.5}, "version", AN_INTEGER),
        ({"version": 1e300}, "version", "use 2147483647 or less"),
        ({"version": True}, "version", AN_INTEGER),
        ({"version": "3"}, "version", AN_INTEGER),
        ({"version": -1}, "version", "use 0 or more"),
        ({"version": 2**31}, "version", "use 2147483647 or less"),
        ({"version": 10**400}, "version", "use 2147483647 or less"),
        ({"dryRun": "true"}, "dryRun", "use true or false"),
        ({"dryRun": 1}, "dryRun", "use true or false"),
        ({"reason": "bored"}, "reason", REASONS),
        ({"notes": "x" * 501}, "notes", "use at most 500 characters"),
        ({"notes": "a\0b"}, "notes", VALID_TEXT),
        ({"notes": "\ud800"}, "notes", VALID_TEXT),
        ({"notes": ["x"]}, "notes", "use a string"),
        ({"tutorId": "nobody"}, "tutorId", A_UUID),
        ({"tutorId": None}, "tutorId", A_UUID),
        ({"tutorId": "{2f1e7c1a-4b5d-4e0b-9c53-6a1a6c1f8d20}"}, "tutorId", A_UUID),
        ({"date": None, "timeSlots": None, "days": []}, "days", "use at least 1 item, not 0"),
        ({"date": None, "days": [VALID]}, "timeSlots", WITH_DAYS),
        ({"date": None, "timeSlots": None, "version": 1, "days": [VALID]}, "version", WITH_DAYS),
        ({"date": None, "timeSlots": None, "days": [{"date": DAY}]}, "days[0].timeSlots", "this field is required"),
        (
            {"date": None, "timeSlots": None, "days": [VALID, VALID]},
            "days[1].date",
            f"{DAY} is already in days[0]: send each date once",
        ),
        ({"date": "1999-12-31"}, "date", None),
        ({"date": "9999-12-31"}, "date", None),
        ({"timeSlots": [NINE, NINE]}, "timeSlots[1].time", "the slot at 09:00 begins before the one at 09:00 ends"),
    ],
    ids=lambda value: repr(value)[:50],
)
def test_an_error_names_the_wrong_field_and_says_what_to_send(
    api: Api, engine: Engine, tutor: Tutor, change: dict[str, Any], field: str, message: str | None
) -> None:
    answer = put(api, tutor, json.dumps({"tutorId": str(tutor.id), **VALID, **change}).encode())
    errors = errors_of(answer)
    assert errors == [(field, message if message is not None else errors[0][1])]
    assert stored_slots(engine, tutor) == []


@pytest.mark.parametrize(
    ("forms", "errors"),
    [
        ({}, [("date", ONE_FORM), ("timeSlots", ONE_FORM)]),
        (
            {"days": [VALID], **VALID, "version": 1},
            [("date", WITH_DAYS), ("timeSlots", WITH_DAYS), ("version", WITH_DAYS)],
        ),
        (
            {"revert": "x", "days": [VALID], "date": DAY},
            [("revert", A_UUID), ("date", WITH_REVERT), ("days", WITH_REVERT)],
        ),
        ({"date": DAY, "timeslots": [NINE]}, [("timeSlots", ONE_FORM), ("timeslots", UNKNOWN)]),
        ({"revertt": "x"}, [("date", ONE_FORM), ("timeSlots", ONE_FORM), ("revertt", UNKNOWN)]),
        ({"days": [VALID], "date": DAY, "foo": 1}, [("date", WITH_DAYS), ("foo", UNKNOWN)]),
        ({"revert": "x", "days": None, "date": None}, [("revert", A_UUID)]),
        ({"days": {}}, [("days", "use a list")]),
        ({"days": [VALID], "colour": "red"}, [("colour", UNKNOWN)]),
    ],
)
def test_an_update_has_one_form(api: Api, tutor: Tutor, forms: dict[str, Any], errors: list[tuple[str, str]]) -> None:
    """There are three forms: one day, several days, or a revert. The error names each field of another form."""
    assert errors_of(put(api, tutor, json.dumps({"tutorId": str(tutor.id), **forms}).encode())) == errors


def test_a_whole_number_may_have_a_fraction_of_zero(api: Api, engine: Engine, tutor: Tutor) -> None:
    """JSON has only one type of number. In JSON Schema, 45.0 is an integer."""
    slot = '{"time": "09:00", "durationMinutes": 45.0}'
    body = f'{{"tutorId": "{tutor.id}", "date": "{DAY}", "version": 0.0, "timeSlots": [{slot}]}}'
    assert put(api, tutor, body.encode()).json["days"][0]["timeSlots"][0]["durationMinutes"] == 45
    assert stored_slots(engine, tutor) == [(monday(), time(9), 45)]
    weeks = api.call("weekly_stats", "POST", body=b'{"weeks": 1.0}', token=ADMIN)
    assert weeks.status == 200


def test_more_than_288_slots_on_a_day_are_refused(api: Api, tutor: Tutor) -> None:
    time_slots = [{"time": f"{i // 60:02}:{i % 60:02}", "durationMinutes": 5} for i in range(289)]
    body = {"tutorId": str(tutor.id), "date": DAY, "timeSlots": time_slots}
    ((field, _),) = errors_of(put(api, tutor, json.dumps(body).encode()))
    assert field == "timeSlots"


def test_a_field_that_is_sent_twice_is_refused(api: Api, tutor: Tutor) -> None:
    """JSON parsers differ: some use the first value, and some the last."""
    body = json.dumps({"tutorId": str(tutor.id), **VALID})
    assert errors_of(put(api, tutor, body.replace("{", '{"date": "2027-01-01", ', 1).encode())) == [
        ("date", "send this field once")
    ]
    assert errors_of(put(api, tutor, body.replace('"time":', '"time": "10:00", "time":').encode())) == [
        ("time", "send this field once")
    ]


def test_an_answer_names_all_wrong_fields(api: Api, tutor: Tutor) -> None:
    body = {"tutorId": str(tutor.id), "date": "soon", "timeSlots": [{"time": "x"}], "reason": 1}
    errors = errors_of(put(api, tutor, json.dumps(body).encode()))
    assert [field for field, _ in errors] == ["date", "timeSlots[0].time", "reason"]


def test_overlapping_slots_have_their_own_code(api: Api, tutor: Tutor) -> None:
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=DAY, timeSlots=slots("09:00", "09:30"))
    assert (answer.status, answer.json["code"]) == (400, "overlapping_slots")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "tutorId"),
        ("tutorId=", "tutorId"),
        ("tutorId=x", "tutorId"),
        ("tutorId={id}&tutorId={id}", "tutorId"),
        ("tutorId={id}%00", "tutorId"),
        ("tutorId={id}&startDate=2026-02-30", "startDate"),
        ("tutorId={id}&startDate=2026-13-01", "startDate"),
        ("tutorId={id}&startDate=9999-12-31", "startDate"),
        ("tutorId={id}&startDate=2026-03-02&endDate=2026-03-01", "endDate"),
        ("tutorId={id}&endDate=2020-01-01", "endDate"),
        ("tutorId={id}&endDate=9999-12-31", "endDate"),
        ("tutorId={id}&startdate=2026-03-01", "startdate"),
        ("tutorId={id}&%ff=1", "%FF"),
        ("tutorId={id}&=1", ""),
    ],
)
def test_an_error_names_the_invalid_parameter(api: Api, tutor: Tutor, query: str, field: str) -> None:
    answer = api.call("get_availability", query=query.replace("{id}", str(tutor.id)))
    assert [name for name, _ in errors_of(answer)] == [field]


PARAMETERS = [
    (name, field.alias)
    for name, declarations_of in declarations().items()
    for declared in declarations_of
    if declared.query is not None
    for field in declared.query.model_fields.values()
]


@pytest.mark.parametrize(("function", "parameter"), PARAMETERS)
@pytest.mark.parametrize("form", ["{}=", "{}"])
def test_an_empty_parameter_is_refused(api: Api, tutor: Tutor, function: str, parameter: str, form: str) -> None:
    """Otherwise an empty `tutorId` would return the statistics of all tutors."""
    required = {"tutors": {}, "find_slots": WINDOW}.get(function, {"tutorId": tutor.id})
    query = "&".join([form.format(parameter), *(f"{name}={required[name]}" for name in required.keys() - {parameter})])
    message = "this parameter is empty: add a value, or leave it out"
    assert errors_of(api.call(function, query=query, token=ADMIN)) == [(parameter, message)]


@pytest.mark.parametrize("api", HOSTS, indirect=True)
@pytest.mark.parametrize(("query", "field"), [("tutorId=é", "tutorId"), ("☃=1", "tutorId"), ("tutorId={id}&é=1", "é")])
def test_queries_with_characters_that_are_not_encoded_get_400(api: Api, tutor: Tutor, query: str, field: str) -> None:
    """Browsers percent-encode queries. Other programs may not."""
    answer = api.call("get_availability", query=query.replace("{id}", str(tutor.id)))
    assert field in [name for name, _ in errors_of(answer)]


@pytest.mark.parametrize("function", READERS)
def test_queries_that_are_not_utf_8_get_400(tutor: Tutor, environment: None, function: str) -> None:
    headers = {"Authorization": f"Bearer {tutor.token}"}
    environ = EnvironBuilder(headers=headers.items()).get_environ()
    environ["QUERY_STRING"] = "tutorId=\xe9\xff"  # WSGI decodes all bytes as Latin-1
    _, status, _ = run_wsgi_app(framework_app(function), environ)
    assert status.startswith("400")
    event = function_url_event("GET", "tutorId=\udcff", b"", headers)
    assert importlib.import_module(f"functions.{function}.main").handler(event, None)["statusCode"] == 400


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=6), children, max_size=3),
    max_leaves=8,
)
names = st.sampled_from(["date", "timeSlots", "days", "version", "reason", "notes", "dryRun", "tutorId", "revert"])


@pytest.mark.parametrize("api", HOSTS, indirect=True)
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(names, json_values, max_size=4), st.booleans())
def test_no_json_body_gets_500(api: Api, tutor: Tutor, fields: dict[str, Any], has_valid_fields: bool) -> None:
    base = {"tutorId": str(tutor.id), "dryRun": True, **(VALID if has_valid_fields else {})}
    answer = api.call("update_availability", "PUT", json={**base, **fields}, token=tutor.token)
    assert answer.status in (200, 400, 403, 412)


@pytest.mark.parametrize("api", HOSTS, indirect=True)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60))
def test_no_bytes_get_500(api: Api, tutor: Tutor, body: bytes) -> None:
    assert put(api, tutor, body).status == 400


@pytest.mark.parametrize("api", HOSTS, indirect=True)
@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["tutorId", "startDate", "endDate", "days", "limit", "cursor", "action", "reason", "date"])
    | st.sampled_from(["from", "to", "tutorIds", "tags", "minMinutes", "perTutor"]),
    st.text(max_size=12),
)
def test_no_query_gets_500(api: Api, tutor: Tutor, name: str, value: str) -> None:
    for function in READERS:
        required = WINDOW if function == "find_slots" else {"tutorId": tutor.id}
        query = {**required, name: value.encode("utf-8", "surrogatepass")}
        assert api.call(function, query=query, token=tutor.token).status in (200, 400, 403)


def test_ids_may_be_in_upper_case(api: Api, tutor: Tutor) -> None:
    body = api.read(tutorId=str(tutor.id).upper()).json
    assert UUID(body["tutorId"]) == tutor.id
