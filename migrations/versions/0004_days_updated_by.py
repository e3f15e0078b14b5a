"""The ids of users who edited days are texts.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

from migrations.rules import ONLY_NEWER_RELEASES

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
is_maintenance = True

# Rewrites `tutor_days`, and keeps everybody out of it until then (about 2 s for a million days). From then on, edits of
# the release before answer 503. This is the first migration of zones, because that release would give wrong answers to
# edits after the later ones.
CHANGES = f"""
set local lock_timeout = '5s';

alter table tutor_days
  alter column updated_by type text,
  alter column updated_by set default {ONLY_NEWER_RELEASES};

"""


def upgrade() -> None:
    """Change the type of the column."""
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
