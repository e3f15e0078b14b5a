"""Imports, schedules and other programs have reasons in the log.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# Locks the log for a moment. The next migration checks the rows that are there.
CHANGES = """
set local lock_timeout = '5s';

alter table tutor_availability_log drop constraint tutor_availability_log_reason_is_known;

alter table tutor_availability_log add constraint tutor_availability_log_reason_is_known check (
  reason in (
    'tutor_edit', 'conflict', 'vacation', 'illness', 'copy_week', 'bulk_clear_future', 'admin_action', 'revert',
    'other', 'import', 'schedule', 'external'
  )
) not valid;

"""


def upgrade() -> None:
    """Replace the constraint."""
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
