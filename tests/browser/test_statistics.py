"""The statistics of a tutor: the numbers that `audit_stats` returns, charts and tables."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import Engine, text

from tests.browser.conftest import axe_violations, screenshot, sign_in, tab_to
from tests.builders import ADMIN, Tutor, add_booking, add_slots, add_tutor, clock_at, monday, slots
from tests.hosts import HOSTS, Api

Edits = list[tuple[int, int, tuple[str, ...], dict[str, Any]]]
# For each edit: when it is made (in days before yesterday), the edited day (in days after yesterday), the new slots of
# the edited day, and more fields of the request. The edit with the reason illness removes two slots late.
EDITS: Edits = [
    (60, -30, ("09:00", "10:00", "11:00", "15:00"), {"reason": "copy_week"}),
    (50, -30, ("10:00", "11:00", "15:00"), {"reason": "conflict"}),
    (28, -10, ("09:00", "10:00"), {}),
    (12, -8, ("09:00", "10:00", "12:00"), {}),
    (10, -3, ("09:00", "10:00", "11:00"), {}),
    (9, -8, ("12:00",), {"reason": "illness"}),
    (8, -3, (), {"reason": "vacation"}),
    (2, 5, ("08:00", "09:30"), {"reason": "other"}),
]
CHARTS = (
    "Slots added and removed by week",
    "Slots changed by weekday and hour",
    "Times removed most often",
    "Slots booked by weekday and hour",
)


@pytest.fixture
def api(environment: None) -> Api:
    return Api(HOSTS["functions-framework"])


@pytest.fixture
def console(page: Page) -> list[str]:
    """The browser's errors and warnings, such as violations of the Content-Security-Policy."""
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text) if message.type in ("error", "warning") else None)
    return messages


@pytest.fixture
def tutor(engine: Engine, api: Api, monkeypatch: pytest.MonkeyPatch) -> Tutor:
    """A tutor in Copenhagen who made the edits of `EDITS`."""
    tutor = add_tutor(engine)
    # Yesterday, around midnight in Copenhagen and in the evening in New York.
    night = datetime.now(UTC).replace(hour=22, minute=45) - timedelta(days=1)
    for ago, ahead, starts, options in EDITS:
        at = night - timedelta(days=ago)
        with monkeypatch.context() as past:
            past.setattr("common.web.endpoint.CLOCK", clock_at(at))
            day = str(night.date() + timedelta(days=ahead))
            answer = api.update(tutor.token, tutorId=str(tutor.id), date=day, timeSlots=slots(*starts), **options)
        assert answer.json["audit"] == "recorded", answer.body
    add_booking(engine, tutor, night.date() - timedelta(days=10), "09:00")
    return tutor


def open_statistics(page: Page, site: str, tutor: Tutor) -> Locator:
    """Open a tutor's statistics and wait until they are loaded."""
    page.goto(f"{site}/statistics?tutor={tutor.id}")
    return wait_until_loaded(page)


def wait_until_loaded(page: Page) -> Locator:
    """Wait until the statistics are loaded; return the view."""
    view = page.locator("section.statistics")
    expect(view).to_have_attribute("aria-busy", "false")
    return view


def facts(view: Locator) -> dict[str, str]:
    """Return the numbers at the top of the view by their names."""
    names, values = view.locator(".headline dt"), view.locator(".headline strong")
    return dict(zip(names.all_inner_texts(), values.all_inner_texts(), strict=True))


def figure(page: Page, title: str) -> Locator:
    """Return a chart with its heading and its table."""
    return page.get_by_role("figure").filter(has=page.get_by_role("heading", name=title))


def cells(table: Locator) -> list[list[str]]:
    """Return the cells of a table by row, without the header."""
    return [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]


def numbers(page: Page, title: str) -> list[list[str]]:
    """Open the table of a chart and return its cells."""
    container = figure(page, title)
    if container.locator("details[open]").count() == 0:
        container.locator("summary").click()
    return cells(container.get_by_role("table"))


def day_month(date: str) -> str:
    """Return a date as the page writes it: "23 Nov"."""
    at = datetime.fromisoformat(date)
    return f"{at.day} {'Sept' if at.month == 9 else at.strftime('%b')}"


def chart(page: Page, kind: str) -> Locator:
    """Wait until a chart of a kind (spans, hours or times) is drawn, and return it."""
    svg = page.locator(f".chart.{kind} svg").first
    expect(svg).to_be_visible()
    return svg


