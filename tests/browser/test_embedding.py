"""The booker in a page of another origin, as the element `<slotledger-booker>` and in an `iframe`."""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, expect
from sqlalchemy import Engine, select

from local.dashboard import BUILT
from migrations.tables import bookings
from tests.browser.conftest import axe_violations, long_date, screenshot, tab_to
from tests.browser.embedding import Site, site_beside, static_host
from tests.browser.test_booking import run_out
from tests.builders import Tutor, add_slots, add_tutor, student
from tests.hosts import ROOT

BEN = student("Ben Lund")
MIA = student("Mia Okafor")
DAY = datetime.now(ZoneInfo("America/New_York")).date() + timedelta(days=3)
HOLD = f"Hold: {long_date(DAY)}, 09:00"
SNIPPETS = dict[str, list[str]]


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    tutor = add_tutor(engine)
    add_slots(engine, tutor, DAY, "09:00", "10:00", "11:00", zone="America/New_York")
    return tutor


@pytest.fixture
def school(site: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site that may use the API and have the booker in a frame."""
    with site_beside(site) as school:
        monkeypatch.setenv("ALLOWED_ORIGINS", school.origin)
        monkeypatch.setenv("FRAME_ANCESTORS", school.origin)
        yield school


def element(school: Site, tutor: Tutor | None, attributes: str = "") -> str:
    """Return the HTML of an element."""
    of_tutor = f' tutor="{tutor.id}"' if tutor else ""
    return f'<slotledger-booker api="{school.dashboard}"{of_tutor} {attributes}>Loading …</slotledger-booker>'


def loader(school: Site) -> str:
    return f'<script type="module" src="{school.dashboard}/booker.js"></script>'


def with_token(token: str | None, selector: str = "slotledger-booker") -> str:
    """Return a script that hands over a token."""
    return f"document.querySelector('{selector}').token = {json.dumps(token)};\n"


def open_booker(page: Page, school: Site, tutor: Tutor, token: str | None = BEN.token, style: str = "") -> Locator:
    """Open a page with the element, and wait for its times."""
    school.open(page, element(school, tutor), head=loader(school), script=with_token(token), style=style)
    booker = page.locator("slotledger-booker")
    expect(booker.locator(".times > li")).to_have_count(3)
    if token:
        expect(booker.get_by_role("button", name=HOLD)).to_be_visible()
    return booker


def said_by(page: Page) -> list[tuple[str, list[str]]]:
    """Return the types of the events, each with the status of its bookings."""
    events = page.evaluate("events")
    return [(event["type"], [each["status"] for each in event["bookings"]]) for event in events if "bookings" in event]


def stored(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(select(bookings.c.status).order_by(bookings.c.created_at)).scalars())


def confirm(booker: Locator | FrameLocator) -> None:
    booker.get_by_role("button", name="Confirm").click()
    expect(booker.get_by_role("heading", name="Booked: ")).to_be_visible()


def wait_until(page: Page, condition: str) -> None:
    """Wait until a condition is true. The policy of the page forbids Playwright's own way."""
    look = f"const look = () => ({condition}) ? done() : requestAnimationFrame(look); look();"
    page.evaluate(f"new Promise(done => {{ {look} }})")


def book_and_cancel(booker: Locator | FrameLocator) -> None:
    """Hold a time, let it go, hold another one and confirm it, and cancel that."""
    booker.get_by_role("button", name=HOLD).click()
    booker.get_by_role("button", name="Let it go").click()
    expect(booker.locator(".said")).to_contain_text("isn't held for you any more")
    booker.get_by_role("button", name=HOLD.replace("09", "10")).click()
    confirm(booker)
    booker.get_by_role("navigation").get_by_role("link", name="My lessons").click()
    booker.get_by_role("button", name="Cancel: ").click()
    booker.get_by_role("button", name="Cancel the lesson").click()
    expect(booker.locator(".said")).to_contain_text("Cancelled: ")


WHAT_HAPPENED = ["AWAITING_PAYMENT", "CANCELLED", "AWAITING_PAYMENT", "CONFIRMED", "CANCELLED"]
EVENTS = ["held", "cancelled", "held", "booked", "cancelled"]

# What a page has before the booker is in it, and must still have after that.
STATE_OF_PAGE = """() => ({
  title: document.title, address: location.href, length: history.length, state: history.state,
  html: document.documentElement.outerHTML.replace(/<slotledger-booker[^]*<.slotledger-booker>/, ""),
  sheets: document.adoptedStyleSheets.length, cookies: document.cookie,
  names: Object.keys(globalThis).concat(Object.getOwnPropertySymbols(globalThis).map(String)),
  pushState: history.pushState.toString(), replaceState: history.replaceState.toString(),
})"""


def test_a_student_books_in_the_element_and_the_page_is_told(
    page: Page, school: Site, tutor: Tutor, engine: Engine
) -> None:
    booker = open_booker(page, school, tutor)
    book_and_cancel(booker)
    assert said_by(page) == [(name, [status]) for name, status in zip(EVENTS, WHAT_HAPPENED, strict=True)]
    assert stored(engine) == ["CANCELLED", "CANCELLED"]
    assert page.evaluate("violations") == []


def test_a_lesson_that_moves_is_cancelled_and_booked(page: Page, school: Site, tutor: Tutor) -> None:
    booker = open_booker(page, school, tutor)
    booker.get_by_role("button", name=HOLD).click()
    confirm(booker)
    booker.get_by_role("navigation").get_by_role("link", name="My lessons").click()
    booker.get_by_role("button", name="Move: ").click()
    booker.get_by_role("button", name=re.compile("11:00")).click()
    booker.get_by_role("button", name="Move to ").click()
    expect(booker.locator(".said")).to_contain_text("Moved to ")
    assert [name for name, _ in said_by(page)] == ["held", "booked", "cancelled", "booked"]


def test_a_series_is_one_event(page: Page, school: Site, tutor: Tutor, engine: Engine) -> None:
    for week in (1, 2, 3):
        add_slots(engine, tutor, DAY + timedelta(weeks=week), "09:00", zone="America/New_York")
    booker = open_booker(page, school, tutor)
    booker.get_by_role("combobox", name="How often").select_option("every week, 4 times")
    booker.get_by_role("button", name="See the dates: ").first.click()
    booker.get_by_role("button", name="Hold 4 lessons").click()
    booker.get_by_role("button", name="Confirm 4 lessons").click()
    expect(booker.get_by_role("heading", name="Booked: 4 lessons")).to_be_visible()
    assert said_by(page) == [("held", ["AWAITING_PAYMENT"] * 4), ("booked", ["CONFIRMED"] * 4)]


def test_the_element_changes_nothing_else_of_the_page(page: Page, school: Site, tutor: Tutor) -> None:
    school.open(page, element(school, tutor))
    before = page.evaluate(STATE_OF_PAGE)
    school.files["/late.js"] = f'import "{school.dashboard}/booker.js"; {with_token(BEN.token)}'
    page.evaluate("import('./late.js')")
    booker = page.locator("slotledger-booker")
    book_and_cancel(booker)
    booker.get_by_role("combobox", name="Times are in the zone").select_option("Asia/Tokyo")
    expect(booker.get_by_role("combobox", name="Times are in the zone")).to_have_value("Asia/Tokyo")
    booker.evaluate("element => element.setAttribute('locale', 'da')")  # another file is loaded
    expect(booker.get_by_role("navigation").get_by_role("link").first).to_have_text("Ledige tider")
    assert page.evaluate(STATE_OF_PAGE) == before
    stores = page.evaluate("[localStorage, sessionStorage].map(store => ({ ...store }))")
    assert stores == [{"slotledger.zone": "Asia/Tokyo"}, {}]


def test_the_way_back_of_the_page_leads_out_of_it(page: Page, school: Site, tutor: Tutor) -> None:
    page.goto("about:blank")
    booker = open_booker(page, school, tutor)
    booker.get_by_role("button", name=HOLD).click()
    expect(booker.get_by_role("timer")).to_be_visible()
    page.go_back()
    assert page.url == "about:blank"


def test_visitors_see_times_and_students_book_when_the_page_signs_them_in(
    page: Page, school: Site, tutor: Tutor
) -> None:
    booker = open_booker(page, school, tutor, token=None)
    expect(booker.get_by_text("Sign in to book a time.")).to_be_visible()
    expect(booker.locator(".times button")).to_have_count(0)
    page.evaluate(with_token(BEN.token))
    expect(booker.get_by_role("button", name=HOLD)).to_be_visible()
    expect(booker.get_by_text("Sign in to book a time.")).to_have_count(0)
    page.evaluate(with_token(None))
    expect(booker.locator(".times button")).to_have_count(0)


def test_a_token_that_expired_is_replaced_by_the_page(page: Page, school: Site, tutor: Tutor) -> None:
    _, claims, signature = BEN.token.split(".")
    expired = f"eyJhbGciOiJIUzI1NiJ9.{claims}.{signature}"  # signed for another header, so the server refuses it
    school.open(page, element(school, tutor), head=loader(school), script=with_token(expired))
    booker = page.locator("slotledger-booker")
    expect(booker.get_by_text("You are not signed in any more. Sign in again on this page.")).to_be_visible()
    page.evaluate(with_token(BEN.token))
    expect(booker.get_by_role("button", name=HOLD)).to_be_visible()
    expect(booker.get_by_text("You are not signed in any more.")).to_have_count(0)


def test_two_elements_have_other_users_and_languages(page: Page, school: Site, tutor: Tutor, engine: Engine) -> None:
    other = add_tutor(engine)
    add_slots(engine, other, DAY, "15:00", zone="America/New_York")
    school.open(
        page,
        element(school, tutor, 'id="one"') + element(school, other, 'id="two" locale="de-DE"'),
        head=loader(school),
        script=with_token(BEN.token, "#one") + with_token(MIA.token, "#two"),
    )
    one, two = page.locator("#one"), page.locator("#two")
    expect(two.get_by_role("navigation").get_by_role("link")).to_have_text(["Freie Zeiten", "Meine Stunden"])
    expect(one.get_by_role("navigation").get_by_role("link")).to_have_text(["Free times", "My lessons"])
    one.get_by_role("button", name=HOLD).click()
    expect(one.get_by_role("timer")).to_be_visible()
    two.get_by_role("navigation").get_by_role("link", name="Meine Stunden").click()
    expect(two.get_by_text("Du hast keine kommenden Stunden.")).to_be_visible()
    expect(two.get_by_role("timer").or_(two.locator(".ring"))).to_have_count(0)
    expect(one.get_by_role("heading", name="Ada")).to_be_visible()
    assert [event["id"] for event in page.evaluate("events")] == ["one"]


@pytest.mark.parametrize(
    ("lang", "attributes", "expected"),
    [
        ("da", "", ["Ledige tider", "09.00"]),
        ("da", 'locale="en-US"', ["Free times", "9:00 AM"]),
        ("fr", "", ["Free times", "09:00"]),
        ("en", 'locale="de_AT"', ["Freie Zeiten", "09:00"]),
    ],
)
def test_the_language_is_the_attribute_or_that_of_the_page(
    page: Page, school: Site, tutor: Tutor, lang: str, attributes: str, expected: list[str]
) -> None:
    school.open(page, element(school, tutor, attributes), lang=lang, head=loader(school), script=with_token(BEN.token))
    booker = page.locator("slotledger-booker")
    expect(booker.get_by_role("navigation").get_by_role("link").first).to_have_text(expected[0])
    expect(booker.locator(".times b").first).to_have_text(expected[1])
    expect(page.locator("html")).to_have_attribute("lang", lang)


def test_attributes_can_be_changed(page: Page, school: Site, tutor: Tutor, engine: Engine) -> None:
    booker = open_booker(page, school, tutor)
    booker.evaluate("element => element.setAttribute('locale', 'da')")
    expect(booker.get_by_role("navigation").get_by_role("link").first).to_have_text("Ledige tider")
    booker.evaluate("element => element.setAttribute('locale', 'xa')")
    expect(booker.locator("[dir=rtl]")).to_have_attribute("lang", "en-XA")
    screenshot(page, "embedding-from-right-to-left")
    booker.evaluate("element => element.setAttribute('locale', 'en')")
    other = add_tutor(engine, "Asia/Tokyo")
    booker.evaluate("(element, id) => element.setAttribute('tutor', id)", str(other.id))
    expect(booker.get_by_text("Tokyo, ")).to_be_visible()
    booker.evaluate("element => element.removeAttribute('tutor')")
    expect(booker.get_by_role("heading", name="Find a lesson")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 360])
