"""Nothing is lost silently: late entries are delivered, lost entries are reconstructed, and the log is complete again.

A gap is a version of a day, or several versions in a row, without entries.
"""

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta
from time import monotonic
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from common import queue
from common.clock import Clock
from common.errors import Unavailable
from functions.audit_repair import main as audit_repair
from functions.publish_schedules import main as publish_schedules
from migrations.log_tables import tutor_availability_log
from tests.aws import TRIES, Queues
from tests.builders import ADMIN, Tutor, add_tutor, log_rows, monday, replayed, slots, stored_slots
from tests.functions.test_best_effort import FAULTS, HANG_LIMIT_SECONDS, locked_log
from tests.hosts import Answer, Api

DAY = monday()
NEXT_DAY = DAY + timedelta(days=1)
NOTES = "flu 'n' cold {,}\n\\ null 🤧"


@pytest.fixture(autouse=True)
def a_short_budget(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the time for which an update waits for the log."""
    monkeypatch.setenv("AUDIT_BUDGET_MS", "500")


def set_clock_five_minutes_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: datetime.now(UTC) + timedelta(minutes=5)))


def save(api: Api, tutor: Tutor, *starts: str, day: date = DAY, **body: Any) -> Answer:
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(day), timeSlots=slots(*starts), **body)
    assert answer.status == 200
    return answer


def delete_entries(engine: Engine, tutor: Tutor, *versions: int) -> None:
    """Delete the entries of these versions."""
    with engine.begin() as connection:
        delete = text("delete from tutor_availability_log where tutor_id = :tutor and version = any(:versions)")
        connection.execute(delete, {"tutor": tutor.id, "versions": list(versions)})


def entries_of(engine: Engine, tutor: Tutor) -> list[tuple[int, str, str, str]]:
    """Return version, action, time and source of each entry."""
    return [(row.version, row.action, f"{row.start_time:%H:%M}", row.source) for row in log_rows(engine, tutor)]


def assert_complete(api: Api, engine: Engine, tutor: Tutor) -> None:
    """Assert that no version is missing, and that replaying the log gives the slots."""
    history = api.history(tutor.token, tutorId=tutor.id).json
    assert (history["complete"], history["missingVersions"]) == (True, 0)
    assert api.stats(tutor.token, tutorId=tutor.id).json["complete"]
    assert replayed(engine, tutor) == stored_slots(engine, tutor)


def test_deferred_entries_are_delivered_unchanged(api: Api, engine: Engine, queues: Queues) -> None:
    """The log is locked, so the entries go to the queue. Repair delivers them with the source `deferred`."""
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    with locked_log(engine):
        answer = save(api, tutor, "10:00", reason="illness", notes=NOTES)
    assert answer.json["audit"] == "deferred"
    assert not api.history(tutor.token, tutorId=tutor.id).json["complete"]
    assert api.repair() == {"drained": 1, "reconstructed": 0, "remainingGaps": 0, "adrift": 0}
    entries = api.history(tutor.token, tutorId=tutor.id).json["entries"]
    late = [entry for entry in entries if entry["version"] == 2]
    assert sorted((entry["action"], entry["startTime"]) for entry in late) == [("ADDED", "10:00"), ("REMOVED", "09:00")]
    assert {
        (entry["source"], entry["reason"], entry["notes"], entry["changedBy"], entry["changeSetId"]) for entry in late
    } == {("deferred", "illness", "flu 'n' cold {,}\n\\ null 🤧", str(tutor.user_id), answer.json["changeSetId"])}
    assert_complete(api, engine, tutor)
    assert (queues.waiting(), queues.dead_letters()) == ([], [])


def test_a_change_set_is_queued_as_one_message_for_each_day(api: Api, engine: Engine, queues: Queues) -> None:
    """The change set has 92 days with 16 slots each.

    Ten messages are sent in one batch. They have less than half of the 256 KiB that SQS allows for a batch.
    """
    tutor = add_tutor(engine)
    starts = [f"{hour:02}:{minute:02}" for hour in range(6, 14) for minute in (0, 30)]
    days = [{"date": str(DAY + timedelta(days=i)), "timeSlots": slots(*starts, minutes=30)} for i in range(92)]
    with locked_log(engine):
        answer = api.update(tutor.token, tutorId=str(tutor.id), days=days, notes="\U0001f600" * 500)
    assert answer.json["audit"] == "deferred"
    waiting = queues.waiting()
    assert sorted(message["changes"][0]["date"] for message in waiting) == [day["date"] for day in days]
    assert {(message["id"], message["size"], len(message["changes"])) for message in waiting} == {
        (answer.json["changeSetId"], 92 * 16, 1)
    }
    assert max(len(json.dumps(message)) for message in waiting) < 256 * 1024 / 10 / 2
    assert api.repair()["drained"] == 92
    assert_complete(api, engine, tutor)


def test_a_message_that_is_delivered_several_times_is_written_once(api: Api, engine: Engine, queues: Queues) -> None:
    tutor = add_tutor(engine)
    with locked_log(engine):
        save(api, tutor, "09:00")
    (message,) = queues.waiting()
    queues.put(json.dumps(message), json.dumps(message))
    assert api.repair()["drained"] == 3
    assert entries_of(engine, tutor) == [(1, "ADDED", "09:00", "deferred")]


def test_a_late_entry_replaces_its_reconstruction(
    api: Api, engine: Engine, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutor = add_tutor(engine)
    with locked_log(engine):
        for starts in (("09:00",), ("09:00", "10:00"), ("09:00", "10:00", "11:00")):
            save(api, tutor, *starts, reason="copy_week")
    messages = {json.loads(message)["changes"][0]["version"]: message for message in queues.take_all()}
    set_clock_five_minutes_ahead(monkeypatch)
    assert api.repair() == {"drained": 0, "reconstructed": 3, "remainingGaps": 0, "adrift": 0}
    assert entries_of(engine, tutor) == [(3, "ADDED", start, "reconstructed") for start in ("09:00", "10:00", "11:00")]
    queues.put(messages[2], messages[2])
    assert api.repair() == {"drained": 2, "reconstructed": 0, "remainingGaps": 0, "adrift": 0}
    assert sorted(entries_of(engine, tutor)) == [
        (1, "ADDED", "09:00", "reconstructed"),
        (1, "ADDED", "11:00", "reconstructed"),
        (2, "ADDED", "10:00", "deferred"),
    ]
    assert_complete(api, engine, tutor)
    queues.put(messages[3], messages[1])
    assert api.repair()["drained"] == 2
    assert sorted(entries_of(engine, tutor)) == [
        (1, "ADDED", "09:00", "deferred"),
        (2, "ADDED", "10:00", "deferred"),
        (3, "ADDED", "11:00", "deferred"),
    ]
    assert_complete(api, engine, tutor)


def test_late_entries_around_a_reconstruction_leave_the_log_correct(
    api: Api, engine: Engine, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first late entry belongs to a reconstructed version, and the second late entry to a newer version.

    `log_rows` sorts the log by `changed_at`. The versions must be in the same order.
    """
    tutor = add_tutor(engine)
    with locked_log(engine):
        save(api, tutor, "09:00")
        save(api, tutor)
        first, _second = queues.take_all()
        set_clock_five_minutes_ahead(monkeypatch)
    assert api.repair()["reconstructed"] == 2
    with locked_log(engine):
        save(api, tutor, "10:00")
    (third,) = queues.take_all()
    save(api, tutor, "11:00")
    for message in (first, third):
        queues.put(message)
        assert api.repair()["drained"] == 1
    assert [version for version, *_ in entries_of(engine, tutor)] == [1, 2, 3, 4, 4]
    assert_complete(api, engine, tutor)


def test_invalid_messages_become_dead_letters_and_the_others_are_delivered(
    api: Api, engine: Engine, queues: Queues
) -> None:
    """For example, a message isn't JSON, isn't a change set, or has a version that another change set made."""
    tutor = add_tutor(engine)
    with locked_log(engine):
        save(api, tutor, "09:00")
    valid = json.loads(*queues.take_all())
    save(api, tutor, "10:00")
    invalid = [
        "not JSON",
        "[" * 20000,
        json.dumps({**valid, "more": 1}),
        json.dumps({**valid, "changes": [{**valid["changes"][0], "version": 7}]}),
        json.dumps({**valid, "changes": [{**valid["changes"][0], "date": "2031-01-01"}]}),
        json.dumps({**valid, "tutorId": str(uuid4())}),
        json.dumps({**valid, "id": str(uuid4()), "changes": [{**valid["changes"][0], "version": 2}]}),
        json.dumps({**valid, "notes": "half of a pair: \ud83d"}),
        json.dumps({**valid, "changedAt": "0001-01-01T00:00:00+14:00"}),
        json.dumps({**valid, "changedAt": "9999-12-31T23:59:59-12:00"}),
        *(f"invalid {number}" for number in range(12)),  # a run receives at most ten messages at a time
    ]
    queues.put(*invalid, json.dumps(valid))
    assert sum(api.repair()["drained"] for _ in range(3 * TRIES)) == 1
    assert sorted(queues.dead_letters()) == sorted(invalid)
    assert queues.waiting() == []
    assert_complete(api, engine, tutor)


def test_a_run_delivers_messages_behind_invalid_ones(api: Api, engine: Engine, queues: Queues) -> None:
    """The queue hides a message for ten minutes after it was received, so a run can receive all 26 messages."""
    queues.sqs.set_queue_attributes(QueueUrl=queues.url, Attributes={"VisibilityTimeout": "600"})
    tutor = add_tutor(engine)
    queues.put(*(f"invalid {number}" for number in range(25)))
    with locked_log(engine):
        save(api, tutor, "09:00")
    assert api.repair()["drained"] == 1
    assert_complete(api, engine, tutor)


@pytest.mark.parametrize("fault", ["renamed away", "refusing every row"])
def test_messages_do_not_use_up_their_tries_while_the_log_cannot_be_written(
    api: Api, engine: Engine, queues: Queues, fault: str
) -> None:
    """A message that is received more than `TRIES` times becomes a dead letter."""
    tutor = add_tutor(engine)
    with FAULTS[fault](engine):
        save(api, tutor, "09:00")
        for _ in range(TRIES + 1):
            answer = api.call("audit_repair", "POST", token=ADMIN)
            expected = (503, "unavailable") if fault == "renamed away" else (200, None)
            assert (answer.status, answer.json.get("code")) == expected
    assert queues.dead_letters() == []
    assert api.repair()["drained"] == 1
    assert_complete(api, engine, tutor)


@contextmanager
def silent_server() -> Iterator[str]:
    """Yield the URL of a server that accepts connections and sends nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listening:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("outage", ["gone", "silent"])
def test_an_update_succeeds_if_log_and_queue_fail_and_repair_closes_the_gap(
    api: Api,
    engine: Engine,
    queues: Queues,
    fault: str,
    outage: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A line of the function's log has the whole change set. Repair reconstructs the day's net change."""
    tutor = add_tutor(engine)
    save(api, tutor, "09:00", "10:00")
    with FAULTS[fault](engine), silent_server() as silent, monkeypatch.context() as down:
        if outage == "gone":
            queues.sqs.delete_queue(QueueUrl=queues.url)
        else:
            down.setenv("AWS_ENDPOINT_URL", silent)
            queue._client.cache_clear()
        began = monotonic()
        assert save(api, tutor, "10:00", "11:00").json["audit"] == "deferred"
        assert monotonic() - began < HANG_LIMIT_SECONDS
    queue._client.cache_clear()
    (warning,) = [
        line for line in map(json.loads, capsys.readouterr().out.splitlines()) if line["severity"] == "WARNING"
    ]
    assert "not queued" in warning["why"]
    assert warning["changeSet"]["changes"] == [
        {
            "date": str(DAY),
            "version": 2,
            "removed": [["09:00", 60, "Europe/Copenhagen"]],
            "added": [["11:00", 60, "Europe/Copenhagen"]],
        }
    ]
    set_clock_five_minutes_ahead(monkeypatch)
    assert api.repair() == {"drained": 0, "reconstructed": 1, "remainingGaps": 0, "adrift": 0}
    assert entries_of(engine, tutor)[2:] == [
        (2, "REMOVED", "09:00", "reconstructed"),
        (2, "ADDED", "11:00", "reconstructed"),
    ]
    assert_complete(api, engine, tutor)


@pytest.mark.one_server(reason="the table of the log that the test creates isn't distributed")
def test_repair_fills_a_log_that_was_dropped_and_created_again(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only the current slots are known, so repair reconstructs one entry, for version 2."""
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    with engine.begin() as connection:
        tutor_availability_log.drop(connection)
    assert save(api, tutor, "10:00").json["audit"] == "deferred"
    with engine.begin() as connection:
        tutor_availability_log.create(connection)
    set_clock_five_minutes_ahead(monkeypatch)
    assert api.repair() == {"drained": 0, "reconstructed": 2, "remainingGaps": 0, "adrift": 0}
    (entry,) = api.history(tutor.token, tutorId=tutor.id).json["entries"]
    assert (entry["version"], entry["startTime"], entry["changedBy"]) == (2, "10:00", None)
    assert_complete(api, engine, tutor)


def test_versions_without_entries_are_reconstructed_as_their_net_change(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """These entries have the next entry's instant, no author, the reason `other`, and a new change set id."""
    tutor = add_tutor(engine)
    for starts in (("09:00",), ("09:00", "10:00"), ("10:00", "11:00"), ("11:00",)):
        save(api, tutor, *starts)
    next_entry = log_rows(engine, tutor)[-1]
    delete_entries(engine, tutor, 2, 3)
    assert api.history(tutor.token, tutorId=tutor.id).json["missingVersions"] == 2
    set_clock_five_minutes_ahead(monkeypatch)
    assert api.repair() == {"drained": 0, "reconstructed": 2, "remainingGaps": 0, "adrift": 0}
    first, *others = [row for row in log_rows(engine, tutor) if row.source == "reconstructed"]
    assert sorted((row.action, f"{row.start_time:%H:%M}") for row in (first, *others)) == [
        ("ADDED", "10:00"),
        ("ADDED", "11:00"),
        ("REMOVED", "09:00"),
    ]
    assert {row.change_set_id for row in others} == {first.change_set_id}
    assert (first.version, first.changed_at, first.changed_by, first.reason, first.notes) == (
        3,
        next_entry.changed_at,
        None,
        "other",
        None,
    )
    assert_complete(api, engine, tutor)
    assert api.repair() == {"drained": 0, "reconstructed": 0, "remainingGaps": 0, "adrift": 0}


def test_a_gap_is_reconstructed_two_minutes_after_the_edit_at_the_earliest(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    delete_entries(engine, tutor, 1)
    assert api.repair() == {"drained": 0, "reconstructed": 0, "remainingGaps": 0, "adrift": 0}
    assert entries_of(engine, tutor) == []
    set_clock_five_minutes_ahead(monkeypatch)
    assert api.repair()["reconstructed"] == 1


def test_a_locked_day_is_left_for_the_next_run(api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two days are locked: one with a missing version, and one without."""
    tutor = add_tutor(engine)
    for day in (DAY, NEXT_DAY):
        save(api, tutor, "09:00", day=day)
    delete_entries(engine, tutor, 1)
    save(api, tutor, "10:00", day=DAY + timedelta(days=2))
    set_clock_five_minutes_ahead(monkeypatch)
    with engine.begin() as connection:
        lock = text("select 1 from tutor_days where tutor_id = :tutor and date <> :free for update")
        connection.execute(lock, {"tutor": tutor.id, "free": NEXT_DAY})
        assert api.repair() == {"drained": 0, "reconstructed": 1, "remainingGaps": 1, "adrift": 0}
    assert api.repair() == {"drained": 0, "reconstructed": 1, "remainingGaps": 0, "adrift": 0}
    assert repaired_versions(engine, tutor) == [1, 1, 1]


def repaired_versions(engine: Engine, tutor: Tutor) -> list[int]:
    query = text("select repaired_version from tutor_days where tutor_id = :tutor order by date")
    with engine.connect() as connection:
        return list(connection.execute(query, {"tutor": tutor.id}).scalars())


def test_a_day_that_cannot_be_repaired_does_not_stop_the_repair_of_other_days(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00", day=DAY)
    save(api, tutor, "10:00", day=NEXT_DAY)
    delete_entries(engine, tutor, 1)
    with engine.begin() as connection:
        connection.execute(text("alter table tutor_availability_log add check (start_time <> '09:00')"))
    set_clock_five_minutes_ahead(monkeypatch)
    assert api.repair() == {"drained": 0, "reconstructed": 1, "remainingGaps": 1, "adrift": 0}


def test_a_run_ends_after_a_minute_and_the_next_run_continues(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each time the clock is read, it is 40 seconds later. So a run repairs one of the three days."""
    tutor = add_tutor(engine)
    for days in range(3):
        save(api, tutor, "09:00", day=DAY + timedelta(days=days))
    delete_entries(engine, tutor, 1)
    now = iter(datetime.now(UTC) + timedelta(minutes=5) + timedelta(seconds=40 * i) for i in range(99))
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: next(now)))
    assert [api.repair() for _ in range(3)] == [
        {"drained": 0, "reconstructed": 1, "remainingGaps": remaining, "adrift": 0} for remaining in (2, 1, 0)
    ]


def test_concurrent_runs_reconstruct_each_gap_once(api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    tutors = [add_tutor(engine) for _ in range(4)]
    for tutor in tutors:
        for day in (DAY, NEXT_DAY):
            save(api, tutor, "09:00", day=day)
            save(api, tutor, "10:00", day=day)
        delete_entries(engine, tutor, 1)
    set_clock_five_minutes_ahead(monkeypatch)
    with ThreadPoolExecutor() as threads:
        runs = list(threads.map(lambda _: api.repair(), range(4)))
    assert sum(run["reconstructed"] for run in runs) == 8
    for tutor in tutors:
        assert_complete(api, engine, tutor)


def test_concurrent_repairs_and_edits_leave_the_log_correct(
    api: Api, engine: Engine, queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All edits are of one day. The log rejects the updates' entries, so they are queued. Some messages are deleted.

    With the patch of `SETTLED_AFTER`, repair reconstructs the entries of days that were edited just now.
    """
    monkeypatch.setattr("functions.audit_repair.main.SETTLED_AFTER", timedelta(minutes=-1))
    with engine.begin() as connection:
        connection.execute(text("alter table tutor_availability_log add constraint late check (source <> 'recorded')"))
    tutor = add_tutor(engine)

    def edit(number: int) -> None:
        save(api, tutor, *sorted({f"{number * i % 20:02}:00" for i in range(1, 4)}))
        if number % 5 == 0:
            with suppress(queue.QueueUnavailable):  # another thread deleted the message
                for message in queue.receive(queues.url)[:1]:
                    queue.delete(queues.url, message)

    with ThreadPoolExecutor(max_workers=6) as threads:
        work = [threads.submit(edit, number) for number in range(1, 31)]
        work += [threads.submit(api.repair) for _ in range(10)]
        for job in work:
            job.result()
    set_clock_five_minutes_ahead(monkeypatch)
    api.repair()
    assert_complete(api, engine, tutor)
    assert {row.source for row in log_rows(engine, tutor)} == {"deferred", "reconstructed"}


def test_a_request_for_a_repair_has_to_be_a_post_by_an_admin_without_fields(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    assert api.call("audit_repair", "POST").status == 401
    assert api.call("audit_repair", "POST", token=tutor.token).status == 403
    assert api.call("audit_repair", "GET", token=ADMIN).headers["allow"] == "POST, OPTIONS"
    answer = api.call("audit_repair", "POST", token=ADMIN, json={"more": 1})
    assert (answer.status, answer.json["errors"][0]["field"]) == (400, "more")


SCHEDULED_EVENT = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-11-24T03:00:00Z",
    "region": "eu-west-1",
    "resources": ["arn:aws:events:eu-west-1:123456789012:rule/repair"],
    "detail": {},
}


def test_a_scheduled_event_starts_a_repair(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tutor = add_tutor(engine)
    save(api, tutor, "09:00")
    delete_entries(engine, tutor, 1)
    set_clock_five_minutes_ahead(monkeypatch)
    capsys.readouterr()
    answer = audit_repair.handler(SCHEDULED_EVENT, None)
    assert answer == {"drained": 0, "reconstructed": 1, "remainingGaps": 0, "adrift": 0}
    line = json.loads(capsys.readouterr().out)
    assert (line["severity"], line["function"], line["requestId"]) == ("INFO", "audit_repair", SCHEDULED_EVENT["id"])


def test_a_scheduled_run_that_fails_is_logged_and_raises(
    api: Api, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable):
        audit_repair.handler(SCHEDULED_EVENT, None)
    line = json.loads(capsys.readouterr().out)
    assert (line["severity"], line["error"][:11]) == ("ERROR", "Unavailable")
    assert "nobody" not in json.dumps(line)


def test_repair_logs_how_many_weekly_schedules_are_overdue(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From more than two days after their dates were due until they are published. An alarm counts the lines."""
    schedule = {"validFrom": "2026-11-02", "everyWeeks": 1, "weeksAhead": 1, "slots": [], "breaks": []}
    with engine.begin() as connection:
        for _ in range(3):
            values = {"tutor": add_tutor(engine).id, "schedule": json.dumps(schedule)}
            connection.execute(
                text("insert into weekly_schedules values (:tutor, 1, cast(:schedule as json), '2026-12-06', 'ada')"),
                values,
            )
        connection.execute(text("update tutors set active = false where id = :tutor"), {"tutor": values["tutor"]})

    def overdue(now: datetime) -> list[int]:
        monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: now))
        capsys.readouterr()
        api.repair()
        lines = map(json.loads, capsys.readouterr().out.splitlines())
        return [line["tutors"] for line in lines if line["message"] == "weekly schedules overdue"]

    # Monday 30 November began on Sunday at 10:00 in the easternmost zone. Then the dates until 13 December were due.
    wednesday = datetime(2026, 12, 2, 10, tzinfo=UTC)
    assert overdue(wednesday - timedelta(seconds=1)) == []
    assert overdue(wednesday) == [2]
    assert publish_schedules.handler(SCHEDULED_EVENT, None)["tutors"] == 2
    assert overdue(wednesday) == []
