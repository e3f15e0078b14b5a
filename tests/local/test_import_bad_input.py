"""`make import` rejects bad rows, each with its line, column and reason, and imports the others."""

import tracemalloc
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from common.config import Settings
from local.importing.files import InvalidFile, Rejections, read_rows
from local.importing.rows import FILES
from tests.builders import monday, stored_slots
from tests.imports import (
    BOOKINGS,
    SCHEDULES,
    SLOTS,
    TABLES,
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
LONG = "x" * 256
GOOD = {
    "tutors": (TUTORS, "ada,ada,Ada,Europe/Copenhagen"),
    "slots": (SLOTS + ",time_zone", f"ada,{DAY},09:00,60,", f"ada,{DAY},12:00,60,"),
    "bookings": (BOOKINGS + ",created_at,released_at,hold_expires_at", f"b1,ada,s1,{DAY},09:00,CONFIRMED,,,"),
    "schedules": (
        SCHEDULES + ",every_weeks,weeks_ahead,time_zone",
        f"ada,TUE,09:00,60,{DAY},1,3,",
        f"ada,sun,23:00,120,{DAY},,3,",
    ),
}


def write_good(folder: Path) -> None:
    """Write files without bad rows."""
    for name, lines in GOOD.items():
        write_csv(folder, name, *lines)


@pytest.mark.parametrize(
    ("name", "row", "column", "code"),
    [
        ("tutors", ",bob,Bob,UTC", "external_id", "invalid_value"),
        ("tutors", f"{LONG},bob,Bob,UTC", "external_id", "invalid_value"),
        ("tutors", "bob,,Bob,UTC", "user_id", "invalid_value"),
        ("tutors", "bob,b\x07b,Bob,UTC", "user_id", "invalid_value"),
        ("tutors", f"bob,{LONG},Bob,UTC", "user_id", "invalid_value"),
        ("tutors", "bob,bob,,UTC", "name", "invalid_value"),
        ("tutors", "bob,bob,B\0b,UTC", "name", "invalid_value"),
        ("tutors", "bob,bob,Bob,CEST", "time_zone", "invalid_value"),
        ("tutors", "bob,bob,Bob,../etc/passwd", "time_zone", "invalid_value"),
        ("tutors", "ada,bob,Bob,UTC", "external_id", "repeated"),
        ("tutors", "bob,ada,Bob,UTC", "user_id", "repeated"),
        ("tutors", "bob,bob,Bob", "", "invalid_row"),
        ("tutors", "bob,bob,Bob,UTC,more", "", "invalid_row"),
        ("tutors", 'bob,bob,"Bob,UTC', "", "invalid_row"),
        ("tutors", 'bob,bob,"B"ob,UTC', "", "invalid_row"),
        ("tutors", f"bob,bob,Bob,{'x' * 70_000}", "", "invalid_row"),
        ("slots", f"eve,{DAY},10:00,60,", "tutor", "tutor_not_found"),
        ("slots", f",{DAY},10:00,60,", "tutor", "invalid_value"),
        ("slots", "ada,2027-02-29,10:00,60,", "date", "invalid_value"),
        ("slots", "ada,27.2.2027,10:00,60,", "date", "invalid_value"),
        ("slots", "ada,20270227,10:00,60,", "date", "invalid_value"),
        ("slots", "ada,1999-12-31,10:00,60,", "date", "invalid_value"),
        ("slots", "ada,2999-12-31,10:00,60,", "date", "invalid_value"),
        ("slots", "ada,9999-12-31,10:00,60,", "date", "invalid_value"),
        ("slots", "ada,0001-01-01,10:00,60,", "date", "invalid_value"),
        ("slots", f"ada,{DAY},24:00,60,", "time", "invalid_value"),
        ("slots", f"ada,{DAY},9:00,60,", "time", "invalid_value"),
        ("slots", f"ada,{DAY},10:00:30,60,", "time", "invalid_value"),
        ("slots", f"ada,{DAY},10:00,4,", "duration_minutes", "invalid_value"),
        ("slots", f"ada,{DAY},10:00,721,", "duration_minutes", "invalid_value"),
        ("slots", f"ada,{DAY},10:00,60.0,", "duration_minutes", "invalid_value"),
        ("slots", f"ada,{DAY},10:00,,", "duration_minutes", "invalid_value"),
        ("slots", f"ada,{DAY},10:00,60,Mars/Base", "time_zone", "invalid_value"),
        ("slots", "ada,2026-03-29,02:30,60,", "time", "nonexistent_local_time"),
        ("slots", "ada,2026-03-08,02:30,60,America/New_York", "time", "nonexistent_local_time"),
        ("slots", f"ada,{DAY},09:00,60,", "time", "overlapping_slots"),
        ("slots", f"ada,{DAY},09:00,30,", "time", "overlapping_slots"),
        ("slots", f"ada,{DAY},09:00,60,Asia/Tokyo", "time", "overlapping_slots"),
        ("slots", f"ada,{DAY},09:55,60,", "time", "overlapping_slots"),
        ("slots", f"ada,{DAY},08:05,60,", "time", "overlapping_slots"),
        ("slots", f"ada,{DAY},02:00,720,", "time", "overlapping_slots"),
        ("slots", f"ada,{DAY + timedelta(days=1)},00:30,60,Pacific/Kiritimati", "time", "overlapping_slots"),
        ("bookings", f"b2,eve,s1,{DAY},12:00,CONFIRMED,,,", "tutor", "tutor_not_found"),
        ("bookings", f",ada,s1,{DAY},12:00,CONFIRMED,,,", "external_id", "invalid_value"),
        ("bookings", f"b2,ada,,{DAY},12:00,CONFIRMED,,,", "student_id", "invalid_value"),
        ("bookings", "b2,ada,s1,2026-13-01,12:00,CONFIRMED,,,", "date", "invalid_value"),
        ("bookings", f"b2,ada,s1,{DAY},noon,CONFIRMED,,,", "time", "invalid_value"),
        ("bookings", f"b2,ada,s1,{DAY},12:00,confirmed,,,", "status", "invalid_value"),
        ("bookings", f"b1,ada,s1,{DAY},12:00,CONFIRMED,,,", "external_id", "repeated"),
        ("bookings", f"b2,ada,s1,{DAY},13:00,CONFIRMED,,,", "time", "slot_not_found"),
        ("bookings", f"b2,ada,s1,{DAY},09:00,AWAITING_PAYMENT,,,", "time", "slot_taken"),
        ("bookings", f"b2,ada,s1,{DAY},12:00,CONFIRMED,2026-01-01 09:00,,", "created_at", "invalid_value"),
        ("bookings", f"b2,ada,s1,{DAY},12:00,CONFIRMED,2998-01-01T09:00Z,,", "created_at", "invalid_value"),
        ("bookings", f"b2,ada,s1,{DAY},12:00,CONFIRMED,0001-01-01T00:00+14:00,,", "created_at", "invalid_value"),
        ("bookings", f"b2,ada,s1,{DAY},12:00,CONFIRMED,,2026-01-01T09:00Z,", "released_at", "invalid_value"),
        ("bookings", f"b2,ada,s1,{DAY},12:00,CANCELLED,,2998-01-01T09:00Z,", "released_at", "invalid_value"),
        ("bookings", f"b2,ada,s1,{DAY},12:00,CANCELLED,2026-01-02T09Z,2026-01-01T09Z,", "released_at", "invalid_value"),
        ("bookings", f"b2,ada,s1,{DAY},12:00,EXPIRED,,,2998-01-01T09:00Z", "hold_expires_at", "invalid_value"),
        ("schedules", f"eve,WED,09:00,60,{DAY},1,3,", "tutor", "tutor_not_found"),
        ("schedules", f"ada,Wednesday,09:00,60,{DAY},1,3,", "weekday", "invalid_value"),
        ("schedules", f"ada,3,09:00,60,{DAY},1,3,", "weekday", "invalid_value"),
        ("schedules", f"ada,WED,9:00,60,{DAY},1,3,", "time", "invalid_value"),
        ("schedules", f"ada,WED,09:00,4,{DAY},1,3,", "duration_minutes", "invalid_value"),
        ("schedules", "ada,WED,09:00,60,1.1.2027,1,3,", "valid_from", "invalid_value"),
        ("schedules", "ada,WED,09:00,60,1999-12-31,1,3,", "valid_from", "invalid_value"),
        ("schedules", "ada,WED,09:00,60,2027-02-29,1,3,", "valid_from", "invalid_value"),
        ("schedules", f"ada,WED,09:00,60,{DAY},0,3,", "every_weeks", "invalid_value"),
        ("schedules", f"ada,WED,09:00,60,{DAY},5,3,", "every_weeks", "invalid_value"),
        ("schedules", f"ada,WED,09:00,60,{DAY},1,53,", "weeks_ahead", "invalid_value"),
        ("schedules", f"ada,WED,09:00,60,{DAY},1,3,CEST", "time_zone", "invalid_value"),
        ("schedules", f"ada,WED,09:00,60,{DAY + timedelta(days=1)},1,3,", "valid_from", "different_schedule"),
        ("schedules", f"ada,WED,09:00,60,{DAY},2,3,", "every_weeks", "different_schedule"),
        ("schedules", f"ada,WED,09:00,60,{DAY},1,,", "weeks_ahead", "different_schedule"),
        ("schedules", f"ada,WED,09:00,60,{DAY},1,3,Asia/Tokyo", "time_zone", "different_schedule"),
        ("schedules", f"ada,TUE,09:00,60,{DAY},1,3,", "time", "overlapping_slots"),
        ("schedules", f"ada,TUE,09:55,60,{DAY},1,3,", "time", "overlapping_slots"),
        ("schedules", f"ada,TUE,08:05,60,{DAY},1,3,", "time", "overlapping_slots"),
        ("schedules", f"ada,MON,00:30,60,{DAY},1,3,", "time", "overlapping_slots"),
    ],
)  # fmt: skip
def test_a_bad_row_is_rejected_and_the_others_are_imported(
    tmp_path: Path, engine: Engine, settings: Settings, name: str, row: str, column: str, code: str
) -> None:
    write_good(tmp_path)
    run_import(settings, tmp_path)
    expected = content(engine)
    with engine.begin() as connection:
        for table in TABLES:
            connection.execute(text(f"delete from {table}"))
    write_csv(tmp_path, name, *GOOD[name], row, "")
    bad = [Rejected(f"{name}.csv", len(GOOD[name]) + 1, column, code)]
    for _ in range(2):
        run_import(settings, tmp_path)
        assert (expected, bad) == (content(engine), read_rejected(tmp_path))


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("tutors", "", "tutors.csv is empty. The first line names the columns: external_id,user_id,name,time_zone"),
        ("tutors", "\n\n", "tutors.csv is empty"),
        ("slots", "tutor,date,time\n", "slots.csv, line 1: the column duration_minutes is missing"),
        ("slots", f"{SLOTS},room\n", "slots.csv, line 1: 'room' isn't a column of this file"),
        ("slots", f"{SLOTS},date\n", "slots.csv, line 1: the column date is there twice"),
        ("slots", f"{SLOTS.replace(',', '	')}\n", "slots.csv, line 1: the columns are separated by tabs"),
        ("slots", f"{SLOTS},room,date,time,time\n", "'room' isn't a column of this file; the column date"),
        ("slots", f'{SLOTS},"time_zone\n', "slots.csv, line 1: invalid_row: a quote isn't closed"),
        ("slots", "x" * 70_000, "slots.csv, line 1: invalid_row: the line is longer than 64 KB"),
        ("schedules", f"{SCHEDULES},breaks\n", "schedules.csv, line 1: 'breaks' isn't a column of this file"),
    ],
)  # fmt: skip
def test_nothing_is_changed_if_a_file_is_not_one_of_ours(
    tmp_path: Path, engine: Engine, settings: Settings, name: str, text: str, message: str
) -> None:
    write_good(tmp_path)
    (tmp_path / f"{name}.csv").write_text(text)
    before = content(engine)
    with pytest.raises(InvalidFile) as error:
        run_import(settings, tmp_path)
    assert message in str(error.value)
    assert before == content(engine)


