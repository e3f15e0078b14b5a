"""The week view: add and remove slots, review the changes, save and undo them."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import axe_violations, long_date, screenshot, sign_in
from tests.browser.week.conftest import (
    BEN,
    HOUR,
    THURSDAY,
    WEDNESDAY,
    click_at,
    drag,
    go_to,
    more,
    offer,
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
    expect(week.get_by_text("Everything is saved")).to_be_visible()


def test_a_tutor_edits_a_week_previews_saves_and_undoes(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "09:00–10:00, free").click()
    click_at(week, WEDNESDAY, 11 * HOUR)
    drag(week, THURSDAY, 12 * HOUR, 14 * HOUR)
    assert slot_texts(week, WEDNESDAY)[0].startswith("09:00–10:00, to be removed")
    expect(week.get_by_text("4 changes not saved")).to_be_visible()
    expect(week.get_by_text(f"2 more times on {long_date(THURSDAY)}")).to_be_visible()
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
    expect(week.get_by_text("Everything is saved")).to_be_visible()


def test_changes_are_undone_one_by_one_or_discarded(week: Page) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    click_at(week, THURSDAY, 11 * HOUR)
    week.get_by_role("button", name="Undo", exact=True).click()
    expect(week.get_by_text("1 change not saved")).to_be_visible()
    week.get_by_role("button", name="Discard").click()
    assert slot_texts(week, THURSDAY) == []


def test_a_week_is_copied_repeated_and_cleared(week: Page, engine: Engine, tutor: Tutor) -> None:
    """Booked slots are neither overwritten nor removed."""
    add_slots(engine, tutor, WEDNESDAY + timedelta(days=14), "10:30", "20:00")
    add_booking(engine, tutor, WEDNESDAY + timedelta(days=14), "10:30")
    more(week)
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
    expect(week.get_by_text("Everything is saved")).to_be_visible()
    week.get_by_label("Clear from").fill(str(WEDNESDAY))
    week.get_by_label("to", exact=True).fill(str(WEDNESDAY + timedelta(days=20)))
    week.get_by_role("button", name="Clear").click()
    expect(status(week)).to_contain_text("Not saved yet: 0 to add, 7 to remove, on 3 days.")
    save(week)
    assert stored_slots(engine, tutor) == [*slots_at("10:00"), *slots_at("10:30", day=WEDNESDAY + timedelta(days=14))]


def test_a_new_short_slot_is_visible_after_the_calendar_is_drawn_again(week: Page) -> None:
    offer(week, THURSDAY, "22:00", minutes=10)
    expect(slot(week, "22:00–22:10, to be added")).to_be_in_viewport()


def test_a_drag_over_several_days_fills_a_rectangle(week: Page, engine: Engine, tutor: Tutor) -> None:
    """The times that don't fit are named. While the pointer is down, a sentence says what a drop would do."""
    friday = THURSDAY + timedelta(days=1)
    week.mouse.move(*page_position(week, WEDNESDAY, 13 * HOUR + 3))
    week.mouse.down()
    week.mouse.move(*page_position(week, friday, 15 * HOUR - 3), steps=8)
    expect(week.locator(".says")).to_contain_text("13:00 – 15:00: 2 times of 60 minutes a day")
    screenshot(week, "week-rectangle")
    week.mouse.up()
    expect(week.get_by_text("5 changes not saved")).to_be_visible()
    expect(status(week)).to_contain_text("14:00–15:00 is already there.")
    week.keyboard.press("Control+z")
    expect(week.get_by_text("Everything is saved")).to_be_visible()
    week.keyboard.press("Control+z")
    assert slot_texts(week, friday) == []


def test_escape_ends_a_drag(week: Page) -> None:
    week.mouse.move(*page_position(week, THURSDAY, 13 * HOUR))
    week.mouse.down()
    week.mouse.move(*page_position(week, THURSDAY, 15 * HOUR), steps=5)
    week.keyboard.press("Escape")
    week.mouse.up()
    expect(week.get_by_text("Everything is saved")).to_be_visible()
    expect(week.locator(".says")).to_have_count(0)


