"""Tutors save weekly schedules. Most tests are on Tuesday 1 December 2026 at noon, 13:00 in Copenhagen."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import Engine, text

from tests.builders import (
    ADMIN,
    ADMIN_USER,
    Tutor,
    add_booking,
    add_tutor,
    clock_at,
    log_rows,
    make_token,
    replayed,
    slots,
    stored_slots,
)
from tests.functions.test_concurrency import run_concurrently
from tests.hosts import Answer, Api

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
TUESDAY = date(2026, 12, 1)
WEEKDAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    set_now(monkeypatch, NOW)


def set_now(monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
    monkeypatch.setattr("common.web.endpoint.CLOCK", clock_at(now))


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    return add_tutor(engine)


def schedule(*slots: str, minutes: int = 60, **fields: Any) -> dict[str, Any]:
    """Return a schedule from slots such as "MON 09:00", by default for the rest of this week and the next one."""
    return {
        "validFrom": "2026-11-02",
        "everyWeeks": 1,
        "weeksAhead": 1,
        "slots": [
            {"weekday": weekday, "time": time, "durationMinutes": minutes}
            for weekday, time in (slot.split() for slot in slots)
        ],
        "breaks": [],
        **fields,
    }


def save(api: Api, tutor: Tutor, weekly: dict[str, Any] | None, token: str | None = None, **more: Any) -> Answer:
    answer = api.save_schedule(token or tutor.token, tutorId=str(tutor.id), schedule=weekly, **more)
    assert answer.status == 200, answer.body
    return answer


def saved(api: Api, tutor: Tutor) -> Any:
    return api.call("weekly_schedule", query={"tutorId": str(tutor.id)}, token=tutor.token).json


def update(api: Api, tutor: Tutor, day: date, *starts: str) -> None:
    answer = api.update(tutor.token, tutorId=str(tutor.id), date=str(day), timeSlots=slots(*starts))
    assert answer.status == 200, answer.body


def offered(engine: Engine, tutor: Tutor) -> list[str]:
    """Return the tutor's slots, such as "12-01 15:00"."""
    return [f"{day:%m-%d} {start:%H:%M}" for day, start, _ in stored_slots(engine, tutor)]


def kept(answer: Answer) -> list[tuple[str, str, list[str]]]:
    return [(each["date"][5:], each["why"], each["times"]) for each in answer.json["kept"]]


TWO_TUESDAYS = ["12-01 15:00", "12-08 15:00"]


def test_saving_a_schedule_publishes_it_as_one_change_set(api: Api, engine: Engine, tutor: Tutor) -> None:
    """Slots of today that have begun aren't published."""
    answer = save(api, tutor, schedule("TUE 12:00", "TUE 15:00", "WED 09:00")).json
    expected = ["12-01 15:00", "12-02 09:00", "12-08 12:00", "12-08 15:00", "12-09 09:00"]
    assert offered(engine, tutor) == expected
    assert (answer["publishedThrough"], answer["version"]) == ("2026-12-13", 1)
    assert answer["changes"] == {"added": 5, "removed": 0}
    assert [f"{each['date'][5:]} {each['time']}" for each in answer["diff"]] == expected
    assert [(day["date"], day["version"], len(day["timeSlots"])) for day in answer["days"]] == [
        ("2026-12-01", 1, 1),
        ("2026-12-02", 1, 1),
        ("2026-12-08", 1, 2),
        ("2026-12-09", 1, 1),
    ]
    rows = log_rows(engine, tutor)
    assert {(row.reason, row.changed_by, str(row.change_set_id), row.source) for row in rows} == {
        ("schedule", tutor.user_id, answer["changeSetId"], "recorded")
    }
    assert replayed(engine, tutor) == stored_slots(engine, tutor)
    assert saved(api, tutor) == {
        "tutorId": str(tutor.id),
        "schedule": answer["schedule"],
        "publishedThrough": "2026-12-13",
        "version": 1,
    }


def test_there_is_no_schedule_at_first(api: Api, tutor: Tutor) -> None:
    assert saved(api, tutor) == {"tutorId": str(tutor.id), "schedule": None, "publishedThrough": None, "version": 0}
    answer = save(api, tutor, None)
    assert (answer.json["version"], answer.json["changeSetId"], answer.json["audit"]) == (0, None, "none")


