"""Where the database is, and how a connection to it is opened."""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from functools import cache
from urllib.parse import parse_qsl, unquote

from common.config import InvalidSettings, Settings
from common.db.connection import OneFlushConnection

CONNECT_TIMEOUT_SECONDS = 3
REPLY_TIMEOUT_SECONDS = 10
# A user or password that nobody encoded may hold what ends it elsewhere; what is left behind its last @ is a host.
URL = re.compile(
    r"postgres(?:ql)?(?:\+\w+)?://(?:(?P<user>[^:/?]*?)(?::(?P<password>.*?))?@)?"
    r"(?P<host>\[[^\]]*\]|[^:@/?]*)(?::(?P<port>[0-9]+))?(?:/(?P<database>[^?@]*))?(?:\?(?P<options>.*))?"
)


@dataclass(frozen=True, slots=True)
class Address:
    """A database, and whom to be there: at a host and a port, or at a Unix socket. Its `repr` keeps the password."""

    user: str
    password: str | None = field(repr=False)
    database: str | None
    host: str | None
    port: int | None
    unix_socket: str | None
    sslmode: str | None


def address_of(database_url: str) -> Address:
    """Read a URL as hosting providers hand them out.

    `postgres://` is accepted for `postgresql://`, and SQLAlchemy's `postgresql+driver://`; a folder as `host` for its
    Unix socket. Parameters that only other drivers know (`channel_binding`, `pgbouncer`, …) are left out. Raises
    `InvalidSettings`, never with the URL in it.
    """
    found = URL.fullmatch(database_url)
    options = dict(parse_qsl(found["options"] or "")) if found else {}
    port = (found["port"] if found else None) or options.get("port", "5432")
    if found is None or not re.fullmatch("[0-9]+", port):
        raise InvalidSettings("DATABASE_URL: expected postgresql://user:password@host/database")
    host = found["host"].strip("[]") or options.get("host", "localhost")
    unix_socket = options.get("unix_sock") or (f"{host}/.s.PGSQL.{port}" if host.startswith("/") else None)
    return Address(
        user=unquote(found["user"] or "") or options.get("user", "postgres"),
        password=unquote(found["password"]) if found["password"] else options.get("password"),
        database=unquote(found["database"] or "") or None,
        host=None if unix_socket else host,
        port=None if unix_socket else int(port),
        unix_socket=unix_socket,
        sslmode=options.get("sslmode"),
    )


def tls(address: Address, ca_file: str | None) -> ssl.SSLContext | bool:
    """Return the TLS settings for a connection: the server's certificate is verified, or there is no TLS at all.

    Without TLS go Unix sockets, `sslmode=disable`, and the machine itself when nothing else is said. Any other
    `sslmode` gives verified TLS: a client that encrypts without verifying talks to whoever answers. `verify-ca` alone
    leaves the host's name unchecked, as it is defined to.
    """
    is_local = address.host in ("localhost", "127.0.0.1", "::1") and address.sslmode in (None, "prefer", "allow")
    if address.unix_socket or address.sslmode == "disable" or is_local:
        return False
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise InvalidSettings("DATABASE_CA_FILE: expected a file with certificates (PEM)") from error
    context.check_hostname = address.sslmode != "verify-ca"
    return context


def connector_for(settings: Settings) -> Callable[[], OneFlushConnection]:
    """Return what opens connections to the database of these settings; nothing is opened yet."""
    if not settings.database_url:
        raise InvalidSettings("DATABASE_URL isn't set")
    return _connector(settings.database_url, settings.database_ca_file)


@cache
def _connector(database_url: str, ca_file: str | None) -> Callable[[], OneFlushConnection]:
    address = address_of(database_url)
    encryption = tls(address, ca_file)

    def connect() -> OneFlushConnection:
        """Open a connection on which each wait is bounded, and dates and times are read by the standard library."""
        connection = OneFlushConnection(
            address.user,
            password=address.password,
            database=address.database,
            host=address.host,
            port=address.port,
            unix_sock=address.unix_socket,
            ssl_context=encryption,
            timeout=CONNECT_TIMEOUT_SECONDS,
        )
        connection._usock.settimeout(REPLY_TIMEOUT_SECONDS)
        for oid, parse in ((1082, date.fromisoformat), (1083, time.fromisoformat), (1184, datetime.fromisoformat)):
            connection.register_in_adapter(oid, parse)
        return connection

    return connect
