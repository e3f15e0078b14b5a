"""The same function as an AWS Lambda handler: of Function URL events (payload format 2.0), and of scheduled ones."""

import gc
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from apig_wsgi import make_lambda_handler
from werkzeug import Request, Response

from common import log
from common.errors import FieldError, InvalidRequest
from common.web.parsing import percent_encoded
from common.web.problems import problem

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# An answer may have 6 MB with all that Lambda puts around it, quotation marks escaped; beyond, it answers 502 itself.
MAX_ANSWER_BYTES = 5 * 1024 * 1024
KEPT_HEADERS = ("x-request-id", "access-control-", "vary")

LambdaHandler = Callable[[dict[str, Any], Any], Any]


def lambda_handler(
    function: Callable[[Request], Response], on_event: Callable[[dict[str, Any]], Any] | None = None
) -> LambdaHandler:
    """Make a Lambda handler of an HTTP function; `on_event` answers what isn't an HTTP request."""
    on_request: LambdaHandler = make_lambda_handler(_application(function))
    gc.freeze()  # what was imported stays, and needn't be looked at again
    gc.enable()  # it rested meanwhile: see functions/__init__.py

    def handler(event: dict[str, Any], context: Any) -> Any:
        if on_event is not None and "requestContext" not in event:
            return on_event(event)
        query = event.get("rawQueryString", "")
        if not query.isascii():  # apig-wsgi hands it on as it is, where WSGI has bytes
            event = {**event, "rawQueryString": percent_encoded(query.encode(errors="replace"))}
        headers: dict[str, str] = {}
        try:
            answer = on_request(event, context)
            is_read = event["requestContext"]["http"]["method"] == "GET"  # what was written can't be refused any more
            if len(answer["body"]) <= MAX_ANSWER_BYTES or not is_read:
                return answer
            headers = answer["headers"]
            error: Exception = InvalidRequest(
                FieldError("query", "expected fewer days: the answer is too large to send")
            )
        except Exception as caught:  # while a streamed answer was put together: here, nothing of it is sent yet
            log.write("ERROR", "answer not sent", error=type(caught).__name__)
            error = caught
        instead = make_lambda_handler(problem(error))(event, context)
        kept = {name: value for name, value in headers.items() if name.startswith(KEPT_HEADERS)}
        return {**instead, "headers": {**kept, **instead["headers"]}}

    return handler


def _application(function: Callable[[Request], Response]) -> "WSGIApplication":
    """Return the function as a WSGI application, as `Request.application` does, only faster.

    Calling a response checks its headers once more. That changes only answers without a body and streamed ones; the
    others are sent as they are.
    """

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        response = function(request)
        if request.method == "HEAD" or response.status_code in (204, 304) or not response.is_sequence:
            return response(environ, start_response)
        start_response(response.status, list(response.headers))
        return response.iter_encoded()

    return application
