"""The tokens that `make token` and the local dashboard sign."""

import pytest

from common import config
from common.core.caller import Caller
from common.web.auth import authenticate
from local import tokens
from tests.builders import SECRET


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AUTH_ISSUER": "https://auth.example/", "AUTH_AUDIENCE": "web,phone"},
        {
            "AUTH_AUDIENCE_CLAIM": "/azp",
            "AUTH_ADMIN_CLAIM": "/https:~1~1app.example~1roles",
            "AUTH_ADMIN_VALUE": "boss",
        },
        {"AUTH_AUDIENCE_CLAIM": "/for/app", "AUTH_ADMIN_CLAIM": "/for/admin", "AUTH_ADMIN_VALUE": "true"},
        {"AUTH_NAME_CLAIM": "/name"},
    ],
)
def test_the_local_tokens_have_the_claims_that_the_settings_name(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in ({"AUTH_JWT_SECRET": SECRET} | environment).items():
        monkeypatch.setenv(name, value)
    settings = config.current()
    for is_admin in (False, True):
        token = tokens.sign("ada", is_admin=is_admin)
        assert authenticate(f"Bearer {token}", settings) == Caller("ada", is_admin)
    student = Caller("student|Ben Lund", is_admin=False, name="Ben Lund")
    assert authenticate(f"Bearer {tokens.sign_student('Ben Lund')}", settings) == student
