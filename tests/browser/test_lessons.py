"""My lessons: the student cancels and moves lessons, and sees what others did with them."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, select, update

from migrations.tables import bookings, tutors
from tests.browser.conftest import axe_violations, layout_shifts, long_date, screenshot, short_date, sign_in, tab_to
from tests.builders import Tutor, add_booking, add_slots, add_tutor, student

NEW_YORK = ZoneInfo("America/New_York")
BEN = student("Ben Lund")
DAY = datetime.now(NEW_YORK).date() + timedelta(days=3)
NAME = f"{DAY:%A} 10:00 with Ada"


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    """A tutor with four slots on a day, by the student's clock. The student has booked that at 10:00."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00", "10:00", "11:00", "13:00", zone="America/New_York")
    add_booking(engine, tutor, DAY, "10:00", student=BEN)
    return tutor


def open_lessons(page: Page, site: str, query: str = "") -> Page:
    sign_in(page, BEN.token)
    page.goto(f"{site}/lessons{query}")
    expect(page.locator(".lessons > li").first).to_be_visible()
    return page


@pytest.fixture
def lessons(page: Page, site: str, tutor: Tutor) -> Page:
    return open_lessons(page, site)


def said(page: Page) -> Locator:
    return page.locator(".said")


def stored(engine: Engine) -> list[tuple[str, str]]:
    """Return the start and status of each booking, in the order in which they were placed."""
    query = select(bookings.c.start_time, bookings.c.status).order_by(bookings.c.created_at)
    with engine.connect() as connection:
        return [(f"{start:%H:%M}", status) for start, status in connection.execute(query)]


def place(page: Page, site: str, tutor: Tutor, **body: Any) -> Any:
    """Book as the student, by a request."""
    data = {"tutorId": str(tutor.id), "date": str(DAY), **body}
    answer = page.request.post(f"{site}/bookings", data=data, headers={"Authorization": f"Bearer {BEN.token}"})
    assert answer.status == 201, answer.text()
    return answer.json()


def test_a_lesson_is_cancelled_after_the_page_has_said_what_it_means(lessons: Page, engine: Engine) -> None:
    lessons.get_by_role("button", name=f"Cancel: {NAME}").click()
    question = lessons.get_by_role("group", name="Cancel ")
    expect(question).to_contain_text(f"Cancel {long_date(DAY)}, 10:00 with Ada?")
    expect(question).to_contain_text(f"Others can book this time then. Ada allows it until {long_date(DAY)}, 10:00.")
    question.get_by_role("button", name="Keep it").click()
    expect(question).to_have_count(0)
    assert stored(engine) == [("10:00", "CONFIRMED")]
    lessons.get_by_role("button", name=f"Cancel: {NAME}").click()
    question.get_by_role("button", name="Cancel the lesson").click()
    expect(said(lessons)).to_have_text(f"Cancelled: {long_date(DAY)}, 10:00 with Ada.")
    expect(lessons.get_by_text("You have no coming lessons.")).to_be_visible()
    expect(lessons.get_by_role("heading", name="My lessons")).to_be_focused()
    assert stored(engine) == [("10:00", "CANCELLED")]


def test_each_question_is_a_link_and_back_closes_it(lessons: Page, site: str) -> None:
    lessons.get_by_role("button", name=f"Move: {NAME}").click()
    group = lessons.get_by_role("group", name="Move it to")
    expect(group).to_be_visible()
    lessons.reload()
    expect(group).to_be_visible()
    lessons.go_back()
    expect(group).to_have_count(0)
    assert lessons.url == f"{site}/lessons"


def test_a_lesson_is_moved_to_one_of_the_tutors_nearest_times(lessons: Page, engine: Engine) -> None:
    lessons.get_by_role("button", name=f"Move: {NAME}").click()
    group = lessons.get_by_role("group", name="Move it to")
    expect(group).to_contain_text("The old one stays yours until the new one is.")
    times = group.locator("> button")
    expect(times).to_have_text([f"{DAY:%A} {time}" for time in ("09:00", "11:00", "13:00")])
    expect(group.get_by_role("button", name="Choose a time")).to_be_disabled()
    times.nth(1).click()
    assert axe_violations(lessons) == []
    group.get_by_role("button", name=f"Move to {short_date(DAY)}, 11:00").click()
    expect(said(lessons)).to_have_text(f"Moved to {long_date(DAY)}, 11:00 with Ada.")
    expect(lessons.locator(".lessons time")).to_have_text([f"{DAY:%A} 11:00 with Ada"])
    assert stored(engine) == [("10:00", "CANCELLED"), ("11:00", "CONFIRMED")]


