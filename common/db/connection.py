"""A pg8000 connection that makes one round trip of a statement, and none of a transaction's begin and commit.

Stock pg8000 waits for the server seven times in a transaction of one statement: for begin, parse, describe, bind and
execute, and commit. The protocol doesn't ask for that: a client may send what it has to say in one go and read the
answers in their order (PostgreSQL documentation, "Extended Query" and "Pipelining"). So here

* a statement with parameters is Parse, Bind, Describe, Execute and Sync in one flush. It stays unnamed, as transaction
  poolers want it, unless it is asked for that the server keeps it, and no pooler is there (`execute_kept`);
* what begins a transaction, and the settings bound to it, waits for the transaction's first statement and is sent in
  front of it;
* a statement whose rows nobody needs can wait for the one after it, and be sent in front of it (`goes_ahead`). The
  server executes them one after the other; where the first fails, the second one raises its error;
* the commit can be sent behind a statement that is known to be the last (`commits_next`). Where that statement fails,
  the server makes a rollback of the commit;
* commit and rollback by themselves are simple queries.

All else (log-in, types, COPY, named statements) is pg8000's own. What breaks off in the middle leaves answers unread;
`common.db.engine` throws such a connection away. This leans on pg8000's inside: its version is pinned, and a test
says so when that changes.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from time import monotonic
from typing import Any

from pg8000.core import (
    BIND,
    DESCRIBE,
    EXECUTE_MSG,
    NULL_BYTE,
    PARSE,
    PORTAL,
    SYNC_MSG,
    Context,
    H_pack,
    _flush,
    _write,
    i_pack,
    i_unpack,
    make_params,
)
from pg8000.exceptions import DatabaseError
from pg8000.legacy import Connection, Cursor, IntegrityError, InterfaceError, ProgrammingError, convert_paramstyle

from common.db.sqlstate import PLAN_IS_STALE, sqlstate

BEGIN = "begin transaction"

# Who answers tells the number of its process. A server told it at log-in, too, with the key by which its statements are
# cancelled; a pooler, whose sessions change under its clients, has to make both up (and may hit a true one by chance:
# then a statement that isn't there is met with one more try).
WHO_ANSWERS = "select pg_backend_pid()"

# A server that goes on waiting on behalf of a client that is gone keeps a session busy; a few of them, and nobody else
# is let in. Bound to the transaction, because settings of the session leak through poolers.
SERVER_GIVES_UP_FIRST = (
    f"{BEGIN}; set local statement_timeout = 8000; set local lock_timeout = 3000;"
    " set local idle_in_transaction_session_timeout = 10000;"
    " set local datestyle = 'ISO'"  # as dates are read here; a database may be set to another one
)


@lru_cache(maxsize=200)
def _numbered(statement: str) -> str:
    """Return a statement with `$1` for `%s`; pg8000 finds them character by character, in a third of a millisecond."""
    return str(convert_paramstyle("format", statement, ())[0])


@lru_cache(maxsize=200)
def _name(statement: str, oids: tuple[int, ...]) -> bytes:
    return sha256(f"{oids} {statement}".encode()).hexdigest()[:32].encode()


def array(values: Iterable[object]) -> str:
    """Return an array of dates, times, numbers, ids or plain words as PostgreSQL reads it, for `cast(:values as …[])`.

    pg8000 writes lists, too, but looks up for each element how.
    """
    return f"{{{','.join(map(str, values))}}}"


class _Cursor(Cursor):  # type: ignore[misc]
    """pg8000's cursor, but for remembering how a statement is written."""

    is_to_be_kept = False
    """Whether the server should keep the next statement: see `OneFlushConnection.execute_kept`."""

    def execute(self, operation: str, args: Sequence[Any] = (), stream: Any = None) -> "_Cursor":
        if not args or stream is not None:
            super().execute(operation, args, stream)
            return self
        if not self._c._in_transaction and not self._c.autocommit:
            self._c.execute_simple(BEGIN)
        try:
            execute = self._c.execute_kept if self.is_to_be_kept else self._c.execute_unnamed
            self._context = execute(_numbered(operation), args, self._input_oids)
        except DatabaseError as error:  # as pg8000 tells them
            told = error.args[0]
            kinds = {"28000": InterfaceError, "23505": IntegrityError}
            raise kinds.get(told["C"] if isinstance(told, dict) else "", ProgrammingError)(told) from None
        self._row_iter = iter(self._context.rows or ())
        self._input_oids: tuple[int, ...] = ()
        return self


