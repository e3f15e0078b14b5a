"""Ours, in process: a worker that calls the Lambda handlers, by the protocol in peers/mangum_worker.py.

`do` says which one: `read`, `update`, `history` or `statistics`; and `update_days`, many days at once. Started with
`pooled`, no statement is kept by the server, as if a transaction pooler were in between.
"""

import json
import os
import sys
from datetime import date, timedelta
from typing import Any

from benchmarks import events, handlers


def read(tutor: str, start: str, end: str, as_of: str | None = None) -> tuple[str, dict[str, Any]]:
    """Return which function is to be called, and with what."""
    asked = {"startDate": start, "endDate": end} | ({"asOf": as_of} if as_of else {})
    return "get_availability", events.get(tutor, as_themselves=False, **asked)


def update(tutor: str, day: str, slots: list[tuple[str, int]]) -> tuple[str, dict[str, Any]]:
    """Return which function is to be called, and with what."""
    return "update_availability", events.put(tutor, date=day, timeSlots=_slots(slots))


def update_days(tutor: str, first: str, count: int, slots: list[tuple[str, int]]) -> tuple[str, dict[str, Any]]:
    """Return which function is to be called, and with what."""
    dates = [str(date.fromisoformat(first) + timedelta(days=i)) for i in range(count)]
    return "update_availability", events.put(tutor, days=[{"date": day, "timeSlots": _slots(slots)} for day in dates])


def history(tutor: str, days: int, limit: int) -> tuple[str, dict[str, Any]]:
    """Return which function is to be called, and with what."""
    return "audit_history", events.get(tutor, as_themselves=True, days=days, limit=limit)


def statistics(tutor: str, days: int) -> tuple[str, dict[str, Any]]:
    """Return which function is to be called, and with what."""
    return "audit_stats", events.get(tutor, as_themselves=True, days=days)


def _slots(slots: list[tuple[str, int]]) -> list[dict[str, Any]]:
    return [{"time": start, "durationMinutes": minutes} for start, minutes in slots]


KINDS = {kind.__name__: kind for kind in (read, update, update_days, history, statistics)}


def main() -> None:
    """Answer until the input ends."""
    if "pooled" in sys.argv[1:]:
        handlers.do_as_behind_a_pooler()
    answers, sys.stdout = sys.stdout, open(os.devnull, "w")  # noqa: SIM115 - where our log lines go
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        spent, status, body = handlers.call(KINDS[asked["do"]](*request) for request in asked["requests"])
        if status != 200:
            sys.exit(f"{status}: {body}")
        print(json.dumps({"ms": spent, "last": _last_value(body)}), file=answers, flush=True)


def _last_value(body: Any) -> Any:
    """Return an answer's body; of an update, what the audited peers tell of theirs."""
    if "diff" not in body:
        return body
    if body["audit"] != "recorded":
        sys.exit(f"audit: {body['audit']}")
    return {"slots": [slot["time"] for slot in body["days"][0]["timeSlots"]], "entries": len(body["diff"])}


if __name__ == "__main__":
    main()
