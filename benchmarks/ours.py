"""A worker process that calls our Lambda handlers, with the protocol of peers/mangum_worker.py.

`operation` is `read`, `update`, `history`, `statistics`, or `update_days`, which updates many days with one request.
With the argument `no-prepared-statements`, the functions don't use prepared statements, as behind a transaction pooler.
"""

import json
import os
import sys
from datetime import date, timedelta
from typing import Any

from benchmarks import events, handlers

Call = tuple[str, dict[str, Any]]  # a function's name and an event


def read(tutor: str, start: str, end: str, as_of: str | None = None) -> Call:
    """Return the call that reads the availability, now or at an instant in the past."""
    query = {"startDate": start, "endDate": end} | ({"asOf": as_of} if as_of else {})
    return "get_availability", events.get(tutor, has_token=False, **query)


def update(tutor: str, day: str, slots: list[tuple[str, int]]) -> Call:
    """Return the call that updates a day."""
    return "update_availability", events.put(tutor, date=day, timeSlots=_slots(slots))


def update_days(tutor: str, first: str, count: int, slots: list[tuple[str, int]]) -> Call:
    """Return the call that replaces the slots of `count` days, of which `first` is the first, by the same slots."""
    dates = [str(date.fromisoformat(first) + timedelta(days=i)) for i in range(count)]
    return "update_availability", events.put(tutor, days=[{"date": day, "timeSlots": _slots(slots)} for day in dates])


def history(tutor: str, days: int, limit: int) -> Call:
    """Return the call that reads the first page of the history."""
    return "audit_history", events.get(tutor, has_token=True, days=days, limit=limit)


def statistics(tutor: str, days: int) -> Call:
    """Return the call that reads the statistics."""
    return "audit_stats", events.get(tutor, has_token=True, days=days)


def _slots(slots: list[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"time": start, "durationMinutes": minutes} for start, minutes in slots]


OPERATIONS = {operation.__name__: operation for operation in (read, update, update_days, history, statistics)}


def main() -> None:
    """Answer requests until the input ends."""
    if handlers.NO_PREPARED_STATEMENTS in sys.argv[1:]:
        handlers.disable_prepared_statements()
    answers, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: SIM115 - the functions write log lines to stdout
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        call_of = OPERATIONS[message["operation"]]
        durations, status, body = handlers.call(call_of(*request) for request in message["requests"])
        if status != 200:
            sys.exit(f"{status}: {body}")
        print(json.dumps({"ms": durations, "last": _last_value(body)}), file=answers, flush=True)


def _last_value(body: Any) -> Any:
    """Return the body of an answer. For an update, return the values that the audited peers return, too."""
    if "diff" not in body:
        return body
    if body["audit"] != "recorded":
        sys.exit(f"audit: {body['audit']}")
    return {"slots": [slot["time"] for slot in body["days"][0]["timeSlots"]], "entries": len(body["diff"])}


if __name__ == "__main__":
    main()
