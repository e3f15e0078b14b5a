"""`asOf`: what was shown at an instant in the past. It is computed from the log and the bookings.

An answer with `complete: true` is certain. An answer with `complete: false` may be wrong, because entries are missing.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.clock import Clock
from tests.builders import Tutor, add_booking, add_slots, add_tutor, log_rows, monday, slots
from tests.hosts import Answer, Api

DAY = monday()


def save(api: Api, tutor: Tutor, *starts: str, **body: Any) -> datetime:
    """Save a day; return the instant of the edit."""
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots(*starts), **body)
    assert answer.json["audit"] == "recorded"
    entries = api.history(tutor.token, tutorId=tutor.id).json["entries"]
    return datetime.fromisoformat(entries[0]["changedAt"])


def state_at(api: Api, tutor: Tutor, at: datetime) -> tuple[Any, bool]:
    """Return the version and slots of `DAY` at an instant, and `complete`. Return None if it had no version or slot."""
    answer = api.read(tutorId=tutor.id, startDate=DAY, endDate=DAY, asOf=at.isoformat())
    assert answer.status == 200
    assert datetime.fromisoformat(answer.json["asOf"]) == at
    days = [
        (day["version"], [(slot["time"], slot["status"]) for slot in day["timeSlots"]]) for day in answer.json["days"]
    ]
    return (days[0] if days else None), answer.json["complete"]


MOMENT = timedelta(microseconds=1)


def test_an_edit_is_shown_from_its_instant_on(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    first = save(api, tutor, "09:00")
    second = save(api, tutor, "09:00", "10:00")
    third = save(api, tutor)
    nine, ten = ("09:00", "AVAILABLE"), ("10:00", "AVAILABLE")
    assert state_at(api, tutor, first - MOMENT) == (None, True)
    assert state_at(api, tutor, first) == ((1, [nine]), True)
    assert state_at(api, tutor, second - MOMENT) == ((1, [nine]), True)
    assert state_at(api, tutor, second) == ((2, [nine, ten]), True)
    assert state_at(api, tutor, third) == ((3, []), True)


def test_after_repair_only_states_within_the_gap_are_uncertain(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Version 2 has no entries, so the second edit may have been at any time between the first and the third edit."""
    tutor = add_tutor(engine)
    first, second, third = (save(api, tutor, start) for start in ("09:00", "10:00", "11:00"))
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log where version = 2"))
    instants = (first - MOMENT, first, second, third)
    assert [state_at(api, tutor, at)[1] for at in instants] == [False, False, False, True]
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: datetime.now(UTC) + timedelta(minutes=5)))
    assert api.repair()["reconstructed"] == 1
    assert [state_at(api, tutor, at)[1] for at in instants] == [True, False, False, True]
    assert state_at(api, tutor, first - MOMENT) == (None, True)


