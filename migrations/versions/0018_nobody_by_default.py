"""Tables from before lose the rights that the host's default privileges gave to others.

From this migration on, each migration revokes them on the tables that it creates (`migrations/privileges.py`).
"""

from alembic import op

from migrations.privileges import revoke_defaults

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

RELATIONS = (
    "active_bookings",
    "alembic_version",
    "baseline_slots",
    "bookings",
    "repair_position",
    "settings_events",
    "tutor_availability_log",
    "tutor_days",
    "tutor_time_slots",
    "tutor_weekly_stats",
    "tutors",
)


def upgrade() -> None:
    """Revoke the rights, which locks no rows."""
    op.execute(revoke_defaults(RELATIONS))
