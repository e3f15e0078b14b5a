"""The page around the views: who is looking, and at which view."""

import json
from collections.abc import Sequence

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine
from werkzeug import Request, Response
from werkzeug.utils import send_from_directory

from local import demo
from local.dashboard import BUILT
from tests.browser.conftest import barriers, sign_in
from tests.builders import ADMIN, Tutor, add_tutor, stored_slots
from tests.hosts import served

TUTOR_VIEWS = ["Week", "History", "Statistics", "What students see"]


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    return add_tutor(engine)


def views(page: Page) -> list[str]:
    """Return which views the page offers."""
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    return page.get_by_role("navigation", name="Views").get_by_role("link").all_inner_texts()


def test_whoever_is_not_signed_in_sees_what_students_see(page: Page, site: str, tutor: Tutor) -> None:
    page.goto(f"{site}/#/{tutor.id}")
    assert views(page) == []
    expect(page.get_by_role("heading", name="Free times")).to_be_visible()


def test_signing_in_with_a_token_opens_the_week(page: Page, site: str, tutor: Tutor) -> None:
    page.goto(f"{site}/#/{tutor.id}")
    page.get_by_role("link", name="Sign in").click()
    token = page.get_by_label("Token of your web app")
    token.fill("not a token")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("That isn't a token")
    assert barriers(page) == []
    token.fill(tutor.token)
    page.get_by_role("button", name="Sign in").click()
    assert views(page) == TUTOR_VIEWS
    page.reload()
    assert views(page) == TUTOR_VIEWS
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_each_view_has_its_title(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, ADMIN)
    page.goto(f"{site}/#/{tutor.id}")
    expect(page).to_have_title("Week – Slotledger")
    for view, title in (
        ("History", "History"),
        ("Statistics", "Statistics"),
        ("What students see", "Free times"),
        ("All tutors", "All tutors"),
    ):
        page.get_by_role("link", name=view).click()
        expect(page).to_have_title(f"{title} – Slotledger")


def test_the_browsers_font_size_counts(page: Page, site: str, tutor: Tutor) -> None:
    page.goto(f"{site}/#/{tutor.id}")
    settings = page.context.new_cdp_session(page)
    settings.send("Page.setFontSizes", {"fontSizes": {"standard": 24}})
    expect(page.get_by_role("heading", name="Free times")).to_have_css("font-size", "36px")


def test_admins_see_all_tutors_besides(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, ADMIN)
    page.goto(f"{site}/#/{tutor.id}")
    assert views(page) == [*TUTOR_VIEWS, "All tutors"]


def test_the_demo_is_looked_at_as_whom_one_likes(
    page: Page, site: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setattr(demo, "tutors_of", lambda _: demo.DEMO_TUTORS[:2])
    page.goto(site)
    assert views(page) == TUTOR_VIEWS
    look_as = page.get_by_role("combobox", name="Look as")
    look_as.select_option("support (admin)")
    assert views(page) == [*TUTOR_VIEWS, "All tutors"]
    page.get_by_role("combobox", name="Tutor", exact=True).select_option("Anton Bruun")
    page.wait_for_url(f"{site}/#/{demo.DEMO_TUTORS[1].id}/week")
    look_as.select_option("a student")
    expect(page.get_by_role("navigation", name="Views")).to_have_count(0)


@pytest.fixture
def two(site: str, monkeypatch: pytest.MonkeyPatch) -> Sequence[demo.DemoTutor]:
    """The demo, with two tutors to choose from."""
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setattr(demo, "tutors_of", lambda _: demo.DEMO_TUTORS[:2])
    return demo.DEMO_TUTORS[:2]


def test_all_tutors_lead_back_to_the_tutor_looked_at_last(page: Page, site: str, two: Sequence[demo.DemoTutor]) -> None:
    page.goto(f"{site}/#/{two[1].id}/free")
    page.get_by_role("combobox", name="Look as").select_option("support (admin)")
    page.get_by_role("link", name="All tutors").click()
    expect(page.get_by_role("heading", name="All tutors")).to_be_visible()
    page.get_by_role("link", name="What students see").click()
    page.wait_for_url(f"{site}/#/{two[1].id}/free")


def test_a_tutor_who_is_not_in_the_list_is_looked_at_as_support(
    page: Page, site: str, tutor: Tutor, two: Sequence[demo.DemoTutor]
) -> None:
    page.goto(f"{site}/#/{tutor.id}/history")
    chosen = page.get_by_role("combobox", name="Tutor", exact=True).locator("option:checked")
    expect(chosen).to_have_text(str(tutor.id)[-8:])
    expect(page.get_by_text("In the demo, look at this tutor as support: choose “support (admin)”")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in")).to_have_count(0)
    assert barriers(page) == []
    page.get_by_role("combobox", name="Look as").select_option("support (admin)")
    expect(page.get_by_text("No change in the last 30 days.")).to_be_visible()
    page.get_by_role("combobox", name="Tutor", exact=True).select_option(two[0].name)
    page.wait_for_url(f"{site}/#/{two[0].id}/history")
    expect(page.get_by_role("combobox", name="Tutor", exact=True).locator("option")).to_have_count(2)


def test_the_files_work_on_any_host(
    page: Page, site: str, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a folder of a host that serves files alone, with the functions elsewhere, each at its own URL."""
    functions = ("get_availability", "update_availability", "audit_history", "audit_stats")
    urls = {name: f"{site}/{name}/" for name in functions}
    told = {"urls": urls, "tutors": [{"tutorId": str(tutor.id), "name": "Ada"}]}
    policy = f"default-src 'self'; img-src 'self' data:; connect-src 'self' {site}; frame-ancestors 'none'"

    @Request.application
    def host(request: Request) -> Response:
        name = request.path.removeprefix("/tutors/")
        if name == "config.json":
            return Response(json.dumps(told), content_type="application/json")
        response = send_from_directory(BUILT, name or "index.html", request.environ)
        response.headers["Content-Security-Policy"] = policy
        return response

    with served(host) as elsewhere:
        monkeypatch.setenv("ALLOWED_ORIGINS", elsewhere)
        sign_in(page, tutor.token)
        page.goto(f"{elsewhere}/tutors/")
        page.get_by_label("Start").fill("23:00")
        day = page.get_by_role("combobox", name="Day")
        day.select_option(day.locator("option").last.get_attribute("value"))
        page.get_by_role("button", name="Offer", exact=True).click()
        page.get_by_role("button", name="Review and save").click()
        page.get_by_role("dialog").get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_role("status")).to_contain_text("Saved: 1 offered, 0 withdrawn.")
        page.get_by_role("link", name="History").click()
        expect(page.get_by_text("1 change of the last 30 days.")).to_be_visible()
    assert len(stored_slots(engine, tutor)) == 1
