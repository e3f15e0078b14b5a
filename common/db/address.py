"""Parse `DATABASE_URL`, and open connections to the database that it names."""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from urllib.parse import parse_qsl, unquote

from common.config import InvalidSettings, Settings
from common.db.connection import OneFlushConnection

CONNECT_TIMEOUT_SECONDS = 3
REPLY_TIMEOUT_SECONDS = 10
# Parameters of the URL that Slotledger uses. `dbname` is the name of the database, `unix_sock` the path of a Unix
# socket.
SUPPORTED = {"application_name", "dbname", "host", "options", "password", "port", "sslmode", "unix_sock", "user"}
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")
# Parameters for other drivers and connection pools, which hosting providers add to the URL (Neon, Supabase, Vercel).
# Slotledger ignores them, and has its own time-outs.
OF_OTHER_DRIVERS = (
    "channel_binding connect_timeout connection_limit keepalives keepalives_count keepalives_idle keepalives_interval"
    " pgbouncer pool_timeout prepared_statement_cache_size prepareThreshold socket_timeout sslsni statement_cache_size"
    " supa uselibpqcompat workaround"
)
IGNORED = set(OF_OTHER_DRIVERS.split())
# Parameters that are accepted only with one of these values. Slotledger ignores them too, except for `ssl`.
IGNORED_VALUES = {
    "client_encoding": ("auto", "utf8", "UTF8"),
    "gssencmode": ("disable", "prefer"),
    "schema": ("public",),  # in the URLs that Prisma makes
    "sslaccept": ("strict",),
    "ssl": ("true", "1"),  # the same as sslmode=require
    "sslrootcert": ("system",),
    "target_session_attrs": ("any", "primary", "read-write"),
}
SEARCH_PATH_HINT = "use options=-c%20search_path%3D<schema>"
# For parameters that are refused: what the error message says to do instead.
HINTS = {
    "currentSchema": SEARCH_PATH_HINT,
    "schema": SEARCH_PATH_HINT,
    "search_path": SEARCH_PATH_HINT,
    "ssl": "use sslmode",
    "sslrootcert": "set DATABASE_CA_FILE (databaseCaFile in serverless.yml)",
}
# A password may contain `:`, `/`, `?` and `@` that aren't percent-encoded, and a user may contain `@`. So the URL may
# have several `@`. The host begins after the first `@` for which the rest of the URL matches the pattern.
URL = re.compile(
    r"postgres(?:ql)?(?:\+\w+)?://(?:(?P<user>[^:/?]*?)(?::(?P<password>.*?))?@)?"
    r"(?P<host>\[[^\]]*\]|[^:@/?]*)(?::(?P<port>[0-9]+))?(?:/(?P<database>[^?@]*))?(?:\?(?P<parameters>.*))?"
)


@dataclass(frozen=True, slots=True)
class Address:
    """Where the database is (a host and port, or a Unix socket), its name, and the user who logs in.

    `options` are settings for the session in libpq's form, such as `-c search_path=slotledger`. The `repr` omits the
    password.
    """

    user: str
    password: str | None = field(repr=False)
    database: str | None
    host: str | None
    port: int | None
    unix_socket: str | None
    sslmode: str | None
    options: str | None = None
    application_name: str | None = None


