"""The event that AWS sends to a function with a URL, as AWS documents it (payload format 2.0)."""

from collections.abc import Mapping
from typing import Any


def function_url_event(
    method: str, query: str, *, path: str = "/", body: str = "", headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """Return the event of a request."""
    host = "abc123.lambda-url.eu-west-1.on.aws"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": query,
        "headers": {"host": host, "x-forwarded-proto": "https", "x-forwarded-port": "443", **(headers or {})},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abc123",
            "domainName": host,
            "http": {
                "method": method,
                "path": path,
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
