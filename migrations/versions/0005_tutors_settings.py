"""Tutors have settings, and the zones of tutors are names that PostgreSQL knows.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

from migrations.rules import ZONE_RULE

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
is_maintenance = True

# The lock of `tutors` keeps everybody out, for a moment: there are few tutors.
CHANGES = f"""
set local lock_timeout = '5s';

alter table tutors
  add column external_id text,
  add column active boolean not null default true,
  add column booking_notice_minutes integer not null default 0,
  add column cancellation_notice_minutes integer not null default 0,
  add column tags text[] not null default '{{}}',
  add column legacy_time_zone text;

alter table tutors add constraint tutors_external_id_key unique (external_id) deferrable;

alter table tutors add constraint tutors_notices_are_sensible check (
  booking_notice_minutes between 0 and 525600 and cancellation_notice_minutes between 0 and 525600
);

alter table tutors add constraint tutors_tags_are_few check (cardinality(tags) <= 20);

alter table tutors drop constraint tutors_time_zone_is_known;

alter table tutors add constraint tutors_time_zone_is_known check (
  {ZONE_RULE}
);

update tutors set legacy_time_zone = time_zone;

"""


def upgrade() -> None:
    """Change the table of tutors."""
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
