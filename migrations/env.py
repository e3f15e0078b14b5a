"""Run the migrations. Alembic executes this file (see "The Migration Environment" in Alembic's documentation)."""

import sys

from alembic import context
from sqlalchemy import Engine, text

from common.db.engine import set_reply_timeout
from migrations import OUR_RELATIONS, mark, refuse_other_stages
from migrations.privileges import describe, may_anybody_create, relations, revoke_defaults, revoke_from_public, rights
from migrations.roles import renew_rights


def migrate(engine: Engine, stage: str, schema: str) -> None:
    """Run the pending migrations, store the revision in a table of this schema, and mark the database's stage.

    Only the owner and Slotledger's roles have rights on new tables. Print a line for each user who loses rights.
    """
    with engine.connect() as connection:
        set_reply_timeout(connection, None)  # building an index, or waiting for another migration, may take long
        context.configure(connection=connection, transaction_per_migration=False, version_table_schema=schema)
        with context.begin_transaction():
            # If two processes migrate at the same time, the second waits here, and then finds no pending migrations.
            connection.execute(text("select pg_advisory_xact_lock(hashtext('slotledger migrations'))"))
            refuse_other_stages(connection, stage)
            # With this setting, one transaction on Citus may change `tutors` and the tables that refer to `tutors`.
            # Other servers ignore the setting.
            connection.execute(text("set local citus.multi_shard_modify_mode to 'sequential'"))
            before, rights_before = relations(connection, OUR_RELATIONS), rights(connection, OUR_RELATIONS)
            schema_before = may_anybody_create(connection)
            context.run_migrations()
            if created := relations(connection, OUR_RELATIONS) - before:
                connection.exec_driver_sql(revoke_defaults([name for name, _ in created]))
            connection.exec_driver_sql(revoke_from_public(OUR_RELATIONS))
            renew_rights(connection)
            mark(connection, stage)
            lost = rights_before - rights(connection, OUR_RELATIONS)
            schema_after = may_anybody_create(connection)
        connection.commit()
    for user, held in describe(lost):
        _warn(f"{user} has lost rights on Slotledger's tables: {held}. If it needs some, grant them again")
    if schema_before != schema_after:
        _warn(f"everybody has lost the right to create tables in the schema {schema_before}")


def _warn(line: str) -> None:
    print(f"Warning: {line}", file=sys.stderr)


if context.is_offline_mode():
    schema = context.config.attributes["schema"]
    context.configure(
        dialect_name="postgresql", output_buffer=context.config.output_buffer, version_table_schema=schema
    )
    with context.begin_transaction():
        context.run_migrations()
else:
    migrate(**{name: context.config.attributes[name] for name in ("engine", "stage", "schema")})