def test_a_lesson_is_moved_by_keyboard(lessons: Page, engine: Engine) -> None:
    """What is opened has the focus. When it is closed, the button has it again."""
    tab_to(lessons, lessons.get_by_role("button", name=f"Move: {NAME}"))
    lessons.keyboard.press("Enter")
    expect(lessons.locator("#move-lesson")).to_be_focused()
    tab_to(lessons, lessons.get_by_role("button", name="Keep it"))
    lessons.keyboard.press("Enter")
    expect(lessons.get_by_role("button", name=f"Move: {NAME}")).to_be_focused()
    lessons.keyboard.press("Enter")
    expect(lessons.get_by_role("group", name="Move it to").locator("> button")).to_have_count(3)
    expect(lessons.locator("#move-lesson")).to_be_focused()
    lessons.keyboard.press("Tab")
    lessons.keyboard.press("Enter")
    tab_to(lessons, lessons.get_by_role("button", name="Move to "))
    lessons.keyboard.press("Enter")
    expect(lessons.locator(".lessons time")).to_have_text([f"{DAY:%A} 09:00 with Ada"])
    assert stored(engine) == [("10:00", "CANCELLED"), ("09:00", "CONFIRMED")]


def test_a_move_to_a_time_that_is_taken_changes_nothing(lessons: Page, engine: Engine, tutor: Tutor) -> None:
    lessons.get_by_role("button", name=f"Move: {NAME}").click()
    group = lessons.get_by_role("group", name="Move it to")
    group.get_by_role("button", name="11:00").click()
    add_booking(engine, tutor, DAY, "11:00")
    group.get_by_role("button", name="Move to ").click()
    expect(lessons.get_by_role("alert")).to_have_text("Somebody was a moment faster.")
    expect(group.locator("> button")).to_have_text([f"{DAY:%A} {time}" for time in ("09:00", "13:00")])
    assert stored(engine) == [("10:00", "CONFIRMED"), ("11:00", "CONFIRMED")]


