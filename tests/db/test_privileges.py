"""Nobody but the owner has rights on new tables, whatever the host's default privileges are."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.engine import engine_for
from common.db.pool import pool_for
from deploy import operations
from migrations import OUR_RELATIONS, upgrade
from tests.attempts import attempts, columns_of
from tests.conftest import database_url

pytestmark = pytest.mark.one_server(reason="the fixture's database isn't distributed")

# Supabase's defaults, and everybody's right to create tables, as in a database from before PostgreSQL 15.
HOSTS_DEFAULTS = """
alter default privileges in schema public grant all on tables to anon, authenticated;
alter default privileges grant select on tables to authenticated;
alter default privileges grant select on tables to public;
grant create, usage on schema public to public
"""
LOG = "tutor_availability_log"
USERS = ("anon", "authenticated", "analyst")


@pytest.fixture
def settings(server: str, administration: Engine) -> Iterator[Settings]:
    """Settings for an empty database of such a host. Everybody may use the schema, so that the tables' rights count."""
    with administration.connect() as connection:
        connection.execute(text("create database hosted"))
        for user in USERS:
            connection.execute(text(f"create role {user} login"))
    settings = Settings(stage="dev", database_url=database_url(server, "hosted"))
    execute(engine_for(settings), HOSTS_DEFAULTS)
    yield settings
    pool_for(settings).close()
    with administration.connect() as connection:
        connection.execute(text("drop database hosted with (force)"))
        for user in USERS:
            connection.execute(text(f"drop role {user}"))


@pytest.fixture
def engine(settings: Settings) -> Engine:
    return engine_for(settings)


def execute(engine: Engine, script: str) -> None:
    with engine.begin() as connection:
        for statement in script.split(";"):
            connection.execute(text(statement))


def lost(user: str, rights: str) -> str:
    """Return the line about rights that a user has lost."""
    return f"Warning: {user} has lost rights on Slotledger's tables: {rights}. If it needs some, grant them again"


@pytest.mark.parametrize("user", ["anon", "authenticated"])
def test_the_hosts_users_can_do_nothing_with_the_tables(settings: Settings, engine: Engine, user: str) -> None:
    """The test tries each kind of statement on each column of each table. Tables of others keep their rights."""
    execute(engine, "create table lessons (id int)")
    operations.migrate(settings, confirmed_by=None)
    assert attempts(engine, settings.database_url, user) == {}
    with engine.connect() as connection:
        query = text("select has_table_privilege(:user, 'lessons', 'select, delete')")
        assert connection.execute(query, {"user": user}).scalar_one()


def test_an_existing_installation_loses_what_the_host_granted_once(
    settings: Settings, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rights that somebody granted on purpose stay: those of others, and later ones of the host's users."""
    upgrade(engine, "dev", to="0017")
    relations = sorted({*OUR_RELATIONS} - {"weekly_schedules"})  # which migration 0022 creates
    execute(engine, f"grant all on {', '.join(relations)} to anon, public")
    execute(engine, "grant insert (notes) on tutor_availability_log to public")
    execute(engine, "grant select on bookings, tutors to analyst; grant update (status) on bookings to analyst")
    with engine.connect() as connection:
        granted = text(
            "select bool_and(has_table_privilege('anon', name, 'delete')) from unnest(cast(:names as text[])) as name"
        )
        assert connection.execute(granted, {"names": relations}).scalar_one()
    operations.migrate(settings, confirmed_by=None)
    assert attempts(engine, settings.database_url, "anon") == {}
    columns = columns_of(engine)
    assert attempts(engine, settings.database_url, "analyst") == {
        "bookings": {"select": set(columns["bookings"]), "update": {"status"}},
        "tutors": {"select": set(columns["tutors"])},
    }
    with engine.connect() as connection:  # `maintain` is one of them since PostgreSQL 17
        privileges = connection.execute(
            text("""
            select string_agg(lower(privilege_type), ', ' order by privilege_type)
            from aclexplode(acldefault('r', 'postgres'::regrole))
        """)
        ).scalar_one()
    on_others = f"{privileges} on {', '.join(sorted({*relations} - {LOG}))}"
    on_log = f"{privileges.replace('insert', 'insert, insert (notes)')} on {LOG}"
    warning = (
        "Warning: analyst has rights on Slotledger's tables: select, update (status) on bookings; select on tutors"
    )
    assert capsys.readouterr().err.splitlines() == [
        "Warning: everybody has lost the right to create tables in the schema public",
        lost("anon", f"{privileges} on {', '.join(relations)}"),
        lost("public", f"{on_others}; {on_log}"),
        warning,
    ]

    execute(engine, "grant select on tutor_time_slots to anon; grant select on tutors to public")
    operations.migrate(settings, confirmed_by=None)
    slots = {"tutor_time_slots": {"select": set(columns["tutor_time_slots"])}}
    assert attempts(engine, settings.database_url, "anon") == slots
    assert capsys.readouterr().err.splitlines() == [
        lost("public", "select on tutors"),
        warning,
        "Warning: anon has rights on Slotledger's tables: select on tutor_time_slots",
    ]


def test_a_schema_of_somebody_else_keeps_its_rights_and_is_named(
    settings: Settings, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(engine, "alter schema public owner to analyst")
    url = settings.database_url.replace("//postgres@", "//anon@")
    anon = Settings(stage="dev", database_url=url)
    operations.migrate(anon, confirmed_by=None)
    pool_for(anon).close()
    assert capsys.readouterr().err == (
        "Warning: everybody may create tables in the schema public. Next, as its owner: revoke create on schema public"
        " from public\n"
    )
