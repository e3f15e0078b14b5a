"""The API reference of `make run`, at `/reference`: Swagger UI with the OpenAPI document.

Only the local server has this page. It is no part of the dashboard, so it isn't deployed with it.
"""

from pathlib import Path

from werkzeug import Request, Response
from werkzeug.exceptions import NotFound

from deploy.stages import ROOT
from local import dashboard

PATH = "/reference"
PAGE = Path(__file__).parent
LIBRARY = ROOT / "node_modules" / "swagger-ui-dist"
LIBRARY_FILES = ("swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE", "swagger-ui-bundle.js.LICENSE.txt")
PAGE_FILES = ("page.css", "page.js")
NOT_INSTALLED = (
    "The API reference isn't installed. Next: if Node is missing, install Node 22 (https://nodejs.org; 20.19 works)."
    " Then run: make run\n"
)


def is_installed() -> bool:
    """Return whether npm has installed Swagger UI."""
    return (LIBRARY / "swagger-ui-bundle.js").is_file()


def is_path(path: str) -> bool:
    """Return whether a path belongs to the reference."""
    return path == PATH or path.startswith(f"{PATH}/")


def serve(request: Request) -> Response:
    """Return the page, one of its files, or 404."""
    name = request.path.removeprefix(PATH).lstrip("/")
    if not is_installed():
        return Response(NOT_INSTALLED, status=404)
    if name == "config.json":
        return dashboard.config_response(request)
    folder = LIBRARY if name in LIBRARY_FILES else PAGE
    try:
        if name not in ("", *LIBRARY_FILES, *PAGE_FILES):
            raise NotFound
        response = dashboard.file_response(request, folder, name or "page.html")
    except NotFound:
        return Response(f"Not found. The API reference is at {PATH}\n", status=404)
    response.headers["Cache-Control"] = "no-cache"
    return dashboard.with_policy(response)
