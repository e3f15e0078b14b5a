"""The jobs of support."""

import csv
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import Engine, update

from migrations.tables import tutors
from tests.browser.jobs.conftest import Person, check
from tests.browser.test_late import quarter_before, remove_late
from tests.builders import ADMIN, Tutor, add_tutor, monday, slots, stored_slots
from tests.hosts import Api, functions_framework_host

API = Api(functions_framework_host)
DAY = monday()


@pytest.fixture
def admin(person_with: Callable[..., Person]) -> Person:
    return person_with(ADMIN)


@pytest.fixture
def freja(engine: Engine) -> Tutor:
    """Freja Holm, who has removed 9:00 of a Monday."""
    tutor = add_tutor(engine)
    with engine.begin() as connection:
        connection.execute(update(tutors).values(name="Freja Holm").where(tutors.c.id == tutor.id))
    for starts in (("09:00", "10:00"), ("10:00",)):
        body = {"tutorId": str(tutor.id), "date": str(DAY), "timeSlots": slots(*starts), "notes": "dentist"}
        assert API.update(tutor.token, **body).status == 200
    return tutor


def test_why_is_this_slot_gone_and_put_it_back(admin: Person, site: str, freja: Tutor, engine: Engine) -> None:
    page = admin.page
    page.goto(site)
    if admin.way == "touch":
        admin.press(page.get_by_role("button", name="Find", exact=True))
    else:
        expect(page.get_by_role("button", name="Find a person or a time")).to_be_visible()
        admin.chord("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    admin.fill(page.get_by_role("combobox"), f"freja {DAY.day} {DAY:%b} 9")
    why = page.get_by_role("option", name="Why?")
    expect(why).to_be_visible()
    if admin.way == "touch":
        admin.press(why)
    else:
        admin.chord("Enter")
    expect(page.locator(".sentence")).to_contain_text("It isn't offered, because Freja Holm removed it")
    admin.press(page.get_by_role("button", name="Put it back"))
    expect(page.locator(".done")).to_contain_text("It is offered again.")
    assert [f"{start:%H:%M}" for _, start, _ in stored_slots(engine, freja)] == ["09:00", "10:00"]
    check(admin, "Find out why a slot is gone, and put it back", limit=4)


def test_late_removals_of_the_last_quarter_as_csv(admin: Person, site: str, freja: Tutor, engine: Engine) -> None:
    at = datetime.combine(quarter_before(datetime.now(UTC).date()), time(12), UTC) + timedelta(days=3)
    remove_late(engine, freja, at)
    page = admin.page
    page.goto(site)
    name = "tabs" if admin.way == "touch" else "top"
    admin.press(page.locator(f".{name} nav, nav.{name}").get_by_role("link", name="Platform"))
    admin.press(page.get_by_role("link", name="Last quarter"))
    expect(page.locator("section.statistics")).to_have_attribute("aria-busy", "false")
    text = admin.download(page.get_by_role("button", name="Download (CSV)"))
    found = list(csv.DictReader(text.splitlines()))
    assert [(row["tutor"], row["date"]) for row in found] == [("Freja Holm", str(at.date()))]
    check(admin, "Download the late removals of the last quarter (CSV)", limit=3)
