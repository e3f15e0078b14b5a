"""Booking by students on a tutor's page: hold, confirm and let go, in a time zone that isn't the tutor's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect
from sqlalchemy import Engine, select, update

from local import demo
from migrations.tables import bookings, tutors
from tests.browser.conftest import TIMEOUT_MS, axe_violations, long_date, look_as, screenshot, sign_in, tab_to
from tests.builders import Student, Tutor, add_booking, add_slots, add_tutor, student

NEW_YORK = ZoneInfo("America/New_York")
BEN = student("Ben Lund")
DAY = datetime.now(NEW_YORK).date() + timedelta(days=3)
LONG_DAY = long_date(DAY)
HOLD = f"Hold: {LONG_DAY}, 09:00"
DATES = f"See the dates: {LONG_DAY}, 09:00"
NAME = f"{DAY:%A} 09:00 with Ada"


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    """A tutor who is six hours ahead of the student, or five for some weeks: the slots are set by New York's clock."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00", "10:00", "11:00", "13:00", zone="America/New_York")
    return tutor


@pytest.fixture
def free(page: Page, site: str, tutor: Tutor) -> Page:
    """The tutor's free times, opened by Ben in New York."""
    return open_free_times(page, site, tutor)


def open_free_times(page: Page, site: str, tutor: Tutor, who: Student = BEN, query: str = "") -> Page:
    sign_in(page, who.token)
    page.goto(f"{site}/book?tutor={tutor.id}{query}")
    expect(page.locator(".times button").first).to_be_visible()
    return page


def hold(page: Page, name: str = HOLD) -> None:
    """Hold a time. Wait until the bookings were loaded after that."""
    with page.expect_response("**/bookings?*"):
        page.get_by_role("button", name=name).click()
    expect(page.get_by_role("timer")).to_be_visible()


def said(page: Page) -> Locator:
    """Return the message about the last action."""
    return page.locator(".said")


def confirm(page: Page) -> Locator:
    return page.get_by_role("button", name="Confirm", exact=True)


@contextmanager
def another_student(browser: Browser, site: str, tutor: Tutor) -> Iterator[Page]:
    """Open the free times in another browser context, as another student in New York."""
    page = browser.new_page(timezone_id="America/New_York", locale="en-GB")
    page.set_default_timeout(TIMEOUT_MS)
    yield open_free_times(page, site, tutor, student("Mia Okafor"))
    page.context.close()


def stored(engine: Engine, tutor: Tutor) -> list[tuple[str, str]]:
    """Return the start and status of each booking, in the order in which they were placed."""
    columns = (bookings.c.start_time, bookings.c.status)
    query = select(*columns).where(bookings.c.tutor_id == tutor.id).order_by(bookings.c.created_at)
    with engine.connect() as connection:
        return [(f"{start:%H:%M}", status) for start, status in connection.execute(query)]


def run_out(engine: Engine, tutor: Tutor) -> None:
    """Let the tutor's holds run out, as if the time had passed."""
    before, now = datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC)
    with engine.begin() as connection:
        is_hold = (bookings.c.tutor_id == tutor.id) & (bookings.c.status == "AWAITING_PAYMENT")
        connection.execute(update(bookings).where(is_hold).values(created_at=before, hold_expires_at=now))


def test_a_student_in_another_zone_holds_and_confirms(free: Page, engine: Engine, tutor: Tutor) -> None:
    hold(free)
    expect(free.get_by_role("timer")).to_have_text(re.compile("^(9:|10:00)"))
    panel = free.locator(".step-panel")
    expect(panel).to_contain_text(f"{LONG_DAY}, 09:00–10:00")
    expect(panel).to_contain_text("your time, New York")
    expect(panel).to_contain_text(f"You can cancel or move it until {LONG_DAY}, 09:00.")
    assert stored(engine, tutor) == [("09:00", "AWAITING_PAYMENT")]
    confirm(free).click()
    expect(free.get_by_role("heading", name=f"Booked: {NAME}")).to_be_focused()
    expect(free.get_by_text(f"{LONG_DAY}, 09:00–10:00 in New York.")).to_be_visible()
    assert stored(engine, tutor) == [("09:00", "CONFIRMED")]
    free.go_back()
    expect(free.get_by_role("button", name=HOLD.replace("09:00", "10:00"))).to_be_visible()
    expect(free.get_by_role("button", name=HOLD)).to_have_count(0)


