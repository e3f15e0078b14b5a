"""A worker process that calls the Lambda handlers of a checkout: of this checkout or of another commit.

PYTHONPATH names the checkout, so that Python imports its functions. peers/mangum_worker.py describes the protocol. A
request is the name of a function and an event. `last` is the status and the body of the last answer. After an answer
that isn't 200, the worker skips the remaining requests of the line. With the argument `no-prepared-statements`, the
functions don't use prepared statements, as behind a transaction pooler.

This file imports no module of the benchmarks, because the other commit may not have it. The command is `python -P` with
the path of this file.
"""

import base64
import importlib
import json
import sys
from collections.abc import Iterable
from functools import cache
from time import perf_counter
from typing import Any

NO_PREPARED_STATEMENTS = "no-prepared-statements"
DIRECT_ATTRIBUTE = "is_direct_connection"


@cache
def handler_of(function: str) -> Any:
    """Return a function's Lambda handler."""
    return importlib.import_module(f"functions.{function}.main").handler


def disable_prepared_statements() -> None:
    """Make every connection behave as if it went through a transaction pooler."""
    connection = importlib.import_module("common.db.connection").OneFlushConnection
    # In commits before 8d27ca2, the attribute's name is only the beginning of the current name.
    attribute = next((name for name in vars(connection) if DIRECT_ATTRIBUTE.startswith(name)), None)
    if attribute is None:
        sys.exit(f"OneFlushConnection has no {DIRECT_ATTRIBUTE}: correct disable_prepared_statements in handlers.py")
    setattr(connection, attribute, False)


def parse_body(answer: dict[str, Any]) -> Any:
    """Return the parsed JSON body of an answer."""
    return json.loads(base64.b64decode(answer["body"]) if answer["isBase64Encoded"] else answer["body"])


def call(requests: Iterable[tuple[str, Any]]) -> tuple[list[float], int, Any]:
    """Return the milliseconds of each call, and the status and body of the last answer.

    A scheduled function's return value is the body, and its status is 200.
    """
    durations: list[float] = []
    status, answer = 200, None
    for function, event in requests:
        handler = handler_of(function)
        started_at = perf_counter()
        answer = handler(event, None)
        durations.append((perf_counter() - started_at) * 1000)
        status = answer.get("statusCode", 200)
        if status != 200:
            break
    return durations, status, parse_body(answer) if answer and "statusCode" in answer else answer


def main() -> None:
    """Answer requests until the input ends."""
    if NO_PREPARED_STATEMENTS in sys.argv[1:]:
        disable_prepared_statements()
    answers, sys.stdout = sys.stdout, sys.stderr  # the functions write their log lines to stdout
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        durations, *last = call(json.loads(line)["requests"])
        print(json.dumps({"ms": durations, "last": last}), file=answers, flush=True)


if __name__ == "__main__":
    main()