def test_a_folder_without_files_and_a_folder_that_is_not_there(tmp_path: Path, settings: Settings) -> None:
    with pytest.raises(
        InvalidFile, match=r"has none of the files tutors\.csv, slots\.csv, bookings\.csv, schedules\.csv"
    ):
        run_import(settings, tmp_path)
    with pytest.raises(InvalidFile, match="there is no such folder"):
        run_import(settings, tmp_path / "missing")


def test_a_byte_order_mark_semicolons_quotes_and_any_order_of_columns_are_right(
    tmp_path: Path, engine: Engine, settings: Settings
) -> None:
    text = '﻿name;time_zone;active;external_id;user_id\r\n"Łucja; ""Lu""";US/Pacific;f;ł;auth0|ł\r\n'
    (tmp_path / "tutors.csv").write_bytes(text.encode())
    assert run_import(settings, tmp_path) == {"tutors": {"added": 1}}
    assert content(engine)[0] == [("ł", "auth0|ł", 'Łucja; "Lu"', "US/Pacific", False, "US/Pacific")]


def test_bytes_that_are_not_utf_8_spoil_one_row(tmp_path: Path, settings: Settings) -> None:
    rows = f"{TUTORS}\nada,ada,J\xf8rgen,UTC\nbob,bob,Bob,UTC\n"
    (tmp_path / "tutors.csv").write_bytes(rows.encode("latin-1"))
    assert run_import(settings, tmp_path) == {"tutors": {"added": 1, "rejected": 1}}
    assert [Rejected("tutors.csv", 2, "name", "invalid_value")] == read_rejected(tmp_path)
    assert "isn't in UTF-8: save the file as UTF-8" in (tmp_path / "rejected.csv").read_text()


