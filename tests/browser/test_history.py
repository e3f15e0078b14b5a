"""The history view: its timeline, filters, the week then and now, undo and CSV."""

import codecs
import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect
from sqlalchemy import Engine, text

from common.clock import Clock
from tests.browser.conftest import axe_violations, screenshot, short_date, sign_in, spoken, tab_to
from tests.builders import ADMIN, ADMIN_USER, Tutor, add_booking, add_tutor, monday, slots, stored_slots, student
from tests.hosts import Api, functions_framework_host

DAY = monday()
COPENHAGEN, NEW_YORK = ZoneInfo("Europe/Copenhagen"), ZoneInfo("America/New_York")
PER_PAGE = 200
API = Api(functions_framework_host)


@pytest.fixture
def tutor(site: str, engine: Engine) -> Tutor:
    """A tutor in Copenhagen, six hours ahead of the viewer, without any edit."""
    return add_tutor(engine)


def save(tutor: Tutor, *starts: str, day: date = DAY, token: str | None = None, **body: Any) -> str:
    """Save a day; return the id of the change set."""
    day_to_save = {"date": str(day), "timeSlots": slots(*starts)}
    answer = API.update(token or tutor.token, tutorId=str(tutor.id), **day_to_save, **body)
    assert answer.status == 200, answer.body
    return str(answer.json["changeSetId"])


def save_days(tutor: Tutor, count: int, *starts: str) -> str:
    """Save the same slots on several days, as one change set; return the id of the change set."""
    days = [{"date": str(DAY + timedelta(days=i)), "timeSlots": slots(*starts)} for i in range(count)]
    answer = API.update(tutor.token, tutorId=str(tutor.id), days=days, reason="copy_week")
    assert answer.status == 200, answer.body
    return str(answer.json["changeSetId"])


def execute(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def delete_entries(engine: Engine, version: int) -> None:
    """Delete the log entries of a version."""
    execute(engine, "delete from tutor_availability_log where version = :version", version=version)


def changed_at(tutor: Tutor, change_set_id: str) -> datetime:
    """Return the instant of a change set."""
    entries = API.history(tutor.token, tutorId=tutor.id, limit=1000).json["entries"]
    return next(datetime.fromisoformat(it["changedAt"]) for it in entries if it["changeSetId"] == change_set_id)


def open_history(page: Page, site: str, tutor: Tutor, token: str | None = None) -> None:
    sign_in(page, token or tutor.token)
    page.goto(f"{site}/history?tutor={tutor.id}")
    wait_until_loaded(page)


def wait_until_loaded(page: Page) -> None:
    """Wait until the history is loaded."""
    expect(page.locator("section.history")).to_have_attribute("aria-busy", "false")


def cards(page: Page) -> Locator:
    """Return what the timeline has: edits, bookings and settings, newest first."""
    return page.locator(".events > li:not(.here)")


def changes(within: Locator) -> list[str]:
    """Return the texts of the added and removed slots: in the timeline with their dates, in a preview without."""
    chips = [(item.text_content() or "").removesuffix(", Why?") for item in within.locator(".chips a").all()]
    return chips + [(item.text_content() or "")[2:] for item in within.locator(".changes ul > li").all()]


def past_week(page: Page) -> Locator:
    """Return the panel with the week then and now, when it is loaded."""
    panel = page.locator(".was")
    expect(panel).to_have_attribute("aria-busy", "false")
    return panel


def side(panel: Locator, which: Literal["Then", "Now"], day: date = DAY) -> str:
    """Return the text of a day's slots in the picture of the week then or now."""
    slots = panel.get_by_role("group", name=which, exact=True).get_by_role("list", name=day_name(day))
    return "; ".join(slots.locator(".hidden").all_text_contents()) or "No slots"


def open_then_and_now(page: Page, number: int = 0) -> Locator:
    """Show the week as it was before an item of the timeline; `number` is its index."""
    cards(page).nth(number).get_by_role("link", name="Then").click()
    expect(page).to_have_url(re.compile(r"[?&]at="))
    return past_week(page)


def open_undo_preview(page: Page, number: int = 0) -> Locator:
    """Open the preview of undoing an edit; `number` is its index among the edits of the timeline."""
    cards(page).get_by_role("button", name="Undo").nth(number).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".result")).to_have_attribute("aria-busy", "false")
    return dialog


def message(page: Page) -> Locator:
    """Return the message about the last action."""
    return page.get_by_role("status").first


