"""The table `tutor_weekly_stats` and the statistics of all tutors, which are read from this table.

The function `weekly_stats` computes the table from the log. A week begins on Monday in the tutor's time zone.
"""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, select, text

from common.clock import Clock
from common.core.statistics import LATE
from common.core.zones import instant
from common.db.engine import transact
from common.db.weekly_stats import compute_weeks
from functions.weekly_stats import main as weekly_stats
from migrations.log_tables import tutor_availability_log, tutor_weekly_stats
from tests.builders import ADMIN, Tutor, add_booking, add_slots, add_tutor
from tests.core import strategies
from tests.functions.test_audit_repair import SCHEDULED_EVENT
from tests.hosts import Api

TUESDAY = datetime(2026, 11, 24, 5, tzinfo=UTC)  # two hours after the scheduled run
LAST_WEEK, WEEK_BEFORE = date(2026, 11, 16), date(2026, 11, 9)
NOT_WITH_A_TUTOR = "not allowed together with tutorId: leave out one of them"


@pytest.fixture
def on_tuesday(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: TUESDAY))


def add_entry(engine: Engine, tutor: Tutor, at: datetime, action: str = "ADDED", **more: Any) -> None:
    entry = {
        "id": uuid4(),
        "tutor_id": tutor.id,
        "date": date(2026, 12, 24),
        "start_time": time(9),
        "duration_minutes": 60,
        "action": action,
        "reason": "other",
        "changed_at": at,
        "change_set_id": uuid4(),
        "version": 1,
        "source": "recorded",
    }
    with engine.begin() as connection:
        connection.execute(insert(tutor_availability_log).values({**entry, **more}))


def rows(engine: Engine, tutor: Tutor) -> dict[date, Any]:
    """Return the tutor's rows of `tutor_weekly_stats`, by week."""
    table = tutor_weekly_stats
    with engine.connect() as connection:
        return {row.week_start: row for row in connection.execute(select(table).where(table.c.tutor_id == tutor.id))}


def run(api: Api, **body: Any) -> Any:
    answer = api.call("weekly_stats", "POST", token=ADMIN, json=body or None)
    assert answer.status == 200, answer.body
    return answer.json


def test_the_last_two_full_weeks_are_computed_in_the_tutors_zone(api: Api, engine: Engine, on_tuesday: None) -> None:
    """At 23:30 on a Sunday in UTC, it is Monday in Copenhagen and Sunday in New York.

    A slot at 09:00 in New York starts six hours after a slot at 09:00 in Copenhagen. So the removal on the 18th is late
    in Copenhagen, and not late in New York.
    """
    copenhagen, new_york = add_tutor(engine, "Europe/Copenhagen"), add_tutor(engine, "America/New_York")
    sunday_night = datetime(2026, 11, 15, 23, 30, tzinfo=UTC)
    change_set = uuid4()
    for tutor in (copenhagen, new_york):
        add_entry(engine, tutor, sunday_night, change_set_id=change_set)
        add_entry(engine, tutor, sunday_night, "REMOVED", start_time=time(10), change_set_id=change_set)
        add_entry(engine, tutor, datetime(2026, 11, 18, 12, tzinfo=UTC), "REMOVED", date=date(2026, 11, 19))
        add_entry(engine, tutor, datetime(2026, 11, 23, 12, tzinfo=UTC))  # in the current week
        add_entry(engine, tutor, datetime(2026, 11, 4, 12, tzinfo=UTC))  # before the last two weeks
    assert run(api) == {"weeks": ["2026-11-09", "2026-11-16"], "tutors": 2, "rows": 4}

    def counts(tutor: Tutor, week: date) -> list[int]:
        row = rows(engine, tutor)[week]
        return [row.slots_added, row.slots_removed, row.late_removals, row.change_sets, row.missing_versions]

    assert set(rows(engine, copenhagen)) == {LAST_WEEK, WEEK_BEFORE}
    assert (counts(copenhagen, LAST_WEEK), counts(copenhagen, WEEK_BEFORE)) == ([1, 2, 1, 2, 0], [0, 0, 0, 0, 0])
    assert (counts(new_york, LAST_WEEK), counts(new_york, WEEK_BEFORE)) == ([0, 1, 0, 1, 0], [1, 1, 0, 1, 0])
    row = rows(engine, copenhagen)[LAST_WEEK]
    assert (row.weekday_hours, row.weekday_hour_changes) == ([0, 2 * 24 + 13], [2, 1])
    assert (row.removed_times, row.removed_time_counts) == ([time(9), time(10)], [1, 1])
    assert row.computed_at == TUESDAY


