"""The examples in the OpenAPI document are requests that the functions answer."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from deploy import stages
from local.demo import DEMO_TUTORS
from local.examples import examples_of
from migrations.tables import tutors
from tests.builders import ADMIN
from tests.hosts import Api

CASES = [
    pytest.param(function, declaration.methods[0], example, id=f"{declaration.operation_id} {name}")
    for function, declared in stages.declarations().items()
    for declaration in declared
    for name, example in examples_of(function, datetime.now(UTC).year + 1).get(declaration.operation_id, {}).items()
]


@pytest.mark.parametrize(("function", "method", "example"), CASES)
def test_an_example_can_be_sent_as_it_is(
    api: Api, engine: Engine, function: str, method: str, example: dict[str, Any]
) -> None:
    """An admin sends the request. The answer has the fields of the example's answer.

    The change set in the example of a revert exists in no database.
    """
    tutor = DEMO_TUTORS[0]
    with engine.begin() as connection:
        row = {"id": tutor.id, "user_id": tutor.user_id, "name": tutor.name, "time_zone": tutor.time_zone}
        connection.execute(insert(tutors).values(row))
    answer = api.call(function, method, query=example.get("query", ""), json=example.get("body"), token=ADMIN)
    if "revert" in example.get("body", {}):
        assert (answer.status, answer.json["code"]) == (404, "change_set_not_found")
    else:
        assert (answer.status, set(answer.json)) == (200, set(example["answer"]))
