"""The usual week: it is drawn once, previewed in words, saved, and published by itself."""

import json
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import Engine

from tests.browser.conftest import axe_violations, layout_shifts, long_date, screenshot, short_date, sign_in, tab_to
from tests.browser.test_first_load import DIST, loaded_with
from tests.browser.week.conftest import more, open_week, save, slot_texts, status
from tests.builders import ADMIN, Tutor, add_booking, add_tutor, stored_slots
from tests.hosts import HOSTS, Api

ZONE = ZoneInfo("Europe/Copenhagen")
THIS_MONDAY = datetime.now(ZONE).date() - timedelta(days=datetime.now(ZONE).weekday())
MONDAY = THIS_MONDAY + timedelta(weeks=2)
HORIZON = THIS_MONDAY + timedelta(weeks=12, days=6)  # the last published date of a schedule for 12 weeks ahead
SLOT = {"weekday": "MON", "time": "15:00", "durationMinutes": 45}


@pytest.fixture
def api(environment: None) -> Api:
    return Api(HOSTS["functions-framework"])


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    return add_tutor(engine)


@pytest.fixture
def usual(page: Page, site: str, tutor: Tutor) -> Page:
    """The view of the usual week, opened by the tutor."""
    return open_usual(page, site, tutor)


def open_usual(page: Page, site: str, tutor: Tutor, token: str | None = None) -> Page:
    sign_in(page, token or tutor.token)
    page.goto(f"{site}/usual?tutor={tutor.id}")
    expect(grid(page)).to_be_visible()
    return page


def test_on_a_low_screen_the_bar_covers_nothing(usual: Page) -> None:
    """A laptop's screen at 200 % has this size."""
    usual.set_viewport_size({"width": 640, "height": 360})
    bar, button = usual.locator(".unsaved"), usual.get_by_role("button", name="Review and save")
    expect(button).not_to_be_in_viewport()
    assert bar.evaluate("it => getComputedStyle(it).position") == "static"


def day_name(day: date) -> str:
    """Return a date as the page writes it in a list of days."""
    return short_date(day).replace(",", "")


def grid(page: Page) -> Locator:
    return page.get_by_role("grid", name="The usual week")


def cell(page: Page, name: str) -> Locator:
    """Return a cell of the week: "Monday 15:00"."""
    return page.locator(f".usual [role=gridcell][aria-label^='{name}']")


def drawn(page: Page) -> list[str]:
    """Return the cells that have the begin of a slot, with the slot, as the page names it."""
    labels = page.locator(".usual [role=gridcell][aria-label*='slot']").evaluate_all(
        "cells => cells.map(cell => cell.ariaLabel)"
    )
    return sorted(label for label in labels if label.split()[1].rstrip(",") in label.split("slot ")[1])


def position(page: Page, name: str) -> tuple[float, float]:
    box = cell(page, name).bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, first: str, last: str) -> None:
    """Drag from one cell to another. Both have to be visible: nothing is scrolled."""
    page.mouse.move(*position(page, first))
    page.mouse.down()
    page.mouse.move(*position(page, last), steps=10)
    page.mouse.up()


def review(page: Page) -> Locator:
    """Open the preview, and wait until it says what would change."""
    page.get_by_role("button", name="Review and save").click()
    return preview(page)


def preview(page: Page) -> Locator:
    expect(page.get_by_role("dialog").locator(".result")).to_have_attribute("aria-busy", "false")
    return page.get_by_role("dialog")


def put(api: Api, tutor: Tutor, schedule: Any, **more: Any) -> Any:
    body = {"tutorId": str(tutor.id), "schedule": schedule, **more}
    answer = api.call("weekly_schedule", method="PUT", json=body, token=tutor.token)
    assert answer.status == 200, answer.body
    return answer.json


def schedule(*slots: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"validFrom": str(MONDAY), "everyWeeks": 1, "weeksAhead": 12, "slots": list(slots), "breaks": [], **more}


