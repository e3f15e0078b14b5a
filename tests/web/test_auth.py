import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common.config import InvalidSettings, Settings
from common.core.caller import Caller
from common.errors import Unauthenticated, Unavailable
from common.web.auth import NO_USER_ID, authenticate
from tests.builders import SECRET, make_token
from tests.hosts import Api
from tests.web.conftest import EC_KEY, RSA_KEY, KeyServer

USER = "auth0|64f0c2"
WITH_SECRET = Settings(auth_jwt_secret=SECRET)


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


# No such claim makes an admin, or is an audience. The texts and numbers are equal to `true` in some languages.
NOT_EQUAL: list[Any] = [
    None,
    True,
    False,
    0,
    1,
    1.0,
    "",
    "Admin",
    "admin ",
    "admin,user",
    [],
    [[]],
    [["admin"]],
    {},
    {"admin": 1},
]


@pytest.mark.parametrize("value", NOT_EQUAL)
def test_only_the_exact_text_makes_an_admin_or_is_an_audience(value: Any) -> None:
    settings = Settings(auth_jwt_secret=SECRET, auth_audience=frozenset({"admin"}), auth_admin_claim="/role")
    assert not caller(make_token(USER, aud=["x", "admin"], role=value), settings).is_admin
    assert caller(make_token(USER, aud="admin", role=["x", value, "admin"]), settings).is_admin
    with pytest.raises(Unauthenticated) as caught:
        caller(make_token(USER, aud=value), settings)
    assert caught.value.token_part == "aud"


def test_true_makes_an_admin_if_the_admin_value_is_true() -> None:
    settings = Settings(auth_jwt_secret=SECRET, auth_admin_claim="/admin", auth_admin_value="true")
    equal: list[Any] = [True, "true", ["true"]]
    for value in equal:
        assert caller(make_token(USER, admin=value), settings).is_admin
    not_equal: list[Any] = [1, 1.0, "True", "1", [1], [True], {"true": True}, False, None]
    for value in not_equal:
        assert not caller(make_token(USER, admin=value), settings).is_admin
    with pytest.raises(Unauthenticated):  # this is for admins only
        caller(make_token(USER, aud=True), Settings(auth_jwt_secret=SECRET, auth_audience=frozenset({"true"})))


@pytest.mark.parametrize(
    ("pointer", "claims"),
    [
        ("/role", {"role": "admin"}),
        ("/https:~1~1app.example~1roles", {"https://app.example/roles": ["tutor", "admin"]}),
        ("/a~01b/c", {"a~1b": {"c": "admin"}}),
        ("/cognito:groups", {"cognito:groups": ["admin"]}),
    ],
)
def test_the_admin_claim_is_a_json_pointer(pointer: str, claims: dict[str, Any]) -> None:
    environment = {"AUTH_JWT_SECRET": SECRET, "AUTH_ADMIN_CLAIM": pointer}
    settings = Settings.from_env(environment)
    assert caller(make_token(USER, **claims), settings).is_admin
    others: list[dict[str, Any]] = [{}, {"a/b": {"c": "admin"}, "https:": {"": {"app.example": {"roles": "admin"}}}}]
    for other in others:
        assert not caller(make_token(USER, **other), settings).is_admin


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AUTH_ADMIN_CLAIM", "app_metadata/role"),
        ("AUTH_ADMIN_CLAIM", "/"),
        ("AUTH_ADMIN_CLAIM", "/role/"),
        ("AUTH_ADMIN_CLAIM", "/https://app.example/roles"),
        ("AUTH_ADMIN_CLAIM", "/a~2b"),
        ("AUTH_AUDIENCE_CLAIM", "azp"),
        ("AUTH_AUDIENCE_CLAIM", "$.azp"),
        ("AUTH_AUDIENCE", ","),
        ("AUTH_JWKS_URL", "auth.example/keys"),
        ("AUTH_JWKS_URL", "http://auth.example/keys"),
        ("AUTH_JWKS_URL", "http://localhost.example/keys"),
        ("AUTH_JWKS_URL", "file:///etc/keys"),
        ("AUTH_JWKS_URL", "https://"),
    ],
)
def test_a_setting_that_would_accept_no_token_or_a_forged_one_is_refused(name: str, value: str) -> None:
    with pytest.raises(InvalidSettings, match=f"^{name}: "):
        Settings.from_env({name: value})


