"""`audit_history?include=bookings`: what happened to a tutor's bookings."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.builders import ADMIN, ADMIN_USER, Tutor, add_booking, add_slots, add_tutor, monday, slots, student
from tests.hosts import Api

DAY = monday(3)
BEN = student("Ben")


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00", "10:00", "11:00", "12:00")
    return tutor


def book(api: Api, tutor: Tutor, start: str, **more: Any) -> Any:
    answer = api.book(BEN.token, tutorId=str(tutor.id), date=str(DAY), time=start, **more)
    assert answer.status == 201, answer.body
    return answer.json


def change(api: Api, token: str, booking: Any, **to: Any) -> Any:
    answer = api.change_booking(token, tutorId=booking["tutorId"], bookingId=booking["bookingId"], **to)
    assert answer.status == 200, answer.body
    return answer.json


def events(api: Api, tutor: Tutor, **query: Any) -> list[Any]:
    answer = api.history(tutor.token, **{"tutorId": tutor.id, "include": "bookings", **query})
    assert answer.status == 200, answer.body
    found: list[Any] = answer.json["bookingEvents"]
    return found


def kinds(found: list[Any]) -> list[tuple[str, str]]:
    return [(event["event"], event["time"]) for event in found]


def set_in_past(engine: Engine, tutor: Tutor, values: str) -> None:
    """Change the tutor's bookings, as if time had passed or as another program may have written them."""
    with engine.begin() as connection:
        connection.execute(text(f"update bookings set {values} where tutor_id = :id"), {"id": tutor.id})


def test_each_change_of_a_booking_is_an_event_newest_first(api: Api, tutor: Tutor) -> None:
    placed = book(api, tutor, "09:00")
    held = book(api, tutor, "10:00", holdSeconds=600)
    confirmed = change(api, ADMIN, held, status="CONFIRMED")
    moved = change(api, BEN.token, held, moveTo={"date": str(DAY), "time": "11:00"})
    cancelled = change(api, tutor.token, placed, status="CANCELLED", reason="ill")

    def event(kind: str, at: str, booking: Any, by: str, reason: str | None = None) -> Any:
        of_booking = {"bookingId": booking["bookingId"], "date": str(DAY), "time": booking["time"]}
        of_booking |= {"startsAt": booking["startsAt"], "studentId": BEN.user_id, "studentName": "Ben"}
        return {"at": at, "event": kind, **of_booking, "by": by, "reason": reason}

    found = events(api, tutor)
    assert [found[0], *sorted(found[1:3], key=lambda each: each["event"]), *found[3:]] == [
        event("CANCELLED", cancelled["releasedAt"], placed, tutor.user_id, "ill"),
        event("MOVED", moved["createdAt"], held, BEN.user_id),
        event("PLACED", moved["createdAt"], moved, BEN.user_id),
        event("CONFIRMED", confirmed["confirmedAt"], held, ADMIN_USER),
        event("HELD", held["createdAt"], held, BEN.user_id),
        event("PLACED", placed["createdAt"], placed, BEN.user_id),
    ]


def test_a_hold_that_is_moved_is_held_and_confirmed_in_its_new_slot(api: Api, tutor: Tutor) -> None:
    moved = change(
        api, BEN.token, book(api, tutor, "09:00", holdSeconds=600), moveTo={"date": str(DAY), "time": "10:00"}
    )
    change(api, BEN.token, moved, status="CONFIRMED")
    assert sorted(kinds(events(api, tutor))) == [
        ("CONFIRMED", "10:00"),
        ("HELD", "09:00"),
        ("HELD", "10:00"),
        ("MOVED", "09:00"),
    ]


def test_a_hold_expires_when_it_runs_out_and_is_placed_again_when_it_is_confirmed(
    api: Api, tutor: Tutor, engine: Engine
) -> None:
    held = book(api, tutor, "09:00", holdSeconds=600)
    ran_out_at = datetime.now(UTC) - timedelta(hours=1)
    set_in_past(engine, tutor, f"created_at = '{ran_out_at - timedelta(days=1)}', hold_expires_at = '{ran_out_at}'")
    expired, placed = events(api, tutor)
    assert kinds([expired, placed]) == [("EXPIRED", "09:00"), ("HELD", "09:00")]
    assert (expired["at"], expired["by"]) == (ran_out_at.isoformat(), None)
    change(api, BEN.token, held, status="CONFIRMED")
    assert kinds(events(api, tutor)) == [("PLACED", "09:00"), ("EXPIRED", "09:00"), ("HELD", "09:00")]
    assert events(api, tutor)[1:] == [expired, placed]


