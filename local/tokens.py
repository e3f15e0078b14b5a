"""Tokens for development, signed with the local secret; on deployed stages the auth provider signs them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from common import config
from common.web.auth import claim_path

VALID_FOR = timedelta(days=1)
ADMIN = "00000000-0000-4000-a000-000000000001"


def sign(user_id: str, *, is_admin: bool = False, name: str | None = None) -> str:
    """Return a token that is valid for `VALID_FOR`, signed with the local secret. The settings name its claims."""
    settings = config.current()
    claims: dict[str, Any] = {"sub": user_id, "exp": datetime.now(UTC) + VALID_FOR}
    if settings.auth_issuer:
        claims["iss"] = settings.auth_issuer
    _set_claim(claims, settings.auth_audience_claim, sorted(settings.auth_audience))
    if is_admin:
        _set_claim(claims, settings.auth_admin_claim, settings.auth_admin_value)
    if name is not None:
        _set_claim(claims, settings.auth_name_claim, name)
    return jwt.encode(claims, settings.auth_jwt_secret or "", "HS256")


def sign_student(name: str) -> str:
    """Return a token of a student with this name. The same name is the same student."""
    return sign(f"student|{name}", name=name)


def _set_claim(claims: dict[str, Any], pointer: str, value: Any) -> None:
    """Set the claim that a JSON Pointer refers to, and create the objects around it."""
    *outer, name = claim_path(pointer)
    for each in outer:
        claims = claims.setdefault(each, {})
    claims[name] = value
