"""The statistics of all tutors, for admins: what the weekly table has."""

from datetime import UTC, datetime, time, timedelta
from typing import Literal

import pytest
from playwright.sync_api import Page, Route, expect
from sqlalchemy import Engine, text

from local import demo
from tests.browser.conftest import barriers, keep, sign_in, tab_to
from tests.browser.test_statistics import cells, counted, drawn, facts, numbers
from tests.builders import ADMIN, Tutor, add_tutor
from tests.functions.test_weekly_stats import add_entry, run
from tests.hosts import HOSTS, Api

TUTORS = 23
WEEKS = 8


@pytest.fixture
def api(environment: None) -> Api:
    return Api(HOSTS["functions-framework"])


@pytest.fixture
def tutors(engine: Engine, api: Api) -> list[Tutor]:
    """Those who changed something, most active first, over eight weeks that are counted."""
    known = [add_tutor(engine) for _ in range(TUTORS)]
    for number, tutor in enumerate(known):
        for change in range(TUTORS - number):
            at = datetime.now(UTC) - timedelta(days=10 + change, hours=number)
            if change % 4 == 0:
                add_entry(engine, tutor, at, "REMOVED", date=at.date(), start_time=time(7 + change // 4))
            else:
                add_entry(engine, tutor, at)
    run(api, weeks=WEEKS)
    return known


def short(tutor: Tutor) -> str:
    return str(tutor.id)[-8:]


def opened(page: Page, site: str) -> None:
    sign_in(page, ADMIN)
    page.goto(f"{site}/#/platform")
    counted(page)


def test_the_numbers_are_those_of_the_weekly_table(page: Page, site: str, tutors: list[Tutor], api: Api) -> None:
    opened(page, site)
    told = api.stats(ADMIN, days=90).json
    added, removed = (sum(week[name] for week in told["weekly"]) for name in ("slotsAdded", "slotsRemoved"))
    assert added + removed == TUTORS * (TUTORS + 1) // 2
    assert facts(page.locator("section.statistics")) == {
        "Changes": str(added + removed),
        "Added": str(added),
        "Removed": str(removed),
        "Late removals": str(sum(week["lateRemovals"] for week in told["weekly"])),
        "Weeks": str(WEEKS),
    }
    names = ("slotsAdded", "slotsRemoved", "lateRemovals")
    for title, period in (("Added and removed by week", "weekly"), ("Added and removed by month", "monthly")):
        assert [row[1:] for row in numbers(page, title)] == [[str(one[name]) for name in names] for one in told[period]]
    by_hour = numbers(page, "Changes by weekday and hour")
    assert [[int(row[day + 1]) for row in by_hour] for day in range(7)] == told["byWeekdayHour"]
    times = [[row["time"], str(row["count"])] for row in told["mostRemovedTimes"]]
    assert numbers(page, "Most removed times") == times
    expect(page.get_by_text("Complete: the log told of every edit when these weeks were counted.")).to_be_visible()


def test_tutors_come_in_pages_most_active_first(page: Page, site: str, tutors: list[Tutor], api: Api) -> None:
    """By keyboard: whoever asks for more is led to it."""
    opened(page, site)
    table = page.get_by_role("table", name="Tutors, most active first")
    expect(table.get_by_role("link")).to_have_text([short(tutor) for tutor in tutors[:20]])
    tab_to(page, page.get_by_role("button", name="Show more"))
    page.keyboard.press("Enter")
    expect(table.get_by_role("link")).to_have_text([short(tutor) for tutor in tutors])
    expect(table.get_by_role("link").nth(20)).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    names = ("changes", "slotsAdded", "slotsRemoved", "lateRemovals")
    told = api.stats(ADMIN, days=90).json["tutors"]
    assert [row[1:] for row in cells(table)] == [[str(tutor[name]) for name in names] for tutor in told]
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/#/{tutors[20].id}/statistics")
    expect(page.get_by_role("heading", name="Statistics")).to_be_visible()


def test_more_tutors_are_asked_for_again_when_they_did_not_come(page: Page, site: str, tutors: list[Tutor]) -> None:
    opened(page, site)
    page.clock.install()

    def away(route: Route) -> None:
        route.abort()

    page.route("**/audit_stats?*cursor=*", away)
    page.get_by_role("button", name="Show more").click()
    page.clock.run_for(60_000)  # the client tries again by itself, a few times
    expect(page.get_by_role("alert")).to_contain_text("The server can't be reached")
    page.unroute("**/audit_stats?*cursor=*", away)
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("table", name="Tutors").get_by_role("link")).to_have_count(TUTORS)


def test_another_period_begins_its_pages_anew(page: Page, site: str, tutors: list[Tutor]) -> None:
    opened(page, site)
    links = page.get_by_role("table", name="Tutors").get_by_role("link")
    page.get_by_role("button", name="Show more").click()
    expect(links).to_have_count(TUTORS)
    page.get_by_label("365 days").check()
    expect(links).to_have_count(20)


def test_tutors_who_can_be_chosen_have_their_names(
    page: Page, site: str, engine: Engine, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    freja = demo.DEMO_TUTORS[0]
    monkeypatch.setattr(demo, "tutors_of", lambda _: [freja])
    with engine.begin() as connection:
        add = text("insert into tutors values (:id, :user_id, 'Freja', 'Europe/Copenhagen')")
        connection.execute(add, {"id": freja.id, "user_id": freja.user_id})
    add_entry(engine, Tutor(freja.id, freja.user_id, ""), datetime.now(UTC) - timedelta(days=10))
    run(api, weeks=WEEKS)
    opened(page, site)
    expect(page.get_by_role("link", name="Freja Holm")).to_have_attribute("href", f"#/{freja.id}/statistics")


def test_a_tutor_is_told_that_it_is_for_admins(page: Page, site: str, tutors: list[Tutor]) -> None:
    sign_in(page, tutors[0].token)
    page.goto(f"{site}/#/platform")
    expect(page.get_by_role("alert")).to_have_text(
        "This is for admins: it tells of all tutors. A tutor's own numbers are under Statistics."
    )
    expect(page.get_by_role("figure")).to_have_count(0)


def test_weeks_that_are_not_counted_or_lack_entries_say_so(page: Page, site: str, engine: Engine, api: Api) -> None:
    opened(page, site)
    expect(page.get_by_text("No week of this period is counted yet")).to_be_visible()
    expect(page.get_by_role("img")).to_have_count(0)
    with engine.begin() as connection:
        add = text("insert into tutor_days values (:tutor, '2026-12-01', 2, 0, :at)")
        at = datetime.now(UTC) - timedelta(days=10)
        connection.execute(add, {"tutor": add_tutor(engine).id, "at": at})
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("the last week isn't counted for every tutor yet")
    run(api, weeks=WEEKS)
    page.reload()
    expect(page.get_by_role("status")).to_contain_text("Incomplete: 2 edits were missing from the log")
    expect(page.get_by_text("Nothing was changed in these weeks.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(page: Page, site: str, tutors: list[Tutor], scheme: Literal["light", "dark"]) -> None:
    """By axe's rules for WCAG 2.2 AA; and on a phone of 360 pixels nothing reaches beyond the edge."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    opened(page, site)
    drawn(page, "hours")
    drawn(page, "times")
    keep(page, f"platform-phone-{scheme}")
    for title in ("Added and removed by week", "Added and removed by month", "Most removed times"):
        assert numbers(page, title) != []
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert said == []
    page.set_viewport_size({"width": 1200, "height": 800})
    keep(page, f"platform-{scheme}")
