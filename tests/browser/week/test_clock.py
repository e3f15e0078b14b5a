"""Days that are over, and days on which the clock is changed."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import keep, sign_in
from tests.browser.week.conftest import (
    HOUR,
    THURSDAY,
    WEDNESDAY,
    click_at,
    column,
    is_read,
    open_week,
    said,
    save,
    shown,
)
from tests.builders import (
    Tutor,
    add_tutor,
    monday,
)


def next_sunday_of(month: int) -> date:
    """Return the last Sunday of the next such month that is a month ahead at least: Europe changes its clocks then."""
    ahead = monday() + timedelta(days=31)
    year = ahead.year + (ahead.month > month)
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def test_what_is_over_is_neither_copied_onto_nor_cleared(week: Page) -> None:
    """Of this week, the days before the tutor's today stay as they are."""
    week.get_by_role("button", name="This week").click()
    is_read(week)
    today = datetime.now(ZoneInfo("Europe/Copenhagen")).date()
    days = [today + timedelta(days=number) for number in range(-today.weekday(), 7 - today.weekday())]
    week.get_by_text("Copy, repeat or clear").click()
    assert week.get_by_label("Clear from").get_attribute("min") == str(today)
    for day in days:
        over = "over" in (column(week, day).get_attribute("class") or "").split()
        assert over == (day < today), day


def test_the_week_is_the_tutors_where_it_has_begun_already(page: Page, site: str, engine: Engine) -> None:
    """On Kiritimati it is Monday when it is still Sunday in New York."""
    tutor = add_tutor(engine, "Pacific/Kiritimati")
    page.clock.set_fixed_time(datetime.combine(monday(), time(1), ZoneInfo("Pacific/Kiritimati")))
    sign_in(page, tutor.token)
    page.goto(f"{site}/#/{tutor.id}")
    expect(column(page, monday())).to_be_visible()
    is_read(page)
    assert "over" not in (column(page, monday()).get_attribute("class") or "").split()


def test_days_that_are_over_cannot_be_edited(week: Page, engine: Engine, tutor: Tutor) -> None:
    week.get_by_label("Go to").fill(str(WEDNESDAY - timedelta(days=28)))
    is_read(week)
    click_at(week, WEDNESDAY - timedelta(days=28), 9 * HOUR)
    expect(said(week)).to_contain_text("is over, and can't be changed any more.")
    expect(week.get_by_role("button", name="Offer", exact=True)).to_be_disabled()


def test_the_week_in_which_the_clock_goes_forward(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    """An hour doesn't exist, and nothing is offered in it; slots around it are as long as they say."""
    sunday = next_sunday_of(3)
    sign_in(page, tutor.token)
    open_week(page, site, tutor, sunday)
    expect(page.get_by_text("the clock is changed: 02:00 to 03:00 doesn't exist.")).to_be_visible()
    page.get_by_role("combobox", name="Day").select_option(str(sunday))
    for start in ("02:30", "01:30", "03:30", "09:00"):
        page.get_by_label("Start").fill(start)
        page.get_by_role("button", name="Offer", exact=True).click()
        if start == "02:30":
            expect(said(page)).to_contain_text("02:30 is left out: the clock jumps over that time.")
    assert [", ".join(line.split(", ")[:2]) for line in shown(page, sunday)] == [
        "01:30–03:30, to be offered",
        "03:30–04:30, to be offered",
        "09:00–10:00, to be offered",
    ]
    save(page)
    expect(said(page)).to_contain_text("Saved: 3 offered")
    page.locator(".calendar [role=button]").first.scroll_into_view_if_needed()
    keep(page, "week-spring")
    assert [line.split(",")[0] for line in shown(page, sunday)] == ["01:30–03:30", "03:30–04:30", "09:00–10:00"]


def test_the_week_in_which_the_clock_goes_back(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    """An hour comes twice; a slot in it is in the first one, and those before and after don't collide with it."""
    sunday = next_sunday_of(10)
    sign_in(page, tutor.token)
    open_week(page, site, tutor, sunday)
    expect(page.get_by_text("02:00 to 03:00 comes twice; a slot means the first.")).to_be_visible()
    page.get_by_role("combobox", name="Day").select_option(str(sunday))
    for start in ("02:30", "09:00"):
        page.get_by_label("Start").fill(start)
        page.get_by_role("button", name="Offer", exact=True).click()
    save(page)
    expect(said(page)).to_contain_text("Saved: 2 offered")
    assert [line.split(",")[0] for line in shown(page, sunday)] == ["02:30–02:30 (for the second time)", "09:00–10:00"]


def test_what_is_over_by_the_time_of_the_review_is_dropped_and_said(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    """The page may have been open over midnight; the rest can still be saved, and the same week is shown."""
    page.clock.install()
    sign_in(page, tutor.token)
    open_week(page, site, tutor)
    click_at(page, WEDNESDAY, 12 * HOUR)
    click_at(page, THURSDAY, 12 * HOUR)
    page.clock.set_fixed_time(datetime.combine(THURSDAY, time(6), ZoneInfo("Europe/Copenhagen")))
    page.get_by_role("button", name="Review and save").click()
    expect(said(page)).to_contain_text("Over by now, and not to be saved: Wednesday")
    assert column(page, WEDNESDAY).is_visible()
    expect(page.get_by_role("dialog").get_by_role("row").filter(has_text="Thursday")).to_have_count(1)


def test_the_hour_that_is_skipped_takes_no_slot(page: Page, site: str, tutor: Tutor) -> None:
    sunday = next_sunday_of(3)
    sign_in(page, tutor.token)
    open_week(page, site, tutor, sunday)
    page.locator(".calendar").evaluate("it => it.querySelectorAll('*').forEach(part => (part.scrollTop = 0))")
    click_at(page, sunday, 2 * HOUR + 15)
    expect(said(page)).to_contain_text("02:15 is left out: the clock jumps over that time.")