def test_the_numbers_are_those_that_audit_stats_returns(page: Page, site: str, tutor: Tutor, api: Api) -> None:
    sign_in(page, tutor.token)
    view = open_statistics(page, site, tutor)
    stats = api.stats(tutor.token, tutorId=tutor.id, days=30).json
    assert (stats["totalChanges"], stats["lateRemovals"]) == (15, 2)
    assert stats["demand"]["fillRate"] == 0.3333
    assert facts(view) == {
        "Booked": "33%",
        "Popular hours lost": "0",
        "Slots changed": str(stats["totalChanges"]),
        "Slots added": str(stats["slotsAdded"]),
        "Slots removed": str(stats["slotsRemoved"]),
        "Removed late": str(stats["lateRemovals"]),
        "Edits": str(stats["changeSets"]),
        "Slots a day": str(stats["avgChangesPerDay"]),
        "Most active day": day_month(stats["mostActiveDay"]),
    }
    shares = {table.locator("caption").inner_text(): cells(table) for table in view.locator(".shares table").all()}
    assert shares["Slots changed by reason"] == [
        ["Edit", str(stats["byReason"]["tutor_edit"]), ""],
        ["Vacation", str(stats["byReason"]["vacation"]), ""],
        ["Illness", str(stats["byReason"]["illness"]), ""],
        ["Other reason", str(stats["byReason"]["other"]), ""],
    ]
    assert shares["Slots changed by user"] == [["you", str(stats["totalChanges"]), ""]]
    expect(view.get_by_text("in the tutor's time (Copenhagen time)")).to_be_visible()
    expect(view.get_by_text("1 of 3 hours offered")).to_be_visible()
    expect(view.get_by_text("when the edit was saved, not when the slot starts")).to_be_visible()


def test_the_tables_have_the_numbers_of_the_charts(page: Page, site: str, tutor: Tutor, api: Api) -> None:
    """The table also has a row for each week without edits."""
    sign_in(page, tutor.token)
    open_statistics(page, site, tutor)
    page.get_by_label("90 days").check()
    expect(page.get_by_text("Complete: the log has every edit")).to_be_visible()
    stats = api.stats(tutor.token, tutorId=tutor.id, days=90).json
    weeks = numbers(page, CHARTS[0])
    assert len(weeks) in (13, 14)
    assert [row[1:] for row in weeks if row[1:] != ["0", "0", "0"]] == [
        [str(week["slotsAdded"]), str(week["slotsRemoved"]), str(week["lateRemovals"])] for week in stats["weekly"]
    ]
    by_hour = numbers(page, CHARTS[1])
    assert [row[0] for row in by_hour] == [f"{hour:02}:00" for hour in range(24)]
    assert [[int(row[day + 1]) for row in by_hour] for day in range(7)] == stats["byWeekdayHour"]
    figure(page, CHARTS[1]).get_by_label("removed slots, by their start").check()
    expect(figure(page, CHARTS[1]).get_by_role("table", name="Slots removed, by the weekday and hour")).to_be_visible()
    by_hour = numbers(page, CHARTS[1])
    assert [[int(row[day + 1]) for row in by_hour] for day in range(7)] == stats["removedByWeekdayHour"]
    assert numbers(page, CHARTS[2]) == [[row["time"], str(row["count"])] for row in stats["mostRemovedTimes"]]
    by_hour = numbers(page, CHARTS[3])
    assert [[row[day + 1] for row in by_hour] for day in range(7)] == [
        [f"{each['booked']}/{each['offered']}" if each["offered"] else "–" for each in hours]
        for hours in stats["demand"]["byWeekdayHour"]
    ]


def test_suggestions_are_sentences_with_their_numbers(page: Page, site: str, engine: Engine) -> None:
    """In each of the last eight weeks, two slots were offered: one hour is popular, and nobody books the other one."""
    tutor = add_tutor(engine)
    for weeks in range(1, 9):
        day = monday(0) - timedelta(weeks=weeks)
        add_slots(engine, tutor, day, "08:00", "17:00")
        if weeks > 1:
            add_booking(engine, tutor, day, "17:00")
    sign_in(page, tutor.token)
    view = open_statistics(page, site, tutor)
    expect(view.get_by_role("heading", name="What to offer more or less")).to_have_count(0)
    page.get_by_label("90 days").check()
    expect(view.locator(".suggestions li")).to_have_text(
        ["Monday 17:00: 7 of 8 booked. Offer more.", "Monday 08:00: 8 offered, none booked."]
    )
    expect(page.get_by_role("img", name="7 of 16 slots were booked when they started.")).to_be_visible()
    assert axe_violations(page) == []


