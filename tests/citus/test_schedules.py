"""Weekly schedules on a cluster: a transaction changes a tutor's shard, and a table that each node has a copy of."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.clock import Clock
from functions.publish_schedules import main as publish_schedules
from tests.builders import add_booking, add_tutor, log_rows, monday, stored_slots
from tests.functions.test_audit_repair import SCHEDULED_EVENT
from tests.hosts import Api

DAY = monday()


def test_a_schedule_is_saved_changed_published_and_withdrawn(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutor = add_tutor(engine)
    schedule: dict[str, Any] = {"validFrom": str(DAY), "everyWeeks": 1, "weeksAhead": 3}

    def save(time: str | None, version: int) -> Any:
        slots = [{"weekday": "MON", "time": time, "durationMinutes": 45}]
        wanted = schedule | {"slots": slots} if time is not None else None
        body = {"tutorId": str(tutor.id), "schedule": wanted, "version": version}
        answer = api.call("weekly_schedule", "PUT", json=body, token=tutor.token)
        assert answer.status == 200, answer.body
        return answer.json

    def starts() -> list[str]:
        return [f"{start:%H:%M}" for _, start, _ in stored_slots(engine, tutor)]

    assert save("09:00", 0)["changes"] == {"added": 2, "removed": 0}
    add_booking(engine, tutor, DAY, "09:00")
    changed = save("11:00", 1)
    assert (changed["changes"], changed["audit"]) == ({"added": 2, "removed": 1}, "recorded")
    assert [kept["why"] for kept in changed["kept"]] == ["booked"]
    assert starts() == ["09:00", "11:00", "11:00"]
    assert save("11:00", 1)["changes"] == {"added": 0, "removed": 0}

    with monkeypatch.context() as next_week:
        next_week.setattr("common.web.endpoint.CLOCK", Clock(lambda: datetime.now(UTC) + timedelta(days=7)))
        published = publish_schedules.handler(SCHEDULED_EVENT, None)
        assert published == {"tutors": 1, "added": 1, "failed": 0, "remaining": 0}
        assert publish_schedules.handler(SCHEDULED_EVENT, None) == dict.fromkeys(published, 0)

    assert save(None, 2)["changes"] == {"added": 0, "removed": 3}
    read = api.call("weekly_schedule", query={"tutorId": tutor.id}, token=tutor.token).json
    assert (read["schedule"], read["version"]) == (None, 3)
    assert [(row.reason, row.action) for row in log_rows(engine, tutor)].count(("schedule", "ADDED")) == 5
    with engine.connect() as connection:
        events = text("select count(*) from settings_events where tutor_id = :id and field = 'weeklySchedule'")
        assert connection.execute(events, {"id": tutor.id}).scalar_one() == 3
