"""A search finds exactly what `get_availability` of every tutor shows as free and bookable."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text

from tests.builders import ADMIN, Tutor, add_booking, add_slots, add_tutor, clock_at, make_token
from tests.hosts import Api

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = date(2026, 12, 7)


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.web.endpoint.CLOCK", clock_at(NOW))


@pytest.fixture
def tutors(engine: Engine) -> list[Tutor]:
    """Three tutors, in the order of their ids."""
    return sorted((add_tutor(engine) for _ in range(3)), key=lambda tutor: tutor.id)


def change(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def search(api: Api, first: str = "2026-12-07T00:00Z", end: str = "2026-12-08T00:00Z", **query: Any) -> Any:
    answer = api.call("find_slots", query={"from": first, "to": end, **query})
    assert answer.status == 200, answer.body
    return answer.json


def found(answer: Any) -> list[tuple[str, str]]:
    """Return the starts of the slots, in UTC, and their tutors."""
    starts = [(datetime.fromisoformat(slot["startsAt"]).astimezone(UTC), slot["tutorId"]) for slot in answer["slots"]]
    return [(f"{at:%m-%d %H:%M}", tutor) for at, tutor in starts]


def pages(api: Api, **query: Any) -> list[tuple[str, str]]:
    """Return the slots of all pages."""
    slots: list[tuple[str, str]] = []
    cursor: dict[str, str] = {}
    while True:
        page = search(api, **query, **cursor)
        slots += found(page)
        if page["nextCursor"] is None:
            return slots
        cursor = {"cursor": page["nextCursor"]}


def test_slots_are_found_by_start_then_by_tutor(api: Api, engine: Engine, tutors: list[Tutor]) -> None:
    """Also if they start on another date in the tutor's zone."""
    one, two, three = tutors
    add_slots(engine, one, DAY, "09:00", "11:00")
    add_slots(engine, two, DAY, "09:00", minutes=45)
    add_slots(engine, three, DAY + timedelta(days=1), "07:00", zone="Asia/Tokyo")
    answer = search(api)
    assert found(answer) == [
        ("12-07 08:00", str(one.id)),
        ("12-07 08:00", str(two.id)),
        ("12-07 10:00", str(one.id)),
        ("12-07 22:00", str(three.id)),
    ]
    assert answer["slots"][3] == {
        "tutorId": str(three.id),
        "tutorName": "Ada",
        "date": "2026-12-08",
        "time": "07:00",
        "durationMinutes": 60,
        "timeZone": "Asia/Tokyo",
        "startsAt": "2026-12-08T07:00:00+09:00",
        "endsAt": "2026-12-08T08:00:00+09:00",
    }
    assert (answer["nextCursor"], answer["unknownTutorIds"]) == (None, [])


def test_the_window_is_half_open_and_its_past_is_left_out(api: Api, engine: Engine, tutors: list[Tutor]) -> None:
    add_slots(engine, tutors[0], date(2026, 12, 1), "12:30", "13:00", "14:00")  # now is 13:00 in Copenhagen
    answer = search(api, "2026-11-30T00:00Z", "2026-12-01T13:00Z")
    assert [start for start, _ in found(answer)] == ["12-01 12:00"]


def test_slots_that_cant_be_booked_arent_found(api: Api, engine: Engine, tutors: list[Tutor]) -> None:
    """Booked, held, too soon, or of an inactive tutor. A hold that ran out hides nothing."""
    one, two, three = tutors
    for tutor in tutors:
        add_slots(engine, tutor, DAY, "09:00", "10:00", "11:00", "12:00")
    add_booking(engine, one, DAY, "09:00")
    add_booking(engine, one, DAY, "10:00", "AWAITING_PAYMENT", datetime(2100, 1, 1, tzinfo=UTC))
    add_booking(engine, one, DAY, "11:00", "AWAITING_PAYMENT", datetime(2026, 11, 1, tzinfo=UTC))
    add_booking(engine, one, DAY, "12:00", "CANCELLED")
    change(engine, "update tutors set active = false where id = :id", id=two.id)
    minutes = (datetime(2026, 12, 7, 10, tzinfo=UTC) - NOW) // timedelta(minutes=1)  # from 11:00 in Copenhagen on
    change(engine, "update tutors set booking_notice_minutes = :n where id = :id", n=minutes, id=three.id)
    expected = [("12-07 10:00", one), ("12-07 10:00", three), ("12-07 11:00", one), ("12-07 11:00", three)]
    assert found(search(api)) == [(start, str(tutor.id)) for start, tutor in expected]


