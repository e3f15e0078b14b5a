"""`python -m migrations`: bring the database of `DATABASE_URL` up to date."""

import logging
import sys

from common import config
from common.config import InvalidSettings
from common.db.engine import engine_for
from migrations import upgrade

logging.basicConfig(level=logging.INFO, format="%(message)s")
try:
    upgrade(engine_for(config.current()))
except InvalidSettings as why:
    sys.exit(str(why))