def test_without_a_tutor_students_search_all_of_them(
    page: Page, school: Site, tutor: Tutor, engine: Engine, width: int
) -> None:
    add_slots(engine, add_tutor(engine), DAY, "15:00", zone="America/New_York")
    page.set_viewport_size({"width": width, "height": 900})
    school.open(page, element(school, None), head=loader(school), script=with_token(BEN.token))
    booker = page.locator("slotledger-booker")
    links = booker.locator(".found-times a")
    expect(links).to_have_count(4)
    assert (links.first.get_attribute("href") or "").startswith(f"{school.dashboard}/book?tutor=")
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"embedding-find-{width}")
    booker.get_by_role("button", name="Hold: ").last.click()
    expect(booker.get_by_role("timer")).to_be_visible()
    booker.get_by_role("navigation").get_by_role("link", name="Find").click()
    links.last.click()
    expect(booker.get_by_role("button", name="Any tutor")).to_be_visible()
    assert page.url == f"{school.origin}/"


def test_with_a_tutor_no_others_are_offered(page: Page, school: Site, tutor: Tutor) -> None:
    booker = open_booker(page, school, tutor)
    expect(booker.get_by_role("button", name="Any tutor")).to_have_count(0)
    booker.get_by_role("button", name=HOLD).click()
    confirm(booker)
    with page.expect_request("**/get_availability?*"):
        booker.get_by_role("button", name="Find another").click()
    expect(booker.get_by_role("heading", name="Ada")).to_be_visible()
    expect(booker.locator(".times > li")).to_have_count(2)


