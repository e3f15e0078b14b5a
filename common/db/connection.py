"""A pg8000 connection that sends begin, statements and commit in one flush (`docs/decisions/connection.md`).

pg8000 waits for the server after almost every message: eight times in a transaction of one statement. The protocol
doesn't need these waits ("Extended Query" and "Pipelining" in PostgreSQL's documentation). The server executes what
`pipeline` sends in order. If a statement fails, the later ones fail too, and the commit becomes a rollback.

If the exchange stops before all answers are read, the next statement would read them as its own, and return another
caller's rows. So `is_usable` is False then, and `common.db.pool` discards the connection.

pg8000 does the log-in and converts the types. This module uses pg8000's internals, so pg8000's version is pinned, and a
test fails when the version changes. COPY isn't supported.
"""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from pg8000 import core
from pg8000.exceptions import DatabaseError
from pg8000.legacy import Connection, Cursor, IntegrityError, InterfaceError, ProgrammingError

from common.db.sqlstate import COMMIT_OUTCOME_UNKNOWN, PLAN_IS_STALE, READ_ONLY, sqlstate
from common.db.statements import (
    NO_SETTINGS,
    Statement,
    TransactionSettings,
    name_of,
    numbered,
    settings_statement,
)

Message = tuple[core.Context, Callable[[], None]]
"""The context that the answer is read into, and the function that sends the message."""


class _Cursor(Cursor):  # type: ignore[misc]
    """pg8000's cursor, which sends begin and commit together with a statement."""

    def execute(
        self,
        operation: str,
        args: Sequence[Any] = (),
        *,
        begin: TransactionSettings = NO_SETTINGS,
        prepared: bool = False,
        **options: Any,
    ) -> "_Cursor":
        """Execute a statement. If no transaction is open, begin one, except in autocommit mode.

        `prepared` is the statement's `is_prepared`; `pipeline` below explains the other options.
        """
        connection = self._c
        statement = Statement(numbered(operation) if args else operation, args, self._input_oids, prepared)
        first = None if connection._in_transaction or connection.autocommit else begin
        try:
            (self._context,) = connection.pipeline([statement], begin=first, **options)
        except DatabaseError as error:  # raise the same classes as pg8000's own cursor
            fields = error.args[0]
            classes = {"28000": InterfaceError, "23505": IntegrityError}
            raise classes.get(fields["C"] if isinstance(fields, dict) else "", ProgrammingError)(fields) from None
        self._row_iter = iter(self._context.rows or ())
        self._input_oids: tuple[int, ...] = ()
        return self


