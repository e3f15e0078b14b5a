"""All texts of the page are in the catalogue: in the language for tests, each letter of a text has an accent."""

import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from common.config import Settings
from local import demo
from tests.browser.conftest import axe_violations, screenshot
from tests.builders import monday

TUTOR = demo.DEMO_TUTORS[0].id
WEEK = monday()
NAMES = [*(tutor.name for tutor in demo.DEMO_TUTORS), *demo.STUDENTS, "Ben Lund", "Mia Okafor", "Slotledger"]

# Names, dates, what users wrote, and the choice of a time zone aren't texts of the page.
PLAIN_TEXTS = """
names => {
  const dates = ["long", "short"].flatMap(style => [
    ...Array.from({ length: 12 }, (_, i) => [Date.UTC(2027, i), { month: style }]),
    ...Array.from({ length: 7 }, (_, i) => [Date.UTC(2027, 2, i + 1), { weekday: style }]),
  ]).map(([day, style]) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...style }).format(day));
  const words = [...names, ...dates].sort((a, b) => b.length - a.length).join("|");
  const known = new RegExp(`\\\\b(${words})\\\\b|“[^”]*”`, "g");
  const found = [];
  const note = text => /[a-z]{2}/.test((text ?? "").replace(known, "")) && found.push(text.trim());
  for (const element of document.body.querySelectorAll("*")) {
    const shown = element.closest("select") ?? element;
    if (element.closest("script, style, .zone-choice, .notes") || !shown.checkVisibility()) {
      continue;
    }
    if (!element.closest("[aria-hidden=true]")) {
      ["aria-label", "title", "placeholder"].forEach(name => note(element.getAttribute(name)));
    }
    [...element.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).forEach(node => note(node.textContent));
  }
  note(document.title);
  return found;
}
"""

Act = Callable[[Page], None]


def panel(number: int) -> Act:
    """Return a function that opens a panel of the week."""
    return lambda page: page.locator(".week-bar [aria-expanded]").nth(number).click()


def offer(page: Page) -> None:
    """Take back the first free time of the week, and offer another."""
    page.locator(".calendar .slot.free button").first.click()
    column = page.locator(".calendar [data-column]").last.bounding_box()
    assert column is not None
    page.mouse.click(column["x"] + column["width"] / 2, column["y"] + column["height"] * 0.8)
    expect(page.locator(".slot.added")).to_have_count(1)


def review(page: Page) -> None:
    offer(page)
    page.locator(".status-bar .actions button:not(.primary)").last.click()
    expect(page.locator("dialog .differences")).to_be_visible()


def options(page: Page) -> None:
    page.locator(".calendar .slot.free button").first.focus()
    page.keyboard.press("F2")
    expect(page.locator(".slot-options")).to_be_visible()


def booking(page: Page) -> None:
    page.locator(".calendar .slot.booked button").first.click()
    expect(page.locator("dialog select option").nth(1)).to_be_attached()


def publish(page: Page) -> None:
    page.locator(".usual form.fields button:not([aria-pressed])").first.click()
    page.locator(".unsaved .primary").click()
    expect(page.locator("dialog .result")).to_have_attribute("aria-busy", "false")


def revert(page: Page) -> None:
    page.locator(".events button").first.click()
    expect(page.locator("dialog .result")).to_have_attribute("aria-busy", "false")


def look(page: Page) -> None:
    """Only look at the view."""


OF_TUTOR = f"?tutor={TUTOR}"
OF_WEEK = f"/week{OF_TUTOR}&date={WEEK}"
VIEWS: dict[str, list[tuple[str, str, Act]]] = {
    "tutor": [
        ("week", f"/week{OF_TUTOR}", look),
        ("week-demand", f"{OF_WEEK}&demand=1", look),
        ("week-ill", OF_WEEK, panel(0)),
        ("week-more", OF_WEEK, panel(1)),
        ("week-offer", OF_WEEK, offer),
        ("week-review", OF_WEEK, review),
        ("week-options", OF_WEEK, options),
        ("week-booking", f"/week{OF_TUTOR}&date={WEEK - timedelta(days=7)}", booking),
        ("usual", f"/usual{OF_TUTOR}", look),
        ("usual-publish", f"/usual{OF_TUTOR}", publish),
        ("statistics", f"/statistics{OF_TUTOR}", look),
        ("history-revert", f"/history{OF_TUTOR}", revert),
    ],
    "admin": [
        ("history", f"/history{OF_TUTOR}", look),
        ("why", f"/why{OF_TUTOR}&at={WEEK}T15:00", look),
        ("late", "/platform", look),
        ("platform", "/platform?show=numbers", look),
    ],
    "student Ben Lund": [
        ("find", "/book", look),
        ("book", f"/book{OF_TUTOR}", look),
        ("lessons", "/lessons", look),
    ],
}


@pytest.mark.parametrize("role", VIEWS)
def test_each_text_is_in_the_catalogue(
    page: Page, site: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    demo.load(settings)
    monkeypatch.setenv("STAGE", "local")  # on other stages, the browser would have to sign in
    page.add_init_script(f"sessionStorage.setItem('slotledger.role', {json.dumps(role)})")
    page.add_init_script("localStorage.clear(); localStorage.setItem('slotledger.language', 'xa')")
    found = {}
    for name, address, act in VIEWS[role]:
        page.goto(site + address)
        page.wait_for_load_state("networkidle")
        act(page)
        page.wait_for_load_state("networkidle")
        screenshot(page, f"texts-{name}-xa")
        found[name] = page.evaluate(PLAIN_TEXTS, NAMES)
    assert found == {name: [] for name in found}


@pytest.mark.parametrize("language", ["de", "da", "xa"])
def test_the_tutors_views_fit_on_a_phone_in_each_language(
    page: Page, site: str, settings: Settings, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    demo.load(settings)
    monkeypatch.setenv("STAGE", "local")
    page.set_viewport_size({"width": 360, "height": 740})
    page.add_init_script(f"localStorage.clear(); localStorage.setItem('slotledger.language', '{language}')")
    for name, address, act in VIEWS["tutor"]:
        if act in (look, publish, booking):
            page.goto(site + address)
            page.wait_for_load_state("networkidle")
            act(page)
            assert page.evaluate("document.documentElement.scrollWidth") == 360, name
            screenshot(page, f"texts-{name}-{language}-360")
            assert axe_violations(page) == [], name