def test_an_element_is_moved_removed_and_added_again(page: Page, school: Site, tutor: Tutor) -> None:
    booker = open_booker(page, school, tutor)
    booker.get_by_role("button", name=HOLD).click()
    expect(booker.get_by_role("timer")).to_be_visible()
    page.evaluate("document.body.append(document.querySelector('slotledger-booker'))")
    expect(booker.get_by_role("timer")).to_be_visible()
    assert booker.locator(".step-panel").count() == 1  # moved, and not loaded anew
    page.evaluate("globalThis.booker = document.querySelector('slotledger-booker'); booker.remove()")
    wait_until(page, "booker.shadowRoot.querySelector('slot') !== null")
    page.evaluate("document.querySelector('main').append(booker)")
    expect(booker.locator(".held-elsewhere")).to_be_visible()
    page.evaluate("for (let i = 0; i < 3; i++) { booker.remove(); document.body.append(booker); }")
    page.evaluate("(async () => { booker.remove(); await 0; await 0; document.body.append(booker); })()")
    expect(booker.locator(".held-elsewhere")).to_have_count(1)
    expect(booker.get_by_role("button", name=HOLD.replace("09", "10"))).to_be_visible()


def test_the_height_and_the_columns_follow_the_content_and_the_width_of_the_element(
    page: Page, school: Site, tutor: Tutor
) -> None:
    booker = open_booker(page, school, tutor)
    columns = booker.locator(".two")
    assert len(columns.evaluate("each => getComputedStyle(each).gridTemplateColumns").split()) == 2
    wide = booker.bounding_box()
    booker.evaluate("element => { element.style.width = '420px' }")
    wait_until(page, "document.querySelector('slotledger-booker').offsetWidth === 420")
    assert len(columns.evaluate("each => getComputedStyle(each).gridTemplateColumns").split()) == 1
    narrow = booker.bounding_box()
    assert wide is not None
    assert narrow is not None
    assert narrow["height"] > wide["height"]
    booker.get_by_role("navigation").get_by_role("link", name="My lessons").click()
    expect(booker.get_by_text("You have no coming lessons.")).to_be_visible()
    lessons = booker.bounding_box()
    assert lessons is not None
    assert lessons["height"] < wide["height"]
    assert booker.evaluate("element => element.scrollHeight === element.clientHeight")


