"""Kinds of database errors, by SQLSTATE (PostgreSQL documentation, appendix A)."""

from pg8000.exceptions import Error

DIVISION_BY_ZERO = "22012"
UNKNOWN_ZONE = "22023"  # invalid parameter value; PostgreSQL's zone files may be older than Python's
FOREIGN_KEY_VIOLATION = "23503"
UNIQUE_VIOLATION = "23505"
READ_ONLY = "25006"  # the server has become read-only (after a failover, say); a new connection may reach the primary
# Errors after which a new connection may work: the connection failed, or the server ended the session (ours or, on
# Citus, the coordinator's session on a worker), can't accept connections yet, or is read-only.
CONNECTION_LOST = ("08", "57P01", "57P02", "57P03", "57P05", "25P03", READ_ONLY)
# Errors of a commit that may have taken effect. Poolers report 08 if their server stops. If only one Citus worker has
# changes, Citus reports an internal error (XX, "could not commit transaction for shard") when this worker stops during
# the commit, and may report a time-out (57014) when the worker doesn't answer. If several workers have changes, Citus
# commits in two phases: a worker that stops after the first phase commits when it runs again.
COMMIT_OUTCOME_UNKNOWN = ("08", "XX", "57014")
RETRYABLE = ("40001", "40P01")  # serialization failure, deadlock: nothing was written
# Errors of a prepared statement: its result types changed; it doesn't exist any more; it exists already.
PLAN_IS_STALE = ("0A000", "26000", "42P05")
# In this order: too few resources; a lock time-out; a statement time-out; a failed log-in; and no such database, table
# or column, because the database isn't migrated yet.
OTHER_OUTAGES = ("53", "55P03", "57014", "28", "3D000", "42P01", "42703")


def sqlstate(error: BaseException | None) -> str:
    """Return the SQLSTATE of a database error, or `""` if the server sent none (for example, the connection broke)."""
    return _server_fields(error).get("C", "")


def error_text(error: BaseException) -> str:
    """Return an error as text; of a database error, the server's message and SQLSTATE."""
    fields = _server_fields(error)
    return f"{fields['M']} ({fields['C']})" if "M" in fields else str(error)


def is_connection_lost(error: BaseException | None) -> bool:
    """Whether a connection broke: ours (often without an SQLSTATE), or the server's connection to another node."""
    state = sqlstate(error)
    return not state or state.startswith(CONNECTION_LOST)


def is_retryable(error: BaseException) -> bool:
    """Whether an immediate retry is likely to succeed. Time-outs aren't retried, because they already took long."""
    if not _is_database_error(error):
        return False
    return not _is_timeout(error) if is_connection_lost(error) else sqlstate(error) in (*RETRYABLE, *PLAN_IS_STALE)


def is_outage(error: BaseException) -> bool:
    """Whether a later retry may succeed: the error is about the database's state, and not about the statement."""
    return _is_database_error(error) and (
        is_connection_lost(error) or sqlstate(error).startswith((*RETRYABLE, *OTHER_OUTAGES))
    )


def _is_database_error(error: BaseException) -> bool:
    """Whether the error is one of the database or of the network."""
    return isinstance(_cause(error), Error | OSError)


def _is_timeout(error: BaseException) -> bool:
    cause = _cause(error)
    return isinstance(cause, TimeoutError) or isinstance(getattr(cause, "__cause__", None), TimeoutError)


def _server_fields(error: BaseException | None) -> dict[str, str]:
    """Return the fields of the server's error message by their protocol codes; none if the server sent no error."""
    cause = _cause(error)
    fields = cause.args[0] if cause is not None and cause.args else None
    return fields if isinstance(fields, dict) else {}


def _cause(error: BaseException | None) -> BaseException | None:
    """Return the driver's error: the error itself, or the error that SQLAlchemy's error wraps."""
    return getattr(error, "orig", None) or error
