"""The changes of tutors' settings have a table.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None
is_maintenance = True

# Adds a table, and a foreign key, for which it locks `tutors` for a moment: nobody can write to it. On a Citus cluster,
# each node gets a copy of the table, as of `tutors`.
CHANGES = """
set local lock_timeout = '5s';

create table settings_events (
  tutor_id uuid not null,
  id uuid not null,
  changed_at timestamptz not null,
  changed_by text,
  field text not null,
  before json not null,
  after json not null,
  constraint settings_events_pkey primary key (tutor_id, id),
  constraint settings_events_tutor_fkey foreign key (tutor_id) references tutors (id)
);

create index settings_events_by_instant on settings_events (tutor_id, changed_at);

do $$ begin
  if to_regclass('pg_dist_partition') is not null then
    if exists (select from pg_dist_partition where logicalrelid = to_regclass('tutors')) then
      perform create_reference_table('settings_events');
    end if;
  end if;
end $$
"""


def upgrade() -> None:
    """Create the table."""
    for statement in CHANGES.split(";\n\n"):
        op.execute(statement)
