"""The view "Find": students find free slots of all tutors and hold them, in a time zone that isn't the tutors'."""

import json
import re
from datetime import datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import Engine, select, update

from migrations.tables import bookings, tutors
from tests.browser.conftest import axe_violations, layout_shifts, long_date, screenshot, sign_in, tab_to
from tests.builders import Tutor, add_booking, add_slots, add_tutor, student

NEW_YORK, TOKYO = ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")
BEN = student("Ben Lund")
TODAY = datetime.now(NEW_YORK).date()
TOMORROW = TODAY + timedelta(days=1)
LAST_DATE = TODAY + timedelta(days=29)  # the last one that is searched at first
NEAR, LATER = TODAY + timedelta(days=4), TODAY + timedelta(days=40)
FIVE = "Tomorrow 17:00 with Maya, 45 minutes"
MAYA = "Tomorrow 17:00 with Maya"


def add_named_tutor(engine: Engine, name: str, zone: str, *tags: str) -> Tutor:
    tutor = add_tutor(engine, zone)
    with engine.begin() as connection:
        connection.execute(update(tutors).where(tutors.c.id == tutor.id).values(name=name, tags=list(tags)))
    return tutor


@pytest.fixture
def maya(engine: Engine) -> Tutor:
    """A tutor with a slot tomorrow. It is in the viewer's zone, so that its time there is the same all year."""
    maya = add_named_tutor(engine, "Maya", "Europe/Copenhagen", "maths")
    add_slots(engine, maya, TOMORROW, "17:00", minutes=45, zone="America/New_York")
    return maya


@pytest.fixture
def noor(engine: Engine) -> Tutor:
    """A tutor in Tokyo with two slots: one on the date of Maya's slot in New York, and one in 40 days."""
    noor = add_named_tutor(engine, "Noor", "Asia/Tokyo", "chess")
    add_slots(engine, noor, TOMORROW + timedelta(days=1), "10:00")
    add_slots(engine, noor, LATER, "23:00")
    return noor


def open_search(page: Page, site: str, query: str = "", token: str = BEN.token) -> None:
    sign_in(page, token)
    page.goto(f"{site}/book{query}")
    expect(page.locator("section")).to_have_attribute("aria-busy", "false")


def first(page: Page) -> Locator:
    """Return the time that is free first."""
    return page.locator(".first strong")


def times(page: Page) -> Locator:
    """Return the links of all found times: the first one, and the others."""
    return page.locator(".first strong a, .found-times li a")


def result(page: Page) -> Locator:
    """Return the sentence about what was found."""
    return page.locator(".found-times > .result")


def more(page: Page) -> Locator:
    return page.locator(".found-times > button")


def stored(engine: Engine) -> list[tuple[str, str]]:
    """Return the tutor's id and the status of each booking."""
    with engine.connect() as connection:
        rows = connection.execute(select(bookings.c.tutor_id, bookings.c.status))
        return [(str(tutor_id), status) for tutor_id, status in rows]


def test_the_free_times_of_all_tutors_are_in_the_viewers_time(page: Page, site: str, maya: Tutor, noor: Tutor) -> None:
    """For Noor, the evening in New York is the next day, so the slot has that date. Maya has the viewer's time."""
    open_search(page, site)
    start = datetime.combine(TOMORROW + timedelta(days=1), time(10), TOKYO)
    expect(first(page)).to_have_text(MAYA)
    expect(page.locator(".first")).to_contain_text("The first that is free")
    expect(page.locator(".first .note").last).to_have_text(f"{TOMORROW.day} {TOMORROW:%B}, 45 minutes. ")
    expect(page.locator(".found-times h3")).to_have_text([f"Tomorrow, {long_date(TOMORROW)}"])
    evening = f"{start.astimezone(NEW_YORK):%H:%M} with Noor60 minutes · {long_date(start.date())}, 10:00 in Tokyo"
    expect(page.locator(".found-times li > span")).to_have_text([evening])
    expect(page.get_by_label("Times are in the zone").locator("option:checked")).to_have_text("New York")
    expect(result(page)).to_have_text(f"2 free times until {long_date(LAST_DATE)}.")
    expect(page).to_have_title("Find – Slotledger")


