"""The platform's statistics have the demand for slots, and who changed slots and why.

`migrations/log_tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# `tutor_weekly_stats` is locked for a moment, for reads, too.
CHANGES = """
set local lock_timeout = '5s';

alter table tutor_weekly_stats
  add column offered integer,
  add column booked integer,
  add column reasons text[] not null default '{}',
  add column reason_changes integer[] not null default '{}',
  add column user_ids text[] not null default '{}',
  add column user_changes integer[] not null default '{}';
"""


def upgrade() -> None:
    """Add columns with constant defaults."""
    op.execute(CHANGES)
