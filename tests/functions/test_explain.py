"""`explain=true`: why a slot is occupied, and why a time is no longer offered."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, text

from tests.builders import ADMIN, Tutor, add_booking, add_slots, add_tutor, log_rows, monday, slots
from tests.hosts import Api

DAY = monday()


def save(api: Api, tutor: Tutor, *starts: str, minutes: int = 60, **body: Any) -> None:
    time_slots = slots(*starts, minutes=minutes)
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=time_slots, **body)
    assert answer.json["audit"] == "recorded"


def explained(api: Api, tutor: Tutor, token: str | None = None) -> Any:
    answer = api.call("get_availability", query={"tutorId": tutor.id, "startDate": DAY, "explain": "true"}, token=token)
    assert answer.status == 200
    (day,) = answer.json["days"]
    return day


def test_occupied_slots_have_a_reason_but_no_student(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00", "10:00", "11:00", "12:00")
    add_booking(engine, tutor, DAY, "09:00")
    held_until = datetime.now(UTC) + timedelta(hours=1)
    add_booking(engine, tutor, DAY, "10:00", "AWAITING_PAYMENT", held_until)
    add_booking(engine, tutor, DAY, "11:00", "AWAITING_PAYMENT", datetime.now(UTC) - timedelta(hours=1))
    day = explained(api, tutor, tutor.token)
    assert [(slot["time"], slot["status"], slot["why"]) for slot in day["timeSlots"]] == [
        ("09:00", "BOOKED", "booked"),
        ("10:00", "BOOKED", "held"),
        ("11:00", "AVAILABLE", None),
        ("12:00", "AVAILABLE", None),
    ]
    assert day["notOffered"] == []
    names = {"time", "durationMinutes", "startsAt", "endsAt", "status", "why"}
    assert [set(slot) - names for slot in day["timeSlots"]] == [set(), {"heldUntil"}, set(), set()]
    assert day["timeSlots"][1]["heldUntil"] == held_until.isoformat()
    assert explained(api, tutor, ADMIN) == day
    for other in (None, add_tutor(engine).token):  # only the tutor and admins see when the hold runs out
        slots_of_others = explained(api, tutor, other)["timeSlots"]
        assert slots_of_others == [{k: v for k, v in slot.items() if k != "heldUntil"} for slot in day["timeSlots"]]


def test_a_hold_without_an_end_is_held(api: Api, engine: Engine) -> None:
    """Another program may have written it so."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00", "10:00")
    for start in ("09:00", "10:00"):
        add_booking(engine, tutor, DAY, start, "AWAITING_PAYMENT")
    with engine.begin() as connection:
        connection.execute(text("update bookings set hold_expires_at = 'infinity' where start_time = '10:00'"))
    found = [(slot["why"], "heldUntil" in slot) for slot in explained(api, tutor, tutor.token)["timeSlots"]]
    assert found == [("held", False)] * 2


def test_the_tutor_and_admins_see_why_a_time_is_no_longer_offered(api: Api, engine: Engine) -> None:
    """The slot at 09:00 was removed twice. Its latest removal is shown. The slot at 10:00 was added again."""
    tutor = add_tutor(engine)
    save(api, tutor, "09:00", "10:00", "11:00")
    save(api, tutor, "11:00", reason="illness", notes="flu")
    save(api, tutor, "09:00", "10:00", "11:00")
    save(api, tutor, "10:00", "11:00", reason="conflict", notes="dentist")
    save(api, tutor, "10:00", "11:00", minutes=45)  # one edit removes and adds both times, so both are offered
    (last,) = [row for row in log_rows(engine, tutor) if row.version == 4]
    details = {
        "time": "09:00",
        "reason": "conflict",
        "changedAt": last.changed_at.astimezone(UTC).isoformat(),
        "changedBy": str(tutor.user_id),
        "note": "dentist",
        "notes": "dentist",
    }
    assert explained(api, tutor, tutor.token)["notOffered"] == [details]
    assert explained(api, tutor, ADMIN)["notOffered"] == [details]
    assert explained(api, tutor)["notOffered"] == [{"time": "09:00"}]
    assert explained(api, tutor, add_tutor(engine).token)["notOffered"] == [{"time": "09:00"}]


def test_a_time_whose_removal_has_no_entry_has_no_reason(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    save(api, tutor)
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log where version = 2"))
    nothing = {"reason": None, "changedAt": None, "changedBy": None, "note": None, "notes": None}
    assert explained(api, tutor, tutor.token)["notOffered"] == [{"time": "09:00", **nothing}]


def test_an_invalid_token_is_an_error_with_explain_and_is_ignored_without_explain(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00")
    answer = api.call("get_availability", query={"tutorId": tutor.id, "explain": "true"}, token="nonsense")
    assert (answer.status, answer.json["code"]) == (401, "unauthenticated")
    both = api.call("get_availability", query={"tutorId": "nobody", "explain": "true"}, token="nonsense")
    assert both.status == 401  # tokens are checked before the query
    answer = api.call("get_availability", query={"tutorId": tutor.id}, token="nonsense")
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-cache")


def test_shared_caches_must_not_store_answers_with_details(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    query = {"tutorId": tutor.id, "explain": "true"}
    assert api.call("get_availability", query=query, token=tutor.token).headers["cache-control"] == "private, no-cache"


def test_explain_is_true_or_false(api: Api) -> None:
    answer = api.call("get_availability", query={"tutorId": str(uuid4()), "explain": "yes"})
    assert answer.json["errors"] == [{"field": "explain", "message": "use true or false"}]
