"""A database of the release before slots had zones: after the migrations, nothing is lost, and answers are the same."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from common.config import Settings
from common.db.engine import engine_for
from common.db.pool import pool_for
from common.db.sqlstate import is_outage, is_retryable, sqlstate
from migrations import plan, upgrade
from tests.builders import ADMIN, Tutor, make_token, monday
from tests.conftest import database_url
from tests.hosts import HOSTS, Api

DAY = monday()
EDITED_AT = datetime.now(UTC) - timedelta(hours=2)
USER = str(uuid4())
TUTOR = Tutor(uuid4(), USER, make_token(USER))
CHANGE_SET = uuid4()
LOCK_TIMEOUT = "55P03"
# The columns of migration 0003. Slots at 09:00 and 10:00 were offered, then 10:00 was removed. 14:00 was imported.
OLD_ROWS = """
insert into tutors (id, user_id, name, time_zone) values (:tutor, :user, 'Ada', 'Asia/Tokyo');
insert into tutor_days (tutor_id, date, version, updated_at, updated_by) values (:tutor, :day, 2, :edited_at, :user);
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, created_at)
values (:tutor, :day, '09:00', 60, :edited_at), (:tutor, :day, '14:00', 30, :imported_at);
insert into bookings (tutor_id, id, student_id, date, start_time, status)
values (:tutor, :booking, :student, :day, '14:00', 'CONFIRMED');
insert into tutor_availability_log (
  id, tutor_id, date, start_time, duration_minutes, action, reason, changed_at, changed_by, change_set_id,
  change_set_size, version, source
)
values
  (:entry_1, :tutor, :day, '09:00', 60, 'ADDED', 'tutor_edit', :offered_at, :user, :first_set, 2, 1, 'recorded'),
  (:entry_2, :tutor, :day, '10:00', 60, 'ADDED', 'tutor_edit', :offered_at, :user, :first_set, 2, 1, 'recorded'),
  (:entry_3, :tutor, :day, '10:00', 60, 'REMOVED', 'illness', :edited_at, :user, :second_set, 1, 2, 'recorded')
"""


@pytest.fixture
def old(server: str, administration: Engine) -> Iterator[Engine]:
    """An engine on a database at migration 0003."""
    name = "upgraded"
    with administration.connect() as connection:
        connection.execute(text(f"create database {name}"))
    settings = Settings(database_url=database_url(server, name))
    engine = engine_for(settings)
    upgrade(engine, "test", to="0003")
    yield engine
    pool_for(settings).close()
    with administration.connect() as connection:
        connection.execute(text(f"drop database {name} with (force)"))


def fill(engine: Engine) -> None:
    values: dict[str, Any] = {
        "tutor": TUTOR.id,
        "user": UUID(USER),
        "day": DAY,
        "offered_at": EDITED_AT - timedelta(hours=1),
        "edited_at": EDITED_AT,
        "imported_at": EDITED_AT - timedelta(days=9),
        "booking": uuid4(),
        "student": uuid4(),
        "first_set": uuid4(),
        "second_set": CHANGE_SET,
        **{f"entry_{number}": uuid4() for number in (1, 2, 3)},
    }
    with engine.begin() as connection:
        for statement in OLD_ROWS.split(";\n"):
            names = text(statement).compile().params
            connection.execute(text(statement), {name: values[name] for name in names})


@pytest.fixture
def api(old: Engine, server: str, monkeypatch: pytest.MonkeyPatch, environment: None) -> Api:
    monkeypatch.setenv("DATABASE_URL", database_url(server, "upgraded"))
    return Api(HOSTS["lambda"])


def slots_of(api: Api, **query: Any) -> list[tuple[str, str, str]]:
    days = api.read(tutorId=TUTOR.id, startDate=DAY, endDate=DAY, **query).json["days"]
    return [
        (slot["startsAt"][11:], slot["status"], slot.get("timeZone", "")) for day in days for slot in day["timeSlots"]
    ]


@pytest.mark.one_server(reason="the fixture's database isn't distributed")
def test_nothing_is_lost_and_old_entries_are_in_the_zone_of_then(old: Engine, api: Api) -> None:
    fill(old)
    upgrade(old, "test")
    today = [("09:00:00+09:00", "AVAILABLE", ""), ("14:00:00+09:00", "BOOKED", "")]
    assert slots_of(api) == today
    entries = api.history(TUTOR.token, tutorId=TUTOR.id).json["entries"]
    assert sorted((entry["startTime"], entry["action"]) for entry in entries) == [
        ("09:00", "ADDED"),
        ("10:00", "ADDED"),
        ("10:00", "REMOVED"),
    ]
    assert {(entry["changedBy"], entry["timeZone"]) for entry in entries} == {(USER, "Asia/Tokyo")}
    with old.connect() as connection:
        starts = connection.execute(text("select starts_at from tutor_time_slots order by starts_at")).scalars().all()
    assert [at.astimezone(UTC).hour for at in starts] == [0, 5]  # Tokyo is nine hours ahead of UTC
    moved = {"tutorId": str(TUTOR.id), "userId": USER, "name": "Ada", "timeZone": "America/New_York"}
    assert api.call("tutors", "PUT", json=moved, token=ADMIN).status == 200
    in_tokyo = [(start, status, "Asia/Tokyo") for start, status, _ in today]
    assert slots_of(api) == in_tokyo
    before = (EDITED_AT - timedelta(minutes=1)).isoformat()
    assert [(start, zone) for start, _, zone in slots_of(api, asOf=before)] == [
        (start, "Asia/Tokyo") for start in ("09:00:00+09:00", "10:00:00+09:00", "14:00:00+09:00")
    ]
    reverted = api.update(TUTOR.token, tutorId=str(TUTOR.id), revert=str(CHANGE_SET))
    assert reverted.json["diff"][0]["timeZone"] == "Asia/Tokyo"
    assert [start for start, _, _ in slots_of(api)] == ["09:00:00+09:00", "10:00:00+09:00", "14:00:00+09:00"]


# The first statement with which the release before changes days.
OLD_LOCK = """
insert into tutor_days as day (tutor_id, date, version, updated_at) values (:tutor, :day, 0, :at)
on conflict (tutor_id, date) do update set version = day.version
"""
USER_ID_TYPE = "select cast(pg_typeof(user_id) as text) from tutors"


@pytest.mark.one_server(reason="the fixture's database isn't distributed")
def test_edits_of_the_release_before_are_unavailable_and_its_other_answers_right_until_the_last_step(
    old: Engine,
) -> None:
    """That release compares ids as UUIDs: if it got a tutor's user id as a text, it would answer 403 to this tutor."""
    fill(old)
    values = {"tutor": TUTOR.id, "day": DAY, "at": EDITED_AT}
    with old.begin() as connection:
        connection.execute(text(OLD_LOCK), values)
    pending = [title.split()[0] for title in plan(old, "test").pending]
    types = []
    for revision in pending:
        upgrade(old, "test", to=revision)
        with pytest.raises(DBAPIError) as raised, old.begin() as connection:
            connection.execute(text(OLD_LOCK), values)
        assert is_outage(raised.value), revision
        with old.connect() as connection:
            types.append(connection.execute(text(USER_ID_TYPE)).scalar_one())
    assert types == ["text" if revision >= "0012" else "uuid" for revision in pending]


