"""A tutor's week: what is offered and withdrawn, reviewed, saved and undone, also when others are at it, too."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import BrowserContext, Dialog, Locator, Page, Route, expect
from sqlalchemy import Engine, select, text

from common.db.tables import tutor_availability_log
from tests.browser.conftest import barriers, keep, shifts, sign_in, tab_to
from tests.builders import (
    ADMIN,
    Tutor,
    add_booking,
    add_slots,
    add_tutor,
    log_rows,
    make_token,
    monday,
    stored_slots,
    versions,
)

WEDNESDAY = monday() + timedelta(days=2)
THURSDAY = WEDNESDAY + timedelta(days=1)
HOUR = 60


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    """A tutor in Copenhagen, six hours ahead of the viewer, with three slots on a Wednesday, one of them booked."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, WEDNESDAY, "09:00", "10:00", "14:00")
    add_booking(engine, tutor, WEDNESDAY, "10:00")
    return tutor


@pytest.fixture
def week(page: Page, site: str, tutor: Tutor) -> Page:
    """The tutor's page, open at that week."""
    sign_in(page, tutor.token)
    return open_week(page, site, tutor)


def open_week(page: Page, site: str, tutor: Tutor, day: date = WEDNESDAY) -> Page:
    page.goto(f"{site}/#/{tutor.id}")
    page.get_by_label("Go to").fill(str(day))
    is_read(page)
    return page


def is_read(page: Page) -> None:
    expect(page.locator("section[aria-labelledby=week]")).to_have_attribute("aria-busy", "false")


def column(page: Page, day: date) -> Locator:
    return page.locator(f".calendar [role=cell][data-date='{day}']")


def slot(page: Page, name: str) -> Locator:
    """Return a slot by its times and its state."""
    return page.locator(".calendar").get_by_role("button", name=name)


def shown(page: Page, day: date) -> list[str]:
    """Return the slots that a day shows, each by its time and state."""
    is_read(page)
    return [line.split(", ", 1)[1] for line in column(page, day).locator("[role=button] .hidden").all_inner_texts()]


def point(page: Page, day: date, minutes: int) -> tuple[float, float]:
    """Return where on the page a time of a day is."""
    box = column(page, day).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] * minutes / 1440


def click_at(page: Page, day: date, minutes: int) -> None:
    page.mouse.click(*point(page, day, minutes + 3))


