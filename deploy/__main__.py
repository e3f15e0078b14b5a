"""The command line of this package. For example, `make migrate` runs `python -m deploy migrate`."""

import argparse
import getpass
import os
import sys
from dataclasses import replace

from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy.exc import DBAPIError

from common import config
from common.config import InvalidSettings, Settings
from common.db.sqlstate import error_text
from common.errors import Unavailable
from deploy import gcp, operations, pipeline
from deploy.stages import Stage, Stopped, build_lock, stage_named
from migrations import MigrationRefused, roles


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, help_text in (
        ("package", "package the functions, without deploying them"),
        ("deploy", "package, migrate the database, deploy, and test the deployed functions"),
        ("migrate", "migrate the database of DATABASE_URL, or the stage's database"),
        ("roles", "create the database's roles, or grant their rights again"),
        ("recompute-starts", "recompute the instants of future slots, after an update of PostgreSQL's zone files"),
        ("secret", "store a secret from standard input"),
        ("erase", "anonymise a person"),
    ):
        command = commands.add_parser(name, help=help_text)
        command.add_argument("stage")
        if name == "secret":
            command.add_argument("name")
        if name == "roles":
            command.add_argument("--prefix", default=roles.PREFIX)
        if name == "erase":
            command.add_argument("person")
    commands.add_parser("package-gcp", help="make the source folder for Google Cloud")
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # so that lines of osls don't overtake ours
    try:
        _run(parser.parse_args())
    except (Stopped, InvalidSettings) as error:
        sys.exit(f"\n{error}")
    except MigrationRefused as error:
        sys.exit(f"\nNothing was changed: {error}")
    except Unavailable as error:
        cause = error.__cause__ or error
        hint = (
            "the database's URL: its host, database, user and password, and for a pooler also the parameter `options`"
        )
        if isinstance(cause, BotoCoreError | ClientError):
            hint = "AWS_PROFILE, or the credentials in the environment"
        sys.exit(f"\n{error_text(cause)}\nNext: check {hint}.")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"\nAWS: {error}\nNext: check AWS_PROFILE, or the credentials in the environment.")
    except DBAPIError as error:
        hint = "Nothing was changed. Next: correct the cause, then run the command again."
        sys.exit(f"\nThe database returned an error: {error_text(error)}\n{hint}")
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. Next: run the command again.")


def _run(args: argparse.Namespace) -> None:
    match args.command:
        case "package":
            with build_lock():
                pipeline.package(stage_named(args.stage))
        case "deploy":
            with build_lock():
                pipeline.deploy(_use_region(stage_named(args.stage)))
        case "migrate":
            settings, confirmed_by = database_of(args.stage)
            operations.migrate(settings, confirmed_by=confirmed_by)
        case "roles":
            settings, confirmed_by = database_of(args.stage)
            operations.create_roles(settings, args.prefix, confirmed_by=confirmed_by)
        case "recompute-starts":
            settings, _ = database_of(args.stage)
            operations.recompute_starts(settings)
        case "secret":
            stage = _use_region(stage_named(args.stage))
            value = getpass.getpass(f"{args.name}: ") if sys.stdin.isatty() else sys.stdin.read()
            operations.put_secret(stage, args.name, value.strip())
        case "erase":
            settings, _ = database_of(args.stage)
            if args.stage != "local" and "DATABASE_URL" not in os.environ:
                settings = replace(settings, audit_queue_url=operations.retry_queue(stage_named(args.stage)))
            operations.erase_person(settings, args.person, confirmed_by=args.stage)
        case "package-gcp":
            with build_lock():
                gcp.package()


def _use_region(stage: Stage) -> Stage:
    """Set the region of AWS's clients to the stage's region, and return the stage."""
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = stage.region
    return stage


def database_of(name: str) -> tuple[Settings, str | None]:
    """Return the settings of a stage, and the value of CONFIRM that a migration of its database requires.

    If DATABASE_URL is set, the settings contain that URL; otherwise they contain the URL of the stage's database. The
    value is None if no confirmation is required: on the local stage, and on a stage without `requiresConfirmation`.
    """
    os.environ["STAGE"] = name
    settings = config.current()
    stage = None if name == "local" else stage_named(name)
    if stage is not None and not settings.database_url:
        settings = operations.settings_of(_use_region(stage))
    return settings, name if stage is not None and stage.requires_confirmation else None


if __name__ == "__main__":
    main()
