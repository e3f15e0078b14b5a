"""Columns and indexes for repair, revert and the statistics of all tutors.

`migrations/tables.py` declares the same schema and says why each part is there. Only the functions of this release
write the new columns. Functions of the previous release work without these columns.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The indexes take time, so they come first. `alter table` comes last, because it locks its table against reads and
# writes until the transaction ends. While the migration waits for a lock, requests that use the table wait too. So the
# migration fails after five seconds without a lock, and changes nothing.
CHANGES = """
set local lock_timeout = '5s';

create index tutor_days_unaccounted on tutor_days (tutor_id, date) where version > repaired_version;

create index tutor_weekly_stats_by_week on tutor_weekly_stats (week_start, tutor_id)
  include (slots_added, slots_removed, late_removals, missing_versions);

alter table tutor_weekly_stats
  add column weekday_hours smallint[] not null default '{}',
  add column weekday_hour_changes integer[] not null default '{}',
  add column removed_times time[] not null default '{}',
  add column removed_time_counts integer[] not null default '{}';

alter table tutor_availability_log add column change_set_size integer;
"""


def upgrade() -> None:
    """Add the columns and the indexes."""
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
