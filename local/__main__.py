"""`python -m local …`: commands that the Makefile calls, for development on your machine."""

import argparse
import json
import os
import sys
from pathlib import Path
from uuid import UUID

from common.config import InvalidSettings
from deploy.stages import Stopped
from local import commands, openapi, server
from local.citus_build import find_citus
from local.postgres import default_home
from local.programs import CannotStart

PROJECT = Path(__file__).parent.parent


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="python -m local", description=__doc__)
    subcommands = parser.add_subparsers(dest="command", required=True)
    run = subcommands.add_parser("run", help="serve every function; without DATABASE_URL, on an embedded PostgreSQL")
    token = subcommands.add_parser("token", help="print a token for a tutor, a student or an admin")
    token.add_argument("tutor", nargs="?", type=UUID, help="the tutor's id")
    token.add_argument("--admin", action="store_true", help="a token for an admin")
    token.add_argument("--student", metavar="NAME", help="a token for a student with this name")
    weekly = subcommands.add_parser("weekly-stats", help="compute the weekly statistics")
    weekly.add_argument("--weeks", type=int, default=2, help="the number of full weeks, counted back from now")
    imports = subcommands.add_parser("import", help="import tutors.csv, slots.csv, bookings.csv and schedules.csv")
    imports.add_argument("folder", type=Path, help="the folder with one or more of the files")
    imports.add_argument("--stage", default="local", help="import into the stage's database")
    imports.add_argument("--dry-run", action="store_true", help="check the files, and change nothing in the database")
    for command in (run, token, weekly, imports):
        command.add_argument("--home", type=Path, default=default_home(PROJECT), help="the folder of the local data")
    subcommands.add_parser("openapi", help="print the OpenAPI document")
    subcommands.add_parser("citus", help="print the folder of a PostgreSQL that has Citus; build one if needed")
    subcommands.add_parser("cloud", help="run a stand-in for AWS")
    subcommands.add_parser("screenshots", help="take the README's pictures of the dashboard that runs on PORT")
    args = parser.parse_args()
    try:
        if args.command == "run":
            server.run(args.home)
        elif args.command == "weekly-stats":
            commands.weekly_stats(args.home, args.weeks)
        elif args.command == "import":
            from local.importing.command import import_csv  # imported here, because the import takes a second

            sys.exit(0 if import_csv(args.home, args.stage, args.folder, is_dry_run=args.dry_run) else 1)
        elif args.command == "token":
            print(server.token(args.home, args.tutor, student=args.student, is_admin=args.admin))
        elif args.command == "citus":
            print(find_citus(os.environ))
        elif args.command == "cloud":
            from local import cloud  # imported here, because the import takes a second

            cloud.run()
        elif args.command == "screenshots":
            from local import screenshots  # imported here, because it imports Playwright

            screenshots.run(f"http://{server.HOST}:{os.environ.get('PORT', '8080')}")
        else:
            json.dump(openapi.document(), sys.stdout, indent=2, ensure_ascii=False)
            print()
    except (CannotStart, InvalidSettings, Stopped) as error:
        sys.exit(f"{error}")


if __name__ == "__main__":
    main()