def test_the_first_time_says_the_tutors_date_if_it_is_another_one(page: Page, site: str, noor: Tutor) -> None:
    open_search(page, site)
    day = TOMORROW + timedelta(days=1)
    expect(page.locator(".first")).to_contain_text(f"For Noor in Tokyo, it is {long_date(day)}, 10:00.")
    page.get_by_label("Times are in the zone").select_option("Tokyo")
    expect(page.locator(".first")).not_to_contain_text("For Noor")
    expect(first(page)).to_contain_text("10:00 with Noor")


def test_a_student_books_a_time_of_any_tutor(page: Page, site: str, engine: Engine, maya: Tutor, noor: Tutor) -> None:
    open_search(page, site)
    page.get_by_role("button", name="Hold it for me").click()
    expect(page.get_by_role("timer")).to_have_text(re.compile("^(9:|10:00)"))
    expect(page.locator(".step-panel")).to_contain_text(f"{long_date(TOMORROW)}, 17:00–17:45")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name=f"Booked: {MAYA}")).to_be_visible()
    assert stored(engine) == [(str(maya.id), "CONFIRMED")]
    page.get_by_role("button", name="Find another").click()
    expect(first(page)).to_contain_text("with Noor")


def test_back_leads_from_a_hold_to_the_search(page: Page, site: str, maya: Tutor, noor: Tutor) -> None:
    open_search(page, site, "?from=8")
    page.get_by_role("button", name="Hold it for me").click()
    expect(page.get_by_role("timer")).to_be_visible()
    page.go_back()
    expect(first(page)).to_contain_text("with Noor")
    page.wait_for_url(f"{site}/book?from=8")
    page.go_forward()
    expect(page.get_by_role("button", name="Confirm")).to_be_visible()


def test_a_time_that_is_let_go_is_shown_again_at_once(page: Page, site: str, maya: Tutor) -> None:
    """The browser may store what a search found, but the page doesn't use that."""
    open_search(page, site)
    page.get_by_role("button", name="Hold it for me").click()
    page.get_by_role("button", name="Let it go").click()
    expect(page.locator(".times time")).to_have_text(["17:00"])
    page.get_by_role("button", name="Any tutor").click()
    expect(first(page)).to_have_text(MAYA)


@pytest.mark.parametrize("place", ["first", "list"])
def test_a_time_that_is_taken_leads_to_the_tutors_nearest_times(
    page: Page, site: str, engine: Engine, maya: Tutor, noor: Tutor, place: str
) -> None:
    """The refusal is in the place of the time."""
    add_slots(engine, maya, TOMORROW, "18:00", minutes=45, zone="America/New_York")
    if place == "list":
        add_slots(engine, noor, TOMORROW, "08:00", zone="America/New_York")
    open_search(page, site)
    add_booking(engine, maya, TOMORROW, "17:00")
    page.get_by_role("button", name=FIVE).click()
    alert = page.locator(".found-times .refusal" if place == "list" else "section").get_by_role("alert")
    expect(alert).to_contain_text("17:00 Somebody was a moment faster")
    expect(alert).to_be_focused()
    assert axe_violations(page) == []
    screenshot(page, f"find-taken-{place}")
    alert.get_by_role("button", name="18:00").click()
    expect(page.locator(".step-panel")).to_contain_text(f"{long_date(TOMORROW)}, 18:00–18:45")
    expect(alert).to_have_count(0)
    assert sorted(status for _, status in stored(engine)) == ["AWAITING_PAYMENT", "CONFIRMED"]


