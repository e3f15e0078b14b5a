"""Migrations with Alembic, and the mark that shows to which stage a database belongs.

`make migrate` applies the migrations. There are no downgrades, and each migration has one purpose. Everything is in one
schema: `current_schema()`, the first existing schema of the search path. This schema may also have tables of other
applications.
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

from migrations import log_tables, tables

OLDEST_SERVER = 15
MARK = "slotledger stage: "
LOCAL = "local"
VERSION_TABLE = "alembic_version"
VIEW = "active_bookings"
(metadata,) = {module.metadata for module in (tables, log_tables)}  # both modules fill it
OUR_TABLES = (*metadata.tables, VERSION_TABLE)
OUR_RELATIONS = (*OUR_TABLES, VIEW)

SERVER = text("""
select current_setting('server_version_num')::int / 10000 as version, pg_is_in_recovery() as is_replica,
  current_schema()::text as schema, current_user::text as user_name
""")
# Tables and views of the schema, without those of extensions.
TABLES = text("""
select relname as name,
  relkind = 'v' or has_table_privilege(oid, 'select') and has_table_privilege(oid, 'insert')
    and has_table_privilege(oid, 'update') and has_table_privilege(oid, 'delete') as is_writable
from pg_class
where relnamespace = (select oid from pg_namespace where nspname = current_schema())
  and relkind in ('r', 'p', 'v', 'm', 'f')
  and not exists (
    select from pg_depend where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype = 'e'
  )
order by relname
""")
MAY_CREATE = text("select has_schema_privilege(current_schema(), 'create')")
STAGE_COMMENT = text("""
select obj_description(oid, 'pg_class')
from pg_class
where relname = 'alembic_version' and relnamespace = (select oid from pg_namespace where nspname = current_schema())
""")
# A later schema of the search path that has Slotledger's tables.
OTHER_INSTALLATION = text("""
select nspname::text
from pg_class
join pg_namespace on pg_namespace.oid = relnamespace
where relname = 'tutor_availability_log' and nspname = any(current_schemas(false)) and nspname <> current_schema()
""")
SEARCH_PATH = re.compile(r"search_path=(\S+)")
SCHEMA_HINT = """\
Next: give Slotledger a schema that it doesn't share:
  create schema slotledger;   -- in psql
and add to DATABASE_URL: ?options=-c%20search_path%3Dslotledger"""


class MigrationRefused(Exception):
    """The database can't be changed for this stage or by this release; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a migration would do: the schema, its revision, the pending revisions with their titles, and their SQL.

    `is_newer` is True if a newer release has migrated the database. Then there are no pending migrations, and this
    release works with the newer schema. `foreign` are the tables and views of the schema that aren't Slotledger's.
    `is_maintenance` is True if a migration interrupts the service of a database that is in use.
    """

    schema: str
    revision: str | None
    pending: list[str]
    sql: str
    foreign: list[str]
    is_newer: bool = False
    is_maintenance: bool = False


def plan(engine: Engine, stage: str, options: str | None = None) -> Plan:
    """Return what `upgrade` would do, without changing anything.

    `options` is the parameter `options` of `DATABASE_URL`, which a pooler may have ignored. Raise `MigrationRefused` if
    the database can't be migrated.
    """
    with engine.connect() as connection:
        server = connection.execute(SERVER).one()
        if server.version < OLDEST_SERVER:
            raise MigrationRefused(f"the server is PostgreSQL {server.version}; {OLDEST_SERVER} or newer is needed")
        if server.is_replica:
            raise MigrationRefused("this is a read replica; migrate the primary")
        if server.schema is None:
            raise MigrationRefused(
                "none of the schemas in the user's search path exists.\nNext: create one of them, for example:\n"
                "  create schema slotledger;   -- in psql"
            )
        _refuse_ignored_search_path(server.schema, options, server.user_name)
        refuse_other_stages(connection, stage)
        revision = _revision(connection)
        tables = connection.execute(TABLES).all()
        may_create = connection.execute(MAY_CREATE).scalar_one()
    ours = [table for table in tables if table.name in OUR_RELATIONS]
    foreign = [table.name for table in tables if table not in ours]
    if revision is None and ours:
        names = ", ".join(table.name for table in ours)
        raise MigrationRefused(
            f"the schema {server.schema} already has {names}, which Slotledger didn't make.\n{SCHEMA_HINT}"
        )
    if read_only := [table.name for table in ours if not table.is_writable]:
        raise MigrationRefused(
            f"the user {server.user_name} may not write to {', '.join(read_only)}: it has to own these tables, or be a"
            " member of the role that owns them"
        )
    scripts = _scripts()
    has_our_tables = any(table.name == "tutor_days" for table in ours)
    if revision is not None and has_our_tables and _is_newer(revision):
        return Plan(server.schema, revision, [], "", foreign, is_newer=True)
    known_revisions = {script.revision for script in scripts.walk_revisions()}
    if revision is not None and not (has_our_tables and revision in known_revisions):
        raise MigrationRefused(
            f"the schema {server.schema} is at the revision {revision}, which isn't one of Slotledger's: it belongs to"
            f" another application. Check the URL.\n{SCHEMA_HINT}"
        )
    pending_scripts = list(scripts.iterate_revisions("head", revision))
    pending = [f"{script.revision} {script.doc}" for script in pending_scripts]
    is_maintenance = revision is not None and any(
        getattr(script.module, "is_maintenance", False) for script in pending_scripts
    )
    if pending and not may_create:
        raise MigrationRefused(
            f"the user {server.user_name} may not create tables.\n"
            f"Next: grant create, usage on schema {server.schema} to {server.user_name}"
        )
    alembic = _alembic()
    alembic.attributes["schema"] = server.schema
    alembic.output_buffer = sql = io.StringIO()
    if pending:
        command.upgrade(alembic, f"{revision or 'base'}:head", sql=True)
    return Plan(server.schema, revision, pending[::-1], sql.getvalue(), foreign, is_maintenance=is_maintenance)


def upgrade(engine: Engine, stage: str, to: str = "head") -> None:
    """Apply the pending migrations up to the revision `to`, and mark the database as belonging to the stage.

    Each migration is a transaction of its own: if one fails, those before it stay applied.

    Don't change a database that a newer release has migrated. Raise `MigrationRefused` for the same
    reasons as `refuse_other_stages`, `_revision` and `mark`.
    """
    with engine.connect() as connection:
        refuse_other_stages(connection, stage)
        schema, revision = _current_schema(connection), _revision(connection)
    if revision is not None and _is_newer(revision):
        return
    alembic = _alembic()
    alembic.attributes["engine"] = engine
    alembic.attributes["stage"] = stage
    alembic.attributes["schema"] = schema
    pending = [script.revision for script in _scripts().iterate_revisions(to, revision)]
    for next_revision in reversed(pending) if pending else [to]:
        command.upgrade(alembic, next_revision)


def _refuse_ignored_search_path(schema: str, options: str | None, user: str) -> None:
    """Raise `MigrationRefused` if the URL's options name a search path, and the connection uses a schema outside it."""
    match = SEARCH_PATH.search(options or "")
    if match is not None and schema not in (name.strip('"') for name in match[1].split(",")):
        raise MigrationRefused(
            f"the URL's options ask for search_path={match[1]}, but the connection uses the schema {schema}: a"
            f" connection pooler ignores the options.\nNext: alter role {user} set search_path = {match[1]}"
        )


