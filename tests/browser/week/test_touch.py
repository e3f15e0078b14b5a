"""The week on a touch screen: a tap offers and takes back, a long press drags, a swipe only scrolls."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import screenshot, sign_in
from tests.browser.week.conftest import HOUR, THURSDAY, WEDNESDAY, column, slot, status, wait_until_loaded
from tests.builders import Tutor, add_slots


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """A phone."""
    size: Any = {"width": 360, "height": 740}
    context = browser.new_context(
        timezone_id="America/New_York", locale="en-GB", viewport=size, has_touch=True, is_mobile=True
    )
    yield context
    context.close()


@pytest.fixture
def phone(page: Page, site: str, tutor: Tutor, engine: Engine) -> Page:
    """A day with one free time, from 15:00 to 16:00."""
    add_slots(engine, tutor, THURSDAY, "15:00")
    sign_in(page, tutor.token)
    page.goto(f"{site}/week?tutor={tutor.id}&date={THURSDAY}")
    wait_until_loaded(page)
    return page


def place(page: Page, minutes: int) -> tuple[float, float]:
    """Return the position of a time of the shown day, by the place of the slot at 15:00."""
    box = slot(page, "15:00–16:00").first.bounding_box()
    day = column(page, THURSDAY).bounding_box()
    assert box is not None
    assert day is not None
    return day["x"] + day["width"] / 2, box["y"] + (box["height"] + 2) * (minutes - 15 * HOUR) / HOUR


def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})


def test_a_tap_offers_and_takes_back(phone: Page) -> None:
    phone.touchscreen.tap(*place(phone, 17 * HOUR + 10))
    expect(slot(phone, "17:00–18:00, to be added")).to_be_visible()
    slot(phone, "15:00–16:00, free").tap()
    expect(slot(phone, "15:00–16:00, to be removed")).to_be_visible()
    expect(phone.get_by_text("2 changes not saved")).to_be_visible()
    screenshot(phone, "week-touch")
    sizes = phone.locator(".calendar .slot").evaluate_all("all => all.map(it => it.getBoundingClientRect().height)")
    assert min(sizes) >= 44


def test_short_times_and_the_choice_of_a_day_can_be_tapped(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    add_slots(engine, tutor, THURSDAY, "15:00", minutes=45)
    sign_in(page, tutor.token)
    page.goto(f"{site}/week?tutor={tutor.id}&date={THURSDAY}")
    height = "it => it.getBoundingClientRect().height"
    assert slot(page, "15:00–15:45, free").evaluate(height) >= 43.9
    page.get_by_role("button", name="I'm ill").tap()
    assert page.get_by_role("button", name="Tomorrow", exact=True).evaluate(height) >= 43.9


def test_a_swipe_creates_nothing(phone: Page, context: BrowserContext) -> None:
    """It may end later than a long press begins."""
    session = context.new_cdp_session(phone)
    x, y = place(phone, 17 * HOUR)
    touch(session, "touchStart", (x, y))
    for step in range(1, 11):
        touch(session, "touchMove", (x, y - 12 * step))
    phone.evaluate("new Promise(done => setTimeout(done, 600))")  # the time of a long press
    expect(phone.locator(".says")).to_have_count(0)
    touch(session, "touchEnd")
    expect(phone.get_by_text("not saved")).to_have_count(0)
    assert phone.locator(".calendar [data-slot]").count() == 1


def test_a_long_press_drags(phone: Page, context: BrowserContext) -> None:
    session = context.new_cdp_session(phone)
    x, y = place(phone, 16 * HOUR + 33)
    end = place(phone, 18 * HOUR + 27)[1]
    touch(session, "touchStart", (x, y))
    expect(phone.locator(".says")).to_be_visible()
    for step in range(1, 6):
        touch(session, "touchMove", (x, y + (end - y) * step / 5))
    expect(phone.locator(".says")).to_contain_text("16:30 – 18:30: 2 times of 60 minutes")
    touch(session, "touchEnd")
    expect(status(phone)).to_contain_text("16:30–17:30, 17:30–18:30 to be added.")


def test_a_long_press_on_a_time_shows_its_options(phone: Page, context: BrowserContext) -> None:
    """What a drag does, without a drag."""
    session = context.new_cdp_session(phone)
    touch(session, "touchStart", place(phone, 15 * HOUR + 30))
    expect(phone.locator(".says")).to_be_visible()
    touch(session, "touchEnd")
    options = phone.get_by_role("dialog", name="15:00–16:00")
    expect(options).to_be_visible()
    screenshot(phone, "week-touch-options")
    assert phone.evaluate("document.documentElement.scrollWidth") == 360


def test_days_are_chosen_by_the_strip(phone: Page) -> None:
    phone.get_by_role("group", name="Day").get_by_role("button", name="Wednesday").tap()
    expect(column(phone, WEDNESDAY)).to_be_visible()
    expect(slot(phone, "09:00–10:00, free")).to_have_count(1)
