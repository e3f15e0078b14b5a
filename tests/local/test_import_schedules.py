"""`make import` saves the weekly schedules of schedules.csv, and publishes them at once.

It is Tuesday 1 December 2026 at noon, 13:00 in Copenhagen.
"""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from tests.builders import clock_at, log_rows, stored_slots, versions
from tests.hosts import Api
from tests.imports import (
    BOOKINGS,
    SCHEDULES,
    SLOTS,
    TUTORS,
    Rejected,
    content,
    read_rejected,
    run_import,
    tutor_named,
    write_csv,
    write_tutors,
)

NOW = datetime(2026, 12, 1, 12, tzinfo=UTC)
DAY = date(2026, 12, 14)  # a Monday
WEEK = timedelta(days=7)
HEADER = f"{SCHEDULES},weeks_ahead"
WEEKLY = (f"ada,MON,09:00,60,{DAY},3", f"ada,tue,10:00:00,90,{DAY},3")


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("common.web.endpoint.CLOCK", clock_at(NOW))
    monkeypatch.setattr("local.importing.schedules.Clock", lambda: clock_at(NOW))


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A folder with a tutor who has a weekly schedule, and slots on its first Monday, of which one is booked."""
    write_tutors(tmp_path, "ada")
    write_csv(tmp_path, "slots", SLOTS, f"ada,{DAY},12:00,60", f"ada,{DAY},13:00,60")
    write_csv(tmp_path, "bookings", BOOKINGS, f"b1,ada,s1,{DAY},12:00,CONFIRMED")
    write_csv(tmp_path, "schedules", HEADER, *WEEKLY)
    return tmp_path


def schedule(**fields: Any) -> dict[str, Any]:
    """Return the schedule of the rows, in the API's format."""
    slots = [
        {"weekday": "TUE", "time": "10:00", "durationMinutes": 90},
        {"weekday": "MON", "time": "09:00", "durationMinutes": 60},
    ]
    return {"validFrom": str(DAY), "everyWeeks": 1, "weeksAhead": 3, "slots": slots, **fields}


def save(api: Api, engine: Engine, weekly: dict[str, Any] | None) -> None:
    """Save a schedule of the tutor through the API."""
    tutor = tutor_named(engine, "ada")
    assert api.save_schedule(tutor.token, tutorId=str(tutor.id), schedule=weekly).status == 200