def _current_schema(connection: Connection) -> str:
    """Return the schema in which tables are created."""
    return str(connection.execute(text("select current_schema()")).scalar_one())


def _revision(connection: Connection) -> str | None:
    """Return the revision of the current schema. By default, Alembic would search all schemas of the search path.

    Raise `MigrationRefused` if the schema has several revisions: Slotledger never has more than one. Also raise it if
    the schema has no revision, but another schema of the search path contains Slotledger's tables.
    """
    schema = _current_schema(connection)
    heads = MigrationContext.configure(connection, opts={"version_table_schema": schema}).get_current_heads()
    if len(heads) > 1:
        raise MigrationRefused(
            f"the schema {schema} is at the revisions {', '.join(heads)}: it belongs to another application. Check the"
            f" URL.\n{SCHEMA_HINT}"
        )
    other = None if heads else connection.execute(OTHER_INSTALLATION).scalar()
    if other is not None:
        raise MigrationRefused(
            f"Slotledger's tables are in the schema {other}, but new tables would be created in {schema}.\n"
            f"Next: add to DATABASE_URL: ?options=-c%20search_path%3D{other}"
        )
    return heads[0] if heads else None


def _is_newer(revision: str) -> bool:
    """Whether a revision has the form of Slotledger's revisions, and comes after the newest one of this release."""
    head = _scripts().get_current_head()
    return bool(re.fullmatch("[0-9]{4}", revision)) and revision > str(head)


def stage_of(connection: Connection) -> str | None:
    """Return the stage from the comment on Alembic's table; None if the table has no such comment."""
    comment = str(connection.execute(STAGE_COMMENT).scalar() or "")
    return comment.removeprefix(MARK) if comment.startswith(MARK) else None


def refuse_other_stages(connection: Connection, stage: str) -> None:
    """Raise `MigrationRefused` if the mark in the database names another stage."""
    marked = stage_of(connection)
    if marked not in (None, stage):
        raise MigrationRefused(f"this database belongs to the stage {marked}, not to {stage}: check the URL")


def mark(connection: Connection, stage: str) -> None:
    """Mark a database as belonging to a stage, unless it has a mark already.

    The stage `local` makes no mark, so that another stage can use the database later. Raise `MigrationRefused` if the
    stage's name isn't valid.
    """
    if not re.fullmatch("[A-Za-z0-9_-]{1,40}", stage):
        raise MigrationRefused(f"STAGE={stage}: use letters, digits, _ and -")
    if stage != LOCAL and stage_of(connection) is None:
        connection.exec_driver_sql(f"comment on table alembic_version is '{MARK}{stage}'")


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_alembic())


def _alembic() -> Config:
    alembic = Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return alembic
