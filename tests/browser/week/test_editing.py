"""What is offered and withdrawn, reviewed, saved and undone."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import keep
from tests.browser.week.conftest import (
    HOUR,
    THURSDAY,
    WEDNESDAY,
    at,
    click_at,
    drag,
    is_read,
    point,
    review,
    said,
    save,
    shown,
    slot,
)
from tests.builders import (
    Tutor,
    add_booking,
    add_slots,
    log_rows,
    monday,
    stored_slots,
    versions,
)


def test_the_week_is_shown_by_the_tutors_clock_and_the_viewers(week: Page) -> None:
    assert shown(week, WEDNESDAY) == [
        "09:00–10:00, free, 03:00 your time",
        "10:00–11:00, booked, 04:00 your time",
        "14:00–15:00, free, 08:00 your time",
    ]
    expect(week.get_by_text("Times are Copenhagen time, the tutor's own; yours, New York time")).to_be_visible()
    expect(week.get_by_text("No unsaved changes.")).to_be_visible()


def test_a_tutor_edits_previews_saves_and_undoes(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "09:00–10:00, free").click()
    click_at(week, WEDNESDAY, 11 * HOUR)
    drag(week, THURSDAY, 12 * HOUR, 14 * HOUR)
    assert shown(week, WEDNESDAY)[0].startswith("09:00–10:00, to be withdrawn")
    expect(week.get_by_text("Not saved yet: 3 to offer, 1 to withdraw, on 2 days.")).to_be_visible()
    keep(week, "week-unsaved")
    dialog = review(week)
    expect(dialog.get_by_role("row")).to_have_count(3)
    rows = dialog.get_by_role("row").all_inner_texts()
    assert [row.split("\t")[1:] for row in rows] == [
        ["Offered", "Withdrawn"],
        ["11:00–12:00", "09:00–10:00"],
        ["12:00–13:00, 13:00–14:00", "–"],
    ]
    assert versions(engine, tutor) == {}
    dialog.get_by_label("Note for the history").fill("the dentist")
    dialog.get_by_label("Why").select_option("Something came up")
    keep(week, "week-review")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(said(week)).to_contain_text("Saved: 3 offered, 1 withdrawn.")
    offered = [*at("10:00", "11:00", "14:00"), *at("12:00", "13:00", day=THURSDAY)]
    assert stored_slots(engine, tutor) == offered
    entries = log_rows(engine, tutor)
    assert {(row.reason, row.notes) for row in entries} == {("conflict", "the dentist")}
    assert len({row.change_set_id for row in entries}) == 1
    week.get_by_role("button", name="Undo the save").click()
    expect(said(week)).to_contain_text("Undone: 1 added, 3 removed.")
    assert stored_slots(engine, tutor) == at("09:00", "10:00", "14:00")
    assert [line.split(",")[0] for line in shown(week, WEDNESDAY)] == ["09:00–10:00", "10:00–11:00", "14:00–15:00"]
    expect(week.get_by_role("button", name="Undo the save")).to_have_count(0)


def test_a_booked_slot_is_locked_and_says_why(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "10:00–11:00, booked").click()
    expect(said(week)).to_contain_text("10:00–11:00 is booked: it can't be withdrawn unless the booking is cancelled.")
    expect(week.get_by_text("No unsaved changes.")).to_be_visible()


def test_steps_are_taken_back_and_all_is_discarded(week: Page) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    click_at(week, THURSDAY, 11 * HOUR)
    week.get_by_role("button", name="Step back").click()
    expect(week.get_by_text("Not saved yet: 1 to offer, 0 to withdraw, on 1 day.")).to_be_visible()
    week.get_by_role("button", name="Discard").click()
    assert shown(week, THURSDAY) == []


def test_a_week_is_copied_repeated_and_cleared(week: Page, engine: Engine, tutor: Tutor) -> None:
    """What is booked stays; all of it is one change set, once it is saved."""
    add_slots(engine, tutor, WEDNESDAY + timedelta(days=14), "10:30", "20:00")
    add_booking(engine, tutor, WEDNESDAY + timedelta(days=14), "10:30")
    week.get_by_text("Copy, repeat or clear").click()
    week.get_by_label("Repeat this week").select_option("2 weeks")
    week.get_by_role("button", name="Repeat").click()
    expect(said(week)).to_contain_text("The week is repeated. Not saved yet: 5 to offer, 1 to withdraw, on 2 days.")
    expect(said(week)).to_contain_text("10:00 is left out: it would overlap the slot at 10:30.")
    save(week)
    expect(said(week)).to_contain_text("Saved: 5 offered, 1 withdrawn.")
    assert {row.reason for row in log_rows(engine, tutor)} == {"copy_week"}
    week.get_by_role("button", name="Later").click()
    assert len(shown(week, WEDNESDAY + timedelta(days=7))) == 3
    slot(week, "09:00–10:00, free").click()
    week.get_by_role("button", name="Copy the week before").click()
    expect(week.get_by_text("No unsaved changes.")).to_be_visible()
    week.get_by_label("Clear from").fill(str(WEDNESDAY))
    week.get_by_label("to", exact=True).fill(str(WEDNESDAY + timedelta(days=20)))
    week.get_by_role("button", name="Clear").click()
    expect(said(week)).to_contain_text("Not saved yet: 0 to offer, 7 to withdraw, on 3 days.")
    save(week)
    assert stored_slots(engine, tutor) == [*at("10:00"), *at("10:30", day=WEDNESDAY + timedelta(days=14))]


def test_the_hours_that_were_looked_at_stay_in_sight_when_rows_become_finer(week: Page) -> None:
    week.get_by_label("Length in minutes").fill("10")
    week.get_by_role("combobox", name="Day").select_option(str(THURSDAY))
    week.get_by_label("Start").fill("22:00")
    week.get_by_role("button", name="Offer", exact=True).click()
    expect(slot(week, "22:00–22:10, to be offered")).to_be_in_viewport()


def test_slots_are_withdrawn_by_dragging_over_them(week: Page, engine: Engine, tutor: Tutor) -> None:
    week.get_by_label("Click and drag to").select_option("withdraw slots")
    drag(week, WEDNESDAY, 9 * HOUR + 30, 15 * HOUR)
    expect(said(week)).to_contain_text("09:00–10:00, 14:00–15:00 to be withdrawn.")
    expect(said(week)).to_contain_text("What is booked stays.")
    click_at(week, THURSDAY, 9 * HOUR)
    expect(said(week)).to_contain_text("There is nothing to withdraw.")


def test_a_drag_stays_within_its_day(week: Page) -> None:
    week.mouse.move(*point(week, WEDNESDAY, 16 * HOUR))
    week.mouse.down()
    week.mouse.move(*point(week, THURSDAY, 12 * HOUR), steps=8)
    week.mouse.up()
    expect(week.get_by_text("No unsaved changes.")).to_be_visible()


def test_what_was_there_already_is_not_said_to_be_offered(week: Page) -> None:
    week.get_by_role("combobox", name="Day").select_option(str(WEDNESDAY))
    week.get_by_label("Start").fill("10:00")
    week.get_by_role("button", name="Offer", exact=True).click()
    expect(said(week)).to_have_text(re.compile("10:00–11:00 was there already.$"))


def test_more_days_than_one_save_takes_are_told_before(week: Page) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    week.get_by_text("Copy, repeat or clear").click()
    for weeks in range(2):
        for number, day in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")):
            at_that = monday() + timedelta(days=number + 91 * weeks)
            week.get_by_label("Go to").fill(str(at_that))
            is_read(week)
            week.get_by_role("combobox", name="Day").select_option(str(at_that))
            week.get_by_label("Start").fill("20:00")
            week.get_by_role("button", name="Offer", exact=True).click()
            expect(said(week)).to_contain_text(f"{day} {at_that.day}")
        week.get_by_label("Repeat this week").select_option("12 weeks")
        week.get_by_role("button", name="Repeat").click()
        expect(said(week)).to_contain_text("The week is repeated.")
    expect(week.get_by_text("One save takes 92 days at the most")).to_be_visible()
    expect(week.get_by_role("button", name="Review and save")).to_be_disabled()


def test_a_length_that_the_server_would_refuse_is_asked_for_again(week: Page) -> None:
    for length in ("", "4", "721", "12.5"):
        week.get_by_label("Length in minutes").fill(length)
        click_at(week, THURSDAY, 9 * HOUR)
        expect(said(week)).to_contain_text("Say first how long a slot is to be: 5 to 720 minutes.")
    assert shown(week, THURSDAY) == []
