"""The view "Why?": a sentence that says why a time is offered or not, with its evidence, and "Put it back"."""

from datetime import date, timedelta
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, Request, Route, expect
from sqlalchemy import Engine, text

from tests.browser.conftest import axe_violations, long_date, screenshot, short_date, sign_in, spoken, tab_to
from tests.builders import ADMIN, Tutor, add_tutor, monday, slots, stored_slots, student
from tests.hosts import Api, functions_framework_host

DAY = monday()
API = Api(functions_framework_host)
BEN = student("Ben")


@pytest.fixture
def tutor(site: str, engine: Engine) -> Tutor:
    """A tutor in Copenhagen, six hours ahead of the viewer. Her name is Ada."""
    return add_tutor(engine)


def save(tutor: Tutor, *starts: str, day: date = DAY, **body: Any) -> None:
    answer = API.update(tutor.token, tutorId=str(tutor.id), date=str(day), timeSlots=slots(*starts), **body)
    assert answer.status == 200, answer.body


def book(tutor: Tutor, start: str, **more: Any) -> Any:
    answer = API.book(BEN.token, tutorId=str(tutor.id), date=str(DAY), time=start, **more)
    assert answer.status == 201, answer.body
    return answer.json


@pytest.fixture
def removed(tutor: Tutor) -> Tutor:
    """The tutor, who removed Monday 9:00 after Ben's lesson was cancelled."""
    save(tutor, "09:00", "10:00")
    booking = book(tutor, "09:00")
    ids = {"tutorId": booking["tutorId"], "bookingId": booking["bookingId"]}
    assert API.change_booking(BEN.token, **ids, status="CANCELLED").status == 200
    save(tutor, "10:00", notes="dentist")
    return tutor


def open_why(page: Page, site: str, tutor: Tutor, time: str | None = "09:00", token: str = ADMIN) -> None:
    sign_in(page, token)
    page.goto(f"{site}/why?tutor={tutor.id}" + (f"&at={DAY}T{time}" if time else ""))


@pytest.fixture
def requests(page: Page) -> list[Request]:
    """The edits that the page sends."""
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if request.method == "PUT" else None)
    return sent


def test_the_sentence_says_who_removed_a_slot_and_what_was_before(page: Page, site: str, removed: Tutor) -> None:
    open_why(page, site, removed)
    expect(page.get_by_text(f"{long_date(DAY)}, 09:00–10:00 with Ada")).to_be_visible()
    expect(page.locator(".sentence b")).to_have_text("It isn't offered, because Ada removed it")
    expect(page.locator(".sentence")).to_contain_text("“dentist”")
    expect(page.locator(".sentence")).to_contain_text("the lesson of Ben")
    evidence = page.locator(".proof li")
    expect(evidence).to_contain_text(
        ["Offered by Ada", "Booked by Ben", "The lesson of Ben was cancelled", "Removed by Ada “dentist”"]
    )
    expect(evidence.locator(".chip")).to_have_text(["log, at once", "booking", "booking", "log, at once"])
    expect(page.get_by_text("The log has every edit of this day.")).to_be_visible()
    expect(page.get_by_role("list", name="Its life").get_by_role("listitem")).to_contain_text(
        ["offered", "booked", "free", "removed"]
    )


