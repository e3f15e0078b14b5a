"""Slots in other zones than the tutor's, and slots over midnight."""

import zoneinfo
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text

from common.core.zones import time_zone
from tests.builders import ADMIN, Tutor, add_booking, add_tutor, log_rows, monday
from tests.hosts import Answer, Api

DAY = monday()
NEXT_DAY = DAY + timedelta(days=1)
TOKYO = "Asia/Tokyo"


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    return add_tutor(engine)


def slot(start: str, minutes: int = 60, zone: str | None = None) -> dict[str, Any]:
    return {"time": start, "durationMinutes": minutes, **({"timeZone": zone} if zone else {})}


def save(api: Api, tutor: Tutor, *slots: dict[str, Any], day: date = DAY, **body: Any) -> Answer:
    return api.update(tutor.token, tutorId=str(tutor.id), date=str(day), timeSlots=list(slots), **body)


def shown(api: Api, tutor: Tutor, **query: Any) -> list[tuple[str, str, str | None]]:
    """Return the date and the time, the start, and the zone of each slot; the zone is None if it is the answer's."""
    answer = api.read(tutorId=tutor.id, startDate=DAY, endDate=DAY + timedelta(days=8), **query).json
    return [
        (f"{day['date']} {each['time']}", each["startsAt"][11:], each.get("timeZone"))
        for day in answer["days"]
        for each in day["timeSlots"]
    ]


def move(engine: Engine, tutor: Tutor, zone: str) -> None:
    """Change the tutor's zone, as `PUT /tutors` does."""
    with engine.begin() as connection:
        statement = "update tutors set legacy_time_zone = coalesce(legacy_time_zone, time_zone), time_zone = :zone"
        connection.execute(text(f"{statement} where id = :id"), {"zone": zone, "id": tutor.id})


def test_a_slot_can_cross_midnight(api: Api, engine: Engine, tutor: Tutor) -> None:
    """It belongs to the date of its start, and no slot of the next date may begin before its end."""
    assert save(api, tutor, slot("23:30")).json["days"][0]["timeSlots"][0]["endsAt"][:16] == f"{NEXT_DAY}T00:30"
    too_early = save(api, tutor, slot("00:15"), day=NEXT_DAY)
    assert (too_early.status, too_early.json["code"]) == (400, "overlapping_slots")
    assert save(api, tutor, slot("00:30"), day=NEXT_DAY).status == 200
    longer = save(api, tutor, slot("23:30", 61))
    assert (longer.status, longer.json["errors"][0]["field"]) == (400, "timeSlots[0].time")
    assert save(api, tutor, slot("12:00", 720), day=NEXT_DAY + timedelta(days=3)).status == 200


def test_the_zone_of_a_slot_is_its_own_or_the_days_or_the_requests(api: Api, engine: Engine, tutor: Tutor) -> None:
    days = [
        {"date": str(DAY), "timeZone": "America/New_York", "timeSlots": [slot("01:00"), slot("10:00", zone=TOKYO)]},
        {"date": str(NEXT_DAY), "timeSlots": [slot("10:00")]},
    ]
    answer = api.update(tutor.token, tutorId=str(tutor.id), days=days, timeZone="Asia/Kolkata")
    assert answer.status == 200
    assert shown(api, tutor) == [
        (f"{DAY} 01:00", "01:00:00-05:00", "America/New_York"),
        (f"{DAY} 10:00", "10:00:00+09:00", TOKYO),
        (f"{NEXT_DAY} 10:00", "10:00:00+05:30", "Asia/Kolkata"),
    ]
    assert [each.get("timeZone") for each in answer.json["diff"]] == ["America/New_York", TOKYO, "Asia/Kolkata"]
    assert [row.time_zone for row in log_rows(engine, tutor)] == ["America/New_York", TOKYO, "Asia/Kolkata"]
    entries = api.history(tutor.token, tutorId=tutor.id).json["entries"]
    assert {entry["timeZone"] for entry in entries} == {"America/New_York", TOKYO, "Asia/Kolkata"}


def test_a_slot_without_a_zone_that_is_already_there_keeps_its_zone(api: Api, engine: Engine, tutor: Tutor) -> None:
    """Clients that know nothing of zones send the slots back as they were. So they move nothing."""
    save(api, tutor, slot("09:00"), slot("22:00", zone=TOKYO))
    move(engine, tutor, "America/New_York")
    before = shown(api, tutor)
    assert save(api, tutor, slot("09:00"), slot("22:00")).json["changes"] == {"added": 0, "removed": 0}
    assert shown(api, tutor) == before
    answer = save(api, tutor, slot("09:00", 30), slot("22:00"))
    assert answer.json["diff"] == [
        {
            "date": str(DAY),
            "time": "09:00",
            "durationMinutes": 60,
            "action": "REMOVED",
            "timeZone": "Europe/Copenhagen",
        },
        {"date": str(DAY), "time": "09:00", "durationMinutes": 30, "action": "ADDED"},
    ]


def test_the_same_time_in_another_zone_is_another_slot(api: Api, engine: Engine, tutor: Tutor) -> None:
    save(api, tutor, slot("09:00"), slot("15:00"))
    moved = save(api, tutor, slot("09:00", zone=TOKYO), slot("15:00"))
    assert moved.json["changes"] == {"added": 1, "removed": 1}
    add_booking(engine, tutor, DAY, "15:00")
    refused = save(api, tutor, slot("09:00", zone=TOKYO), slot("15:00", zone=TOKYO))
    assert (refused.status, refused.json["code"]) == (409, "slot_booked")


