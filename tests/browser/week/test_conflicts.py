"""No edit is lost if others edit or book at the same time, or if an answer of the server is lost."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import Engine, select, text

from migrations.log_tables import tutor_availability_log
from tests.browser.conftest import axe_violations, screenshot, sign_in
from tests.browser.week.conftest import (
    HOUR,
    THURSDAY,
    WEDNESDAY,
    click_at,
    column,
    more,
    offer,
    open_review,
    open_week,
    save,
    show_all_hours,
    slot,
    slot_texts,
    slots_at,
    status,
    wait_until_loaded,
)
from tests.builders import (
    Tutor,
    add_booking,
    add_slots,
    log_rows,
    stored_slots,
    versions,
)


def hold_reads(page: Page, address: str | re.Pattern[str]) -> list[Route]:
    """Hold requests for an address until the test continues them. Return the list of held requests."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    page.route(address, hold)
    return waiting


def hold_saves(page: Page) -> list[Route]:
    """Hold saves, but not dry runs, until the test continues them. Return the list of held requests."""
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        if '"dryRun":true' in (route.request.post_data or ""):
            route.continue_()
        else:
            waiting.append(route)

    page.route("**/update_availability", hold)
    return waiting


def test_an_edit_in_another_tab_is_not_lost(
    week: Page, context: BrowserContext, site: str, engine: Engine, tutor: Tutor
) -> None:
    """Two tabs edit the same day. The second tab that saves shows both edits, and the tutor chooses what to save."""
    other = context.new_page()
    sign_in(other, tutor.token)
    open_week(other, site, tutor)
    slot(other, "14:00–15:00, free").click()
    click_at(other, WEDNESDAY, 16 * HOUR)
    save(other)
    slot(week, "09:00–10:00, free").click()
    click_at(week, WEDNESDAY, 12 * HOUR)
    dialog = open_review(week)
    expect(dialog.get_by_role("heading", name="Two edits of the same day")).to_be_visible()
    assert dialog.get_by_role("definition").all_inner_texts() == [
        "added 16:00–17:00; removed 14:00–15:00",
        "added 12:00–13:00; removed 09:00–10:00",
    ]
    assert [label.split(": ") for label in dialog.get_by_role("group").locator("label").all_inner_texts()] == [
        ["Both edits", "10:00–11:00, 12:00–13:00, 16:00–17:00"],
        ["Only mine", "10:00–11:00, 12:00–13:00, 14:00–15:00"],
        ["Only theirs", "09:00–10:00, 10:00–11:00, 16:00–17:00"],
    ]
    assert axe_violations(week) == []
    screenshot(week, "week-merge")
    dialog.get_by_role("button", name="Continue").click()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(status(week)).to_contain_text("Saved: 1 added, 1 removed.")
    assert stored_slots(engine, tutor) == slots_at("10:00", "12:00", "16:00")
    assert versions(engine, tutor) == {WEDNESDAY: 2}


def test_one_of_two_edits_can_be_chosen(
    week: Page, context: BrowserContext, site: str, engine: Engine, tutor: Tutor
) -> None:
    """A second tab saves an edit of the same day during the review in the first tab."""
    other = context.new_page()
    sign_in(other, tutor.token)
    open_week(other, site, tutor)
    click_at(week, WEDNESDAY, 12 * HOUR)
    dialog = open_review(week)
    expect(dialog.get_by_role("button", name="Save", exact=True)).to_be_visible()
    click_at(other, WEDNESDAY, 16 * HOUR)
    save(other)
    dialog.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_label("Only theirs").check()
    dialog.get_by_role("button", name="Continue").click()
    expect(dialog).to_contain_text("There is nothing to save.")
    dialog.get_by_role("button", name="Back to the week").click()
    expect(week.get_by_text("Everything is saved")).to_be_visible()
    assert [line.split(",")[0] for line in slot_texts(week, WEDNESDAY)][-1] == "16:00–17:00"
    assert versions(engine, tutor) == {WEDNESDAY: 1}


