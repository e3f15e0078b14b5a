import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from common.config import Settings
from common.core.caller import Caller
from common.errors import Unauthenticated, Unavailable
from common.web.auth import authenticate
from tests.builders import SECRET, make_token

USER = uuid4()
WITH_SECRET = Settings(auth_jwt_secret=SECRET)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)


class Keys(BaseHTTPRequestHandler):
    """What an auth provider publishes: /jwks has the keys, anything else is broken in a way of its own."""

    fetched = 0

    def do_GET(self) -> None:
        type(self).fetched += 1
        ec_jwk = {**json.loads(ECAlgorithm.to_jwk(EC_KEY.public_key())), "kid": "test-key", "alg": "ES256"}
        rsa_jwk = {**json.loads(RSAAlgorithm.to_jwk(RSA_KEY.public_key())), "kid": "rsa-key", "alg": "RS256"}
        answers = {"/jwks": json.dumps({"keys": [ec_jwk, rsa_jwk]}), "/not-json": "<html>", "/list": "[]"}
        body = answers.get(self.path)
        self.send_response(200 if body is not None else 500)
        self.end_headers()
        self.wfile.write((body or "").encode())

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def keys_url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Keys)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def caller(token: str, settings: Settings = WITH_SECRET) -> Caller:
    return authenticate(f"Bearer {token}", settings)


def test_a_token_that_holds_says_who_is_calling() -> None:
    admin = make_token(USER, app_metadata={"role": "admin", "provider": "email"})
    assert caller(make_token(USER)) == Caller(USER, is_admin=False)
    assert caller(admin) == Caller(USER, is_admin=True)
    assert authenticate(f"bearer  {make_token(USER)} ", WITH_SECRET) == Caller(USER, is_admin=False)


def test_an_issuer_whose_clock_is_ahead_is_believed() -> None:
    """A token that was signed a moment ago must not fail for a few seconds between two machines."""
    assert caller(make_token(USER, iat=datetime.now(UTC) + timedelta(seconds=30))).user_id == USER


def test_only_the_provider_makes_admins() -> None:
    """`user_metadata` is the user's own to write, and a role has to be the exact word."""
    for claims in (
        {"role": "admin"},
        {"user_metadata": {"role": "admin"}},
        {"app_metadata": {"role": "ADMIN"}},
        {"app_metadata": {"role": ["admin"]}},
        {"app_metadata": "admin"},
        {"app_metadata": None},
    ):
        assert not caller(make_token(USER, **claims)).is_admin


NOW = datetime.now(UTC)
REFUSED = {
    "expired": make_token(USER, exp=NOW - timedelta(seconds=2)),
    "never expires": make_token(USER, exp=None),
    "not valid yet": make_token(USER, nbf=NOW + timedelta(hours=1)),
    "for somebody else": make_token(USER, aud="anon"),
    "for nobody": make_token(USER, aud=None),
    "of nobody": make_token(USER, sub=None),
    "of no user": make_token("service"),
    "signed with another secret": make_token(USER, "another secret, which is just as long as it"),
    "unsigned": jwt.encode({"sub": str(USER), "aud": "authenticated", "exp": NOW + timedelta(hours=1)}, "", "none"),
    "signed in another way": make_token(USER, SECRET * 2, "HS512"),
    "signed with a key that we don't know": make_token(USER, EC_KEY, "ES256"),
    "without a signature": ".".join(make_token(USER).split(".")[:2]) + ".",
    "cut off": make_token(USER)[:-2],
    "not a token": "a.b.c",
    "nothing like a token": "\xe9" * 20,
    "nested too deeply": jwt.utils.base64url_encode(b"[" * 100_000).decode() + ".e30.x",
    "an endless number as expiry": make_token(USER, exp=float("inf")),
}


@pytest.mark.parametrize("why", REFUSED)
def test_a_token_that_does_not_hold_is_refused(why: str) -> None:
    with pytest.raises(Unauthenticated):
        caller(REFUSED[why])


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", make_token(USER)])
def test_a_header_that_is_not_a_bearer_token_is_refused(header: str | None) -> None:
    with pytest.raises(Unauthenticated, match="Authorization: Bearer <token>"):
        authenticate(header, WITH_SECRET)


def test_with_no_key_configured_everybody_is_refused() -> None:
    """There is no open mode: also a token signed with an empty secret is refused."""
    empty = Settings.from_env({"AUTH_JWT_SECRET": ""})
    for token in (make_token(USER), REFUSED["unsigned"]):
        with pytest.raises(Unauthenticated):
            caller(token, empty)


def test_published_keys_are_fetched_once(keys_url: str) -> None:
    settings = Settings(auth_jwks_url=f"{keys_url}/jwks")
    before = Keys.fetched
    rsa_token = jwt.encode(
        {"sub": str(USER), "aud": "authenticated", "exp": NOW + timedelta(hours=1)},
        RSA_KEY,
        "RS256",
        headers={"kid": "rsa-key"},
    )
    for token in (make_token(USER, EC_KEY, "ES256"), rsa_token, make_token(USER, EC_KEY, "ES256")):
        assert caller(token, settings) == Caller(USER, is_admin=False)
    assert Keys.fetched == before + 1


def test_a_key_counts_for_its_own_algorithm_only(keys_url: str) -> None:
    """The public key as if it were a shared secret; another's key; a key id that isn't there; no key id."""
    settings = Settings(auth_jwks_url=f"{keys_url}/jwks")
    public_key = EC_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = {"sub": str(USER), "aud": "authenticated", "exp": NOW + timedelta(hours=1)}
    other = ec.generate_private_key(ec.SECP256R1())
    forged = jwt.api_jws.PyJWS()
    forged.get_algorithm_by_name("HS256").prepare_key = lambda key: key  # type: ignore[method-assign]
    for token in (
        make_token(USER),
        forged.encode(json.dumps(claims, default=lambda at: at.timestamp()).encode(), public_key, "HS256"),
        make_token(USER, other, "ES256"),
        jwt.encode(claims, EC_KEY, "ES256", headers={"kid": "rsa-key"}),
        jwt.encode(claims, EC_KEY, "ES256", headers={"kid": "gone"}),
        jwt.encode(claims, EC_KEY, "ES256"),
    ):
        with pytest.raises(Unauthenticated):
            caller(token, settings)


def test_keys_that_cannot_be_fetched_are_an_outage_and_not_a_verdict(keys_url: str) -> None:
    """A 401 would sign everybody out."""
    token = make_token(USER, EC_KEY, "ES256")
    for url in (f"{keys_url}/gone", f"{keys_url}/not-json", f"{keys_url}/list", "http://127.0.0.1:1/jwks"):
        with pytest.raises(Unavailable):
            caller(token, Settings(auth_jwks_url=url))
