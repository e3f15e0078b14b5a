"""The database schema's history (Alembic): forward only, one purpose each.

`python -m migrations` brings the database of `DATABASE_URL` up to date.
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine


def upgrade(engine: Engine) -> None:
    """Apply the migrations that the database doesn't have yet, all in one transaction."""
    alembic = Config()
    alembic.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    alembic.attributes["engine"] = engine
    command.upgrade(alembic, "head")
