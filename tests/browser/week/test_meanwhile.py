"""What others do meanwhile, and what gets lost on the way: no edit is."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect
from sqlalchemy import Engine, select, text

from migrations.tables import tutor_availability_log
from tests.browser.conftest import barriers, keep, sign_in
from tests.browser.week.conftest import (
    HOUR,
    THURSDAY,
    WEDNESDAY,
    at,
    click_at,
    column,
    is_read,
    open_week,
    review,
    said,
    save,
    shown,
    slot,
)
from tests.builders import (
    Tutor,
    add_booking,
    add_slots,
    log_rows,
    stored_slots,
    versions,
)


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
    expect(slot(week, "17:00–18:00, to be offered")).to_be_visible()
    click_at(week, THURSDAY, 11 * HOUR)
    expect(slot(week, "11:00–12:00, to be offered")).to_be_visible()
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


def test_what_was_booked_meanwhile_is_not_undone(week: Page, engine: Engine, tutor: Tutor) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    save(week)
    expect(said(week)).to_contain_text("Saved: 1 offered")
    add_booking(engine, tutor, THURSDAY, "09:00")
    week.get_by_role("button", name="Undo the save").click()
    expect(said(week)).to_contain_text("a slot that this would withdraw was booked meanwhile")
    expect(slot(week, "09:00–10:00, booked")).to_be_visible()