class OneFlushConnection(Connection):  # type: ignore[misc]
    """A connection to PostgreSQL, used by SQLAlchemy as pg8000's own would be."""

    begin_with = BEGIN
    """What begins the next transaction; `set local` may follow, after a semicolon."""

    goes_ahead = False
    """Whether the next statement waits, to be sent in front of the one after it; its rows are for nobody."""

    commits_next = False
    """Whether the next statement is its transaction's last, and the commit is to be sent behind it."""

    commit_is_sent = False
    """Whether the commit of the latest transaction has been sent behind its last statement."""

    give_up_at: float | None = None
    """When to stop waiting for the server, by the monotonic clock; the connection is of no use then."""

    is_direct: bool | None = None
    """Whether the server itself is at the other end; None before it was asked, along with the first commit."""

    _begin_waits = False

    def __init__(self, *args: Any, **options: Any) -> None:
        self._kept: set[bytes] = set()
        self._ahead: list[tuple[Context, Callable[[], None]]] = []
        super().__init__(*args, **options)

    def cursor(self) -> _Cursor:
        """Return a cursor."""
        return _Cursor(self)

    def execute_simple(self, statement: str) -> Context:
        """Execute without parameters; what pg8000's cursor says to begin a transaction waits."""
        if statement == BEGIN:
            self._begin_waits = True
            self.commit_is_sent = False
            return Context(statement)
        return self._exchange(Context(statement), lambda: self.send_QUERY(statement))

    def execute_unnamed(
        self, statement: str, vals: Sequence[Any] = (), oids: Sequence[int] = (), stream: Any = None
    ) -> Context:
        """Execute with parameters."""
        if statement in ("commit", "rollback"):
            return self._end(statement)
        if stream is not None:  # COPY has a conversation of its own
            if self._begin_waits:
                self._begin_waits = False
                self._exchange(Context(self.begin_with), lambda: self.send_QUERY(self.begin_with))
            return super().execute_unnamed(statement, vals, oids, stream)
        return self._execute(b"", statement, vals, oids)

    def execute_kept(self, statement: str, vals: Sequence[Any], oids: Sequence[int] = ()) -> Context:
        """Execute with parameters; a server that `is_direct` keeps the statement, and its plan, for the next time.

        Its name is derived from it and the types of its parameters, so that nobody could take another one for it.
        """
        if not self.is_direct:
            return self._execute(b"", statement, vals, oids)
        try:
            return self._execute(_name(statement, tuple(oids)), statement, vals, oids)
        except DatabaseError as error:
            if sqlstate(error) in PLAN_IS_STALE:  # a migration came, say: from now on without, and the next try will do
                self.is_direct = False
            raise

    def handle_PARSE_COMPLETE(self, data: object, context: Context) -> None:  # noqa: N802 - pg8000's name
        """Remember what the server keeps, whatever becomes of its execution."""
        self._kept.add(getattr(context, "name", b""))

    def _execute(self, name: bytes, statement: str, vals: Sequence[Any], oids: Sequence[int] = ()) -> Context:
        """Have the server parse the statement, if it hasn't kept it under that name, and execute it."""
        # As pg8000 has them, but without asking for an answer after each; and made before anything is sent, because
        # there are values that can't be written.
        encoding = self._client_encoding
        params = make_params(self.py_types, vals)
        values = [None if param is None else param.encode(encoding) for param in params]
        told = b"".join(i_pack(-1) if value is None else i_pack(len(value)) + value for value in values)
        kinds = b"".join(i_pack(0 if oid == -1 else oid) for oid in oids)
        parse = name + NULL_BYTE + statement.encode(encoding) + NULL_BYTE + H_pack(len(oids)) + kinds
        bind = NULL_BYTE + name + NULL_BYTE + H_pack(0) + H_pack(len(values)) + told + H_pack(0)

        context = Context(statement)
        context.name = name

        def send() -> None:
            if not name or name not in self._kept:
                self._send_message(PARSE, parse)
            self._send_message(BIND, bind)
            self._send_message(DESCRIBE, PORTAL + NULL_BYTE)
            _write(self._sock, EXECUTE_MSG + SYNC_MSG)

        if self.goes_ahead:
            self.goes_ahead = False
            self._ahead.append((context, send))
            return context
        return self._exchange(context, send)

    def _end(self, statement: str) -> Context:
        if not self._in_transaction and not self._ahead:  # nothing was begun, or the commit is there already
            self._begin_waits = False
            return Context(statement)
        return self._exchange(Context(statement), lambda: self.send_QUERY(statement))

    def _keep_to_the_time(self) -> None:
        """Wait no longer than there is time left; the server answers in whole answers, so each is a wait or two."""
        if self.give_up_at is not None:
            left = self.give_up_at - monotonic()
            if left <= 0:
                raise InterfaceError("the time is up")
            self._usock.settimeout(left)

    def rollback(self) -> None:
        """Roll back; a transaction of which nothing was sent has nothing to roll back."""
        self._begin_waits = self.commits_next = self.goes_ahead = False
        self._ahead.clear()
        super().rollback()

    def _exchange(self, context: Context, send: Callable[[], None]) -> Context:
        """Send what waits, the statement, and the commit if it follows, in one flush; read the answers in order."""
        self._keep_to_the_time()  # before anything is written: what is left in the buffer goes out when it is closed
        contexts = []
        if self._begin_waits:
            self._begin_waits = False
            self.send_QUERY(self.begin_with)
            contexts.append(Context(self.begin_with))
        ahead, self._ahead = self._ahead, []
        for waiting, send_it in [*ahead, (context, send)]:
            send_it()
            contexts.append(waiting)
        who = Context(WHO_ANSWERS)
        if self.commits_next:
            if self.is_direct is None:  # before the commit: a pooler may take its session back as soon as it's answered
                self.send_QUERY(WHO_ANSWERS)
                contexts.append(who)
            self.commits_next = False
            self.commit_is_sent = True
            self.send_QUERY("commit")
            contexts.append(Context("commit"))
        _flush(self._sock)
        first_error: Exception | None = None
        for answered in contexts:
            try:
                self._keep_to_the_time()
                self.handle_messages(answered)
            except Exception as error:
                if answered.error is None:  # not the server's word: it broke off, and the other answers are unread
                    raise
                first_error = first_error or error
        if first_error is not None:
            raise first_error
        if who.rows:
            self.is_direct = bool(self._backend_key_data) and who.rows[0] == list(i_unpack(self._backend_key_data))
        return context
