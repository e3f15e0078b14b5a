"""How the local server serves the API reference."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from werkzeug.test import Client

from local import dashboard, demo, reference
from local.server import application


@pytest.fixture
def client(environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of the local server. The library is a folder with two files; the page needs only one of them."""
    library = tmp_path / "swagger-ui-dist"
    library.mkdir()
    (library / "swagger-ui-bundle.js").write_text("1")
    (library / "package.json").write_text("{}")
    monkeypatch.setattr(reference, "LIBRARY", library)
    return Client(application())


def test_the_page_and_its_files_are_served(client: Client) -> None:
    page = client.get("/reference", buffered=True)
    assert (page.status_code, page.mimetype, page.headers["Cache-Control"]) == (200, "text/html", "no-cache")
    assert page.headers["Content-Security-Policy"] == dashboard.POLICY
    assert client.get("/reference/", buffered=True).text == page.text
    assert client.get("/reference/swagger-ui-bundle.js", buffered=True).text == "1"


def test_other_files_are_not_served(client: Client) -> None:
    for path in ("/reference/package.json", "/reference/__init__.py", "/reference/../server.py", "/reference/nothing"):
        assert client.get(path, buffered=True).status_code == 404, path


def test_tokens_are_given_on_the_local_stage_and_to_local_hosts_only(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "tutors_of", lambda _: demo.DEMO_TUTORS[:1])

    def has_token(host: str = "localhost") -> bool:
        answer = client.get("/reference/config.json", headers={"Host": host})
        return "adminToken" in (answer.json or {})

    assert not has_token()
    monkeypatch.setenv("STAGE", "local")
    assert has_token()
    assert not has_token("rebound.example:8080")


def test_the_documents_examples_have_dates_of_next_year(client: Client) -> None:
    """Edits of days in the past are refused."""
    document = client.get("/openapi.json").json
    assert document is not None
    body = document["paths"]["/update_availability"]["put"]["requestBody"]["content"]["application/json"]
    assert body["examples"]["oneDay"]["value"]["date"] == f"{datetime.now(UTC).year + 1}-10-01"


def test_without_node_the_answer_says_what_to_do(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "LIBRARY", Path("/nonexistent"))
    answer = client.get("/reference")
    assert (answer.status_code, "install Node 22" in answer.text) == (404, True)


def test_the_list_of_functions_has_the_reference(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "BUILT", Path("/nonexistent"))
    assert "GET  /reference\n" in client.get("/").text
