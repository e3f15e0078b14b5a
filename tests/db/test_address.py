"""Parsing the database's address, and verifying the server's certificate."""

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import text

from common.config import InvalidSettings, Settings
from common.db.address import Address, address_of, tls
from common.db.engine import engine_for, transact
from common.db.pool import pool_for
from common.errors import Unavailable


def address_at(host: str | None, port: int | None = 5432, **changes: str | None) -> Address:
    fields: dict[str, Any] = {"user": "u", "password": None, "database": "app", "unix_socket": None, "sslmode": None}
    return Address(host=host, port=port, **{**fields, **changes})


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgres://u:p%40ss@db.example:6543/app", address_at("db.example", 6543, password="p@ss")),
        ("postgresql://u:p@db.example/app?sslmode=require", address_at("db.example", password="p", sslmode="require")),
        (
            "postgresql://u:p@ep-1.example/app?sslmode=verify-full&channel_binding=require",
            address_at("ep-1.example", password="p", sslmode="verify-full"),
        ),
        ("postgres://u:p@pooler.example:6543/app?pgbouncer=true", address_at("pooler.example", 6543, password="p")),
        ("postgresql+psycopg2://u@h/app", address_at("h")),
        ("postgresql:///app", address_at("localhost", user="postgres")),
        ("postgresql://u@[::1]:6543/app", address_at("::1", 6543)),
        ("postgresql://u@/app?host=db.example&port=6543", address_at("db.example", 6543)),
        (
            "postgresql://u@/app?host=/run/my sockets",
            address_at(None, None, unix_socket="/run/my sockets/.s.PGSQL.5432"),
        ),
        ("postgresql://u@/app?host=%2Frun%2Fpg&port=6543", address_at(None, None, unix_socket="/run/pg/.s.PGSQL.6543")),
        ("postgresql:///app?user=u&password=p%26q", address_at("localhost", password="p&q")),
        ("postgresql://u@db.example?dbname=app", address_at("db.example")),
        ("postgresql://u@localhost/app?ssl=true", address_at("localhost", sslmode="require")),
        (
            "postgresql://u@db.example/app?options=-c%20search_path%3Dslotledger&application_name=web",
            address_at("db.example", options="-c search_path=slotledger", application_name="web"),
        ),
        # Parts of these URLs should be percent-encoded and aren't. They are accepted, because their meaning is clear.
        ("postgresql://u:p/a#s?s:1@db.example/app?supa=y@z", address_at("db.example", password="p/a#s?s:1")),
        ("postgresql://u:p@ss@db.example/app", address_at("db.example", password="p@ss")),
        ("postgresql://u@server:12/3@db.example/app", address_at("db.example", user="u@server", password="12/3")),
        ("postgresql://u@server@db.example/app", address_at("db.example", user="u@server")),
    ],
)
def test_urls_of_hosting_providers_are_parsed(url: str, expected: Address) -> None:
    assert address_of(url) == expected


@pytest.mark.parametrize(
    "parameters",
    [
        "sslmode=require&channel_binding=require",  # Neon
        "pgbouncer=true&connection_limit=1",  # Supabase, for Prisma
        "sslmode=require&supa=base-pooler.x",  # Supabase, through Vercel
        "workaround=supabase-pooler.vercel",
        "connect_timeout=15&pool_timeout=10&socket_timeout=5&statement_cache_size=0",  # Prisma
        "sslmode=verify-full&sslrootcert=system&target_session_attrs=read-write",
        "schema=public",  # Prisma
    ],
)
def test_parameters_for_other_drivers_are_ignored(parameters: str) -> None:
    address = address_of(f"postgres://u@db.example/app?{parameters}")
    assert (address.host, address.database, address.options) == ("db.example", "app", None)


def test_an_error_about_a_question_mark_in_a_password_does_not_show_the_password() -> None:
    """If the question mark isn't percent-encoded, the rest of the password looks like parameters of the URL."""
    with pytest.raises(InvalidSettings) as refusal:
        address_of("postgresql://u:p@x?hunter=1@db.example/app")
    assert str(refusal.value) == (
        "DATABASE_URL: a parameter after the question mark isn't supported; if the question mark belongs to the"
        " password, percent-encode the password"
    )


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ("schema=slotledger", "the parameter schema isn't supported; use options=-c%20search_path%3D<schema>"),
        ("currentSchema=a", "the parameter currentSchema isn't supported; use options=-c%20search_path%3D<schema>"),
        ("sslrootcert=ca.pem", "the parameter sslrootcert isn't supported; set DATABASE_CA_FILE"),
        ("sslcert=client.pem", "the parameter sslcert isn't supported; remove it"),
        ("target_session_attrs=standby", "the parameter target_session_attrs isn't supported; remove it"),
        ("gssencmode=require", "the parameter gssencmode isn't supported; remove it"),
        ("ssl=false", "the parameter ssl isn't supported; use sslmode"),
        ("sslmode=no-verify", "sslmode has to be one of disable, allow, prefer, require, verify-ca, verify-full"),
        ("option=-c", "the parameter option isn't supported; remove it"),
    ],
)
def test_the_error_for_an_unsupported_parameter_names_the_parameter(parameter: str, message: str) -> None:
    with pytest.raises(InvalidSettings) as refusal:
        address_of(f"postgres://u:secret@db.example/app?{parameter}")
    assert str(refusal.value).startswith(f"DATABASE_URL: {message}")
    assert "secret" not in str(refusal.value)


