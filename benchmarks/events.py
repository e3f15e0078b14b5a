"""What the functions are called with: events of Function URLs, tokens, and the environment."""

import json
import os
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode

import jwt

from benchmarks.data import user_id

SECRET = "a secret of the benchmarks, which is long enough"


def environment(database_url: str) -> dict[str, str]:
    """Return the environment of a function."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "STAGE": "dev",
        "DATABASE_URL": database_url,
        "AUTH_JWT_SECRET": SECRET,
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def get(tutor: str, as_themselves: bool, **query: object) -> dict[str, Any]:
    """Return the event of a question about a tutor, by themselves or by nobody in particular."""
    return _event("GET", urlencode({"tutorId": tutor, **query}), "", tutor if as_themselves else None)


def put(tutor: str, **body: object) -> dict[str, Any]:
    """Return the event of an edit by a tutor."""
    return _event("PUT", "", json.dumps({"tutorId": tutor, **body}), tutor)


def _event(method: str, query: str, body: str, caller: str | None) -> dict[str, Any]:
    """Return an event as AWS documents it (payload format 2.0)."""
    host = "abc123.lambda-url.eu-west-1.on.aws"
    headers = {"host": host, "x-forwarded-proto": "https", "x-forwarded-port": "443"}
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": query,
        "headers": headers | ({"authorization": f"Bearer {_token(caller)}"} if caller else {}),
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abc123",
            "domainName": host,
            "http": {
                "method": method,
                "path": "/",
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.5",
                "userAgent": "benchmarks",
            },
            "requestId": "4dbeb2a6-25f7-44b5-a8c2-4fbd0f8b9d3f",
            "routeKey": "$default",
            "stage": "$default",
            "time": "22/Nov/2026:10:00:00 +0000",
            "timeEpoch": 1795341600000,
        },
        "body": body,
        "isBase64Encoded": False,
    }


@cache
def _token(tutor: str) -> str:
    expires_at = datetime.now(UTC) + timedelta(hours=3)
    return jwt.encode({"sub": user_id(tutor), "aud": "authenticated", "exp": expires_at}, SECRET, "HS256")
