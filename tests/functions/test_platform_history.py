"""`audit_history` without `tutorId`: the entries of all tutors, for admins."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from tests.builders import ADMIN, Tutor, add_tutor, clock_at, log_rows, monday, slots
from tests.hosts import Answer, Api

DAY = monday()
NEW_YORK = "America/New_York"


@pytest.fixture
def ada(engine: Engine) -> Tutor:
    return add_tutor(engine)


@pytest.fixture
def bob(engine: Engine) -> Tutor:
    return add_tutor(engine, NEW_YORK)


def edit(api: Api, tutor: Tutor, *starts: str, **body: Any) -> None:
    fields = {"tutorId": str(tutor.id), "date": str(DAY), "timeSlots": slots(*starts), **body}
    assert api.update(tutor.token, **fields).json["audit"] == "recorded"


def move(engine: Engine, tutor: Tutor, changed_at: datetime) -> None:
    """Move the tutor's edits to another instant."""
    with engine.begin() as connection:
        values = {"tutor": tutor.id, "at": changed_at}
        connection.execute(text("update tutor_availability_log set changed_at = :at where tutor_id = :tutor"), values)
        connection.execute(text("update tutor_days set updated_at = :at where tutor_id = :tutor"), values)


def errors_of(answer: Answer) -> tuple[int, dict[str, str]]:
    return answer.status, {error["field"]: error["message"] for error in answer.json["errors"]}


def pages(api: Api, **query: Any) -> Iterator[list[Any]]:
    while True:
        page = api.history(ADMIN, **query).json
        yield page["entries"]
        if page["nextCursor"] is None:
            return
        query["cursor"] = page["nextCursor"]


def test_admins_get_the_entries_of_all_tutors_newest_first(api: Api, ada: Tutor, bob: Tutor) -> None:
    edit(api, ada, "09:00")
    edit(api, bob, "09:00", notes="new")
    edit(api, ada, reason="illness")
    before = datetime.now(UTC)
    answer = api.history(ADMIN)
    assert answer.status == 200, answer.body
    last, second, first = answer.json["entries"]
    of_ada = api.history(ADMIN, tutorId=ada.id).json["entries"]
    assert ([last, first], [second]) == (of_ada, api.history(ADMIN, tutorId=bob.id).json["entries"])
    assert (second["timeZone"], second["notes"]) == (NEW_YORK, "new")
    since, until = (datetime.fromisoformat(answer.json[name]) for name in ("from", "to"))
    assert (until - since, before <= until <= datetime.now(UTC)) == (timedelta(days=30), True)
    others = {"complete": True, "missingVersions": 0, "nextCursor": None}
    assert answer.json == {
        "from": answer.json["from"],
        "to": answer.json["to"],
        **others,
        "entries": [last, second, first],
    }


def test_only_admins_get_the_entries_of_all_tutors(api: Api, ada: Tutor) -> None:
    for query in ({}, {"format": "csv"}, {"late": "true"}, {"days": 7}):
        answer = api.history(ada.token, **query)
        assert (answer.status, answer.json["code"]) == (403, "forbidden")
    empty = api.history(ADMIN, tutorId="")
    assert errors_of(empty) == (400, {"tutorId": "this parameter is empty: add a value, or leave it out"})


def test_pages_have_each_entry_once_while_entries_are_added(api: Api, engine: Engine, ada: Tutor, bob: Tutor) -> None:
    """Both tutors' entries have the same instant."""
    for tutor in (ada, bob):
        edit(api, tutor, "08:00", "09:00", "10:00")
        move(engine, tutor, datetime(2026, 11, 1, 12, tzinfo=UTC))
    period = {"from": "2026-11-01T12:00:00Z", "to": "2026-11-02T00:00:00Z"}
    whole = api.history(ADMIN, **period).json["entries"]
    found = []
    for number, page in enumerate(pages(api, **period, limit=2)):
        edit(api, ada, f"1{number}:00", date=str(DAY + timedelta(days=1)))
        found.append(page)
    assert [len(page) for page in found] == [2, 2, 2]
    assert [entry for page in found for entry in page] == whole
    assert {entry["tutorId"] for entry in whole} == {str(ada.id), str(bob.id)}


def test_a_period_includes_its_start_and_not_its_end(api: Api, engine: Engine, ada: Tutor) -> None:
    edit(api, ada, "09:00")
    at = datetime(2026, 11, 1, 12, tzinfo=UTC)
    move(engine, ada, at)
    instant, later, earlier = (each.isoformat() for each in (at, at + timedelta(days=1), at - timedelta(days=1)))
    assert len(api.history(ADMIN, **{"from": instant, "to": later}).json["entries"]) == 1
    assert api.history(ADMIN, **{"from": earlier, "to": instant}).json["entries"] == []
    assert api.history(ADMIN, to=later).json["from"] == (at - timedelta(days=29)).isoformat()


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        (
            {"from": "2026-01-01T00:00:00Z", "to": "2026-04-05T00:00:00Z"},
            "to",
            "from and to have to be less than 94 days apart",
        ),
        ({"from": "2020-01-01T00:00:00Z"}, "from", "from and to have to be less than 94 days apart"),
        ({"from": "2900-01-01T00:00:00Z"}, "from", "from has to be before to (default: now): use other instants"),
        (
            {"from": "2026-01-01T00:00:00Z", "to": "2026-01-01T01:00:00+01:00"},
            "to",
            "from has to be before to (default: now): use other instants",
        ),
        ({"days": 31}, "days", "only with tutorId: for all tutors, use from and to"),
        ({"include": "bookings"}, "include", "only with tutorId: leave it out, or send a tutorId"),
        ({"late": "yes"}, "late", "use true or false"),
    ],
)
def test_invalid_parameters_are_errors_with_the_field(
    api: Api, query: dict[str, Any], field: str, message: str
) -> None:
    assert errors_of(api.history(ADMIN, **query)) == (400, {field: message})