def test_both_outcomes_are_events_after_a_correction(api: Api, tutor: Tutor, engine: Engine) -> None:
    yesterday = datetime.now(UTC).date() - timedelta(days=2)
    add_slots(engine, tutor, yesterday, "09:00")
    past = {"tutorId": str(tutor.id), "bookingId": str(add_booking(engine, tutor, yesterday, "09:00"))}
    missed = change(api, tutor.token, past, status="NO_SHOW")
    completed = change(api, ADMIN, past, status="COMPLETED")
    last, first, placed = events(api, tutor)
    assert (last["event"], last["at"], last["by"]) == ("COMPLETED", completed["completedAt"], ADMIN_USER)
    assert (first["event"], first["at"], first["by"]) == ("NO_SHOW", missed["completedAt"], tutor.user_id)
    assert (placed["event"], placed["by"]) == ("PLACED", None)


@pytest.mark.parametrize(
    ("status", "values", "expected"),
    [
        ("CONFIRMED", "hold_expires_at = 'infinity'", ["PLACED"]),
        ("AWAITING_PAYMENT", "hold_expires_at = null", ["HELD"]),
        ("AWAITING_PAYMENT", "hold_expires_at = 'infinity'", ["HELD"]),
        ("CANCELLED", "released_at = null", ["PLACED"]),
        ("EXPIRED", "hold_expires_at = now() - interval '1 second'", ["HELD", "EXPIRED"]),
        ("EXPIRED", "hold_expires_at = now() + interval '1 day', released_at = now()", ["HELD", "EXPIRED"]),
    ],
)
def test_bookings_of_other_programs_have_the_events_whose_instants_are_known(
    api: Api, tutor: Tutor, engine: Engine, status: str, values: str, expected: list[str]
) -> None:
    add_booking(engine, tutor, DAY, "09:00", status)
    set_in_past(engine, tutor, f"created_at = now() - interval '1 hour', {values}")
    assert [event["event"] for event in reversed(events(api, tutor))] == expected


def test_each_page_has_the_events_of_its_span(api: Api, tutor: Tutor) -> None:
    """They are those from the page's last entry up to the last entry of the page before. Filters don't affect them."""
    day = str(DAY + timedelta(days=1))
    first = book(api, tutor, "09:00")
    for starts in (["09:00"], []):
        assert api.update(tutor.token, tutorId=str(tutor.id), date=day, timeSlots=slots(*starts)).status == 200
        book(api, tutor, {1: "10:00", 0: "11:00"}[len(starts)])
    change(api, BEN.token, first, status="CANCELLED")
    pages: list[Any] = []
    query: dict[str, Any] = {"include": "settings,bookings", "limit": 1}
    while True:
        page = api.history(tutor.token, tutorId=tutor.id, **query).json
        assert page["settingsEvents"] == []
        pages.append(kinds(page["bookingEvents"]))
        if page["nextCursor"] is None:
            break
        query["cursor"] = page["nextCursor"]
    assert pages == [[("CANCELLED", "09:00"), ("PLACED", "11:00")], [("PLACED", "10:00"), ("PLACED", "09:00")]]
    whole = events(api, tutor)
    assert kinds(whole) == [each for page in pages for each in page]
    assert events(api, tutor, action="ADDED", reason="illness", date=str(DAY)) == whole
    assert [each["event"] for each in events(api, tutor, days=1)] == [each["event"] for each in whole]


def test_what_to_include_is_a_list(api: Api, tutor: Tutor) -> None:
    def included(value: str) -> set[str]:
        answer = api.history(tutor.token, tutorId=tutor.id, include=value)
        assert answer.status == 200, answer.body
        return {name for name in answer.json if name.endswith("Events")}

    assert included("bookings") == {"bookingEvents"}
    assert included("settings") == {"settingsEvents"}
    assert included("settings,bookings") == {"bookingEvents", "settingsEvents"}
    for invalid in ("", "notes", "bookings,", "bookings settings"):
        answer = api.history(tutor.token, tutorId=tutor.id, include=invalid)
        assert (answer.status, [error["field"] for error in answer.json["errors"]]) == (400, ["include"])
