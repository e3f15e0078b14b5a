"""Helpers for tests of the week view: open, read, edit and save a week."""

from datetime import date, time, timedelta

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import sign_in
from tests.builders import (
    Tutor,
    add_booking,
    add_slots,
    add_tutor,
    monday,
    student,
)

WEDNESDAY = monday() + timedelta(days=2)
THURSDAY = WEDNESDAY + timedelta(days=1)
HOUR = 60
BEN = student("Ben Lund")


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    """A tutor in Copenhagen, six hours ahead of the viewer. On `WEDNESDAY`, two slots are free, and Ben booked one."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, WEDNESDAY, "09:00", "10:00", "14:00")
    add_booking(engine, tutor, WEDNESDAY, "10:00", student=BEN)
    return tutor


@pytest.fixture
def week(page: Page, site: str, tutor: Tutor) -> Page:
    """The tutor's page, opened at the week of `WEDNESDAY`."""
    sign_in(page, tutor.token)
    return open_week(page, site, tutor)


def open_week(page: Page, site: str, tutor: Tutor, day: date = WEDNESDAY) -> Page:
    """Open the week of a date; return the page when the week is loaded and shows all 24 hours."""
    page.set_viewport_size({"width": 1280, "height": 1240})
    page.goto(f"{site}/week?tutor={tutor.id}&date={day}")
    wait_until_loaded(page)
    show_all_hours(page)
    return page


def show_all_hours(page: Page) -> None:
    """Unfold the hours in which nothing is offered."""
    expect(page.get_by_role("grid")).to_be_visible()
    if page.locator(".fold").count():
        page.locator(".fold").first.click()
        expect(page.locator(".fold")).to_have_count(0)


def go_to(page: Page, day: date) -> None:
    """Show the week of a date, with the field for it."""
    more(page).get_by_label("Go to").fill(str(day))
    wait_until_loaded(page)


def more(page: Page) -> Locator:
    """Open the panel with what is rarely used, unless it is open."""
    panel = page.get_by_role("dialog", name="More")
    if not panel.is_visible():
        page.get_by_role("button", name="More", exact=True).click()
        expect(panel).to_be_visible()
    return panel


def offer(page: Page, day: date | None, start: str, minutes: int = HOUR) -> None:
    """Offer a time with the form; without a day, on the last day of the shown week."""
    panel = more(page)
    choice = panel.get_by_role("combobox", name="Day")
    choice.select_option(str(day) if day else choice.locator("option").last.get_attribute("value"))
    panel.get_by_label("Start").fill(start)
    panel.get_by_label("Minutes", exact=True).fill(str(minutes))
    panel.get_by_role("button", name="Offer", exact=True).click()


def wait_until_loaded(page: Page) -> None:
    expect(page.locator(".week-view")).to_have_attribute("aria-busy", "false")


def column(page: Page, day: date) -> Locator:
    return page.locator(f".calendar [data-column='{day}']")


def day_of(page: Page, day: date) -> Locator:
    """Return a day with its name."""
    return page.locator(f".calendar [role=row][data-date='{day}']")


def slot(page: Page, name: str) -> Locator:
    """Return the slot whose accessible name contains `name`."""
    return page.locator(".calendar").get_by_role("button", name=name)


def slot_texts(page: Page, day: date) -> list[str]:
    """Return the text of each slot of a day: start and end, state, and the start in the viewer's time."""
    wait_until_loaded(page)
    return [label.split(", ", 1)[1] for label in column(page, day).locator("[data-slot] .hidden").all_inner_texts()]


def page_position(page: Page, day: date, minutes: int) -> tuple[float, float]:
    """Return the position on the page of a time, in minutes after midnight."""
    box = column(page, day).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] * minutes / 1440


def click_at(page: Page, day: date, minutes: int) -> None:
    """Click a time, in minutes after midnight. Playwright waits until the column doesn't move."""
    box = column(page, day).bounding_box()
    assert box is not None
    column(page, day).click(position={"x": box["width"] / 2, "y": box["height"] * (minutes + 3) / 1440})


def drag(page: Page, day: date, start: int, end: int) -> None:
    """Drag from a time to a later time of the same day, in minutes after midnight."""
    page.mouse.move(*page_position(page, day, start + 3))
    page.mouse.down()
    page.mouse.move(*page_position(page, day, (start + end) // 2), steps=5)
    page.mouse.move(*page_position(page, day, end - 3), steps=5)
    page.mouse.up()


def open_review(page: Page) -> Locator:
    page.get_by_role("button", name="Review", exact=True).click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    return dialog


def save(page: Page) -> None:
    """Save the draft, and wait until the review closes."""
    open_review(page).get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def status(page: Page) -> Locator:
    """Return the message about the last action."""
    return page.locator(".status-bar, .unsaved").get_by_role("status")


def slots_at(*starts: str, minutes: int = HOUR, day: date = WEDNESDAY) -> list[tuple[date, time, int]]:
    """Return slots in the form of `stored_slots`."""
    return [(day, time.fromisoformat(start), minutes) for start in starts]
