"""What the tables share: the metadata that they belong to, and the column for an instant."""

import sqlalchemy as sa

metadata = sa.MetaData()


def instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    """Return a column for an instant."""
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
