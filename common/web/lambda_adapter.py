"""Make AWS Lambda handlers from HTTP functions, for events of function URLs (format 2.0) and scheduled events."""

import gc
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any

from apig_wsgi import make_lambda_handler
from werkzeug import Request, Response

from common import log
from common.errors import FieldError, InvalidRequest
from common.web.parsing import percent_encoded
from common.web.problems import problem

if TYPE_CHECKING:
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

# Lambda answers 502 if an answer has more than 6 MB, including its envelope and the escapes of quotation marks.
MAX_ANSWER_BYTES = 5 * 1024 * 1024
KEPT_HEADER_PREFIXES = ("x-request-id", "access-control-", "vary")

CHECK = {"check": True}  # the event of a deployment that tries the function (`deploy/checks.py`)

LambdaHandler = Callable[[dict[str, Any], Any], Any]


def lambda_handler(
    function: Callable[[Request], Response], on_event: Callable[[dict[str, Any]], Any] | None = None
) -> LambdaHandler:
    """Make a Lambda handler of an HTTP function; `on_event` handles events that aren't HTTP requests."""
    on_request: LambdaHandler = make_lambda_handler(_application(function))
    gc.freeze()  # imported objects stay, so the collector doesn't have to search them
    gc.enable()  # functions/__init__.py disables it

    def handler(event: dict[str, Any], context: Any) -> Any:
        if event == CHECK:
            name = function.operations[0].handler.__module__.split(".")[1]  # type: ignore[attr-defined]
            return import_module("deploy.checks").run_check(name)  # only a deployment needs it
        if on_event is not None and "requestContext" not in event:
            return on_event(event)
        query = event.get("rawQueryString", "")
        if not query.isascii():  # WSGI needs an encoded query, and apig-wsgi doesn't encode it
            event = {**event, "rawQueryString": percent_encoded(query.encode(errors="replace"))}
        try:
            answer = on_request(event, context)
        except Exception as error:  # raised outside the function, such as for a path that WSGI can't represent
            log.write("ERROR", "answer not sent", error=type(error).__name__)
            return make_lambda_handler(problem(error))(event, context)
        is_get = event["requestContext"]["http"]["method"] == "GET"
        if len(answer["body"]) <= MAX_ANSWER_BYTES or not is_get:  # an edit is already saved, so 400 would be wrong
            return answer
        too_large = InvalidRequest(FieldError("query", "the answer is too large to send: ask for fewer days"))
        problem_answer = make_lambda_handler(problem(too_large))(event, context)
        return {**problem_answer, "headers": {**_kept_headers(answer["headers"].items()), **problem_answer["headers"]}}

    return handler


def _application(function: Callable[[Request], Response]) -> "WSGIApplication":
    """Return the function as a WSGI application, like `Request.application`, which is slower.

    When a response of werkzeug is called, it corrects its headers. The correction changes only streamed answers and
    answers without a body, so all other answers are sent without it.
    """

    def application(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        request = Request(environ)
        response = function(request)
        if request.method == "HEAD" or response.status_code in (204, 304):
            return response(environ, start_response)
        if not response.is_sequence:
            return _read_to_end(response)(environ, start_response)
        start_response(response.status, list(response.headers))
        return response.iter_encoded()

    return application


def _read_to_end(response: Response) -> Response:
    """Read a streamed answer to its end, and return it; if that fails, return a problem, since nothing was sent yet."""
    try:
        response.response = iter([b"".join(response.iter_encoded())])
    except Exception as error:  # an error that is raised after the function has returned
        request_id = response.headers.get("X-Request-Id")
        log.write("ERROR", "answer not sent", error=type(error).__name__, requestId=request_id)
        answer = problem(error)
        answer.headers.extend(_kept_headers(response.headers.items()))
        return answer
    return response


def _kept_headers(headers: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the headers that a problem answer takes over from the answer that it replaces."""
    return {name: value for name, value in headers if name.lower().startswith(KEPT_HEADER_PREFIXES)}