def test_a_free_slot_is_moved_and_stretched_by_dragging(week: Page, engine: Engine, tutor: Tutor) -> None:
    week.mouse.move(*page_position(week, WEDNESDAY, 9 * HOUR + 20))
    week.mouse.down()
    week.mouse.move(*page_position(week, THURSDAY, 16 * HOUR + 20), steps=8)
    week.mouse.up()
    expect(slot(week, "16:00–17:00, to be added")).to_be_visible()
    expect(status(week)).to_contain_text("09:00–10:00 becomes")
    week.mouse.move(*page_position(week, THURSDAY, 17 * HOUR - 4))
    week.mouse.down()
    week.mouse.move(*page_position(week, THURSDAY, 18 * HOUR - 5), steps=8)
    week.mouse.up()
    expect(slot(week, "16:00–18:00, to be added")).to_be_visible()
    week.keyboard.press("Control+Enter")
    expect(status(week)).to_contain_text("Saved: 1 added, 1 removed.")
    assert stored_slots(engine, tutor) == [*slots_at("10:00", "14:00"), *slots_at("16:00", minutes=120, day=THURSDAY)]


def test_a_slot_that_is_moved_onto_another_stays_where_it_is(week: Page) -> None:
    drag(week, WEDNESDAY, 9 * HOUR + 20, 14 * HOUR + 40)
    expect(status(week)).to_contain_text("can't be added: it overlaps the slot at 14:00")
    expect(week.get_by_text("Everything is saved")).to_be_visible()
    expect(slot(week, "09:00–10:00, free")).to_be_visible()


def test_a_slot_is_changed_and_repeated_by_its_options(week: Page) -> None:
    """What drags do, without a drag."""
    slot(week, "09:00–10:00, free").focus()
    week.keyboard.press("F2")
    options = week.get_by_role("dialog", name="09:00–10:00")
    assert axe_violations(week) == []
    screenshot(week, "week-slot-options")
    options.get_by_label("Start").fill("08:15")
    options.get_by_label("Minutes").fill("50")
    options.get_by_role("button", name="Change").click()
    expect(slot(week, "08:15–09:05, to be added")).to_be_visible()
    slot(week, "14:00–15:00, free").focus()
    week.keyboard.press("F2")
    week.get_by_role("button", name="Every week").click()
    expect(status(week)).to_contain_text("14:00–15:00 every week until")
    expect(week.get_by_text("14 changes not saved")).to_be_visible()
    week.get_by_role("button", name="Later").click()
    expect(slot(week, "14:00–15:00, to be added")).to_be_visible()


def test_free_slots_get_another_length_where_it_fits(week: Page, engine: Engine, tutor: Tutor) -> None:
    panel = more(week)
    panel.get_by_label("To minutes").fill("75")
    panel.get_by_role("button", name="Change the length").click()
    expect(status(week)).to_contain_text("1 free time of 60 minutes becomes 75")
    expect(status(week)).to_contain_text("09:00 can't have 75 minutes: it overlaps the slot at 10:00.")
    week.keyboard.press("Control+Enter")
    expect(week.get_by_text("Everything is saved")).to_be_visible()
    assert stored_slots(engine, tutor) == [*slots_at("09:00", "10:00"), *slots_at("14:00", minutes=75)]


def test_a_rectangle_is_filled_by_keyboard(week: Page) -> None:
    slot(week, "14:00–15:00, free").focus()
    for key in ("ArrowRight", "ArrowDown", "ArrowDown", "Shift+ArrowRight", "Shift+ArrowDown"):
        week.keyboard.press(key)
    expect(week.locator(".says")).to_contain_text("2 times of 60 minutes a day")
    week.keyboard.press("Enter")
    expect(week.get_by_text("4 changes not saved")).to_be_visible()


