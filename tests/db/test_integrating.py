"""`docs/integrating.md`: the app's database user can run the page's statements, and the page lists the right errors."""

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from common.config import Settings
from common.db.engine import engine_for
from common.db.pool import pool_for
from migrations import roles
from tests.builders import Tutor, add_booking, add_slots, clock_at, make_token, monday, slots
from tests.db.test_roles import NAMES, drop_roles
from tests.hosts import ROOT, Api, framework_app, served

PAGE = (ROOT / "docs/integrating.md").read_text()
# The page's statements, by the heading above them.
STATEMENTS = dict(re.findall(r"^## ([^\n]+)\n(?:(?!^## ).)*?```sql\n(.*?)```", PAGE, re.DOTALL | re.MULTILINE))
USER = "A database user for your app"
DAY = monday()


@dataclass(frozen=True)
class App:
    """An app that runs the page's statements as its own database user."""

    engine: Engine

    def run(self, heading: str, **values: Any) -> int:
        """Run the statements below a heading in one transaction; return the row count of the last statement."""
        statements = re.sub(r":'(\w+)'", r":\1", STATEMENTS[heading]).split(";\n")
        changed = 0
        with self.engine.begin() as connection:
            for statement in statements:
                if statement.strip() not in ("", "begin", "commit"):
                    used = {name: value for name, value in values.items() if f":{name}" in statement}
                    changed = connection.execute(text(statement), used).rowcount
        return changed

    @contextmanager
    def refused(self, sqlstate: str, constraint: str = "") -> Iterator[None]:
        """Assert that the block raises this error, and that the page's tables list it."""
        assert f"| {sqlstate} `{constraint}` |" in PAGE or f"| {sqlstate} |" in PAGE
        with pytest.raises(DBAPIError) as refusal:
            yield
        fields = refusal.value.orig.args[0]  # type: ignore[union-attr]
        # On Citus, the constraint's name is only in the error's message, and the number of a shard follows it.
        name = re.search(r'constraint "(\w+?)(_\d+)?"', fields["M"])
        assert (fields["C"], name[1] if name else "") == (sqlstate, constraint)


@pytest.fixture
def app(engine: Engine, url: str) -> Iterator[App]:
    with engine.begin() as connection:
        roles.create(connection, "slotledger")
        for statement in STATEMENTS[USER].split(";\n"):
            if statement.strip():
                connection.execute(text(statement))
    settings = Settings(stage="test", database_url=url.replace("//postgres@", "//tutoring_app@"))
    yield App(engine_for(settings))
    pool_for(settings).close()
    drop_roles(engine, "tutoring_app", *NAMES)


@pytest.fixture
def tutor(app: App, api: Api) -> Tutor:
    """A tutor whom the app added. The tutor offers 09:00 and 10:00."""
    user = str(uuid4())
    tutor = Tutor(uuid4(), user, make_token(user))
    assert app.run("Add a tutor", tutor=tutor.id, user=user) == 1
    body = {"tutorId": str(tutor.id), "date": str(DAY), "timeSlots": slots("09:00", "10:00")}
    assert api.update(tutor.token, **body).status == 200
    return tutor


def read_statuses(api: Api, tutor: Tutor, **query: str) -> dict[str, str]:
    """Return the status of each slot by its start."""
    answer = api.read(tutorId=tutor.id, startDate=DAY, endDate=DAY, **query).json
    return {slot["time"]: slot["status"] for day in answer["days"] for slot in day["timeSlots"]}


def booking_of(tutor: Tutor, start: str = "09:00", booking: UUID | None = None) -> dict[str, Any]:
    return {"tutor": tutor.id, "booking": booking or uuid4(), "student": uuid4(), "date": DAY, "start": start}


def let_holds_expire(engine: Engine, tutor: Tutor) -> None:
    with engine.begin() as connection:
        # `created_at` has to change too, because a hold can't be created after it expires.
        past = "update bookings set hold_expires_at = :at, created_at = :at where tutor_id = :tutor"
        connection.execute(text(past), {"at": datetime(2026, 1, 1, tzinfo=UTC), "tutor": tutor.id})


def test_a_booking_is_held_confirmed_and_cancelled(api: Api, app: App, tutor: Tutor) -> None:
    booking = booking_of(tutor)
    assert app.run("Hold a slot", **booking) == 1
    assert read_statuses(api, tutor) == {"09:00": "BOOKED", "10:00": "AVAILABLE"}
    assert app.run("Confirm a booking", **booking) == 1
    assert read_statuses(api, tutor) == {"09:00": "BOOKED", "10:00": "AVAILABLE"}
    confirmed = datetime.now(UTC).isoformat()
    assert app.run("Cancel a booking", **booking) == 1
    assert read_statuses(api, tutor) == {"09:00": "AVAILABLE", "10:00": "AVAILABLE"}
    assert read_statuses(api, tutor, asOf=confirmed) == {"09:00": "BOOKED", "10:00": "AVAILABLE"}
    assert app.run("Cancel a booking", **booking) == 0
    assert app.run("Confirm a booking", **booking) == 0


