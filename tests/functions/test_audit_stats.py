from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import Engine, insert, text

from common.clock import Clock
from common.config import Settings
from common.core.caller import Caller
from common.core.demand import demand
from common.core.statistics import LATE, ChangeStats, TimeCount, UserChanges, WeekStats
from common.core.zones import instant
from common.db.change_stats import read_change_stats
from common.db.pool import pool_for
from migrations.log_tables import tutor_availability_log
from tests.builders import Tutor, add_tutor, make_token, monday, slots
from tests.core import strategies
from tests.hosts import Api

SUNDAY_NIGHT = datetime(2027, 6, 13, 23, 30, tzinfo=UTC)  # in Copenhagen, this is Monday, 01:30
MONDAY = date(2027, 6, 14)


def test_statistics_are_counted_in_the_tutors_zone(api: Api, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first edit is before the period, and two edits are in the period. The last edit is a late removal."""
    tutor = add_tutor(engine)
    token = make_token(tutor.user_id, exp=datetime(2030, 1, 1, tzinfo=UTC))

    def edit(at: datetime, day: date, *starts: str, **body: Any) -> None:
        monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: at))
        answer = api.update(token, tutorId=str(tutor.id), date=str(day), timeSlots=slots(*starts), **body)
        assert answer.json["audit"] == "recorded"

    edit(SUNDAY_NIGHT - timedelta(days=8), MONDAY, "09:00")
    edit(SUNDAY_NIGHT, MONDAY + timedelta(days=1), "09:00", "10:00")
    edit(SUNDAY_NIGHT + timedelta(minutes=10), MONDAY, reason="illness")
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: SUNDAY_NIGHT + timedelta(hours=1)))
    by_weekday_hour = [[0] * 24 for _ in range(7)]
    by_weekday_hour[0][1] = 3
    answer = api.stats(token, tutorId=tutor.id, days=7)
    assert answer.status == 200
    assert answer.json == {
        "tutorId": str(tutor.id),
        "days": 7,
        "since": "2027-06-07T00:30:00+00:00",
        "until": "2027-06-14T00:30:00+00:00",
        "totalChanges": 3,
        "slotsAdded": 2,
        "slotsRemoved": 1,
        "avgChangesPerDay": 0.43,
        "mostActiveDay": "2027-06-14",
        "changeSets": 2,
        "lateRemovals": 1,
        "byWeekdayHour": by_weekday_hour,
        "removedByWeekdayHour": [[0] * 9 + [1] + [0] * 14, *[[0] * 24] * 6],
        "mostRemovedTimes": [{"time": "09:00", "count": 1}],
        "byReason": {"tutor_edit": 2, "illness": 1},
        "byUser": [{"userId": str(tutor.user_id), "changes": 3}],
        "weekly": [{"weekStart": "2027-06-14", "slotsAdded": 2, "slotsRemoved": 1, "lateRemovals": 1}],
        "demand": {
            "offeredMinutes": 0,
            "bookedMinutes": 0,
            "fillRate": None,
            "byWeekdayHour": [[{"offered": 0, "booked": 0}] * 24] * 7,
            "lateRemovalsOfPopularHours": 0,
            "suggestions": [],
        },
        "complete": True,
        "missingVersions": 0,
    }


def test_a_tutor_who_changed_nothing_has_zeros(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    body = api.stats(tutor.token, tutorId=tutor.id).json
    assert (body["days"], body["totalChanges"], body["mostActiveDay"], body["byUser"]) == (30, 0, None, [])
    assert body["byWeekdayHour"] == [[0] * 24] * 7


def test_statistics_with_missing_versions_are_incomplete(api: Api, engine: Engine) -> None:
    tutor = add_tutor(engine)
    api.update(tutor.token, tutorId=str(tutor.id), date=str(monday()), timeSlots=slots("09:00"))
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log"))
    body = api.stats(tutor.token, tutorId=tutor.id).json
    assert (body["totalChanges"], body["complete"], body["missingVersions"]) == (0, False, 1)


def test_statistics_of_all_tutors_are_for_admins(api: Api, engine: Engine) -> None:
    answer = api.stats(add_tutor(engine).token)
    assert (answer.status, answer.json["detail"]) == (
        403,
        "only an admin may read the statistics of all tutors: add a tutorId",
    )


moments = st.datetimes(datetime(2026, 3, 27), datetime(2026, 3, 31)) | st.datetimes(
    datetime(2026, 10, 23), datetime(2026, 10, 27)
)
entries = st.tuples(
    moments.map(lambda moment: moment.replace(tzinfo=UTC)),
    st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2026, 10, 26)]),
    strategies.times,
    st.sampled_from(["ADDED", "REMOVED", "REMOVED"]),
    st.sampled_from(["tutor_edit", "illness", "other"]),
    st.sampled_from([None, "auth0|ada", "auth0|bob"]),
    st.sampled_from([UUID(int=number) for number in range(1, 5)]),
    st.sampled_from([None, *strategies.ZONES]),
)


def brute_force(zone: ZoneInfo, changes: list[Any], tutor_id: UUID, days: int, until: datetime) -> ChangeStats:
    """Return the statistics, computed in Python and not in the database."""
    local = [(at.astimezone(zone), *rest) for at, *rest in changes]
    by_day = Counter(entry[0].date() for entry in local)
    by_hour = Counter((entry[0].weekday(), entry[0].hour) for entry in local)
    removed_times = Counter(entry[2] for entry in changes if entry[3] == "REMOVED")
    removed_hours = Counter((entry[1].weekday(), entry[2].hour) for entry in changes if entry[3] == "REMOVED")
    by_reason = Counter(entry[4] for entry in changes)
    by_user = Counter(entry[5] or "" for entry in changes)
    return ChangeStats(
        tutor_id=tutor_id,
        days=days,
        since=until - timedelta(days=days),
        until=until,
        total_changes=len(changes),
        slots_added=sum(entry[3] == "ADDED" for entry in changes),
        slots_removed=sum(entry[3] == "REMOVED" for entry in changes),
        avg_changes_per_day=round(len(changes) / days, 2),
        most_active_day=min((day for day in by_day if by_day[day] == max(by_day.values())), default=None),
        change_sets=len({entry[6] for entry in changes}),
        late_removals=sum(is_late(zone, entry) for entry in changes),
        by_weekday_hour=[[by_hour[weekday, hour] for hour in range(24)] for weekday in range(7)],
        removed_by_weekday_hour=[[removed_hours[weekday, hour] for hour in range(24)] for weekday in range(7)],
        most_removed_times=[TimeCount(*each) for each in largest_first(removed_times)[:20]],
        by_reason=dict(largest_first(by_reason)),
        by_user=[UserChanges(user or None, count) for user, count in largest_first(by_user)],
        weekly=[
            WeekStats(
                week,
                sum(entry[3] == "ADDED" for entry in within),
                sum(entry[3] == "REMOVED" for entry in within),
                sum(is_late(zone, entry) for entry in within),
            )
            for week in sorted({week_of(zone, entry) for entry in changes})
            for within in [[entry for entry in changes if week_of(zone, entry) == week]]
        ],
        demand=demand({}, (0, 0), {}, days),  # `test_demand.py` has slots
        complete=True,
        missing_versions=0,
    )


def largest_first(counts: Counter[Any]) -> list[tuple[Any, int]]:
    return sorted(sorted(counts.items()), key=itemgetter(1), reverse=True)


def is_late(zone: ZoneInfo, entry: Any) -> bool:
    """An entry without a zone is in the tutor's zone."""
    at, day, start, action = entry[:4]
    return bool(action == "REMOVED" and at > instant(day, start, ZoneInfo(entry[7]) if entry[7] else zone) - LATE)


def week_of(zone: ZoneInfo, entry: Any) -> date:
    day: date = entry[0].astimezone(zone).date()
    return day - timedelta(days=day.weekday())


# A late removal in the zone that is furthest ahead of UTC, by 14 hours. The slot starts 23.5 hours after the removal.
# If the local start is read as UTC, the slot starts 37.5 hours after the removal. The statement must not skip this
# removal when it compares local starts.
FURTHEST_EAST = [
    (
        datetime(2026, 3, 27, 10, tzinfo=UTC),
        date(2026, 3, 28),
        time(23, 30),
        "REMOVED",
        "illness",
        None,
        UUID(int=1),
        None,
    )
]


@hypothesis_settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(zone=st.sampled_from(strategies.ZONES), changes=st.lists(entries, max_size=25))
@example(zone="Pacific/Kiritimati", changes=FURTHEST_EAST)
def test_the_database_counts_the_same_as_python(
    engine: Engine, settings: Settings, zone: str, changes: list[Any]
) -> None:
    """The counts agree even if a local time exists twice. Without a correction, PostgreSQL takes the second instant."""
    tutor: Tutor = add_tutor(engine, zone)
    columns = ("changed_at", "date", "start_time", "action", "reason", "changed_by", "change_set_id", "time_zone")
    shared = {"tutor_id": tutor.id, "duration_minutes": 60, "version": 1, "source": "recorded"}
    rows = [{**shared, **dict(zip(columns, entry, strict=True)), "id": uuid4()} for entry in changes]
    with engine.begin() as connection:
        if rows:
            connection.execute(insert(tutor_availability_log), rows)
    period: Any = {"days": 365, "until": datetime(2027, 1, 1, tzinfo=UTC)}
    stats = read_change_stats(pool_for(settings), tutor.id, Caller(tutor.user_id, is_admin=False), **period)
    assert stats == brute_force(ZoneInfo(zone), changes, tutor.id, **period)


@pytest.mark.parametrize(
    ("zone", "day", "start"),
    [
        ("UTC", date(2026, 6, 14), time(9)),
        ("Europe/Copenhagen", date(2026, 10, 25), time(2, 30)),  # exists twice
        ("Europe/Copenhagen", date(2026, 10, 25), time(3)),
        ("Europe/Copenhagen", date(2026, 3, 29), time(3)),  # just after the jump
        ("Europe/Copenhagen", date(2026, 3, 29), time(2, 30)),  # doesn't exist, as after a change of the zone's rules
        ("America/New_York", date(2026, 11, 1), time(1, 30)),
        ("Australia/Lord_Howe", date(2026, 4, 5), time(1, 45)),
        ("Atlantic/Azores", date(2026, 10, 25), time(0, 30)),
        ("Antarctica/Troll", date(2026, 10, 25), time(1, 30)),  # two hours exist twice
    ],
)
def test_a_removal_exactly_24_hours_before_the_start_is_not_late(
    engine: Engine, settings: Settings, zone: str, day: date, start: time
) -> None:
    """A removal one microsecond later is late. If the local start exists twice, the first of both instants counts."""
    tutor = add_tutor(engine, zone)
    a_day_before = instant(day, start, ZoneInfo(zone)) - LATE
    shared = {"tutor_id": tutor.id, "date": day, "start_time": start, "duration_minutes": 60, "version": 1}
    shared |= {"action": "REMOVED", "reason": "other", "source": "recorded"}
    rows = [
        {**shared, "id": uuid4(), "change_set_id": uuid4(), "changed_at": a_day_before + after}
        for after in (timedelta(0), timedelta(microseconds=1))
    ]
    with engine.begin() as connection:
        connection.execute(insert(tutor_availability_log), rows)
    caller = Caller(tutor.user_id, is_admin=False)
    until = a_day_before + timedelta(days=7)
    stats = read_change_stats(pool_for(settings), tutor.id, caller, days=14, until=until)
    assert stats is not None
    assert (stats.slots_removed, stats.late_removals) == (2, 1)