def test_a_hold_is_shown_again_after_a_reload(page: Page, site: str, maya: Tutor) -> None:
    open_search(page, site)
    page.get_by_role("button", name="Hold it for me").click()
    expect(page.get_by_role("timer")).to_be_visible()
    page.reload()
    expect(page.get_by_role("timer")).to_be_visible()
    expect(page.locator(".step-panel")).to_contain_text(f"{long_date(TOMORROW)}, 17:00–17:45")


def test_the_address_keeps_the_search(page: Page, site: str, engine: Engine, maya: Tutor) -> None:
    add_slots(engine, maya, NEAR, "09:00", "16:00", zone="America/New_York")
    add_slots(engine, maya, NEAR, "18:00", minutes=45, zone="America/New_York")
    open_search(page, site)
    page.get_by_label("Date").fill(str(NEAR))
    page.get_by_label("After").select_option("16:00")
    expect(times(page)).to_contain_text(["16:00 with Maya", "18:00 with Maya"])
    page.get_by_label("Length").select_option("45 minutes")
    expect(first(page)).to_contain_text("18:00 with Maya")
    page.wait_for_url(f"{site}/book?minutes=45&date={NEAR}&from=16")
    page.reload()
    expect(first(page)).to_contain_text("18:00 with Maya")
    expect(page.get_by_label("Date")).to_have_value(str(NEAR))
    expect(page.locator(".date > span")).to_have_text(long_date(NEAR))
    page.get_by_label("Date").fill("")
    page.get_by_label("Date").blur()
    expect(times(page)).to_contain_text(["17:00 with Maya", "18:00 with Maya"])
    page.wait_for_url(f"{site}/book?minutes=45&from=16")
    page.evaluate("history.pushState(null, '', '/book?minutes=60')")  # as when the viewer follows a link
    expect(times(page)).to_contain_text(["09:00 with Maya", "16:00 with Maya"])
    expect(page.get_by_label("Length").locator("option:checked")).to_have_text("60 minutes")


def test_the_hour_holds_for_each_day(page: Page, site: str, engine: Engine, maya: Tutor) -> None:
    add_slots(engine, maya, NEAR, "09:00", "16:00", "19:00", zone="America/New_York")
    open_search(page, site, f"?date={TOMORROW}&from=17")
    expect(times(page)).to_contain_text(["17:00 with Maya", "19:00 with Maya"])
    expect(result(page)).to_have_text(re.compile("^2 free times until"))


def test_a_date_is_typed_in_the_browsers_field(page: Page, site: str, engine: Engine, maya: Tutor) -> None:
    """Before and after that, the date is in words. The field has the format of the browser's menus."""
    add_slots(engine, maya, NEAR, "09:00", zone="America/New_York")
    open_search(page, site)
    tab_to(page, page.get_by_label("Date"))
    expect(page.locator(".date > span")).to_be_visible()
    page.keyboard.type(f"{NEAR:%m%d%Y}")
    expect(page.locator(".date > span")).to_be_hidden()
    expect(first(page)).to_contain_text("09:00 with Maya")
    page.get_by_label("Length").focus()
    expect(page.locator(".date > span")).to_have_text(long_date(NEAR))
    expect(page.locator(".date > span")).to_be_visible()


def test_a_date_without_free_times_leads_to_the_next_ones(page: Page, site: str, maya: Tutor, noor: Tutor) -> None:
    open_search(page, site, f"?date={NEAR}&from=8")
    expect(result(page)).to_have_text(f"Nothing is free until {long_date(NEAR + timedelta(days=29))}.")
    more(page).click()
    expect(page.locator(".first")).to_contain_text(f"Nothing is free on {long_date(NEAR)} after 08:00. The next is")
    expect(first(page)).to_contain_text("with Noor")


