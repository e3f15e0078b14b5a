"""The history as CSV. It has all entries, is sent in parts, and has no formulas that a spreadsheet would run."""

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import Engine, text
from werkzeug.test import EnvironBuilder, run_wsgi_app

from common.errors import Unavailable
from migrations.log_tables import tutor_availability_log
from tests.builders import Tutor, add_tutor, log_rows, monday, slots
from tests.hosts import Answer, Api, framework_app

DAY = monday()
HEADER = [
    "id",
    "tutorId",
    "date",
    "startTime",
    "durationMinutes",
    "action",
    "reason",
    "changedAt",
    "changedBy",
    "notes",
    "changeSetId",
    "version",
    "source",
    "timeZone",
]


def save(api: Api, tutor: Tutor, *starts: str, **body: Any) -> None:
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots(*starts), **body)
    assert answer.json["audit"] == "recorded"


def table(answer: Answer) -> list[list[str]]:
    assert answer.status == 200
    return list(csv.reader(io.StringIO(answer.body.decode(), newline=""), strict=True))


def test_csv_has_the_same_entries_as_json(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00", "10:00")
    save(api, tutor, "10:00", reason="illness", notes='so "ill",\r\nreally; æøå 🤧')
    answer = api.history(tutor.token, tutorId=tutor.id, format="csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="availability-history-{tutor.id}.csv"'
    assert answer.headers["x-missing-versions"] == "0"
    header, *rows = table(answer)
    assert header == HEADER
    entries = api.history(tutor.token, tutorId=tutor.id).json["entries"]
    assert rows == [["" if entry[name] is None else str(entry[name]) for name in HEADER] for entry in entries]


FORMULAS = {
    **{notes: f"'{notes}" for notes in ("=1+1", "+1", "-1", "@SUM(A1)", " =1+1", "\t", "\rx", "\nx")},
    **{notes: f"'{notes}" for notes in ("\uff1d1+1", "\uff0b1", "\uff0d1", "\uff20A1", "=cmd|' /C calc'!A0")},
    "ill;=1+1": "ill;'=1+1",  # two cells for a spreadsheet that uses semicolons as separators
    "\t=1": "'\t'=1",
}


def test_notes_that_look_like_formulas_are_written_as_text(api: Api, engine: Engine) -> None:
    """Otherwise a spreadsheet would run the formulas when somebody opens the file."""
    tutor = add_tutor(engine)
    harmless = ["1 = 1", "'quoted'", "a@b.example", "not -1"]
    for number, notes in enumerate([*FORMULAS, *harmless]):
        save(api, tutor, f"{number:02}:00", notes=notes)
    header, *rows = table(api.history(tutor.token, tutorId=tutor.id, format="csv", action="ADDED"))
    assert [row[header.index("notes")] for row in reversed(rows)] == [*FORMULAS.values(), *harmless]


def test_csv_is_filtered_and_ignores_limit_and_cursor(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    for starts in (("09:00", "10:00"), ("10:00",), ()):
        save(api, tutor, *starts, reason="illness" if starts else "vacation")
    cursor = api.history(tutor.token, tutorId=tutor.id, limit=1).json["nextCursor"]
    query = {"tutorId": tutor.id, "format": "csv", "limit": 1, "cursor": cursor}
    assert len(table(api.history(tutor.token, **query))) == 1 + 4
    assert len(table(api.history(tutor.token, **{**query, "limit": 0, "cursor": "nonsense"}))) == 1 + 4
    assert len(table(api.history(tutor.token, **query, reason="illness", action="ADDED"))) == 1 + 2
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log where version = 2"))
    assert api.history(tutor.token, **query).headers["x-missing-versions"] == "1"


@pytest.fixture
def tutor_with_many_entries(engine: Engine) -> Tutor:
    """A tutor with more entries than one read returns. Many entries have the same instant."""
    tutor = add_tutor(engine)
    with engine.begin() as connection:
        fill = text("""
            insert into tutor_availability_log
            select gen_random_uuid(), :tutor, date '2026-11-23', time '09:00', 60, 'ADDED', 'other',
              now() - (number / 700) * interval '1 minute', null, null, gen_random_uuid(), number, 'recorded', 1
            from generate_series(1, 2500) as number
        """)
        connection.execute(fill, {"tutor": tutor.id})
    return tutor


def test_several_reads_return_all_entries_in_order(api: Api, engine: Engine, tutor_with_many_entries: Tutor) -> None:
    _, *rows = table(api.history(tutor_with_many_entries.token, tutorId=tutor_with_many_entries.id, format="csv"))
    expected = sorted(log_rows(engine, tutor_with_many_entries), key=lambda row: (row.changed_at, row.id), reverse=True)
    assert [row[0] for row in rows] == [str(row.id) for row in expected]


def test_a_part_is_sent_before_the_next_part_is_read(engine: Engine, api: Api, tutor_with_many_entries: Tutor) -> None:
    """An error after the first part closes the connection, so the client can see that the file isn't complete."""
    app = framework_app("audit_history")
    builder = EnvironBuilder(
        query_string=f"tutorId={tutor_with_many_entries.id}&format=csv",
        headers=[("Authorization", f"Bearer {tutor_with_many_entries.token}")],
    )
    parts, status, _ = run_wsgi_app(app, builder.get_environ(), buffered=False)
    assert status == "200 OK"
    parts = iter(parts)
    assert next(parts).startswith(b"id,tutorId,date")
    assert next(parts).count(b"\r\n") == 1000
    with engine.begin() as connection:
        tutor_availability_log.drop(connection)
    with pytest.raises(Exception, match="the database isn't available"):
        next(parts)


def test_an_error_before_the_first_part_is_a_problem_answer(api: Api, engine: Engine) -> None:
    tutor, other = add_tutor(engine), add_tutor(engine)
    answer = api.history(other.token, tutorId=tutor.id, format="csv")
    assert (answer.status, answer.headers["content-type"]) == (403, "application/problem+json")
    answer = api.history(tutor.token, tutorId=tutor.id, format="xml")
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "format")


def test_a_history_without_entries_has_only_the_header(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    assert table(api.history(tutor.token, tutorId=tutor.id, format="csv")) == [HEADER]


def test_an_answer_too_large_for_lambda_is_an_error(
    api: Api, tutor_with_many_entries: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise Lambda would answer 502, without a reason."""
    monkeypatch.setattr("common.web.lambda_adapter.MAX_ANSWER_BYTES", 100_000)
    query = {"tutorId": tutor_with_many_entries.id, "format": "csv"}
    headers = {"Origin": "https://app.example", "X-Request-Id": "mine"}
    answer = api.call("audit_history", query=query, token=tutor_with_many_entries.token, headers=headers)
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "query")
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.headers["x-request-id"], answer.headers["access-control-allow-origin"]) == (
        "mine",
        headers["Origin"],
    )


def test_on_lambda_an_error_after_the_first_part_is_a_problem_answer(
    api: Api, tutor_with_many_entries: Tutor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On Lambda, nothing is sent before the answer is complete. The answer and the log line have the request id."""

    def broken(*_: object) -> None:
        raise Unavailable("the database isn't available right now; please try again")

    monkeypatch.setattr("common.web.history_csv._cell", broken)
    answer = api.call(
        "audit_history",
        query={"tutorId": tutor_with_many_entries.id, "format": "csv"},
        token=tutor_with_many_entries.token,
    )
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["message"], line["requestId"]) == ("answer not sent", answer.headers["x-request-id"])
