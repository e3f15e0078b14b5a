"""The statistics of a tutor: the numbers of `audit_stats`, as numbers, plots and tables."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import Engine, text

from tests.browser.conftest import barriers, keep, sign_in, tab_to
from tests.builders import ADMIN, Tutor, add_tutor, slots
from tests.hosts import HOSTS, Api

Edits = list[tuple[int, int, tuple[str, ...], dict[str, Any]]]
# How many days ago, of the day how many days from now, what it is to offer, and why. The illness came late.
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
PLOTS = ("Added and removed by week", "Changes by weekday and hour", "Most removed times")


@pytest.fixture
def api(environment: None) -> Api:
    return Api(HOSTS["functions-framework"])


@pytest.fixture
def quiet(page: Page) -> list[str]:
    """What the browser has to complain of, such as what the Content-Security-Policy forbids."""
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    return said


@pytest.fixture
def tutor(engine: Engine, api: Api, monkeypatch: pytest.MonkeyPatch) -> Tutor:
    """A tutor in Copenhagen who made some edits in the last two months."""
    tutor = add_tutor(engine)
    # Around midnight there, and in the evening in New York, where the viewer is.
    night = datetime.now(UTC).replace(hour=22, minute=45) - timedelta(days=1)
    for ago, ahead, starts, why in EDITS:
        at = night - timedelta(days=ago)
        with monkeypatch.context() as past:
            past.setattr("common.web.endpoint.utc_now", lambda at=at: at)
            day = str(night.date() + timedelta(days=ahead))
            answer = api.update(tutor.token, tutorId=str(tutor.id), date=day, timeSlots=slots(*starts), **why)
        assert answer.json["audit"] == "recorded", answer.body
    return tutor


def opened(page: Page, site: str, tutor: Tutor) -> Locator:
    """Open the tutor's statistics and wait for their numbers."""
    page.goto(f"{site}/#/{tutor.id}/statistics")
    return counted(page)


def counted(page: Page) -> Locator:
    """Wait until nothing is being counted any more."""
    view = page.locator("section.statistics")
    expect(view).to_have_attribute("aria-busy", "false")
    return view


def facts(view: Locator) -> dict[str, str]:
    """Return the headline's numbers by their names."""
    names, values = view.locator(".headline dt"), view.locator(".headline strong")
    return dict(zip(names.all_inner_texts(), values.all_inner_texts(), strict=True))


def figure(page: Page, title: str) -> Locator:
    return page.get_by_role("figure").filter(has=page.get_by_role("heading", name=title))


def cells(table: Locator) -> list[list[str]]:
    """Return what the rows of a table say, without the header."""
    return [row.locator("th, td").all_inner_texts() for row in table.locator("tbody tr").all()]


def numbers(page: Page, title: str) -> list[list[str]]:
    """Return the table under a plot, which has to be opened first."""
    shown = figure(page, title)
    if shown.locator("details[open]").count() == 0:
        shown.locator("summary").click()
    return cells(shown.get_by_role("table"))


def day_month(date: str) -> str:
    """Return a date as the page writes it for a British viewer."""
    at = datetime.fromisoformat(date)
    return f"{at.day} {'Sept' if at.month == 9 else at.strftime('%b')}"


def drawn(page: Page, kind: str) -> Locator:
    """Return a plot, which is there."""
    plot = page.locator(f".drawing.{kind} svg").first
    expect(plot).to_be_visible()
    return plot


def test_the_numbers_are_those_that_audit_stats_answers(page: Page, site: str, tutor: Tutor, api: Api) -> None:
    sign_in(page, tutor.token)
    view = opened(page, site, tutor)
    told = api.stats(tutor.token, tutorId=tutor.id, days=30).json
    assert (told["totalChanges"], told["lateRemovals"]) == (15, 2)
    assert facts(view) == {
        "Changes": str(told["totalChanges"]),
        "Added": str(told["slotsAdded"]),
        "Removed": str(told["slotsRemoved"]),
        "Late removals": str(told["lateRemovals"]),
        "Change sets": str(told["changeSets"]),
        "Changes a day": str(told["avgChangesPerDay"]),
        "Most active day": day_month(told["mostActiveDay"]),
    }
    shares = {table.locator("caption").inner_text(): cells(table) for table in view.locator(".shares table").all()}
    assert shares["Changes by reason"] == [
        ["Edit", str(told["byReason"]["tutor_edit"]), ""],
        ["Vacation", str(told["byReason"]["vacation"]), ""],
        ["Illness", str(told["byReason"]["illness"]), ""],
        ["Other reason", str(told["byReason"]["other"]), ""],
    ]
    assert shares["Changes by user"] == [["you", str(told["totalChanges"]), ""]]
    expect(view.get_by_text("by the tutor's clock (Copenhagen time)")).to_be_visible()
    expect(view.get_by_text("those of the change, not those of the slot")).to_be_visible()