def test_the_search_goes_on_after_thirty_days(page: Page, site: str, noor: Tutor) -> None:
    open_search(page, site, "?minutes=60&tag=chess")
    expect(result(page)).to_have_text(f"1 free time until {long_date(LAST_DATE)}.")
    tab_to(page, more(page))
    expect(more(page)).to_have_text("Look at the following 30 days")
    page.keyboard.press("Enter")
    expect(times(page)).to_have_count(2)
    expect(result(page)).to_contain_text(f"2 free times until {long_date(LAST_DATE + timedelta(days=30))}")
    expect(more(page)).to_be_focused()


def test_more_times_are_shown_by_fifty(page: Page, site: str, engine: Engine, maya: Tutor) -> None:
    for hour in range(3):
        starts = [f"{hour * 2 + quarter // 4:02}:{quarter % 4 * 15:02}" for quarter in range(8)]
        for days in range(3):
            add_slots(engine, maya, NEAR + timedelta(days=days), *starts, minutes=15, zone="America/New_York")
    open_search(page, site)
    expect(times(page)).to_have_count(50)
    expect(result(page)).to_have_text("50 free times, and there are more.")
    more(page).click()
    expect(times(page)).to_have_count(73)
    labels = page.locator("button[aria-label^='Hold']").evaluate_all("all => all.map((each) => each.ariaLabel)")
    assert len(set(labels)) == 73
    expect(more(page)).to_have_text("Look at the following 30 days")


def configure(page: Page, site: str, **more: Any) -> None:
    """Answer requests for `config.json` with a URL for each function, and with `more`."""
    functions = ("get_availability", "tutors", "bookings", "find_slots")
    config = {"urls": {name: f"{site}/{name}" for name in functions}, **more}

    def fulfill(route: Route) -> None:
        route.fulfill(body=json.dumps(config), content_type="application/json")

    page.route("**/config.json", fulfill)


def test_subjects_are_the_tags_of_the_config(page: Page, site: str, maya: Tutor, noor: Tutor) -> None:
    configure(page, site, tags=["maths", "chess"])
    open_search(page, site)
    expect(times(page)).to_have_count(2)
    page.get_by_label("Subject").select_option("chess")
    expect(first(page)).to_contain_text("with Noor")
    page.wait_for_url(f"{site}/book?tag=chess")
    page.get_by_label("Subject").select_option("any subject")
    expect(times(page)).to_have_count(2)
    page.wait_for_url(f"{site}/book")


def test_without_the_functions_url_all_tutors_are_not_searched(page: Page, site: str, maya: Tutor) -> None:
    configure(page, site, urls={"get_availability": f"{site}/get_availability", "tutors": f"{site}/tutors"})
    page.goto(f"{site}/book?tutor={maya.id}")
    expect(page.get_by_role("heading", name="Maya")).to_be_visible()
    expect(page.get_by_role("button", name="Any tutor")).to_have_count(0)
    page.evaluate("history.pushState(null, '', '/book')")
    expect(page.get_by_text("The address has no tutor.")).to_have_count(0)
    expect(page.get_by_role("heading", name="Maya")).to_be_visible()


def test_one_tutor_is_chosen_and_left_again(page: Page, site: str, maya: Tutor, noor: Tutor) -> None:
    open_search(page, site, f"?date={TOMORROW}")
    page.get_by_label("Tutor").select_option("Noor")
    expect(page.get_by_role("heading", name="Noor")).to_be_visible()
    page.wait_for_url(f"{site}/book?tutor={noor.id}&date={TOMORROW}")
    page.get_by_role("button", name="Any tutor").click()
    expect(first(page)).to_have_text(MAYA)
    page.go_back()
    expect(page.get_by_role("heading", name="Noor")).to_be_visible()
    page.go_back()
    first(page).get_by_role("link").click()
    page.wait_for_url(f"{site}/book?tutor={maya.id}&date={TOMORROW}")
    expect(page.locator(".times time")).to_have_text(["17:00"])