def test_slots_of_dates_two_apart_may_overlap(api: Api, tutor: Tutor) -> None:
    """Midnight on Kiritimati is 22:00 two dates earlier, 12 hours behind UTC."""
    save(api, tutor, slot("00:00", zone="Pacific/Kiritimati"), day=DAY + timedelta(days=2))
    overlapping = save(api, tutor, slot("21:30", zone="Etc/GMT+12"))
    assert (overlapping.status, overlapping.json["code"]) == (400, "overlapping_slots")
    assert save(api, tutor, slot("21:00", zone="Etc/GMT+12")).status == 200


@pytest.mark.parametrize("zone", ["UTC+3", "CEST", "Mars/Olympus", "", 7, "posix/Europe/Copenhagen"])
def test_an_unknown_zone_is_refused(api: Api, tutor: Tutor, zone: object) -> None:
    """The error names the field: of the slot, of the day or of the request."""
    slots = [{"time": "09:00", "timeZone": zone}]
    assert save(api, tutor, *slots).json["errors"][0]["field"] == "timeSlots[0].timeZone"
    assert save(api, tutor, slot("09:00"), timeZone=zone).json["errors"][0]["field"] == "timeZone"
    days = [{"date": str(DAY), "timeZone": zone, "timeSlots": []}]
    answer = api.update(tutor.token, tutorId=str(tutor.id), days=days)
    assert answer.json["errors"][0]["field"] == "days[0].timeZone"


def test_a_date_is_over_when_it_is_over_in_the_zone_of_the_slot(api: Api, tutor: Tutor) -> None:
    """At every instant, the dates on Kiritimati and 12 hours behind UTC differ."""
    ahead, behind = ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Etc/GMT+12")
    today_behind = datetime.now(behind).date()
    assert today_behind < datetime.now(ahead).date()
    over = save(api, tutor, slot("23:55", 5, zone=ahead.key), day=today_behind)
    assert (over.status, over.json["code"]) == (400, "date_in_past")
    assert save(api, tutor, slot("23:55", 5, zone=behind.key), day=today_behind).status == 200


def test_a_revert_puts_slots_back_in_the_zone_that_they_had(api: Api, engine: Engine, tutor: Tutor) -> None:
    """An entry from before slots had zones is in the zone that the tutor had then."""
    save(api, tutor, slot("09:00"), slot("22:00", zone=TOKYO))
    with engine.begin() as connection:  # as if the first edit was made by the release before
        connection.execute(text("update tutor_availability_log set time_zone = null where start_time = '09:00'"))
    removal = save(api, tutor).json["changeSetId"]
    before = save(api, tutor, slot("08:00")).json["days"]
    move(engine, tutor, "America/New_York")
    assert before[0]["timeSlots"][0]["time"] == "08:00"
    reverted = api.update(tutor.token, tutorId=str(tutor.id), revert=removal)
    assert (reverted.status, reverted.json["audit"]) == (200, "recorded")
    assert [zone for _, _, zone in shown(api, tutor)] == ["Europe/Copenhagen", "Europe/Copenhagen", TOKYO]


def test_the_past_is_shown_in_the_zones_of_then(api: Api, engine: Engine, tutor: Tutor) -> None:
    """`asOf` and `explain` show each slot in its own zone, also after the tutor has moved."""
    save(api, tutor, slot("09:00"), slot("23:30"))
    first, at_first = shown(api, tutor), now()
    move(engine, tutor, "America/New_York")
    save(api, tutor, slot("09:00", zone=TOKYO), slot("23:30"))
    second, at_second = shown(api, tutor), now()
    save(api, tutor)
    in_copenhagen = [(each, start, "Europe/Copenhagen") for each, start, _ in first]
    assert shown(api, tutor, asOf=at_first) == in_copenhagen
    assert shown(api, tutor, asOf=at_second) == second
    (day,) = api.read(tutorId=tutor.id, startDate=DAY, endDate=DAY, explain="true").json["days"]
    assert [(each["time"], each["timeZone"]) for each in day["notOffered"]] == [
        ("09:00", TOKYO),
        ("23:30", "Europe/Copenhagen"),
    ]


def now() -> str:
    return datetime.now(UTC).isoformat()


def test_a_zone_that_only_python_knows_is_refused(api: Api, tutor: Tutor, tmp_path: Path) -> None:
    """PostgreSQL's zone files may be older than Python's."""
    (tmp_path / "Mars").mkdir()
    (tmp_path / "Mars/Olympus").write_bytes(resources.files("tzdata.zoneinfo").joinpath("UTC").read_bytes())
    zoneinfo.reset_tzpath([str(tmp_path), *zoneinfo.TZPATH])
    time_zone.cache_clear()
    try:
        slots = save(api, tutor, slot("09:00", zone="Mars/Olympus"))
        rows = [{"userId": zone, "name": "Ada", "timeZone": zone} for zone in ("UTC", "Mars/Olympus")]
        tutors = api.call("tutors", "PUT", json={"tutors": rows}, token=ADMIN)
    finally:
        zoneinfo.reset_tzpath()
        time_zone.cache_clear()
    assert (slots.status, slots.json["errors"][0]["field"]) == (400, "timeZone")
    assert (tutors.status, [error["field"] for error in tutors.json["errors"]]) == (400, ["tutors[1].timeZone"])
