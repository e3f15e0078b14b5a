"""One tutor's page, as everybody sees it: a month at a glance and the times of a day, in the viewer's time zone."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from sqlalchemy import Engine, update

from migrations.tables import tutors
from tests.browser.conftest import axe_violations, layout_shifts, long_date, screenshot, sign_in, tab_to
from tests.builders import Tutor, add_booking, add_slots, add_tutor, student

NEW_YORK, COPENHAGEN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Copenhagen")
# The server doesn't offer what has begun, so the dates are next year's: in the future of its clock, too.
YEAR = datetime.now(NEW_YORK).year + 1
NOVEMBER_8 = date(YEAR, 11, 8)
SATURDAY = datetime.combine(NOVEMBER_8 + timedelta(days=(5 - NOVEMBER_8.weekday()) % 7), time(12), NEW_YORK)


def after_saturday(days: int) -> date:
    return SATURDAY.date() + timedelta(days=days)


def plain_date(day: date) -> str:
    """Return a date as the page writes it if it is in the same year."""
    return f"{day:%A} {day.day} {day:%B}"


def days_ahead(days: int) -> date:
    """Return a date by its distance from today. Today is the date in New York, where the viewer is."""
    return datetime.now(NEW_YORK).date() + timedelta(days=days)


def has_loaded(page: Page) -> None:
    expect(page.locator("section")).to_have_attribute("aria-busy", "false")


def open_day(page: Page, site: str, tutor: Tutor, day: date) -> Page:
    page.goto(f"{site}/book?tutor={tutor.id}&date={day}")
    has_loaded(page)
    return page


def times(page: Page) -> Locator:
    """Return the free times of the shown day."""
    return page.locator(".times > li time")


def notes(page: Page) -> Locator:
    return page.locator(".times > li .note")


def day_button(page: Page, day: date) -> Locator:
    return page.locator(f".month-glance [data-date='{day}']")


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
    open_day(page, site, tutor, days_ahead(8))
    expect(times(page)).to_have_text(["21:00"])
    expect(notes(page)).to_have_text(["60 minutes · 03:00 for Ada"])
    there = days_ahead(9)
    expect(page.locator(".day-head .note")).to_have_text(f"{there:%a} {there.day} for Ada")
    expect(day_button(page, days_ahead(8))).to_have_accessible_name(f"{long_date(days_ahead(8))}, 1 free time")
    now = datetime.now(UTC)
    hours = (now.astimezone(COPENHAGEN).utcoffset() - now.astimezone(NEW_YORK).utcoffset()).total_seconds() / 3600  # type: ignore[operator]
    expect(page.get_by_text(f"Copenhagen, {hours:.0f} hours ahead of you")).to_be_visible()
    expect(page.get_by_label("Times are in the zone").locator("option:checked")).to_have_text("New York")
    screenshot(page, "student")
    open_day(page, site, tutor, days_ahead(9))
    expect(times(page)).to_have_text(["09:00"])
    expect(notes(page)).to_have_text(["60 minutes · 15:00 for Ada"])


def test_the_page_of_a_tutor_waits_for_the_name(page: Page, site: str, tutor: Tutor) -> None:
    """Otherwise, each time would be said with a part of the tutor's id, and then again with the name."""
    held: list[Route] = []
    page.route(re.compile("/tutors"), lambda route: held.append(route))
    with page.expect_response(re.compile("/get_availability")), page.expect_request(re.compile("/tutors")):
        page.goto(f"{site}/book?tutor={tutor.id}&date={days_ahead(8)}")
    expect(page.locator(".day-head")).to_be_visible()
    expect(times(page)).to_have_count(0)
    expect(page.get_by_text(str(tutor.id)[-8:])).to_have_count(0)
    held[0].continue_()
    expect(notes(page)).to_have_text(["60 minutes · 03:00 for Ada"])