def test_the_tables_have_what_is_plotted(page: Page, site: str, tutor: Tutor, api: Api) -> None:
    """And a row for each week, also where nothing was changed."""
    sign_in(page, tutor.token)
    opened(page, site, tutor)
    page.get_by_label("90 days").check()
    expect(page.get_by_text("Complete: the log tells of every edit")).to_be_visible()
    told = api.stats(tutor.token, tutorId=tutor.id, days=90).json
    weeks = numbers(page, PLOTS[0])
    assert len(weeks) in (13, 14)
    assert [row[1:] for row in weeks if row[1:] != ["0", "0", "0"]] == [
        [str(week["slotsAdded"]), str(week["slotsRemoved"]), str(week["lateRemovals"])] for week in told["weekly"]
    ]
    by_hour = numbers(page, PLOTS[1])
    assert [row[0] for row in by_hour] == [f"{hour:02}:00" for hour in range(24)]
    assert [[int(row[day + 1]) for row in by_hour] for day in range(7)] == told["byWeekdayHour"]
    assert numbers(page, PLOTS[2]) == [[row["time"], str(row["count"])] for row in told["mostRemovedTimes"]]


def test_plots_are_loaded_when_they_are_looked_at(page: Page, site: str, tutor: Tutor, quiet: list[str]) -> None:
    """And drawn, without a word from the browser."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.rsplit("/", 1)[-1]))
    sign_in(page, tutor.token)
    page.goto(f"{site}/#/{tutor.id}/week")
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", level=2)).to_be_visible()
    assert [name for name in asked if name.startswith(("draw-", "statistics-"))] == []
    page.get_by_role("link", name="Statistics").click()
    bars = drawn(page, "spans").locator("[aria-label=bar] rect")
    drawn(page, "hours")
    assert drawn(page, "times").locator("[aria-label=bar] rect").count() == len(numbers(page, PLOTS[2]))
    assert len([name for name in asked if name.startswith("draw-")]) == 1
    weeks = [[int(cell) for cell in row[1:]] for row in numbers(page, PLOTS[0])]
    visible = [bar for bar in bars.all() if float(bar.get_attribute("height") or 0) > 0]
    assert len(visible) == sum((added > 0) + (removed > late) + (late > 0) for added, removed, late in weeks)
    assert quiet == []


def test_a_plot_says_its_point_to_those_who_do_not_see_it(page: Page, site: str, tutor: Tutor, api: Api) -> None:
    sign_in(page, tutor.token)
    opened(page, site, tutor)
    told = api.stats(tutor.token, tutorId=tutor.id, days=30).json
    point = f"{told['slotsAdded']} slots added, {told['slotsRemoved']} removed, 2 of them late. Most was changed in"
    expect(page.get_by_role("img", name=point)).to_be_visible()
    expect(page.get_by_role("img", name="Most changes are made on ")).to_be_visible()
    expect(page.get_by_role("img", name="09:00 and 10:00 were removed most often: 2 times each.")).to_be_visible()


def test_the_numbers_do_without_the_plots(page: Page, site: str, tutor: Tutor) -> None:
    def away(route: Route) -> None:
        route.abort()

    page.route("**/assets/draw-*.js", away)
    sign_in(page, tutor.token)
    view = opened(page, site, tutor)
    expect(view.get_by_text("The plot couldn't be loaded. The numbers are below")).to_have_count(3)
    assert facts(view)["Changes"] == "15"
    assert len(numbers(page, PLOTS[1])) == 24


def test_plots_take_the_room_and_the_colours_that_there_are(page: Page, site: str, tutor: Tutor) -> None:
    """Drawn anew for another width; a week whose hours don't fit beside each other has them below each other."""
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1200, "height": 800})
    sign_in(page, tutor.token)
    opened(page, site, tutor)
    hours = drawn(page, "hours")
    wide = hours.bounding_box()
    assert wide is not None
    assert wide["width"] > 1000
    assert wide["width"] > wide["height"]

    def colours() -> list[str]:
        bars = drawn(page, "spans").locator("[aria-label=bar]").all()
        return [bar.evaluate("bar => getComputedStyle(bar).fill") for bar in bars]

    light = colours()
    page.emulate_media(color_scheme="dark")
    assert set(colours()) & set(light) == {'url("#late")'}
    page.set_viewport_size({"width": 360, "height": 740})
    expect(hours).not_to_have_attribute("width", str(round(wide["width"])))
    narrow = drawn(page, "hours").bounding_box()
    assert narrow is not None
    assert 250 < narrow["width"] < 360
    assert narrow["height"] > narrow["width"]


