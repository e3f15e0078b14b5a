"""Hooks of the fuzzer: they put the demo's ids into requests, and know the rules that a schema can't express."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData

from local.demo import DEMO_TUTORS

# Why a request that fits the document may get 400: the codes, or the fields and the beginnings of the messages.
RULES_BY_CODE = ("date_in_past", "nonexistent_local_time", "overlapping_slots")
RULES = (
    ("cursor", "use the nextCursor of the page before"),  # only the server can make a cursor
    ("limit|cursor", "not allowed together with tutorId"),
    ("explain", "not allowed together with asOf"),
    ("asOf", "this instant is in the future"),
    ("startDate|endDate", "the range "),  # the range ends before it starts, is too long, or ends after the year 9999
    (".*[Dd]ate|asOf", "this date doesn't exist"),  # such as 2026-02-30
    ("If-Match", "for one day only|differs from version|not allowed together with revert"),
    (r"(days\[\d+\]\.)?date", "use a date from "),  # at most three years ahead
    (r"days\[\d+\]\.date", ".* send each date once"),
    (r".*timeSlots\[\d+\]\.durationMinutes", "the slot that starts at .* must end by midnight"),
)


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """Return False, to drop the failure, if the answer only names rules that a schema can't express."""
    if isinstance(failure, AcceptedNegativeData) and _has_csv_format(case):  # valid: CSV ignores `limit` and `cursor`
        return False
    if not isinstance(failure, RejectedPositiveData) or response.status_code != 400:
        return True
    problem = response.json()
    return problem["code"] not in RULES_BY_CODE and not all(_is_rule(error) for error in problem["errors"])


def _has_csv_format(case: Case[Any]) -> bool:
    if isinstance(case.query, dict):  # otherwise the request has no query
        return bool(case.query.get("format") == "csv")
    return False


def _is_rule(error: dict[str, str]) -> bool:
    return any(re.fullmatch(field, error["field"]) and re.match(text, error["message"]) for field, text in RULES)


@schemathesis.hook
def before_call(context: HookContext, case: Case[Any], kwargs: dict[str, Any]) -> None:
    """Replace most valid tutor ids by those of the demo, and most dates of edits by dates that can be edited."""
    if isinstance(case.query, dict):
        _replace_tutor(case.query)
    if isinstance(case.body, dict):
        _replace_tutor(case.body)
        days = case.body.get("days")
        for day in (case.body, *(days if isinstance(days, list) else ())):
            _replace_date(day)


def _replace_tutor(fields: dict[str, Any]) -> None:
    try:
        number = UUID(str(fields.get("tutorId"))).int
    except ValueError:
        return
    if number % 8:
        fields["tutorId"] = str(DEMO_TUTORS[0 if number % 4 else 1].id)


def _replace_date(day: Any) -> None:
    try:
        number = date.fromisoformat(day["date"]).toordinal()
    except (TypeError, KeyError, ValueError):
        return
    if number % 8:
        day["date"] = str(datetime.now(UTC).date() + timedelta(days=1 + number % 400))