@pytest.mark.parametrize("moment", ["before the review", "during the review"])
def test_a_slot_that_is_booked_during_the_edit_stays(week: Page, engine: Engine, tutor: Tutor, moment: str) -> None:
    slot(week, "09:00–10:00, free").click()
    slot(week, "14:00–15:00, free").click()
    if moment == "before the review":
        add_booking(engine, tutor, WEDNESDAY, "14:00", "AWAITING_PAYMENT")
        dialog = open_review(week)
    else:
        dialog = open_review(week)
        expect(dialog.get_by_role("button", name="Save", exact=True)).to_be_visible()
        add_booking(engine, tutor, WEDNESDAY, "14:00", "AWAITING_PAYMENT")
        dialog.get_by_role("button", name="Save", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("14:00: held for a student who is paying")
    assert stored_slots(engine, tutor) == slots_at("09:00", "10:00", "14:00")
    screenshot(week, "week-conflict")
    dialog.get_by_role("button", name="Keep them and continue").click()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(status(week)).to_contain_text("Saved: 0 added, 1 removed.")
    assert stored_slots(engine, tutor) == slots_at("10:00", "14:00")


def test_a_locked_log_does_not_stop_the_save(
    page: Page, site: str, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The week is also shown, but without the explanations of booked slots."""
    monkeypatch.setenv("AUDIT_BUDGET_MS", "300")
    sign_in(page, tutor.token)
    with engine.connect() as connection:
        connection.execute(text("lock table tutor_availability_log in access exclusive mode"))
        open_week(page, site, tutor)
        slot(page, "09:00–10:00, free").click()
        save(page)
        expect(status(page)).to_contain_text("Saved: 0 added, 1 removed. The history shows it in a few minutes.")
        screenshot(page, "week-log-locked")
        connection.rollback()
    assert slot_texts(page, WEDNESDAY)[0] == "10:00–11:00, booked, Ben Lund, 04:00 your time"
    assert stored_slots(engine, tutor) == slots_at("10:00", "14:00")


def test_a_save_that_is_not_in_the_history_yet_is_undone_later(
    week: Page, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    slot(week, "09:00–10:00, free").click()
    save(week)
    with engine.begin() as connection:
        entries = connection.execute(select(tutor_availability_log)).mappings().all()
        connection.execute(tutor_availability_log.delete())
    week.get_by_role("button", name="Undo the save").click()
    expect(status(week)).to_contain_text("This can't be undone yet: it isn't in the history.")
    with engine.begin() as connection:
        connection.execute(tutor_availability_log.insert(), [dict(entry) for entry in entries])
    week.get_by_role("button", name="Undo the save").click()
    expect(status(week)).to_contain_text("Undone: 1 added.")


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
    expect(status(week)).to_contain_text("This was already saved.")
    assert len(lost) == 1
    assert versions(engine, tutor) == {WEDNESDAY: 1}
    week.unroute("**/update_availability", lose_the_first)


def test_a_draft_that_cannot_be_saved_stays(week: Page, engine: Engine, tutor: Tutor) -> None:
    """The review shows that no answer came from the server, and has a button to try again."""
    click_at(week, THURSDAY, 9 * HOUR)
    week.route("**/update_availability", lambda route: route.abort())
    dialog = open_review(week)
    expect(dialog.get_by_role("alert")).to_contain_text("No answer came from the server", timeout=20_000)
    week.unroute("**/update_availability")
    dialog.get_by_role("button", name="Try again").click()
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(status(week)).to_contain_text("Saved: 1 added, 0 removed.")


def test_a_save_is_sent_once_and_keeps_the_review_open(week: Page, engine: Engine, tutor: Tutor) -> None:
    waiting = hold_saves(week)
    slot(week, "09:00–10:00, free").click()
    button = open_review(week).get_by_role("button", name="Save", exact=True)
    with week.expect_request(lambda request: request.method == "PUT" and "dryRun" not in (request.post_data or "")):
        button.click()
    week.keyboard.press("Escape")
    week.get_by_role("button", name="Back to the week").click(force=True)
    week.evaluate("document.querySelector('dialog form').requestSubmit()")
    expect(week.get_by_role("dialog")).to_be_visible()
    assert len(waiting) == 1
    waiting[0].continue_()
    expect(status(week)).to_contain_text("Saved: 0 added, 1 removed.")
    expect(status(week)).to_be_focused()


def test_edits_during_a_save_are_not_lost(week: Page, engine: Engine, tutor: Tutor) -> None:
    """Before the answer arrives, the tutor opens another view, returns to the week, and edits it."""
    waiting = hold_saves(week)
    slot(week, "09:00–10:00, free").click()
    button = open_review(week).get_by_role("button", name="Save", exact=True)
    with week.expect_request(lambda request: request.method == "PUT" and "dryRun" not in (request.post_data or "")):
        button.click()
    week.evaluate("history.pushState(null, '', location.href.replace('/week', '/book'))")
    expect(week.get_by_role("heading", name="Ada")).to_be_visible()
    week.go_back()
    wait_until_loaded(week)
    show_all_hours(week)
    wait_until_loaded(week)
    click_at(week, WEDNESDAY, 17 * HOUR)
    expect(slot(week, "17:00–18:00, to be added")).to_be_visible()
    click_at(week, THURSDAY, 11 * HOUR)
    expect(slot(week, "11:00–12:00, to be added")).to_be_visible()
    with week.expect_response("**/update_availability"):
        waiting[0].continue_()
    week.unroute("**/update_availability")
    expect(week.get_by_text("2 changes not saved")).to_be_visible()
    save(week)
    assert stored_slots(engine, tutor) == [*slots_at("10:00", "14:00", "17:00"), *slots_at("11:00", day=THURSDAY)]


def test_a_day_that_is_still_loading_cannot_be_edited(week: Page, engine: Engine, tutor: Tutor) -> None:
    """Otherwise, an edit of the day would remove its saved slots."""
    later = WEDNESDAY + timedelta(days=21)
    add_slots(engine, tutor, later, "09:00")
    waiting = hold_reads(week, "**/get_availability?*")
    more(week).get_by_label("Go to").fill(str(later))
    expect(column(week, later)).to_be_visible()
    click_at(week, later, 12 * HOUR)
    expect(status(week)).to_contain_text("is still loading")
    for route in waiting:
        route.continue_()
    week.unroute("**/get_availability?*")
    assert len(slot_texts(week, later)) == 1
    expect(week.get_by_text("Everything is saved")).to_be_visible()


def test_a_booking_that_overlaps_an_added_slot_is_reported(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "09:00–10:00, free").click()
    offer(week, WEDNESDAY, "09:30")
    expect(status(week)).to_contain_text("09:30 can't be added: it overlaps the slot at 10:00.")
    offer(week, WEDNESDAY, "09:30", minutes=30)
    add_booking(engine, tutor, WEDNESDAY, "09:00")
    open_review(week).get_by_role("button", name="Keep them and continue").click()
    expect(week.locator("dialog[open]")).to_contain_text("There is nothing to save.")
    week.get_by_role("button", name="Back to the week").click()
    expect(status(week)).to_contain_text("09:30 can't be added: it overlaps the slot at 09:00.")


def test_a_booking_of_a_removed_slot_is_reported_when_days_are_loaded(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "09:00–10:00, free").click()
    slot(week, "14:00–15:00, free").click()
    more(week)
    add_booking(engine, tutor, WEDNESDAY, "09:00")
    week.get_by_role("button", name="Repeat").click()
    expect(status(week)).to_contain_text("Repeated this week.")
    expect(status(week)).to_contain_text("09:00 can't be removed: it is booked now.")
    add_booking(engine, tutor, WEDNESDAY, "14:00")
    week.get_by_role("button", name="Later").click()
    wait_until_loaded(week)
    week.get_by_role("button", name="Earlier").click()
    expect(status(week)).to_contain_text("14:00 can't be removed: it is booked now.")


def test_undoing_a_change_does_not_overwrite_what_others_saved(
    week: Page, context: BrowserContext, site: str, engine: Engine, tutor: Tutor
) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    slot(week, "14:00–15:00, free").click()
    slot(week, "14:00–15:00, to be removed").click()
    other = context.new_page()
    sign_in(other, tutor.token)
    open_week(other, site, tutor)
    click_at(other, WEDNESDAY, 16 * HOUR)
    save(other)
    week.get_by_role("button", name="Later").click()
    wait_until_loaded(week)
    week.get_by_role("button", name="Earlier").click()
    expect(slot(week, "16:00–17:00, free")).to_be_visible()
    week.get_by_role("button", name="Undo", exact=True).click()
    assert [line.split(", ")[:2] for line in slot_texts(week, WEDNESDAY)][-1] == ["16:00–17:00", "free"]
    expect(week.get_by_text("1 change not saved")).to_be_visible()


def test_explanations_stay_if_the_answer_without_explanations_arrives_last(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    add_booking(engine, tutor, WEDNESDAY, "14:00", "AWAITING_PAYMENT")
    plain = re.compile(r"get_availability\?(?!.*explain)")
    waiting = hold_reads(page, plain)
    sign_in(page, tutor.token)
    with page.expect_response(re.compile("explain=true")):
        page.goto(f"{site}/week?tutor={tutor.id}&date={WEDNESDAY}")
    expect(slot(page, "14:00–15:00, held for a student who is paying")).to_be_visible()
    for route in waiting:
        route.continue_()
    page.unroute(plain)
    assert slot_texts(page, WEDNESDAY)[2].startswith("14:00–15:00, held for a student who is paying")


def test_the_reason_and_the_note_stay_after_a_conflict(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "09:00–10:00, free").click()
    slot(week, "14:00–15:00, free").click()
    dialog = open_review(week)
    dialog.get_by_label("Why").select_option("Illness")
    dialog.get_by_label("Note for the history").fill("flu")
    add_booking(engine, tutor, WEDNESDAY, "14:00")
    dialog.get_by_role("button", name="Save", exact=True).click()
    dialog.get_by_role("button", name="Keep them and continue").click()
    week.keyboard.press("Escape")
    save(week)
    expect(status(week)).to_contain_text("Saved: 0 added, 1 removed.")
    assert {(row.reason, row.notes) for row in log_rows(engine, tutor)} == {("illness", "flu")}


def test_an_undo_without_an_answer_is_not_sent_again(week: Page, engine: Engine, tutor: Tutor) -> None:
    slot(week, "09:00–10:00, free").click()
    save(week)

    def lose(route: Route) -> None:
        route.fetch()
        route.abort()

    week.route("**/update_availability", lose)
    week.get_by_role("button", name="Undo the save").click()
    expect(status(week)).to_contain_text("It isn't certain whether the save was undone. Look at the week")
    expect(slot(week, "09:00–10:00, free")).to_be_visible()
    assert versions(engine, tutor) == {WEDNESDAY: 2}
    week.unroute("**/update_availability", lose)


def test_undoing_a_save_does_not_remove_a_slot_that_is_booked_now(week: Page, engine: Engine, tutor: Tutor) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    save(week)
    expect(status(week)).to_contain_text("Saved: 1 added")
    add_booking(engine, tutor, THURSDAY, "09:00")
    week.get_by_role("button", name="Undo the save").click()
    expect(status(week)).to_contain_text("a slot that it added is booked now")
    expect(slot(week, "09:00–10:00, booked")).to_be_visible()
