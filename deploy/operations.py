"""What an operator does to a stage by hand: migrate its database, put a secret in place, erase a person."""

import os
from uuid import UUID, uuid4

import migrations
from common import aws, config, parameters
from common.config import InvalidSettings, Settings
from common.db.address import address_of
from common.db.engine import engine_for, set_reply_timeout
from common.db.erasure import count_rows_of, erase
from deploy.stages import Stage, Stopped

SHORTEST_SECRET = 32  # bytes, for HS256: RFC 7518, 3.2


def settings_of(stage: Stage) -> Settings:
    """Return a stage's settings with its secrets, as its functions find them; `Stopped` where no database is named."""
    try:
        return config.with_parameters(
            Settings(
                stage=stage.name,
                database_url_parameter=stage.database_url_parameter,
                database_ca_file=stage.database_ca_file,
                auth_jwt_secret_parameter=stage.auth_jwt_secret_parameter,
            )
        )
    except InvalidSettings as why:
        raise Stopped(f"{why}.\nNext: make secret STAGE={stage.name} NAME=database-url") from why


def migrate(settings: Settings, *, confirmed_by: str | None) -> None:
    """Show what is to come, and do it; where `confirmed_by` isn't None, only if CONFIRM says just that."""
    engine = engine_for(settings)
    plan = migrations.plan(engine, settings.stage)
    print(f"{_whereabouts(settings)}, stage {settings.stage}: at {plan.at or 'nothing yet'}")
    if plan.to_come:
        print(f"{plan.sql}\nTo come:", *plan.to_come, sep="\n  ")
        confirm(confirmed_by, "migrate it")
    migrations.upgrade(engine, settings.stage)
    print("Newer than this release, which can live with it." if plan.is_newer else "Up to date.")


def put_secret(stage: Stage, name: str, value: str) -> None:
    """Store a stage's secret, once it has been looked at: a database must answer, and be no other stage's."""
    secrets = {"database-url": stage.database_url_parameter, "auth-jwt-secret": stage.auth_jwt_secret_parameter}
    if name not in secrets:
        raise Stopped(f"NAME={name}: expected one of {', '.join(secrets)}")
    if not value:
        raise Stopped(f"Not stored: nothing came in. Give the {name} on standard input, or when it is asked for.")
    if stage.requires_confirmation and aws.client("ssm").get_parameters(Names=[secrets[name]])["Parameters"]:
        confirm(stage.name, f"have {stage.name} use another {name}")
    if name == "database-url":
        migrations.plan(engine_for(Settings(database_url=value, database_ca_file=stage.database_ca_file)), stage.name)
    elif len(value.encode()) < SHORTEST_SECRET:
        raise Stopped(f"Not stored: expected {SHORTEST_SECRET} bytes or more, as the auth provider has it.")
    aws.client("ssm").put_parameter(Name=secrets[name], Value=value, Type="SecureString", Overwrite=True)
    minutes = parameters.CACHE_SECONDS // 60
    print(f"Stored in {secrets[name]}. Functions that are running take it over within {minutes} minutes.")


def refuse_plain_secrets(stage: Stage) -> None:
    """Stop where a secret that somebody put in place by hand isn't encrypted."""
    names = {stage.database_url_parameter: "database-url", stage.auth_jwt_secret_parameter: "auth-jwt-secret"}
    for told in aws.client("ssm").get_parameters(Names=list(names))["Parameters"]:
        if told["Type"] != "SecureString":
            raise Stopped(
                f"{told['Name']} is stored in the clear, as {told['Type']}.\n"
                f"Next: remove it, and make secret STAGE={stage.name} NAME={names[told['Name']]}"
            )


def erase_person(settings: Settings, person: UUID, *, confirmed_by: str) -> None:
    """Show how many rows name a person; erase them if CONFIRM names the stage."""
    engine = engine_for(settings)
    with engine.begin() as connection:
        migrations.refuse_other_stages(connection, settings.stage)
        set_reply_timeout(connection, None)  # whole tables are read
        held = count_rows_of(connection, person)
    print(f"{_whereabouts(settings)}, stage {settings.stage}: rows that name {person}")
    print(*(f"  {table}: {count}" for table, count in held.items()), sep="\n")
    if not any(held.values()):
        raise Stopped("Nobody has this user id. (A tutor's user is tutors.user_id, not their id.)")
    confirm(confirmed_by, "erase them")
    with engine.begin() as connection:
        set_reply_timeout(connection, None)
        erase(connection, person, uuid4())
    print("Erased. Entries in the retry queue or among the dead letters still name the person, until they are gone.")


def confirm(stage: str | None, what: str) -> None:
    """Stop unless CONFIRM names the stage; where that is None, nothing is asked."""
    if stage is not None and os.environ.get("CONFIRM") != stage:
        raise Stopped(f"Nothing was changed.\nNext: the same with CONFIRM={stage}, if you mean to {what}.")


def _whereabouts(settings: Settings) -> str:
    address = address_of(settings.database_url)
    return f"{address.database or address.user} on {address.host or 'this machine'}"
