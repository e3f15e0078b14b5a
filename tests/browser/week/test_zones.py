"""The week view with slots of other zones, slots over midnight, and slots that nobody can book."""

from datetime import date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, select, update

from migrations.tables import tutor_time_slots, tutors
from tests.browser.conftest import axe_violations, screenshot, sign_in
from tests.browser.week.conftest import (
    BEN,
    HOUR,
    THURSDAY,
    WEDNESDAY,
    click_at,
    drag,
    offer,
    open_review,
    open_week,
    save,
    slot,
    slot_texts,
    status,
    wait_until_loaded,
)
from tests.builders import Tutor, add_booking, add_slots, add_tutor

TOKYO, COPENHAGEN, NEW_YORK = "Asia/Tokyo", "Europe/Copenhagen", "America/New_York"


def local(day: date, start: str, zone: str, in_zone: str) -> str:
    """Return the time in another zone at a local time."""
    instant = datetime.combine(day, time.fromisoformat(start), ZoneInfo(zone))
    return f"{instant.astimezone(ZoneInfo(in_zone)):%H:%M}"


def zones(engine: Engine, tutor: Tutor) -> list[tuple[date, str, str]]:
    """Return the date, start and zone of the tutor's slots."""
    table = tutor_time_slots.c
    query = select(table.date, table.start_time, table.time_zone).where(table.tutor_id == tutor.id)
    with engine.connect() as connection:
        rows = connection.execute(query.order_by(table.date, table.start_time))
        return [(row.date, f"{row.start_time:%H:%M}", row.time_zone) for row in rows]


def move(engine: Engine, tutor: Tutor, zone: str) -> None:
    with engine.begin() as connection:
        connection.execute(update(tutors).where(tutors.c.id == tutor.id).values(time_zone=zone))


@pytest.fixture
def tutor(engine: Engine) -> Tutor:
    """A tutor in Copenhagen with a slot over midnight, a slot in Tokyo's zone, and a booked slot."""
    tutor = add_tutor(engine)
    add_slots(engine, tutor, WEDNESDAY, "09:00", "23:30")
    add_slots(engine, tutor, THURSDAY, "03:00", zone=TOKYO)
    add_slots(engine, tutor, THURSDAY, "14:00")
    add_booking(engine, tutor, THURSDAY, "14:00", student=BEN)
    return tutor


