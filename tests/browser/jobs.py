"""Counts what a person does for a job: by mouse, by keyboard alone, or on a touch screen."""

from dataclasses import dataclass

from playwright.sync_api import Locator, Page

from tests.browser.conftest import tab_to

MOUSE, KEYBOARD, TOUCH = "mouse", "keyboard", "touch"


@dataclass
class Person:
    """Does things on a page, and counts them. A press or a filled field is one; a choice from a list is two."""

    page: Page
    way: str
    interactions: int = 0

    def press(self, target: Locator) -> None:
        self.interactions += 1
        if self.way == KEYBOARD:
            tab_to(self.page, target)
            self.page.keyboard.press("Enter")
        elif self.way == TOUCH:
            target.tap()
        else:
            target.click()

    def fill(self, target: Locator, value: str) -> None:
        self.interactions += 1
        self._reach(target)
        target.fill(value)

    def choose(self, target: Locator, name: str) -> None:
        self.interactions += 2
        self._reach(target)
        target.select_option(name)

    def _reach(self, target: Locator) -> None:
        if self.way == KEYBOARD:
            tab_to(self.page, target)
