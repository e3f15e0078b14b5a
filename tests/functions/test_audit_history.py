from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import address_of
from tests.builders import ADMIN, Tutor, add_tutor, clock_at, log_rows, make_token, monday, slots
from tests.hosts import Api
from tests.pooler import IS_POOLED, renew_sessions

DAY = monday()
TUESDAY = DAY + timedelta(days=1)


INVALID_CURSOR = "use the nextCursor of the page before, unchanged"


def cursor(instant: str) -> str:
    """Return a cursor in the format of the function."""
    return urlsafe_b64encode(f"{instant} {uuid4()}".encode()).decode().rstrip("=")


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    return add_tutor(engine)


def edit(api: Api, tutor: Tutor, *starts: str, **body: Any) -> Any:
    fields = {"tutorId": str(tutor.id), "date": str(DAY), "timeSlots": slots(*starts), **body}
    return api.update(tutor.token, **fields).json


def test_the_history_has_all_fields_newest_first(api: Api, engine: Engine, tutor: Tutor) -> None:
    first = edit(api, tutor, "09:00")
    second = edit(api, tutor, reason="illness", notes="flu")
    removed, added = reversed(log_rows(engine, tutor))
    answer = api.history(tutor.token, tutorId=tutor.id)
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    common = {"tutorId": str(tutor.id), "date": str(DAY), "startTime": "09:00", "durationMinutes": 60}
    author = {"changedBy": str(tutor.user_id), "source": "recorded", "timeZone": "Europe/Copenhagen"}
    assert answer.json == {
        "tutorId": str(tutor.id),
        "days": 30,
        "complete": True,
        "missingVersions": 0,
        "nextCursor": None,
        "entries": [
            {
                **common,
                **author,
                "id": str(removed.id),
                "action": "REMOVED",
                "reason": "illness",
                "changedAt": removed.changed_at.isoformat(),
                "notes": "flu",
                "changeSetId": second["changeSetId"],
                "version": 2,
            },
            {
                **common,
                **author,
                "id": str(added.id),
                "action": "ADDED",
                "reason": "tutor_edit",
                "changedAt": added.changed_at.isoformat(),
                "notes": None,
                "changeSetId": first["changeSetId"],
                "version": 1,
            },
        ],
    }


def test_pages_have_each_entry_once_while_entries_are_added(api: Api, tutor: Tutor) -> None:
    """The cursor is a position in the history. Entries that are added between two pages are newer than the cursor."""
    edit(api, tutor, *(f"{hour:02}:00" for hour in range(5, 20)))
    whole = api.history(tutor.token, tutorId=tutor.id).json["entries"]
    entries: list[Any] = []
    query: dict[str, Any] = {"tutorId": tutor.id, "limit": 4}
    for number in range(4):
        page = api.history(tutor.token, **query).json
        assert len(page["entries"]) == (4 if number < 3 else 3)
        entries += page["entries"]
        query["cursor"] = page["nextCursor"]
        edit(api, tutor, f"{number:02}:30", date=str(TUESDAY))
    assert entries == whole
    assert query["cursor"] is None


def test_a_page_that_ends_with_the_last_entry_is_the_last_page(api: Api, tutor: Tutor) -> None:
    edit(api, tutor, "09:00", "10:00")
    assert api.history(tutor.token, tutorId=tutor.id, limit=2).json["nextCursor"] is None


def test_filters_select_entries_and_do_not_change_completeness(api: Api, engine: Engine, tutor: Tutor) -> None:
    edit(api, tutor, "09:00", reason="vacation")
    edit(api, tutor, "10:00", date=str(TUESDAY))
    edit(api, tutor, reason="illness")
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log where version = 2"))

    def filtered(**filters: Any) -> list[tuple[str, str]]:
        body = api.history(tutor.token, tutorId=tutor.id, **filters).json
        assert (body["missingVersions"], body["complete"]) == (1, False)
        return [(entry["date"], entry["action"]) for entry in body["entries"]]

    assert filtered(action="ADDED") == [(str(TUESDAY), "ADDED"), (str(DAY), "ADDED")]
    assert filtered(action="REMOVED") == []
    assert filtered(reason="vacation") == [(str(DAY), "ADDED")]
    assert filtered(date=str(TUESDAY)) == [(str(TUESDAY), "ADDED")]
    assert filtered(date=str(TUESDAY), reason="vacation") == []