def test_history_and_statistics_name_the_schedule(api: Api, tutor: Tutor) -> None:
    save(api, tutor, schedule("TUE 15:00"))
    history = api.history(tutor.token, tutorId=str(tutor.id), include="settings").json
    assert {entry["reason"] for entry in history["entries"]} == {"schedule"}
    (event,) = history["settingsEvents"]
    assert (event["field"], event["by"], event["before"]) == ("weeklySchedule", tutor.user_id, None)
    assert event["after"]["slots"] == [{"weekday": "TUE", "time": "15:00", "durationMinutes": 60}]
    statistics = api.stats(tutor.token, tutorId=str(tutor.id)).json
    assert statistics["byReason"] == {"schedule": 2}


def test_a_request_that_is_sent_twice_changes_nothing(api: Api, engine: Engine, tutor: Tutor) -> None:
    """The order of the slots doesn't matter, and the version of the first request doesn't, either."""
    save(api, tutor, schedule("TUE 15:00", "WED 09:00"), version=0)
    answer = save(api, tutor, schedule("WED 09:00", "TUE 15:00"), version=0).json
    assert (answer["version"], answer["diff"], answer["changeSetId"]) == (1, [], None)
    assert len(log_rows(engine, tutor)) == 4
    assert len(api.history(tutor.token, tutorId=str(tutor.id), include="settings").json["settingsEvents"]) == 1


def test_another_version_is_refused(api: Api, engine: Engine, tutor: Tutor) -> None:
    save(api, tutor, schedule("TUE 15:00"))
    for is_dry_run in (True, False):
        answer = api.save_schedule(
            tutor.token, tutorId=str(tutor.id), schedule=schedule("WED 09:00"), version=0, dryRun=is_dry_run
        )
        assert (answer.status, answer.json["code"]) == (412, "version_mismatch")
        assert answer.json["detail"] == "the schedule has version 1 now; merge your edit into it"
    assert offered(engine, tutor) == TWO_TUESDAYS
    assert save(api, tutor, schedule("WED 09:00"), version=1).json["version"] == 2


def test_a_dry_run_says_what_would_change(api: Api, engine: Engine, tutor: Tutor) -> None:
    answer = save(api, tutor, schedule("TUE 15:00"), dryRun=True).json
    assert answer["changes"] == {"added": 2, "removed": 0}
    assert (answer["changeSetId"], answer["publishedThrough"], answer["version"]) == (None, "2026-12-13", 0)
    assert offered(engine, tutor) == []
    assert saved(api, tutor)["version"] == 0
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from weekly_schedules")).scalar_one() == 0


def test_a_new_schedule_replaces_the_days_of_the_old_one(api: Api, engine: Engine, tutor: Tutor) -> None:
    """The new one is published for a shorter time, and begins later: days before it stay."""
    save(api, tutor, schedule("TUE 15:00", "SAT 10:00", weeksAhead=3))
    assert offered(engine, tutor)[-1] == "12-26 10:00"
    answer = save(api, tutor, schedule("TUE 16:00", validFrom="2026-12-05"))
    assert offered(engine, tutor) == ["12-01 15:00", "12-08 16:00"]
    assert answer.json["changes"] == {"added": 1, "removed": 7}


def cancel(engine: Engine, booking: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text("update bookings set status = 'CANCELLED' where id = :id"), {"id": booking})


def test_days_that_were_published_further_ahead_are_planned_too(api: Api, engine: Engine, tutor: Tutor) -> None:
    """A later schedule is published for a shorter time, and is valid later, so it leaves days after its horizon."""
    save(api, tutor, schedule("TUE 15:00", weeksAhead=5))
    answer = save(api, tutor, schedule("WED 10:00", validFrom="2026-12-23"))
    assert answer.json["publishedThrough"] == "2026-12-13"
    assert offered(engine, tutor) == [f"12-{day:02} 15:00" for day in (1, 8, 15, 22)]
    save(api, tutor, None)
    assert offered(engine, tutor) == []