def test_an_expired_hold_does_not_prevent_a_booking(api: Api, app: App, engine: Engine, tutor: Tutor) -> None:
    first, second = booking_of(tutor), booking_of(tutor)
    app.run("Hold a slot", **first)
    let_holds_expire(engine, tutor)
    assert read_statuses(api, tutor) == {"09:00": "AVAILABLE", "10:00": "AVAILABLE"}
    assert app.run("Confirm a booking", **first) == 0
    assert app.run("Hold a slot", **second) == 1
    assert app.run("Confirm a booking", **second) == 1
    assert app.run("Expire old holds", tutor=tutor.id) == 0  # the statements of "Hold a slot" have marked the old hold


def test_expired_holds_are_marked(app: App, engine: Engine, tutor: Tutor) -> None:
    app.run("Hold a slot", **booking_of(tutor, "09:00"))
    let_holds_expire(engine, tutor)
    app.run("Hold a slot", **booking_of(tutor, "10:00"))
    assert app.run("Expire old holds", tutor=tutor.id) == 1


def test_bookings_that_break_a_constraint_get_the_errors_of_the_page(api: Api, app: App, tutor: Tutor) -> None:
    first = booking_of(tutor)
    app.run("Hold a slot", **first)
    with app.refused("23505", "bookings_one_per_slot"):
        app.run("Hold a slot", **booking_of(tutor))
    assert app.run("Hold a slot", **first) == 0  # a repeated request
    with app.refused("23503", "bookings_slot_is_offered"):
        app.run("Hold a slot", **booking_of(tutor, "11:00"))
    removal = api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=[])
    assert (removal.status, removal.json["code"]) == (409, "slot_booked")
    assert removal.json["conflicts"] == [{"date": str(DAY), "time": "09:00", "status": "AWAITING_PAYMENT"}]


def test_tutors_that_break_a_constraint_get_the_errors_of_the_page(app: App, tutor: Tutor) -> None:
    with app.refused("23505", "tutors_pkey"):
        app.run("Add a tutor", tutor=tutor.id, user=uuid4())
    with app.refused("23505", "tutors_user_id_key"):
        app.run("Add a tutor", tutor=uuid4(), user=tutor.user_id)
    for zone, sqlstate, constraint in (
        ("CET", "23514", "tutors_time_zone_is_known"),
        ("Europe/Nowhere", "22023", ""),
    ):
        with app.refused(sqlstate, constraint), app.engine.begin() as connection:
            statement = STATEMENTS["Add a tutor"].replace("Europe/Copenhagen", zone)
            connection.execute(text(re.sub(r":'(\w+)'", r":\1", statement)), {"tutor": uuid4(), "user": uuid4()})


def test_the_apps_user_can_neither_delete_slots_nor_move_bookings_nor_read_the_log(app: App, tutor: Tutor) -> None:
    for statement in (
        "delete from tutor_time_slots where tutor_id = :id",
        "select from tutor_availability_log where tutor_id = :id",
        "update bookings set date = date + 1 where tutor_id = :id",
        "update bookings set student_id = 'another' where tutor_id = :id",
        "delete from bookings where tutor_id = :id",
    ):
        with pytest.raises(DBAPIError, match="42501"), app.engine.begin() as connection:
            connection.execute(text(statement), {"id": tutor.id})


def test_a_token_with_the_claims_of_the_example_is_an_admins_token(api: Api, tutor: Tutor) -> None:
    payload = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[-1])
    token = make_token(payload.pop("sub"), **payload)
    assert api.call("audit_stats", query={}, token=token).status == 200


@pytest.mark.skipif(shutil.which("curl") is None, reason="the command of the page needs curl")
def test_one_search_finds_the_next_slots_for_the_front_page(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page's tutor offers five slots: one is booked, and one comes after the next three."""
    monkeypatch.setattr("common.web.endpoint.CLOCK", clock_at(datetime(2027, 9, 30, tzinfo=UTC)))
    command, shown = re.findall(r"```sh\n(TUTORS.*?)```.*?```json\n(.*?)```", PAGE, re.DOTALL)[0]
    user = str(uuid4())
    tutor = Tutor(UUID("11111111-0000-4000-8000-000000000001"), user, make_token(user))
    with engine.begin() as connection:
        statement = re.sub(r":'(\w+)'", r":\1", STATEMENTS["Add a tutor"])
        connection.execute(text(statement), {"tutor": tutor.id, "user": user})
    add_slots(engine, tutor, date(2027, 10, 1), "09:00", "10:00", "11:00", "12:00", "13:00")
    add_booking(engine, tutor, date(2027, 10, 1), "10:00")
    with served(framework_app("find_slots")) as url:
        answer = subprocess.check_output(["bash", "-euc", command.replace("localhost:8080", url)], timeout=60)
    assert json.loads(answer) == json.loads(shown)
