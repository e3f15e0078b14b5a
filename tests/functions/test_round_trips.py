"""The number of round trips to the database. If it is on another machine, round trips take most of a request's time."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import address_of
from common.db.pool import pool_for
from tests.builders import ADMIN, Tutor, add_slots, add_tutor, monday, slots, student
from tests.hosts import Api
from tests.proxy import Proxy, proxy

DAY = monday()
READS: list[tuple[str, dict[str, str]]] = [
    ("get_availability", {}),
    ("get_availability", {"asOf": "2026-11-22T12:00:00Z"}),
    ("get_availability", {"explain": "true"}),
    ("audit_history", {}),
    ("audit_stats", {"days": "365"}),
]


@pytest.fixture
def counting(api: Api, url: str, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy between the functions and the database. One connection through the proxy is already open."""
    local = address_of(url)
    with proxy(str(local.unix_socket)) as running:
        proxied = f"postgresql://postgres@127.0.0.1:{running.port}/{local.database}"
        monkeypatch.setenv("DATABASE_URL", proxied)
        api.read(tutorId=add_tutor(engine).id)
        running.round_trips = 0
        yield running
        pool_for(Settings(database_url=proxied)).close()


def save(api: Api, tutor: Tutor, *starts: str) -> None:
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots(*starts))
    assert (answer.status, answer.json["audit"]) == (200, "recorded")


def test_reads_take_one_round_trip(api: Api, engine: Engine, counting: Proxy) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    for function, query in READS:
        counting.round_trips = 0
        assert api.call(function, query={"tutorId": tutor.id, **query}, token=tutor.token).status == 200
        assert counting.round_trips == 1, function


def test_an_instance_has_one_connection(api: Api, engine: Engine, settings: Settings, administration: Engine) -> None:
    """All functions share this connection, with and without SQLAlchemy."""
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    for function, query in READS:
        assert api.call(function, query={"tutorId": tutor.id, **query}, token=tutor.token).status == 200
    save(api, tutor, "10:00")
    api.repair()
    assert api.call("audit_stats", token=ADMIN).status == 200
    sessions = text("""
        select count(*) from pg_stat_activity
        where datname = :name and backend_type = 'client backend' and application_name not like 'citus%'
    """)
    with administration.connect() as connection:
        assert connection.execute(sessions, {"name": address_of(settings.database_url).database}).scalar() == 1


def test_an_update_takes_two_round_trips_and_one_for_the_log(api: Api, engine: Engine, counting: Proxy) -> None:
    """The first locks and reads the day. The second changes the slots and commits. The test replaces eight slots."""
    tutor = add_tutor(engine)
    save(api, tutor, *(f"{hour:02}:00" for hour in range(8, 16)))
    counting.round_trips = 0
    save(api, tutor, *(f"{hour:02}:30" for hour in range(8, 16)))
    assert counting.round_trips == 2 + 1


def test_an_update_of_92_days_takes_at_most_seven_round_trips(api: Api, engine: Engine, counting: Proxy) -> None:
    """Such an update is one transaction with as many statements as an update of one day."""
    tutor = add_tutor(engine)
    starts = [f"{hour:02}:{minute:02}" for hour in range(8, 16) for minute in (0, 30)]
    for minutes in (30, 25):
        days = [{"date": str(DAY + timedelta(days=i)), "timeSlots": slots(*starts, minutes=minutes)} for i in range(92)]
        counting.round_trips = 0
        answer = api.update(tutor.token, tutorId=str(tutor.id), days=days)
        assert (answer.status, answer.json["audit"]) == (200, "recorded")
    # PostgreSQL may send answers while the client is still sending. Then the proxy counts more round trips.
    assert 3 <= counting.round_trips <= 7


def test_a_booking_takes_one_round_trip(api: Api, engine: Engine, counting: Proxy) -> None:
    tutor, ben = add_tutor(engine), student()
    add_slots(engine, tutor, DAY, "09:00", "10:00")
    first = {"tutorId": str(tutor.id), "date": str(DAY), "time": "09:00"}
    booked: list[str] = []
    for body, status, round_trips in (
        (first, 201, 1),
        (first | {"time": "10:00", "holdSeconds": 60}, 201, 1),
        (first, 409, 3),  # the second one says why, under the lock, which the third one releases
    ):
        counting.round_trips = 0
        answer = api.book(ben.token, **body)
        assert (answer.status, counting.round_trips) == (status, round_trips)
        booked.append(answer.json.get("bookingId"))
    for token, query in (
        (ben.token, {"studentId": "me"}),
        (tutor.token, {"tutorId": tutor.id}),
        (ben.token, {"tutorId": tutor.id, "bookingId": booked[0]}),
    ):
        counting.round_trips = 0
        assert (api.bookings(token, **query).status, counting.round_trips) == (200, 1)


def test_a_change_of_a_booking_takes_three_round_trips(api: Api, engine: Engine, counting: Proxy) -> None:
    """The first finds the booking, the second locks and reads its day, and the third changes it and commits."""
    tutor, ben = add_tutor(engine), student()
    add_slots(engine, tutor, DAY, "09:00", "10:00")
    body = {"tutorId": str(tutor.id), "date": str(DAY), "time": "09:00"}
    booked = api.book(ben.token, **body, holdSeconds=60).json
    for change in ({"status": "CONFIRMED"}, {"moveTo": {"date": str(DAY), "time": "10:00"}}, {"status": "CANCELLED"}):
        counting.round_trips = 0
        answer = api.change_booking(ben.token, tutorId=str(tutor.id), bookingId=booked["bookingId"], **change)
        assert (answer.status, counting.round_trips) == (200, 3)
        booked = answer.json


def test_a_series_takes_two_round_trips(api: Api, engine: Engine, counting: Proxy) -> None:
    tutor = add_tutor(engine)
    for week in range(10):
        add_slots(engine, tutor, DAY + timedelta(weeks=week), "09:00")
    body = {"tutorId": str(tutor.id), "date": str(DAY), "time": "09:00"}
    counting.round_trips = 0
    answer = api.book(student().token, **body, repeat={"everyWeeks": 1, "count": 10})
    assert (answer.status, counting.round_trips) == (201, 2)
