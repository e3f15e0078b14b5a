"""The auth providers in `docs/signing-in.md`, with the settings and the tokens of that page."""

import copy
import json
import re
from dataclasses import dataclass, replace
from typing import Any

import jwt
import pytest
import yaml

from common.config import Settings
from common.core.caller import Caller
from common.errors import Unauthenticated
from common.web.auth import authenticate, claim_path
from deploy.stages import ROOT, serverless_config
from tests.builders import SECRET
from tests.hosts import Api
from tests.web.conftest import EC_KEY, RSA_KEY

PAGE = (ROOT / "docs/signing-in.md").read_text()
NAMES = ("Supabase", "Auth0", "Firebase", "Clerk", "Amazon Cognito")
IN_A_YEAR = 4e9


def environment_of(params: dict[str, str]) -> dict[str, str]:
    """Return the environment variables that `serverless.yml` makes of parameters."""
    variables = {value: name for name, value in serverless_config()["provider"]["environment"].items()}
    return {variables[f"${{param:{name}}}"]: value for name, value in params.items()}


@dataclass(frozen=True)
class Provider:
    """A provider's section of the page: its settings, and the payload of an admin's token."""

    name: str

    @property
    def section(self) -> str:
        return PAGE.split(f"\n## {self.name}\n")[1].split("\n## ")[0]

    def block(self, language: str) -> str:
        """Return the section's first code block in a language."""
        found = re.search(rf"^```{language}\n(.*?)^```", self.section, re.DOTALL | re.MULTILINE)
        assert found
        return found[1]

    @property
    def environment(self) -> dict[str, str]:
        return environment_of(yaml.safe_load(self.block("yaml")))

    def payload(self) -> dict[str, Any]:
        return {**json.loads(self.block("json")), "exp": IN_A_YEAR}


@dataclass(frozen=True)
class Signer:
    """A provider with a way to sign tokens."""

    provider: Provider
    algorithm: str
    settings: Settings

    def token(self, payload: dict[str, Any]) -> str:
        key: Any = {"RS256": RSA_KEY, "ES256": EC_KEY, "HS256": SECRET}[self.algorithm]
        key_id = {"RS256": "rsa-key", "ES256": "test-key", "HS256": "secret"}[self.algorithm]
        return jwt.encode(payload, key, self.algorithm, {"kid": key_id})

    def caller(self, payload: dict[str, Any]) -> Caller:
        return authenticate(f"Bearer {self.token(payload)}", self.settings)

    def refusal(self, payload: dict[str, Any]) -> str | None:
        """Return the part of the token for which it is refused."""
        with pytest.raises(Unauthenticated) as caught:
            self.caller(payload)
        return caught.value.token_part


@pytest.fixture(
    params=[*((name, "RS256") for name in NAMES), ("Supabase", "ES256"), ("Supabase", "HS256")], ids=":".join
)
def signer(request: pytest.FixtureRequest, keys_url: str) -> Signer:
    """Each provider; Supabase with each way of signing. The local server has the keys, without their algorithm."""
    name, algorithm = request.param
    settings = Settings.from_env(Provider(name).environment)
    if algorithm == "HS256":
        settings = replace(settings, auth_jwks_url=None, auth_jwt_secret=SECRET)
    else:
        settings = replace(settings, auth_jwks_url=f"{keys_url}/without-alg")
    return Signer(Provider(name), algorithm, settings)


def _copy_and_object_with(payload: dict[str, Any], pointer: str) -> tuple[dict[str, Any], dict[str, Any], str]:
    """Return a copy of the payload, the object in this copy that has the claim, and the claim's name in that object."""
    payload = copy.deepcopy(payload)
    *outer, name = claim_path(pointer)
    claims = payload
    for each in outer:
        claims = claims[each]
    return payload, claims, name


def changed(payload: dict[str, Any], pointer: str, value: Any) -> dict[str, Any]:
    """Return the payload with another value of a claim."""
    payload, claims, name = _copy_and_object_with(payload, pointer)
    claims[name] = value
    return payload


def without(payload: dict[str, Any], pointer: str) -> dict[str, Any]:
    """Return the payload without a claim."""
    payload, claims, name = _copy_and_object_with(payload, pointer)
    del claims[name]
    return payload


def name_in(payload: dict[str, Any]) -> str | None:
    """Return the name in the payload, at the default of `AUTH_NAME_CLAIM`."""
    name: str | None = payload.get("user_metadata", {}).get("name")
    return name


def test_the_token_of_the_page_is_an_admins(signer: Signer) -> None:
    payload = signer.provider.payload()
    assert signer.caller(payload) == Caller(payload["sub"], is_admin=True, name=name_in(payload))


