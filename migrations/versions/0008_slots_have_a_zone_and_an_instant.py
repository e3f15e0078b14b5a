"""Each slot has a time zone, and the instant of its start.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

from migrations.rules import ZONE_RULE, first_occurrence

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None
is_maintenance = True

# Rewrites `tutor_time_slots` and builds its index, and keeps everybody out of it and of `bookings` until then (about
# 20 s for 1.8 million slots). Slots that were added since the migration before get their zone first.
#
# Reads lock slots before bookings, so this migration does, too. But a program that books may lock bookings first. So
# that it isn't stopped by a deadlock, the migration then waits only a moment for bookings, and fails. The first lock
# stops an autovacuum of bookings, which may take longer than that moment. It stops no reads and no writes.
CHANGES = f"""
set local lock_timeout = '5s';

lock table bookings in share update exclusive mode;

lock table tutor_time_slots in access exclusive mode;

set local lock_timeout = '100ms';

lock table bookings in access exclusive mode;

update tutor_time_slots
set time_zone = coalesce(tutors.legacy_time_zone, tutors.time_zone)
from tutors
where tutors.id = tutor_time_slots.tutor_id and tutor_time_slots.time_zone is null;

alter table bookings drop constraint bookings_slot_is_offered;

alter table tutor_time_slots drop constraint tutor_time_slots_pkey;

alter table tutor_time_slots
  alter column time_zone set not null,
  add column starts_at timestamptz generated always as (
  {first_occurrence()}
  ) stored;

alter table tutor_time_slots add constraint tutor_time_slots_time_zone_is_known check (
  {ZONE_RULE}
);

alter table tutor_time_slots add constraint tutor_time_slots_pkey primary key (tutor_id, date, start_time)
  include (duration_minutes, time_zone);

alter table bookings add constraint bookings_slot_is_offered foreign key (tutor_id, date, occupied_start_time)
  references tutor_time_slots (tutor_id, date, start_time);

"""


def upgrade() -> None:
    """Add the instant, and put the zone into the index."""
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
