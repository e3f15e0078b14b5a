"""The commands that change a stage's database or secrets: migrate, create roles, store a secret, erase a person."""

import os
import sys
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import migrations
from common import aws, config, parameters
from common.config import InvalidSettings, Settings
from common.db.address import address_of
from common.db.engine import engine_for, set_reply_timeout
from common.web.endpoint import CLOCK, Call
from deploy.erasure import count_rows_of, erase
from deploy.stages import Stage, Stopped
from functions.audit_repair.drain import drain
from migrations import privileges, roles, starts

ROLES_OF_SECRETS = {"app-database-url": "app", "reader-database-url": "reader"}
DRAIN_FOR = timedelta(minutes=10)
SHORTEST_SECRET = 32  # bytes: the minimum for HS256 (RFC 7518, section 3.2)


def settings_of(stage: Stage) -> Settings:
    """Return a stage's settings, with its secrets from SSM.

    Raise `Stopped` if SSM doesn't have the database's URL, or if SSM denies access to the secrets.
    """
    try:
        return config.with_parameters(
            Settings(
                stage=stage.name,
                database_url_parameter=stage.database_url_parameter,
                database_ca_file=stage.database_ca_file,
                auth_jwt_secret_parameter=stage.auth_jwt_secret_parameter,
            )
        )
    except InvalidSettings as error:
        raise Stopped(
            f"{error}.\nNext: make secret STAGE={stage.name} NAME=database-url\n"
            "Or, if AWS denied access, check AWS_PROFILE and its rights."
        ) from error


def migrate(settings: Settings, *, confirmed_by: str | None) -> None:
    """Print the pending migrations, and apply them.

    If migrations are pending, raise `Stopped` unless CONFIRM is `confirmed_by`. If `confirmed_by` is None, check
    CONFIRM only if a migration interrupts the service: then it has to be 1 or the stage's name.
    """
    engine = engine_for(settings)
    plan = migrations.plan(engine, settings.stage, address_of(settings.database_url).options)
    print(f"{_location(settings)}, schema {plan.schema}, stage {settings.stage}, revision: {plan.revision or 'none'}")
    if plan.pending:
        print(f"{plan.sql}\nPending:", *plan.pending, sep="\n  ")
        if plan.is_maintenance and settings.stage != migrations.LOCAL:
            print("\nThese migrations interrupt the service: docs/operations.md says for how long.")
            if os.environ.get("CONFIRM") != "1" or confirmed_by is not None:
                confirm(settings.stage, "migrate the database")
        confirm(confirmed_by, "migrate the database")
    migrations.upgrade(engine, settings.stage)
    print("The schema is newer than this release. This release works with it." if plan.is_newer else "Up to date.")
    with engine.connect() as connection:
        our_roles = roles.names(roles.prefix_of(connection) or roles.PREFIX).values()
        for warning in privileges.warnings(connection, migrations.OUR_RELATIONS, our_roles):
            print(f"Warning: {warning}", file=sys.stderr)


def create_roles(settings: Settings, prefix: str, *, confirmed_by: str | None) -> None:
    """Create the database's roles, or grant their rights again, and print the statements.

    Raise `Stopped` if the database isn't migrated, or if CONFIRM isn't `confirmed_by`.
    """
    engine = engine_for(settings)
    plan = migrations.plan(engine, settings.stage, address_of(settings.database_url).options)
    if plan.pending or plan.is_newer:
        raise Stopped(
            f"The schema {plan.schema} isn't the one of this release.\n"
            "Next: run make migrate, or use the release that migrated it."
        )
    confirm(confirmed_by, f"create the roles {', '.join(roles.names(prefix).values())}")
    with engine.begin() as connection:
        set_reply_timeout(connection, None)
        connection.exec_driver_sql("set local lock_timeout = '5s'")
        print(*roles.create(connection, prefix), sep=";\n", end=";\n")
    print(
        "They have no passwords yet. Next, for each role that you use, in psql as this user:"
        f" \\password {roles.names(prefix)['app']}"
    )


def recompute_starts(settings: Settings) -> None:
    """Recompute `starts_at` of future slots and bookings, and print a line for each that moves."""
    count = 0
    with engine_for(settings).begin() as connection:
        migrations.refuse_other_stages(connection, settings.stage)
        set_reply_timeout(connection, None)  # no time limit, because the statements read whole tables
        for line in starts.recompute_starts(connection, datetime.now(UTC)):
            print(line)
            count += 1
    print(f"{count} moved and are recomputed." if count else "Nothing moved.")