def test_styles_of_the_page_do_not_reach_the_element(page: Page, school: Site, tutor: Tutor) -> None:
    """The page has another size of `rem`, pink buttons, and text that is centred and spaced."""
    booker = open_booker(page, school, tutor, style="slotledger-booker { --slotledger-font: monospace }")
    heading = booker.get_by_role("heading", name="Ada")
    expect(heading).to_have_css("font-size", "24px")
    expect(heading).to_have_css("font-family", "monospace")
    expect(heading).to_have_css("text-align", "start")
    expect(booker.locator(".day-head h3")).to_have_css("letter-spacing", "normal")
    expect(booker.get_by_role("button", name=HOLD)).to_have_css("background-color", "rgb(255, 255, 255)")
    expect(booker.locator(".booker")).to_have_css("font-size", "15px")
    expect(booker.locator(".booker")).to_have_css("line-height", "22.5px")


def test_everything_that_opens_is_in_the_element(page: Page, school: Site, tutor: Tutor) -> None:
    booker = open_booker(page, school, tutor)
    booker.get_by_role("button", name=HOLD).click()
    confirm(booker)
    with page.expect_download() as download:
        booker.get_by_role("button", name="Add to calendar").click()
    assert download.value.suggested_filename.endswith(".ics")
    booker.get_by_role("navigation").get_by_role("link", name="My lessons").click()
    booker.get_by_role("button", name="Cancel: ").click()
    question = booker.get_by_role("group", name="Cancel ")
    expect(question).to_be_visible()
    outer, inner = booker.bounding_box(), question.bounding_box()
    assert outer is not None
    assert inner is not None
    assert outer["x"] <= inner["x"]
    assert inner["x"] + inner["width"] <= outer["x"] + outer["width"]
    assert page.locator("body > *").evaluate_all("all => all.map(each => each.localName)") == ["main", "script"]
    assert axe_violations(page) == []


