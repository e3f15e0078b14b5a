"""Add the columns that availability reads to the indexes, for index-only scans.

`migrations/tables.py` declares the same schema.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Run this migration when there is little traffic. While it builds the indexes, nobody can write to the tables. The
# foreign key depends on the primary key of the slots, so it is dropped and then added again. While the database checks
# it, nobody can read the tables (some seconds for a million slots). If the migration fails with a deadlock, or can't
# get a lock within five seconds, nothing is changed: run it again.
CHANGES = """
set local lock_timeout = '5s';

create unique index tutor_time_slots_key on tutor_time_slots (tutor_id, date, start_time) include (duration_minutes);

create unique index bookings_key on bookings (tutor_id, date, occupied_start_time) include (status, hold_expires_at);

alter table bookings
  drop constraint bookings_slot_is_offered,
  drop constraint bookings_one_per_slot,
  add constraint bookings_one_per_slot unique using index bookings_key;

alter table tutor_time_slots
  drop constraint tutor_time_slots_pkey,
  add constraint tutor_time_slots_pkey primary key using index tutor_time_slots_key;

alter table bookings
  add constraint bookings_slot_is_offered foreign key (tutor_id, date, occupied_start_time)
    references tutor_time_slots (tutor_id, date, start_time);

create or replace view active_bookings as
select tutor_id, id, student_id, date, occupied_start_time as start_time, status, hold_expires_at, created_at
from bookings
where occupied_start_time is not null
  and (status <> 'AWAITING_PAYMENT' or hold_expires_at is null or hold_expires_at > now());
"""


def upgrade() -> None:
    """Replace the indexes and the view."""
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
