"""The week shades the hours that students book."""

from datetime import timedelta
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import axe_violations, screenshot, sign_in
from tests.browser.week.conftest import WEDNESDAY, column, more, open_week, wait_until_loaded
from tests.builders import Tutor, add_booking, add_slots, student

WEEKS = 5


@pytest.fixture
def tutor(engine: Engine, tutor: Tutor) -> Tutor:
    """In the last five weeks, Wednesdays at 17:00 were booked four times, at 16:00 once, and at 15:00 never."""
    for ago in range(1, WEEKS + 1):
        day = WEDNESDAY - timedelta(weeks=ago + 2)
        add_slots(engine, tutor, day, "15:00", "16:00", "17:00")
        if ago < WEEKS:
            add_booking(engine, tutor, day, "17:00", student=student("Ben Lund"))
        else:
            add_booking(engine, tutor, day, "16:00", student=student("Ben Lund"))
    return tutor


def heat(page: Page) -> Locator:
    return page.locator(".calendar .heat")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_hours_that_fill_up_are_shaded_and_named(
    page: Page, site: str, tutor: Tutor, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme=scheme)
    sign_in(page, tutor.token)
    open_week(page, site, tutor)
    expect(heat(page)).to_have_count(0)
    page.get_by_label("Shade the hours that fill up").check()
    expect(heat(page)).to_have_count(2)
    expect(column(page, WEDNESDAY).locator(".heat")).to_have_count(2)
    expect(page.locator(".demand li")).to_have_text(["Wednesday 17:00: 4 of 5 booked"])
    assert axe_violations(page) == []
    screenshot(page, f"week-demand-{scheme}")
    page.reload()
    wait_until_loaded(page)
    expect(heat(page)).to_have_count(2)
    page.get_by_label("Shade the hours that fill up").uncheck()
    expect(heat(page)).to_have_count(0)


@pytest.mark.parametrize("width", [360, 1024])
def test_without_a_column_beside_the_week_the_choice_is_in_more(
    page: Page, site: str, tutor: Tutor, width: int
) -> None:
    sign_in(page, tutor.token)
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{site}/week?tutor={tutor.id}&date={WEDNESDAY}")
    wait_until_loaded(page)
    more(page).get_by_label("Shade the hours that fill up").check()
    expect(more(page).get_by_text("Wednesday 17:00: 4 of 5 booked")).to_be_visible()
    expect(heat(page)).to_have_count(2)
    screenshot(page, f"week-demand-{width}")
    assert page.evaluate("document.documentElement.scrollWidth") == width