def summary(page: Page) -> Locator:
    """Return the line that says how many edits are shown."""
    return page.get_by_role("status").nth(1)


def stored_times(engine: Engine, tutor: Tutor) -> list[str]:
    return [f"{start:%H:%M}" for _, start, _ in stored_slots(engine, tutor)]


def day_name(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def open_filter(page: Page) -> None:
    page.get_by_text("Filter", exact=True).click()


def is_save(request: Request) -> bool:
    """Return whether a request is an edit and not a dry run."""
    return request.method == "PUT" and not (request.post_data_json or {}).get("dryRun")


def test_the_timeline_shows_an_edit(page: Page, site: str, tutor: Tutor) -> None:
    """It has the time for the tutor and for the viewer, the author, the reason, the note and the slots."""
    save(tutor, "09:00", "10:00")
    edit = save(tutor, "10:00", "14:00", reason="conflict", notes="dentist")
    open_history(page, site, tutor)
    expect(cards(page)).to_have_count(2)
    newest = cards(page).first
    at = changed_at(tutor, edit)
    tutors_time, viewers_time = at.astimezone(COPENHAGEN), at.astimezone(NEW_YORK)
    expect(page.get_by_role("heading", name=day_name(tutors_time.date()), exact=True)).to_be_visible()
    expect(newest.locator("time")).to_have_text(f"{tutors_time:%H:%M}")
    expect(newest).to_contain_text(f"{viewers_time:%H:%M} New York time")
    expect(newest).to_contain_text("You added 1 time and removed 1 · Something came up “dentist”")
    assert changes(newest) == [f"removed {short_date(DAY)} 09:00–10:00", f"added {short_date(DAY)} 14:00–15:00"]
    expect(summary(page)).to_have_text("2 changes of the last 30 days.")
    expect(page.get_by_text("Times are Copenhagen's. Yours (New York's) are beside them.")).to_be_visible()
    screenshot(page, "history")


def test_a_viewer_in_the_tutors_zone_sees_each_time_once(site: str, tutor: Tutor, page: Page) -> None:
    save(tutor, "09:00")
    page.add_init_script("""
        const resolved = Intl.DateTimeFormat.prototype.resolvedOptions;
        Intl.DateTimeFormat.prototype.resolvedOptions = function () {
            return { ...resolved.call(this), timeZone: "Europe/Copenhagen" };
        };""")
    open_history(page, site, tutor)
    expect(cards(page).first).not_to_contain_text("New York")
    expect(page.get_by_text("Times are Copenhagen's.", exact=True)).to_be_visible()


def test_the_tutor_sees_which_edits_support_made(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "09:00")
    save(tutor, "10:00", token=ADMIN)
    open_history(page, site, tutor)
    expect(cards(page).nth(0)).to_contain_text("Support added 1 time and removed 1")
    expect(cards(page).nth(1)).to_contain_text("You added 1 time")
    cards(page).nth(0).get_by_text("Details").click()
    expect(cards(page).nth(0).get_by_role("definition").filter(has_text=str(ADMIN_USER))).to_be_visible()


def test_support_sees_which_edits_it_made_and_which_the_tutor(
    page: Page, site: str, tutor: Tutor, engine: Engine
) -> None:
    save(tutor, "09:00")
    save(tutor, "10:00")
    execute(engine, "update tutor_availability_log set changed_by = null where version = 2")
    save(tutor, "11:00", token=ADMIN)
    open_history(page, site, tutor, ADMIN)
    name = API.call("tutors", query={"tutorId": tutor.id}, token=ADMIN).json["name"]
    expect(page.get_by_role("heading", name=f"History of {name}")).to_be_visible()
    authors = [f"{name} added", "Unknown added", "You added"]
    for number, author in enumerate(reversed(authors)):
        expect(cards(page).nth(number)).to_contain_text(author)


def test_a_long_edit_is_folded(page: Page, site: str, tutor: Tutor) -> None:
    save_days(tutor, 14, "09:00")
    open_history(page, site, tutor)
    expect(cards(page).first).to_contain_text("You added 14 times · Week copied")
    chips = cards(page).first.locator(".chips a")
    expect(chips.first).not_to_be_visible()
    cards(page).first.get_by_text("14 times, ").click()
    expect(chips.last).to_be_visible()
    expect(chips).to_have_count(14)


def test_the_history_can_be_filtered_and_the_filter_cleared(
    page: Page, site: str, tutor: Tutor, engine: Engine
) -> None:
    save(tutor, "09:00")
    old = save(tutor, "08:00", day=DAY + timedelta(days=1), reason="vacation")
    save(tutor, "10:00", reason="illness")
    for column in ("tutor_availability_log set changed_at = changed_at", "tutor_days set updated_at = updated_at"):
        execute(engine, f"update {column} - interval '40 days' where date = :day", day=DAY + timedelta(days=1))
    open_history(page, site, tutor)
    expect(summary(page)).to_have_text("2 changes of the last 30 days.")
    open_filter(page)
    page.get_by_label("Of the last").select_option("90 days")
    expect(summary(page)).to_have_text("3 changes of the last 90 days.")
    page.get_by_label("Why").select_option("Vacation")
    expect(summary(page)).to_contain_text("1 change of the last 90 days.")
    expect(cards(page).locator("time")).to_have_attribute("datetime", changed_at_text(tutor, old))
    page.get_by_label("Why").select_option("Any reason")
    page.get_by_label("What").select_option("Removed")
    expect(summary(page)).to_contain_text("1 change of the last 90 days. Each edit shows only the slots that match")
    assert changes(cards(page).first) == [f"removed {short_date(DAY)} 09:00–10:00"]
    page.get_by_label("What").select_option("Added or removed")
    page.get_by_label("Slots on").fill(str(DAY + timedelta(days=1)))
    expect(summary(page)).to_contain_text("1 change of the last 90 days.")
    page.reload()  # the filter is in the address
    expect(summary(page)).to_contain_text("1 change of the last 90 days.")
    page.get_by_label("Slots on").fill(str(DAY + timedelta(days=2)))
    expect(summary(page)).to_have_text("Nothing in the last 90 days matches the filter.")
    page.get_by_role("button", name="Clear filter").press("Enter")
    expect(summary(page)).to_have_text("2 changes of the last 30 days.")
    expect(page.get_by_label("Slots on")).to_have_value("")
    expect(page.get_by_role("button", name="Clear filter")).to_be_disabled()
    expect(page.get_by_role("button", name="Clear filter")).to_be_focused()


def changed_at_text(tutor: Tutor, change_set_id: str) -> str:
    """Return the instant of a change set as the API writes it."""
    entries = API.history(tutor.token, tutorId=tutor.id, days=365).json["entries"]
    return next(str(it["changedAt"]) for it in entries if it["changeSetId"] == change_set_id)


def test_a_change_set_on_two_pages_is_shown_when_both_pages_are_loaded(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "07:00", day=DAY - timedelta(days=1))
    save_days(tutor, 50, "09:00", "10:00", "11:00", "12:00", "13:00")
    save(tutor, "08:00", day=DAY - timedelta(days=1))
    assert PER_PAGE < 50 * 5
    open_history(page, site, tutor)
    expect(cards(page)).to_have_count(1)
    expect(summary(page)).to_have_text("The newest 1 change of the last 30 days.")
    page.get_by_role("button", name="Show more").click()
    expect(cards(page)).to_have_count(3)
    expect(cards(page).nth(1)).to_contain_text("You added 250 times")
    expect(cards(page).nth(1).locator(".what")).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    expect(summary(page)).to_have_text("3 changes of the last 30 days.")


def test_a_change_set_larger_than_a_page_is_loaded_completely(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "07:00", day=DAY - timedelta(days=1))
    save_days(tutor, 90, "09:00", "10:00", "11:00", "12:00", "13:00")
    open_history(page, site, tutor)
    expect(cards(page).first).to_contain_text("You added 450 times")


def test_an_incomplete_history_has_a_notice_until_it_is_repaired(
    page: Page, site: str, tutor: Tutor, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tutor, "09:00")
    save(tutor, "10:00")
    delete_entries(engine, 2)
    open_history(page, site, tutor)
    notice = page.locator(".notice")
    expect(notice).to_contain_text("This history isn't complete. 1 edit of the last 30 days is missing.")
    expect(notice).to_contain_text("A repair that runs every few minutes")
    assert axe_violations(page) == []
    screenshot(page, "history-incomplete")
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: datetime.now(UTC) + timedelta(minutes=5)))
    assert API.repair()["reconstructed"] == 1
    page.get_by_role("button", name="Reload").press("Enter")
    expect(notice).to_have_count(0)
    expect(page.get_by_role("heading", name="History")).to_be_focused()
    expect(cards(page).first).to_contain_text("Reconstructed: the net change")


