"""The week view: add and remove slots, review the changes, save and undo them."""

import re
from datetime import timedelta

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import screenshot, sign_in
from tests.browser.week.conftest import (
    HOUR,
    THURSDAY,
    WEDNESDAY,
    click_at,
    drag,
    open_review,
    open_week,
    page_position,
    save,
    slot,
    slot_texts,
    slots_at,
    status,
    wait_until_loaded,
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


def test_the_week_shows_the_tutors_time_and_the_viewers_time(week: Page) -> None:
    assert slot_texts(week, WEDNESDAY) == [
        "09:00–10:00, free, 03:00 your time",
        "10:00–11:00, booked, Ben Lund, 04:00 your time",
        "14:00–15:00, free, 08:00 your time",
    ]
    expect(
        week.get_by_text("Times are Copenhagen time, the tutor's. Yours (New York time) are below them.")
    ).to_be_visible()
    expect(week.get_by_text("No changes to save.")).to_be_visible()


def test_a_tutor_edits_a_week_previews_saves_and_undoes(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "09:00–10:00, free").click()
    click_at(week, WEDNESDAY, 11 * HOUR)
    drag(week, THURSDAY, 12 * HOUR, 14 * HOUR)
    assert slot_texts(week, WEDNESDAY)[0].startswith("09:00–10:00, to be removed")
    expect(week.get_by_text("4 changes not saved: 3 to add, 1 to remove, on 2 days.")).to_be_visible()
    screenshot(week, "week-unsaved")
    dialog = open_review(week)
    expect(dialog.get_by_role("row")).to_have_count(3)
    rows = dialog.get_by_role("row").all_inner_texts()
    assert [row.split("\t")[1:] for row in rows] == [
        ["Add", "Remove"],
        ["11:00–12:00", "09:00–10:00"],
        ["12:00–13:00, 13:00–14:00", "–"],
    ]
    assert versions(engine, tutor) == {}
    dialog.get_by_label("Note for the history").fill("the dentist")
    dialog.get_by_label("Why").select_option("Something came up")
    screenshot(week, "week-review")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(status(week)).to_contain_text("Saved: 3 added, 1 removed.")
    saved = [*slots_at("10:00", "11:00", "14:00"), *slots_at("12:00", "13:00", day=THURSDAY)]
    assert stored_slots(engine, tutor) == saved
    entries = log_rows(engine, tutor)
    assert {(row.reason, row.notes) for row in entries} == {("conflict", "the dentist")}
    assert len({row.change_set_id for row in entries}) == 1
    week.get_by_role("button", name="Undo the save").click()
    expect(status(week)).to_contain_text("Undone: 1 added, 3 removed.")
    assert stored_slots(engine, tutor) == slots_at("09:00", "10:00", "14:00")
    assert [line.split(",")[0] for line in slot_texts(week, WEDNESDAY)] == ["09:00–10:00", "10:00–11:00", "14:00–15:00"]
    expect(week.get_by_role("button", name="Undo the save")).to_have_count(0)


def test_a_booked_slot_cannot_be_removed(page: Page, site: str, tutor: Tutor) -> None:
    """Without the bookings, for example because they can't be read, a click says why."""
    sign_in(page, tutor.token)
    page.route("**/bookings?*", lambda route: route.fulfill(status=500))
    week = open_week(page, site, tutor)
    expect(week.get_by_role("alert")).to_contain_text("The server is busy or restarting.")
    slot(week, "10:00–11:00, booked").click()
    expect(status(week)).to_contain_text("10:00–11:00 is booked. To remove it, cancel the booking first.")
    expect(week.get_by_text("No changes to save.")).to_be_visible()


def test_changes_are_undone_one_by_one_or_discarded(week: Page) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    click_at(week, THURSDAY, 11 * HOUR)
    week.get_by_role("button", name="Undo", exact=True).click()
    expect(week.get_by_text("1 change not saved: 1 to add, 0 to remove, on 1 day.")).to_be_visible()
    week.get_by_role("button", name="Discard").click()
    assert slot_texts(week, THURSDAY) == []


def test_a_week_is_copied_repeated_and_cleared(week: Page, engine: Engine, tutor: Tutor) -> None:
    """Booked slots are neither overwritten nor removed."""
    add_slots(engine, tutor, WEDNESDAY + timedelta(days=14), "10:30", "20:00")
    add_booking(engine, tutor, WEDNESDAY + timedelta(days=14), "10:30")
    week.get_by_text("Copy, repeat or clear").click()
    week.get_by_label("Repeat this week").select_option("2 weeks")
    week.get_by_role("button", name="Repeat").click()
    expect(status(week)).to_contain_text("Repeated this week. Not saved yet: 5 to add, 1 to remove, on 2 days.")
    expect(status(week)).to_contain_text("10:00 can't be added: it overlaps the slot at 10:30.")
    save(week)
    expect(status(week)).to_contain_text("Saved: 5 added, 1 removed.")
    assert {row.reason for row in log_rows(engine, tutor)} == {"copy_week"}
    week.get_by_role("button", name="Later").click()
    assert len(slot_texts(week, WEDNESDAY + timedelta(days=7))) == 3
    slot(week, "09:00–10:00, free").click()
    week.get_by_role("button", name="Copy the week before").click()
    expect(week.get_by_text("No changes to save.")).to_be_visible()
    week.get_by_label("Clear from").fill(str(WEDNESDAY))
    week.get_by_label("to", exact=True).fill(str(WEDNESDAY + timedelta(days=20)))
    week.get_by_role("button", name="Clear").click()
    expect(status(week)).to_contain_text("Not saved yet: 0 to add, 7 to remove, on 3 days.")
    save(week)
    assert stored_slots(engine, tutor) == [*slots_at("10:00"), *slots_at("10:30", day=WEDNESDAY + timedelta(days=14))]


def test_a_new_short_slot_is_visible_after_the_calendar_is_drawn_again(week: Page) -> None:
    week.get_by_label("Length in minutes").fill("10")
    week.get_by_role("combobox", name="Day").select_option(str(THURSDAY))
    week.get_by_label("Start").fill("22:00")
    week.get_by_role("button", name="Add", exact=True).click()
    expect(slot(week, "22:00–22:10, to be added")).to_be_in_viewport()


def test_slots_are_removed_by_dragging_over_them(week: Page, engine: Engine, tutor: Tutor) -> None:
    week.get_by_label("Click and drag to").select_option("remove slots")
    drag(week, WEDNESDAY, 9 * HOUR + 30, 15 * HOUR)
    expect(status(week)).to_contain_text("09:00–10:00, 14:00–15:00 to be removed.")
    expect(status(week)).to_contain_text("Booked slots stay.")
    click_at(week, THURSDAY, 9 * HOUR)
    expect(status(week)).to_contain_text("There are no slots to remove.")


def test_a_drag_to_another_day_adds_no_slots(week: Page) -> None:
    week.mouse.move(*page_position(week, WEDNESDAY, 16 * HOUR))
    week.mouse.down()
    week.mouse.move(*page_position(week, THURSDAY, 12 * HOUR), steps=8)
    week.mouse.up()
    expect(week.get_by_text("No changes to save.")).to_be_visible()


def test_adding_an_existing_slot_shows_that_it_is_already_there(week: Page) -> None:
    week.get_by_role("combobox", name="Day").select_option(str(WEDNESDAY))
    week.get_by_label("Start").fill("10:00")
    week.get_by_role("button", name="Add", exact=True).click()
    expect(status(week)).to_have_text(re.compile("10:00–11:00 is already there.$"))
    drag(week, WEDNESDAY, 8 * HOUR, 11 * HOUR)
    expect(status(week)).to_contain_text("09:00–10:00, 10:00–11:00 are already there.")


def test_an_edit_with_too_many_days_for_one_save_cannot_be_reviewed(week: Page) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    week.get_by_text("Copy, repeat or clear").click()
    for weeks in range(2):
        for number, day in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")):
            day_of_week = monday() + timedelta(days=number + 91 * weeks)
            week.get_by_label("Go to").fill(str(day_of_week))
            wait_until_loaded(week)
            week.get_by_role("combobox", name="Day").select_option(str(day_of_week))
            week.get_by_label("Start").fill("20:00")
            week.get_by_role("button", name="Add", exact=True).click()
            expect(status(week)).to_contain_text(f"{day} {day_of_week.day}")
        week.get_by_label("Repeat this week").select_option("12 weeks")
        week.get_by_role("button", name="Repeat").click()
        expect(status(week)).to_contain_text("Repeated this week.")
    expect(week.get_by_text("You can save at most 92 days at a time.")).to_be_visible()
    expect(week.get_by_role("button", name="Review and save")).to_be_disabled()


def test_an_invalid_length_adds_no_slot_and_has_a_message(week: Page) -> None:
    for length in ("", "4", "721", "12.5"):
        week.get_by_label("Length in minutes").fill(length)
        click_at(week, THURSDAY, 9 * HOUR)
        expect(status(week)).to_contain_text("Length in minutes: use a whole number from 5 to 720.")
    assert slot_texts(week, THURSDAY) == []