def test_slots_are_drawn_at_their_instants_in_the_tutors_calendar(week: Page) -> None:
    """03:00 in Tokyo is the evening before in Copenhagen. A slot over midnight is drawn on both days."""
    start, end = (local(THURSDAY, at, TOKYO, COPENHAGEN) for at in ("03:00", "04:00"))
    texts = {day: [line.rsplit(", ", 1)[0] for line in slot_texts(week, day)] for day in (WEDNESDAY, THURSDAY)}
    thursday = f"{THURSDAY:%a} {THURSDAY.day}"
    assert sorted(texts[WEDNESDAY]) == [
        "09:00–10:00, free",
        f"{start}–{end}, free, offered as {thursday}, 03:00 Tokyo time",
        "23:30–00:30, free, until the next day",
    ]
    assert sorted(texts[THURSDAY]) == ["14:00–15:00, booked, Ben Lund", "23:30–00:30, free, since the day before"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_week_with_other_zones_is_accessible(week: Page, scheme: Literal["light", "dark"], width: int) -> None:
    week.emulate_media(color_scheme=scheme)
    week.set_viewport_size({"width": width, "height": 1000})
    if width < 640:
        week.get_by_role("group", name="Day").get_by_role("button").nth(2).click()
    expect(slot(week, "offered as").first).to_be_visible()
    slot(week, "23:30–00:30").first.scroll_into_view_if_needed()
    assert axe_violations(week) == []
    assert week.evaluate("document.documentElement.scrollWidth") == width
    screenshot(week, f"week-zones-{width}-{scheme}")


def test_an_edit_keeps_the_zones_of_the_other_slots(week: Page, engine: Engine, tutor: Tutor) -> None:
    before = zones(engine, tutor)
    click_at(week, THURSDAY, 17 * HOUR)
    slot(week, "09:00–10:00, free").click()
    dialog = open_review(week)
    expect(dialog.get_by_role("row")).to_have_count(3)
    week.keyboard.press("Escape")
    save(week)
    expect(status(week)).to_contain_text("Saved: 1 added, 1 removed.")
    expected = [row for row in before if row[1] != "09:00"] + [(THURSDAY, "17:00", COPENHAGEN)]
    assert zones(engine, tutor) == sorted(expected)
    week.get_by_role("button", name="Undo the save").click()
    expect(status(week)).to_contain_text("Undone: 1 added, 1 removed.")
    assert zones(engine, tutor) == before


def test_a_slot_of_another_zone_is_removed_on_the_day_that_it_is_drawn_on(
    week: Page, engine: Engine, tutor: Tutor
) -> None:
    name = f"{THURSDAY:%A} {THURSDAY.day} {THURSDAY:%B}, 03:00–04:00 Tokyo time"
    slot(week, "offered as").click()
    expect(status(week)).to_contain_text(f"{name} to be removed.")
    row = open_review(week).get_by_role("row").last
    assert row.inner_text().split("\t") == [name.split(",")[0], "–", "03:00–04:00 Tokyo time"]
    week.keyboard.press("Escape")
    slot(week, "offered as").click()
    expect(status(week)).to_contain_text(f"{name} stays.")
    slot(week, "offered as").click()
    click_at(week, THURSDAY, 0)  # the second part of the slot over midnight
    expect(status(week)).to_contain_text(f"{WEDNESDAY:%A} {WEDNESDAY.day} {WEDNESDAY:%B}, 23:30–00:30 to be removed.")
    save(week)
    assert [start for _, start, _ in zones(engine, tutor)] == ["09:00", "14:00"]


def test_the_last_slot_of_a_drag_may_go_over_midnight(week: Page, engine: Engine, tutor: Tutor) -> None:
    friday = THURSDAY + timedelta(days=1)
    week.get_by_label("Length of new times").select_option("90 min")
    drag(week, friday, 23 * HOUR, 23 * HOUR + 45)
    expect(status(week)).to_contain_text("23:00–00:30 to be added.")
    save(week)
    assert zones(engine, tutor)[-1] == (friday, "23:00", COPENHAGEN)


def test_a_click_late_in_the_evening_adds_a_slot_over_midnight(week: Page, engine: Engine, tutor: Tutor) -> None:
    friday = THURSDAY + timedelta(days=1)
    click_at(week, friday, 23 * HOUR + 30)
    expect(status(week)).to_contain_text("23:30–00:30 to be added.")
    assert slot_texts(week, friday + timedelta(days=1))[0].startswith("23:30–00:30, to be added, since the day before")
    save(week)
    assert zones(engine, tutor)[-1] == (friday, "23:30", COPENHAGEN)


def test_a_slot_that_would_overlap_one_of_the_day_before_is_not_added(week: Page) -> None:
    offer(week, THURSDAY, "00:15")
    expect(status(week)).to_contain_text("00:15 can't be added: it overlaps the slot at 23:30 on Wednesday")
    expect(week.get_by_text("Everything is saved")).to_be_visible()


def test_a_slot_that_nobody_can_book_has_a_hint(week: Page, engine: Engine, tutor: Tutor) -> None:
    with engine.begin() as connection:
        connection.execute(update(tutors).values(booking_notice_minutes=60 * 24 * 60))
    week.reload()
    expect(slot(week, "09:00–10:00, free, Nobody can book this: it starts too soon")).to_be_visible()
    assert "booked, Nobody" not in " ".join(slot_texts(week, THURSDAY))
    screenshot(week, "week-too-soon")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_after_a_move_the_free_slots_of_the_coming_weeks_are_shifted(
    page: Page, site: str, engine: Engine, tutor: Tutor, scheme: Literal["light", "dark"]
) -> None:
    """Booked slots stay in their zone. The shift is an edit: it is reviewed and saved, and can be undone."""
    later = WEDNESDAY + timedelta(days=21)
    add_slots(engine, tutor, later, "10:00")
    before = zones(engine, tutor)
    move(engine, tutor, NEW_YORK)
    sign_in(page, tutor.token)
    page.emulate_media(color_scheme=scheme)
    open_week(page, site, tutor)
    notice = page.get_by_text("Free slots of this week are in Tokyo time and Copenhagen time.")
    expect(notice).to_contain_text("The tutor's time zone is New York time.")
    screenshot(page, f"week-moved-{scheme}")
    assert axe_violations(page) == []
    page.get_by_role("button", name="Shift Copenhagen to New York").click()
    expect(status(page)).to_contain_text("Not saved yet: 3 to add, 3 to remove, on 2 days.")
    screenshot(page, f"week-shifted-{scheme}")
    open_review(page)
    screenshot(page, f"week-shifted-review-{scheme}")
    page.keyboard.press("Escape")
    save(page)
    expect(status(page)).to_contain_text("Saved: 3 added, 3 removed.")
    wait_until_loaded(page)
    shifted = {(WEDNESDAY, "09:00"), (WEDNESDAY, "23:30"), (later, "10:00")}
    expected = [(day, start, NEW_YORK if (day, start) in shifted else zone) for day, start, zone in before]
    assert zones(engine, tutor) == expected
    page.get_by_role("button", name="Undo the save").click()
    expect(status(page)).to_contain_text("Undone: 3 added, 3 removed.")
    assert zones(engine, tutor) == before
