"""Random bookings and edits give the answers that a small model expects, and `asOf` shows later what stood then.

A student and another one, the tutor and an admin act on a few slots. After each step, what everybody sees of the days
and the tutor's list of bookings are compared with the model.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test
from sqlalchemy import Engine, text

from tests.builders import ADMIN, Student, add_slots, add_tutor, student
from tests.functions.booking_model import ACTIVE, DATES, MAX_HOLDS, OCCUPYING, PAST, STARTS, ZONE, Booked, Model, Slot
from tests.hosts import Answer, Api

STATUS = {"booking_not_found": 404, "slot_not_found": 404, "forbidden": 403, "idempotency_key_reused": 422}
RUN_OUT = text("update bookings set hold_expires_at = :now where tutor_id = :tutor and id = :id")
ATTEND = text(
    "insert into bookings (tutor_id, id, student_id, date, start_time, status)"
    " values (:tutor, :id, :student, :date, :start, 'CONFIRMED')"
)

UNPUBLISH = text("update weekly_schedules set published_through = :day where tutor_id = :tutor")

FROM = {"from": f"{PAST - timedelta(days=1)}T00:00:00Z"}
LINKS = ("movedFrom", "movedTo", "seriesId")

actors = st.sampled_from(["student", "student", "student", "tutor", "tutor", "admin", "other"])
slots = st.sampled_from([(PAST, STARTS[0]), *product(DATES, STARTS)])
which = st.integers(0, 99)


class BookingMachine(RuleBasedStateMachine):
    """Sends requests, and expects what the model says. `shown` has what was seen after each step, by instant."""

    instants_checked = 2

    def __init__(self, api: Api, engine: Engine) -> None:
        super().__init__()
        self.api, self.engine, self.model = api, engine, Model()
        self.tutor = add_tutor(engine, ZONE)
        self.students = [student("Ben"), student("Eva")]
        self.requests: list[tuple[Student, str, dict[str, Any], list[str], list[Any]]] = []
        self.shown: list[tuple[datetime, Any]] = []
        for day in (PAST, *DATES):
            add_slots(engine, self.tutor, day, *STARTS)
            self.model.slots |= {(day, start): 60 for start in STARTS}

    # Placing

    @rule(who=which, slot=slots, is_hold=st.booleans())
    def place(self, who: int, slot: Slot, is_hold: bool) -> None:
        if self.expired() and who % 3 == 0:
            slot = self.expired()[who // 6 % len(self.expired())].slot
        ben, key, body = self.students[who % 2], uuid4().hex, self.body(slot, is_hold)
        answer = self.api.book(ben.token, key, **body)
        why = self.model.refusal(slot)
        if why is None and is_hold and self.model.has_all_holds(ben.user_id):
            why = "too_many_holds"
        if self.is_refused(answer, why):
            if why in ("slot_not_found", "slot_taken"):
                found = [(date.fromisoformat(each["date"]), each["time"]) for each in answer.json["alternatives"]]
                assert found == self.model.alternatives(slot)
            return
        assert answer.status == 201
        self.placed(ben, slot, answer.json, is_hold)
        self.requests.append((ben, key, body, [answer.json["bookingId"]], []))

    @rule(
        who=which,
        slot=slots,
        is_hold=st.booleans(),
        weeks=st.integers(1, 2),
        count=st.integers(2, 3),
        skip=st.sampled_from([True, True, False]),
    )
    def place_series(self, who: int, slot: Slot, is_hold: bool, weeks: int, count: int, skip: bool) -> None:
        ben, key = self.students[who % 2], uuid4().hex
        repeat = {"everyWeeks": weeks, "count": count, "skipTaken": skip}
        body = self.body(slot, is_hold) | {"repeat": repeat}
        answer = self.api.book(ben.token, key, **body)
        wanted = [(slot[0] + timedelta(weeks=weeks * i), slot[1]) for i in range(count)]
        refusals = [(str(each[0]), why) for each in wanted if (why := self.model.refusal(each)) is not None]
        why = None
        if is_hold and len(refusals) < count and self.model.has_all_holds(ben.user_id):
            why = "too_many_holds"
        elif len(refusals) == count or (refusals and not skip):
            why = "series_conflict"
        if self.is_refused(answer, why):
            if why == "series_conflict":
                assert [(each["date"], each["code"]) for each in answer.json["conflicts"]] == refusals
            return
        assert answer.status == 201
        free = [each for each in wanted if self.model.refusal(each) is None]
        for each, booking in zip(free, answer.json["bookings"], strict=True):
            self.placed(ben, each, booking, is_hold, answer.json["seriesId"])
        assert [(each["date"], each["code"]) for each in answer.json["skipped"]] == refusals
        ids = [each["bookingId"] for each in answer.json["bookings"]]
        self.requests.append((ben, key, body, ids, [{"date": on, "code": "slot_taken"} for on, _ in refusals]))

    @precondition(lambda self: self.requests)
    @rule(number=which, is_other=st.booleans())
    def repeat(self, number: int, is_other: bool) -> None:
        ben, key, body, ids, skipped = self.requests[number % len(self.requests)]
        answer = self.api.book(ben.token, key, **body | ({"durationMinutes": 61} if is_other else {}))
        if self.is_refused(answer, "idempotency_key_reused" if is_other else None):
            return
        assert answer.status == 200
        self.check_bookings(answer.json.get("bookings", [answer.json]), ids)
        assert answer.json.get("skipped", []) == skipped

    # Changing

    @precondition(lambda self: self.model.bookings)
    @rule(number=which, actor=actors)
    def confirm(self, number: int, actor: str) -> None:
        booked = self.expired()[number % len(self.expired())] if self.expired() and number % 2 else self.pick(number)
        answer = self.change(booked, actor, status="CONFIRMED")
        is_same_slot = self.model.slots.get(booked.slot) == booked.minutes
        why = None
        if actor == "other":
            why = "booking_not_found"
        elif actor == "tutor":
            why = "forbidden"
        elif booked.status == "EXPIRED" and booked.moved_to is None:
            why = None if is_same_slot and self.model.is_free(booked.slot) else "hold_expired"
        elif booked.status not in (*ACTIVE, "EXPIRED") and not (booked.moved_to and booked.is_confirmed):
            why = "invalid_transition"
        if self.is_refused(answer, why):
            return
        if booked.status == "AWAITING_PAYMENT":
            self.model.change(booked, "CONFIRMED")
        elif booked.status == "EXPIRED" and booked.moved_to is None:
            self.replaced(booked, booked.slot, answer, "EXPIRED", "CONFIRMED")
            return
        self.check_bookings([answer.json], [(booked.status == "EXPIRED" and booked.moved_to) or booked.id])

    @precondition(lambda self: self.model.bookings)
    @rule(number=which, actor=actors)
    def cancel(self, number: int, actor: str) -> None:
        booked = self.pick(number)
        answer = self.change(booked, actor, status="CANCELLED", reason="ill")
        why = None
        if actor == "other":
            why = "booking_not_found"
        elif booked.status in ACTIVE:
            why = "too_late" if actor == "student" and booked.slot[0] == PAST else None
        elif booked.status != "CANCELLED" or booked.moved_to:
            why = "invalid_transition"
        if not self.is_refused(answer, why):
            self.model.change(booked, "CANCELLED")
            self.check_bookings([answer.json], [booked.id])

    @precondition(lambda self: self.model.bookings)
    @rule(number=which, actor=actors, to=slots)
    def move(self, number: int, actor: str, to: Slot) -> None:
        booked = self.pick(number)
        answer = self.change(booked, actor, moveTo={"date": str(to[0]), "time": to[1]})
        successor = self.model.bookings.get(booked.moved_to or "")
        is_done = booked.status == "CANCELLED" and successor is not None and successor.slot == to
        why = None
        if actor == "other":
            why = "booking_not_found"
        elif booked.status not in ACTIVE:
            why = None if is_done else "invalid_transition"
        elif actor == "student" and booked.slot[0] == PAST:
            why = "too_late"
        else:
            why = self.model.refusal(to)
        if self.is_refused(answer, why):
            return
        if is_done and successor is not None:
            self.check_bookings([answer.json], [successor.id])
        else:
            self.replaced(booked, to, answer, "CANCELLED", booked.status)

    @precondition(lambda self: self.model.bookings)
    @rule(number=which, actor=actors, status=st.sampled_from(["COMPLETED", "NO_SHOW"]))
    def say_outcome(self, number: int, actor: str, status: str) -> None:
        past = [each for each in self.model.bookings.values() if each.slot[0] == PAST and each.status in OCCUPYING]
        booked = past[number % len(past)] if past and number % 5 else self.pick(number)
        answer = self.change(booked, actor, status=status)
        is_over = booked.status == "CONFIRMED" and booked.slot[0] == PAST
        why = None
        if actor == "other":
            why = "booking_not_found"
        elif actor == "student":
            why = "forbidden"
        elif not is_over and booked.status not in ("COMPLETED", "NO_SHOW"):
            why = "invalid_transition"
        if not self.is_refused(answer, why):
            self.model.change(booked, status)
            self.check_bookings([answer.json], [booked.id])

    @precondition(lambda self: any(each.series for each in self.model.bookings.values()))
    @rule(number=which, actor=actors, first=st.sampled_from(DATES), status=st.sampled_from(["CONFIRMED", "CANCELLED"]))
    def change_series(self, number: int, actor: str, first: date, status: str) -> None:
        series = list(dict.fromkeys(each.series for each in self.model.bookings.values() if each.series))
        one = series[number % len(series)]
        owner = next(each.student for each in self.model.bookings.values() if each.series == one)
        body = {"tutorId": str(self.tutor.id), "seriesId": one, "from": str(first), "status": status}
        answer = self.api.change_booking(self.token(actor, owner), **body)
        bookings = self.model.of_series(one, first, [] if actor == "other" else [owner])
        changed = [each for each in bookings if each.status in (*ACTIVE, status) and each.moved_to is None]
        is_possible = bool(changed)
        why = None
        if not bookings:
            why = "booking_not_found"
        elif status == "CONFIRMED" and actor == "tutor":
            why = "forbidden"
        elif not is_possible:
            why = "invalid_transition"
        if self.is_refused(answer, why):
            return
        for each in changed:
            self.model.change(each, status)
        self.check_bookings(answer.json["bookings"], [each.id for each in changed])

    # What else happens

    @rule(
        days=st.dictionaries(
            st.sampled_from(DATES),
            st.dictionaries(st.sampled_from(STARTS), st.sampled_from([60, 60, 45])),
            min_size=1,
            max_size=2,
        )
    )
    def edit(self, days: dict[date, dict[str, int]]) -> None:
        body = [
            {
                "date": str(day),
                "timeSlots": [{"time": start, "durationMinutes": minutes} for start, minutes in sorted(slots.items())],
            }
            for day, slots in days.items()
        ]
        answer = self.api.update(self.tutor.token, tutorId=str(self.tutor.id), days=body)
        self.is_refused(answer, None if self.model.edit(days) else "slot_booked")

    @rule(
        slots=st.none() | st.dictionaries(st.sampled_from(STARTS), st.sampled_from([60, 60, 45])),
        weeks=st.integers(1, 3),
        day_off=st.none() | st.sampled_from(DATES),
        overwrite=st.booleans(),
    )
    def save_schedule(self, slots: dict[str, int] | None, weeks: int, day_off: date | None, overwrite: bool) -> None:
        """Publish the first of the dates, the first two, or all three; or withdraw the schedule."""
        weekly = None
        if slots is not None:
            weekly = {
                "validFrom": str(DATES[0]),
                "everyWeeks": 1,
                "weeksAhead": ((DATES[weeks - 1] - datetime.now(ZoneInfo(ZONE)).date()).days + 6) // 7,
                "timeZone": None,
                "slots": [{"weekday": "MON", "time": start, "durationMinutes": m} for start, m in slots.items()],
                "breaks": [{"from": str(day_off), "to": str(day_off)}] if day_off else [],
            }
        answer = self.api.save_schedule(
            self.tutor.token, tutorId=str(self.tutor.id), schedule=weekly, overwrite=overwrite
        )
        assert answer.status == 200, answer.body
        schedule = {} if slots is None else {day: slots if day != day_off else {} for day in DATES[:weeks]}
        dates = sorted({*schedule, *self.model.schedule, *self.model.schedule_versions})
        self.model.publish(schedule, dates, overwrite=overwrite)

    @precondition(lambda self: self.model.schedule)
    @rule(number=which)
    def publish_again(self, number: int) -> None:
        """The daily run publishes the dates that follow the published ones."""
        first = DATES[number % len(self.model.schedule)]
        self.execute(UNPUBLISH, day=first - timedelta(days=1))
        answer = self.api.call("publish_schedules", "POST", token=ADMIN)
        assert (answer.json["tutors"], answer.json["failed"]) == (1, 0)
        self.model.publish(self.model.schedule, [day for day in self.model.schedule if day >= first])

    @precondition(lambda self: self.holds())
    @rule(number=which)
    def run_out(self, number: int) -> None:
        hold = self.holds()[number % len(self.holds())]
        self.execute(RUN_OUT, id=hold.id, now=datetime.now(UTC))
        self.model.change(hold, "EXPIRED")

    @rule(start=st.sampled_from(STARTS))
    def attend(self, start: str) -> None:
        """Another program says that there was a lesson."""
        if self.model.is_free((PAST, start)):
            booked = Booked(str(uuid4()), self.students[0].user_id, (PAST, start), 60, "CONFIRMED")
            self.execute(ATTEND, id=booked.id, student=booked.student, date=PAST, start=f"{start}:00")
            self.model.add(booked)

    # Checks

    @invariant()
    def everybody_sees_what_the_model_expects(self) -> None:
        shown = self.days()
        expected = self.model.availability()
        assert [
            (day["date"], day["version"], {slot["time"]: slot["status"] for slot in day["timeSlots"]}) for day in shown
        ] == [(str(day), version, statuses) for day, (version, statuses) in expected.items()]
        self.shown.append((datetime.now(UTC), shown))
        found = self.api.bookings(self.tutor.token, tutorId=self.tutor.id, limit=200, **FROM).json["bookings"]
        starts = [each["startsAt"] for each in found]
        assert starts == sorted(starts)
        self.check_bookings(sorted(found, key=lambda each: str(each["bookingId"])), sorted(self.model.bookings))

    def teardown(self) -> None:
        every = max(1, len(self.shown) // self.instants_checked)
        for at, shown in self.shown[::every]:
            assert self.days(asOf=at.isoformat()) == shown, at
        bookings = self.model.bookings.values()
        for ben in self.students:
            assert self.pages(ben.token, studentId="me") == {
                each.id for each in bookings if each.student == ben.user_id
            }
        expired = {each.id for each in bookings if each.status == "EXPIRED"}
        assert self.pages(self.tutor.token, tutorId=self.tutor.id, status="EXPIRED") == expired

    # Helpers

    def body(self, slot: Slot, is_hold: bool) -> dict[str, Any]:
        body = {"tutorId": str(self.tutor.id), "date": str(slot[0]), "time": slot[1]}
        return body | ({"holdSeconds": 600} if is_hold else {})

    def execute(self, statement: Any, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(statement, {"tutor": self.tutor.id, **values})

    def days(self, **query: str) -> Any:
        answer = self.api.read(tutorId=self.tutor.id, startDate=PAST, endDate=DATES[-1], **query)
        assert (answer.status, answer.json.get("complete", True)) == (200, True)
        return answer.json["days"]

    def pages(self, token: str, **query: Any) -> set[str]:
        """Return the ids of the bookings in a list that is read in pages."""
        ids: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = self.api.bookings(token, limit=3, **query, **FROM, **cursor).json
            ids += [each["bookingId"] for each in page["bookings"]]
            if page["nextCursor"] is None:
                assert len(set(ids)) == len(ids)
                return set(ids)
            cursor = {"cursor": page["nextCursor"]}

    def holds(self) -> list[Booked]:
        return [each for each in self.model.bookings.values() if each.status == "AWAITING_PAYMENT"]

    def expired(self) -> list[Booked]:
        """Return holds that ran out and weren't replaced."""
        return [each for each in self.model.bookings.values() if each.status == "EXPIRED" and not each.moved_to]

    def pick(self, number: int) -> Booked:
        """Return any booking, but more often one that may change."""
        bookings = list(self.model.bookings.values())
        usual = [each for each in bookings if each.status in (*ACTIVE, "EXPIRED") and each.moved_to is None]
        chosen = usual if usual and number % 4 else bookings
        return chosen[number // 4 % len(chosen)]

    def token(self, actor: str, owner: str) -> str:
        ben, eva = sorted(self.students, key=lambda each: each.user_id != owner)
        return {"student": ben.token, "other": eva.token, "tutor": self.tutor.token, "admin": ADMIN}[actor]

    def change(self, booked: Booked, actor: str, **to: Any) -> Answer:
        token = self.token(actor, booked.student)
        return self.api.change_booking(token, tutorId=str(self.tutor.id), bookingId=booked.id, **to)

    def is_refused(self, answer: Answer, code: str | None) -> bool:
        """Whether the request was refused, after asserting that it was refused with this code, or wasn't if None."""
        assert answer.json.get("code") == code, answer.body
        assert code is None or answer.status == STATUS.get(code, 409), answer.body
        return code is not None

    def placed(self, ben: Student, slot: Slot, booking: Any, is_hold: bool, series: str | None = None) -> None:
        status = "AWAITING_PAYMENT" if is_hold else "CONFIRMED"
        booked = Booked(booking["bookingId"], ben.user_id, slot, self.model.slots[slot], status, series=series)
        booked = replace(booked, is_confirmed=not is_hold)
        self.model.add(booked)
        self.check_bookings([booking], [booked.id])

    def replaced(self, old: Booked, slot: Slot, answer: Answer, old_status: str, status: str) -> None:
        new_id = answer.json["bookingId"]
        self.model.change(old, old_status, new_id)
        minutes = self.model.slots[slot]
        new = Booked(new_id, old.student, slot, minutes, status, moved_from=old.id, series=old.series)
        self.model.add(replace(new, is_confirmed=status == "CONFIRMED"))
        self.check_bookings([answer.json], [new_id])

    def check_bookings(self, found: list[Any], ids: list[str]) -> None:
        """Assert that these are the bookings with these ids, as the model has them."""
        expected = [self.model.bookings[each] for each in ids]
        assert [
            [each[name] for name in ("bookingId", "studentId", "date", "time", "status", *LINKS)] for each in found
        ] == [
            [b.id, b.student, str(b.slot[0]), b.slot[1], b.status, b.moved_from, b.moved_to, b.series] for b in expected
        ]


class PastMachine(BookingMachine):
    """Checks `asOf` for the instant after each step."""

    instants_checked = 1_000


@pytest.fixture(autouse=True)
def _environment(environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Don't compare the answers with the OpenAPI document: other tests do, and it takes half of the time."""
    monkeypatch.setattr("tests.hosts.check_against_the_document", lambda *_: None)
    monkeypatch.setenv("BOOKING_MAX_HOLDS", str(MAX_HOLDS))


def run(machine: Callable[[], BookingMachine], examples: int, steps: int) -> None:
    quick = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink],
    )
    run_state_machine_as_test(machine, settings=quick)  # type: ignore[arg-type]  # any function that makes one will do


def test_5_000_random_steps_agree_with_the_model(api: Api, engine: Engine) -> None:
    run(lambda: BookingMachine(api, engine), examples=100, steps=50)


def test_as_of_shows_each_instant_as_it_was(api: Api, engine: Engine) -> None:
    run(lambda: PastMachine(api, engine), examples=10, steps=40)