def test_a_lesson_that_can_not_be_changed_any_more_says_why(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    with engine.begin() as connection:
        connection.execute(update(tutors).values(cancellation_notice_minutes=60 * 24 * 5))
    open_lessons(page, site)
    expect(page.get_by_text("Too late to cancel or move: Ada asks for 5 days.")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel:")).to_have_count(0)
    expect(page.get_by_role("button", name="Calendar:")).to_be_visible()
    assert axe_violations(page) == []


def test_a_cancellation_that_is_too_late_by_now_is_refused_in_its_place(lessons: Page, engine: Engine) -> None:
    lessons.get_by_role("button", name=f"Cancel: {NAME}").click()
    with engine.begin() as connection:
        connection.execute(update(tutors).values(cancellation_notice_minutes=60 * 24 * 5))
    lessons.get_by_role("button", name="Cancel the lesson").click()
    expect(lessons.locator(".lessons > li").get_by_role("alert")).to_contain_text("the tutor asks for more notice")
    assert stored(engine) == [("10:00", "CONFIRMED")]


def test_lessons_of_a_series_are_cancelled_from_one_on(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    for week in (1, 2):
        add_slots(engine, tutor, DAY + timedelta(weeks=week), "09:00", zone="America/New_York")
    place(page, site, tutor, time="09:00", repeat={"everyWeeks": 1, "count": 3})
    open_lessons(page, site)
    week_later = DAY + timedelta(weeks=1)
    page.get_by_role("button", name=f"Cancel: {week_later.day} {week_later:%B} 09:00").click()
    page.get_by_role("button", name="Cancel it and the 1 after it").click()
    expect(page.locator(".lessons > li")).to_have_count(2)
    assert sorted(stored(engine)) == [
        ("09:00", "CANCELLED"),
        ("09:00", "CANCELLED"),
        ("09:00", "CONFIRMED"),
        ("10:00", "CONFIRMED"),
    ]


def test_holds_are_on_top_and_are_confirmed(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    place(page, site, tutor, time="13:00", holdSeconds=600)
    open_lessons(page, site)
    hold = page.get_by_role("group", name=f"Held for you: {DAY:%A} 13:00 with Ada")
    expect(hold).to_contain_text("Confirm it, or it becomes free again.")
    assert axe_violations(page) == []
    screenshot(page, "lessons-hold")
    hold.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name=f"Booked: {DAY:%A} 13:00 with Ada")).to_be_visible()
    page.get_by_role("link", name="My lessons").last.click()
    expect(page.locator(".lessons time")).to_have_text([NAME, f"{DAY:%A} 13:00 with Ada"])
    assert stored(engine) == [("10:00", "CONFIRMED"), ("13:00", "CONFIRMED")]


def test_a_hold_is_let_go(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    place(page, site, tutor, time="13:00", holdSeconds=600)
    open_lessons(page, site)
    page.get_by_role("button", name="Let it go").click()
    expect(said(page)).to_have_text(f"{DAY:%A} 13:00 with Ada isn't held for you any more.")
    expect(page.get_by_role("group", name="Held for you")).to_have_count(0)
    assert stored(engine)[-1] == ("13:00", "CANCELLED")


def test_what_the_tutor_cancelled_or_moved_is_shown_with_the_reason(page: Page, site: str, tutor: Tutor) -> None:
    changes: Sequence[dict[str, Any]] = [
        {"status": "CANCELLED", "reason": "flu"},
        {"moveTo": {"date": str(DAY), "time": "13:00"}},
    ]
    for start, change in zip(("11:00", "09:00"), changes, strict=True):
        booking = place(page, site, tutor, time=start)
        body = {"tutorId": str(tutor.id), "bookingId": booking["bookingId"], **change}
        page.request.patch(f"{site}/bookings", data=body, headers={"Authorization": f"Bearer {tutor.token}"})
    open_lessons(page, site)
    expect(page.locator(".lessons .what")).to_have_text(
        [
            f"{NAME}60 minutes",
            f"{DAY:%A} 11:00 with Ada60 minutesCancelled by the tutor: flu",
            f"{DAY:%A} 13:00 with Ada60 minutesMoved here by the tutor",
        ]
    )


def test_a_lesson_that_has_begun_is_not_an_earlier_one(page: Page, site: str, engine: Engine) -> None:
    """It began half an hour ago, and is still shown, without buttons. The one before it is over."""
    tutor = add_tutor(engine)
    begun, over = (datetime.now(UTC) - timedelta(minutes=minutes) for minutes in (30, 100))
    for start in (begun, over):
        add_slots(engine, tutor, start.date(), f"{start:%H:%M}", zone="UTC")
        add_booking(engine, tutor, start.date(), f"{start:%H:%M}", student=BEN)
    open_lessons(page, site)
    shown = page.locator("section > .lessons > li")
    expect(shown.locator("time")).to_have_count(1)
    expect(shown.locator("time")).to_contain_text(f"{begun.astimezone(NEW_YORK):%H:%M} with Ada")
    expect(shown.get_by_role("button")).to_have_count(0)
    expect(page.get_by_text("1 earlier lesson")).to_be_visible()


def test_earlier_lessons_are_below(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    day = datetime.now(UTC).date() - timedelta(days=9)
    add_slots(engine, tutor, day, "09:00", "15:00")
    add_booking(engine, tutor, day, "09:00", student=BEN)
    add_booking(engine, tutor, day, "15:00", "COMPLETED", student=BEN)
    open_lessons(page, site)
    page.get_by_text("2 earlier lessons").click()
    earlier = page.locator(".earlier .what")
    expect(earlier).to_have_count(2)
    expect(earlier.first).to_contain_text("Took place")
    expect(page.locator(".earlier button")).to_have_count(0)


def test_nothing_moves_while_the_lessons_are_loading(page: Page, site: str, tutor: Tutor) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    with layout_shifts(page) as moved:
        open_lessons(page, site)
    assert moved == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 768, 360])
def test_the_lessons_are_accessible(
    page: Page, site: str, engine: Engine, tutor: Tutor, scheme: Literal["light", "dark"], width: int
) -> None:
    name = "Wilhelmina-Alexandra van der Rijckevorsel-Oosterhout"
    with engine.begin() as connection:
        connection.execute(update(tutors).values(name=name))
    place(page, site, tutor, time="13:00", holdSeconds=600)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 1200})
    open_lessons(page, site)
    for action in ("", "Cancel", "Move"):
        if action:
            page.get_by_role("button", name=f"{action}:").click()
            expect(page.locator(".inline button").first).to_be_visible()
        assert axe_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        screenshot(page, f"lessons{action and '-'}{action.lower()}-{width}-{scheme}")
