"""An instance writes a log line if its clock differs from the database's clock. The line has the difference."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text

from tests.builders import add_tutor, log_rows, make_token, monday, slots
from tests.hosts import Api

DAY = monday()
INSTANTS = """
select tutor_days.updated_at, tutor_time_slots.created_at
from tutor_days join tutor_time_slots using (tutor_id, date)
where tutor_id = :id
"""


def edit(api: Api, engine: Engine, **body: object) -> None:
    """Edit a day of a new tutor."""
    tutor = add_tutor(engine)
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots("09:00"), **body)
    assert answer.status == 200


def set_clock(monkeypatch: pytest.MonkeyPatch, difference: timedelta) -> None:
    monkeypatch.setattr("common.clock.Clock.__call__", lambda _: datetime.now(UTC) + difference)


def clock_lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return [line for line in lines if "clock" in line["message"]]


@pytest.mark.parametrize("minutes", [30, -30], ids=["ahead", "behind"])
def test_an_edit_by_an_instance_with_a_wrong_clock_logs_the_difference(
    api: Api,
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    minutes: int,
) -> None:
    set_clock(monkeypatch, timedelta(minutes=minutes))
    edit(api, engine)
    (line,) = clock_lines(capsys)
    seconds = line.pop("secondsAhead")
    assert isinstance(seconds, float)
    assert seconds == pytest.approx(60 * minutes, abs=60)  # a machine that runs tests may be slow
    assert line.pop("requestId")
    assert line == {"severity": "WARNING", "message": "clock differs from the database's"}


def test_a_dry_run_logs_the_difference(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_clock(monkeypatch, timedelta(minutes=30))
    edit(api, engine, dryRun=True)
    assert len(clock_lines(capsys)) == 1


def test_an_edit_by_an_instance_with_the_right_clock_logs_no_difference(
    api: Api, engine: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(api, engine)
    assert clock_lines(capsys) == []


@pytest.mark.parametrize("difference", [timedelta(days=60), timedelta(days=-60)], ids=["ahead", "behind"])
def test_an_edit_gets_its_instant_from_the_databases_clock(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch, difference: timedelta
) -> None:
    """With the clock of this instance, the day would be over, or entries would be in the past."""
    tutor = add_tutor(engine)
    set_clock(monkeypatch, difference)
    before = datetime.now(UTC)
    answer = api.update(
        make_token(tutor.user_id, exp=before + timedelta(days=99)),
        tutorId=str(tutor.id),
        date=str(DAY),
        timeSlots=slots("09:00"),
    )
    assert answer.status == 200
    (entry,) = log_rows(engine, tutor)
    assert before <= entry.changed_at <= datetime.now(UTC)
    with engine.connect() as connection:
        instants = connection.execute(text(INSTANTS), {"id": tutor.id}).one()
    assert tuple(instants) == (entry.changed_at, entry.changed_at)


def test_an_edit_that_is_refused_logs_the_difference(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_clock(monkeypatch, timedelta(minutes=30))
    tutor = add_tutor(engine)
    past = str(DAY - timedelta(days=99))
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=past, timeSlots=slots("09:00"))
    assert (answer.status, answer.json["code"]) == (400, "date_in_past")
    assert len(clock_lines(capsys)) == 1
