"""Tokens for development, signed with the local secret; on deployed stages the auth provider signs them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt

from common import config

VALID_FOR = timedelta(days=1)
ADMIN = "00000000-0000-4000-a000-000000000001"


def sign(user_id: str, *, is_admin: bool = False) -> str:
    """Return a token that is valid for `VALID_FOR`, signed with the local secret."""
    claims: dict[str, Any] = {"sub": user_id, "aud": sorted(config.current().auth_audience)}
    claims["exp"] = datetime.now(UTC) + VALID_FOR
    if is_admin:
        claims["app_metadata"] = {"role": "admin"}
    return jwt.encode(claims, config.current().auth_jwt_secret or "", "HS256")
