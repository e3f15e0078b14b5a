"""The ids of authors in the log are texts, and an entry can have a time zone.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
is_maintenance = True

# Rewrites the log and builds its indexes, and keeps everybody out of it until then (about 25 s for five million
# entries, and one and a half times the log's disk space). Meanwhile, entries that can't be written go to the retry
# queue.
CHANGES = """
set local lock_timeout = '5s';

drop index tutor_availability_log_by_instant;

alter table tutor_availability_log
  alter column changed_by type text,
  add column time_zone text;

create index tutor_availability_log_by_instant on tutor_availability_log (tutor_id, changed_at, id)
  include (
    date, start_time, duration_minutes, action, reason, changed_by, notes, change_set_id, version, source, time_zone
  );

"""


def upgrade() -> None:
    """Change the table, and put the zone into the covering index."""
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
