"""`make import` brings in tutors, slots and bookings. It can be run again, and leaves what was edited since alone."""

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from threading import Thread
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from tests.builders import (
    ADMIN,
    Tutor,
    add_booking,
    add_slots,
    add_tutor,
    log_rows,
    monday,
    replayed,
    slots,
    stored_slots,
    versions,
)
from tests.hosts import Api
from tests.imports import (
    BOOKINGS,
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

DAY = monday()


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A folder with a tutor who has three slots and two bookings."""
    write_tutors(tmp_path, "ada")
    write_csv(tmp_path, "slots", SLOTS, f"ada,{DAY},09:00,60", f"ada,{DAY},10:00,60", "ada,2020-02-29,09:00:00,45")
    write_csv(
        tmp_path,
        "bookings",
        BOOKINGS + ",student_name,released_at",
        f"b1,ada,auth0|s1,{DAY},09:00,CONFIRMED,Sam,",
        f"b2,ada,auth0|s2,{DAY},10:00,CANCELLED,,2026-01-02 03:04:05+01",
    )
    return tmp_path


def edit(api: Api, tutor: Tutor, *starts: str, day: Any = DAY) -> None:
    """Let the tutor offer these slots on a day."""
    body = {"tutorId": str(tutor.id), "date": str(day), "timeSlots": slots(*starts)}
    assert api.update(tutor.token, **body).status == 200


def test_tutors_slots_and_bookings_are_in_with_one_change_set_a_tutor(
    export: Path, engine: Engine, settings: Settings, api: Api, capsys: pytest.CaptureFixture[str]
) -> None:
    counts = run_import(settings, export)
    assert counts == {"tutors": {"added": 1}, "slots": {"added": 3}, "bookings": {"added": 2}}
    assert "slots.csv: 3 added, 0 unchanged, 0 rejected" in capsys.readouterr().out
    ada = tutor_named(engine, "ada")
    assert replayed(engine, ada) == stored_slots(engine, ada)
    assert [len(stored_slots(engine, ada)), list(versions(engine, ada).values())] == [3, [1, 1]]
    entries = log_rows(engine, ada)
    assert {(row.action, row.reason, row.changed_by, row.source, row.change_set_size) for row in entries} == {
        ("ADDED", "import", None, "recorded", 3)
    }
    assert len({row.change_set_id for row in entries}) == 1
    (day,) = api.read(tutorId=ada.id, startDate=DAY, endDate=DAY).json["days"]
    assert [(slot["time"], slot["status"]) for slot in day["timeSlots"]] == [
        ("09:00", "BOOKED"),
        ("10:00", "AVAILABLE"),
    ]
    with engine.connect() as connection:
        rows = connection.execute(text("select * from bookings order by external_id")).all()
    assert [(row.student_name, row.time_zone) for row in rows] == [
        ("Sam", "Europe/Copenhagen"),
        (None, "Europe/Copenhagen"),
    ]
    released_at = datetime(2026, 1, 2, 2, 4, 5, tzinfo=UTC)
    assert [(row.released_at, row.noticed_at) for row in rows] == [(None, None), (released_at, None)]


def test_a_tutor_with_many_slots_is_written_in_parts(
    export: Path, engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("local.importing.writing.SLOTS_AT_A_TIME", 1)
    run_import(settings, export)
    ada = tutor_named(engine, "ada")
    assert [row.change_set_size for row in log_rows(engine, ada)] == [3, 3, 3]
    assert {1} == {
        len({getattr(row, name) for row in log_rows(engine, ada)}) for name in ("change_set_id", "changed_at")
    }
    assert replayed(engine, ada) == stored_slots(engine, ada)
    assert len(content(engine)[5]) == 2


def test_repair_has_nothing_to_do_after_an_import(export: Path, engine: Engine, settings: Settings, api: Api) -> None:
    run_import(settings, export)
    with engine.connect() as connection:
        unhandled = "select count(*) from tutor_days where version > repaired_version or repaired_versions is null"
        assert connection.execute(text(unhandled)).scalar_one() == 0
        days = connection.execute(text("select repaired_entries, repaired_versions, checked_version from tutor_days"))
        assert sorted(map(tuple, days)) == [(1, 1, 1), (2, 1, 1)]
    before = content(engine)
    api.repair()
    assert before == content(engine)


def test_a_day_with_lost_entries_is_left_to_repair(export: Path, engine: Engine, settings: Settings, api: Api) -> None:
    write_csv(export, "slots", SLOTS)
    run_import(settings, export)
    ada = tutor_named(engine, "ada")
    edit(api, ada, "20:00")
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log"))
    write_csv(export, "slots", SLOTS, f"ada,{DAY},09:00,60")
    run_import(settings, export)
    with engine.connect() as connection:
        row = connection.execute(text("select version, repaired_version, repaired_entries from tutor_days")).one()
    assert tuple(row) == (2, 0, 0)


@pytest.mark.parametrize("is_dry_run", [False, True])
def test_a_second_run_changes_nothing(export: Path, engine: Engine, settings: Settings, is_dry_run: bool) -> None:
    run_import(settings, export)
    before = content(engine)
    counts = run_import(settings, export, is_dry_run=is_dry_run)
    assert counts == {"tutors": {"unchanged": 1}, "slots": {"unchanged": 3}, "bookings": {"unchanged": 2}}
    assert before == content(engine)


def test_a_dry_run_says_what_a_run_does_and_changes_nothing(export: Path, engine: Engine, settings: Settings) -> None:
    with (export / "slots.csv").open("a") as file:
        file.write(f"ada,{DAY},09:30,60\nbob,{DAY},09:00,60\n")
    before = content(engine)
    dry = run_import(settings, export, is_dry_run=True)
    rejected = read_rejected(export)
    assert before == content(engine)
    assert dry == run_import(settings, export)
    assert rejected == read_rejected(export)
    assert [each.code for each in rejected] == ["overlapping_slots", "tutor_not_found"]


def test_the_progress_bar_ends_at_100_percent_if_tutors_are_missing(
    export: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    with (export / "slots.csv").open("a") as file:
        file.write(f"bob,{DAY},09:00,60\n")
    run_import(settings, export)
    line = next(line for line in capsys.readouterr().err.splitlines() if line.startswith("Importing slots"))
    assert line.split()[-3:-1] == ["100%", "5/5"]


def test_slots_and_bookings_can_follow_later_and_name_the_tutor_by_either_id(
    tmp_path: Path, engine: Engine, settings: Settings
) -> None:
    write_tutors(tmp_path, "ada", "bob")
    assert run_import(settings, tmp_path) == {"tutors": {"added": 2}}
    ada = tutor_named(engine, "ada")
    (tmp_path / "tutors.csv").unlink()
    write_csv(tmp_path, "slots", SLOTS, f"ada,{DAY},09:00,60", f"{ada.id},{DAY},10:00,60", f"bob,{DAY},09:00,60")
    assert run_import(settings, tmp_path) == {"slots": {"added": 3}}
    assert [row.change_set_size for row in log_rows(engine, ada)] == [2, 2]
    (tmp_path / "slots.csv").unlink()
    write_csv(tmp_path, "bookings", BOOKINGS, f"b1,{ada.id},s1,{DAY},09:00,COMPLETED")
    assert run_import(settings, tmp_path) == {"bookings": {"added": 1}}


def test_versions_go_on_and_slots_that_are_there_stay(
    export: Path, engine: Engine, settings: Settings, api: Api
) -> None:
    """A day that was edited before the first import keeps its slots. What overlaps them is rejected."""
    (export / "bookings.csv").unlink()
    write_csv(export, "slots", SLOTS)
    run_import(settings, export)
    ada = tutor_named(engine, "ada")
    edit(api, ada, "09:30")
    edit(api, ada, "09:30", "14:00")
    add_slots(engine, ada, DAY, "16:00")  # by another program
    write_csv(export, "slots", SLOTS, *(f"ada,{DAY},{hour}:00,60" for hour in ("09", "12", "14", "16")))
    assert run_import(settings, export)["slots"] == {"added": 1, "unchanged": 2, "rejected": 1}
    assert [Rejected("slots.csv", 2, "time", "overlapping_slots")] == read_rejected(export)
    assert versions(engine, ada) == {DAY: 3}
    assert [f"{start:%H:%M}" for _, start, _ in stored_slots(engine, ada)] == ["09:30", "12:00", "14:00", "16:00"]


def test_a_day_that_was_edited_since_is_left_alone(export: Path, engine: Engine, settings: Settings, api: Api) -> None:
    run_import(settings, export)
    ada = tutor_named(engine, "ada")
    edit(api, ada, "09:00", "15:00")  # without 10:00
    before = content(engine)
    with (export / "slots.csv").open("a") as file:
        file.write(f"ada,{DAY},18:00,60\nada,{DAY + timedelta(days=1)},18:00,60\nada,2020-02-29,18:00,60\n")
    assert run_import(settings, export)["slots"] == {"added": 2, "unchanged": 2, "rejected": 2}
    assert [Rejected("slots.csv", line, "date", "day_edited") for line in (3, 5)] == read_rejected(export)
    assert [versions(engine, ada)[day] for day in sorted(versions(engine, ada))] == [2, 2, 1]
    changed = [row for rows in content(engine)[1:] for row in rows if row[1] == DAY]
    assert [row for rows in before[1:] for row in rows if row[1] == DAY] == changed


@pytest.mark.parametrize("by", ["revert", "sql"])
def test_a_slot_that_was_imported_and_removed_is_not_added_again(
    export: Path, engine: Engine, settings: Settings, api: Api, by: str
) -> None:
    (export / "bookings.csv").unlink()
    run_import(settings, export)
    ada = tutor_named(engine, "ada")
    write_csv(export, "slots", SLOTS, f"ada,{DAY},09:00,60", f"ada,{DAY},10:00,60")
    if by == "revert":
        change_set_id = str(log_rows(engine, ada)[0].change_set_id)
        with engine.begin() as connection:  # dates in the past can't be edited
            connection.execute(text("delete from tutor_time_slots where date < '2021-01-01'"))
        assert api.update(ada.token, tutorId=str(ada.id), revert=change_set_id).status == 200
    else:
        with engine.begin() as connection:
            connection.execute(text("delete from tutor_time_slots"))
    assert stored_slots(engine, ada) == []
    assert run_import(settings, export)["slots"] == {"rejected": 2}
    assert {"day_edited"} == {each.code for each in read_rejected(export)}
    assert stored_slots(engine, ada) == []


def test_rows_without_a_zone_mean_the_same_slots_after_the_tutor_has_moved(
    export: Path, engine: Engine, settings: Settings
) -> None:
    run_import(settings, export)
    with engine.begin() as connection:
        connection.execute(text("update tutors set time_zone = 'Asia/Tokyo'"))
    (export / "tutors.csv").unlink()
    assert run_import(settings, export)["slots"] == {"unchanged": 3}


def test_tutors_follow_their_rows_unless_somebody_edited_them(
    export: Path, engine: Engine, settings: Settings, api: Api
) -> None:
    run_import(settings, export)
    write_csv(export, "tutors", f"{TUTORS},active", "ada,ada,Ada L.,Asia/Tokyo,no", "bob,bob,Bob,UTC,")
    assert run_import(settings, export)["tutors"] == {"added": 1, "changed": 1}
    assert [("ada", None, field) for field in ("active", "name", "timeZone")] == content(engine)[-1]
    body = {"externalId": "ada", "userId": "ada", "name": "Ada Lovelace", "timeZone": "Asia/Tokyo"}
    assert api.call("tutors", "PUT", json=body, token=ADMIN).status == 200
    before = content(engine)
    assert run_import(settings, export)["tutors"] == {"unchanged": 1, "rejected": 1}
    assert [Rejected("tutors.csv", 2, "", "tutor_edited")] == read_rejected(export)
    assert before == content(engine)


def test_a_booking_that_has_moved_on_is_left_alone(export: Path, engine: Engine, settings: Settings) -> None:
    soon = datetime.now(UTC) + timedelta(hours=1)
    with (export / "bookings.csv").open("a") as file:
        file.write("b3,ada,s3,2020-02-29,09:00,COMPLETED,,\n")
    write_csv(
        export,
        "bookings",
        f"{BOOKINGS},hold_expires_at",
        f"b1,ada,s1,{DAY},09:00,AWAITING_PAYMENT,{soon.isoformat()}",
        f"b2,ada,s2,{DAY},10:00,CONFIRMED,",
        "b3,ada,s3,2020-02-29,09:00,COMPLETED,",
    )
    run_import(settings, export)
    with engine.begin() as connection:
        connection.execute(text("update bookings set status = 'EXPIRED' where external_id = 'b1'"))
        connection.execute(text("update bookings set status = 'CANCELLED' where external_id = 'b2'"))
        connection.execute(text("update bookings set student_id = 'other' where external_id = 'b3'"))
    before = content(engine)
    assert run_import(settings, export)["bookings"] == {"unchanged": 1, "rejected": 2}
    edited = [("bookings.csv", 3, "status", "booking_edited"), ("bookings.csv", 4, "external_id", "booking_edited")]
    assert edited == read_rejected(export)
    assert before == content(engine)


@pytest.mark.parametrize("is_dry_run", [False, True])
def test_a_booking_that_is_stored_for_another_tutor_is_left_alone(
    tmp_path: Path, engine: Engine, settings: Settings, is_dry_run: bool
) -> None:
    """Its external id is the same. Or an app placed it with an id that the export has as its external id."""
    placed = str(uuid4())
    write_tutors(tmp_path, "ada", "bob")
    write_csv(
        tmp_path, "slots", SLOTS, *(f"{name},{DAY},{at},60" for name in ("ada", "bob") for at in ("09:00", "10:00"))
    )
    write_csv(tmp_path, "bookings", BOOKINGS, f"b1,ada,s1,{DAY},09:00,CONFIRMED", f"b2,bob,s2,{DAY},10:00,CONFIRMED")
    run_import(settings, tmp_path)
    add = text("""
        insert into bookings (tutor_id, id, student_id, date, start_time, status)
        values (:tutor, :id, 's3', :day, '10:00', 'CONFIRMED')
    """)
    with engine.begin() as connection:
        connection.execute(add, {"tutor": tutor_named(engine, "ada").id, "id": placed, "day": DAY})
    before = content(engine)
    write_csv(
        tmp_path,
        "bookings",
        BOOKINGS,
        f"b1,bob,s1,{DAY},09:00,CONFIRMED",
        f"b2,bob,s2,{DAY},10:00,CONFIRMED",
        f"{placed},bob,s3,{DAY},09:00,CONFIRMED",
    )
    assert run_import(settings, tmp_path, is_dry_run=is_dry_run)["bookings"] == {"rejected": 2, "unchanged": 1}
    assert [Rejected("bookings.csv", line, "tutor", "booking_edited") for line in (2, 4)] == read_rejected(tmp_path)
    assert before == content(engine)


def test_holds_and_releases_without_an_instant_are_as_repair_would_leave_them(
    export: Path, engine: Engine, settings: Settings
) -> None:
    write_csv(
        export,
        "bookings",
        f"{BOOKINGS},hold_expires_at,created_at",
        f"cancelled,ada,s,{DAY},09:00,CANCELLED,,2026-01-01T00:00Z",
        f"confirmed,ada,s,{DAY},09:00,CONFIRMED,2026-01-03T00:00Z,2026-01-01T00:00Z",
        f"expired,ada,s,{DAY},10:00,EXPIRED,2026-01-03T00:00Z,",
        f"ran_out,ada,s,{DAY},10:00,AWAITING_PAYMENT,2026-01-03T00:00Z,2026-01-01T00:00Z",
        f"waiting,ada,s,{DAY},10:00,AWAITING_PAYMENT,2999-01-03T00:00Z,",
    )
    began = datetime.now(UTC)
    assert run_import(settings, export)["bookings"] == {"added": 5}
    third = datetime(2026, 1, 3, tzinfo=UTC)
    with engine.connect() as connection:
        rows = {row.external_id: row for row in connection.execute(text("select * from bookings"))}
        unnoticed = "status in ('CANCELLED', 'EXPIRED') and released_at is null"
        assert connection.execute(text(f"select count(*) from bookings where {unnoticed}")).scalar_one() == 0
    assert rows["cancelled"].released_at == rows["cancelled"].noticed_at >= began
    assert rows["confirmed"].confirmed_at == rows["confirmed"].noticed_at >= began
    assert {third} == {rows["expired"].released_at, rows["ran_out"].released_at, rows["expired"].created_at}
    assert (rows["ran_out"].status, rows["ran_out"].noticed_at) == ("EXPIRED", None)
    assert (rows["waiting"].status, rows["waiting"].released_at) == ("AWAITING_PAYMENT", None)


def test_a_hold_that_ran_out_is_not_in_the_way(export: Path, engine: Engine, settings: Settings) -> None:
    bookings = (export / "bookings.csv").read_text()
    (export / "bookings.csv").unlink()
    run_import(settings, export)
    ada = tutor_named(engine, "ada")
    ran_out = datetime.now(UTC) - timedelta(minutes=1)
    add_booking(engine, ada, DAY, "09:00", "AWAITING_PAYMENT", ran_out)
    (export / "bookings.csv").write_text(bookings)
    assert run_import(settings, export)["bookings"] == {"added": 2}
    with engine.connect() as connection:
        expired = connection.execute(text("select released_at from bookings where status = 'EXPIRED'")).scalar_one()
    assert ran_out == expired


def test_an_import_and_an_edit_of_a_day_take_turns(
    export: Path, engine: Engine, settings: Settings, is_lock_awaited: Callable[[], bool]
) -> None:
    """The import sees the slot that the edit added, on another date that touches the same date in UTC."""
    write_csv(export, "tutors", TUTORS, "ada,ada,Ada,Pacific/Auckland")
    (export / "slots.csv").unlink()
    (export / "bookings.csv").unlink()
    run_import(settings, export)
    ada = tutor_named(engine, "ada")
    write_csv(export, "slots", SLOTS, f"ada,{DAY + timedelta(days=1)},00:30,60")  # on DAY in UTC
    thread = Thread(target=run_import, args=(settings, export))
    with engine.begin() as connection:
        columns = "(tutor_id, date, version, updated_at, updated_by)"
        lock = text(f"insert into tutor_days {columns} values (:id, :day, 1, now(), 'ada')")
        connection.execute(lock, {"id": ada.id, "day": DAY})
        thread.start()
        deadline = monotonic() + 30
        while not is_lock_awaited():
            assert monotonic() < deadline
            sleep(0.01)
        slot = """
            insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone, created_at)
            values (:id, :day, '23:45', 60, 'Pacific/Auckland', now())
        """
        connection.execute(text(slot), {"id": ada.id, "day": DAY})
    thread.join()
    assert [Rejected("slots.csv", 2, "time", "overlapping_slots")] == read_rejected(export)
    assert versions(engine, ada) == {DAY: 1}


def test_tutors_without_rows_are_left_alone(export: Path, engine: Engine, settings: Settings) -> None:
    other = add_tutor(engine)
    add_slots(engine, other, DAY, "09:00")
    run_import(settings, export)
    assert [versions(engine, other), len(stored_slots(engine, other))] == [{}, 1]


def test_edits_during_an_import_are_neither_lost_nor_overlapped(
    tmp_path: Path, engine: Engine, settings: Settings, api: Api
) -> None:
    names = [f"tutor {number}" for number in range(20)]
    write_tutors(tmp_path, *names)
    run_import(settings, tmp_path)
    tutors = [tutor_named(engine, name) for name in names]
    times = [f"{hour:02}:30" for hour in range(24)]
    write_csv(tmp_path, "slots", SLOTS, *(f"{name},{DAY},{each},60" for name in names for each in times))
    thread = Thread(target=run_import, args=(settings, tmp_path))
    thread.start()
    for tutor in [*reversed(tutors), *tutors]:  # the import goes through the tutors in order of their random ids
        edit(api, tutor, "10:00", "14:15")
    thread.join()
    for tutor in tutors:
        entries = log_rows(engine, tutor)
        assert replayed(engine, tutor) == stored_slots(engine, tutor)
        assert {entry.version for entry in entries} == set(range(1, versions(engine, tutor)[DAY] + 1))
        assert {time(10), time(14, 15)} <= {start for _, start, _ in stored_slots(engine, tutor)}
    with engine.connect() as connection:
        overlaps = """
            select count(*) from (
              select starts_at, lag(starts_at) over (partition by tutor_id order by starts_at) as earlier
              from tutor_time_slots
            ) as slots where starts_at < earlier + interval '1 hour'
        """
        assert connection.execute(text(overlaps)).scalar_one() == 0


def test_an_app_keeps_its_own_ids_of_bookings(tmp_path: Path, engine: Engine, settings: Settings) -> None:
    """The app's SQL finds an imported booking, and an import finds a booking that the app placed or cancelled."""
    imported, placed, cancelled = (str(uuid4()) for _ in range(3))
    write_tutors(tmp_path, "ada")
    write_csv(tmp_path, "slots", SLOTS, f"ada,{DAY},09:00,60", f"ada,{DAY},10:00,60")
    write_csv(tmp_path, "bookings", BOOKINGS, f"{imported},ada,auth0|s1,{DAY},09:00,CONFIRMED")
    run_import(settings, tmp_path)
    ada = tutor_named(engine, "ada")
    add = text("""
        insert into bookings (tutor_id, id, student_id, date, start_time, status, released_at)
        values (:tutor, :id, 'auth0|s2', :day, '10:00', :status, case when :status = 'CANCELLED' then now() end)
    """)
    cancel = text("update bookings set status = 'CANCELLED', released_at = now() where tutor_id = :tutor and id = :id")
    with engine.begin() as connection:
        assert connection.execute(cancel, {"tutor": ada.id, "id": imported}).rowcount == 1
        for booking, status in ((cancelled, "CANCELLED"), (placed, "CONFIRMED")):
            connection.execute(add, {"tutor": ada.id, "id": booking, "day": DAY, "status": status})
    write_csv(
        tmp_path,
        "bookings",
        BOOKINGS,
        f"{imported},ada,auth0|s1,{DAY},09:00,CANCELLED",
        f"{cancelled},ada,auth0|s2,{DAY},10:00,CANCELLED",
        f"{placed},ada,auth0|s2,{DAY},10:00,CONFIRMED",
        f"{placed.upper()},ada,auth0|s3,{DAY},09:00,CONFIRMED",
    )
    assert run_import(settings, tmp_path)["bookings"] == {"added": 1, "unchanged": 3}
    assert run_import(settings, tmp_path)["bookings"] == {"unchanged": 4}
