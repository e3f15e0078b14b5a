"""The history in a browser: who changed what, when and why; how it was then; and the way back."""

import codecs
import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect
from sqlalchemy import Engine, text

from tests.browser.conftest import barriers, keep, sign_in, tab_to
from tests.builders import ADMIN, ADMIN_USER, Tutor, add_booking, add_tutor, monday, slots, stored_slots
from tests.hosts import Api, functions_framework_host

DAY = monday()
COPENHAGEN, NEW_YORK = ZoneInfo("Europe/Copenhagen"), ZoneInfo("America/New_York")
PER_PAGE = 200
API = Api(functions_framework_host)


@pytest.fixture
def tutor(site: str, engine: Engine) -> Tutor:
    """A tutor in Copenhagen, six hours ahead of the viewer, who has edited nothing yet."""
    return add_tutor(engine)


def save(tutor: Tutor, *starts: str, day: date = DAY, token: str | None = None, **body: Any) -> str:
    """Save a day; return the change set's id."""
    wanted = {"date": str(day), "timeSlots": slots(*starts)}
    answer = API.update(token or tutor.token, tutorId=str(tutor.id), **wanted, **body)
    assert answer.status == 200, answer.body
    return str(answer.json["changeSetId"])


def save_days(tutor: Tutor, count: int, *starts: str) -> str:
    """Let many days have the same slots, as one change set; return its id."""
    days = [{"date": str(DAY + timedelta(days=i)), "timeSlots": slots(*starts)} for i in range(count)]
    answer = API.update(tutor.token, tutorId=str(tutor.id), days=days, reason="copy_week")
    assert answer.status == 200, answer.body
    return str(answer.json["changeSetId"])


def execute(engine: Engine, statement: str, **values: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), values)


def lose(engine: Engine, version: int) -> None:
    """Lose the entries of a version of a day, for good."""
    execute(engine, "delete from tutor_availability_log where version = :version", version=version)


def changed_at(tutor: Tutor, change_set_id: str) -> datetime:
    entries = API.history(tutor.token, tutorId=tutor.id, limit=1000).json["entries"]
    return next(datetime.fromisoformat(it["changedAt"]) for it in entries if it["changeSetId"] == change_set_id)


def open_history(page: Page, site: str, tutor: Tutor, token: str | None = None) -> None:
    sign_in(page, token or tutor.token)
    page.goto(f"{site}/#/{tutor.id}/history")
    settled(page)


def settled(page: Page) -> None:
    """Wait until what was asked for is there."""
    expect(page.locator("section.history")).to_have_attribute("aria-busy", "false")


def cards(page: Page) -> Locator:
    return page.locator(".timeline > li")


def changes(within: Locator) -> list[str]:
    """Return what is told of added and removed slots: the words, and not the signs that stand for them."""
    found = within.locator(".changes ul > li").all()
    return [(item.text_content() or "")[2:] for item in found]


def day_name(day: date) -> str:
    return f"{day:%A} {day.day} {day:%B}"


def side(dialog: Locator, which: Literal["Then", "Now"], day: date = DAY) -> str:
    """Return what is told of a day, then or now."""
    body = dialog.locator("tbody").filter(has_text=day_name(day))
    cell = body.locator("td").nth(0 if which == "Then" else 1)
    slots = [slot.text_content() or "" for slot in cell.get_by_role("listitem").all()]
    return "; ".join(slots) or cell.inner_text()


def look_back(page: Page, number: int = 0) -> Locator:
    """Open how it was before a change set, by its place in the timeline."""
    cards(page).nth(number).get_by_role("button", name="As it was").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("table")).to_be_visible()
    return dialog


def undo(page: Page, number: int = 0) -> Locator:
    """Open the preview of undoing a change set, by its place in the timeline."""
    cards(page).nth(number).get_by_role("button", name="Undo").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".outcome")).to_have_attribute("aria-busy", "false")
    return dialog


def told(page: Page) -> Locator:
    return page.get_by_role("status").first


def summary(page: Page) -> Locator:
    return page.get_by_role("status").nth(1)


def offered(engine: Engine, tutor: Tutor) -> list[str]:
    return [f"{start:%H:%M}" for _, start, _ in stored_slots(engine, tutor)]


