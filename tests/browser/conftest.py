"""A real browser (Debian's Chromium) on the page that `make run` serves, with the test's own database behind it."""

import fcntl
import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright
from sqlalchemy import Engine

from deploy.stages import BUILD
from local.server import application
from tests.hosts import ROOT, served
from tests.node import needs_node

# Without a window around each page, which would take half as much time again; Debian has it in a package of its own.
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, BROWSERS)), None)
SCREENSHOTS = BUILD / "screenshots"
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# It has no business on a network; and as root, which CI is, it has no sandbox.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TIMEOUT_MS = 30_000  # a guard against hanging: a machine may be busy with something else
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def built() -> None:
    """The dashboard as it is in the checkout."""
    needs_node()
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "dashboard.lock").open("w") as lock:  # other processes may run tests in the same checkout
        fcntl.flock(lock, fcntl.LOCK_EX)
        ran = subprocess.run(["make", "-s", "dashboard"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.fixture(scope="session")
def browser(built: None) -> Iterator[Browser]:
    """The browser, for all tests."""
    if CHROMIUM is None:
        pytest.skip("needs Chromium (on Debian: apt install chromium-headless-shell)")
    expect.set_options(timeout=TIMEOUT_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture
def context(browser: Browser, site: str) -> Iterator[BrowserContext]:
    """A viewer in New York who has never been here; gone before the site is."""
    size: Any = {"width": 1280, "height": 1000}
    context = browser.new_context(timezone_id="America/New_York", locale="en-GB", viewport=size)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page on which nothing may go wrong unseen."""
    page = context.new_page()
    page.set_default_timeout(TIMEOUT_MS)
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


@pytest.fixture
def site(built: None, environment: None, engine: Engine) -> Iterator[str]:
    """Where the dashboard and all functions are served."""
    with served(application()) as url:
        yield url


def sign_in(page: Page, token: str) -> None:
    """Leave a token for the page, as the web app around it would."""
    page.add_init_script(f"sessionStorage.setItem('slotledger.token', {json.dumps(token)})")


def tab_to(page: Page, goal: Locator) -> None:
    """Go to something by keyboard alone, forward; fail if it can't be reached."""
    expect(goal).to_be_visible()
    for _ in range(200):
        page.keyboard.press("Tab")
        if goal.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError(f"{goal} isn't reached by Tab")


def barriers(page: Page) -> list[str]:
    """Return what axe finds on a page that keeps somebody out."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("rules => axe.run({ runOnly: rules })", RULES)
    return [f"{wrong['id']}: {node['html']}" for wrong in found["violations"] for node in wrong["nodes"]]


def keep(page: Page, name: str) -> None:
    """Keep a picture of the page, for whoever looks through a run."""
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=Path(SCREENSHOTS / f"{name}.png"), full_page=True)


@contextmanager
def shifts(page: Page) -> Iterator[list[Any]]:
    """Yield what moves on the page by itself (the browser's own measure), once the block is over."""
    page.add_init_script(
        """
        window.moved = [];
        const place = ({ x, y, width, height }) => [x, y, width, height];
        const move = ({ node, previousRect, currentRect }) =>
          [(node?.outerHTML ?? node?.textContent)?.slice(0, 80), place(previousRect), place(currentRect)];
        const told = ({ value, sources }) => [value, sources.map(move)];
        new PerformanceObserver(list => moved.push(...list.getEntries().filter(it => !it.hadRecentInput).map(told)))
          .observe({ type: "layout-shift", buffered: true });
        """
    )
    found: list[Any] = []
    yield found
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    found += page.evaluate("moved")