def test_a_deferred_entry_has_a_note(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00")
    execute(engine, "update tutor_availability_log set source = 'deferred'")
    open_history(page, site, tutor)
    expect(cards(page).first).to_contain_text(
        "Recorded late, because the log wasn't available when this was saved. Nothing is missing."
    )


def test_a_change_by_another_program_says_that_nobody_knows_when_it_was_made(
    page: Page, site: str, tutor: Tutor, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tutor, "09:00", "10:00")
    execute(engine, "delete from tutor_time_slots where start_time = '10:00'")
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: datetime.now(UTC) + timedelta(minutes=5)))
    assert API.repair()["adrift"] == 1
    open_history(page, site, tutor)
    card = cards(page).first
    expect(card).to_contain_text("Another program removed 1 time")
    expect(card).to_contain_text("not certain")
    expect(card).to_contain_text("Found at this time. Nobody knows when it was changed, and by whom.")
    assert changes(card) == [f"removed {short_date(DAY)} 10:00–11:00"]


def test_the_week_before_an_edit_is_shown_beside_the_week_now(
    page: Page, site: str, tutor: Tutor, engine: Engine
) -> None:
    """The buttons and the arrow keys go from change to change. Each moment has an address."""
    save(tutor, "09:00", "10:00", "11:00")
    edit = save(tutor, "10:00", "11:00", "14:00")
    add_booking(engine, tutor, DAY, "11:00")
    open_history(page, site, tutor)
    panel = open_then_and_now(page, 1)
    at = changed_at(tutor, edit).astimezone(COPENHAGEN)
    heading = panel.get_by_role("heading", level=3)
    expect(heading).to_contain_text(f"{day_name(at.date())}, just before {at:%H:%M}")
    before = "09:00–10:00 free, not offered now; 10:00–11:00 free; 11:00–12:00 free, booked now"
    assert side(panel, "Then") == before
    now = "10:00–11:00 free; 11:00–12:00 booked, free then; 14:00–15:00 free, not offered then"
    assert side(panel, "Now") == f"{now}; 09:00–10:00 removed, offered then"
    differences = panel.get_by_role("list", name="different").get_by_role("listitem")
    expect(differences).to_contain_text(["free, now removed", "free, now booked", "not offered, now free"])
    expect(panel.get_by_text("Every change of this week since then is in the log.")).to_be_visible()
    screenshot(page, "history-then-and-now")
    panel.get_by_role("button", name="The change after").click()
    expect(differences).to_have_count(1)
    assert side(past_week(page), "Then") == "10:00–11:00 free; 11:00–12:00 free, booked now; 14:00–15:00 free"
    page.go_back()
    expect(differences).to_have_count(3)
    slider = panel.get_by_role("slider", name="Moment")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    expect(differences).to_have_count(3)
    assert side(past_week(page), "Then") == "No slots"
    page.keyboard.press("ArrowRight")
    expect(heading).to_contain_text("just before")
    assert side(past_week(page), "Then") == before
    page.reload()
    assert side(past_week(page), "Then") == before
    differences.first.get_by_role("link", name="Why?").click()
    expect(page.get_by_text("It isn't offered, because you removed it")).to_be_visible()


