"""What repair, revert and the platform's statistics need.

`migrations/tables.py` declares the same schema and says why each part is there. The new columns are filled in by the
new functions alone; the old ones go on without them meanwhile.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What takes time comes first, what keeps everybody out of a table last, and for a moment only. If that can't be had
# within five seconds, it is given up, rather than to have everybody else queue behind: nothing is changed then.
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