def test_a_hold_has_the_tutors_time_and_until_when_it_can_be_changed(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    with engine.begin() as connection:
        connection.execute(update(tutors).where(tutors.c.id == tutor.id).values(cancellation_notice_minutes=60 * 24))
    add_slots(engine, tutor, DAY + timedelta(days=1), "04:00")
    start = datetime(DAY.year, DAY.month, DAY.day, 4, tzinfo=ZoneInfo("Europe/Copenhagen")) + timedelta(days=1)
    here = start.astimezone(NEW_YORK)
    open_free_times(page, site, tutor)
    hold(page, f"Hold: {LONG_DAY}, {here:%H:%M}")
    panel = page.locator(".step-panel")
    expect(panel).to_contain_text(f"{LONG_DAY}, {here:%H:%M}–{here + timedelta(hours=1):%H:%M}")
    expect(panel).to_contain_text(f"{long_date(DAY + timedelta(days=1))}, 04:00–05:00Copenhagen")
    before = here - timedelta(days=1)
    expect(panel).to_contain_text(f"You can cancel or move it until {long_date(before.date())}, {before:%H:%M}.")
    confirm(page).click()
    expect(page.get_by_text(f"For Ada in Copenhagen, it is {long_date(start.date())}, 04:00.")).to_be_visible()


def test_booking_by_keyboard(free: Page, engine: Engine, tutor: Tutor) -> None:
    tab_to(free, free.get_by_role("button", name=HOLD))
    free.keyboard.press("Enter")
    expect(free.get_by_text("held for you, nobody else can take it")).to_be_focused()
    free.keyboard.press("Tab")
    expect(confirm(free)).to_be_focused()
    free.keyboard.press("Enter")
    expect(free.get_by_role("heading", name="Booked: ")).to_be_focused()
    assert stored(engine, tutor) == [("09:00", "CONFIRMED")]


def test_a_hold_is_let_go(free: Page, engine: Engine, tutor: Tutor) -> None:
    hold(free)
    free.get_by_role("button", name="Let it go").click()
    expect(said(free)).to_have_text(f"{NAME} isn't held for you any more.")
    expect(free.get_by_role("button", name=HOLD)).to_be_visible()
    expect(free.get_by_role("heading", name=LONG_DAY)).to_be_focused()
    assert stored(engine, tutor) == [("09:00", "CANCELLED")]


def test_the_countdown_survives_a_reload(free: Page) -> None:
    hold(free)
    free.reload()
    expect(free.get_by_role("timer")).to_have_text(re.compile("^9:"))


@pytest.mark.parametrize("hours", [-5, 5])
def test_the_countdown_is_right_if_the_viewers_clock_is_wrong(page: Page, site: str, tutor: Tutor, hours: int) -> None:
    page.clock.install(time=datetime.now(UTC) + timedelta(hours=hours))
    open_free_times(page, site, tutor)
    hold(page)
    expect(page.get_by_role("timer")).to_have_text(re.compile("^(9:|10:00)"))
    page.reload()
    expect(page.get_by_role("timer")).to_have_text(re.compile("^9:"))


def test_the_end_of_the_countdown_is_announced(page: Page, site: str, tutor: Tutor) -> None:
    """The network is lost meanwhile, and the countdown goes on."""
    page.clock.install()
    open_free_times(page, site, tutor)
    hold(page)
    page.context.set_offline(True)
    page.clock.pause_at(page.evaluate("Date.now()") // 1000 + 60)
    announced = page.locator(".clock [role=status]")
    expect(announced).to_have_text("")
    for seconds, milliseconds in ((60, 482_000), (30, 30_000), (10, 20_000)):
        page.clock.run_for(milliseconds)
        expect(announced).to_have_text(f"{seconds} seconds left.")
    page.context.set_offline(False)


def test_a_hold_stays_in_sight_if_the_server_cannot_be_reached(page: Page, site: str, tutor: Tutor) -> None:
    """The page asks again every few minutes. A request that fails doesn't blank what stands."""
    page.clock.install()
    open_free_times(page, site, tutor)
    hold(page)
    page.route("**/bookings?*", lambda route: route.abort())
    page.route("**/get_availability?*", lambda route: route.abort())
    for _ in range(8):
        page.clock.fast_forward(30_000)
    expect(page.get_by_role("alert")).to_contain_text("No answer came from the server")
    expect(page.get_by_role("timer")).to_be_visible()
    expect(confirm(page)).to_be_visible()


@pytest.fixture
def expired(page: Page, site: str, tutor: Tutor, engine: Engine) -> Page:
    """Ben's page after a hold ran out."""
    page.clock.install()
    open_free_times(page, site, tutor)
    hold(page)
    run_out(engine, tutor)
    page.clock.fast_forward(605_000)
    return page


def test_a_hold_that_ran_out_is_offered_again_if_it_is_still_free(expired: Page, engine: Engine, tutor: Tutor) -> None:
    expect(expired.get_by_text("Still free")).to_be_visible()
    expect(expired.get_by_text("Your hold ran out, and nobody took it since.")).to_be_visible()
    expect(expired.locator(".clock.over")).to_be_focused()  # the button that had the focus is gone
    expired.get_by_role("button", name="Confirm now").click()
    expect(expired.get_by_role("heading", name=f"Booked: {NAME}")).to_be_visible()
    assert stored(engine, tutor) == [("09:00", "EXPIRED"), ("09:00", "CONFIRMED")]


def test_a_hold_that_ran_out_and_is_taken_leads_to_the_nearest_times(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    page.clock.install()
    open_free_times(page, site, tutor)
    hold(page)
    with engine.begin() as connection:
        connection.execute(update(bookings).where(bookings.c.tutor_id == tutor.id).values(status="EXPIRED"))
    add_booking(engine, tutor, DAY, "09:00")
    page.clock.fast_forward(605_000)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Your hold ran out, and somebody took it since")
    expect(alert.locator("button b")).to_have_text(["10:00", "11:00", "13:00"])
    assert axe_violations(page) == []
    screenshot(page, "booking-ran-out-taken")
    alert.get_by_role("button", name="11:00").click()
    expect(page.get_by_role("timer")).to_be_visible()
    assert stored(engine, tutor)[-1] == ("11:00", "AWAITING_PAYMENT")


def test_a_hold_that_ran_out_can_be_closed(expired: Page) -> None:
    assert axe_violations(expired) == []
    screenshot(expired, "booking-ran-out")
    expired.get_by_role("button", name="Other times").click()
    expect(expired.get_by_role("button", name=HOLD)).to_be_visible()


def test_of_two_students_at_once_the_loser_is_offered_the_nearest_times(
    browser: Browser, free: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    with another_student(browser, site, tutor) as other:
        for page in (free, other):
            page.evaluate("name => document.querySelector(`button[aria-label^='${name}']`).click()", HOLD)
        for page in (free, other):
            expect(page.get_by_role("timer").or_(page.get_by_role("alert"))).to_be_visible()
        assert stored(engine, tutor) == [("09:00", "AWAITING_PAYMENT")]
        (loser,) = (page for page in (free, other) if page.get_by_role("alert").count() == 1)
        alert = loser.get_by_role("alert")
        expect(alert).to_contain_text("09:00 Somebody was a moment faster")
        expect(alert.locator("button b")).to_have_text(["10:00", "11:00", "13:00"])
        assert axe_violations(loser) == []
        screenshot(loser, "booking-alternatives")
        alert.get_by_role("button", name="11:00").click()
        expect(loser.locator(".step-panel")).to_contain_text(f"{LONG_DAY}, 11:00–12:00")
        expect(alert).to_have_count(0)
        assert stored(engine, tutor) == [("09:00", "AWAITING_PAYMENT"), ("11:00", "AWAITING_PAYMENT")]


def test_a_slot_that_starts_too_soon_by_now_is_refused(free: Page, engine: Engine, tutor: Tutor) -> None:
    with engine.begin() as connection:
        connection.execute(update(tutors).where(tutors.c.id == tutor.id).values(booking_notice_minutes=60 * 24 * 30))
    free.get_by_role("button", name=HOLD).click()
    expect(free.get_by_role("alert")).to_contain_text("It starts too soon: the tutor asks for more notice")
    free.get_by_role("button", name="Other times").click()
    expect(free.get_by_role("alert")).to_have_count(0)


def test_a_hold_whose_answer_is_lost_is_placed_once(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    """The server places it, but its answers to the request and to the client's retries don't arrive."""
    keys: list[str] = []

    def lose_the_answer(route: Route) -> None:
        if route.request.method == "POST":
            keys.append(route.request.headers["idempotency-key"])
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.clock.install()
    open_free_times(page, site, tutor)
    page.route("**/bookings", lose_the_answer)
    page.get_by_role("button", name=HOLD).click()
    for _ in range(3):
        page.clock.run_for(2_000)  # so that the client's retries end
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("No answer came from the server.")
    page.unroute("**/bookings", lose_the_answer)
    with page.expect_request(lambda request: request.method == "POST") as again:
        alert.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("timer")).to_be_visible()
    assert len({*keys, again.value.headers["idempotency-key"]}) == 1
    assert stored(engine, tutor) == [("09:00", "AWAITING_PAYMENT")]


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_hold_that_is_interrupted_by_a_reload_is_placed_once(
    page: Page, site: str, engine: Engine, tutor: Tutor, is_sent: bool
) -> None:
    """The request is on its way, or has arrived, when the page is reloaded."""
    sent: list[str] = []

    def interrupt(route: Route) -> None:
        if route.request.method != "POST" or sent:
            route.continue_()
            return
        sent.append(route.request.headers["idempotency-key"])
        if is_sent:
            route.fetch()

    open_free_times(page, site, tutor)
    page.route("**/bookings", interrupt)
    with page.expect_request(lambda request: request.method == "POST"):
        page.get_by_role("button", name=HOLD).click()
    page.wait_for_function("sessionStorage.getItem('slotledger.pending') !== null")
    with page.expect_request(lambda request: request.method == "POST") as again:
        page.reload()
    expect(page.get_by_role("timer")).to_be_visible()
    assert [again.value.headers["idempotency-key"]] == sent
    assert stored(engine, tutor) == [("09:00", "AWAITING_PAYMENT")]
    page.reload()
    expect(page.get_by_role("timer")).to_be_visible()
    assert page.evaluate("sessionStorage.getItem('slotledger.pending')") is None


def test_a_series_shows_each_date_before_anything_is_placed(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    for week in (1, 2, 3):
        add_slots(engine, tutor, DAY + timedelta(weeks=week), "09:00", zone="America/New_York")
    add_booking(engine, tutor, DAY + timedelta(weeks=2), "09:00")
    open_free_times(page, site, tutor, query="&every=1&times=4")
    page.get_by_role("button", name=DATES).click()
    expect(page.locator(".series li")).to_have_count(4)
    expect(page.locator(".series li.gone")).to_have_text(re.compile("09:00not free"))
    expect(page.get_by_text("3 dates are free. 1 isn't and would be left out.")).to_be_visible()
    assert stored(engine, tutor) == [("09:00", "CONFIRMED")]
    assert axe_violations(page) == []
    screenshot(page, "booking-series")
    page.get_by_role("button", name="Hold the other 3").click()
    expect(page.locator(".step-panel dd b")).to_have_count(3)
    assert [status for _, status in stored(engine, tutor)] == ["CONFIRMED", *["AWAITING_PAYMENT"] * 3]
    page.get_by_role("button", name="Confirm 3 lessons").click()
    expect(page.get_by_role("heading", name="Booked: 3 lessons with Ada")).to_be_visible()
    assert [status for _, status in stored(engine, tutor)] == ["CONFIRMED"] * 4
    page.go_back()
    expect(page.get_by_text("Not offered any more.")).to_be_visible()


def test_a_series_is_let_go(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    add_slots(engine, tutor, DAY + timedelta(weeks=1), "09:00", zone="America/New_York")
    open_free_times(page, site, tutor, query="&every=1&times=2")
    page.get_by_role("button", name=DATES).click()
    page.get_by_role("button", name="Hold 2 lessons").click()
    page.get_by_role("button", name="Let them go").click()
    expect(page.get_by_role("button", name=DATES)).to_be_visible()
    assert [status for _, status in stored(engine, tutor)] == ["CANCELLED"] * 2


def test_a_lesson_is_downloaded_for_a_calendar(free: Page) -> None:
    hold(free)
    confirm(free).click()
    with free.expect_download() as download:
        free.get_by_role("button", name="Add to calendar (.ics)").click()
    text = download.value.path().read_bytes().decode()
    start = datetime(DAY.year, DAY.month, DAY.day, 9, tzinfo=NEW_YORK).astimezone(UTC)
    assert f"\r\nDTSTART:{start:%Y%m%dT%H%M%SZ}\r\n" in text
    assert "\r\nSUMMARY:Lesson with Ada\r\n" in text
    assert download.value.suggested_filename == f"lesson-{start:%Y-%m-%d}.ics"


def test_a_hold_is_named_on_other_pages_and_leads_back(free: Page, site: str) -> None:
    hold(free)
    free.go_back()
    held = free.locator(".held-elsewhere")
    expect(held).to_contain_text(f"{NAME} is held for you for ")
    assert axe_violations(free) == []
    held.get_by_role("button", name="Go on").click()
    expect(confirm(free)).to_be_visible()
    expect(held).to_have_count(0)


def test_a_hold_that_is_named_on_another_page_hides_nothing_at_its_end(free: Page) -> None:
    hold(free)
    free.go_back()
    free.set_viewport_size({"width": 360, "height": 640})
    expect(free.locator(".held-elsewhere")).to_be_visible()
    last = free.locator(".times button").last
    free.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    last.click(trial=True)
    boxes = [each.bounding_box() for each in (last, free.locator(".held-elsewhere"))]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["y"] + boxes[0]["height"] <= boxes[1]["y"]


def test_a_student_has_links_to_the_search_and_to_their_lessons(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, BEN.token)
    page.goto(f"{site}/?tutor={tutor.id}")
    expect(page.get_by_role("button", name=HOLD)).to_be_visible()
    expect(page).to_have_title("Free times – Slotledger")
    links = page.get_by_role("navigation", name="Views").get_by_role("link")
    expect(links).to_have_text(["Find", "My lessons"])
    links.last.click()
    expect(page.get_by_text("You have no coming lessons.")).to_be_visible()
    expect(page).to_have_title("My lessons – Slotledger")


def test_the_tutor_sees_the_free_times_without_buttons(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, tutor.token)
    with page.expect_response("**/tutors?*"):
        page.goto(f"{site}/book?tutor={tutor.id}")
    expect(page.locator(".times > li")).to_have_count(4)
    expect(page.locator(".times button")).to_have_count(0)
    expect(page.get_by_label("How often")).to_have_count(0)


def test_in_the_demo_one_can_look_as_a_student_who_books(
    page: Page, site: str, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "local")
    demo_tutor = demo.DemoTutor(tutor.id, str(tutor.user_id), "Ada", "Europe/Copenhagen")
    monkeypatch.setattr(demo, "tutors_of", lambda _: (demo_tutor,))
    page.goto(f"{site}/week?tutor={tutor.id}")
    look_as(page, "Ben Lund, a student")
    expect(page.get_by_role("navigation", name="Views").get_by_role("link")).to_have_text(["Find", "My lessons"])
    hold(page)
    confirm(page).click()
    expect(page.get_by_role("heading", name=f"Booked: {NAME}")).to_be_visible()
    page.get_by_role("link", name="My lessons").last.click()
    expect(page.locator(".lessons > li")).to_have_count(1)
    look_as(page, "Mia Okafor, a student")
    expect(page.get_by_text("You have no coming lessons.")).to_be_visible()
    assert stored(engine, tutor) == [("09:00", "CONFIRMED")]
    look_as(page, "the tutor")
    page.goto(f"{site}/week?tutor={tutor.id}&date={DAY}")
    expect(page.locator(".calendar").get_by_role("button", name="booked, Ben Lund")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_booking_is_accessible(
    page: Page, site: str, tutor: Tutor, engine: Engine, scheme: Literal["light", "dark"], width: int
) -> None:
    add_booking(engine, tutor, DAY, "13:00", student=BEN)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    open_free_times(page, site, tutor)
    hold(page)
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"booking-hold-{width}-{scheme}")
    confirm(page).click()
    expect(page.get_by_role("heading", name="Booked: ")).to_be_visible()
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"booking-booked-{width}-{scheme}")
