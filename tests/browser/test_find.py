"""The view "Any tutor": students find free slots of all tutors and book them, in a time zone that isn't the tutors'."""

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


def times(page: Page) -> Locator:
    return page.locator(".found-times li")


def result(page: Page) -> Locator:
    """Return the sentence about what was found."""
    return page.locator("section > [role=status]")


def more(page: Page) -> Locator:
    return page.locator(".found-times > button")


def stored(engine: Engine) -> list[tuple[str, str]]:
    """Return the tutor's id and the status of each booking."""
    with engine.connect() as connection:
        rows = connection.execute(select(bookings.c.tutor_id, bookings.c.status))
        return [(str(tutor_id), status) for tutor_id, status in rows]


def test_the_free_times_of_all_tutors_are_in_the_viewers_time(page: Page, site: str, maya: Tutor, noor: Tutor) -> None:
    """For Noor, the evening in New York is the next day, so the slot has that date. Maya has the viewer's date."""
    open_search(page, site)
    start = datetime.combine(TOMORROW + timedelta(days=1), time(10), TOKYO)
    evening = f"{start.astimezone(NEW_YORK):%H:%M} with Noor, 60 minutes {start:%a} {start.day}, 10:00 Tokyo time"
    expect(page.locator(".found-times h3")).to_have_text([f"Tomorrow, {long_date(TOMORROW)}"])
    expect(times(page)).to_have_text([FIVE, f"Tomorrow {evening}"])
    expect(page.get_by_text("In your time: New York time.")).to_be_visible()
    expect(result(page)).to_have_text(f"2 free times until {long_date(LAST_DATE)}.")
    expect(page).to_have_title("Find – Slotledger")
    expect(page.get_by_role("navigation", name="Free times")).to_have_count(0)


def test_a_student_books_a_time_of_any_tutor(page: Page, site: str, engine: Engine, maya: Tutor, noor: Tutor) -> None:
    open_search(page, site)
    page.get_by_role("button", name=FIVE).click()
    when = f"{long_date(TOMORROW)}, 17:00–17:45 with Maya"
    panel = page.get_by_role("group", name=f"Held for you: {when}")
    expect(panel.get_by_role("timer")).to_have_text(re.compile("^9:"))
    expect(times(page)).to_have_count(1)
    panel.get_by_role("button", name="Confirm the booking").click()
    expect(page.locator(".outcome").get_by_role("status")).to_have_text(f"Booked: {when}.")
    expect(page.locator(".bookings > li")).to_contain_text([when])
    assert stored(engine) == [(str(maya.id), "CONFIRMED")]


def test_a_time_that_is_let_go_is_shown_again_at_once(page: Page, site: str, maya: Tutor) -> None:
    """The browser may store what a search found, but the page doesn't use that."""
    open_search(page, site)
    page.get_by_role("button", name=FIVE).click()
    expect(times(page)).to_have_count(0)
    page.get_by_role("button", name="Let it go").click()
    expect(times(page)).to_have_text([FIVE])


def test_a_time_that_is_taken_leads_to_the_tutors_nearest_times(
    page: Page, site: str, engine: Engine, maya: Tutor, noor: Tutor
) -> None:
    add_slots(engine, maya, TOMORROW, "18:00", minutes=45, zone="America/New_York")
    open_search(page, site)
    add_booking(engine, maya, TOMORROW, "17:00")
    page.get_by_role("button", name=FIVE).click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Somebody else has just taken this time. The nearest free times:")
    alert.get_by_role("button", name="18:00–18:45").click()
    expect(page.get_by_role("group", name="18:00–18:45 with Maya")).to_be_visible()
    expect(alert).to_have_count(0)
    assert sorted(status for _, status in stored(engine)) == ["AWAITING_PAYMENT", "CONFIRMED"]


def test_holds_of_all_tutors_are_shown_again_after_a_reload(page: Page, site: str, maya: Tutor) -> None:
    open_search(page, site)
    page.get_by_role("button", name=FIVE).click()
    expect(page.get_by_role("timer")).to_be_visible()
    page.reload()
    expect(page.get_by_role("group", name="17:00–17:45 with Maya")).to_be_visible()


def test_the_address_keeps_the_search(page: Page, site: str, engine: Engine, maya: Tutor) -> None:
    add_slots(engine, maya, NEAR, "09:00", "16:00", zone="America/New_York")
    add_slots(engine, maya, NEAR, "18:00", minutes=45, zone="America/New_York")
    open_search(page, site)
    page.get_by_label("When").select_option("From a date")
    page.get_by_label("Date", exact=True).fill(str(NEAR))
    page.get_by_role("combobox", name="From", exact=True).select_option("16:00")
    expect(times(page)).to_contain_text(["16:00 with Maya", "18:00 with Maya"])
    page.get_by_label("How long").select_option("45 minutes")
    expect(times(page)).to_contain_text(["18:00 with Maya, 45 minutes"])
    page.wait_for_url(f"{site}/book?minutes=45&date={NEAR}&from=16")
    page.reload()
    expect(times(page)).to_contain_text(["18:00 with Maya, 45 minutes"])
    expect(page.get_by_label("Date", exact=True)).to_have_value(str(NEAR))
    page.get_by_label("When").select_option("Next free")
    expect(times(page)).to_contain_text(["17:00 with Maya, 45 minutes", "18:00 with Maya, 45 minutes"])
    page.wait_for_url(f"{site}/book?minutes=45")
    page.evaluate("history.pushState(null, '', '/book?minutes=60')")  # as when the viewer follows a link
    expect(times(page)).to_contain_text(["09:00 with Maya, 60 minutes", "16:00 with Maya, 60 minutes"])
    expect(page.get_by_label("How long").locator("option:checked")).to_have_text("60 minutes")