def test_the_keyboard_reaches_each_step_and_the_focus_stays_in_the_element(
    page: Page, school: Site, tutor: Tutor
) -> None:
    school.open(
        page,
        f'<input aria-label="Before">{element(school, tutor)}<input aria-label="After">',
        head=loader(school),
        script=with_token(BEN.token),
    )
    booker = page.locator("slotledger-booker")
    tab_to_inside(page, booker.get_by_role("button", name=HOLD))
    page.keyboard.press("Enter")
    expect(booker.get_by_text("held for you, nobody else can take it")).to_be_focused()
    tab_to_inside(page, booker.get_by_role("button", name="Confirm"))
    page.keyboard.press("Enter")
    expect(booker.get_by_role("heading", name="Booked: ")).to_be_focused()
    tab_to(page, page.get_by_label("After"))


@pytest.mark.parametrize("is_elsewhere", [False, True])
def test_a_hold_that_runs_out_leaves_the_focus_where_the_viewer_reads(
    page: Page, school: Site, tutor: Tutor, engine: Engine, is_elsewhere: bool
) -> None:
    page.clock.install()
    booker = open_booker(page, school, tutor)
    booker.get_by_role("button", name=HOLD).click()
    expect(booker.get_by_text("held for you, nobody else can take it")).to_be_focused()
    if is_elsewhere:
        page.get_by_role("heading", name="Learn with Ada").click()
    run_out(engine, tutor)
    page.clock.fast_forward(605_000)
    still_free = booker.locator(".clock.over")
    expect(still_free).to_contain_text("Still free")
    if is_elsewhere:
        page.clock.run_for(3000)  # the booker looks each second whether the focus is lost
        assert page.evaluate("document.activeElement.localName") == "body"
    else:
        expect(still_free).to_be_focused()


def tab_to_inside(page: Page, target: Locator) -> None:
    """Press Tab until an element in a shadow root has the focus."""
    expect(target).to_be_visible()
    for _ in range(100):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === element.getRootNode().activeElement"):
            return
    raise AssertionError(f"Tab never reaches {target}")


LOOKS = {
    "light": "",
    "dark": ":root { color-scheme: dark; } body { color: #ddd; background: #181818; }",
    "accent": "slotledger-booker { --slotledger-accent: #e8590c; --slotledger-background: #fffaf2;"
    " --slotledger-text: #3b2a1a; --slotledger-radius: 0px; }",
    "pale": ":root { color-scheme: dark; } body { color: #ddd; background: #181818; }"
    " slotledger-booker { --slotledger-accent: #ffe066; }",
}


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("width", [1440, 360])
def test_the_element_is_accessible_in_each_look(page: Page, school: Site, tutor: Tutor, look: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    booker = open_booker(page, school, tutor, style=LOOKS[look])
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"embedding-times-{width}-{look}")
    booker.get_by_role("button", name=HOLD).click()
    expect(booker.get_by_role("timer")).to_be_visible()
    assert axe_violations(page) == []
    screenshot(page, f"embedding-held-{width}-{look}")
    confirm(booker)
    booker.get_by_role("navigation").get_by_role("link", name="My lessons").click()
    booker.get_by_role("button", name="Cancel: ").click()
    expect(booker.get_by_role("group", name="Cancel ")).to_be_visible()
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"embedding-lessons-{width}-{look}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_element_is_dark_only_if_the_page_is(
    page: Page, school: Site, tutor: Tutor, scheme: Literal["light", "dark"]
) -> None:
    page.emulate_media(color_scheme="dark")
    style = ":root { color-scheme: light dark; }" if scheme == "dark" else ""
    booker = open_booker(page, school, tutor, style=style)
    paper = {"light": "rgb(255, 255, 255)", "dark": "rgb(23, 24, 27)"}[scheme]
    expect(booker.locator(".card").first).to_have_css("background-color", paper)


