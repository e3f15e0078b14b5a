"""Random histories of a tutor: edits whose entries are lost or arrive late, bookings, changes of settings, and repairs.

Slots are in several zones, and some cross midnight. Another program changes slots and bookings, too.

After a repair, the log is complete, and delivered entries are as the edits made them. Each answer to `asOf` that has
`complete: true` is what was shown at that instant.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, text

from common.clock import Clock
from tests.aws import Queues
from tests.builders import ADMIN, Tutor, add_booking, add_tutor, log_rows, monday, replayed, stored_slots
from tests.hosts import Api

DAYS = [monday(3), monday(3) + timedelta(days=1)]
STARTS = ("09:00", "10:00", "11:00", "23:30")
ZONES = ("Europe/Copenhagen", "Asia/Tokyo", "America/New_York")
# A lesson in three weeks can be booked, or it is too soon or inactive.
BOOKABLE = (
    {"active": True, "bookingNoticeMinutes": 0},
    {"active": True, "bookingNoticeMinutes": 60_000},
    {"active": False},
)
KINDS = st.tuples(st.sampled_from([45, 60]), st.sampled_from([None, *ZONES]))

IS_BOOKED = "select 1 from active_bookings where tutor_id = :tutor and date = :day and start_time = :start"
DELETE_SLOT = "delete from tutor_time_slots where tutor_id = :tutor and date = :day and start_time = :start"
ADD_SLOT = """
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone, created_at)
values (:tutor, :day, :start, 30, 'Europe/Copenhagen', :now)
"""

steps = st.lists(
    st.one_of(
        st.tuples(
            st.just("edit"),
            st.lists(
                st.tuples(st.sampled_from(DAYS), st.dictionaries(st.sampled_from(STARTS), KINDS)),
                min_size=1,
                max_size=2,
            ),
            st.booleans(),
        ),
        st.tuples(st.just("deliver"), st.integers(0, 9), st.none()),
        st.tuples(st.just("repair"), st.none(), st.none()),
        st.tuples(st.just("book"), st.sampled_from(DAYS), st.sampled_from(STARTS)),
        st.tuples(st.just("cancel"), st.integers(0, 9), st.booleans()),
        st.tuples(st.just("change_outside"), st.sampled_from(DAYS), st.sampled_from(STARTS)),
        st.tuples(st.just("configure"), st.sampled_from(ZONES), st.sampled_from(BOOKABLE)),
    ),
    min_size=3,
    max_size=16,
)


@dataclass
class Simulation:
    """A simulated history of a tutor.

    `shown` has the days that were shown at each instant. `truth` has the entries of the edits, by date and version.
    `undelivered` has the messages that aren't delivered yet, by date and version.
    """

    api: Api
    engine: Engine
    queues: Queues
    tutor: Tutor
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    shown: dict[datetime, Any] = field(default_factory=dict)
    truth: dict[tuple[str, int], set[tuple[str, str, str]]] = field(default_factory=dict)
    undelivered: dict[tuple[str, int], str] = field(default_factory=dict)
    bookings: list[UUID] = field(default_factory=list)
    changed_outside: set[tuple[Any, str]] = field(default_factory=set)

    def take(self, step: str, what: Any, more: Any) -> None:
        """Do a step one simulated hour after the previous step, and remember what is shown after it."""
        self.now += timedelta(hours=1)
        getattr(self, step)(what, more)
        self.shown[self.now] = with_zones(self.api.read(tutorId=self.tutor.id, startDate=DAYS[0]).json)

    def edit(self, edits: list[Any], is_deferred: bool) -> None:
        days = [
            {
                "date": str(day),
                "timeSlots": [
                    {"time": start, "durationMinutes": minutes, "timeZone": zone}
                    for start, (minutes, zone) in sorted(slots.items())
                ],
            }
            for day, slots in dict(edits).items()
        ]
        answer = self.api.update(
            self.tutor.token, tutorId=str(self.tutor.id), days=days, notes="defer this" if is_deferred else None
        )
        if answer.status in (400, 409):  # slots would overlap, or a booked slot would be removed
            assert answer.json["code"] in ("overlapping_slots", "slot_booked")
            return
        expected = "none" if not answer.json["diff"] else "deferred" if is_deferred else "recorded"
        assert answer.json["audit"] == expected
        versions = {day["date"]: day["version"] for day in answer.json["days"]}
        for diff in answer.json["diff"]:
            entry = (diff["action"], diff["time"], answer.json["changeSetId"])
            self.truth.setdefault((diff["date"], versions[diff["date"]]), set()).add(entry)
        for message in self.queues.take_all():
            (change,) = json.loads(message)["changes"]
            self.undelivered[change["date"], change["version"]] = message

    def deliver(self, which: int, _: None) -> None:
        if self.undelivered:
            key = sorted(self.undelivered)[which % len(self.undelivered)]
            self.queues.put(self.undelivered.pop(key))
            assert self.api.repair()["drained"] == 1

    def repair(self, *_: None) -> None:
        assert self.api.repair()["remainingGaps"] == 0
        self.changed_outside.clear()

    def book(self, day: Any, start: str) -> None:
        offered = {(shown_day, begins) for shown_day, begins, _ in stored_slots(self.engine, self.tutor)}
        shown = self.api.read(tutorId=self.tutor.id, startDate=day, endDate=day).json["days"]
        booked = {slot["time"] for shown_day in shown for slot in shown_day["timeSlots"] if slot["status"] == "BOOKED"}
        if (day, time.fromisoformat(start)) in offered and start not in booked:
            booking = add_booking(self.engine, self.tutor, day, start)
            self._set_time("created_at", booking)
            self.bookings.append(booking)

    def cancel(self, which: int, says_when: bool) -> None:
        """Cancel a booking, as another program does. If it doesn't say when, only repair can find out, later."""
        if self.bookings:
            booking = self.bookings.pop(which % len(self.bookings))
            if says_when:
                self._set_time("released_at", booking, status="CANCELLED")
            else:
                with self.engine.begin() as connection:
                    change = text("update bookings set status = 'CANCELLED' where id = :id")
                    connection.execute(change, {"id": booking})

    def change_outside(self, day: Any, start: str) -> None:
        """Add a slot as another program does, or delete it if it is offered and not booked.

        A change isn't undone before repair has looked at it: nobody could know of it then.
        """
        if (day, start) in self.changed_outside:
            self.repair()
            self.now += timedelta(hours=1)
        values = {"tutor": self.tutor.id, "day": day, "start": time.fromisoformat(start), "now": self.now}
        with self.engine.begin() as connection:
            if connection.execute(text(IS_BOOKED), values).one_or_none() is not None:
                return
            if connection.execute(text(DELETE_SLOT), values).rowcount == 0:
                connection.execute(text(ADD_SLOT), values)
        self.changed_outside.add((day, start))

    def configure(self, zone: str, bookable: dict[str, Any]) -> None:
        body = {"tutorId": str(self.tutor.id), "userId": self.tutor.user_id, "name": "Ada", "timeZone": zone}
        body |= bookable
        assert self.api.call("tutors", "PUT", json=body, token=ADMIN).status == 200

    def _set_time(self, column: str, booking: UUID, status: str = "CONFIRMED") -> None:
        """Set this column of a booking to the simulated time, and set the booking's status."""
        change = text(f"update bookings set {column} = :now, status = :status where id = :id")
        with self.engine.begin() as connection:
            connection.execute(change, {"now": self.now, "status": status, "id": booking})


