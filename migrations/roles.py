"""The database's roles: for the functions, for programs that book by SQL, and for functions that only read.

`docs/operations.md` says what each role may do. `make roles` creates them. From then on, each migration grants their
rights again, so that they are right for new tables, too.

The names of roles belong to the whole server. So the roles of a database are those that a policy of its log names, and
not those with the usual names.
"""

import re

from sqlalchemy import Connection, text

from migrations import VIEW, MigrationRefused
from migrations.base import metadata
from migrations.privileges import SCHEMA

PREFIX = "slotledger"
LOG = "tutor_availability_log"
RELATIONS = (*metadata.tables, VIEW)

BOOKED = "tutor_id, id, student_id, date, start_time"
# What a role may do, by relation. Relations that aren't listed are closed to it.
RIGHTS: dict[str, dict[str, str]] = {
    "app": {
        "tutors": "select, insert, update",
        "tutor_days": "select, insert, update, delete",
        "tutor_time_slots": "select, insert, delete",
        "baseline_slots": "select",
        # It can't move a booking in place: when and what was booked never changes.
        "bookings": "select, insert, update (status, hold_expires_at, confirmed_at, confirmed_by, released_at,"
        " released_by, reason, moved_to, completed_at, completed_by, no_show_at, no_show_by, outcome_at, noticed_at,"
        " duration_minutes, time_zone)",
        VIEW: "select",
        LOG: "select, insert, delete",  # a policy limits what it can delete
        "settings_events": "select, insert",
        "weekly_schedules": "select, insert, update",
        "repair_position": "select, insert, update",
        "tutor_weekly_stats": "select, insert, update",
    },
    "booker": {
        "tutor_time_slots": "select",
        VIEW: "select",
        # On Citus, the user of a view needs rights on the columns that the view reads.
        "bookings": f"select ({BOOKED}, occupied_start_time, status, hold_expires_at, created_at),"
        f" insert ({BOOKED}, status, hold_expires_at, released_at), update (status, hold_expires_at, released_at)",
    },
    # It sees no names and no ids of students.
    "reader": {
        "tutors": "select",
        "tutor_days": "select",
        "tutor_time_slots": "select",
        "baseline_slots": "select",
        "bookings": "select (tutor_id, id, date, start_time, status, hold_expires_at, created_at, released_at,"
        " confirmed_at, noticed_at, time_zone, duration_minutes, starts_at, occupied_start_time)",
        VIEW: "select (tutor_id, id, date, start_time, status, hold_expires_at, created_at)",
        LOG: "select",
        "settings_events": "select",
        "tutor_weekly_stats": "select",
    },
}

# The policies of the log. The functions can delete only what they reconstructed, except changes by other programs,
# which aren't guesses. The owner can delete everything, and nobody else can delete anything. Other statements have no
# limit besides the rights. (One restrictive policy would be shorter, but Citus makes it permissive on the shards.)
RECONSTRUCTED_ROWS = "reconstructed_rows"
SECURE_LOG = f"""
alter table {LOG} enable row level security;
drop policy if exists all_rows_select on {LOG};
drop policy if exists all_rows_insert on {LOG};
drop policy if exists all_rows_update on {LOG};
create policy all_rows_select on {LOG} for select using (true);
create policy all_rows_insert on {LOG} for insert with check (true);
create policy all_rows_update on {LOG} for update using (true);
create policy {RECONSTRUCTED_ROWS} on {LOG} for delete to {{app}}
  using (source = 'reconstructed' and reason <> 'external')
"""

APP_OF_DATABASE = text(f"""
select pg_get_userbyid(polroles[1])::text
from pg_policy
join pg_class on pg_class.oid = polrelid
where relnamespace = {SCHEMA} and relname = '{LOG}' and polname = '{RECONSTRUCTED_ROWS}'
""")
EXISTING_ROLES = text("""
select rolname::text as name, rolsuper or rolbypassrls as is_unlimited from pg_roles where rolname = any(:names)
""")
USER = text("""
select current_user::text, pg_has_role(:role, 'usage') and not has_table_privilege(:log, 'truncate')
""")
MAY_CREATE_ROLES = text("select rolcreaterole or rolsuper from pg_roles where rolname = current_user")
# On Citus, one transaction changes the rights on `tutors` and on tables that refer to it. Other servers ignore it.
SEQUENTIAL = "set local citus.multi_shard_modify_mode to 'sequential'"
# Citus writes a column's default into the inserts that it sends to a worker, and then the user needs the right.
HAS_CITUS = text("select to_regclass('pg_dist_partition') is not null")
COLUMNS = text(f"""
select relname::text, attname::text
from pg_class
join pg_attribute on attrelid = pg_class.oid
where relnamespace = {SCHEMA} and relname = any(:names) and attnum > 0 and not attisdropped
""")


