import json
import socket
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import uuid4

import pytest
from pg8000.exceptions import InterfaceError
from sqlalchemy import Engine, text

from common.clock import Clock
from common.core.audit import entry_id
from common.core.time_slots import TimeSlot
from common.db.address import address_of
from common.db.connection import OneFlushConnection
from common.db.slots import apply_changes
from tests.builders import (
    ADMIN,
    ADMIN_USER,
    Tutor,
    add_booking,
    add_slots,
    add_tutor,
    clock_at,
    log_rows,
    make_token,
    monday,
    replayed,
    slots,
    stored_slots,
    versions,
)
from tests.hosts import Answer, Api

DAY = monday()
TUESDAY, WEDNESDAY = DAY + timedelta(days=1), DAY + timedelta(days=2)


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    return add_tutor(engine)


def update(api: Api, tutor: Tutor, *starts: str, day: date = DAY, token: str | None = None, **body: Any) -> Answer:
    body_fields = {"tutorId": str(tutor.id), "date": str(day), "timeSlots": slots(*starts), **body}
    return api.update(token or tutor.token, **body_fields)


def times_of(answer: Answer) -> list[list[str]]:
    return [[slot["time"] for slot in day["timeSlots"]] for day in answer.json["days"]]


def test_an_edit_replaces_the_slots_of_a_day(api: Api, engine: Engine, tutor: Tutor) -> None:
    update(api, tutor, "08:00", "09:00")
    answer = api.update(
        tutor.token,
        tutorId=str(tutor.id),
        date=str(DAY),
        timeSlots=[{"time": "10:00"}, {"time": "09:00", "durationMinutes": 45}],
        reason="conflict",
        notes="dentist 🦷",
    )
    assert answer.status == 200
    (read_day,) = api.read(tutorId=tutor.id, startDate=DAY).json["days"]
    change_set_id = answer.json["changeSetId"]
    diff: list[dict[str, Any]] = [
        {"date": str(DAY), "time": "08:00", "durationMinutes": 60, "action": "REMOVED"},
        {"date": str(DAY), "time": "09:00", "durationMinutes": 60, "action": "REMOVED"},
        {"date": str(DAY), "time": "09:00", "durationMinutes": 45, "action": "ADDED"},
        {"date": str(DAY), "time": "10:00", "durationMinutes": 60, "action": "ADDED"},
    ]
    assert answer.json == {
        "tutorId": str(tutor.id),
        "days": [read_day],
        "changes": {"added": 2, "removed": 2},
        "diff": diff,
        "changeSetId": change_set_id,
        "audit": "recorded",
    }
    assert (read_day["version"], times_of(answer)) == (2, [["09:00", "10:00"]])
    assert stored_slots(engine, tutor) == [(DAY, time(9), 45), (DAY, time(10), 60)]
    rows = [row for row in log_rows(engine, tutor) if str(row.change_set_id) == change_set_id]
    assert {(row.start_time, row.duration_minutes, row.action) for row in rows} == {
        (time.fromisoformat(entry["time"]), entry["durationMinutes"], entry["action"]) for entry in diff
    }
    assert {
        (row.reason, row.notes, row.changed_by, row.version, row.source, row.changed_at == rows[0].changed_at)
        for row in rows
    } == {("conflict", "dentist 🦷", tutor.user_id, 2, "recorded", True)}
    assert {row.id for row in rows} == {
        entry_id(row.change_set_id, DAY, TimeSlot(row.start_time, row.duration_minutes), row.action) for row in rows
    }


def test_post_works_like_put(api: Api, tutor: Tutor) -> None:
    body = {"tutorId": str(tutor.id), "date": str(DAY), "timeSlots": slots("09:00")}
    answer = api.call("update_availability", "POST", json=body, token=tutor.token)
    assert (answer.status, times_of(answer)) == (200, [["09:00"]])