def put_secret(stage: Stage, name: str, value: str) -> None:
    """Check a secret of a stage, and store it in SSM.

    `name` is one of `Stage.secrets`. The URL of a database has to be one that answers, and that belongs to no other
    stage. `app-database-url` and `reader-database-url` have to be those of the roles `…_app` and `…_reader`, or of
    their members. The secret of the tokens has to have `SHORTEST_SECRET` bytes or more. If the stage requires
    confirmation and has this secret already, CONFIRM must be the stage's name.
    """
    if name not in stage.secrets:
        raise Stopped(f"NAME={name}: use {' or '.join(stage.secrets)}")
    parameter, role = stage.secrets[name], ROLES_OF_SECRETS.get(name)
    if role is not None and parameter == stage.database_url_parameter:
        raise Stopped(
            f"Not stored: {parameter} has the URL of the tables' owner.\n"
            f"Next: set params.{stage.name}.database{role.capitalize()}UrlParameter in serverless.yml,"
            f" for example to /slotledger/{stage.name}/{name}"
        )
    if not value:
        raise Stopped(f"Not stored: the value is empty. Next: give the {name} on standard input, or at the prompt.")
    if stage.requires_confirmation and aws.client("ssm").get_parameters(Names=[parameter])["Parameters"]:
        confirm(stage.name, f"change the {name} of {stage.name}")
    if name.endswith("database-url"):
        engine = engine_for(Settings(database_url=value, database_ca_file=stage.database_ca_file))
        if role is None:
            migrations.plan(engine, stage.name, address_of(value).options)
        else:
            with engine.connect() as connection:
                migrations.refuse_other_stages(connection, stage.name)
                roles.refuse_others(connection, role)
    elif len(value.encode()) < SHORTEST_SECRET:
        raise Stopped(
            f"Not stored: the secret is shorter than {SHORTEST_SECRET} bytes. Next: use the auth provider's secret."
        )
    aws.client("ssm").put_parameter(Name=parameter, Value=value, Type="SecureString", Overwrite=True)
    minutes = parameters.CACHE_SECONDS // 60
    print(f"Stored in {parameter}. Running functions use it within {minutes} minutes.")


def check_secrets(stage: Stage) -> None:
    """Raise `Stopped` if SSM doesn't have a URL of the functions' database, or has a secret without encryption.

    Another tool than `put_secret` may have stored a secret without encryption.
    """
    names = {parameter: name for name, parameter in reversed(stage.secrets.items())}
    stored = aws.client("ssm").get_parameters(Names=list(names))["Parameters"]
    for parameter in stored:
        if parameter["Type"] != "SecureString":
            raise Stopped(
                f"{parameter['Name']} isn't encrypted: its type is {parameter['Type']}.\n"
                f"Next: remove it, then run: make secret STAGE={stage.name} NAME={names[parameter['Name']]}"
            )
    for parameter in sorted(names.keys() - {parameter["Name"] for parameter in stored}):
        if names[parameter] != "auth-jwt-secret":
            raise Stopped(
                f"There is no parameter {parameter}.\nNext: make secret STAGE={stage.name} NAME={names[parameter]}"
            )


def retry_queue(stage: Stage) -> str:
    """Return the URL of a stage's retry queue."""
    return str(aws.client("sqs").get_queue_url(QueueName=f"{stage.stack}-retry")["QueueUrl"])


def erase_person(settings: Settings, person: str, *, confirmed_by: str) -> None:
    """Print the number of a person's rows by table, then anonymise the person (`deploy/erasure.py`).

    If the settings name a retry queue, first deliver its messages to the log, because they may name the person. Raise
    `Stopped` if the person has no rows, or if CONFIRM isn't `confirmed_by`, the name of the stage.
    """
    engine = engine_for(settings)
    with engine.begin() as connection:
        migrations.refuse_other_stages(connection, settings.stage)
        set_reply_timeout(connection, None)  # no time limit, because these statements read whole tables
        counts = count_rows_of(connection, person)
    print(f"{_location(settings)}, stage {settings.stage}: rows that name {person}")
    print(*(f"  {table}: {count}" for table, count in counts.items()), sep="\n")
    if not any(counts.values()):
        raise Stopped("Nobody has this user id. (For a tutor, use tutors.user_id, not tutors.id.)")
    confirm(confirmed_by, "erase the person")
    if settings.audit_queue_url is not None:
        drained = drain(Call(settings, CLOCK, "erase", None), CLOCK() + DRAIN_FOR)
        print(f"  delivered from the retry queue: {drained}")
    with engine.begin() as connection:
        set_reply_timeout(connection, None)
        erase(connection, person, str(uuid4()))
    print(
        "Erased. Messages in the retry queue and the dead-letter queue may name the person: check that both are empty."
    )


def confirm(stage: str | None, action: str) -> None:
    """Raise `Stopped` with the action in its message unless CONFIRM is `stage`. If `stage` is None, do nothing."""
    if stage is not None and os.environ.get("CONFIRM") != stage:
        raise Stopped(f"Nothing was changed.\nNext: run the command again with CONFIRM={stage}, to {action}.")


def _location(settings: Settings) -> str:
    address = address_of(settings.database_url)
    return f"{address.database or address.user} on {address.host or 'this machine'}"
