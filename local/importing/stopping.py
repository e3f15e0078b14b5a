"""Why an import stopped, in one line."""

import sqlite3

from pg8000.exceptions import Error
from sqlalchemy.exc import DBAPIError

from common.db.sqlstate import error_text, is_connection_lost, sqlstate

DISK_FULL, OUT_OF_MEMORY = "53100", "53200"
DATABASE_SERVER = {
    DISK_FULL: "the disk of the database server is full",
    OUT_OF_MEMORY: "the database server has too little memory",
}


def why_stopped(error: BaseException) -> str:
    """Return a line for an error of the database, of the temporary files, or of the files to import."""
    error = error.__cause__ or error
    if isinstance(error, sqlite3.Error):
        return f"temporary files on this machine: {error}. TMPDIR can name a folder on another disk"
    if not isinstance(error, DBAPIError | Error):
        return str(error)
    if is_connection_lost(error):
        what = "the connection to the database failed"
    else:
        what = DATABASE_SERVER.get(sqlstate(error), "the database reports an error")
    return f"{what}: {error_text(getattr(error, 'orig', None) or error)}"
