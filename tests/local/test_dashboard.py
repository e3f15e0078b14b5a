"""How the local server serves the dashboard's files and its config."""

import gc
import json
import warnings
from pathlib import Path
from typing import Any

import jwt
import pytest
from werkzeug.test import Client

from deploy.stages import handlers
from local import dashboard, demo, reference
from local.programs import CannotStart
from local.server import application
from local.server import run as serve
from tests.builders import SECRET
from tests.hosts import ROOT
from tests.node import needs_node, run

PAGE = "<!doctype html><title>T</title>"


def claims(token: str) -> Any:
    """Return the claims of a token that the local server signed."""
    return jwt.decode(token, SECRET, ["HS256"], audience="authenticated")


@pytest.fixture
def client(environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of the local server. The dashboard is a page and a script, beside a file that must not be served."""
    built = tmp_path / "dist"
    (built / "assets").mkdir(parents=True)
    (built / "index.html").write_text(PAGE)
    (built / "assets" / "index-1a2b.js").write_text("1")
    (tmp_path / "secret").write_text("secret")
    monkeypatch.setattr(dashboard, "BUILT", built)
    return Client(application())


def test_the_page_is_revalidated_and_hashed_files_are_cached(client: Client) -> None:
    page, script = client.get("/", buffered=True), client.get("/assets/index-1a2b.js", buffered=True)
    assert (page.text, page.mimetype, page.headers["Cache-Control"]) == (PAGE, "text/html", "no-cache")
    assert (script.text, script.mimetype) == ("1", "text/javascript")
    assert script.headers["Cache-Control"] == "max-age=31536000, immutable"
    assert client.get("/", headers={"If-None-Match": page.headers["ETag"]}, buffered=True).status_code == 304


def test_the_paths_of_views_have_the_page_and_are_no_functions(client: Client) -> None:
    for view in dashboard.VIEWS:
        page = client.get(f"/{view}?tutor=1", buffered=True)
        assert (page.text, page.headers["Cache-Control"]) == (PAGE, "no-cache"), view
    others = {"openapi.json", reference.PATH.strip("/"), *handlers()}
    assert not others.intersection(dashboard.VIEWS)


def test_files_outside_the_build_are_not_served(client: Client) -> None:
    for path in ("/../secret", "/assets/../../secret", "/..%2fsecret", "//etc/passwd", "/assets", "/nothing"):
        answer = client.get(path, buffered=True)
        assert (answer.status_code, "secret" in answer.text) == (404, False), path


@pytest.mark.parametrize("path", ["/", "/assets/index-1a2b.js", "/reference"])
def test_no_file_stays_open_if_the_server_does_not_close_the_answer(
    path: str, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server doesn't if the browser ends the connection while the answer is sent."""
    monkeypatch.setattr(reference, "is_installed", lambda: True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ResourceWarning)
        answer = client.get(path)
        status = answer.status_code
        del answer
        gc.collect()
    assert (status, [str(each.message) for each in caught]) == (200, [])


def test_the_page_may_only_connect_to_this_server(client: Client) -> None:
    headers = client.get("/", buffered=True).headers
    assert headers["Content-Security-Policy"].startswith("default-src 'self';")
    assert headers["X-Content-Type-Options"] == "nosniff"


PAGES = "http://localhost:3000, https://www.example.com\thttp://[::1]:8000"
ORIGINS = ["http://localhost:3000", "https://www.example.com", "http://[::1]:8000"]


def policy_of(client: Client, path: str) -> list[str]:
    return client.get(path, buffered=True).headers["Content-Security-Policy"].split("; ")


def test_only_the_booker_may_be_framed_and_only_by_the_pages_of_the_setting(
    client: Client, freja: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = ["/", "/index.html", *(f"/{view}" for view in dashboard.VIEWS)]
    assert [path for path in paths if "frame-ancestors 'none'" not in policy_of(client, path)] == []
    monkeypatch.setenv("FRAME_ANCESTORS", PAGES)
    assert [path for path in paths if "frame-ancestors 'none'" not in policy_of(client, path)] == ["/book"]
    assert f"frame-ancestors {' '.join(ORIGINS)}" in policy_of(client, "/book")
    content: Any = client.get("/config.json").json
    assert content["embedders"] == ORIGINS


@pytest.mark.parametrize(
    "origin",
    ["*", "'self'", "example.com", "https://example.com/", "https://Example.com", "https://a.example;", "null"],
)
def test_a_wrong_origin_in_the_setting_is_an_error_at_the_start(
    origin: str, environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRAME_ANCESTORS", f"https://example.com {origin}")
    with pytest.raises(CannotStart) as error:
        serve(tmp_path)
    assert str(error.value).startswith(f"FRAME_ANCESTORS: {origin} is not an origin. Use a scheme and a host")


def test_pages_of_other_origins_may_load_scripts_and_nothing_else(client: Client, freja: None) -> None:
    for path in ("/assets/index-1a2b.js", "/", "/config.json"):
        allowed = client.get(path, buffered=True).headers.get("Access-Control-Allow-Origin")
        assert allowed == ("*" if path.endswith(".js") else None), path


FREJA = {"tutorId": "00000000-0000-4000-8000-000000000001", "name": "Freja Holm"}


@pytest.fixture
def freja(monkeypatch: pytest.MonkeyPatch) -> None:
    """Limit the demo to one tutor."""
    monkeypatch.setattr(demo, "tutors_of", lambda _: demo.DEMO_TUTORS[:1])


def test_the_config_has_the_tutors_of_the_demo(client: Client, freja: None) -> None:
    assert client.get("/config.json").json == {"baseUrl": ".", "reference": "reference", "tutors": [FREJA]}


def test_the_config_has_tokens_on_the_local_stage(client: Client, freja: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "local")
    answer = client.get("/config.json")
    content: Any = answer.json
    assert answer.headers["Cache-Control"] == "no-store"
    (tutor,) = content["tutors"]
    assert claims(tutor["token"])["sub"] == str(demo.DEMO_TUTORS[0].user_id)
    assert claims(content["adminToken"])["app_metadata"] == {"role": "admin"}
    assert [student["name"] for student in content["students"]] == ["Ben Lund", "Mia Okafor"]
    names = [claims(student["token"])["user_metadata"]["name"] for student in content["students"]]
    assert names == ["Ben Lund", "Mia Okafor"]


def test_only_the_local_stage_gives_tokens_and_only_to_local_hosts(
    client: Client, freja: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With DNS rebinding, a page of another site can read the answer. Its requests have that site's host name."""
    monkeypatch.setenv("STAGE", "dev")
    assert client.get("/config.json").json == {"baseUrl": ".", "reference": "reference", "tutors": [FREJA]}
    monkeypatch.setenv("STAGE", "local")
    answer = client.get("/config.json", headers={"Host": "rebound.example:8080"})
    assert answer.json == {"baseUrl": ".", "reference": "reference", "tutors": [FREJA]}


def test_without_a_demo_there_are_no_tokens(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAGE", "local")
    assert client.get("/config.json").json == {"baseUrl": ".", "reference": "reference", "tutors": []}


def test_without_a_build_the_functions_are_listed(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dashboard, "BUILT", Path("/nonexistent"))
    answer = client.get("/")
    assert (answer.status_code, "PUT  /update_availability" in answer.text) == (200, True)
    assert client.get("/config.json").status_code == 404


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/", "/index.html"),
        ("/week", "/index.html"),
        ("/tutors/", "/tutors/index.html"),
        ("/tutors/sign-in", "/tutors/index.html"),
        ("/tutors/config.json", "/tutors/config.json"),
        ("/tutors/assets/index-1a2b.js", "/tutors/assets/index-1a2b.js"),
    ],
)
def test_the_function_for_cloudfront_in_the_readme_rewrites_the_paths_of_views(path: str, expected: str) -> None:
    needs_node()
    readme = (ROOT / "dashboard" / "README.md").read_text()
    function = readme.split("```js\n")[1].split("```")[0]
    event = json.dumps({"request": {"uri": path}})
    code, output = run("node", "-e", f"{function}; console.log(handler({event}).uri)")
    assert (code, output.strip()) == (0, expected)
