"""A worker process that calls one of the FastAPI applications through Mangum, as AWS Lambda does.

Usage: mangum_worker.py documented|tuned. The handler is as in Mangum's documentation: `Mangum(app, lifespan="off")`. If
the lifespan were on, Mangum would start and stop the application and its pool for every event. So this worker starts
the lifespan once, before the first event, on the event loop that Mangum uses.

Protocol: All messages are lines of JSON. The worker writes {"ready":true} when it is connected. Then it answers each
line {"operation":"read","requests":[[tutorId,startDate,endDate],…]} with {"ms":[…],"last":…}. `ms` has the milliseconds
of each call of the handler. `last` is the body of the last answer.
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
    """Answer requests until the input ends."""
    if variant == "tuned":
        asyncio.set_event_loop(uvloop.new_event_loop())
    else:
        asyncio.set_event_loop(asyncio.new_event_loop())
    loop = asyncio.get_event_loop()
    app = importlib.import_module(f"fastapi_{variant}").app
    lifespan = app.router.lifespan_context(app)
    loop.run_until_complete(lifespan.__aenter__())
    handler = Mangum(app, lifespan="off")
    write_line({"ready": True})
    for line in sys.stdin:
        durations, result = [], {}
        for tutor_id, start, end in json.loads(line)["requests"]:
            query = f"tutorId={tutor_id}&startDate={start}&endDate={end}"
            event = function_url_event("GET", query, path="/get_availability")
            started_at = time.perf_counter()
            result = handler(event, None)
            durations.append((time.perf_counter() - started_at) * 1000)
            if result["statusCode"] != 200:
                sys.exit(f"{result['statusCode']}: {result['body']}")
        write_line({"ms": durations, "last": json.loads(result["body"])})
    loop.run_until_complete(lifespan.__aexit__(None, None, None))


def write_line(message: dict[str, Any]) -> None:
    """Write a line of the protocol."""
    print(json.dumps(message), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
