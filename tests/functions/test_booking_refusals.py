"""Bad requests to `/bookings`: each answer says what is wrong and what to do, and nothing changes in the database."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.builders import ADMIN, add_slots, add_tutor, monday, student
from tests.functions.test_bookings import run_out, set_notice
from tests.hosts import Answer, Api

DAY = monday(3)
YESTERDAY = datetime.now(UTC).date() - timedelta(days=2)
TABLES = ("bookings", "tutor_time_slots", "tutor_days", "tutor_availability_log")


def on(day: date) -> str:
    return str(day)


@dataclass
class Scene:
    """A tutor with slots, and Ben, who has booked 10:00 on the first day; Eva has 11:00. 12:00 is free.

    09:00 is offered in three weeks, and 12:00 in two: the second is free, and the fourth has no slot at 12:00.
    """

    api: Api
    engine: Engine

    def __post_init__(self) -> None:
        self.tutor = add_tutor(self.engine)
        self.ben, self.eva = student("Ben"), student("Eva")
        add_slots(self.engine, self.tutor, DAY, "09:00", "10:00", "11:00", "12:00")
        for week in (1, 2):
            add_slots(self.engine, self.tutor, DAY + timedelta(weeks=week), "09:00")
        add_slots(self.engine, self.tutor, DAY + timedelta(weeks=1), "12:00")
        add_slots(self.engine, self.tutor, YESTERDAY, "10:00")
        self.booked = self.book(time="10:00", key="the key").json
        self.eva_s = self.book(time="11:00", who=self.eva.token).json

    def book(self, *, time: str = "12:00", who: str = "", key: str | None = None, **more: Any) -> Answer:
        body = {"tutorId": str(self.tutor.id), "date": on(DAY), "time": time, **more}
        return self.api.book(who or self.ben.token, key, **body)

    def hold(self, time: str = "12:00") -> Any:
        return self.book(time=time, holdSeconds=60).json

    def change(self, booking: Any = None, *, who: str = "", **to: Any) -> Answer:
        booking_id = (booking or self.booked)["bookingId"]
        return self.send({"bookingId": booking_id, **to}, who)

    def send(self, body: dict[str, Any], who: str = "") -> Answer:
        return self.api.change_booking(who or self.ben.token, **{"tutorId": str(self.tutor.id), **body})

    def move(self, time: str, *, who: str = "", **more: Any) -> Answer:
        return self.change(who=who, moveTo={"date": on(DAY), "time": time, **more})

    def series(self, time: str = "09:00", count: int = 3, **more: Any) -> Answer:
        return self.book(time=time, repeat={"everyWeeks": 1, "count": count}, **more)

    def rows(self) -> list[Any]:
        with self.engine.connect() as connection:
            return [sorted(map(str, connection.execute(text(f"select * from {table}")).all())) for table in TABLES]


Request = Callable[[], Answer]


def wait_too_long(scene: Scene) -> Request:
    held = scene.hold()
    run_out(scene.engine, scene.tutor)
    assert scene.book(who=scene.eva.token).status == 201
    return lambda: scene.change(held, status="CONFIRMED")


def hold_a_sixth_slot(scene: Scene) -> Request:
    for number in range(5):
        tutor, day = add_tutor(scene.engine), DAY + timedelta(days=number + 1)
        add_slots(scene.engine, tutor, day, "09:00")
        assert scene.book(time="09:00", tutorId=str(tutor.id), date=on(day), holdSeconds=60).status == 201
    return lambda: scene.book(holdSeconds=60)


def with_notice(request: Callable[[Scene], Answer], **notice: Any) -> Callable[[Scene], Request]:
    def prepare(scene: Scene) -> Request:
        set_notice(scene.engine, scene.tutor, **notice)
        return lambda: request(scene)

    return prepare


def have_another_lesson(scene: Scene) -> Request:
    other = add_tutor(scene.engine)
    add_slots(scene.engine, other, DAY, "12:30")
    assert scene.book(tutorId=str(other.id), time="12:30").status == 201
    return scene.book


def move_again(scene: Scene) -> Request:
    assert scene.move("12:00").status == 200
    return lambda: scene.move("09:00")


def cancel_what_was_moved(scene: Scene) -> Request:
    assert scene.move("12:00").status == 200
    return lambda: scene.change(status="CANCELLED")


def confirm_what_was_cancelled(scene: Scene) -> Request:
    assert scene.change(status="CANCELLED").status == 200
    return lambda: scene.change(status="CONFIRMED")


NO_NOTICE_LEFT = 60 * 24 * 60
PREPARED: dict[str, tuple[Callable[[Scene], Request], int, str, str]] = {
    "inactive tutor": (with_notice(lambda s: s.book(), active=False), 409, "tutor_inactive", "choose another tutor"),
    "too soon": (with_notice(lambda s: s.book(), booking=NO_NOTICE_LEFT), 409, "too_late", "choose a later slot"),
    "confirming too late": (wait_too_long, 409, "hold_expired", "choose another one"),
    "a sixth hold": (hold_a_sixth_slot, 409, "too_many_holds", "confirm or cancel one of them"),
    "two lessons at once": (have_another_lesson, 409, "student_busy", "choose another slot, or cancel the other"),
    "cancelling too late": (
        with_notice(lambda s: s.change(status="CANCELLED"), cancellation=NO_NOTICE_LEFT),
        409,
        "too_late",
        "ask the tutor",
    ),
    "moving to dodge the notice": (
        with_notice(lambda s: s.move("12:00"), cancellation=NO_NOTICE_LEFT),
        409,
        "too_late",
        "ask the tutor",
    ),
    "moving to a slot that is too soon": (
        with_notice(lambda s: s.move("12:00"), booking=NO_NOTICE_LEFT),
        409,
        "too_late",
        "choose a later slot",
    ),
    "moving twice": (move_again, 409, "invalid_transition", "use the booking"),
    "cancelling what was moved": (cancel_what_was_moved, 409, "invalid_transition", "use the booking"),
    "confirming what was cancelled": (confirm_what_was_cancelled, 409, "invalid_transition", "read it again"),
}
SIMPLE: dict[str, tuple[Callable[[Scene], Answer], int, str, str]] = {
    "a slot that was never offered": (lambda s: s.book(time="12:30"), 404, "slot_not_found", "choose another one"),
    "a past slot": (lambda s: s.book(date=on(YESTERDAY), time="10:00"), 409, "too_late", "choose a later slot"),
    "a past slot, for an admin": (
        lambda s: s.book(who=ADMIN, studentId="eva", date=on(YESTERDAY), time="10:00"),
        409,
        "too_late",
        "choose a later slot",
    ),
    "a booked slot": (lambda s: s.book(time="11:00"), 409, "slot_taken", "choose another one"),
    "a hold that is too short": (lambda s: s.book(holdSeconds=29), 400, "invalid_request", "use 30 or more"),
    "a hold that is too long": (lambda s: s.book(holdSeconds=86_401), 400, "invalid_request", "use 86400 or less"),
    "a hold in text": (lambda s: s.book(holdSeconds="60"), 400, "invalid_request", "use a whole number"),
    "a long key": (lambda s: s.book(key="k" * 256), 400, "invalid_request", "1 to 255 characters"),
    "an empty key": (lambda s: s.book(key=""), 400, "invalid_request", "1 to 255 characters"),
    "a key of another request": (lambda s: s.book(key="the key"), 422, "idempotency_key_reused", "use a new key"),
    "the key of a booking, on another day": (
        lambda s: s.book(key="the key", date=on(DAY + timedelta(weeks=1)), time="09:00"),
        422,
        "idempotency_key_reused",
        "use a new key",
    ),
    "the key of a booking, for a series": (
        lambda s: s.series(key="the key"),
        422,
        "idempotency_key_reused",
        "use a new key",
    ),
    "another slot than seen": (lambda s: s.book(durationMinutes=45), 404, "slot_not_found", "choose another one"),
    "another instant than seen": (
        lambda s: s.book(startsAt=f"{DAY}T03:00:00Z"),
        404,
        "slot_not_found",
        "choose another one",
    ),
    "for another student": (lambda s: s.book(studentId="eva"), 403, "forbidden", "only an admin"),
    "with another name": (lambda s: s.book(studentName="Eva"), 403, "forbidden", "only an admin"),
    "for a student, by the tutor": (
        lambda s: s.book(who=s.tutor.token, studentId="eva"),
        403,
        "forbidden",
        "only an admin",
    ),
    "a name that is too long": (
        lambda s: s.book(who=ADMIN, studentName="ß" * 128),
        400,
        "invalid_request",
        "255",
    ),
    "no such tutor": (lambda s: s.book(tutorId=on(DAY)), 400, "invalid_request", "use a UUID"),
    "moving onto itself": (lambda s: s.move("10:00"), 409, "slot_taken", "choose another one"),
    "moving onto a booked slot": (lambda s: s.move("11:00"), 409, "slot_taken", "choose another one"),
    "moving to a slot that changed": (
        lambda s: s.move("12:00", durationMinutes=45),
        404,
        "slot_not_found",
        "choose another one",
    ),
    "moving to no slot": (lambda s: s.move("13:00"), 404, "slot_not_found", "choose another one"),
    "moving and cancelling": (
        lambda s: s.change(status="CANCELLED", moveTo={"date": on(DAY), "time": "12:00"}),
        400,
        "invalid_request",
        "send one of them",
    ),
    "somebody else's booking": (
        lambda s: s.change(s.eva_s, status="CANCELLED"),
        404,
        "booking_not_found",
        "no booking with this id",
    ),
    "moving somebody else's booking": (
        lambda s: s.change(s.eva_s, moveTo={"date": on(DAY), "time": "12:00"}),
        404,
        "booking_not_found",
        "no booking with this id",
    ),
    "a confirmation by the tutor": (
        lambda s: s.change(who=s.tutor.token, status="CONFIRMED"),
        403,
        "forbidden",
        "only an admin may confirm",
    ),
    "an outcome before the lesson": (
        lambda s: s.change(who=s.tutor.token, status="NO_SHOW"),
        409,
        "invalid_transition",
        "wait for its start",
    ),
    "an outcome, by the student": (
        lambda s: s.change(status="COMPLETED"),
        403,
        "forbidden",
        "only the tutor or an admin",
    ),
    "a status that nobody gives": (lambda s: s.change(status="EXPIRED"), 400, "invalid_request", "CONFIRMED"),
    "a reason without a cancellation": (
        lambda s: s.change(status="CONFIRMED", reason="why not"),
        400,
        "invalid_request",
        "leave it out",
    ),
    "a reason that is too long": (
        lambda s: s.change(status="CANCELLED", reason="x" * 501),
        400,
        "invalid_request",
        "500",
    ),
    "a series over a day without the slot": (
        lambda s: s.series("12:00", 3),
        409,
        "series_conflict",
        "see conflicts",
    ),
    "a series that is longer than what is published": (
        lambda s: s.series("09:00", 4),
        409,
        "series_conflict",
        "see conflicts",
    ),
    "a series over a booked slot": (lambda s: s.series("10:00", 2), 409, "series_conflict", "see conflicts"),
    "a series in which nothing is free": (
        lambda s: s.book(time="10:00", repeat={"everyWeeks": 1, "count": 2, "skipTaken": True}),
        409,
        "series_conflict",
        "see conflicts",
    ),
    "a series of one": (lambda s: s.series(count=1), 400, "invalid_request", "use 2 or more"),
    "a series of 53": (lambda s: s.series(count=53), 400, "invalid_request", "use 52 or less"),
    "a series that doesn't exist": (
        lambda s: s.send({"seriesId": str(s.tutor.id), "from": on(DAY), "status": "CANCELLED"}),
        404,
        "booking_not_found",
        "no bookings of this series",
    ),
    "a booking and a series": (
        lambda s: s.change(seriesId=str(s.tutor.id), **{"from": on(DAY)}, status="CANCELLED"),
        400,
        "invalid_request",
        "bookingId",
    ),
}


@pytest.fixture
def scene(api: Api, engine: Engine) -> Scene:
    return Scene(api, engine)


def check(scene: Scene, request: Request, expected: list[Any]) -> None:
    """Assert that the answer has this status, this code, and a message with this text, and that nothing changed."""
    status, code, message = expected
    before = scene.rows()
    answer = request()
    assert (answer.status, answer.json["code"]) == (status, code), answer.body
    assert message in str([answer.json["detail"], *answer.json.get("errors", [])])
    assert scene.rows() == before


@pytest.mark.parametrize("name", PREPARED)
def test_a_request_that_the_situation_refuses_changes_nothing(scene: Scene, name: str) -> None:
    prepare, *expected = PREPARED[name]
    check(scene, prepare(scene), expected)


def test_bad_requests_change_nothing(scene: Scene, subtests: Any) -> None:
    for name, (request, *expected) in SIMPLE.items():
        with subtests.test(name):
            check(scene, partial(request, scene), expected)


def test_cancelling_twice_changes_nothing(scene: Scene) -> None:
    first = scene.change(status="CANCELLED", reason="ill")
    before = scene.rows()
    second = scene.change(status="CANCELLED", reason="better")
    assert (second.status, second.json) == (200, first.json)
    assert scene.rows() == before


def test_a_series_names_each_date_that_has_no_slot(scene: Scene) -> None:
    conflicts = scene.series("12:00", 3).json["conflicts"]
    assert [(each["date"], each["code"]) for each in conflicts] == [(on(DAY + timedelta(weeks=2)), "slot_not_found")]
    alternatives = [(each["date"], each["time"]) for each in conflicts[0]["alternatives"]]
    assert alternatives == [(on(DAY + timedelta(weeks=2)), "09:00")]


def test_a_series_that_is_confirmed_names_the_lessons_whose_holds_have_not_run_out(scene: Scene) -> None:
    series = scene.series(count=3, holdSeconds=60).json
    of_series = {"seriesId": series["seriesId"], "from": on(DAY), "status": "CONFIRMED"}
    run_out(scene.engine, scene.tutor, series["bookings"][1]["bookingId"])
    confirmed = scene.send(of_series)
    dates = [(each["date"], each["status"]) for each in confirmed.json["bookings"]]
    assert (confirmed.status, dates) == (200, [(on(DAY + timedelta(weeks=week)), "CONFIRMED") for week in (0, 2)])
    assert scene.send(of_series).json == confirmed.json


def test_a_series_whose_holds_have_all_run_out_is_not_confirmed(scene: Scene) -> None:
    of_series = {"seriesId": scene.series(holdSeconds=60).json["seriesId"], "from": on(DAY), "status": "CONFIRMED"}
    run_out(scene.engine, scene.tutor)
    check(scene, partial(scene.send, of_series), [409, "invalid_transition", "no booking of the series"])


@pytest.mark.parametrize("who", ["student", "tutor", "admin"])
def test_cancelling_a_series_leaves_lessons_that_have_begun(scene: Scene, who: str) -> None:
    """Whether they took place is for the tutor to say, even if the series is cancelled from an earlier date on."""
    series = scene.series().json
    with scene.engine.begin() as connection:
        begun = text("update bookings set date = :date, start_time = '10:00' where id = :id")
        connection.execute(begun, {"date": YESTERDAY, "id": series["bookings"][0]["bookingId"]})
    of_series = {"seriesId": series["seriesId"], "from": on(YESTERDAY), "status": "CANCELLED"}
    token = {"student": scene.ben.token, "tutor": scene.tutor.token, "admin": ADMIN}[who]
    cancelled = scene.send(of_series, token)
    dates = [(each["date"], each["status"]) for each in cancelled.json["bookings"]]
    assert (cancelled.status, dates) == (200, [(on(DAY + timedelta(weeks=week)), "CANCELLED") for week in (1, 2)])
    assert scene.change(series["bookings"][0], who=scene.tutor.token, status="NO_SHOW").status == 200


def test_a_key_is_scoped_to_the_tutor(scene: Scene, engine: Engine) -> None:
    other = add_tutor(engine)
    add_slots(engine, other, DAY, "14:00")
    booked = scene.book(tutorId=str(other.id), time="14:00", key="the key")
    assert (booked.status, booked.json["tutorId"]) == (201, str(other.id))


def next_change_of_clocks() -> date:
    """Return the Sunday of a spring in which the clocks of Copenhagen jump from 02:00 to 03:00."""
    year = monday(3).year + 1
    return max(date(year, 3, day) for day in range(25, 32) if date(year, 3, day).isoweekday() == 7)


def test_a_series_over_a_change_of_clocks_keeps_the_local_time(scene: Scene, engine: Engine) -> None:
    change = next_change_of_clocks()
    days = [change + timedelta(weeks=week) for week in (-1, 0, 1)]
    for day in days:
        add_slots(engine, scene.tutor, day, "10:00")
    for day in (days[0], days[2]):  # on the other day, there is no such local time
        add_slots(engine, scene.tutor, day, "02:30")
    placed = scene.series("10:00", 3, date=on(days[0])).json["bookings"]
    starts = [datetime.fromisoformat(each["startsAt"]) for each in placed]
    assert [each["date"] for each in placed] == [on(day) for day in days]
    assert [later - earlier for earlier, later in pairwise(starts)] == [
        timedelta(weeks=1) - timedelta(hours=1),
        timedelta(weeks=1),
    ]
    conflicts = scene.series("02:30", 3, date=on(days[0])).json["conflicts"]
    assert [(each["date"], each["code"]) for each in conflicts] == [(on(change), "slot_not_found")]


def test_students_hold_and_admins_confirm_where_the_platform_takes_money_first(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BOOKING_STUDENTS_CONFIRM", "false")
    check(scene, scene.book, [400, "hold_required", "hold the slot first"])
    check(scene, scene.series, [400, "hold_required", "hold the slot first"])
    held, series = scene.hold(), scene.series(count=2, holdSeconds=60).json
    of_series = {"seriesId": series["seriesId"], "from": on(DAY), "status": "CONFIRMED"}
    check(scene, partial(scene.change, held, status="CONFIRMED"), [403, "forbidden", "only an admin may confirm"])
    check(scene, partial(scene.send, of_series), [403, "forbidden", "only an admin may confirm"])
    assert scene.change(held, who=ADMIN, status="CONFIRMED").status == 200
    confirmed = scene.send(of_series, ADMIN).json["bookings"]
    assert [each["status"] for each in confirmed] == ["CONFIRMED"] * 2


def test_a_request_is_repeated_after_the_platform_began_to_take_money_first(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    series = scene.series(key="for a series").json
    monkeypatch.setenv("BOOKING_STUDENTS_CONFIRM", "false")
    repeated = scene.book(time="10:00", key="the key")
    assert (repeated.status, repeated.json) == (200, scene.booked)
    repeated = scene.series(key="for a series")
    assert (repeated.status, repeated.json) == (200, series)
    check(scene, partial(scene.book, key="the key"), [422, "idempotency_key_reused", "use a new key"])
    check(scene, partial(scene.book, key="another key"), [400, "hold_required", "hold the slot first"])
