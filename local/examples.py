"""The examples of requests and answers in the OpenAPI document.

`functions/<function>/examples.json` has the examples of each operation by name: a `summary`, the `query` or the `body`
of a request, and the `answer`. `local/problem_examples.json` has, by code, what is special in the answer of an error.
"""

import json
from collections.abc import Mapping
from typing import Any

from common.web.problems import ALL_KINDS
from deploy.stages import ROOT

YEAR = 2027
"""The year of the examples' dates. The local server replaces it by the next year, because edits need future dates."""


def examples_of(function: str, year: int = YEAR) -> dict[str, dict[str, Any]]:
    """Return the examples of a function, by operation id and name, with dates in a year; {} if it has none."""
    file = ROOT / "functions" / function / "examples.json"
    if not file.exists():
        return {}
    examples: dict[str, dict[str, Any]] = json.loads(file.read_text().replace(f"{YEAR}-", f"{year}-"))
    return examples


def add_examples(operation: dict[str, Any], examples: Mapping[str, Any]) -> None:
    """Add examples to an operation of the document.

    Its parameters get the values of the first example only: readers see them filled in, and send them together.
    """
    if not examples:
        return
    query = next(iter(examples.values())).get("query", {})
    for parameter in operation.get("parameters", []):
        if parameter["name"] in query:
            parameter["example"] = query[parameter["name"]]
    if "requestBody" in operation:
        operation["requestBody"]["content"]["application/json"]["examples"] = _named(examples, "body")
    operation["responses"]["200"]["content"]["application/json"]["examples"] = _named(examples, "answer")


def problem_examples() -> dict[str, Any]:
    """Return an example for each error's answer, by code."""
    special = json.loads((ROOT / "local" / "problem_examples.json").read_text())
    return {
        kind.code: {
            "summary": kind.title,
            "value": {
                "type": f"urn:slotledger:problem:{kind.code}",
                "title": kind.title,
                "status": kind.status,
                "code": kind.code,
                **special.get(kind.code, {"detail": kind.title}),
            },
        }
        for kind in ALL_KINDS
    }


def _named(examples: Mapping[str, Any], part: str) -> dict[str, Any]:
    return {name: {"summary": example["summary"], "value": example[part]} for name, example in examples.items()}
