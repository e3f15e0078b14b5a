"""The bar chart for the README, as SVG: a panel for each of three races, the fastest contender first.

It has a background, so that it can be read on light and on dark pages.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from benchmarks.contenders import OURS, OURS_UNPREPARED, RAW, RAW_OURS, RAW_PREPARED
from benchmarks.races import HTTP, IN_PROCESS
from benchmarks.report import format_number
from benchmarks.turns import Race
from benchmarks.updates import UPDATE

PANELS = (
    (IN_PROCESS, "30 days", "Read 30 days, in process"),
    (HTTP, "30 days", "Read 30 days, over HTTP"),
    (UPDATE, "8 removed, 8 added", "Update a day, with its log"),
)
LEFT_OUT = (OURS_UNPREPARED, RAW_PREPARED, RAW_OURS)

WIDTH, MARGIN, NAMES, LABELS = 820, 28, 256, 120
ROW, BAR, HEADING, GAP = 24, 13, 34, 18
BARS = WIDTH - 2 * MARGIN - NAMES - LABELS
STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #57606a }
.heading { font-size: 14px; font-weight: 600; fill: #1f2328 }
.ours { font-weight: 600; fill: #1f2328 }
.name { text-anchor: end }
.background { fill: #fcfcfd; stroke: #d8dee4 }
.bar { fill: #c5ccd3 }
.bar.raw { fill: none; stroke: #8c959f; stroke-dasharray: 3 2 }
.bar.ours { fill: #1a7f64 }
"""


def draw(races: Sequence[Race]) -> str:
    """Return the SVG."""
    parts: list[str] = []
    y = MARGIN
    for title, column, heading in PANELS:
        for race in races:
            if (race.title, race.column) == (title, column):
                parts.append(f'<text class="heading" x="{MARGIN}" y="{y + 10}">{escape(heading)}</text>')
                parts += _bars(race, y + HEADING)
                y += HEADING + ROW * len(_names(race)) + GAP
    caption = f"Milliseconds per request (median), and the ratio to {OURS}."
    parts.append(f'<text x="{MARGIN}" y="{y + 4}">{caption}</text>')
    height = y + MARGIN
    size = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    background = f'<rect class="background" x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8"/>'
    head = f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="How long requests take">'
    return "\n".join([head, f"<style>{STYLE}</style>", background, *parts, "</svg>"]) + "\n"


def _names(race: Race) -> list[str]:
    return sorted((name for name in race.rounds if name not in LEFT_OUT), key=race.figure)


def _bars(race: Race, top: int) -> list[str]:
    parts = []
    longest = max(race.figure(name) for name in _names(race))
    for row, name in enumerate(_names(race)):
        figure, y = race.figure(name), top + ROW * row
        kind = {OURS: " ours", RAW: " raw"}.get(name, "")
        x, length = MARGIN + NAMES, max(2.0, BARS * figure / longest)
        times = "" if name == OURS else f", {race.ratio(name, OURS):.1f}×"  # noqa: RUF001 - a multiplication sign
        label = f"{format_number(figure)} ms{times}"
        parts += [
            f'<text class="name{kind}" x="{x - 12}" y="{y + 4}">{escape(name)}</text>',
            f'<rect class="bar{kind}" x="{x}" y="{y - BAR / 2}" width="{length:.1f}" height="{BAR}" rx="2"/>',
            f'<text class="label{kind}" x="{x + length + 8:.1f}" y="{y + 4}">{label}</text>',
        ]
    return parts
