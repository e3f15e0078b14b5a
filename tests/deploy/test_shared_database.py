"""A database that Slotledger shares with another application, which has its own schemas, tables and revisions."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.engine import engine_for
from common.db.pool import pool_for
from deploy import operations
from local import database
from migrations import OUR_TABLES, VIEW, MigrationRefused, plan, stage_of, upgrade
from migrations.base import metadata
from tests.builders import add_tutor, monday, slots
from tests.conftest import database_url
from tests.deploy.conftest import run_make
from tests.hosts import Api

OWN_SCHEMA = "&options=-c%20search_path%3Dslotledger"
DAY = monday().isoformat()


@pytest.fixture
def shared(server: str, administration: Engine) -> Iterator[Settings]:
    """Settings for a database whose schema public has the tables and the Alembic revision of another application."""
    with administration.connect() as connection:
        connection.execute(text("create database shared"))
    settings = Settings(stage="dev", database_url=database_url(server, "shared"))
    with engine_for(settings).begin() as connection:
        connection.execute(text("create table users (id int)"))
        connection.execute(text("create table bookings (id int)"))
        connection.execute(text("create view lessons as select id from bookings"))
        connection.execute(text("create table alembic_version (version_num text primary key)"))
        connection.execute(text("insert into alembic_version values ('ae1027a6acf2')"))
        connection.execute(text("create schema slotledger"))
    yield settings
    pool_for(settings).close()
    with administration.connect() as connection:
        connection.execute(text("drop database shared with (force)"))


def make_run(url: str) -> Any:
    """Run `make run` with a database; return the finished process."""
    return run_make("run", PORT="0", DATABASE_URL=url)


def tables(engine: Engine, schema: str) -> set[str]:
    """Return the names of the tables and views in a schema."""
    query = text("select relname from pg_class where relnamespace = to_regnamespace(:schema) and relkind in ('r', 'v')")
    with engine.connect() as connection:
        return set(connection.execute(query, {"schema": schema}).scalars())


@pytest.mark.parametrize("search_path", ["slotledger", "slotledger%2Cpublic"])
def test_the_functions_work_with_a_schema_that_is_not_public(
    shared: Settings, environment: None, monkeypatch: pytest.MonkeyPatch, search_path: str, api: Api
) -> None:
    """The URL sets the search path. All of Slotledger's tables are in its first schema.

    The schema `public`, with the other application's tables, doesn't change, even if the search path contains it.
    """
    settings = Settings(stage="dev", database_url=f"{shared.database_url}&options=-c%20search_path%3D{search_path}")
    engine = engine_for(settings)
    foreign = tables(engine, "public")
    assert plan(engine, "dev").schema == "slotledger"
    operations.migrate(settings, confirmed_by=None)
    operations.migrate(settings, confirmed_by=None)
    assert tables(engine, "slotledger") == {*metadata.tables, "alembic_version", VIEW}
    assert tables(engine, "public") == foreign
    with engine.connect() as connection:
        assert stage_of(connection) == "dev"
    with pytest.raises(MigrationRefused, match="belongs to the stage dev, not to prod"):
        plan(engine, "prod")

    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    tutor = add_tutor(engine)
    body = {"tutorId": str(tutor.id), "date": DAY, "timeSlots": slots("09:00")}
    assert api.update(tutor.token, **body).json["audit"] == "recorded"
    read = api.read(tutorId=str(tutor.id), startDate=DAY, endDate=DAY).json
    assert [slot["time"] for slot in read["days"][0]["timeSlots"]] == ["09:00"]
    history = api.history(tutor.token, tutorId=str(tutor.id)).json
    assert [entry["startTime"] for entry in history["entries"]] == ["09:00"]
    assert api.stats(tutor.token, tutorId=str(tutor.id)).json["slotsAdded"] == 1
    assert api.repair() == {"drained": 0, "reconstructed": 0, "remainingGaps": 0, "adrift": 0}
    assert tables(engine, "public") == foreign
    pool_for(settings).close()


def test_the_user_needs_no_right_to_write_to_tables_of_another_application(
    shared: Settings, administration: Engine
) -> None:
    """Only Slotledger's own tables have to be writable."""
    with engine_for(shared).begin() as connection:
        connection.execute(text("drop table alembic_version, bookings cascade"))
        connection.execute(text("drop role if exists guest"))
        connection.execute(text("create role guest login"))
        connection.execute(text("grant create, usage on schema public to guest"))
    guest = Settings(stage="dev", database_url=shared.database_url.replace("//postgres@", "//guest@"))
    operations.migrate(guest, confirmed_by=None)
    operations.migrate(guest, confirmed_by=None)
    assert plan(engine_for(guest), "dev").foreign == ["users"]
    pool_for(guest).close()
    with engine_for(shared).begin() as connection:
        connection.execute(text("drop owned by guest"))
        connection.execute(text("drop role guest"))


