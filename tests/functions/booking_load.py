"""Clients that fight over a tutor's slots, and what they saw: for the test of bookings under load."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, text

from tests.builders import Student, Tutor, monday
from tests.hosts import Answer, Api

STARTS = ("09:00", "10:00", "11:00", "12:00")
DATES = [monday(3) + timedelta(weeks=week) for week in range(5)]
ACTIVE = ("AWAITING_PAYMENT", "CONFIRMED")
SOON = timedelta(milliseconds=20)
# It never makes a hold longer: SQL that does so, after it ran out, may overlap with the booking that replaces it.
LET_RUN_OUT = text("""
update bookings
set hold_expires_at = :soon
where tutor_id = :tutor and id = :id and status = 'AWAITING_PAYMENT' and hold_expires_at > :soon
""")

Slot = tuple[date, str]


@dataclass(frozen=True)
class Seen:
    """A client saw that a booking occupied a slot from `since` on, until `ends_at` at the latest."""

    booking_id: str
    slot: Slot
    since: datetime
    ends_at: datetime | None


@dataclass
class Log:
    """What all clients saw. `released` has when the requests were sent that released a booking, by its id."""

    answers: Counter[tuple[str, int, str]] = field(default_factory=Counter)
    seen: list[Seen] = field(default_factory=list)
    released: dict[str, datetime] = field(default_factory=dict)
    ids_of_keys: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, kind: str, answer: Answer, bookings: list[Any]) -> None:
        received_at = datetime.now(UTC)
        with self._lock:
            self.answers[kind, answer.status, answer.json.get("code", "")] += 1
            for each in bookings:
                if each["status"] in ACTIVE:
                    is_hold = each["status"] == "AWAITING_PAYMENT"
                    ends_at = datetime.fromisoformat(each["holdExpiresAt"]) if is_hold else None
                    slot = date.fromisoformat(each["date"]), each["time"]
                    self.seen.append(Seen(each["bookingId"], slot, received_at, ends_at))

    def add_release(self, booking_id: str, sent_at: datetime) -> None:
        with self._lock:
            self.released[booking_id] = min(sent_at, self.released.get(booking_id, sent_at))

    def double_bookings(self) -> list[tuple[Seen, Seen]]:
        """Return pairs of bookings that were seen to occupy the same slot at the same moment."""
        pairs: list[tuple[Seen, Seen]] = []
        latest: dict[Slot, tuple[datetime, Seen]] = {}
        for seen in sorted(self.seen, key=lambda each: each.since):
            end = min(seen.ends_at or datetime.max.replace(tzinfo=UTC), self._released_at(seen))
            if end <= seen.since:
                continue
            before_end, before = latest.get(seen.slot, (seen.since, seen))
            if before.booking_id != seen.booking_id and seen.since < before_end:
                pairs.append((before, seen))
            if end >= before_end:
                latest[seen.slot] = (end, seen)
        return pairs

    def _released_at(self, seen: Seen) -> datetime:
        return self.released.get(seen.booking_id, datetime.max.replace(tzinfo=UTC))


@dataclass
class Client:
    """Sends random requests. The network loses half of the answers; then the client sends the request again.

    `bookings` are those that the client believes it has.
    """

    api: Api
    engine: Engine
    tutor: Tutor
    log: Log
    random: Random
    who: Student
    bookings: dict[str, Any] = field(default_factory=dict)

    def act(self) -> None:
        choices: list[Callable[[], None]] = [self.place, self.hold, self.place_series, self.list, self.read]
        if self.bookings:
            choices += [self.confirm, self.cancel, self.move, self.let_run_out, self.cancel_series] * 2
        self.random.choice(choices)()

    def place(self, kind: str = "place", **more: Any) -> None:
        day, start = self.slot()
        body = {"tutorId": str(self.tutor.id), "date": str(day), "time": start, **more}
        key = uuid4().hex
        self.remember(self.send(kind, lambda: self.api.book(self.who.token, key, **body), key))

    def hold(self) -> None:
        self.place("hold", holdSeconds=600)

    def place_series(self) -> None:
        repeat = {"everyWeeks": self.random.choice([1, 2]), "count": self.random.randint(2, 4)}
        hold = {"holdSeconds": 600} if self.random.random() < 0.3 else {}
        self.place("series", repeat=repeat | {"skipTaken": self.random.random() < 0.5}, **hold)

    def confirm(self) -> None:
        self.change("confirm", self.one(), status="CONFIRMED")

    def cancel(self) -> None:
        self.change("cancel", self.one(), status="CANCELLED")

    def move(self) -> None:
        day, start = self.slot()
        self.change("move", self.one(), moveTo={"date": str(day), "time": start})

    def cancel_series(self) -> None:
        booking = self.one()
        if booking["seriesId"] is not None:
            sent_at = datetime.now(UTC)
            body = {"seriesId": booking["seriesId"], "from": str(DATES[1]), "status": "CANCELLED"}
            answer = self.send_change("cancel series", **body)
            for each in bookings_of(answer):
                self.log.add_release(each["bookingId"], sent_at)
                self.bookings.pop(each["bookingId"], None)

    def change(self, kind: str, booking: Any, **to: Any) -> None:
        sent_at, booking_id = datetime.now(UTC), booking["bookingId"]
        answer = self.send_change(kind, bookingId=booking_id, **to)
        if answer.status == 200 and kind != "confirm":
            self.log.add_release(booking_id, sent_at)
        if answer.status == 200 or answer.json["code"] not in ("slot_taken", "slot_not_found"):
            self.bookings.pop(booking_id, None)
        self.remember(answer)

    def send_change(self, kind: str, **body: Any) -> Answer:
        tutor_id = str(self.tutor.id)
        return self.send(kind, lambda: self.api.change_booking(self.who.token, tutorId=tutor_id, **body))

    def let_run_out(self) -> None:
        """Let a hold run out soon, as if its time had passed. The next request about it meets it before or after."""
        booking = self.one()
        if booking["status"] == "AWAITING_PAYMENT":
            now = datetime.now(UTC)
            self.log.add_release(booking["bookingId"], now)  # what follows isn't judged
            with self.engine.begin() as connection:
                values = {"tutor": self.tutor.id, "id": booking["bookingId"], "soon": now + SOON}
                connection.execute(LET_RUN_OUT, values)

    def list(self) -> None:
        self.send("list", lambda: self.api.bookings(self.who.token, studentId="me"))

    def read(self) -> None:
        self.send("read", lambda: self.api.read(tutorId=self.tutor.id, startDate=DATES[0], endDate=DATES[-1]))

    def slot(self) -> Slot:
        return self.random.choice(DATES), self.random.choice(STARTS)

    def one(self) -> Any:
        return self.random.choice(list(self.bookings.values()))

    def remember(self, answer: Answer) -> None:
        self.bookings |= {each["bookingId"]: each for each in bookings_of(answer) if each["status"] in ACTIVE}

    def send(self, kind: str, request: Callable[[], Answer], key: str | None = None) -> Answer:
        """Send a request until its answer arrives. The log gets each answer, also those that the network loses."""
        while True:
            answer = request()
            bookings = bookings_of(answer)
            self.log.add(kind, answer, bookings)
            if key is not None and answer.status in (200, 201):
                ids = tuple(each["bookingId"] for each in bookings)
                self.log.ids_of_keys.setdefault(key, set()).add(ids)
            if self.random.random() < 0.5:
                return answer


class TutorClient(Client):
    """The tutor: moves and cancels students' bookings, and replaces days."""

    def act(self) -> None:
        answer = self.send("list", lambda: self.api.bookings(self.tutor.token, tutorId=self.tutor.id, limit=200))
        self.bookings = {}
        self.remember(answer)
        choices: list[Callable[[], None]] = [self.edit, self.edit, self.offer_all]
        if self.bookings:
            choices += [self.cancel, self.move]
        self.random.choice(choices)()

    def edit(self) -> None:
        """Take away slots of some days that looked free."""
        booked = {(each["date"], each["time"]) for each in self.bookings.values()}
        days = {str(day): list(STARTS) for day in self.random.sample(DATES, 2)}
        for day, starts in days.items():
            days[day] = [each for each in starts if (day, each) in booked or self.random.random() < 0.6]
        self.update(days)

    def offer_all(self) -> None:
        self.update({str(day): list(STARTS) for day in DATES})

    def update(self, days: dict[str, list[str]]) -> None:
        body = [{"date": day, "timeSlots": [{"time": each} for each in starts]} for day, starts in days.items()]
        request = {"tutorId": str(self.tutor.id), "days": body}
        self.send("edit", lambda: self.api.update(self.tutor.token, **request))


def bookings_of(answer: Answer) -> list[Any]:
    """Return the bookings of an answer; none if it is a refusal, or about something else."""
    body = answer.json
    if answer.status not in (200, 201):
        return []
    return list(body.get("bookings", [body] if "bookingId" in body else []))
