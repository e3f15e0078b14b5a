"""`/bookings`: placing, reading and changing bookings of one slot."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from tests.builders import ADMIN, ADMIN_USER, Student, Tutor, add_booking, add_slots, add_tutor, monday, student
from tests.hosts import Answer, Api

DAY = monday(3)
BEN = student("Ben")


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    """A tutor with four slots, from 09:00 to 13:00 in Copenhagen."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00", "10:00", "11:00", "12:00")
    return tutor


def refused(answer: Answer, status: int, code: str) -> Any:
    """Assert that the answer is this error, and return its body."""
    assert (answer.status, answer.json["code"]) == (status, code), answer.body
    return answer.json


def statuses(api: Api, tutor: Tutor, day: date = DAY) -> dict[str, str]:
    """Return the status of each slot, as everybody sees it."""
    (read,) = api.read(tutorId=tutor.id, startDate=day, endDate=day).json["days"]
    return {slot["time"]: slot["status"] for slot in read["timeSlots"]}


def run_out(engine: Engine, tutor: Tutor, booking_id: str | None = None) -> None:
    """Let the tutor's holds run out, or only this one, as if the time had passed."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "update bookings set created_at = :before, hold_expires_at = :now"
                " where tutor_id = :id and status = 'AWAITING_PAYMENT' and id = coalesce(:booking_id, id)"
            ),
            {
                "id": tutor.id,
                "booking_id": booking_id,
                "before": datetime.now(UTC) - timedelta(days=1),
                "now": datetime.now(UTC),
            },
        )


def set_notice(engine: Engine, tutor: Tutor, *, booking: int = 0, cancellation: int = 0, active: bool = True) -> None:
    """Set the tutor's notices, in minutes."""
    with engine.begin() as connection:
        connection.execute(
            text(
                "update tutors set booking_notice_minutes = :booking, cancellation_notice_minutes = :cancellation,"
                " active = :active where id = :id"
            ),
            {"booking": booking, "cancellation": cancellation, "active": active, "id": tutor.id},
        )


def stored(engine: Engine, tutor: Tutor) -> list[Any]:
    """Return all rows of the tutor's bookings."""
    with engine.connect() as connection:
        return list(
            connection.execute(text("select * from bookings where tutor_id = :id"), {"id": tutor.id}).mappings()
        )