def test_the_viewer_chooses_another_zone_which_stays_chosen(page: Page, site: str, tutor: Tutor) -> None:
    open_day(page, site, tutor, days_ahead(9))
    page.get_by_label("Times are in the zone").select_option("Copenhagen")
    expect(times(page)).to_have_text(["03:00", "15:00"])
    expect(notes(page)).to_have_text(["60 minutes"] * 2)
    expect(page.get_by_text("Copenhagen, the same time as yours")).to_be_visible()
    page.reload()
    expect(times(page)).to_have_text(["03:00", "15:00"])
    expect(page.locator(".clock").first).to_contain_text("Copenhagen time")
    page.get_by_label("Times are in the zone").select_option("New York")
    expect(times(page)).to_have_text(["09:00"])


def test_the_month_begins_with_today_and_past_slots_are_not_shown(
    page: Page, site: str, tutor: Tutor, engine: Engine
) -> None:
    page.clock.set_fixed_time(SATURDAY)
    for days in range(-2, 2):
        add_slots(engine, tutor, after_saturday(days), "12:00")
    page.goto(f"{site}/book?tutor={tutor.id}")
    expect(page.get_by_role("heading", name=plain_date(after_saturday(1)))).to_be_visible()
    expect(times(page)).to_have_text(["06:00"])
    expect(day_button(page, after_saturday(-1))).to_have_count(0)
    expect(day_button(page, after_saturday(0))).to_have_accessible_name(
        f"{plain_date(after_saturday(0))}, nothing free"
    )
    expect(page.get_by_role("button", name="Earlier month")).to_be_disabled()


def test_on_the_last_day_of_a_month_the_next_days_are_shown(
    page: Page, site: str, tutor: Tutor, engine: Engine
) -> None:
    page.clock.set_fixed_time(datetime(YEAR, 11, 30, 12, tzinfo=NEW_YORK))
    add_slots(engine, tutor, date(YEAR, 12, 10), "15:00")
    page.goto(f"{site}/book?tutor={tutor.id}")
    has_loaded(page)
    month = page.locator(".month-head h3")
    expect(month).to_have_text(re.compile(rf"^Nov\s–\sDec {YEAR}$"))
    expect(day_button(page, date(YEAR, 11, 29))).to_have_count(0)
    day_button(page, date(YEAR, 11, 30)).focus()
    page.keyboard.press("ArrowRight")
    expect(day_button(page, date(YEAR, 12, 1))).to_be_focused()
    later = day_button(page, date(YEAR, 12, 10))
    expect(later).to_have_accessible_name(f"{plain_date(date(YEAR, 12, 10))}, 1 free time")
    later.click()
    expect(times(page)).to_have_text(["09:00"])
    expect(month).to_have_text(f"December {YEAR}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_week_without_free_times_leads_to_the_next_one(
    page: Page, site: str, engine: Engine, tutor: Tutor, scheme: Literal["light", "dark"]
) -> None:
    tutor = add_tutor(engine)
    page.clock.set_fixed_time(SATURDAY)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    add_slots(engine, tutor, after_saturday(10), "03:00", "09:00")
    page.goto(f"{site}/book?tutor={tutor.id}")
    expect(page.get_by_text("Nothing is free this week.")).to_be_visible()
    expect(page.get_by_text(f"{plain_date(after_saturday(9))}, 21:00", exact=True)).to_be_visible()
    tab_to(page, page.get_by_role("button", name="Show that day"))
    assert axe_violations(page) == []
    screenshot(page, f"student-next-{scheme}")
    page.keyboard.press("Enter")
    expect(times(page)).to_have_text(["21:00"])
    page.wait_for_url(f"{site}/book?tutor={tutor.id}&date={after_saturday(9)}")
    expect(page.get_by_role("heading", name=plain_date(after_saturday(9)))).to_be_focused()


def test_a_day_without_free_times_says_what_is_next_or_that_there_is_nothing(
    page: Page, site: str, engine: Engine
) -> None:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, days_ahead(150), "15:00")
    open_day(page, site, tutor, days_ahead(3))
    expect(page.get_by_text(f"Nothing is free on {long_date(days_ahead(3))}.")).to_be_visible()
    expect(page.get_by_role("button", name="Show that day")).to_be_visible()
    open_day(page, site, tutor, days_ahead(151))
    expect(page.get_by_text("Nothing is free in the coming year, either.")).to_be_visible()


