"""Alembic runs this file to connect; see its documentation on environments. Only `migrations` calls for it."""

from alembic import context
from sqlalchemy import Engine, text

from common.db.engine import set_reply_timeout
from migrations import mark, refuse_other_stages


def migrate(engine: Engine, stage: str) -> None:
    """Run the migrations that are missing."""
    with engine.connect() as connection:
        set_reply_timeout(connection, None)  # an index takes its time, and so does whoever migrates first
        context.configure(connection=connection, transaction_per_migration=False)
        with context.begin_transaction():
            # Two that migrate at once take turns; the second finds nothing left to do.
            connection.execute(text("select pg_advisory_xact_lock(hashtext('slotledger migrations'))"))
            refuse_other_stages(connection, stage)
            # On Citus, a transaction may change the tutors, which other tables refer to, and these tables only with
            # this setting; elsewhere nothing reads it.
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
