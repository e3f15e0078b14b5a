"""Tutors: created and changed by admins, read by everybody."""

from base64 import urlsafe_b64encode
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, insert, select

from migrations.log_tables import settings_events
from migrations.tables import tutors
from tests.builders import ADMIN, ADMIN_USER, add_booking, add_slots, add_tutor, make_token
from tests.hosts import Answer, Api

ADA = "auth0|ada"


def tutor(**fields: Any) -> dict[str, Any]:
    return {"userId": ADA, "name": "Ada", "timeZone": "Europe/Copenhagen", **fields}


def save(api: Api, *several: dict[str, Any], token: str | None = ADMIN) -> Answer:
    """Send one tutor, or a list of tutors."""
    body = several[0] if len(several) == 1 else {"tutors": list(several)}
    return api.call("tutors", "PUT", json=body, token=token)


def read(api: Api, token: str | None = ADMIN, **query: Any) -> Answer:
    return api.call("tutors", query=query, token=token)


def errors_of(answer: Answer) -> tuple[int, str, list[str]]:
    return answer.status, answer.json["code"], [error["field"] for error in answer.json.get("errors", [])]


def events(engine: Engine) -> list[tuple[str, Any, Any, str]]:
    table = settings_events.c
    query = select(table.field, table.before, table.after, table.changed_by).order_by(table.changed_at, table.field)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def test_an_admin_creates_a_tutor(api: Api) -> None:
    answer = save(api, tutor(externalId="t-1", tags=["maths", "dansk"], bookingNoticeMinutes=60))
    expected = {
        "tutorId": answer.json["tutorId"],
        "externalId": "t-1",
        "userId": ADA,
        "name": "Ada",
        "timeZone": "Europe/Copenhagen",
        "active": True,
        "bookingNoticeMinutes": 60,
        "cancellationNoticeMinutes": 0,
        "tags": ["maths", "dansk"],
    }
    assert (answer.status, answer.json) == (200, {**expected, "created": True})
    assert read(api, tutorId=expected["tutorId"]).json == expected
    assert read(api, externalId="t-1").json == read(api, userId=ADA).json == expected


def test_a_tutor_gets_an_external_id_later(api: Api, engine: Engine) -> None:
    tutor_id = save(api, tutor()).json["tutorId"]
    assert save(api, tutor(tutorId=tutor_id, externalId="t-1")).json["externalId"] == "t-1"
    assert events(engine) == [("externalId", None, "t-1", ADMIN_USER)]


def test_the_same_request_changes_nothing_the_second_time(api: Api, engine: Engine) -> None:
    first = save(api, tutor(externalId="t-1", tags=["maths"])).json
    assert save(api, tutor(externalId="t-1", tags=["maths"])).json == {**first, "created": False}
    assert events(engine) == []


@pytest.mark.parametrize("word", ["null", "NULL", '"', "\\", "{a,b}", "'", "%s", ":name"])
def test_no_text_has_a_special_meaning(api: Api, word: str) -> None:
    first = save(api, tutor(userId=word, externalId=word, name=word)).json
    for ids in ({"userId": word}, {"userId": word, "externalId": word}):
        assert save(api, tutor(**ids, name=word)).json == {**first, "created": False}
    for query in ({"userId": word}, {"externalId": word}):
        assert read(api, **query).json["tutorId"] == first["tutorId"]
    assert [each["tutorId"] for each in read(api, q=word).json["tutors"]] == [first["tutorId"]]


def test_settings_that_are_left_out_keep_their_values(api: Api, engine: Engine) -> None:
    """Each change of a setting is recorded: who changed it, the value before, and the value after."""
    save(api, tutor(tags=["maths"], active=False, cancellationNoticeMinutes=30))
    answer = save(api, tutor(name="Ada L.", active=True, timeZone="America/New_York"))
    assert answer.json | tutor(name="Ada L.", timeZone="America/New_York") == answer.json
    assert (answer.json["tags"], answer.json["cancellationNoticeMinutes"]) == (["maths"], 30)
    assert events(engine) == [
        ("active", False, True, ADMIN_USER),
        ("name", "Ada", "Ada L.", ADMIN_USER),
        ("timeZone", "Europe/Copenhagen", "America/New_York", ADMIN_USER),
    ]


