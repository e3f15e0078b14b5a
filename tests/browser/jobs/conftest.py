"""People who do jobs on the page, in Chromium and in Firefox, and the table of these jobs in the dashboard's README."""

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from time import monotonic
from typing import Any, Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect

from tests.browser.conftest import TIMEOUT_MS, sign_in, tab_to
from tests.hosts import ROOT

README = ROOT / "dashboard" / "README.md"
FIREFOX = shutil.which("firefox-esr")
MOUSE_THAT_HOVERS = 6  # in Firefox, which has no mouse without a screen
Way = Literal["mouse", "touch", "keyboard"]
COLUMNS: dict[Way, int] = {"mouse": 3, "touch": 4, "keyboard": 5}


@dataclass
class Person:
    """Does things on a page, and counts them: a press, a drag, a chord or a filled field is one, a choice is two."""

    page: Page
    way: Way
    downloads: Path | None = None
    """The folder of downloads, if Playwright doesn't report them."""
    interactions: int = 0

    def press(self, target: Locator) -> None:
        """Press a button or a link. By keyboard, Tab goes to it, which isn't counted."""
        self.interactions += 1
        if self.way == "keyboard":
            self._reach(target)
            self.page.keyboard.press("Enter")
        elif self.way == "touch":
            target.tap()
        else:
            target.click()

    def chord(self, keys: str) -> None:
        self.interactions += 1
        self.page.keyboard.press(keys)

    def drag(self, start: Locator, end: Locator) -> None:
        """Drag the mouse from the middle of an element to that of another. Both have to be in sight."""
        self.interactions += 1
        boxes = [start.bounding_box(), end.bounding_box()]
        (x, y), (to_x, to_y) = [(it["x"] + it["width"] / 2, it["y"] + it["height"] / 2) for it in boxes if it]
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(to_x, to_y, steps=10)
        self.page.mouse.up()

    def fill(self, target: Locator, value: str) -> None:
        """Fill a field. A date is `YYYY-MM-DD`, and a time is `HH:MM`."""
        self.interactions += 1
        self._reach(target)
        kind = target.get_attribute("type")
        if self.way == "keyboard" and kind == "date":  # the browsers' language is American English
            self.page.keyboard.type(f"{date.fromisoformat(value):%m%d%Y}")
        elif self.way == "keyboard" and kind == "time":
            self.page.keyboard.type(f"{time.fromisoformat(value):%I%M%p}")
        elif self.way == "keyboard":
            self.page.keyboard.type(value)
        elif kind == "number":  # Playwright's `fill` adds to a number in Firefox
            target.press("Control+a")
            target.press_sequentially(value)
        else:
            target.fill(value)

    def choose(self, target: Locator, name: str) -> None:
        """Choose from a list. By keyboard, the name of the choice is typed."""
        self.interactions += 2
        self._reach(target)
        if self.way == "keyboard":
            self.page.keyboard.type(name)
            expect(target.locator("option:checked")).to_have_text(name)
        else:
            target.select_option(name)

    def download(self, target: Locator) -> str:
        """Press a button that downloads a text file, and return the text."""
        if self.downloads is None:
            with self.page.expect_download() as download:
                self.press(target)
            return Path(download.value.path()).read_text("utf-8-sig")
        self.press(target)
        deadline = monotonic() + TIMEOUT_MS / 1000
        while not (files := [file for file in self.downloads.iterdir() if file.stat().st_size > 0]):
            assert monotonic() < deadline, "nothing was downloaded"
            self.page.wait_for_timeout(20)  # there is no event for this
        text = files[0].read_text("utf-8-sig")
        files[0].unlink()
        return text

    def _reach(self, target: Locator) -> None:
        expect(target).to_be_visible()
        if self.way == "keyboard" and not target.evaluate("element => element === document.activeElement"):
            tab_to(self.page, target)


@pytest.fixture(scope="session")
def downloads(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which Firefox stores downloads."""
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(scope="session")
def firefox(playwright: Playwright, dashboard_build: None, downloads: Path) -> Iterator[Browser]:
    """Debian's Firefox, through WebDriver BiDi."""
    if FIREFOX is None:
        pytest.skip("needs Firefox (on Debian: apt install firefox-esr)")
    pointers: dict[str, Any] = {f"ui.{which}PointerCapabilities": MOUSE_THAT_HOVERS for which in ("primary", "all")}
    browser = playwright.firefox.launch(
        channel="moz-firefox", executable_path=FIREFOX, firefox_user_prefs=pointers, downloads_path=downloads
    )
    yield browser
    browser.close()


@pytest.fixture(params=[(browser, way) for browser in ("chromium", "firefox") for way in COLUMNS], ids="-".join)
def person_with(request: pytest.FixtureRequest, site: str, downloads: Path) -> Iterator[Callable[..., Person]]:
    """A function that returns a person with a token, and the instant of the page's clock. The page isn't open yet.

    Each job is done in both browsers, by mouse, by keyboard alone, and on a touch screen that is 360 pixels wide.
    """
    name, way = request.param
    if (name, way) == ("firefox", "touch"):
        pytest.skip("Playwright sends no touches to Firefox")
    browser: Browser = request.getfixturevalue("firefox" if name == "firefox" else "browser")
    contexts: list[BrowserContext] = []
    errors: list[str] = []

    def create(token: str, now: datetime | None = None, locale: str = "en-GB", zone: str = "UTC") -> Person:
        size: Any = {"width": 360, "height": 740} if way == "touch" else {"width": 1280, "height": 900}
        contexts.append(browser.new_context(locale=locale, timezone_id=zone, viewport=size, has_touch=way == "touch"))
        page = contexts[0].new_page()
        page.set_default_timeout(TIMEOUT_MS)
        page.on("pageerror", lambda error: errors.append(str(error)))
        if now:
            page.clock.set_fixed_time(now)
        sign_in(page, token)
        return Person(page, way, downloads if name == "firefox" else None)

    yield create
    for context in contexts:
        context.close()
    assert errors == []


def check(person: Person, job: str, limit: int) -> None:
    """Assert that a job needed few interactions, and that the README's table has their number.

    By keyboard, there is no limit, because Tab isn't counted. `WRITE_JOBS=1` writes the number into the table.
    """
    assert person.way == "keyboard" or person.interactions <= limit
    text = README.read_text()
    row = next((line for line in text.splitlines() if line.startswith(f"| {job} |")), "")
    assert row, f"The table of jobs in dashboard/README.md has no row for this job: {job}"
    cells = row.strip("| ").split(" | ")
    cells[1], cells[COLUMNS[person.way]] = str(limit), str(person.interactions)
    correct = f"| {' | '.join(cells)} |"
    if os.environ.get("WRITE_JOBS"):
        README.write_text(text.replace(row, correct))
    else:
        assert row == correct, f"This row of dashboard/README.md isn't right. WRITE_JOBS=1 writes it: {correct}"
