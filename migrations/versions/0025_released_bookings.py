"""Statistics read released bookings with index-only scans.

`migrations/tables.py` declares the same schema and says why the index is there.
"""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

# Bookings can't be written while their index is built.
CHANGES = """
set local lock_timeout = '5s';

create index bookings_released on bookings (tutor_id, date, start_time)
  include (duration_minutes, time_zone, status, hold_expires_at, released_at, noticed_at)
  where occupied_start_time is null;
"""


def upgrade() -> None:
    """Add an index."""
    op.execute(CHANGES)