def test_a_press_on_the_strip_chooses_a_moment(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "09:00")
    open_history(page, site, tutor)
    panel = past_week(page)
    slider = panel.get_by_role("slider", name="Moment")
    slider.click(position={"x": 3, "y": 10})
    expect(page).to_have_url(re.compile(r"[?&]at="))
    expect(slider).to_have_attribute("aria-valuenow", "0")
    expect(panel.get_by_role("heading", level=3)).not_to_contain_text("just before")
    assert side(past_week(page), "Then") == "No slots"
    assert side(past_week(page), "Now") == "09:00–10:00 free, not offered then"


def test_then_and_now_shows_the_week_of_the_edits_first_day(page: Page, site: str, tutor: Tutor) -> None:
    days = [
        {"date": str(day), "timeSlots": slots("09:00")} for day in (DAY + timedelta(days=2), DAY + timedelta(days=9))
    ]
    assert API.update(tutor.token, tutorId=str(tutor.id), days=days).status == 200
    open_history(page, site, tutor)
    panel = open_then_and_now(page)
    expect(panel.get_by_role("group", name="Now", exact=True).get_by_role("list")).to_have_count(7)
    assert side(panel, "Now", DAY + timedelta(days=2)) == "09:00–10:00 free, not offered then"
    expect(panel.get_by_role("list", name="different").get_by_role("listitem")).to_have_count(1)


