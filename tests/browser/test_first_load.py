"""Which files the page loads first, and their size. Vite's manifest (`build.manifest`) lists the files."""

import gzip
import json
import re
from typing import Any

import pytest

from tests.hosts import ROOT

DIST = ROOT / "dashboard" / "dist"
FIRST_CHUNKS = ("index.html", "src/week/WeekView.tsx", "src/texts/week/en.ts", "style.css")
BOOK_CHUNKS = ("index.html", "src/book/BookView.tsx")
MAX_BYTES = 250_000
# A class name in the code of Observable Plot. Minifiers keep it, so files that contain it contain the library.
PLOT_CLASS = b"plot-d6a7b5"


@pytest.fixture
def manifest(dashboard_build: None) -> Any:
    return json.loads((DIST / ".vite" / "manifest.json").read_text())


def loaded_with(manifest: Any, *names: str) -> set[str]:
    """Return the scripts and style sheets of some chunks and of their static imports."""
    pending, seen, files = list(names), set(), set()
    while pending:
        name = pending.pop()
        if name not in seen:
            seen.add(name)
            chunk = manifest[name]
            files |= {chunk["file"], *chunk.get("css", [])}
            pending += chunk.get("imports", [])
    return files


def test_the_first_load_is_small(manifest: Any) -> None:
    """The page and the week view are loaded first. The test adds up the sizes of their files after gzip."""
    files = {"index.html", *loaded_with(manifest, *FIRST_CHUNKS)}
    sizes = {file: len(gzip.compress((DIST / file).read_bytes(), mtime=0)) for file in files}
    assert any(file.endswith(".css") for file in files)
    assert sum(sizes.values()) < MAX_BYTES, sizes


def test_the_scripts_of_the_booker_are_small(manifest: Any) -> None:
    scripts = [file for file in loaded_with(manifest, *BOOK_CHUNKS) if file.endswith(".js")]
    sizes = {file: len(gzip.compress((DIST / file).read_bytes(), mtime=0)) for file in scripts}
    assert sum(sizes.values()) <= 100_000, sizes


def test_the_code_of_the_view_is_loaded_beside_the_scripts_of_the_page(manifest: Any) -> None:
    """The script that begins it waits for no large script, and not for the style sheet, as scripts without async do."""
    sizes = {file: (DIST / file).stat().st_size for file in loaded_with(manifest, "src/ahead.ts")}
    assert 0 < sum(sizes.values()) < 10_000, sizes
    scripts = re.findall(r"<script [^>]*>", (DIST / "index.html").read_text())
    assert [manifest["src/ahead.ts"]["file"] in script for script in scripts if " async" in script] == [True]


def test_the_plotting_library_is_loaded_only_with_the_charts(manifest: Any) -> None:
    def has_library(*names: str) -> bool:
        return any(PLOT_CLASS in (DIST / file).read_bytes() for file in loaded_with(manifest, *names))

    views = [name for name, chunk in manifest.items() if name.endswith("View.tsx")]
    assert len(views) == 8
    assert not has_library("index.html", *views)
    assert has_library("src/statistics/draw.ts")
