"""The history view: its cards, filters, "then and now", undo and CSV."""

import codecs
import csv
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
from tests.browser.conftest import axe_violations, screenshot, sign_in, tab_to
from tests.builders import ADMIN, ADMIN_USER, Tutor, add_booking, add_tutor, monday, slots, stored_slots
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
    """Return the cards of the timeline, one for each change set, newest first."""
    return page.locator(".timeline > li")


def changes(within: Locator) -> list[str]:
    """Return the texts of the added and removed slots, without the sign and the space at the start."""
    items = within.locator(".changes ul > li").all()
    return [(item.text_content() or "")[2:] for item in items]


def day_name(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def side(dialog: Locator, which: Literal["Then", "Now"], day: date = DAY) -> str:
    """Return the text of a day's slots in the column "Then" or "Now"."""
    body = dialog.locator("tbody").filter(has_text=day_name(day))
    cell = body.locator("td").nth(0 if which == "Then" else 1)
    slots = [slot.text_content() or "" for slot in cell.get_by_role("listitem").all()]
    return "; ".join(slots) or cell.inner_text()


def open_then_and_now(page: Page, number: int = 0) -> Locator:
    """Open the dialog "then and now" of a change set; `number` is its index in the timeline."""
    cards(page).nth(number).get_by_role("button", name="As it was").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("table")).to_be_visible()
    return dialog


def open_undo_preview(page: Page, number: int = 0) -> Locator:
    """Open the preview of undoing a change set; `number` is its index in the timeline."""
    cards(page).nth(number).get_by_role("button", name="Undo").click()
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


def is_save(request: Request) -> bool:
    """Return whether a request is an edit and not a dry run."""
    return request.method == "PUT" and not (request.post_data_json or {}).get("dryRun")


def test_a_card_shows_a_change_set(page: Page, site: str, tutor: Tutor) -> None:
    """The card has the time for the tutor and for the viewer, the author, the reason, the note and the slots."""
    save(tutor, "09:00", "10:00")
    edit = save(tutor, "10:00", "14:00", reason="conflict", notes="dentist")
    open_history(page, site, tutor)
    expect(cards(page)).to_have_count(2)
    newest = cards(page).first
    at = changed_at(tutor, edit)
    tutors_time, viewers_time = at.astimezone(COPENHAGEN), at.astimezone(NEW_YORK)
    heading = newest.get_by_role("heading")
    expect(heading.locator("time")).to_contain_text(f"{tutors_time:%a}, {tutors_time.day} ")
    expect(heading.locator("time")).to_contain_text(f"{tutors_time:%Y, %H:%M}")
    expect(heading).to_contain_text(f"{viewers_time:%H:%M} New York time")
    expect(newest).to_contain_text("Something came up by you")
    expect(newest).to_contain_text("“dentist”")
    expect(newest.locator(".changes time")).to_have_attribute("datetime", str(DAY))
    assert changes(newest) == ["removed 09:00–10:00", "added 14:00–15:00"]
    expect(summary(page)).to_have_text("2 edits of the last 30 days.")
    expect(
        page.get_by_text("Times without a zone are Copenhagen time, the tutor's. Yours (New York time) are")
    ).to_be_visible()
    screenshot(page, "history")


def test_a_viewer_in_the_tutors_zone_sees_each_time_once(site: str, tutor: Tutor, page: Page) -> None:
    save(tutor, "09:00")
    page.add_init_script("""
        const resolved = Intl.DateTimeFormat.prototype.resolvedOptions;
        Intl.DateTimeFormat.prototype.resolvedOptions = function () {
            return { ...resolved.call(this), timeZone: "Europe/Copenhagen" };
        };""")
    open_history(page, site, tutor)
    expect(cards(page).first.get_by_role("heading")).not_to_contain_text("time")
    expect(page.get_by_text("Times without a zone are Copenhagen time, the tutor's.", exact=True)).to_be_visible()


def test_the_tutor_sees_which_edits_support_made(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "09:00")
    save(tutor, "10:00", token=ADMIN)
    open_history(page, site, tutor)
    expect(cards(page).nth(0)).to_contain_text("Support by support")
    expect(cards(page).nth(1)).to_contain_text("Edit by you")
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
    authors = ["Edit by the tutor", "Edit by unknown", "Support by you"]
    for number, author in enumerate(reversed(authors)):
        expect(cards(page).nth(number)).to_contain_text(author)


def test_a_long_change_set_has_a_summary_that_can_be_opened(page: Page, site: str, tutor: Tutor) -> None:
    save_days(tutor, 14, "09:00")
    open_history(page, site, tutor)
    card_summary = cards(page).first.get_by_text("14 days, ")
    expect(card_summary).to_contain_text("14 added")
    days = cards(page).first.locator(".changes > li")
    expect(days.first).not_to_be_visible()
    card_summary.click()
    expect(days.last).to_be_visible()
    expect(days).to_have_count(14)


