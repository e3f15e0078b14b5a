"""Alembic's environment: it connects and runs the migrations. Alembic runs this file when `migrations` calls it."""

from alembic import context
from sqlalchemy import Engine, text

from common.db.engine import set_reply_timeout
from migrations import mark, refuse_other_stages


def migrate(engine: Engine, stage: str) -> None:
    """Run the migrations that the database doesn't have yet."""
    with engine.connect() as connection:
        set_reply_timeout(connection, None)  # building an index may take long, and so may waiting for another migration
        context.configure(connection=connection, transaction_per_migration=False)
        with context.begin_transaction():
            # Two migrations at once take turns; the second has nothing left to do.
            connection.execute(text("select pg_advisory_xact_lock(hashtext('slotledger migrations'))"))
            refuse_other_stages(connection, stage)
            # On Citus, one transaction may change the tutors and the tables that refer to them only with this setting.
            # Without Citus, it has no effect.
            connection.execute(text("set local citus.multi_shard_modify_mode to 'sequential'"))
            context.run_migrations()
            mark(connection, stage)
        connection.commit()


if context.is_offline_mode():
    context.configure(dialect_name="postgresql", output_buffer=context.config.output_buffer)
    with context.begin_transaction():
        context.run_migrations()
else:
    migrate(context.config.attributes["engine"], context.config.attributes["stage"])