def test_a_student_books_a_slot(api: Api, tutor: Tutor, engine: Engine) -> None:
    answer = api.book(BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00")
    assert answer.status == 201, answer.body
    booking = answer.json
    varying = dict.fromkeys(("bookingId", "createdAt", "confirmedAt", "startsAt", "endsAt", "changeableUntil"), "")
    assert booking | varying == {
        "bookingId": "",
        "tutorId": str(tutor.id),
        "tutorName": "Ada",
        "studentId": BEN.user_id,
        "studentName": "Ben",
        "date": DAY.isoformat(),
        "time": "10:00",
        "durationMinutes": 60,
        "timeZone": "Europe/Copenhagen",
        "startsAt": "",
        "endsAt": "",
        "changeableUntil": "",
        "status": "CONFIRMED",
        "holdExpiresAt": None,
        "createdAt": "",
        "createdBy": "self",
        "confirmedAt": "",
        "completedAt": None,
        "completedBy": None,
        "releasedAt": None,
        "releasedBy": None,
        "reason": None,
        "movedFrom": None,
        "movedTo": None,
        "seriesId": None,
    }
    starts_at, ends_at = (datetime.fromisoformat(booking[name]) for name in ("startsAt", "endsAt"))
    assert (starts_at.date(), ends_at - starts_at) == (DAY, timedelta(hours=1))
    assert booking["createdAt"] == booking["confirmedAt"]
    assert statuses(api, tutor) == {"09:00": "AVAILABLE", "10:00": "BOOKED", "11:00": "AVAILABLE", "12:00": "AVAILABLE"}
    one = api.bookings(BEN.token, tutorId=tutor.id, bookingId=booking["bookingId"])
    assert one.json == booking


def test_a_booking_says_until_when_the_student_can_change_it(api: Api, tutor: Tutor, engine: Engine) -> None:
    set_notice(engine, tutor, cancellation=90)
    booking = api.book(BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00").json
    starts_at, until = (datetime.fromisoformat(booking[name]) for name in ("startsAt", "changeableUntil"))
    assert starts_at - until == timedelta(minutes=90)


def test_a_booked_slot_is_refused_with_the_nearest_free_slots(api: Api, tutor: Tutor) -> None:
    first = api.book(BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00")
    second = api.book(student().token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00")
    assert first.status == 201
    problem = refused(second, 409, "slot_taken")
    assert [slot["time"] for slot in problem["alternatives"]] == ["09:00", "11:00", "12:00"]
    assert problem["alternatives"][0] == {
        "date": DAY.isoformat(),
        "time": "09:00",
        "durationMinutes": 60,
        "timeZone": "Europe/Copenhagen",
        "startsAt": problem["alternatives"][0]["startsAt"],
        "endsAt": problem["alternatives"][0]["endsAt"],
    }


def test_a_hold_that_ran_out_reads_expired_and_is_not_in_the_way(api: Api, tutor: Tutor, engine: Engine) -> None:
    held = api.book(BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00", holdSeconds=600).json
    assert held["status"] == "AWAITING_PAYMENT"
    assert datetime.fromisoformat(held["holdExpiresAt"]) - datetime.fromisoformat(held["createdAt"]) == timedelta(
        minutes=10
    )
    run_out(engine, tutor)
    expired = api.bookings(BEN.token, tutorId=tutor.id, bookingId=held["bookingId"]).json
    assert (expired["status"], expired["releasedAt"]) == ("EXPIRED", expired["holdExpiresAt"])
    other = student()
    assert api.book(other.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00").status == 201
    assert {row["status"] for row in stored(engine, tutor)} == {"EXPIRED", "CONFIRMED"}
    refused(change(api, BEN, held, status="CONFIRMED"), 409, "hold_expired")


def change(api: Api, who: Student | str, booking: Any, **to: Any) -> Answer:
    token = who if isinstance(who, str) else who.token
    return api.change_booking(token, tutorId=booking["tutorId"], bookingId=booking["bookingId"], **to)


def test_a_hold_is_confirmed_once(api: Api, tutor: Tutor) -> None:
    held = api.book(BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00", holdSeconds=600).json
    confirmed = change(api, BEN, held, status="CONFIRMED")
    assert (confirmed.status, confirmed.json["status"]) == (200, "CONFIRMED")
    assert change(api, BEN, held, status="CONFIRMED").json == confirmed.json
    refused(change(api, tutor.token, held, status="CONFIRMED"), 403, "forbidden")


def test_a_hold_that_ran_out_is_replaced_by_a_new_booking_while_its_slot_is_free(
    api: Api, tutor: Tutor, engine: Engine
) -> None:
    held = api.book(BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00", holdSeconds=600).json
    run_out(engine, tutor)
    confirmed = change(api, BEN, held, status="CONFIRMED").json
    assert (confirmed["status"], confirmed["movedFrom"]) == ("CONFIRMED", held["bookingId"])
    assert change(api, BEN, held, status="CONFIRMED").json == confirmed
    old = api.bookings(BEN.token, tutorId=tutor.id, bookingId=held["bookingId"]).json
    assert (old["status"], old["movedTo"]) == ("EXPIRED", confirmed["bookingId"])


def test_a_confirmation_is_repeated_after_the_booking_was_moved(api: Api, tutor: Tutor, engine: Engine) -> None:
    """The answer is the booking that was confirmed. A hold that was moved before was never confirmed itself."""
    slot = {"tutorId": str(tutor.id), "date": DAY.isoformat()}
    held = api.book(BEN.token, **slot, time="10:00", holdSeconds=600).json
    to = {"date": DAY.isoformat(), "time": "11:00"}
    moved_hold = change(api, BEN, held, moveTo=to).json
    problem = refused(change(api, BEN, held, status="CONFIRMED"), 409, "invalid_transition")
    assert moved_hold["bookingId"] in problem["detail"]
    confirmed = change(api, BEN, moved_hold, status="CONFIRMED").json
    moved = change(api, BEN, confirmed, moveTo=to | {"time": "12:00"}).json
    before = stored(engine, tutor)
    repeated = change(api, BEN, moved_hold, status="CONFIRMED")
    assert (repeated.status, repeated.json["movedTo"]) == (200, moved["bookingId"])
    assert repeated.json == api.bookings(BEN.token, tutorId=tutor.id, bookingId=confirmed["bookingId"]).json
    assert stored(engine, tutor) == before


def test_cancelling_frees_the_slot_and_is_done_once(api: Api, tutor: Tutor) -> None:
    booking = api.book(BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00").json
    cancelled = change(api, tutor.token, booking, status="CANCELLED", reason="ill")
    assert (cancelled.status, cancelled.json["releasedBy"], cancelled.json["reason"]) == (200, tutor.user_id, "ill")
    assert statuses(api, tutor)["10:00"] == "AVAILABLE"
    assert change(api, tutor.token, booking, status="CANCELLED", reason="again").json == cancelled.json
    as_student = api.bookings(BEN.token, tutorId=tutor.id, bookingId=booking["bookingId"]).json
    assert as_student["releasedBy"] == "tutor"
    problem = refused(change(api, BEN, booking, status="CONFIRMED"), 409, "invalid_transition")
    assert problem["bookingStatus"] == "CANCELLED"


def test_moving_places_another_booking(api: Api, tutor: Tutor, engine: Engine) -> None:
    booking = api.book(BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00").json
    to = {"date": DAY.isoformat(), "time": "12:00"}
    moved = change(api, BEN, booking, moveTo=to)
    assert (moved.status, moved.json["movedFrom"], moved.json["time"]) == (200, booking["bookingId"], "12:00")
    assert change(api, BEN, booking, moveTo=to).json == moved.json
    assert statuses(api, tutor) == {"09:00": "AVAILABLE", "10:00": "AVAILABLE", "11:00": "AVAILABLE", "12:00": "BOOKED"}
    old = api.bookings(BEN.token, tutorId=tutor.id, bookingId=booking["bookingId"]).json
    assert (old["status"], old["movedTo"], old["releasedAt"]) == (
        "CANCELLED",
        moved.json["bookingId"],
        moved.json["createdAt"],
    )
    refused(change(api, BEN, booking, status="CANCELLED"), 409, "invalid_transition")
    refused(change(api, BEN, booking, moveTo=to | {"time": "11:00"}), 409, "invalid_transition")
    refused(change(api, BEN, moved.json, moveTo=to), 409, "slot_taken")
    refused(change(api, BEN, moved.json, moveTo=to | {"time": "13:00"}), 404, "slot_not_found")
    assert len(stored(engine, tutor)) == 2


def test_the_same_key_books_once(api: Api, tutor: Tutor, engine: Engine) -> None:
    body = {"tutorId": str(tutor.id), "date": DAY.isoformat(), "time": "10:00"}
    first, second = (api.book(BEN.token, "key 1", **body) for _ in range(2))
    assert (first.status, second.status, second.json) == (201, 200, first.json)
    change(api, BEN, first.json, status="CANCELLED")
    third = api.book(BEN.token, "key 1", **body)
    assert (third.status, third.json["status"], third.json["bookingId"]) == (200, "CANCELLED", first.json["bookingId"])
    refused(api.book(BEN.token, "key 1", **body | {"time": "11:00"}), 422, "idempotency_key_reused")
    assert api.book(student().token, "key 1", **body).status == 201
    assert len(stored(engine, tutor)) == 2


def test_the_reasons_for_a_refusal_in_their_order(api: Api, tutor: Tutor, engine: Engine) -> None:
    def attempt(token: str = BEN.token, **more: Any) -> Answer:
        return api.book(token, **{"tutorId": str(tutor.id), "date": DAY.isoformat(), "time": "10:00"} | more)

    refused(attempt(tutorId="00000000-0000-4000-8000-00000000ffff"), 404, "tutor_not_found")
    refused(attempt(time="10:30"), 404, "slot_not_found")
    refused(attempt(durationMinutes=45), 404, "slot_not_found")
    refused(attempt(startsAt=f"{DAY}T03:00:00Z"), 404, "slot_not_found")
    set_notice(engine, tutor, booking=60 * 24 * 60)
    refused(attempt(), 409, "too_late")
    assert attempt(ADMIN, studentId=BEN.user_id, time="09:00").status == 201
    set_notice(engine, tutor, active=False)
    refused(attempt(), 409, "tutor_inactive")
    refused(attempt(ADMIN, studentId=BEN.user_id), 409, "tutor_inactive")
    set_notice(engine, tutor)
    other = add_tutor(engine, "Asia/Tokyo")
    zone = timedelta(hours=9)
    starts_at = api.read(tutorId=tutor.id, startDate=DAY, endDate=DAY).json["days"][0]["timeSlots"][1]["startsAt"]
    local = (datetime.fromisoformat(starts_at).astimezone(UTC) + zone + timedelta(minutes=30)).replace(tzinfo=None)
    add_slots(engine, other, local.date(), local.strftime("%H:%M"))
    busy = api.book(BEN.token, tutorId=str(other.id), date=local.date().isoformat(), time=local.strftime("%H:%M"))
    assert busy.status == 201, busy.body
    refused(attempt(), 409, "student_busy")
    refused(attempt(time="09:00"), 409, "slot_taken")


def test_a_sixth_hold_is_refused(api: Api, tutor: Tutor, engine: Engine) -> None:
    others = [add_tutor(engine) for _ in range(5)]
    ben = student()
    for number, other in enumerate(others):
        add_slots(engine, other, DAY + timedelta(days=number + 1), "09:00")
        day = (DAY + timedelta(days=number + 1)).isoformat()
        assert api.book(ben.token, tutorId=str(other.id), date=day, time="09:00", holdSeconds=60).status == 201
    body = {"tutorId": str(tutor.id), "date": DAY.isoformat(), "time": "10:00"}
    refused(api.book(ben.token, **body, holdSeconds=60), 409, "too_many_holds")
    assert api.book(ben.token, **body).status == 201


def test_only_admins_book_for_others(api: Api, tutor: Tutor) -> None:
    body = {"tutorId": str(tutor.id), "date": DAY.isoformat(), "time": "10:00", "studentId": "somebody"}
    refused(api.book(BEN.token, **body), 403, "forbidden")
    booked = api.book(ADMIN, **body, studentName="Somebody").json
    assert (booked["studentId"], booked["studentName"], booked["createdBy"]) == ("somebody", "Somebody", ADMIN_USER)
    refused(api.bookings(BEN.token, tutorId=tutor.id, bookingId=booked["bookingId"]), 404, "booking_not_found")
    refused(change(api, BEN, booked, status="CANCELLED"), 404, "booking_not_found")


def test_an_outcome_is_said_after_the_start_and_can_be_corrected(api: Api, tutor: Tutor, engine: Engine) -> None:
    future = api.book(BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00").json
    refused(change(api, tutor.token, future, status="COMPLETED"), 409, "invalid_transition")
    yesterday = datetime.now(UTC).date() - timedelta(days=2)
    add_slots(engine, tutor, yesterday, "09:00")
    past = {"tutorId": str(tutor.id), "bookingId": str(add_booking(engine, tutor, yesterday, "09:00"))}
    missed = change(api, tutor.token, past, status="NO_SHOW").json
    assert (missed["status"], missed["completedBy"]) == ("NO_SHOW", tutor.user_id)
    assert [row["status"] for row in stored(engine, tutor) if row["no_show_at"]] == ["COMPLETED"]
    corrected = change(api, tutor.token, past, status="COMPLETED").json
    assert corrected["status"] == "COMPLETED"
    assert change(api, tutor.token, past, status="NO_SHOW").json["status"] == "NO_SHOW"
    with engine.begin() as connection:
        connection.execute(
            text("update bookings set outcome_at = now() - interval '8 days' where no_show_at > '2000-1-1'")
        )
    refused(change(api, tutor.token, past, status="COMPLETED"), 409, "invalid_transition")


def test_lists_are_by_start_and_in_pages(api: Api, tutor: Tutor, engine: Engine) -> None:
    ben = student()
    for start in ("12:00", "09:00", "11:00"):
        assert api.book(ben.token, tutorId=str(tutor.id), date=DAY.isoformat(), time=start).status == 201
    with engine.begin() as connection:  # as another program may insert it, without a zone
        connection.execute(
            text(
                "insert into bookings (tutor_id, id, student_id, date, start_time, status)"
                " values (:tutor, gen_random_uuid(), :student, :date, '10:00', 'CONFIRMED')"
            ),
            {"tutor": tutor.id, "student": ben.user_id, "date": DAY},
        )
    pages: list[list[str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.bookings(ben.token, studentId="me", limit=2, **cursor).json
        pages.append([booking["time"] for booking in page["bookings"]])
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert pages == [["09:00", "10:00"], ["11:00", "12:00"]]
    assert len(api.bookings(tutor.token, tutorId=tutor.id).json["bookings"]) == 4
    assert api.bookings(tutor.token, tutorId=tutor.id, status="CANCELLED").json["bookings"] == []
    refused(api.bookings(ben.token, tutorId=tutor.id), 403, "forbidden")
    refused(api.bookings(ben.token, studentId="somebody"), 403, "forbidden")


def test_closing_a_day_cancels_its_bookings_if_asked(api: Api, tutor: Tutor, engine: Engine) -> None:
    for start in ("10:00", "11:00"):
        api.book(BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time=start)
    body = {"tutorId": str(tutor.id), "date": DAY.isoformat(), "timeSlots": [{"time": "11:00"}]}
    refused(api.update(tutor.token, **body), 409, "slot_booked")
    cancelling = {**body, "cancelBookings": {"reason": "ill"}}
    dry = api.update(tutor.token, **cancelling, dryRun=True).json
    assert ([each["status"] for each in dry["cancelled"]], dry["conflicts"]) == (["CONFIRMED"], [])
    answer = api.update(tutor.token, **cancelling)
    assert answer.status == 200, answer.body
    (cancelled,) = answer.json["cancelled"]
    assert cancelled == api.bookings(tutor.token, tutorId=tutor.id, bookingId=cancelled["bookingId"]).json
    assert (cancelled["time"], cancelled["status"], cancelled["reason"]) == ("10:00", "CANCELLED", "ill")
    (entry, *_) = api.history(tutor.token, tutorId=tutor.id).json["entries"]
    assert entry["changedAt"] == cancelled["releasedAt"]
    assert statuses(api, tutor) == {"11:00": "BOOKED"}
    assert api.update(tutor.token, **cancelling).json["cancelled"] == []
    problem = refused(
        api.update(tutor.token, tutorId=str(tutor.id), revert=entry["changeSetId"], cancelBookings={}),
        400,
        "invalid_request",
    )
    assert problem["errors"][0]["field"] == "cancelBookings"


def test_closing_a_day_does_not_claim_a_cancellation_by_another_program(
    api: Api, tutor: Tutor, engine: Engine, is_lock_awaited: Callable[[], bool]
) -> None:
    """The program cancels the booking after the edit was planned, and commits while the edit waits for its lock."""
    api.book(BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00")
    body = {"tutorId": str(tutor.id), "date": DAY.isoformat(), "timeSlots": [], "cancelBookings": {"reason": "ill"}}
    cancel = text("update bookings set status = 'CANCELLED', reason = 'moved away' where tutor_id = :id")
    with engine.connect() as connection, ThreadPoolExecutor(1) as pool:
        transaction = connection.begin()
        connection.execute(cancel, {"id": tutor.id})
        answer = pool.submit(api.update, tutor.token, **body)
        while not is_lock_awaited():
            assert not answer.done()
        transaction.commit()
        closed = answer.result()
    assert (closed.status, closed.json["cancelled"], statuses(api, tutor)) == (200, [], {})
    assert [row["reason"] for row in stored(engine, tutor)] == ["moved away"]


def test_repair_expires_holds_and_completes_bookings_of_other_programs(api: Api, tutor: Tutor, engine: Engine) -> None:
    api.book(BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00", holdSeconds=60)
    run_out(engine, tutor)
    add_booking(engine, tutor, DAY, "11:00")
    add_booking(engine, tutor, DAY, "12:00", status="CANCELLED")
    api.repair()
    expired, booked, cancelled = sorted(stored(engine, tutor), key=lambda row: row["start_time"])
    assert (expired["status"], expired["released_at"]) == ("EXPIRED", expired["hold_expires_at"])
    assert (booked["duration_minutes"], booked["time_zone"]) == (60, "Europe/Copenhagen")
    assert (cancelled["duration_minutes"], cancelled["time_zone"]) == (None, "Europe/Copenhagen")
    assert cancelled["released_at"] == cancelled["noticed_at"]
    api.repair()
    assert sorted(stored(engine, tutor), key=lambda row: row["start_time"]) == [expired, booked, cancelled]


@pytest.mark.parametrize(
    "how", ["cancel", "move", "close", "expire by booking", "expire by an edit", "expire by repair"]
)
def test_a_booking_by_sql_keeps_what_was_booked_when_it_is_released(api: Api, engine: Engine, how: str) -> None:
    """Another program leaves out the zone and the duration; they are the slot's."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "11:00", "13:00", minutes=45, zone="America/New_York")
    is_hold = how.startswith("expire")
    until = datetime.now(UTC) + timedelta(minutes=5) if is_hold else None
    booking_id = add_booking(engine, tutor, DAY, "11:00", "AWAITING_PAYMENT" if is_hold else "CONFIRMED", until)

    def booked() -> dict[str, Any]:
        booking = api.bookings(tutor.token, tutorId=tutor.id, bookingId=booking_id).json
        assert (booking["releasedAt"] is not None) == (booking["status"] in ("CANCELLED", "EXPIRED"))
        return {name: booking[name] for name in ("startsAt", "endsAt", "durationMinutes", "timeZone")}

    before = booked()
    of_booking = {"tutorId": str(tutor.id), "bookingId": str(booking_id)}
    slot = {"tutorId": str(tutor.id), "date": DAY.isoformat()}
    if is_hold:
        run_out(engine, tutor)
    match how:
        case "cancel":
            api.change_booking(tutor.token, **of_booking, status="CANCELLED")
        case "move":
            api.change_booking(tutor.token, **of_booking, moveTo={"date": DAY.isoformat(), "time": "13:00"})
        case "close":
            api.update(tutor.token, **slot, timeSlots=[], cancelBookings={})
        case "expire by booking":
            api.book(BEN.token, **slot, time="11:00")
        case "expire by an edit":
            api.update(tutor.token, **slot, timeSlots=[])
        case _:
            api.repair()
    (row,) = [row for row in stored(engine, tutor) if row["id"] == booking_id]
    assert row["status"] in ("CANCELLED", "EXPIRED")
    assert (row["duration_minutes"], row["time_zone"]) == (45, "America/New_York")
    assert booked() == before


def test_a_slot_that_another_program_removes_at_the_same_time_is_not_found(
    api: Api, tutor: Tutor, engine: Engine, is_lock_awaited: Callable[[], bool]
) -> None:
    with engine.connect() as connection, ThreadPoolExecutor(1) as pool:
        removal = text("delete from tutor_time_slots where tutor_id = :id and start_time = '10:00'")
        transaction = connection.begin()
        connection.execute(removal, {"id": tutor.id})
        answer = pool.submit(api.book, BEN.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00")
        while not is_lock_awaited():
            assert not answer.done()
        transaction.commit()
        problem = refused(answer.result(), 404, "slot_not_found")
    assert [slot["time"] for slot in problem["alternatives"]] == ["09:00", "11:00", "12:00"]


def test_a_tutor_may_confirm_and_complete_the_booking_of_their_own_slot(api: Api, tutor: Tutor) -> None:
    held = api.book(tutor.token, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00", holdSeconds=60).json
    assert change(api, tutor.token, held, status="CONFIRMED").json["status"] == "CONFIRMED"


def test_correcting_an_outcome_does_not_prolong_the_week_for_corrections(
    api: Api, tutor: Tutor, engine: Engine
) -> None:
    day = datetime.now(UTC).date() - timedelta(days=2)
    add_slots(engine, tutor, day, "09:00")
    past = {"tutorId": str(tutor.id), "bookingId": str(add_booking(engine, tutor, day, "09:00"))}
    for status in ("COMPLETED", "NO_SHOW", "COMPLETED"):
        assert change(api, tutor.token, past, status=status).json["status"] == status
    with engine.begin() as connection:
        earlier = text("update bookings set outcome_at = :at where id = :id")
        connection.execute(earlier, {"at": datetime.now(UTC) - timedelta(days=7), "id": past["bookingId"]})
    refused(change(api, tutor.token, past, status="NO_SHOW"), 409, "invalid_transition")


@pytest.mark.parametrize("column", ["hold_expires_at", "created_at", "released_at"])
@pytest.mark.parametrize("instant", ["infinity", "-infinity", "20000-01-01", "0044-03-15 BC"])
def test_instants_that_no_calendar_shows_stop_no_list(
    api: Api, tutor: Tutor, engine: Engine, column: str, instant: str
) -> None:
    """Another program may have written them."""
    booking_id = add_booking(engine, tutor, DAY, "10:00", "AWAITING_PAYMENT")
    with engine.begin() as connection:
        connection.execute(text(f"update bookings set {column} = '{instant}' where id = :id"), {"id": booking_id})
        odd = """
            insert into bookings (tutor_id, id, student_id, date, start_time, status)
            values (:t, :i, 'x', :d, '00:00', 'CANCELLED')
        """
        for day in ("0001-01-01", "infinity", "20000-01-01"):
            connection.execute(text(odd.replace(":d", f"'{day}'")), {"t": tutor.id, "i": uuid4()})
    assert api.bookings(tutor.token, tutorId=tutor.id).status == 200
    assert api.history(tutor.token, tutorId=tutor.id, include="bookings").status == 200
    assert api.read(tutorId=tutor.id, startDate=DAY, explain="true").status == 200


def test_a_moved_booking_that_another_program_confirmed_is_certain(api: Api, tutor: Tutor, engine: Engine) -> None:
    ran_out = datetime.now(UTC) - timedelta(hours=1)
    booking_id = add_booking(engine, tutor, DAY, "10:00", "CONFIRMED", ran_out)
    booking = {"tutorId": str(tutor.id), "bookingId": str(booking_id)}
    moved = change(api, tutor.token, booking, moveTo={"date": DAY.isoformat(), "time": "12:00"}).json
    events = api.history(tutor.token, tutorId=tutor.id, include="bookings").json["bookingEvents"]
    assert [each["event"] for each in events if each["bookingId"] == moved["bookingId"]] == ["PLACED"]


@pytest.mark.parametrize(
    ("key", "status"), [("é" * 200, 201), ("\xa0\xad", 201), (" k ", 201), (" ", 400), ("x" * 256, 400)]
)
def test_a_key_is_text_of_at_most_255_characters(api: Api, tutor: Tutor, key: str, status: int) -> None:
    answer = api.book(BEN.token, key, tutorId=str(tutor.id), date=DAY.isoformat(), time="10:00")
    assert answer.status == status, answer.body


def test_null_fields_and_me_are_understood(api: Api, tutor: Tutor) -> None:
    slot = {"tutorId": str(tutor.id), "date": DAY.isoformat(), "time": "10:00"}
    booking = api.book(BEN.token, None, **slot, studentId="me", repeat=None).json
    assert booking["studentId"] == BEN.user_id
    assert change(api, BEN, booking, status="CANCELLED", moveTo=None, seriesId=None).status == 200
