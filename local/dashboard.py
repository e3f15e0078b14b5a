"""The dashboard as `make run` serves it: what Vite built, and a `config.json` that names the demo's tutors.

The demo is looked at without signing in: `config.json` brings tokens, made with the local secret, on the local stage.
"""

import json
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import NotFound
from werkzeug.utils import send_from_directory

from common import config
from deploy.stages import ROOT
from local import demo, tokens

LOCAL_HOSTS = ("127.0.0.1", "localhost")
BUILT = ROOT / "dashboard" / "dist"
# The page is its own files alone, and speaks with this server alone.
POLICY = "default-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"


def is_built() -> bool:
    """Whether there is a dashboard: it takes Node to build it."""
    return (BUILT / "index.html").is_file()


def serve(request: Request) -> Response:
    """Answer one of the dashboard's files, 404 for what is none."""
    if request.path == "/config.json":
        body = json.dumps(_config(request))
        return Response(body, content_type="application/json", headers={"Cache-Control": "no-store"})
    try:
        response = send_from_directory(BUILT, request.path.lstrip("/") or "index.html", request.environ)
    except NotFound:
        return Response("There is nothing here; see /\n", status=404)
    is_named_by_its_content = request.path.startswith("/assets/")
    response.headers["Cache-Control"] = "max-age=31536000, immutable" if is_named_by_its_content else "no-cache"
    response.headers["Content-Security-Policy"] = POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def _config(request: Request) -> dict[str, Any]:
    settings = config.current()
    known = demo.tutors_of(settings)
    told: dict[str, Any] = {"baseUrl": ".", "tutors": [{"tutorId": str(t.id), "name": t.name} for t in known]}
    # Not to a page of somebody else's whose name was made to lead to this machine (DNS rebinding).
    is_asked_here = request.host.split(":")[0] in LOCAL_HOSTS
    if known and is_asked_here and settings.stage == "local" and settings.auth_jwt_secret:
        for tutor, told_of in zip(known, told["tutors"], strict=True):
            told_of["token"] = tokens.sign(tutor.user_id)
        told["adminToken"] = tokens.sign(tokens.ADMIN, is_admin=True)
    return told
