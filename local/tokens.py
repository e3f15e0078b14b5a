"""Tokens for trying things out, signed with the local secret; elsewhere the auth provider makes them."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import jwt

from common import config

HOLDS_FOR = timedelta(days=1)
ADMIN = UUID("00000000-0000-4000-a000-000000000001")


def sign(user_id: UUID, *, is_admin: bool = False) -> str:
    """Sign a token with the local secret."""
    claims: dict[str, Any] = {"sub": str(user_id), "aud": config.current().auth_audience}
    claims["exp"] = datetime.now(UTC) + HOLDS_FOR
    if is_admin:
        claims["app_metadata"] = {"role": "admin"}
    return jwt.encode(claims, config.current().auth_jwt_secret or "", "HS256")
