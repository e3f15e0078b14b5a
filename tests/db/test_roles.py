"""The database's roles: each can do what `docs/operations.md` says, and nothing else."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pg8000.exceptions import DatabaseError
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from benchmarks.data import seed, tutor_id
from common.config import Settings
from common.core.statistics import LATE
from common.db.change_stats import TALLY
from common.db.days import ACTIVE_BOOKINGS, DAYS_OF_TUTOR
from common.db.engine import engine_for
from common.db.entries import HISTORY
from common.db.pool import pool_for
from common.db.repair import DELETE_RECONSTRUCTED
from deploy import operations
from deploy.stages import ROOT, Stopped
from migrations import OUR_RELATIONS, MigrationRefused, roles
from tests.attempts import Allowed, attempts, columns_of, session, user_url
from tests.builders import add_booking, add_slots, add_tutor, log_rows, monday
from tests.db.test_plans import nodes, plan_of

DAY = monday()
NAMES = ("slotledger_app", "slotledger_booker", "slotledger_reader")
# What each role may do with a table: the columns by kind of statement, or all columns.
RIGHTS = {
    "slotledger_app": {
        "active_bookings": "select all",
        "baseline_slots": "select all",
        "bookings": "select all, insert all, update status hold_expires_at released_at released_by reason confirmed_at"
        " confirmed_by completed_at completed_by no_show_at no_show_by outcome_at moved_to noticed_at duration_minutes"
        " time_zone",
        "repair_position": "select all, insert all, update all",
        "settings_events": "select all, insert all",
        "tutor_availability_log": "select all, insert all, delete *",
        "tutor_days": "select all, insert all, update all, delete *",
        "tutor_time_slots": "select all, insert all, delete *",
        "tutor_weekly_stats": "select all, insert all, update all",
        "tutors": "select all, insert all, update all",
        "weekly_schedules": "select all, insert all, update all",
    },
    "slotledger_booker": {
        "active_bookings": "select all",
        "bookings": "select tutor_id id student_id date start_time occupied_start_time status hold_expires_at"
        " created_at, insert tutor_id id student_id date start_time status hold_expires_at released_at,"
        " update status hold_expires_at released_at",
        "tutor_time_slots": "select all",
    },
    "slotledger_reader": {
        "active_bookings": "select tutor_id id date start_time status hold_expires_at created_at",
        "baseline_slots": "select all",
        "bookings": "select tutor_id id date start_time occupied_start_time status hold_expires_at created_at"
        " released_at confirmed_at noticed_at time_zone duration_minutes starts_at",
        "settings_events": "select all",
        "tutor_availability_log": "select all",
        "tutor_days": "select all",
        "tutor_time_slots": "select all",
        "tutor_weekly_stats": "select all",
        "tutors": "select all",
    },
}

AsRole = Callable[[str], Engine]


@pytest.fixture(autouse=True)
def _roles(engine: Engine, administration: Engine) -> Iterator[None]:
    """Create the roles for one test."""
    with engine.begin() as connection:
        roles.create(connection, "slotledger")
    yield
    drop_roles(engine, *NAMES)


def drop_roles(engine: Engine, *names: str) -> None:
    with engine.begin() as connection:
        for name in names:
            connection.execute(text(f"drop owned by {name}"))
            connection.execute(text(f"drop role {name}"))


@pytest.fixture
def as_role(url: str) -> Iterator[AsRole]:
    """A function that returns the functions' engine for a role."""
    used: dict[str, Settings] = {}

    def engine_of(role: str) -> Engine:
        return engine_for(used.setdefault(role, Settings(stage="test", database_url=user_url(url, role))))

    yield engine_of
    for settings in used.values():
        pool_for(settings).close()


def expected(engine: Engine, role: str) -> Allowed:
    columns = columns_of(engine)
    return {
        relation: {
            kind: set(columns[relation] if names == ["all"] else names)
            for kind, *names in (right.split() for right in rights.split(","))
        }
        for relation, rights in RIGHTS[role].items()
    }


@pytest.mark.one_server(reason="Citus refuses some of these statements before it checks the rights")
@pytest.mark.parametrize("role", NAMES)
def test_a_role_can_do_what_the_page_says_and_nothing_else(engine: Engine, url: str, role: str) -> None:
    """The test tries each kind of statement on each column of each table, and to create, change and drop a table."""
    assert attempts(engine, url, role) == expected(engine, role)


def denied(connection: Any, statement: str) -> bool:
    try:
        connection.run(statement)
    except DatabaseError as error:
        return bool(error.args[0]["C"] == "42501")
    return False


