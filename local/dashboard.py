"""The dashboard of `make run`: the files that Vite built, and a `config.json` with the demo's tutors.

The demo needs no sign-in: on the local stage, `config.json` has tokens for demo tutors, two students and an admin.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

from werkzeug import Request, Response
from werkzeug.exceptions import NotFound
from werkzeug.utils import send_from_directory

from common import config
from deploy.stages import ROOT
from local import demo, tokens
from local.programs import CannotStart

LOCAL_HOSTS = ("127.0.0.1", "localhost")
STUDENTS = ("Ben Lund", "Mia Okafor")
BUILT = ROOT / "dashboard" / "dist"
# The paths of the views (dashboard/src/links.ts), which are all answered with the page. Other paths aren't, because
# a wrong name of a function has to be answered with 404.
VIEWS = ("book", "lessons", "week", "usual", "history", "why", "statistics", "platform", "sign-in")
# The page loads only files of this server, and sends requests only to it.
POLICY = "default-src 'self'; img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
# An origin, as browsers write it.
ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:[0-9]{1,5})?|https?://\[[0-9a-f:]+\](:[0-9]{1,5})?")


def is_built() -> bool:
    """Return whether the dashboard was built. Building it needs Node."""
    return (BUILT / "index.html").is_file()


def serve(request: Request) -> Response:
    """Return one of the dashboard's files, or 404."""
    if request.path == "/config.json":
        return config_response(request)
    path = request.path.lstrip("/")
    may_be_framed = path == "book"
    try:
        response = file_response(request, BUILT, "index.html" if path in ("", *VIEWS) else path)
    except NotFound:
        return Response("Not found. The dashboard is at /\n", status=404)
    has_hash_in_name = request.path.startswith("/assets/")
    response.headers["Cache-Control"] = "max-age=31536000, immutable" if has_hash_in_name else "no-cache"
    if path.endswith(".js"):
        response.headers["Access-Control-Allow-Origin"] = "*"  # pages of other origins load the booker
    return with_policy(response, frame_ancestors() if may_be_framed else ())


def file_response(request: Request, folder: Path, name: str) -> Response:
    """Return a file of the folder, read and closed, or 304. Raise `NotFound` if there is no such file.

    The server of werkzeug leaves a file open if the browser ends the connection while it is sent.
    """
    response = send_from_directory(folder, name, request.environ)
    response.direct_passthrough = False
    response.make_sequence()
    response.close()
    return response


def with_policy(response: Response, ancestors: tuple[str, ...] = ()) -> Response:
    """Add the headers that restrict what a page may load, and the origins of the pages that may have it in a frame."""
    policy = POLICY.replace("frame-ancestors 'none'", f"frame-ancestors {' '.join(ancestors)}") if ancestors else POLICY
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def frame_ancestors() -> tuple[str, ...]:
    """Return the origins of the pages that may have the booker in a frame, from the variable FRAME_ANCESTORS.

    Raise `CannotStart` if one of them isn't an origin.
    """
    origins = tuple(filter(None, re.split(r"[\s,]+", os.environ.get("FRAME_ANCESTORS", ""))))
    for origin in origins:
        if not ORIGIN.fullmatch(origin):
            raise CannotStart(
                f"FRAME_ANCESTORS: {origin} is not an origin. Use a scheme and a host in lower case, without a path,"
                " such as https://www.example.com or http://localhost:3000; several with spaces between them"
            )
    return origins


def config_response(request: Request) -> Response:
    """Return the `config.json` of the demo, for the dashboard and for the API reference."""
    body = json.dumps(_config(request))
    return Response(body, content_type="application/json", headers={"Cache-Control": "no-store"})


def _config(request: Request) -> dict[str, Any]:
    settings = config.current()
    tutors = demo.tutors_of(settings)
    names = [{"tutorId": str(tutor.id), "name": tutor.name} for tutor in tutors]
    answer: dict[str, Any] = {"baseUrl": ".", "reference": "reference", "tutors": names}
    if embedders := frame_ancestors():
        answer["embedders"] = embedders
    # Tokens are for local host names only: another site's host name may resolve to this machine (DNS rebinding).
    is_local_host = request.host.split(":")[0] in LOCAL_HOSTS
    if tutors and is_local_host and settings.stage == "local" and settings.auth_jwt_secret:
        for tutor, fields in zip(tutors, answer["tutors"], strict=True):
            fields["token"] = tokens.sign(tutor.user_id)
        answer["students"] = [{"name": name, "token": tokens.sign_student(name)} for name in STUDENTS]
        answer["adminToken"] = tokens.sign(tokens.ADMIN, is_admin=True)
    return answer
