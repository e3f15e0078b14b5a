"""The history of all tutors reads the entries in order of their instants.

`migrations/log_tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add an index, which keeps the log from being written while it is built. Entries wait in the retry queue."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("create index tutor_availability_log_of_all on tutor_availability_log (changed_at, id)")
