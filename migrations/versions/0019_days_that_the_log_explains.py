"""Each day keeps what repair has found explained by the log, so that nobody has to read the log again.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add two nullable columns, which locks `tutor_days` for a moment."""
    op.execute("set local lock_timeout = '5s'")
    op.execute("alter table tutor_days add column checked_state bigint, add column certain_since timestamptz")