def test_a_tutor_is_looked_up_by_the_first_id_that_is_sent(api: Api) -> None:
    first = save(api, tutor(externalId="t-1")).json
    by_external_id = save(api, tutor(externalId="t-1", userId="auth0|new")).json
    by_id = save(api, tutor(tutorId=first["tutorId"], externalId="t-2")).json
    by_user = save(api, tutor(name="Ada L.")).json
    assert {each["tutorId"] for each in (first, by_external_id, by_id, by_user)} == {first["tutorId"]}
    assert (by_user["externalId"], by_user["userId"]) == ("t-2", ADA)


def test_a_new_tutor_gets_the_id_that_is_sent(api: Api) -> None:
    tutor_id = str(uuid4())
    answer = save(api, tutor(tutorId=tutor_id))
    assert (answer.json["tutorId"], answer.json["created"]) == (tutor_id, True)


def test_many_tutors_are_saved_together_or_not_at_all(api: Api) -> None:
    several = [tutor(userId=f"user_{i}", externalId=f"t-{i}", name=f"Tutor {i:03}") for i in range(500)]
    assert [each["created"] for each in save(api, *several).json["tutors"]] == [True] * 500
    taken = save(api, tutor(userId="user_new", name="New"), tutor(userId="user_7", externalId="t-8", name="Eight"))
    assert errors_of(taken) == (409, "user_taken", ["tutors[1].userId"])
    assert read(api, userId="user_new").status == 404


def test_requests_that_create_the_same_tutors_at_once_all_succeed(api: Api) -> None:
    """The order of the tutors in the requests doesn't matter."""
    several = [tutor(userId=f"user_{i}", name=f"Tutor {i}") for i in range(100)]
    for attempt in range(5):
        rows = [{**each, "userId": f"{each['userId']} {attempt}"} for each in several]
        with ThreadPoolExecutor(3) as pool:
            answers = list(pool.map(lambda each: save(api, *each), [rows, rows[::-1], rows[50:] + rows[:50]]))
        assert [answer.status for answer in answers] == [200] * 3
        assert sum(each["created"] for answer in answers for each in answer.json["tutors"]) == len(rows)


def test_two_tutors_may_exchange_their_users(api: Api) -> None:
    """Whether a user is taken is decided by the state after the whole request."""
    save(api, tutor(externalId="t-1", userId="a"), tutor(externalId="t-2", userId="b"))
    exchanged = save(api, tutor(externalId="t-1", userId="b"), tutor(externalId="t-2", userId="a"))
    assert [each["userId"] for each in exchanged.json["tutors"]] == ["b", "a"]
    passed_on = save(api, tutor(externalId="t-3", userId="b"), tutor(externalId="t-1", userId="c"))
    assert [each["created"] for each in passed_on.json["tutors"]] == [True, False]


INVALID = "invalid_request"