def test_the_history_can_be_filtered_and_the_filter_cleared(
    page: Page, site: str, tutor: Tutor, engine: Engine
) -> None:
    save(tutor, "09:00")
    old = save(tutor, "08:00", day=DAY + timedelta(days=1), reason="vacation")
    save(tutor, "10:00", reason="illness")
    for column in ("tutor_availability_log set changed_at = changed_at", "tutor_days set updated_at = updated_at"):
        execute(engine, f"update {column} - interval '40 days' where date = :day", day=DAY + timedelta(days=1))
    open_history(page, site, tutor)
    expect(summary(page)).to_have_text("2 edits of the last 30 days.")
    page.get_by_label("Edits of the last").select_option("90 days")
    expect(summary(page)).to_have_text("3 edits of the last 90 days.")
    page.get_by_label("Why").select_option("Vacation")
    expect(summary(page)).to_contain_text("1 edit of the last 90 days.")
    expect(cards(page).locator("h3 time")).to_have_attribute("datetime", changed_at_text(tutor, old))
    page.get_by_label("Why").select_option("Any reason")
    page.get_by_label("What").select_option("Removed")
    expect(summary(page)).to_contain_text("1 edit of the last 90 days. Each shows only the slots that match the filter")
    assert changes(cards(page).first) == ["removed 09:00–10:00"]
    page.get_by_label("What").select_option("Added or removed")
    page.get_by_label("Slots on").fill(str(DAY + timedelta(days=1)))
    expect(summary(page)).to_contain_text("1 edit of the last 90 days.")
    page.get_by_label("Slots on").fill(str(DAY + timedelta(days=2)))
    expect(summary(page)).to_have_text("No edits in the last 90 days match the filter.")
    page.get_by_role("button", name="Clear filter").press("Enter")
    expect(summary(page)).to_have_text("2 edits of the last 30 days.")
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
    expect(summary(page)).to_have_text("The newest 1 edit of the last 30 days.")
    page.get_by_role("button", name="Show more").click()
    expect(cards(page)).to_have_count(3)
    expect(cards(page).nth(1)).to_contain_text("250 added")
    expect(cards(page).nth(1).get_by_role("heading")).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    expect(summary(page)).to_have_text("3 edits of the last 30 days.")


def test_a_change_set_larger_than_a_page_is_loaded_completely(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "07:00", day=DAY - timedelta(days=1))
    save_days(tutor, 90, "09:00", "10:00", "11:00", "12:00", "13:00")
    open_history(page, site, tutor)
    expect(cards(page).first).to_contain_text("90 days, ")
    expect(cards(page).first).to_contain_text("450 added")


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
    expect(card).to_contain_text("Changed by another program")
    expect(card).not_to_contain_text("by unknown")
    expect(card).to_contain_text("Found at this time. Nobody knows when it was changed, and by whom.")
    assert changes(card) == ["removed 10:00–11:00"]


