"""Tutors have weekly schedules, and a day says which of its versions a schedule made.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# Locks `tutors` against writes and `tutor_days` against reads and writes, for a moment.
CHANGES = """
set local lock_timeout = '5s';

create table weekly_schedules (
  tutor_id uuid not null,
  version integer not null,
  schedule json,
  published_through date,
  set_by text,
  constraint weekly_schedules_pkey primary key (tutor_id),
  constraint weekly_schedules_tutor_fkey foreign key (tutor_id) references tutors (id)
);

do $$ begin
  if to_regclass('pg_dist_partition') is not null then
    if exists (select from pg_dist_partition where logicalrelid = to_regclass('tutors')) then
      perform create_distributed_table('weekly_schedules', 'tutor_id', colocate_with => 'tutor_days');
    end if;
  end if;
end $$;

alter table tutor_days add column schedule_version integer;
"""


def upgrade() -> None:
    """Create the table, distributed like the others, and add a nullable column."""
    op.execute(CHANGES)
