"""Alembic runs this file to connect; see its documentation on environments. Only `migrations.upgrade` calls for it."""

from alembic import context
from sqlalchemy import Engine, text

engine: Engine = context.config.attributes["engine"]
with engine.connect() as connection:
    context.configure(connection=connection, transaction_per_migration=False)
    with context.begin_transaction():
        # Two that migrate at once take turns; the second finds nothing left to do.
        connection.execute(text("select pg_advisory_xact_lock(hashtext('slotledger migrations'))"))
        context.run_migrations()
    connection.commit()