def test_a_day_before_an_edit_is_shown_beside_the_day_now(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00", "10:00", "11:00")
    save(tutor, "10:00", "11:00", "14:00")
    add_booking(engine, tutor, DAY, "11:00")
    open_history(page, site, tutor)
    dialog = open_then_and_now(page)
    expect(dialog.get_by_role("table")).to_contain_text("Just before ")
    expect(dialog.get_by_role("table")).to_contain_text("Copenhagen time. The day is different now.")
    assert side(dialog, "Then") == ("− 09:00–10:00, not offered now; 10:00–11:00; ≠ 11:00–12:00, booked now")
    assert side(dialog, "Now") == ("10:00–11:00; ≠ 11:00–12:00 booked, free then; + 14:00–15:00, not offered then")
    screenshot(page, "history-then-and-now")
    dialog.get_by_role("button", name="After this edit").click()
    expect(dialog.get_by_role("table")).not_to_contain_text("Just before")
    assert side(dialog, "Then") == "10:00–11:00; ≠ 11:00–12:00, booked now; 14:00–15:00"
    dialog.get_by_role("button", name="Close").click()
    expect(cards(page).first.get_by_role("button", name="As it was")).to_be_focused()


def test_then_and_now_shows_only_the_days_of_the_edit(page: Page, site: str, tutor: Tutor) -> None:
    later = DAY + timedelta(days=400)
    save(tutor, "08:00", day=DAY + timedelta(days=1))
    days = [{"date": str(day), "timeSlots": slots("09:00")} for day in (DAY, DAY + timedelta(days=2), later)]
    assert API.update(tutor.token, tutorId=str(tutor.id), days=days).status == 200
    open_history(page, site, tutor)
    dialog = open_then_and_now(page)
    shown = [day_name(DAY), day_name(DAY + timedelta(days=2))]
    assert [head.strip() for head in dialog.locator("tbody th").all_inner_texts()] == shown
    expect(dialog).to_contain_text("Not shown: 1 later day.")


def test_then_and_now_has_a_notice_if_entries_are_missing(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    for start in ("09:00", "10:00", "11:00"):
        save(tutor, start)
    delete_entries(engine, 2)
    open_history(page, site, tutor)
    dialog = open_then_and_now(page)
    expect(dialog.get_by_text("This isn't certain.")).to_be_visible()
    assert axe_violations(page) == []
    dialog.get_by_role("button", name="After this edit").click()
    expect(dialog.get_by_text("Nothing is different now.")).to_be_visible()
    expect(dialog.get_by_text("This isn't certain.")).to_have_count(0)


def test_an_instant_is_entered_in_the_tutors_time(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    """The entered instants are a minute before and a minute after the first edit.

    If the page read them in the viewer's zone, both would be hours after the edit.
    """
    first = save(tutor, "09:00")
    execute(engine, "update tutor_availability_log set changed_at = changed_at - interval '2 days'")
    save(tutor, "10:00")
    at = changed_at(tutor, first).astimezone(COPENHAGEN)
    open_history(page, site, tutor)
    page.get_by_role("button", name="As it was at").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("First day").fill(str(DAY))
    dialog.get_by_label("Last day").fill(str(DAY + timedelta(days=6)))
    for minutes, then in ((-1, "No slots"), (1, "− 09:00–10:00, not offered now")):
        local = at + timedelta(minutes=minutes)
        dialog.get_by_label("Date and time, Copenhagen time").fill(f"{local:%Y-%m-%dT%H:%M:%S}")
        dialog.get_by_role("button", name="Show", exact=True).click()
        expect(dialog.locator("caption")).to_contain_text(f"{local:%H:%M}, Copenhagen time")
        assert side(dialog, "Then") == then
        assert side(dialog, "Now") == "+ 10:00–11:00, not offered then"


def test_invalid_instants_have_an_error_message(page: Page, site: str, tutor: Tutor) -> None:
    open_history(page, site, tutor)
    page.get_by_role("button", name="As it was at").click()
    dialog = page.get_by_role("dialog")
    instant, last = dialog.get_by_label("Date and time, Copenhagen time"), dialog.get_by_label("Last day")
    show = dialog.get_by_role("button", name="Show", exact=True)
    yesterday = datetime.now(COPENHAGEN) - timedelta(days=1)
    for value, last_day, message_part in (
        (f"{yesterday + timedelta(days=3):%Y-%m-%dT%H:%M:%S}", DAY, "That time is in the future"),
        ("2026-03-29T02:30:00", DAY, "the clocks skipped it"),
        (f"{yesterday:%Y-%m-%dT%H:%M:%S}", DAY + timedelta(days=400), "At most 366 days"),
        ("1999-12-31T12:00:00", DAY, "There is no history from before 2000"),
    ):
        instant.fill(value)
        last.fill(str(last_day))
        show.click()
        expect(dialog.get_by_role("alert")).to_contain_text(message_part)
    instant.fill("2025-10-26T02:30:00")
    dialog.get_by_label("This time came twice").select_option("The second time")
    last.fill(str(DAY))
    with page.expect_request(lambda request: "asOf" in request.url) as request:
        show.click()
    assert "asOf=2025-10-26T01%3A30%3A00Z" in request.value.url
    expect(dialog.get_by_text("None of these days has a slot, then or now.")).to_be_visible()


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
    expect(cards(page).first).to_contain_text("Undo by you")
    expect(cards(page).first).to_contain_text("“the wrong day”")
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
    expect(cards(page).first).to_contain_text("Undo by you")
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

    page.route("**/audit_history?*", abort)
    page.get_by_label("What").select_option("Removed")
    page.clock.run_for(60_000)  # so that the client's retries end
    expect(page.get_by_role("alert")).to_contain_text("No answer came from the server")
    expect(cards(page)).to_have_count(0)
    page.unroute("**/audit_history?*", abort)
    page.get_by_role("button", name="Try again").press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("heading", name="History")).to_be_focused()
    expect(summary(page)).to_contain_text("No edits in the last 30 days match the filter.")


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
        assert axe_violations(page) == []
        check_overflow = "it => it.scrollWidth > it.clientWidth"
        assert not page.locator("html").evaluate(check_overflow)
        for dialog in page.get_by_role("dialog").all():
            assert not dialog.evaluate(check_overflow)
        screenshot(page, f"history-{name}-phone-{scheme}")

    cards(page).nth(1).get_by_text("14 days").click()
    cards(page).nth(0).get_by_text("Details").click()
    check("timeline")
    open_then_and_now(page).get_by_text("Another time").click()
    check("then-and-now")
    page.keyboard.press("Escape")
    open_undo_preview(page)
    check("undo")
