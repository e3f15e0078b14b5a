"""The README's pictures, taken of the demo: a week that is being edited, and its history."""

import shutil
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from local.demo import DEMO_TUTORS
from local.programs import CannotStart

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"
TUTOR = DEMO_TUTORS[0]


def run(site: str) -> None:
    """Take them of the dashboard that is served there."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise CannotStart("Chromium is needed (on Debian: apt install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        take(browser, site, FOLDER)
        browser.close()


def take(browser: Browser, site: str, folder: Path) -> None:
    """Take them with a browser, into a folder."""
    folder.mkdir(exist_ok=True)
    page = browser.new_page(
        viewport={"width": 1200, "height": 960}, timezone_id="Europe/London", locale="en-GB", color_scheme="light"
    )
    page.goto(f"{site}/#/{TUTOR.id}/history")
    expect(page.locator(".timeline > li").first).to_be_visible()
    page.screenshot(path=folder / "history.png")
    page.goto(f"{site}/#/{TUTOR.id}/week")
    _edit(page)
    page.screenshot(path=folder / "week.png")
    page.close()


def _edit(page: Page) -> None:
    """Edit the week to come, without saving."""
    page.get_by_role("button", name="Later").click()
    expect(page.locator("section[aria-labelledby=week]")).to_have_attribute("aria-busy", "false")
    page.get_by_role("button", name=", free").first.click()
    page.get_by_label("Start").fill("12:00")
    for day in (1, 4):
        page.get_by_role("combobox", name="Day").select_option(index=day)
        page.get_by_role("button", name="Offer", exact=True).click()
    expect(page.get_by_text("Not saved yet: 2 to offer, 1 to withdraw")).to_be_visible()
    page.mouse.click(10, 10)  # away from what was focused last
