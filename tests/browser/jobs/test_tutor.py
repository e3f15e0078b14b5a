"""The jobs of tutors."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, select

from migrations.tables import bookings, weekly_schedules
from tests.browser.jobs.conftest import Person, check
from tests.browser.week.conftest import status, wait_until_loaded
from tests.builders import (
    Tutor,
    add_booking,
    add_slots,
    add_tutor,
    clock_at,
    log_rows,
    stored_slots,
    student,
)

ZONE = ZoneInfo("Europe/Copenhagen")
THURSDAY = date(2026, 11, 26)
TOMORROW = THURSDAY + timedelta(days=1)
NOW = datetime.combine(THURSDAY, time(9, 12), ZONE)
HORIZON = date(2027, 2, 21)  # the last published date, 12 weeks after the shown week
CHRISTMAS = date(2026, 12, 21), date(2027, 1, 3)
BEN, EVA = student("Ben Lund"), student("Eva Dam")


@pytest.fixture
def tutor(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Tutor:
    """A tutor in Copenhagen. For the server, too, it is `NOW`."""
    monkeypatch.setattr("common.web.endpoint.CLOCK", clock_at(NOW))
    return add_tutor(engine)


@pytest.fixture
def ada(person_with: Callable[..., Person], tutor: Tutor) -> Person:
    """The tutor as a user of the page."""
    return person_with(tutor.token, NOW, zone="Europe/Copenhagen")


def start(page: Page, site: str) -> None:
    """Open the first view of the tutor."""
    page.goto(site)
    expect(page.locator(".week-view")).to_be_visible()
    wait_until_loaded(page)


def stored_bookings(engine: Engine) -> list[Any]:
    """Return the student, the status and the reason of each booking."""
    query = select(bookings.c.student_name, bookings.c.status, bookings.c.reason).order_by(bookings.c.start_time)
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(query)]


def cell(page: Page, name: str) -> Locator:
    """Return a cell of the usual week: "Monday 15:00"."""
    return page.locator(f".usual [role=gridcell][aria-label^='{name}']")


def test_a_usual_week_is_published(ada: Person, site: str, engine: Engine, tutor: Tutor) -> None:
    page = ada.page
    start(page, site)
    ada.press(page.get_by_role("link", name="Usual week").locator("visible=true"))
    ada.fill(page.get_by_label("Length in minutes"), "45")
    ada.fill(page.get_by_label("Pause between"), "15")
    if ada.way == "mouse":
        ada.drag(cell(page, "Monday 15:00"), cell(page, "Friday 18:30"))
    else:
        ada.fill(page.get_by_label("Start"), "15:00")
        ada.fill(page.get_by_label("End"), "19:00")
        ada.press(page.get_by_role("button", name="Add", exact=True))
    expect(page.get_by_text("20 slots a week.")).to_be_visible()
    rest = page.get_by_role("group", name="Break 1")
    ada.fill(rest.get_by_label("First day"), str(CHRISTMAS[0]))
    ada.fill(rest.get_by_label("Last day"), str(CHRISTMAS[1]))
    ada.press(page.get_by_role("button", name="Review and save"))
    expect(page.get_by_role("dialog")).to_contain_text("Adds 208 slots until Sunday, 21 February 2027.")
    ada.press(page.get_by_role("button", name="Save", exact=True))
    expect(status(page)).to_contain_text("Saved: ")
    dates = [THURSDAY + timedelta(days=days) for days in range((HORIZON - THURSDAY).days + 1)]
    assert stored_slots(engine, tutor) == [
        (day, time(hour), 45)
        for day in dates
        if day.weekday() < 5 and not CHRISTMAS[0] <= day <= CHRISTMAS[1]
        for hour in (15, 16, 17, 18)
    ]
    with engine.connect() as connection:
        schedule = connection.execute(select(weekly_schedules.c.schedule)).scalar_one()
    assert schedule["breaks"] == [{"from": str(CHRISTMAS[0]), "to": str(CHRISTMAS[1]), "note": None}]
    check(ada, "Publish a usual week for 12 weeks, without the Christmas holidays", limit=12)
    page.get_by_role("link", name="History").locator("visible=true").click()
    expect(page.get_by_text("The usual week").first).to_be_visible()


def test_an_ill_tutor_cancels_two_lessons(ada: Person, site: str, engine: Engine, tutor: Tutor) -> None:
    add_slots(engine, tutor, THURSDAY, "17:00")
    add_slots(engine, tutor, TOMORROW, "09:00", "10:00", "12:00", "14:00")
    add_slots(engine, tutor, TOMORROW + timedelta(days=1), "10:00")
    add_booking(engine, tutor, TOMORROW, "10:00", student=BEN)
    add_booking(engine, tutor, TOMORROW, "14:00", student=EVA)
    page = ada.page
    start(page, site)
    ada.press(page.get_by_role("button", name="I'm ill"))
    ada.fill(page.get_by_label("What the students will read"), "I have the flu")
    ada.press(page.get_by_role("button", name="Cancel 2 lessons, withdraw 2 times"))
    expect(status(page)).to_contain_text("2 lessons cancelled, 2 free times withdrawn.")
    assert stored_bookings(engine) == [
        ("Ben Lund", "CANCELLED", "I have the flu"),
        ("Eva Dam", "CANCELLED", "I have the flu"),
    ]
    assert [day for day, *_ in stored_slots(engine, tutor)] == [THURSDAY, TOMORROW + timedelta(days=1)]
    assert [(f"{row.start_time:%H}", row.action, row.reason) for row in log_rows(engine, tutor)] == [
        (hour, "REMOVED", "illness") for hour in ("09", "10", "12", "14")
    ]
    check(ada, "Be ill tomorrow: cancel two lessons, and tell the students why", limit=3)


def test_free_times_get_another_length(ada: Person, site: str, engine: Engine, tutor: Tutor) -> None:
    """Those without room stay, and are named. A booked one stays, too."""
    mondays = [THURSDAY + timedelta(days=4 + 7 * week) for week in range(12)]
    add_slots(engine, tutor, TOMORROW, "15:00", minutes=45)
    add_slots(engine, tutor, TOMORROW, "15:45", minutes=60)
    for day in mondays:
        add_slots(engine, tutor, day, "15:00", "16:00", "16:45", minutes=45)
    add_booking(engine, tutor, mondays[1], "15:00", student=BEN)
    page = ada.page
    start(page, site)
    ada.press(page.get_by_role("button", name="More", exact=True))
    ada.fill(page.get_by_label("To minutes"), "50")
    ada.press(page.get_by_role("button", name="Change the length"))
    # Of each Monday, only the time at 16:45 has room. At 15:00, Ben has booked one; the others have it.
    expect(status(page).get_by_text("can't have 50 minutes")).to_have_count(13)
    ada.press(page.get_by_role("button", name="Save", exact=True))
    expect(page.get_by_text("Everything is saved")).to_be_visible()
    assert stored_slots(engine, tutor) == [
        (TOMORROW, time(15), 45),
        (TOMORROW, time(15, 45), 60),
        *(
            (day, start, minutes)
            for day in mondays
            for start, minutes in (
                (time(15), 45 if day == mondays[1] else 50),
                (time(16), 45),
                (time(16, 45), 50),
            )
        ),
    ]
    check(ada, "Make free times of 45 minutes 50, where they fit", limit=4)
