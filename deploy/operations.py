"""What an operator does to a stage by hand: migrate its database, put a secret in place, erase a person."""

import os
from uuid import UUID, uuid4

import migrations
from common import aws, config, parameters
from common.config import InvalidSettings, Settings
from common.db.address import address_of
from common.db.engine import engine_for, wait_at_most
from common.db.erasure import erase, held_about
from deploy.stages import Stage, Stopped

SHORTEST_SECRET = 32  # bytes, for HS256: RFC 7518, 3.2


def settings_of(stage: Stage) -> Settings:
    """Return a stage's settings with its secrets, as its functions find them; `Stopped` where no database is named."""
    try:
        return config.with_parameters(
            Settings(
                stage=stage.name,
                database_url_parameter=stage.database_url_parameter,
                auth_jwt_secret_parameter=stage.auth_jwt_secret_parameter,
            )
        )
    except InvalidSettings as why:
        raise Stopped(f"{why}.\nNext: make secret STAGE={stage.name} NAME=database-url") from why


def migrate(settings: Settings, *, confirmed_by: str | None) -> None:
    """Show what is to come, and do it; where `confirmed_by` isn't None, only if CONFIRM says just that."""
    engine = engine_for(settings)
    try:
        plan = migrations.plan(engine, settings.stage)
        print(f"{_whereabouts(settings)}, stage {settings.stage}: at {plan.at or 'nothing yet'}")
        if plan.is_newer:
            print("That is newer than this release, which can live with it. Left as it is.")
            return
        if plan.to_come:
            print(f"{plan.sql}\nTo come:", *plan.to_come, sep="\n  ")
            _confirm(confirmed_by, "migrate")
        migrations.upgrade(engine, settings.stage)
    except migrations.Refused as why:
        raise Stopped(f"Not migrated: {why}.") from why
    print("Up to date.")


def put_secret(stage: Stage, name: str, value: str) -> None:
    """Store a stage's secret, once it has been looked at: a database must answer, and be no other stage's."""
    secrets = {"database-url": stage.database_url_parameter, "auth-jwt-secret": stage.auth_jwt_secret_parameter}
    if name not in secrets:
        raise Stopped(f"NAME={name}: expected one of {', '.join(secrets)}")
    if name == "database-url":
        try:
            migrations.plan(engine_for(Settings(database_url=value)), stage.name)
        except migrations.Refused as why:
            raise Stopped(f"Not stored: {why}.") from why
    elif len(value.encode()) < SHORTEST_SECRET:
        raise Stopped(f"Not stored: expected {SHORTEST_SECRET} bytes or more, as the auth provider has it.")
    aws.client("ssm").put_parameter(Name=secrets[name], Value=value, Type="SecureString", Overwrite=True)
    minutes = parameters.KEPT_FOR_SECONDS // 60
    print(f"Stored in {secrets[name]}. Functions that are running take it over within {minutes} minutes.")


def erase_person(settings: Settings, person: UUID, *, confirmed_by: str) -> None:
    """Show how many rows name a person; erase them if CONFIRM names the stage."""
    with engine_for(settings).begin() as connection:
        wait_at_most(connection, None)  # whole tables are read
        held = held_about(connection, person)
        print(f"{_whereabouts(settings)}, stage {settings.stage}: rows that name {person}")
        print(*(f"  {table}: {count}" for table, count in held.items()), sep="\n")
        if not any(held.values()):
            return
        _confirm(confirmed_by, "erase")
        erase(connection, person, uuid4())
    print("Erased. Entries that wait in the retry queue still name the person: run this again when it is empty.")


def _confirm(stage: str | None, command: str) -> None:
    if stage is not None and os.environ.get("CONFIRM") != stage:
        raise Stopped(f"Nothing was changed.\nNext: the same with CONFIRM={stage}, if you mean to {command} it.")


def _whereabouts(settings: Settings) -> str:
    address = address_of(settings.database_url)
    return f"{address.database or address.user} on {address.host or 'this machine'}"