def test_a_day_that_is_sent_as_it_was_read_changes_nothing(api: Api, engine: Engine, tutor: Tutor) -> None:
    """The update makes no new version, no change set and no entry."""
    update(api, tutor, "09:00", "10:00")
    add_booking(engine, tutor, DAY, "10:00")
    (day,) = api.read(tutorId=tutor.id, startDate=DAY).json["days"]
    answer = api.update(tutor.token, tutorId=str(tutor.id), days=[day])
    assert answer.json == {
        "tutorId": str(tutor.id),
        "days": [day],
        "changes": {"added": 0, "removed": 0},
        "diff": [],
        "changeSetId": None,
        "audit": "none",
    }
    assert (versions(engine, tutor), len(log_rows(engine, tutor))) == ({DAY: 1}, 2)


def test_clearing_a_day_that_was_never_edited_writes_nothing(api: Api, engine: Engine, tutor: Tutor) -> None:
    """The update adds no row for the day, so the answer to a read doesn't have the day."""
    answer = update(api, tutor)
    assert (answer.status, answer.json["days"][0]["version"], answer.json["audit"]) == (200, 0, "none")
    assert versions(engine, tutor) == {}
    assert api.read(tutorId=tutor.id, startDate=DAY).json["days"] == []


def test_a_commit_with_unknown_outcome_is_503_and_logs_the_change_set(
    api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The commit takes effect, but the connection breaks before the commit's answer arrives.

    A retry changes nothing and writes no entry, so only the log line has the author and the reason.
    """
    read_answer = OneFlushConnection.handle_messages
    statements: list[str] = []

    def cut(self: OneFlushConnection, context: Any) -> None:
        read_answer(self, context)
        statements.append(context.statement)
        if context.statement == "commit" and "update tutor_days" in "".join(statements[-4:]):
            self._usock.shutdown(socket.SHUT_RDWR)
            raise InterfaceError("network error")

    with monkeypatch.context() as network:
        network.setattr(OneFlushConnection, "handle_messages", cut)
        answer = update(api, tutor, "09:00", reason="illness")
    assert (answer.status, answer.json["code"]) == (503, "unavailable")
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (warning,) = [line for line in lines if line["severity"] == "WARNING"]
    assert (warning["why"], warning["changeSet"]["reason"]) == ("the outcome of the commit isn't known", "illness")
    retry = update(api, tutor, "09:00", reason="illness")
    assert (retry.status, retry.json["audit"], versions(engine, tutor)) == (200, "none", {DAY: 1})


def test_an_edit_of_many_days_is_one_change_set(api: Api, engine: Engine, tutor: Tutor) -> None:
    """A day that already has the requested slots keeps its version."""
    update(api, tutor, "09:00", day=TUESDAY)
    days = [
        {"date": str(WEDNESDAY), "timeSlots": slots("11:00")},
        {"date": str(TUESDAY), "timeSlots": slots("09:00")},
        {"date": str(DAY), "timeSlots": slots("10:00")},
        {"date": str(DAY + timedelta(days=3)), "timeSlots": []},
    ]
    answer = api.update(tutor.token, tutorId=str(tutor.id), days=days, reason="copy_week")
    assert [(day["date"], day["version"]) for day in answer.json["days"]] == [
        (str(DAY), 1),
        (str(TUESDAY), 1),
        (str(WEDNESDAY), 1),
        (str(DAY + timedelta(days=3)), 0),
    ]
    assert answer.json["changes"] == {"added": 2, "removed": 0}
    assert versions(engine, tutor) == {DAY: 1, TUESDAY: 1, WEDNESDAY: 1}
    rows = [row for row in log_rows(engine, tutor) if row.reason == "copy_week"]
    assert [(row.date, str(row.change_set_id)) for row in rows] == [
        (DAY, answer.json["changeSetId"]),
        (WEDNESDAY, answer.json["changeSetId"]),
    ]


def test_an_edit_of_many_days_is_all_or_nothing(api: Api, engine: Engine, tutor: Tutor) -> None:
    add_slots(engine, tutor, TUESDAY, "09:00")
    add_booking(engine, tutor, TUESDAY, "09:00")
    days = [{"date": str(DAY), "timeSlots": slots("10:00")}, {"date": str(TUESDAY), "timeSlots": []}]
    answer = api.update(tutor.token, tutorId=str(tutor.id), days=days)
    assert (answer.status, stored_slots(engine, tutor)) == (409, [(TUESDAY, time(9), 60)])
    assert (versions(engine, tutor), log_rows(engine, tutor)) == ({}, [])


def test_an_update_has_at_most_92_days(api: Api, engine: Engine, tutor: Tutor) -> None:
    starts = [f"{hour:02}:00" for hour in range(6, 22)]
    days = [{"date": str(DAY + timedelta(days=i)), "timeSlots": slots(*starts)} for i in range(93)]
    answer = api.update(tutor.token, tutorId=str(tutor.id), days=days[:92])
    assert (answer.status, answer.json["changes"]["added"]) == (200, 92 * 16)
    assert len(log_rows(engine, tutor)) == 92 * 16
    refused = api.update(tutor.token, tutorId=str(tutor.id), days=days)
    message = "use at most 92 items, not 93"
    assert (refused.status, refused.json["errors"]) == (400, [{"field": "days", "message": message}])


@pytest.mark.parametrize("status", ["AWAITING_PAYMENT", "CONFIRMED", "COMPLETED"])
def test_a_booked_slot_is_not_removed(api: Api, engine: Engine, tutor: Tutor, status: str) -> None:
    """An edit that changes a slot's duration also removes the slot. Bookings of slots that stay aren't conflicts."""
    update(api, tutor, "09:00", "10:00", "11:00")
    add_booking(engine, tutor, DAY, "10:00", status)
    add_booking(engine, tutor, DAY, "11:00")
    shorter = [*slots("09:00", "11:00"), *slots("10:00", minutes=30)]
    for time_slots in (slots("11:00"), shorter):
        answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=time_slots)
        assert (answer.status, answer.json["code"]) == (409, "slot_booked")
        assert answer.json["conflicts"] == [{"date": str(DAY), "time": "10:00", "status": status}]
    assert (len(stored_slots(engine, tutor)), versions(engine, tutor)) == (3, {DAY: 1})
    assert update(api, tutor, "10:00", "11:00").status == 200


def test_a_slot_with_an_expired_hold_can_be_removed(api: Api, engine: Engine, tutor: Tutor) -> None:
    """The hold gets the status EXPIRED, and `released_at` is when it expired. A hold that is active is a conflict."""
    update(api, tutor, "09:00", "10:00")
    expired_at = datetime.now(UTC) - timedelta(minutes=5)
    booking = add_booking(engine, tutor, DAY, "09:00", "AWAITING_PAYMENT", expired_at)
    add_booking(engine, tutor, DAY, "10:00", "AWAITING_PAYMENT", expired_at + timedelta(hours=1))
    assert update(api, tutor).json["conflicts"] == [{"date": str(DAY), "time": "10:00", "status": "AWAITING_PAYMENT"}]
    assert (update(api, tutor, "10:00").status, stored_slots(engine, tutor)) == (200, [(DAY, time(10), 60)])
    with engine.connect() as connection:
        row = connection.execute(text("select status, released_at from bookings where id = :id"), {"id": booking}).one()
    assert tuple(row) == ("EXPIRED", expired_at)


def test_an_edit_with_an_outdated_version_is_412(api: Api, tutor: Tutor) -> None:
    """The answer has the current state of all days of the request, including the day whose version is current."""
    update(api, tutor, "09:00")
    update(api, tutor, "10:00", day=TUESDAY)
    assert update(api, tutor, "11:00", version=1).status == 200
    days = [
        {"date": str(DAY), "timeSlots": slots("12:00"), "version": 1},
        {"date": str(TUESDAY), "timeSlots": slots("12:00"), "version": 1},
    ]
    answer = api.update(tutor.token, tutorId=str(tutor.id), days=days)
    assert (answer.status, answer.json["code"]) == (412, "version_mismatch")
    assert answer.json["days"] == api.read(tutorId=tutor.id, startDate=DAY).json["days"]
    assert times_of(answer) == [["11:00"], ["10:00"]]
    assert update(api, tutor, "12:00", version=2).status == 200


def test_a_version_of_zero_means_never_edited(api: Api, tutor: Tutor) -> None:
    assert update(api, tutor, "09:00", version=0).status == 200
    assert update(api, tutor, "10:00", version=0).status == 412
    assert update(api, tutor, "10:00", day=TUESDAY, version=1).status == 412


def test_a_retry_of_an_edit_that_took_effect_writes_nothing(api: Api, engine: Engine, tutor: Tutor) -> None:
    """The retry has the version from before the edit, and gets 200."""
    assert update(api, tutor, "09:00", version=0).json["audit"] == "recorded"
    retry = update(api, tutor, "09:00", version=0)
    assert (retry.status, retry.json["changes"], retry.json["audit"]) == (200, {"added": 0, "removed": 0}, "none")
    assert (versions(engine, tutor), len(log_rows(engine, tutor))) == ({DAY: 1}, 1)


def test_if_match_is_the_version_of_one_day(api: Api, tutor: Tutor) -> None:
    def put(if_match: str, *starts: str, **fields: Any) -> Answer:
        body = {"tutorId": str(tutor.id), "date": str(DAY), "timeSlots": slots(*starts), **fields}
        headers = {"If-Match": if_match}
        return api.call("update_availability", "PUT", json=body, token=tutor.token, headers=headers)

    assert put("*", "09:00").status == 412  # never edited
    assert put('"0"', "09:00").status == 200
    assert put("*", "10:00").status == 200
    assert put('"1"', "11:00").status == 412
    assert put('"2"', "11:00", version=2).status == 200
    for header, fields in (("3", {}), ('W/"3"', {}), ('"3"', {"version": 2}), ('"3", "4"', {})):
        refused = put(header, "12:00", **fields)
        assert (refused.status, refused.json["errors"][0]["field"]) == (400, "If-Match")
    day = {"date": str(DAY), "timeSlots": []}
    two = {"date": None, "timeSlots": None, "days": [day, {**day, "date": str(TUESDAY)}]}
    assert put('"3"', **two).json["errors"][0]["field"] == "If-Match"


def test_a_dry_run_returns_changes_and_conflicts_and_writes_nothing(api: Api, engine: Engine, tutor: Tutor) -> None:
    """A dry run gets 200 if there are conflicts, and 412 if a version is outdated. `days` has the current days."""
    update(api, tutor, "09:00", "10:00")
    add_booking(engine, tutor, DAY, "10:00")
    answer = update(api, tutor, "11:00", dryRun=True)
    assert answer.status == 200
    assert answer.json == {
        "tutorId": str(tutor.id),
        "days": api.read(tutorId=tutor.id, startDate=DAY).json["days"],
        "changes": {"added": 1, "removed": 2},
        "diff": [
            {"date": str(DAY), "time": "09:00", "durationMinutes": 60, "action": "REMOVED"},
            {"date": str(DAY), "time": "10:00", "durationMinutes": 60, "action": "REMOVED"},
            {"date": str(DAY), "time": "11:00", "durationMinutes": 60, "action": "ADDED"},
        ],
        "changeSetId": None,
        "audit": "none",
        "conflicts": [{"date": str(DAY), "time": "10:00", "status": "CONFIRMED"}],
    }
    assert update(api, tutor, "11:00", day=TUESDAY, dryRun=True).json["conflicts"] == []
    assert update(api, tutor, "11:00", dryRun=True, version=9).status == 412
    assert (versions(engine, tutor), len(log_rows(engine, tutor)), len(stored_slots(engine, tutor))) == ({DAY: 1}, 2, 2)


def test_only_the_tutor_and_admins_may_edit(api: Api, engine: Engine, tutor: Tutor) -> None:
    """If a tutor doesn't exist, admins get 404, and all other callers get 403."""
    other = add_tutor(engine)
    nobody = Tutor(uuid4(), "nobody", "")
    refused = update(api, tutor, "09:00", token=other.token)
    assert (refused.status, refused.json["code"]) == (403, "forbidden")
    assert update(api, nobody, "09:00", token=other.token).status == 403
    assert update(api, nobody, "09:00", token=ADMIN).json["code"] == "tutor_not_found"
    assert (stored_slots(engine, tutor), versions(engine, tutor)) == ([], {})
    fake_admin = make_token(uuid4(), app_metadata={"role": "Admin"}, user_metadata={"role": "admin"}, role="admin")
    assert update(api, tutor, "09:00", token=fake_admin).status == 403
    assert update(api, tutor, "09:00", token=ADMIN).status == 200
    assert [(row.reason, row.changed_by) for row in log_rows(engine, tutor)] == [("admin_action", ADMIN_USER)]


def test_today_in_the_tutors_zone_can_be_edited_and_yesterday_cannot(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At this instant, it is the 10th in New York and the 11th in Kathmandu."""
    now = datetime(2027, 6, 10, 20, 0, tzinfo=UTC)
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: now))
    kathmandu, new_york = add_tutor(engine, "Asia/Kathmandu"), add_tutor(engine, "America/New_York")
    token = make_token(ADMIN_USER, app_metadata={"role": "admin"})
    tenth = date(2027, 6, 10)
    over = update(api, kathmandu, "09:00", day=tenth, token=token)
    message = "2027-06-10 is over; use today (2027-06-11) or later"
    assert (over.status, over.json["code"]) == (400, "date_in_past")
    assert over.json["errors"] == [{"field": "date", "message": message}]
    assert update(api, new_york, "09:00", day=tenth, token=token).status == 200
    assert [row.changed_at for row in log_rows(engine, new_york)] == [now]


def test_an_edit_is_always_later_than_the_edit_before_it(
    api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The clocks of two instances may differ. Here, the clock is an hour behind during the second edit."""
    now = datetime.now(UTC)
    for clock, start in ((now, "09:00"), (now - timedelta(hours=1), "10:00"), (now, "11:00")):
        monkeypatch.setattr("common.web.endpoint.CLOCK", clock_at(clock))
        assert update(api, tutor, start).status == 200
    instants = {row.version: row.changed_at for row in log_rows(engine, tutor)}
    assert instants == {version: now + timedelta(microseconds=version - 1) for version in (1, 2, 3)}


def test_a_local_time_must_exist_and_is_the_first_one_if_it_exists_twice(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time 02:30 doesn't exist when the clock goes forward, and exists twice when the clock goes back."""
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: datetime(2027, 1, 1, tzinfo=UTC)))
    tutor = add_tutor(engine)
    forward, back = date(2027, 3, 28), date(2027, 10, 31)
    refused = update(api, tutor, "02:30", day=forward)
    assert (refused.status, refused.json["code"]) == (400, "nonexistent_local_time")
    assert refused.json["errors"][0]["field"] == "timeSlots[0].time"
    answer = update(api, tutor, "02:30", day=back)
    (slot,) = answer.json["days"][0]["timeSlots"]
    assert (slot["startsAt"], slot["endsAt"]) == ("2027-10-31T02:30:00+02:00", "2027-10-31T02:30:00+01:00")


def call_after_first_plan(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Call `act` once, after the ledger has planned the changes of an edit and before it applies them."""
    steps = [act]

    def apply(*change: Any) -> None:
        while steps:
            steps.pop()()
        apply_changes(*change)

    monkeypatch.setattr("common.ledger.apply_changes", apply)


def test_a_booking_between_plan_and_change_is_a_conflict(
    api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The foreign key rejects the change. The ledger plans again, and finds the booking."""
    update(api, tutor, "09:00")
    call_after_first_plan(monkeypatch, lambda: add_booking(engine, tutor, DAY, "09:00"))
    longer = api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots("09:00", minutes=90))
    assert longer.json["conflicts"] == [{"date": str(DAY), "time": "09:00", "status": "CONFIRMED"}]
    assert (stored_slots(engine, tutor), versions(engine, tutor)) == ([(DAY, time(9), 60)], {DAY: 1})


@pytest.mark.parametrize("starts", [["10:00"], ["09:00", "10:00"]], ids=["removal and addition", "addition"])
def test_an_edit_is_retried_if_its_connection_breaks_between_plan_and_change(
    api: Api,
    engine: Engine,
    administration: Engine,
    url: str,
    tutor: Tutor,
    monkeypatch: pytest.MonkeyPatch,
    starts: list[str],
) -> None:
    """Nothing was saved, so the whole edit is repeated on another connection."""
    update(api, tutor, "09:00")

    def end_sessions() -> None:
        end = text("select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = :name")
        with administration.connect() as other:
            other.execute(end, {"name": address_of(url).database})

    call_after_first_plan(monkeypatch, end_sessions)
    answer = update(api, tutor, *starts)
    assert (answer.json["audit"], versions(engine, tutor)) == ("recorded", {DAY: 2})
    assert replayed(engine, tutor) == stored_slots(engine, tutor)


@pytest.mark.parametrize("is_added", [True, False])
@pytest.mark.parametrize("is_removed", [True, False])
def test_an_import_between_plan_and_change_is_part_of_the_second_plan(
    api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch, is_added: bool, is_removed: bool
) -> None:
    """An import doesn't lock the day. Here, the import adds or removes slots that the edit also adds or removes."""
    update(api, tutor, "08:00")

    def import_slots() -> None:
        if is_added:
            add_slots(engine, tutor, DAY, "09:00")
        if is_removed:
            with engine.begin() as other:
                other.execute(text("delete from tutor_time_slots where start_time = '08:00'"))

    call_after_first_plan(monkeypatch, import_slots)
    answer = update(api, tutor, "09:00", "10:00")
    diffs = [(diff["time"], diff["action"]) for diff in answer.json["diff"]]
    removed = [] if is_removed else [("08:00", "REMOVED")]
    assert diffs == [*removed, *([] if is_added else [("09:00", "ADDED")]), ("10:00", "ADDED")]
    assert [start for _, start, _ in stored_slots(engine, tutor)] == [time(9), time(10)]


def test_an_update_with_a_large_answer_succeeds(
    api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The maximum size of an answer applies to reads only. An edit is already saved when its answer is too large."""
    monkeypatch.setattr("common.web.lambda_adapter.MAX_ANSWER_BYTES", 10)
    assert update(api, tutor, "09:00").status == 200
    assert versions(engine, tutor) == {DAY: 1}
    assert api.read(tutorId=tutor.id).status == 400


@pytest.mark.parametrize(
    ("day", "starts", "code"),
    [
        (date(2026, 1, 5), [], "date_in_past"),
        (DAY, ["09:00", "09:00"], "overlapping_slots"),
        (date(2099, 1, 5), [], "invalid_request"),
    ],
)
def test_an_edit_with_the_reason_revert_has_to_follow_the_rules(
    api: Api, tutor: Tutor, day: date, starts: list[str], code: str
) -> None:
    """Even if it changes nothing, it must not have past dates, dates too far ahead or overlapping slots."""
    update(api, tutor, "09:00")
    answer = update(api, tutor, *starts, day=day, reason="revert")
    assert (answer.status, answer.json["code"]) == (400, code)


@pytest.mark.parametrize("is_dry_run", [True, False])
def test_a_day_with_the_last_version_cannot_be_changed(
    api: Api, engine: Engine, tutor: Tutor, is_dry_run: bool
) -> None:
    """In the database, a version is a 32-bit integer. An edit that changes nothing still succeeds."""
    update(api, tutor, "09:00")
    with engine.begin() as connection:
        connection.execute(text("update tutor_days set version = 2147483647"))
    answer = update(api, tutor, "10:00", dryRun=is_dry_run)
    message = f"{DAY} can't be changed any more: it has the highest version, 2147483647"
    assert (answer.status, answer.json["code"]) == (400, "invalid_request")
    assert answer.json["errors"] == [{"field": "date", "message": message}]
    assert update(api, tutor, "09:00").json["audit"] == "none"