def stored(api: Api, tutor: Tutor) -> Any:
    answer = api.call("weekly_schedule", query={"tutorId": str(tutor.id)}, token=tutor.token)
    assert answer.status == 200, answer.body
    return answer.json


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_usual_week_is_accessible(
    page: Page, site: str, engine: Engine, api: Api, tutor: Tutor, scheme: Literal["light", "dark"], width: int
) -> None:
    """Axe finds no violation of WCAG 2.2 AA. On a phone that is 360 pixels wide, nothing is cut off."""
    saved = schedule(*({**SLOT, "weekday": day} for day in ("MON", "TUE", "WED")))
    put(api, tutor, saved)
    api.update(tutor.token, tutorId=str(tutor.id), date=str(MONDAY), timeSlots=[{"time": "10:00"}])
    add_booking(engine, tutor, MONDAY + timedelta(days=1), "15:00")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 740 if width == 360 else 1000})
    open_usual(page, site, tutor)
    page.get_by_role("button", name="Tuesday").click()
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_text("Public holidays").click()
    page.get_by_role("checkbox", name="Good Friday").first.check()
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"usual-week-{scheme}-{width}")
    cell(page, "Tuesday 15:00").click()
    review(page)
    assert axe_violations(page) == []
    screenshot(page, f"usual-week-review-{scheme}-{width}")


def test_the_preview_says_in_words_what_is_kept(page: Page, site: str, engine: Engine, api: Api, tutor: Tutor) -> None:
    """A day that was edited by hand is kept, unless the tutor ticks it; a booked lesson always stays."""
    put(api, tutor, schedule(SLOT, {**SLOT, "weekday": "TUE"}))
    api.update(tutor.token, tutorId=str(tutor.id), date=str(MONDAY), timeSlots=[{"time": "10:00"}])
    add_booking(engine, tutor, MONDAY + timedelta(days=1), "15:00")
    open_usual(page, site, tutor)
    assert drawn(page) == ["Monday 15:00, slot 15:00–15:45", "Tuesday 15:00, slot 15:00–15:45"]
    cell(page, "Tuesday 15:00").click()
    expect(status(page)).to_have_text("Tuesday, 15:00–15:45 removed.")
    weeks = (HORIZON - MONDAY).days // 7 + 1
    dialog = review(page)
    assert dialog.locator(".result p").all_inner_texts() == [
        f"Removes {weeks - 1} free slots until {long_date(HORIZON)}.",
        f"Keeps 1 day that you changed by hand: {day_name(MONDAY)}.",
        f"1 booked lesson stays: {day_name(MONDAY + timedelta(days=1))} at 15:00.",
    ]
    dialog.get_by_label("Also replace days that I changed by hand").check()
    expect(dialog.locator(".result")).to_contain_text(f"Adds 1 slot and removes {weeks} free slots")
    assert preview(page).locator(".result p").all_inner_texts()[1:] == [
        f"1 booked lesson stays: {day_name(MONDAY + timedelta(days=1))} at 15:00.",
    ]
    dialog.get_by_role("button", name="Save", exact=True).click()
    expect(status(page)).to_have_text(f"Saved: 1 added, {weeks} removed.")
    expect(page.get_by_text("1 slot a week. No changes to save.")).to_be_visible()
    assert stored_slots(engine, tutor) == sorted(
        [(MONDAY + timedelta(days=1), time(15), 45)]
        + [(MONDAY + timedelta(weeks=week), time(15), 45) for week in range(weeks)]
    )


def test_the_tutor_stops_publishing(page: Page, site: str, engine: Engine, api: Api, tutor: Tutor) -> None:
    """What was drawn stays on the page, so that it can be saved again."""
    put(api, tutor, schedule(SLOT))
    add_booking(engine, tutor, MONDAY, "15:00")
    open_usual(page, site, tutor)
    page.get_by_role("button", name="Stop publishing").click()
    weeks = (HORIZON - MONDAY).days // 7 + 1
    lines = preview(page).locator(".result p").all_inner_texts()
    assert lines == [f"Removes {weeks - 1} free slots.", f"1 booked lesson stays: {day_name(MONDAY)} at 15:00."]
    page.get_by_role("dialog").get_by_role("button", name="Stop publishing").click()
    expect(status(page)).to_have_text(f"Publishing is stopped: {weeks - 1} free slots removed.")
    expect(page.get_by_text("Nothing is published by itself yet.")).to_be_visible()
    assert drawn(page) == ["Monday 15:00, slot 15:00–15:45"]
    assert stored_slots(engine, tutor) == [(MONDAY, time(15), 45)]
    assert stored(api, tutor)["schedule"] is None


