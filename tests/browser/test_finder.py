"""How a viewer gets to a tutor: admins by Ctrl-K, which also finds times and lessons; tutors by their token."""

from collections.abc import Sequence
from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine, update

from local import demo
from migrations.tables import tutors
from tests.browser.conftest import axe_violations, long_date, look_as, screenshot, short_date, sign_in
from tests.builders import ADMIN, Tutor, add_slots, add_tutor, make_token, monday, student
from tests.hosts import Api, functions_framework_host

PEOPLE = ("Freja Holm", "Anton Bruun", "Ida Skov")
API = Api(functions_framework_host)
DAY = monday()


@pytest.fixture
def people(engine: Engine) -> Sequence[Tutor]:
    """Three tutors. Each has the external id `t-<number>`, and the last one isn't active."""
    people = [add_tutor(engine) for _ in PEOPLE]
    with engine.begin() as connection:
        for number, (tutor, name) in enumerate(zip(people, PEOPLE, strict=True)):
            values = {"name": name, "external_id": f"t-{number}", "active": name != PEOPLE[-1]}
            connection.execute(update(tutors).values(values).where(tutors.c.id == tutor.id))
    return people


def open_finder(page: Page) -> Locator:
    """Open the finder by the keyboard; return its field."""
    expect(page.get_by_role("button", name="Find a person or a time")).to_be_visible()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="A tutor, a student's id, or a time")
    expect(field).to_be_focused()
    return field


def options(page: Page) -> Locator:
    return page.get_by_role("dialog").get_by_role("option")


