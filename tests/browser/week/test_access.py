"""The week view with a keyboard, on a phone, with dark colours, and with a screen reader."""

import re
from datetime import timedelta
from typing import Literal

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import axe_violations, layout_shifts, screenshot, sign_in, spoken, tab_to
from tests.browser.week.conftest import (
    HOUR,
    THURSDAY,
    WEDNESDAY,
    click_at,
    column,
    go_to,
    more,
    offer,
    open_review,
    open_week,
    save,
    slot,
    slot_texts,
    slots_at,
    status,
    wait_until_loaded,
)
from tests.builders import (
    Tutor,
    add_slots,
    stored_slots,
)


def test_a_week_can_be_edited_and_saved_by_keyboard(week: Page, engine: Engine, tutor: Tutor) -> None:
    """The grid is one Tab stop. Arrow keys go to each slot and each time."""
    tab_to(week, slot(week, "09:00–10:00, free"))
    week.keyboard.press("Enter")
    expect(slot(week, "09:00–10:00, to be removed")).to_be_focused()
    week.keyboard.press("Space")
    expect(slot(week, "09:00–10:00, free")).to_be_focused()
    week.keyboard.press("Delete")
    week.keyboard.press("ArrowDown")
    expect(slot(week, "10:00–11:00, booked")).to_be_focused()
    tab_to(week, week.get_by_label("Length of new times"))
    week.keyboard.type("45")
    tab_to(week, slot(week, "10:00–11:00, booked"))
    week.keyboard.press("ArrowRight")
    for _ in range(19):
        week.keyboard.press("ArrowDown")
    expect(slot(week, f"{THURSDAY.day} {THURSDAY:%B}, 19:30, nothing offered")).to_be_focused()
    week.keyboard.press("Enter")
    expect(status(week)).to_contain_text("19:30–20:15 to be added.")
    expect(slot(week, "19:30–20:15, to be added")).to_be_focused()
    week.keyboard.press("Control+Enter")
    expect(status(week)).to_contain_text("Saved: 1 added, 1 removed.")
    assert stored_slots(engine, tutor) == [*slots_at("10:00", "14:00"), *slots_at("19:30", minutes=45, day=THURSDAY)]


def test_the_options_of_a_slot_return_the_focus(week: Page) -> None:
    """The focus goes to the slot, or to the place where it was."""
    free = slot(week, "09:00–10:00, free")
    free.focus()
    for way in ("Escape", "Close"):
        week.keyboard.press("F2")
        expect(week.locator(".slot-options input").first).to_be_focused()
        if way == "Close":
            week.get_by_role("button", name="Close").focus()
        week.keyboard.press("Escape" if way == "Escape" else "Enter")
        expect(free).to_be_focused()
    week.keyboard.press("F2")
    week.get_by_role("button", name="Take back").focus()
    week.keyboard.press("Enter")
    expect(slot(week, "09:00–10:00, to be removed")).to_be_focused()


def test_each_time_without_a_slot_gets_the_focus_anew(week: Page) -> None:
    """Not each screen reader says that the name of the element with the focus has changed."""
    tab_to(week, slot(week, "09:00–10:00, free"))
    week.keyboard.press("ArrowRight")
    expect(slot(week, "09:00, nothing offered")).to_be_focused()
    week.evaluate("window.names = []; addEventListener('focusin', it => names.push(it.target.ariaLabel))")
    week.keyboard.press("ArrowDown")
    week.keyboard.press("ArrowDown")
    expect(slot(week, "10:00, nothing offered")).to_be_focused()
    day = f"{THURSDAY:%A} {THURSDAY.day} {THURSDAY:%B}"
    assert week.evaluate("names") == [f"{day}, {time}, nothing offered" for time in ("09:30", "10:00")]


