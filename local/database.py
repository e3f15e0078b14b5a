"""The database of `make run`: the embedded PostgreSQL, or the one that DATABASE_URL names."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, exists, select
from sqlalchemy.exc import SQLAlchemyError

import migrations
from common.config import Settings
from common.db.address import address_of
from common.db.engine import engine_for, transact
from common.db.sqlstate import error_text
from common.errors import SlotledgerError
from local import postgres
from local.programs import CannotStart
from migrations import LOCAL, MigrationRefused, Plan
from migrations.tables import tutors

SHOWN_TABLES = 5
HOW_TO_ADD_A_TUTOR = """\
There is no tutor in the database yet. Add one with psql; user_id is the `sub` of the tutor's tokens:

  insert into tutors (id, user_id, name, time_zone)
  values (gen_random_uuid(), gen_random_uuid(), 'Ada', 'Europe/Copenhagen') returning id;

make token TUTOR=<id>, with the same DATABASE_URL, prints a token. Or load twelve demo tutors: make run DEMO=1
"""


@contextmanager
def embedded_database(home: Path, when_it_ends: Callable[[], None]) -> Iterator[None]:
    """Run the embedded PostgreSQL within the block, and set DATABASE_URL to its URL.

    If the server ends before the block, call `when_it_ends` in another thread.
    """
    with postgres.running(home, when_it_ends) as url:
        os.environ["DATABASE_URL"] = url
        yield


def migrate(settings: Settings, *, is_embedded: bool) -> None:
    """Apply the pending migrations for the local stage.

    Raise `CannotStart` if the database can't be migrated, or if it belongs to another stage. Also raise `CannotStart`
    before the first migration of a schema with tables of other applications, unless CONFIRM is 1.
    """
    engine = engine_for(settings)
    try:
        if not is_embedded:
            _confirm(migrations.plan(engine, LOCAL, address_of(settings.database_url).options))
        migrations.upgrade(engine, LOCAL)
    except MigrationRefused as refusal:
        raise CannotStart(f"DATABASE_URL: {refusal}") from refusal
    except (SlotledgerError, SQLAlchemyError, OSError) as error:
        raise CannotStart(f"the database can't be migrated: {error_text(error.__cause__ or error)}") from error


def _confirm(plan: Plan) -> None:
    if plan.revision is not None or not plan.foreign or os.environ.get("CONFIRM") == "1":
        return
    ours = ", ".join((*migrations.OUR_TABLES, migrations.VIEW))
    names = ", ".join(plan.foreign[:SHOWN_TABLES]) + (", …" if len(plan.foreign) > SHOWN_TABLES else "")
    raise CannotStart(
        f"Nothing was changed. DATABASE_URL names a database whose schema {plan.schema} has tables of other"
        f" applications: {names}\n"
        f"make run would create Slotledger's tables beside them: {ours}\n"
        f"Next: make run CONFIRM=1, to create them there.\nOr use another schema. {migrations.SCHEMA_HINT}"
    )


def has_tutors(settings: Settings) -> bool:
    """Return whether the database has a tutor."""

    def find(connection: Connection) -> bool:
        return bool(connection.execute(select(exists(select(tutors.c.id)))).scalar_one())

    return transact(engine_for(settings), find, read_only=True)
