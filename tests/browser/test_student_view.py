"""The view "What students see": free slots in the viewer's time zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import Engine, update

from migrations.tables import tutors
from tests.browser.conftest import axe_violations, layout_shifts, screenshot, sign_in, tab_to
from tests.builders import Tutor, add_booking, add_slots, add_tutor

NEW_YORK = ZoneInfo("America/New_York")
# The server doesn't offer what has begun, so the dates are next year's: in the future of its clock, too.
YEAR = datetime.now(NEW_YORK).year + 1
NOVEMBER_22 = date(YEAR, 11, 22)
SATURDAY = datetime.combine(NOVEMBER_22 + timedelta(days=(5 - NOVEMBER_22.weekday()) % 7), time(12), NEW_YORK)


def after_saturday(days: int) -> date:
    return SATURDAY.date() + timedelta(days=days)


def long_date(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def days_ahead(days: int) -> date:
    """Return a date by its distance from today. Today is the date in New York, where the viewer is."""
    return datetime.now(NEW_YORK).date() + timedelta(days=days)


def free_slots(page: Page, day: date) -> list[str]:
    """Return the free slots that the page shows on a date."""
    card = page.get_by_role("listitem").filter(has=page.locator(f"h3 time[datetime='{day}']"))
    expect(page.locator("section")).to_have_attribute("aria-busy", "false")
    return card.get_by_role("list").get_by_role("listitem").all_inner_texts()


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    """A tutor in Copenhagen, six hours ahead of the viewer. In nine days, two slots are free and one is booked."""
    tutor = add_tutor(engine)
    day = days_ahead(9)
    add_slots(engine, tutor, day, "03:00", "15:00", "16:30")
    add_booking(engine, tutor, day, "16:30")
    return tutor


def test_free_slots_are_shown_in_the_viewers_time(page: Page, site: str, tutor: Tutor) -> None:
    """03:00 in Copenhagen is the evening before in New York. The booked slot isn't shown."""
    page.goto(f"{site}/book?tutor={tutor.id}")
    page.get_by_role("button", name="Later").click()
    assert free_slots(page, days_ahead(8)) == ["21:00–22:00"]
    assert free_slots(page, days_ahead(9)) == ["09:00–10:00"]
    expect(page.get_by_text("In your time: New York time. The tutor is on Copenhagen time.")).to_be_visible()
    screenshot(page, "student")


def test_the_days_begin_with_today_and_past_slots_are_not_shown(
    page: Page, site: str, tutor: Tutor, engine: Engine
) -> None:
    page.clock.set_fixed_time(SATURDAY)
    for days in range(-2, 2):
        add_slots(engine, tutor, after_saturday(days), "12:00")
    page.goto(f"{site}/book?tutor={tutor.id}")
    assert free_slots(page, after_saturday(1)) == ["06:00–07:00"]
    shown = page.locator("h3 time")
    expect(shown).to_have_count(7)
    first, last = str(after_saturday(0)), str(after_saturday(6))
    assert [day.get_attribute("datetime") for day in (shown.first, shown.last)] == [first, last]
    assert free_slots(page, after_saturday(0)) == []
    expect(page.get_by_role("button", name="Earlier")).to_be_disabled()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_days_without_free_slots_lead_to_the_next_free_date(
    page: Page, site: str, engine: Engine, tutor: Tutor, scheme: Literal["light", "dark"]
) -> None:
    tutor = add_tutor(engine)
    page.clock.set_fixed_time(SATURDAY)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    add_slots(engine, tutor, after_saturday(10), "03:00", "09:00")
    page.goto(f"{site}/book?tutor={tutor.id}")
    week = f"{long_date(after_saturday(0))} to {long_date(after_saturday(6))}"
    expect(page.get_by_text(f"Nothing is free from {week}.")).to_be_visible()
    button = page.get_by_role("button", name=f"Next free day: {long_date(after_saturday(9))}")
    tab_to(page, button)
    assert axe_violations(page) == []
    screenshot(page, f"student-next-{scheme}")
    page.keyboard.press("Enter")
    assert free_slots(page, after_saturday(9)) == ["21:00–22:00"]
    assert page.locator("h3 time").first.get_attribute("datetime") == str(after_saturday(9))
    expect(page.get_by_role("heading", name="Free times")).to_be_focused()
    page.get_by_role("button", name="Later").click()
    expect(page.get_by_text("Nothing is free in the year after that, either.")).to_be_visible()