def test_filters_narrow_a_search(api: Api, engine: Engine, tutors: list[Tutor]) -> None:
    one, two, three = tutors
    change(engine, "update tutors set tags = '{maths,\"a level\"}' where id = :id", id=one.id)
    change(engine, "update tutors set tags = '{maths}' where id = :id", id=two.id)
    for tutor, minutes in ((one, 45), (two, 60), (three, 90)):
        add_slots(engine, tutor, DAY, "09:00", minutes=minutes)

    def ids(**query: Any) -> list[str]:
        return [tutor for _, tutor in found(search(api, **query))]

    assert ids(tags="maths") == [str(one.id), str(two.id)]
    assert ids(tags="a level,maths") == [str(one.id)]
    assert ids(tags="latin") == []
    assert ids(minMinutes=46) == [str(two.id), str(three.id)]
    assert ids(maxMinutes=60) == [str(one.id), str(two.id)]
    assert ids(minMinutes=60, maxMinutes=60) == [str(two.id)]
    assert ids(tutorIds=f"{three.id},{one.id}") == [str(one.id), str(three.id)]
    assert ids(tutorIds=f"{three.id},{one.id}", tags="maths") == [str(one.id)]


def test_unknown_tutors_are_named(api: Api, engine: Engine, tutors: list[Tutor]) -> None:
    """A tutor who is named twice counts once; an inactive tutor is known."""
    add_slots(engine, tutors[0], DAY, "09:00")
    change(engine, "update tutors set active = false where id = :id", id=tutors[1].id)
    unknown = uuid4()
    ids = ",".join(map(str, (tutors[0].id, unknown, tutors[0].id, unknown, tutors[1].id)))
    answer = search(api, tutorIds=ids)
    assert (found(answer), answer["unknownTutorIds"]) == ([("12-07 08:00", str(tutors[0].id))], [str(unknown)])


def test_the_first_slots_of_each_tutor(api: Api, engine: Engine, tutors: list[Tutor]) -> None:
    for tutor, *starts in ((tutors[0], "09:00", "10:00", "11:00"), (tutors[1], "08:00"), (tutors[2], "07:00")):
        add_slots(engine, tutor, DAY, *starts)
    add_booking(engine, tutors[0], DAY, "09:00")
    answer = search(api, tutorIds=f"{tutors[0].id},{tutors[1].id}", perTutor=1, limit=1)
    assert found(answer) == [("12-07 07:00", str(tutors[1].id)), ("12-07 09:00", str(tutors[0].id))]
    assert answer["nextCursor"] is None
    assert len(search(api, tutorIds=f"{tutors[0].id}", perTutor=10)["slots"]) == 2