def is_real(request: Request) -> bool:
    """Whether it is an edit that isn't only tried."""
    return request.method == "PUT" and not (request.post_data_json or {}).get("dryRun")


def test_a_change_set_is_told_as_one(page: Page, site: str, tutor: Tutor) -> None:
    """When, where the tutor is and where the viewer is; who, why and what."""
    save(tutor, "09:00", "10:00")
    edit = save(tutor, "10:00", "14:00", reason="conflict", notes="dentist")
    open_history(page, site, tutor)
    expect(cards(page)).to_have_count(2)
    newest = cards(page).first
    at = changed_at(tutor, edit)
    here, there = at.astimezone(COPENHAGEN), at.astimezone(NEW_YORK)
    heading = newest.get_by_role("heading")
    expect(heading.locator("time")).to_contain_text(f"{here:%a}, {here.day} ")
    expect(heading.locator("time")).to_contain_text(f"{here:%Y, %H:%M}")
    expect(heading).to_contain_text(f"{there:%H:%M} New York time")
    expect(newest).to_contain_text("Something came up by you")
    expect(newest).to_contain_text("“dentist”")
    expect(newest.locator(".changes time")).to_have_attribute("datetime", str(DAY))
    assert changes(newest) == ["removed 09:00–10:00", "added 14:00–15:00"]
    expect(summary(page)).to_have_text("2 changes of the last 30 days.")
    expect(page.get_by_text("All times are the tutor's: Copenhagen time. Yours, New York time,")).to_be_visible()
    keep(page, "history")


def test_whoever_is_where_the_tutor_is_reads_one_time(site: str, tutor: Tutor, page: Page) -> None:
    save(tutor, "09:00")
    page.add_init_script("""
        const resolved = Intl.DateTimeFormat.prototype.resolvedOptions;
        Intl.DateTimeFormat.prototype.resolvedOptions = function () {
            return { ...resolved.call(this), timeZone: "Europe/Copenhagen" };
        };""")
    open_history(page, site, tutor)
    expect(cards(page).first.get_by_role("heading")).not_to_contain_text("time")
    expect(page.get_by_text("All times are the tutor's: Copenhagen time.", exact=True)).to_be_visible()


def test_the_tutor_sees_which_edits_are_support_s(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "09:00")
    save(tutor, "10:00", token=ADMIN)
    open_history(page, site, tutor)
    expect(cards(page).nth(0)).to_contain_text("Support by support")
    expect(cards(page).nth(1)).to_contain_text("Edit by you")
    cards(page).nth(0).get_by_text("Details").click()
    expect(cards(page).nth(0).get_by_role("definition").filter(has_text=str(ADMIN_USER))).to_be_visible()


def test_support_sees_its_own_edits_and_the_users_of_others(
    page: Page, site: str, tutor: Tutor, engine: Engine
) -> None:
    save(tutor, "09:00")
    save(tutor, "10:00")
    execute(engine, "update tutor_availability_log set changed_by = null where version = 2")
    save(tutor, "11:00", token=ADMIN)
    open_history(page, site, tutor, ADMIN)
    authors = [f"Edit by user {str(tutor.user_id)[:8]}…", "Edit by unknown", "Support by you"]
    for number, author in enumerate(reversed(authors)):
        expect(cards(page).nth(number)).to_contain_text(author)


def test_a_long_change_set_says_how_long_it_is_and_opens(page: Page, site: str, tutor: Tutor) -> None:
    save_days(tutor, 14, "09:00")
    open_history(page, site, tutor)
    short = cards(page).first.get_by_text("14 days, ")
    expect(short).to_contain_text("14 added")
    days = cards(page).first.locator(".changes > li")
    expect(days.first).not_to_be_visible()
    short.click()
    expect(days.last).to_be_visible()
    expect(days).to_have_count(14)


