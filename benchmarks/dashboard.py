"""The dashboard on a slow phone: a processor slowed four times, and a network of 1.6 Mbit/s with 150 ms latency.

`python -m benchmarks.dashboard [--write]` runs only this, and prints the table. `--write` also writes it to results.md,
without the other races. It needs Chromium, and the built dashboard (`make dashboard`).
"""

import gzip
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Thread
from typing import Any

from playwright.sync_api import Browser, Locator, Page, sync_playwright
from sqlalchemy import text
from werkzeug.serving import make_server

from benchmarks import data
from benchmarks.alone import run_alone
from benchmarks.contenders import Bench
from benchmarks.database import Database, seeded
from benchmarks.machine import use_two_processors
from benchmarks.processes import BenchmarkFailed
from benchmarks.turns import Race
from local import dashboard, tokens
from local.screenshots import find_chromium
from local.server import QuietHandler, application

DASHBOARD = "The dashboard on a slow phone"
BOOK, WEEK, HISTORY = "/book", "/week", "/history"
SCRIPTS, INTERACTIVE, SHIFT = "scripts (kB)", "interactive (ms)", "layout shift"
PRESS, BESIDE, FRAME = "a press (ms)", "the week or month beside (ms)", "a frame while scrolling (ms)"
SLOW_DOWN = 4
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 1_600_000 / 8}
SLOTS_A_DAY = 30  # 210 slots a week
EDITS, FRAMES = 1_670, 200  # 10,000 entries of the busy tutor
MEASURING = Path(__file__).with_name("dashboard.js").read_text()
# The first tutor offers 30 slots a day, from two weeks ago for 15 weeks.
FULL_WEEKS = """
insert into tutor_time_slots (tutor_id, date, start_time, duration_minutes, time_zone, created_at)
select cast(:tutor as uuid), cast(:today as date) + day, time '07:00' + slot * interval '30 minutes', 30,
  'Europe/Copenhagen', cast(:now as timestamptz)
from generate_series(-14, 91) as day
cross join generate_series(0, :slots - 1) as slot
"""


def measure_dashboard(bench: Bench) -> Iterator[Race]:
    """Measure on a database of its own."""
    if not bench.missing.has(DASHBOARD):
        part = bench.largest.data.tutors / data.TUTORS
        yield from measure(bench.largest.url, bench.folder, part=part, rounds=bench.pace.rounds)


def measure(url: str, folder: Path, *, part: float = 1.0, rounds: int = 3) -> Iterator[Race]:
    """Load each view `rounds` times, use it, and yield the results. `part` is a part of the history's entries."""
    chromium = find_chromium()
    if chromium is None or not dashboard.is_built():
        raise BenchmarkFailed("The dashboard's figures need Chromium and `make dashboard`")
    found: dict[str, dict[str, list[float]]] = {}

    def add(view: str, column: str, figures: list[float]) -> None:
        found.setdefault(column, {}).setdefault(view, []).extend(figures)

    with use_two_processors(), seeded(url, 1, folder, lambda step: None) as database, _served(database) as site:
        _fill(database)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            for _ in range(rounds):
                for view in (BOOK, WEEK, HISTORY):
                    for column, figures in _use(browser, site, view, database.data, round(EDITS * part)):
                        add(view, column, figures)
            browser.close()
    for column, by_view in found.items():
        yield Race(DASHBOARD, column, by_view, unit="")


def _fill(database: Database) -> None:
    tutor = data.tutor_id(1)
    data.seed_busy_tutor(database.engine, database.data)
    database.rows("delete from bookings where tutor_id = cast(:tutor as uuid) returning 1", tutor=tutor)
    database.rows("delete from tutor_time_slots where tutor_id = cast(:tutor as uuid) returning 1", tutor=tutor)
    database.rows(
        "update tutors set time_zone = 'Europe/Copenhagen' where id = cast(:tutor as uuid) returning 1", tutor=tutor
    )
    with database.engine.begin() as connection:
        values = {"tutor": tutor, "slots": SLOTS_A_DAY, "today": database.data.today, "now": database.data.now}
        connection.execute(text(FULL_WEEKS), values)


