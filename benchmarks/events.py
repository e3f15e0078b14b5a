"""The requests and the environment of our functions: events of Function URLs, tokens, environment variables."""

import json
import os
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import jwt

from benchmarks.data import user_id
from local.function_url import function_url_event

SECRET = "a secret of the benchmarks, which is long enough"
ADMIN = "admin"


def environment(database_url: str) -> dict[str, str]:
    """Return the environment variables of a function."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "STAGE": "dev",
        "DATABASE_URL": database_url,
        "AUTH_JWT_SECRET": SECRET,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def get(tutor: str, has_token: bool, **query: object) -> dict[str, Any]:
    """Return the event of a GET request about a tutor, with the tutor's token or without a token."""
    return _event("GET", urlencode({"tutorId": tutor, **query}), "", tutor if has_token else None)


def get_as_admin(**query: object) -> dict[str, Any]:
    """Return the event of a GET request with an admin's token."""
    return _event("GET", urlencode(query), "", ADMIN)


def scheduled(**detail: object) -> dict[str, Any]:
    """Return the event that starts a scheduled function."""
    return {"version": "0", "source": "aws.events", "detail-type": "Scheduled Event", "detail": {}, **detail}


def put(tutor: str, **body: object) -> dict[str, Any]:
    """Return the event of an update with the tutor's token."""
    return _event("PUT", "", json.dumps({"tutorId": tutor, **body}), tutor)


def _event(method: str, query: str, body: str, caller: str | None) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {_token(caller)}"} if caller else {}
    return function_url_event(method, query, body.encode(), headers)


@cache
def _token(caller: str) -> str:
    claims: dict[str, Any] = {"aud": "authenticated", "exp": datetime.now(UTC) + timedelta(hours=3)}
    if caller == ADMIN:
        claims |= {"sub": str(UUID(int=0)), "app_metadata": {"role": "admin"}}
    else:
        claims["sub"] = user_id(caller)
    return jwt.encode(claims, SECRET, "HS256")
