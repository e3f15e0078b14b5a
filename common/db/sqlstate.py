"""What the database's errors mean, by their SQLSTATE (PostgreSQL documentation, appendix A)."""

from pg8000.exceptions import Error

DIVISION_BY_ZERO = "22012"
FOREIGN_KEY_VIOLATION = "23503"
UNIQUE_VIOLATION = "23505"
READ_ONLY = "25006"  # the server takes no writes any more (after a failover, say), and another one may
# A session was ended: ours, or on Citus the coordinator's on a worker.
CONNECTION_LOST = ("08", "57P01", "57P02", "57P03", "57P05", "25P03", READ_ONLY)
# Errors of a commit that may have taken effect. Citus reports an internal error when the one worker with the changes
# breaks off at the commit ("could not commit transaction for shard"), and maybe a timeout when the worker doesn't
# answer; poolers report 08 when their server breaks off. Changes on several workers are prepared first; a worker that
# breaks off after that commits them when it is back.
COMMIT_OUTCOME_UNKNOWN = ("08", "XX", "57014")
TRY_AGAIN = ("40001", "40P01")  # serialization failure, deadlock: nothing was written
PLAN_IS_STALE = ("0A000", "26000", "42P05")  # a kept statement answers in other types now; is gone; is there already
# No resources; a lock or a statement took too long; no log-in; no such database, table or column (not migrated yet).
OVERLOADED = ("53", "55P03", "57014", "28", "3D000", "42P01", "42703")


def sqlstate(error: BaseException | None) -> str:
    """Return the SQLSTATE of a database error, or `""` when the server didn't say one (the connection broke, say)."""
    cause = _cause(error)
    fields = cause.args[0] if cause is not None and cause.args else None
    return str(fields.get("C", "")) if isinstance(fields, dict) else ""


def is_connection_lost(error: BaseException | None) -> bool:
    """Whether a connection broke: ours (no error of the server's), or one of the server's own to another node."""
    state = sqlstate(error)
    return not state or state.startswith(CONNECTION_LOST)


def is_retryable(error: BaseException) -> bool:
    """Whether the same again, at once, may well succeed; what timed out already took its time."""
    if not _is_of_the_database(error):
        return False
    return not _timed_out(error) if is_connection_lost(error) else sqlstate(error) in (*TRY_AGAIN, *PLAN_IS_STALE)


def is_outage(error: BaseException) -> bool:
    """Whether the error says that the database is away or overloaded, rather than that a statement is wrong."""
    return _is_of_the_database(error) and (
        is_connection_lost(error) or sqlstate(error).startswith((*TRY_AGAIN, *OVERLOADED))
    )


def _is_of_the_database(error: BaseException) -> bool:
    """Whether it is the database's error, or the network's on the way to it."""
    return isinstance(_cause(error), Error | OSError)


def _timed_out(error: BaseException) -> bool:
    cause = _cause(error)
    return isinstance(cause, TimeoutError) or isinstance(getattr(cause, "__cause__", None), TimeoutError)


def _cause(error: BaseException | None) -> BaseException | None:
    """Return the driver's own error; SQLAlchemy's wraps it."""
    return getattr(error, "orig", None) or error
