"""Searches while slots are edited and booked: a page shows each tutor as they were at a moment of its request."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import pairwise
from random import Random
from threading import Event
from time import monotonic
from typing import Any, NamedTuple
from uuid import uuid4

import pytest
from sqlalchemy import Engine

from tests.builders import ADMIN, Tutor, add_booking, add_slots, add_tutor, clock_at
from tests.functions.test_concurrency import run_concurrently
from tests.functions.test_find_slots import CLOCKS_CHANGE, ZONES
from tests.hosts import Api

NOW = datetime(2027, 3, 26, 12, tzinfo=UTC)
WINDOW = {"from": "2027-03-26T12:00Z", "to": "2027-03-31T00:00Z"}
DATES = [CLOCKS_CHANGE + timedelta(days=days) for days in range(-1, 3)]
CHANGES = 25
RAN_OUT = ("AWAITING_PAYMENT", datetime(2026, 1, 1, tzinfo=UTC))
ANSWERS = {(200, ""), (201, ""), (400, "overlapping_slots"), (400, "nonexistent_local_time")}


class Slot(NamedTuple):
    """A free slot. They sort as a search orders them."""

    starts_at: datetime
    tutor_id: str
    day: str
    time: str
    minutes: int
    zone: str

    @classmethod
    def of(cls, slot: Any, tutor_id: str, day: str, zone: str) -> "Slot":
        starts_at = datetime.fromisoformat(slot["startsAt"]).astimezone(UTC)
        return cls(starts_at, tutor_id, day, slot["time"], slot["durationMinutes"], slot.get("timeZone", zone))


@dataclass(frozen=True)
class State:
    """A tutor's free slots in the window after a change, which took effect after `sent_at` and before `answered_at`."""

    sent_at: float
    answered_at: float
    slots: list[Slot]


@dataclass(frozen=True)
class Page:
    """The slots of a page; `after` is the last slot of the page before."""

    sent_at: float
    answered_at: float
    after: tuple[Any, ...]
    slots: list[Slot]
    is_last: bool

    def __contains__(self, slot: Slot) -> bool:
        """Return whether the page has to show this slot if it is free."""
        return slot > self.after and (self.is_last or slot <= self.slots[-1])


def free_slots(api: Api, tutor: Tutor) -> list[Slot]:
    """Return what `get_availability` shows as free and bookable."""
    tutor_id, query = str(tutor.id), {"startDate": DATES[0] - timedelta(days=1), "endDate": DATES[-1]}
    answer = api.read(tutorId=tutor_id, **query).json
    slots = [
        Slot.of(slot, tutor_id, day["date"], answer["timeZone"])
        for day in answer["days"]
        for slot in day["timeSlots"]
        if slot["status"] == "AVAILABLE" and "notBookable" not in slot
    ]
    end = datetime.fromisoformat(WINDOW["to"])
    return sorted(slot for slot in slots if NOW <= slot.starts_at < end)


def read_pages(api: Api, **query: Any) -> list[Page]:
    """Read all pages of a search."""
    pages: list[Page] = []
    while True:
        sent_at = monotonic()
        answer = api.call("find_slots", query=WINDOW | query).json
        slots = [Slot.of(slot, slot["tutorId"], slot["date"], slot["timeZone"]) for slot in answer["slots"]]
        after = pages[-1].slots[-1] if pages else ()
        pages.append(Page(sent_at, monotonic(), after, slots, answer["nextCursor"] is None))
        if pages[-1].is_last:
            return pages
        query["cursor"] = answer["nextCursor"]


def random_starts(random: Random, count: int) -> list[str]:
    """Return starts, also near midnight and in the hour that doesn't exist on one of the dates."""
    return [f"{hour:02}:{random.choice(('00', '30'))}" for hour in random.sample([*range(0, 24, 2), 23], count)]