def names(prefix: str) -> dict[str, str]:
    """Return the name of each role."""
    return {role: f"{prefix}_{role}" for role in RIGHTS}


def prefix_of(connection: Connection) -> str | None:
    """Return the prefix of the names of this database's roles; None if it has no roles."""
    app: str | None = connection.execute(APP_OF_DATABASE).scalar()
    return None if app is None else app.removesuffix("_app")


def refuse_others(connection: Connection, role: str) -> None:
    """Raise `MigrationRefused` if the connection's user isn't the role `app` or `reader` of this database, or a member.

    A user who may do more than the role, such as the owner, is refused, too.
    """
    prefix = prefix_of(connection)
    if prefix is None:
        raise MigrationRefused(
            "the schema that this user uses has no roles of Slotledger.\n"
            "Next: make roles; or add the schema to the URL (options=-c%20search_path%3D<schema>)"
        )
    name = names(prefix)[role]
    user, is_role = connection.execute(USER, {"role": name, "log": LOG}).one()
    if not is_role:
        raise MigrationRefused(f"the user {user} isn't {name}, and isn't one of its members, or may do more")


def create(connection: Connection, prefix: str) -> list[str]:
    """Create the roles that don't exist, grant their rights, and return the statements that were executed.

    Raise `MigrationRefused` if the user may not create roles, or if one of the names can't be used.
    """
    if not re.fullmatch("[a-z][a-z0-9_]{0,40}", prefix):
        raise MigrationRefused(f"PREFIX={prefix}: use small letters, digits and _, beginning with a letter")
    current = prefix_of(connection)
    if current not in (None, prefix):
        raise MigrationRefused(f"this database has roles with another prefix.\nNext: make roles PREFIX={current}")
    roles = list(names(prefix).values())
    existing = {row.name: row.is_unlimited for row in connection.execute(EXISTING_ROLES, {"names": roles})}
    if unlimited := [role for role, is_unlimited in existing.items() if is_unlimited]:
        raise MigrationRefused(
            f"{', '.join(unlimited)} may do everything (superuser or bypassrls).\nNext: use another PREFIX"
        )
    creations = [f"create role {role} login" for role in roles if role not in existing]
    if creations and not connection.execute(MAY_CREATE_ROLES).scalar_one():
        statements = "\n  ".join(f"{statement};" for statement in creations)
        raise MigrationRefused(
            "this user may not create roles.\n"
            f"Next: run these statements as a user who may, then run the command again:\n  {statements}"
        )
    connection.exec_driver_sql(SEQUENTIAL)
    for statement in creations:
        connection.exec_driver_sql(statement)
    policies = []
    if current is None:
        policies = [each.strip() for each in SECURE_LOG.format(app=names(prefix)["app"]).split(";")]
        for statement in policies:
            connection.exec_driver_sql(statement)
    return [*creations, *policies, *renew_rights(connection)]


def renew_rights(connection: Connection) -> list[str]:
    """Grant the rights of this database's roles, and revoke all others that they have; return the statements.

    Do nothing if the database has no roles.
    """
    prefix = prefix_of(connection)
    if prefix is None:
        return []
    roles = names(prefix)
    everybody = ", ".join(roles.values())
    columns: dict[str, set[str]] = {}
    for relation, column in connection.execute(COLUMNS, {"names": list(RELATIONS)}):
        columns.setdefault(relation, set()).add(column)
    schema = connection.exec_driver_sql("select quote_ident(current_schema())").scalar_one()
    statements = [
        f"revoke all on {', '.join(sorted(columns))} from {everybody}",
        f"grant usage on schema {schema} to {everybody}",
        *(
            f"grant {_existing_columns(rights, columns[relation])} on {relation} to {roles[role]}"
            for role, relations_of_role in RIGHTS.items()
            for relation, rights in relations_of_role.items()
            if relation in columns
        ),
    ]
    if connection.execute(HAS_CITUS).scalar_one():
        statements.append(f"grant insert (created_at) on bookings to {roles['booker']}")
    for statement in (SEQUENTIAL, *statements):
        connection.exec_driver_sql(statement)
    return statements


def _existing_columns(rights: str, columns: set[str]) -> str:
    """Return the rights without columns that a later migration adds."""

    def keep(match: re.Match[str]) -> str:
        return f"({', '.join(column for column in match[1].split(', ') if column in columns)})"

    return re.sub(r"\((.*?)\)", keep, rights)
