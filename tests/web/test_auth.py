import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

from common.config import Settings
from common.core.caller import Caller
from common.errors import Unauthenticated, Unavailable
from common.web.auth import NO_USER_ID, authenticate
from tests.builders import SECRET, make_token
from tests.hosts import Api

USER = "auth0|64f0c2"
WITH_SECRET = Settings(auth_jwt_secret=SECRET)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)


class KeyServer(BaseHTTPRequestHandler):
    """A server with an auth provider's published keys at `/jwks`. All other paths return an error or no keys."""

    requests = 0

    def do_GET(self) -> None:
        type(self).requests += 1
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
    server = HTTPServer(("127.0.0.1", 0), KeyServer)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def caller(token: str, settings: Settings = WITH_SECRET) -> Caller:
    return authenticate(f"Bearer {token}", settings)


def test_a_valid_token_identifies_the_caller() -> None:
    admin = make_token(USER, app_metadata={"role": "admin", "provider": "email"})
    assert caller(make_token(USER)) == Caller(USER, is_admin=False)
    assert caller(admin) == Caller(USER, is_admin=True)
    assert authenticate(f"bearer  {make_token(USER)} ", WITH_SECRET) == Caller(USER, is_admin=False)


def test_a_token_whose_iat_claim_is_in_the_future_is_valid() -> None:
    """The clock of the server that signed the token may be ahead of this server's clock."""
    assert caller(make_token(USER, iat=datetime.now(UTC) + timedelta(seconds=30))).user_id == USER


def test_only_app_metadata_makes_an_admin() -> None:
    """Users can write `user_metadata` themselves. The role must be exactly `admin`."""
    for claims in (
        {"role": "admin"},
        {"user_metadata": {"role": "admin"}},
        {"app_metadata": {"role": "ADMIN"}},
        {"app_metadata": {"role": ["Admin", ["admin"]]}},
        {"app_metadata": "admin"},
        {"app_metadata": None},
    ):
        assert not caller(make_token(USER, **claims)).is_admin


NOW = datetime.now(UTC)
UNSIGNED = jwt.encode({"sub": str(USER), "aud": "authenticated", "exp": NOW + timedelta(hours=1)}, "", "none")
SUB_IS_A_NUMBER = json.dumps({"sub": 7, "aud": "authenticated", "exp": 4e9}).encode()
INVALID = {
    "expired": (make_token(USER, exp=NOW - timedelta(seconds=2)), "exp", "it has expired; sign in again"),
    "without exp": (make_token(USER, exp=None), "exp", "its exp claim is missing"),
    "not valid yet": (make_token(USER, nbf=NOW + timedelta(hours=1)), "nbf", "it is not valid yet"),
    "for another audience": (make_token(USER, aud="anon"), "aud", "it is for another audience"),
    "without aud": (make_token(USER, aud=None), "aud", "its aud claim is missing"),
    "without sub": (make_token(USER, sub=None), "sub", "its sub claim is missing"),
    "sub is empty": (make_token(""), "sub", NO_USER_ID),
    "sub has 256 bytes": (make_token("æ" * 128), "sub", NO_USER_ID),
    "sub has a control character": (make_token("ada\n"), "sub", NO_USER_ID),
    "sub is not a string": (
        jwt.api_jws.encode(SUB_IS_A_NUMBER, SECRET, "HS256"),
        "sub",
        NO_USER_ID,
    ),
    "signed with another secret": (
        make_token(USER, "another secret, which is just as long as it"),
        "signature",
        "its signature is wrong",
    ),
    "without a signature": (
        ".".join(make_token(USER).split(".")[:2]) + ".",
        "signature",
        "its signature is wrong",
    ),
    "unsigned": (UNSIGNED, "alg", "its algorithm is not accepted"),
    "another algorithm": (make_token(USER, SECRET * 2, "HS512"), "alg", "its algorithm is not accepted"),
    "a key that is not configured": (make_token(USER, EC_KEY, "ES256"), "alg", "its algorithm is not accepted"),
    "cut off": (make_token(USER)[:-2], "format", "it is malformed"),
    "not a token": ("a.b.c", "format", "it is malformed"),
    "not ASCII": ("\xe9" * 20, "format", "it is malformed"),
    "nested too deeply": (
        jwt.utils.base64url_encode(b"[" * 100_000).decode() + ".e30.x",
        "format",
        "it is malformed",
    ),
    "exp is infinite": (make_token(USER, exp=float("inf")), "format", "it is malformed"),
}


