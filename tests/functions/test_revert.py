"""A revert undoes the changes of a change set that are still in effect. Changes by later edits stay."""

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from tests.aws import Queues
from tests.builders import (
    ADMIN,
    Tutor,
    add_booking,
    add_tutor,
    log_rows,
    monday,
    replayed,
    slots,
    stored_slots,
    versions,
)
from tests.functions.test_best_effort import locked_log
from tests.hosts import Answer, Api

DAY = monday()
NEXT_DAY = DAY + timedelta(days=1)


def save(api: Api, tutor: Tutor, *starts: str, day: date = DAY, minutes: int = 60) -> str:
    """Save a day; return the change set's id."""
    time_slots = slots(*starts, minutes=minutes)
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(day), timeSlots=time_slots)
    assert answer.status == 200
    return str(answer.json["changeSetId"])


def revert(api: Api, tutor: Tutor, change_set_id: str, token: str | None = None, **more: Any) -> Answer:
    return api.update(token or tutor.token, tutorId=str(tutor.id), revert=change_set_id, **more)


def offered(engine: Engine, tutor: Tutor) -> list[str]:
    return [f"{day} {start:%H:%M}/{minutes}" for day, start, minutes in stored_slots(engine, tutor)]


def test_a_revert_undoes_a_change_set_over_many_days(api: Api, engine: Engine) -> None:
    """The log gets one new change set with the reason `revert`."""
    tutor = add_tutor(engine)
    save(api, tutor, "09:00", "10:00")
    days = [{"date": str(day), "timeSlots": slots("10:00", "11:00")} for day in (DAY, NEXT_DAY)]
    edit = api.update(tutor.token, tutorId=str(tutor.id), days=days, reason="copy_week").json["changeSetId"]
    answer = revert(api, tutor, edit, notes="the wrong week")
    assert (answer.status, answer.json["audit"]) == (200, "recorded")
    assert answer.json["changes"] == {"added": 1, "removed": 3}
    assert [(diff["date"], diff["time"], diff["action"]) for diff in answer.json["diff"]] == [
        (str(DAY), "09:00", "ADDED"),
        (str(DAY), "11:00", "REMOVED"),
        (str(NEXT_DAY), "10:00", "REMOVED"),
        (str(NEXT_DAY), "11:00", "REMOVED"),
    ]
    assert [(day["date"], day["version"]) for day in answer.json["days"]] == [(str(DAY), 3), (str(NEXT_DAY), 2)]
    assert offered(engine, tutor) == [f"{DAY} 09:00/60", f"{DAY} 10:00/60"]
    new = [row for row in log_rows(engine, tutor) if str(row.change_set_id) == answer.json["changeSetId"]]
    assert {(row.reason, row.notes, row.changed_by, row.change_set_size) for row in new} == {
        ("revert", "the wrong week", tutor.user_id, 4)
    }
    assert replayed(engine, tutor) == stored_slots(engine, tutor)


