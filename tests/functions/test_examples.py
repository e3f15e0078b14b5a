"""The examples in the OpenAPI document are requests that the functions answer."""

from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from deploy import stages
from local.demo import DEMO_TUTORS
from local.examples import examples_of
from migrations.tables import bookings, tutor_time_slots, tutors
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
    if function == "bookings":
        add_bookings_of_examples(engine, example)
    answer = api.call(function, method, query=example.get("query", ""), json=example.get("body"), token=ADMIN)
    if "revert" in example.get("body", {}):
        assert (answer.status, answer.json["code"]) == (404, "change_set_not_found")
    else:
        status = 201 if method == "POST" and function == "bookings" else 200
        assert (answer.status, set(answer.json)) == (status, set(example["answer"]))


def add_bookings_of_examples(engine: Engine, example: dict[str, Any]) -> None:
    """Insert the slots of an example's request and answer; before a change, also the bookings of the answer."""
    body, answer = example.get("body", {}), example["answer"]
    shown = answer.get("bookings", [answer])
    wanted = {(each["date"], each["time"]) for each in [*shown, body.get("moveTo", shown[0])]}
    tutor_id, length, zone = DEMO_TUTORS[0].id, shown[0]["durationMinutes"], shown[0]["timeZone"]
    with engine.begin() as connection:
        for day, start in wanted:
            slot = {"tutor_id": tutor_id, "date": date.fromisoformat(day), "start_time": time.fromisoformat(start)}
            row = {**slot, "duration_minutes": length, "time_zone": zone}
            connection.execute(insert(tutor_time_slots).values(row))
        if "bookingId" in body or "seriesId" in body:
            ids = {"id": body.get("bookingId", shown[0]["bookingId"]), "series_id": body.get("seriesId")}
            day, start = shown[0]["date"], "09:00"
            slot = {"date": date.fromisoformat(day), "start_time": time.fromisoformat(start)}
            if (day, start) not in wanted:
                row = {"tutor_id": tutor_id, **slot, "duration_minutes": length, "time_zone": zone}
                connection.execute(insert(tutor_time_slots).values(row))
            booking = {"tutor_id": tutor_id, **ids, **slot, "student_id": "Ben", "status": "CONFIRMED"}
            connection.execute(insert(bookings).values(booking))