def test_computing_again_includes_late_entries(api: Api, engine: Engine, on_tuesday: None) -> None:
    tutor = add_tutor(engine)
    run(api)
    add_entry(engine, tutor, datetime(2026, 11, 18, 12, tzinfo=UTC))
    first, second = run(api), run(api)
    assert first == second == {"weeks": ["2026-11-09", "2026-11-16"], "tutors": 1, "rows": 2}
    assert rows(engine, tutor)[LAST_WEEK].slots_added == 1


def test_twelve_weeks_can_be_computed(api: Api, engine: Engine, on_tuesday: None) -> None:
    tutor = add_tutor(engine)
    add_entry(engine, tutor, datetime(2026, 9, 2, 12, tzinfo=UTC))
    assert run(api, weeks=12)["rows"] == 12
    assert {week: row.slots_added for week, row in rows(engine, tutor).items() if row.slots_added} == {
        date(2026, 8, 31): 1
    }
    assert len(rows(engine, tutor)) == 12


def test_each_week_has_its_number_of_missing_versions(api: Api, engine: Engine, on_tuesday: None) -> None:
    """A missing version counts in the week of its day's last edit. Versions up to `repaired_version` don't count."""
    tutor = add_tutor(engine)
    with engine.begin() as connection:
        add = text("insert into tutor_days values (:tutor, :date, :version, :repaired, :updated_at, null)")
        for number, (version, repaired) in enumerate(((3, 0), (3, 2), (3, 3))):
            values = {"date": date(2026, 12, 1 + number), "version": version, "repaired": repaired}
            updated_at = datetime(2026, 11, 18, 12, tzinfo=UTC)
            connection.execute(add, {"tutor": tutor.id, "updated_at": updated_at, **values})
    add_entry(engine, tutor, datetime(2026, 11, 17, 12, tzinfo=UTC), date=date(2026, 12, 1), version=2)
    run(api)
    assert {week: row.missing_versions for week, row in rows(engine, tutor).items()} == {LAST_WEEK: 3, WEEK_BEFORE: 0}
    answer = api.stats(ADMIN, days=30)
    assert (answer.json["complete"], answer.json["missingVersions"]) == (False, 3)


