"""A slot can have a time zone.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None
is_maintenance = True

# The lock of `tutor_time_slots` keeps everybody out, for a moment.
CHANGES = """
set local lock_timeout = '5s';

alter table tutor_time_slots add column time_zone text;

"""


def upgrade() -> None:
    """Add the column."""
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