def test_a_screen_reader_says_what_is_chosen_by_keyboard(week: Page) -> None:
    tab_to(week, slot(week, "09:00–10:00, free"))
    week.keyboard.press("ArrowRight")
    with spoken(week, ".week-grid > [role=status]") as texts:
        week.keyboard.press("Shift+ArrowDown")
        week.keyboard.press("Shift+ArrowRight")
        expect(week.locator(".says")).to_contain_text("a day")
    first, last = (f"{day:%a} {day.day}" for day in (THURSDAY, THURSDAY + timedelta(days=1)))
    assert texts == [
        f"{first}, 09:00 – 11:00: 2 times of 60 minutes",
        f"{first} – {last}, 09:00 – 11:00: 2 times of 60 minutes a day",
    ]


def test_a_screen_reader_says_which_week_is_shown(week: Page) -> None:
    with spoken(week, "#week[aria-live]") as texts:
        week.get_by_role("button", name="Later").click()
        expect(week).to_have_url(re.compile(f"date={THURSDAY + timedelta(days=4)}"))
        expect(week.locator("#week")).not_to_contain_text(f"{THURSDAY - timedelta(days=3):%-d} –")
    assert len(texts) == 1


def test_forced_colours_show_what_is_booked_and_what_is_chosen(week: Page) -> None:
    week.emulate_media(forced_colors="active")
    color = "it => getComputedStyle(it).backgroundColor"
    booked, free = slot(week, "10:00–11:00, booked"), slot(week, "09:00–10:00, free")
    assert booked.evaluate(color) != free.evaluate(color)
    week.set_viewport_size({"width": 360, "height": 740})
    border = "it => getComputedStyle(it).borderTopWidth"
    days = week.get_by_role("group", name="Day").get_by_role("button")
    widths = days.evaluate_all(f"all => all.map({border})")
    assert widths.count("3px") == 1
    assert len(set(widths)) == 2
    link = week.get_by_role("link", name="History")
    current = week.locator("nav.tabs [aria-current]")
    current.focus()
    week.keyboard.press("Shift+Tab")
    week.keyboard.press("Tab")
    focused = current.evaluate("it => getComputedStyle(it).outlineOffset")
    link.focus()
    assert current.evaluate("it => getComputedStyle(it).outlineOffset") != focused


