"""What has to be loaded before the week is seen, by what Vite says it built (`build.manifest`)."""

import gzip
import json
from typing import Any

import pytest

from tests.hosts import ROOT

DIST = ROOT / "dashboard" / "dist"
FIRST = ("index.html", "src/week/WeekView.tsx", "style.css")
AT_MOST = 250_000
# The class that Observable Plot gives its plots, which no minifier changes.
PLOT = b"plot-d6a7b5"


@pytest.fixture
def manifest(built: None) -> Any:
    return json.loads((DIST / ".vite" / "manifest.json").read_text())


def loaded_with(manifest: Any, *names: str) -> set[str]:
    """Return the files of these chunks and of all that they import at once: scripts and style sheets."""
    wanted, seen, files = list(names), set(), set()
    while wanted:
        name = wanted.pop()
        if name not in seen:
            seen.add(name)
            chunk = manifest[name]
            files |= {chunk["file"], *chunk.get("css", [])}
            wanted += chunk.get("imports", [])
    return files


def test_the_first_load_is_small(manifest: Any) -> None:
    """The page and the week, compressed as a server would."""
    files = {"index.html", *loaded_with(manifest, *FIRST)}
    sizes = {file: len(gzip.compress((DIST / file).read_bytes(), mtime=0)) for file in files}
    assert any(file.endswith(".css") for file in files)
    assert sum(sizes.values()) < AT_MOST, sizes


def test_the_plotting_library_comes_with_the_plots_alone(manifest: Any) -> None:
    def has_it(*names: str) -> bool:
        return any(PLOT in (DIST / file).read_bytes() for file in loaded_with(manifest, *names))

    views = [name for name, chunk in manifest.items() if name.endswith("View.tsx")]
    assert len(views) == 4
    assert not has_it("index.html", *views)
    assert has_it("src/statistics/draw.ts")
