"""An instance writes a log line if its clock differs from the database's clock. The line has the difference."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from tests.builders import add_tutor, log_rows, monday, slots
from tests.hosts import Api

DAY = monday()


def edit(api: Api, engine: Engine, **body: object) -> None:
    """Edit a day of a new tutor."""
    tutor = add_tutor(engine)
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots("09:00"), **body)
    assert answer.status == 200


def set_clock(monkeypatch: pytest.MonkeyPatch, difference: timedelta) -> None:
    monkeypatch.setattr("common.web.endpoint.utc_now", lambda: datetime.now(UTC) + difference)


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


def test_entries_have_the_time_of_the_instances_clock_even_if_it_is_ahead(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log line is only a warning. Slotledger doesn't correct the time."""
    tutor = add_tutor(engine)
    now = datetime.now(UTC) + timedelta(minutes=30)
    monkeypatch.setattr("common.web.endpoint.utc_now", lambda: now)
    api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots("09:00"))
    assert [row.changed_at for row in log_rows(engine, tutor)] == [now]


def test_an_edit_that_is_refused_because_of_a_wrong_clock_logs_the_difference(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_clock(monkeypatch, timedelta(days=60))
    tutor = add_tutor(engine)
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots("09:00"))
    assert (answer.status, answer.json["code"]) == (400, "date_in_past")
    assert len(clock_lines(capsys)) == 1
