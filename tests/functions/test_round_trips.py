"""The number of round trips to the database. If it is on another machine, round trips take most of a request's time."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import address_of
from common.db.pool import pool_for
from tests.builders import ADMIN, Tutor, add_tutor, monday, slots
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