def test_the_error_has_the_grant_for_a_user_who_may_not_create_tables(shared: Settings) -> None:
    with engine_for(shared).begin() as connection:
        connection.execute(text("drop role if exists guest"))
        connection.execute(text("create role guest login"))
        connection.execute(text("grant usage on schema slotledger to guest"))
    url = shared.database_url.replace("//postgres@", "//guest@") + OWN_SCHEMA
    guest = Settings(stage="dev", database_url=url)
    with pytest.raises(MigrationRefused, match="Next: grant create, usage on schema slotledger to guest"):
        operations.migrate(guest, confirmed_by=None)
    pool_for(guest).close()
    with engine_for(shared).begin() as connection:
        connection.execute(text("drop owned by guest"))
        connection.execute(text("drop role guest"))


def test_foreign_tables_with_our_names_are_refused_before_anything_is_created(shared: Settings) -> None:
    with engine_for(shared).begin() as connection:
        connection.execute(text("drop table alembic_version"))
    with pytest.raises(MigrationRefused, match=r"public already has bookings(?s:.*)create schema slotledger"):
        plan(engine_for(shared), "dev")


def test_a_search_path_whose_schema_does_not_exist_is_refused(shared: Settings) -> None:
    settings = Settings(stage="dev", database_url=f"{shared.database_url}&options=-c%20search_path%3Dnone")
    with pytest.raises(MigrationRefused, match="none of the schemas in the user's search path exists"):
        plan(engine_for(settings), "dev")
    pool_for(settings).close()


def test_make_run_refuses_a_revision_of_another_application_without_a_traceback(shared: Settings) -> None:
    ran = make_run(shared.database_url)
    assert ran.returncode != 0
    assert "the schema public is at the revision ae1027a6acf2, which isn't one of Slotledger's" in ran.stderr
    assert "options=-c%20search_path%3Dslotledger" in ran.stderr
    assert "Traceback" not in ran.stderr


def test_make_run_requires_confirm_to_create_tables_beside_foreign_tables(shared: Settings) -> None:
    engine = engine_for(shared)
    with engine.begin() as connection:
        connection.execute(text("drop table alembic_version, bookings cascade"))
    ran = make_run(shared.database_url)
    assert ran.returncode != 0
    assert "whose schema public has tables of other applications: users\n" in ran.stderr
    assert f"create Slotledger's tables beside them: {', '.join((*OUR_TABLES, VIEW))}" in ran.stderr
    assert "Next: make run CONFIRM=1" in ran.stderr
    assert tables(engine, "public") == {"users"}
    upgrade(engine, "local")
    assert plan(engine, "local").foreign == ["users"]


@pytest.mark.parametrize("revision", ["0001", "0042"])
def test_a_numbered_revision_of_another_application_is_refused(shared: Settings, revision: str) -> None:
    """Slotledger's revisions also have numbers as names."""
    with engine_for(shared).begin() as connection:
        connection.execute(text("drop table bookings cascade"))
        connection.execute(text("update alembic_version set version_num = :revision"), {"revision": revision})
    with pytest.raises(MigrationRefused, match=f"at the revision {revision}, which isn't one of Slotledger's"):
        plan(engine_for(shared), "dev")


def test_two_revisions_of_another_application_are_refused(shared: Settings) -> None:
    with engine_for(shared).begin() as connection:
        connection.execute(text("insert into alembic_version values ('bf1027a6acf2')"))
    with pytest.raises(MigrationRefused, match=r"at the revisions .*: it belongs to another application"):
        plan(engine_for(shared), "dev")


def test_a_second_installation_in_a_schema_that_is_searched_first_is_refused(url: str) -> None:
    """PostgreSQL searches the schema with the user's name first. It may be created later than Slotledger's tables."""
    engine = engine_for(Settings(database_url=url))
    with engine.begin() as connection:
        connection.execute(text("create schema postgres"))
    for migrate in (plan, upgrade):
        with pytest.raises(MigrationRefused, match=r"tables are in the schema public, but new tables .* in postgres"):
            migrate(engine, "test")


def test_a_search_path_that_a_pooler_ignores_is_refused(url: str) -> None:
    """The test passes options to `plan` that the connection doesn't have."""
    engine = engine_for(Settings(database_url=url))
    with pytest.raises(MigrationRefused, match=r"ask for search_path=slotledger, but the connection uses .* public"):
        plan(engine, "test", "-c search_path=slotledger")
    assert plan(engine, "test", "-c search_path=slotledger,public").schema == "public"


def test_make_run_needs_confirm_only_for_the_first_migration(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Later migrations change Slotledger's tables, which are already beside those of another application."""
    settings = Settings(database_url=url)
    with engine_for(settings).begin() as connection:
        connection.execute(text("create table users (id int)"))
    monkeypatch.delenv("CONFIRM", raising=False)
    database._confirm(replace(plan(engine_for(settings), "test"), pending=["0004 of a later release"]))
