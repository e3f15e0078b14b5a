"""`python -m migrations`: bring the database of `DATABASE_URL` up to date."""

import logging

from common import config
from common.db.engine import engine_for
from migrations import upgrade

logging.basicConfig(level=logging.INFO, format="%(message)s")
upgrade(engine_for(config.current()))