@pytest.mark.parametrize(
    ("several", "expected"),
    [
        ([tutor(externalId="t-1"), tutor(externalId="t-1", userId="b")], (400, INVALID, ["tutors[1].externalId"])),
        ([tutor(), tutor()], (400, INVALID, ["tutors[1].userId"])),
        ([tutor(externalId="t-1"), tutor(externalId="t-2")], (409, "user_taken", ["tutors[1].userId"])),
        ([tutor(externalId="taken", tutorId=str(UUID(int=1)))], (409, "external_id_taken", ["externalId"])),
        ([tutor(userId="taken", externalId="t-1")], (409, "user_taken", ["userId"])),
        ([tutor(timeZone="UTC+3")], (400, INVALID, ["timeZone"])),
        ([tutor(timeZone="Mars/Olympus")], (400, INVALID, ["timeZone"])),
        ([tutor(userId="x" * 256)], (400, INVALID, ["userId"])),
        ([tutor(userId="\U0001f600" * 255)], (400, INVALID, ["userId"])),
        ([tutor(userId="a\nb")], (400, INVALID, ["userId"])),
        ([tutor(userId="")], (400, INVALID, ["userId"])),
        ([tutor(name="x" * 10_000)], (400, INVALID, ["name"])),
        ([tutor(name="")], (400, INVALID, ["name"])),
        ([tutor(externalId="x" * 256)], (400, INVALID, ["externalId"])),
        ([tutor(bookingNoticeMinutes=525_601)], (400, INVALID, ["bookingNoticeMinutes"])),
        ([tutor(cancellationNoticeMinutes=-1)], (400, INVALID, ["cancellationNoticeMinutes"])),
        ([tutor(tags=["a"] * 2)], (400, INVALID, ["tags"])),
        ([tutor(tags=[""])], (400, INVALID, ["tags[0]"])),
        ([tutor(tags=[str(i) for i in range(21)])], (400, INVALID, ["tags"])),
        ([tutor(active="yes")], (400, INVALID, ["active"])),
        ([tutor(zone="UTC")], (400, INVALID, ["zone"])),
        ([tutor(userId="b"), tutor(name=7)], (400, INVALID, ["tutors[1].name"])),
        ([{"tutors": []}], (400, INVALID, ["tutors"])),
    ],
    ids=lambda value: ascii(value)[:60],
)
def test_bad_input_names_the_row_and_saves_nothing(
    api: Api, engine: Engine, several: list[dict[str, Any]], expected: tuple[int, str, list[str]]
) -> None:
    save(api, tutor(userId="taken", externalId="taken"))
    assert errors_of(save(api, *several)) == expected
    with engine.connect() as connection:
        assert connection.execute(select(tutors.c.user_id)).scalars().all() == ["taken"]


def test_the_longest_ids_and_notes_fit_into_the_log(api: Api) -> None:
    """An index of the log contains all these texts, and the size of its rows is limited."""
    user = "\U0001f600" * 63 + "abc"
    saved = save(api, tutor(userId=user, timeZone="America/Argentina/ComodRivadavia")).json
    body = {"tutorId": saved["tutorId"], "date": "2027-06-01", "timeSlots": [{"time": "09:00"}]}
    answer = api.update(make_token(user), **body, notes="\U0001f600" * 500)
    assert (answer.status, answer.json["audit"]) == (200, "recorded")


def test_everybody_sees_only_what_is_public(api: Api) -> None:
    saved = save(api, tutor(externalId="t-1", tags=["maths"])).json
    public = {name: saved[name] for name in ("tutorId", "name", "timeZone", "active", "tags")}
    for token in (None, make_token("auth0|bob")):
        assert read(api, token, tutorId=saved["tutorId"]).json == public
    whole = {name: value for name, value in saved.items() if name != "created"}
    assert read(api, make_token(ADA), tutorId=saved["tutorId"]).json == whole
    assert read(api, make_token(ADA), userId="me").json == whole
    assert read(api, make_token(ADA), userId=ADA).json == whole


def test_other_lookups_and_lists_are_for_admins(api: Api) -> None:
    save(api, tutor(externalId="t-1"))
    bob = make_token("auth0|bob")
    lookups: list[dict[str, str]] = [{"userId": ADA}, {"externalId": "t-1"}, {}, {"q": "Ada"}]
    for query in lookups:
        assert (read(api, None, **query).status, read(api, bob, **query).status) == (401, 403)
    assert (read(api, bob, userId="me").status, read(api, None, userId="me").status) == (404, 401)
    assert read(api, tutorId=str(uuid4())).json["code"] == "tutor_not_found"
    assert save(api, tutor(), token=bob).status == 403


