"""A pg8000 connection that sends in one go what belongs together: begin, statements, commit.

Stock pg8000 waits for the server seven times in a transaction of one statement: for begin, parse, describe, bind and
execute, and commit. The protocol doesn't ask for that: a client may send what it has to say in one go and read the
answers in their order (PostgreSQL documentation, "Extended Query" and "Pipelining"). So here

* `pipeline` sends begin, statements and commit in one flush. The server executes them one after the other; where one
  fails, the later ones fail, too, and it makes a rollback of the commit. A single statement needs no begin and commit;
* a statement with values is Parse, Bind, Describe, Execute and Sync. It stays unnamed, as transaction poolers want it,
  unless it is `is_prepared` and no pooler is there;
* a transaction begins with its first statement, and costs no round trip of its own.

A connection knows whether it can be used again (`is_usable`): what breaks off in the middle leaves answers unread, and
the next statement would take them for its own, another caller's rows. `common.db.pool` throws such a connection away.
All else (log-in, types) is pg8000's own. This leans on its inside: the version is pinned, and a test says so when that
changes. COPY isn't spoken here.
"""

from collections.abc import Callable, Sequence
from time import monotonic
from typing import Any

from pg8000 import core
from pg8000.exceptions import DatabaseError
from pg8000.legacy import Connection, Cursor, IntegrityError, InterfaceError, ProgrammingError

from common.db.sqlstate import COMMIT_OUTCOME_UNKNOWN, PLAN_IS_STALE, READ_ONLY, sqlstate
from common.db.statements import NO_SETTINGS, Statement, TransactionSettings, begin_with, name_of, numbered, set_locally

# The server tells the number of its process. It told it at log-in, too, with the key by which its statements are
# cancelled; a pooler, whose sessions change under its clients, has to make both up (and may hit a true one by chance:
# then a statement that isn't there is met with one more try).
BACKEND_PID = "select pg_backend_pid()"


Sending = tuple[core.Context, Callable[[], None]]
"""What an answer is read into, and what sends that which is answered."""


class _Cursor(Cursor):  # type: ignore[misc]
    """pg8000's cursor, which sends a statement together with what begins and ends its transaction."""

    def execute(
        self,
        operation: str,
        args: Sequence[Any] = (),
        *,
        begin: TransactionSettings = NO_SETTINGS,
        prepared: bool = False,
        **sent: Any,
    ) -> "_Cursor":
        """Execute, in a new transaction if there is none; `begin` and the rest are `OneFlushConnection.pipeline`'s."""
        connection = self._c
        statement = Statement(numbered(operation) if args else operation, args, self._input_oids, prepared)
        first = None if connection._in_transaction or connection.autocommit else begin
        try:
            (self._context,) = connection.pipeline([statement], begin=first, **sent)
        except DatabaseError as error:  # as pg8000 tells them
            told = error.args[0]
            kinds = {"28000": InterfaceError, "23505": IntegrityError}
            raise kinds.get(told["C"] if isinstance(told, dict) else "", ProgrammingError)(told) from None
        self._row_iter = iter(self._context.rows or ())
        self._input_oids: tuple[int, ...] = ()
        return self