def test_a_removed_slot_is_put_back_by_one_request_and_this_can_be_undone(
    page: Page, site: str, removed: Tutor, engine: Engine, requests: list[Request]
) -> None:
    open_why(page, site, removed)
    expect(page.get_by_text(f"Offers {long_date(DAY)}, 09:00–10:00 again. Students see it at once")).to_be_visible()
    page.get_by_role("button", name="Put it back").dblclick()
    expect(page.locator(".done")).to_be_focused()
    expect(page.locator(".done")).to_contain_text("It is offered again.")
    expect(page.locator(".sentence b")).to_have_text("It is free")
    assert len(requests) == 1
    assert [f"{start:%H:%M}" for _, start, _ in stored_slots(engine, removed)] == ["09:00", "10:00"]
    expect(page.get_by_role("button", name="Put it back")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone: it isn't offered, as before.")).to_be_visible()
    expect(page.locator(".sentence b")).to_have_text("It isn't offered, because you removed it")
    assert [f"{start:%H:%M}" for _, start, _ in stored_slots(engine, removed)] == ["10:00"]


def test_a_slot_that_overlaps_another_one_cannot_be_put_back(page: Page, site: str, removed: Tutor) -> None:
    save(removed, "09:30")
    open_why(page, site, removed)
    text = f"It can't be put back: {short_date(DAY)} 09:30–10:30 overlaps it. Remove that first."
    expect(page.get_by_text(text)).to_be_visible()
    expect(page.get_by_role("button", name="Put it back")).to_have_count(0)


def test_a_day_that_was_changed_meanwhile_is_not_overwritten(
    page: Page, site: str, removed: Tutor, engine: Engine
) -> None:
    open_why(page, site, removed)
    button = page.get_by_role("button", name="Put it back")
    expect(button).to_be_visible()
    save(removed, "09:30")
    button.click()
    expect(page.get_by_role("alert")).to_have_text(
        "Nothing was saved: the day has just been changed. This is how it is now."
    )
    expect(page.get_by_text("It can't be put back")).to_be_visible()
    assert [f"{start:%H:%M}" for _, start, _ in stored_slots(engine, removed)] == ["09:30"]


def test_an_answer_that_is_lost_has_a_message(page: Page, site: str, removed: Tutor) -> None:
    open_why(page, site, removed)
    expect(page.get_by_role("button", name="Put it back")).to_be_visible()
    page.clock.install()

    def abort(route: Route) -> None:
        route.abort()

    page.route("**/update_availability", abort)
    page.get_by_role("button", name="Put it back").click()
    page.clock.run_for(60_000)  # so that the client's retries end
    expect(page.get_by_role("alert")).to_contain_text("No answer came from the server")


def test_an_earlier_answer_does_not_stay_beside_a_text_that_is_not_understood(
    page: Page, site: str, removed: Tutor
) -> None:
    open_why(page, site, removed)
    expect(page.locator(".sentence")).to_be_visible()
    page.get_by_role("textbox", name="A link, or a day and a time").fill("when Ada is in")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no day with a time in that.")
    expect(page.locator(".sentence")).to_have_count(0)


@pytest.mark.parametrize(
    ("written", "at"),
    [
        (f"{DAY.day} {DAY:%b} 9:00", f"{DAY}T09:00"),
        (f"https://book.example.com/ada?at={DAY}T09:00", f"{DAY}T09:00"),
        (f"{DAY:%d.%m.} 9 Uhr", f"{DAY}T09:00"),
    ],
)
def test_a_time_and_a_link_are_understood(page: Page, site: str, removed: Tutor, written: str, at: str) -> None:
    """The answer has an address, so Back leads to the question."""
    open_why(page, site, removed, time=None)
    expect(page.get_by_text("Times are Copenhagen's.")).to_be_visible()
    page.get_by_role("textbox", name="A link, or a day and a time").fill(written)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{site}/why?tutor={removed.id}&at={at}")
    expect(page.locator(".sentence b")).to_have_text("It isn't offered, because Ada removed it")
    page.go_back()
    expect(page.locator(".sentence")).to_have_count(0)


def test_a_screen_reader_says_the_answer_and_the_focus_goes_to_the_evidence(
    page: Page, site: str, removed: Tutor
) -> None:
    waiting: list[Route] = []
    open_why(page, site, removed, time=None)
    expect(page.get_by_text("Times are Copenhagen's.")).to_be_visible()
    page.route("**/audit_history?**", lambda route: waiting.append(route))
    page.get_by_role("textbox", name="A link, or a day and a time").fill(f"{DAY}T09:00")
    with page.expect_request("**/audit_history?**"):
        page.keyboard.press("Enter")
    expect(page.locator(".answer")).to_have_text("Looking it up …")
    with spoken(page, ".answer [aria-live]") as texts:
        waiting[0].continue_()
        expect(page.locator(".sentence b")).to_have_text("It isn't offered, because Ada removed it")
    assert len(texts) == 1
    reference = page.locator(".sentence a").first
    reference.focus()
    page.keyboard.press("Enter")
    expect(page.locator(reference.get_attribute("href") or "")).to_be_focused()


def test_a_link_that_names_the_tutor_needs_no_tutor_on_the_page(page: Page, site: str, removed: Tutor) -> None:
    """Instants are understood, too. Without a tutor, the view asks for one."""
    sign_in(page, ADMIN)
    page.goto(f"{site}/why")
    field = page.get_by_role("textbox", name="A link, or a day and a time")
    field.fill("tomorrow 9:00")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("Whose time is it?")
    field.fill("nothing at all")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("There is no day with a time in that.")
    field.fill(f"{site}/book?tutor={removed.id}")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("That link names no time.")
    answer = API.call("get_availability", query={"tutorId": removed.id, "startDate": DAY, "endDate": DAY})
    starts_at = answer.json["days"][0]["timeSlots"][0]["startsAt"]
    field.fill(f"{site}/book?tutor={removed.id}&at={starts_at}")
    page.keyboard.press("Enter")
    expect(page.locator(".sentence b")).to_have_text("It is free")
    expect(page.locator(".subject")).to_contain_text("10:00–11:00 with Ada")


def test_what_is_held_booked_or_was_never_offered_is_said(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "09:00", "10:00", "11:00")
    book(tutor, "09:00")
    book(tutor, "10:00", holdSeconds=600)
    for time, text_of_slot in (
        ("09:00", "It is booked by Ben"),
        ("10:00", "It is held for Ben"),
        ("10:30", "It is held for Ben"),  # the slot that goes on then
        ("11:00", "It is free"),
        ("12:00", "It was never offered."),
    ):
        open_why(page, site, tutor, time)
        expect(page.locator(".sentence b")).to_have_text(text_of_slot)
        expect(page.get_by_role("button", name="Put it back")).to_have_count(0)


def test_missing_entries_make_the_answer_uncertain(page: Page, site: str, removed: Tutor, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log where action = 'REMOVED'"))
    open_why(page, site, removed)
    expect(page.locator(".sentence b")).to_have_text("It isn't offered, and the log doesn't say why.")
    expect(page.get_by_text("Not certain")).to_be_visible()


def test_a_slot_of_another_zone_is_found_by_its_instant(page: Page, site: str, tutor: Tutor) -> None:
    """3:00 in Tokyo is 19:00 of the day before in Copenhagen."""
    tokyo = [{"time": "03:00", "timeZone": "Asia/Tokyo"}]
    for time_slots in (tokyo, []):
        answer = API.update(tutor.token, tutorId=str(tutor.id), date=str(DAY), timeSlots=time_slots)
        assert answer.status == 200
    sign_in(page, ADMIN)
    page.goto(f"{site}/why?tutor={tutor.id}&at={DAY - timedelta(days=1)}T19:00")
    expect(page.locator(".sentence b")).to_have_text("It isn't offered, because Ada removed it")
    page.get_by_role("button", name="Put it back").click()
    expect(page.get_by_text("It is offered again.")).to_be_visible()


def test_the_week_then_is_one_click_away(page: Page, site: str, removed: Tutor) -> None:
    open_why(page, site, removed)
    page.get_by_role("link", name="See the week then").click()
    expect(page.locator(".was")).to_have_attribute("aria-busy", "false")
    expect(page.locator(".was .diff")).to_contain_text("free, now removed")


def test_the_tutor_reads_their_own_answer_and_nobody_else_does(page: Page, site: str, removed: Tutor) -> None:
    open_why(page, site, removed, token=removed.token)
    expect(page.locator(".sentence b")).to_have_text("It isn't offered, because you removed it")
    page.context.clear_cookies()
    stranger = page.context.new_page()
    sign_in(stranger, BEN.token)
    stranger.goto(f"{site}/why?tutor={removed.id}&at={DAY}T09:00")
    expect(stranger.get_by_role("alert")).to_contain_text("This is for the tutor and for admins")


def test_it_is_put_back_by_keyboard_alone(page: Page, site: str, removed: Tutor) -> None:
    open_why(page, site, removed, time=None)
    tab_to(page, page.get_by_role("textbox", name="A link, or a day and a time"))
    page.keyboard.type(f"{DAY.day} {DAY:%b} 9:00")
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Put it back"))
    page.keyboard.press("Enter")
    expect(page.locator(".done")).to_be_focused()
    expect(page.locator(".done")).to_contain_text("It is offered again.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_view_is_accessible(
    page: Page, site: str, removed: Tutor, scheme: Literal["light", "dark"], width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 740})
    open_why(page, site, removed)
    for name, action in (("removed", "Put it back"), ("back", "Undo")):
        expect(page.get_by_role("button", name=action)).to_be_visible()
        assert axe_violations(page) == []
        assert page.evaluate("document.documentElement.scrollWidth") == width
        screenshot(page, f"why-{name}-{width}-{scheme}")
        page.get_by_role("button", name=action).click()
        expect(page.locator(".answer")).to_have_attribute("aria-busy", "false")


@pytest.mark.parametrize("language", ["de", "da", "xa"])
def test_the_answer_is_in_the_language_of_the_page(page: Page, site: str, removed: Tutor, language: str) -> None:
    sign_in(page, ADMIN)
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/why?tutor={removed.id}&at={DAY}T09:00&lang={language}")
    leads = {
        "de": "Die Zeit ist nicht angeboten, weil Ada sie entfernt hat",
        "da": "Tiden er ikke udbudt, fordi Ada har fjernet den",
        "xa": "Iţ íšñ'ţ óƒƒéŕéð",
    }
    expect(page.locator(".sentence b")).to_contain_text(leads[language])
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.evaluate("scrollTo(0, document.body.scrollHeight)")  # so that the tabs cover no button
    assert axe_violations(page) == []
    screenshot(page, f"why-{language}")