@pytest.mark.one_server(reason="the fixture's database isn't distributed")
def test_the_release_before_connects_again_when_its_prepared_statements_become_invalid(old: Engine) -> None:
    """Its statements compare ids as UUIDs. In the same session, they would fail with an error that answers 500."""
    fill(old)
    with old.connect() as connection:
        connection.execute(text("prepare history as select count(*) from tutors where user_id = $1"))
        connection.commit()
        upgrade(old, "test")
        with pytest.raises((DBAPIError, ConnectionError)) as raised:
            connection.execute(text(f"execute history ('{USER}')"))
        assert is_retryable(raised.value)
        connection.invalidate()
    with old.connect() as connection:
        assert connection.execute(text("select count(*) from tutors where user_id = :id"), {"id": UUID(USER)}).scalar()


@pytest.mark.one_server(reason="the fixture's database isn't distributed")
def test_a_step_that_gets_no_lock_stops_nobody_and_can_be_run_again(
    old: Engine, is_lock_awaited: Callable[[], bool]
) -> None:
    """A program books, and reads slots after that. If the migration waited for it, the two would deadlock."""
    fill(old)
    upgrade(old, "test", to="0007")
    outcome: list[str] = []

    def migrate() -> None:
        try:
            upgrade(old, "test")
        except DBAPIError as error:
            outcome.append(sqlstate(error))

    thread = threading.Thread(target=migrate)
    book = text(
        "insert into bookings (tutor_id, id, student_id, date, start_time, status) "
        "values (:tutor, :id, :id, :day, '09:00', 'CANCELLED')"
    )
    with old.begin() as connection:
        connection.execute(book, {"tutor": TUTOR.id, "id": uuid4(), "day": DAY})
        thread.start()
        while not is_lock_awaited() and thread.is_alive():
            pass
        assert connection.execute(text("select count(*) from tutor_time_slots")).scalar_one() == 2
    thread.join()
    assert outcome == [LOCK_TIMEOUT]
    assert plan(old, "test").revision == "0007"
    upgrade(old, "test")
    assert plan(old, "test").pending == []
    with old.connect() as connection:
        assert connection.execute(text("select count(*) from bookings")).scalar_one() == 2


@pytest.mark.one_server(reason="the fixture's database isn't distributed")
def test_bookings_go_on_while_a_migration_waits_for_the_weekly_statistics(
    old: Engine, is_lock_awaited: Callable[[], bool]
) -> None:
    upgrade(old, "test", to="0023")
    thread = threading.Thread(target=upgrade, args=(old, "test"))
    with old.begin() as reader, old.begin() as booker:
        reader.execute(text("select count(*) from tutor_weekly_stats"))
        thread.start()
        while not is_lock_awaited() and thread.is_alive():
            pass
        booker.execute(text("lock table bookings in row exclusive mode nowait"))
    thread.join()
    assert plan(old, "test").pending == []


