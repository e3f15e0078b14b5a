"""Errors outside the views: files that can't be loaded, invalid answers, browsers without storage or a time zone."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import Engine

from tests.browser.conftest import axe_violations, screenshot, sign_in, sign_out
from tests.browser.week.conftest import offer, wait_until_loaded
from tests.builders import Tutor, add_tutor


@pytest.fixture
def tutor(site: str, engine: Engine) -> Tutor:
    return add_tutor(engine)


@contextmanager
def failing(page: Page, url: str) -> Iterator[None]:
    """Make requests for a URL fail during the block."""

    def abort(route: Route) -> None:
        route.abort()

    page.route(url, abort)
    yield
    page.unroute(url, abort)


def heading(page: Page, name: str) -> Locator:
    """Return the heading of a view."""
    return page.get_by_role("heading", name=name, level=2)


def answer_with(page: Page, url: str, body: str, status: int = 200, content_type: str = "application/json") -> None:
    """Answer requests for a URL in place of the server."""

    def fulfill(route: Route) -> None:
        route.fulfill(status=status, body=body, content_type=content_type)

    page.route(url, fulfill)


def add_slot(page: Page) -> None:
    """Add a slot to the week, without saving."""
    wait_until_loaded(page)
    offer(page, None, "23:00")
    page.keyboard.press("Escape")


def test_if_a_view_cannot_be_loaded_the_other_views_work_and_the_draft_stays(
    page: Page, site: str, tutor: Tutor
) -> None:
    sign_in(page, tutor.token)
    page.goto(f"{site}/week?tutor={tutor.id}")
    add_slot(page)
    week = page.get_by_role("link", name="Week (not saved)")
    with failing(page, "**/assets/HistoryView-*"):
        page.get_by_role("link", name="History").click()
        alert = page.get_by_role("alert")
        expect(alert).to_contain_text("This view couldn't be loaded. Check the connection, then try again.")
        expect(alert).to_contain_text("save what isn't saved yet, then reload the page")
        assert axe_violations(page) == []
        screenshot(page, "view-not-loaded")
        page.get_by_role("button", name="Try again").click()
        expect(alert).to_contain_text("This view couldn't be loaded.")
        week.click()
        expect(page.get_by_role("button", name="Review", exact=True)).to_be_enabled()
        page.get_by_role("link", name="History").click()
        expect(alert).to_contain_text("This view couldn't be loaded.")
    page.get_by_role("button", name="Try again").click()
    expect(heading(page, "History")).to_be_visible()
    expect(page.locator(".timeline")).to_have_css("min-height", "600px")  # from the style sheet
    expect(week).to_be_visible()


def test_if_an_answer_breaks_a_view_the_other_views_work(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, tutor.token)
    page.goto(f"{site}/history?tutor={tutor.id}")
    expect(heading(page, "History")).to_be_visible()
    answer_with(page, "**/get_availability?*", '{"timeZone": "Europe/Copenhagen", "days": [null]}')
    page.get_by_role("link", name="What students see").click()
    expect(page.get_by_role("alert")).to_contain_text("This view can't be shown. Try again;")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(heading(page, "Ada")).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(heading(page, "History")).to_be_visible()


def test_a_browser_without_a_time_zone_uses_utc(page: Page, site: str, tutor: Tutor) -> None:
    page.add_init_script("""
        const resolved = Intl.DateTimeFormat.prototype.resolvedOptions;
        Intl.DateTimeFormat.prototype.resolvedOptions = function () {
            return { ...resolved.call(this), timeZone: "Etc/Unknown" };
        };""")
    sign_in(page, tutor.token)
    page.goto(f"{site}/book?tutor={tutor.id}")
    expect(page.get_by_label("Times are in the zone").locator("option:checked")).to_have_text("UTC")
    page.get_by_role("link", name="History").click()
    expect(page.get_by_text("Yours (UTC's) are beside them.")).to_be_visible()


def test_signing_in_works_without_session_storage(page: Page, site: str, tutor: Tutor) -> None:
    page.add_init_script("""
        Object.defineProperty(window, "sessionStorage", {
            get() { throw new DOMException("It is forbidden.", "SecurityError"); },
        });""")
    page.goto(f"{site}/history?tutor={tutor.id}")
    page.get_by_label("Token of your web app").fill(tutor.token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Nothing was changed in the last 30 days.")).to_be_visible()
    sign_out(page)
    expect(heading(page, "Sign in")).to_be_visible()


def test_a_config_needs_no_tutors(page: Page, site: str, tutor: Tutor) -> None:
    answer_with(page, "**/config.json", '{"baseUrl": "."}')
    page.goto(f"{site}/?tutor={tutor.id}")
    expect(heading(page, "Ada")).to_be_visible()


CONFIGS = {
    "no file": ("", 404, "There is no config.json beside this page. Put one there, with the URLs of the functions"),
    "an HTML page": ("<!doctype html>", 200, "is not valid. Write it as the dashboard's README describes."),
    "null": ("null", 200, "is not valid. Write it as the dashboard's README describes."),
    "a gateway's error": ("", 502, "couldn't be loaded. Check the connection, then try again."),
}


@pytest.mark.parametrize("config", CONFIGS)
def test_a_missing_or_invalid_config_has_an_error_message(page: Page, site: str, tutor: Tutor, config: str) -> None:
    body, status, message = CONFIGS[config]
    answer_with(page, "**/config.json", body, status)
    page.goto(f"{site}/?tutor={tutor.id}")
    expect(page.get_by_role("alert")).to_contain_text(message)
    expect(page.get_by_role("alert")).not_to_contain_text("..")
    page.unroute_all()
    page.get_by_role("button", name="Try again").click()
    expect(heading(page, "Ada")).to_be_visible()


def test_a_config_that_cannot_be_loaded_has_an_error_message(page: Page, site: str, tutor: Tutor) -> None:
    with failing(page, "**/config.json"):
        page.goto(f"{site}/?tutor={tutor.id}")
        expect(page.get_by_role("alert")).to_contain_text("config.json couldn't be loaded. Check the connection")


PROBLEM = '{"type": "", "title": "", "status": 400, "detail": "days: too many.", "code": "invalid_request"}'
ANSWERS = {
    "a gateway's page": ("<h1>Bad Gateway</h1>", 502, "text/html", "The server is busy or restarting. Try again"),
    "too many requests": ("slow down", 429, "text/plain", "The server is busy or restarting. Try again"),
    "an invalid request": (PROBLEM, 400, "application/problem+json", "That didn't work: days: too many."),
    "a body that is too large": (
        PROBLEM.replace("invalid_request", "body_too_large"),
        413,
        "application/problem+json",
        "fewer weeks",
    ),
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_error_answer_has_an_error_message(page: Page, site: str, tutor: Tutor, answer: str) -> None:
    body, status, content_type, message = ANSWERS[answer]
    page.clock.install()
    answer_with(page, "**/get_availability?*", body, status, content_type)
    page.goto(f"{site}/?tutor={tutor.id}")
    page.clock.run_for(60_000)  # so that the client's retries end
    expect(page.get_by_role("alert")).to_contain_text(message)
    expect(page.get_by_role("alert")).not_to_contain_text("..")