def test_the_plotting_library_is_loaded_only_with_the_statistics(
    page: Page, site: str, tutor: Tutor, console: list[str]
) -> None:
    """The charts are drawn, and the browser's console stays empty."""
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url.rsplit("/", 1)[-1]))
    sign_in(page, tutor.token)
    page.goto(f"{site}/week?tutor={tutor.id}")
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    assert [name for name in requests if name.startswith(("draw-", "statistics-"))] == []
    page.get_by_role("link", name="Insights").click()
    bars = chart(page, "spans").locator("[aria-label=bar] rect")
    chart(page, "hours")
    assert chart(page, "times").locator("[aria-label=bar] rect").count() == len(numbers(page, CHARTS[2]))
    assert len([name for name in requests if name.startswith("draw-")]) == 1
    weeks = [[int(cell) for cell in row[1:]] for row in numbers(page, CHARTS[0])]
    visible = [bar for bar in bars.all() if float(bar.get_attribute("height") or 0) > 0]
    assert len(visible) == sum((added > 0) + (removed > late) + (late > 0) for added, removed, late in weeks)
    assert console == []


def test_a_chart_has_its_summary_as_its_accessible_name(page: Page, site: str, tutor: Tutor, api: Api) -> None:
    sign_in(page, tutor.token)
    open_statistics(page, site, tutor)
    stats = api.stats(tutor.token, tutorId=tutor.id, days=30).json
    counts = f"{stats['slotsAdded']} slots added, {stats['slotsRemoved']} removed, 2 of them late."
    expect(page.get_by_role("img", name=f"{counts} Most slots were changed in")).to_be_visible()
    expect(page.get_by_role("img", name="Most slots are changed on ")).to_be_visible()
    expect(page.get_by_role("img", name="09:00 and 10:00 were removed most often: 2 times each.")).to_be_visible()


def test_the_numbers_are_shown_without_the_plotting_library(page: Page, site: str, tutor: Tutor) -> None:
    def abort(route: Route) -> None:
        route.abort()

    page.route("**/assets/draw-*.js", abort)
    sign_in(page, tutor.token)
    view = open_statistics(page, site, tutor)
    expect(view.get_by_text("The chart couldn't be loaded. The numbers are below")).to_have_count(4)
    assert facts(view)["Slots changed"] == "15"
    assert len(numbers(page, CHARTS[1])) == 24
    page.get_by_label("removed slots, by their start").check()  # other numbers, for which no chart can be drawn either
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(view.get_by_text("The chart couldn't be loaded. The numbers are below")).to_have_count(4)


