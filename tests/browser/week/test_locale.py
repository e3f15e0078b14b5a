"""The week in other languages and places: its first day, 12 or 24 hours, and from right to left."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import TIMEOUT_MS, axe_violations, open_menu, screenshot, sign_in
from tests.browser.week.conftest import (
    WEDNESDAY,
    click_at,
    column,
    more,
    open_week,
    page_position,
    show_all_hours,
    slot_texts,
    slots_at,
    status,
    wait_until_loaded,
)
from tests.builders import Tutor, add_slots, stored_slots

MONDAY = WEDNESDAY - timedelta(days=2)
SUNDAY = MONDAY - timedelta(days=1)
Open = Callable[[str], Page]


@pytest.fixture
def open_in(browser: Browser, site: str, tutor: Tutor) -> Iterator[Open]:
    """Open the week of `WEDNESDAY` in a browser of a locale, for the tutor."""
    contexts: list[Any] = []

    def open_in(locale: str) -> Page:
        context = browser.new_context(timezone_id="Europe/Copenhagen", locale=locale)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT_MS)
        sign_in(page, tutor.token)
        return open_week(page, site, tutor)

    yield open_in
    for context in contexts:
        context.close()


def days(page: Page) -> list[str]:
    """Return the dates of the columns."""
    dates = page.locator(".calendar [data-column]").evaluate_all("all => all.map(each => each.dataset.column)")
    assert isinstance(dates, list)
    return dates


def week_from(first: date) -> list[str]:
    return [str(first + timedelta(days=number)) for number in range(7)]


def plain(text: str) -> str:
    """Return a text with usual spaces: before AM and PM, the browser writes a narrow one."""
    return re.sub(r"\s", " ", text)


def hours(page: Page) -> list[str]:
    return [plain(text) for text in page.locator(".gutter .hours > span").all_inner_texts()]


def test_in_german_the_week_begins_on_monday_and_has_24_hours(open_in: Open, engine: Engine, tutor: Tutor) -> None:
    page = open_in("de-DE")
    assert days(page) == week_from(MONDAY)
    assert hours(page)[8:10] == ["09:00", "10:00"]
    expect(page.get_by_role("row").first.get_by_role("rowheader")).to_have_text(f"Mo {MONDAY.day}")
    expect(page.get_by_text(f"Woche {MONDAY.isocalendar().week} · Ortszeit Copenhagen")).to_be_visible()
    click_at(page, WEDNESDAY, 18 * 60)
    expect(status(page)).to_contain_text(", neu: 18:00–19:00.")
    expect(page.get_by_text("1 Änderung nicht gespeichert")).to_be_visible()
    expect(page.locator(".what")).to_contain_text("Schüler sehen 1 Zeit mehr am Mittwoch, ")
    assert axe_violations(page) == []
    page.get_by_role("button", name="Prüfen").click()
    dialog = page.get_by_role("dialog", name="Prüfen und speichern")
    dialog.get_by_role("button", name="Speichern").click()
    expect(status(page)).to_have_text(re.compile("^Gespeichert: 1 neu, 0 entfernt."))
    assert stored_slots(engine, tutor) == slots_at("09:00", "10:00", "14:00", "18:00")


def test_in_the_united_states_the_week_begins_on_sunday_and_has_12_hours(open_in: Open) -> None:
    page = open_in("en-US")
    assert days(page) == week_from(SUNDAY)
    assert hours(page)[8:13] == ["9 AM", "10 AM", "11 AM", "12 PM", "1 PM"]
    assert [plain(text) for text in slot_texts(page, WEDNESDAY)] == [
        f"{WEDNESDAY:%B} {WEDNESDAY.day}, 9:00 AM–10:00 AM, free",
        f"{WEDNESDAY:%B} {WEDNESDAY.day}, 10:00 AM–11:00 AM, booked, Ben Lund",
        f"{WEDNESDAY:%B} {WEDNESDAY.day}, 2:00 PM–3:00 PM, free",
    ]
    expect(page.locator(".month abbr").first).to_have_attribute("title", "Sunday")
    expect(page.locator(".month .shown button").first).to_have_text(str(SUNDAY.day))
    click_at(page, WEDNESDAY, 18 * 60)
    expect(status(page)).to_contain_text(re.compile(r"6:00\sPM–7:00\sPM to be added"))


def test_the_week_that_begins_on_sunday_is_paged_and_copied_as_it_is_shown(
    open_in: Open, engine: Engine, tutor: Tutor
) -> None:
    add_slots(engine, tutor, SUNDAY, "09:00")
    add_slots(engine, tutor, SUNDAY + timedelta(days=6), "12:00")
    page = open_in("en-US")
    page.get_by_role("button", name="Later").click()
    wait_until_loaded(page)
    show_all_hours(page)
    assert days(page) == week_from(SUNDAY + timedelta(days=7))
    # The address names the week by its Monday, so that it is the same week where weeks begin on Monday.
    assert f"date={MONDAY + timedelta(days=7)}" in page.url
    more(page).get_by_role("button", name="Copy the week before").click()
    expect(status(page)).to_contain_text("Copied the week before. Not saved yet: 5 to add, 0 to remove, on 3 days.")
    for day, count in ((SUNDAY, 1), (WEDNESDAY, 3), (SUNDAY + timedelta(days=6), 1)):
        expect(column(page, day + timedelta(days=7)).locator(".slot.added")).to_have_count(count)


def test_a_draft_of_a_week_stays_where_weeks_begin_on_another_day(
    open_in: Open, site: str, engine: Engine, tutor: Tutor
) -> None:
    page = open_in("en-US")
    click_at(page, SUNDAY, 18 * 60)
    click_at(page, SUNDAY + timedelta(days=6), 18 * 60)
    expect(page.get_by_text("2 changes not saved")).to_be_visible()
    page.reload()
    expect(page.get_by_text("2 changes not saved")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Everything is saved")).to_be_visible()
    assert {day for day, _, _ in stored_slots(engine, tutor)} == {SUNDAY, WEDNESDAY, SUNDAY + timedelta(days=6)}


def test_another_language_is_chosen_while_the_week_is_open(week: Page) -> None:
    expect(week.get_by_text("Everything is saved")).to_be_visible()
    open_menu(week)
    week.get_by_role("combobox", name="Language").select_option("Deutsch")
    expect(week.get_by_text("Alles ist gespeichert")).to_be_visible()
    week.keyboard.press("Escape")
    week.get_by_role("link", name="Übliche Woche").click()
    expect(week.get_by_text("Noch wird nichts von selbst veröffentlicht.")).to_be_visible()
    week.get_by_role("link", name="Woche", exact=True).click()
    expect(week.get_by_text("Alles ist gespeichert")).to_be_visible()


@pytest.fixture
def mirrored(page: Page, site: str, tutor: Tutor) -> Page:
    """The week from right to left."""
    sign_in(page, tutor.token)
    page.add_init_script("localStorage.setItem('slotledger.language', 'xa')")
    return open_week(page, site, tutor)


def test_from_right_to_left_a_drag_fills_the_days_that_it_crosses(mirrored: Page, engine: Engine, tutor: Tutor) -> None:
    page = mirrored
    boxes = [column(page, day).bounding_box() for day in (MONDAY, MONDAY + timedelta(days=1))]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] > boxes[1]["x"]
    page.mouse.move(*page_position(page, MONDAY, 17 * 60 + 3))
    page.mouse.down()
    page.mouse.move(*page_position(page, WEDNESDAY, 18 * 60 - 3), steps=8)
    page.mouse.up()
    for number in range(3):
        expect(column(page, MONDAY + timedelta(days=number)).locator(".slot.added")).to_have_count(1)
    expect(column(page, WEDNESDAY + timedelta(days=1)).locator(".slot")).to_have_count(0)
    screenshot(page, "week-xa-1280")


def test_from_right_to_left_a_slot_is_dragged_to_the_day_under_the_pointer(mirrored: Page) -> None:
    page = mirrored
    page.mouse.move(*page_position(page, WEDNESDAY, 14 * 60 + 15))
    page.mouse.down()
    page.mouse.move(*page_position(page, MONDAY, 15 * 60 + 15), steps=8)
    page.mouse.up()
    expect(column(page, MONDAY).locator(".slot.added")).to_have_count(1)
    expect(column(page, WEDNESDAY).locator(".slot.removed")).to_have_count(1)


def test_from_right_to_left_the_arrow_keys_go_where_they_point(mirrored: Page) -> None:
    page = mirrored
    free = column(page, WEDNESDAY).locator(".slot.free button").first
    free.focus()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    expect(column(page, WEDNESDAY + timedelta(days=1)).locator(".slot.added")).to_have_count(1)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    expect(column(page, MONDAY).locator(".slot.added")).to_have_count(1)
    expect(column(page, MONDAY + timedelta(days=1)).locator(".slot.added")).to_have_count(1)
    days = page.locator(".month button")
    shown = page.locator(".month .shown button")
    shown.first.focus()
    page.keyboard.press("ArrowLeft")
    expect(shown.nth(1)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(days.nth(21)).to_be_focused()
    later = page.locator(".week-bar .pair button").last
    box = later.bounding_box()
    first = page.locator(".week-bar .pair button").first.bounding_box()
    assert box is not None
    assert first is not None
    assert box["x"] < first["x"]
    expect(later.locator("svg")).to_have_css("scale", "-1 1")
