"""The usual week in other languages and places: the order of its days, 12 hours, and from right to left."""

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import TIMEOUT_MS, sign_in
from tests.browser.week.conftest import status
from tests.builders import Tutor, add_tutor

NOON, ONE = 24, 26  # rows of the grid: each is half an hour


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    return add_tutor(engine)


def cell(page: Page, day: int, row: int) -> Locator:
    """Return the cell of a day, in the order in which the days are shown."""
    return page.locator(".usual-grid .body [role=row]").nth(row).get_by_role("gridcell").nth(day)


def drag(page: Page, first: Locator, last: Locator) -> None:
    for number, target in enumerate((first, last)):
        box = target.bounding_box()
        assert box is not None
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=8)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def test_the_days_have_the_order_of_the_viewers_week(browser: Browser, site: str, tutor: Tutor) -> None:
    page = browser.new_page(locale="en-US", timezone_id="America/New_York")
    page.set_default_timeout(TIMEOUT_MS)
    sign_in(page, tutor.token)
    page.goto(f"{site}/usual")
    headers = page.get_by_role("columnheader")
    expect(headers).to_have_text(["Time", "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"])
    drag(page, cell(page, 0, NOON), cell(page, 2, ONE - 1))
    expect(status(page)).to_have_text(re.compile(r"^Sunday to Tuesday, 12:00\sPM–1:00\sPM: 3 slots added\.$"))
    expect(cell(page, 0, NOON)).to_have_accessible_name(re.compile(r"^Sunday 12:00\sPM, slot 12:00\sPM–1:00\sPM$"))
    expect(page.locator(".usual-grid .slot")).to_have_count(3)
    expect(page.get_by_text("These weeks are from Monday to Sunday.")).to_have_count(0)
    page.get_by_role("combobox", name="Every").select_option("second week")
    expect(page.get_by_text("These weeks are from Monday to Sunday.")).to_be_visible()
    page.context.close()


def test_in_german_slots_are_added_and_published(browser: Browser, site: str, tutor: Tutor) -> None:
    page = browser.new_page(locale="de-DE", timezone_id="Europe/Berlin")
    page.set_default_timeout(TIMEOUT_MS)
    sign_in(page, tutor.token)
    page.goto(f"{site}/usual")
    drag(page, cell(page, 0, NOON), cell(page, 4, ONE - 1))
    expect(status(page)).to_have_text("Montag bis Freitag, 12:00–13:00: 5 Zeiten angeboten.")
    page.get_by_role("button", name="Prüfen und speichern").click()
    dialog = page.get_by_role("dialog", name="Prüfen und speichern")
    expect(dialog.locator(".result")).to_contain_text(re.compile(r"^Bis Sonntag, .*: \d+ neue Zeiten\."))
    dialog.get_by_role("button", name="Speichern", exact=True).click()
    expect(status(page)).to_have_text(re.compile(r"^Gespeichert: \d+ neu, 0 entfernt\.$"))
    expect(page.get_by_text("Veröffentlicht bis ")).to_be_visible()
    page.context.close()


def test_from_right_to_left_a_drag_and_the_arrow_keys_go_where_they_point(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, tutor.token)
    page.goto(f"{site}/usual?lang=xa")
    slots = page.locator(".usual-grid .slot")
    expect(page.get_by_role("grid")).to_be_visible()
    drag(page, cell(page, 0, NOON), cell(page, 1, ONE - 1))
    expect(slots).to_have_count(2)
    boxes = [slots.nth(0).bounding_box(), cell(page, 0, NOON).bounding_box()]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert abs(boxes[0]["x"] - boxes[1]["x"]) < 3
    cell(page, 1, NOON).focus()
    cell(page, 1, NOON).click()
    expect(slots).to_have_count(1)
    page.keyboard.press("ArrowLeft")
    expect(cell(page, 2, NOON)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(cell(page, 0, NOON)).to_be_focused()
    page.keyboard.press("Delete")
    expect(slots).to_have_count(0)