def test_a_run_continues_where_the_previous_run_stopped(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With 522 weeks, a batch is one tutor. Each time the clock is read, it is eleven minutes later.

    A run stops after ten minutes, so it computes one batch.
    """
    tutors = [add_tutor(engine) for _ in range(3)]
    now = iter(TUESDAY + timedelta(minutes=11 * i) for i in range(99))
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: next(now)))
    for computed in (1, 2, 3):
        answer = run(api, weeks=522)
        assert (answer["tutors"], answer["rows"]) == (1, 522)
        assert sum(bool(rows(engine, tutor)) for tutor in tutors) == computed
    assert "out of time" in capsys.readouterr().out


def test_concurrent_runs_have_the_same_result(api: Api, engine: Engine, on_tuesday: None) -> None:
    tutors = [add_tutor(engine) for _ in range(20)]
    for tutor in tutors:
        add_entry(engine, tutor, datetime(2026, 11, 18, 12, tzinfo=UTC))
    with ThreadPoolExecutor() as threads:
        answers = list(threads.map(lambda _: run(api, weeks=100), range(4)))
    assert all(answer == answers[0] for answer in answers)
    assert {rows(engine, tutor)[LAST_WEEK].slots_added for tutor in tutors} == {1}


def test_a_run_does_not_overwrite_rows_of_a_later_run(engine: Engine) -> None:
    tutor = add_tutor(engine)
    for now in (TUESDAY, TUESDAY - timedelta(minutes=1)):
        written = transact(engine, lambda c, now=now: compute_weeks(c, [tutor.id], now, 2))  # type: ignore[misc]
        assert len(written) == (2 if now == TUESDAY else 0)
    assert rows(engine, tutor)[LAST_WEEK].computed_at == TUESDAY


@pytest.mark.parametrize("event", [SCHEDULED_EVENT, {"weeks": 3}])
def test_a_scheduled_event_starts_a_run(api: Api, engine: Engine, on_tuesday: None, event: dict[str, Any]) -> None:
    add_tutor(engine)
    weeks = event.get("weeks", 2)
    answer = weekly_stats.handler(event, None)
    assert (answer["tutors"], answer["rows"], answer["weeks"][-1]) == (1, weeks, "2026-11-16")


def test_only_admins_may_start_a_run_and_a_run_has_1_to_522_weeks(api: Api, engine: Engine) -> None:
    assert api.call("weekly_stats", "POST").status == 401
    assert api.call("weekly_stats", "POST", token=add_tutor(engine).token).status == 403
    for weeks in (0, 523, "2", 1.5):
        answer = api.call("weekly_stats", "POST", token=ADMIN, json={"weeks": weeks})
        assert (answer.status, answer.json["errors"][0]["field"]) == (400, "weeks")


# Instants near the beginning of a week or near a clock change.
boundaries = st.sampled_from(
    [datetime(2026, 10, 12), datetime(2026, 10, 25), datetime(2026, 11, 1), datetime(2026, 11, 9)]
)
moments = st.builds(lambda at, hour: (at + timedelta(hours=hour)).replace(tzinfo=UTC), boundaries, st.floats(-30, 30))
entries = st.tuples(
    moments,
    st.sampled_from([date(2026, 10, 25), date(2026, 10, 26), date(2026, 11, 1)]),
    strategies.times,
    st.sampled_from(["ADDED", "REMOVED"]),
    st.sampled_from([UUID(int=number) for number in range(1, 4)]),
    st.sampled_from(["illness", "other"]),
    st.sampled_from([None, "auth0|ada", "auth0|bob"]),
)


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(strategies.ZONES), st.lists(entries, max_size=20))
def test_the_database_counts_weeks_the_same_as_python(engine: Engine, name: str, changes: list[Any]) -> None:
    """The examples have instants near clock changes. In some zones, the clock changes at midnight."""
    zone, tutor = ZoneInfo(name), add_tutor(engine, name)
    for at, day, start, action, change_set, reason, author in changes:
        values = {"date": day, "start_time": start, "change_set_id": change_set, "reason": reason}
        add_entry(engine, tutor, at, action, **values, changed_by=author)
    now = datetime(2026, 11, 10, 12, tzinfo=UTC)
    transact(engine, lambda connection: compute_weeks(connection, [tutor.id], now, 4))
    assert len(rows(engine, tutor)) == 4
    for week, row in rows(engine, tutor).items():
        within = [entry for entry in changes if monday_of(entry[0].astimezone(zone).date()) == week]
        removed = [entry for entry in within if entry[3] == "REMOVED"]
        local = [entry[0].astimezone(zone) for entry in within]
        hours = Counter(24 * at.weekday() + at.hour for at in local)
        assert (row.slots_added, row.slots_removed) == (len(within) - len(removed), len(removed))
        assert row.late_removals == sum(at > instant(day, start, zone) - LATE for at, day, start, *_ in removed)
        assert row.change_sets == len({entry[4] for entry in within})
        assert dict(zip(row.weekday_hours, row.weekday_hour_changes, strict=True)) == hours
        assert dict(zip(row.removed_times, row.removed_time_counts, strict=True)) == Counter(e[2] for e in removed)
        assert dict(zip(row.reasons, row.reason_changes, strict=True)) == Counter(entry[5] for entry in within)
        assert dict(zip(row.user_ids, row.user_changes, strict=True)) == Counter(entry[6] for entry in within)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


@pytest.fixture
def platform(engine: Engine, on_tuesday: None) -> list[Tutor]:
    """Four tutors: the first changed nothing, and the others changed 1, 2 and 3 slots in each of two weeks."""
    tutors = sorted((add_tutor(engine) for _ in range(4)), key=lambda tutor: tutor.id)
    for number, tutor in enumerate(tutors[1:], start=1):
        for week in (LAST_WEEK, date(2026, 10, 26)):
            at = datetime.combine(week, time(8), UTC)  # 09:00 in Copenhagen
            for hour in range(number):
                is_removed = hour == 0
                add_entry(engine, tutor, at, "REMOVED" if is_removed else "ADDED", start_time=time(9 + hour), date=week)
    return tutors


def test_statistics_of_all_tutors_come_from_the_table(api: Api, engine: Engine, platform: list[Tutor]) -> None:
    """The function doesn't read the log."""
    run(api, weeks=8)
    with engine.begin() as connection:
        connection.execute(text("truncate tutor_availability_log"))
    answer = api.stats(ADMIN, days=60)
    assert answer.status == 200
    by_weekday_hour = [[0] * 24 for _ in range(7)]
    by_weekday_hour[0][9] = 12
    nothing = {"offered": 0, "booked": 0, "fillRate": None}
    zeros = {"slotsAdded": 0, "slotsRemoved": 0, "lateRemovals": 0, **nothing}
    changes = {"slotsAdded": 3, "slotsRemoved": 3, "lateRemovals": 3, **nothing}
    assert answer.json == {
        "tutors": [
            {
                "tutorId": str(platform[number].id),
                "changes": 2 * number,
                "slotsAdded": 2 * number - 2,
                "slotsRemoved": 2,
                "lateRemovals": 2,
            }
            for number in (3, 2, 1)
        ],
        "nextCursor": None,
        "weekly": [
            {"weekStart": week, **(changes if week in ("2026-10-26", "2026-11-16") else zeros)}
            for week in (str(date(2026, 9, 28) + timedelta(weeks=weeks)) for weeks in range(8))
        ],
        "monthly": [
            {"month": "2026-09", **zeros},
            {"month": "2026-10", **changes},
            {"month": "2026-11", **changes},
        ],
        "byWeekdayHour": by_weekday_hour,
        "mostRemovedTimes": [{"time": "09:00", "count": 6}],
        "byReason": {"other": 12},
        "byUser": [{"userId": None, "changes": 12}],
        "complete": True,
        "missingVersions": 0,
    }


def test_statistics_include_all_past_weeks_that_are_partly_or_completely_in_the_period(
    api: Api, platform: list[Tutor]
) -> None:
    """Today is Tuesday the 24th. Eight days ago is in the week of the 16th, and nine days ago in that of the 9th."""
    run(api, weeks=8)

    def weeks(days: int) -> list[str]:
        return [week["weekStart"] for week in api.stats(ADMIN, days=days).json["weekly"]]

    assert (weeks(1), weeks(2), weeks(8), weeks(9)) == (
        [],
        ["2026-11-16"],
        ["2026-11-16"],
        ["2026-11-09", "2026-11-16"],
    )


def test_tutors_are_sorted_by_activity_in_pages(api: Api, engine: Engine, platform: list[Tutor]) -> None:
    """Tutors with the same number of changes are sorted by id."""
    twins = sorted((add_tutor(engine) for _ in range(3)), key=lambda tutor: tutor.id)
    for twin in twins:
        for hour in range(2):
            add_entry(engine, twin, datetime(2026, 11, 18, 12, tzinfo=UTC), start_time=time(hour))
    run(api, weeks=8)
    expected = [platform[3], platform[2], *sorted((platform[1], *twins), key=lambda tutor: tutor.id)]
    tutor_ids: list[str] = []
    cursor = None
    while True:
        query: dict[str, Any] = {"days": 60, "limit": 2, **({"cursor": cursor} if cursor else {})}
        answer = api.stats(ADMIN, **query).json
        tutor_ids += [tutor["tutorId"] for tutor in answer["tutors"]]
        cursor = answer["nextCursor"]
        if cursor is None:
            break
    assert tutor_ids == [str(tutor.id) for tutor in expected]


def test_a_limit_with_a_tutor_and_a_cursor_of_another_endpoint_are_errors(api: Api, engine: Engine) -> None:
    """Only the statistics of all tutors have pages. The second cursor is one of `audit_history`."""
    tutor = add_tutor(engine)
    assert api.stats(tutor.token, tutorId=tutor.id, limit=5).json["errors"] == [
        {"field": "limit", "message": NOT_WITH_A_TUTOR}
    ]
    for cursor in ("nonsense", "MjAyNi0xMS0yMlQxMjowMDowMCswMDowMCAwMDAwMDAwMC0wMDAwLTQwMDAtODAwMC0wMDAwMDAwMDAwMDE"):
        answer = api.stats(ADMIN, cursor=cursor)
        assert answer.json["errors"] == [
            {"field": "cursor", "message": "use the nextCursor of the page before, unchanged"}
        ]


def test_statistics_of_all_tutors_are_incomplete_until_the_last_week_is_computed(
    api: Api, engine: Engine, on_tuesday: None
) -> None:
    """They are complete if the table has the last week of each tutor whose days were edited before this week's end."""

    def add_edited_day(at: datetime) -> None:
        with engine.begin() as connection:
            add = text("insert into tutor_days values (:tutor, '2026-12-01', 1, 1, :at, null)")
            connection.execute(add, {"tutor": add_tutor(engine).id, "at": at})

    assert api.stats(ADMIN, days=30).json["complete"]
    add_edited_day(datetime(2026, 11, 18, 12, tzinfo=UTC))
    for days, is_complete in ((1, True), (2, False), (30, False)):  # one day ago is in the current week
        answer = api.stats(ADMIN, days=days).json
        assert (answer["complete"], answer["missingVersions"]) == (is_complete, 0)
    run(api)
    add_edited_day(datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert api.stats(ADMIN, days=30).json["complete"]


def test_repair_logs_that_weekly_statistics_are_overdue(
    api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """From Tuesday 04:00 until the weeks are computed, each repair writes the line. An alarm counts the lines."""
    with engine.begin() as connection:
        add = text("insert into tutor_days values (:tutor, '2026-12-01', 1, 1, '2026-11-18T12:00Z', null)")
        connection.execute(add, {"tutor": add_tutor(engine).id})

    def is_logged(now: datetime) -> bool:
        monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: now))
        api.repair()
        return '"weekly statistics overdue"' in capsys.readouterr().out

    assert not is_logged(datetime(2026, 11, 24, 3, 59, tzinfo=UTC))
    assert is_logged(datetime(2026, 11, 24, 4, 0, tzinfo=UTC))
    run(api)
    assert not is_logged(datetime(2026, 11, 24, 4, 5, tzinfo=UTC))
    assert is_logged(datetime(2026, 12, 1, 4, 0, tzinfo=UTC))


def add_week(engine: Engine, tutor: Tutor, week: date, **values: Any) -> None:
    """Insert a row of the table, as a release that doesn't know demand did; `values` replace its values."""
    row: dict[str, Any] = {"tutor_id": tutor.id, "week_start": week, "computed_at": TUESDAY}
    row |= dict.fromkeys(("slots_added", "slots_removed", "late_removals", "change_sets", "missing_versions"), 1)
    with engine.begin() as connection:
        connection.execute(insert(tutor_weekly_stats).values({**row, **values}))


def test_a_week_has_the_slots_that_start_in_it_on_their_own_clocks(api: Api, engine: Engine, on_tuesday: None) -> None:
    """A Sunday evening in New York counts on Sunday, also for a tutor in Copenhagen, where it is Monday."""
    tutor, sunday = add_tutor(engine), LAST_WEEK - timedelta(days=1)
    add_slots(engine, tutor, sunday, "23:00", zone="America/New_York")
    add_slots(engine, tutor, LAST_WEEK, "00:00", "09:00", "10:00")
    add_booking(engine, tutor, LAST_WEEK, "09:00", "COMPLETED")
    add_booking(engine, tutor, LAST_WEEK, "12:00", "CANCELLED")
    add_slots(engine, tutor, LAST_WEEK + timedelta(days=7), "00:00")
    assert run(api) == run(api)
    assert {week: (row.offered, row.booked) for week, row in rows(engine, tutor).items()} == {
        WEEK_BEFORE: (1, 0),
        LAST_WEEK: (4, 1),
    }
    weekly, monthly = (api.stats(ADMIN, days=30).json[name] for name in ("weekly", "monthly"))
    assert [(week["offered"], week["booked"], week["fillRate"]) for week in weekly] == [(1, 0, 0.0), (4, 1, 0.25)]
    assert [(month["offered"], month["booked"], month["fillRate"]) for month in monthly] == [(5, 1, 0.2)]


def test_a_week_that_an_older_release_computed_has_unknown_numbers_until_it_is_computed_again(
    api: Api, engine: Engine, on_tuesday: None
) -> None:
    tutor, other = add_tutor(engine), add_tutor(engine)
    add_week(engine, tutor, LAST_WEEK)
    add_week(engine, other, LAST_WEEK, offered=8, booked=4)
    body = api.stats(ADMIN, days=30).json
    assert body["weekly"][0] | body["monthly"][0] == {
        "weekStart": "2026-11-16",
        "month": "2026-11",
        **dict.fromkeys(("slotsAdded", "slotsRemoved", "lateRemovals"), 2),
        **dict.fromkeys(("offered", "booked", "fillRate")),
    }
    assert not body["complete"]
    run(api)
    assert (body := api.stats(ADMIN, days=30).json)["weekly"][0]["offered"] == 0
    assert body["complete"]


def test_the_reasons_and_users_with_the_most_changes_come_first_and_are_twenty_at_most(
    api: Api, engine: Engine, on_tuesday: None
) -> None:
    for number in range(30):
        users = [f"user {number:02}", "auth0|ada"]
        values = {"offered": 0, "booked": 0, "user_ids": users, "user_changes": [1, 1]}
        values |= {"reasons": ["illness", "other"], "reason_changes": [1, 2]}
        add_week(engine, add_tutor(engine), LAST_WEEK, **values)
    body = api.stats(ADMIN, days=30).json
    assert list(body["byReason"].items()) == [("other", 60), ("illness", 30)]
    assert body["byUser"] == [
        {"userId": "auth0|ada", "changes": 30},
        *({"userId": f"user {number:02}", "changes": 1} for number in range(19)),
    ]


def test_a_season_is_the_weeks_that_begin_from_one_date_until_before_another(
    api: Api, engine: Engine, platform: list[Tutor]
) -> None:
    """One end alone leaves the other open. Tutors, hours, times, reasons and users are those of the same weeks."""
    run(api, weeks=8)

    def weeks(**query: Any) -> list[str]:
        return [week["weekStart"] for week in api.stats(ADMIN, **query).json["weekly"]]

    assert weeks(**{"from": "2026-11-02", "to": "2026-11-16"}) == ["2026-11-02", "2026-11-09"]
    assert weeks(**{"from": "2026-11-03", "to": "2026-11-17"}) == ["2026-11-09", "2026-11-16"]
    assert weeks(**{"from": "2026-11-09"}) == ["2026-11-09", "2026-11-16"]
    assert weeks(to="2026-10-06") == ["2026-09-28", "2026-10-05"]
    assert weeks(**{"from": "9999-12-31"}) == weeks(to="0001-01-01") == []
    season = api.stats(ADMIN, **{"from": "2026-10-26", "to": "2026-10-27", "limit": 1}).json
    assert season["tutors"][0]["changes"] == 3
    assert (season["byReason"], season["byUser"]) == ({"other": 6}, [{"userId": None, "changes": 6}])
    assert (season["byWeekdayHour"][0][9], season["mostRemovedTimes"][0]["count"]) == (6, 3)
    next_page = api.stats(ADMIN, **{"from": "2026-10-26", "to": "2026-10-27", "cursor": season["nextCursor"]}).json
    assert [tutor["changes"] for tutor in next_page["tutors"]] == [2, 1]


def test_a_cursor_of_another_period_is_refused(api: Api, engine: Engine, platform: list[Tutor]) -> None:
    """Its position is a number of changes, which means nothing in another period."""
    run(api, weeks=8)
    season = {"from": "2026-10-26", "to": "2026-10-27"}
    cursors = [api.stats(ADMIN, limit=1, **period).json["nextCursor"] for period in (season, {"days": 60})]
    for period, is_accepted in ((season, (True, False)), ({"days": 60}, (False, True)), ({"days": 59}, (False, False))):
        for cursor, accepted in zip(cursors, is_accepted, strict=True):
            answer = api.stats(ADMIN, limit=2, cursor=cursor, **period)
            assert answer.status == (200 if accepted else 400), (period, cursor)
            assert accepted or [error["field"] for error in answer.json["errors"]] == ["cursor"]


def test_a_season_before_the_last_week_is_complete_without_the_last_week(
    api: Api, engine: Engine, on_tuesday: None
) -> None:
    with engine.begin() as connection:
        add = text("insert into tutor_days values (:tutor, '2026-12-01', 1, 1, '2026-11-18T12:00Z', null)")
        connection.execute(add, {"tutor": add_tutor(engine).id})
    assert not api.stats(ADMIN, **{"from": "2026-11-09"}).json["complete"]
    assert not api.stats(ADMIN, to="2026-11-17").json["complete"]
    assert api.stats(ADMIN, to="2026-11-16").json["complete"]
    assert api.stats(ADMIN, **{"from": "2026-11-17"}).json["complete"]


def test_a_season_is_complete_only_if_each_of_its_weeks_was_computed_from_the_first_edit_on(
    api: Api, engine: Engine, on_tuesday: None
) -> None:
    """A day was edited on Thursday, the 17th of September. Runs compute weeks back from the 16th of November."""
    with engine.begin() as connection:
        add = text("insert into tutor_days values (:tutor, '2026-12-01', 1, 1, '2026-09-17T12:00Z', null)")
        connection.execute(add, {"tutor": (tutor := add_tutor(engine)).id})
    seasons = {"from": "2026-08-01", "to": "2026-10-01"}, {"from": "2026-08-01"}, {"to": "2026-10-01"}
    before = {"from": "2026-08-01", "to": "2026-09-14"}

    def are_complete() -> list[bool]:
        return [api.stats(ADMIN, **season).json["complete"] for season in (*seasons, {"days": 90}, before)]

    assert are_complete() == [False] * 4 + [True]
    run(api)
    assert are_complete() == [False] * 4 + [True]
    run(api, weeks=10)
    assert are_complete() == [True] * 5
    with engine.begin() as connection:
        delete = text("delete from tutor_weekly_stats where tutor_id = :tutor and week_start = :week")
        connection.execute(delete, {"tutor": tutor.id, "week": date(2026, 10, 5)})  # a gap
    assert are_complete() == [True, False, True, False, True]


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ({"from": "2026-11-09", "days": 30}, "days", "not allowed together with from or to: leave out one of them"),
        ({"to": "2026-11-09", "days": 7}, "days", "not allowed together with from or to: leave out one of them"),
        ({"from": "2026-11-09", "to": "2026-11-09"}, "to", "use a date after from"),
        ({"from": "2026-11-10", "to": "2026-11-09"}, "to", "use a date after from"),
        ({"from": "9 November"}, "from", "use YYYY-MM-DD"),
        ({"to": "2026-11-31"}, "to", "this date doesn't exist: use a date of the calendar"),
        ({"tutorId": UUID(int=1), "from": "2026-11-09"}, "from", NOT_WITH_A_TUTOR),
        ({"tutorId": UUID(int=1), "to": "2026-11-09"}, "to", NOT_WITH_A_TUTOR),
    ],
)
def test_an_invalid_season_is_an_error_of_its_field(
    api: Api, engine: Engine, query: dict[str, Any], field: str, message: str
) -> None:
    answer = api.stats(ADMIN, **query)
    assert (answer.status, answer.json["errors"]) == (400, [{"field": field, "message": message}])