def test_the_roles_rights_hold_on_the_rows(engine: Engine, url: str) -> None:
    """The same on one server and on a cluster, where the statements name the tutor."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00", "10:00")
    booking = add_booking(engine, tutor, DAY, "09:00")
    where = f"where tutor_id = '{tutor.id}' and id = '{booking}'"
    with session(url, "slotledger_booker") as booker:
        student = booker.run(f"select student_id from active_bookings {where}")
        assert booker.run(f"select student_id from bookings {where}") == student
        assert denied(booker, f"update bookings set date = '2027-01-01' {where}")
        assert denied(booker, f"update bookings set start_time = '10:00' {where}")
        assert denied(booker, f"update bookings set student_id = 'me' {where}")
        assert denied(booker, f"delete from bookings {where}")
        assert denied(booker, f"delete from tutor_time_slots where tutor_id = '{tutor.id}'")
        assert denied(booker, f"select count(*) from tutor_availability_log where tutor_id = '{tutor.id}'")
        booker.run(f"update bookings set status = 'CANCELLED', released_at = now() {where} and status = 'CONFIRMED'")
        assert booker.row_count == 1
        values = f"('{tutor.id}', '{uuid4()}', 'auth0|me', '{DAY}', '10:00', 'CONFIRMED')"
        booker.run(
            f"insert into bookings (tutor_id, id, student_id, date, start_time, status) values {values}"
            " on conflict (tutor_id, id) do nothing"
        )
        assert booker.row_count == 1
    with session(url, "slotledger_reader") as reader:
        of_tutor = f"where tutor_id = '{tutor.id}'"
        assert reader.run(f"select status, start_time from {ACTIVE_BOOKINGS} {of_tutor}") == [["CONFIRMED", time(10)]]
        for column in ("student_id", "student_name", "external_id"):
            assert denied(reader, f"select {column} from bookings {of_tutor}")
        assert denied(reader, f"select student_id from active_bookings {of_tutor}")
        assert denied(reader, f"select * from bookings {of_tutor}")
        assert denied(reader, f"update tutor_days set version = 9 {of_tutor}")
        assert denied(reader, f"insert into tutor_days values ('{tutor.id}', '{DAY}', 1, 0, now())")
    with session(url, "slotledger_app") as app:
        assert denied(app, "truncate tutor_availability_log")
        assert denied(app, f"update tutor_availability_log set notes = '' where tutor_id = '{tutor.id}'")
        assert denied(app, f"delete from bookings {where}")
        assert denied(app, "create table probe (id int)")
        assert denied(app, "alter table tutor_availability_log disable row level security")


ENTRY = """
insert into tutor_availability_log (
  id, tutor_id, date, start_time, duration_minutes, action, reason, changed_at, change_set_id, version, source
) values (:id, :tutor, :day, '09:00', 60, 'ADDED', :reason, now(), :id, 1, :source)
"""


def test_the_functions_can_delete_only_entries_that_they_reconstructed(engine: Engine, as_role: AsRole) -> None:
    """A change by another program is a fact, although its entry was reconstructed. The owner can delete all."""
    tutor = add_tutor(engine)
    kinds = [("recorded", "other"), ("deferred", "other"), ("reconstructed", "other"), ("reconstructed", "external")]
    app = as_role("slotledger_app")
    with app.begin() as connection:
        for source, reason in kinds:
            row = {"id": uuid4(), "tutor": tutor.id, "day": DAY, "reason": reason, "source": source}
            connection.execute(text(ENTRY), row)
    with app.begin() as connection:
        key = {"tutor_id": tutor.id, "date": DAY, "first_version": 0, "last_version": 9}
        connection.execute(DELETE_RECONSTRUCTED, key)
        connection.execute(text("delete from tutor_availability_log where tutor_id = :id"), {"id": tutor.id})
    kept = [(row.source, row.reason) for row in log_rows(engine, tutor)]
    assert sorted(kept) == [("deferred", "other"), ("reconstructed", "external"), ("recorded", "other")]
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log where tutor_id = :id"), {"id": tutor.id})
    assert log_rows(engine, tutor) == []


def test_other_users_see_all_rows_of_the_log_and_delete_none(engine: Engine, url: str) -> None:
    """A user to whom somebody granted the rights on purpose."""
    tutor = add_tutor(engine)
    with engine.begin() as connection:
        row = {"id": uuid4(), "tutor": tutor.id, "day": DAY, "reason": "other", "source": "recorded"}
        connection.execute(text(ENTRY), row)
        connection.execute(text("create role analyst login"))
        connection.execute(text("grant select, update, delete on tutor_availability_log to analyst"))
    try:
        with session(url, "analyst") as analyst:
            of_tutor = f"where tutor_id = '{tutor.id}'"
            assert analyst.run(f"select reason from tutor_availability_log {of_tutor}") == [["other"]]
            analyst.run(f"update tutor_availability_log set notes = '' {of_tutor}")
            assert analyst.row_count == 1
            analyst.run(f"delete from tutor_availability_log {of_tutor}")
            assert analyst.row_count == 0
    finally:
        drop_roles(engine, "analyst")


@pytest.mark.one_server(reason="plans are different on a cluster; tests/citus checks those")
@pytest.mark.parametrize("role", ["postgres", "slotledger_app", "slotledger_reader"])
def test_the_policies_keep_index_only_scans(engine: Engine, as_role: AsRole, role: str) -> None:
    data = seed(engine, 40, datetime(2026, 11, 23, 9, tzinfo=UTC), on_step=lambda _: None)
    tutor: dict[str, Any] = {"tutor_id": UUID(tutor_id(7)), "user_id": "ada", "is_admin": True}
    since = {"since": data.now - timedelta(days=365)}
    dates = {"first": data.today - timedelta(days=366), "last": data.today + timedelta(days=1)}
    nothing = dict.fromkeys(("after_changed_at", "after_id", "action", "reason", "date"))
    cases: list[tuple[Any, dict[str, Any]]] = [
        (text(DAYS_OF_TUTOR), {"first": data.today, "last": data.today + timedelta(days=29)}),
        (text(HISTORY), {**since, **nothing, "limit": 101}),
        (text(TALLY), {**since, **dates, "until": data.now, "late": LATE}),
    ]
    with as_role(role).connect() as connection:
        for statement, values in cases:
            bound = {name: value for name, value in (tutor | values).items() if name in statement.compile().params}
            plan = plan_of(connection, statement, bound)
            scans = [n for n in nodes(plan) if n.get("Relation Name") not in (None, "tutors", "tutor_days")]
            assert {(n["Node Type"], n["Heap Fetches"]) for n in scans} == {("Index Only Scan", 0)}


def rights_in_catalog(engine: Engine) -> list[Any]:
    query = "select relname, relacl::text, relrowsecurity from pg_class where relnamespace = 'public'::regnamespace"
    columns = """
        select relname, attname, attacl::text from pg_attribute join pg_class on pg_class.oid = attrelid
        where relnamespace = 'public'::regnamespace and attacl is not null
    """
    with engine.connect() as connection:
        return [sorted(tuple(row) for row in connection.execute(text(each))) for each in (query, columns)]


def test_make_roles_can_be_repeated_and_takes_back_other_rights(
    engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = rights_in_catalog(engine)
    with engine.begin() as connection:
        connection.execute(text("grant all on tutors, tutor_availability_log to slotledger_booker"))
        connection.execute(text("grant update (date) on bookings to slotledger_booker"))
    assert rights_in_catalog(engine) != before
    operations.create_roles(settings, "slotledger", confirmed_by=None)
    printed = capsys.readouterr().out
    assert "grant usage on schema public to slotledger_app, slotledger_booker, slotledger_reader;\n" in printed
    assert "create role" not in printed
    assert rights_in_catalog(engine) == before


def test_a_migration_grants_the_rights_on_new_tables(engine: Engine, settings: Settings) -> None:
    """The test makes the view anew, as migrations do, and migrates."""
    before = rights_in_catalog(engine)
    with engine.begin() as connection:
        connection.execute(text("alter view active_bookings rename to old_view"))
        definition = "create view active_bookings as select * from old_view"
        connection.execute(text(definition))
    assert rights_in_catalog(engine) != before
    operations.migrate(settings, confirmed_by=None)
    with engine.begin() as connection:
        query = text("select has_table_privilege('slotledger_booker', 'active_bookings', 'select')")
        assert connection.execute(query).scalar_one()


def test_the_roles_can_be_removed_as_the_page_says_and_created_again(engine: Engine, settings: Settings) -> None:
    page = (ROOT / "docs/operations.md").read_text()
    (remove,) = re.findall(r"```sql\n(grant slotledger_app to current_user;.*?)```", page, re.DOTALL)
    assert "`alter table tutor_availability_log disable row level security`" in page
    before = rights_in_catalog(engine)
    with engine.begin() as connection:
        for role in NAMES:
            for statement in filter(str.strip, remove.replace("slotledger_app", role).split(";")):
                connection.execute(text(statement))
        connection.execute(text("alter table tutor_availability_log disable row level security"))
    operations.create_roles(settings, "slotledger", confirmed_by=None)
    assert rights_in_catalog(engine) == before


def test_migrate_does_not_warn_about_the_roles(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    operations.migrate(settings, confirmed_by=None)
    assert capsys.readouterr().err == ""


@pytest.mark.one_server(reason="the second database isn't distributed")
def test_two_databases_of_a_server_have_roles_of_their_own(
    engine: Engine, settings: Settings, administration: Engine, template: str, url: str
) -> None:
    """Migrations of another database give the roles of this one no rights."""
    with administration.connect() as connection:
        connection.execute(text(f"create database second template {template}"))
    second = Settings(stage="test", database_url=re.sub(r"/test_\d+\?", "/second?", url))
    other = engine_for(second)
    try:
        operations.migrate(second, confirmed_by=None)
        may_read = text("select has_table_privilege(:role, 'tutors', 'select')")
        with other.connect() as connection:
            assert not connection.execute(may_read, {"role": "slotledger_app"}).scalar_one()
        operations.create_roles(second, "slotledger_second", confirmed_by=None)
        with other.connect() as connection:
            assert connection.execute(may_read, {"role": "slotledger_second_app"}).scalar_one()
            assert not connection.execute(may_read, {"role": "slotledger_app"}).scalar_one()
        with pytest.raises(MigrationRefused, match="Next: make roles PREFIX=slotledger_second"):
            operations.create_roles(second, "slotledger", confirmed_by=None)
        drop_roles(other, *(f"slotledger_second_{role}" for role in roles.RIGHTS))
    finally:
        pool_for(second).close()
        with administration.connect() as connection:
            connection.execute(text("drop database second with (force)"))


def test_a_name_that_is_not_simple_is_refused(settings: Settings) -> None:
    for prefix in ("Slotledger", "a; drop table tutors", "", "1", 'a"b', "x" * 42):
        with pytest.raises(MigrationRefused, match="use small letters, digits and _"):
            operations.create_roles(settings, prefix, confirmed_by=None)


def test_a_role_that_may_do_everything_is_refused(engine: Engine, settings: Settings) -> None:
    with engine.begin() as connection:
        connection.execute(text("alter role slotledger_app bypassrls"))
    with pytest.raises(MigrationRefused, match=r"slotledger_app may do everything \(superuser or bypassrls\)"):
        operations.create_roles(settings, "slotledger", confirmed_by=None)


def test_prod_gets_roles_only_with_confirm(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CONFIRM", raising=False)
    with pytest.raises(Stopped, match="with CONFIRM=prod, to create the roles slotledger_app, slotledger_booker"):
        operations.create_roles(settings, "slotledger", confirmed_by="prod")


@pytest.mark.one_server(reason="on a cluster, only a superuser creates roles")
def test_an_owner_who_may_not_create_roles_gets_the_statements(engine: Engine, settings: Settings) -> None:
    with engine.begin() as connection:
        connection.execute(text("create role owner login"))
        for relation in OUR_RELATIONS:
            connection.execute(text(f"alter table {relation} owner to owner"))
        connection.execute(text("grant create, usage on schema public to owner"))
    drop_roles(engine, *NAMES)
    owner = Settings(stage="test", database_url=user_url(settings.database_url, "owner"))
    try:
        with pytest.raises(MigrationRefused, match=r"may not create roles(?s:.*)\n  create role slotledger_app login;"):
            operations.create_roles(owner, "slotledger", confirmed_by=None)
        with engine.begin() as connection:
            for name in NAMES:
                connection.execute(text(f"create role {name} login"))
        operations.create_roles(owner, "slotledger", confirmed_by=None)
        assert expected(engine, NAMES[0]).keys() == attempts(engine, settings.database_url, NAMES[0]).keys()
    finally:
        pool_for(owner).close()
        with engine.begin() as connection:
            connection.execute(text("reassign owned by owner to postgres"))
        drop_roles(engine, "owner")


def test_a_member_of_the_booker_can_do_the_same(engine: Engine, url: str) -> None:
    with engine.begin() as connection:
        connection.execute(text("create role platform login in role slotledger_booker"))
    try:
        with session(url, "platform") as platform:
            assert platform.run(f"select 1 from active_bookings where tutor_id = '{uuid4()}'") == []
            assert denied(platform, f"update bookings set date = date where tutor_id = '{uuid4()}'")
    finally:
        drop_roles(engine, "platform")


def test_the_readers_error_is_the_databases(as_role: AsRole) -> None:
    with pytest.raises(DBAPIError, match="42501"), as_role("slotledger_reader").begin() as connection:
        connection.execute(text("select student_name from bookings where tutor_id = :id"), {"id": uuid4()})
