import json
from typing import Any
from uuid import UUID

import pytest

from common import log

ID = UUID("2f1e7c1a-4b5d-4e0b-9c53-6a1a6c1f8d20")


@pytest.mark.parametrize(
    ("given", "read_back"),
    [
        ("plain", "plain"),
        (1.5, 1.5),
        (None, None),
        (["a", {"b": 2}], ["a", {"b": 2}]),
        (ID, str(ID)),
        ("Zoë ☃\n", "Zoë ☃\n"),
        ("half of a pair: \ud800", "half of a pair: \ud800"),
        (2**70, 2**70),
    ],
)
def test_a_line_is_json_in_ascii_whatever_is_in_it(
    given: Any, read_back: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """An entry that only a line keeps is not to be lost because of the encoding of standard output."""
    log.write("WARNING", "audit deferred", field=given)
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.endswith("\n")
    assert out.count("\n") == 1
    assert json.loads(out) == {"severity": "WARNING", "message": "audit deferred", "field": read_back}
