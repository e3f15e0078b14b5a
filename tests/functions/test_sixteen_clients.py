"""Sixteen concurrent clients: each gets the right answers to its own requests, even if clients share connections."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.builders import ADMIN, Tutor, add_tutor, monday, slots
from tests.hosts import HOSTS, Answer, Api
from tests.pooler import IS_POOLED, SESSIONS

DAY = monday()
CLIENTS = 16
CLIENTS_OF_ONE_TUTOR = 4
EDITS_EACH = 4


def times_of(answer: Any) -> list[str]:
    (day,) = answer["days"]
    return [slot["time"] for slot in day["timeSlots"]]


@dataclass
class Client:
    """A client that moves a slot several times, and reads after each move. The test checks the answers at the end."""

    api: Api
    tutor: Tutor
    edits: dict[int, Any]
    """The answers to edits, by version. All clients of the tutor share this dictionary."""
    has_own_tutor: bool
    own_versions: frozenset[int] = frozenset([1])
    """Version 1, and the versions that this client made."""
    checks: list[Callable[[], None]] = field(default_factory=list)

    def run(self, number: int) -> None:
        requests = (self.edit_outdated, self.read, self.read_why, self.read_history, self.read_statistics)
        for turn in range(EDITS_EACH):
            self.edit(f"{8 + turn:02}:{number:02}")
            for i in range(len(requests)):  # clients with consecutive numbers begin with different requests
                requests[(number + i) % len(requests)]()

    def edit(self, start: str) -> None:
        answer = self.send(start)
        assert answer.status == 200
        version = answer.json["days"][0]["version"]
        self.edits[version] = answer.json
        self.checks.append(partial(self.check_edit, version, start, self.own_versions))
        self.own_versions |= {version}

    def edit_outdated(self) -> None:
        self.check_later(412, self.send("23:00", version=0), self.check_day)

    def send(self, start: str, **more: Any) -> Answer:
        edit = {"timeSlots": slots("05:00", start), **more}
        return self.api.update(self.tutor.token, tutorId=str(self.tutor.id), date=str(DAY), **edit)

    def read(self) -> None:
        self.check_later(200, self.api.read(tutorId=self.tutor.id, startDate=DAY), self.check_day)

    def read_why(self) -> None:
        self.check_later(200, self.api.read(tutorId=self.tutor.id, startDate=DAY, explain="true"), self.check_why)

    def read_history(self) -> None:
        self.check_later(200, self.api.history(self.tutor.token, tutorId=self.tutor.id), self.check_history)

    def read_statistics(self) -> None:
        self.check_later(200, self.api.stats(self.tutor.token, tutorId=self.tutor.id), self.check_statistics)
        self.check_later(200, self.api.stats(ADMIN), self.check_platform)

    def check_later(self, status: int, answer: Answer, check: Callable[[Any, frozenset[int]], None]) -> None:
        assert answer.status == status
        self.checks.append(partial(check, answer.json, self.own_versions))

    def check_version(self, version: int, own_versions: frozenset[int]) -> None:
        assert version == max(own_versions) or (version > max(own_versions) and not self.has_own_tutor)

    def check_edit(self, version: int, start: str, own_versions: frozenset[int]) -> None:
        answer = self.edits[version]
        self.check_version(version - 1, own_versions)
        assert times_of(answer) == ["05:00", start]
        (moved,) = set(times_of(self.edits[version - 1])) - {"05:00"}
        moves = sorted([(moved, "REMOVED"), (start, "ADDED")])
        assert answer == {
            "tutorId": str(self.tutor.id),
            "days": answer["days"],
            "changes": {"added": 1, "removed": 1},
            "diff": [{"date": str(DAY), "time": at, "durationMinutes": 60, "action": what} for at, what in moves],
            "changeSetId": answer["changeSetId"],
            "audit": "recorded",
        }

    def check_day(self, answer: Any, own_versions: frozenset[int]) -> None:
        (day,) = answer["days"]
        self.check_version(day["version"], own_versions)
        assert [day] == self.edits[day["version"]]["days"]

    def check_why(self, answer: Any, own_versions: frozenset[int]) -> None:
        (day,) = answer["days"]
        removed = {slot["time"] for slot in day.pop("notOffered")}
        assert {slot.pop("why") for slot in day["timeSlots"]} == {None}
        self.check_day(answer, own_versions)
        moved = {time for version in range(1, day["version"]) for time in times_of(self.edits[version])} - {"05:00"}
        assert removed == moved or (
            removed < moved and not self.has_own_tutor
        )  # other clients may not have written their entries yet

    def check_history(self, answer: Any, own_versions: frozenset[int]) -> None:
        entries = Counter((e["version"], e["changeSetId"], e["startTime"], e["action"]) for e in answer["entries"])
        versions = {entry["version"] for entry in answer["entries"]}
        assert versions >= own_versions
        self.check_version(len(versions) + answer["missingVersions"], own_versions)
        assert entries == Counter(
            (version, self.edits[version]["changeSetId"], change["time"], change["action"])
            for version in versions
            for change in self.edits[version]["diff"]
        )

    def check_statistics(self, answer: Any, own_versions: frozenset[int]) -> None:
        edits = answer["changeSets"]
        assert edits >= len(own_versions)
        self.check_version(edits + answer["missingVersions"], own_versions)
        expected = {
            "tutorId": str(self.tutor.id),
            "totalChanges": 2 * edits,
            "slotsAdded": edits + 1,  # the first edit added two slots
            "slotsRemoved": edits - 1,
            "lateRemovals": 0,
            "byReason": {"tutor_edit": 2 * edits},
            "byUser": [{"userId": str(self.tutor.user_id), "changes": 2 * edits}],
        }
        assert {key: answer[key] for key in expected} == expected

    def check_platform(self, answer: Any, _: frozenset[int]) -> None:
        """Assert that the platform's statistics are empty: they contain only weeks that have ended."""
        assert answer == {
            "tutors": [],
            "nextCursor": None,
            "weekly": [],
            "monthly": [],
            "byWeekdayHour": [[0] * 24] * 7,
            "mostRemovedTimes": [],
            "byReason": {},
            "byUser": [],
            "complete": True,
            "missingVersions": 0,
        }


@pytest.mark.parametrize("api", HOSTS, indirect=True)
def test_each_of_sixteen_clients_gets_right_answers(api: Api, engine: Engine) -> None:
    """Four clients share a tutor. Each of the others has a tutor of its own. All clients work at the same time."""
    clients: list[Client] = []
    for number in range(CLIENTS):
        if 0 < number < CLIENTS_OF_ONE_TUTOR:
            clients.append(Client(api, clients[0].tutor, clients[0].edits, has_own_tutor=False))
            continue
        client = Client(api, add_tutor(engine), {}, has_own_tutor=number > 0)
        client.edits[1] = client.send("06:00").json
        clients.append(client)
    with ThreadPoolExecutor(CLIENTS) as threads:
        list(threads.map(Client.run, clients, range(CLIENTS)))
    for client in clients:
        for check in client.checks:
            check()
    assert sorted(clients[0].edits) == list(range(1, 2 + CLIENTS_OF_ONE_TUTOR * EDITS_EACH))
    if IS_POOLED:
        sessions = text("select count(*) from pg_stat_activity where datname = current_database()")
        with engine.connect() as connection:
            assert connection.execute(sessions).scalar_one() <= SESSIONS
