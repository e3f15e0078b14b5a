"""The daily run publishes the dates that follow the published ones."""

import json
import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from common.schedules import extend_schedule
from tests.builders import ADMIN, Tutor, add_booking, add_tutor, log_rows, replayed, stored_slots
from tests.functions.test_concurrency import run_concurrently
from tests.functions.test_weekly_schedule import NOW, offered, save, saved, schedule, set_now, update
from tests.hosts import Answer, Api

ROOT = Path(__file__).parent.parent.parent
MONDAY = datetime(2026, 12, 7, 12, 30, tzinfo=UTC)
PUBLISHED = ["12-01 15:00", "12-08 15:00", "12-15 15:00"]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    set_now(monkeypatch, NOW)


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    return add_tutor(engine)


def run(api: Api, monkeypatch: pytest.MonkeyPatch, now: datetime = MONDAY) -> Any:
    set_now(monkeypatch, now)
    answer = api.call("publish_schedules", "POST", token=ADMIN)
    assert answer.status == 200, answer.body
    return answer.json


def test_the_run_adds_the_next_week(api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch) -> None:
    save(api, tutor, schedule("TUE 15:00"))
    assert run(api, monkeypatch) == {"tutors": 1, "added": 1, "failed": 0, "remaining": 0}
    assert offered(engine, tutor) == PUBLISHED
    assert saved(api, tutor)["publishedThrough"] == "2026-12-20"
    entry = log_rows(engine, tutor)[-1]
    assert (entry.reason, entry.changed_by, entry.date) == ("schedule", tutor.user_id, date(2026, 12, 15))
    assert replayed(engine, tutor) == stored_slots(engine, tutor)


