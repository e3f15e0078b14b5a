"""The event that AWS sends to a function with a URL, as AWS documents it (payload format 2.0)."""

import base64
from collections.abc import Mapping
from typing import Any

HOST = "abc123.lambda-url.eu-west-1.on.aws"


def function_url_event(
    method: str, query: str = "", body: bytes = b"", headers: Mapping[str, str] | None = None, *, path: str = "/"
) -> dict[str, Any]:
    """Return the event of a request; a body that isn't UTF-8 is encoded in base64."""
    try:
        text, is_base64 = body.decode(), False
    except UnicodeDecodeError:
        text, is_base64 = base64.b64encode(body).decode(), True
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": HOST, "x-forwarded-proto": "https", "x-forwarded-port": "443"}
        | {name.lower(): value for name, value in (headers or {}).items()},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abc123",
            "domainName": HOST,
            "http": {
                "method": method,
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "203.0.113.5",
                "userAgent": "local",
            },
            "requestId": "4dbeb2a6-25f7-44b5-a8c2-4fbd0f8b9d3f",
            "routeKey": "$default",
            "stage": "$default",
            "time": "22/Nov/2026:10:00:00 +0000",
            "timeEpoch": 1795341600000,
        },
        "body": text,
        "isBase64Encoded": is_base64,
    }