def test_the_period_is_chosen_by_keyboard(page: Page, site: str, tutor: Tutor, api: Api) -> None:
    sign_in(page, tutor.token)
    view = opened(page, site, tutor)
    tab_to(page, page.get_by_label("30 days"))
    for key, days in (("ArrowRight", 90), ("ArrowRight", 365), ("ArrowRight", 7), ("ArrowLeft", 365)):
        with page.expect_response(f"**/audit_stats?*days={days}*"):
            page.keyboard.press(key)
        expect(page.get_by_label(f"{days} days", exact=True)).to_be_focused()
        counted(page)
        told = api.stats(tutor.token, tutorId=tutor.id, days=days).json
        assert facts(view)["Changes a day"] == f"{told['avgChangesPerDay']:g}"


def test_numbers_are_opened_by_keyboard(page: Page, site: str, tutor: Tutor) -> None:
    sign_in(page, tutor.token)
    opened(page, site, tutor)
    shown = figure(page, PLOTS[2])
    expect(shown.get_by_role("table")).to_be_hidden()
    tab_to(page, shown.locator("summary"))
    page.keyboard.press("Enter")
    expect(shown.get_by_role("table", name="How often a slot at this time was removed")).to_be_visible()


@pytest.mark.parametrize("width", [360, 800, 1200])
def test_nothing_moves_while_the_statistics_come(page: Page, site: str, tutor: Tutor, width: int) -> None:
    """First there is room, then the numbers, then the plots: each heading stays where it is."""
    page.set_viewport_size({"width": width, "height": 800})
    held: dict[str, Route] = {}
    page.route("**/audit_stats?*", lambda route: held.update(numbers=route))
    page.route("**/assets/draw-*.js", lambda route: held.update(plots=route))
    sign_in(page, tutor.token)
    with page.expect_request("**/audit_stats?*"):
        page.goto(f"{site}/#/{tutor.id}/statistics")
    kept = page.locator("section.statistics").locator("h2, figure h3, dt, .legend, .drawing")
    expect(page.locator("summary")).to_have_count(3)

    def places() -> list[list[float]]:
        """Where everything is that is there from the beginning."""
        places: list[list[float]] = kept.evaluate_all(
            "all => all.map(it => it.getBoundingClientRect()).map(({ x, y }) => [x, y])"
        )
        return places

    before = [pytest.approx(place, abs=0.5) for place in places()]  # less than a pixel nobody sees
    assert len(before) == 15
    with page.expect_request("**/assets/draw-*.js"):
        held["numbers"].continue_()
    counted(page)
    assert places() == before
    held["plots"].continue_()
    for kind in ("spans", "hours", "times"):
        drawn(page, kind)
    assert places() == before


def test_a_log_with_holes_says_so(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log where reason = 'illness'"))
    sign_in(page, tutor.token)
    view = opened(page, site, tutor)
    expect(view.get_by_role("status")).to_have_text(
        "Incomplete: 1 edit is missing from the log, so these numbers may be too low. Look again in ten minutes."
    )


def test_where_nothing_was_changed_words_stand_for_plots(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    idle = add_tutor(engine)
    sign_in(page, ADMIN)
    view = opened(page, site, idle)
    expect(view.get_by_text("Nothing was changed in the last 30 days.", exact=True)).to_be_visible()
    expect(view.get_by_role("img")).to_have_count(0)
    assert facts(view)["Most active day"] == "none"
    with engine.begin() as connection:
        connection.execute(text("delete from tutor_availability_log"))
    opened(page, site, tutor)
    expect(page.get_by_text("Nothing was changed in the last 30 days, as far as the log tells.")).to_be_visible()


def test_what_goes_wrong_is_told_in_words(page: Page, site: str, engine: Engine, tutor: Tutor) -> None:
    sign_in(page, add_tutor(engine).token)
    page.goto(f"{site}/#/{tutor.id}/statistics")
    expect(page.get_by_role("alert")).to_contain_text("This is for the tutor and for admins")
    expect(page.get_by_role("figure")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(
    page: Page, site: str, tutor: Tutor, scheme: Literal["light", "dark"], quiet: list[str]
) -> None:
    """By axe's rules for WCAG 2.2 AA; and on a phone of 360 pixels nothing reaches beyond the edge."""
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    sign_in(page, tutor.token)
    opened(page, site, tutor)
    page.get_by_label("90 days").check()
    expect(page.get_by_text("Complete: the log tells of every edit")).to_be_visible()
    drawn(page, "hours")
    keep(page, f"statistics-phone-{scheme}")
    for title in PLOTS:
        assert numbers(page, title) != []
    assert barriers(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert [shown.evaluate("it => it.scrollWidth > it.clientWidth") for shown in page.locator("details").all()] == [
        False
    ] * 3
    assert quiet == []
    page.set_viewport_size({"width": 1200, "height": 800})
    keep(page, f"statistics-{scheme}")
