from datetime import UTC, datetime, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from tests.builders import add_booking, add_slots, add_tutor, monday, slots
from tests.hosts import Api

DAY = monday()
TUESDAY = DAY + timedelta(days=1)


def test_a_range_shows_each_day_with_a_slot_or_a_version(api: Api, engine: Engine) -> None:
    """Here, the answer has an edited day, an imported day and a cleared day. It doesn't have the other four days."""
    tutor = add_tutor(engine)
    wednesday = DAY + timedelta(days=2)
    api.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=slots("09:00", "10:30"))
    add_slots(engine, tutor, TUESDAY, "23:00")
    api.update(tutor.token, tutorId=str(tutor.id), date=str(wednesday), timeSlots=slots("09:00"))
    api.update(tutor.token, tutorId=str(tutor.id), date=str(wednesday), timeSlots=[])
    add_booking(engine, tutor, DAY, "10:30")

    answer = api.read(tutorId=tutor.id, startDate=DAY, endDate=DAY + timedelta(days=6))
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    offset = datetime.combine(DAY, datetime.min.time(), ZoneInfo("Europe/Copenhagen")).isoformat()[-6:]
    assert answer.json == {
        "tutorId": str(tutor.id),
        "timeZone": "Europe/Copenhagen",
        "startDate": str(DAY),
        "endDate": str(DAY + timedelta(days=6)),
        "days": [
            {
                "date": str(DAY),
                "version": 1,
                "timeSlots": [
                    {
                        "time": "09:00",
                        "durationMinutes": 60,
                        "startsAt": f"{DAY}T09:00:00{offset}",
                        "endsAt": f"{DAY}T10:00:00{offset}",
                        "status": "AVAILABLE",
                    },
                    {
                        "time": "10:30",
                        "durationMinutes": 60,
                        "startsAt": f"{DAY}T10:30:00{offset}",
                        "endsAt": f"{DAY}T11:30:00{offset}",
                        "status": "BOOKED",
                    },
                ],
            },
            {
                "date": str(TUESDAY),
                "version": 0,
                "timeSlots": [
                    {
                        "time": "23:00",
                        "durationMinutes": 60,
                        "startsAt": f"{TUESDAY}T23:00:00{offset}",
                        "endsAt": f"{wednesday}T00:00:00{offset}",
                        "status": "AVAILABLE",
                    }
                ],
            },
            {"date": str(wednesday), "version": 2, "timeSlots": []},
        ],
    }