def test_a_line_of_two_gigabytes_takes_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "tutors.csv"
    with path.open("wb") as file:
        file.write(f"{TUTORS}\nada,".encode())
        file.truncate(2**31)  # zeros, which take no space on the disk
        file.seek(0, 2)
        file.write(b"\nbob,bob,Bob,UTC\n")
    tracemalloc.start()
    with path.open("rb") as file, Rejections(tmp_path, FILES) as rejections:
        rows = list(read_rows(file, "tutors.csv", FILES["tutors.csv"], rejections))
    assert [(row.line, row.values["external_id"]) for row in rows] == [(3, "bob")]
    assert tracemalloc.get_traced_memory()[1] < 1_000_000
    tracemalloc.stop()
    assert [Rejected("tutors.csv", 2, "", "invalid_row")] == read_rejected(tmp_path)


def test_a_file_may_have_only_a_header(tmp_path: Path, settings: Settings) -> None:
    for name, columns in FILES.items():
        (tmp_path / name).write_text(",".join(columns.names))
    assert run_import(settings, tmp_path) == {}
    assert read_rejected(tmp_path) == []


def test_a_tutor_whose_user_is_stored_already_is_rejected(tmp_path: Path, engine: Engine, settings: Settings) -> None:
    write_tutors(tmp_path, *(f"tutor {number}" for number in range(20)))
    with engine.begin() as connection:
        insert = "insert into tutors (id, user_id, name, time_zone) values (gen_random_uuid(), :user, 'Eve', 'UTC')"
        connection.execute(text(insert), [{"user": "tutor 3"}, {"user": "tutor 17"}])
    assert run_import(settings, tmp_path) == {"tutors": {"added": 18, "rejected": 2}}
    assert [Rejected("tutors.csv", line, "user_id", "user_taken") for line in (5, 19)] == read_rejected(tmp_path)