def test_a_slot_that_stayed_after_the_horizon_goes_when_it_is_free(api: Api, engine: Engine, tutor: Tutor) -> None:
    """It is named as long as it is booked, also after the schedule was withdrawn."""
    save(api, tutor, schedule("TUE 15:00", weeksAhead=5))
    booking = add_booking(engine, tutor, date(2026, 12, 29), "15:00")
    for weekly in (schedule("TUE 15:00"), None, None):
        assert kept(save(api, tutor, weekly)) == [("12-29", "booked", ["15:00"])]
    cancel(engine, booking)
    save(api, tutor, None)
    assert offered(engine, tutor) == []


def test_overwriting_withdraws_days_by_hand_too(api: Api, engine: Engine, tutor: Tutor) -> None:
    """Those that the schedule had published before."""
    save(api, tutor, schedule("TUE 15:00"))
    update(api, tutor, date(2026, 12, 8), "11:00")
    assert kept(save(api, tutor, None)) == [("12-08", "edited", ["11:00"])]
    save(api, tutor, None, overwrite=True)
    assert offered(engine, tutor) == []


def test_days_that_were_edited_by_hand_are_kept(api: Api, engine: Engine, tutor: Tutor) -> None:
    """Also a day that was emptied by hand, and a day that the schedule has published before."""
    update(api, tutor, date(2026, 12, 8), "11:00")
    update(api, tutor, date(2026, 12, 9), "09:00")
    update(api, tutor, date(2026, 12, 9))
    answer = save(api, tutor, schedule("TUE 15:00", "WED 15:00", "THU 15:00"))
    assert kept(answer) == [("12-08", "edited", ["11:00", "15:00"]), ("12-09", "edited", ["15:00"])]
    update(api, tutor, date(2026, 12, 3), "15:00", "16:00")
    update(api, tutor, date(2026, 12, 10))
    answer = save(api, tutor, schedule("THU 08:00"))
    assert offered(engine, tutor) == ["12-03 15:00", "12-03 16:00", "12-08 11:00"]
    assert kept(answer) == [
        ("12-03", "edited", ["08:00", "15:00", "16:00"]),
        ("12-08", "edited", ["11:00"]),
        ("12-10", "edited", ["08:00"]),
    ]


def test_overwrite_takes_all_days_back(api: Api, engine: Engine, tutor: Tutor) -> None:
    """Also a day by hand that already has the slots of the schedule: from then on, it follows the schedule."""
    update(api, tutor, date(2026, 12, 2), "11:00")
    update(api, tutor, TUESDAY, "15:00")
    save(api, tutor, schedule("TUE 15:00"))
    assert offered(engine, tutor) == ["12-01 15:00", "12-02 11:00", "12-08 15:00"]
    answer = save(api, tutor, schedule("TUE 15:00"), overwrite=True)
    assert (kept(answer), answer.json["version"]) == ([], 1)
    assert offered(engine, tutor) == TWO_TUESDAYS
    save(api, tutor, None)
    assert offered(engine, tutor) == []


def test_booked_slots_stay_and_what_would_overlap_them_is_left_out(api: Api, engine: Engine, tutor: Tutor) -> None:
    save(api, tutor, schedule("TUE 15:00", "TUE 17:00"))
    booking = add_booking(engine, tutor, date(2026, 12, 8), "15:00")
    answer = save(api, tutor, schedule("TUE 14:30", "TUE 16:00"))
    assert offered(engine, tutor) == ["12-01 14:30", "12-01 16:00", "12-08 15:00", "12-08 16:00"]
    assert kept(answer) == [("12-08", "booked", ["15:00"]), ("12-08", "overlap", ["14:30"])]
    cancel(engine, booking)
    save(api, tutor, schedule("TUE 14:30", "TUE 16:00"))
    assert offered(engine, tutor)[2:] == ["12-08 14:30", "12-08 16:00"]


def test_booked_slots_that_break_a_rule_stay(api: Api, engine: Engine, tutor: Tutor) -> None:
    """Another program has booked two slots that overlap. They don't keep the rest from being published."""
    save(api, tutor, schedule("TUE 15:00", "TUE 18:00"))
    day = date(2026, 12, 8)
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone)"
                " values (:tutor_id, :day, '15:30', 60, 'Europe/Copenhagen')"
            ),
            {"tutor_id": tutor.id, "day": day},
        )
    for start in ("15:00", "15:30"):
        add_booking(engine, tutor, day, start)
    answer = save(api, tutor, schedule("TUE 19:00"))
    assert kept(answer) == [("12-08", "booked", ["15:00", "15:30"])]
    assert offered(engine, tutor) == ["12-01 19:00", "12-08 15:00", "12-08 15:30", "12-08 19:00"]


