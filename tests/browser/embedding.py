"""A page of another origin that has the booker in it, and a host with the dashboard's files."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page
from werkzeug import Request, Response
from werkzeug.utils import send_from_directory

from local.dashboard import BUILT, POLICY
from tests.hosts import served

STYLES = """
html { font-size: 62.5%; }
body { max-width: 110rem; margin: 0 auto; padding: 1rem; text-align: center; letter-spacing: 1px; font: 17px/2 serif; }
button { background: hotpink; }
iframe { display: block; width: 100%; border: 0; }
"""
# What the page notes for the tests: events and messages, and what its policy has refused.
SCRIPT = """
globalThis.events = [];
globalThis.violations = [];
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  violations.push(`${violatedDirective} ${blockedURI}`));
addEventListener("message", ({ data }) => events.push(data));
for (const type of ["held", "booked", "cancelled"]) {
  addEventListener(type, ({ target, detail }) => events.push({ id: target.id, type, ...detail }), { capture: true });
}
"""


@dataclass
class Site:
    """A site, whose page the tests write. Its policy allows what docs/embedding.md says, from one dashboard."""

    dashboard: str
    origin: str = ""
    files: dict[str, str] = field(default_factory=dict)

    def open(
        self, page: Page, body: str, *, style: str = "", script: str = "", head: str = "", lang: str = "en"
    ) -> None:
        """Open the page, with an HTML body, a style sheet, a script, and elements in its head."""
        self.files = {
            "/": f'<!doctype html><html lang="{lang}"><head><title>My school</title>'
            '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
            f'<link rel="stylesheet" href="style.css"><script src="first.js"></script>{head}</head>'
            f"<body><main><h1>Learn with Ada</h1>{body}</main>"
            '<script type="module" src="last.js"></script></body></html>',
            "/style.css": STYLES + style,
            "/first.js": SCRIPT,
            "/last.js": script,
        }
        page.goto(f"{self.origin}/")

    def serve(self, request: Request) -> Response:
        if request.path not in self.files:
            return Response(status=404)
        kind = {"css": "text/css", "js": "text/javascript"}.get(request.path.rpartition(".")[2], "text/html")
        policy = (
            f"default-src 'none'; script-src 'self' {self.dashboard}; style-src 'self'; img-src data:;"
            f" connect-src {self.dashboard}; frame-src 'self' {self.dashboard}"
        )
        return Response(self.files[request.path], mimetype=kind, headers={"Content-Security-Policy": policy})


@contextmanager
def site_beside(dashboard: str, host: str = "localhost") -> Iterator[Site]:
    """Serve a site. Its host name is another one than the dashboard's, so nothing is shared, not even cookies."""
    site = Site(dashboard)
    with served(Request.application(site.serve)) as url:
        site.origin = url.replace("127.0.0.1", host)
        yield site


@contextmanager
def static_host(config: dict[str, Any]) -> Iterator[str]:
    """Serve the dashboard's files from a folder, with the headers that its README asks for. Yield the folder's URL.

    `config` is the content of `config.json`. Its key "ancestors" has the origins that may have the booker in a frame.
    """

    @Request.application
    def host(request: Request) -> Response:
        name = request.path.removeprefix("/tutors/")
        if name == "config.json":
            response = Response(json.dumps(config), content_type="application/json")
        else:
            response = send_from_directory(BUILT, name if "." in name else "index.html", request.environ)
        ancestors = config.get("ancestors", "'none'") if name == "book" else "'none'"
        policy = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {ancestors}")
        response.headers["Content-Security-Policy"] = f"{policy}; connect-src 'self' {config['baseUrl']}"
        if name in ("booker.js", "config.json") or name.startswith("assets/"):
            response.headers["Access-Control-Allow-Origin"] = "*"
        return response

    with served(host) as url:
        yield f"{url}/tutors"