def test_imported_slots_are_shown_at_instants_before_the_first_edit(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "08:00")
    add_slots(engine, tutor, DAY + timedelta(days=1), "08:00")
    before = datetime.now(UTC)
    save(api, tutor, "08:00", "09:00")
    assert state_at(api, tutor, before) == ((0, [("08:00", "AVAILABLE")]), True)
    answer = api.read(tutorId=tutor.id, startDate=DAY, asOf=before.isoformat())
    assert [day["date"] for day in answer.json["days"]] == [str(DAY), str(DAY + timedelta(days=1))]


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.mark.parametrize(
    ("status", "hold_expires_at", "released_at", "occupied_until"),
    [
        ("CONFIRMED", None, None, None),
        ("COMPLETED", None, None, None),
        ("AWAITING_PAYMENT", None, None, None),
        ("AWAITING_PAYMENT", NOON + HOUR, None, NOON + HOUR),
        ("CANCELLED", None, NOON + 2 * HOUR, NOON + 2 * HOUR),
        ("CANCELLED", NOON + 2 * HOUR, NOON + HOUR, NOON + HOUR),
        ("EXPIRED", NOON + HOUR, NOON + 2 * HOUR, NOON + HOUR),  # got the status EXPIRED an hour later
        ("EXPIRED", NOON + HOUR, NOON + HOUR, NOON + HOUR),
        ("EXPIRED", None, NOON + HOUR, NOON + HOUR),
        ("EXPIRED", NOON + HOUR, None, NOON + HOUR),
    ],
)
def test_a_booking_occupies_its_slot_from_its_creation_until_its_release(
    api: Api,
    engine: Engine,
    status: str,
    hold_expires_at: datetime | None,
    released_at: datetime | None,
    occupied_until: datetime | None,
) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00")
    booking = add_booking(engine, tutor, DAY, "09:00", status, hold_expires_at)
    with engine.begin() as connection:
        times = text("update bookings set created_at = :created_at, released_at = :released_at where id = :id")
        connection.execute(times, {"created_at": NOON, "released_at": released_at, "id": booking})
    end = occupied_until or datetime.now(UTC)
    for at, is_booked in (
        (NOON - MOMENT, False),
        (NOON, end > NOON),
        (end - MOMENT, end > NOON),
        (end, occupied_until is None),
    ):
        expected = "BOOKED" if is_booked else "AVAILABLE"
        assert state_at(api, tutor, at) == ((0, [("09:00", expected)]), True), at


def test_the_default_range_begins_with_the_tutors_date_at_that_instant(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine, "Pacific/Kiritimati")  # 14 hours ahead of UTC
    answer = api.read(tutorId=tutor.id, asOf="2026-03-02T12:00:00Z")
    assert (answer.json["startDate"], answer.json["endDate"]) == ("2026-03-03", "2026-03-16")


def errors_of(answer: Answer) -> Any:
    assert answer.status == 400
    return [(error["field"], error["message"]) for error in answer.json["errors"]]


def test_invalid_instants_are_errors(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    soon = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    assert errors_of(api.read(tutorId=tutor.id, asOf=soon)) == [
        ("asOf", "this instant is in the future: use one in the past")
    ]
    form = "use a date and time with an offset, in the years 2000 to 2999, such as 2026-11-22T14:03:00+01:00"
    for value in ("2026-03-02", "2026-03-02T12:00:00", "yesterday", "2026-03-02 12:00:00Z", "2026-03-02T12:00:00+1"):
        assert errors_of(api.read(tutorId=tutor.id, asOf=value)) == [("asOf", form)]
    for value in ("2026-03-02T25:00:00Z", "2026-03-02T12:00:00+24:00", "2026-03-02T1:2:3:4Z", "0001-01-01T00:00:00Z"):
        assert errors_of(api.read(tutorId=tutor.id, asOf=value)) == [("asOf", form)]
    does_not_exist = "this date doesn't exist: use a date of the calendar"
    assert errors_of(api.read(tutorId=tutor.id, asOf="2026-02-30T12:00:00Z")) == [("asOf", does_not_exist)]
    assert errors_of(api.read(tutorId=tutor.id, asOf="2026-03-02T12:00:00Z", explain="true"))[0][0] == "explain"


def test_a_plus_that_was_not_encoded_is_accepted(api: Api, engine: Engine) -> None:
    """In a query, a plus sign that isn't percent-encoded is decoded as a space."""
    tutor = add_tutor(engine)
    answer = api.call("get_availability", query=f"tutorId={tutor.id}&asOf=2026-03-02T12:00:00+01:00")
    assert answer.json["asOf"] == "2026-03-02T11:00:00+00:00"
    assert log_rows(engine, tutor) == []


def test_slots_created_at_minus_infinity_are_shown(api: Api, engine: Engine) -> None:
    """An import may write an instant that Python can't represent."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00")
    with engine.begin() as connection:
        connection.execute(text("update tutor_time_slots set created_at = '-infinity'"))
    answer = api.read(tutorId=tutor.id, startDate=str(DAY), asOf="2026-11-22T12:00:00Z")
    assert [slot["time"] for day in answer.json["days"] for slot in day["timeSlots"]] == ["09:00"]