def test_both_ends_of_the_range_are_included(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    for days in range(5):
        add_slots(engine, tutor, DAY + timedelta(days=days), "09:00")
    shown = api.read(tutorId=tutor.id, startDate=TUESDAY, endDate=DAY + timedelta(days=3)).json["days"]
    assert [day["date"] for day in shown] == [str(DAY + timedelta(days=days)) for days in (1, 2, 3)]


def test_the_default_range_is_two_weeks_from_today_in_the_tutors_zone(api: Api, engine: Engine) -> None:
    """At every instant, at least two of these three zones have different dates."""
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"):
        tutor = add_tutor(engine, zone)
        today = datetime.now(ZoneInfo(zone)).date()
        inside = [today, today + timedelta(days=13)]
        for day in [today - timedelta(days=1), *inside, today + timedelta(days=14)]:
            add_slots(engine, tutor, day, "09:00")
        body = api.read(tutorId=tutor.id).json
        assert (body["startDate"], body["endDate"]) == tuple(map(str, inside))
        assert [day["date"] for day in body["days"]] == list(map(str, inside))


def test_a_range_without_an_end_date_has_two_weeks(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    body = api.read(tutorId=tutor.id, startDate="2026-02-20").json
    assert (body["startDate"], body["endDate"], body["days"]) == ("2026-02-20", "2026-03-05", [])


def test_any_date_of_the_calendar_can_be_read(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    for first, last in (("0001-01-01", "0001-01-14"), ("1999-12-31", "2000-01-13"), ("9999-12-18", "9999-12-31")):
        answer = api.read(tutorId=tutor.id, startDate=first)
        assert (answer.status, answer.json["endDate"]) == (200, last)
    answer = api.read(tutorId=tutor.id, startDate="9999-12-19")
    message = "the range ends after the year 9999: use an earlier date"
    assert answer.json["errors"] == [{"field": "startDate", "message": message}]


def test_a_range_has_at_most_366_days(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    assert api.read(tutorId=tutor.id, startDate="2028-01-01", endDate="2028-12-31").status == 200
    too_long = api.read(tutorId=tutor.id, startDate="2028-01-01", endDate="2029-01-01")
    message = "the range has more than 366 days: use 2028-12-31 or earlier"
    assert (too_long.status, too_long.json["errors"]) == (400, [{"field": "endDate", "message": message}])


def test_a_slot_with_an_expired_hold_is_available(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00", "10:00", "11:00")
    now = datetime.now(UTC)
    add_booking(engine, tutor, DAY, "09:00", "AWAITING_PAYMENT", now - timedelta(seconds=1))
    add_booking(engine, tutor, DAY, "10:00", "AWAITING_PAYMENT", now + timedelta(minutes=10))
    add_booking(engine, tutor, DAY, "11:00", "CANCELLED")
    (day,) = api.read(tutorId=tutor.id, startDate=DAY).json["days"]
    assert [slot["status"] for slot in day["timeSlots"]] == ["AVAILABLE", "BOOKED", "AVAILABLE"]


def test_bookings_near_midnight_belong_to_their_slots(api: Api, engine: Engine) -> None:
    """A booking's date and time are both local. If the date were in UTC, the wrong slot would be shown as booked."""
    tutor = add_tutor(engine, "America/New_York")
    for day in (DAY, TUESDAY):
        add_slots(engine, tutor, day, "00:00", "23:00")
    add_booking(engine, tutor, DAY, "23:00")
    shown = api.read(tutorId=tutor.id, startDate=DAY, endDate=TUESDAY).json["days"]
    booked = [(day["date"], s["time"]) for day in shown for s in day["timeSlots"] if s["status"] == "BOOKED"]
    assert booked == [(str(DAY), "23:00")]


def test_an_unchanged_answer_is_304(api: Api, engine: Engine) -> None:
    """The ETag is a hash of the answer. So a booking changes the ETag, although it doesn't change the day's version."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00")
    query = {"tutorId": tutor.id, "startDate": DAY}
    first = api.read(**query)
    again = api.call("get_availability", query=query, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status, again.body, again.headers["etag"]) == (304, b"", first.headers["etag"])
    assert "x-request-id" in again.headers
    add_booking(engine, tutor, DAY, "09:00")
    changed = api.call("get_availability", query=query, headers={"If-None-Match": first.headers["etag"]})
    assert (changed.status, changed.json["days"][0]["timeSlots"][0]["status"]) == (200, "BOOKED")


def test_reads_ignore_if_match(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    for header in ('"3"', "*"):
        answer = api.call("get_availability", query={"tutorId": tutor.id}, headers={"If-Match": header})
        assert answer.status == 200


def test_an_unknown_zone_in_the_database_is_500(api: Api, engine: Engine) -> None:
    """PostgreSQL accepts the name of this zone in upper case, and Python doesn't."""
    tutor = add_tutor(engine, "EUROPE/COPENHAGEN")
    answer = api.read(tutorId=tutor.id)
    assert (answer.status, answer.json["code"]) == (500, "unknown_time_zone")


def test_an_unknown_tutor_is_404(api: Api) -> None:
    answer = api.read(tutorId=uuid4())
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json == {
        "type": "urn:slotledger:problem:tutor_not_found",
        "title": "There is no such tutor",
        "status": 404,
        "detail": "there is no tutor with this id",
        "code": "tutor_not_found",
    }
