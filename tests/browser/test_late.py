"""The view "Platform": late removals by week and by tutor, the list behind each bar, and CSV."""

import codecs
import csv
import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import Engine, update

from migrations.tables import tutors as tutors_table
from tests.browser.conftest import axe_violations, screenshot, sign_in
from tests.builders import ADMIN, Tutor, add_tutor
from tests.functions.test_weekly_stats import add_entry

NEW_YORK = ZoneInfo("America/New_York")
PEOPLE = ("Freja Holm", "Anton Bruun")


def quarter_before(today: date) -> date:
    """Return the first day of the last full quarter."""
    first = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    return (first - timedelta(days=80)).replace(day=1)


def remove_late(engine: Engine, tutor: Tutor, at: datetime, **more: str) -> None:
    """Add an entry for a slot that was removed two to three hours before its start."""
    start = at + timedelta(hours=3)
    add_entry(engine, tutor, at, "REMOVED", date=start.date(), start_time=time(start.hour), time_zone="UTC", **more)


@pytest.fixture
def people(site: str, engine: Engine) -> Sequence[Tutor]:
    """Two tutors. Freja removed late twice last week, Anton once the week before, and once in the last quarter."""
    people = [add_tutor(engine) for _ in PEOPLE]
    with engine.begin() as connection:
        for tutor, name in zip(people, PEOPLE, strict=True):
            rename = update(tutors_table).values(name=name).where(tutors_table.c.id == tutor.id)
            connection.execute(rename)
    noon = datetime.combine(datetime.now(NEW_YORK), time(12), UTC)  # the viewer is in New York
    last_week = noon - timedelta(days=noon.weekday() + 4)
    remove_late(engine, people[0], last_week, notes="dentist", changed_by=people[0].user_id)
    remove_late(engine, people[0], last_week + timedelta(hours=1), notes="=1+1", changed_by="auth0|support")
    remove_late(engine, people[1], last_week - timedelta(days=7))
    day = quarter_before(noon.date()) + timedelta(days=1)
    remove_late(engine, people[1], datetime.combine(day, time(12), UTC))
    add_entry(engine, people[1], last_week, "REMOVED", date=last_week.date() + timedelta(days=30))  # not late
    return people


def open_late(page: Page, site: str, query: str = "") -> None:
    sign_in(page, ADMIN)
    page.goto(f"{site}/platform{query}")
    expect(page.locator("section.statistics")).to_have_attribute("aria-busy", "false")


def rows(page: Page) -> Locator:
    return page.get_by_role("region", name="Each late removal").locator("tbody tr")


def bars(page: Page) -> Locator:
    return page.get_by_role("region", name="By week").get_by_role("link")


def test_each_bar_has_its_list_which_is_a_link(page: Page, site: str, people: Sequence[Tutor]) -> None:
    """A press on the bar again, or Back, shows all."""
    open_late(page, site)
    expect(bars(page)).to_have_count(13)
    expect(rows(page)).to_have_count(3)
    last_week = bars(page).nth(11)
    expect(last_week).to_have_accessible_name(re.compile(r"^W\d+ ?, .*: 2 late removals$"))
    last_week.click()
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first).to_contain_text("Freja Holm")
    expect(rows(page).first).to_contain_text("3 hours before")
    expect(rows(page)).to_contain_text(["you, “=1+1”", "the tutor, “dentist”"])
    page.reload()
    expect(rows(page)).to_have_count(2)
    expect(last_week).to_have_attribute("aria-current", "true")
    last_week.click()
    expect(rows(page)).to_have_count(3)
    page.go_back()
    expect(rows(page)).to_have_count(2)
    page.get_by_role("link", name="Show all").click()
    by_tutor = page.get_by_role("region", name="By tutor").get_by_role("link")
    expect(by_tutor).to_have_text(["Freja Holm2", "Anton Bruun1"])
    by_tutor.nth(1).click()
    expect(rows(page)).to_contain_text(["Anton Bruun"])


def test_the_evidence_of_a_removal_is_a_click_away(page: Page, site: str, people: Sequence[Tutor]) -> None:
    open_late(page, site)
    rows(page).nth(1).get_by_role("link", name="Why?").click()
    expect(page.locator(".sentence")).to_contain_text("“dentist”")
    expect(page.locator(".subject")).to_contain_text("with Freja Holm")


def test_the_file_has_what_the_list_shows(page: Page, site: str, people: Sequence[Tutor]) -> None:
    open_late(page, site)
    bars(page).nth(11).click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download (CSV)").click()
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(codecs.BOM_UTF8)
    found = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert [(row["tutor"], row["minutesBefore"], row["removedBy"], row["notes"]) for row in found] == [
        ("Freja Holm", "180", "auth0|support", "'=1+1"),  # so that it isn't read as a formula
        ("Freja Holm", "180", people[0].user_id, "dentist"),
    ]


def test_the_last_quarter_is_the_calendars(page: Page, site: str, people: Sequence[Tutor]) -> None:
    open_late(page, site)
    page.get_by_role("link", name="Last quarter").click()
    expect(page.get_by_text(f"{quarter_before(datetime.now(NEW_YORK).date()):%B}").first).to_be_visible()
    expect(rows(page)).to_contain_text(["Anton Bruun"])
    page.go_back()
    expect(rows(page)).to_have_count(3)


def test_a_period_without_late_removals_has_empty_weeks(page: Page, site: str) -> None:
    open_late(page, site, "?period=month")
    expect(page.get_by_text("0 late removals.")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    assert axe_violations(page) == []


def test_an_error_can_be_tried_again(page: Page, site: str, people: Sequence[Tutor]) -> None:
    def abort(route: Route) -> None:
        route.abort()

    page.clock.install()
    page.route("**/audit_history?*", abort)
    sign_in(page, ADMIN)
    page.goto(f"{site}/platform")
    expect(page.get_by_role("heading", name="Platform")).to_be_visible()
    page.clock.run_for(60_000)  # so that the client's retries end
    expect(page.get_by_role("alert")).to_contain_text("No answer came from the server")
    page.unroute("**/audit_history?*", abort)
    page.get_by_role("button", name="Try again").click()
    expect(rows(page)).to_have_count(3)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_the_view_is_accessible(
    page: Page, site: str, people: Sequence[Tutor], scheme: Literal["light", "dark"], width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 740})
    open_late(page, site)
    bars(page).nth(11).click()
    expect(rows(page)).to_have_count(2)
    page.evaluate("scrollTo(0, document.body.scrollHeight)")  # so that the tabs cover nothing
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"late-{width}-{scheme}")