def test_slots_that_nobody_can_book_are_not_offered(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    with engine.begin() as connection:
        connection.execute(update(tutors).values(booking_notice_minutes=60 * 24 * 9))
    add_slots(engine, tutor, days_ahead(12), "15:00")
    open_day(page, site, tutor, days_ahead(12))
    expect(times(page)).to_have_text(["09:00"])
    open_day(page, site, tutor, days_ahead(8))
    expect(page.get_by_text(f"Nothing is free on {long_date(days_ahead(8))}.")).to_be_visible()
    expect(times(page)).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_slot_of_another_zone_has_its_start_there(
    page: Page, site: str, engine: Engine, tutor: Tutor, scheme: Literal["light", "dark"]
) -> None:
    """In New York, the slot begins on the day before. The slot over midnight is on the date of its start."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    add_slots(engine, tutor, days_ahead(11), "09:00", "23:30", zone="Asia/Tokyo")
    add_slots(engine, tutor, days_ahead(12), "05:30")
    day = days_ahead(11)
    is_summer = datetime.combine(day, time(12), NEW_YORK).dst() != timedelta(0)
    first, second = ("20:00", "10:30") if is_summer else ("19:00", "09:30")
    open_day(page, site, tutor, days_ahead(10))
    expect(times(page)).to_have_text([first])
    expect(notes(page)).to_have_text(["60 minutes · 09:00 for Ada"])
    expect(page.locator(".day-head .note")).to_have_text(f"{day:%a} {day.day} for Ada")
    open_day(page, site, tutor, day)
    expect(times(page)).to_have_text([second, "23:30"])
    expect(notes(page).first).to_have_text("60 minutes · 23:30 for Ada")
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
    expect(times(page)).to_have_text(["06:00"])
    assert len(reads) == 1


def test_another_day_is_opened_by_keyboard(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    """The month is one Tab stop. Arrow keys go from day to day and from week to week."""
    page.clock.set_fixed_time(SATURDAY)
    add_slots(engine, tutor, after_saturday(9), "15:00")
    open_day(page, site, tutor, after_saturday(1))
    tab_to(page, day_button(page, after_saturday(1)))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(day_button(page, after_saturday(9))).to_be_focused()
    page.keyboard.press("Enter")
    expect(times(page)).to_have_text(["09:00"])
    expect(day_button(page, after_saturday(9))).to_be_focused()


def test_the_focus_stays_when_the_earlier_month_is_disabled(page: Page, site: str, tutor: Tutor) -> None:
    page.clock.set_fixed_time(SATURDAY)
    page.goto(f"{site}/book?tutor={tutor.id}")
    month = page.locator(".month-head h3")
    page.get_by_role("button", name="Later month").click()
    expect(month).to_have_text(f"December {YEAR}")
    earlier = page.get_by_role("button", name="Earlier month")
    earlier.press("Enter")
    expect(month).to_have_text(f"November {YEAR}")
    expect(earlier).to_be_disabled()
    expect(earlier).to_be_focused()
    earlier.press("Enter")
    expect(month).to_have_text(f"November {YEAR}")


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
    expect(page.get_by_role("heading", name="Ada")).to_be_focused()
    expect(page.get_by_role("button", name="Show that day")).to_be_visible()


def test_a_student_who_could_not_be_told_from_a_tutor_can_ask_again(page: Page, site: str, tutor: Tutor) -> None:
    """Until that is known, the free times have no buttons."""

    def fail(route: Route) -> None:
        route.fulfill(status=500, json={})

    page.route("**/tutors?*", fail)
    sign_in(page, student("Ben Lund").token)
    page.goto(f"{site}/book?tutor={tutor.id}&date={days_ahead(8)}")
    expect(page.get_by_role("alert")).to_contain_text("The server is busy")
    expect(times(page)).to_have_count(1)
    expect(page.locator(".times button")).to_have_count(0)
    page.unroute("**/tutors?*", fail)
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".times button")).to_have_count(1)
    expect(page.get_by_role("alert")).to_have_count(0)


def test_an_open_page_is_updated_every_few_minutes_and_when_the_viewer_returns(
    page: Page, site: str, tutor: Tutor, engine: Engine
) -> None:
    day = days_ahead(9)
    page.clock.install(time=datetime.combine(day, time(8, 58), NEW_YORK))
    page.goto(f"{site}/book?tutor={tutor.id}")
    expect(times(page)).to_have_text(["09:00"])
    add_slots(engine, tutor, day, "18:00", "19:00")
    page.clock.run_for(3 * 60_000)
    expect(times(page)).to_have_text(["12:00", "13:00"])
    add_booking(engine, tutor, day, "18:00")
    page.evaluate(
        "document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))"
    )  # as when the viewer returns to the tab
    expect(times(page)).to_have_text(["13:00"])


@pytest.mark.parametrize(
    ("viewers_zone", "tutors_zone", "day", "start", "expected"),
    [
        ("Pacific/Kiritimati", "Etc/GMT+12", 5, "22:00", (7, "00:00")),
        ("Etc/GMT+12", "Pacific/Kiritimati", 15, "01:00", (13, "23:00")),
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
    open_day(page, site, tutor, days_ahead(expected[0]))
    expect(times(page)).to_have_text([expected[1]])
    page.context.close()


def test_a_time_that_comes_twice_has_its_offset(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    """On this Sunday, the clocks are put back in New York. In Copenhagen, they were put back a week before."""
    november = date(YEAR, 11, 1)
    sunday = november + timedelta(days=(6 - november.weekday()) % 7)
    add_slots(engine, tutor, sunday, "05:30", "06:30", "07:30")
    page.clock.install(time=datetime.combine(sunday - timedelta(days=4), time(12), UTC))
    open_day(page, site, tutor, sunday)
    expect(times(page)).to_have_text(["00:30", "01:30 GMT-4", "01:30 GMT-5"])


@pytest.mark.parametrize(
    ("locale", "start", "heading", "first_day"),
    [
        ("ar-EG", "09:00", "{day:%A} {day.day} {day:%B}", "Saturday"),
        ("en-US", "9:00 AM", "{day:%A}, {day:%B} {day.day}", "Sunday"),
    ],
)
def test_dates_and_times_have_the_browsers_format_if_it_is_in_the_pages_language(
    browser: Browser, site: str, engine: Engine, locale: str, start: str, heading: str, first_day: str
) -> None:
    """In a language that is written from right to left, the start and the end of a slot would be reversed."""
    tutor = add_tutor(engine)
    day = days_ahead(9)
    add_slots(engine, tutor, day, "15:00")
    page = browser.new_page(timezone_id="America/New_York", locale=locale)
    open_day(page, site, tutor, day)
    assert [re.sub(r"\s", " ", text) for text in times(page).all_inner_texts()] == [start]
    expect(page.get_by_role("heading", name=heading.format(day=day))).to_be_visible()
    expect(page.locator(".month-glance abbr").first).to_have_attribute("title", first_day)
    page.context.close()


def test_another_name_of_the_tutors_zone_is_the_same_zone(browser: Browser, site: str, engine: Engine) -> None:
    tutor = add_tutor(engine, "Asia/Kathmandu")
    add_slots(engine, tutor, days_ahead(9), "15:00")
    page = browser.new_page(timezone_id="Asia/Katmandu", locale="en-GB")
    sign_in(page, tutor.token)
    open_day(page, site, tutor, days_ahead(9))
    expect(page.get_by_text("Kathmandu, the same time as yours")).to_be_visible()
    expect(notes(page)).to_have_text(["60 minutes"])
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("Times are Kathmandu's.", exact=True)).to_be_visible()
    page.context.close()


def test_only_times_of_the_chosen_length_are_shown(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    add_slots(engine, tutor, days_ahead(10), "15:00", minutes=45)
    add_slots(engine, tutor, days_ahead(10), "16:00")
    open_day(page, site, tutor, days_ahead(10))
    expect(times(page)).to_have_text(["09:00", "10:00"])
    page.get_by_label("Length").select_option("45 minutes")
    expect(times(page)).to_have_text(["09:00"])
    page.wait_for_url(f"{site}/book?tutor={tutor.id}&minutes=45&date={days_ahead(10)}")


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
    open_day(page, site, tutor, days_ahead(9))
    expect(times(page)).to_have_text(["09:00"])
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    screenshot(page, f"student-phone-{scheme}")
