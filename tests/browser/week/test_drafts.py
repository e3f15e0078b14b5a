"""Drafts, which are edits that aren't saved yet: how long they are kept, who sees them, and how they are saved."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import BrowserContext, Dialog, Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import sign_in, sign_out
from tests.browser.week.conftest import (
    HOUR,
    THURSDAY,
    click_at,
    go_to,
    open_review,
    open_week,
    save,
    show_all_hours,
    slot,
    slot_texts,
    status,
    wait_until_loaded,
)
from tests.builders import (
    ADMIN,
    Tutor,
    add_tutor,
    log_rows,
    make_token,
)


def test_a_draft_is_kept_while_other_views_are_open(week: Page) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    week.get_by_role("button", name="Later").click()
    wait_until_loaded(week)
    week.get_by_role("link", name="What students see").click()
    week.get_by_role("link", name="Week (not saved)").click()
    expect(week.get_by_text("1 change not saved")).to_be_visible()
    go_to(week, THURSDAY)
    assert slot_texts(week, THURSDAY) == ["09:00–10:00, to be added, 03:00 your time"]


def test_a_draft_survives_a_reload_and_a_closed_tab(
    week: Page, context: BrowserContext, site: str, tutor: Tutor
) -> None:
    """There is no warning, because nothing is lost. Undo begins anew."""
    dialogs: list[str] = []
    week.on("dialog", lambda dialog: dialogs.append(dialog.type))
    click_at(week, THURSDAY, 9 * HOUR)
    slot(week, "09:00–10:00, free").click()
    week.reload()
    expect(week.get_by_text("2 changes not saved")).to_be_visible()
    assert dialogs == []
    week.close()
    again = context.new_page()
    sign_in(again, tutor.token)
    open_week(again, site, tutor)
    assert slot_texts(again, THURSDAY) == ["09:00–10:00, to be added, 03:00 your time"]
    save(again)
    expect(status(again)).to_contain_text("Saved: 1 added, 1 removed.")
    again.reload()
    wait_until_loaded(again)
    expect(again.get_by_text("Everything is saved")).to_be_visible()


def test_a_draft_survives_an_expired_token(week: Page, site: str, tutor: Tutor) -> None:
    click_at(week, THURSDAY, 9 * HOUR)
    expired = make_token(tutor.user_id, exp=datetime.now(UTC) - timedelta(hours=1))
    week.evaluate("token => sessionStorage.setItem('slotledger.token', token)", expired)
    week.get_by_role("button", name="Save", exact=True).click()
    expect(week.get_by_role("alert")).to_contain_text("You are not signed in any more.")
    week.evaluate("token => sessionStorage.setItem('slotledger.token', token)", tutor.token)
    week.get_by_role("button", name="Save", exact=True).click()
    expect(status(week)).to_contain_text("Saved: 1 added")


def test_two_tabs_know_of_each_others_drafts(week: Page, context: BrowserContext, site: str, tutor: Tutor) -> None:
    """Each says that the other has changes. A draft that both have is gone from both when one has saved it."""
    other = context.new_page()
    sign_in(other, tutor.token)
    open_week(other, site, tutor)
    click_at(week, THURSDAY, 9 * HOUR)
    expect(other.get_by_text("Another tab has changes of this tutor")).to_be_visible()
    other.reload()
    expect(slot(other, "09:00–10:00, to be added")).to_be_visible()
    show_all_hours(other)
    save(other)
    expect(week.get_by_text("Everything is saved")).to_be_visible()
    expect(slot(week, "09:00–10:00, free")).to_have_count(2)  # that of Wednesday, too
    click_at(other, THURSDAY, 11 * HOUR)
    expect(week.get_by_text("Another tab has changes of this tutor")).to_be_visible()
    save(other)
    expect(week.get_by_text("Another tab has changes of this tutor")).to_have_count(0)


def test_an_edit_by_an_admin_has_the_reason_admin_action(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    sign_in(page, ADMIN)
    open_week(page, site, tutor)
    slot(page, "09:00–10:00, free").click()
    save(page)
    expect(status(page)).to_contain_text("Saved: 0 added, 1 removed.")
    assert [row.reason for row in log_rows(engine, tutor)] == ["admin_action"]


def test_an_expired_token_is_reported_when_the_week_is_opened(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    sign_in(page, make_token(tutor.user_id, exp=datetime.now(UTC) - timedelta(hours=1)))
    open_week(page, site, tutor)
    expect(page.get_by_role("alert")).to_contain_text("You are not signed in any more.")


@pytest.mark.parametrize("is_support", [False, True])
def test_only_the_reasons_of_the_role_can_be_chosen(page: Page, site: str, tutor: Tutor, is_support: bool) -> None:
    """Nobody can choose "Undo", because only undoing an edit has this reason. Only admins can choose "Support"."""
    sign_in(page, ADMIN if is_support else tutor.token)
    open_week(page, site, tutor)
    slot(page, "09:00–10:00, free").click()
    why = open_review(page).get_by_label("Why")
    expect(why).to_be_visible()
    reasons = why.locator("option").all_inner_texts()
    assert ("Undo" in reasons, "Support" in reasons, "Edit" in reasons) == (False, is_support, True)


def test_each_tutor_has_a_separate_draft(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    other = add_tutor(engine)
    sign_in(page, ADMIN)
    open_week(page, site, tutor)
    click_at(page, THURSDAY, 9 * HOUR)
    page.evaluate(f"history.pushState(null, '', '/week?tutor={other.id}')")
    expect(page.get_by_text("Everything is saved")).to_be_visible()
    page.go_back()
    expect(page.get_by_text("1 change not saved")).to_be_visible()


def test_a_save_in_one_tab_keeps_the_changes_of_another(
    week: Page, context: BrowserContext, site: str, engine: Engine, tutor: Tutor
) -> None:
    other = context.new_page()
    sign_in(other, tutor.token)
    open_week(other, site, tutor)
    click_at(other, THURSDAY, 11 * HOUR)
    expect(week.get_by_text("Another tab has changes of this tutor")).to_be_visible()
    slot(week, "09:00–10:00, free").click()
    expect(other.get_by_text("Another tab has changes of this tutor")).to_be_visible()
    save(other)
    expect(status(other)).to_contain_text("Saved: 1 added")
    week.reload()
    expect(week.get_by_text("1 change not saved")).to_be_visible()
    week.keyboard.press("Control+Enter")
    expect(status(week)).to_contain_text("Saved: 0 added, 1 removed.")


def test_signing_out_drops_the_draft(week: Page, engine: Engine, tutor: Tutor) -> None:
    """The menu says so before. Nobody else sees the draft."""
    click_at(week, THURSDAY, 9 * HOUR)
    for token in (ADMIN, make_token(tutor.user_id)):
        sign_out(week)
        week.get_by_label("Token of your web app").fill(token)
        week.get_by_role("button", name="Sign in").click()
        expect(week.get_by_text("Everything is saved")).to_be_visible()
    assert not [key for key in week.evaluate("Object.keys(localStorage)") if "draft" in key]


def test_a_token_that_the_web_app_renewed_is_used(week: Page, engine: Engine, tutor: Tutor) -> None:
    renewed = make_token(tutor.user_id, jti="renewed")
    week.evaluate("token => sessionStorage.setItem('slotledger.token', token)", renewed)
    slot(week, "09:00–10:00, free").click()
    with week.expect_request("**/update_availability") as sent:
        open_review(week)
    assert sent.value.headers["authorization"] == f"Bearer {renewed}"


def test_the_page_can_be_left_without_a_warning_when_everything_is_saved(week: Page) -> None:
    dialogs: list[str] = []

    def leave(dialog: Dialog) -> None:
        dialogs.append(dialog.type)
        dialog.accept()

    week.on("dialog", leave)
    slot(week, "09:00–10:00, free").click()
    save(week)
    expect(status(week)).to_contain_text("Saved: 0 added, 1 removed.")
    week.reload()
    wait_until_loaded(week)
    assert dialogs == []
