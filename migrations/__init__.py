"""The database schema's history (Alembic): forward only, one purpose each; and which stage a database belongs to.

`make migrate` brings a database up to date.
"""

import io
import re
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

OLDEST_SERVER = 15
MARK = "slotledger stage: "
LOCAL = "local"


NOT_WRITABLE = text("""
select relname
from pg_class
where relnamespace = 'public'::regnamespace and relkind = 'r' and not (
  has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert')
  and has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete')
)
order by relname
""")


class MigrationRefused(Exception):
    """A database that isn't to be migrated, by this stage or by this release; the text says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What migrating would do: the revisions to come with their titles, and their statements.

    Nothing where the database `is_newer` than this release, which was rolled back: schemas only grow.
    """

    at: str | None
    to_come: list[str]
    sql: str
    is_newer: bool = False


def plan(engine: Engine, stage: str) -> Plan:
    """Look at a database without changing it; `MigrationRefused` when it can't be migrated, or used, as it is."""
    with engine.connect() as connection:
        server = int(connection.execute(text("select current_setting('server_version_num')")).scalar_one()) // 10_000
        if server < OLDEST_SERVER:
            raise MigrationRefused(f"the server is PostgreSQL {server}; {OLDEST_SERVER} or newer is needed")
        if connection.execute(text("select pg_is_in_recovery()")).scalar_one():
            raise MigrationRefused("this is a read replica; migrate the primary")
        refuse_other_stages(connection, stage)
        at = MigrationContext.configure(connection).get_current_revision()
        if read_only := list(connection.execute(NOT_WRITABLE).scalars()):
            raise MigrationRefused(f"its user may not write to {', '.join(read_only)}: it has to own the tables")
    scripts = ScriptDirectory.from_config(_alembic())
    if at is not None and at not in {script.revision for script in scripts.walk_revisions()}:
        if _is_newer(at):
            return Plan(at, [], "", is_newer=True)
        raise MigrationRefused(f"the database is at {at}, which isn't a revision of ours: look at its URL once more")
    to_come = [f"{script.revision} {script.doc}" for script in scripts.iterate_revisions("head", at)]
    alembic = _alembic()
    alembic.output_buffer = sql = io.StringIO()
    if to_come:
        command.upgrade(alembic, f"{at or 'base'}:head", sql=True)
    return Plan(at, to_come[::-1], sql.getvalue())


def upgrade(engine: Engine, stage: str) -> None:
    """Apply the migrations that the database doesn't have yet, all in one transaction, and mark it as the stage's.

    A database that is newer than this release is left as it is. Raise `MigrationRefused` when it is marked as another
    stage's.
    """
    with engine.connect() as connection:
        refuse_other_stages(connection, stage)
        at = MigrationContext.configure(connection).get_current_revision()
    if at is not None and _is_newer(at):
        return
    alembic = _alembic()
    alembic.attributes["engine"] = engine
    alembic.attributes["stage"] = stage
    command.upgrade(alembic, "head")


def _is_newer(revision: str) -> bool:
    """Whether a revision is one of ours, to be, rather than something else's altogether."""
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    return bool(re.fullmatch("[0-9]{4}", revision)) and revision > str(head)


def stage_of(connection: Connection) -> str | None:
    """Return the stage that a database is marked as, in the comment on Alembic's table; None when it isn't."""
    find = text("select obj_description(to_regclass('alembic_version'), 'pg_class')")
    comment = str(connection.execute(find).scalar() or "")
    return comment.removeprefix(MARK) if comment.startswith(MARK) else None


def refuse_other_stages(connection: Connection, stage: str) -> None:
    """Refuse a database that is marked as another stage's."""
    marked = stage_of(connection)
    if marked not in (None, stage):
        raise MigrationRefused(
            f"this database belongs to the stage {marked}, not to {stage}: look at its URL once more"
        )


def mark(connection: Connection, stage: str) -> None:
    """Mark a database as a stage's, unless it is a developer's own: one of those may become a stage's later."""
    if not re.fullmatch("[A-Za-z0-9_-]{1,40}", stage):
        raise MigrationRefused(f"STAGE={stage}: expected letters, digits, _ and -")
    if stage != LOCAL and stage_of(connection) is None:
        connection.exec_driver_sql(f"comment on table alembic_version is '{MARK}{stage}'")


def _alembic() -> Config:
    alembic = Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return alembic
