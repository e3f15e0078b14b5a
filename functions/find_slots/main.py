"""`GET /find_slots`: free slots of all tutors, or of some, that can be booked now."""

from werkzeug import Request, Response

from common.db.pool import pool_for
from common.db.search import find_slots as search
from common.errors import Unauthenticated
from common.web.endpoint import Call, endpoint, json_response, with_etag
from common.web.fields import IF_NONE_MATCH
from common.web.lambda_adapter import lambda_handler
from common.web.search import FoundSlots, SearchQuery, found_slot_answer


@endpoint(
    "GET",
    access="public",
    operation_id="findSlots",
    tag="Availability",
    query=SearchQuery,
    request_headers={"If-None-Match": IF_NONE_MATCH},
    answer=FoundSlots,
    errors=(Unauthenticated,),
    identifies_callers=True,
)
def find_slots(request: Request, call: Call, query: SearchQuery) -> Response:
    """Find free slots of all tutors, or of some of them, by start.

    They are the slots that `get_availability` shows as AVAILABLE, without `notBookable`. Slots that are booked or
    removed between two pages aren't in the second one; no other slot is left out or repeated.
    """
    settings, now = call.settings, call.clock()
    if not settings.search_public:
        _ = call.caller  # anybody with a token
    found, unknown = search(pool_for(settings), query.search(now), now)
    page = found if query.per_tutor else found[: query.limit]
    cursor = query.next_cursor(page[-1]) if len(page) < len(found) else None
    answer = FoundSlots([found_slot_answer(each) for each in page], cursor, unknown)
    visibility = "public" if settings.search_public else "private"
    return with_etag(json_response(answer, f"{visibility}, max-age={settings.search_max_age}"), request)


handler = lambda_handler(find_slots)