class OneFlushConnection(Connection):  # type: ignore[misc]
    """A connection to PostgreSQL that SQLAlchemy can use in place of pg8000's."""

    is_usable = True
    """Whether the connection can be used again. It can't if answers are unread, or after the error `READ_ONLY`."""

    is_commit_outcome_unknown = False
    """Whether a commit was sent and may have taken effect: no answer came, or an error of `COMMIT_OUTCOME_UNKNOWN`."""

    is_direct_connection: bool | None = None
    """Whether the connection goes to the server itself, not to a pooler. None before `pipeline` has sent settings.

    The server returns the process id that it also sent at log-in. A pooler has to invent an id at log-in, because it
    uses another session for each transaction. After an error of `PLAN_IS_STALE`, it is False, so that the connection
    prepares no more statements.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._prepared_names: set[bytes] = set()
        super().__init__(*args, **options)

    def cursor(self) -> _Cursor:
        """Return a cursor that sends begin and commit together with a statement."""
        return _Cursor(self)

    def pipeline(
        self,
        statements: Sequence[Statement],
        *,
        begin: TransactionSettings | None = None,
        commit: bool = False,
        deadline: float | None = None,
    ) -> list[core.Context]:
        """Send statements in one flush, and return their answers.

        With `begin`, first begin a transaction with these settings. With `commit`, commit it at the end. If there is
        only one statement, and it has values, `begin` and `commit` together send neither command: all messages before a
        Sync are one transaction, and Citus then sends a worker one command instead of three.

        If the server sends errors, read all answers, and raise the first error. The deadline is an instant of the
        monotonic clock. If it passes before all answers are read, raise an error; then `is_usable` is False.
        """
        messages = [self._extended(each) if each.values else self._simple(each.sql) for each in statements]
        answers = [context for context, _ in messages]
        is_single = begin is not None and commit and len(statements) == 1 and bool(statements[0].values)
        if begin:
            messages.insert(0, self._extended(settings_statement(begin), has_sync=not is_single))
            pid = messages[0][0]
        if begin is not None and not is_single:
            messages.insert(0, self._simple("begin transaction"))
        if commit and not is_single:
            messages.append(self._simple("commit"))
        self._exchange(messages, deadline, has_commit=commit)
        if begin and self.is_direct_connection is None:
            key = self._backend_key_data
            self.is_direct_connection = bool(key) and pid.rows[0][0] == core.i_unpack(key)[0]
        return answers

    def commit(self) -> None:
        """Commit the transaction, unless its commit was sent with its last statement."""
        if self._in_transaction or not self.is_usable:  # if unusable, `_exchange` raises
            self._exchange([self._simple("commit")], has_commit=True)

    def rollback(self) -> None:
        """Roll back the transaction, if there is one and the connection is usable."""
        if self._in_transaction and self.is_usable:
            self._exchange([self._simple("rollback")])

    def handle_messages(self, context: core.Context) -> None:
        """Read the answer to a message, and raise the answer's error. Without a Sync, no ReadyForQuery follows."""
        has_sync = getattr(context, "has_sync", True)
        ends = (core.READY_FOR_QUERY,) if has_sync else (core.COMMAND_COMPLETE, core.ERROR_RESPONSE)
        code = None
        while code not in ends:
            code, length = core.ci_unpack(core._read(self._sock, 5))
            self.message_types[code](core._read(self._sock, length - 4), context)
        if context.error is not None:
            raise context.error

    def handle_PARSE_COMPLETE(self, data: object, context: core.Context) -> None:  # noqa: N802 - pg8000's name
        """Remember the name of a parsed statement. The server keeps the statement, also if its execution fails."""
        self._prepared_names.add(getattr(context, "name", b""))

    def _simple(self, sql: str) -> Message:
        return core.Context(sql), lambda: self.send_QUERY(sql)

    def _extended(self, statement: Statement, *, has_sync: bool = True) -> Message:
        """Return the message that executes a statement; it also parses the statement, unless the server has kept it.

        Without a Sync, this statement and the next one are one transaction: if this one fails, the next isn't executed.
        """
        sql, values, oids, is_prepared = statement
        # pg8000 sends the same messages, but waits after each. All are built before the first is sent, because encoding
        # a value may fail.
        encoding = self._client_encoding
        texts = core.make_params(self.py_types, values)
        encoded = [None if text is None else text.encode(encoding) for text in texts]
        packed = b"".join(core.i_pack(-1) if value is None else core.i_pack(len(value)) + value for value in encoded)
        types = b"".join(core.i_pack(0 if oid == -1 else oid) for oid in oids)
        context = core.Context(sql)
        context.has_sync = has_sync
        context.name = name = name_of(sql, tuple(oids)) if is_prepared and self.is_direct_connection else b""
        end, none = core.NULL_BYTE, core.H_pack(0)
        parse = name + end + sql.encode(encoding) + end + core.H_pack(len(oids)) + types
        bind = end + name + end + none + core.H_pack(len(encoded)) + packed + none

        def send() -> None:
            if not name or name not in self._prepared_names:
                self._send_message(core.PARSE, parse)
            self._send_message(core.BIND, bind)
            self._send_message(core.DESCRIBE, core.PORTAL + end)
            core._write(self._sock, core.EXECUTE_MSG + (core.SYNC_MSG if has_sync else b""))

        return context, send

    def _exchange(self, messages: list[Message], deadline: float | None = None, *, has_commit: bool = False) -> None:
        """Send the messages in one flush, and read the answers in their order."""
        if not self.is_usable:  # unread answers of earlier messages would be read as the answers to these
            raise InterfaceError("connection is closed")
        timeout = self._usock.gettimeout() if self._usock is not None else None
        self.is_usable = False  # until all answers are read
        try:
            if deadline is not None:  # check it before writing, because closing the connection sends what was written
                self._apply_deadline(deadline)
            for _, send in messages:
                send()
            self.is_commit_outcome_unknown = has_commit
            try:
                core._flush(self._sock)
            except InterfaceError as error:
                if isinstance(error.__cause__, ConnectionError):  # the last message, the commit, wasn't sent
                    self.is_commit_outcome_unknown = False
                raise
            first_error: Exception | None = None
            for context, _ in messages:
                if deadline is not None:
                    self._apply_deadline(deadline)
                try:
                    self.handle_messages(context)
                except Exception as error:
                    if error is not context.error:  # the server didn't send this error: the connection broke
                        if any(each.error for each, _ in messages[:-1]):  # then the server rolls back at the commit
                            self.is_commit_outcome_unknown = False
                        raise
                    first_error = first_error or error
                    if getattr(context, "name", b"") and sqlstate(error) in PLAN_IS_STALE:
                        self.is_direct_connection = False  # the retry doesn't use prepared statements
        finally:
            if deadline is not None and self._usock is not None:
                self._usock.settimeout(timeout)
        last_state = sqlstate(messages[-1][0].error)
        self.is_commit_outcome_unknown = has_commit and last_state.startswith(COMMIT_OUTCOME_UNKNOWN)
        # All answers were read, so the server didn't end this session. If an error is about an ended session, it is the
        # coordinator's session on a worker of Citus, and this connection to the coordinator can be used again.
        self.is_usable = sqlstate(first_error) != READ_ONLY
        if first_error is not None:
            raise first_error

    def _apply_deadline(self, deadline: float) -> None:
        """Set the socket's time-out for the next answer to the time that is left."""
        remaining = deadline - monotonic()
        if remaining <= 0:
            raise InterfaceError("the time is up")
        self._usock.settimeout(remaining)
