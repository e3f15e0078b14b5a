"""The check of each function, which a deployment makes: it works with the right grants, and names a wrong one."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.pool import pool_for
from common.web.lambda_adapter import CHECK
from deploy.stages import handlers, serverless_config
from migrations import OUR_RELATIONS, roles
from migrations.roles import RIGHTS
from tests.attempts import user_url
from tests.aws import Queues
from tests.db.test_roles import NAMES, drop_roles
from tests.hosts import Api
from tests.pooler import IS_POOLED

pytestmark = pytest.mark.skipif(IS_POOLED, reason="the tests' pooler logs in as one user")

READERS = [
    name
    for name, function in serverless_config()["functions"].items()
    if function.get("environment", {}).get("DATABASE_URL_PARAMETER") == "${param:databaseReaderUrlParameter}"
]
WRITERS = ("update_availability", "weekly_schedule", "publish_schedules")


@pytest.fixture
def role_of(api: Api, engine: Engine, url: str, queues: Queues) -> Iterator[dict[str, str]]:
    """The role of each function, with its rights."""
    with engine.begin() as connection:
        roles.create(connection, "slotledger")
    yield {name: "reader" if name in READERS else "app" for name in handlers()}
    for name in NAMES:
        pool_for(Settings(database_url=user_url(url, name))).close()
    drop_roles(engine, *NAMES)


def check(function: str) -> Any:
    return importlib.import_module(handlers()[function]).handler(CHECK, None)


def rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {name: connection.execute(text(f"select count(*) from {name}")).scalar_one() for name in OUR_RELATIONS}


def test_functions_that_only_read_are_the_readers() -> None:
    assert READERS == ["get_availability", "audit_stats", "find_slots"]


def test_each_function_can_work_as_its_role_and_keeps_nothing(
    engine: Engine, url: str, role_of: dict[str, str], monkeypatch: pytest.MonkeyPatch, queues: Queues
) -> None:
    """Functions that change days send a message each, and `audit_repair` removes them."""
    before = rows(engine)
    worked = {}
    for function, role in role_of.items():
        monkeypatch.setenv("DATABASE_URL", user_url(url, f"slotledger_{role}"))
        answer = check(function)
        assert (answer["user"], answer["why"]) == (f"slotledger_{role}", None), answer
        worked[function] = answer["worked"]
        assert len(queues.take_all()) == (1 if function in WRITERS else 0)
    assert rows(engine) == before
    assert worked["update_availability"] == [
        "tries an edit (a dry run)",
        "reads change sets",
        "changes days and slots",
        "writes the log (rolled back)",
        "sends to the retry queue",
    ]
    assert (
        worked["weekly_schedule"]
        == worked["publish_schedules"]
        == [
            "reads schedules",
            "locks schedules",
            "saves schedules",
            "changes days and slots",
            "writes the log (rolled back)",
            "sends to the retry queue",
        ]
    )
    assert all(worked.values())


def test_repair_deletes_the_message_of_a_check(
    api: Api, url: str, role_of: dict[str, str], monkeypatch: pytest.MonkeyPatch, queues: Queues
) -> None:
    monkeypatch.setenv("DATABASE_URL", user_url(url, "slotledger_app"))
    check("update_availability")
    assert check("audit_repair")["worked"][-1] == "receives from the retry queue"
    assert queues.take_all() == []
    check("update_availability")
    assert api.repair()["drained"] == 1
    assert (queues.take_all(), queues.dead_letters()) == ([], [])


# Rights that only the owner needs, or a function that doesn't exist yet.
NOT_CHECKED = {
    ("app", "active_bookings", "select"),
    ("reader", "active_bookings", "select"),
}


@pytest.mark.parametrize("role", ["app", "reader"])
def test_a_missing_right_fails_the_check_of_a_function(
    engine: Engine, url: str, role_of: dict[str, str], monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    """The test revokes one right after the other. Each time, a function's check says so."""
    monkeypatch.setenv("DATABASE_URL", user_url(url, f"slotledger_{role}"))
    functions = [name for name, its_role in role_of.items() if its_role == role]
    unnoticed = set()
    for relation, rights in RIGHTS[role].items():
        for kind in ("select", "insert", "update", "delete"):
            if kind not in rights:
                continue
            with engine.begin() as connection:
                connection.execute(text(f"revoke {kind} on {relation} from slotledger_{role}"))
            reasons = [check(name)["why"] for name in functions]
            if not any("42501" in str(why) for why in reasons):
                unnoticed.add((role, relation, kind))
            with engine.begin() as connection:
                roles.renew_rights(connection)
    assert unnoticed == {each for each in NOT_CHECKED if each[0] == role}


def test_a_queue_that_cannot_be_used_fails_the_check(
    role_of: dict[str, str], monkeypatch: pytest.MonkeyPatch, queues: Queues
) -> None:
    monkeypatch.setenv("AUDIT_QUEUE_URL", f"{queues.url}-none")
    for function in (*WRITERS, "audit_repair"):
        assert "The specified queue does not exist" in check(function)["why"]