@pytest.mark.parametrize(("token", "part", "message"), INVALID.values(), ids=INVALID)
def test_an_invalid_token_is_refused_with_the_reason(token: str, part: str, message: str) -> None:
    """The reason doesn't contain the expected value, such as the audience, because this would help an attacker."""
    with pytest.raises(Unauthenticated) as caught:
        caller(token)
    assert (caught.value.token_part, str(caught.value)) == (part, f"The token is not valid: {message}")


def test_a_log_line_names_the_part_of_the_token_that_is_wrong(api: Api, capsys: pytest.CaptureFixture[str]) -> None:
    """The line shows an operator which setting of the auth provider to check. The token itself isn't logged."""
    for token, part, message in (INVALID["for another audience"], INVALID["signed with another secret"]):
        answer = api.call("audit_stats", token=token)
        problem = answer.json["title"], answer.json["detail"]
        assert problem == ("Authentication required", f"The token is not valid: {message}")
        output = capsys.readouterr().out
        line = json.loads(output)
        assert (line["status"], line["error"], line["tokenPart"]) == (401, "Unauthenticated", part)
        assert token not in output
    assert api.call("audit_stats").json["detail"] == "send the header Authorization: Bearer <token>"
    assert "tokenPart" not in json.loads(capsys.readouterr().out)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", make_token(USER)])
def test_a_header_that_is_not_a_bearer_token_is_refused(header: str | None) -> None:
    with pytest.raises(Unauthenticated, match="Authorization: Bearer <token>"):
        authenticate(header, WITH_SECRET)


def test_without_a_configured_key_every_token_is_refused() -> None:
    """An empty secret isn't a key."""
    empty = Settings.from_env({"AUTH_JWT_SECRET": ""})
    for token in (make_token(USER), UNSIGNED):
        with pytest.raises(Unauthenticated):
            caller(token, empty)


def test_published_keys_are_fetched_once(keys_url: str) -> None:
    settings = Settings(auth_jwks_url=f"{keys_url}/jwks")
    before = KeyServer.requests
    rsa_token = jwt.encode(
        {"sub": str(USER), "aud": "authenticated", "exp": NOW + timedelta(hours=1)},
        RSA_KEY,
        "RS256",
        headers={"kid": "rsa-key"},
    )
    for token in (make_token(USER, EC_KEY, "ES256"), rsa_token, make_token(USER, EC_KEY, "ES256")):
        assert caller(token, settings) == Caller(USER, is_admin=False)
    assert KeyServer.requests == before + 1


def test_a_token_must_be_signed_with_the_published_key_that_its_kid_names(keys_url: str) -> None:
    """A token is refused if it has another key's signature or algorithm, an unknown `kid`, or no `kid`.

    A token is also refused if it is signed with the public key as a shared secret, because everybody has the public
    key.
    """
    settings = Settings(auth_jwks_url=f"{keys_url}/jwks")
    public_key = EC_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    claims = {"sub": str(USER), "aud": "authenticated", "exp": NOW + timedelta(hours=1)}
    other = ec.generate_private_key(ec.SECP256R1())
    forged = jwt.api_jws.PyJWS()
    forged.get_algorithm_by_name("HS256").prepare_key = lambda key: key  # type: ignore[method-assign]
    for part, token in (
        ("alg", make_token(USER)),
        ("alg", forged.encode(json.dumps(claims, default=lambda at: at.timestamp()).encode(), public_key, "HS256")),
        ("signature", make_token(USER, other, "ES256")),
        ("alg", jwt.encode(claims, EC_KEY, "ES256", headers={"kid": "rsa-key"})),
        ("kid", jwt.encode(claims, EC_KEY, "ES256", headers={"kid": "gone"})),
        ("kid", jwt.encode(claims, EC_KEY, "ES256")),
    ):
        with pytest.raises(Unauthenticated) as caught:
            caller(token, settings)
        assert caught.value.token_part == part


def test_keys_that_cannot_be_fetched_are_an_outage(keys_url: str) -> None:
    """Therefore, the answer is 503. The answer 401 would sign all users out."""
    token = make_token(USER, EC_KEY, "ES256")
    for url in (f"{keys_url}/gone", f"{keys_url}/not-json", f"{keys_url}/list", "http://127.0.0.1:1/jwks"):
        with pytest.raises(Unavailable):
            caller(token, Settings(auth_jwks_url=url))