def test_a_hold_that_ran_out_doesnt_keep_its_slot(api: Api, engine: Engine, tutor: Tutor) -> None:
    save(api, tutor, schedule("TUE 15:00"))
    add_booking(engine, tutor, date(2026, 12, 8), "15:00", "AWAITING_PAYMENT", datetime(2026, 11, 1, tzinfo=UTC))
    assert kept(save(api, tutor, None)) == []
    assert offered(engine, tutor) == []


def test_a_slot_by_hand_on_another_date_may_overlap(api: Api, engine: Engine, tutor: Tutor) -> None:
    body = {"date": "2026-12-07", "timeSlots": [{"time": "23:30", "durationMinutes": 120}]}
    assert api.update(tutor.token, tutorId=str(tutor.id), **body).status == 200
    answer = save(api, tutor, schedule("TUE 01:00"))
    assert offered(engine, tutor) == ["12-07 23:30"]
    assert kept(answer) == [("12-07", "edited", ["23:30"]), ("12-08", "overlap", ["01:00"])]


def test_withdrawing_leaves_what_is_booked_and_what_was_made_by_hand(api: Api, engine: Engine, tutor: Tutor) -> None:
    update(api, tutor, date(2026, 12, 4), "10:00")
    save(api, tutor, schedule("TUE 15:00", "WED 15:00"))
    add_booking(engine, tutor, date(2026, 12, 8), "15:00")
    answer = save(api, tutor, None)
    assert offered(engine, tutor) == ["12-04 10:00", "12-08 15:00"]
    assert kept(answer) == [("12-04", "edited", ["10:00"]), ("12-08", "booked", ["15:00"])]
    assert saved(api, tutor) == {"tutorId": str(tutor.id), "schedule": None, "publishedThrough": None, "version": 2}


def test_slots_that_have_begun_stay(api: Api, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch) -> None:
    save(api, tutor, schedule("TUE 13:30", "TUE 15:00"))
    set_now(monkeypatch, NOW + timedelta(hours=1))
    save(api, tutor, None)
    assert offered(engine, tutor) == ["12-01 13:30"]


@pytest.mark.parametrize(("zone", "first"), [("Pacific/Kiritimati", "2026-12-02"), ("Etc/GMT+12", "2026-12-01")])
def test_a_schedule_may_have_its_own_zone(api: Api, engine: Engine, tutor: Tutor, zone: str, first: str) -> None:
    """It is 02:00 on 2 December on Kiritimati, and midnight on 1 December in the west."""
    answer = save(api, tutor, schedule(*(f"{day} 01:00" for day in WEEKDAYS), timeZone=zone)).json
    assert answer["days"][0]["timeSlots"][0]["timeZone"] == zone
    first_day = date.fromisoformat(first) + timedelta(days=zone == "Pacific/Kiritimati")
    assert answer["days"][0]["date"] == str(first_day)


def test_without_a_zone_each_date_is_published_in_the_tutors_zone(api: Api, engine: Engine, tutor: Tutor) -> None:
    """A tutor who moves keeps what is published, until the schedule is saved again."""

    def zones() -> set[str]:
        with engine.connect() as connection:
            return set(connection.execute(text("select time_zone from tutor_time_slots")).scalars())

    save(api, tutor, schedule("TUE 15:00"))
    moved = {"tutorId": str(tutor.id), "userId": tutor.user_id, "name": "Ada", "timeZone": "America/New_York"}
    assert api.call("tutors", "PUT", json=moved, token=ADMIN).status == 200
    assert zones() == {"Europe/Copenhagen"}
    save(api, tutor, schedule("TUE 15:00"))
    assert zones() == {"America/New_York"}
    assert offered(engine, tutor) == TWO_TUESDAYS


LOCK = text("select from weekly_schedules where tutor_id = :id for update")