def test_a_schedule_is_saved_and_published_as_one_change_set(
    export: Path, engine: Engine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    """The date that slots.csv has filled stays as it is."""
    assert run_import(settings, export) == {
        "tutors": {"added": 1},
        "slots": {"added": 2},
        "bookings": {"added": 1},
        "schedules": {"added": 2},
    }
    assert "schedules.csv: 2 added, 0 unchanged, 0 rejected" in capsys.readouterr().out
    ada = tutor_named(engine, "ada")
    tuesday = DAY + timedelta(days=1)
    assert stored_slots(engine, ada) == [
        (DAY, time(12), 60),
        (DAY, time(13), 60),
        (tuesday, time(10), 90),
        (DAY + WEEK, time(9), 60),
        (tuesday + WEEK, time(10), 90),
    ]
    assert {(row.date == DAY, row.reason, row.changed_by, row.source) for row in log_rows(engine, ada)} == {
        (True, "import", None, "recorded"),
        (False, "schedule", None, "recorded"),
    }
    assert len({row.change_set_id for row in log_rows(engine, ada)}) == 2
    ((external_id, stored, version, published_through, set_by),) = content(engine)[6]
    assert {**json.loads(stored), "slots": 2} == {**schedule(), "slots": 2, "timeZone": None, "breaks": []}
    assert (external_id, version, published_through, set_by) == ("ada", 1, date(2026, 12, 27), None)
    assert ("ada", None, "weeklySchedule") in content(engine)[-1]


def test_bookings_of_slots_that_a_schedule_publishes_can_follow_later(export: Path, settings: Settings) -> None:
    write_csv(export, "bookings", BOOKINGS, f"b1,ada,s1,{DAY + WEEK},09:00,CONFIRMED")
    assert run_import(settings, export)["bookings"] == {"rejected": 1}
    assert run_import(settings, export)["bookings"] == {"added": 1}


@pytest.mark.parametrize("is_dry_run", [False, True])
def test_a_second_run_changes_nothing(export: Path, engine: Engine, settings: Settings, is_dry_run: bool) -> None:
    """Also when there is something to publish, which is left to the daily run."""
    run_import(settings, export)
    with engine.begin() as connection:
        connection.execute(text("update weekly_schedules set published_through = published_through - 14"))
        connection.execute(text("delete from tutor_time_slots where date > :day"), {"day": DAY})
    before = content(engine)
    assert run_import(settings, export, is_dry_run=is_dry_run)["schedules"] == {"unchanged": 2}
    assert before == content(engine)


def test_a_dry_run_says_what_a_run_does_and_changes_nothing(export: Path, engine: Engine, settings: Settings) -> None:
    """Of a tutor who is stored, and of two who aren't."""
    (export / "schedules.csv").rename(export / "later.csv")
    run_import(settings, export)
    (export / "later.csv").rename(export / "schedules.csv")
    write_tutors(export, "ada", "bob")
    with (export / "schedules.csv").open("a") as file:
        file.writelines(f"{name},WED,{at},60,{DAY},3\n" for name in ("bob", "eve") for at in ("09:00", "09:30"))
    before = content(engine)
    dry = run_import(settings, export, is_dry_run=True)
    rejected = read_rejected(export)
    assert before == content(engine)
    assert dry == run_import(settings, export)
    assert rejected == read_rejected(export)
    assert dry["schedules"] == {"added": 3, "rejected": 3}
    assert [each.code for each in rejected] == ["overlapping_slots", "tutor_not_found", "tutor_not_found"]


@pytest.mark.parametrize("is_dry_run", [False, True])
@pytest.mark.parametrize(
    "edited", [None, schedule(weeksAhead=4), schedule(breaks=[{"from": str(DAY), "to": str(DAY)}]), schedule(slots=[])]
)
def test_a_schedule_that_was_edited_or_withdrawn_is_left_alone(
    export: Path, engine: Engine, settings: Settings, api: Api, edited: dict[str, Any] | None, is_dry_run: bool
) -> None:
    run_import(settings, export)
    save(api, engine, edited)
    before = content(engine)
    assert run_import(settings, export, is_dry_run=is_dry_run)["schedules"] == {"rejected": 2}
    assert [Rejected("schedules.csv", line, "", "schedule_edited") for line in (2, 3)] == read_rejected(export)
    assert before == content(engine)


@pytest.mark.parametrize("is_dry_run", [False, True])
def test_corrected_and_new_rows_are_added_to_a_schedule_that_nobody_edited(
    export: Path, engine: Engine, settings: Settings, api: Api, is_dry_run: bool
) -> None:
    """Days that were edited by hand are kept."""
    write_csv(export, "schedules", HEADER, *WEEKLY, f"ada,WED,24:00,60,{DAY},3")
    assert run_import(settings, export)["schedules"] == {"added": 2, "rejected": 1}
    ada = tutor_named(engine, "ada")
    day = DAY + timedelta(days=3)
    body = {"tutorId": str(ada.id), "date": str(day), "timeSlots": [{"time": "20:00", "durationMinutes": 60}]}
    assert api.update(ada.token, **body).status == 200
    before = content(engine)
    rows = (f"ada,WED,09:00,60,{DAY},3", f"ada,THU,09:00,60,{DAY},3")
    write_csv(export, "schedules", HEADER, *WEEKLY, *rows)
    assert run_import(settings, export, is_dry_run=is_dry_run)["schedules"] == {"added": 2, "unchanged": 2}
    if is_dry_run:
        assert before == content(engine)
        return
    added = {*stored_slots(engine, ada)} - {tuple(row[1:4]) for row in before[1]}
    wednesday = DAY + timedelta(days=2)
    expected = {(wednesday, time(9), 60), (wednesday + WEEK, time(9), 60), (day + WEEK, time(9), 60)}
    assert added == expected
    assert run_import(settings, export)["schedules"] == {"unchanged": 4}


@pytest.mark.parametrize(
    "rows", [WEEKLY[:1], [f"{row[:-1]}4" for row in WEEKLY], (WEEKLY[0], f"ada,TUE,10:30,60,{DAY},3")]
)
def test_rows_that_take_something_away_from_an_imported_schedule_are_rejected(
    export: Path, engine: Engine, settings: Settings, rows: list[str]
) -> None:
    run_import(settings, export)
    before = content(engine)
    write_csv(export, "schedules", HEADER, *rows)
    assert run_import(settings, export)["schedules"] == {"rejected": len(rows)}
    assert {"schedule_edited"} == {each.code for each in read_rejected(export)}
    assert before == content(engine)


def test_the_same_schedule_by_the_tutor_is_unchanged(
    export: Path, engine: Engine, settings: Settings, api: Api
) -> None:
    (export / "schedules.csv").rename(export / "later.csv")
    run_import(settings, export)
    save(api, engine, schedule())
    (export / "later.csv").rename(export / "schedules.csv")
    before = content(engine)
    assert run_import(settings, export)["schedules"] == {"unchanged": 2}
    assert before == content(engine)


def test_a_tutor_who_saved_a_schedule_still_follows_the_row(
    export: Path, engine: Engine, settings: Settings, api: Api
) -> None:
    run_import(settings, export)
    save(api, engine, schedule(weeksAhead=4))
    write_csv(export, "tutors", TUTORS, "ada,ada,Ada Lovelace,Europe/Copenhagen")
    assert run_import(settings, export)["tutors"] == {"changed": 1}


def test_a_week_has_at_most_200_slots(export: Path, engine: Engine, settings: Settings) -> None:
    times = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 1440, 10)]
    rows = [f"ada,{weekday},{at},5,{DAY},2" for weekday in ("WED", "THU") for at in times]
    write_csv(export, "schedules", HEADER, *rows[:202])
    assert run_import(settings, export)["schedules"] == {"added": 200, "rejected": 2}
    assert [Rejected("schedules.csv", line, "", "too_many_slots") for line in (202, 203)] == read_rejected(export)
    assert len(stored_slots(engine, tutor_named(engine, "ada"))) == 202