def drag(page: Page, day: date, start: int, end: int) -> None:
    page.mouse.move(*point(page, day, start + 3))
    page.mouse.down()
    page.mouse.move(*point(page, day, (start + end) // 2), steps=5)
    page.mouse.move(*point(page, day, end - 3), steps=5)
    page.mouse.up()


def review(page: Page) -> Locator:
    page.get_by_role("button", name="Review and save").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    return dialog


def save(page: Page) -> None:
    review(page).get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def said(page: Page) -> Locator:
    return page.get_by_role("status")


def at(*starts: str, minutes: int = HOUR, day: date = WEDNESDAY) -> list[tuple[date, time, int]]:
    return [(day, time.fromisoformat(start), minutes) for start in starts]


def test_the_week_is_shown_by_the_tutors_clock_and_the_viewers(week: Page) -> None:
    assert shown(week, WEDNESDAY) == [
        "09:00–10:00, free, 03:00 your time",
        "10:00–11:00, booked, 04:00 your time",
        "14:00–15:00, free, 08:00 your time",
    ]
    expect(week.get_by_text("Times are Copenhagen time, the tutor's own; yours, New York time")).to_be_visible()
    expect(week.get_by_text("No unsaved changes.")).to_be_visible()


def test_a_tutor_edits_previews_saves_and_undoes(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "09:00–10:00, free").click()
    click_at(week, WEDNESDAY, 11 * HOUR)
    drag(week, THURSDAY, 12 * HOUR, 14 * HOUR)
    assert shown(week, WEDNESDAY)[0].startswith("09:00–10:00, to be withdrawn")
    expect(week.get_by_text("Not saved yet: 3 to offer, 1 to withdraw, on 2 days.")).to_be_visible()
    keep(week, "week-unsaved")
    dialog = review(week)
    expect(dialog.get_by_role("row")).to_have_count(3)
    rows = dialog.get_by_role("row").all_inner_texts()
    assert [row.split("\t")[1:] for row in rows] == [
        ["Offered", "Withdrawn"],
        ["11:00–12:00", "09:00–10:00"],
        ["12:00–13:00, 13:00–14:00", "–"],
    ]
    assert versions(engine, tutor) == {}
    dialog.get_by_label("Note for the history").fill("the dentist")
    dialog.get_by_label("Why").select_option("Something came up")
    keep(week, "week-review")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(said(week)).to_contain_text("Saved: 3 offered, 1 withdrawn.")
    offered = [*at("10:00", "11:00", "14:00"), *at("12:00", "13:00", day=THURSDAY)]
    assert stored_slots(engine, tutor) == offered
    entries = log_rows(engine, tutor)
    assert {(row.reason, row.notes) for row in entries} == {("conflict", "the dentist")}
    assert len({row.change_set_id for row in entries}) == 1
    week.get_by_role("button", name="Undo the save").click()
    expect(said(week)).to_contain_text("Undone: 1 added, 3 removed.")
    assert stored_slots(engine, tutor) == at("09:00", "10:00", "14:00")
    assert [line.split(",")[0] for line in shown(week, WEDNESDAY)] == ["09:00–10:00", "10:00–11:00", "14:00–15:00"]
    expect(week.get_by_role("button", name="Undo the save")).to_have_count(0)


def test_a_booked_slot_is_locked_and_says_why(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "10:00–11:00, booked").click()
    expect(said(week)).to_contain_text("10:00–11:00 is booked: it can't be withdrawn unless the booking is cancelled.")
    expect(week.get_by_text("No unsaved changes.")).to_be_visible()


def test_steps_are_taken_back_and_all_is_discarded(week: Page) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    click_at(week, THURSDAY, 11 * HOUR)
    week.get_by_role("button", name="Step back").click()
    expect(week.get_by_text("Not saved yet: 1 to offer, 0 to withdraw, on 1 day.")).to_be_visible()
    week.get_by_role("button", name="Discard").click()
    assert shown(week, THURSDAY) == []


def test_what_is_not_saved_is_kept_whatever_is_looked_at_meanwhile(week: Page) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    week.get_by_role("button", name="Later").click()
    is_read(week)
    week.get_by_role("link", name="What students see").click()
    week.get_by_role("link", name="Week (not saved)").click()
    expect(week.get_by_text("Not saved yet: 1 to offer")).to_be_visible()
    week.get_by_label("Go to").fill(str(THURSDAY))
    assert shown(week, THURSDAY) == ["09:00–10:00, to be offered, 03:00 your time"]
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    week.on("dialog", stay)
    week.evaluate("location.reload()")
    week.wait_for_function("true")
    assert asked == ["beforeunload"]


def test_an_edit_in_another_tab_is_not_lost(
    week: Page, context: BrowserContext, site: str, engine: Engine, tutor: Tutor
) -> None:
    """Both began with the same day: the second one to save sees the first one's edit, and says how it goes on."""
    other = context.new_page()
    sign_in(other, tutor.token)
    open_week(other, site, tutor)
    slot(other, "14:00–15:00, free").click()
    click_at(other, WEDNESDAY, 16 * HOUR)
    save(other)
    slot(week, "09:00–10:00, free").click()
    click_at(week, WEDNESDAY, 12 * HOUR)
    dialog = review(week)
    expect(dialog.get_by_role("heading", name="Two edits of one day")).to_be_visible()
    assert dialog.get_by_role("definition").all_inner_texts() == [
        "offered 16:00–17:00; withdrew 14:00–15:00",
        "offered 12:00–13:00; withdrew 09:00–10:00",
    ]
    assert [label.split(": ") for label in dialog.get_by_role("group").locator("label").all_inner_texts()] == [
        ["Both edits", "10:00–11:00, 12:00–13:00, 16:00–17:00"],
        ["Mine alone", "10:00–11:00, 12:00–13:00, 14:00–15:00"],
        ["Theirs alone", "09:00–10:00, 10:00–11:00, 16:00–17:00"],
    ]
    assert barriers(week) == []
    keep(week, "week-merge")
    dialog.get_by_role("button", name="Go on with this").click()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(said(week)).to_contain_text("Saved: 1 offered, 1 withdrawn.")
    assert stored_slots(engine, tutor) == at("10:00", "12:00", "16:00")
    assert versions(engine, tutor) == {WEDNESDAY: 2}


def test_of_two_edits_one_can_be_chosen(
    week: Page, context: BrowserContext, site: str, engine: Engine, tutor: Tutor
) -> None:
    """Also when the other one is saved while this one is being reviewed."""
    other = context.new_page()
    sign_in(other, tutor.token)
    open_week(other, site, tutor)
    click_at(week, WEDNESDAY, 12 * HOUR)
    dialog = review(week)
    expect(dialog.get_by_role("button", name="Save", exact=True)).to_be_visible()
    click_at(other, WEDNESDAY, 16 * HOUR)
    save(other)
    dialog.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_label("Theirs alone").check()
    dialog.get_by_role("button", name="Go on with this").click()
    expect(dialog).to_contain_text("Nothing is left to change.")
    dialog.get_by_role("button", name="Back to the week").click()
    expect(week.get_by_text("No unsaved changes.")).to_be_visible()
    assert [line.split(",")[0] for line in shown(week, WEDNESDAY)][-1] == "16:00–17:00"
    assert versions(engine, tutor) == {WEDNESDAY: 1}


@pytest.mark.parametrize("moment", ["before the review", "during the review"])
def test_a_booking_that_arrives_meanwhile_stays(week: Page, engine: Engine, tutor: Tutor, moment: str) -> None:
    slot(week, "09:00–10:00, free").click()
    slot(week, "14:00–15:00, free").click()
    if moment == "before the review":
        add_booking(engine, tutor, WEDNESDAY, "14:00", "AWAITING_PAYMENT")
        dialog = review(week)
    else:
        dialog = review(week)
        expect(dialog.get_by_role("button", name="Save", exact=True)).to_be_visible()
        add_booking(engine, tutor, WEDNESDAY, "14:00", "AWAITING_PAYMENT")
        dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("14:00: held for a student who is paying")
    assert stored_slots(engine, tutor) == at("09:00", "10:00", "14:00")
    keep(week, "week-conflict")
    dialog.get_by_role("button", name="Keep them, and go on").click()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(said(week)).to_contain_text("Saved: 0 offered, 1 withdrawn.")
    assert stored_slots(engine, tutor) == at("10:00", "14:00")


def test_a_locked_log_does_not_stop_the_save(
    page: Page, site: str, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does it stop the week from being shown."""
    monkeypatch.setenv("AUDIT_BUDGET_MS", "300")
    sign_in(page, tutor.token)
    with engine.connect() as connection:
        connection.execute(text("lock table tutor_availability_log in access exclusive mode"))
        open_week(page, site, tutor)
        slot(page, "09:00–10:00, free").click()
        save(page)
        expect(said(page)).to_contain_text("Saved: 0 offered, 1 withdrawn. The history will show it in a few minutes.")
        keep(page, "week-log-locked")
        connection.rollback()
    assert shown(page, WEDNESDAY)[0] == "10:00–11:00, booked, 04:00 your time"
    assert stored_slots(engine, tutor) == at("10:00", "14:00")


def test_what_the_history_does_not_know_yet_is_undone_later(
    week: Page, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot(week, "09:00–10:00, free").click()
    save(week)
    with engine.begin() as connection:
        entries = connection.execute(select(tutor_availability_log)).mappings().all()
        connection.execute(tutor_availability_log.delete())
    week.get_by_role("button", name="Undo the save").click()
    expect(said(week)).to_contain_text("It can be undone once the history shows it")
    with engine.begin() as connection:
        connection.execute(tutor_availability_log.insert(), [dict(entry) for entry in entries])
    week.get_by_role("button", name="Undo the save").click()
    expect(said(week)).to_contain_text("Undone: 1 added.")


def test_a_save_whose_answer_is_lost_is_saved_once(week: Page, engine: Engine, tutor: Tutor) -> None:
    lost: list[str] = []

    def lose_the_first(route: Route) -> None:
        answer = route.fetch()
        if '"dryRun":true' in (route.request.post_data or "") or lost:
            route.fulfill(response=answer)
        else:
            lost.append(answer.text())
            route.abort()

    week.route("**/update_availability", lose_the_first)
    slot(week, "09:00–10:00, free").click()
    save(week)
    expect(said(week)).to_contain_text("This was saved already.")
    assert len(lost) == 1
    assert versions(engine, tutor) == {WEDNESDAY: 1}
    week.unroute("**/update_availability", lose_the_first)


def test_what_cannot_be_saved_stays_and_says_why(week: Page, engine: Engine, tutor: Tutor) -> None:
    """A server that is away is told in words; the edit is there for the next try."""
    click_at(week, THURSDAY, 9 * HOUR)
    week.route("**/update_availability", lambda route: route.abort())
    dialog = review(week)
    expect(dialog.get_by_role("alert")).to_contain_text("The server can't be reached", timeout=20_000)
    week.unroute("**/update_availability")
    dialog.get_by_role("button", name="Try again").click()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(said(week)).to_contain_text("Saved: 1 offered, 0 withdrawn.")


def test_an_admin_edits_as_support(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    sign_in(page, ADMIN)
    open_week(page, site, tutor)
    slot(page, "09:00–10:00, free").click()
    save(page)
    expect(said(page)).to_contain_text("Saved: 0 offered, 1 withdrawn.")
    assert [row.reason for row in log_rows(engine, tutor)] == ["admin_action"]


def test_a_week_is_saved_by_keyboard_alone(week: Page, engine: Engine, tutor: Tutor) -> None:
    tab_to(week, slot(week, "09:00–10:00, free"))
    week.keyboard.press("Enter")
    expect(slot(week, "09:00–10:00, to be withdrawn")).to_be_focused()
    week.keyboard.press("Space")
    expect(slot(week, "09:00–10:00, free")).to_be_focused()
    week.keyboard.press("Enter")
    tab_to(week, week.get_by_label("Length in minutes"))
    week.keyboard.type("45")
    tab_to(week, week.get_by_role("combobox", name="Day"))
    week.keyboard.type("Thu")
    tab_to(week, week.get_by_label("Start"))
    week.keyboard.type("0730PM")
    week.keyboard.press("Enter")
    expect(said(week)).to_contain_text("19:30–20:15 to be offered.")
    tab_to(week, week.get_by_role("button", name="Review and save"))
    week.keyboard.press("Enter")
    tab_to(week, week.get_by_role("button", name="Save", exact=True))
    week.keyboard.press("Enter")
    expect(said(week)).to_contain_text("Saved: 1 offered, 1 withdrawn.")
    assert stored_slots(engine, tutor) == [*at("10:00", "14:00"), *at("19:30", minutes=45, day=THURSDAY)]


def test_escape_leads_back_from_the_review_and_nothing_is_saved(week: Page, engine: Engine, tutor: Tutor) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    review(week)
    week.keyboard.press("Escape")
    expect(week.get_by_role("dialog")).to_have_count(0)
    expect(week.get_by_role("button", name="Review and save")).to_be_focused()
    expect(week.get_by_text("Not saved yet: 1 to offer")).to_be_visible()


def test_a_week_is_copied_repeated_and_cleared(week: Page, engine: Engine, tutor: Tutor) -> None:
    """What is booked stays; all of it is one change set, once it is saved."""
    add_slots(engine, tutor, WEDNESDAY + timedelta(days=14), "10:30", "20:00")
    add_booking(engine, tutor, WEDNESDAY + timedelta(days=14), "10:30")
    week.get_by_text("Copy, repeat or clear").click()
    week.get_by_label("Repeat this week").select_option("2 weeks")
    week.get_by_role("button", name="Repeat").click()
    expect(said(week)).to_contain_text("The week is repeated. Not saved yet: 5 to offer, 1 to withdraw, on 2 days.")
    expect(said(week)).to_contain_text("10:00 is left out: it would overlap the slot at 10:30.")
    save(week)
    expect(said(week)).to_contain_text("Saved: 5 offered, 1 withdrawn.")
    assert {row.reason for row in log_rows(engine, tutor)} == {"copy_week"}
    week.get_by_role("button", name="Later").click()
    assert len(shown(week, WEDNESDAY + timedelta(days=7))) == 3
    slot(week, "09:00–10:00, free").click()
    week.get_by_role("button", name="Copy the week before").click()
    expect(week.get_by_text("No unsaved changes.")).to_be_visible()
    week.get_by_label("Clear from").fill(str(WEDNESDAY))
    week.get_by_label("to", exact=True).fill(str(WEDNESDAY + timedelta(days=20)))
    week.get_by_role("button", name="Clear").click()
    expect(said(week)).to_contain_text("Not saved yet: 0 to offer, 7 to withdraw, on 3 days.")
    save(week)
    assert stored_slots(engine, tutor) == [*at("10:00"), *at("10:30", day=WEDNESDAY + timedelta(days=14))]


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


def next_sunday_of(month: int) -> date:
    """Return the last Sunday of the next such month that is a month ahead at least: Europe changes its clocks then."""
    ahead = monday() + timedelta(days=31)
    year = ahead.year + (ahead.month > month)
    last = date(year, month, 31)
    return last - timedelta(days=(last.weekday() + 1) % 7)


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


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(week: Page, scheme: Literal["light", "dark"]) -> None:
    week.emulate_media(color_scheme=scheme)
    slot(week, "09:00–10:00, free").click()
    click_at(week, WEDNESDAY, 12 * HOUR)
    week.get_by_text("Copy, repeat or clear").click()
    assert barriers(week) == []
    keep(week, f"week-{scheme}")
    review(week)
    expect(week.get_by_role("button", name="Save", exact=True)).to_be_visible()
    assert barriers(week) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_phone_shows_a_day_at_a_time(
    week: Page, scheme: Literal["light", "dark"], engine: Engine, tutor: Tutor
) -> None:
    week.emulate_media(color_scheme=scheme)
    week.set_viewport_size({"width": 360, "height": 740})
    week.get_by_role("group", name="Day").get_by_role("button").nth(2).click()
    assert [line.split(",")[0] for line in shown(week, WEDNESDAY)] == ["09:00–10:00", "10:00–11:00", "14:00–15:00"]
    slot(week, "09:00–10:00, free").click()
    assert barriers(week) == []
    assert week.evaluate("document.documentElement.scrollWidth") == 360
    keep(week, f"week-phone-{scheme}")
    dialog = review(week)
    expect(dialog.get_by_role("button", name="Save", exact=True)).to_be_visible()
    assert week.evaluate("document.documentElement.scrollWidth") == 360
    keep(week, f"week-phone-review-{scheme}")
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(said(week)).to_contain_text("Saved: 0 offered, 1 withdrawn.")
    assert stored_slots(engine, tutor) == at("10:00", "14:00")


def test_nothing_moves_while_the_week_is_loading(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, tutor.token)
    with shifts(page) as moved:
        open_week(page, site, tutor)
    assert moved == []


def of_the_slow_reads(page: Page, address: str | re.Pattern[str]) -> list[Route]:
    """Keep reads waiting until they are let through; return those that wait."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(address, hold)
    return waiting


def of_the_slow_put(page: Page) -> list[Route]:
    """Keep saves waiting until they are let through; return those that wait."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        if '"dryRun":true' in (route.request.post_data or ""):
            route.continue_()
        else:
            waiting.append(route)

    page.route("**/update_availability", hold)
    return waiting


def test_while_it_is_saved_the_review_stays_open_and_is_sent_once(week: Page, engine: Engine, tutor: Tutor) -> None:
    waiting = of_the_slow_put(week)
    slot(week, "09:00–10:00, free").click()
    button = review(week).get_by_role("button", name="Save", exact=True)
    with week.expect_request(lambda request: request.method == "PUT" and "dryRun" not in (request.post_data or "")):
        button.click()
    week.keyboard.press("Escape")
    week.get_by_role("button", name="Back to the week").click(force=True)
    week.evaluate("document.querySelector('dialog form').requestSubmit()")
    expect(week.get_by_role("dialog")).to_be_visible()
    assert len(waiting) == 1
    waiting[0].continue_()
    expect(said(week)).to_contain_text("Saved: 0 offered, 1 withdrawn.")
    expect(week.get_by_role("button", name="Review and save")).to_be_focused()


def test_what_is_edited_while_a_save_is_under_way_is_not_lost(week: Page, engine: Engine, tutor: Tutor) -> None:
    """The view may be left, and come back to, before the answer is there."""
    waiting = of_the_slow_put(week)
    slot(week, "09:00–10:00, free").click()
    button = review(week).get_by_role("button", name="Save", exact=True)
    with week.expect_request(lambda request: request.method == "PUT" and "dryRun" not in (request.post_data or "")):
        button.click()
    week.evaluate("location.hash = location.hash.replace('/week', '') + '/free'")
    expect(week.get_by_role("heading", name="Free times")).to_be_visible()
    week.go_back()
    week.get_by_label("Go to").fill(str(WEDNESDAY))
    is_read(week)
    click_at(week, WEDNESDAY, 17 * HOUR)
    click_at(week, THURSDAY, 11 * HOUR)
    with week.expect_response("**/update_availability"):
        waiting[0].continue_()
    week.unroute("**/update_availability")
    expect(week.get_by_text("Not saved yet: 2 to offer, 0 to withdraw, on 2 days.")).to_be_visible()
    save(week)
    assert stored_slots(engine, tutor) == [*at("10:00", "14:00", "17:00"), *at("11:00", day=THURSDAY)]


def test_a_day_that_is_not_read_yet_cannot_be_edited(week: Page, engine: Engine, tutor: Tutor) -> None:
    """Its slots would look as if they were to be withdrawn."""
    add_slots(engine, tutor, WEDNESDAY + timedelta(days=7), "09:00")
    waiting = of_the_slow_reads(week, "**/get_availability?*")
    week.get_by_role("button", name="Later").click()
    expect(column(week, WEDNESDAY + timedelta(days=7))).to_be_visible()
    click_at(week, WEDNESDAY + timedelta(days=7), 12 * HOUR)
    expect(said(week)).to_contain_text("isn't read yet")
    for route in waiting:
        route.continue_()
    week.unroute("**/get_availability?*")
    assert len(shown(week, WEDNESDAY + timedelta(days=7))) == 1
    expect(week.get_by_text("No unsaved changes.")).to_be_visible()


def test_what_a_booking_takes_the_time_of_is_said(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "09:00–10:00, free").click()
    week.get_by_role("combobox", name="Day").select_option(str(WEDNESDAY))
    week.get_by_label("Start").fill("09:30")
    week.get_by_role("button", name="Offer", exact=True).click()
    expect(said(week)).to_contain_text("09:30 is left out: it would overlap the slot at 10:00.")
    week.get_by_label("Length in minutes").fill("30")
    week.get_by_role("button", name="Offer", exact=True).click()
    add_booking(engine, tutor, WEDNESDAY, "09:00")
    review(week).get_by_role("button", name="Keep them, and go on").click()
    expect(week.get_by_role("dialog")).to_contain_text("Nothing is left to change.")
    week.get_by_role("button", name="Back to the week").click()
    expect(said(week)).to_contain_text("09:30 is left out: it would overlap the slot at 09:00.")


def test_what_a_booking_takes_is_said_whatever_finds_out(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "09:00–10:00, free").click()
    slot(week, "14:00–15:00, free").click()
    week.get_by_text("Copy, repeat or clear").click()
    add_booking(engine, tutor, WEDNESDAY, "09:00")
    week.get_by_role("button", name="Repeat").click()
    expect(said(week)).to_contain_text("The week is repeated.")
    expect(said(week)).to_contain_text("09:00 is left out: it is booked now, and stays.")
    add_booking(engine, tutor, WEDNESDAY, "14:00")
    week.get_by_role("button", name="Later").click()
    is_read(week)
    week.get_by_role("button", name="Earlier").click()
    expect(said(week)).to_contain_text("14:00 is left out: it is booked now, and stays.")


def test_the_hours_that_were_looked_at_stay_in_sight_when_rows_become_finer(week: Page) -> None:
    week.get_by_label("Length in minutes").fill("10")
    week.get_by_role("combobox", name="Day").select_option(str(THURSDAY))
    week.get_by_label("Start").fill("22:00")
    week.get_by_role("button", name="Offer", exact=True).click()
    expect(slot(week, "22:00–22:10, to be offered")).to_be_in_viewport()


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
    assert page.get_by_role("dialog").get_by_role("row").filter(has_text="Thursday").count() == 1


def test_a_step_back_does_not_lead_behind_what_others_did(
    week: Page, context: BrowserContext, site: str, engine: Engine, tutor: Tutor
) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    slot(week, "14:00–15:00, free").click()
    slot(week, "14:00–15:00, to be withdrawn").click()
    other = context.new_page()
    sign_in(other, tutor.token)
    open_week(other, site, tutor)
    click_at(other, WEDNESDAY, 16 * HOUR)
    save(other)
    week.get_by_role("button", name="Later").click()
    is_read(week)
    week.get_by_role("button", name="Earlier").click()
    expect(slot(week, "16:00–17:00, free")).to_be_visible()
    week.get_by_role("button", name="Step back").click()
    assert [line.split(", ")[:2] for line in shown(week, WEDNESDAY)][-1] == ["16:00–17:00", "free"]
    expect(week.get_by_text("Not saved yet: 1 to offer, 0 to withdraw, on 1 day.")).to_be_visible()


def test_slots_are_withdrawn_by_dragging_over_them(week: Page, engine: Engine, tutor: Tutor) -> None:
    week.get_by_label("Click and drag to").select_option("withdraw slots")
    drag(week, WEDNESDAY, 9 * HOUR + 30, 15 * HOUR)
    expect(said(week)).to_contain_text("09:00–10:00, 14:00–15:00 to be withdrawn.")
    expect(said(week)).to_contain_text("What is booked stays.")
    click_at(week, THURSDAY, 9 * HOUR)
    expect(said(week)).to_contain_text("There is nothing to withdraw.")


def test_a_drag_stays_within_its_day(week: Page) -> None:
    week.mouse.move(*point(week, WEDNESDAY, 16 * HOUR))
    week.mouse.down()
    week.mouse.move(*point(week, THURSDAY, 12 * HOUR), steps=8)
    week.mouse.up()
    expect(week.get_by_text("No unsaved changes.")).to_be_visible()


def test_what_was_there_already_is_not_said_to_be_offered(week: Page) -> None:
    week.get_by_role("combobox", name="Day").select_option(str(WEDNESDAY))
    week.get_by_label("Start").fill("10:00")
    week.get_by_role("button", name="Offer", exact=True).click()
    expect(said(week)).to_have_text(re.compile("10:00–11:00 was there already.$"))


def test_why_a_slot_is_occupied_stays_known_whichever_answer_comes_first(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    add_booking(engine, tutor, WEDNESDAY, "14:00", "AWAITING_PAYMENT")
    plain = re.compile(r"get_availability\?(?!.*explain)")
    waiting = of_the_slow_reads(page, plain)
    sign_in(page, tutor.token)
    with page.expect_response(re.compile("explain=true")):
        page.goto(f"{site}/#/{tutor.id}")
        page.get_by_label("Go to").fill(str(WEDNESDAY))
    expect(slot(page, "14:00–15:00, held for a student who is paying")).to_be_visible()
    for route in waiting:
        route.continue_()
    page.unroute(plain)
    assert shown(page, WEDNESDAY)[2].startswith("14:00–15:00, held for a student who is paying")


def test_reason_and_note_outlast_what_comes_in_between(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "09:00–10:00, free").click()
    slot(week, "14:00–15:00, free").click()
    dialog = review(week)
    dialog.get_by_label("Why").select_option("Illness")
    dialog.get_by_label("Note for the history").fill("flu")
    add_booking(engine, tutor, WEDNESDAY, "14:00")
    dialog.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_role("button", name="Keep them, and go on").click()
    week.keyboard.press("Escape")
    save(week)
    expect(said(week)).to_contain_text("Saved: 0 offered, 1 withdrawn.")
    assert {(row.reason, row.notes) for row in log_rows(engine, tutor)} == {("illness", "flu")}


def test_whoever_is_not_signed_in_any_more_is_told_at_once(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    sign_in(page, make_token(tutor.user_id, exp=datetime.now(UTC) - timedelta(hours=1)))
    open_week(page, site, tutor)
    expect(page.get_by_role("alert")).to_contain_text("You aren't signed in any more.")


def test_the_keyboard_is_not_lost_when_what_was_used_is_gone(week: Page) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    added = slot(week, "09:00–10:00, to be offered")
    added.focus()
    week.keyboard.press("Enter")
    expect(said(week)).to_be_focused()
    click_at(week, THURSDAY, 9 * HOUR)
    discard = week.get_by_role("button", name="Discard")
    discard.focus()
    week.keyboard.press("Enter")
    expect(said(week)).to_be_focused()
    slot(week, "09:00–10:00, free").click()
    save(week)
    undo = week.get_by_role("button", name="Undo the save")
    undo.focus()
    week.keyboard.press("Enter")
    expect(said(week)).to_contain_text("Undone: 1 added.")
    expect(said(week)).to_be_focused()


def test_what_is_come_to_by_keyboard_is_in_sight(week: Page) -> None:
    """Also above what is always in sight at the bottom (WCAG 2.2, 2.4.11)."""
    for size in ({"width": 1280, "height": 720}, {"width": 360, "height": 640}):
        week.set_viewport_size(size)  # type: ignore[arg-type]
        week.evaluate("scrollTo(0, 0); document.activeElement.blur()")
        for _ in range(40):
            week.keyboard.press("Tab")
            if not week.evaluate("document.querySelector('main').contains(document.activeElement)"):
                continue
            hidden = week.evaluate(
                """() => {
                  const { x, y, width, height } = document.activeElement.getBoundingClientRect();
                  const seen = document.elementFromPoint(x + width / 2, y + Math.min(height, 30) / 2);
                  const bar = document.querySelector(".unsaved");
                  const isBehind = bar.contains(seen) && !bar.contains(document.activeElement);
                  return isBehind && document.activeElement.outerHTML;
                }"""
            )
            assert not hidden, hidden


def test_a_phone_offers_on_the_day_that_is_shown(week: Page, engine: Engine, tutor: Tutor) -> None:
    week.set_viewport_size({"width": 360, "height": 740})
    week.get_by_role("group", name="Day").get_by_role("button").nth(3).click()
    week.get_by_label("Start").fill("17:00")
    week.get_by_role("button", name="Offer", exact=True).click()
    assert shown(week, THURSDAY)[0].startswith("17:00–18:00, to be offered")


def test_short_slots_are_large_enough(week: Page, engine: Engine, tutor: Tutor) -> None:
    add_slots(engine, tutor, THURSDAY, "09:00", "09:05", "09:10", minutes=5)
    week.reload()
    open_week(week, week.url.split("/#")[0], tutor)
    expect(column(week, THURSDAY).get_by_role("button")).to_have_count(3)
    week.wait_for_function(
        "[...document.querySelectorAll('.calendar .slot')].every(it => it.getBoundingClientRect().height >= 22)"
    )
    assert barriers(week) == []
    keep(week, "week-short-slots")


def test_an_empty_week_can_be_scrolled_by_keyboard(week: Page) -> None:
    week.get_by_label("Go to").fill(str(WEDNESDAY + timedelta(days=70)))
    is_read(week)
    assert barriers(week) == []


def test_undoing_what_was_lost_on_the_way_is_not_repeated(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "09:00–10:00, free").click()
    save(week)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    week.route("**/update_availability", lose)
    week.get_by_role("button", name="Undo the save").click()
    expect(said(week)).to_contain_text("it may have been undone, or not: the week shows which")
    expect(slot(week, "09:00–10:00, free")).to_be_visible()
    assert versions(engine, tutor) == {WEDNESDAY: 2}
    week.unroute("**/update_availability", lose)


def test_more_days_than_one_save_takes_are_told_before(week: Page) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    week.get_by_text("Copy, repeat or clear").click()
    for weeks in range(2):
        for number, day in enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")):
            at_that = monday() + timedelta(days=number + 91 * weeks)
            week.get_by_label("Go to").fill(str(at_that))
            is_read(week)
            week.get_by_role("combobox", name="Day").select_option(str(at_that))
            week.get_by_label("Start").fill("20:00")
            week.get_by_role("button", name="Offer", exact=True).click()
            expect(said(week)).to_contain_text(f"{day} {at_that.day}")
        week.get_by_label("Repeat this week").select_option("12 weeks")
        week.get_by_role("button", name="Repeat").click()
        expect(said(week)).to_contain_text("The week is repeated.")
    expect(week.get_by_text("One save takes 92 days at the most")).to_be_visible()
    expect(week.get_by_role("button", name="Review and save")).to_be_disabled()


@pytest.mark.parametrize("is_support", [False, True])
def test_only_reasons_that_fit_are_offered(page: Page, site: str, tutor: Tutor, is_support: bool) -> None:
    """An undo is what undoes a change set; support's edits are support's."""
    sign_in(page, ADMIN if is_support else tutor.token)
    open_week(page, site, tutor)
    slot(page, "09:00–10:00, free").click()
    why = review(page).get_by_label("Why")
    expect(why).to_be_visible()
    reasons = why.locator("option").all_inner_texts()
    assert ("Undo" in reasons, "Support" in reasons, "Edit" in reasons) == (False, is_support, True)


def test_each_tutor_has_an_edit_of_their_own(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    other = add_tutor(engine)
    sign_in(page, ADMIN)
    open_week(page, site, tutor)
    click_at(page, THURSDAY, 9 * HOUR)
    page.evaluate(f"location.hash = '#/{other.id}/week'")
    expect(page.get_by_text("No unsaved changes.")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("Not saved yet: 1 to offer")).to_be_visible()


def test_whoever_signs_in_next_gets_nobody_elses_edit(week: Page, engine: Engine, tutor: Tutor) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    for token, expected in ((ADMIN, "No unsaved changes."), (make_token(tutor.user_id), "Not saved yet: 1 to offer")):
        week.get_by_role("button", name="Sign out").click()
        week.get_by_role("link", name="Sign in").click()
        week.get_by_label("Token of your web app").fill(token)
        week.get_by_role("button", name="Sign in").click()
        expect(week.get_by_text(expected)).to_be_visible()


def test_a_token_that_the_web_app_renews_is_used(week: Page, engine: Engine, tutor: Tutor) -> None:
    renewed = make_token(tutor.user_id, jti="renewed")
    week.evaluate("token => sessionStorage.setItem('slotledger.token', token)", renewed)
    slot(week, "09:00–10:00, free").click()
    with week.expect_request("**/update_availability") as sent:
        review(week)
    assert sent.value.headers["authorization"] == f"Bearer {renewed}"


def test_leaving_is_not_asked_about_when_all_is_saved(week: Page) -> None:
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    week.on("dialog", leave)
    slot(week, "09:00–10:00, free").click()
    save(week)
    expect(said(week)).to_contain_text("Saved: 0 offered, 1 withdrawn.")
    week.reload()
    is_read(week)
    assert asked == []


def test_what_was_booked_meanwhile_is_not_undone(week: Page, engine: Engine, tutor: Tutor) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    save(week)
    expect(said(week)).to_contain_text("Saved: 1 offered")
    add_booking(engine, tutor, THURSDAY, "09:00")
    week.get_by_role("button", name="Undo the save").click()
    expect(said(week)).to_contain_text("a slot that this would withdraw was booked meanwhile")
    expect(slot(week, "09:00–10:00, booked")).to_be_visible()


def test_a_length_that_the_server_would_refuse_is_asked_for_again(week: Page) -> None:
    for length in ("", "4", "721", "12.5"):
        week.get_by_label("Length in minutes").fill(length)
        click_at(week, THURSDAY, 9 * HOUR)
        expect(said(week)).to_contain_text("Say first how long a slot is to be: 5 to 720 minutes.")
    assert shown(week, THURSDAY) == []


def test_a_date_can_be_typed(week: Page) -> None:
    """While its year has one digit, nothing is gone to."""
    go_to = week.get_by_label("Go to")
    go_to.focus()
    week.keyboard.type("03102027")
    expect(week.get_by_role("heading", level=2)).to_have_text("8–14 March 2027".replace("–", " – "))


def test_the_keyboard_stays_where_it_was_taken(week: Page) -> None:
    booked = slot(week, "10:00–11:00, booked")
    booked.focus()
    week.keyboard.press("Enter")
    expect(said(week)).to_contain_text("is booked")
    start = week.get_by_label("Start")
    start.fill("19:00")
    start.press("Enter")
    expect(said(week)).to_contain_text("19:00–20:00 to be offered")
    expect(start).to_be_focused()


def test_the_hour_that_is_skipped_takes_no_slot(page: Page, site: str, tutor: Tutor) -> None:
    sunday = next_sunday_of(3)
    sign_in(page, tutor.token)
    open_week(page, site, tutor, sunday)
    page.locator(".calendar").evaluate("it => it.querySelectorAll('*').forEach(part => (part.scrollTop = 0))")
    click_at(page, sunday, 2 * HOUR + 15)
    expect(said(page)).to_contain_text("02:15 is left out: the clock jumps over that time.")
