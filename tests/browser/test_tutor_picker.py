"""How a viewer gets to a tutor: admins by a search, tutors without an address by their token."""

from collections.abc import Sequence
from typing import Literal

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, update

from local import demo
from migrations.tables import tutors
from tests.browser.conftest import axe_violations, look_as, screenshot, sign_in, tab_to
from tests.builders import ADMIN, Tutor, add_tutor, make_token

PEOPLE = ("Freja Holm", "Anton Bruun", "Ida Skov")


@pytest.fixture
def people(engine: Engine) -> Sequence[Tutor]:
    """Three tutors. Each has the external id `t-<number>`, and the last one isn't active."""
    people = [add_tutor(engine) for _ in PEOPLE]
    with engine.begin() as connection:
        for number, (tutor, name) in enumerate(zip(people, PEOPLE, strict=True)):
            values = {"name": name, "external_id": f"t-{number}", "active": name != PEOPLE[-1]}
            connection.execute(update(tutors).values(values).where(tutors.c.id == tutor.id))
    return people


def open_search(page: Page) -> None:
    page.get_by_role("banner").get_by_role("button", name="utor").click()
    expect(page.get_by_role("dialog", name="Find a tutor")).to_be_visible()


def test_an_admin_finds_a_tutor_by_typing(page: Page, site: str, people: Sequence[Tutor]) -> None:
    """The search opens the same view of the tutor. It finds parts of the name and of the ids."""
    sign_in(page, ADMIN)
    page.goto(f"{site}/history?tutor={people[0].id}")
    button = page.get_by_role("button", name="Tutor: Freja Holm")
    tab_to(page, button)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    results = dialog.get_by_role("link")
    expect(results).to_have_text(sorted(PEOPLE))
    expect(dialog.get_by_role("status")).to_have_text("3 tutors.")
    search = dialog.get_by_label("Name, external id or user id")
    for text, name in (("SKOV", "Ida Skov"), ("t-0", "Freja Holm"), (people[1].user_id[6:20], "Anton Bruun")):
        search.fill(text)
        expect(results).to_have_text([name])
    search.fill("nobody")
    expect(dialog.get_by_role("status")).to_have_text("No tutor has “nobody” in the name or an id.")
    search.fill("bru")
    expect(results).to_have_text(["Anton Bruun"])
    tab_to(page, results)
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Tutor: Anton Bruun")).to_be_visible()
    assert page.url == f"{site}/history?tutor={people[1].id}"
    expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_search_is_accessible(
    page: Page, site: str, people: Sequence[Tutor], scheme: Literal["light", "dark"], width: int
) -> None:
    sign_in(page, ADMIN)
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{site}/week?tutor={people[0].id}")
    open_search(page)
    expect(page.get_by_role("dialog").get_by_text("t-2 · Copenhagen time · not active")).to_be_visible()
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"find-tutor-{width}-{scheme}")


def test_a_long_list_says_that_there_are_more_tutors(page: Page, site: str, engine: Engine) -> None:
    for _ in range(21):
        add_tutor(engine)
    sign_in(page, ADMIN)
    page.goto(f"{site}/platform")
    open_search(page)
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("status")).to_have_text("The first 20 tutors. Type more letters to find others.")
    expect(dialog.get_by_role("link")).to_have_count(20)


def test_an_admin_who_opens_the_page_without_an_address_chooses_a_tutor(
    page: Page, site: str, people: Sequence[Tutor]
) -> None:
    sign_in(page, ADMIN)
    page.goto(site)
    expect(page.get_by_text("Choose a tutor under “Find a tutor”.")).to_be_visible()
    open_search(page)
    page.get_by_role("link", name="Ida Skov").click()
    page.wait_for_url(f"{site}/history?tutor={people[2].id}")
    expect(page.locator("section")).to_have_attribute("aria-busy", "false")


def test_a_tutor_who_opens_the_page_without_an_address_gets_their_own_week(
    page: Page, site: str, people: Sequence[Tutor]
) -> None:
    sign_in(page, people[1].token)
    page.goto(site)
    page.wait_for_url(f"{site}/week")
    expect(page.locator("section[aria-labelledby=week]")).to_have_attribute("aria-busy", "false")
    expect(page.get_by_role("button", name="Tutor:")).to_have_count(0)


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
    expect(page.get_by_role("button", name="Tutor:")).to_have_count(0)
    look_as(page, "support (admin)")
    open_search(page)
    page.get_by_role("link", name="Ida Skov").click()
    expect(page.get_by_role("button", name="Tutor: Ida Skov")).to_be_visible()
    expect(page.get_by_role("combobox", name="Tutor", exact=True)).to_be_visible()
