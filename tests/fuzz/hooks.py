"""Hooks of the fuzzer. They put the demo's ids into requests, and accept errors about rules that no schema can express.

For example, a schema can't express that a date isn't in the past.
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.core.failures import AcceptedNegativeData, Failure
from schemathesis.openapi.checks import RejectedPositiveData

from local.demo import DEMO_TUTORS

# Rules that the OpenAPI document can't express. A request that breaks such a rule gets 400 with one of these codes, or
# with one of these fields (a pattern of the whole name) and messages (a pattern of the beginning).
RULES_BY_CODE = ("date_in_past", "nonexistent_local_time", "overlapping_slots")
RULES = (
    ("cursor", "use the nextCursor of the page before"),  # only the server can make a cursor
    ("userId|externalId|q|limit|cursor|from|to|days", "not allowed together with "),  # one, or a list
    (r"tutors\[\d+\]\.(tutorId|externalId|userId)", ".* send each tutor once"),
    (".*(userId|externalId|name|q)", ".*1 to 255 bytes"),  # a schema can only limit the number of characters
    (".*timeZone", "use the name of an IANA time zone"),
    ("explain", "not allowed together with asOf"),
    ("include", "not allowed together with format=csv"),
    ("asOf", "this instant is in the future"),
    ("startDate|endDate", "the range "),  # the range ends before it starts, is too long, or ends after the year 9999
    (".*[Dd]ate|asOf", "this date doesn't exist"),  # such as 2026-02-30
    ("If-Match", "for one day only|differs from version|not allowed together with revert"),
    ("from|to|late", "only without tutorId"),
    ("days|include", "only with tutorId"),
    ("from|to", "from has to be before to|from and to have to be less than"),
    ("tutorId", "send either tutorId or studentId"),
    ("bookingId", "send the tutorId of the booking"),
    ("to", "it isn't after from|use an instant |this instant is over"),
    (r"(tutorIds|tags)(\[\d+\])?", "use "),  # texts with commas
    ("maxMinutes", "use minMinutes or more"),
    ("perTutor", "send tutorIds, too"),
    ("cursor", "not allowed together with perTutor"),
    ("reason", "only for CANCELLED"),
    (".*(student|Student)(Id|Name)", ".*1 to 255 bytes"),
    (".*(validFrom|from|to|startsAt)", "this date doesn't exist"),
    (r"(days\[\d+\]\.)?date|schedule\..*(validFrom|from|to)", "use a date from "),  # at most three years ahead
    (r"schedule\.breaks\[\d+\]\.to", "use a date that isn't before from"),
    (r"days\[\d+\]\.date", ".* send each date once"),
)


@schemathesis.hook
def filter_failure(context: HookContext, failure: Failure, case: Case[Any], response: Response) -> bool:
    """Return False, which drops the failure, if the answer is only about rules that a schema can't express."""
    # With CSV, the function ignores `limit` and `cursor`, so it accepts invalid ones.
    if isinstance(failure, AcceptedNegativeData) and _has_csv_format(case):
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
    """Replace most valid tutor ids with ids of the demo, and most valid dates of edits with dates in the future."""
    if isinstance(case.query, dict):
        _replace_tutor(case.query)
        if case.path == "/find_slots":
            _replace_window(case.query)
    if isinstance(case.body, dict):
        _replace_tutor(case.body)
        days = case.body.get("days")
        for day in (case.body, *(days if isinstance(days, list) else ())):
            _replace_date(day)
        _replace_date(case.body.get("schedule"), "validFrom")


def _replace_tutor(fields: dict[str, Any]) -> None:
    try:
        number = UUID(str(fields.get("tutorId"))).int
    except ValueError:
        return
    if number % 8:
        fields["tutorId"] = str(DEMO_TUTORS[0 if number % 4 else 1].id)


def _replace_window(query: dict[str, Any]) -> None:
    """Let most valid windows of a search begin now."""
    try:
        number = sum(date.fromisoformat(query[name][:10]).toordinal() for name in ("from", "to"))
    except (TypeError, KeyError, ValueError):
        return
    if number % 8:
        now = datetime.now(UTC)
        query |= {"from": now.isoformat(), "to": (now + timedelta(days=1 + number % 30)).isoformat()}


def _replace_date(fields: Any, name: str = "date") -> None:
    try:
        number = date.fromisoformat(fields[name]).toordinal()
    except (TypeError, KeyError, ValueError):
        return
    if number % 8:
        fields[name] = str(datetime.now(UTC).date() + timedelta(days=1 + number % 400))
