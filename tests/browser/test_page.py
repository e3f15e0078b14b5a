"""The parts that all views have: signing in, the choice of the tutor, the choice "Look as", and the navigation."""

import json
import re
from collections.abc import Sequence

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import Engine, insert
from werkzeug import Request, Response
from werkzeug.utils import send_from_directory

from local import demo
from local.dashboard import BUILT, VIEWS
from migrations.tables import tutors
from tests.browser.conftest import axe_violations, look_as, open_menu, sign_in, sign_out
from tests.browser.week.conftest import offer
from tests.builders import ADMIN, Tutor, add_tutor, stored_slots
from tests.hosts import served

TUTOR_VIEWS = ["Week", "Usual week", "History", "Insights", "What students see"]
SUPPORT_VIEWS = ["History", "Why?", "Week", "Insights", "Platform"]


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    return add_tutor(engine)


def expect_views(page: Page, names: list[str]) -> None:
    """Wait until the navigation has links with these texts."""
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    expect(page.get_by_role("navigation", name="Views").get_by_role("link")).to_have_text(names)


def test_without_a_token_the_page_shows_the_free_times(page: Page, site: str, tutor: Tutor) -> None:
    page.goto(f"{site}/?tutor={tutor.id}")
    expect_views(page, [])
    expect(page.get_by_role("heading", name="Ada")).to_be_visible()


def test_signing_in_with_a_token_opens_the_week(page: Page, site: str, tutor: Tutor) -> None:
    page.goto(f"{site}/?tutor={tutor.id}")
    page.get_by_role("link", name="Sign in").click()
    token = page.get_by_label("Token of your web app")
    token.fill("not a token")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("That is not a token")
    assert axe_violations(page) == []
    token.fill(tutor.token)
    page.get_by_role("button", name="Sign in").click()
    expect_views(page, TUTOR_VIEWS)
    page.reload()
    expect_views(page, TUTOR_VIEWS)
    sign_out(page)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_each_view_has_its_title(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, ADMIN)
    page.goto(f"{site}/week?tutor={tutor.id}")
    expect(page).to_have_title("Week – Slotledger")
    for view in ("History", "Why?", "Insights", "Platform"):
        page.get_by_role("link", name=view).click()
        expect(page).to_have_title(f"{view} – Slotledger")
    for view, title in (("usual", "Usual week"), ("book", "Free times")):
        page.goto(f"{site}/{view}?tutor={tutor.id}")
        expect(page).to_have_title(f"{title} – Slotledger")


def test_the_page_follows_the_browsers_font_size(page: Page, site: str, tutor: Tutor) -> None:
    page.goto(f"{site}/?tutor={tutor.id}")
    settings = page.context.new_cdp_session(page)
    settings.send("Page.setFontSizes", {"fontSizes": {"standard": 24}})
    expect(page.get_by_role("heading", name="Ada")).to_have_css("font-size", "36px")


def test_admins_have_a_link_to_all_tutors(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, ADMIN)
    page.goto(f"{site}/?tutor={tutor.id}")
    expect_views(page, SUPPORT_VIEWS)


def test_the_viewer_of_the_demo_can_look_as_tutor_support_or_student(
    page: Page, site: str, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setattr(demo, "tutors_of", lambda _: demo.DEMO_TUTORS[:2])
    page.goto(site)
    expect_views(page, TUTOR_VIEWS)
    look_as(page, "support (admin)")
    expect_views(page, SUPPORT_VIEWS)
    page.get_by_role("combobox", name="Tutor", exact=True).select_option("Anton Bruun")
    page.wait_for_url(f"{site}/week?tutor={demo.DEMO_TUTORS[1].id}")
    look_as(page, "a visitor")
    expect(page.get_by_role("navigation", name="Views")).to_have_count(0)


@pytest.mark.parametrize(
    ("old", "new", "title"),
    [
        ("#/{id}/week", "week?tutor={id}", "Week"),
        ("#/{id}/usual", "usual?tutor={id}", "Usual week"),
        ("#/{id}/history", "history?tutor={id}", "History"),
        ("#/{id}/statistics", "statistics?tutor={id}", "Insights"),
        ("#/{id}/free", "book?tutor={id}", "Free times"),
        ("#/{id}", "history?tutor={id}", "History"),
        ("#/find?minutes=45", "book?minutes=45", "Find"),
        ("#/platform", "platform", "Platform"),
    ],
)
def test_an_old_link_leads_to_the_same_view(
    page: Page, site: str, tutor: Tutor, old: str, new: str, title: str
) -> None:
    """Such a link has the view after a #. It works on a new page and on one that is open, and replaces itself."""
    sign_in(page, ADMIN)
    page.goto(f"{site}/{old.format(id=tutor.id)}")
    page.wait_for_url(f"{site}/{new.format(id=tutor.id)}")
    expect(page).to_have_title(f"{title} – Slotledger")
    page.goto(f"{site}/lessons")
    expect(page).to_have_title("My lessons – Slotledger")
    page.evaluate("old => location.assign(old)", old.format(id=tutor.id))
    page.wait_for_url(f"{site}/{new.format(id=tutor.id)}")
    expect(page).to_have_title(f"{title} – Slotledger")


@pytest.mark.parametrize("view", VIEWS)
def test_each_view_can_be_reloaded(page: Page, site: str, tutor: Tutor, view: str) -> None:
    sign_in(page, ADMIN)
    page.goto(f"{site}/{view}?tutor={tutor.id}")
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    expect(page).to_have_title(re.compile(" – "))
    title = page.title()
    page.reload()
    expect(page.get_by_role("heading", level=2).first).to_be_visible()
    expect(page).to_have_title(title)


def test_back_and_forward_lead_through_the_views(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, tutor.token)
    page.goto(site)
    page.wait_for_url(f"{site}/week")  # in place of the address without a view
    page.get_by_role("link", name="Usual week").click()
    expect(page.get_by_role("heading", name="Usual week")).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", name="History")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Usual week")).to_be_visible()
    page.go_back()
    expect(page).to_have_title("Week – Slotledger")
    page.go_forward()
    expect(page.get_by_role("heading", name="Usual week")).to_be_visible()
    assert page.url == f"{site}/usual"


