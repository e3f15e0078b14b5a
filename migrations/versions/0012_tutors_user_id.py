"""The ids of the users of tutors are texts.

`migrations/tables.py` declares the same schema and says why each part is there.
"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
is_maintenance = True

# The lock of `tutors` keeps everybody out, for a moment. This is the last migration of zones: from then on, the release
# before takes a tutor for somebody else, so its dry runs answer 403 until the new functions are deployed.
#
# The sessions of that release end: their prepared statements would compare a text with a UUID, which is an error (500).
# It connects again without an error, and prepares the statements again. A user may only end its own sessions, not those
# of its role. The connections between the nodes of a Citus cluster go on.
CHANGES = """
set local lock_timeout = '5s';

alter table tutors drop constraint tutors_user_id_key;

alter table tutors alter column user_id type text;

alter table tutors add constraint tutors_user_id_key unique (user_id) deferrable;

set local role none;

select pg_terminate_backend(pid)
from pg_stat_activity
where usename = session_user and datname = current_database() and pid <> pg_backend_pid()
  and backend_type = 'client backend' and application_name !~ '^citus_internal'
  and exists (select from tutors);

reset role;

"""


def upgrade() -> None:
    """Change the type of the column, and end the sessions that have statements for the old type."""
    for statement in CHANGES.split(";\n"):
        if statement.strip():
            op.execute(statement)
