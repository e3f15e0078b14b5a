"""The plot for the README: bars that begin at zero, a panel a question, the fastest first; one SVG, written by hand.

It brings its own background, so that it reads the same on a light page and on a dark one.
"""

from collections.abc import Sequence
from xml.sax.saxutils import escape

from benchmarks.races import HTTP, IN_PROCESS, OURS, OURS_POOLED, RAW, RAW_COMPACT, RAW_PREPARED, UPDATE
from benchmarks.report import number
from benchmarks.turns import Race

PANELS = (
    (IN_PROCESS, "30 days", "Read 30 days, in process"),
    (HTTP, "30 days", "Read 30 days, over HTTP"),
    (UPDATE, "8 removed, 8 added", "Update a day, with its log"),
)
LEFT_OUT = (OURS_POOLED, RAW_PREPARED, RAW_COMPACT)

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


def drawn(races: Sequence[Race]) -> str:
    """Return the plot."""
    parts: list[str] = []
    y = MARGIN
    for title, column, heading in PANELS:
        for race in races:
            if (race.title, race.column) == (title, column):
                parts.append(f'<text class="heading" x="{MARGIN}" y="{y + 10}">{escape(heading)}</text>')
                parts += _bars(race, y + HEADING)
                y += HEADING + ROW * len(_names(race)) + GAP
    parts.append(
        f'<text x="{MARGIN}" y="{y + 4}">Milliseconds a request (median), and how many times ours that is.</text>'
    )
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
        times = "" if name == OURS else f", {race.ratio(name, OURS):.1f}×"  # noqa: RUF001 - the sign that is meant
        label = f"{number(figure)} ms{times}"
        parts += [
            f'<text class="name{kind}" x="{x - 12}" y="{y + 4}">{escape(name)}</text>',
            f'<rect class="bar{kind}" x="{x}" y="{y - BAR / 2}" width="{length:.1f}" height="{BAR}" rx="2"/>',
            f'<text class="label{kind}" x="{x + length + 8:.1f}" y="{y + 4}">{label}</text>',
        ]
    return parts