def test_a_period_of_almost_94_days_is_allowed(api: Api) -> None:
    period = {"from": "2026-01-01T00:00:00Z", "to": "2026-04-04T23:59:59Z"}
    assert api.history(ADMIN, **period).status == 200


def test_parameters_for_all_tutors_are_errors_with_a_tutor(api: Api, ada: Tutor) -> None:
    query = {"from": "2026-11-01T00:00:00Z", "to": "2026-11-02T00:00:00Z", "late": "true"}
    days = "only without tutorId: for one tutor, use days"
    late = "only without tutorId: leave it out, or leave out the tutorId"
    answer = api.history(ada.token, tutorId=ada.id, **query)
    assert errors_of(answer) == (400, {"from": days, "to": days, "late": late})


def test_late_removals_are_those_of_the_statistics(
    api: Api, engine: Engine, ada: Tutor, bob: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A removal is late from 24 hours before the slot's start in its own zone, and after the start."""
    starts_at = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=ZoneInfo(NEW_YORK)).astimezone(UTC)
    day_before = starts_at - timedelta(hours=24)
    edit(api, ada, "09:00")
    edit(api, bob, "09:00")
    edit(api, bob)
    for at, is_late in (
        (day_before, False),
        (day_before + timedelta(seconds=1), True),
        (starts_at + timedelta(days=1), True),
    ):
        move(engine, bob, at)
        monkeypatch.setattr("common.web.endpoint.CLOCK", clock_at(at + timedelta(hours=1)))
        late = api.history(ADMIN, late="true").json["entries"]
        assert [(entry["tutorId"], entry["action"]) for entry in late] == [(str(bob.id), "REMOVED")] * is_late
        stats = api.stats(ADMIN, tutorId=bob.id).json
        assert stats["lateRemovals"] == len(late)
        assert len(api.history(ADMIN, late="false").json["entries"]) >= 2


def test_filters_select_entries(api: Api, ada: Tutor, bob: Tutor) -> None:
    tuesday = str(DAY + timedelta(days=1))
    edit(api, ada, "09:00")
    edit(api, bob, "10:00", date=tuesday, reason="other")
    edit(api, ada, reason="illness")

    def filtered(**query: Any) -> list[tuple[str, str]]:
        return [(entry["startTime"], entry["action"]) for entry in api.history(ADMIN, **query).json["entries"]]

    assert filtered(action="REMOVED") == filtered(reason="illness") == [("09:00", "REMOVED")]
    assert filtered(date=tuesday) == [("10:00", "ADDED")]
    assert filtered(date=tuesday, action="REMOVED") == []


def test_versions_without_entries_are_missing(api: Api, engine: Engine, ada: Tutor, bob: Tutor) -> None:
    """A day counts if its last edit isn't before the period."""
    for tutor in (ada, bob):
        edit(api, tutor, "09:00")
        edit(api, tutor, "10:00")
        move(engine, tutor, datetime(2026, 11, 1, 12, tzinfo=UTC))
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log where version = 1"))

    def completeness(first: str) -> tuple[bool, int]:
        body = api.history(ADMIN, **{"from": first, "to": "2026-11-03T00:00:00Z"}, action="ADDED", late="true").json
        return body["complete"], body["missingVersions"]

    assert completeness("2026-11-01T12:00:00Z") == (False, 2)
    assert completeness("2026-11-01T12:00:01Z") == (True, 0)


def test_csv_has_all_entries_in_order(api: Api, engine: Engine, ada: Tutor, bob: Tutor) -> None:
    """There are more entries than one read returns. Many have the same instant. Without a zone, it is the tutor's."""
    fill = text("""
        insert into tutor_availability_log
        select gen_random_uuid(), :tutor, date '2026-11-23', time '09:00', 60, 'ADDED', 'other',
          now() - (number / 700) * interval '1 minute', null, null, gen_random_uuid(), number, 'recorded', 1
        from generate_series(1, 1250) as number
    """)
    with engine.begin() as connection:
        for tutor in (ada, bob):
            connection.execute(fill, {"tutor": tutor.id})
    answer = api.history(ADMIN, format="csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="availability-history.csv"'
    assert answer.headers["x-missing-versions"] == "0"
    _, *rows = csv.reader(io.StringIO(answer.body.decode(), newline=""), strict=True)
    expected = sorted(
        log_rows(engine, ada) + log_rows(engine, bob), key=lambda row: (row.changed_at, row.id), reverse=True
    )
    assert [row[0] for row in rows] == [str(row.id) for row in expected]
    assert {(row[1], row[-1]) for row in rows} == {(str(ada.id), "Europe/Copenhagen"), (str(bob.id), NEW_YORK)}