def with_zones(answer: Any) -> Any:
    """Return the days of an answer, with the zone of each slot. The answer's zone is the tutor's current one."""
    return [
        {**day, "timeSlots": [{"timeZone": answer["timeZone"], **slot} for slot in day["timeSlots"]]}
        for day in answer["days"]
    ]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=steps)
def test_repair_completes_the_log_of_a_random_history(
    api: Api, engine: Engine, queues: Queues, monkeypatch: pytest.MonkeyPatch, steps: list[tuple[str, Any, Any]]
) -> None:
    with engine.begin() as connection:
        for change in (
            "drop constraint if exists deferring",
            "add constraint deferring check (source <> 'recorded' or notes is null)",
        ):
            connection.execute(text(f"alter table tutor_availability_log {change}"))
    simulation = Simulation(api, engine, queues, add_tutor(engine))
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: simulation.now))
    simulation.now = datetime.now(UTC)
    changed_outside = {what for step, what, _ in steps if step == "change_outside"}
    for step, what, more in steps:
        # Lost entries explain every difference, so no day has both.
        if step == "edit" and more:
            edits = [(day, slots) for day, slots in what if day not in changed_outside]
            simulation.take(step, edits or what, bool(edits))
        else:
            simulation.take(step, what, more)
    check_complete_answers(simulation)
    simulation.now += timedelta(hours=1)
    simulation.repair()
    assert_the_log_is_complete(simulation)
    check_complete_answers(simulation)
    while simulation.undelivered:
        simulation.take("deliver", 7, None)
        assert_the_log_is_complete(simulation)
    count = check_complete_answers(simulation)
    if not {"change_outside", "cancel"} & {step for step, *_ in steps}:
        assert count == len(simulation.shown)


def assert_the_log_is_complete(simulation: Simulation) -> None:
    tutor = simulation.tutor
    history = simulation.api.history(tutor.token, tutorId=tutor.id, limit=1000).json
    assert (history["complete"], history["missingVersions"]) == (True, 0)
    assert replayed(simulation.engine, tutor) == stored_slots(simulation.engine, tutor)
    delivered: dict[tuple[str, int], set[tuple[str, str, str]]] = {}
    for row in log_rows(simulation.engine, tutor):
        if row.source != "reconstructed":
            entry = (row.action, f"{row.start_time:%H:%M}", str(row.change_set_id))
            delivered.setdefault((str(row.date), row.version), set()).add(entry)
    assert delivered == {key: entries for key, entries in simulation.truth.items() if key not in simulation.undelivered}


def check_complete_answers(simulation: Simulation) -> int:
    """Assert that each complete answer has what was shown at its instant; return the number of complete answers."""
    count = 0
    for at, days in simulation.shown.items():
        answer = simulation.api.read(tutorId=simulation.tutor.id, startDate=DAYS[0], asOf=at.isoformat()).json
        if answer["complete"]:
            count += 1
            assert with_zones(answer) == days
    return count
