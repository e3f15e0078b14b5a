"""The ETag, and what is made of conditions: the same as werkzeug makes of them, only faster where there is none."""

import pytest
from werkzeug import Request, Response
from werkzeug.test import EnvironBuilder

from common.web.endpoint import json_response, with_etag

ETAG = '"f2b9a177cea1906826f971984a0e741a6c542a32"'  # of {"days":[]}

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


def as_sent(response: Response, asked: Request) -> tuple[str, dict[str, str], bytes]:
    """What goes out, but for the second in which it does."""
    body, status, headers = response.get_wsgi_response(asked.environ)
    return status, {**dict(headers), "Date": "now" if "Date" in dict(headers) else "never"}, b"".join(body)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(("headers", "status"), CONDITIONS)
def test_conditions_are_answered_as_werkzeug_does(method: str, headers: dict[str, str], status: int) -> None:
    """But for If-Match, which is for edits: werkzeug would hold it against the ETag."""
    asked = request(method, headers)
    expected = json_response({"days": []})
    expected.add_etag()
    expected.make_conditional({name: value for name, value in asked.environ.items() if name != "HTTP_IF_MATCH"})
    answer = with_etag(json_response({"days": []}), asked)
    assert (answer.status_code, answer.headers["ETag"]) == (status, ETAG)
    assert as_sent(answer, asked) == as_sent(expected, asked)