def test_if_the_server_cannot_be_reached_the_element_says_so_and_tries_again(
    page: Page, school: Site, tutor: Tutor
) -> None:
    page.route("**/get_availability?*", lambda route: route.abort())
    school.open(page, element(school, tutor), head=loader(school))
    alert = page.locator("slotledger-booker").get_by_role("alert")
    expect(alert).to_contain_text("No answer came from the server. Check the connection, then try again.")
    page.unroute("**/get_availability?*")
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator("slotledger-booker .times > li")).to_have_count(3)


def test_without_an_api_and_a_config_the_element_says_what_is_missing(page: Page, school: Site, tutor: Tutor) -> None:
    missing = {"status": 404, "headers": {"Access-Control-Allow-Origin": "*"}}
    page.route("**/config.json", lambda route: route.fulfill(**missing))
    school.open(page, f'<slotledger-booker tutor="{tutor.id}"></slotledger-booker>', head=loader(school))
    alert = page.locator("slotledger-booker").get_by_role("alert")
    expect(alert).to_contain_text("it needs the attribute “api”, or a config.json beside booker.js")
    page.locator("slotledger-booker").evaluate("element => element.setAttribute('api', 'https://')")
    expect(alert).to_contain_text("its attribute “api” isn't a URL: https://")


def test_if_the_booker_cannot_be_loaded_what_is_in_the_element_stays(page: Page, school: Site, tutor: Tutor) -> None:
    page.route("**/assets/booker-*", lambda route: route.abort())
    school.open(page, element(school, tutor, 'locale="de"'), head=loader(school))
    expect(page.get_by_text("Loading …")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_text(
        "Die Buchung konnte nicht geladen werden. Prüfe die Verbindung, und lade die Seite dann neu."
    )


def test_the_booker_for_other_pages_is_small(dashboard_build: None) -> None:
    """The size of the scripts after gzip. The languages other than English are loaded when they are needed."""
    (app,) = [file for file in (BUILT / "assets").glob("booker-*.js") if file.name in (BUILT / "booker.js").read_text()]
    imported = re.findall(r'from\s?[`"]\./([\w.-]+\.js)[`"]', app.read_text())
    files = [BUILT / "booker.js", app, *(BUILT / "assets" / name for name in imported)]
    sizes = {file.name: len(gzip.compress(file.read_bytes(), mtime=0)) for file in files}
    assert sizes[app.name] > 50_000
    assert sum(sizes.values()) <= 100_000, sizes


@pytest.fixture(scope="module")
def snippets() -> SNIPPETS:
    """The snippets of docs/embedding.md, by language."""
    blocks = re.findall(r"```(\w+)\n(.*?)```", (ROOT / "docs" / "embedding.md").read_text(), re.DOTALL)
    return {language: [code for each, code in blocks if each == language] for language, _ in blocks}


@pytest.fixture
def hosted(site: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Site, dict[str, Any]]]:
    """A site beside a static host of the dashboard, with the settings that the documentation asks for."""
    config: dict[str, Any] = {"baseUrl": site}
    with static_host(config) as host, site_beside(f"{host}/ {site}") as school:
        config.update(ancestors=school.origin, embedders=[f"{school.origin}/"], host=host)
        monkeypatch.setenv("ALLOWED_ORIGINS", f"{school.origin},{host.removesuffix('/tutors')}")
        yield school, config


def filled_in(snippet: str, host: str, tutor: Tutor) -> str:
    """Return a snippet of the documentation with the test's host and tutor."""
    return snippet.replace("https://tutors.example.com", host).replace(
        "00000000-0000-4000-8000-000000000001", str(tutor.id)
    )