def test_without_the_admin_claim_the_user_is_no_admin(signer: Signer) -> None:
    payload, pointer = signer.provider.payload(), signer.settings.auth_admin_claim
    user = Caller(payload["sub"], is_admin=False, name=name_in(payload))
    assert signer.caller(without(payload, pointer)) == user
    for value in (None, False, 0, 1, "", "Admin", "user", [], ["user"], ["Admin", ["admin"]], {"admin": True}):
        assert signer.caller(changed(payload, pointer, value)) == user


def test_claims_that_users_can_set_make_no_admin(signer: Signer) -> None:
    payload = without(signer.provider.payload(), signer.settings.auth_admin_claim)
    written = {"role": "admin", "admin": True, "roles": ["admin"], "groups": ["admin"]}
    for name in ("user_metadata", "unsafe_metadata", "custom"):
        assert not signer.caller({**payload, name: written}).is_admin


def test_a_token_for_another_audience_is_refused(signer: Signer) -> None:
    payload, pointer = signer.provider.payload(), signer.settings.auth_audience_claim
    (audience,) = signer.settings.auth_audience
    for value in (
        "other",
        ["other"],
        [],
        "",
        audience + "/",
        audience.upper(),
        7,
        True,
        {audience: True},
        [[audience]],
    ):
        assert signer.refusal(changed(payload, pointer, value)) == "aud"
    assert signer.refusal(without(payload, pointer)) == "aud"
    assert signer.caller(changed(payload, pointer, ["other", audience])).is_admin


def test_a_token_of_another_issuer_is_refused(signer: Signer) -> None:
    payload = signer.provider.payload()
    for issuer in ("https://other.example", payload["iss"] + "/", payload["iss"].rstrip("/") + "x", ""):
        assert signer.refusal({**payload, "iss": issuer}) == "iss"
    assert signer.refusal(without(payload, "/iss")) == "iss"


def test_another_kind_of_token_of_the_same_provider_is_refused(keys_url: str) -> None:
    """These tokens are signed with the same keys: ID tokens, and Supabase's keys for the API."""
    for name, claims, part in (
        ("Auth0", {"aud": "K1AUPhZq8mRi0Q0pjhkfu1D7y6KjDQja"}, "aud"),
        ("Amazon Cognito", {"aud": "1h57kf5cpq17m0eml12EXAMPLE", "client_id": None, "token_use": "id"}, "aud"),
        ("Clerk", {"azp": None}, "aud"),
        ("Supabase", {"role": "service_role", "sub": None, "aud": None}, "sub"),
    ):
        provider = Provider(name)
        settings = replace(Settings.from_env(provider.environment), auth_jwks_url=f"{keys_url}/jwks")
        payload = {key: value for key, value in {**provider.payload(), **claims}.items() if value is not None}
        assert Signer(provider, "RS256", settings).refusal(payload) == part


def test_a_tutor_is_found_by_the_sub_of_the_token(signer: Signer, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the settings of the page as environment variables, an admin saves a tutor, who then finds her `tutorId`."""
    variables = {
        "AUTH_JWKS_URL": signer.settings.auth_jwks_url or "",
        "AUTH_JWT_SECRET": signer.settings.auth_jwt_secret or "",
    }
    for name, value in (signer.provider.environment | variables).items():
        monkeypatch.setenv(name, value)
    admin = signer.provider.payload()
    user = without({**admin, "sub": admin["sub"] + "2"}, signer.settings.auth_admin_claim)
    tutor = {"userId": user["sub"], "name": "Ada", "timeZone": "Europe/Copenhagen"}
    assert api.call("tutors", "PUT", json=tutor, token=signer.token(user)).status == 403
    saved = api.call("tutors", "PUT", json=tutor, token=signer.token(admin))
    assert saved.status == 200
    found = api.call("tutors", query={"userId": "me"}, token=signer.token(user))
    assert (found.status, found.json["tutorId"]) == (200, saved.json["tutorId"])


def test_the_settings_of_the_page_can_be_deployed() -> None:
    """The names are parameters of `serverless.yml`, and the table has each of them with its environment variable."""
    for name in NAMES:
        settings = Settings.from_env(Provider(name).environment)
        assert settings.auth_jwks_url
        assert settings.auth_issuer
        assert settings.auth_jwks_url.startswith("https://")
    auth = [name for name in serverless_config()["params"]["default"] if name.startswith("auth")]
    for name in auth:
        variable = next(iter(environment_of({name: ""}))).removesuffix("_PARAMETER")
        assert f"| `{name}` | `{variable}` |" in PAGE
