"""Each function does its work as the database role that it has in a stage with roles."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.pool import pool_for
from migrations import roles
from tests.attempts import user_url
from tests.aws import Queues
from tests.builders import ADMIN, Tutor, add_booking, add_slots, log_rows, make_token, monday, slots, stored_slots
from tests.db.test_roles import NAMES, drop_roles
from tests.functions.test_audit_repair import delete_entries, set_clock_five_minutes_ahead
from tests.functions.test_best_effort import locked_log
from tests.hosts import Api
from tests.pooler import IS_POOLED

pytestmark = pytest.mark.skipif(IS_POOLED, reason="the tests' pooler logs in as one user")

DAY = monday()
Use = Callable[[str], None]


@pytest.fixture
def use(api: Api, engine: Engine, url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Use]:
    """A function that lets the functions connect as one of the roles."""
    with engine.begin() as connection:
        roles.create(connection, "slotledger")

    def use_role(role: str) -> None:
        monkeypatch.setenv("DATABASE_URL", user_url(url, f"slotledger_{role}"))

    use_role("app")
    yield use_role
    for name in NAMES:
        pool_for(Settings(database_url=user_url(url, name))).close()
    drop_roles(engine, *NAMES)


@pytest.fixture
def tutor(use: Use, api: Api) -> Tutor:
    """A tutor that the function `tutors` created."""
    user = f"auth0|{uuid4().hex}"
    body = {"userId": user, "name": "Ada", "timeZone": "Europe/Copenhagen", "externalId": "t-1"}
    saved = api.call("tutors", "PUT", json=body, token=ADMIN)
    assert (saved.status, saved.json["created"]) == (200, True)
    return Tutor(saved.json["tutorId"], user, make_token(user))


def test_tutors_are_created_changed_and_read(use: Use, api: Api, tutor: Tutor) -> None:
    renamed = {"userId": tutor.user_id, "name": "Freja", "timeZone": "Asia/Tokyo", "tags": ["piano"]}
    assert api.call("tutors", "PUT", json={"tutors": [renamed]}, token=ADMIN).status == 200
    for query in ({"tutorId": tutor.id}, {"externalId": "t-1"}, {"userId": tutor.user_id}):
        assert api.call("tutors", query=query, token=ADMIN).json["name"] == "Freja"
    assert len(api.call("tutors", query={"q": "freja"}, token=ADMIN).json["tutors"]) == 1
    history = api.history(tutor.token, tutorId=tutor.id, include="settings").json
    assert {event["field"] for event in history["settingsEvents"]} >= {"name", "timeZone", "tags"}


def test_days_are_edited_undone_and_read(use: Use, api: Api, engine: Engine, tutor: Tutor) -> None:
    """The edit removes a slot with a hold that has run out, so it also changes the booking."""
    body = {"tutorId": tutor.id, "date": str(DAY)}
    first = api.update(tutor.token, **body, timeSlots=slots("09:00", "10:00"))
    assert (first.status, first.json["audit"]) == (200, "recorded")
    before = datetime.now(UTC)
    past = before - timedelta(hours=1)
    add_booking(engine, tutor, DAY, "09:00", "AWAITING_PAYMENT", past)
    assert api.update(tutor.token, **body, timeSlots=slots("10:00"), dryRun=True).json["changes"]["removed"] == 1
    second = api.update(tutor.token, **body, timeSlots=slots("10:00"))
    assert (second.status, second.json["audit"]) == (200, "recorded")
    add_booking(engine, tutor, DAY, "10:00")
    refused = api.update(tutor.token, **body, timeSlots=[])
    assert (refused.status, refused.json["code"]) == (409, "slot_booked")
    undone = api.update(tutor.token, tutorId=tutor.id, revert=second.json["changeSetId"])
    assert undone.json["changes"] == {"added": 1, "removed": 0}
    untouched = {"tutorId": tutor.id, "date": str(DAY + timedelta(days=1)), "timeSlots": []}
    assert api.update(tutor.token, **untouched).json["changes"] == {"added": 0, "removed": 0}

    assert len(api.history(tutor.token, tutorId=tutor.id).json["entries"]) == 4
    assert api.history(tutor.token, tutorId=tutor.id, format="csv").body.count(b"\n") == 5
    for role in ("app", "reader"):
        use(role)
        read = {"tutorId": tutor.id, "startDate": DAY, "endDate": DAY}
        (day,) = api.read(**read).json["days"]
        assert [(slot["time"], slot["status"]) for slot in day["timeSlots"]] == [
            ("09:00", "AVAILABLE"),
            ("10:00", "BOOKED"),
        ]
        as_of = api.read(**read, asOf=before.isoformat()).json
        assert (as_of["complete"], len(as_of["days"][0]["timeSlots"])) == (True, 2)
        assert api.call("get_availability", query={**read, "explain": "true"}, token=tutor.token).status == 200
        window = {"from": f"{DAY}T00:00Z", "to": f"{DAY + timedelta(days=1)}T00:00Z"}
        assert [slot["time"] for slot in api.call("find_slots", query=window).json["slots"]] == ["09:00"]
        assert api.stats(tutor.token, tutorId=tutor.id).json["slotsAdded"] == 3
        assert api.stats(ADMIN).status == 200


def test_a_read_of_days_with_missing_entries_reads_their_whole_history(
    use: Use, api: Api, engine: Engine, tutor: Tutor
) -> None:
    body = {"tutorId": tutor.id, "date": str(DAY)}
    api.update(tutor.token, **body, timeSlots=slots("09:00"))
    before = datetime.now(UTC).isoformat()
    api.update(tutor.token, **body, timeSlots=slots("10:00"))
    delete_entries(engine, tutor, 2)
    use("reader")
    answer = api.read(tutorId=tutor.id, startDate=DAY, endDate=DAY, asOf=before).json
    assert answer["complete"] is False


def test_lost_and_late_entries_are_repaired(
    use: Use, api: Api, engine: Engine, queues: Queues, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version 1 is lost and reconstructed, then version 2 is delivered, which replaces what was reconstructed."""
    monkeypatch.setenv("AUDIT_BUDGET_MS", "500")
    body = {"tutorId": tutor.id, "date": str(DAY)}
    api.update(tutor.token, **body, timeSlots=slots("09:00"))
    with locked_log(engine):
        assert api.update(tutor.token, **body, timeSlots=slots("10:00")).json["audit"] == "deferred"
    delete_entries(engine, tutor, 1)
    late = queues.take_all()
    set_clock_five_minutes_ahead(monkeypatch)
    assert api.repair() == {"drained": 0, "reconstructed": 2, "remainingGaps": 0, "adrift": 0}
    queues.put(*late)
    assert api.repair() == {"drained": 1, "reconstructed": 0, "remainingGaps": 0, "adrift": 0}
    assert [(row.version, row.source) for row in log_rows(engine, tutor)] == [
        (1, "reconstructed"),
        (2, "deferred"),
        (2, "deferred"),
    ]
    assert stored_slots(engine, tutor)[0][1].hour == 10


def test_weekly_statistics_are_computed_twice(use: Use, api: Api, engine: Engine, tutor: Tutor) -> None:
    for _ in range(2):
        computed = api.call("weekly_stats", "POST", json={"weeks": 3}, token=ADMIN)
        assert (computed.status, computed.json["rows"]) == (200, 3)


def test_a_reader_cannot_edit(use: Use, api: Api, engine: Engine, tutor: Tutor) -> None:
    add_slots(engine, tutor, DAY, "09:00")
    use("reader")
    answer = api.update(tutor.token, tutorId=tutor.id, date=str(DAY), timeSlots=slots("10:00"))
    assert answer.status == 500
    assert [slot[1].hour for slot in stored_slots(engine, tutor)] == [9]
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from tutor_days")).scalar_one() == 0