def test_ill_tomorrow_cancels_and_withdraws_in_one_request(week: Page, engine: Engine, tutor: Tutor) -> None:
    tomorrow = datetime.now(ZoneInfo("Europe/Copenhagen")).date() + timedelta(days=1)
    add_slots(engine, tutor, tomorrow, "09:00", "12:00")
    add_booking(engine, tutor, tomorrow, "12:00", student=BEN)
    week.reload()
    week.get_by_role("button", name="I'm ill").click()
    panel = week.get_by_role("dialog", name="I'm ill")
    expect(panel).to_contain_text("1 lesson will be cancelled")
    expect(panel).to_contain_text("Ben Lund12:00–13:00")
    expect(panel).to_contain_text("1 free time will be withdrawn")
    panel.get_by_label("What Ben Lund will read").fill("I have the flu")
    assert axe_violations(week) == []
    screenshot(week, "week-ill")
    with week.expect_request("**/update_availability") as sent:
        panel.get_by_role("button", name="Cancel 1 lesson, withdraw 1 time").click()
    assert '"cancelBookings":{"reason":"I have the flu"}' in (sent.value.post_data or "")
    expect(status(week)).to_contain_text("1 lesson cancelled, 1 free time withdrawn.")
    expect(panel).to_have_count(0)
    assert [day for day, *_ in stored_slots(engine, tutor)] == [WEDNESDAY] * 3
    assert {row.reason for row in log_rows(engine, tutor)} == {"illness"}


def test_a_panel_over_the_week_closes_when_its_form_has_changed_the_week(week: Page) -> None:
    week.set_viewport_size({"width": 1000, "height": 800})
    more(week).get_by_role("button", name="Clear", exact=True).click()
    expect(week.get_by_role("dialog", name="More")).to_have_count(0)
    week.get_by_role("button", name="Hide the message").click()
    week.get_by_role("button", name="Discard").click()
    week.set_viewport_size({"width": 1280, "height": 800})
    more(week).get_by_role("button", name="Clear", exact=True).click()
    expect(status(week)).to_contain_text("Cleared; booked slots stay.")
    expect(week.get_by_role("dialog", name="More")).to_be_visible()


def test_back_closes_a_panel(week: Page) -> None:
    week.get_by_role("button", name="I'm ill").click()
    expect(week.get_by_role("dialog", name="I'm ill")).to_be_visible()
    week.go_back()
    expect(week.get_by_role("dialog", name="I'm ill")).to_have_count(0)
    more(week)
    week.keyboard.press("Escape")
    expect(week.get_by_role("button", name="More", exact=True)).to_be_focused()


def test_adding_an_existing_slot_shows_that_it_is_already_there(week: Page) -> None:
    offer(week, WEDNESDAY, "10:00")
    expect(status(week)).to_have_text(re.compile("10:00–11:00 is already there.$"))
    drag(week, WEDNESDAY, 8 * HOUR, 11 * HOUR)
    expect(status(week)).to_contain_text("09:00–10:00, 10:00–11:00 are already there.")


def test_an_edit_with_too_many_days_for_one_save_cannot_be_reviewed(week: Page) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    more(week)
    for weeks in range(2):
        for number, day in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")):
            day_of_week = monday() + timedelta(days=number + 91 * weeks)
            go_to(week, day_of_week)
            wait_until_loaded(week)
            offer(week, day_of_week, "20:00")
            expect(status(week)).to_contain_text(f"{day} {day_of_week.day}")
        week.get_by_label("Repeat this week").select_option("12 weeks")
        week.get_by_role("button", name="Repeat").click()
        expect(status(week)).to_contain_text("Repeated this week.")
    expect(week.get_by_text("You can save at most 92 days at a time.")).to_be_visible()
    expect(week.get_by_role("button", name="Review", exact=True)).to_be_disabled()


def test_an_invalid_length_adds_no_slot(week: Page) -> None:
    for length in ("", "4", "721", "12.5"):
        panel = more(week)
        panel.get_by_label("Minutes", exact=True).fill(length)
        panel.get_by_role("button", name="Offer", exact=True).click()
        assert panel.get_by_label("Minutes", exact=True).evaluate("it => !it.validity.valid")
    expect(week.get_by_text("Everything is saved")).to_be_visible()
