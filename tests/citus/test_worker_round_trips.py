"""The number of commands that the coordinator sends to workers for a request. Each command is a round trip."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.db.address import address_of
from common.db.pool import pool_for
from tests.builders import add_tutor, monday, slots
from tests.hosts import Answer, Api

Count = Callable[[Answer], int]


@pytest.fixture
def count(api: Api, settings: Settings, administration: Engine) -> Count:
    """A function that takes the answer to a request, and returns how many commands the request sent to workers.

    The coordinator sends a notice for each command.
    """
    database, pool = address_of(settings.database_url).database, pool_for(settings)
    with administration.connect() as connection:
        connection.execute(text(f"alter database {database} set citus.log_remote_commands = on"))
    pool.close()  # the next connection has the setting

    def commands(answer: Answer) -> int:
        assert answer.status == 200
        (connection,) = pool._idle
        messages: list[Any] = [notice[b"M"] for notice in connection.notices]
        connection.notices.clear()
        return sum(each.startswith(b"issuing ") for each in messages)

    return commands


def test_a_read_sends_a_worker_one_command_and_an_update_seven(api: Api, engine: Engine, count: Count) -> None:
    """An update sends begin, lock, read, remove, add and commit, and then a command for the log."""
    tutor, day = add_tutor(engine), monday()
    query = {"tutorId": tutor.id}

    def update(start: str) -> Answer:
        return api.update(tutor.token, tutorId=str(tutor.id), date=str(day), timeSlots=slots(start))

    count(update("09:00"))
    assert count(update("10:00")) == 7
    assert count(api.read(**query, startDate=day)) == 1
    assert count(api.read(**query, startDate=day, explain="true")) == 1
    assert count(api.history(tutor.token, **query)) == 1
    assert count(api.stats(tutor.token, **query)) == 1