def test_reverting_a_revert_restores_the_edit(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00", minutes=60)
    edit = save(api, tutor, "09:00", minutes=90)
    back = revert(api, tutor, edit).json["changeSetId"]
    assert offered(engine, tutor) == [f"{DAY} 09:00/60"]
    revert(api, tutor, back)
    assert offered(engine, tutor) == [f"{DAY} 09:00/90"]
    assert versions(engine, tutor) == {DAY: 4}


def test_a_revert_keeps_later_edits(api: Api, engine: Engine) -> None:
    """A later edit removed 10:00 and added 12:00."""
    tutor = add_tutor(engine)
    save(api, tutor, "08:00")
    edit = save(api, tutor, "09:00", "10:00")
    save(api, tutor, "09:00", "12:00")
    answer = revert(api, tutor, edit)
    assert [(diff["time"], diff["action"]) for diff in answer.json["diff"]] == [
        ("08:00", "ADDED"),
        ("09:00", "REMOVED"),
    ]
    assert offered(engine, tutor) == [f"{DAY} 08:00/60", f"{DAY} 12:00/60"]
    again = revert(api, tutor, edit)
    assert (again.status, again.json["changes"], again.json["audit"]) == (200, {"added": 0, "removed": 0}, "none")
    assert (again.json["changeSetId"], again.json["days"][0]["version"]) == (None, 4)


def test_a_revert_that_would_remove_a_booked_slot_is_a_conflict(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    edit = save(api, tutor, "09:00", "10:00")
    add_booking(engine, tutor, DAY, "10:00")
    answer = revert(api, tutor, edit)
    assert (answer.status, answer.json["code"]) == (409, "slot_booked")
    conflicts = [{"date": str(DAY), "time": "10:00", "status": "CONFIRMED"}]
    assert answer.json["conflicts"] == conflicts
    preview = revert(api, tutor, edit, dryRun=True)
    assert (preview.status, preview.json["conflicts"], preview.json["changes"]["removed"]) == (200, conflicts, 2)
    assert versions(engine, tutor) == {DAY: 1}


def test_a_revert_must_not_add_overlapping_slots_or_change_a_past_date(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    edit = save(api, tutor)
    save(api, tutor, "09:30")
    answer = revert(api, tutor, edit)
    assert (answer.status, answer.json["code"]) == (400, "overlapping_slots")
    assert answer.json["errors"][0]["field"] == f"revert[{DAY}].timeSlots[1].time"
    past = save(api, tutor, "15:00", day=NEXT_DAY)
    with engine.begin() as connection:  # move all days three weeks into the past
        for table in ("tutor_availability_log", "tutor_time_slots", "tutor_days"):
            connection.execute(text(f"update {table} set date = date - 21"))
    answer = revert(api, tutor, past)
    assert (answer.status, answer.json["code"]) == (400, "date_in_past")


def test_an_unknown_change_set_is_not_found(api: Api, engine: Engine) -> None:
    tutor, other = add_tutor(engine), add_tutor(engine)
    edit = save(api, tutor, "09:00")
    for owner, change_set_id in ((tutor, str(uuid4())), (other, edit)):
        answer = revert(api, owner, change_set_id)
        assert (answer.status, answer.json["code"]) == (404, "change_set_not_found")
    assert revert(api, tutor, edit, token=other.token).json["code"] == "forbidden"
    answer = api.update(ADMIN, tutorId=str(uuid4()), revert=edit)
    assert answer.json["code"] == "tutor_not_found"
    assert revert(api, tutor, edit, token=ADMIN).json["changes"] == {"added": 0, "removed": 1}


def test_a_change_set_with_missing_entries_cannot_be_reverted(
    api: Api, engine: Engine, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only one of the change set's two messages was delivered, so a revert would undo half of the change set."""
    monkeypatch.setenv("AUDIT_BUDGET_MS", "500")
    tutor = add_tutor(engine)
    days = [{"date": str(day), "timeSlots": slots("09:00", "10:00")} for day in (DAY, NEXT_DAY)]
    with locked_log(engine):
        edit = api.update(tutor.token, tutorId=str(tutor.id), days=days).json["changeSetId"]
    first, second = queues.take_all()
    queues.put(first)
    api.repair()
    answer = revert(api, tutor, edit)
    assert (answer.status, answer.json["code"]) == (409, "change_set_incomplete")
    queues.put(second)
    api.repair()
    assert revert(api, tutor, edit).json["changes"] == {"added": 0, "removed": 4}


@pytest.mark.parametrize(
    ("beside", "field", "message"),
    [
        ({"date": str(DAY)}, "date", "not allowed together with revert: leave it out"),
        ({"timeSlots": []}, "timeSlots", "not allowed together with revert: leave it out"),
        ({"days": [{"date": str(DAY), "timeSlots": []}]}, "days", "not allowed together with revert: leave it out"),
        ({"version": 1}, "version", "not allowed together with revert: leave it out"),
        ({"reason": "illness"}, "reason", "use 'revert'"),
    ],
)
def test_fields_of_an_edit_are_not_allowed_with_revert(
    api: Api, engine: Engine, beside: dict[str, Any], field: str, message: str
) -> None:
    answer = revert(api, add_tutor(engine), str(uuid4()), **beside)
    assert answer.status == 400
    assert answer.json["errors"] == [{"field": field, "message": message}]


def test_a_revert_with_if_match_is_refused(api: Api, engine: Engine) -> None:
    """A revert undoes the changes that are still in effect, whatever the day's version is."""
    tutor = add_tutor(engine)
    edit = save(api, tutor, "09:00")
    body = {"tutorId": str(tutor.id), "revert": edit, "reason": "revert"}
    headers = {"If-Match": '"1"'}
    answer = api.call("update_availability", "PUT", json=body, token=tutor.token, headers=headers)
    assert answer.json["errors"][0]["field"] == "If-Match"
    assert api.call("update_availability", "PUT", json=body, token=tutor.token).status == 200