def test_admins_page_through_tutors_by_name(api: Api) -> None:
    names = ["ada", "Bob", "bob", "Æ" * 127, "z" * 255]
    save(api, *(tutor(userId=f"user|{i}", name=name) for i, name in enumerate(names)))
    whole = read(api).json
    assert whole["nextCursor"] is None
    seen: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        page = read(api, limit=2, **cursor).json
        seen += page["tutors"]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert seen == whole["tutors"]
    assert sorted(each["name"] for each in seen) == sorted(names)
    bobs = [each["name"] for each in seen if each["name"].lower() == "bob"]
    assert [each["name"] for each in read(api, q="BOB").json["tutors"]] == bobs
    assert [each["name"] for each in read(api, q="user|3").json["tutors"]] == ["Æ" * 127]
    assert read(api, q="%").json["tutors"] == []


def test_names_that_were_inserted_with_sql_may_be_long(api: Api, engine: Engine) -> None:
    name = "é" * 1000
    with engine.begin() as connection:
        rows = [{"id": uuid4(), "user_id": str(i), "name": name, "time_zone": "UTC"} for i in range(2)]
        connection.execute(insert(tutors), rows)
    first = read(api, limit=1).json
    second = read(api, limit=1, cursor=first["nextCursor"]).json
    assert {each["userId"] for page in (first, second) for each in page["tutors"]} == {"0", "1"}


def test_a_cursor_with_a_nul_character_is_refused(api: Api) -> None:
    cursor = urlsafe_b64encode(f"tutor a\0b {uuid4()}".encode()).decode().rstrip("=")
    assert errors_of(read(api, cursor=cursor)) == (400, INVALID, ["cursor"])


def test_a_cursor_of_another_function_is_refused(api: Api, engine: Engine) -> None:
    ada = add_tutor(engine)
    for day in ("2027-06-01", "2027-06-02"):
        api.update(ada.token, tutorId=str(ada.id), date=day, timeSlots=[{"time": "09:00"}])
    of_history = api.history(ada.token, tutorId=ada.id, limit=1).json["nextCursor"]
    save(api, tutor(userId="b"))
    of_tutors = read(api, limit=1).json["nextCursor"]
    assert errors_of(read(api, cursor=of_history)) == (400, INVALID, ["cursor"])
    for answer in (api.history(ada.token, tutorId=ada.id, cursor=of_tutors), api.stats(ADMIN, cursor=of_tutors)):
        assert errors_of(answer) == (400, INVALID, ["cursor"])


def test_only_one_way_to_look_up_is_allowed(api: Api) -> None:
    assert errors_of(read(api, userId="me", externalId="t-1")) == (400, INVALID, ["externalId"])
    assert errors_of(read(api, tutorId=str(uuid4()), q="a", limit=3)) == (400, INVALID, ["q", "limit"])


def test_moving_a_tutor_to_another_zone_moves_no_slot(api: Api) -> None:
    """The slot keeps its zone, and new slots are in the new zone."""
    ada = make_token(ADA)
    saved = save(api, tutor()).json
    body = {"tutorId": saved["tutorId"], "date": "2027-06-01"}
    api.update(ada, **body, timeSlots=[{"time": "09:00"}])
    save(api, tutor(timeZone="America/New_York"))
    (day,) = api.read(tutorId=saved["tutorId"], startDate="2027-06-01").json["days"]
    (slot,) = day["timeSlots"]
    assert (slot["startsAt"], slot["timeZone"]) == ("2027-06-01T09:00:00+02:00", "Europe/Copenhagen")
    answer = api.update(ada, **body, timeSlots=[{"time": "09:00"}, {"time": "10:00"}]).json
    starts = [datetime.fromisoformat(each["startsAt"]).isoformat() for each in answer["days"][0]["timeSlots"]]
    assert starts == ["2027-06-01T09:00:00+02:00", "2027-06-01T10:00:00-04:00"]
    assert [(each["time"], each["action"]) for each in answer["diff"]] == [("10:00", "ADDED")]