@pytest.mark.parametrize("named", [False, True])
def test_pages_leave_nothing_out_while_slots_come_and_go(
    api: Api, engine: Engine, tutors: list[Tutor], named: bool
) -> None:
    for tutor in tutors:
        add_slots(engine, tutor, DAY, "09:00", "10:00", "11:00")
    query = {"tutorIds": ",".join(str(tutor.id) for tutor in tutors)} if named else {}
    page = search(api, limit=4, **query)
    assert [start for start, _ in found(page)] == ["12-07 08:00"] * 3 + ["12-07 09:00"]
    change(engine, "delete from tutor_time_slots where start_time = '10:00' and tutor_id = :id", id=tutors[0].id)
    add_slots(engine, tutors[0], DAY, "08:30", minutes=30)  # before the cursor
    add_slots(engine, tutors[0], DAY, "10:30", minutes=30)
    page = search(api, limit=4, cursor=page["nextCursor"], **query)
    assert found(page) == [
        ("12-07 09:00", str(tutors[1].id)),
        ("12-07 09:00", str(tutors[2].id)),
        ("12-07 09:30", str(tutors[0].id)),
        ("12-07 10:00", str(tutors[0].id)),
    ]
    assert len(search(api, limit=4, cursor=page["nextCursor"], **query)["slots"]) == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"from": ""}, "from"),
        ({"from": "2026-12-07"}, "from"),
        ({"from": "2026-12-09T00:00Z"}, "to"),
        ({"to": "2026-12-07T00:00Z"}, "to"),
        ({"to": "2027-01-08T00:00Z"}, "to"),
        ({"from": "2000-01-01T00:00Z", "to": "2000-01-02T00:00Z"}, "to"),
        ({"from": "2026-11-30T00:00Z", "to": "2026-12-01T12:00Z"}, "to"),
        ({"tutorIds": "x"}, "tutorIds[0]"),
        ({"tutorIds": ",".join(str(UUID(int=i)) for i in range(201))}, "tutorIds"),
        ({"tags": "a,"}, "tags[1]"),
        ({"tags": ",".join(map(str, range(21)))}, "tags"),
        ({"minMinutes": "61", "maxMinutes": "60"}, "maxMinutes"),
        ({"minMinutes": "0"}, "minMinutes"),
        ({"maxMinutes": "721"}, "maxMinutes"),
        ({"limit": "501"}, "limit"),
        ({"perTutor": "3"}, "perTutor"),
        ({"perTutor": "11", "tutorIds": str(UUID(int=1))}, "perTutor"),
        ({"cursor": "x"}, "cursor"),
        ({"q": "Ada"}, "q"),
    ],
)
def test_a_bad_query_names_the_field(api: Api, query: dict[str, str], field: str) -> None:
    answer = api.call("find_slots", query={"from": "2026-12-07T00:00Z", "to": "2026-12-08T00:00Z", **query})
    assert (answer.status, answer.json["code"]) == (400, "invalid_request"), answer.body
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_cursors_of_another_search_are_refused(api: Api, engine: Engine, tutors: list[Tutor]) -> None:
    """Of another window, of other filters, and of another function. Another limit is the same search."""
    add_slots(engine, tutors[0], DAY, "09:00", "10:00")
    cursor = search(api, limit=1)["nextCursor"]
    assert len(search(api, limit=2, cursor=cursor)["slots"]) == 1
    lists = api.call("tutors", query={"limit": 1}, token=ADMIN).json["nextCursor"]
    window = {"from": "2026-12-07T00:00Z", "to": "2026-12-08T00:00Z"}
    for query in (
        {**window, "to": "2026-12-09T00:00Z", "cursor": cursor},
        {**window, "minMinutes": 30, "cursor": cursor},
        {**window, "cursor": lists},
        {**window, "tutorIds": tutors[0].id, "perTutor": 1, "cursor": cursor},
    ):
        answer = api.call("find_slots", query=query)
        assert (answer.status, {error["field"] for error in answer.json["errors"]}) == (400, {"cursor"})
    assert api.call("tutors", query={"limit": 1, "cursor": cursor}, token=ADMIN).status == 400


def test_a_cursor_is_accepted_by_the_same_search_in_other_words(api: Api, engine: Engine, tutors: list[Tutor]) -> None:
    """Ids and tags in another order or twice, instants with another offset, and defaults."""
    add_slots(engine, tutors[0], DAY, "09:00", "10:00")
    change(engine, "update tutors set tags = '{english,maths}'")
    ids = [str(tutor.id) for tutor in tutors]
    cursor = search(api, limit=1, tutorIds=",".join(ids), tags="maths,english")["nextCursor"]
    in_other_words = {"tutorIds": ",".join([*reversed(ids), ids[1]]), "tags": "english,maths,english"}
    page = search(api, "2026-12-07T01:00+01:00", cursor=cursor, minMinutes=1, maxMinutes=720, **in_other_words)
    assert found(page) == [("12-07 09:00", ids[0])]


def test_no_forged_cursor_gets_500(api: Api, engine: Engine, tutors: list[Tutor]) -> None:
    add_slots(engine, tutors[0], DAY, "09:00", "10:00")
    encoded = search(api, limit=1)["nextCursor"]
    cursor = urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)).decode()
    key = cursor.split(" ")[1]
    ends = ("2026-12-07T08:00:00+00:00", "0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00")
    starts = (
        "2026-12-07 09:00:00+02:00",
        "0001-01-01 00:00Z",
        "9999-12-31 24:00",
        "2026-W50-1 0900",
        "0001-01-01 00:00",
    )
    forged = [f"slot {key} {start} {at} {UUID(int=0)}" for start in starts for at in ends]
    statuses = []
    for text_of_cursor in (cursor, *forged):
        forgery = urlsafe_b64encode(text_of_cursor.encode()).decode().rstrip("=")
        window = {"from": "2026-12-07T00:00Z", "to": "2026-12-08T00:00Z"}
        statuses.append(api.call("find_slots", query={**window, "cursor": forgery}).status)
    assert statuses == [200, *[400] * 9, *[200] * 6]


