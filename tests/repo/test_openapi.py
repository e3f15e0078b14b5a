import json

import pytest

from local import openapi
from tests.hosts import ROOT, Api


def test_the_document_is_what_the_schemas_say() -> None:
    """Run `make openapi` and look at what changed: clients are generated from it."""
    assert json.loads((ROOT / "docs" / "openapi.json").read_text()) == openapi.document()


def test_every_reference_leads_somewhere() -> None:
    text = json.dumps(openapi.document())
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(openapi.document()["components"]["schemas"])


def test_bounds_go_by_the_names_of_json_schema() -> None:
    (days, limit) = (
        parameter["schema"]
        for parameter in openapi.document()["paths"]["/audit_stats"]["get"]["parameters"]
        if parameter["name"] in ("days", "limit")
    )
    assert days == {"type": "integer", "minimum": 1, "maximum": 3650, "default": 30}
    assert limit == {"type": "integer", "minimum": 1, "maximum": 1000}


def test_answers_are_held_against_the_document(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test that calls the API does so; here, that such a check can fail."""
    document = openapi.document()
    document["components"]["schemas"]["Problem"]["required"].append("nonsense")
    monkeypatch.setattr("tests.hosts.DOCUMENT", document)
    with pytest.raises(AssertionError, match="nonsense"):
        api.read(tutorId="x")
