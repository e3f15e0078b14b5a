"""Pictures of each view in each of its states, in `.build/screenshots/gallery`, to be looked at.

The tests check only that nothing is cut off at the side. With `GALLERY=1`, they take each picture narrow and wide,
light and dark, in German and from right to left, which takes some minutes.
"""

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect
from sqlalchemy import Engine, update

from migrations.tables import tutors
from tests.browser.conftest import SCREENSHOTS, TIMEOUT_MS, sign_in
from tests.browser.test_late import remove_late
from tests.builders import ADMIN, Tutor, add_booking, add_slots, add_tutor, monday, slots, student
from tests.hosts import Api, functions_framework_host

API = Api(functions_framework_host)
DAY = monday()
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
HALF_HOURS = [f"{hour:02}:{minute:02}" for hour in range(7, 22) for minute in (0, 30)]
LONG_NAME = "Maximiliane Hohenstein-Featherstonehaugh"
STUDENT = student("Bartholomew Cholmondeley-Warner")
SIZES = {360: 740, 768: 1024, 1440: 900, 2560: 1440}
LOCALES = {"en": "en-GB", "de": "de-DE", "xa": "en-US"}
IS_COMPLETE = os.environ.get("GALLERY") == "1"


@dataclass(frozen=True)
class World:
    """A tutor with much, a tutor with nothing, and the site."""

    site: str
    engine: Engine
    tutor: Tutor
    idle: Tutor


@pytest.fixture
def world(site: str, engine: Engine) -> World:
    tutor, idle = add_tutor(engine), add_tutor(engine)
    with engine.begin() as connection:
        connection.execute(update(tutors).where(tutors.c.id == tutor.id).values(name=LONG_NAME))
    for ago in range(1, 6):
        day = DAY - timedelta(weeks=ago + 2)
        add_slots(engine, tutor, day, "15:00", "17:00")
        add_booking(engine, tutor, day, "17:00", student=STUDENT)
    days = [
        {"date": str(DAY + timedelta(days=day)), "timeSlots": slots(*starts, minutes=30)}
        for day, starts in ((0, HALF_HOURS), (1, HALF_HOURS), (2, ("09:00", "10:30")), (4, HALF_HOURS[:9]))
    ]
    save(tutor, days=days)
    for week in range(1, 8):
        add_slots(engine, tutor, DAY + timedelta(weeks=week), "09:00", minutes=30)
    for start in ("09:00", "09:30", "17:00"):
        add_booking(engine, tutor, DAY, start, student=STUDENT)
    held = API.book(STUDENT.token, tutorId=str(tutor.id), date=str(DAY), time="18:00")
    assert held.status == 201, held.body
    fewer = [start for start in HALF_HOURS if start != "12:00"]
    save(tutor, date=str(DAY), timeSlots=slots(*fewer, minutes=30), notes="The dentist has no other appointment left")
    noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    for days_ago in (9, 10, 17):
        remove_late(engine, tutor, noon - timedelta(days=days_ago), notes="dentist", changed_by=tutor.user_id)
    return World(site, engine, tutor, idle)


def save(tutor: Tutor, **body: Any) -> None:
    answer = API.update(tutor.token, tutorId=str(tutor.id), **body)
    assert answer.status == 200, answer.body


def loaded(page: Page) -> None:
    section = page.locator("main section").first
    expect(section).to_be_visible()
    expect(section).not_to_have_attribute("aria-busy", "true")


def fail(page: Page, function: str) -> None:
    page.route(re.compile(f"/{function}"), lambda route: route.fulfill(status=500, json={}))


def hold(page: Page, _: World) -> None:
    page.locator(".times button").last.click()
    expect(page.get_by_role("timer")).to_be_visible()


def confirm(page: Page, world: World) -> None:
    hold(page, world)
    page.locator(".step-panel .primary").click()
    expect(page.get_by_role("timer")).to_have_count(0)
    expect(page.locator(".booked, .done").first).to_be_visible()


def too_late(page: Page, world: World) -> None:
    button = page.locator(".times button").last
    start = datetime.fromisoformat(button.locator("time").get_attribute("datetime") or "").astimezone(COPENHAGEN)
    add_booking(world.engine, world.tutor, start.date(), f"{start:%H:%M}")
    button.click()
    expect(page.get_by_role("alert")).to_be_visible()


def see_dates(page: Page, _: World) -> None:
    page.locator(".times button").first.click()
    expect(page.locator(".step-panel, .series").first).to_be_visible()


def press(selector: str, shown: str) -> Callable[[Page, World], None]:
    def act(page: Page, _: World) -> None:
        page.locator(selector).first.click()
        expect(page.locator(shown).first).to_be_visible()

    return act


def options(page: Page, _: World) -> None:
    page.locator(".slot.free [data-slot]").last.focus()
    page.keyboard.press("F2")
    expect(page.locator(".slot-options")).to_be_visible()


def draft(page: Page, _: World) -> None:
    page.locator(".slot.free [data-slot]").last.click()
    expect(page.locator(".status-bar .primary, .says").first).to_be_visible()


