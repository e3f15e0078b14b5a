"""Statistics have the demand for slots, and the platform's have who changed slots and why.

`migrations/tables.py` and `migrations/log_tables.py` declare the same schema and say why each part is there.
"""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

# Bookings can't be written while their index is built. `tutor_weekly_stats` is locked for a moment, for reads, too.
CHANGES = """
set local lock_timeout = '5s';

create index bookings_released on bookings (tutor_id, date, start_time)
  include (duration_minutes, time_zone, status, hold_expires_at, released_at)
  where occupied_start_time is null;

alter table tutor_weekly_stats
  add column offered integer,
  add column booked integer,
  add column reasons text[] not null default '{}',
  add column reason_changes integer[] not null default '{}',
  add column user_ids text[] not null default '{}',
  add column user_changes integer[] not null default '{}';
"""


def upgrade() -> None:
    """Add an index and columns with constant defaults."""
    op.execute(CHANGES)
