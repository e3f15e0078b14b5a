"""`python -m deploy …`: what the commands of the same names in the Makefile call."""

import argparse
import getpass
import os
import sys
from uuid import UUID

from botocore.exceptions import BotoCoreError, ClientError
from sqlalchemy.exc import DBAPIError

from common import config
from common.config import InvalidSettings, Settings
from common.errors import Unavailable
from deploy import gcp, operations, pipeline
from deploy.stages import Stage, Stopped, build_lock, stage_named
from migrations import MigrationRefused


def main() -> None:
    """Carry out one command."""
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what in (
        ("package", "make what is deployed, without deploying it"),
        ("deploy", "package, migrate, deploy, and try it"),
        ("migrate", "bring the database up to date: that of DATABASE_URL, or the stage's own"),
        ("secret", "store a secret, which is asked for or read from standard input"),
        ("erase", "make a person unrecognisable"),
    ):
        command = commands.add_parser(name, help=what)
        command.add_argument("stage")
        if name == "secret":
            command.add_argument("name")
        if name == "erase":
            command.add_argument("person", type=UUID)
    commands.add_parser("package-gcp", help="make the source folder for Google Cloud")
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr] # others write in between
    try:
        _run(parser.parse_args())
    except (Stopped, InvalidSettings) as why:
        sys.exit(f"\n{why}")
    except MigrationRefused as why:
        sys.exit(f"\nNothing was changed: {why}")
    except Unavailable as why:
        sys.exit(f"\n{why.__cause__ or why}\nNext: check the database's address, and AWS_PROFILE.")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"\nAWS: {error}\nNext: check AWS_PROFILE, or the credentials in the environment.")
    except DBAPIError as error:
        told = error.orig.args[0] if error.orig is not None and error.orig.args else error
        message = f"{told['M']} ({told['C']})" if isinstance(told, dict) and "M" in told else told
        sys.exit(f"\nThe database says: {message}\nNothing was changed. Next: mend that, then the same again.")
    except (OSError, UnicodeDecodeError) as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit("\nInterrupted. The same command again takes it up.")


def _run(given: argparse.Namespace) -> None:
    match given.command:
        case "package":
            with build_lock():
                pipeline.package(stage_named(given.stage))
        case "deploy":
            with build_lock():
                pipeline.deploy(_use_region(stage_named(given.stage)))
        case "migrate":
            settings, confirmed_by = _database(given.stage)
            operations.migrate(settings, confirmed_by=confirmed_by)
        case "secret":
            stage = _use_region(stage_named(given.stage))
            value = getpass.getpass(f"{given.name}: ") if sys.stdin.isatty() else sys.stdin.read()
            operations.put_secret(stage, given.name, value.strip())
        case "erase":
            settings, _ = _database(given.stage)
            operations.erase_person(settings, given.person, confirmed_by=given.stage)
        case "package-gcp":
            with build_lock():
                gcp.package()


def _use_region(stage: Stage) -> Stage:
    """Have AWS's clients look in the stage's region."""
    os.environ["AWS_REGION"] = os.environ["AWS_DEFAULT_REGION"] = stage.region
    return stage


def _database(name: str) -> tuple[Settings, str | None]:
    """Return the settings of DATABASE_URL, or of the stage's own database; and what CONFIRM has to be."""
    os.environ["STAGE"] = name
    settings = config.current()
    stage = None if name == "local" else stage_named(name)
    if stage is not None and not settings.database_url:
        settings = operations.settings_of(_use_region(stage))
    return settings, name if stage is not None and stage.requires_confirmation else None


if __name__ == "__main__":
    main()
