"""`deploy/citus.sql` on a database with data: no row is lost, and if it fails, nothing changes."""

import json
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from pg8000.exceptions import DatabaseError
from pg8000.native import Connection
from sqlalchemy import Engine, text

from common.db.address import address_of
from local.citus import SCRIPT, Cluster
from local.postgres import SOCKET
from migrations import roles
from tests.attempts import session
from tests.builders import ADMIN, add_booking, add_slots, add_tutor, log_rows, monday, slots, stored_slots
from tests.citus.moving import (
    TABLES,
    answers,
    before_commit,
    bytes_on_coordinator,
    distribute,
    distributed_tables,
    dump,
    migrated,
    seed,
)
from tests.conftest import NAMES, database_url
from tests.db.test_roles import ENTRY, denied, drop_roles
from tests.db.test_roles import NAMES as ROLES
from tests.db.test_schema import catalog
from tests.hosts import Api

DAY = monday()
WAIT_FOR_TEST = "set local lock_timeout = 0; select pg_advisory_lock(1)"  # waits until the test unlocks 1


@pytest.fixture(scope="module")
def undistributed(cluster: Cluster) -> Iterator[str]:
    """The name of a migrated database to copy. It has the extension Citus, but no distributed table."""
    name = "undistributed"
    cluster.create_database(name, citus=False)
    with migrated(database_url(cluster.coordinator.url, name)):
        cluster.install_citus(name)
    cluster.freeze(name)
    yield name
    cluster.drop_database(name)


@pytest.fixture
def url(cluster: Cluster, undistributed: str) -> Iterator[str]:
    """The URL of a migrated database on the coordinator, whose tables aren't distributed yet."""
    name = next(NAMES)
    cluster.copy_database(undistributed, name)
    yield database_url(cluster.coordinator.url, name)
    cluster.drop_database(name)


@pytest.fixture
def database(url: str) -> str:
    """The name of the database of `url`."""
    return address_of(url).database or ""


