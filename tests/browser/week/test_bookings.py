"""Bookings in the week view: who booked; move by pointer and by keyboard, cancel, complete."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select

from migrations.tables import bookings
from tests.browser.conftest import axe_violations, long_date, screenshot, short_date, sign_in, tab_to
from tests.browser.week.conftest import (
    BEN,
    HOUR,
    THURSDAY,
    WEDNESDAY,
    click_at,
    open_week,
    page_position,
    slot,
    slot_texts,
    status,
)
from tests.builders import Tutor, add_booking, add_slots, student

BOOKED = f"{long_date(WEDNESDAY)}, 10:00–11:00"
FREE = f"{long_date(THURSDAY)}, 11:00–12:00"


@pytest.fixture
def tutor(tutor: Tutor, engine: Engine) -> Tutor:
    """The tutor of the other tests, who has also two free slots on `THURSDAY`."""
    add_slots(engine, tutor, THURSDAY, "11:00", "15:00")
    return tutor


def stored(engine: Engine, tutor: Tutor) -> list[tuple[date, str, str, str | None]]:
    """Return the date, start, status and reason of each booking, in the order in which they were placed."""
    columns = (bookings.c.date, bookings.c.start_time, bookings.c.status, bookings.c.reason)
    query = select(*columns).where(bookings.c.tutor_id == tutor.id).order_by(bookings.c.created_at)
    with engine.connect() as connection:
        return [(day, f"{start:%H:%M}", *more) for day, start, *more in connection.execute(query)]


def drag_booking(page: Page, *target: Any) -> None:
    """Drag Ben's booking to a day and a time, in minutes after midnight."""
    page.mouse.move(*page_position(page, WEDNESDAY, 10 * HOUR + 30))
    page.mouse.down()
    page.mouse.move(*page_position(page, *target), steps=10)
    page.mouse.up()


MOVED = [(WEDNESDAY, "10:00", "CANCELLED", None), (THURSDAY, "11:00", "CONFIRMED", None)]
NOT_MOVED = [(WEDNESDAY, "10:00", "CONFIRMED", None)]


def test_a_booking_is_moved_by_dragging_it_onto_a_free_slot(week: Page, engine: Engine, tutor: Tutor) -> None:
    drag_booking(week, THURSDAY, 11 * HOUR + 40)
    dialog = week.get_by_role("dialog", name="Move this booking?")
    expect(dialog).to_contain_text(f"Ben Lund: from {BOOKED} to {FREE}")
    assert stored(engine, tutor) == NOT_MOVED
    screenshot(week, "booking-drag")
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(status(week)).to_contain_text(f"Ben Lund: moved from {BOOKED} to {FREE}.")
    assert stored(engine, tutor) == MOVED
    expect(slot(week, "11:00–12:00, booked, Ben Lund")).to_be_visible()
    expect(slot(week, "10:00–11:00, free")).to_be_visible()


def test_a_booking_that_is_dropped_elsewhere_or_taken_back_stays(week: Page, engine: Engine, tutor: Tutor) -> None:
    drag_booking(week, THURSDAY, 18 * HOUR)
    expect(status(week)).to_contain_text("To move a lesson, drop it on a free time.")
    drag_booking(week, THURSDAY, 11 * HOUR + 30)
    week.get_by_role("dialog").get_by_role("button", name="Don't move").click()
    expect(week.get_by_role("dialog")).to_have_count(0)
    expect(slot(week, "10:00–11:00, booked, Ben Lund")).to_be_visible()
    assert stored(engine, tutor) == NOT_MOVED


def test_a_booking_is_moved_by_keyboard(week: Page, engine: Engine, tutor: Tutor) -> None:
    tab_to(week, slot(week, "09:00–10:00, free"))
    week.keyboard.press("ArrowDown")
    week.keyboard.press("Enter")
    dialog = week.get_by_role("dialog", name="Ben Lund")
    move_to = dialog.get_by_label("Move to")
    expect(move_to.get_by_role("option")).to_have_count(5)
    tab_to(week, move_to)
    week.keyboard.type(short_date(THURSDAY))
    tab_to(week, dialog.get_by_role("button", name="Move", exact=True))
    week.keyboard.press("Enter")
    expect(status(week)).to_contain_text(f"Ben Lund: moved from {BOOKED} to {FREE}.")
    assert stored(engine, tutor) == MOVED
    assert week.evaluate("document.activeElement !== document.body")


