"""The week view with days in the past, and with days on which the clocks change."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import screenshot, sign_in
from tests.browser.week.conftest import (
    HOUR,
    THURSDAY,
    WEDNESDAY,
    click_at,
    column,
    day_of,
    go_to,
    more,
    offer,
    open_week,
    save,
    slot_texts,
    status,
    wait_until_loaded,
)
from tests.builders import (
    Tutor,
    add_tutor,
    monday,
)


def last_sunday_of(month: int) -> date:
    """Return the date in March or October on which Europe's clocks change. It is at least four weeks from now."""
    ahead = monday() + timedelta(days=31)
    year = ahead.year + (ahead.month > month)
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def test_past_days_of_this_week_are_marked_and_cannot_be_cleared(week: Page) -> None:
    """Past days are those before today in the tutor's time zone."""
    week.get_by_role("button", name="This week").click()
    wait_until_loaded(week)
    today = datetime.now(ZoneInfo("Europe/Copenhagen")).date()
    days = [today + timedelta(days=number) for number in range(-today.weekday(), 7 - today.weekday())]
    more(week)
    assert week.get_by_label("Clear from").get_attribute("min") == str(today)
    for day in days:
        is_past = "past" in (day_of(week, day).get_attribute("class") or "").split()
        assert is_past == (day < today), day


def test_the_page_opens_the_current_week_of_the_tutors_time_zone(page: Page, site: str, engine: Engine) -> None:
    """For the tutor on Kiritimati, it is Monday. For the viewer in New York, it is Sunday."""
    tutor = add_tutor(engine, "Pacific/Kiritimati")
    page.clock.set_fixed_time(datetime.combine(monday(), time(1), ZoneInfo("Pacific/Kiritimati")))
    sign_in(page, tutor.token)
    page.goto(f"{site}/week?tutor={tutor.id}")
    expect(column(page, monday())).to_be_visible()
    wait_until_loaded(page)
    assert "past" not in (day_of(page, monday()).get_attribute("class") or "").split()


def test_slots_of_past_days_cannot_be_edited(week: Page, engine: Engine, tutor: Tutor) -> None:
    go_to(week, WEDNESDAY - timedelta(days=28))
    wait_until_loaded(week)
    click_at(week, WEDNESDAY - timedelta(days=28), 9 * HOUR)
    expect(status(week)).to_contain_text("is in the past and can't be changed.")
    expect(week.get_by_role("button", name="Offer", exact=True)).to_be_disabled()


def test_no_slot_is_added_in_the_hour_that_the_clocks_skip(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    """The clocks skip 02:00 to 03:00. A slot of an hour that begins at 01:30 ends at 03:30."""
    sunday = last_sunday_of(3)
    sign_in(page, tutor.token)
    open_week(page, site, tutor, sunday)
    expect(page.get_by_text("the clocks change: 02:00 to 03:00 doesn't exist.")).to_be_visible()
    for start in ("02:30", "01:30", "03:30", "09:00"):
        offer(page, sunday, start)
        if start == "02:30":
            expect(status(page)).to_contain_text("02:30 can't be added: the clocks skip that time on that day.")
    assert [", ".join(line.split(", ")[:2]) for line in slot_texts(page, sunday)] == [
        "01:30–03:30, to be added",
        "03:30–04:30, to be added",
        "09:00–10:00, to be added",
    ]
    save(page)
    expect(status(page)).to_contain_text("Saved: 3 added")
    page.locator(".calendar [data-slot]").first.scroll_into_view_if_needed()
    screenshot(page, "week-spring")
    assert [line.split(",")[0] for line in slot_texts(page, sunday)] == ["01:30–03:30", "03:30–04:30", "09:00–10:00"]


def test_a_slot_in_the_hour_that_comes_twice_begins_the_first_time(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    """The hour from 02:00 to 03:00 comes twice. A slot begins at the first 02:30 and ends at the second 02:30."""
    sunday = last_sunday_of(10)
    sign_in(page, tutor.token)
    open_week(page, site, tutor, sunday)
    expect(page.get_by_text("02:00 to 03:00 comes twice; slots start the first time.")).to_be_visible()
    for start in ("02:30", "09:00"):
        offer(page, sunday, start)
    save(page)
    expect(status(page)).to_contain_text("Saved: 2 added")
    assert [line.split(",")[0] for line in slot_texts(page, sunday)] == ["02:30–02:30 (the second time)", "09:00–10:00"]


def test_edits_of_a_day_that_has_passed_are_dropped_at_the_review(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    """The page stays open until Thursday. Then the edit of Thursday can be saved, but not the edit of Wednesday."""
    page.clock.install()
    sign_in(page, tutor.token)
    open_week(page, site, tutor)
    click_at(page, WEDNESDAY, 12 * HOUR)
    click_at(page, THURSDAY, 12 * HOUR)
    page.clock.set_fixed_time(datetime.combine(THURSDAY, time(6), ZoneInfo("Europe/Copenhagen")))
    page.get_by_role("button", name="Review", exact=True).click()
    expect(status(page)).to_contain_text("In the past now, and not saved: Wednesday")
    assert column(page, WEDNESDAY).is_visible()
    expect(page.get_by_role("dialog").get_by_role("row").filter(has_text="Thursday")).to_have_count(1)


def test_a_click_in_the_skipped_hour_adds_no_slot(page: Page, site: str, tutor: Tutor) -> None:
    sunday = last_sunday_of(3)
    sign_in(page, tutor.token)
    open_week(page, site, tutor, sunday)
    click_at(page, sunday, 2 * HOUR + 15)
    expect(status(page)).to_contain_text("02:00 can't be added: the clocks skip that time on that day.")