def test_the_element_works_as_the_documentation_says(
    page: Page, hosted: tuple[Site, dict[str, Any]], tutor: Tutor, snippets: SNIPPETS
) -> None:
    school, config = hosted
    html, script, style = (filled_in(snippets[each][0], config["host"], tutor) for each in ("html", "js", "css"))
    logged: list[str] = []
    page.on("console", lambda message: logged.append(message.text))
    token = f"globalThis.getToken = async () => {json.dumps(BEN.token)};\n"
    school.open(page, html, script=token + script, style=style)
    booker = page.locator("slotledger-booker")
    book_and_cancel(booker)
    assert [name for name, _ in said_by(page)] == EVENTS
    assert [text.split()[0] for text in logged if text.split()[0] in EVENTS] == EVENTS
    expect(booker.locator(".card").first).to_have_css("background-color", "rgb(255, 253, 248)")
    expect(booker.locator(".card").first).to_have_css("border-radius", "3.5px")
    assert page.evaluate("violations") == []


def test_the_frame_works_as_the_documentation_says(
    page: Page, hosted: tuple[Site, dict[str, Any]], tutor: Tutor, snippets: SNIPPETS, engine: Engine
) -> None:
    school, config = hosted
    html, script = (filled_in(snippets[each][1], config["host"], tutor) for each in ("html", "js"))
    origin = config["host"].removesuffix("/tutors")  # the dashboard is in a folder
    script = script.replace(f'const host = "{config["host"]}"', f'const host = "{origin}"')
    script = script.replace("/book?", "/tutors/book?")
    token = f"globalThis.getToken = async () => {json.dumps(BEN.token)};\n"
    school.open(page, html, script=token + script)
    frame = page.frame_locator("iframe")
    book_and_cancel(frame)
    assert said_by(page) == [
        (f"slotledger:{name}", [status]) for name, status in zip(EVENTS, WHAT_HAPPENED, strict=True)
    ]
    assert stored(engine) == ["CANCELLED", "CANCELLED"]
    assert page.evaluate("violations") == []


def open_frame(page: Page, school: Site, address: str, token: str | None = BEN.token) -> FrameLocator:
    """Open a page with a frame, to which it hands a token over and whose height it follows."""
    script = f"""
    const frame = document.querySelector("iframe");
    globalThis.send = (token) => frame.contentWindow.postMessage({{ type: "slotledger:token", token }}, "*");
    addEventListener("message", ({{ data }}) => {{
      if (data.type === "slotledger:ready") send({json.dumps(token)});
      if (data.type === "slotledger:height") frame.height = data.height;
    }});
    frame.src = "{address}";
    """
    school.open(page, '<iframe title="Book a lesson"></iframe>', script=script)
    return page.frame_locator("iframe[title='Book a lesson']")


# Wait until a frame is as high as its content.
FITS = """html => new Promise(done => {
  const look = () => html.scrollHeight === innerHeight ? done() : requestAnimationFrame(look);
  look();
})"""


def address_of(school: Site, tutor: Tutor) -> str:
    return f"{school.dashboard}/book?tutor={tutor.id}"