def test_the_zone_is_the_one_after_waiting_for_the_lock(
    api: Api, engine: Engine, tutor: Tutor, is_lock_awaited: Callable[[], bool]
) -> None:
    save(api, tutor, schedule())
    with engine.begin() as connection:
        connection.execute(LOCK, {"id": tutor.id})
        connection.execute(text("update tutors set time_zone = 'Asia/Tokyo'"))
        thread = Thread(target=save, args=(api, tutor, schedule("WED 15:00")))
        thread.start()
        while not is_lock_awaited():
            assert thread.is_alive()
    thread.join()
    with engine.connect() as connection:
        assert set(connection.execute(text("select time_zone from tutor_time_slots")).scalars()) == {"Asia/Tokyo"}


def test_others_dont_wait_for_the_lock(api: Api, engine: Engine, tutor: Tutor) -> None:
    save(api, tutor, schedule())
    with engine.begin() as connection:
        connection.execute(LOCK, {"id": tutor.id})
        answer = api.save_schedule(make_token("a student"), tutorId=str(tutor.id), schedule=None)
        assert answer.status == 403


def test_a_year_of_a_full_week_is_one_change_set(api: Api, engine: Engine, tutor: Tutor) -> None:
    """The answer shows 92 days, and counts all of them; the change set can be reverted as a whole."""
    weekly = schedule(*(f"{day} {hour:02}:00" for day in WEEKDAYS for hour in range(20)), weeksAhead=52)
    update(api, tutor, date(2026, 12, 7), "22:00")
    answer = save(api, tutor, weekly).json
    total = len(stored_slots(engine, tutor)) - 1
    assert total > 7_000
    assert answer["changes"] == {"added": total, "removed": 0}
    assert (len(answer["days"]), answer["truncated"]) == (92, True)
    assert {each["date"] for each in answer["diff"]} == {day["date"] for day in answer["days"]}
    assert replayed(engine, tutor) == stored_slots(engine, tutor)
    reverted = api.update(tutor.token, tutorId=str(tutor.id), revert=answer["changeSetId"])
    assert reverted.json["changes"] == {"added": 0, "removed": total}
    assert offered(engine, tutor) == ["12-07 22:00"]


def test_a_reverted_publication_counts_as_edited_by_hand(api: Api, engine: Engine, tutor: Tutor) -> None:
    change_set = save(api, tutor, schedule("TUE 15:00")).json["changeSetId"]
    assert api.update(tutor.token, tutorId=str(tutor.id), revert=change_set).status == 200
    answer = save(api, tutor, schedule("TUE 15:00"))
    assert kept(answer) == [("12-01", "edited", ["15:00"]), ("12-08", "edited", ["15:00"])]
    assert offered(engine, tutor) == []


def test_a_day_that_another_program_changed_is_kept(api: Api, engine: Engine, tutor: Tutor) -> None:
    """When repair has found the change, the day has another version than the schedule made."""
    save(api, tutor, schedule("TUE 15:00"))
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_time_slots where date = '2026-12-08'"))
    api.repair()
    answer = save(api, tutor, schedule("TUE 15:00"))
    assert kept(answer) == [("12-08", "edited", ["15:00"])]