def address_of(database_url: str) -> Address:
    """Return the address in a URL of the form that hosting providers show.

    `postgres://` and SQLAlchemy's `postgresql+driver://` are read as `postgresql://`. If the parameter `host` is a
    path, it is the folder of a Unix socket. Raise `InvalidSettings` for a URL that can't be parsed, and for a parameter
    that isn't supported. The message never contains the URL, which may contain a password.
    """
    match = URL.fullmatch(database_url)
    parameters = dict(parse_qsl(match["parameters"] or "")) if match else {}
    port = (match["port"] if match else None) or parameters.get("port", "5432")
    if match is None or not re.fullmatch("[0-9]+", port):
        raise InvalidSettings("DATABASE_URL: use postgresql://user:password@host/database")
    _check_parameters(parameters, may_contain_password="@" in (match["parameters"] or ""))
    host = match["host"].strip("[]") or parameters.get("host", "localhost")
    unix_socket = parameters.get("unix_sock") or (f"{host}/.s.PGSQL.{port}" if host.startswith("/") else None)
    return Address(
        user=unquote(match["user"] or "") or parameters.get("user", "postgres"),
        password=unquote(match["password"]) if match["password"] else parameters.get("password"),
        database=unquote(match["database"] or "") or parameters.get("dbname"),
        host=None if unix_socket else host,
        port=None if unix_socket else int(port),
        unix_socket=unix_socket,
        sslmode=parameters.get("sslmode") or ("require" if "ssl" in parameters else None),
        options=parameters.get("options"),
        application_name=parameters.get("application_name"),
    )


def _check_parameters(parameters: dict[str, str], *, may_contain_password: bool) -> None:
    """Raise `InvalidSettings` for a parameter that isn't supported and can't be ignored.

    If the parameters may contain a part of a password that isn't percent-encoded, the message doesn't name the
    parameter.
    """
    for name, value in parameters.items():
        if name == "sslmode" and value not in SSL_MODES:
            raise InvalidSettings(f"DATABASE_URL: sslmode has to be one of {', '.join(SSL_MODES)}")
        if name not in SUPPORTED | IGNORED and value not in IGNORED_VALUES.get(name, ()):
            if may_contain_password or not re.fullmatch("[A-Za-z_]{1,40}", name):
                raise InvalidSettings(
                    "DATABASE_URL: a parameter after the question mark isn't supported; if the question mark belongs to"
                    " the password, percent-encode the password"
                )
            raise InvalidSettings(f"DATABASE_URL: the parameter {name} isn't supported; {HINTS.get(name, 'remove it')}")


def tls(address: Address, ca_file: str | None) -> ssl.SSLContext | bool:
    """Return the TLS settings for a connection: a context that verifies the server's certificate, or False for no TLS.

    There is no TLS on a Unix socket, with `sslmode=disable`, and on localhost unless the URL requires TLS. In all other
    cases the certificate is verified, also with `sslmode=require`, because encryption alone doesn't prove which server
    answers. With `verify-ca`, the host name in the certificate isn't checked, as in libpq.
    """
    is_local = address.host in ("localhost", "127.0.0.1", "::1") and address.sslmode in (None, "prefer", "allow")
    if address.unix_socket or address.sslmode == "disable" or is_local:
        return False
    try:
        context = ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise InvalidSettings("DATABASE_CA_FILE: use a file with certificates (PEM)") from error
    context.check_hostname = address.sslmode != "verify-ca"
    return context


def connector_for(settings: Settings) -> Callable[[], OneFlushConnection]:
    """Return a function that opens connections to the database of these settings."""
    if not settings.database_url:
        raise InvalidSettings("DATABASE_URL isn't set")
    address = address_of(settings.database_url)
    encryption = tls(address, settings.database_ca_file)

    def connect() -> OneFlushConnection:
        """Open a connection with time-outs. It parses dates and times faster than pg8000 does by default."""
        connection = OneFlushConnection(
            address.user,
            password=address.password,
            database=address.database,
            host=address.host,
            port=address.port,
            unix_sock=address.unix_socket,
            ssl_context=encryption,
            application_name=address.application_name,
            startup_params={"options": address.options} if address.options else None,
            timeout=CONNECT_TIMEOUT_SECONDS,
        )
        connection._usock.settimeout(REPLY_TIMEOUT_SECONDS)
        for oid, parse in ((1082, date.fromisoformat), (1083, time.fromisoformat), (1184, datetime.fromisoformat)):
            connection.register_in_adapter(oid, parse)
        return connection

    return connect
