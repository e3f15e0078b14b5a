"""The view "Platform": the statistics of all tutors from the weekly table, for admins."""

from datetime import UTC, datetime, time, timedelta
from typing import Literal

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import Engine, text

from tests.browser.conftest import axe_violations, screenshot, sign_in, tab_to
from tests.browser.test_statistics import cells, chart, facts, numbers, wait_until_loaded
from tests.builders import ADMIN, Tutor, add_booking, add_slots, add_tutor, monday
from tests.functions.test_weekly_stats import add_entry, run
from tests.hosts import HOSTS, Api

TUTORS = 23
WEEKS = 8


@pytest.fixture
def api(environment: None) -> Api:
    return Api(HOSTS["functions-framework"])


@pytest.fixture
def tutors(engine: Engine, api: Api) -> list[Tutor]:
    """Tutors with edits in weeks whose statistics are computed, most active first."""
    tutors = [add_tutor(engine) for _ in range(TUTORS)]
    with engine.begin() as connection:
        for number, tutor in enumerate(tutors):
            rename = text("update tutors set name = :name where id = :id")
            connection.execute(rename, {"name": f"Tutor {number}", "id": tutor.id})
    for number, tutor in enumerate(tutors):
        for change in range(TUTORS - number):
            at = datetime.now(UTC) - timedelta(days=10 + change, hours=number)
            if change % 4 == 0:
                add_entry(engine, tutor, at, "REMOVED", date=at.date(), start_time=time(7 + change // 4))
            else:
                add_entry(engine, tutor, at)
    day = monday(0) - timedelta(days=10)
    add_slots(engine, tutors[0], day, "09:00", "10:00", "11:00")
    add_booking(engine, tutors[0], day, "09:00")
    run(api, weeks=WEEKS)
    return tutors


def open_platform(page: Page, site: str) -> None:
    sign_in(page, ADMIN)
    page.goto(f"{site}/platform?show=numbers")
    wait_until_loaded(page)


def test_the_numbers_are_those_that_audit_stats_returns(page: Page, site: str, tutors: list[Tutor], api: Api) -> None:
    open_platform(page, site)
    stats = api.stats(ADMIN, days=90).json
    added, removed = (sum(week[name] for week in stats["weekly"]) for name in ("slotsAdded", "slotsRemoved"))
    assert added + removed == TUTORS * (TUTORS + 1) // 2
    assert facts(page.locator("section.statistics")) == {
        "Booked": "33%",
        "Slots changed": str(added + removed),
        "Slots added": str(added),
        "Slots removed": str(removed),
        "Removed late": str(sum(week["lateRemovals"] for week in stats["weekly"])),
        "Weeks": str(WEEKS),
    }
    names = ("slotsAdded", "slotsRemoved", "lateRemovals")
    for title, period in (
        ("Slots added and removed by week", "weekly"),
        ("Slots added and removed by month", "monthly"),
    ):
        assert [row[1:] for row in numbers(page, title)] == [
            [str(one[name]) for name in names] for one in stats[period]
        ]
    for title, period in (("Slots booked by week", "weekly"), ("Slots booked by month", "monthly")):
        assert [row[1:3] for row in numbers(page, title)] == [
            [str(one["offered"]), str(one["booked"])] for one in stats[period]
        ]
    (booked,) = [row for row in numbers(page, "Slots booked by week") if row[1] != "0"]
    assert booked[1:] == ["3", "1", "33%"]
    shares = page.locator(".shares table")
    assert [cells(table) for table in shares.all()] == [
        [["Other reason", str(added + removed), ""]],
        [["unknown", str(added + removed), ""]],
    ]
    by_hour = numbers(page, "Slots changed by weekday and hour")
    assert [[int(row[day + 1]) for row in by_hour] for day in range(7)] == stats["byWeekdayHour"]
    times = [[row["time"], str(row["count"])] for row in stats["mostRemovedTimes"]]
    assert numbers(page, "Times removed most often") == times
    expect(page.get_by_text("Complete: the log had every edit when these weeks were counted.")).to_be_visible()


def test_a_season_is_shown_beside_the_same_weeks_a_year_ago(
    page: Page, site: str, tutors: list[Tutor], api: Api
) -> None:
    """Nothing is requested before a season is chosen. Of the weeks a year ago, none is counted."""
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url) if "from=" in request.url else None)
    open_platform(page, site)
    assert requests == []
    page.get_by_role("combobox", name="Compare with a year ago").select_option(index=1)
    table = page.get_by_role("table", name="A season beside the same weeks a year ago")
    expect(table).to_be_visible()
    changes = [week for week in api.stats(ADMIN, days=90).json["weekly"] if week["weekStart"] < str(monday(0))]
    assert cells(table) == [
        ["Weeks counted", str(len(changes)), "0"],
        ["Complete", "Yes", "Yes"],
        ["Slots offered", "3", "0"],
        ["Slots booked", "1", "0"],
        ["Booked", "33%", "–"],
        ["Slots added", str(sum(week["slotsAdded"] for week in changes)), "0"],
        ["Slots removed", str(sum(week["slotsRemoved"] for week in changes)), "0"],
        ["Removed late", str(sum(week["lateRemovals"] for week in changes)), "0"],
    ]
    assert len(requests) == 2


