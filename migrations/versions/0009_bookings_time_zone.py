"""Ids of students are texts, and a booking can have a time zone and the instant of its start.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

from migrations.rules import first_occurrence

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None
is_maintenance = True

# Rewrites `bookings`, and keeps everybody out of it until then (about 5 s for half a million bookings).
CHANGES = f"""
set local lock_timeout = '5s';

drop view active_bookings;

alter table bookings
  alter column student_id type text,
  add column time_zone text;

alter table bookings add column starts_at timestamptz generated always as (
  {first_occurrence()}
) stored;

create view active_bookings as
select tutor_id, id, student_id, date, occupied_start_time as start_time, status, hold_expires_at, created_at
from bookings
where occupied_start_time is not null
  and (status <> 'AWAITING_PAYMENT' or hold_expires_at is null or hold_expires_at > now());

"""


def upgrade() -> None:
    """Change the table, and make the view anew."""
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