def test_with_weeks_in_between_the_last_slot_of_a_week_may_be_long(export: Path, settings: Settings) -> None:
    rows = (f"ada,SUN,23:00,120,{DAY},2", f"ada,MON,00:30,60,{DAY},2")
    write_csv(export, "schedules", f"{SCHEDULES},every_weeks", *rows)
    assert run_import(settings, export)["schedules"] == {"added": 2}


def test_a_slot_that_the_clock_jumps_over_is_left_out_on_that_date(
    export: Path, engine: Engine, settings: Settings
) -> None:
    """Also in a zone that isn't the tutor's. On other dates, the slot is at the same local time."""
    write_csv(export, "schedules", f"{HEADER},time_zone", f"ada,SUN,02:30,60,{DAY},52,America/New_York")
    assert run_import(settings, export)["schedules"] == {"added": 1}
    query = text("select date, starts_at from tutor_time_slots where time_zone = 'America/New_York'")
    with engine.connect() as connection:
        published = {day: starts_at.astimezone(UTC) for day, starts_at in connection.execute(query)}
    sundays = {date(2026, 12, 20) + number * WEEK for number in range(51)}
    assert sundays - {date(2027, 3, 14)} == {*published}
    summer = {day for day in published if date(2027, 3, 14) < day < date(2027, 11, 7)}
    assert {f"{published[day]:%H:%M}" for day in summer} == {"06:30"}
    assert {f"{published[day]:%H:%M}" for day in {*published} - summer} == {"07:30"}


def test_rows_that_name_a_tutor_by_either_id_are_one_schedule(export: Path, engine: Engine, settings: Settings) -> None:
    (export / "schedules.csv").unlink()
    run_import(settings, export)
    ada = tutor_named(engine, "ada")
    rows = (f"ada,MON,09:00,60,{DAY},3", f"{ada.id},TUE,09:00,60,{DAY},3", f"{ada.id},MON,09:30,60,{DAY},3")
    write_csv(export, "schedules", HEADER, *rows)
    assert run_import(settings, export)["schedules"] == {"added": 2, "rejected": 1}
    assert len(versions(engine, ada)) == 4


def test_a_tutor_whose_data_is_wrong_does_not_stop_the_others(export: Path, engine: Engine, settings: Settings) -> None:
    write_tutors(export, "ada", "bob", "cleo")
    run_import(settings, export)
    for name in ("tutors", "slots", "bookings"):
        (export / f"{name}.csv").unlink()
    with engine.begin() as connection:  # PostgreSQL accepts this name of a zone, and Python doesn't
        connection.execute(text("update tutors set time_zone = 'EUROPE/COPENHAGEN' where external_id = 'bob'"))
    rows = (f"{name},MON,09:00,60,{DAY},3" for name in ("ada", "bob", "cleo"))
    write_csv(export, "schedules", HEADER, WEEKLY[1], *rows)
    for is_dry_run in (True, False):
        counts = run_import(settings, export, is_dry_run=is_dry_run)
        assert counts["schedules"] == {"unchanged": 2, "added": 1, "rejected": 1}
        assert [Rejected("schedules.csv", 4, "", "invalid_value")] == read_rejected(export)
    assert "a stored time zone isn't the name of an IANA zone" in (export / "rejected.csv").read_text()


def test_rejected_rows_are_in_the_order_in_which_files_are_imported(export: Path, settings: Settings) -> None:
    for name, line in (
        ("schedules", f"eve,MON,09:00,60,{DAY},3"),
        ("bookings", f"b2,ada,s1,{DAY},15:00,CONFIRMED"),
        ("slots", f"ada,{DAY},12:30,60"),
        ("tutors", "bob,bob,Bob,CEST"),
    ):
        with (export / f"{name}.csv").open("a") as file:
            file.write(f"{line}\n")
    run_import(settings, export)
    assert [each.file for each in read_rejected(export)] == ["tutors.csv", "slots.csv", "bookings.csv", "schedules.csv"]
