"""A worker that calls the Lambda handlers of the checkout that is its import path, whichever commit that is.

Each request of the protocol (peers/mangum_worker.py) is a function's name and an event; `last` is the status and the
body of the last answer. Requests stop at the first answer that isn't 200. Started with `pooled`, the functions do
without what a transaction pooler doesn't allow. This file imports nothing else of ours, because the other checkout may
have no such benchmarks: it is run by its path, with `python -P`.
"""

import base64
import importlib
import json
import sys
from collections.abc import Iterable
from functools import cache
from time import perf_counter
from typing import Any


@cache
def handler_of(function: str) -> Any:
    """Return a function's Lambda handler."""
    return importlib.import_module(f"functions.{function}.main").handler


def do_as_behind_a_pooler() -> None:
    """Have the server keep no statement, as if a transaction pooler were in between."""
    connection = importlib.import_module("common.db.connection").OneFlushConnection
    if not hasattr(connection, "is_direct_connection"):
        sys.exit("OneFlushConnection has no is_direct_connection: change this line to turn off prepared statements")
    connection.is_direct_connection = False


def body_of(answer: dict[str, Any]) -> Any:
    """Return what an answer says, out of its JSON."""
    return json.loads(base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"])


def call(requests: Iterable[tuple[str, Any]]) -> tuple[list[float], int, Any]:
    """Return the milliseconds of each call, and the last answer: status and body; a scheduled event's is its own."""
    spent: list[float] = []
    status, answer = 200, None
    for function, event in requests:
        handler = handler_of(function)
        began = perf_counter()
        answer = handler(event, None)
        spent.append((perf_counter() - began) * 1000)
        status = answer.get("statusCode", 200)
        if status != 200:
            break
    return spent, status, body_of(answer) if answer and "statusCode" in answer else answer


def main() -> None:
    """Answer until the input ends."""
    if "pooled" in sys.argv[1:]:
        do_as_behind_a_pooler()
    answers, sys.stdout = sys.stdout, sys.stderr  # where the functions' log lines go
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        spent, *last = call(json.loads(line)["requests"])
        print(json.dumps({"ms": spent, "last": last}), file=answers, flush=True)


if __name__ == "__main__":
    main()