def test_a_frame_is_only_the_booker_and_is_as_high_as_its_content(page: Page, school: Site, tutor: Tutor) -> None:
    frame = open_frame(page, school, address_of(school, tutor))
    expect(frame.get_by_role("button", name=HOLD)).to_be_visible()
    expect(frame.get_by_role("banner")).to_have_count(0)
    expect(frame.get_by_role("navigation").get_by_role("link")).to_have_text(["Free times", "My lessons"])
    wait_until(page, "document.querySelector('iframe').offsetHeight > 600")
    frame.get_by_role("navigation").get_by_role("link", name="My lessons").click()
    wait_until(page, "document.querySelector('iframe').offsetHeight < 400")
    frame.locator("html").evaluate(FITS)
    assert page.frames[1].url == address_of(school, tutor)
    assert axe_violations(page) == []


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_frame_is_accessible(page: Page, school: Site, tutor: Tutor, width: int, theme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    frame = open_frame(page, school, f"{address_of(school, tutor)}&theme={theme}&lang=de")
    expect(frame.get_by_role("button", name="Reservieren: ").first).to_be_visible()
    frame.get_by_role("button", name="Reservieren: ").first.click()
    expect(frame.get_by_role("timer")).to_be_visible()
    expect(frame.locator("html")).to_have_attribute("data-theme", theme)
    expect(frame.locator("html")).to_have_attribute("lang", "de")
    assert axe_violations(page) == []
    assert frame.locator("html").evaluate("html => html.scrollWidth === innerWidth")
    frame.locator("html").evaluate(FITS)
    facts, buttons = (frame.locator(f".step-panel {each}").bounding_box() for each in ("dl", ".act"))
    assert facts is not None
    assert buttons is not None
    assert facts["y"] + facts["height"] <= buttons["y"]
    screenshot(page, f"embedding-frame-{width}-{theme}")


def test_a_page_that_is_not_allowed_cannot_frame_the_booker(
    page: Page, school: Site, tutor: Tutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAME_ANCESTORS", "https://other.example")
    with page.expect_console_message(lambda message: "frame-ancestors https://other.example" in message.text):
        open_frame(page, school, address_of(school, tutor))
    expect(page.frame_locator("iframe").get_by_role("heading", name="Ada")).to_have_count(0)
    assert page.evaluate("events") == []


@pytest.mark.parametrize("path", ["", "lessons", "week", "index.html", "reference"])
def test_no_other_page_can_be_framed(page: Page, school: Site, path: str) -> None:
    with page.expect_console_message(lambda message: "frame-ancestors 'none'" in message.text):
        school.open(page, f'<iframe src="{school.dashboard}/{path}" title="Other"></iframe>')
    expect(page.frame_locator("iframe").get_by_role("heading")).to_have_count(0)


def receive_in_frame(page: Page, send: str) -> None:
    """Send a message to the frame, and wait until it has arrived there and the frame could have acted on it."""
    frame = page.frames[1]
    frame.evaluate(
        "() => { globalThis.arrived = new Promise(done => addEventListener('message', done, { once: true })) }"
    )
    page.evaluate(send)
    frame.evaluate("arrived.then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))))")


def test_a_token_from_a_page_that_is_no_embedder_is_ignored_and_the_page_is_told_nothing(
    page: Page, hosted: tuple[Site, dict[str, Any]], tutor: Tutor
) -> None:
    school, config = hosted
    config["embedders"] = ["https://other.example"]
    with page.expect_console_message(lambda message: "“embedders” in config.json" in message.text):
        frame = open_frame(page, school, f"{config['host']}/book?tutor={tutor.id}")
    expect(frame.get_by_text("Sign in to book a time.")).to_be_visible()
    receive_in_frame(page, f"send({json.dumps(BEN.token)})")
    expect(frame.get_by_text("Sign in to book a time.")).to_be_visible()
    expect(frame.locator(".times > li")).to_have_count(3)
    expect(frame.locator(".times button")).to_have_count(0)
    assert page.evaluate("events") == []


def test_a_token_from_another_window_than_the_page_is_ignored(page: Page, school: Site, tutor: Tutor) -> None:
    """The other window is a frame beside it. It has the origin that is allowed."""
    frame = open_frame(page, school, address_of(school, tutor), token=None)
    expect(frame.get_by_text("Sign in to book a time.")).to_be_visible()
    school.files["/beside"] = '<!doctype html><title>Beside</title><script src="beside.js"></script>'
    message = json.dumps({"type": "slotledger:token", "token": BEN.token})
    school.files["/beside.js"] = f"parent.frames[0].postMessage({message}, '*');"
    beside = (
        "document.body.append(Object.assign(document.createElement('iframe'), { src: '/beside', title: 'Beside' }))"
    )
    receive_in_frame(page, beside)
    expect(frame.get_by_text("Sign in to book a time.")).to_be_visible()
    expect(frame.locator(".times button")).to_have_count(0)
    receive_in_frame(page, f"send({json.dumps(BEN.token)})")
    expect(frame.get_by_role("button", name=HOLD)).to_be_visible()


@pytest.mark.parametrize("message", ['"slotledger:token"', "null", '{ type: "slotledger:token", token: 7 }', "{}"])
def test_other_messages_of_the_page_do_nothing(page: Page, school: Site, tutor: Tutor, message: str) -> None:
    frame = open_frame(page, school, address_of(school, tutor))
    expect(frame.get_by_role("button", name=HOLD)).to_be_visible()
    receive_in_frame(page, f"document.querySelector('iframe').contentWindow.postMessage({message}, '*')")
    expect(frame.get_by_role("button", name=HOLD)).to_be_visible()
