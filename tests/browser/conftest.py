"""Fixtures and helpers for browser tests. Chromium opens the page of the local server, with the test's database."""

import fcntl
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect, sync_playwright
from sqlalchemy import Engine

from deploy.stages import BUILD
from local.screenshots import find_chromium
from local.server import application
from tests.hosts import ROOT, served
from tests.node import needs_node

CHROMIUM = find_chromium()
SCREENSHOTS = BUILD / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# The sandbox is off, because CI may run as root. The other options turn off what the tests don't need, such as
# background traffic.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT_MS = 30_000  # long, because the machine may be busy
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def dashboard_build() -> None:
    """Build the dashboard from this checkout."""
    needs_node()
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "dashboard.lock").open("w") as lock:  # parallel test processes share the checkout
        fcntl.flock(lock, fcntl.LOCK_EX)
        result = subprocess.run(["make", "-s", "dashboard"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """Playwright, which starts and controls the browsers."""
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright, dashboard_build: None) -> Iterator[Browser]:
    """Chromium, which all tests share."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium (on Debian: apt install chromium-headless-shell)")
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """A browser context without stored data, for a viewer in New York. The context is closed before the server."""
    size: Any = {"width": 1280, "height": 1000}
    context = browser.new_context(timezone_id="America/New_York", locale="en-GB", viewport=size)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page. The test fails if a script of the page raises an error."""
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


@pytest.fixture(scope="session")
def app() -> Any:
    """The local server's application. It reads its settings with each request."""
    return application()


@pytest.fixture
def site(dashboard_build: None, environment: None, engine: Engine, app: Any) -> Iterator[str]:
    """The URL of a server with the dashboard and all functions."""
    with served(app) as url:
        yield url


def long_date(day: date) -> str:
    """Return a date as the page writes it: "Friday 1 October", with the year if it isn't this year."""
    text = f"{day:%A} {day.day} {day:%B}"
    return text if day.year == datetime.now(UTC).year else f"{day:%A}, {day.day} {day:%B} {day.year}"


def short_date(day: date) -> str:
    """Return a date as the page writes it in lists: "Fri 1 Oct", with the year if it isn't this year."""
    month = f"{day:%b}".replace("Sep", "Sept")
    text = f"{day:%a} {day.day} {month}"
    return text if day.year == datetime.now(UTC).year else f"{day:%a}, {day.day} {month} {day.year}"


def sign_in(page: Page, token: str) -> None:
    """Store a token in the session storage, as the web app does. To be called before the page is loaded."""
    # Firefox runs the script first in an empty page, which has no storage.
    store = f"sessionStorage.setItem('slotledger.token', {json.dumps(token)})"
    page.add_init_script(f"origin === 'null' || {store}")


def open_menu(page: Page) -> None:
    """Open the menu of the account."""
    page.get_by_role("button", name="Account and settings").click()
    expect(page.get_by_role("combobox", name="Language")).to_be_visible()


def look_as(page: Page, role: str) -> None:
    """Choose in the demo's menu who looks at the page."""
    open_menu(page)
    page.get_by_role("combobox", name="Look as").select_option(role)
    expect(page.get_by_role("combobox", name="Language")).to_be_hidden()


def sign_out(page: Page) -> None:
    open_menu(page)
    page.get_by_role("button", name="Sign out").click()


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until an element has the focus. Fail if it has no focus after 200 times."""
    expect(target).to_be_visible()
    element = target.element_handle()  # faster than the locator, which looks for the element each time
    for _ in range(200):
        page.keyboard.press("Tab")
        if element.evaluate("it => it === document.activeElement || !it.isConnected"):
            element = target.element_handle()
            if element.evaluate("it => it === document.activeElement"):
                return
    raise AssertionError(f"Tab never reaches {target}")


def axe_violations(page: Page) -> list[str]:
    """Return the accessibility violations that axe finds on a page.

    Of what isn't a violation, axe would describe each element, which takes nine tenths of the time on a large page.
    """
    page.evaluate(AXE.read_text())
    results = page.evaluate("tags => axe.run({ runOnly: tags, resultTypes: ['violations'] })", AXE_TAGS)
    return [f"{rule['id']}: {node['html']}" for rule in results["violations"] for node in rule["nodes"]]


def screenshot(page: Page, name: str) -> None:
    """Save a picture of the whole page in `.build/screenshots`."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=Path(SCREENSHOTS / f"{name}.png"), full_page=True)


@contextmanager
def spoken(page: Page, region: str) -> Iterator[list[str]]:
    """Yield a list. After the block, it has each text that a live region got, in this order.

    Only regions count that are there before the block: screen readers don't say what a new region has from the start.
    """
    page.evaluate(
        """region => {
          const [element, texts] = [document.querySelector(region), (window.spoken = [])];
          window.stopListening = () => { note(); observer.disconnect(); };
          const note = () => element.isConnected && element.innerText !== texts.at(-1) && texts.push(element.innerText);
          const observer = new MutationObserver(note);
          observer.observe(element, { subtree: true, childList: true, characterData: true });
        }""",
        region,
    )
    result: list[str] = []
    yield result
    page.evaluate("stopListening()")
    result += [" ".join(text.split()) for text in page.evaluate("spoken") if text]


@contextmanager
def layout_shifts(page: Page) -> Iterator[list[Any]]:
    """Yield a list. After the block, it has the page's layout shifts, except those right after an input of the user."""
    page.add_init_script(
        """
        window.layoutShifts = [];
        const place = ({ x, y, width, height }) => [x, y, width, height];
        const move = ({ node, previousRect, currentRect }) =>
          [(node?.outerHTML ?? node?.textContent)?.slice(0, 80), place(previousRect), place(currentRect)];
        const entry = ({ value, sources }) => [value, sources.map(move)];
        const isUnexpected = ({ hadRecentInput }) => !hadRecentInput;
        new PerformanceObserver(list => layoutShifts.push(...list.getEntries().filter(isUnexpected).map(entry)))
          .observe({ type: "layout-shift", buffered: true });
        """
    )
    result: list[Any] = []
    yield result
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    result += page.evaluate("layoutShifts")