def find(page: Page, _: World) -> None:
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").last.fill("Max")
    expect(page.get_by_role("option").first).to_be_visible()


def nothing(page: Page, _: World) -> None:
    pass


@dataclass(frozen=True)
class State:
    """Who opens which address, and what is done there. `fails` is a function that answers with an error."""

    who: str
    address: str
    act: Callable[[Page, World], None] = nothing
    fails: str = ""


TUTOR = "tutor={tutor}"
STATES = {
    "find": State("student", "/book"),
    "find-nothing": State("student", "/book?minutes=35"),
    "find-failed": State("student", "/book", fails="find_slots"),
    "tutor": State("student", f"/book?{TUTOR}&date={DAY}"),
    "tutor-nothing": State("student", "/book?tutor={idle}"),
    "tutor-unknown": State("student", f"/book?tutor={uuid4()}"),
    "held": State("student", f"/book?{TUTOR}&date={DAY}", hold),
    "booked": State("student", f"/book?{TUTOR}&date={DAY}", confirm),
    "taken": State("student", f"/book?{TUTOR}&date={DAY}", too_late),
    "series": State("student", f"/book?{TUTOR}&date={DAY + timedelta(weeks=1)}&every=1&times=8", see_dates),
    "lessons": State("student", "/lessons"),
    "lessons-cancel": State("student", "/lessons", press(".lessons li button >> nth=2", "main [role=group]")),
    "lessons-none": State("other", "/lessons"),
    "week": State("tutor", f"/week?{TUTOR}&date={DAY}"),
    "week-empty": State("idle", f"/week?tutor={{idle}}&date={DAY}"),
    "week-failed": State("tutor", f"/week?{TUTOR}&date={DAY}", fails="get_availability"),
    "week-draft": State("tutor", f"/week?{TUTOR}&date={DAY + timedelta(days=2)}", draft),
    "week-options": State("tutor", f"/week?{TUTOR}&date={DAY + timedelta(days=2)}", options),
    "week-ill": State("tutor", f"/week?{TUTOR}&date={DAY}&panel=ill"),
    "week-more": State("tutor", f"/week?{TUTOR}&date={DAY}&panel=more"),
    "week-demand": State("tutor", f"/week?{TUTOR}&date={DAY}&demand=1"),
    "week-lesson": State("tutor", f"/week?{TUTOR}&date={DAY}", press(".slot.booked [data-slot]", "dialog[open]")),
    "usual": State("tutor", f"/usual?{TUTOR}"),
    "history": State("tutor", f"/history?{TUTOR}"),
    "history-week": State("tutor", f"/history?{TUTOR}&side=week"),
    "history-nothing": State("idle", "/history?tutor={idle}"),
    "history-undo": State("tutor", f"/history?{TUTOR}", press(".events button", "dialog[open]")),
    "history-failed": State("tutor", f"/history?{TUTOR}", fails="audit_history"),
    "why": State("tutor", f"/why?{TUTOR}"),
    "why-answer": State("tutor", f"/why?{TUTOR}&at={DAY}T12:00"),
    "insights": State("tutor", f"/statistics?{TUTOR}"),
    "insights-nothing": State("idle", "/statistics?tutor={idle}"),
    "platform": State("admin", "/platform"),
    "platform-numbers": State("admin", "/platform?show=numbers"),
    "finder": State("admin", f"/history?{TUTOR}", find),
    "sign-in": State("nobody", "/week"),
    "menu": State("tutor", f"/week?{TUTOR}", press(".account", ".menu")),
}


def looks_in(language: str) -> Iterator[tuple[int, Literal["light", "dark"]]]:
    """Yield widths and colours: in English all, in the other languages a narrow and a wide one."""
    if language == "en":
        for width in SIZES:
            yield from ((width, "light"), (width, "dark"))
    else:
        yield from ((360, "light"), (1440, "dark"))


@pytest.mark.parametrize("language", LOCALES if IS_COMPLETE else ["de"])
@pytest.mark.parametrize("name", STATES)
def test_nothing_is_cut_off(browser: Browser, world: World, name: str, language: str) -> None:
    state, size = STATES[name], ViewportSize(width=1440, height=SIZES[1440])
    page = browser.new_page(timezone_id="America/New_York", locale=LOCALES[language], viewport=size)
    page.set_default_timeout(TIMEOUT_MS)
    tokens = {
        "student": STUDENT.token,
        "other": student("Mia").token,
        "tutor": world.tutor.token,
        "idle": world.idle.token,
        "admin": ADMIN,
    }
    if state.who in tokens:
        sign_in(page, tokens[state.who])
    if state.fails:
        fail(page, state.fails)
    address = state.address.format(tutor=world.tutor.id, idle=world.idle.id)
    page.goto(f"{world.site}{address}{'&' if '?' in address else '?'}lang={language}")
    loaded(page)
    state.act(page, world)
    cut_off = []
    for width, scheme in looks_in(language):
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": SIZES[width]})
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        folder = SCREENSHOTS / "gallery"
        folder.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=folder / f"{name}-{language}-{width}-{scheme}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            cut_off.append((width, scheme))
    page.context.close()
    assert cut_off == []