def test_only_the_tutor_and_admins_may_see_and_save_a_schedule(api: Api, engine: Engine, tutor: Tutor) -> None:
    other, nobody = add_tutor(engine), "00000000-0000-4000-8000-00000000dead"
    for who, tutor_id, status in (
        (other.token, tutor.id, 403),
        (make_token("a student"), tutor.id, 403),
        (other.token, nobody, 403),
        (ADMIN, nobody, 404),
        (None, tutor.id, 401),
    ):
        body = {"tutorId": str(tutor_id), "schedule": schedule("TUE 15:00")}
        assert api.call("weekly_schedule", "PUT", json=body, token=who).status == status
        assert api.call("weekly_schedule", "PUT", json={**body, "dryRun": True}, token=who).status == status
        assert api.call("weekly_schedule", query={"tutorId": str(tutor_id)}, token=who).status == status
    save(api, tutor, schedule("TUE 15:00"), token=ADMIN)
    assert {row.changed_by for row in log_rows(engine, tutor)} == {ADMIN_USER}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"validFrom": "1999-12-31"}, "schedule.validFrom"),
        ({"validFrom": "2026-02-30"}, "schedule.validFrom"),
        ({"validFrom": None}, "schedule.validFrom"),
        ({"everyWeeks": 0}, "schedule.everyWeeks"),
        ({"everyWeeks": 5}, "schedule.everyWeeks"),
        ({"everyWeeks": True}, "schedule.everyWeeks"),
        ({"weeksAhead": 0}, "schedule.weeksAhead"),
        ({"weeksAhead": 53}, "schedule.weeksAhead"),
        ({"timeZone": "CEST"}, "schedule.timeZone"),
        ({"slots": None}, "schedule.slots"),
        ({"slots": [{"weekday": "MON", "time": "09:00"}]}, "schedule.slots[0].durationMinutes"),
        ({"slots": [{"weekday": "Mon", "time": "09:00", "durationMinutes": 60}]}, "schedule.slots[0].weekday"),
        ({"slots": [{"weekday": "MON", "time": "9:00", "durationMinutes": 60}]}, "schedule.slots[0].time"),
        ({"slots": [{"weekday": "MON", "time": "09:00", "durationMinutes": 4}]}, "schedule.slots[0].durationMinutes"),
        ({"slots": schedule(*["MON 09:00"] * 201)["slots"]}, "schedule.slots"),
        ({"breaks": [{"from": "2026-12-24"}]}, "schedule.breaks[0].to"),
        ({"breaks": [{"from": "2026-12-24", "to": "2026-12-23"}]}, "schedule.breaks[0].to"),
        ({"breaks": [{"from": "2026-12-24", "to": "2026-12-24", "note": "x" * 501}]}, "schedule.breaks[0].note"),
        ({"breaks": [{"from": "2026-12-24", "to": "2026-12-24"}] * 201}, "schedule.breaks"),
        ({"weeks": 1}, "schedule.weeks"),
    ],
)
def test_a_bad_field_is_named(api: Api, engine: Engine, tutor: Tutor, change: dict[str, Any], field: str) -> None:
    body = {"tutorId": str(tutor.id), "schedule": schedule("TUE 15:00", **change)}
    answer = api.call("weekly_schedule", "PUT", json=body, token=tutor.token)
    assert (answer.status, answer.json["code"]) == (400, "invalid_request"), answer.body
    assert field in [error["field"] for error in answer.json["errors"]]
    assert offered(engine, tutor) == []


def test_slots_of_the_schedule_may_not_overlap(api: Api, tutor: Tutor) -> None:
    answer = api.save_schedule(tutor.token, tutorId=str(tutor.id), schedule=schedule("TUE 15:00", "TUE 15:30"))
    assert (answer.status, answer.json["code"]) == (400, "overlapping_slots")
    message = "this slot begins before the one on TUE at 15:00 ends"
    assert answer.json["errors"] == [{"field": "schedule.slots[1].time", "message": message}]


def test_the_schedule_is_required(api: Api, tutor: Tutor) -> None:
    """Without it, a typo in the field's name would withdraw the schedule."""
    answer = api.save_schedule(tutor.token, tutorId=str(tutor.id))
    assert (answer.status, [error["field"] for error in answer.json["errors"]]) == (400, ["schedule"])


def test_two_schedules_at_the_same_time_take_turns(api: Api, engine: Engine) -> None:
    """The days are those of the schedule that is stored in the end, and the log explains them."""
    for _ in range(10):
        tutor = add_tutor(engine)
        choices = [schedule("TUE 15:00", "WED 09:00"), schedule("TUE 15:30", "THU 10:00"), schedule("WED 09:30"), None]
        run_concurrently(*(partial(save, api, tutor, weekly) for weekly in choices))
        stored, before = saved(api, tutor), offered(engine, tutor)
        answer = save(api, tutor, stored["schedule"], version=stored["version"])
        assert (answer.json["diff"], offered(engine, tutor)) == ([], before)
        assert replayed(engine, tutor) == stored_slots(engine, tutor)


def test_an_edit_at_the_same_time_is_kept(api: Api, engine: Engine) -> None:
    """Whichever comes first, the day by hand has its slots in the end."""
    for _ in range(10):
        tutor = add_tutor(engine)
        day = date(2026, 12, 8)
        run_concurrently(
            partial(save, api, tutor, schedule("TUE 15:00")), partial(update, api, tutor, day, "15:30", "17:00")
        )
        assert offered(engine, tutor) == ["12-01 15:00", "12-08 15:30", "12-08 17:00"]
