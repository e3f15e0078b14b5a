"""ETags and conditional requests. The answers are the same as werkzeug's.

Our code exists because it is faster for requests without a condition.
"""

import pytest
from werkzeug import Request, Response
from werkzeug.test import EnvironBuilder

from common.web.endpoint import json_response, with_etag

ETAG = '"f2b9a177cea1906826f971984a0e741a6c542a32"'  # the ETag of {"days":[]}

CONDITIONS = [
    ({}, 200),
    ({"If-None-Match": ETAG}, 304),
    ({"If-None-Match": f"W/{ETAG}"}, 304),
    ({"If-None-Match": f'"other", W/"another", {ETAG}'}, 304),
    ({"If-None-Match": "*"}, 304),
    ({"If-None-Match": '"other"'}, 200),
    ({"If-None-Match": ""}, 200),
    ({"If-None-Match": ETAG, "If-Match": '"3"'}, 304),
    ({"If-Match": '"3"'}, 200),
    ({"If-Match": "*"}, 200),
    ({"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200),
    ({"If-Unmodified-Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 200),
    ({"Range": "bytes=0-1"}, 200),
    ({"Range": "bytes=0-1", "If-Range": ETAG}, 200),
]


def request(method: str, headers: dict[str, str]) -> Request:
    return Request(EnvironBuilder(method=method, headers=headers.items()).get_environ())


def parts_as_sent(response: Response, request: Request) -> tuple[str, dict[str, str], bytes]:
    """Return status, headers and body as they are sent, without the time in the header `Date`."""
    body, status, headers = response.get_wsgi_response(request.environ)
    return status, {**dict(headers), "Date": "now" if "Date" in dict(headers) else "never"}, b"".join(body)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("headers", "status"), CONDITIONS)
def test_conditional_requests_get_the_same_answers_as_from_werkzeug(
    method: str, headers: dict[str, str], status: int
) -> None:
    """The header `If-Match` is an exception. Reads ignore it, and werkzeug would compare it with the ETag."""
    conditional = request(method, headers)
    expected = json_response({"days": []})
    expected.add_etag()
    expected.make_conditional({name: value for name, value in conditional.environ.items() if name != "HTTP_IF_MATCH"})
    answer = with_etag(json_response({"days": []}), conditional)
    assert (answer.status_code, answer.headers["ETag"]) == (status, ETAG)
    assert parts_as_sent(answer, conditional) == parts_as_sent(expected, conditional)
