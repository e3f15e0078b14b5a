"""`deploy/citus.sql` matches the declared tables. These tests need no Citus; `tests/citus` runs the script."""

import re

from sqlalchemy import ForeignKeyConstraint, PrimaryKeyConstraint, UniqueConstraint

from deploy.stages import ROOT
from migrations import metadata

CALL = re.compile(
    r"select (create_reference_table|create_distributed_table)\('(\w+)'(?:, '(\w+)')?(?:, colocate_with => '(\w+)')?\);"
)
ON_THE_COORDINATOR = "repair_position"  # one row, which only repair uses
CALLS = CALL.findall((ROOT / "deploy/citus.sql").read_text())


def test_each_table_is_distributed_once_and_after_the_tables_it_refers_to() -> None:
    tables = [table for _, table, _, _ in CALLS]
    assert sorted(tables) == sorted(set(metadata.tables) - {ON_THE_COORDINATOR})
    for table in tables:
        referred_to = {key.column.table.name for key in metadata.tables[table].foreign_keys} - {table}
        assert referred_to <= set(tables[: tables.index(table)])


def test_a_tutors_rows_are_on_one_node_and_every_key_begins_with_the_tutor() -> None:
    """Citus requires that a unique constraint or a foreign key contains the column that distributes the table."""
    distributed = {
        table: (column, colocated_with) for kind, table, column, colocated_with in CALLS if "distributed" in kind
    }
    assert set(metadata.tables) - set(distributed) == {"tutors", "settings_events", ON_THE_COORDINATOR}
    first = next(iter(distributed))
    assert distributed == {table: ("tutor_id", "" if table == first else first) for table in distributed}
    for table in distributed:
        for constraint in metadata.tables[table].constraints:
            if isinstance(constraint, PrimaryKeyConstraint | UniqueConstraint | ForeignKeyConstraint):
                columns = [column.name for column in constraint.columns]
                assert columns[0] == "tutor_id", constraint.name
