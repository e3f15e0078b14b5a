"""`/tutors`: read tutors, and create or change them."""

from functools import partial

from werkzeug import Request, Response

from common import errors
from common.core.tutors import Tutor
from common.db.pool import pool_for
from common.db.tutors import TUTOR_BY_EXTERNAL_ID, TUTOR_BY_ID, TUTOR_BY_USER, find_tutor, list_tutors
from common.errors import TutorNotFound, Unavailable
from common.web.cursor import encode_tutor_cursor
from common.web.endpoint import Call, by_method, endpoint, json_response
from common.web.lambda_adapter import lambda_handler
from common.web.tutors import (
    ME,
    PublicTutor,
    SavedTutorAnswer,
    SavedTutors,
    SaveTutor,
    SaveTutors,
    TutorList,
    TutorsQuery,
    parse_tutors,
    public_tutor,
    saved_tutor,
)

ATTEMPTS = 3
TUTORS_PER_PAGE = 100
STATEMENTS = {"tutorId": TUTOR_BY_ID, "userId": TUTOR_BY_USER, "externalId": TUTOR_BY_EXTERNAL_ID}


@endpoint(
    "GET",
    access="public",
    operation_id="getTutors",
    tag="Tutors",
    query=TutorsQuery,
    answer=Tutor | PublicTutor | TutorList,
    errors=(errors.TutorNotFound, errors.Unauthenticated, errors.Forbidden),
    identifies_callers=True,
)
def read_tutors(request: Request, call: Call, query: TutorsQuery) -> Response:
    """Return a tutor, or a list of tutors.

    With `tutorId`, everybody gets what is public; the tutor and admins get all settings. `userId=me` returns the
    caller's own tutor. `userId`, `externalId` and lists are for admins only.
    """
    lookup = query.lookup()
    if lookup is None:
        call.caller.require_admin()
        return json_response(_list(query, call))
    name, value = lookup
    if name == "userId":
        value = call.caller.user_id if value == ME else value
        call.caller.require(value)
    elif name == "externalId":
        call.caller.require_admin()
    tutor = find_tutor(pool_for(call.settings), STATEMENTS[name], value)
    if tutor is None:
        raise TutorNotFound(f"there is no tutor with this {name}")
    may_see_all = call.identity is not None and call.identity.may_act_for(tutor.user_id)
    return json_response(tutor if may_see_all else public_tutor(tutor))


def _list(query: TutorsQuery, call: Call) -> TutorList:
    limit = query.limit or TUTORS_PER_PAGE
    found = list_tutors(pool_for(call.settings), limit=limit + 1, after=query.cursor, text=query.q)
    page = found[:limit]
    next_cursor = encode_tutor_cursor(page[-1].name, page[-1].tutor_id) if len(found) > limit else None
    return TutorList(page, next_cursor)


@endpoint(
    "PUT",
    access="admin",
    operation_id="saveTutors",
    tag="Tutors",
    body=SaveTutor | SaveTutors,
    parse=parse_tutors,
    answer=SavedTutorAnswer | SavedTutors,
    errors=(errors.UserTaken, errors.ExternalIdTaken),
)
def write_tutors(request: Request, call: Call, body: SaveTutor | SaveTutors) -> Response:
    """Create or change one tutor or up to 500 tutors: all of them, or none.

    A request that is sent twice changes nothing the second time.
    """
    from common.db.engine import engine_for, transact  # imported here, because reads don't need them
    from common.db.settings import ConcurrentTutors, save_tutors

    edits = body.edits() if isinstance(body, SaveTutors) else [body.edit()]
    for _ in range(ATTEMPTS):
        try:
            save = partial(save_tutors, edits=edits, changed_by=call.caller.user_id, clock=call.clock)
            saved = transact(engine_for(call.settings), save)
            break
        except ConcurrentTutors:  # read and plan again
            continue
    else:
        raise Unavailable("these tutors are being changed by others right now; please try again")
    answers = [saved_tutor(each) for each in saved]
    return json_response(SavedTutors(answers) if isinstance(body, SaveTutors) else answers[0])


tutors = by_method("tutors", read_tutors, write_tutors)
handler = lambda_handler(tutors)
