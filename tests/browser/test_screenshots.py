"""`make screenshots` takes the README's pictures."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from common.config import Settings
from local import demo, screenshots


def test_the_pictures_show_the_demos_history_and_week(
    browser: Browser, site: str, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    demo.load(settings)
    monkeypatch.setenv("STAGE", "local")  # on other stages, the browser would have to sign in
    screenshots.take(browser, site, tmp_path / "pictures")
    pictures = {picture.name: picture.read_bytes() for picture in (tmp_path / "pictures").iterdir()}
    assert sorted(pictures) == ["history.png", "week.png"]
    assert all(content.startswith(b"\x89PNG") and len(content) > 20_000 for content in pictures.values())