@pytest.mark.parametrize("is_late", [False, True])
@pytest.mark.parametrize("keeps_mine", [False, True])
def test_a_usual_week_that_was_changed_elsewhere_is_not_overwritten(
    usual: Page, api: Api, tutor: Tutor, *, keeps_mine: bool, is_late: bool
) -> None:
    """It was changed before the preview, or (`is_late`) between the preview and the save."""
    cell(usual, "Wednesday 10:00").click()
    if is_late:
        review(usual)
        put(api, tutor, schedule(SLOT))
        usual.get_by_role("button", name="Save", exact=True).click()
    else:
        put(api, tutor, schedule(SLOT))
        usual.get_by_role("button", name="Review and save").click()
    dialog = usual.get_by_role("dialog", name="The usual week was changed elsewhere")
    expect(dialog).to_be_visible()
    if keeps_mine:
        dialog.get_by_role("button", name="Replace it by mine").click()
        expect(usual.get_by_role("dialog", name="Review and save").locator(".result")).to_contain_text("Adds")
        usual.get_by_role("button", name="Save", exact=True).click()
        expect(status(usual)).to_contain_text("Saved: ")
        assert [slot["weekday"] for slot in stored(api, tutor)["schedule"]["slots"]] == ["WED"]
    else:
        dialog.get_by_role("button", name="Show it as it is now").click()
        expect(status(usual)).to_have_text("This is the usual week as it is now.")
        assert drawn(usual) == ["Monday 15:00, slot 15:00–15:45"]
        assert stored(api, tutor)["version"] == 1


def test_nothing_moves_while_the_usual_week_is_loaded(page: Page, site: str, api: Api, tutor: Tutor) -> None:
    put(api, tutor, schedule(SLOT))
    with layout_shifts(page) as shifts:
        open_usual(page, site, tutor)
    assert shifts == []


def test_the_week_is_drawn_by_keyboard(usual: Page) -> None:
    """Arrow keys choose a time, with Shift several. Enter adds slots or removes one; Delete removes what is chosen."""
    tab_to(usual, cell(usual, "Monday 09:00"))
    usual.keyboard.press("ArrowDown")
    usual.keyboard.press("Enter")
    expect(status(usual)).to_have_text("Monday, 09:30–10:30: 1 slot added.")
    for key in ("Shift+ArrowRight", "Shift+ArrowDown", "Shift+ArrowDown", "Shift+ArrowDown"):
        usual.keyboard.press(key)
    expect(usual.locator("[role=gridcell][aria-selected=true]")).to_have_count(8)
    usual.keyboard.press("Enter")
    expect(status(usual)).to_have_text("Monday and Tuesday, 09:30–11:30: 4 slots added, 1 replaced.")
    assert drawn(usual) == [
        "Monday 09:30, slot 09:30–10:30",
        "Monday 10:30, slot 10:30–11:30",
        "Tuesday 09:30, slot 09:30–10:30",
        "Tuesday 10:30, slot 10:30–11:30",
    ]
    usual.keyboard.press("Enter")
    expect(status(usual)).to_have_text("Tuesday, 10:30–11:30 removed.")
    for key in ("ArrowUp", "ArrowUp", "Shift+ArrowLeft", "Delete"):
        usual.keyboard.press(key)
    expect(status(usual)).to_have_text("2 slots removed.")
    assert drawn(usual) == ["Monday 10:30, slot 10:30–11:30"]
    usual.keyboard.press("Shift+ArrowDown")
    usual.keyboard.press("Escape")
    expect(usual.locator("[role=gridcell][aria-selected=true]")).to_have_count(0)


def test_a_finger_adds_and_removes_single_slots(browser: Any, site: str, tutor: Tutor) -> None:
    size = {"width": 360, "height": 740}
    context = browser.new_context(locale="en-GB", viewport=size, has_touch=True, is_mobile=True)
    page = open_usual(context.new_page(), site, tutor)
    cell(page, "Thursday 10:30").tap()
    assert drawn(page) == ["Thursday 10:30, slot 10:30–11:30"]
    cell(page, "Thursday 11:00").tap()
    expect(status(page)).to_have_text("Thursday, 10:30–11:30 removed.")
    context.close()


