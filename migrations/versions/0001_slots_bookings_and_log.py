"""Tutors, their days and slots, bookings, the audit log and weekly statistics.

`migrations/tables.py` declares the same schema and says why each constraint is there.
"""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SCHEMA = """
create table tutors (
  id uuid not null,
  user_id uuid not null,
  name text not null,
  time_zone text not null,
  constraint tutors_pkey primary key (id),
  constraint tutors_user_id_key unique (user_id),
  constraint tutors_time_zone_is_known check (
    time_zone ~ '^(UTC|GMT|[A-Z][A-Za-z_]*(/[A-Z][A-Za-z0-9_+-]*)+)$'
    and (timestamp '2000-01-01 00:00' at time zone time_zone) is not null
  )
);

create table tutor_days (
  tutor_id uuid not null,
  date date not null,
  version integer not null,
  repaired_version integer not null default 0,
  updated_at timestamptz not null,
  updated_by uuid,
  constraint tutor_days_pkey primary key (tutor_id, date),
  constraint tutor_days_tutor_fkey foreign key (tutor_id) references tutors (id),
  constraint tutor_days_versions_in_order check (repaired_version between 0 and version)
);

create table tutor_time_slots (
  tutor_id uuid not null,
  date date not null,
  start_time time not null,
  duration_minutes smallint not null,
  created_at timestamptz not null default now(),
  constraint tutor_time_slots_pkey primary key (tutor_id, date, start_time),
  constraint tutor_time_slots_tutor_fkey foreign key (tutor_id) references tutors (id),
  constraint tutor_time_slots_duration_is_sensible check (duration_minutes between 5 and 720),
  constraint tutor_time_slots_start_is_a_minute check (
    start_time < '24:00' and extract(second from start_time) = 0
  )
);

create table bookings (
  tutor_id uuid not null,
  id uuid not null,
  student_id uuid not null,
  date date not null,
  start_time time not null,
  status text not null,
  hold_expires_at timestamptz,
  created_at timestamptz not null default now(),
  released_at timestamptz,
  occupied_start_time time generated always as (
    case when status in ('AWAITING_PAYMENT', 'CONFIRMED', 'COMPLETED') then start_time end
  ) stored,
  constraint bookings_pkey primary key (tutor_id, id),
  constraint bookings_one_per_slot unique (tutor_id, date, occupied_start_time),
  constraint bookings_slot_is_offered foreign key (tutor_id, date, occupied_start_time)
    references tutor_time_slots (tutor_id, date, start_time),
  constraint bookings_status_is_known check (
    status in ('AWAITING_PAYMENT', 'CONFIRMED', 'COMPLETED', 'CANCELLED', 'EXPIRED')
  )
);

create view active_bookings as
select tutor_id, id, student_id, date, start_time, status, hold_expires_at, created_at
from bookings
where occupied_start_time is not null
  and (status <> 'AWAITING_PAYMENT' or hold_expires_at is null or hold_expires_at > now());

create table tutor_availability_log (
  id uuid not null,
  tutor_id uuid not null,
  date date not null,
  start_time time not null,
  duration_minutes smallint not null,
  action text not null,
  reason text not null,
  changed_at timestamptz not null,
  changed_by uuid,
  notes text,
  change_set_id uuid not null,
  version integer not null,
  source text not null,
  constraint tutor_availability_log_pkey primary key (tutor_id, id),
  constraint tutor_availability_log_action_is_known check (action in ('ADDED', 'REMOVED')),
  constraint tutor_availability_log_reason_is_known check (
    reason in (
      'tutor_edit', 'conflict', 'vacation', 'illness', 'copy_week', 'bulk_clear_future', 'admin_action', 'revert',
      'other'
    )
  ),
  constraint tutor_availability_log_source_is_known check (source in ('recorded', 'deferred', 'reconstructed')),
  constraint tutor_availability_log_notes_are_short check (char_length(notes) <= 500)
) with (autovacuum_vacuum_insert_scale_factor = 0, autovacuum_vacuum_insert_threshold = 50000);

create index tutor_availability_log_by_day on tutor_availability_log (tutor_id, date, version);

create index tutor_availability_log_by_instant on tutor_availability_log (tutor_id, changed_at, id)
  include (
    date, start_time, duration_minutes, action, reason, changed_by, notes, change_set_id, version, source
  );

create table tutor_weekly_stats (
  tutor_id uuid not null,
  week_start date not null,
  slots_added integer not null,
  slots_removed integer not null,
  late_removals integer not null,
  change_sets integer not null,
  missing_versions integer not null,
  computed_at timestamptz not null,
  constraint tutor_weekly_stats_pkey primary key (tutor_id, week_start),
  constraint tutor_weekly_stats_tutor_fkey foreign key (tutor_id) references tutors (id),
  constraint tutor_weekly_stats_starts_on_monday check (extract(isodow from week_start) = 1)
);
"""


def upgrade() -> None:
    """Create the tables, the indexes and the view."""
    for statement in SCHEMA.split(";\n"):
        if statement.strip():
            op.execute(statement)