def test_filters_are_asked_for_and_cleared(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00")
    old = save(tutor, "08:00", day=DAY + timedelta(days=1), reason="vacation")
    save(tutor, "10:00", reason="illness")
    for column in ("tutor_availability_log set changed_at = changed_at", "tutor_days set updated_at = updated_at"):
        execute(engine, f"update {column} - interval '40 days' where date = :day", day=DAY + timedelta(days=1))
    open_history(page, site, tutor)
    expect(summary(page)).to_have_text("2 changes of the last 30 days.")
    page.get_by_label("Changed in the last").select_option("90 days")
    expect(summary(page)).to_have_text("3 changes of the last 90 days.")
    page.get_by_label("Why").select_option("Vacation")
    expect(summary(page)).to_contain_text("1 change of the last 90 days.")
    expect(cards(page).locator("h3 time")).to_have_attribute("datetime", changed_at_text(tutor, old))
    page.get_by_label("Why").select_option("Any reason")
    page.get_by_label("What").select_option("Removed")
    expect(summary(page)).to_contain_text("1 change of the last 90 days. Of each, only what the filter lets through")
    assert changes(cards(page).first) == ["removed 09:00–10:00"]
    page.get_by_label("What").select_option("Any change")
    page.get_by_label("Slots of the day").fill(str(DAY + timedelta(days=1)))
    expect(summary(page)).to_contain_text("1 change of the last 90 days.")
    page.get_by_label("Slots of the day").fill(str(DAY + timedelta(days=2)))
    expect(summary(page)).to_have_text("No such change in the last 90 days.")
    page.get_by_role("button", name="Clear filter").press("Enter")
    expect(summary(page)).to_have_text("2 changes of the last 30 days.")
    expect(page.get_by_label("Slots of the day")).to_have_value("")
    expect(page.get_by_role("button", name="Clear filter")).to_be_disabled()
    expect(page.get_by_role("button", name="Clear filter")).to_be_focused()


def changed_at_text(tutor: Tutor, change_set_id: str) -> str:
    entries = API.history(tutor.token, tutorId=tutor.id, days=365).json["entries"]
    return next(str(it["changedAt"]) for it in entries if it["changeSetId"] == change_set_id)


def test_a_change_set_that_a_page_cuts_is_shown_when_it_is_whole(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "07:00", day=DAY - timedelta(days=1))
    save_days(tutor, 50, "09:00", "10:00", "11:00", "12:00", "13:00")
    save(tutor, "08:00", day=DAY - timedelta(days=1))
    assert PER_PAGE < 50 * 5
    open_history(page, site, tutor)
    expect(cards(page)).to_have_count(1)
    expect(summary(page)).to_have_text("The newest 1 change of the last 30 days.")
    page.get_by_role("button", name="Show more").click()
    expect(cards(page)).to_have_count(3)
    expect(cards(page).nth(1)).to_contain_text("250 added")
    expect(cards(page).nth(1).get_by_role("heading")).to_be_focused()
    expect(page.get_by_role("button", name="Show more")).to_have_count(0)
    expect(summary(page)).to_have_text("3 changes of the last 30 days.")


def test_a_change_set_larger_than_a_page_is_read_to_its_end(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "07:00", day=DAY - timedelta(days=1))
    save_days(tutor, 90, "09:00", "10:00", "11:00", "12:00", "13:00")
    open_history(page, site, tutor)
    expect(cards(page).first).to_contain_text("90 days, ")
    expect(cards(page).first).to_contain_text("450 added")


def test_a_history_with_a_hole_says_so_until_it_is_repaired(
    page: Page, site: str, tutor: Tutor, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(tutor, "09:00")
    save(tutor, "10:00")
    lose(engine, 2)
    open_history(page, site, tutor)
    notice = page.locator(".notice")
    expect(notice).to_contain_text("This history isn't complete. 1 edit of the last 30 days is missing.")
    expect(notice).to_contain_text("a repair runs every few minutes")
    assert barriers(page) == []
    keep(page, "history-incomplete")
    monkeypatch.setattr("common.web.endpoint.utc_now", lambda: datetime.now(UTC) + timedelta(minutes=5))
    assert API.repair()["reconstructed"] == 1
    page.get_by_role("button", name="Look again").press("Enter")
    expect(notice).to_have_count(0)
    expect(page.get_by_role("heading", name="History")).to_be_focused()
    expect(cards(page).first).to_contain_text("Worked out afterwards: the net change")


def test_an_entry_that_came_late_says_so(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00")
    execute(engine, "update tutor_availability_log set source = 'deferred'")
    open_history(page, site, tutor)
    expect(cards(page).first).to_contain_text("Came late: the log couldn't take it at once. It is exact nevertheless.")


def test_a_day_before_a_change_is_shown_beside_how_it_is_now(
    page: Page, site: str, tutor: Tutor, engine: Engine
) -> None:
    save(tutor, "09:00", "10:00", "11:00")
    save(tutor, "10:00", "11:00", "14:00")
    add_booking(engine, tutor, DAY, "11:00")
    open_history(page, site, tutor)
    dialog = look_back(page)
    expect(dialog.get_by_role("table")).to_contain_text("Just before ")
    expect(dialog.get_by_role("table")).to_contain_text("Copenhagen time. The day is different now.")
    assert side(dialog, "Then") == ("− 09:00–10:00, not offered now; 10:00–11:00; ≠ 11:00–12:00, booked now")
    assert side(dialog, "Now") == ("10:00–11:00; ≠ 11:00–12:00 booked, free then; + 14:00–15:00, not offered then")
    keep(page, "history-then-and-now")
    dialog.get_by_role("button", name="After it").click()
    expect(dialog.get_by_role("table")).not_to_contain_text("Just before")
    assert side(dialog, "Then") == "10:00–11:00; ≠ 11:00–12:00, booked now; 14:00–15:00"
    dialog.get_by_role("button", name="Close").click()
    expect(cards(page).first.get_by_role("button", name="As it was")).to_be_focused()


def test_only_the_days_that_a_change_touched_are_shown(page: Page, site: str, tutor: Tutor) -> None:
    later = DAY + timedelta(days=400)
    save(tutor, "08:00", day=DAY + timedelta(days=1))
    days = [{"date": str(day), "timeSlots": slots("09:00")} for day in (DAY, DAY + timedelta(days=2), later)]
    assert API.update(tutor.token, tutorId=str(tutor.id), days=days).status == 200
    open_history(page, site, tutor)
    dialog = look_back(page)
    shown = [day_name(DAY), day_name(DAY + timedelta(days=2))]
    assert [head.strip() for head in dialog.locator("tbody th").all_inner_texts()] == shown
    expect(dialog).to_contain_text("1 later day can be chosen above.")


def test_what_is_not_certain_is_called_so(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    for start in ("09:00", "10:00", "11:00"):
        save(tutor, start)
    lose(engine, 2)
    open_history(page, site, tutor)
    dialog = look_back(page)
    expect(dialog.get_by_text("This isn't certain.")).to_be_visible()
    assert barriers(page) == []
    dialog.get_by_role("button", name="After it").click()
    expect(dialog.get_by_text("Nothing is different now.")).to_be_visible()
    expect(dialog.get_by_text("This isn't certain.")).to_have_count(0)


def test_any_instant_is_looked_back_to_by_the_tutors_clock(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    """A minute before the first edit; read by the viewer's clock it would be hours after it."""
    first = save(tutor, "09:00")
    execute(engine, "update tutor_availability_log set changed_at = changed_at - interval '2 days'")
    save(tutor, "10:00")
    at = changed_at(tutor, first).astimezone(COPENHAGEN)
    open_history(page, site, tutor)
    page.get_by_role("button", name="As it was at").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("First day").fill(str(DAY))
    dialog.get_by_label("Last day").fill(str(DAY + timedelta(days=6)))
    for minutes, then in ((-1, "No slots"), (1, "− 09:00–10:00, not offered now")):
        local = at + timedelta(minutes=minutes)
        dialog.get_by_label("Instant, Copenhagen time").fill(f"{local:%Y-%m-%dT%H:%M:%S}")
        dialog.get_by_role("button", name="Show", exact=True).click()
        expect(dialog.locator("caption")).to_contain_text(f"{local:%H:%M}, Copenhagen time")
        assert side(dialog, "Then") == then
        assert side(dialog, "Now") == "+ 10:00–11:00, not offered then"


def test_instants_that_cannot_be_looked_back_to_are_told_in_words(page: Page, site: str, tutor: Tutor) -> None:
    open_history(page, site, tutor)
    page.get_by_role("button", name="As it was at").click()
    dialog = page.get_by_role("dialog")
    instant, last = dialog.get_by_label("Instant, Copenhagen time"), dialog.get_by_label("Last day")
    show = dialog.get_by_role("button", name="Show", exact=True)
    yesterday = datetime.now(COPENHAGEN) - timedelta(days=1)
    for given, until, words in (
        (f"{yesterday + timedelta(days=3):%Y-%m-%dT%H:%M:%S}", DAY, "That instant is still to come"),
        ("2026-03-29T02:30:00", DAY, "the clocks jumped over it"),
        (f"{yesterday:%Y-%m-%dT%H:%M:%S}", DAY + timedelta(days=400), "At most 366 days"),
        ("1999-12-31T12:00:00", DAY, "There is no history of the time before 2000"),
    ):
        instant.fill(given)
        last.fill(str(until))
        show.click()
        expect(dialog.get_by_role("alert")).to_contain_text(words)
    instant.fill("2025-10-26T02:30:00")
    dialog.get_by_label("The clocks showed it twice").select_option("The second time")
    last.fill(str(DAY))
    with page.expect_request(lambda request: "asOf" in request.url) as asked:
        show.click()
    assert "asOf=2025-10-26T01%3A30%3A00Z" in asked.value.url
    expect(dialog.get_by_text("None of these days has a slot, then or now.")).to_be_visible()


def test_a_change_is_undone_after_a_preview_and_once(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00", "10:00")
    save(tutor, "10:00", "14:00")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request) if is_real(request) else None)
    open_history(page, site, tutor)
    dialog = undo(page)
    expect(dialog).to_contain_text("This would change: 1 added, 1 removed.")
    assert changes(dialog) == ["added 09:00–10:00", "removed 14:00–15:00"]
    assert (sent, offered(engine, tutor)) == ([], ["10:00", "14:00"])
    keep(page, "history-undo")
    dialog.get_by_label("Note for the history").fill("the wrong day")
    dialog.get_by_role("button", name="Undo it").dblclick()
    expect(told(page)).to_have_text("Undone: 1 added, 1 removed.")
    expect(dialog).to_have_count(0)
    expect(cards(page)).to_have_count(3)
    expect(cards(page).first).to_contain_text("Undo by you")
    expect(cards(page).first).to_contain_text("“the wrong day”")
    assert (len(sent), offered(engine, tutor)) == (1, ["09:00", "10:00"])


def test_leaving_it_changes_nothing(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00")
    open_history(page, site, tutor)
    undo(page).get_by_role("button", name="Leave it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    undo(page)
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert offered(engine, tutor) == ["09:00"]


def test_what_students_have_taken_is_not_undone(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    """Known from the preview; or, where a student was quicker, when it is confirmed."""
    save(tutor, "09:00")
    save(tutor, "09:00", "10:00", "11:00")
    open_history(page, site, tutor)
    dialog = undo(page)
    add_booking(engine, tutor, DAY, "10:00")
    dialog.get_by_role("button", name="Undo it").click()
    slots_taken = dialog.locator(".trouble li")
    expect(slots_taken).to_have_text([f"{DAY:%a} {DAY.day} {DAY:%b}, 10:00: booked"])
    expect(dialog.get_by_role("button", name="Undo it")).to_have_count(0)
    expect(told(page)).to_have_text("Nothing was undone.")
    dialog.get_by_role("button", name="Close").click()
    add_booking(engine, tutor, DAY, "11:00", "AWAITING_PAYMENT")
    dialog = undo(page)
    expect(slots_taken).to_contain_text(["10:00: booked", "11:00: held for a student who is paying"])
    expect(dialog.get_by_role("button", name="Undo it")).to_have_count(0)
    assert barriers(page) == []
    keep(page, "history-conflict")
    assert offered(engine, tutor) == ["09:00", "10:00", "11:00"]


def test_where_nothing_is_left_to_undo_nothing_is_offered(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "09:00")
    save(tutor)
    open_history(page, site, tutor)
    dialog = undo(page, 1)
    expect(dialog).to_contain_text("Nothing is left to undo")
    expect(dialog.get_by_role("button", name="Undo it")).to_have_count(0)


WHY_NOT = {
    "a day that is over": ("update {table} set date = date - 21", "about a day that is over"),
    "entries that are missing": ("update tutor_availability_log set change_set_size = 9", "Not all of this change"),
    "entries that are gone": ("delete from tutor_availability_log", "doesn't know this change any more"),
    "a slot in the way": (
        "update tutor_time_slots set start_time = '09:30'; update tutor_availability_log set action = 'REMOVED'",
        "shares time with one that was added since",
    ),
}


@pytest.mark.parametrize("why", WHY_NOT)
def test_why_a_change_cannot_be_undone_is_told_in_words(
    page: Page, site: str, tutor: Tutor, engine: Engine, why: str
) -> None:
    save(tutor, "09:00")
    open_history(page, site, tutor)
    statement, words = WHY_NOT[why]
    tables = ("tutor_availability_log", "tutor_time_slots", "tutor_days") if "{table}" in statement else ("",)
    for table in tables:
        execute(engine, statement.format(table=table))
    dialog = undo(page)
    expect(dialog.get_by_role("alert")).to_contain_text(words)
    expect(dialog.get_by_role("button", name="Undo it")).to_have_count(0)


def test_an_answer_that_is_lost_is_not_asked_for_again(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00")
    sent: list[Request] = []

    def lose_the_answer(route: Route) -> None:
        if is_real(route.request):
            sent.append(route.request)
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/update_availability", lose_the_answer)
    open_history(page, site, tutor)
    dialog = undo(page)
    dialog.get_by_role("button", name="Undo it").click()
    expect(dialog.get_by_role("alert")).to_contain_text("it may have been undone, or not: the history shows which")
    expect(dialog.get_by_role("button", name="Undo it")).to_have_count(0)
    dialog.get_by_role("button", name="Close").click()
    expect(cards(page).first).to_contain_text("Undo by you")
    assert (len(sent), offered(engine, tutor)) == (1, [])


@contextmanager
def refusing(engine: Engine) -> Iterator[None]:
    """A log that takes no entry."""
    table = "alter table tutor_availability_log"
    execute(engine, f"{table} add constraint full_disk check (false) not valid")
    yield
    execute(engine, f"{table} drop constraint full_disk")


def test_an_undoing_that_is_not_in_the_log_yet_says_where_it_stands(
    page: Page, site: str, tutor: Tutor, engine: Engine
) -> None:
    save(tutor, "09:00")
    open_history(page, site, tutor)
    with refusing(engine):
        undo(page).get_by_role("button", name="Undo it").click()
        expect(told(page)).to_have_text("Undone: 1 removed. It is saved; the history shows it in a few minutes.")
    expect(page.locator(".notice")).to_contain_text("This history isn't complete.")
    assert offered(engine, tutor) == []


def test_the_filtered_history_is_kept_as_a_file(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "09:00", notes="=1+1")
    save(tutor, "10:00", reason="illness", notes="flu, sorry – Æøå")
    open_history(page, site, tutor)
    page.get_by_label("Why").select_option("Illness")
    settled(page)
    with page.expect_download() as downloaded:
        page.get_by_role("button", name="Download (CSV)").click()
    today = datetime.now(COPENHAGEN).date()
    name = f"history_{tutor.id}_{today - timedelta(days=30)}_{today}.csv"
    assert downloaded.value.suggested_filename == name
    kept = Path(downloaded.value.path()).read_bytes()
    assert kept.startswith(codecs.BOM_UTF8)  # by which Excel reads it
    rows = list(csv.DictReader(kept.decode("utf-8-sig").splitlines()))
    assert [(row["action"], row["startTime"], row["notes"]) for row in rows] == [
        (entry["action"], entry["startTime"], "flu, sorry – Æøå")
        for entry in API.history(tutor.token, tutorId=tutor.id, reason="illness").json["entries"]
    ]
    assert len(rows) == 2


def test_a_history_that_is_too_much_for_one_file_is_told_in_words(page: Page, site: str, tutor: Tutor) -> None:
    """As on AWS, which answers some six megabytes at the most."""
    problem = {
        "type": "urn:slotledger:problem:invalid_request",
        "title": "The request is not valid",
        "status": 400,
        "detail": "format: too much",
        "code": "invalid_request",
    }

    def too_much(route: Route) -> None:
        route.fulfill(status=400, json=problem, content_type="application/problem+json")

    page.route("**/audit_history?*format=csv*", too_much)
    open_history(page, site, tutor)
    page.get_by_role("button", name="Download (CSV)").click()
    expect(page.get_by_role("alert")).to_contain_text("That is too much for one file. Choose a shorter period")


def test_a_change_is_undone_by_keyboard_alone(page: Page, site: str, tutor: Tutor, engine: Engine) -> None:
    save(tutor, "09:00")
    save(tutor, "10:00")
    open_history(page, site, tutor)
    opener = cards(page).first.get_by_role("button", name="Undo")
    tab_to(page, opener)
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Undo this change?")).to_be_focused()
    tab_to(page, dialog.get_by_label("Note for the history"))
    page.keyboard.type("by hand")
    tab_to(page, dialog.get_by_role("button", name="Undo it"))
    page.keyboard.press("Enter")
    expect(told(page)).to_have_text("Undone: 1 added, 1 removed.")
    expect(cards(page).nth(1).get_by_role("button", name="Undo")).to_be_focused()
    assert offered(engine, tutor) == ["09:00"]


def test_a_history_that_cannot_be_read_is_asked_for_again(page: Page, site: str, tutor: Tutor) -> None:
    save(tutor, "09:00")
    page.clock.install()
    open_history(page, site, tutor)

    def away(route: Route) -> None:
        route.abort()

    page.route("**/audit_history?*", away)
    page.get_by_label("What").select_option("Removed")
    page.clock.run_for(60_000)  # the client tries again by itself, a few times
    expect(page.get_by_role("alert")).to_contain_text("The server can't be reached")
    expect(cards(page)).to_have_count(0)
    page.unroute("**/audit_history?*", away)
    page.get_by_role("button", name="Try again").press("Enter")
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("heading", name="History")).to_be_focused()
    expect(summary(page)).to_contain_text("No such change in the last 30 days.")


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_moves_while_the_history_comes(page: Page, site: str, tutor: Tutor, width: int) -> None:
    save(tutor, "09:00")
    page.set_viewport_size({"width": width, "height": 740})
    page.add_init_script("""
        window.shifts = [];
        new PerformanceObserver((list) => {
            for (const shift of list.getEntries()) {
                window.shifts.push(...shift.sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? "?"));
            }
        }).observe({ type: "layout-shift", buffered: true });""")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/audit_history?*", hold)
    page.route("**/get_availability?*", hold)
    sign_in(page, tutor.token)
    page.goto(f"{site}/#/{tutor.id}/history")
    expect(page.get_by_text("Reading the history …")).to_be_visible()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.evaluate("window.shifts.length = 0")
    for route in held:
        route.continue_()
    expect(cards(page)).to_have_count(1)
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert page.evaluate("window.shifts") == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nobody_is_kept_out(
    page: Page, site: str, tutor: Tutor, engine: Engine, scheme: Literal["light", "dark"]
) -> None:
    """By axe's rules for WCAG 2.2 AA; and on a phone of 360 pixels nothing reaches beyond the edge."""
    save_days(tutor, 14, "09:00", "10:00")
    save(tutor, "10:00", "11:00", "13:00", reason="illness", notes="flu " * 20 + "x" * 80)
    execute(engine, "update tutor_availability_log set source = 'reconstructed' where version = 2")
    add_booking(engine, tutor, DAY, "13:00")
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 360, "height": 740})
    open_history(page, site, tutor)

    def assert_open(name: str) -> None:
        assert barriers(page) == []
        wide = "it => it.scrollWidth > it.clientWidth"
        assert not page.locator("html").evaluate(wide)
        for dialog in page.get_by_role("dialog").all():
            assert not dialog.evaluate(wide)
        keep(page, f"history-{name}-phone-{scheme}")

    cards(page).nth(1).get_by_text("14 days").click()
    cards(page).nth(0).get_by_text("Details").click()
    assert_open("timeline")
    look_back(page).get_by_text("Another instant").click()
    assert_open("then-and-now")
    page.keyboard.press("Escape")
    undo(page)
    assert_open("undo")
