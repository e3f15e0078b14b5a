"""`GET /audit_history`: who changed which slots, when and why, newest first. For the tutor and admins."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from typing import Any, cast
from uuid import UUID

from werkzeug import Request, Response

from common.core.caller import Caller
from common.db.entries import FOREVER, Page, read_history
from common.db.events import read_events
from common.db.pool import Pool, pool_for
from common.web.cursor import encode_cursor
from common.web.encoding import encoded_list
from common.web.endpoint import Call, endpoint, json_response
from common.web.history import Entry, History, HistoryQuery
from common.web.lambda_adapter import lambda_handler

ENTRIES_PER_READ = 1000

ReadPage = Callable[..., Page]


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

    Without `tutorId`, admins get the entries of all tutors from a period.
    """
    if query.tutor_id is None:
        call.caller.require_admin()
    query.check()
    pool, now = pool_for(call.settings), call.clock()
    filters: Any = {"action": query.action, "reason": query.reason, "day": query.date}
    since = now - timedelta(days=query.days)
    about: dict[str, Any] = {"tutor_id": query.tutor_id, "days": query.days}
    if query.tutor_id is None:
        from common.db.platform_history import read_history_of_all  # imported here, because few requests need it

        since, until = query.period(now)
        about = {"from_": since, "to": until}
        # Without `to`, nothing is left out that was changed since `now` by the database's clock.
        filters |= {"first": since, "end": query.end or FOREVER, "is_late": query.late}
        read_page: ReadPage = partial(read_history_of_all, pool, **filters)
    else:
        read_page = partial(_read_page, pool, query.tutor_id, call.caller, since=since, **filters)
    if query.format == "csv":
        return _csv_response(query.tutor_id, read_page)
    page = read_page(limit=query.limit, after=query.cursor)
    if query.tutor_id is not None and query.include is not None:
        first = page.continue_after[0] if page.continue_after else since
        end = query.cursor[0] if query.cursor else FOREVER
        about |= read_events(pool, query.tutor_id, query.include.split(","), first, end)
    answer = History(
        **about,
        complete=page.missing_versions == 0,
        missing_versions=page.missing_versions,
        next_cursor=encode_cursor(*page.continue_after) if page.continue_after else None,
        entries=cast("list[Entry]", encoded_list(page.entries)),
    )
    return json_response(answer)


def _read_page(pool: Pool, tutor_id: UUID, caller: Caller, **values: Any) -> Page:
    page = read_history(pool, tutor_id, caller, **values)
    if page is None:
        raise caller.not_found()
    return page


def _csv_response(tutor_id: UUID | None, read_page: ReadPage) -> Response:
    """Return all entries. They are read in parts, while the answer is sent.

    An error in the first part becomes a problem answer, and so does a later error on Lambda, which collects the parts.
    On other hosts, a later error breaks the connection.
    """
    from common.web.history_csv import history_csv  # imported here, because few requests need it

    first = read_page(limit=ENTRIES_PER_READ)
    name = "availability-history" if tutor_id is None else f"availability-history-{tutor_id}"
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="{name}.csv"',
        "X-Missing-Versions": str(first.missing_versions),
    }
    lines = history_csv(_entries_from(first, read_page))
    return Response(lines, content_type="text/csv; charset=utf-8", headers=headers)


def _entries_from(page: Page, read_page: ReadPage) -> Iterator[list[str]]:
    """Yield the list of entries of this page, and then of each later page."""
    yield page.entries
    while page.continue_after is not None:
        page = read_page(limit=ENTRIES_PER_READ, after=page.continue_after)
        yield page.entries


handler = lambda_handler(audit_history)