def test_the_history_has_only_entries_of_the_last_days(
    api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With `days=2`, the period is the last 48 hours. A missing version counts if its day was last edited in it."""
    now = datetime.now(UTC)
    edit(api, tutor, "09:00")
    with engine.begin() as connection:
        connection.execute(text("update tutor_availability_log set version = 9"))
    for elapsed, entries, missing in ((timedelta(days=2, minutes=-1), 1, 1), (timedelta(days=2, minutes=1), 0, 0)):
        monkeypatch.setattr("common.web.endpoint.CLOCK", clock_at(now + elapsed))
        token = make_token(tutor.user_id, exp=now + timedelta(days=9))
        body = api.history(token, tutorId=tutor.id, days=2).json
        assert (len(body["entries"]), body["missingVersions"]) == (entries, missing)


def test_versions_up_to_repaired_version_are_not_missing(api: Api, engine: Engine, tutor: Tutor) -> None:
    """Versions 1 and 3 have no entries. Repair has handled version 1."""
    for start in ("09:00", "10:00", "11:00"):
        edit(api, tutor, start)
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log where version in (1, 3)"))
        connection.execute(text("update tutor_days set repaired_version = 1"))
    assert api.history(tutor.token, tutorId=tutor.id).json["missingVersions"] == 1


def test_only_the_tutor_and_admins_may_read_history_and_statistics(api: Api, engine: Engine, tutor: Tutor) -> None:
    other = add_tutor(engine)
    edit(api, tutor, "09:00")
    for call in (api.history, api.stats):
        refused = call(other.token, tutorId=tutor.id)
        assert (refused.status, refused.json["code"]) == (403, "forbidden")
        assert call(other.token, tutorId=uuid4()).status == 403
        assert call(ADMIN, tutorId=uuid4()).json["code"] == "tutor_not_found"
        assert call(ADMIN, tutorId=tutor.id).status == 200


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({"days": 0}, "days", "use 1 or more"),
        ({"days": 3651}, "days", "use 3650 or less"),
        ({"days": "7.0"}, "days", "use a whole number"),
        ({"days": "٧"}, "days", "use a whole number"),
        ({"limit": 0}, "limit", "use 1 or more"),
        ({"limit": 1001}, "limit", "use 1000 or less"),
        ({"limit": "1" * 5000}, "limit", "use a whole number"),
        ({"cursor": "abc"}, "cursor", INVALID_CURSOR),
        ({"cursor": "ä"}, "cursor", INVALID_CURSOR),
        ({"cursor": cursor("0001-01-01T00:00:00+14:00")}, "cursor", INVALID_CURSOR),
        ({"cursor": cursor("9999-12-31T23:59:59-14:00")}, "cursor", INVALID_CURSOR),
        ({"cursor": cursor("2026-01-01T00:00:00")}, "cursor", INVALID_CURSOR),
        ({"cursor": "MjAyNg"}, "cursor", INVALID_CURSOR),
        ({"action": "added"}, "action", "use 'ADDED' or 'REMOVED'"),
        ({"date": "2026-02-30"}, "date", "this date doesn't exist: use a date of the calendar"),
        ({"page": 2}, "page", "unknown field: remove it"),
    ],
)
def test_invalid_parameters_are_errors_with_the_field(
    api: Api, tutor: Tutor, query: dict[str, Any], field: str, message: str
) -> None:
    answer = api.history(tutor.token, tutorId=tutor.id, **query)
    assert (answer.status, answer.json["errors"]) == (400, [{"field": field, "message": message}])


def test_entries_have_the_same_json_format_as_other_answers(api: Api, tutor: Tutor) -> None:
    """PostgreSQL writes the JSON of entries, and Python writes other answers."""
    notes = "".join(map(chr, range(1, 300))) + "\u2028\ufffd🤧"
    edit(api, tutor, "09:00", "10:00", notes=notes)
    answer = api.history(tutor.token, tutorId=tutor.id)
    assert [entry["notes"] for entry in answer.json["entries"]] == [notes] * 2
    assert answer.body == orjson.dumps(answer.json)


def test_answers_do_not_depend_on_the_settings_of_the_database(
    api: Api, url: str, engine: Engine, administration: Engine, settings: Settings, tutor: Tutor
) -> None:
    """The test changes the date style, the time zone and the interval style of the database."""
    edit(api, tutor, "09:00", "10:00", notes="=\"'\n\u2028\t\\ 🤧")
    edit(api, tutor, "09:00", reason="illness")
    requests: list[tuple[str, dict[str, Any]]] = [
        ("get_availability", {"startDate": DAY}),
        ("get_availability", {"startDate": DAY, "explain": "true"}),
        ("audit_history", {}),
        ("audit_history", {"format": "csv"}),
    ]

    def answers() -> list[bytes]:
        queries = ({"tutorId": tutor.id, **query} for _, query in requests)
        return [
            api.call(name, query=query, token=tutor.token).body
            for (name, _), query in zip(requests, queries, strict=True)
        ]

    before = answers()
    with administration.connect() as connection:
        for setting in ("datestyle = 'German, DMY'", "timezone = 'America/Havana'", "intervalstyle = 'sql_standard'"):
            connection.exec_driver_sql(f"alter database {address_of(url).database} set {setting}")
    engine.dispose()
    if IS_POOLED:
        renew_sessions(url)
    assert answers() == before
    assert edit(api, tutor, "09:00", "11:00")["audit"] == "recorded"
