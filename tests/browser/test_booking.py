"""Booking by students: hold, confirm, let go and cancel, in a time zone that isn't the tutor's."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import Engine, select, update

from local import demo
from migrations.tables import bookings, tutors
from tests.browser.conftest import TIMEOUT_MS, axe_violations, long_date, look_as, screenshot, sign_in, tab_to
from tests.browser.week.conftest import go_to
from tests.builders import Student, Tutor, add_booking, add_slots, add_tutor, student

NEW_YORK = ZoneInfo("America/New_York")
BEN = student("Ben Lund")
DAY = datetime.now(NEW_YORK).date() + timedelta(days=3)
LONG_DAY = long_date(DAY)
HOLD = f"Hold {LONG_DAY}, 09:00–10:00"


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


def open_free_times(page: Page, site: str, tutor: Tutor, who: Student = BEN) -> Page:
    sign_in(page, who.token)
    page.goto(f"{site}/book?tutor={tutor.id}")
    expect(page.get_by_role("button", name=HOLD)).to_be_visible()
    return page


def said(page: Page) -> Locator:
    """Return the message about the last action."""
    return page.locator(".outcome").get_by_role("status")


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


def test_a_student_in_another_zone_holds_confirms_and_cancels(free: Page, engine: Engine, tutor: Tutor) -> None:
    free.get_by_role("button", name=HOLD).click()
    panel = free.get_by_role("group", name=f"Held for you: {LONG_DAY}, 09:00–10:00")
    expect(panel.get_by_role("timer")).to_have_text(re.compile("^9:"))
    expect(free.get_by_role("button", name=HOLD)).to_have_count(0)
    assert stored(engine, tutor) == [("09:00", "AWAITING_PAYMENT")]
    panel.get_by_role("button", name="Confirm the booking").click()
    expect(said(free)).to_have_text(f"Booked: {LONG_DAY}, 09:00–10:00 with Ada.")
    expect(panel).to_have_count(0)
    assert stored(engine, tutor) == [("09:00", "CONFIRMED")]
    mine = free.locator(".bookings > li")
    expect(mine).to_contain_text([f"{LONG_DAY}, 09:00–10:00 with Ada"])
    mine.get_by_role("button", name="Cancel").click()
    dialog = free.get_by_role("dialog", name="Cancel this lesson?")
    dialog.get_by_role("button", name="Keep it").click()
    assert stored(engine, tutor) == [("09:00", "CONFIRMED")]
    mine.get_by_role("button", name="Cancel").click()
    dialog.get_by_role("button", name="Cancel the lesson").click()
    expect(said(free)).to_have_text(f"Cancelled: {LONG_DAY}, 09:00–10:00 with Ada.")
    expect(free.get_by_text("You have no bookings in the next 90 days.")).to_be_visible()
    expect(free.get_by_role("button", name=HOLD)).to_be_visible()
    assert stored(engine, tutor) == [("09:00", "CANCELLED")]


def test_booking_by_keyboard(free: Page, engine: Engine, tutor: Tutor) -> None:
    tab_to(free, free.get_by_role("button", name=HOLD))
    free.keyboard.press("Enter")
    expect(free.get_by_role("heading", name="Held for you")).to_be_focused()
    free.keyboard.press("Tab")
    expect(free.get_by_role("button", name="Confirm the booking")).to_be_focused()
    free.keyboard.press("Enter")
    expect(free.locator(".bookings > li")).to_have_count(1)
    assert free.evaluate("document.activeElement.textContent").startswith("Booked: ")
    assert stored(engine, tutor) == [("09:00", "CONFIRMED")]


def test_a_hold_is_let_go(free: Page, engine: Engine, tutor: Tutor) -> None:
    free.get_by_role("button", name=HOLD).click()
    free.get_by_role("button", name="Let it go").click()
    expect(said(free)).to_have_text(f"{LONG_DAY}, 09:00–10:00 with Ada isn't held for you any more.")
    expect(free.get_by_role("button", name=HOLD)).to_be_visible()
    assert stored(engine, tutor) == [("09:00", "CANCELLED")]


def test_a_hold_is_shown_again_after_a_reload(free: Page) -> None:
    free.get_by_role("button", name=HOLD).click()
    expect(free.get_by_role("timer")).to_be_visible()
    free.reload()
    expect(free.get_by_role("group", name="Held for you")).to_be_visible()
    expect(free.get_by_role("timer")).to_have_text(re.compile("^9:"))


@pytest.fixture
def expired(page: Page, site: str, tutor: Tutor, engine: Engine) -> Page:
    """Ben's page after a hold ran out."""
    page.clock.install()
    open_free_times(page, site, tutor)
    page.get_by_role("button", name=HOLD).click()
    expect(page.get_by_role("timer")).to_be_visible()
    run_out(engine, tutor)
    page.clock.fast_forward(601_000)
    expect(page.get_by_role("heading", name=f"Not held any more: {LONG_DAY}, 09:00–10:00")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("You didn't confirm in time.")
    return page


def test_a_hold_that_ran_out_is_booked_if_it_is_still_free(expired: Page, engine: Engine, tutor: Tutor) -> None:
    expired.get_by_role("button", name="Book it if it is still free").click()
    expect(said(expired)).to_have_text(f"Booked: {LONG_DAY}, 09:00–10:00 with Ada.")
    assert stored(engine, tutor) == [("09:00", "EXPIRED"), ("09:00", "CONFIRMED")]


def test_a_hold_that_ran_out_and_is_taken_says_so(expired: Page, engine: Engine, tutor: Tutor) -> None:
    with engine.begin() as connection:
        connection.execute(update(bookings).where(bookings.c.tutor_id == tutor.id).values(status="EXPIRED"))
    add_booking(engine, tutor, DAY, "09:00")
    expired.get_by_role("button", name="Book it if it is still free").click()
    expect(expired.get_by_role("alert")).to_contain_text("your hold ran out, and somebody else has booked this time")
    expect(expired.get_by_role("group")).to_have_count(0)


def test_a_hold_that_ran_out_can_be_closed(expired: Page) -> None:
    expired.get_by_role("button", name="Close").click()
    expect(expired.get_by_role("group")).to_have_count(0)
    expect(expired.get_by_role("button", name=HOLD)).to_be_visible()


def test_of_two_students_at_once_the_loser_is_offered_the_nearest_times(
    browser: Browser, free: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    with another_student(browser, site, tutor) as other:
        for page in (free, other):
            page.evaluate("name => document.querySelector(`button[aria-label='${name}']`).click()", HOLD)
        for page in (free, other):
            expect(page.get_by_role("timer").or_(page.get_by_role("alert"))).to_be_visible()
        assert stored(engine, tutor) == [("09:00", "AWAITING_PAYMENT")]
        (loser,) = (page for page in (free, other) if page.get_by_role("alert").count() == 1)
        alert = loser.get_by_role("alert")
        expect(alert).to_contain_text("Somebody else has just taken this time. The nearest free times:")
        times = [f"{LONG_DAY}, {time}" for time in ("10:00–11:00", "11:00–12:00", "13:00–14:00")]
        expect(alert.get_by_role("button")).to_have_text(times)
        assert axe_violations(loser) == []
        screenshot(loser, "booking-alternatives")
        alert.get_by_role("button", name="11:00–12:00").click()
        expect(loser.get_by_role("group", name=f"Held for you: {LONG_DAY}, 11:00–12:00")).to_be_visible()
        expect(alert).to_have_count(0)
        assert stored(engine, tutor) == [("09:00", "AWAITING_PAYMENT"), ("11:00", "AWAITING_PAYMENT")]


def test_a_slot_that_starts_too_soon_by_now_is_refused(free: Page, engine: Engine, tutor: Tutor) -> None:
    with engine.begin() as connection:
        connection.execute(update(tutors).where(tutors.c.id == tutor.id).values(booking_notice_minutes=60 * 24 * 30))
    free.get_by_role("button", name=HOLD).click()
    expect(free.get_by_role("alert")).to_contain_text("That didn't work: the tutor wants to know")


def test_what_the_tutor_cancelled_or_moved_is_shown_with_the_reason(page: Page, site: str, tutor: Tutor) -> None:
    changes: list[dict[str, Any]] = [
        {"status": "CANCELLED", "reason": "flu"},
        {"moveTo": {"date": str(DAY), "time": "13:00"}},
    ]
    for start, change in zip(("11:00", "10:00"), changes, strict=True):
        slot = {"tutorId": str(tutor.id), "date": str(DAY), "time": start}
        placed = page.request.post(f"{site}/bookings", data=slot, headers={"Authorization": f"Bearer {BEN.token}"})
        body = {"tutorId": str(tutor.id), "bookingId": placed.json()["bookingId"], **change}
        page.request.patch(f"{site}/bookings", data=body, headers={"Authorization": f"Bearer {tutor.token}"})
    open_free_times(page, site, tutor)
    mine = page.locator(".bookings > li")
    expect(mine).to_have_text(
        [
            f"{LONG_DAY}, 11:00–12:00 with AdaCancelled by the tutor: flu",
            f"{LONG_DAY}, 13:00–14:00 with AdaMoved here by the tutorCancel",
        ]
    )


def test_a_student_has_links_to_the_search_and_to_their_lessons(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, BEN.token)
    page.goto(f"{site}/?tutor={tutor.id}")
    expect(page.get_by_role("button", name=HOLD)).to_be_visible()
    expect(page).to_have_title("Free times – Slotledger")
    links = page.get_by_role("navigation", name="Views").get_by_role("link")
    expect(links).to_have_text(["Find", "My lessons"])
    links.last.click()
    expect(page.get_by_text("You have no bookings in the next 90 days.")).to_be_visible()
    expect(page).to_have_title("My lessons – Slotledger")


def test_the_tutor_sees_the_free_times_without_buttons(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, tutor.token)
    with page.expect_response("**/tutors?*"):
        page.goto(f"{site}/book?tutor={tutor.id}")
    expect(page.locator(".slots > li")).to_have_count(4)
    expect(page.locator(".slots button")).to_have_count(0)
    expect(page.get_by_role("heading", name="Your bookings")).to_have_count(0)


def test_in_the_demo_one_can_look_as_a_student_who_books(
    page: Page, site: str, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "local")
    demo_tutor = demo.DemoTutor(tutor.id, str(tutor.user_id), "Ada", "Europe/Copenhagen")
    monkeypatch.setattr(demo, "tutors_of", lambda _: (demo_tutor,))
    page.goto(f"{site}/week?tutor={tutor.id}")
    look_as(page, "Ben Lund, a student")
    expect(page.get_by_role("navigation", name="Views").get_by_role("link")).to_have_text(["Find", "My lessons"])
    page.get_by_role("button", name=HOLD).click()
    page.get_by_role("button", name="Confirm the booking").click()
    expect(page.locator(".bookings > li")).to_have_count(1)
    look_as(page, "Mia Okafor, a student")
    expect(page.get_by_text("You have no bookings in the next 90 days.")).to_be_visible()
    look_as(page, "the tutor")
    go_to(page, DAY)
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
    page.get_by_role("button", name=HOLD).click()
    expect(page.get_by_role("timer")).to_be_visible()
    expect(page.get_by_role("button", name=HOLD)).to_have_count(0)
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"booking-hold-{width}-{scheme}")
