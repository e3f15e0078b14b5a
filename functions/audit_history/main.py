"""`GET /audit_history`: who changed which slots, when and why, newest first. For the tutor and admins."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from werkzeug import Request, Response

from common.db.entries import Page, read_history
from common.db.events import FOREVER, read_events
from common.db.pool import pool_for
from common.errors import FieldError, InvalidRequest
from common.web.cursor import encode_cursor
from common.web.encoding import encoded_list
from common.web.endpoint import Call, endpoint, json_response
from common.web.history import Entry, History, HistoryQuery
from common.web.lambda_adapter import lambda_handler

ENTRIES_PER_READ = 1000

ReadPage = Callable[[int, tuple[datetime, UUID] | None], Page]


@endpoint(
    "GET",
    access="tutor",
    operation_id="getAvailabilityHistory",
    tag="History",
    query=HistoryQuery,
    answer=History,
    answer_headers={
        "Content-Disposition": "With CSV: the name of the file.",
        "X-Missing-Versions": "With CSV: how many edits of the period have no entries.",
    },
    other_formats={"text/csv": "A line with the names of the fields, then a line for each entry."},
)
def audit_history(request: Request, call: Call, query: HistoryQuery) -> Response:
    """Return who changed which slots, when and why, newest first.

    An entry is one slot that was added or removed. The entries of one save have the same `changeSetId`. To get the next
    page, send `nextCursor` as `cursor`. `complete` is false if the log has no entries yet for an edit of the period.
    """
    if query.format == "csv" and query.include:
        raise InvalidRequest(FieldError("include", "not allowed together with format=csv: leave out one of them"))
    pool = pool_for(call.settings)
    since = call.clock() - timedelta(days=query.days)

    def read_page(limit: int, after: tuple[datetime, UUID] | None) -> Page:
        filters: Any = {"action": query.action, "reason": query.reason, "day": query.date}
        page = read_history(pool, query.tutor_id, call.caller, since=since, limit=limit, after=after, **filters)
        if page is None:
            raise call.caller.not_found()
        return page

    if query.format == "csv":
        return _csv_response(query.tutor_id, read_page)
    page = read_page(query.limit, query.cursor)
    answer = History(
        tutor_id=query.tutor_id,
        days=query.days,
        complete=page.missing_versions == 0,
        missing_versions=page.missing_versions,
        next_cursor=encode_cursor(*page.continue_after) if page.continue_after else None,
        entries=cast("list[Entry]", encoded_list(page.entries)),
    )
    if query.include:
        first = page.continue_after[0] if page.continue_after else since
        end = query.cursor[0] if query.cursor else FOREVER
        answer = replace(answer, **read_events(pool, query.tutor_id, query.include.split(","), first, end))
    return json_response(answer)


def _csv_response(tutor_id: UUID, read_page: ReadPage) -> Response:
    """Return all entries. They are read in parts, while the answer is sent.

    An error in the first part becomes a problem answer, and so does a later error on Lambda, which collects the parts.
    On other hosts, a later error breaks the connection.
    """
    from common.web.history_csv import history_csv  # imported here, because few requests need it

    first = read_page(ENTRIES_PER_READ, None)
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="availability-history-{tutor_id}.csv"',
        "X-Missing-Versions": str(first.missing_versions),
    }
    lines = history_csv(_entries_from(first, read_page))
    return Response(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _entries_from(page: Page, read_page: ReadPage) -> Iterator[list[str]]:
    """Yield the list of entries of this page, and then of each later page."""
    yield page.entries
    while page.continue_after is not None:
        page = read_page(ENTRIES_PER_READ, page.continue_after)
        yield page.entries


handler = lambda_handler(audit_history)
