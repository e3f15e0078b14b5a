"""Alembic runs this file to connect; see its documentation on environments. Only `migrations.upgrade` calls for it."""

from alembic import context
from sqlalchemy import Engine, text

from common.db.address import REPLY_TIMEOUT_SECONDS
from common.db.engine import wait_at_most

engine: Engine = context.config.attributes["engine"]
with engine.connect() as connection:
    wait_at_most(connection, None)  # an index takes its time, and so does whoever migrates first
    context.configure(connection=connection, transaction_per_migration=False)
    with context.begin_transaction():
        # Two that migrate at once take turns; the second finds nothing left to do.
        connection.execute(text("select pg_advisory_xact_lock(hashtext('slotledger migrations'))"))
        context.run_migrations()
    connection.commit()
    wait_at_most(connection, REPLY_TIMEOUT_SECONDS)