def test_a_date_without_free_times_leads_to_the_next_ones(page: Page, site: str, maya: Tutor, noor: Tutor) -> None:
    open_search(page, site, f"?date={NEAR}&from=8")
    expect(result(page)).to_have_text(f"Nothing is free until {long_date(NEAR + timedelta(days=29))}.")
    more(page).click()
    text = f"Nothing is free on {long_date(NEAR)} from 08:00. The next free times are below. 1 free time until"
    expect(result(page)).to_contain_text(text)
    expect(times(page)).to_contain_text(["with Noor, 60 minutes"])


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
    labels = times(page).all_inner_texts()
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
    expect(times(page)).to_contain_text(["with Noor"])
    page.wait_for_url(f"{site}/book?tag=chess")
    page.get_by_label("Subject").select_option("Any subject")
    expect(times(page)).to_have_count(2)
    page.wait_for_url(f"{site}/book")


def test_without_the_functions_url_the_choice_is_not_shown(page: Page, site: str, maya: Tutor) -> None:
    configure(page, site, urls={"get_availability": f"{site}/get_availability", "tutors": f"{site}/tutors"})
    page.goto(f"{site}/book?tutor={maya.id}")
    expect(page.get_by_role("heading", name="Free times")).to_be_visible()
    expect(page.get_by_role("link", name="Any tutor")).to_have_count(0)
    page.evaluate("history.pushState(null, '', '/book')")
    expect(page.get_by_text("The address has no tutor.")).to_have_count(0)
    expect(page.get_by_role("heading", name="Free times", exact=True)).to_be_visible()


def test_links_lead_from_one_tutor_to_all_and_back(page: Page, site: str, maya: Tutor, noor: Tutor) -> None:
    sign_in(page, BEN.token)
    page.goto(f"{site}/book?tutor={maya.id}")
    page.get_by_role("link", name="Any tutor").click()
    expect(page.get_by_role("button", name=FIVE)).to_be_visible()
    page.get_by_role("link", name="This tutor").click()
    page.wait_for_url(f"{site}/book?tutor={maya.id}")
    expect(page.get_by_role("heading", name="Free times", exact=True)).to_be_visible()


def test_a_visitor_sees_the_times_without_buttons(page: Page, site: str, maya: Tutor) -> None:
    page.goto(f"{site}/book")
    expect(times(page)).to_have_text([FIVE])
    expect(times(page).get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("heading", name="Your bookings")).to_have_count(0)


def test_a_visitor_is_asked_to_sign_in_if_the_search_is_not_public(
    page: Page, site: str, maya: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEARCH_PUBLIC", "false")
    page.goto(f"{site}/book")
    expect(page.get_by_role("alert")).to_have_text("Sign in to see the free times of all tutors.")


def test_a_tutor_keeps_the_links_to_their_views(page: Page, site: str, maya: Tutor) -> None:
    sign_in(page, maya.token)
    page.goto(f"{site}/book?tutor={maya.id}")
    page.get_by_role("link", name="Any tutor").click()
    expect(times(page)).to_have_text([FIVE])
    expect(times(page).get_by_role("button")).to_have_count(0)
    expect(page.get_by_role("link", name="What students see")).to_have_attribute("aria-current", "page")
    page.get_by_role("link", name="History").click()
    page.wait_for_url(f"{site}/history")


def test_an_open_page_is_updated_when_the_viewer_returns(page: Page, site: str, engine: Engine, maya: Tutor) -> None:
    open_search(page, site)
    add_slots(engine, maya, TOMORROW, "19:00", minutes=45, zone="America/New_York")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange', { bubbles: true }))")
    expect(times(page)).to_have_text([FIVE, "Tomorrow 19:00 with Maya, 45 minutes"])


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
    expect(page.get_by_role("button", name=FIVE)).to_be_visible()


def test_booking_by_keyboard(page: Page, site: str, engine: Engine, maya: Tutor) -> None:
    open_search(page, site)
    tab_to(page, page.get_by_role("button", name=FIVE))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Held for you")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".bookings > li")).to_have_count(1)
    assert stored(engine) == [(str(maya.id), "CONFIRMED")]


def test_nothing_moves_on_a_phone_while_the_view_is_loading(page: Page, site: str, maya: Tutor) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    with layout_shifts(page) as moved:
        open_search(page, site)
        expect(page.get_by_role("button", name=FIVE)).to_be_visible()
    assert moved == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_search_is_accessible(
    page: Page, site: str, engine: Engine, maya: Tutor, noor: Tutor, scheme: Literal["light", "dark"], width: int
) -> None:
    configure(page, site, tags=["maths", "chess"])
    long = add_named_tutor(engine, "Wilhelmina-Alexandra van der Rijckevorsel-Oosterhout", "Asia/Tokyo")
    add_slots(engine, long, NEAR, "01:00", "09:00", "10:30")
    add_slots(engine, maya, NEAR, "09:00", "10:00", "11:00", "17:30", zone="America/New_York")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    open_search(page, site, f"?date={TOMORROW}&from=8")
    expect(times(page)).to_have_count(9)
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"find-{width}-{scheme}")
    page.get_by_role("button", name=FIVE).click()
    expect(page.get_by_role("timer")).to_be_visible()
    assert axe_violations(page) == []
    screenshot(page, f"find-hold-{width}-{scheme}")
