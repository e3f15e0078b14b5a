"""Let availability be read from indexes alone: they hold a slot's duration and what says whether a booking is active.

`migrations/tables.py` declares the same schema.
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# For a quiet hour: while the indexes are built nobody can write, and while the foreign key, which hangs on the slots'
# key, is checked again nobody can read (some seconds for a million slots). Should it meet an edit in a deadlock, or not
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
    """Exchange the indexes and the view."""
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