def test_an_error_does_not_show_a_parameters_name_that_may_be_a_part_of_a_password() -> None:
    with pytest.raises(InvalidSettings) as refusal:
        address_of("postgres://u@db.example/app?s3cret!=1")
    assert "s3cret" not in str(refusal.value)


def test_options_and_the_applications_name_reach_the_server(url: str) -> None:
    settings = Settings(database_url=f"{url}&options=-c%20search_path%3Da%2Cb&application_name=web")
    show = "select current_setting('search_path'), current_setting('application_name')"
    try:
        assert pool_for(settings).read(show, {}) == ["a,b", "web"]
    finally:
        pool_for(settings).close()


def test_the_repr_of_an_address_omits_the_password() -> None:
    assert "secret" not in repr(address_of("postgresql://u:secret@h/app"))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "secret",
        "mysql://u:secret@h/db",
        "sqlite:///secret",
        "postgresql://u:secret@h:x/db",
        "postgresql://u:secret@/db?port=x",
    ],
)
def test_an_error_never_contains_the_url(url: str) -> None:
    """The URL may contain a password."""
    with pytest.raises(InvalidSettings) as refusal:
        address_of(url)
    assert "secret" not in str(refusal.value)
    assert refusal.value.__cause__ is None


@pytest.mark.parametrize(
    ("url", "is_verified"),
    [
        ("postgresql://u@db.example/app", True),
        ("postgresql://u@db.example/app?sslmode=prefer", True),
        ("postgresql://u@db.example/app?sslmode=require", True),
        ("postgresql://u@db.example/app?sslmode=verify-full", True),
        ("postgresql://u@127.0.0.1/app?sslmode=require", True),
        ("postgresql://u@db.example/app?sslmode=disable", False),
        ("postgresql://u@localhost/app", False),
        ("postgresql://u@/app?host=/run/postgres", False),
    ],
)
def test_tls_is_verified_or_not_used(url: str, is_verified: bool) -> None:
    settings = tls(address_of(url), None)
    if is_verified:
        assert isinstance(settings, ssl.SSLContext)
        assert (settings.verify_mode, settings.check_hostname) == (ssl.CERT_REQUIRED, True)
    else:
        assert settings is False


def test_only_verify_ca_leaves_the_host_name_unchecked() -> None:
    settings = tls(address_of("postgresql://u@db.example/app?sslmode=verify-ca"), None)
    assert isinstance(settings, ssl.SSLContext)
    assert (settings.verify_mode, settings.check_hostname) == (ssl.CERT_REQUIRED, False)


def make_certificate(folder: Path) -> None:
    """Write a self-signed certificate for 127.0.0.1 to `ca.pem`, and the certificate with its key to `server.pem`."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a database of the tests")])
    now = datetime.datetime.now(datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), 1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    (folder / "ca.pem").write_bytes(pem)
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "server.pem").write_bytes(pem + encoded)


@contextmanager
def tls_proxy(unix_socket: str, certificate: Path) -> Iterator[int]:
    """Yield the port of a proxy with TLS. The proxy forwards the decrypted data to the PostgreSQL server."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    listener = socket.create_server(("127.0.0.1", 0))

    def pipe(source: Any, target: Any) -> None:
        try:
            while data := source.recv(65536):
                target.sendall(data)
        except OSError:
            pass

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            client.recv(8)  # the message SSLRequest
            client.sendall(b"S")
            try:
                inside = context.wrap_socket(client, server_side=True)
            except OSError:
                client.close()
                continue
            with inside, socket.socket(socket.AF_UNIX) as server:
                server.connect(unix_socket)
                back = threading.Thread(target=pipe, args=(server, inside), daemon=True)
                back.start()
                pipe(inside, server)
                server.shutdown(socket.SHUT_RDWR)
                back.join()

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield int(listener.getsockname()[1])
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


def test_a_server_whose_certificate_cannot_be_verified_is_refused(url: str, tmp_path: Path) -> None:
    """With the authority's certificate in `DATABASE_CA_FILE`, a connection to the same server succeeds."""
    make_certificate(tmp_path)
    unix = address_of(url)
    with tls_proxy(str(unix.unix_socket), tmp_path / "server.pem") as port:
        tcp = f"postgres://postgres@127.0.0.1:{port}/{unix.database}?sslmode=require"
        with_ca_file = engine_for(Settings(database_url=tcp, database_ca_file=str(tmp_path / "ca.pem")))
        assert transact(with_ca_file, lambda connection: connection.execute(text("select 1")).scalar()) == 1
        with_ca_file.dispose()
        without_ca_file = engine_for(Settings(database_url=tcp))
        with pytest.raises(Unavailable) as refusal:
            transact(without_ca_file, lambda connection: connection.execute(text("select 1")).scalar())
        assert str(refusal.value.__cause__).startswith("DATABASE_CA_FILE: the server's certificate can't be verified")
        pool = pool_for(Settings(database_url=tcp, database_ca_file=str(tmp_path / "ca.pem")))
        assert pool.read("select 1", {}) == [1]
        pool.close()
        with pytest.raises(Unavailable):
            pool_for(Settings(database_url=tcp)).read("select 1", {})