def test_a_visitor_sees_the_times_without_buttons(page: Page, site: str, maya: Tutor) -> None:
    page.goto(f"{site}/book")
    expect(times(page)).to_have_text([MAYA])
    expect(page.locator(".first button")).to_have_count(0)
    expect(page.get_by_label("How often")).to_have_count(0)


def test_a_visitor_is_asked_to_sign_in_if_the_search_is_not_public(
    page: Page, site: str, maya: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEARCH_PUBLIC", "false")
    page.goto(f"{site}/book")
    expect(page.get_by_role("alert")).to_have_text("Sign in to see the free times of all tutors.")


def test_a_tutor_keeps_the_links_to_their_views(page: Page, site: str, maya: Tutor) -> None:
    sign_in(page, maya.token)
    page.goto(f"{site}/book?tutor={maya.id}")
    page.get_by_role("button", name="Any tutor").click()
    expect(times(page)).to_have_text([MAYA])
    expect(page.locator(".first button")).to_have_count(0)
    expect(page.get_by_role("link", name="What students see")).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="History").click()
    page.wait_for_url(f"{site}/history")


def test_an_open_page_is_updated_when_the_viewer_returns(page: Page, site: str, engine: Engine, maya: Tutor) -> None:
    open_search(page, site)
    add_slots(engine, maya, TOMORROW, "19:00", minutes=45, zone="America/New_York")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
    expect(times(page)).to_have_text([MAYA, "19:00 with Maya"])


def test_a_server_that_cannot_be_reached_has_an_error_message(page: Page, site: str, maya: Tutor) -> None:
    page.clock.install()

    def abort(route: Route) -> None:
        route.abort()

    page.route("**/find_slots?*", abort)
    sign_in(page, BEN.token)
    with page.expect_request("**/find_slots?*"):
        page.goto(f"{site}/book")
    page.clock.run_for(60_000)  # so that the client's retries end
    expect(page.get_by_role("alert")).to_contain_text("No answer came from the server. Check the connection")
    page.unroute("**/find_slots?*", abort)
    page.get_by_role("button", name="Try again").click()
    expect(first(page)).to_have_text(MAYA)


def test_booking_by_keyboard(page: Page, site: str, engine: Engine, maya: Tutor) -> None:
    open_search(page, site)
    tab_to(page, page.get_by_role("button", name="Hold it for me"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("held for you, nobody else can take it")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Booked: ")).to_be_focused()
    assert stored(engine) == [(str(maya.id), "CONFIRMED")]


@pytest.mark.parametrize("width", [1280, 360])
def test_nothing_moves_while_the_view_is_loading(page: Page, site: str, maya: Tutor, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    with layout_shifts(page) as moved:
        open_search(page, site)
        expect(first(page)).to_have_text(MAYA)
    assert moved == []


@pytest.mark.parametrize("language", ["de", "da", "xa"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_search_fits_in_each_language(
    page: Page, site: str, maya: Tutor, noor: Tutor, language: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    open_search(page, site, f"?lang={language}&date={TOMORROW}&from=8")
    expect(times(page)).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"find-{width}-{language}")
    page.locator(".first button").click()
    expect(page.get_by_role("timer")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert axe_violations(page) == []
    screenshot(page, f"find-hold-{width}-{language}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 768, 360])
def test_the_search_is_accessible(
    page: Page, site: str, engine: Engine, maya: Tutor, noor: Tutor, scheme: Literal["light", "dark"], width: int
) -> None:
    configure(page, site, tags=["maths", "chess"])
    long = add_named_tutor(engine, "Wilhelmina-Alexandra van der Rijckevorsel-Oosterhout", "Asia/Tokyo")
    add_slots(engine, long, NEAR, "01:00", "09:00", "10:30")
    add_slots(engine, maya, NEAR, "09:00", "10:00", "11:00", "17:30", zone="America/New_York")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 1400})
    open_search(page, site, f"?date={TOMORROW}&from=8")
    expect(times(page)).to_have_count(9)
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"find-{width}-{scheme}")