class OneFlushConnection(Connection):  # type: ignore[misc]
    """A connection to PostgreSQL, used by SQLAlchemy as pg8000's own would be."""

    is_usable = True
    """Whether it can be used again: all answers were read, and the server still takes writes."""

    is_commit_unanswered = False
    """Whether a commit was sent whose outcome isn't known: no answer came, or an error of `COMMIT_OUTCOME_UNKNOWN`."""

    is_direct_connection: bool | None = None
    """Whether the server itself is at the other end; None before it was asked, along with the first commit."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._kept: set[bytes] = set()
        super().__init__(*args, **options)

    def cursor(self) -> _Cursor:
        """Return a cursor."""
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

        `begin` has the settings of a transaction that begins with them; None begins none. A single statement with
        values that is to `begin` and to `commit` is sent without these two commands, because what precedes one Sync is
        a transaction: Citus then sends a worker one command instead of three.

        The first error is raised, after all answers were read. Past the deadline (by the monotonic clock) nobody waits
        any more, however many waits it takes; the connection is of no use then.
        """
        sent = [self._extended(each) if each.values else self._simple(each.sql) for each in statements]
        answers = [context for context, _ in sent]
        pid = None
        if begin is not None and commit and len(statements) == 1 and statements[0].values:
            sent.insert(0, self._extended(set_locally(begin), has_sync=False))
            pid = sent[0][0]
        else:
            if begin is not None:
                sent.insert(0, self._simple(begin_with(begin)))
            if commit and self.is_direct_connection is None:  # before the commit, whose answer frees a pooler's session
                sent.append(self._simple(BACKEND_PID))
                pid = sent[-1][0]
            if commit:
                sent.append(self._simple("commit"))
        self._exchange(sent, deadline, commits=commit)
        if pid is not None and self.is_direct_connection is None:
            key = self._backend_key_data
            self.is_direct_connection = bool(key) and pid.rows[0][0] == core.i_unpack(key)[0]
        return answers

    def commit(self) -> None:
        """Commit the transaction, if there is one: its commit may have been sent with its last statement."""
        if self._in_transaction or not self.is_usable:  # of one that broke, nobody knows; then this raises
            self._exchange([self._simple("commit")], commits=True)

    def rollback(self) -> None:
        """Roll back the transaction, if there is one and somebody to say it to."""
        if self._in_transaction and self.is_usable:
            self._exchange([self._simple("rollback")])

    def handle_messages(self, context: core.Context) -> None:
        """Read the answer to a statement, and raise its error; only that to a Sync ends with ReadyForQuery."""
        has_sync = getattr(context, "has_sync", True)
        ends = (core.READY_FOR_QUERY,) if has_sync else (core.COMMAND_COMPLETE, core.ERROR_RESPONSE)
        code = None
        while code not in ends:
            code, length = core.ci_unpack(core._read(self._sock, 5))
            self.message_types[code](core._read(self._sock, length - 4), context)
        if context.error is not None:
            raise context.error

    def handle_PARSE_COMPLETE(self, data: object, context: core.Context) -> None:  # noqa: N802 - pg8000's name
        """Remember what the server keeps, whatever becomes of its execution."""
        self._kept.add(getattr(context, "name", b""))

    def _simple(self, sql: str) -> Sending:
        return core.Context(sql), lambda: self.send_QUERY(sql)

    def _extended(self, statement: Statement, *, has_sync: bool = True) -> Sending:
        """Have the server parse the statement, if it hasn't kept it under its name, and execute it.

        Without a Sync, it is one transaction with the statement after it, and where it fails, that isn't executed.
        """
        sql, vals, oids, is_prepared = statement
        # As pg8000 has them, but without asking for an answer after each; and made before anything is sent, because
        # there are values that can't be written.
        encoding = self._client_encoding
        params = core.make_params(self.py_types, vals)
        values = [None if param is None else param.encode(encoding) for param in params]
        told = b"".join(core.i_pack(-1) if value is None else core.i_pack(len(value)) + value for value in values)
        kinds = b"".join(core.i_pack(0 if oid == -1 else oid) for oid in oids)
        context = core.Context(sql)
        context.has_sync = has_sync
        context.name = name = name_of(sql, tuple(oids)) if is_prepared and self.is_direct_connection else b""
        end, none = core.NULL_BYTE, core.H_pack(0)
        parse = name + end + sql.encode(encoding) + end + core.H_pack(len(oids)) + kinds
        bind = end + name + end + none + core.H_pack(len(values)) + told + none

        def send() -> None:
            if not name or name not in self._kept:
                self._send_message(core.PARSE, parse)
            self._send_message(core.BIND, bind)
            self._send_message(core.DESCRIBE, core.PORTAL + end)
            core._write(self._sock, core.EXECUTE_MSG + (core.SYNC_MSG if has_sync else b""))

        return context, send

    def _exchange(self, sent: list[Sending], deadline: float | None = None, *, commits: bool = False) -> None:
        """Send in one flush, and read the answers in their order."""
        if not self.is_usable:  # answers may be unread, and would be taken for those to what is sent now
            raise InterfaceError("connection is closed")
        timeout = self._usock.gettimeout() if self._usock is not None else None
        self.is_usable = False  # until all answers are read
        try:
            if deadline is not None:  # before anything is written: what is left in the buffer goes out at the end
                self._apply(deadline)
            for _, send in sent:
                send()
            self.is_commit_unanswered = commits
            try:
                core._flush(self._sock)
            except InterfaceError as error:
                if isinstance(error.__cause__, ConnectionError):  # nobody took the end of it, which is the commit
                    self.is_commit_unanswered = False
                raise
            first_error: Exception | None = None
            for context, _ in sent:
                if deadline is not None:
                    self._apply(deadline)
                try:
                    self.handle_messages(context)
                except Exception as error:
                    if error is not context.error:  # not the server's word: it broke off, and answers are unread
                        if any(each.error for each, _ in sent[:-1]):  # of a commit after that, it makes a rollback
                            self.is_commit_unanswered = False
                        raise
                    first_error = first_error or error
                    if getattr(context, "name", b"") and sqlstate(error) in PLAN_IS_STALE:
                        self.is_direct_connection = False  # a migration came, say: without, the next try goes well
        finally:
            if deadline is not None and self._usock is not None:
                self._usock.settimeout(timeout)
        self.is_commit_unanswered = commits and sqlstate(sent[-1][0].error).startswith(COMMIT_OUTCOME_UNKNOWN)
        # After the end of a session there is no answer to read. Citus passes on that of a worker, and its own goes on.
        self.is_usable = sqlstate(first_error) != READ_ONLY
        if first_error is not None:
            raise first_error

    def _apply(self, deadline: float) -> None:
        """Wait no longer than there is time left; the server answers in whole answers, so each is a wait or two."""
        left = deadline - monotonic()
        if left <= 0:
            raise InterfaceError("the time is up")
        self._usock.settimeout(left)
