"""The API reference of the local server: Swagger UI, in Chromium."""

from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from common.config import Settings
from local import demo, openapi
from tests.browser.conftest import open_menu, screenshot
from tests.browser.test_errors import answer_with
from tests.hosts import ROOT

TUTOR = demo.DEMO_TUTORS[0]


@pytest.fixture
def hosts(page: Page, site: str, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Open the reference on a server with one tutor of the demo.

    Return the hosts that the page sends requests to. Hosts of later requests are added.
    """
    monkeypatch.setenv("STAGE", "local")
    monkeypatch.setattr(demo, "DEMO_TUTORS", (TUTOR,))
    demo.load(settings)
    hosts = set[str]()
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(f"{site}/reference")
    expect(page.get_by_label("Send requests as")).to_be_visible()
    return hosts


def opened(page: Page, operation_id: str) -> Locator:
    """Open an operation, and return it."""
    operation = page.locator(f".opblock[id$={operation_id}]")
    operation.locator(".opblock-summary-control").click()
    return operation


def execute(operation: Locator) -> tuple[int, Any]:
    """Send the request as it is filled in. Return the status and the content of the answer."""
    with operation.page.expect_response(lambda response: response.request.resource_type == "fetch") as answer:
        operation.get_by_role("button", name="Execute").click()
    shown = operation.locator(".live-responses-table tbody .response-col_status")
    expect(shown).to_contain_text(str(answer.value.status))
    return answer.value.status, answer.value.json()


def test_the_page_shows_every_operation_and_requests_nothing_from_other_hosts(
    page: Page, site: str, hosts: set[str]
) -> None:
    operations = [operation for path in openapi.document()["paths"].values() for operation in path.values()]
    expect(page.locator(".opblock")).to_have_count(len(operations))
    opened(page, "updateAvailability")
    expect(page.locator(".responses-table .response").first).to_be_visible()
    assert hosts == {urlsplit(site).netloc}


def test_requests_can_be_tried_as_an_admin_as_a_tutor_and_as_nobody(page: Page, hosts: set[str]) -> None:
    status, saved = execute(opened(page, "updateAvailability"))
    assert (status, saved["changes"]) == (200, {"added": 2, "removed": 0})
    history = opened(page, "getAvailabilityHistory")
    status, found = execute(history)
    assert (status, found["entries"][0]["changeSetId"]) == (200, saved["changeSetId"])
    page.get_by_label("Send requests as").select_option(TUTOR.name)
    tutors = opened(page, "getTutors")
    assert execute(tutors)[1]["userId"] == TUTOR.user_id
    page.get_by_label("Send requests as").select_option("nobody")
    assert execute(tutors)[1] == {
        "tutorId": str(TUTOR.id),
        "name": TUTOR.name,
        "timeZone": TUTOR.time_zone,
        "active": True,
        "tags": [],
    }
    assert execute(history)[0] == 401


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_the_page_fits_and_follows_the_color_scheme(page: Page, hosts: set[str], scheme: Any, width: int) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    execute(opened(page, "getAvailability"))
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.classList.contains('dark-mode')") == (scheme == "dark")
    screenshot(page, f"reference-{scheme}-{width}")


def test_the_dashboard_links_to_the_reference(page: Page, site: str, hosts: set[str]) -> None:
    page.goto(site)
    open_menu(page)
    page.get_by_role("link", name="the API reference").click()
    expect(page).to_have_url(f"{site}/reference")


def test_a_dashboard_on_another_host_has_no_link(page: Page, site: str) -> None:
    answer_with(page, "**/config.json", '{"baseUrl": "."}')
    page.goto(site)
    expect(page.get_by_role("heading", name="Find a lesson")).to_be_visible()
    open_menu(page)
    expect(page.get_by_role("link", name="the API reference")).to_have_count(0)


def test_the_reference_is_no_part_of_the_dashboard(dashboard_build: None) -> None:
    """The dashboard's files are deployed. The reference is for the local server only."""
    files = [file for file in (ROOT / "dashboard" / "dist").rglob("*") if file.is_file()]
    assert len(files) > 5
    assert [file for file in files if b"swagger" in file.read_bytes().lower()] == []
