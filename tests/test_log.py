import json
from typing import Any
from uuid import UUID

import pytest

from common import log

ID = UUID("2f1e7c1a-4b5d-4e0b-9c53-6a1a6c1f8d20")


@pytest.mark.parametrize(
    ("value", "read_back"),
    [
        ("plain", "plain"),
        (1.5, 1.5),
        (None, None),
        (["a", {"b": 2}], ["a", {"b": 2}]),
        (ID, str(ID)),
        ("Zoë ☃\n", "Zoë ☃\n"),
        ("half a pair: \ud800", "half a pair: \ud800"),
        (2**70, 2**70),
    ],
)
def test_every_line_is_json_in_ascii(value: Any, read_back: Any, capsys: pytest.CaptureFixture[str]) -> None:
    """Every encoding of standard output can represent ASCII."""
    log.write("WARNING", "audit deferred", field=value)
    out = capsys.readouterr().out
    assert out.isascii()
    assert out.endswith("\n")
    assert out.count("\n") == 1
    assert json.loads(out) == {"severity": "WARNING", "message": "audit deferred", "field": read_back}