# Each day was edited at `EDITED_AT` last, and the instants of slots and entries are minutes before or after it.
ADD_DAY = """
insert into tutor_days (tutor_id, date, version, repaired_version, updated_at, updated_by)
values (:tutor, :day, :version, :repaired, :at, null)
"""
ADD_SLOT = """
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone, created_at)
values (:tutor, :day, :start, 60, 'Asia/Tokyo', :at)
"""
ADD_ENTRY = """
insert into tutor_availability_log (
  id, tutor_id, date, start_time, duration_minutes, action, reason, changed_at, change_set_id, version, source
) values (:id, :tutor, :day, :start, 60, :action, 'tutor_edit', :at, :id, :version, 'recorded')
"""


class OldDay(NamedTuple):
    """A day before the migration: its versions, its slots with their instants, and its entries.

    An entry is a version, an instant, an action and a start.
    """

    version: int
    repaired_version: int
    slots: dict[str, int]
    entries: tuple[tuple[int, int, str, str], ...] = ()


UNLOGGED_DAYS = {
    "repair hasn't handled it yet": (
        OldDay(1, 0, {"08:00": -60, "09:00": 0}, ((1, 0, "REMOVED", "07:00"), (1, 0, "ADDED", "09:00"))),
        ["07:00", "08:00"],
    ),
    "a removed slot was added again": (
        OldDay(2, 2, {"08:00": 1}, ((1, -5, "ADDED", "08:00"), (2, 0, "REMOVED", "08:00"))),
        ["08:00"],
    ),
    "without entries, and handled": (OldDay(1, 1, {"08:00": 0}), ["08:00"]),
    "without versions": (OldDay(0, 0, {"08:00": 0}), ["08:00"]),
    "the last version is missing": (
        OldDay(2, 1, {"08:00": -60, "09:00": -1, "10:00": 0, "11:00": 1}, ((1, -5, "REMOVED", "07:00"),)),
        ["07:00", "08:00", "09:00", "11:00"],
    ),
    "two versions are missing": (
        OldDay(3, 0, {"08:00": -60, "09:00": -1, "10:00": 0, "11:00": 1}, ((1, -5, "REMOVED", "07:00"),)),
        ["07:00", "08:00", "11:00"],
    ),
    "the first version is missing": (
        OldDay(2, 0, {"08:00": -60, "09:00": -1, "11:00": 1}, ((2, 0, "REMOVED", "07:00"),)),
        ["11:00"],
    ),
}


@pytest.mark.one_server(reason="the fixture's database isn't distributed")
def test_the_baseline_has_no_slots_that_a_lost_edit_may_have_added(old: Engine, api: Api) -> None:
    """All other slots without an entry are in the baseline. So none of them is drift when repair looks."""
    upgrade(old, "test", to="0016")
    dates = {DAY + timedelta(days=number): name for number, name in enumerate(UNLOGGED_DAYS)}
    with old.begin() as connection:
        tutor = {"id": TUTOR.id, "user": USER}
        connection.execute(
            text("insert into tutors (id, user_id, name, time_zone) values (:id, :user, 'Ada', 'Asia/Tokyo')"), tutor
        )
        for on, name in dates.items():
            key = {"tutor": TUTOR.id, "day": on}
            version, repaired, standing, entries = UNLOGGED_DAYS[name][0]
            if version:
                day = {"version": version, "repaired": repaired, "at": EDITED_AT}
                connection.execute(text(ADD_DAY), {**key, **day})
            for start, minutes in standing.items():
                at = EDITED_AT + timedelta(minutes=minutes)
                connection.execute(text(ADD_SLOT), {**key, "start": start, "at": at})
            for number, minutes, action, start in entries:
                at = EDITED_AT + timedelta(minutes=minutes)
                entry = {"id": uuid4(), "version": number, "at": at, "action": action, "start": start}
                connection.execute(text(ADD_ENTRY), {**key, **entry})
    upgrade(old, "test")
    baseline: dict[str, list[str]] = {name: [] for name in UNLOGGED_DAYS}
    with old.connect() as connection:
        for on, start in connection.execute(text("select date, start_time from baseline_slots order by 1, 2")):
            baseline[dates[on]].append(f"{start:%H:%M}")
    assert baseline == {name: expected for name, (_, expected) in UNLOGGED_DAYS.items()}
    assert api.repair()["adrift"] == 0
    with old.connect() as connection:
        reconstructed = connection.execute(
            text("select date, action, start_time from tutor_availability_log where source <> 'recorded' order by 1, 3")
        )
        assert [(dates[on], action, start.hour) for on, action, start in reconstructed] == [
            ("the last version is missing", "ADDED", 10),
            ("two versions are missing", "ADDED", 9),
            ("two versions are missing", "ADDED", 10),
            ("the first version is missing", "ADDED", 7),
            ("the first version is missing", "ADDED", 8),
            ("the first version is missing", "ADDED", 9),
        ]