def test_a_screen_reader_says_once_which_moment_is_shown(page: Page, site: str, tutor: Tutor) -> None:
    """While the week before another edit is loading, what is said is still that of the shown week."""
    save(tutor, "09:00")
    save(tutor, "09:00", day=DAY + timedelta(days=7))
    open_history(page, site, tutor)
    expect(past_week(page).get_by_role("group", name="Now", exact=True)).to_be_visible()
    with spoken(page, ".was [aria-live]") as texts:
        panel = open_then_and_now(page, 1)
        expect(panel).to_have_attribute("aria-busy", "false")
        expect(panel.locator("[aria-live]")).to_contain_text(f"The week of {DAY.day}")
    assert len(texts) == 1


def test_then_and_now_says_if_entries_are_missing(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    for start in ("09:00", "10:00"):
        save(tutor, start)
    newest = save(tutor, "11:00")
    delete_entries(engine, 2)
    open_history(page, site, tutor)
    panel = open_then_and_now(page)
    expect(panel.get_by_text("Not certain")).to_be_visible()
    expect(panel.get_by_text("Some edits of this week are missing from the log")).to_be_visible()
    assert axe_violations(page) == []
    instant = changed_at(tutor, newest).isoformat().replace("+00:00", "Z")
    page.goto(f"{site}/history?tutor={tutor.id}&week={DAY}&at={instant}")
    expect(past_week(page).get_by_text("Nothing is different now.")).to_be_visible()
    expect(page.get_by_text("Not certain")).to_have_count(0)


def test_a_change_that_was_only_found_later_makes_the_week_before_uncertain(
    page: Page, site: str, tutor: Tutor, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tutor, "09:00", "10:00")
    execute(engine, "delete from tutor_time_slots where start_time = '10:00'")
    monkeypatch.setattr("common.web.endpoint.CLOCK", Clock(lambda: datetime.now(UTC) + timedelta(minutes=5)))
    assert API.repair()["adrift"] == 1
    open_history(page, site, tutor)
    panel = past_week(page)
    expect(panel.get_by_text("A change that nobody recorded was found on")).to_be_visible()


def test_an_instant_is_entered_in_the_tutors_time(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    """The entered instants are a minute before and a minute after the first edit.

    If the page read them in the viewer's zone, both would be hours after the edit.
    """
    first = save(tutor, "09:00")
    execute(engine, "update tutor_availability_log set changed_at = changed_at - interval '2 days'")
    save(tutor, "10:00")
    at = changed_at(tutor, first).astimezone(COPENHAGEN)
    open_history(page, site, tutor)
    panel = past_week(page)
    for minutes, then in ((-1, "No slots"), (1, "09:00–10:00 free, not offered now")):
        if not panel.get_by_label("Date and time in Copenhagen").is_visible():
            panel.get_by_text("An exact time, or another week").click()
        local = at + timedelta(minutes=minutes)
        panel.get_by_label("A day of the week to show").fill(str(DAY + timedelta(days=3)))
        panel.get_by_label("Date and time in Copenhagen").fill(f"{local:%Y-%m-%dT%H:%M:%S}")
        panel.get_by_role("button", name="Show", exact=True).click()
        expect(panel.get_by_role("heading", level=3)).to_contain_text(f"{local:%H:%M:%S}".removesuffix(":00"))
        assert side(past_week(page), "Then") == then
        assert side(panel, "Now").startswith("10:00–11:00 free, not offered then")


def test_invalid_instants_have_an_error_message(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "09:00")
    open_history(page, site, tutor)
    panel = past_week(page)
    panel.get_by_text("An exact time, or another week").click()
    instant = panel.get_by_label("Date and time in Copenhagen")
    show = panel.get_by_role("button", name="Show", exact=True)
    tomorrow = datetime.now(COPENHAGEN) + timedelta(days=1)
    for value, message_part in (
        (f"{tomorrow:%Y-%m-%dT%H:%M}:30", "That time is in the future"),
        ("2026-03-29T02:30", "the clocks skipped it"),
        ("1999-12-31T12:00", "There is no history from before 2000"),
    ):
        instant.fill(value)
        show.click()
        expect(panel.get_by_role("alert")).to_contain_text(message_part)
    instant.fill("2025-10-26T02:30")
    panel.get_by_label("This time came twice").select_option("The second time")
    with page.expect_request(lambda request: "asOf" in request.url) as request:
        show.click()
    assert "asOf=2025-10-26T01%3A30%3A00Z" in request.value.url


def test_an_edit_is_undone_once_after_a_preview(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00", "10:00")
    save(tutor, "10:00", "14:00")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if is_save(request) else None)
    open_history(page, site, tutor)
    dialog = open_undo_preview(page)
    expect(dialog).to_contain_text("This would change: 1 added, 1 removed.")
    assert changes(dialog) == ["added 09:00–10:00", "removed 14:00–15:00"]
    assert (sent, stored_times(engine, tutor)) == ([], ["10:00", "14:00"])
    screenshot(page, "history-undo")
    dialog.get_by_label("Note for the history").fill("the wrong day")
    dialog.get_by_role("button", name="Undo", exact=True).dblclick()
    expect(message(page)).to_have_text("Undone: 1 added, 1 removed.")
    expect(dialog).to_have_count(0)
    expect(cards(page)).to_have_count(3)
    expect(cards(page).first).to_contain_text("You added 1 time and removed 1 · Undo “the wrong day”")
    assert (len(sent), stored_times(engine, tutor)) == (1, ["09:00", "10:00"])


def test_cancel_and_escape_undo_nothing(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00")
    open_history(page, site, tutor)
    open_undo_preview(page).get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    open_undo_preview(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert stored_times(engine, tutor) == ["09:00"]


def test_an_undo_that_would_remove_booked_slots_is_refused(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    """The preview shows bookings that prevent the undo. Later bookings are shown after the click on Undo."""
    save(tutor, "09:00")
    save(tutor, "09:00", "10:00", "11:00")
    open_history(page, site, tutor)
    dialog = open_undo_preview(page)
    add_booking(engine, tutor, DAY, "10:00")
    dialog.get_by_role("button", name="Undo", exact=True).click()
    conflicts = dialog.locator(".error li")
    expect(conflicts).to_have_text([f"{DAY:%a} {DAY.day} {DAY:%b}, 10:00: booked"])
    expect(dialog.get_by_role("button", name="Undo", exact=True)).to_have_count(0)
    expect(message(page)).to_have_text("Nothing was undone.")
    dialog.get_by_role("button", name="Close").click()
    add_booking(engine, tutor, DAY, "11:00", "AWAITING_PAYMENT")
    dialog = open_undo_preview(page)
    expect(conflicts).to_contain_text(["10:00: booked", "11:00: held for a student who is paying"])
    expect(dialog.get_by_role("button", name="Undo", exact=True)).to_have_count(0)
    assert axe_violations(page) == []
    screenshot(page, "history-conflict")
    assert stored_times(engine, tutor) == ["09:00", "10:00", "11:00"]


def test_an_edit_with_nothing_left_to_undo_has_no_undo_button(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "09:00")
    save(tutor)
    open_history(page, site, tutor)
    dialog = open_undo_preview(page, 1)
    expect(dialog).to_contain_text("There is nothing left to undo")
    expect(dialog.get_by_role("button", name="Undo", exact=True)).to_have_count(0)


REVERT_ERRORS = {
    "a day in the past": ("update {table} set date = date - 21", "includes a day in the past"),
    "missing entries": ("update tutor_availability_log set change_set_size = 9", "Not all of this edit"),
    "deleted entries": ("delete from tutor_availability_log", "isn't in the history any more"),
    "an overlapping slot": (
        "update tutor_time_slots set start_time = '09:30'; update tutor_availability_log set action = 'REMOVED'",
        "overlaps a slot that was added later",
    ),
}


@pytest.mark.parametrize("reason", REVERT_ERRORS)
def test_an_edit_that_cannot_be_undone_has_an_error_message(
    page: Page, site: str, tutor: Tutor, engine: Engine, reason: str
) -> None:
    save(tutor, "09:00")
    open_history(page, site, tutor)
    statement, error = REVERT_ERRORS[reason]
    tables = ("tutor_availability_log", "tutor_time_slots", "tutor_days") if "{table}" in statement else ("",)
    for table in tables:
        execute(engine, statement.format(table=table))
    dialog = open_undo_preview(page)
    expect(dialog.get_by_role("alert")).to_contain_text(error)
    expect(dialog.get_by_role("button", name="Undo", exact=True)).to_have_count(0)


def test_an_undo_whose_answer_is_lost_is_sent_once(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00")
    sent: list[Request] = []

    def lose_the_answer(route: Route) -> None:
        if is_save(route.request):
            sent.append(route.request)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/update_availability", lose_the_answer)
    open_history(page, site, tutor)
    dialog = open_undo_preview(page)
    dialog.get_by_role("button", name="Undo", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("It isn't certain whether this was undone.")
    expect(dialog.get_by_role("button", name="Undo", exact=True)).to_have_count(0)
    dialog.get_by_role("button", name="Close").click()
    expect(cards(page).first).to_contain_text("You removed 1 time · Undo")
    assert (len(sent), stored_times(engine, tutor)) == (1, [])


@contextmanager
def failing_log(engine: Engine) -> Iterator[None]:
    """Make every insert into the log fail during the block."""
    table = "alter table tutor_availability_log"
    execute(engine, f"{table} add constraint full_disk check (false) not valid")
    yield
    execute(engine, f"{table} drop constraint full_disk")


def test_an_undo_that_is_not_in_the_log_yet_has_a_message(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00")
    open_history(page, site, tutor)
    with failing_log(engine):
        open_undo_preview(page).get_by_role("button", name="Undo", exact=True).click()
        expect(message(page)).to_have_text("Undone: 1 removed. It is saved; the history shows it in a few minutes.")
    expect(page.locator(".notice")).to_contain_text("This history isn't complete.")
    assert stored_times(engine, tutor) == []


def test_the_downloaded_history_is_filtered(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "09:00", notes="=1+1")
    save(tutor, "10:00", reason="illness", notes="flu, sorry – Æøå")
    open_history(page, site, tutor)
    open_filter(page)
    page.get_by_label("Why").select_option("Illness")
    wait_until_loaded(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download (CSV)").click()
    today = datetime.now(COPENHAGEN).date()
    name = f"history_{tutor.id}_{today - timedelta(days=30)}_{today}.csv"
    assert download.value.suggested_filename == name
    content = Path(download.value.path()).read_bytes()
    assert content.startswith(codecs.BOM_UTF8)  # otherwise Excel doesn't read the file as UTF-8
    rows = list(csv.DictReader(content.decode("utf-8-sig").splitlines()))
    assert [(row["action"], row["startTime"], row["notes"]) for row in rows] == [
        (entry["action"], entry["startTime"], "flu, sorry – Æøå")
        for entry in API.history(tutor.token, tutorId=tutor.id, reason="illness").json["entries"]
    ]
    assert len(rows) == 2


def test_a_history_that_is_too_large_for_a_file_has_an_error_message(page: Page, site: str, tutor: Tutor) -> None:
    """On AWS, an answer has at most about six megabytes. The server refuses a history that is larger."""
    problem = {
        "type": "urn:slotledger:problem:invalid_request",
        "title": "The request is not valid",
        "status": 400,
        "detail": "format: too much",
        "code": "invalid_request",
    }

    def too_much(route: Route) -> None:
        route.fulfill(status=400, json=problem, content_type="application/problem+json")

    page.route("**/audit_history?*format=csv*", too_much)
    open_history(page, site, tutor)
    page.get_by_role("button", name="Download (CSV)").click()
    expect(page.get_by_role("alert")).to_contain_text("That is too much for one file. Choose a shorter period")


def test_an_edit_is_undone_by_keyboard_alone(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00")
    save(tutor, "10:00")
    open_history(page, site, tutor)
    opener = cards(page).first.get_by_role("button", name="Undo")
    tab_to(page, opener)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Undo this edit?")).to_be_focused()
    tab_to(page, dialog.get_by_label("Note for the history"))
    page.keyboard.type("by hand")
    tab_to(page, dialog.get_by_role("button", name="Undo", exact=True))
    page.keyboard.press("Enter")
    expect(message(page)).to_have_text("Undone: 1 added, 1 removed.")
    expect(cards(page).nth(1).get_by_role("button", name="Undo")).to_be_focused()
    assert stored_times(engine, tutor) == ["09:00"]


def test_a_history_that_could_not_be_loaded_is_loaded_again(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "09:00")
    page.clock.install()
    open_history(page, site, tutor)

    def abort(route: Route) -> None:
        route.abort()

    open_filter(page)
    page.route("**/audit_history?*", abort)
    page.get_by_label("What").select_option("Removed")
    page.clock.run_for(60_000)  # so that the client's retries end
    expect(page.get_by_role("alert")).to_contain_text("No answer came from the server")
    expect(cards(page)).to_have_count(0)
    page.unroute("**/audit_history?*", abort)
    page.get_by_role("button", name="Try again").press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("heading", name="History")).to_be_focused()
    expect(summary(page)).to_contain_text("Nothing in the last 30 days matches the filter.")


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_while_the_history_is_loading(page: Page, site: str, tutor: Tutor, width: int) -> None:
    save(tutor, "09:00")
    page.set_viewport_size({"width": width, "height": 740})
    page.add_init_script("""
        window.shifts = [];
        new PerformanceObserver((list) => {
            for (const shift of list.getEntries()) {
                window.shifts.push(...shift.sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? "?"));
            }
        }).observe({ type: "layout-shift", buffered: true });""")
    routes: list[Route] = []

    def hold(route: Route) -> None:
        routes.append(route)

    page.route("**/audit_history?*", hold)
    page.route("**/get_availability?*", hold)
    sign_in(page, tutor.token)
    page.goto(f"{site}/history?tutor={tutor.id}")
    expect(page.get_by_text("Loading the history …")).to_be_visible()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.evaluate("window.shifts.length = 0")
    for route in routes:
        route.continue_()
    expect(cards(page)).to_have_count(1)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("window.shifts") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(
    page: Page, site: str, tutor: Tutor, engine: Engine, scheme: Literal["light", "dark"]
) -> None:
    """Axe finds no violation of WCAG 2.2 AA. On a phone that is 360 pixels wide, nothing is cut off."""
    save_days(tutor, 14, "09:00", "10:00")
    save(tutor, "10:00", "11:00", "13:00", reason="illness", notes="flu " * 20 + "x" * 80)
    execute(engine, "update tutor_availability_log set source = 'reconstructed' where version = 2")
    add_booking(engine, tutor, DAY, "13:00")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    open_history(page, site, tutor)

    def check(name: str) -> None:
        page.evaluate("scrollTo(0, document.body.scrollHeight)")  # so that the tabs cover nothing
        assert axe_violations(page) == []
        check_overflow = "it => it.scrollWidth > it.clientWidth"
        assert not page.locator("html").evaluate(check_overflow)
        for dialog in page.get_by_role("dialog").all():
            assert not dialog.evaluate(check_overflow)
        screenshot(page, f"history-{name}-phone-{scheme}")

    cards(page).nth(2).get_by_text("28 times, ").click()
    cards(page).nth(1).get_by_text("Details").click()
    check("timeline")
    open_then_and_now(page, 1).get_by_text("An exact time").click()
    check("then-and-now")
    page.get_by_role("link", name="Timeline").click()
    open_undo_preview(page, 1)
    check("undo")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.go_back()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert axe_violations(page) == []
    screenshot(page, f"history-{scheme}")


def test_bookings_are_in_the_timeline_and_can_be_left_out(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00", "10:00")
    ben = student("Ben")
    slot: dict[str, Any] = {"tutorId": str(tutor.id), "date": str(DAY)}
    API.book(ben.token, **slot, time="09:00")
    booking = API.book(ben.token, **slot, time="10:00", holdSeconds=600).json
    ids: dict[str, Any] = {"tutorId": str(tutor.id), "bookingId": booking["bookingId"]}
    assert API.change_booking(tutor.token, **ids, status="CANCELLED", reason="ill").status == 200
    open_history(page, site, tutor)
    expect(cards(page).locator("p b").first).to_have_text("You")
    texts = ["You cancelled the lesson of Ben “ill”", "Ben held it", "Ben booked", "You added 2 times"]
    expect(cards(page)).to_contain_text(texts)
    expect(cards(page).nth(2)).to_contain_text(f"{short_date(DAY)} 09:00")
    page.get_by_role("link", name="Bookings").click()
    expect(cards(page)).to_have_count(3)
    assert axe_violations(page) == []
    page.get_by_role("link", name="Edits").click()
    expect(cards(page)).to_contain_text(["You added 2 times"])
    page.go_back()
    expect(cards(page)).to_have_count(3)
    page.reload()
    expect(cards(page)).to_have_count(3)


def test_a_change_of_a_setting_is_in_the_timeline(page: Page, site: str, tutor: Tutor) -> None:
    saved: dict[str, Any] = {
        "tutorId": str(tutor.id),
        "userId": tutor.user_id,
        "name": "Ada",
        "timeZone": "Europe/Copenhagen",
    }
    saved |= {"bookingNoticeMinutes": 30}
    assert API.call("tutors", "PUT", json=saved, token=ADMIN).status == 200
    open_history(page, site, tutor)
    expect(cards(page)).to_contain_text(["Support changed the minutes of notice for bookings: 0 → 30"])
