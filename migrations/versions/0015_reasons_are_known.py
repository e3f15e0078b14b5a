"""All reasons in the log are known ones.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Check the old rows, which stops no reads and no writes (0.6 s for five million entries)."""
    op.execute("alter table tutor_availability_log validate constraint tutor_availability_log_reason_is_known")