def test_charts_adapt_to_the_width_and_the_colour_scheme(page: Page, site: str, tutor: Tutor) -> None:
    """Charts are drawn again if the width changes. In a narrow chart of the hours, each hour is a row."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1200, "height": 800})
    sign_in(page, tutor.token)
    open_statistics(page, site, tutor)
    hours = chart(page, "hours")
    wide = hours.bounding_box()
    assert wide is not None
    assert wide["width"] > 1000
    assert wide["width"] > wide["height"]

    def colours() -> list[str]:
        bars = chart(page, "spans").locator("[aria-label=bar]").all()
        return [bar.evaluate("bar => getComputedStyle(bar).fill") for bar in bars]

    light = colours()
    page.emulate_media(color_scheme="dark")
    assert set(colours()) & set(light) == {'url("#late")'}
    page.set_viewport_size({"width": 360, "height": 740})
    expect(hours).not_to_have_attribute("width", str(round(wide["width"])))
    narrow = chart(page, "hours").bounding_box()
    assert narrow is not None
    assert 250 < narrow["width"] < 360
    assert narrow["height"] > narrow["width"]


def test_the_period_is_chosen_by_keyboard(page: Page, site: str, tutor: Tutor, api: Api) -> None:
    sign_in(page, tutor.token)
    view = open_statistics(page, site, tutor)
    tab_to(page, page.get_by_label("30 days"))
    for key, days in (("ArrowRight", 90), ("ArrowRight", 365), ("ArrowRight", 7), ("ArrowLeft", 365)):
        with page.expect_response(f"**/audit_stats?*days={days}*"):
            page.keyboard.press(key)
        expect(page.get_by_label(f"{days} days", exact=True)).to_be_focused()
        wait_until_loaded(page)
        stats = api.stats(tutor.token, tutorId=tutor.id, days=days).json
        assert facts(view)["Slots a day"] == f"{stats['avgChangesPerDay']:g}"


def test_the_numbers_of_a_chart_are_opened_by_keyboard(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, tutor.token)
    open_statistics(page, site, tutor)
    container = figure(page, CHARTS[2])
    expect(container.get_by_role("table")).to_be_hidden()
    tab_to(page, container.locator("summary"))
    page.keyboard.press("Enter")
    expect(container.get_by_role("table", name="How often a slot at this time was removed")).to_be_visible()


@pytest.mark.parametrize("width", [360, 800, 1200])
def test_nothing_moves_while_the_statistics_are_loading(page: Page, site: str, tutor: Tutor, width: int) -> None:
    """Each heading keeps its place when the numbers appear, and when the charts appear."""
    page.set_viewport_size({"width": width, "height": 800})
    routes: dict[str, Route] = {}
    page.route("**/audit_stats?*", lambda route: routes.update(numbers=route))
    page.route("**/assets/draw-*.js", lambda route: routes.update(library=route))
    sign_in(page, tutor.token)
    with page.expect_request("**/audit_stats?*"):
        page.goto(f"{site}/statistics?tutor={tutor.id}")
    fixed = page.locator("section.statistics").locator("h2, figure h3, dt, .legend, .chart")
    expect(page.locator("summary")).to_have_count(4)

    def positions() -> list[list[float]]:
        """Return the positions of the elements that the page has from the start."""
        result: list[list[float]] = fixed.evaluate_all(
            "all => all.map(it => it.getBoundingClientRect()).map(({ x, y }) => [x, y])"
        )
        return result

    before = [pytest.approx(position, abs=0.5) for position in positions()]  # half a pixel isn't visible
    assert len(before) == 19
    with page.expect_request("**/assets/draw-*.js"):
        routes["numbers"].continue_()
    wait_until_loaded(page)
    assert positions() == before
    routes["library"].continue_()
    for kind in ("spans", "hours", "times"):
        chart(page, kind)
    assert positions() == before


def test_missing_entries_are_reported(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log where reason = 'illness'"))
    sign_in(page, tutor.token)
    view = open_statistics(page, site, tutor)
    expect(view.get_by_role("status")).to_have_text(
        "Incomplete: 1 edit is missing from the log, so these numbers may be too low. Look again in ten minutes."
    )


def test_statistics_without_edits_have_no_charts(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    idle = add_tutor(engine)
    sign_in(page, ADMIN)
    view = open_statistics(page, site, idle)
    expect(view.get_by_text("No slots were changed in the last 30 days.", exact=True)).to_be_visible()
    expect(view.get_by_role("img")).to_have_count(0)
    assert facts(view)["Most active day"] == "none"
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log"))
    open_statistics(page, site, tutor)
    expect(page.get_by_text("No slots were changed in the last 30 days, as far as the log shows.")).to_be_visible()


def test_another_tutors_statistics_have_an_error_message(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    sign_in(page, add_tutor(engine).token)
    page.goto(f"{site}/statistics?tutor={tutor.id}")
    expect(page.get_by_role("alert")).to_contain_text("This is for the tutor and for admins")
    expect(page.get_by_role("figure")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(
    page: Page, site: str, tutor: Tutor, scheme: Literal["light", "dark"], console: list[str]
) -> None:
    """Axe finds no violation of WCAG 2.2 AA. On a phone that is 360 pixels wide, nothing is cut off."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, tutor.token)
    open_statistics(page, site, tutor)
    page.get_by_label("90 days").check()
    expect(page.get_by_text("Complete: the log has every edit")).to_be_visible()
    chart(page, "hours")
    screenshot(page, f"statistics-phone-{scheme}")
    for title in CHARTS:
        assert numbers(page, title) != []
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert [shown.evaluate("it => it.scrollWidth > it.clientWidth") for shown in page.locator("details").all()] == [
        False
    ] * 4
    assert console == []
    page.set_viewport_size({"width": 1200, "height": 800})
    screenshot(page, f"statistics-{scheme}")
