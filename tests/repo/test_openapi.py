import json
from itertools import combinations
from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from common.errors import Forbidden
from deploy import stages
from local import openapi
from local.examples import examples_of
from tests.hosts import ROOT, Api, validator_of


def test_the_stored_document_is_up_to_date() -> None:
    """If this test fails, run `make openapi`, and review the changes: the client is generated from the document."""
    assert json.loads((ROOT / "docs" / "openapi.json").read_text()) == openapi.document()


def test_the_document_has_what_the_functions_declare() -> None:
    """Each function of `serverless.yml` is a path, with the methods, the access and the headers that it declares."""
    document = openapi.document()
    assert [path.removeprefix("/") for path in document["paths"]] == list(stages.handlers())
    assert {
        path.removeprefix("/"): [method.upper() for method in item] for path, item in document["paths"].items()
    } == (stages.methods())
    declared = [(name, each) for name, declarations in stages.declarations().items() for each in declarations]
    for name, declaration in declared:
        for operation in (document["paths"][f"/{name}"][method.lower()] for method in declaration.methods):
            assert ("security" in operation) == (declaration.access == "public")
            is_restricted = declaration.access != "public" or Forbidden in declaration.errors
            assert ("403" in operation["responses"]) == is_restricted
            assert ("304" in operation["responses"]) == ("If-None-Match" in declaration.request_headers)
            assert ("413" in operation["responses"]) == ("requestBody" in operation)
            assert set(declaration.answer_headers) <= set(operation["responses"]["200"]["headers"])


def test_an_update_is_one_of_three_forms() -> None:
    """No valid body has more than one form."""
    document = openapi.document()
    schema = document["paths"]["/update_availability"]["put"]["requestBody"]["content"]["application/json"]["schema"]
    assert list(schema) == ["oneOf"]
    day = {"date": "2027-01-04", "timeSlots": [{"time": "09:00"}]}
    forms: list[dict[str, Any]] = [day, {"days": [day]}, {"revert": "2f1e7c1a-4b5d-4e0b-9c53-6a1a6c1f8d20"}]
    is_valid = Draft202012Validator({**schema, "components": document["components"]}).is_valid
    assert [is_valid({"tutorId": "x", **form}) for form in forms] == [True, True, True]
    assert not any(is_valid({"tutorId": "x", **one, **other}) for one, other in combinations(forms, 2))
    assert not is_valid({"tutorId": "x"})


OPERATIONS = {
    operation["operationId"]: operation for path in openapi.document()["paths"].values() for operation in path.values()
}


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_each_operation_has_a_tag_a_description_and_examples(operation_id: str) -> None:
    """If this test fails for a new function: the description is the second paragraph of the function's docstring."""
    operation = OPERATIONS[operation_id]
    assert set(operation["tags"]) <= {tag["name"] for tag in openapi.document()["tags"]}
    assert len(operation["tags"]) == 1
    assert operation["description"]
    if "requestBody" in operation:
        assert operation["requestBody"]["content"]["application/json"]["examples"]
    else:
        assert [parameter for parameter in operation["parameters"] if "example" in parameter]
    assert operation["responses"]["200"]["content"]["application/json"]["examples"]
    for status, answer in operation["responses"].items():
        if status >= "400":
            assert answer["content"]["application/problem+json"]["examples"]


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_each_example_is_valid_against_its_schema(operation_id: str) -> None:
    document = openapi.document()
    examples = document["components"]["examples"]
    operation = OPERATIONS[operation_id]
    pairs = [(each["schema"], each["example"]) for each in operation.get("parameters", []) if "example" in each]
    contents = [operation.get("requestBody", {"content": {}}), *operation["responses"].values()]
    for content in (content for each in contents for content in each.get("content", {}).values()):
        for example in content.get("examples", {}).values():
            named = examples[example["$ref"].rpartition("/")[2]] if "$ref" in example else example
            pairs.append((content["schema"], named["value"]))
    for schema, value in pairs:
        validator = Draft202012Validator({**schema, "components": document["components"]}, validate_formats=True)
        errors = [f"{error.instance_path}: {error.message}" for error in validator.iter_errors(value)]
        assert errors == [], value


def test_each_error_has_an_example_of_its_detail() -> None:
    """If this test fails for a new error, add it to `local/problem_examples.json`."""
    examples = openapi.document()["components"]["examples"]
    assert [code for code, each in examples.items() if each["value"]["detail"] == each["summary"]] == []
    unused = set(json.loads((ROOT / "local" / "problem_examples.json").read_text())) - set(examples)
    assert unused == set()


def test_every_example_belongs_to_an_operation() -> None:
    names = {name for function in stages.handlers() for name in examples_of(function)}
    assert names <= set(OPERATIONS)


def test_every_reference_has_a_target() -> None:
    text = json.dumps(openapi.document())
    names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
    assert names <= set(openapi.document()["components"]["schemas"])


def test_bounds_have_the_names_of_json_schema() -> None:
    (days, limit) = (
        parameter["schema"]
        for parameter in openapi.document()["paths"]["/audit_stats"]["get"]["parameters"]
        if parameter["name"] in ("days", "limit")
    )
    assert days == {"type": "integer", "minimum": 1, "maximum": 3650, "default": 30}
    assert limit == {"type": "integer", "minimum": 1, "maximum": 1000}


def test_note_is_deprecated() -> None:
    properties = openapi.document()["components"]["schemas"]["NotOffered"]["properties"]
    assert [name for name, schema in properties.items() if schema.get("deprecated")] == ["note"]
    assert "notes" in properties


def test_answers_are_compared_with_the_document(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test that calls the API compares answers with the document. In this test, there is a difference."""
    document = openapi.document()
    document["components"]["schemas"]["Problem"]["required"].append("nonsense")
    monkeypatch.setattr("tests.hosts.DOCUMENT", document)
    monkeypatch.setattr("tests.hosts.validator_of", validator_of.__wrapped__)  # without what it has kept
    with pytest.raises(AssertionError, match="nonsense"):
        api.read(tutorId="x")
