"""The migrations create the schema that `migrations/tables.py` declares.

On a Citus cluster, the tests ignore the two views and the extensions of Citus. They don't see the shards, because Citus
hides the shards in `pg_class`.
"""

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text

from migrations import metadata
from tests.conftest import database_url, stock_url

CATALOG = {
    "columns": """
        select table_name, column_name, data_type, is_nullable, column_default, is_generated, generation_expression
        from information_schema.columns where table_schema = 'public'
    """,
    "constraints": """
        select relname, conname, pg_get_constraintdef(pg_constraint.oid)
        from pg_constraint join pg_class on pg_class.oid = conrelid where connamespace = 'public'::regnamespace
    """,
    "indexes": "select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'",
    "views": "select viewname, definition from pg_views where schemaname = 'public'",
    "settings": "select relname, reloptions::text from pg_class where relnamespace = 'public'::regnamespace",
}


NOT_DISTRIBUTED = ("tutors", "repair_position", "alembic_version")


def catalog(engine: Engine) -> dict[str, set[Any]]:
    with engine.connect() as connection:
        tables = {name: {tuple(row) for row in connection.execute(text(query))} for name, query in CATALOG.items()}
    return {
        name: {row for row in rows if not row[0].startswith(("alembic", "citus_"))} for name, rows in tables.items()
    }


def test_the_migrated_schema_equals_the_declared_schema(engine: Engine, administration: Engine, server: str) -> None:
    """The test compares the server's catalog, because Alembic's comparison ignores checks, views and settings."""
    with administration.connect() as connection:
        connection.execute(text("create database declared"))
    declared = create_engine(stock_url(database_url(server, "declared")))
    try:
        metadata.create_all(declared)
        assert catalog(engine) == catalog(declared)
    finally:
        declared.dispose()
        with administration.connect() as connection:
            connection.execute(text("drop database declared"))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_every_key_begins_with_the_tutor(engine: Engine) -> None:
    """Citus can then distribute the tables by tutor. Tables that it doesn't distribute aren't checked."""
    with engine.connect() as connection:
        rows = connection.execute(
            text("""
            select relname, a.attname
            from pg_constraint c
            join pg_class on pg_class.oid = c.conrelid
            join pg_attribute a on a.attrelid = c.conrelid and a.attnum = c.conkey[1]
            where c.connamespace = 'public'::regnamespace and c.contype in ('p', 'u')
            """)
        ).all()
    first_columns = {(table, column) for table, column in rows if table not in NOT_DISTRIBUTED}
    assert {column for _, column in first_columns} == {"tutor_id"}


def test_there_is_no_code_in_the_database(engine: Engine) -> None:
    """Without triggers, functions and extensions, the schema works on all databases compatible with PostgreSQL."""
    with engine.connect() as connection:
        counts = connection.execute(
            text("""
            select
              (select count(*) from pg_trigger join pg_class on pg_class.oid = tgrelid
                where relnamespace = 'public'::regnamespace and not tgisinternal),
              (select count(*) from pg_proc where pronamespace = 'public'::regnamespace),
              (select count(*) from pg_extension where extname not in ('plpgsql', 'citus', 'citus_columnar')),
              (select count(*) from pg_constraint where contype = 'x')
            """)
        ).one()
    assert tuple(counts) == (0, 0, 0, 0)
