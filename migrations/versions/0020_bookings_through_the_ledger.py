"""A booking says who did what and when, which booking it was moved from or to, and which series it belongs to.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# Locks `bookings` while the indexes are built: bookings, edits and reads wait (1 s for 300,000 bookings).
CHANGES = """
set local lock_timeout = '5s';

alter table bookings
  add column duration_minutes smallint,
  add column created_by text,
  add column confirmed_by text,
  add column released_by text,
  add column reason text,
  add column completed_at timestamptz,
  add column completed_by text,
  add column no_show_at timestamptz,
  add column no_show_by text,
  add column outcome_at timestamptz,
  add column moved_from uuid,
  add column moved_to uuid,
  add column series_id uuid,
  add column request_hash text;

create index bookings_of_student on bookings (student_id, starts_at, id);

create index bookings_of_tutor on bookings (tutor_id, starts_at, id);

create index bookings_of_series on bookings (tutor_id, series_id) where series_id is not null;

create index bookings_incomplete on bookings (tutor_id, id)
  where released_at is null and status in ('CANCELLED', 'EXPIRED')
    or confirmed_at is null and noticed_at is null and hold_expires_at is not null
      and status in ('CONFIRMED', 'COMPLETED')
    or time_zone is null
    or duration_minutes is null and occupied_start_time is not null;

drop index bookings_unnoticed;

create index bookings_on_hold on bookings (hold_expires_at) where status = 'AWAITING_PAYMENT';

create or replace view active_bookings as
select tutor_id, id, student_id, date, occupied_start_time as start_time, status, hold_expires_at, created_at
from bookings
where occupied_start_time is not null
  and (status <> 'AWAITING_PAYMENT' or hold_expires_at is null or hold_expires_at > statement_timestamp());

"""


def upgrade() -> None:
    """Add the columns and the indexes. Let the view compare holds with the time after waiting for locks.

    Repair then fills in the durations of old bookings, some in each run.
    """
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