def test_a_run_with_nothing_to_publish_changes_nothing(
    api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(api, tutor, schedule("TUE 15:00"))
    nothing = {"tutors": 0, "added": 0, "failed": 0, "remaining": 0}
    assert run(api, monkeypatch, MONDAY - timedelta(days=1)) == nothing  # it isn't Monday yet in Copenhagen
    run(api, monkeypatch)
    assert run(api, monkeypatch) == nothing
    assert len(log_rows(engine, tutor)) == 3


def test_the_run_plans_nothing_anew(api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves published days alone, and days by hand that follow them; so it doesn't bring back what was reverted."""
    update(api, tutor, date(2026, 12, 16), "10:00")
    change_set = save(api, tutor, schedule("TUE 15:00", "WED 15:00")).json["changeSetId"]
    assert api.update(tutor.token, tutorId=str(tutor.id), revert=change_set).status == 200
    assert run(api, monkeypatch)["added"] == 1
    assert offered(engine, tutor) == ["12-15 15:00", "12-16 10:00"]


def test_the_run_publishes_around_booked_slots(
    api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are left from a schedule that was published further ahead."""
    save(api, tutor, schedule("TUE 14:30", weeksAhead=2))
    add_booking(engine, tutor, date(2026, 12, 15), "14:30")
    save(api, tutor, schedule("TUE 15:00", "TUE 16:00"))
    run(api, monkeypatch)
    assert offered(engine, tutor)[-2:] == ["12-15 14:30", "12-15 16:00"]


def test_a_run_that_is_two_days_late_publishes_the_same_days(
    api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(api, tutor, schedule("TUE 15:00"))
    run(api, monkeypatch, MONDAY + timedelta(days=2))
    assert offered(engine, tutor) == PUBLISHED
    run(api, monkeypatch, MONDAY + timedelta(days=16))  # it was missed for two weeks
    assert offered(engine, tutor) == [*PUBLISHED, "12-29 15:00"]  # the 22nd is over


def test_inactive_tutors_and_withdrawn_schedules_are_left_out(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    inactive, withdrawn = add_tutor(engine), add_tutor(engine)
    for tutor in (inactive, withdrawn):
        save(api, tutor, schedule("TUE 15:00"))
    save(api, withdrawn, None)
    with engine.begin() as connection:
        connection.execute(text("update tutors set active = false where id = :id"), {"id": inactive.id})
    assert run(api, monkeypatch)["tutors"] == 0
    with engine.begin() as connection:
        connection.execute(text("update tutors set active = true"))
    assert run(api, monkeypatch)["tutors"] == 1
    assert (offered(engine, inactive), offered(engine, withdrawn)) == (PUBLISHED, [])


@pytest.mark.parametrize(
    ("zone", "monday"), [("Pacific/Kiritimati", "2026-12-06T10:00"), ("Etc/GMT+12", "2026-12-07T12:00")]
)
def test_a_tutors_week_begins_on_monday_in_the_schedules_zone(
    api: Api, tutor: Tutor, monkeypatch: pytest.MonkeyPatch, zone: str, monday: str
) -> None:
    save(api, tutor, schedule("TUE 15:00", timeZone=zone))
    begins = datetime.fromisoformat(f"{monday}:00Z")
    assert run(api, monkeypatch, begins - timedelta(seconds=1))["tutors"] == 0
    assert run(api, monkeypatch, begins)["tutors"] == 1


@pytest.mark.parametrize("odd", ['{"weeksAhead": 1}', '{"weeksAhead": 1.5}', '{"weeksAhead": "x"}', "{}", "[]", "1"])
def test_a_failure_of_one_tutor_doesnt_stop_the_others(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], odd: str
) -> None:
    """Another program has written something else into the tutor's row."""
    broken, others = add_tutor(engine), [add_tutor(engine) for _ in range(3)]
    for tutor in (broken, *others):
        save(api, tutor, schedule("TUE 15:00"))
    with engine.begin() as connection:
        statement = "update weekly_schedules set schedule = cast(:odd as json) where tutor_id = :id"
        connection.execute(text(statement), {"odd": odd, "id": broken.id})
    capsys.readouterr()
    assert run(api, monkeypatch) == {"tutors": 3, "added": 3, "failed": 1, "remaining": 0}
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["tutorId"] for line in lines if line["message"] == "schedule not published"] == [str(broken.id)]
    assert [offered(engine, tutor) for tutor in others] == [PUBLISHED] * 3


def test_a_schedule_that_was_never_published_is_due(
    api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(api, tutor, schedule(weeksAhead=2))
    with engine.begin() as connection:
        connection.execute(text("update weekly_schedules set published_through = null"))
    assert run(api, monkeypatch, NOW)["tutors"] == 1
    assert saved(api, tutor)["publishedThrough"] == "2026-12-20"


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("update weekly_schedules set set_by = 'auth0|other'", ("auth0|other", 1)),
        ("update tutors set active = false", (None, 0)),
        ("update weekly_schedules set schedule = null, published_through = null", (None, 0)),
    ],
    ids=["saved", "deactivated", "withdrawn"],
)
def test_the_run_sees_what_happened_since_it_listed_the_tutors(
    api: Api,
    engine: Engine,
    tutor: Tutor,
    monkeypatch: pytest.MonkeyPatch,
    statement: str,
    expected: tuple[str | None, int],
) -> None:
    def extend_later(*args: Any) -> Any:
        with engine.begin() as connection:
            connection.execute(text(statement))
        return extend_schedule(*args)

    save(api, tutor, schedule("TUE 15:00"))
    monkeypatch.setattr("functions.publish_schedules.main.extend_schedule", extend_later)
    assert run(api, monkeypatch)["tutors"] == expected[1]
    rows = log_rows(engine, tutor)[2:]
    assert ([row.changed_by for row in rows] or [None]) == [expected[0]]


def test_a_run_that_is_out_of_time_says_how_many_are_left(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutors = [add_tutor(engine) for _ in range(3)]
    for tutor in tutors:
        save(api, tutor, schedule("TUE 15:00"))
    monkeypatch.setattr("functions.publish_schedules.main.RUN_FOR", timedelta(seconds=-1))
    assert run(api, monkeypatch) == {"tutors": 0, "added": 0, "failed": 0, "remaining": 3}


def test_two_runs_at_the_same_time_do_the_work_once(api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    tutors = [add_tutor(engine) for _ in range(10)]
    for tutor in tutors:
        save(api, tutor, schedule("TUE 15:00"))
    set_now(monkeypatch, MONDAY)
    answers: list[Answer] = run_concurrently(
        *[partial(api.call, "publish_schedules", "POST", token=ADMIN) for _ in range(3)]
    )
    assert sum(answer.json["added"] for answer in answers) == 10
    assert [answer.json["failed"] for answer in answers] == [0, 0, 0]
    for tutor in tutors:
        assert offered(engine, tutor) == PUBLISHED
        assert len(log_rows(engine, tutor)) == 3


CHILD = """
import sys
from common import config
from common.web.endpoint import Call
from functions.publish_schedules import main
from tests.builders import clock_at
from datetime import datetime

extend = main.extend_schedule

def extend_schedule(*args):
    print("next", flush=True)
    return extend(*args)

main.extend_schedule = extend_schedule
main.publish(Call(config.current(), clock_at(datetime.fromisoformat(sys.argv[1])), "child", None))
"""


@pytest.mark.parametrize("tutors_before", [1, 4, 8])
def test_a_run_that_was_killed_is_continued_by_the_next_one(
    api: Api, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch, tutors_before: int
) -> None:
    tutors = [add_tutor(engine) for _ in range(10)]
    for tutor in tutors:
        save(api, tutor, schedule("TUE 15:00"))
    command = [sys.executable, "-c", CHILD, MONDAY.isoformat()]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        begun = (line for line in child.stdout if line == "next\n")  # the other lines are the log's
        assert len(list(islice(begun, tutors_before + 1))) == tutors_before + 1
        os.kill(child.pid, signal.SIGKILL)
    assert 10 - tutors_before - 1 <= run(api, monkeypatch)["tutors"] <= 10 - tutors_before
    assert [offered(engine, tutor) for tutor in tutors] == [PUBLISHED] * 10
