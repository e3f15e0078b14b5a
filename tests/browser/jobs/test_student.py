"""The jobs of students."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select, update

from migrations.tables import bookings, tutors
from tests.browser.jobs.conftest import Person, check
from tests.builders import Tutor, add_booking, add_slots, add_tutor, student

AUCKLAND = ZoneInfo("Pacific/Auckland")
BEN = student("Ben Lund")
# The server doesn't offer what has begun, so the dates are next year's: in the future of its clock, too.
THURSDAY = date(datetime.now(UTC).year + 1, 3, 4)
THURSDAY += timedelta(days=(3 - THURSDAY.weekday()) % 7)
NOW = datetime.combine(THURSDAY, time(9, 12), AUCKLAND)
TUESDAY = THURSDAY + timedelta(days=5)


@pytest.fixture
def maya(engine: Engine) -> Tutor:
    """A tutor in Los Angeles, where it is the day before. She offers eight Wednesdays at 17:00 in Auckland."""
    maya = add_tutor(engine, "America/Los_Angeles")
    with engine.begin() as connection:
        connection.execute(update(tutors).where(tutors.c.id == maya.id).values(name="Maya Rivera"))
    add_slots(engine, maya, TUESDAY, "09:00", "17:00", "18:00", minutes=45, zone="Pacific/Auckland")
    for week in range(8):
        day = TUESDAY + timedelta(weeks=week, days=1)
        add_slots(engine, maya, day, "17:00", minutes=45, zone="Pacific/Auckland")
    return maya


@pytest.fixture
def ben(person_with: Callable[..., Person]) -> Person:
    """A student in Auckland."""
    return person_with(BEN.token, NOW, "en-NZ", "Pacific/Auckland")


def start(page: Page, site: str) -> None:
    page.goto(f"{site}/book")
    expect(page.locator(".first button")).to_be_visible()


def stored(engine: Engine) -> list[tuple[date, str, str]]:
    """Return the date, the start and the status of each booking, by date."""
    query = select(bookings.c.date, bookings.c.start_time, bookings.c.status).order_by(
        bookings.c.date, bookings.c.start_time
    )
    with engine.connect() as connection:
        return [(day, f"{at:%H:%M}", status) for day, at, status in connection.execute(query)]


def test_the_first_free_tutor_next_tuesday_after_17_is_held_and_confirmed(
    ben: Person, site: str, engine: Engine, maya: Tutor
) -> None:
    page = ben.page
    start(page, site)
    ben.fill(page.get_by_label("Date"), str(TUESDAY))
    ben.choose(page.get_by_label("After"), "5:00 pm")
    expect(page.locator(".first")).to_contain_text("Tuesday 5:00 pm with Maya Rivera")
    ben.press(page.get_by_role("button", name="Hold it for me"))
    ben.press(page.get_by_role("button", name="Confirm"))
    expect(page.get_by_role("heading", name="Booked: Tuesday 5:00 pm with Maya Rivera")).to_be_visible()
    assert stored(engine) == [(TUESDAY, "17:00", "CONFIRMED")]
    check(
        ben,
        "Find, hold and confirm the first lesson next Tuesday after 17:00",
        limit=5,
    )


def test_eight_weekly_lessons_are_booked_without_a_date_that_is_taken(
    ben: Person, site: str, engine: Engine, maya: Tutor
) -> None:
    taken = TUESDAY + timedelta(weeks=3, days=1)
    add_booking(engine, maya, taken, "17:00")
    page = ben.page
    start(page, site)
    ben.choose(page.get_by_label("How often"), "every week, 8 times")
    wednesday = page.get_by_role("button", name=f"See the dates: Wednesday, {TUESDAY.day + 1} March 5:00 pm")
    ben.press(wednesday)
    expect(page.locator(".series li.gone")).to_have_count(1)
    ben.press(page.get_by_role("button", name="Hold the other 7"))
    ben.press(page.get_by_role("button", name="Confirm 7 lessons"))
    expect(page.get_by_role("heading", name="Booked: 7 lessons with Maya Rivera")).to_be_visible()
    with engine.connect() as connection:
        query = select(bookings.c.date).where(bookings.c.student_id == BEN.user_id).order_by(bookings.c.date)
        dates = list(connection.execute(query).scalars())
    weeks = [TUESDAY + timedelta(weeks=week, days=1) for week in range(8)]
    assert dates == [day for day in weeks if day != taken]
    check(ben, "Book eight weekly lessons, without the date that is taken", limit=7)


def test_a_lesson_is_cancelled(ben: Person, site: str, engine: Engine, maya: Tutor) -> None:
    add_booking(engine, maya, TUESDAY, "17:00", student=BEN)
    page = ben.page
    start(page, site)
    ben.press(page.get_by_role("link", name="My lessons").locator("visible=true"))
    ben.press(page.get_by_role("button", name="Cancel: Tuesday"))
    ben.press(page.get_by_role("button", name="Cancel the lesson"))
    expect(page.get_by_text("Cancelled: ")).to_be_visible()
    assert stored(engine) == [(TUESDAY, "17:00", "CANCELLED")]
    check(ben, "Cancel a lesson", limit=3)


def test_a_lesson_is_moved(ben: Person, site: str, engine: Engine, maya: Tutor) -> None:
    add_booking(engine, maya, TUESDAY, "17:00", student=BEN)
    page = ben.page
    start(page, site)
    ben.press(page.get_by_role("link", name="My lessons").locator("visible=true"))
    ben.press(page.get_by_role("button", name="Move: Tuesday"))
    ben.press(page.get_by_role("button", name="Tuesday 6:00 pm"))
    ben.press(page.get_by_role("button", name="Move to "))
    expect(page.get_by_text("Moved to ")).to_be_visible()
    assert stored(engine) == [(TUESDAY, "17:00", "CANCELLED"), (TUESDAY, "18:00", "CONFIRMED")]
    check(ben, "Move a lesson", limit=4)
