"""The Lambda handler sends the same answers as with werkzeug's `Request.application`, which is slower."""

from collections.abc import Callable
from typing import Any

import pytest
from apig_wsgi import make_lambda_handler
from werkzeug import Request, Response

from common.errors import MethodNotAllowed, Unavailable
from common.web.endpoint import json_response, with_etag
from common.web.lambda_adapter import lambda_handler
from common.web.problems import problem
from local.function_url import function_url_event


def without_a_body(status: int) -> Response:
    response = Response(status=status, headers={"Allow": "GET"})
    response.headers["ETag"] = '"1"'
    return response


ANSWERS: dict[str, Callable[[Request], Response]] = {
    "json": lambda _: json_response({"name": "Zoë ☃"}),
    "with an ETag": lambda request: with_etag(json_response([1, 2, 3]), request),
    "a problem": lambda _: problem(MethodNotAllowed(["GET"])),
    "an outage": lambda _: problem(Unavailable("later")),
    "unexpected": lambda _: problem(RuntimeError("inside")),
    "streamed": lambda _: Response((part for part in ("a,b\n", "é,ü\n")), content_type="text/csv; charset=utf-8"),
    "nothing": lambda _: Response(b"", 200),
    "no content": lambda _: without_a_body(204),
    "not modified": lambda _: without_a_body(304),
    "binary": lambda _: Response(b"\xff\x00", content_type="application/octet-stream"),
    "what was sent": lambda request: Response(request.get_data(), content_type="application/octet-stream"),
}


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS"])
@pytest.mark.parametrize("kind", ANSWERS)
def test_answers_are_the_same_as_with_werkzeug(kind: str, method: str) -> None:
    def function(request: Request) -> Response:
        response = ANSWERS[kind](request)
        response.headers["Date"] = "Sun, 22 Nov 2026 10:00:00 GMT"  # otherwise, werkzeug may set the current time
        return response

    headers = {"If-None-Match": '"other"', "Cookie": "a=b", "Content-Type": "text/plain"}
    event: dict[str, Any] = function_url_event(method, "a=%C3%A9&a=2", b"sent \xff", headers)
    assert lambda_handler(function)(event, None) == make_lambda_handler(Request.application(function))(event, None)


def test_an_error_before_the_function_is_called_is_a_problem_answer(capsys: pytest.CaptureFixture[str]) -> None:
    """WSGI can't represent this path. The handler must not raise the error, because AWS would count it as a crash."""
    event: dict[str, Any] = {**function_url_event("GET", "", b"", {}), "rawPath": "/€"}
    answer = lambda_handler(lambda request: json_response(request.path))(event, None)
    assert (answer["statusCode"], answer["headers"]["content-type"]) == (500, "application/problem+json")
    assert "answer not sent" in capsys.readouterr().out
