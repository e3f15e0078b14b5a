"""An update saves the slots before it writes the log. Whatever happens to the log, the update soon answers 200."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import time as clock_time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from common.config import Settings
from common.db.address import address_of
from common.db.engine import engine_for
from local import postgres
from migrations import upgrade
from tests.builders import Tutor, add_tutor, monday, slots, stored_slots, versions
from tests.hosts import Answer, Api
from tests.pooler import maybe_pooling, wait_until_it_answers

DAY = monday()
HANG_LIMIT_SECONDS = 5  # the budget is half a second; the rest is for a busy machine


@pytest.fixture(autouse=True)
def the_default_budget(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AUDIT_BUDGET_MS")


def save(api: Api, tutor: Tutor, *starts: str) -> Answer:
    """Save a day, and assert that the update doesn't hang."""
    began = time.monotonic()
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots(*starts), notes="why")
    assert time.monotonic() - began < HANG_LIMIT_SECONDS
    return answer


def assert_deferred(answer: Answer, engine: Engine, tutor: Tutor, out: str) -> None:
    """Assert that the slots are saved, and that one log line has the whole change set."""
    assert (answer.status, answer.json["audit"]) == (200, "deferred")
    assert stored_slots(engine, tutor) == [(DAY, clock_time(9), 60)]
    assert versions(engine, tutor) == {DAY: 1}
    (warning,) = [line for line in map(json.loads, out.splitlines()) if line["severity"] == "WARNING"]
    assert warning["requestId"] == answer.headers["x-request-id"]
    changed_at = warning["changeSet"].pop("changedAt")
    assert warning["changeSet"] == {
        "id": answer.json["changeSetId"],
        "tutorId": str(tutor.id),
        "changedBy": str(tutor.user_id),
        "reason": "tutor_edit",
        "notes": "why",
        "size": 1,
        "changes": [{"date": str(DAY), "version": 1, "removed": [], "added": [["09:00", 60, "Europe/Copenhagen"]]}],
    }
    assert changed_at


@contextlib.contextmanager
def locked_log(engine: Engine) -> Iterator[None]:
    """Lock the log until the block ends."""
    with engine.begin() as connection:
        connection.execute(text("lock table tutor_availability_log in access exclusive mode"))
        yield


@contextlib.contextmanager
def altered(engine: Engine, change: str, undo: str) -> Iterator[None]:
    """Run the statement `change`, and at the end of the block the statement `undo`."""
    with engine.begin() as connection:
        connection.execute(text(change))
    yield
    with engine.begin() as connection:
        connection.execute(text(undo))


LOG = "alter table tutor_availability_log"
FAULTS: dict[str, Callable[[Engine], contextlib.AbstractContextManager[None]]] = {
    "locked": locked_log,
    "renamed away": lambda engine: altered(
        engine, f"{LOG} rename to away", "alter table away rename to tutor_availability_log"
    ),
    "refusing every row": lambda engine: altered(
        engine, f"{LOG} add constraint full_disk check (false) not valid", f"{LOG} drop constraint full_disk"
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_update_succeeds_if_the_log_fails(
    api: Api, engine: Engine, fault: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tutor = add_tutor(engine)
    with FAULTS[fault](engine):
        answer = save(api, tutor, "09:00")
    assert_deferred(answer, engine, tutor, capsys.readouterr().out)
    history = api.history(tutor.token, tutorId=tutor.id).json
    assert (history["entries"], history["complete"], history["missingVersions"]) == ([], False, 1)
    assert save(api, tutor, "10:00").json["audit"] == "recorded"


def test_a_locked_log_leaves_no_session_waiting(api: Api, engine: Engine) -> None:
    """The transaction that writes the log has time-outs, so PostgreSQL ends it."""
    tutor = add_tutor(engine)
    waiting = text("select count(*) from pg_stat_activity where wait_event_type = 'Lock'")
    with locked_log(engine):
        for start in ("09:00", "10:00", "11:00"):
            assert save(api, tutor, start).json["audit"] == "deferred"
        deadline = time.monotonic() + HANG_LIMIT_SECONDS
        with engine.connect() as connection:
            while connection.execute(waiting).scalar():
                assert time.monotonic() < deadline, "a session is still waiting"


def test_an_update_succeeds_if_the_database_stops_answering(
    api: Api, url: str, engine: Engine, administration: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """The test stops the database's processes after the slots are committed.

    Stopped processes can't enforce time-outs, so the function needs its own deadline.
    """
    tutor = add_tutor(engine)
    sessions = text("select pid from pg_stat_activity where datname = :name and backend_type = 'client backend'")
    stopped: list[int] = []

    @event.listens_for(engine, "before_cursor_execute")
    def stop(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if "insert into tutor_availability_log" in statement:
            with administration.connect() as connection:
                stopped.extend(connection.execute(sessions, {"name": address_of(url).database}).scalars())
            for pid in stopped:
                os.kill(pid, signal.SIGSTOP)

    try:
        answer = save(api, tutor, "09:00")
    finally:
        event.remove(engine, "before_cursor_execute", stop)
        for pid in stopped:
            os.kill(pid, signal.SIGCONT)
    assert stopped
    assert_deferred(answer, engine, tutor, capsys.readouterr().out)


def test_an_update_succeeds_if_writing_the_log_raises_any_error(
    api: Api, engine: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Here, the error is `MemoryError`."""
    tutor = add_tutor(engine)

    def no_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("common.db.audit_log.write", no_memory)
    assert_deferred(save(api, tutor, "09:00"), engine, tutor, capsys.readouterr().out)


def test_an_update_succeeds_if_the_database_stops_between_commit_and_log(
    api: Api, home: Path, settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server stops just after the commit. After the server has started again, the slots are there."""
    start = partial(postgres.running, home)
    with contextlib.ExitStack() as server, maybe_pooling(server.enter_context(start())) as url:
        engine = engine_for(replace(settings, database_url=url))
        upgrade(engine, "test")
        tutor = add_tutor(engine)
        monkeypatch.setenv("DATABASE_URL", url)

        @event.listens_for(engine, "before_cursor_execute")
        def stop(_connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
            if "insert into tutor_availability_log" in statement:
                server.close()

        answer = save(api, tutor, "09:00")
        read = api.read(tutorId=tutor.id)
        assert (read.status, read.json["code"], read.headers["retry-after"]) == (503, "unavailable", "2")
        server.enter_context(start())
        wait_until_it_answers(url)
        assert_deferred(answer, engine, tutor, capsys.readouterr().out)
        assert api.read(tutorId=tutor.id).status == 200
        engine.dispose()


def test_answers_are_correct_after_updates_that_exceeded_their_budget(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A connection on which a deadline has passed isn't used again."""
    tutor = add_tutor(engine)
    monkeypatch.setenv("AUDIT_BUDGET_MS", "1")
    for start in ("09:00", "10:00", "11:00"):
        assert save(api, tutor, start).json["audit"] in ("recorded", "deferred")
        assert api.read(tutorId=tutor.id, startDate=DAY).json["days"][0]["timeSlots"][0]["time"] == start
    monkeypatch.setenv("AUDIT_BUDGET_MS", "30000")
    assert save(api, tutor, "12:00").json["audit"] == "recorded"
