"""Both hosts of the functions give the same answers: functions-framework's app and the Lambda handler.

The same requests are sent to each host, with the same data. Statuses, headers, bodies and log lines are compared. Most
other tests call the Lambda handler only.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, insert, text

from common.db.connection import OneFlushConnection
from deploy.stages import methods
from migrations.base import metadata
from migrations.tables import tutors
from tests.builders import ADMIN, Tutor, add_booking, add_slots, make_token, monday, slots
from tests.hosts import HOSTS, Answer, Api

DAY = monday()
TUTOR, OTHER = (Tutor(UUID(int=n), f"auth0|{n}", make_token(f"auth0|{n}")) for n in (1, 2))
ORIGIN = {"Origin": "https://app.example"}
FUNCTIONS = methods()
SEARCH = f"from={DAY}T00:00:00Z&to={DAY + timedelta(days=1)}T00:00:00Z"
READERS = [name for name, supported in FUNCTIONS.items() if "GET" in supported]

# Patterns of values that differ each time, and the words that replace them before the comparison.
MASKS = {
    r"[0-9a-f]{8}-[0-9a-f]{4}-[45][0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}": "a random UUID",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(\+00:00|Z)": "an instant",
    r'"nextCursor":"[^"]+"': '"nextCursor":"a cursor"',
    r'"durationMs":[ \d.]+': '"durationMs":"a duration"',
    r'"[0-9a-f]{40}"': '"an ETag"',
    r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [\d:]{8} GMT": "a date",
}


def masked(text: str) -> str:
    """Replace the values that differ each time, and return the text."""
    for pattern, word in MASKS.items():
        text = re.sub(pattern, word, text)
    return text


def comparable(answer: Answer) -> Any:
    """Return status, headers and body, without values that differ each time."""
    return answer.status, {name: masked(value) for name, value in answer.headers.items()}, masked(answer.body.decode())


@dataclass(frozen=True)
class Request:
    """A request. `{etag}`, `{nextCursor}` and `{changeSetId}` stand for this value in the latest answer that has it."""

    function: str
    method: str = "GET"
    token: str | None = TUTOR.token
    query: str = f"tutorId={TUTOR.id}"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


def edit(*starts: str, headers: dict[str, str] | None = None, method: str = "PUT", **more: Any) -> Request:
    body = {"tutorId": str(TUTOR.id), "date": str(DAY), "timeSlots": slots(*starts), **more}
    return update({name: value for name, value in body.items() if value is not None}, headers, method)


def update(body: dict[str, Any], headers: dict[str, str] | None = None, method: str = "PUT") -> Request:
    content_type = {"Content-Type": "application/json"}
    return Request(
        "update_availability", method, body=json.dumps(body).encode(), headers=content_type | (headers or {})
    )


def book(start: str) -> bytes:
    return json.dumps({"tutorId": str(TUTOR.id), "date": str(DAY), "time": start}).encode()


def save_tutor(**fields: Any) -> bytes:
    body = {"tutorId": str(TUTOR.id), "userId": TUTOR.user_id, "name": "Ada", "timeZone": "Europe/Copenhagen", **fields}
    return json.dumps(body).encode()


def save_schedule(time: str | None = "09:00", *, more: str | None = None, **fields: Any) -> bytes:
    """Return a body whose schedule publishes one slot. `more` is the start of a second one on the same weekday."""
    slots = [{"weekday": "TUE", "time": each, "durationMinutes": 60} for each in (time, more) if each is not None]
    schedule = {"validFrom": str(DAY), "everyWeeks": 4, "weeksAhead": 3, "slots": slots}
    return json.dumps({"tutorId": str(TUTOR.id), "schedule": schedule, **fields}).encode()


read = partial(Request, "get_availability", token=None)
find = partial(Request, "find_slots", token=None, query=SEARCH)
schedule = partial(Request, "weekly_schedule", "PUT", query="")
history = partial(Request, "audit_history")
ALL_THE_DAYS = f"tutorId={TUTOR.id}&startDate={DAY}&endDate={DAY + timedelta(days=91)}"
ODD_QUERIES = ["", "tutorId", "tutorId=", "=&&=", "tutorId=%ff", "tutorId=%00", "%ff=1", "tutorId=+", "a;b"]
ODD_BODIES = [
    b"",
    b"{",
    b"[]",
    b"\xff\xfe{\x00}\x00",
    b'{"notes": "\xff"}',
    b"\xef\xbb\xbf{}",
    b"[" * 9999,
    b" " * 300_000,
]
ODD_HEADERS = [
    {"X-Request-Id": "mine"},
    {"X-Request-Id": "a b"},
    {"X-Request-Id": "\xe9"},
    {"Authorization": "Basic dXNlcjpwYXNz"},
    {"Authorization": "Bearer \xe9"},
    {"Content-Type": "text/plain; charset=latin-1"},
    {"Content-Type": "multipart/form-data; boundary=x"},
    {"Accept-Encoding": "gzip, br"},
    {"Range": "bytes=0-10"},
    {"Cookie": "a=b; c=d"},
    {"Expect": "nothing"},
    {"X-Forwarded-For": "198.51.100.1"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
]
REQUESTS = [
    # Edits. Each changes at most one slot, because entries of the same instant are sorted by their random ids.
    edit("09:00"),
    edit("09:00", "10:00", notes='æøå 🤧, "quoted"\r\nand =1+1', method="POST"),
    edit("09:00", "10:00", version=0),
    edit("09:00", headers={"If-Match": '"7"'}),
    edit("09:00", headers={"If-Match": '"2"'}, reason="illness"),
    edit("09:00", "09:30"),
    edit("09:00", date="2001-01-01"),
    edit("09:00", dryRun=True),
    edit("25:00", colour="red"),
    edit("09:00", "11:00"),
    update({"tutorId": str(TUTOR.id), "revert": "{changeSetId}"}),
    update({"tutorId": str(TUTOR.id), "revert": str(UUID(int=99))}),
    update({"tutorId": str(TUTOR.id), "days": [{"date": str(DAY), "timeSlots": slots("09:00", "10:00")}]}),
    Request("update_availability", "PUT", OTHER.token, body=edit("08:00").body),
    Request("update_availability", "PUT", ADMIN, body=edit("10:00").body, headers=ORIGIN),
    Request("update_availability", "PUT", OTHER.token, body=edit(tutorId=str(OTHER.id)).body),
    *(Request("update_availability", "PUT", body=body) for body in ODD_BODIES),
    # Bookings: a new one, the same again, another one with its key, a booked slot, and a slot that isn't offered.
    *(
        Request("bookings", "POST", token, query="", body=book(start), headers={"Idempotency-Key": "a key"})
        for token, start in ((OTHER.token, "10:00"),) * 2 + ((OTHER.token, "09:00"), (ADMIN, "10:00"), (ADMIN, "23:00"))
    ),
    Request("bookings"),
    Request("bookings", query="studentId=me", token=OTHER.token, headers=ORIGIN),
    # Reads: existing and unknown tutors, conditional requests, an instant in the past, pages, CSV, large answers.
    read(),
    read(headers={"If-None-Match": "{etag}"} | ORIGIN),
    read(headers={"If-None-Match": '"other", {etag}'}),
    read(headers={"If-None-Match": "*", "If-Match": '"other"'}),
    read(headers={"Range": "bytes=0-10"}),
    read(query=ALL_THE_DAYS, headers=ORIGIN),
    read(query=f"tutorId={TUTOR.id}&explain=true", token=TUTOR.token),
    read(query=f"tutorId={TUTOR.id}&asOf=2026-01-01T00:00:00Z"),
    read(query=f"tutorId={UUID(int=99)}"),
    find(),
    find(headers={"If-None-Match": "{etag}"} | ORIGIN),
    find(query=f"{SEARCH}&limit=1", token=OTHER.token),
    find(query=f"{SEARCH}&limit=1&cursor={{nextCursor}}"),
    find(query=f"{SEARCH}&tutorIds={TUTOR.id},{UUID(int=99)}&perTutor=1"),
    find(query=f"{SEARCH}&perTutor=1"),
    find(query=f"{SEARCH}&tags=piano"),
    history(),
    history(query=f"tutorId={TUTOR.id}&limit=2"),
    history(query=f"tutorId={TUTOR.id}&limit=2&cursor={{nextCursor}}"),
    history(query=f"tutorId={TUTOR.id}&format=csv"),
    history(query=f"tutorId={TUTOR.id}&format=csv&reason=vacation"),
    history(query=f"tutorId={OTHER.id}&format=csv", token=OTHER.token),
    history(query=f"tutorId={OTHER.id}&limit=1000", token=ADMIN),
    history(query="limit=3&to=2027-01-01T00:00:00Z&from=2026-12-01T00:00:00Z&late=true", token=ADMIN),
    history(query=f"tutorId={UUID(int=99)}", token=ADMIN),
    Request("audit_stats"),
    Request("audit_stats", query="", token=ADMIN),
    Request("weekly_stats", "POST", ADMIN, query="", body=b'{"weeks": 3}'),
    Request("weekly_stats", "POST", ADMIN, query="", body=b'{"weeks": 0}'),
    Request("audit_repair", "POST", ADMIN, query=""),
    Request("audit_repair", "POST", ADMIN, query="", body=b'{"weeks": 3}'),
    Request("audit_stats", query="", token=ADMIN),
    Request("tutors", query="", token=ADMIN),
    Request("tutors", query="userId=me", token=TUTOR.token),
    Request("tutors", query=f"tutorId={UUID(int=99)}", token=None),
    Request("tutors", "PUT", ADMIN, query="", body=save_tutor()),
    Request("tutors", "PUT", ADMIN, query="", body=save_tutor(userId=OTHER.user_id)),
    # A weekly schedule is saved, saved again, refused, published, read and withdrawn.
    *(schedule(token, body=save_schedule(dryRun=dry)) for token in (TUTOR.token, OTHER.token) for dry in (True, False)),
    schedule(ADMIN, body=save_schedule(version=0)),
    schedule(ADMIN, body=save_schedule("10:00", version=0)),
    schedule(body=save_schedule("25:00")),
    schedule(body=save_schedule(more="09:30")),
    schedule(ADMIN, body=save_schedule(tutorId=str(UUID(int=99)))),
    Request("weekly_schedule"),
    Request("weekly_schedule", query=f"tutorId={UUID(int=99)}", token=ADMIN),
    Request("publish_schedules", "POST", ADMIN, query=""),
    Request("publish_schedules", "POST", ADMIN, query="", body=b'{"weeks": 3}'),
    schedule(body=save_schedule(schedule=None)),
    # Requests to every function: all methods, with and without a token, preflights, unexpected queries and headers.
    *(
        Request(function, method, token, headers=headers)
        for function in FUNCTIONS
        for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
        for token in (TUTOR.token, None)
        for headers in (ORIGIN, {"Origin": "https://evil.example"})
    ),
    *(Request(function, FUNCTIONS[function][0], OTHER.token) for function in FUNCTIONS),
    *(
        Request(function, query=query, token=token)
        for function in READERS
        for query in ODD_QUERIES
        for token in (None, ADMIN)
    ),
    *(Request(function, FUNCTIONS[function][0], headers=odd) for function in FUNCTIONS for odd in ODD_HEADERS),
]


def reset_data(engine: Engine) -> None:
    """Empty the tables. Add a tutor without slots, and a tutor with a booked slot and a long history."""
    with engine.begin() as connection:
        connection.execute(text(f"truncate {', '.join(metadata.tables)}"))
        for tutor, zone in ((TUTOR, "Europe/Copenhagen"), (OTHER, "America/New_York")):
            row = {"id": tutor.id, "user_id": tutor.user_id, "name": "Ada", "time_zone": zone}
            connection.execute(insert(tutors).values(row))
        entries = """
            insert into tutor_availability_log
            select cast(md5(cast(number as text)) as uuid), :tutor, :day, time '09:00', 60, 'ADDED', 'other',
              now() - number * interval '1 second', null, 'æ', cast(md5('set') as uuid), number, 'recorded', 1
            from generate_series(1, 2500) as number
        """
        connection.execute(text(entries), {"tutor": OTHER.id, "day": DAY})
    add_slots(engine, OTHER, DAY, "09:00")
    add_booking(engine, OTHER, DAY, "09:00")


def send_all(api: Api, capsys: pytest.CaptureFixture[str]) -> list[Any]:
    """Send all requests; return each with its answer and its log lines."""
    latest: dict[str, str] = {}
    results = []

    def fill(value: str) -> str:
        for name, last in latest.items():
            value = value.replace("{" + name + "}", last)
        return value

    for request in REQUESTS:
        headers = {name: fill(value) for name, value in request.headers.items()}
        body = fill(request.body.decode()).encode() if b"{changeSetId}" in request.body else request.body
        answer = api.call(
            request.function, request.method, query=fill(request.query), token=request.token, headers=headers, body=body
        )
        latest |= dict(re.findall(r'"(changeSetId|nextCursor)":"([^"]+)"', answer.body.decode()))
        latest |= {name: answer.headers[name] for name in ("etag",) if name in answer.headers}
        results.append((request, comparable(answer), masked(capsys.readouterr().out)))
    return results


def test_both_hosts_give_the_same_answers(
    environment: None, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    results_by_host = []
    for host in HOSTS.values():
        reset_data(engine)
        results_by_host.append(send_all(Api(host), capsys))
    for through_framework, on_lambda in zip(*results_by_host, strict=True):
        assert through_framework == on_lambda
    statuses: dict[str, set[int]] = {function: set() for function in FUNCTIONS}
    for request, (status, _, _), _ in results_by_host[0]:
        statuses[request.function].add(status)
    assert statuses == {
        "get_availability": {200, 204, 304, 400, 403, 404, 405},
        "find_slots": {200, 204, 304, 400, 403, 405},
        "update_availability": {200, 204, 400, 401, 403, 404, 405, 409, 412, 413},
        "audit_history": {200, 204, 400, 401, 403, 404, 405},
        "audit_stats": {200, 204, 400, 401, 403, 405},
        "weekly_schedule": {200, 204, 400, 401, 403, 404, 405, 412},
        "publish_schedules": {200, 204, 400, 401, 403, 405},
        "weekly_stats": {200, 204, 400, 401, 403, 405},
        "audit_repair": {200, 204, 400, 401, 403, 405},
        "tutors": {200, 204, 400, 401, 403, 404, 405, 409},
        "bookings": {200, 201, 204, 400, 401, 403, 404, 405, 409, 422},
    }


def broken(*_: object) -> None:
    raise RuntimeError("postgresql://user:password@host/")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"DATABASE_URL": "postgresql://postgres@127.0.0.1:1/app"}, 503),
        ({"DATABASE_URL": "mysql://me:secret@host/db"}, 500),
        ({"AUDIT_BUDGET_MS": "soon"}, 500),
        ({}, 500),
    ],
    ids=["no database", "an invalid URL", "an invalid number", "an unexpected error"],
)
@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.usefixtures("environment")
def test_both_hosts_give_the_same_answers_to_errors(
    function: str,
    changes: dict[str, str],
    status: int,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in changes.items():
        monkeypatch.setenv(name, value)
    if not changes:
        monkeypatch.setattr(OneFlushConnection, "handle_messages", broken)
    method = FUNCTIONS[function][0]
    body = edit("09:00").body if method == "PUT" else b""
    query = "" if method != "GET" else SEARCH if function == "find_slots" else f"tutorId={TUTOR.id}"
    results = []
    for host in HOSTS.values():
        answer = Api(host).call(function, method, query=query, body=body, token=ADMIN)
        results.append((comparable(answer), masked(capsys.readouterr().out)))
    assert results[0] == results[1]
    assert results[0][0][0] == status
