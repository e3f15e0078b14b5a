"""What a student sees: free slots, in the student's own time."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import Engine

from tests.browser.conftest import barriers, keep, shifts, sign_in, tab_to
from tests.builders import Tutor, add_booking, add_slots, add_tutor

NEXT_WEEK = 7


def days_from_monday(days: int) -> date:
    """Return a day counted from the Monday of this week, as the viewer in New York has it."""
    today = datetime.now(ZoneInfo("America/New_York")).date()
    return today - timedelta(days=today.weekday()) + timedelta(days=days)


def of_day(page: Page, day: date) -> list[str]:
    """Return the free slots that the page shows on a day."""
    card = page.get_by_role("listitem").filter(has=page.locator(f"h3 time[datetime='{day}']"))
    expect(page.locator("section")).to_have_attribute("aria-busy", "false")
    return card.get_by_role("list").get_by_role("listitem").all_inner_texts()


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    """A tutor in Copenhagen, six hours ahead of the viewer, with a Wednesday and a booking next week."""
    tutor = add_tutor(engine)
    wednesday = days_from_monday(NEXT_WEEK + 2)
    add_slots(engine, tutor, wednesday, "03:00", "15:00", "16:30")
    add_booking(engine, tutor, wednesday, "16:30")
    return tutor


def test_free_slots_are_shown_in_the_viewers_time(page: Page, site: str, tutor: Tutor) -> None:
    """Three in the morning is still the evening before, in New York; what is booked isn't shown."""
    page.goto(f"{site}/#/{tutor.id}")
    page.get_by_role("button", name="Later").click()
    assert of_day(page, days_from_monday(NEXT_WEEK + 1)) == ["21:00–22:00"]
    assert of_day(page, days_from_monday(NEXT_WEEK + 2)) == ["09:00–10:00"]
    expect(page.get_by_text("In your time: New York time. The tutor is on Copenhagen time.")).to_be_visible()
    keep(page, "student")


