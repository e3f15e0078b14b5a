"""Support's jobs, with their interactions counted: by mouse, by keyboard alone, and on a touch screen of 360 pixels.

An interaction is a click or tap, a press of a key chord, or a field that is filled. A choice from a list is two.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Engine, update

from migrations.tables import tutors
from tests.browser.conftest import TIMEOUT_MS, sign_in, tab_to
from tests.browser.test_late import quarter_before, remove_late
from tests.builders import ADMIN, Tutor, add_tutor, monday, slots, stored_slots
from tests.hosts import Api, functions_framework_host

API = Api(functions_framework_host)
DAY = monday()
Way = Literal["mouse", "keyboard", "touch"]
WAYS: tuple[Way, ...] = ("mouse", "keyboard", "touch")


@dataclass
class Hands:
    """A user who presses and types in one way. It counts the interactions."""

    page: Page
    way: Way
    count: int = 0

    def press(self, target: Locator) -> None:
        """Press a button or a link. By keyboard, Tab goes to it, which isn't counted."""
        self.count += 1
        if self.way == "keyboard":
            tab_to(self.page, target)
            self.page.keyboard.press("Enter")
        elif self.way == "touch":
            target.tap()
        else:
            target.click()

    def chord(self, keys: str) -> None:
        self.count += 1
        self.page.keyboard.press(keys)

    def fill(self, field: Locator, text: str) -> None:
        """Fill a field that has the focus already."""
        expect(field).to_be_focused()
        self.count += 1
        field.fill(text)


@pytest.fixture(params=WAYS)
def hands(request: pytest.FixtureRequest, browser: Browser, site: str) -> Iterator[Hands]:
    """An admin, whose page is not open yet."""
    way = request.param
    size: Any = {"width": 360, "height": 740} if way == "touch" else {"width": 1280, "height": 900}
    context = browser.new_context(locale="en-GB", timezone_id="UTC", viewport=size, has_touch=way == "touch")
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    sign_in(page, ADMIN)
    yield Hands(page, way)
    context.close()


@pytest.fixture
def freja(engine: Engine) -> Tutor:
    """Freja Holm, who has removed 9:00 of a Monday."""
    tutor = add_tutor(engine)
    with engine.begin() as connection:
        connection.execute(update(tutors).values(name="Freja Holm").where(tutors.c.id == tutor.id))
    for starts in (("09:00", "10:00"), ("10:00",)):
        body = {"tutorId": str(tutor.id), "date": str(DAY), "timeSlots": slots(*starts), "notes": "dentist"}
        assert API.update(tutor.token, **body).status == 200
    return tutor


def test_why_is_this_slot_gone_and_put_it_back(hands: Hands, site: str, freja: Tutor, engine: Engine) -> None:
    page = hands.page
    page.goto(site)
    if hands.way == "touch":
        hands.press(page.get_by_role("button", name="Find", exact=True))
    else:
        expect(page.get_by_role("button", name="Find a person or a time")).to_be_visible()
        hands.chord("Control+k")
    hands.fill(page.get_by_role("combobox"), f"freja {DAY.day} {DAY:%b} 9")
    why = page.get_by_role("option", name="Why?")
    expect(why).to_be_visible()
    if hands.way == "touch":
        hands.press(why)
    else:
        hands.chord("Enter")
    expect(page.locator(".sentence")).to_contain_text("It isn't offered, because Freja Holm removed it")
    hands.press(page.get_by_role("button", name="Put it back"))
    expect(page.locator(".done")).to_contain_text("It is offered again.")
    assert [f"{start:%H:%M}" for _, start, _ in stored_slots(engine, freja)] == ["09:00", "10:00"]
    assert hands.count == 4


def test_late_removals_of_the_last_quarter_as_csv(hands: Hands, site: str, freja: Tutor, engine: Engine) -> None:
    at = datetime.combine(quarter_before(datetime.now(UTC).date()), time(12), UTC) + timedelta(days=3)
    remove_late(engine, freja, at)
    page = hands.page
    page.goto(site)
    name = "tabs" if hands.way == "touch" else "top"
    hands.press(page.locator(f".{name} nav, nav.{name}").get_by_role("link", name="Platform"))
    hands.press(page.get_by_role("link", name="Last quarter"))
    expect(page.locator("section.statistics")).to_have_attribute("aria-busy", "false")
    with page.expect_download() as download:
        hands.press(page.get_by_role("button", name="Download (CSV)"))
    found = list(csv.DictReader(Path(download.value.path()).read_text("utf-8-sig").splitlines()))
    assert [(row["tutor"], row["date"]) for row in found] == [("Freja Holm", str(at.date()))]
    assert hands.count == 3