def change_at_random(api: Api, random: Random, tutor: Tutor, placed: list[str]) -> tuple[int, str]:
    """Edit a day, or book, hold or release a slot. Return the answer's status and code."""
    tutor_id, day = str(tutor.id), random.choice(DATES).isoformat()
    kind, free = random.random(), free_slots(api, tutor)
    if kind < 0.3 and free:
        slot = random.choice(free)
        hold: dict[str, Any] = random.choice([{}, {"holdSeconds": 86_400}])
        student_id = f"user_{uuid4().hex}"
        answer = api.book(ADMIN, tutorId=tutor_id, date=slot.day, time=slot.time, studentId=student_id, **hold)
        if answer.status == 201:
            placed.append(answer.json["bookingId"])
    elif kind < 0.5 and placed:
        booking_id = placed.pop(random.randrange(len(placed)))
        answer = api.change_booking(ADMIN, tutorId=tutor_id, bookingId=booking_id, status="CANCELLED")
    else:
        (offered,) = api.read(tutorId=tutor_id, startDate=day, endDate=day).json["days"] or [{"timeSlots": []}]
        keys = ("time", "durationMinutes", "timeZone")
        kept = [
            {key: slot[key] for key in keys if key in slot}
            for slot in offered["timeSlots"]
            if slot["status"] == "BOOKED" or random.random() < 0.7
        ]
        zone = random.choice([{}, {"timeZone": random.choice(ZONES)}])
        added = [{"time": start, "durationMinutes": 30, **zone} for start in random_starts(random, 2)]
        times = {slot["time"] for slot in kept}
        slots = kept + [slot for slot in added if slot["time"] not in times]
        answer = api.update(tutor.token, tutorId=tutor_id, date=day, timeSlots=slots)
    return answer.status, answer.json.get("code", "")


def fits(page: Page, tutor: Tutor, states: list[State]) -> bool:
    """Return whether the page shows the tutor as they were at one moment of its request."""
    shown = [slot for slot in page.slots if slot.tutor_id == str(tutor.id)]
    ends = [state.answered_at for state in states[1:]] + [page.sent_at]
    return any(
        state.sent_at <= page.answered_at and end >= page.sent_at and shown == [s for s in state.slots if s in page]
        for state, end in zip(states, ends, strict=True)
    )


@pytest.mark.parametrize("seed", range(3))
def test_a_page_shows_each_tutor_as_they_were_at_a_moment_of_its_request(
    api: Api, engine: Engine, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads change slots and bookings, each of half of the tutors, while two others read pages."""
    monkeypatch.setattr("common.web.endpoint.CLOCK", clock_at(NOW))
    random = Random(seed)
    tutors = [add_tutor(engine, zone) for zone in ZONES]
    for tutor in tutors:
        for day in DATES:
            add_slots(engine, tutor, day, *random_starts(random, 6), minutes=30)
        for slot in random.sample(free_slots(api, tutor), 2):
            add_booking(engine, tutor, date.fromisoformat(slot.day), slot.time, *RAN_OUT)
    states = {tutor: [State(0, monotonic(), free_slots(api, tutor))] for tutor in tutors}
    is_over = Event()

    def write(own: list[Tutor], random: Random) -> list[tuple[int, str]]:
        answers, placed = [], {tutor: list[str]() for tutor in own}
        try:
            for _ in range(CHANGES):
                tutor = random.choice(own)
                sent_at = monotonic()
                answers.append(change_at_random(api, random, tutor, placed[tutor]))
                states[tutor].append(State(sent_at, monotonic(), free_slots(api, tutor)))
        finally:
            is_over.set()
        return answers

    def read(limit: int, **query: Any) -> list[list[Page]]:
        walks = []
        while not is_over.is_set():
            walks.append(read_pages(api, limit=limit, **query))
        return walks

    some = random.sample(tutors, 3)
    named = {"tutorIds": ",".join(str(tutor.id) for tutor in some)}
    first, second, of_all, of_some = run_concurrently(
        partial(write, tutors[::2], Random(f"{seed} first")),
        partial(write, tutors[1::2], Random(f"{seed} second")),
        partial(read, random.choice([5, 11])),
        partial(read, random.choice([2, 3]), **named),
    )
    assert set(first + second) <= ANSWERS
    assert len([status for status, _ in first + second if status < 400]) > CHANGES, "most changes took effect"
    for walks, searched in ((of_all, tutors), (of_some, some)):
        assert len(walks) > 1
        for pages in walks:
            slots = [slot for page in pages for slot in page.slots]
            assert all(slot < following for slot, following in pairwise(slots)), "in order, none twice"
            assert [page for page in pages for tutor in searched if not fits(page, tutor, states[tutor])] == []
        (page,) = read_pages(api, limit=500, **(named if searched is some else {}))
        assert page.slots == sorted(slot for tutor in searched for slot in free_slots(api, tutor))