def test_distributing_a_hundred_thousand_slots_loses_nothing(
    cluster: Cluster, database: str, engine: Engine, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test compares all rows, and the answers for 20 tutors, also with `asOf` at five instants."""
    seed(engine, 200, monkeypatch)
    assert api.call("weekly_stats", "POST", token=ADMIN, json={"weeks": 4}).status == 200
    before, answered, schema = dump(cluster, database), answers(api, monkeypatch), catalog(engine)
    assert len(before["tutor_time_slots"]) > 100_000
    assert all(before[table] for table in TABLES)
    assert all(len(set(each)) == len(each) for each in answered.values())
    cluster.distribute(database)
    cluster.coordinator.run("vacuum (analyze)", database=database)
    assert distributed_tables(cluster, database) == TABLES
    assert dump(cluster, database) == before
    assert answers(api, monkeypatch) == answered
    assert catalog(engine) == schema
    assert bytes_on_coordinator(cluster, database) == 0


def test_the_shards_have_the_constraints_indexes_and_settings(cluster: Cluster, database: str, engine: Engine) -> None:

    def definitions(name: str) -> str:
        return f"""
            select json_agg(definition)::text from (
              select conname || pg_get_constraintdef(oid) from pg_constraint where conrelid = {name}::regclass
              union all select pg_get_indexdef(indexrelid) from pg_index where indrelid = {name}::regclass
              union all select reloptions::text from pg_class where oid = {name}::regclass
            ) as definitions (definition)
        """

    def without_numbers(definitions: str) -> tuple[str, ...]:
        """Return sorted definitions without the numbers of shards, which Citus appends to the names.

        Without parentheses, too: on the shards, an expression may have more of them.
        """
        return tuple(sorted(re.sub(r"_\d{6,}|[()]", "", each or "") for each in json.loads(definitions)))

    cluster.distribute(database)
    for table in TABLES:
        ((result,),) = cluster.coordinator.run(definitions(f"'{table}'"), database=database)
        expected = without_numbers(result)
        of_shards = definitions("%1$L").replace("'", "''")
        shards = cluster.coordinator.run(
            f"select success, result from run_command_on_shards('{table}', '{of_shards}')", database=database
        )
        assert {(success, without_numbers(result)) for success, result in shards} == {(True, expected)}, table
        assert len(shards) == (1 if table in ("tutors", "settings_events") else 8)


def test_edits_bookings_and_constraints_work_after_distributing(
    cluster: Cluster, database: str, engine: Engine, api: Api
) -> None:
    """The test has a tutor from before distributing, and adds a tutor after distributing.

    The functions reuse a connection that was opened before distributing.
    """
    before = add_tutor(engine)
    add_slots(engine, before, DAY, "09:00", "10:00", "11:00")
    add_booking(engine, before, DAY, "10:00")
    assert api.read(tutorId=before.id, startDate=DAY, endDate=DAY).status == 200
    cluster.distribute(database)
    after = add_tutor(engine)
    add_slots(engine, after, DAY, "10:00")
    add_booking(engine, after, DAY, "10:00")
    for tutor in (before, after):
        edit = {"tutorId": str(tutor.id), "date": str(DAY)}
        assert api.update(tutor.token, **edit, timeSlots=slots("08:00", "10:00")).json["audit"] == "recorded"
        assert [str(start) for _, start, _ in stored_slots(engine, tutor)] == ["08:00:00", "10:00:00"]
        assert api.history(tutor.token, tutorId=tutor.id).json["complete"]
        conflict = api.update(tutor.token, **edit, timeSlots=slots("08:00"))
        assert (conflict.status, conflict.json["code"]) == (409, "slot_booked")
        where = f"where tutor_id = '{tutor.id}'"
        again = f"('{tutor.id}', '{uuid4()}', '{uuid4()}', '{DAY}', '10:00', 'CONFIRMED')"
        for sqlstate, statement in (
            ("23503", f"delete from tutor_time_slots {where}"),
            ("23503", f"delete from tutors where id = '{tutor.id}'"),
            ("23503", f"update bookings set start_time = '12:00' {where}"),
            ("23505", f"insert into bookings (tutor_id, id, student_id, date, start_time, status) values {again}"),
            ("23514", f"update tutor_days set repaired_version = 9 {where}"),
        ):
            with pytest.raises(DatabaseError) as error:
                cluster.coordinator.run(statement, database=database)
            assert error.value.args[0]["C"] == sqlstate, statement


@pytest.mark.parametrize(
    ("script", "why"),
    [
        (before_commit("select 1 / 0"), "division by zero"),
        (before_commit("insert into bookings select * from bookings"), "cannot insert a non-DEFAULT value"),
        (SCRIPT.read_text().replace("tutor_weekly_stats'", "renamed'"), 'relation "renamed" does not exist'),
    ],
)
def test_a_script_that_fails_changes_nothing(
    cluster: Cluster, database: str, engine: Engine, monkeypatch: pytest.MonkeyPatch, script: str, why: str
) -> None:
    """When the cause of the failure is removed, the script succeeds."""
    seed(engine, 3, monkeypatch)
    before, schema = dump(cluster, database), catalog(engine)
    with pytest.raises(subprocess.CalledProcessError) as caught:
        distribute(cluster, database, script)
    assert why in caught.value.stderr
    assert distributed_tables(cluster, database) == []
    assert (dump(cluster, database), catalog(engine)) == (before, schema)
    for worker in cluster.workers:
        tables = worker.run("select relname from pg_class where relname ~ '^(tutor|booking)'", database=database)
        assert tables == []
    cluster.distribute(database)
    assert (dump(cluster, database), catalog(engine)) == (before, schema)


def test_a_second_run_is_an_error_and_changes_nothing(
    cluster: Cluster, database: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(engine, 3, monkeypatch)
    cluster.distribute(database)
    before, schema = dump(cluster, database), catalog(engine)
    with pytest.raises(subprocess.CalledProcessError) as caught:
        distribute(cluster, database, SCRIPT.read_text())
    assert 'table "tutors" is already distributed' in caught.value.stderr
    assert (dump(cluster, database), catalog(engine)) == (before, schema)


LOCKS = """
select relname, array_agg(distinct mode order by mode)
from pg_locks join pg_class on pg_class.oid = pg_locks.relation
where database = (select oid from pg_database where datname = current_database()) and granted
  and relname = any (:tables) and pid <> pg_backend_pid() and mode <> 'AccessShareLock'
group by relname order by relname
"""


def test_requests_wait_or_get_503_while_the_script_runs(
    cluster: Cluster, database: str, engine: Engine, api: Api
) -> None:
    """The test holds the script before its commit, when it has all locks.

    A request that waits too long for a lock gets 503. A request gets 200 if the script commits in time.
    """
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00")

    def requests() -> list[Any]:
        edit = {"tutorId": str(tutor.id), "date": str(DAY), "timeSlots": slots("09:00", "10:00")}
        return [api.read(tutorId=tutor.id, startDate=DAY, endDate=DAY), api.update(tutor.token, **edit)]

    socket = f"{cluster.coordinator.host}/{SOCKET}"
    with closing(Connection("postgres", database=database, unix_sock=socket)) as session, ThreadPoolExecutor() as pool:
        session.run("select pg_advisory_lock(1)")
        distributing = pool.submit(distribute, cluster, database, before_commit(WAIT_FOR_TEST))
        wait_until_waiting(session)
        held = dict(session.run(LOCKS, tables=TABLES))
        refused = requests()
        waiting = pool.submit(requests)
        wait_until_waiting(session, "relation")
        session.run("select pg_advisory_unlock(1)")
        distributing.result(60)
        assert [answer.status for answer in waiting.result(60)] == [200, 200]
    assert all("AccessExclusiveLock" in held[table] for table in TABLES)
    assert [(answer.status, "retry-after" in answer.headers) for answer in refused] == [(503, True)] * 2
    assert [answer.status for answer in requests()] == [200, 200]


def wait_until_waiting(session: Connection, kind: str = "advisory") -> None:
    """Wait until a session of this database waits for a lock; `kind` is PostgreSQL's `wait_event`."""
    waits = "select 1 from pg_stat_activity where datname = current_database() and wait_event = :kind"
    deadline = monotonic() + 120
    while not session.run(waits, kind=kind):
        assert monotonic() < deadline, "no session waits"
        sleep(0.02)  # the server sends no event for a waiting session


def test_the_script_fails_if_it_waits_too_long_for_a_lock(cluster: Cluster, database: str, engine: Engine) -> None:
    """While the script waits for a lock, all requests wait for the script."""
    script = SCRIPT.read_text()
    assert script.count("lock_timeout = '5s'") == 1
    with engine.connect() as connection:
        connection.execute(text("select from bookings"))
        with pytest.raises(subprocess.CalledProcessError) as caught:
            distribute(cluster, database, script.replace("lock_timeout = '5s'", "lock_timeout = '50ms'"))
    assert "canceling statement due to lock timeout" in caught.value.stderr
    assert distributed_tables(cluster, database) == []


def test_citus_cannot_distribute_slots_concurrently(cluster: Cluster, database: str) -> None:
    """For this reason, the script locks the tables (`docs/scaling.md`)."""
    with pytest.raises(DatabaseError) as caught:
        cluster.coordinator.run(
            "select create_reference_table('tutors')",
            "select create_distributed_table_concurrently('tutor_time_slots', 'tutor_id')",
            database=database,
        )
    assert caught.value.args[0]["M"] == "relation tutor_time_slots is referenced by a foreign key from bookings"


def test_the_roles_keep_their_limits_when_the_database_is_distributed(
    cluster: Cluster, database: str, engine: Engine, url: str
) -> None:
    """Roles that were created before have their rights and their limits on the shards."""
    with engine.begin() as connection:
        roles.create(connection, "slotledger")
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00")
    cluster.distribute(database)
    with engine.begin() as connection:
        for source in ("recorded", "reconstructed"):
            row = {"id": uuid4(), "tutor": tutor.id, "day": DAY, "reason": "other", "source": source}
            connection.execute(text(ENTRY), row)
    of_tutor = f"where tutor_id = '{tutor.id}'"
    with session(url, "slotledger_app") as app:
        app.run(f"delete from tutor_availability_log {of_tutor}")
        assert app.row_count == 1
        assert denied(app, f"update tutor_availability_log set notes = '' {of_tutor}")
    assert [row.source for row in log_rows(engine, tutor)] == ["recorded"]
    with session(url, "slotledger_booker") as booker:
        booker.run(
            "insert into bookings (tutor_id, id, student_id, date, start_time, status)"
            f" values ('{tutor.id}', '{uuid4()}', 'auth0|me', '{DAY}', '09:00', 'CONFIRMED')"
        )
        assert booker.run(f"select student_id from active_bookings {of_tutor}") == [["auth0|me"]]
        assert denied(booker, f"update bookings set date = date {of_tutor}")
    with session(url, "slotledger_reader") as reader:
        assert reader.run(f"select status from bookings {of_tutor}") == [["CONFIRMED"]]
        assert denied(reader, f"select student_id from bookings {of_tutor}")
    drop_roles(engine, *ROLES)
