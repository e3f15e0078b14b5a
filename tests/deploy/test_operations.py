"""An operator's commands: migrate a database, and erase a person."""

from collections.abc import Iterator
from datetime import date, time
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Connection, Engine, event, text

import migrations
from common.config import Settings
from common.db.engine import engine_for
from deploy import operations
from deploy.stages import ROOT, Stopped
from migrations import MigrationRefused, plan, stage_of, upgrade
from tests.builders import ADMIN, add_tutor, make_token, monday, slots
from tests.conftest import database_url
from tests.deploy.conftest import run_make
from tests.hosts import Api

HEAD = max(file.name[:4] for file in (ROOT / "migrations/versions").glob("0*.py"))


@pytest.fixture
def empty(server: str, administration: Engine) -> Iterator[Settings]:
    """Settings of the stage dev, for an empty database."""
    with administration.connect() as connection:
        connection.execute(text("create database operated"))
    settings = Settings(stage="dev", database_url=database_url(server, "operated"))
    yield settings
    engine_for(settings).dispose()
    with administration.connect() as connection:
        connection.execute(text("drop database operated with (force)"))


def test_pending_migrations_are_shown_and_applied_once(empty: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    operations.migrate(empty, confirmed_by=None)
    first = capsys.readouterr().out
    assert "operated on this machine, schema public, stage dev, revision: none" in first
    assert "create table tutor_time_slots" in first
    assert f"\n  {HEAD} " in first
    operations.migrate(empty, confirmed_by=None)
    assert (
        capsys.readouterr().out
        == f"operated on this machine, schema public, stage dev, revision: {HEAD}\nUp to date.\n"
    )


def test_a_plan_changes_nothing(empty: Settings) -> None:
    engine = engine_for(empty)
    assert plan(engine, "dev").revision is None
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from pg_tables where schemaname = 'public'")).scalar() == 0


def test_prod_is_migrated_only_with_confirm(empty: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """CONFIRM has to be `prod`, the name of the stage."""
    for confirmation in ("", "dev", "yes"):
        monkeypatch.setenv("CONFIRM", confirmation)
        with pytest.raises(Stopped, match=r"Nothing was changed\.\nNext: run the command again with CONFIRM=prod"):
            operations.migrate(empty, confirmed_by="prod")
    with engine_for(empty).connect() as connection:
        assert connection.execute(text("select to_regclass('tutors')")).scalar() is None
    monkeypatch.setenv("CONFIRM", "prod")
    operations.migrate(empty, confirmed_by="prod")
    monkeypatch.delenv("CONFIRM")
    operations.migrate(empty, confirmed_by="prod")  # nothing is pending, so nothing has to be confirmed


def test_make_migrate_uses_database_url_and_requires_confirm_on_prod(empty: Settings) -> None:
    refused = run_make("migrate", "STAGE=prod", DATABASE_URL=empty.database_url)
    assert refused.returncode != 0
    assert "CONFIRM=prod" in refused.stderr
    done = run_make("migrate", "STAGE=prod", DATABASE_URL=empty.database_url, CONFIRM="prod")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Up to date.")
    with engine_for(empty).connect() as connection:
        assert stage_of(connection) == "prod"
    unknown = run_make("migrate", "STAGE=production", DATABASE_URL=empty.database_url)
    assert unknown.returncode != 0
    assert "STAGE=production: use dev or prod" in unknown.stderr


def test_a_database_keeps_its_stage_unless_it_is_local(empty: Settings) -> None:
    """A database of the stage `local` can be migrated for another stage. A database of `dev` can't."""
    engine = engine_for(empty)
    upgrade(engine, "local")
    upgrade(engine, "dev")
    for other in ("prod", "local"):
        for migrate in (plan, upgrade):
            with pytest.raises(MigrationRefused, match=f"this database belongs to the stage dev, not to {other}"):
                migrate(engine, other)
    upgrade(engine, "dev")


def test_a_database_of_a_newer_release_stays_unchanged(empty: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """After a rollback of the functions, the schema is newer than the functions."""
    engine = engine_for(empty)
    upgrade(engine, "dev")
    with engine.begin() as connection:
        connection.execute(text("update alembic_version set version_num = '9999'"))
    capsys.readouterr()
    operations.migrate(empty, confirmed_by="dev")
    assert capsys.readouterr().out.endswith(
        "revision: 9999\nThe schema is newer than this release. This release works with it.\n"
    )
    with pytest.raises(MigrationRefused, match="belongs to the stage dev"):
        upgrade(engine, "prod")


@pytest.mark.parametrize("revision", ["0000", "ae1027a6acf2", "9f3c", "99991"])
def test_a_database_of_another_application_is_refused(empty: Settings, revision: str) -> None:
    """The application uses Alembic, as Slotledger does. The name of a revision can have any form."""
    engine = engine_for(empty)
    with engine.begin() as connection:
        connection.execute(text("create table alembic_version (version_num text primary key)"))
        connection.execute(text("insert into alembic_version values (:revision)"), {"revision": revision})
    with pytest.raises(MigrationRefused, match=f"at the revision {revision}, which isn't one of Slotledger's"):
        operations.migrate(empty, confirmed_by=None)


def test_an_old_server_is_refused(empty: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "OLDEST_SERVER", 99)
    with pytest.raises(MigrationRefused, match=r"the server is PostgreSQL \d+; 99 or newer is needed"):
        plan(engine_for(empty), "dev")


def test_migrations_that_interrupt_the_service_are_confirmed(
    empty: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """On a database that is in use, also on a stage whose migrations need no confirmation otherwise."""
    monkeypatch.delenv("CONFIRM", raising=False)
    upgrade(engine_for(empty), "dev", to="0003")
    with pytest.raises(Stopped, match="CONFIRM=dev, to migrate the database"):
        operations.migrate(empty, confirmed_by=None)
    assert "These migrations interrupt the service" in capsys.readouterr().out
    monkeypatch.setenv("CONFIRM", "1")
    operations.migrate(empty, confirmed_by=None)
    assert "Up to date." in capsys.readouterr().out


def test_a_user_without_the_right_to_write_is_refused(empty: Settings) -> None:
    """Otherwise reads would work after a deployment, but every edit would fail."""
    engine = engine_for(empty)
    upgrade(engine, "dev")
    with engine.begin() as connection:
        connection.execute(text("drop role if exists reader"))
        connection.execute(text("create role reader login"))
        connection.execute(text("grant select on all tables in schema public to reader"))
    reader = engine_for(Settings(database_url=empty.database_url.replace("//postgres@", "//reader@")))
    with pytest.raises(
        MigrationRefused, match="the user reader may not write to alembic_version, baseline_slots, bookings, "
    ):
        plan(reader, "dev")
    reader.dispose()
    with engine.begin() as connection:
        connection.execute(text("drop owned by reader"))
        connection.execute(text("drop role reader"))


def test_a_read_replica_is_refused(empty: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test has no replica. It replaces `pg_is_in_recovery()` by `true` in the statement."""
    engine = engine_for(empty)
    statements = []

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def replica(_connection: Connection, _cursor: Any, statement: str, values: Any, *_: Any) -> tuple[str, Any]:
        statements.append(statement)
        return statement.replace("pg_is_in_recovery()", "true"), values

    with pytest.raises(MigrationRefused, match="this is a read replica; migrate the primary"):
        plan(engine, "dev")
    assert any("pg_is_in_recovery" in statement for statement in statements)


def user_ids(engine: Engine) -> set[UUID]:
    """Return all user ids in the database."""
    every = text("""
select changed_by from tutor_availability_log union select updated_by from tutor_days
union select student_id from bookings union select user_id from tutors""")
    with engine.connect() as connection:
        return set(connection.execute(every).scalars())


def test_an_erased_person_is_named_nowhere_and_counts_stay_the_same(
    api: Api, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The erased person is a tutor, and is also a student of another tutor. Their edits stay, with a random user id.

    All notes in the erased tutor's log are removed, also those of an admin. Notes in the other tutor's log stay.
    """
    tutor, other = add_tutor(engine), add_tutor(engine)
    day = monday()
    for starts in (["09:00", "10:00"], ["09:00"]):
        body = {"tutorId": str(tutor.id), "date": day.isoformat(), "timeSlots": slots(*starts), "notes": "my knee"}
        assert api.update(tutor.token, **body).status == 200
    body = {"tutorId": str(other.id), "date": day.isoformat(), "timeSlots": slots("09:00"), "notes": "kept"}
    assert api.update(other.token, **body).status == 200
    book = text("""
        insert into bookings (tutor_id, id, student_id, date, start_time, status, student_name, external_id)
        values (:tutor, :id, :student, :date, :start, 'CONFIRMED', 'Freja', 'freja-1')
    """)
    with engine.begin() as connection:
        values = {"tutor": other.id, "id": uuid4(), "student": tutor.user_id, "date": day, "start": time(9)}
        connection.execute(book, values)
    body = {"tutorId": str(tutor.id), "date": day.isoformat(), "timeSlots": [], "notes": "broke her hip"}
    assert api.update(ADMIN, **body).status == 200
    before = api.stats(ADMIN, tutorId=str(tutor.id)).json

    monkeypatch.delenv("CONFIRM", raising=False)
    with pytest.raises(Stopped, match=r"Nothing was changed\.\nNext: run the command again with CONFIRM=test"):
        operations.erase_person(settings, tutor.user_id, confirmed_by="test")
    output = capsys.readouterr().out
    for line in ("tutor_availability_log: 4", "tutor_days: 0", "bookings: 1", "tutors: 1"):
        assert f"  {line}\n" in output
    assert tutor.user_id in user_ids(engine)

    monkeypatch.setenv("CONFIRM", "test")
    operations.erase_person(settings, tutor.user_id, confirmed_by="test")
    assert tutor.user_id not in user_ids(engine)
    assert other.user_id in user_ids(engine)
    with engine.connect() as connection:
        booking = connection.execute(text("select student_name, external_id from bookings")).one()
    assert tuple(booking) == (None, None)
    assert len(user_ids(engine)) == 3  # the other tutor, the admin, and one random id in place of the person's id
    after = api.stats(ADMIN, tutorId=str(tutor.id)).json
    assert sorted(by["changes"] for by in after["byUser"]) == [1, 3]
    assert {**after, "byUser": 0, "until": 0, "since": 0} == {**before, "byUser": 0, "until": 0, "since": 0}
    notes = {entry["notes"] for entry in api.history(ADMIN, tutorId=str(tutor.id)).json["entries"]}
    kept = {entry["notes"] for entry in api.history(ADMIN, tutorId=str(other.id)).json["entries"]}
    assert (notes, kept) == ({None}, {"kept"})
    assert api.update(tutor.token, tutorId=str(tutor.id), date=day.isoformat(), timeSlots=[]).status == 403
    assert [slot["status"] for slot in _only_day(api, other.id, day)] == ["BOOKED"]
    with pytest.raises(Stopped, match="Nobody has this user id"):
        operations.erase_person(settings, tutor.user_id, confirmed_by="test")
    operations.erase_person(settings, other.user_id, confirmed_by="test")
    with engine.connect() as connection:
        users, names = zip(*connection.execute(text("select user_id, name from tutors")), strict=True)
    assert len(set(users) - {tutor.user_id, other.user_id}) == 2  # each erased person gets a different id
    assert names == ("erased", "erased")


def test_the_changes_of_an_erased_tutors_settings_name_nobody(
    api: Api, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The events stay: what changed, and when."""
    tutor, person = {"tutorId": str(uuid4()), "timeZone": "UTC"}, "auth0|freja"
    for change in (
        {"userId": "auth0|before", "name": "Freja H", "externalId": "cpr-1"},
        {"userId": person, "name": "Freja Holm", "externalId": "cpr-2"},
        {"userId": person, "name": "Freja Holm", "bookingNoticeMinutes": 60},
    ):
        token = make_token(person, app_metadata={"role": "admin"})
        assert api.call("tutors", "PUT", json={**tutor, **change}, token=token).status == 200
    monkeypatch.setenv("CONFIRM", "test")
    for user in (person, "auth0|before"):
        operations.erase_person(settings, user, confirmed_by="test")
    with engine.connect() as connection:
        events = connection.execute(text("select settings_events::text from settings_events")).scalars().all()
        (row,) = connection.execute(text("select tutors::text from tutors")).scalars()
    assert len(events) == 4
    for word in (person, "auth0|before", "Freja", "cpr"):
        assert not [each for each in (*events, row) if word in each], word


def test_a_person_is_erased_who_was_a_tutor_before_another_user(
    api: Api, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was written until then is about the person; what was written later isn't."""
    tutor = {"tutorId": str(uuid4()), "timeZone": "UTC"}
    day = {"tutorId": tutor["tutorId"], "date": str(monday())}
    for user, name in (("auth0|freja", "Freja"), ("auth0|ken", "Ken"), ("auth0|ken", "Kenji")):
        assert api.call("tutors", "PUT", json={**tutor, "userId": user, "name": name}, token=ADMIN).status == 200
        assert api.update(ADMIN, **day, timeSlots=slots(f"1{len(name)}:00"), notes=f"for {name}").status == 200
    monkeypatch.setenv("CONFIRM", "test")
    operations.erase_person(settings, "auth0|freja", confirmed_by="test")
    history = api.history(ADMIN, tutorId=tutor["tutorId"], include="settings").json
    assert {entry["notes"] for entry in history["entries"]} == {None, "for Ken", "for Kenji"}
    names = [(event["before"], event["after"]) for event in history["settingsEvents"] if event["field"] == "name"]
    assert names == [("Ken", "Kenji"), (None, None)]
    with engine.connect() as connection:
        assert connection.execute(text("select name from tutors")).scalar_one() == "Kenji"
    with pytest.raises(Stopped, match="Nobody has this user id"):
        operations.erase_person(settings, "auth0|freja", confirmed_by="test")


def test_a_person_is_not_erased_in_another_stages_database(empty: Settings) -> None:
    upgrade(engine_for(empty), "prod")
    person = "PERSON=00000000-0000-4000-9000-000000000001"
    for stage in ("dev", "local"):
        ran = run_make("erase", f"STAGE={stage}", person, CONFIRM=stage, DATABASE_URL=empty.database_url)
        assert ran.returncode != 0
        assert f"this database belongs to the stage prod, not to {stage}" in ran.stderr
    ran = run_make("erase", "STAGE=prod", person, CONFIRM="prod", DATABASE_URL=empty.database_url)
    assert "Nobody has this user id" in ran.stderr


def test_an_argument_is_never_run_by_the_shell(empty: Settings) -> None:
    ran = run_make("erase", "STAGE=dev", "PERSON=a; echo injected", DATABASE_URL=empty.database_url)
    assert (ran.returncode != 0, "injected\n" in ran.stdout) == (True, False)


def test_make_run_refuses_a_stages_database(empty: Settings) -> None:
    """The value of STAGE doesn't change this."""
    upgrade(engine_for(empty), "prod")
    for stage in ("prod", "local"):
        ran = run_make("run", STAGE=stage, PORT="0", DATABASE_URL=empty.database_url, DEMO="1")
        assert ran.returncode != 0
        assert "this database belongs to the stage prod, not to local" in ran.stderr


def _only_day(api: Api, tutor_id: UUID, day: date) -> list[dict[str, str]]:
    answer = api.read(tutorId=str(tutor_id), startDate=day.isoformat(), endDate=day.isoformat())
    time_slots: list[dict[str, str]] = answer.json["days"][0]["timeSlots"]
    return time_slots