def test_a_zone_that_the_database_does_not_know_is_rejected(
    tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server may be built with other zone files than Python's."""
    monkeypatch.setattr("local.importing.command.KNOWN_ZONES", text("select unnest(array['UTC'])"))
    write_csv(tmp_path, "tutors", TUTORS, "ada,ada,Ada,UTC", "bob,bob,Bob,Europe/Paris")
    assert run_import(settings, tmp_path) == {"tutors": {"added": 1, "rejected": 1}}
    assert "the database doesn't know this time zone" in (tmp_path / "rejected.csv").read_text()


def test_a_day_has_at_most_288_slots(tmp_path: Path, engine: Engine, settings: Settings) -> None:
    """Slots in other zones leave room for more on a date, but an edit of the date would be refused."""
    write_tutors(tmp_path, "ada")
    times = [f"{minute // 60:02}:{minute % 60:02}" for minute in range(0, 1440, 5)]
    noon = (f"ada,{DAY},{12 + i // 12:02}:{i % 12 * 5 + 1:02},5,Pacific/Pago_Pago" for i in range(2))
    write_csv(tmp_path, "slots", SLOTS + ",time_zone", *(f"ada,{DAY},{each},5,Asia/Tokyo" for each in times), *noon)
    assert run_import(settings, tmp_path)["slots"] == {"added": 288, "rejected": 2}
    assert {"too_many_slots"} == {each.code for each in read_rejected(tmp_path)}
    assert len(stored_slots(engine, tutor_named(engine, "ada"))) == 288