def test_escape_closes_the_review_without_saving(week: Page, engine: Engine, tutor: Tutor) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    open_review(week)
    week.keyboard.press("Escape")
    expect(week.locator("dialog[open]")).to_have_count(0)
    expect(week.get_by_role("button", name="Review", exact=True)).to_be_focused()
    expect(week.get_by_text("1 change not saved")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(week: Page, scheme: Literal["light", "dark"]) -> None:
    week.emulate_media(color_scheme=scheme)
    slot(week, "09:00–10:00, free").click()
    click_at(week, WEDNESDAY, 12 * HOUR)
    more(week)
    assert axe_violations(week) == []
    screenshot(week, f"week-{scheme}")
    dialog = open_review(week)
    expect(dialog.get_by_role("button", name="Save", exact=True)).to_be_visible()
    assert axe_violations(week) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_one_day_at_a_time(
    week: Page, scheme: Literal["light", "dark"], engine: Engine, tutor: Tutor
) -> None:
    week.emulate_media(color_scheme=scheme)
    week.set_viewport_size({"width": 360, "height": 740})
    week.get_by_role("group", name="Day").get_by_role("button").nth(2).click()
    assert [line.split(",")[0] for line in slot_texts(week, WEDNESDAY)] == ["09:00–10:00", "10:00–11:00", "14:00–15:00"]
    slot(week, "09:00–10:00, free").click()
    assert axe_violations(week) == []
    assert week.evaluate("document.documentElement.scrollWidth") == 360
    screenshot(week, f"week-phone-{scheme}")
    dialog = open_review(week)
    expect(dialog.get_by_role("button", name="Save", exact=True)).to_be_visible()
    assert week.evaluate("document.documentElement.scrollWidth") == 360
    screenshot(week, f"week-phone-review-{scheme}")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(status(week)).to_contain_text("Saved: 0 added, 1 removed.")
    assert stored_slots(engine, tutor) == slots_at("10:00", "14:00")


def test_nothing_moves_while_the_week_is_loading(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, tutor.token)
    with layout_shifts(page) as moved:
        open_week(page, site, tutor)
    assert moved == []


def test_the_focus_moves_to_the_message_when_the_focused_element_is_removed(week: Page) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    added = slot(week, "09:00–10:00, to be added")
    added.focus()
    week.keyboard.press("Enter")
    expect(slot(week, "09:00, nothing offered")).to_be_focused()
    expect(status(week)).to_contain_text("09:00–10:00 won't be added.")
    click_at(week, THURSDAY, 9 * HOUR)
    discard = week.get_by_role("button", name="Discard")
    discard.focus()
    week.keyboard.press("Enter")
    expect(status(week)).to_be_focused()
    slot(week, "09:00–10:00, free").click()
    save(week)
    undo = week.get_by_role("button", name="Undo the save")
    undo.focus()
    week.keyboard.press("Enter")
    expect(status(week)).to_contain_text("Undone: 1 added.")
    expect(status(week)).to_be_focused()


def test_the_focused_element_is_visible(week: Page) -> None:
    """The sticky bar doesn't cover the focused element (WCAG 2.2, 2.4.11)."""
    for size in ({"width": 1280, "height": 720}, {"width": 360, "height": 640}):
        week.set_viewport_size(size)  # type: ignore[arg-type]
        week.evaluate("scrollTo(0, 0); document.activeElement.blur()")
        for _ in range(40):
            week.keyboard.press("Tab")
            if not week.evaluate("document.querySelector('main').contains(document.activeElement)"):
                continue
            hidden = week.evaluate(
                """() => {
                  const { x, y, width, height } = document.activeElement.getBoundingClientRect();
                  const seen = document.elementFromPoint(x + width / 2, y + Math.min(height, 30) / 2);
                  const bar = document.querySelector(".status-bar");
                  const isBehind = bar.contains(seen) && !bar.contains(document.activeElement);
                  return isBehind && document.activeElement.outerHTML;
                }"""
            )
            assert not hidden, hidden


def test_on_a_phone_slots_are_added_to_the_chosen_day(week: Page, engine: Engine, tutor: Tutor) -> None:
    week.set_viewport_size({"width": 360, "height": 740})
    week.get_by_role("group", name="Day").get_by_role("button").nth(3).click()
    offer(week, THURSDAY, "17:00")
    week.keyboard.press("Escape")
    assert slot_texts(week, THURSDAY)[0].startswith("17:00–18:00, to be added")


def test_short_slots_are_large_enough_to_click(week: Page, engine: Engine, tutor: Tutor) -> None:
    add_slots(engine, tutor, THURSDAY, "09:00", "09:05", "09:10", minutes=5)
    week.reload()
    expect(column(week, THURSDAY).locator("[data-slot]")).to_have_count(3)
    heights = week.locator(".calendar .slot").evaluate_all("all => all.map(it => it.getBoundingClientRect().height)")
    assert min(heights) >= 23.9
    assert axe_violations(week) == []
    screenshot(week, "week-short-slots")


def test_an_empty_week_can_be_scrolled_by_keyboard(week: Page) -> None:
    """Axe checks this with its rule `scrollable-region-focusable`."""
    go_to(week, WEDNESDAY + timedelta(days=70))
    wait_until_loaded(week)
    assert axe_violations(week) == []


def test_a_date_can_be_typed_digit_by_digit(week: Page) -> None:
    """The page ignores the date until its year is typed completely."""
    go_to = more(week).get_by_label("Go to")
    go_to.focus()
    week.keyboard.type("03102027")
    expect(week.locator("#week")).to_have_text("8–14 March 2027".replace("–", " – "))


def test_the_focus_stays_on_an_element_that_is_not_removed(week: Page) -> None:
    booked = slot(week, "10:00–11:00, booked")
    booked.focus()
    week.keyboard.press("Enter")
    expect(week.get_by_role("dialog", name="Ben Lund")).to_be_visible()
    week.keyboard.press("Escape")
    expect(booked).to_be_focused()
    start = more(week).get_by_label("Start")
    start.fill("19:00")
    start.press("Enter")
    expect(status(week)).to_contain_text("19:00–20:00 to be added")
    expect(start).to_be_focused()