def test_answers_can_be_cached_for_a_moment(
    api: Api, engine: Engine, tutors: list[Tutor], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = {"from": "2026-12-07T00:00Z", "to": "2026-12-08T00:00Z"}
    first = api.call("find_slots", query=query)
    assert first.headers["cache-control"] == "public, max-age=5"
    again = {"If-None-Match": first.headers["etag"]}
    assert api.call("find_slots", query=query, headers=again).status == 304
    add_slots(engine, tutors[0], DAY, "09:00")
    assert api.call("find_slots", query=query, headers=again).status == 200
    monkeypatch.setenv("SEARCH_PUBLIC", "false")
    monkeypatch.setenv("SEARCH_MAX_AGE", "60")
    assert api.call("find_slots", query=query).status == 401
    answer = api.call("find_slots", query=query, token=make_token("a student"))
    assert (answer.status, answer.headers["cache-control"]) == (200, "private, max-age=60")


ZONES = [
    "Europe/Copenhagen",
    "America/New_York",
    "Asia/Kolkata",
    "Pacific/Kiritimati",
    "Etc/GMT+12",
    "Antarctica/Troll",
]
CLOCKS_CHANGE = date(2027, 3, 28)


def free_slots(api: Api, tutors: list[Tutor], first: datetime, end: datetime) -> list[tuple[str, str]]:
    """Return what `get_availability` shows of each tutor as free and bookable in the window."""
    slots = []
    for tutor in tutors:
        dates = {"startDate": first.date() - timedelta(days=2), "endDate": end.date() + timedelta(days=2)}
        for day in api.read(tutorId=tutor.id, **dates).json["days"]:
            for slot in day["timeSlots"]:
                at = datetime.fromisoformat(slot["startsAt"]).astimezone(UTC)
                if slot["status"] == "AVAILABLE" and "notBookable" not in slot and first <= at < end:
                    slots.append((f"{at:%m-%d %H:%M}", str(tutor.id)))
    return sorted(slots)


@pytest.fixture
def moments(monkeypatch: pytest.MonkeyPatch) -> Iterator[datetime]:
    """Instants around a change of clocks; the clock shows each of them."""

    def each() -> Iterator[datetime]:
        for hours in range(-36, 48, 7):
            now = datetime(2027, 3, 28, 1, tzinfo=UTC) + timedelta(hours=hours)
            monkeypatch.setattr("common.web.endpoint.CLOCK", clock_at(now))
            yield now

    return each()


@pytest.mark.parametrize("seed", range(4))
def test_a_search_finds_what_get_availability_shows(
    api: Api, engine: Engine, moments: Iterator[datetime], seed: int
) -> None:
    """Random tutors, zones, slots over midnight, notices, bookings and holds, which change between the searches."""
    random = Random(seed)
    tutors = [add_tutor(engine, zone) for zone in ZONES]
    for tutor in tutors:
        change(
            engine,
            "update tutors set booking_notice_minutes = :notice, active = :active where id = :id",
            notice=random.choice([0, 0, 60, 1440]),
            active=random.random() < 0.8,
            id=tutor.id,
        )
        for days in range(-3, 5):
            starts = [f"{hour:02}:{random.choice(['00', '30'])}" for hour in random.sample(range(0, 24, 2), 6)]
            add_slots(engine, tutor, CLOCKS_CHANGE + timedelta(days=days), *starts, minutes=random.choice([30, 60, 90]))
    for now in moments:
        end = now + timedelta(hours=random.choice([5, 30, 80]))
        window = {"first": now.isoformat().replace("+00:00", "Z"), "end": end.isoformat().replace("+00:00", "Z")}
        expected = free_slots(api, tutors, now, end)
        limit = random.choice([1, 3, 50])
        assert pages(api, **window, limit=limit) == expected
        assert pages(api, **window, limit=50) == [(start, tutor) for start, tutor in expected], (
            "in order of the start, then of the tutor"
        )
        named = sorted(random.sample(tutors, 3), key=lambda tutor: tutor.id)
        ids = ",".join(str(tutor.id) for tutor in named)
        assert pages(api, **window, tutorIds=ids, limit=limit) == free_slots(api, named, now, end)
        for tutor_id, start in random.sample([(tutor, start) for start, tutor in expected], min(3, len(expected))):
            at = datetime.strptime(f"2027-{start}", "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
            change(
                engine,
                "insert into bookings (tutor_id, id, student_id, date, start_time, status, hold_expires_at)"
                " select tutor_id, gen_random_uuid(), 'ben', date, start_time, :status, :expires"
                " from tutor_time_slots where tutor_id = :tutor_id and starts_at = :at on conflict do nothing",
                status=random.choice(["CONFIRMED", "AWAITING_PAYMENT", "CANCELLED"]),
                expires=random.choice([datetime(2100, 1, 1, tzinfo=UTC), datetime(2020, 1, 1, tzinfo=UTC)]),
                tutor_id=UUID(tutor_id),
                at=at,
            )