def test_slots_that_nobody_can_book_are_not_offered(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    with engine.begin() as connection:
        connection.execute(update(tutors).values(booking_notice_minutes=60 * 24 * 9))
    add_slots(engine, tutor, days_ahead(12), "15:00")
    page.goto(f"{site}/book?tutor={tutor.id}")
    page.get_by_role("button", name="Later").click()
    assert free_slots(page, days_ahead(12)) == ["09:00–10:00"]
    assert free_slots(page, days_ahead(8)) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_slot_of_another_zone_has_a_label(
    page: Page, site: str, engine: Engine, tutor: Tutor, scheme: Literal["light", "dark"]
) -> None:
    """In New York, the slot begins on the day before. The slot over midnight is on the date of its start."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    add_slots(engine, tutor, days_ahead(11), "09:00", "23:30", zone="Asia/Tokyo")
    add_slots(engine, tutor, days_ahead(12), "05:30")
    page.goto(f"{site}/book?tutor={tutor.id}")
    page.get_by_role("button", name="Later").click()
    day = days_ahead(11)
    is_summer = datetime.combine(day, time(12), NEW_YORK).dst() != timedelta(0)
    first, second = ("20:00–21:00", "10:30–11:30") if is_summer else ("19:00–20:00", "09:30–10:30")
    assert free_slots(page, days_ahead(10)) == [f"{first}\n{day:%a} {day.day}, 09:00 Tokyo time"]
    assert free_slots(page, day) == [f"{second}\n23:30 Tokyo time", "23:30–00:30"]
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    screenshot(page, f"student-zone-{scheme}")


def test_the_next_free_date_is_requested_only_if_nothing_is_free(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    reads: list[str] = []
    page.on("request", lambda request: reads.append(request.url) if "/get_availability" in request.url else None)
    page.clock.set_fixed_time(SATURDAY)
    add_slots(engine, tutor, after_saturday(2), "12:00")
    page.goto(f"{site}/book?tutor={tutor.id}")
    assert free_slots(page, after_saturday(2)) == ["06:00–07:00"]
    assert len(reads) == 1


def test_later_days_are_opened_by_keyboard(page: Page, site: str, tutor: Tutor) -> None:
    page.goto(f"{site}/book?tutor={tutor.id}")
    tab_to(page, page.get_by_role("button", name="Later"))
    page.keyboard.press("Enter")
    assert free_slots(page, days_ahead(9)) == ["09:00–10:00"]


def test_the_focus_stays_when_earlier_is_disabled(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    add_slots(engine, tutor, days_ahead(1), "12:00")
    page.goto(f"{site}/book?tutor={tutor.id}")
    earlier = page.get_by_role("button", name="Earlier")
    page.get_by_role("button", name="Later").click()
    earlier.press("Enter")
    expect(earlier).to_be_disabled()
    expect(earlier).to_be_focused()
    earlier.press("Enter")
    assert page.locator("h3 time").first.get_attribute("datetime") == str(days_ahead(0))


def test_a_server_that_cannot_be_reached_has_an_error_message(page: Page, site: str, tutor: Tutor) -> None:
    page.clock.install()

    def abort(route: Route) -> None:
        route.abort()

    page.route("**/get_availability?*", abort)
    page.goto(f"{site}/book?tutor={tutor.id}")
    page.clock.run_for(60_000)  # so that the client's retries end
    expect(page.get_by_role("alert")).to_contain_text("No answer came from the server. Check the connection")
    expect(page.get_by_text("Nothing is free")).to_have_count(0)
    page.unroute("**/get_availability?*", abort)
    tab_to(page, page.get_by_role("button", name="Try again"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("heading", name="Free times")).to_be_focused()
    expect(page.get_by_role("button", name="Next free day")).to_be_visible()


def test_an_open_page_is_updated_every_few_minutes_and_when_the_viewer_returns(
    page: Page, site: str, tutor: Tutor, engine: Engine
) -> None:
    day = days_ahead(9)
    page.clock.install(time=datetime.combine(day, time(8, 58), NEW_YORK))
    page.goto(f"{site}/book?tutor={tutor.id}")
    assert free_slots(page, day) == ["09:00–10:00"]
    add_slots(engine, tutor, day, "18:00", "19:00")
    page.clock.run_for(3 * 60_000)
    slots = page.locator(".slots > li")
    expect(slots).to_have_text(["12:00–13:00", "13:00–14:00"])
    add_booking(engine, tutor, day, "18:00")
    page.evaluate(
        "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))"
    )  # as when the viewer returns to the tab
    expect(slots).to_have_text(["13:00–14:00"])


@pytest.mark.parametrize(
    ("viewers_zone", "tutors_zone", "day", "start", "expected"),
    [
        ("Pacific/Kiritimati", "Etc/GMT+12", 5, "22:00", (7, "00:00–01:00")),
        ("Etc/GMT+12", "Pacific/Kiritimati", 15, "01:00", (13, "23:00–00:00")),
    ],
)
def test_days_are_complete_if_the_zones_are_26_hours_apart(
    browser: Browser,
    site: str,
    engine: Engine,
    viewers_zone: str,
    tutors_zone: str,
    day: int,
    start: str,
    expected: tuple[int, str],
) -> None:
    tutor = add_tutor(engine, tutors_zone)
    add_slots(engine, tutor, days_ahead(day), start)
    page = browser.new_page(timezone_id=viewers_zone, locale="en-GB")
    page.clock.install(time=datetime.combine(days_ahead(0), time(12), ZoneInfo(viewers_zone)))
    page.goto(f"{site}/book?tutor={tutor.id}")
    page.get_by_role("button", name="Later").click()
    assert free_slots(page, days_ahead(expected[0])) == [expected[1]]
    page.context.close()


def test_a_time_that_comes_twice_has_its_offset(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    """On this Sunday, the clocks are put back in New York. In Copenhagen, they were put back a week before."""
    november = date(YEAR, 11, 1)
    sunday = november + timedelta(days=(6 - november.weekday()) % 7)
    add_slots(engine, tutor, sunday, "05:30", "06:30", "07:30")
    page.clock.install(time=datetime.combine(sunday - timedelta(days=4), time(12), UTC))
    page.goto(f"{site}/book?tutor={tutor.id}")
    assert free_slots(page, sunday) == ["00:30–01:30 GMT-4", "01:30 GMT-4–01:30 GMT-5", "01:30 GMT-5–02:30"]


@pytest.mark.parametrize(
    ("locale", "slot", "heading"),
    [
        ("ar-EG", "09:00–10:00", "{day:%A} {day.day} {day:%B}"),
        ("en-US", "9:00 AM–10:00 AM", "{day:%A}, {day:%B} {day.day}"),
    ],
)
def test_dates_and_times_have_the_browsers_format_if_it_is_in_the_pages_language(
    browser: Browser, site: str, engine: Engine, locale: str, slot: str, heading: str
) -> None:
    """In a language that is written from right to left, the start and the end of a slot would be reversed."""
    tutor = add_tutor(engine)
    day = days_ahead(9)
    add_slots(engine, tutor, day, "15:00")
    page = browser.new_page(timezone_id="America/New_York", locale=locale)
    page.goto(f"{site}/book?tutor={tutor.id}")
    page.get_by_role("button", name="Later").click()
    assert [re.sub(r"\s", " ", text) for text in free_slots(page, day)] == [slot]
    expect(page.get_by_role("heading", name=heading.format(day=day))).to_be_visible()
    page.context.close()


def test_another_name_of_the_tutors_zone_is_the_same_zone(browser: Browser, site: str, engine: Engine) -> None:
    tutor = add_tutor(engine, "Asia/Kathmandu")
    page = browser.new_page(timezone_id="Asia/Katmandu", locale="en-GB")
    sign_in(page, tutor.token)
    page.goto(f"{site}/book?tutor={tutor.id}")
    expect(page.locator("section")).to_have_attribute("aria-busy", "false")
    expect(page.locator("section > .small")).to_have_text(re.compile("^In your time: Kath?mandu time.$"))
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("Times without a zone are Kathmandu time, the tutor's.", exact=True)).to_be_visible()
    page.context.close()


@pytest.mark.parametrize("view", ["book", "history", "statistics"])
def test_nothing_moves_on_a_phone_while_a_view_is_loading(page: Page, site: str, tutor: Tutor, view: str) -> None:
    sign_in(page, tutor.token)
    page.set_viewport_size({"width": 360, "height": 740})
    with layout_shifts(page) as moved:
        page.goto(f"{site}/{view}?tutor={tutor.id}")
        expect(page.locator("section").first).to_have_attribute("aria-busy", "false")
    assert moved == []


def test_an_unknown_tutor_has_an_error_message(page: Page, site: str) -> None:
    page.goto(f"{site}/book?tutor={uuid4()}")
    expect(page.get_by_role("alert")).to_contain_text("There is no such tutor. Check that the address is complete.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(page: Page, site: str, tutor: Tutor, scheme: Literal["light", "dark"]) -> None:
    """Axe finds no violation of WCAG 2.2 AA. On a phone that is 360 pixels wide, nothing is cut off."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/book?tutor={tutor.id}")
    page.get_by_role("button", name="Later").click()
    assert free_slots(page, days_ahead(9)) == ["09:00–10:00"]
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    screenshot(page, f"student-phone-{scheme}")
