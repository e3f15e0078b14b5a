"""Whose edit it is, who may save it, and how long it is kept."""

from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Dialog, Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import sign_in
from tests.browser.week.conftest import HOUR, THURSDAY, click_at, is_read, open_week, review, said, save, shown, slot
from tests.builders import (
    ADMIN,
    Tutor,
    add_tutor,
    log_rows,
    make_token,
)


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


def test_an_admin_edits_as_support(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    sign_in(page, ADMIN)
    open_week(page, site, tutor)
    slot(page, "09:00–10:00, free").click()
    save(page)
    expect(said(page)).to_contain_text("Saved: 0 offered, 1 withdrawn.")
    assert [row.reason for row in log_rows(engine, tutor)] == ["admin_action"]


def test_whoever_is_not_signed_in_any_more_is_told_at_once(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    sign_in(page, make_token(tutor.user_id, exp=datetime.now(UTC) - timedelta(hours=1)))
    open_week(page, site, tutor)
    expect(page.get_by_role("alert")).to_contain_text("You aren't signed in any more.")


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