def test_an_admin_finds_a_tutor_by_typing(page: Page, site: str, people: Sequence[Tutor]) -> None:
    """Enter opens the same view of the tutor. Back leads to the page before."""
    sign_in(page, ADMIN)
    page.goto(f"{site}/history?tutor={people[0].id}")
    field = open_finder(page)
    for text, name in (("SKOV", "Ida Skov"), ("t-0", "Freja Holm"), (people[1].user_id[6:20], "Anton Bruun")):
        field.fill(text)
        expect(options(page)).to_have_count(1)
        expect(options(page)).to_contain_text(name)
    field.fill("nobody")
    expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("Nothing has “nobody” in its name or id.")
    field.fill("bru")
    expect(options(page)).to_have_text(["Anton Bruunt-1 · Copenhagen"])
    expect(field).to_have_attribute("aria-activedescendant", options(page).get_attribute("id") or "")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/history?tutor={people[1].id}")
    expect(page.get_by_role("heading", name="History of Anton Bruun")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.go_back()
    expect(page.get_by_role("heading", name="History of Freja Holm")).to_be_visible()


def test_the_focus_goes_to_the_view_if_what_had_it_is_gone(page: Page, site: str, people: Sequence[Tutor]) -> None:
    sign_in(page, ADMIN)
    page.goto(f"{site}/platform")
    link = page.locator("main").get_by_role("link").first
    link.focus()
    open_finder(page).fill("Freja 24 Dec 9:00")
    expect(options(page).first).to_contain_text("Freja Holm")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Why?")).to_be_visible()
    expect(page.get_by_role("main")).to_be_focused()


def test_back_and_escape_close_the_finder_and_return_the_focus(page: Page, site: str, people: Sequence[Tutor]) -> None:
    sign_in(page, ADMIN)
    page.goto(f"{site}/history?tutor={people[0].id}")
    button = page.get_by_role("button", name="Find a person or a time")
    for close in (lambda: page.keyboard.press("Escape"), page.go_back):
        button.click()
        expect(page.get_by_role("dialog")).to_be_visible()
        close()
        expect(page.get_by_role("dialog")).to_have_count(0)
        page.wait_for_url(f"{site}/history?tutor={people[0].id}")
        expect(button).to_be_focused()
    page.goto(f"{site}/history?tutor={people[0].id}&find=")  # a link to the open finder
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url(f"{site}/history?tutor={people[0].id}")


def test_the_finder_finds_times_of_a_tutor(page: Page, site: str, people: Sequence[Tutor]) -> None:
    """Arrow keys choose, and Ctrl-C copies the link of what is chosen."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    sign_in(page, ADMIN)
    page.goto(f"{site}/history?tutor={people[0].id}")
    open_finder(page).fill(f"bruun {DAY.day} {DAY:%b} 9")
    expect(options(page)).to_have_text(
        [
            f"Why? {short_date(DAY)}, 09:00 with Anton Bruun",
            f"The week of {long_date(DAY)} with Anton Bruun, as it is now",
            "Anton Bruunt-1 · Copenhagen",
        ]
    )
    expect(options(page).first).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")
    expect(options(page).nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Control+c")
    expect(page.get_by_role("dialog").get_by_role("status")).to_have_text("The link is copied.")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == f"{site}/week?tutor={people[1].id}&date={DAY}"
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/why?tutor={people[1].id}&at={DAY}T09:00")
    expect(page.get_by_text("It was never offered.")).to_be_visible()


def test_without_a_name_a_time_is_that_of_the_pages_tutor(page: Page, site: str, people: Sequence[Tutor]) -> None:
    sign_in(page, ADMIN)
    page.goto(f"{site}/history?tutor={people[0].id}")
    open_finder(page).fill("tomorrow 17:00")
    expect(options(page)).to_have_count(2)
    expect(options(page).first).to_contain_text("17:00 with Freja Holm")


def test_the_finder_finds_the_lessons_of_a_student_by_id(
    page: Page, site: str, people: Sequence[Tutor], engine: Engine
) -> None:
    ben = student("Ben")
    add_slots(engine, people[1], DAY, "09:00")
    body = {"tutorId": str(people[1].id), "date": str(DAY), "time": "09:00"}
    assert API.book(ben.token, **body).status == 201
    sign_in(page, ADMIN)
    page.goto(f"{site}/platform")
    open_finder(page).fill(ben.user_id)
    expect(options(page)).to_have_text([f"{long_date(DAY)}, 09:00 with Anton Bruun, bookedBen"])
    options(page).click()
    expect(page.get_by_text("It is booked by Ben since today at")).to_be_visible()


def test_the_empty_finder_has_the_other_views_of_the_tutor(page: Page, site: str, people: Sequence[Tutor]) -> None:
    sign_in(page, ADMIN)
    page.goto(f"{site}/history?tutor={people[0].id}")
    open_finder(page)
    views = page.get_by_role("group", name="Views of Freja Holm").get_by_role("option")
    expect(views).to_have_text(["Week", "Usual week", "Insights", "What students see"])
    views.nth(2).click()
    page.wait_for_url(f"{site}/statistics?tutor={people[0].id}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_finder_is_accessible(
    page: Page, site: str, people: Sequence[Tutor], scheme: Literal["light", "dark"], width: int
) -> None:
    sign_in(page, ADMIN)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{site}/week?tutor={people[0].id}")
    open_finder(page).fill("skov tomorrow 9:00")
    expect(page.get_by_role("dialog").get_by_text("t-2 · Copenhagen · not active")).to_be_visible()
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"finder-{width}-{scheme}")


def test_a_long_list_says_that_there_are_more_tutors(page: Page, site: str, engine: Engine) -> None:
    for _ in range(21):
        add_tutor(engine)
    sign_in(page, ADMIN)
    page.goto(f"{site}/platform")
    open_finder(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_have_text("The first 20 tutors. Type more letters to find others.")
    expect(options(page)).to_have_count(20)


def test_an_admin_who_opens_the_page_without_an_address_finds_a_tutor(
    page: Page, site: str, people: Sequence[Tutor]
) -> None:
    sign_in(page, ADMIN)
    page.goto(site)
    expect(page.get_by_text("Find a tutor, a student or a time first: with “Find”, or Ctrl K.")).to_be_visible()
    page.set_viewport_size({"width": 360, "height": 740})
    page.get_by_role("button", name="Find", exact=True).click()
    page.get_by_role("option", name="Ida Skov").click()
    page.wait_for_url(f"{site}/history?tutor={people[2].id}")
    expect(page.locator("section")).to_have_attribute("aria-busy", "false")


def test_a_tutor_who_opens_the_page_without_an_address_gets_their_own_week(
    page: Page, site: str, people: Sequence[Tutor]
) -> None:
    sign_in(page, people[1].token)
    page.goto(site)
    page.wait_for_url(f"{site}/week")
    expect(page.locator("section[aria-labelledby=week]")).to_have_attribute("aria-busy", "false")
    expect(page.get_by_role("button", name="Find a person or a time")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_somebody_who_is_no_tutor_finds_the_free_times_of_all_tutors(page: Page, site: str) -> None:
    sign_in(page, make_token("auth0|nobody"))
    page.goto(site)
    page.wait_for_url(f"{site}/book")
    expect(page.get_by_role("heading", name="Find a lesson")).to_be_visible()
    page.goto(f"{site}/week")
    expect(page.get_by_text("The address has no tutor. Add ?tutor= and the tutor's id to the address.")).to_be_visible()


def test_support_in_the_demo_has_the_list_and_the_search(
    page: Page, site: str, people: Sequence[Tutor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setattr(demo, "tutors_of", lambda _: demo.DEMO_TUTORS[:2])
    page.goto(f"{site}/book?tutor={demo.DEMO_TUTORS[0].id}")
    expect(page.get_by_role("combobox", name="Tutor", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Find a person or a time")).to_have_count(0)
    look_as(page, "support (admin)")
    open_finder(page).fill("skov")
    page.get_by_role("option", name="Ida Skov").click()
    page.wait_for_url(f"{site}/book?tutor={people[2].id}")
    expect(page.get_by_role("combobox", name="Tutor", exact=True)).to_be_visible()