def test_an_unsaved_usual_week_stays_while_another_view_is_open(usual: Page, tutor: Tutor) -> None:
    cell(usual, "Wednesday 10:00").click()
    usual.get_by_role("link", name="History").click()
    expect(usual.get_by_role("heading", name="History")).to_be_visible()
    usual.get_by_role("link", name="Usual week (not saved)").click()
    expect(usual.get_by_text("1 slot a week. Not saved yet.")).to_be_visible()
    usual.get_by_role("button", name="Discard").click()
    expect(usual.get_by_role("link", name="Usual week", exact=True)).to_be_visible()
    assert drawn(usual) == []


@pytest.mark.parametrize("width", [1280, 768, 360])
def test_the_week_leads_to_the_holidays(page: Page, site: str, tutor: Tutor, width: int) -> None:
    """With one press; on a narrow screen, in the panel "More"."""
    sign_in(page, tutor.token)
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{site}/week?tutor={tutor.id}")
    where = page.locator(".week-bar") if width == 1280 else more(page)
    where.get_by_role("link", name="Holidays").click()
    expect(page.get_by_text("Public holidays")).to_be_focused()
    expect(page.get_by_label("Country")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_public_holidays_are_breaks_with_plain_dates(usual: Page, api: Api, tutor: Tutor) -> None:
    """The country is that of the tutor's zone. The library is loaded only when the list is opened."""
    loaded: list[str] = []
    usual.on("request", lambda request: loaded.append(request.url))
    cell(usual, "Thursday 10:00").click()
    assert loaded == []
    usual.get_by_text("Public holidays").click()
    expect(usual.get_by_label("Country")).to_have_value("DK")
    assert [url for url in loaded if "Holidays" not in url] == []
    usual.get_by_role("checkbox", name="New Year's Day").check()
    usual.get_by_role("checkbox", name="Christmas Day").check()
    usual.get_by_role("checkbox", name="Christmas Day").uncheck()
    usual.get_by_label("Country").select_option("Germany")
    usual.get_by_label("Region").select_option("Bayern")
    usual.get_by_role("checkbox", name="Epiphany").check()
    expect(usual.get_by_role("checkbox", name="New Year's Day")).to_be_checked()
    year = datetime.now(ZONE).year + 1
    day_after = date(year, 1, 6) if date(year - 1, 1, 6) < datetime.now(ZONE).date() else date(year - 1, 1, 6)
    review(usual).get_by_role("button", name="Save", exact=True).click()
    expect(status(usual)).to_contain_text("Saved: ")
    breaks = stored(api, tutor)["schedule"]["breaks"]
    assert [(each["from"], each["to"], each["note"]) for each in breaks if each["note"] == "Epiphany"] == [
        (str(day_after), str(day_after), "Epiphany")
    ]
    assert len(breaks) == 2


def test_a_break_needs_its_first_day(usual: Page) -> None:
    rest = usual.get_by_role("group", name="Break 1")
    rest.get_by_label("Last day").fill(str(MONDAY))
    usual.get_by_role("button", name="Review and save").click()
    expect(rest.get_by_label("First day")).to_be_focused()
    rest.get_by_label("First day").fill(str(MONDAY + timedelta(days=1)))
    usual.get_by_role("button", name="Review and save").click()
    expect(rest.get_by_label("Last day")).to_be_focused()
    expect(usual.get_by_role("dialog")).to_have_count(0)
    usual.get_by_role("button", name="Remove break 1").click()
    expect(rest.get_by_label("Last day")).to_have_value("")


def test_too_many_slots_are_refused_with_the_reason(usual: Page) -> None:
    usual.get_by_label("Length in minutes").fill("15")
    usual.get_by_role("button", name="Add", exact=True).click()
    usual.get_by_label("Start").fill("18:00")
    usual.get_by_label("End").fill("02:00")
    usual.get_by_role("button", name="Add", exact=True).click()
    expect(usual.get_by_text("320 slots a week.")).to_be_visible()
    expect(review(usual).get_by_role("alert")).to_contain_text("slots: ")


def test_an_admin_sets_a_tutors_usual_week(page: Page, site: str, api: Api, tutor: Tutor) -> None:
    api.update(tutor.token, tutorId=str(tutor.id), date=str(MONDAY), timeSlots=[{"time": "10:00"}])
    open_usual(page, site, tutor, ADMIN)
    cell(page, "Monday 09:00").click()
    expect(review(page)).to_contain_text(f"Keeps 1 day that was changed by hand: {day_name(MONDAY)}.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(status(page)).to_contain_text("Saved: ")
    assert stored(api, tutor)["schedule"]["slots"] == [{"weekday": "MON", "time": "09:00", "durationMinutes": 60}]


def test_without_an_answer_the_page_says_what_to_do(usual: Page) -> None:
    cell(usual, "Monday 09:00").click()
    usual.route("**/weekly_schedule", lambda route: route.abort())
    usual.get_by_role("button", name="Review and save").click()
    dialog = usual.get_by_role("dialog")
    expect(dialog.get_by_role("alert")).to_contain_text("No answer came from the server.")
    usual.unroute("**/weekly_schedule")
    dialog.get_by_role("button", name="Try again").click()
    expect(dialog.locator(".result")).to_contain_text("Adds")


def test_a_drag_over_the_edge_scrolls(usual: Page) -> None:
    usual.get_by_label("Weeks ahead").scroll_into_view_if_needed()  # so that the bar doesn't cover the edge
    usual.mouse.move(*position(usual, "Monday 20:00"))
    usual.mouse.down()
    box = usual.locator(".usual-grid").bounding_box()
    assert box is not None
    for below in (30, 60, 90):
        usual.mouse.move(box["x"] + 100, box["y"] + box["height"] + below)
    usual.mouse.up()
    expect(status(usual)).to_have_text("Monday, 20:00–00:00: 4 slots added.")


def test_the_library_of_holidays_is_loaded_only_with_their_list(dashboard_build: None) -> None:
    manifest = json.loads((DIST / ".vite" / "manifest.json").read_text())
    views = [name for name in manifest if name.endswith("View.tsx")]
    assert manifest["src/usual/Holidays.tsx"]["file"] not in loaded_with(manifest, "index.html", *views)


def test_a_day_goes_back_to_the_usual_week(page: Page, site: str, engine: Engine, api: Api, tutor: Tutor) -> None:
    put(api, tutor, schedule(SLOT, {**SLOT, "weekday": "TUE"}))
    slots = [{"time": "10:00"}, {"time": "15:00", "durationMinutes": 45}]
    api.update(tutor.token, tutorId=str(tutor.id), date=str(MONDAY), timeSlots=slots[:1])
    sign_in(page, tutor.token)
    open_week(page, site, tutor, MONDAY)
    more(page)
    day = page.get_by_role("combobox", name="Day with other slots than usual")
    expect(day.locator("option")).to_have_text([long_date(MONDAY)])
    assert axe_violations(page) == []
    page.get_by_role("button", name="Back to the usual week").click()
    assert slot_texts(page, MONDAY) == [
        "10:00–11:00, to be removed, 04:00 your time",
        "15:00–15:45, to be added, 09:00 your time",
    ]
    expect(page.get_by_text("All days of this week are as in the usual week.")).to_be_visible()
    save(page)
    assert (MONDAY, time(10), 60) not in stored_slots(engine, tutor)
    assert (MONDAY, time(15), 45) in stored_slots(engine, tutor)


def test_undo_of_a_publication_lasts(page: Page, site: str, engine: Engine, api: Api, tutor: Tutor) -> None:
    """The history undoes it. From then on, its days count as changed by hand."""
    put(api, tutor, schedule(SLOT, weeksAhead=3))
    sign_in(page, tutor.token)
    page.goto(f"{site}/history?tutor={tutor.id}")
    page.get_by_role("button", name="Undo").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("The usual week won't bring these days back: they count as changed by hand.")
    dialog.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert stored_slots(engine, tutor) == []
    page.get_by_role("link", name="Usual week").click()
    kept = f"{day_name(MONDAY)} and {day_name(MONDAY + timedelta(weeks=1))}"
    expect(review(page)).to_contain_text(f"No slot changes.Keeps 2 days that you changed by hand: {kept}.")