def test_an_empty_setting_has_its_default_value() -> None:
    names = ("AUDIENCE", "AUDIENCE_CLAIM", "ADMIN_CLAIM", "ADMIN_VALUE", "ISSUER", "JWKS_URL", "JWT_SECRET")
    assert Settings.from_env({f"AUTH_{name}": " " for name in names}) == Settings()


def test_one_of_several_audiences_is_enough() -> None:
    environment = {"AUTH_JWT_SECRET": SECRET, "AUTH_AUDIENCE": "web, phone ,", "AUTH_AUDIENCE_CLAIM": "/client/id"}
    settings = Settings.from_env(environment)
    for audience in ("web", ["x", "phone"]):
        assert caller(make_token(USER, aud=None, client={"id": audience}), settings).user_id == USER
    refused: list[tuple[dict[str, Any], str]] = [
        ({"client": {"id": "we"}}, "it is for another audience"),
        ({"client": {"id": "web, phone"}}, "it is for another audience"),
        ({"aud": "web"}, "its client / id claim is missing"),
        ({"aud": "web", "client": "web"}, "its client / id claim is missing"),
        ({"aud": "web", "client": [{"id": "web"}]}, "its client / id claim is missing"),
    ]
    for claims, message in refused:
        with pytest.raises(Unauthenticated, match=f"^The token is not valid: {message}$"):
            caller(make_token(USER, **claims), settings)


def test_the_issuer_is_checked_if_it_is_set() -> None:
    settings = Settings(auth_jwt_secret=SECRET, auth_issuer="https://auth.example/")
    assert caller(make_token(USER, iss="https://auth.example/"), settings).user_id == USER
    assert caller(make_token(USER, iss="https://other.example/")).user_id == USER
    other, missing = "it is from another issuer", "its iss claim is missing"
    refused: list[tuple[dict[str, Any], str]] = [
        *(({"iss": value}, other) for value in ("https://auth.example", ["https://auth.example/"], 7, True, None)),
        ({}, missing),
    ]
    for claims, message in refused:
        token = jwt.api_jws.encode(json.dumps(CLAIMS | claims).encode(), SECRET, "HS256")
        with pytest.raises(Unauthenticated) as caught:
            caller(token, settings)
        assert (caught.value.token_part, str(caught.value)) == ("iss", f"The token is not valid: {message}")


NOW = datetime.now(UTC)
CLAIMS = {"sub": USER, "aud": "authenticated", "exp": 4e9}
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


def test_published_keys_need_no_algorithm(keys_url: str) -> None:
    """Some providers leave `alg` out. Then the kind of the key says which algorithm it is for."""
    settings = Settings(auth_jwks_url=f"{keys_url}/without-alg")
    assert caller(jwt.encode(CLAIMS, RSA_KEY, "RS256", {"kid": "rsa-key"}), settings).user_id == USER
    assert caller(jwt.encode(CLAIMS, EC_KEY, "ES256", {"kid": "test-key"}), settings).user_id == USER
    for algorithm, key_id in (("RS512", "rsa-key"), ("PS256", "rsa-key"), ("RS256", "test-key")):
        with pytest.raises(Unauthenticated) as caught:
            caller(jwt.encode(CLAIMS, RSA_KEY, algorithm, {"kid": key_id}), settings)
        assert caught.value.token_part == "alg"


def test_a_published_shared_secret_verifies_no_token(keys_url: str) -> None:
    """A key of the type `oct` is a secret. If a provider publishes one, everybody can sign tokens with it."""
    token = jwt.encode(CLAIMS, SECRET, "HS256", {"kid": "secret"})
    with pytest.raises(Unauthenticated) as caught:
        caller(token, Settings(auth_jwks_url=f"{keys_url}/secret"))
    assert caught.value.token_part == "alg"


@pytest.mark.parametrize(
    "path", ["/gone", "/moved", "/not-json", "/list", "/broken-off", "/alg-is-none", "/alg-is-a-list"]
)
def test_keys_that_cannot_be_fetched_or_read_are_an_outage(keys_url: str, path: str) -> None:
    """Therefore, the answer is 503. The answer 401 would sign all users out."""
    with pytest.raises(Unavailable):
        caller(make_token(USER, EC_KEY, "ES256"), Settings(auth_jwks_url=keys_url + path))


def test_an_auth_provider_that_cannot_be_reached_is_an_outage() -> None:
    with pytest.raises(Unavailable):
        caller(make_token(USER, EC_KEY, "ES256"), Settings(auth_jwks_url="http://127.0.0.1:1/jwks"))