@contextmanager
def _served(database: Database) -> Iterator[str]:
    """Serve the functions and the dashboard, whose files are compressed as static hosts do."""
    os.environ |= {"STAGE": "bench", "DATABASE_URL": database.url, "AUTH_JWT_SECRET": "benchmark" * 4}
    server = make_server("127.0.0.1", 0, _compressed(application()), threaded=True, request_handler=QuietHandler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _compressed(app: Callable[..., Any]) -> Callable[..., Any]:
    def compress(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        begun: list[Any] = []
        body = b"".join(app(environ, lambda *head: begun.extend(head)))
        status, headers = begun[:2]
        kept = [(name, value) for name, value in headers if name.lower() != "content-length"]
        if body and "Content-Encoding" not in dict(headers):
            body, kept = gzip.compress(body, 6), [*kept, ("Content-Encoding", "gzip")]
        start_response(status, [*kept, ("Content-Length", str(len(body)))])
        return [body]

    return compress


def _use(
    browser: Browser, site: str, view: str, seeded_with: data.Data, edits: int
) -> Iterator[tuple[str, list[float]]]:
    """Open a view with an empty cache, and use it. Yield columns with their figures."""
    tutor = seeded_with.busy_tutor if view == HISTORY else data.tutor_id(1)
    token = tokens.sign_student("Ben") if view == BOOK else tokens.sign(data.user_id(tutor))
    with browser.new_context(viewport={"width": 1280, "height": 900}, timezone_id="Europe/Copenhagen") as context:
        context.set_default_timeout(60_000)
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", NETWORK)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_DOWN})
        page.add_init_script(f"sessionStorage.setItem('slotledger.token', '{token}');\n{MEASURING}")
        month = f"&date={seeded_with.today + timedelta(days=20)}" if view == BOOK else ""
        page.goto(f"{site}{view}?tutor={tutor}{month}", wait_until="commit")
        yield INTERACTIVE, [page.evaluate("measured.ready()")]
        yield SCRIPTS, [page.evaluate("measured.scriptBytes()") / 1000]
        page.wait_for_load_state("networkidle")
        if view == BOOK:
            days = page.locator(".month-glance .some:not([aria-pressed=true])")
            yield PRESS, [_press(days.nth(each)) for each in range(3)]
            yield BESIDE, [_until_changed(page.locator(".month-glance button.icon").last)]
        elif view == WEEK:
            yield BESIDE, [_until_changed(page.locator(".week-bar .pair button").last)]
            yield (
                PRESS,
                [_press(page.locator("[data-column]").last.locator("[data-slot]").nth(each)) for each in (3, 8, 13)],
            )
        else:
            yield SHIFT, [page.evaluate("measured.shift()")]
            session.send("Network.emulateNetworkConditions", {**NETWORK, "latency": 0, "downloadThroughput": -1})
            session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
            _load_edits(page, edits)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOW_DOWN})
            yield FRAME, page.evaluate(f"measured.scroll({FRAMES})")
            return
        yield SHIFT, [page.evaluate("measured.shift()")]


def _press(target: Locator) -> float:
    target.page.evaluate("measured.beforePress()")
    target.click()
    return float(target.page.evaluate("measured.press()"))


def _until_changed(target: Locator) -> float:
    target.page.evaluate("measured.beforeChange()")
    target.click()
    return float(target.page.evaluate("measured.change()"))


def _load_edits(page: Page, count: int) -> None:
    items = page.locator(".events > li")
    while items.count() < count:
        before = items.count()
        page.locator(".timeline .more").click()
        items.nth(before).wait_for(state="attached")


if __name__ == "__main__":
    run_alone("benchmarks.dashboard", __doc__, measure)