def test_tutors_are_listed_in_pages_most_active_first(page: Page, site: str, tutors: list[Tutor], api: Api) -> None:
    """If the button "Show more" is pressed by keyboard, the first new tutor gets the focus."""
    open_platform(page, site)
    table = page.get_by_role("table", name="Tutors, most active first")
    expect(table.get_by_role("link")).to_have_text([f"Tutor {number}" for number in range(20)])
    tab_to(page, page.get_by_role("button", name="Show more"))
    page.keyboard.press("Enter")
    expect(table.get_by_role("link")).to_have_text([f"Tutor {number}" for number in range(TUTORS)])
    expect(table.get_by_role("link").nth(20)).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    names = ("changes", "slotsAdded", "slotsRemoved", "lateRemovals")
    stats = api.stats(ADMIN, days=90).json["tutors"]
    assert [row[1:] for row in cells(table)] == [[str(tutor[name]) for name in names] for tutor in stats]
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/statistics?tutor={tutors[20].id}")
    expect(page.get_by_role("heading", name="Insights")).to_be_visible()


def test_a_page_of_tutors_that_could_not_be_loaded_is_loaded_again(page: Page, site: str, tutors: list[Tutor]) -> None:
    open_platform(page, site)
    page.clock.install()

    def abort(route: Route) -> None:
        route.abort()

    page.route("**/audit_stats?*cursor=*", abort)
    page.get_by_role("button", name="Show more").click()
    page.clock.run_for(60_000)  # so that the client's retries end
    expect(page.get_by_role("alert")).to_contain_text("No answer came from the server")
    page.unroute("**/audit_stats?*cursor=*", abort)
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("table", name="Tutors").get_by_role("link")).to_have_count(TUTORS)


def test_a_new_period_shows_only_its_first_page_of_tutors(page: Page, site: str, tutors: list[Tutor]) -> None:
    open_platform(page, site)
    links = page.get_by_role("table", name="Tutors").get_by_role("link")
    page.get_by_role("button", name="Show more").click()
    expect(links).to_have_count(TUTORS)
    page.get_by_label("365 days").check()
    expect(links).to_have_count(20)


def test_the_view_tells_a_tutor_that_it_is_for_admins(page: Page, site: str, tutors: list[Tutor]) -> None:
    sign_in(page, tutors[0].token)
    page.goto(f"{site}/platform")
    expect(page.get_by_text("This page is for support, because it shows all tutors.")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("figure")).to_have_count(0)
    page.get_by_role("paragraph").get_by_role("link", name="Insights").click()
    expect(page.get_by_role("heading", name="Insights")).to_be_visible()


def test_weeks_that_are_not_computed_and_missing_entries_are_reported(
    page: Page, site: str, engine: Engine, api: Api
) -> None:
    open_platform(page, site)
    expect(page.get_by_text("No week of this period is counted yet")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(0)
    with engine.begin() as connection:
        add = text("insert into tutor_days values (:tutor, '2026-12-01', 2, 0, :at, null)")
        at = datetime.now(UTC) - timedelta(days=10)
        connection.execute(add, {"tutor": add_tutor(engine).id, "at": at})
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("the last week isn't counted for every tutor yet")
    run(api, weeks=WEEKS)
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("Incomplete: 2 edits were missing from the log")
    expect(page.get_by_text("No slots were changed in these weeks.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(page: Page, site: str, tutors: list[Tutor], scheme: Literal["light", "dark"]) -> None:
    """Axe finds no violation of WCAG 2.2 AA. On a phone that is 360 pixels wide, nothing is cut off."""
    console: list[str] = []
    page.on("console", lambda message: console.append(message.text) if message.type in ("error", "warning") else None)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    open_platform(page, site)
    chart(page, "hours")
    chart(page, "times")
    screenshot(page, f"platform-phone-{scheme}")
    for title in ("Slots added and removed by week", "Slots added and removed by month", "Times removed most often"):
        assert numbers(page, title) != []
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert console == []
    page.set_viewport_size({"width": 1200, "height": 800})
    screenshot(page, f"platform-{scheme}")