def test_what_is_over_is_not_offered(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    add_slots(engine, tutor, days_from_monday(-1), "12:00")
    add_slots(engine, tutor, days_from_monday(0), "00:00")
    page.goto(f"{site}/#/{tutor.id}")
    assert [of_day(page, days_from_monday(day)) for day in range(7)] == [[]] * 7
    expect(page.get_by_role("button", name="Earlier")).to_be_disabled()


def test_the_week_is_turned_by_keyboard(page: Page, site: str, tutor: Tutor) -> None:
    page.goto(f"{site}/#/{tutor.id}")
    tab_to(page, page.get_by_role("button", name="Later"))
    page.keyboard.press("Enter")
    assert of_day(page, days_from_monday(NEXT_WEEK + 2)) == ["09:00–10:00"]


def test_whoever_comes_back_to_the_first_week_keeps_the_place(page: Page, site: str, tutor: Tutor) -> None:
    page.goto(f"{site}/#/{tutor.id}")
    earlier = page.get_by_role("button", name="Earlier")
    page.get_by_role("button", name="Later").click()
    earlier.press("Enter")
    expect(earlier).to_be_disabled()
    expect(earlier).to_be_focused()
    earlier.press("Enter")
    assert page.locator("h3 time").first.get_attribute("datetime") == str(days_from_monday(0))


def test_a_server_that_is_away_is_told_in_words_and_asked_again(page: Page, site: str, tutor: Tutor) -> None:
    page.clock.install()

    def away(route: Route) -> None:
        route.abort()

    page.route("**/get_availability?*", away)
    page.goto(f"{site}/#/{tutor.id}")
    page.clock.run_for(60_000)  # the client tries again by itself, a few times
    expect(page.get_by_role("alert")).to_contain_text("The server can't be reached. Check the connection")
    expect(page.get_by_text("Nothing free")).to_have_count(0)
    page.unroute("**/get_availability?*", away)
    tab_to(page, page.get_by_role("button", name="Try again"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("heading", name="Free times")).to_be_focused()
    expect(page.get_by_text("Nothing free")).to_have_count(7)


def test_a_page_left_open_follows_the_time_and_the_others(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    wednesday = days_from_monday(NEXT_WEEK + 2)
    page.clock.install(time=datetime.combine(wednesday, time(8, 58), ZoneInfo("America/New_York")))
    page.goto(f"{site}/#/{tutor.id}")
    assert of_day(page, wednesday) == ["09:00–10:00"]
    add_slots(engine, tutor, wednesday, "18:00", "19:00")
    page.clock.run_for(4 * 60_000)
    slots = page.locator(".slots > li")
    expect(slots).to_have_text(["12:00–13:00", "13:00–14:00"])
    add_booking(engine, tutor, wednesday, "18:00")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # as when the tab is come back to
    expect(slots).to_have_text(["13:00–14:00"])


@pytest.mark.parametrize(
    ("viewer", "tutors", "day", "start", "shown"),
    [
        ("Pacific/Kiritimati", "Etc/GMT+12", NEXT_WEEK - 2, "22:00", (NEXT_WEEK, "00:00–01:00")),
        ("Etc/GMT+12", "Pacific/Kiritimati", NEXT_WEEK + 8, "01:00", (NEXT_WEEK + 6, "23:00–00:00")),
    ],
)
def test_days_are_whole_however_far_away_the_viewer_is(
    browser: Browser, site: str, engine: Engine, viewer: str, tutors: str, day: int, start: str, shown: tuple[int, str]
) -> None:
    tutor = add_tutor(engine, tutors)
    add_slots(engine, tutor, days_from_monday(day), start)
    page = browser.new_page(timezone_id=viewer, locale="en-GB")
    page.clock.install(time=datetime.combine(days_from_monday(0), time(12), ZoneInfo(viewer)))
    page.goto(f"{site}/#/{tutor.id}")
    page.get_by_role("button", name="Later").click()
    assert of_day(page, days_from_monday(shown[0])) == [shown[1]]
    page.context.close()


def test_a_time_that_the_viewers_clock_shows_twice_says_which_it_is(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    """New York puts its clocks back; Copenhagen has done so a week before."""
    sunday = date(2026, 11, 1)
    add_slots(engine, tutor, sunday, "05:30", "06:30", "07:30")
    page.clock.install(time=datetime(2026, 10, 28, 12, tzinfo=UTC))
    page.goto(f"{site}/#/{tutor.id}")
    assert of_day(page, sunday) == ["00:30–01:30 GMT-4", "01:30 GMT-4–01:30 GMT-5", "01:30 GMT-5–02:30"]


@pytest.mark.parametrize("locale", ["ar-EG", "en-US"])
def test_dates_and_times_are_english_as_the_page_is(browser: Browser, site: str, engine: Engine, locale: str) -> None:
    """Whatever the browser's language; one that is written from right to left would turn times round."""
    tutor = add_tutor(engine)
    wednesday = days_from_monday(NEXT_WEEK + 2)
    add_slots(engine, tutor, wednesday, "15:00")
    page = browser.new_page(timezone_id="America/New_York", locale=locale)
    sign_in(page, tutor.token)
    page.goto(f"{site}/#/{tutor.id}/free")
    page.get_by_role("button", name="Later").click()
    assert of_day(page, wednesday) == ["09:00–10:00"]
    expect(page.get_by_role("heading", name=f"{wednesday:%A} {wednesday.day} {wednesday:%B}")).to_be_visible()
    page.get_by_role("link", name="Statistics").click()
    today = datetime.now(ZoneInfo("Europe/Copenhagen"))
    expect(page.get_by_text(f"{today.day} {today:%b}", exact=False).first).to_contain_text(str(today.year))
    page.context.close()


def test_a_zone_under_another_name_is_the_same(browser: Browser, site: str, engine: Engine) -> None:
    tutor = add_tutor(engine, "Asia/Kathmandu")
    page = browser.new_page(timezone_id="Asia/Katmandu", locale="en-GB")
    sign_in(page, tutor.token)
    page.goto(f"{site}/#/{tutor.id}/free")
    of_day(page, days_from_monday(0))
    expect(page.locator("section > .small")).to_have_text(re.compile("^In your time: Kath?mandu time.$"))
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("All times are the tutor's: Kathmandu time.", exact=True)).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("view", ["free", "history", "statistics"])
def test_nothing_moves_on_a_phone_while_a_view_comes(page: Page, site: str, tutor: Tutor, view: str) -> None:
    sign_in(page, tutor.token)
    page.set_viewport_size({"width": 360, "height": 740})
    with shifts(page) as moved:
        page.goto(f"{site}/#/{tutor.id}/{view}")
        expect(page.locator("section").first).to_have_attribute("aria-busy", "false")
    assert moved == []


def test_a_tutor_who_is_not_there_is_told_in_words(page: Page, site: str) -> None:
    page.goto(f"{site}/#/{uuid4()}")
    expect(page.get_by_role("alert")).to_contain_text("There is no such tutor. Perhaps the address was cut short?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(page: Page, site: str, tutor: Tutor, scheme: Literal["light", "dark"]) -> None:
    """By axe's rules for WCAG 2.2 AA; and on a phone of 360 pixels nothing reaches beyond the edge."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/#/{tutor.id}")
    page.get_by_role("button", name="Later").click()
    assert of_day(page, days_from_monday(NEXT_WEEK + 2)) == ["09:00–10:00"]
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    keep(page, f"student-phone-{scheme}")
