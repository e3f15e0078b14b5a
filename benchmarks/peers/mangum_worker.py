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
from function_url import function_url_event
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
        for tutor_id, start, end in json.loads(line)["requests"]:
            query = f"tutorId={tutor_id}&startDate={start}&endDate={end}"
            event = function_url_event("GET", query, path="/get_availability")
            began = time.perf_counter()
            result = handler(event, None)
            spent.append((time.perf_counter() - began) * 1000)
            if result["statusCode"] != 200:
                sys.exit(f"{result['statusCode']}: {result['body']}")
        say({"ms": spent, "last": json.loads(result["body"])})
    loop.run_until_complete(lifespan.__aexit__(None, None, None))


def say(message: dict[str, Any]) -> None:
    """Write a line of the protocol."""
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