def test_a_move_to_a_slot_that_was_taken_meanwhile_is_refused(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "10:00–11:00, booked").click()
    dialog = week.get_by_role("dialog")
    move_to = dialog.get_by_label("Move to")
    expect(move_to.get_by_role("option")).to_have_count(5)
    add_booking(engine, tutor, THURSDAY, "11:00", student=student())
    move_to.select_option(label=f"{short_date(THURSDAY)}, 11:00–12:00")
    dialog.get_by_role("button", name="Move", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("This slot isn't free any more. Choose another one.")
    expect(move_to.get_by_role("option")).to_have_count(4)
    assert stored(engine, tutor)[0] == NOT_MOVED[0]


def test_the_tutor_cancels_a_booking_with_a_reason(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "10:00–11:00, booked").click()
    dialog = week.get_by_role("dialog", name="Ben Lund")
    expect(dialog).to_contain_text(f"Booked. Student id: {BEN.user_id}")
    dialog.get_by_text("Cancel this lesson").click()
    dialog.get_by_label("Why (the student sees it)").fill("I have the flu")
    dialog.get_by_role("button", name="Cancel the lesson").click()
    expect(status(week)).to_contain_text(f"Ben Lund: {BOOKED} is cancelled.")
    assert stored(engine, tutor) == [(WEDNESDAY, "10:00", "CANCELLED", "I have the flu")]
    expect(slot(week, "10:00–11:00, free")).to_be_visible()


def test_an_unsaved_draft_stays_when_a_booking_is_cancelled(week: Page, engine: Engine, tutor: Tutor) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    slot(week, "10:00–11:00, booked").click()
    week.get_by_role("dialog").get_by_text("Cancel this lesson").click()
    week.get_by_role("dialog").get_by_role("button", name="Cancel the lesson").click()
    expect(slot(week, "10:00–11:00, free")).to_be_visible()
    expect(week.get_by_text("1 change not saved")).to_be_visible()


def test_the_tutor_says_whether_a_lesson_took_place(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
    add_slots(engine, tutor, yesterday, "12:00")
    add_booking(engine, tutor, yesterday, "12:00", student=BEN)
    sign_in(page, tutor.token)
    open_week(page, site, tutor, yesterday)
    for name, stored_as, label in (
        ("Didn't come", "COMPLETED", "12:00–13:00, booked, Ben Lund, Didn't come"),
        ("Completed", "COMPLETED", "12:00–13:00, booked, Ben Lund, Completed"),
    ):
        slot(page, "12:00–13:00, booked, Ben Lund").click()
        dialog = page.get_by_role("dialog", name="Ben Lund")
        expect(dialog.get_by_label("Move to")).to_have_count(0)
        dialog.get_by_role("button", name=name).click()
        expect(slot(page, label)).to_be_visible()
        assert (yesterday, "12:00", stored_as, None) in stored(engine, tutor)


def test_a_held_slot_shows_for_whom_and_until_when(week: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    ends_at = datetime.now(UTC) + timedelta(minutes=10)
    add_booking(engine, tutor, THURSDAY, "11:00", "AWAITING_PAYMENT", ends_at, student=BEN)
    week.reload()
    open_week(week, site, tutor)
    held = slot(week, "11:00–12:00, held for a student who is paying, Ben Lund")
    expect(held).to_contain_text(re.compile(r"Ben Lund11:00held (10:00|9:\d\d)"))
    held.click()
    expect(week.get_by_role("dialog", name="Ben Lund")).to_contain_text("and not confirmed yet.")


def test_a_student_without_a_name_is_shown_by_id(week: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    add_booking(engine, tutor, THURSDAY, "15:00")
    week.reload()
    open_week(week, site, tutor)
    assert ", booked, Student …" in slot_texts(week, THURSDAY)[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_dialog_of_a_booking_is_accessible(week: Page, scheme: Literal["light", "dark"], width: int) -> None:
    week.emulate_media(color_scheme=scheme)
    week.set_viewport_size({"width": width, "height": 900})
    if width == 360:
        week.get_by_role("group", name="Day").get_by_role("button").nth(2).click()
    screenshot(week, f"booking-week-{width}-{scheme}")
    slot(week, "10:00–11:00, booked").click()
    dialog = week.get_by_role("dialog")
    expect(dialog.get_by_label("Move to").get_by_role("option")).to_have_count(5)
    dialog.get_by_text("Cancel this lesson").click()
    assert axe_violations(week) == []
    assert week.evaluate("document.documentElement.scrollWidth") == width
    screenshot(week, f"booking-dialog-{width}-{scheme}")
