"""The history view with slots of other zones and slots over midnight."""

from datetime import date
from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import Engine, update

from migrations.tables import tutors
from tests.browser.conftest import axe_violations, screenshot, short_date
from tests.browser.test_history import (
    API,
    DAY,
    cards,
    changes,
    open_history,
    open_then_and_now,
    open_undo_preview,
    side,
)
from tests.builders import Tutor, add_booking, add_tutor


def save(tutor: Tutor, day: date, *slots: dict[str, Any]) -> None:
    answer = API.update(tutor.token, tutorId=str(tutor.id), date=str(day), timeSlots=list(slots))
    assert answer.status == 200, answer.body


@pytest.fixture
def tutor(site: str, engine: Engine) -> Tutor:
    """A tutor who offered a slot over midnight and one in Tokyo, moved to New York, and then removed one of them."""
    tutor = add_tutor(engine)
    tokyo = {"time": "03:00", "timeZone": "Asia/Tokyo"}
    save(tutor, DAY, {"time": "23:30"}, tokyo)
    with engine.begin() as connection:
        connection.execute(update(tutors).values(time_zone="America/New_York"))
    save(tutor, DAY, {"time": "10:00"}, tokyo)
    return tutor


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_slots_are_named_with_their_zones(
    page: Page, site: str, tutor: Tutor, scheme: Literal["light", "dark"], width: int
) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 800})
    open_history(page, site, tutor)
    day = short_date(DAY)
    first, second = [f"{day} 03:00–04:00 Tokyo time", f"{day} 23:30–00:30 Copenhagen time"]
    assert changes(cards(page).nth(1)) == [f"added {first}", f"added {second}"]
    assert changes(cards(page).nth(0)) == [f"added {day} 10:00–11:00", f"removed {second}"]
    page.evaluate("scrollTo(0, document.body.scrollHeight)")  # so that the tabs cover nothing
    assert axe_violations(page) == []
    # The pictures are on the clock of the tutor, who is in New York now. In Tokyo, it is already the next day.
    panel = open_then_and_now(page)
    assert [side(panel, which) for which in ("Then", "Now")] == [
        "23:30–00:30 Copenhagen time free, not offered now",
        "10:00–11:00 free, not offered then; 23:30–00:30 Copenhagen time removed, offered then",
    ]
    expect(panel.get_by_text("03:00–04:00 Tokyo time free")).to_have_count(0)  # it is in the week before
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width
    screenshot(page, f"history-zones-{width}-{scheme}")


def test_undo_puts_a_slot_back_into_its_zone(page: Page, site: str, tutor: Tutor) -> None:
    open_history(page, site, tutor)
    dialog = open_undo_preview(page)
    assert changes(dialog) == ["removed 10:00–11:00", "added 23:30–00:30 Copenhagen time"]
    dialog.get_by_role("button", name="Undo", exact=True).click()
    expect(page.get_by_text("Undone: 1 added, 1 removed.")).to_be_visible()
    query = {"tutorId": tutor.id, "startDate": DAY, "endDate": DAY}
    days = API.call("get_availability", query=query).json["days"]
    assert [(slot["time"], slot["timeZone"]) for slot in days[0]["timeSlots"]] == [
        ("03:00", "Asia/Tokyo"),
        ("23:30", "Europe/Copenhagen"),
    ]


def test_a_booked_slot_that_prevents_undo_is_named_with_its_zone(
    page: Page, site: str, engine: Engine, tutor: Tutor
) -> None:
    add_booking(engine, tutor, DAY, "03:00")
    open_history(page, site, tutor)
    dialog = open_undo_preview(page, 1)
    expect(dialog.get_by_text("03:00 Tokyo time: booked")).to_be_visible()
