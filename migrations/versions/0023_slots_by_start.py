"""Search reads slots in order of their start, and tutors by their tags.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# Slots and tutors can't be written while their index is built.
CHANGES = """
set local lock_timeout = '5s';

create index tutor_time_slots_by_start on tutor_time_slots (starts_at, tutor_id, date, start_time)
  include (duration_minutes, time_zone);

create index tutors_tags on tutors using gin (tags);
"""


def upgrade() -> None:
    """Add two indexes."""
    op.execute(CHANGES)
