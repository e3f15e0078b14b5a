"""Try every kind of statement on every table and view, as one user of the database."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.parse import quote

from pg8000.exceptions import DatabaseError
from pg8000.native import Connection
from sqlalchemy import Engine, text

from common.db.address import address_of
from migrations import OUR_RELATIONS, VIEW

PERMISSION_DENIED = "42501"
# A syntax error, no such column, the wrong kind of relation, a generated column: nothing was tried.
WRONG_STATEMENT = ("42601", "42703", "42809", "428C9")
COLUMNS = text("""
select relname::text, array_agg(attname::text order by attnum)
from pg_class
join pg_attribute on attrelid = pg_class.oid
where relnamespace = 'public'::regnamespace and relname = any(:names) and attnum > 0 and not attisdropped
group by relname
""")
KEYS = text("""
select conrelid::regclass::text, array_agg(attname::text)
from pg_constraint
join pg_attribute on attrelid = conrelid and attnum = any(conkey)
where contype = 'p' and connamespace = 'public'::regnamespace
group by conrelid
""")

Allowed = dict[str, dict[str, set[str]]]
"""The columns that a user may select, insert or update, by relation and statement; `{"*"}` for other statements."""


def user_url(url: str, user: str) -> str:
    """Return the URL of the same database with another user."""
    return url.replace("//postgres@", f"//{quote(user)}@")


@contextmanager
def session(url: str, user: str) -> Iterator[Connection]:
    """Open a session of a user, in which each statement is a transaction of its own."""
    address = address_of(url)
    with closing(Connection(user, database=address.database, unix_sock=address.unix_socket)) as connection:
        yield connection


def columns_of(engine: Engine) -> dict[str, list[str]]:
    """Return the columns of each of our tables and of our view."""
    with engine.connect() as connection:
        return {name: list(columns) for name, columns in connection.execute(COLUMNS, {"names": list(OUR_RELATIONS)})}


def attempts(engine: Engine, url: str, user: str) -> Allowed:
    """Try all statements as this user, and return those that weren't denied. The engine is the owner's."""
    columns = columns_of(engine)
    assert set(columns) == set(OUR_RELATIONS)
    with engine.begin() as connection:
        # To try foreign keys, the user needs tables of their own.
        connection.execute(text(f"create schema probe authorization {user}"))
        for table, key in (keys := {table: list(key) for table, key in connection.execute(KEYS)}).items():
            connection.execute(text(f"create table probe.{table} as select {', '.join(key)} from {table} limit 0"))
            connection.execute(text(f"alter table probe.{table} owner to {user}"))
    allowed: Allowed = {}
    with session(url, user) as connection:
        for relation, names in columns.items():
            for name in names:
                for kind, statement in (
                    ("select", f"select {name} from public.{relation} limit 0"),
                    ("insert", f"insert into public.{relation} ({name}) values (default)"),
                    ("update", f"update public.{relation} set {name} = default where false"),
                ):
                    is_generated = (relation, name) == (VIEW, "start_time") and kind != "select"
                    if not is_generated and _is_allowed(connection, statement):
                        allowed.setdefault(relation, {}).setdefault(kind, set()).add(name)
            trigger = "execute function suppress_redundant_updates_trigger()"
            columns_of_key = ", ".join(keys.get(relation, ()))
            for kind, statement in (
                ("delete", f"delete from public.{relation} where false"),
                ("truncate", f"truncate public.{relation} cascade"),
                (
                    "references",
                    f"alter table probe.{relation} add foreign key ({columns_of_key}) references public.{relation}",
                ),
                ("trigger", f"create trigger probe before update on public.{relation} for each statement {trigger}"),
            ):
                is_for_tables = kind in ("truncate", "references")
                if not (relation == VIEW and is_for_tables) and _is_allowed(connection, statement):
                    allowed.setdefault(relation, {})[kind] = {"*"}
        for kind, statement in (
            ("create", "create table public.probe ()"),
            ("drop", "drop table public.bookings"),
            ("alter", "alter table public.bookings add column probe int"),
        ):
            if _is_allowed(connection, statement):
                allowed.setdefault("the schema", {})[kind] = {"*"}
    with engine.begin() as connection:
        connection.execute(text("drop schema probe cascade"))
    return allowed


def _is_allowed(connection: Connection, statement: str) -> bool:
    """Return whether the statement isn't denied. It may fail for another reason, such as a null in a key."""
    connection.run("begin")
    try:
        connection.run(statement)
    except DatabaseError as error:
        fields = error.args[0]
        assert fields["C"] not in WRONG_STATEMENT, f"{statement}: {fields['M']}"
        return bool(fields["C"] != PERMISSION_DENIED)
    finally:
        connection.run("rollback")
    return True
