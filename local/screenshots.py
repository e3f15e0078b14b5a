"""The command that takes the README's pictures of the demo: a week with a draft, and the history."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from local.demo import DEMO_TUTORS
from local.programs import CannotStart

# The headless shell comes first, because it takes a third less time than the full Chromium.
BROWSERS = ("chromium-headless-shell", "chromium", "google-chrome")
FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
TUTOR = DEMO_TUTORS[0]


def find_chromium() -> str | None:
    """Return the path of a Chromium, or None if there is none."""
    return next(filter(None, map(shutil.which, BROWSERS)), None)


def run(site: str) -> None:
    """Take the pictures of the dashboard at a URL; raise `CannotStart` if there is no Chromium."""
    chromium = find_chromium()
    if chromium is None:
        raise CannotStart("Chromium is needed (on Debian: apt install chromium-headless-shell)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        take(browser, site, FOLDER)
        browser.close()


def take(browser: Browser, site: str, folder: Path) -> None:
    """Take the pictures with a browser, and write them to a folder."""
    folder.mkdir(exist_ok=True)
    page = browser.new_page(
        viewport={"width": 1200, "height": 960}, timezone_id="Europe/London", locale="en-GB", color_scheme="light"
    )
    page.goto(f"{site}/history?tutor={TUTOR.id}")
    expect(page.locator(".events > li").first).to_be_visible()
    expect(page.locator(".weeks")).to_be_visible()
    page.screenshot(path=folder / "history.png")
    page.goto(f"{site}/week?tutor={TUTOR.id}")
    _edit(page)
    page.screenshot(path=folder / "week.png")
    page.close()


def _edit(page: Page) -> None:
    """Go to the next week, and make three changes without saving them."""
    page.get_by_role("button", name="Later").click()
    expect(page.locator("section[aria-labelledby=week]")).to_have_attribute("aria-busy", "false")
    page.get_by_role("button", name=", free").first.click()
    noon = page.locator(".gutter").get_by_text("12:00").bounding_box()
    for column in (1, 4):
        box = page.locator("[data-column]").nth(column).bounding_box()
        if noon and box:
            page.mouse.click(box["x"] + box["width"] / 2, noon["y"] + noon["height"])
    expect(page.get_by_text("3 changes not saved")).to_be_visible()
    page.mouse.click(10, 10)  # remove the focus from the button
