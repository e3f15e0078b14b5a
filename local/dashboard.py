"""The dashboard as `make run` serves it: what Vite built, and a `config.json` that names the demo's tutors."""

import json

from werkzeug import Request, Response
from werkzeug.exceptions import NotFound
from werkzeug.utils import send_from_directory

from common import config
from deploy.stages import ROOT
from local import demo

BUILT = ROOT / "dashboard" / "dist"
# The page is its own files alone, and speaks with this server alone.
POLICY = "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'"


def is_built() -> bool:
    """Whether there is a dashboard: it takes Node to build it."""
    return (BUILT / "index.html").is_file()


def serve(request: Request) -> Response:
    """Answer one of the dashboard's files, 404 for what is none."""
    if request.path == "/config.json":
        tutors = [{"tutorId": str(tutor.id), "name": tutor.name} for tutor in demo.tutors_of(config.current())]
        return Response(json.dumps({"baseUrl": ".", "tutors": tutors}), content_type="application/json")
    try:
        response = send_from_directory(BUILT, request.path.lstrip("/") or "index.html", request.environ)
    except NotFound:
        return Response("There is nothing here; see /\n", status=404)
    is_named_by_its_content = request.path.startswith("/assets/")
    response.headers["Cache-Control"] = "max-age=31536000, immutable" if is_named_by_its_content else "no-cache"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
