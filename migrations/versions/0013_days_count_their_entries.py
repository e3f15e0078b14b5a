"""Each day keeps how many entries and versions its log had when repair handled it, and what repair has checked.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

# Locks `tutor_days` while the index is built: edits and reads wait (0.4 s for 600,000 days). Days from before
# have no counts. The index contains them until repair has counted their entries.
CHANGES = """
set local lock_timeout = '5s';

alter table tutor_days
  add column repaired_entries integer,
  add column repaired_versions integer,
  add column checked_version integer not null default 0;

alter table tutor_days
  alter column repaired_entries set default 0,
  alter column repaired_versions set default 0;

drop index tutor_days_unaccounted;

create index tutor_days_unaccounted on tutor_days (tutor_id, date)
  where version > repaired_version or repaired_versions is null;

"""


def upgrade() -> None:
    """Add the columns, and make the index anew."""
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