def changes_of(answer: Answer) -> list[tuple[str, Any, Any]]:
    return [(event["field"], event["before"], event["after"]) for event in answer.json["settingsEvents"]]


def test_the_history_includes_changes_of_settings(api: Api) -> None:
    """Each page has the changes between its last entry and the last entry of the page before."""
    saved = save(api, tutor()).json
    ada, body = make_token(ADA), {"tutorId": saved["tutorId"], "date": "2027-06-01"}
    for notice, starts in ((1, ["09:00"]), (2, []), (3, ["10:00"])):
        save(api, tutor(bookingNoticeMinutes=notice))
        api.update(ada, **body, timeSlots=[{"time": start} for start in starts])
    save(api, tutor(name="Ada L."))
    notices = [("bookingNoticeMinutes", notice - 1, notice) for notice in (3, 2, 1)]
    query = {"tutorId": saved["tutorId"], "include": "settings"}
    whole = api.history(ada, **query)
    assert changes_of(whole) == [("name", "Ada", "Ada L."), *notices]
    assert {event["by"] for event in whole.json["settingsEvents"]} == {ADMIN_USER}
    pages: list[Any] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.history(ada, **query, limit=1, **cursor)
        pages.append(changes_of(page))
        if page.json["nextCursor"] is None:
            break
        cursor = {"cursor": page.json["nextCursor"]}
    assert pages == [[("name", "Ada", "Ada L.")], [notices[0]], notices[1:]]
    filtered = api.history(ada, **query, action="REMOVED")
    assert changes_of(filtered) == changes_of(whole)
    assert "settingsEvents" not in api.history(ada, tutorId=saved["tutorId"]).json
    assert errors_of(api.history(ada, **query, format="csv")) == (400, INVALID, ["include"])


def test_a_slot_that_cannot_be_booked_says_why(api: Api) -> None:
    """The first reason that holds: the tutor is inactive, the slot has begun, or it starts too soon."""
    saved = save(api, tutor(timeZone="UTC")).json
    now = datetime.now(UTC)
    today, tomorrow = now.date(), now.date() + timedelta(days=1)
    with_slots = [{"date": str(tomorrow), "timeSlots": [{"time": "00:00"}]}]
    api.update(ADMIN, tutorId=saved["tutorId"], days=with_slots)

    def obstacles(**query: Any) -> list[str | None]:
        answer = api.read(tutorId=saved["tutorId"], startDate=today, endDate=today + timedelta(days=30), **query).json
        return [slot.get("notBookable") for day in answer["days"] for slot in day["timeSlots"]]

    free_at = datetime.now(UTC)
    assert obstacles() == [None]
    save(api, tutor(timeZone="UTC", bookingNoticeMinutes=2 * 24 * 60))
    too_soon_at = datetime.now(UTC)
    assert obstacles() == obstacles(explain="true") == ["too_soon"]
    save(api, tutor(timeZone="UTC", active=False))
    assert obstacles() == ["inactive"]
    assert obstacles(asOf=free_at.isoformat()) == [None]
    assert obstacles(asOf=too_soon_at.isoformat()) == ["too_soon"]


def test_a_booked_slot_needs_no_reason(api: Api, engine: Engine) -> None:
    ada = add_tutor(engine)
    add_slots(engine, ada, date(2026, 1, 5), "09:00", "10:00")
    add_booking(engine, ada, date(2026, 1, 5), "09:00", "COMPLETED")
    (day,) = api.read(tutorId=ada.id, startDate="2026-01-05", endDate="2026-01-05").json["days"]
    assert [slot.get("notBookable") for slot in day["timeSlots"]] == [None, "past"]
