"""Serves one of the FastAPI applications in this process, the way AWS Lambda does through Mangum.

Usage: mangum_worker.py documented|tuned. As Mangum's documentation has it: `handler = Mangum(app, lifespan="off")`.
With its lifespan on, Mangum starts and stops the application around every event, and the pool with it; so the lifespan
is entered once, before the first event, on the loop that Mangum goes on to use.

Protocol: {"ready":true} once connected; then a line {"do":"read","requests":[[tutorId,startDate,endDate],…]} is
answered by {"ms":[…],"last":…}, the time of each handler call alone and the last body.
"""

import asyncio
import importlib
import json
import sys
import time
from typing import Any

import uvloop
from mangum import Mangum


def main(variant: str) -> None:
    """Answer until the input ends."""
    if variant == "tuned":
        asyncio.set_event_loop(uvloop.new_event_loop())
    else:
        asyncio.set_event_loop(asyncio.new_event_loop())
    loop = asyncio.get_event_loop()
    app = importlib.import_module(f"fastapi_{variant}").app
    lifespan = app.router.lifespan_context(app)
    loop.run_until_complete(lifespan.__aenter__())
    handler = Mangum(app, lifespan="off")
    say({"ready": True})
    for line in sys.stdin:
        spent, result = [], {}
        for request in json.loads(line)["requests"]:
            event = function_url_event(*request)
            began = time.perf_counter()
            result = handler(event, None)
            spent.append((time.perf_counter() - began) * 1000)
            if result["statusCode"] != 200:
                sys.exit(f"{result['statusCode']}: {result['body']}")
        say({"ms": spent, "last": json.loads(result["body"])})
    loop.run_until_complete(lifespan.__aexit__(None, None, None))


def function_url_event(tutor_id: str, start: str, end: str) -> dict[str, Any]:
    """Build an event as AWS documents it (payload format 2.0)."""
    host, path = "abc123.lambda-url.eu-west-1.on.aws", "/get_availability"
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": f"tutorId={tutor_id}&startDate={start}&endDate={end}",
        "headers": {"host": host, "x-forwarded-proto": "https", "x-forwarded-port": "443"},
        "requestContext": {
            "accountId": "anonymous",
            "apiId": "abc123",
            "domainName": host,
            "http": {
                "method": "GET",
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
        "isBase64Encoded": False,
    }


def say(message: dict[str, Any]) -> None:
    """Write a line of the protocol."""
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