@pytest.fixture
def demo_tutors(site: str, monkeypatch: pytest.MonkeyPatch) -> Sequence[demo.DemoTutor]:
    """Limit the demo to two tutors; return them."""
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setattr(demo, "tutors_of", lambda _: demo.DEMO_TUTORS[:2])
    return demo.DEMO_TUTORS[:2]


def test_links_in_the_view_all_tutors_lead_to_the_last_tutor(
    page: Page, site: str, demo_tutors: Sequence[demo.DemoTutor]
) -> None:
    page.goto(f"{site}/book?tutor={demo_tutors[1].id}")
    look_as(page, "support (admin)")
    page.get_by_role("link", name="Platform").click()
    expect(page.get_by_role("heading", name="Platform")).to_be_visible()
    page.get_by_role("link", name="Week", exact=True).click()
    page.wait_for_url(f"{site}/week?tutor={demo_tutors[1].id}")


@pytest.mark.parametrize("view", ["week", "history", "statistics", "platform"])
def test_looking_as_a_student_shows_the_free_times(
    page: Page, site: str, engine: Engine, demo_tutors: Sequence[demo.DemoTutor], view: str
) -> None:
    add_demo_tutor(engine, demo_tutors[0])
    page.goto(f"{site}/platform" if view == "platform" else f"{site}/{view}?tutor={demo_tutors[0].id}")
    look_as(page, "support (admin)")
    expect(page.get_by_role("navigation", name="Views").locator("[aria-current=page]")).to_be_visible()
    look_as(page, "a visitor")
    name = "Find a lesson" if view == "platform" else demo_tutors[0].name
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    expect(page).to_have_title(f"{'Find' if view == 'platform' else 'Free times'} – Slotledger")
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_address_of_all_tutors_shows_a_tutor_their_own_statistics(
    page: Page, site: str, engine: Engine, demo_tutors: Sequence[demo.DemoTutor]
) -> None:
    add_demo_tutor(engine, demo_tutors[0])
    page.goto(f"{site}/platform")
    expect(page.get_by_role("heading", name="Insights")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def add_demo_tutor(engine: Engine, tutor: demo.DemoTutor) -> None:
    """Add a tutor of the demo to the database, without slots."""
    with engine.begin() as connection:
        row = {"id": tutor.id, "user_id": tutor.user_id, "name": tutor.name, "time_zone": tutor.time_zone}
        connection.execute(insert(tutors), row)


def test_a_tutor_who_is_not_in_the_demo_is_shown_only_to_support(
    page: Page, site: str, tutor: Tutor, demo_tutors: Sequence[demo.DemoTutor]
) -> None:
    page.goto(f"{site}/history?tutor={tutor.id}")
    chosen = page.get_by_role("combobox", name="Tutor", exact=True).locator("option:checked")
    expect(chosen).to_have_text(str(tutor.id)[-8:])
    expect(page.get_by_text("Look at this tutor as support: choose “support (admin)”")).to_be_visible()
    expect(page.get_by_role("button", name="Sign in")).to_have_count(0)
    assert axe_violations(page) == []
    look_as(page, "support (admin)")
    expect(page.get_by_text("Nothing was changed in the last 30 days.")).to_be_visible()
    page.get_by_role("combobox", name="Tutor", exact=True).select_option(demo_tutors[0].name)
    page.wait_for_url(f"{site}/history?tutor={demo_tutors[0].id}")
    expect(page.get_by_role("combobox", name="Tutor", exact=True).locator("option")).to_have_count(2)


def test_the_files_work_on_another_host(
    page: Page, site: str, engine: Engine, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A static host serves the files from a folder. In the config, each function has its own URL."""
    functions = ("get_availability", "update_availability", "audit_history", "audit_stats", "tutors")
    urls = {name: f"{site}/{name}/" for name in functions}
    config = {"urls": urls, "tutors": [{"tutorId": str(tutor.id), "name": "Ada"}]}
    policy = f"default-src 'self'; img-src 'self' data:; connect-src 'self' {site}; frame-ancestors 'none'"

    @Request.application
    def host(request: Request) -> Response:
        name = request.path.removeprefix("/tutors/")
        if name == "config.json":
            return Response(json.dumps(config), content_type="application/json")
        response = send_from_directory(BUILT, name if "." in name else "index.html", request.environ)
        response.headers["Content-Security-Policy"] = policy
        return response

    with served(host) as host_url:
        monkeypatch.setenv("ALLOWED_ORIGINS", host_url)
        sign_in(page, tutor.token)
        page.goto(f"{host_url}/tutors/")
        expect(page.get_by_role("link", name="Usual week")).to_have_count(0)  # its function's URL isn't in the config
        offer(page, None, "23:00")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.locator(".status-bar").get_by_role("status")).to_contain_text("Saved: 1 added, 0 removed.")
        page.get_by_role("link", name="History").click()
        page.wait_for_url(f"{host_url}/tutors/history")
        page.reload()
        expect(page.get_by_text("1 change of the last 30 days.")).to_be_visible()
    assert len(stored_slots(engine, tutor)) == 1


def test_the_page_is_in_the_browsers_language(browser: Browser, site: str, tutor: Tutor) -> None:
    page = browser.new_page(locale="de-AT")
    sign_in(page, tutor.token)
    page.goto(f"{site}/history")
    navigation = page.get_by_role("navigation", name="Ansichten")
    expect(navigation.get_by_role("link")).to_have_text(
        ["Woche", "Übliche Woche", "Verlauf", "Einblicke", "Was Schüler sehen"]
    )
    expect(page.locator("html")).to_have_attribute("lang", "de")
    page.get_by_role("button", name="Konto und Einstellungen").click()
    page.get_by_role("combobox", name="Sprache").select_option("Dansk")
    expect(page.get_by_role("navigation", name="Visninger").get_by_role("link").first).to_have_text("Uge")
    page.reload()
    expect(page).to_have_title("Historik – Slotledger")
    page.context.close()


@pytest.mark.parametrize("width", [1280, 360])
def test_the_bar_has_room_for_longer_texts_from_right_to_left(page: Page, site: str, tutor: Tutor, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 740})
    sign_in(page, ADMIN)
    page.goto(f"{site}/history?tutor={tutor.id}&lang=xa")
    expect(page.locator("section")).to_have_attribute("aria-busy", "false")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    texts = page.get_by_role("navigation").get_by_role("link").all_inner_texts()
    assert [text for text in texts if text.isascii()] == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.locator(".account").click()
    box = page.locator(".menu").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width


def test_the_colours_that_the_viewer_chose_stay(page: Page, site: str, tutor: Tutor) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{site}/book?tutor={tutor.id}")
    open_menu(page)
    page.get_by_role("combobox", name="Colours").select_option("Dark")
    expect(page.locator("body")).to_have_css("background-color", "rgb(16, 17, 19)")
    assert axe_violations(page) == []
    page.reload()
    expect(page.locator("body")).to_have_css("background-color", "rgb(16, 17, 19)")
    open_menu(page)
    page.get_by_role("combobox", name="Colours").select_option("As the system")
    expect(page.locator("body")).to_have_css("background-color", "rgb(248, 248, 246)")
    page.keyboard.press("Escape")
    expect(page.get_by_role("combobox", name="Colours")).to_be_hidden()


def test_the_font_is_served_with_the_page(page: Page, site: str, tutor: Tutor) -> None:
    page.goto(f"{site}/book?tutor={tutor.id}")
    expect(page.get_by_role("heading", name="Ada")).to_be_visible()
    assert page.evaluate("document.fonts.ready.then(() => document.fonts.check('16px \"Inter Variable\"'))")


def test_another_user_of_the_tab_does_not_see_earlier_answers(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    """The page keeps answers, so that a view that is opened again begins with them. A sign-out forgets them."""
    sign_in(page, tutor.token)
    page.goto(f"{site}/statistics")
    expect(page.get_by_role("heading", name="Slots added and removed by week")).to_be_visible()
    sign_out(page)
    page.route("**/audit_stats?*", lambda route: route.abort())
    page.get_by_label("Token of your web app").fill(add_tutor(engine).token)
    page.get_by_role("button", name="Sign in").click()
    expect(page.locator("section")).to_have_attribute("aria-busy", "true")
    expect(page.get_by_text("Complete: the log has every edit")).to_have_count(0)
